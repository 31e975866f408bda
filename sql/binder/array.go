package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// array binds ARRAY[…]; want is the array type of a cast around it, nil for none.
func (b *binder) array(q *query, e *ast.ArrayExpr, want *types.Type) (bound.Scalar, error) {
	elems, nested, err := b.arrayElements(q, e, want)
	if err != nil {
		return nil, err
	}
	ctor := &bound.ArrayCtor{Nested: nested}
	if want != nil {
		ctor.Typ = types.T(want.OID)
		return ctor, b.castElements(ctor, elems, *want)
	}
	if len(elems) == 0 {
		return nil, pgerr.New(pgerrcode.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].").At(int(e.Pos))
	}
	values, t, err := b.unify("ARRAY", elems)
	if err != nil {
		return nil, err
	}
	ctor.Elems = values
	ctor.Typ = types.T(t.OID)
	if types.ElemOf(t.OID) != 0 && t.OID != types.Int2VectorOID && t.OID != types.OidVectorOID {
		ctor.Nested = true
		return ctor, nil
	}
	array := types.ArrayTypeOf(t.OID)
	if array == 0 {
		return nil, pgerr.New(pgerrcode.UndefinedObject, "could not find array type for data type %s", typeName(t)).At(int(e.Pos))
	}
	ctor.Typ = types.T(array)
	return ctor, nil
}

// arrayElements binds the elements; ARRAY[[…], […]] nests.
func (b *binder) arrayElements(q *query, e *ast.ArrayExpr, want *types.Type) (elems []operand, nested bool, err error) {
	for _, x := range e.Elems {
		if inner, ok := x.(*ast.ArrayExpr); ok {
			s, err := b.array(q, inner, want)
			if err != nil {
				return nil, false, err
			}
			nested = true
			elems = append(elems, operand{s, leftmost(x)})
			continue
		}
		o, err := b.operandOf(q, x)
		if err != nil {
			return nil, false, err
		}
		elems = append(elems, o)
	}
	return elems, nested, nil
}

// castElements converts the elements for ARRAY[…]::want.
func (b *binder) castElements(ctor *bound.ArrayCtor, elems []operand, want types.Type) error {
	to := types.Type{OID: types.ElemOf(want.OID), Mod: want.Mod}
	for _, o := range elems {
		t := to
		if types.ElemOf(o.s.Type().OID) != 0 { // an inner array keeps the whole type
			t = want
			ctor.Nested = true
		}
		s, err := b.explicitCast(o.s, t, o.pos)
		if err != nil {
			return err
		}
		ctor.Elems = append(ctor.Elems, s)
	}
	return nil
}

// indirection binds x[…] and (x).field.
func (b *binder) indirection(q *query, e *ast.IndirectionExpr) (bound.Scalar, error) {
	if e.Star {
		return nil, pgerr.New(pgerrcode.SyntaxError, "row expansion via \"*\" is not supported here").At(int(leftmost(e)))
	}
	x, err := b.expr(q, e.X)
	if err != nil {
		return nil, err
	}
	if e.Field != "" {
		return b.fieldOf(x, e)
	}
	subs, err := b.subscripts(q, x.Type(), e.Subscripts, leftmost(e))
	if err != nil {
		return nil, err
	}
	return &bound.Subscript{X: x, Subs: subs, Typ: subscriptType(x.Type(), subs)}, nil
}

func (b *binder) fieldOf(x bound.Scalar, e *ast.IndirectionExpr) (bound.Scalar, error) {
	name, pos := b.cut(e.Field), leftmost(e)
	if x.Type().OID != types.RecordOID {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "column notation .%s applied to type %s, which is not a composite type", name, typeName(x.Type())).At(int(pos))
	}
	for i, c := range b.shapeOf(x) {
		if c.Name == name {
			return field(x, i, c.Type), nil
		}
	}
	if r, ok := e.X.(*ast.ColumnRef); ok && len(r.Name.Parts) > 0 {
		if _, ok := x.(*bound.RowCtor); ok {
			return nil, pgerr.New(pgerrcode.UndefinedColumn, "column %s.%s does not exist", r.Name.Last(), name).At(int(pos))
		}
	}
	return nil, pgerr.New(pgerrcode.UndefinedColumn, "could not identify column \"%s\" in record data type", name).At(int(pos))
}

// field is one field of a record: the expression itself where the record is made on the spot.
func field(x bound.Scalar, i int, t types.Type) bound.Scalar {
	if r, ok := x.(*bound.RowCtor); ok {
		return r.Fields[i]
	}
	return &bound.Field{X: x, Index: i, Typ: t}
}

// subscripts binds the subscripts of a container of type t.
func (b *binder) subscripts(q *query, t types.Type, list []ast.Subscript, pos ast.Pos) ([]bound.SubscriptItem, error) {
	json := t.OID == types.JSONBOID
	if !json && types.ElemOf(t.OID) == 0 {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", typeName(t)).At(int(pos))
	}
	if len(list) > 6 && !json {
		return nil, pgerr.New(pgerrcode.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (6)", len(list))
	}
	anySlice := false
	for _, s := range list {
		anySlice = anySlice || s.Slice
	}
	var out []bound.SubscriptItem
	for _, s := range list {
		if json && s.Slice {
			return nil, pgerr.New(pgerrcode.DatatypeMismatch, "jsonb subscript does not support slices").At(int(leftmost(sliceBound(s))))
		}
		item := bound.SubscriptItem{Slice: s.Slice || anySlice}
		var err error
		if s.Lower != nil {
			if item.Lower, err = b.subscript(q, s.Lower, json); err != nil {
				return nil, err
			}
		}
		if s.Upper != nil {
			if item.Upper, err = b.subscript(q, s.Upper, json); err != nil {
				return nil, err
			}
		}
		if item.Slice && !s.Slice { // beside a slice, [n] means [1:n]
			item.Lower = intConst(1)
		}
		out = append(out, item)
	}
	return out, nil
}

func sliceBound(s ast.Subscript) ast.Expr {
	if s.Upper != nil {
		return s.Upper
	}
	return s.Lower
}

func (b *binder) subscript(q *query, e ast.Expr, json bool) (bound.Scalar, error) {
	s, err := b.expr(q, e)
	if err != nil {
		return nil, err
	}
	pos := leftmost(e)
	if json {
		return b.jsonSubscript(s, pos)
	}
	c, err := b.coerce(s, types.T(types.Int4OID), types.CastAssignment, pos)
	if err == nil && c == nil {
		err = pgerr.New(pgerrcode.DatatypeMismatch, "array subscript must have type integer").At(int(b.position(s, pos)))
	}
	return c, err
}

// jsonSubscript is an integer, else text.
func (b *binder) jsonSubscript(s bound.Scalar, pos ast.Pos) (bound.Scalar, error) {
	to := types.TextOID
	if t := s.Type().OID; t != types.UnknownOID {
		switch {
		case implicit(t, types.Int4OID):
			to = types.Int4OID
		case !implicit(t, types.TextOID):
			return nil, pgerr.New(pgerrcode.DatatypeMismatch, "subscript type %s is not supported", typeName(s.Type())).
				WithHint("jsonb subscript must be coercible to either integer or text.").At(int(pos))
		}
	}
	return b.mustCoerce(s, to, pos)
}

// subscriptType is what a subscript gives: an element, an array for slices, jsonb of jsonb.
func subscriptType(t types.Type, subs []bound.SubscriptItem) types.Type {
	if t.OID == types.JSONBOID {
		return t
	}
	for _, s := range subs {
		if s.Slice {
			return t
		}
	}
	return types.Type{OID: types.ElemOf(t.OID), Mod: t.Mod}
}
