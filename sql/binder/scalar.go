package binder

import (
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// expr binds an expression. Untyped literals and parameters come back with type unknown.
func (b *binder) expr(q *query, e ast.Expr) (bound.Scalar, error) {
	if err := b.enter(); err != nil {
		return nil, err
	}
	defer b.leave()
	switch e := e.(type) {
	case *ast.ColumnRef:
		return b.columnRef(q, e)
	case *ast.Const:
		return b.constant(e)
	case *ast.Param:
		return b.param(e)
	case *ast.OpExpr:
		return b.opExpr(q, e)
	case *ast.QuantifiedExpr:
		return b.quantified(q, e)
	case *ast.InExpr:
		return b.in(q, e)
	case *ast.BetweenExpr:
		return b.between(q, e)
	case *ast.DistinctExpr:
		return b.distinctFrom(q, e)
	case *ast.NullIfExpr:
		return b.nullIf(q, e)
	case *ast.BoolExpr:
		return b.boolExpr(q, e)
	case *ast.NullTest:
		return b.nullTest(q, e)
	case *ast.BooleanTest:
		return b.booleanTest(q, e)
	case *ast.FuncCall:
		return b.call(q, e)
	case *ast.CaseExpr:
		return b.caseExpr(q, e)
	case *ast.CoalesceExpr:
		return b.coalesce(q, e)
	case *ast.MinMaxExpr:
		return b.minMax(q, e)
	}
	return b.otherExpr(q, e)
}

// otherExpr is the second half of expr's dispatch.
func (b *binder) otherExpr(q *query, e ast.Expr) (bound.Scalar, error) {
	switch e := e.(type) {
	case *ast.CastExpr:
		return b.cast(q, e)
	case *ast.CollateExpr:
		return b.collate(q, e)
	case *ast.ArrayExpr:
		return b.array(q, e, nil)
	case *ast.RowExpr:
		return b.row(q, e)
	case *ast.IndirectionExpr:
		return b.indirection(q, e)
	case *ast.SubLink:
		return b.subLink(q, e)
	case *ast.SQLValueFunction:
		return b.sqlValue(e)
	case *ast.GroupingFunc:
		return b.groupingFunc(q, e)
	case *ast.SetToDefault:
		return nil, pgerr.New(pgerrcode.SyntaxError, "DEFAULT is not allowed in this context").At(int(e.Pos))
	case *ast.CurrentOf:
		return nil, pgerr.Unimplemented("WHERE CURRENT OF").At(int(e.Pos))
	case nil:
		return nil, pgerr.Internal(nil, "binder: an expression is missing")
	}
	return nil, pgerr.Internal(nil, "binder: unknown expression %T", e)
}

// constant types a literal as Postgres does: integers by size, other numbers numeric, text unknown.
func (b *binder) constant(c *ast.Const) (bound.Scalar, error) {
	k := &bound.Const{}
	switch c.Kind {
	case ast.ConstNull:
		b.pos[k] = c.Pos
		k.Value, k.Typ = types.Null, types.T(types.UnknownOID)
	case ast.ConstInt:
		k.Value, k.Typ = types.Int(c.Int), types.T(types.Int4OID)
		if c.Int > math.MaxInt32 || c.Int < math.MinInt32 {
			k.Typ = types.T(types.Int8OID)
		}
	case ast.ConstNumber:
		return b.number(k, c)
	case ast.ConstString:
		b.pos[k] = c.Pos
		k.Value, k.Typ = types.Text(c.Text), types.T(types.UnknownOID)
	case ast.ConstBitString:
		d, err := types.ParseText(b.env, types.T(types.BitOID), c.Text)
		if err != nil {
			return nil, at(err, c.Pos)
		}
		k.Value, k.Typ = d, types.T(types.BitOID)
	case ast.ConstBool:
		k.Value, k.Typ = types.Bool(c.Bool), types.T(types.BoolOID)
	}
	return k, nil
}

// number is a literal too large for int4 or with a point: int8 if it fits, else numeric.
func (b *binder) number(k *bound.Const, c *ast.Const) (bound.Scalar, error) {
	if !strings.ContainsAny(c.Text, ".eE") {
		if n, err := strconv.ParseInt(c.Text, 10, 64); err == nil {
			k.Value, k.Typ = types.Int(n), types.T(types.Int8OID)
			if n >= math.MinInt32 && n <= math.MaxInt32 { // the grammar has joined a minus sign to it
				k.Typ = types.T(types.Int4OID)
			}
			return k, nil
		}
	}
	d, err := types.ParseText(b.env, types.T(types.NumericOID), c.Text)
	if err != nil {
		return nil, at(err, c.Pos)
	}
	k.Value, k.Typ = d, types.T(types.NumericOID)
	return k, nil
}

func (b *binder) boolExpr(q *query, e *ast.BoolExpr) (bound.Scalar, error) {
	construct := map[ast.BoolOp]string{ast.And: "AND", ast.Or: "OR", ast.Not: "NOT"}[e.Op]
	args := make([]bound.Scalar, 0, len(e.Args))
	for _, a := range e.Args {
		s, err := b.condition(q, a, construct)
		if err != nil {
			return nil, err
		}
		args = append(args, s)
	}
	switch e.Op {
	case ast.And:
		return &bound.And{Args: args}, nil
	case ast.Or:
		return &bound.Or{Args: args}, nil
	}
	return &bound.Not{X: args[0]}, nil
}

func (b *binder) nullTest(q *query, e *ast.NullTest) (bound.Scalar, error) {
	x, err := b.expr(q, e.X)
	if err != nil {
		return nil, err
	}
	if c, ok := x.(*bound.Const); ok {
		if x, err = b.textIfUnknown(c); err != nil {
			return nil, err
		}
	}
	return &bound.NullTest{X: x, Not: e.Not}, nil
}

func (b *binder) booleanTest(q *query, e *ast.BooleanTest) (bound.Scalar, error) {
	construct := "IS " + e.Value
	if e.Not {
		construct = "IS NOT " + e.Value
	}
	x, err := b.condition(q, e.X, construct)
	if err != nil {
		return nil, err
	}
	return &bound.BoolTest{X: x, Value: strings.ToLower(e.Value)[0], Not: e.Not}, nil
}

// cast binds x::t and typed literals.
func (b *binder) cast(q *query, e *ast.CastExpr) (bound.Scalar, error) {
	t, err := b.resolveType(e.Type)
	if err != nil {
		return nil, err
	}
	pos := e.Pos
	if pos < 0 {
		pos = e.Type.Pos
	}
	// ARRAY[…]::t[] gives the elements their type at once, so that an empty or untyped list has one.
	if a, ok := e.X.(*ast.ArrayExpr); ok && types.ElemOf(t.OID) != 0 {
		s, err := b.array(q, a, &t)
		if err != nil {
			return nil, err
		}
		return b.explicitCast(s, t, pos)
	}
	s, err := b.expr(q, e.X)
	if err != nil {
		return nil, err
	}
	return b.explicitCast(s, t, pos)
}

// collations are the ones that all mean the database's own order.
func knownCollation(name string) bool {
	switch name {
	case "default", "C", "POSIX", "C.utf8", "C.UTF-8", "ucs_basic":
		return true
	}
	return strings.HasPrefix(name, "en_") || strings.HasPrefix(name, "en-")
}

// collate checks a COLLATE clause. Every collation here orders by bytes, so that nothing remains of it.
func (b *binder) collate(q *query, e *ast.CollateExpr) (bound.Scalar, error) {
	if !knownCollation(e.Name.Last()) {
		return nil, pgerr.New(pgerrcode.UndefinedObject, "collation \"%s\" for encoding \"UTF8\" does not exist", strings.Join(e.Name.Parts, ".")).At(int(e.Pos))
	}
	s, err := b.expr(q, e.X)
	if err != nil {
		return nil, err
	}
	t := s.Type().OID
	if elem := types.ElemOf(t); elem != 0 {
		t = elem
	}
	if t != types.UnknownOID && category(t) != 'S' {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "collations are not supported by type %s", typeName(s.Type())).At(int(e.Pos))
	}
	return s, nil
}

// row binds ROW(…) as a value: untyped literals in it are text.
func (b *binder) row(q *query, e *ast.RowExpr) (bound.Scalar, error) {
	r, err := b.rawRow(q, e)
	if err != nil {
		return nil, err
	}
	return b.settleRow(r)
}

// settleRow gives the untyped fields of a row the type text.
func (b *binder) settleRow(r *bound.RowCtor) (bound.Scalar, error) {
	settled := &bound.RowCtor{Fields: make([]bound.Scalar, len(r.Fields)), Names: r.Names}
	for i, f := range r.Fields {
		var err error
		if settled.Fields[i], err = b.textIfUnknown(f); err != nil {
			return nil, err
		}
	}
	return settled, nil
}

// rawRow binds ROW(…), stars in it expanded, for a comparison that may yet type its literals.
func (b *binder) rawRow(q *query, e *ast.RowExpr) (*bound.RowCtor, error) {
	fields, err := b.exprList(q, e.Fields)
	if err != nil {
		return nil, err
	}
	if len(fields) > columnsMax {
		return nil, pgerr.New(pgerrcode.TooManyColumns, "ROW expressions can have at most %d entries", columnsMax).At(int(e.Pos))
	}
	r := &bound.RowCtor{}
	for _, f := range fields {
		r.Fields = append(r.Fields, f.s)
	}
	return r, nil
}

func itoa(n int) string { return strconv.Itoa(n) }
