package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

func (b *binder) opExpr(q *query, e *ast.OpExpr) (bound.Scalar, error) {
	if e.Schema != "" && e.Schema != "pg_catalog" {
		ns, err := b.o.Catalog.NamespaceByPath(e.Schema)
		if err != nil {
			return nil, err
		}
		if ns == nil {
			return nil, pgerr.New(pgerrcode.InvalidSchemaName, "schema \"%s\" does not exist", e.Schema).At(int(e.Pos))
		}
	}
	if s, err := b.rowOperation(q, e); s != nil || err != nil {
		return s, err
	}
	right, err := b.operandOf(q, e.Right)
	if e.Left == nil {
		if err != nil {
			return nil, err
		}
		return b.prefix(e.Op, right, e.Pos)
	}
	left, leftErr := b.operandOf(q, e.Left)
	if leftErr != nil {
		return nil, leftErr
	}
	if err != nil {
		return nil, err
	}
	return b.operator(e.Op, left, right, e.Pos)
}

func (b *binder) operandOf(q *query, e ast.Expr) (operand, error) {
	if e == nil {
		return operand{}, nil
	}
	if r, ok := e.(*ast.RowExpr); ok {
		row, err := b.rawRow(q, r)
		return operand{row, leftmost(e)}, err
	}
	s, err := b.expr(q, e)
	return operand{s, leftmost(e)}, err
}

// operator resolves left op right.
func (b *binder) operator(op string, left, right operand, pos ast.Pos) (bound.Scalar, error) {
	if s, err := b.rowsOperator(op, left, right, pos); s != nil || err != nil {
		return s, err
	}
	o, casts, ret, err := funcs.ResolveOperator(op, left.s.Type().OID, right.s.Type().OID)
	if err != nil {
		return nil, at(err, pos)
	}
	args, err := b.convertArgs([]operand{left, right}, casts)
	if err != nil {
		return nil, err
	}
	return b.newCall(o.Fn, o.Name, args, ret, pos), nil
}

func (b *binder) prefix(op string, x operand, pos ast.Pos) (bound.Scalar, error) {
	o, casts, ret, err := funcs.ResolveOperator(op, types.Unspecified, x.s.Type().OID)
	if err != nil {
		return nil, at(err, pos)
	}
	args, err := b.convertArgs([]operand{x}, casts)
	if err != nil {
		return nil, err
	}
	return b.newCall(o.Fn, o.Name, args, ret, pos), nil
}

// equality resolves = between two expressions for a construct that compares by it, and gives both sides as converted.
func (b *binder) equality(left, right operand, construct string, pos ast.Pos) (*funcs.Overload, []bound.Scalar, error) {
	o, casts, ret, err := funcs.ResolveOperator("=", left.s.Type().OID, right.s.Type().OID)
	if err != nil {
		return nil, nil, at(err, pos)
	}
	if ret != types.BoolOID {
		return nil, nil, pgerr.New(pgerrcode.DatatypeMismatch, "%s requires = operator to yield boolean", construct).At(int(pos))
	}
	args, err := b.convertArgs([]operand{left, right}, casts)
	return o.Fn, args, err
}

// quantified binds x op ANY/ALL (array).
func (b *binder) quantified(q *query, e *ast.QuantifiedExpr) (bound.Scalar, error) {
	x, err := b.operandOf(q, e.Left)
	if err != nil {
		return nil, err
	}
	array, err := b.operandOf(q, e.Array)
	if err != nil {
		return nil, err
	}
	elem := types.UnknownOID
	if t := array.s.Type().OID; t != types.UnknownOID {
		if elem = types.ElemOf(t); elem == 0 {
			return nil, pgerr.New(pgerrcode.WrongObjectType, "op ANY/ALL (array) requires array on right side").At(int(e.Pos))
		}
	}
	o, casts, ret, err := funcs.ResolveOperator(e.Op, x.s.Type().OID, elem)
	if err != nil {
		return nil, at(err, e.Pos)
	}
	if ret != types.BoolOID {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean").At(int(e.Pos))
	}
	left, err := b.mustCoerce(x.s, casts[0], x.pos)
	if err != nil {
		return nil, err
	}
	want := types.ArrayTypeOf(casts[1])
	if want == 0 || category(casts[1]) == 'P' {
		want = array.s.Type().OID
		if want == types.UnknownOID {
			return nil, pgerr.New(pgerrcode.UndefinedObject, "could not find array type for data type %s", typeName(types.T(casts[1]))).At(int(e.Pos))
		}
	}
	right, err := b.mustCoerce(array.s, want, array.pos)
	if err != nil {
		return nil, err
	}
	return &bound.AnyAll{X: left, Op: o.Name, Fn: o.Fn, Array: right, All: e.All}, nil
}

// between binds BETWEEN as comparisons.
func (b *binder) between(q *query, e *ast.BetweenExpr) (bound.Scalar, error) {
	x, err := b.operandOf(q, e.X)
	if err != nil {
		return nil, err
	}
	low, err := b.operandOf(q, e.Low)
	if err != nil {
		return nil, err
	}
	high, err := b.operandOf(q, e.High)
	if err != nil {
		return nil, err
	}
	s, err := b.inRange(x, low, high, e)
	if err != nil || !e.Symmetric {
		return s, err
	}
	swapped, err := b.inRange(x, high, low, e)
	if err != nil {
		return nil, err
	}
	if e.Not {
		return &bound.And{Args: []bound.Scalar{s, swapped}}, nil
	}
	return &bound.Or{Args: []bound.Scalar{s, swapped}}, nil
}

func (b *binder) inRange(x, low, high operand, e *ast.BetweenExpr) (bound.Scalar, error) {
	above, below := ">=", "<="
	if e.Not {
		above, below = "<", ">"
	}
	first, err := b.operator(above, x, low, e.Pos)
	if err != nil {
		return nil, err
	}
	second, err := b.operator(below, x, high, e.Pos)
	if err != nil {
		return nil, err
	}
	if e.Not {
		return &bound.Or{Args: []bound.Scalar{first, second}}, nil
	}
	return &bound.And{Args: []bound.Scalar{first, second}}, nil
}

func (b *binder) distinctFrom(q *query, e *ast.DistinctExpr) (bound.Scalar, error) {
	if isNullLiteral(e.Right) { // Postgres makes a null test of it
		return b.nullTest(q, &ast.NullTest{X: e.Left, Not: !e.Not, Pos: e.Pos})
	}
	if isNullLiteral(e.Left) {
		return b.nullTest(q, &ast.NullTest{X: e.Right, Not: !e.Not, Pos: e.Pos})
	}
	left, err := b.operandOf(q, e.Left)
	if err != nil {
		return nil, err
	}
	right, err := b.operandOf(q, e.Right)
	if err != nil {
		return nil, err
	}
	if l, ok := left.s.(*bound.RowCtor); ok {
		if r, ok := right.s.(*bound.RowCtor); ok {
			return b.rowsDistinct(l, r, e.Not, e.Pos)
		}
	}
	return b.isDistinct(left, right, e.Not, e.Pos)
}

func (b *binder) isDistinct(left, right operand, not bool, pos ast.Pos) (bound.Scalar, error) {
	eq, args, err := b.equality(left, right, "IS DISTINCT FROM", pos)
	if err != nil {
		return nil, err
	}
	return &bound.IsDistinct{Left: args[0], Right: args[1], Eq: eq, Not: not}, nil
}

func isNullLiteral(e ast.Expr) bool {
	c, ok := e.(*ast.Const)
	return ok && c.Kind == ast.ConstNull
}

// nullIf binds NULLIF: its value is the left side as = takes it.
func (b *binder) nullIf(q *query, e *ast.NullIfExpr) (bound.Scalar, error) {
	left, err := b.operandOf(q, e.Left)
	if err != nil {
		return nil, err
	}
	right, err := b.operandOf(q, e.Right)
	if err != nil {
		return nil, err
	}
	eq, args, err := b.equality(left, right, "NULLIF", e.Pos)
	if err != nil {
		return nil, err
	}
	return &bound.NullIf{Left: args[0], Right: args[1], Eq: eq, EqArgs: []types.Type{args[0].Type(), args[1].Type()}}, nil
}
