package binder

import (
	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/types"
)

// in binds x [NOT] IN (list). Items of one common type make an InList; rows and items without one make a chain of comparisons.
func (b *binder) in(q *query, e *ast.InExpr) (bound.Scalar, error) {
	x, err := b.operandOf(q, e.Left)
	if err != nil {
		return nil, err
	}
	items := make([]operand, 0, len(e.List))
	for _, it := range e.List {
		o, err := b.operandOf(q, it)
		if err != nil {
			return nil, err
		}
		items = append(items, o)
	}
	var s bound.Scalar
	if len(items) > 1 && !hasRow(x, items) {
		if s, err = b.inList(x, items, e.Pos); err != nil {
			return nil, err
		}
	}
	if s == nil {
		if s, err = b.inChain(x, items, e); err != nil {
			return nil, err
		}
		return s, nil
	}
	if e.Not {
		return &bound.Not{X: s}, nil
	}
	return s, nil
}

func hasRow(x operand, items []operand) bool {
	for _, it := range append([]operand{x}, items...) {
		if it.s.Type().OID == types.RecordOID {
			return true
		}
	}
	return false
}

// inList is nil when the operands have no common type.
func (b *binder) inList(x operand, items []operand, pos ast.Pos) (bound.Scalar, error) {
	common, ok, err := b.commonType("", append([]operand{x}, items...))
	if err != nil || !ok {
		return nil, err
	}
	// As in Postgres the items take the common type and the left side keeps its own, if = takes it.
	o, casts, ret, err := funcs.ResolveOperator("=", x.s.Type().OID, common)
	if err != nil {
		return nil, at(err, pos)
	}
	if ret != types.BoolOID {
		return nil, nil
	}
	out := &bound.InList{Eq: o.Fn}
	if out.X, err = b.mustCoerce(x.s, casts[0], x.pos); err != nil {
		return nil, err
	}
	for _, it := range items {
		s, err := b.mustCoerce(it.s, common, it.pos)
		if err == nil {
			s, err = b.mustCoerce(s, casts[1], it.pos)
		}
		if err != nil {
			return nil, err
		}
		out.List = append(out.List, s)
	}
	return out, nil
}

// inChain is x = a OR x = b …, or x <> a AND x <> b ….
func (b *binder) inChain(x operand, items []operand, e *ast.InExpr) (bound.Scalar, error) {
	op := "="
	if e.Not {
		op = "<>"
	}
	var tests []bound.Scalar
	for _, it := range items {
		s, err := b.operator(op, x, it, e.Pos)
		if err == nil {
			s, err = b.boolean(s, "IN", e.Pos)
		}
		if err != nil {
			return nil, err
		}
		tests = append(tests, s)
	}
	switch {
	case len(tests) == 1:
		return tests[0], nil
	case e.Not:
		return &bound.And{Args: tests}, nil
	}
	return &bound.Or{Args: tests}, nil
}
