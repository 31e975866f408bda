package binder

import (
	"sort"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// paramsMax is the wire protocol's bound on parameters.
const paramsMax = 65535

// param is a reference to $n. Until something gives it a type it is of type unknown.
func (b *binder) param(p *ast.Param) (bound.Scalar, error) {
	if p.N < 1 || p.N > paramsMax || b.o.FixedParams && p.N > len(b.o.ParamTypes) {
		return nil, pgerr.New(pgerrcode.UndefinedParameter, "there is no parameter $%d", p.N).At(int(p.Pos))
	}
	for len(b.params) < p.N {
		b.params = append(b.params, types.Type{})
	}
	t := &b.params[p.N-1]
	if t.OID == types.Unspecified {
		*t = types.T(types.UnknownOID)
	}
	s := &bound.Param{N: p.N, Typ: *t}
	if t.OID == types.UnknownOID {
		b.untyped = append(b.untyped, s)
	}
	b.pos[s] = p.Pos
	return s, nil
}

// typeParam gives an untyped parameter the type that its context wants; the first use decides.
func (b *binder) typeParam(p *bound.Param, oid types.OID) error {
	t := &b.params[p.N-1]
	switch t.OID {
	case types.UnknownOID:
		*t = types.T(oid)
	case oid:
	default:
		return pgerr.New(pgerrcode.AmbiguousParameter, "inconsistent types deduced for parameter $%d", p.N).
			WithDetail("%s versus %s", typeName(*t), typeName(types.T(oid))).At(int(b.pos[p]))
	}
	p.Typ = *t
	return nil
}

// checkParams finds parameters that are still untyped when all is bound.
func (b *binder) checkParams() error {
	for _, p := range b.untyped {
		if t := b.params[p.N-1]; p.Typ.OID == types.UnknownOID && t.OID != types.UnknownOID {
			return pgerr.New(pgerrcode.AmbiguousParameter, "could not determine data type of parameter $%d", p.N).At(int(b.pos[p]))
		}
	}
	for i := range b.params {
		if t := b.params[i].OID; t == types.Unspecified || t == types.UnknownOID {
			return pgerr.New(pgerrcode.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
	}
	return nil
}

func sortDependencies(d []bound.Dependency) {
	sort.Slice(d, func(i, j int) bool { return d[i].OID < d[j].OID })
}
