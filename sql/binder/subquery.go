package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// subLink binds a subquery in an expression.
func (b *binder) subLink(q *query, e *ast.SubLink) (bound.Scalar, error) {
	if err := q.context.checkSubquery(e.Pos); err != nil {
		return nil, err
	}
	if e.Kind == ast.SubAny || e.Kind == ast.SubAll {
		return b.quantifiedSubquery(q, e)
	}
	rel, cols, err := b.subselect(q, e.Query)
	if err != nil {
		return nil, err
	}
	s := &bound.Subquery{Rel: rel}
	if e.Kind == ast.SubExists {
		s.Kind, s.Typ = bound.SubExists, types.T(types.BoolOID)
		return s, nil
	}
	if len(cols) != 1 {
		return nil, pgerr.New(pgerrcode.SyntaxError, "subquery must return only one column").At(int(e.Pos))
	}
	if e.Kind == ast.SubScalar {
		s.Kind, s.Typ = bound.SubScalar, cols[0].Type
		return s, nil
	}
	array := types.ArrayTypeOf(cols[0].Type.OID)
	if types.ElemOf(cols[0].Type.OID) != 0 && array == 0 {
		array = cols[0].Type.OID // arrays gathered make an array of one more dimension
	}
	if array == 0 {
		return nil, pgerr.New(pgerrcode.UndefinedObject, "could not find array type for data type %s", typeName(cols[0].Type)).At(int(e.Pos))
	}
	s.Kind, s.Typ = bound.SubArray, types.Type{OID: array, Mod: cols[0].Type.Mod}
	return s, nil
}

// quantifiedSubquery binds x op ANY/ALL (SELECT …), and IN.
func (b *binder) quantifiedSubquery(q *query, e *ast.SubLink) (bound.Scalar, error) {
	tests, err := b.subLinkTests(q, e.Test)
	if err != nil {
		return nil, err
	}
	rel, cols, err := b.subselect(q, e.Query)
	if err != nil {
		return nil, err
	}
	if err := checkRowWidth(len(tests), len(cols), e.Pos); err != nil {
		return nil, err
	}
	s := &bound.Subquery{Kind: bound.SubAny, Rel: rel, Typ: types.T(types.BoolOID)}
	if e.Kind == ast.SubAll {
		s.Kind = bound.SubAll
	}
	// The tests are typed by the columns first, so that literals among them are of the type that the operator wants.
	left, right := make([]bound.Scalar, len(tests)), make([]bound.Scalar, len(tests))
	for i, t := range tests {
		if t.s, err = b.typeTest(e.Op, t, cols[i], e.Pos); err != nil {
			return nil, err
		}
		c := b.newColumn("test", t.s.Type())
		s.Test, s.TestCols = append(s.Test, t.s), append(s.TestCols, c)
		left[i], right[i] = ref(c), ref(cols[i])
	}
	if len(tests) == 1 {
		s.Compare, err = b.operator(e.Op, operand{left[0], tests[0].pos}, operand{right[0], ast.NoPos}, e.Pos)
	} else {
		s.Compare, err = b.compareRows(e.Op, left, right, e.Pos)
	}
	if err != nil {
		return nil, err
	}
	if s.Compare.Type().OID != types.BoolOID {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "operator %s must return type boolean, not type %s", e.Op, typeName(s.Compare.Type())).At(int(e.Pos))
	}
	return s, nil
}

// subLinkTests binds the left side: one expression, or the fields of a row.
func (b *binder) subLinkTests(q *query, e ast.Expr) ([]operand, error) {
	if row, ok := e.(*ast.RowExpr); ok {
		return b.exprList(q, row.Fields)
	}
	o, err := b.operandOf(q, e)
	if err != nil {
		return nil, err
	}
	if r, ok := o.s.(*bound.RowCtor); ok {
		var out []operand
		for _, f := range r.Fields {
			out = append(out, operand{f, o.pos})
		}
		return out, nil
	}
	return []operand{o}, nil
}

// typeTest gives an untyped left side the type that the operator has for it against a column.
func (b *binder) typeTest(op string, t operand, c bound.Column, pos ast.Pos) (bound.Scalar, error) {
	if t.s.Type().OID != types.UnknownOID {
		return t.s, nil
	}
	s, err := b.operator(op, t, operand{ref(c), ast.NoPos}, pos)
	if err != nil {
		return nil, err
	}
	call, ok := s.(*bound.Call)
	if !ok {
		return b.textIfUnknown(t.s)
	}
	return call.Args[0], nil
}
