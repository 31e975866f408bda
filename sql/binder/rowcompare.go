package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// rowOperation binds (a, b) op (SELECT …): the subquery gives one row. Nil for other operations.
func (b *binder) rowOperation(q *query, e *ast.OpExpr) (bound.Scalar, error) {
	row, ok := e.Left.(*ast.RowExpr)
	if !ok {
		return nil, nil
	}
	sub, ok := e.Right.(*ast.SubLink)
	if !ok || sub.Kind != ast.SubScalar {
		return nil, nil
	}
	left, err := b.rawRow(q, row)
	if err != nil {
		return nil, err
	}
	fields, err := b.rowSubquery(q, sub, len(row.Fields))
	if err != nil {
		return nil, err
	}
	return b.compareRows(e.Op, left.Fields, fields, e.Pos)
}

// rowSubquery binds a subquery of one row as the fields of one record.
func (b *binder) rowSubquery(q *query, sub *ast.SubLink, n int) ([]bound.Scalar, error) {
	if err := q.context.checkSubquery(sub.Pos); err != nil {
		return nil, err
	}
	rel, cols, err := b.subselect(q, sub.Query)
	if err != nil {
		return nil, err
	}
	if err := checkRowWidth(n, len(cols), sub.Pos); err != nil {
		return nil, err
	}
	record := b.recordSubquery(rel, cols)
	fields := make([]bound.Scalar, len(cols))
	for i, c := range cols {
		fields[i] = &bound.Field{X: record, Index: i, Typ: c.Type}
	}
	return fields, nil
}

func checkRowWidth(left, right int, pos ast.Pos) error {
	if left < right {
		return pgerr.New(pgerrcode.SyntaxError, "subquery has too many columns").At(int(pos))
	}
	if left > right {
		return pgerr.New(pgerrcode.SyntaxError, "subquery has too few columns").At(int(pos))
	}
	return nil
}

// recordSubquery makes a scalar subquery of a record of rel's columns.
func (b *binder) recordSubquery(rel bound.Rel, cols []bound.Column) *bound.Subquery {
	row := &bound.RowCtor{}
	for _, c := range cols {
		row.Fields = append(row.Fields, ref(c))
		row.Names = append(row.Names, c.Name)
	}
	t := types.T(types.RecordOID)
	col := b.newColumn("row", t)
	b.shapes[col.ID] = cols
	return &bound.Subquery{Kind: bound.SubScalar, Rel: &bound.Project{Input: rel, Items: []bound.Item{{Col: col, Expr: row}}}, Typ: t}
}

// rowsOperator compares two row constructors field by field; nil when the operands are not both rows of that kind.
func (b *binder) rowsOperator(op string, left, right operand, pos ast.Pos) (bound.Scalar, error) {
	l, ok := left.s.(*bound.RowCtor)
	if !ok {
		return nil, nil
	}
	r, ok := right.s.(*bound.RowCtor)
	if !ok {
		return nil, nil
	}
	return b.compareRows(op, l.Fields, r.Fields, pos)
}

// compareRows expands a row comparison: all fields equal, any unequal, or the first unequal pair decides.
func (b *binder) compareRows(op string, left, right []bound.Scalar, pos ast.Pos) (bound.Scalar, error) {
	if len(left) != len(right) {
		return nil, pgerr.New(pgerrcode.SyntaxError, "unequal number of entries in row expressions").At(int(pos))
	}
	if len(left) == 0 {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot compare rows of zero length").At(int(pos))
	}
	switch op {
	case "=":
		tests, err := b.compareFields("=", left, right, pos)
		return conjunction(tests), err
	case "<>", "!=":
		tests, err := b.compareFields("<>", left, right, pos)
		if err != nil || len(tests) == 1 {
			return conjunction(tests), err
		}
		return &bound.Or{Args: tests}, nil
	case "<", "<=", ">", ">=":
		return b.lexicographic(op, left, right, pos)
	}
	if _, err := b.compareFields(op, left, right, pos); err != nil {
		return nil, err
	}
	return nil, pgerr.New(pgerrcode.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", op).
		WithHint("Row comparison operators must be associated with btree operator families.").At(int(pos))
}

func (b *binder) compareFields(op string, left, right []bound.Scalar, pos ast.Pos) ([]bound.Scalar, error) {
	var tests []bound.Scalar
	for i := range left {
		s, err := b.operator(op, operand{left[i], pos}, operand{right[i], pos}, pos)
		if err == nil && s.Type().OID != types.BoolOID {
			err = pgerr.New(pgerrcode.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s", typeName(s.Type())).At(int(pos))
		}
		if err != nil {
			return nil, err
		}
		tests = append(tests, s)
	}
	return tests, nil
}

// lexicographic is a < c OR (a = c AND (…)), the last pair compared by op itself.
func (b *binder) lexicographic(op string, left, right []bound.Scalar, pos ast.Pos) (bound.Scalar, error) {
	if len(left) == 1 {
		return b.operator(op, operand{left[0], pos}, operand{right[0], pos}, pos)
	}
	less, err := b.operator(op[:1], operand{left[0], pos}, operand{right[0], pos}, pos)
	if err != nil {
		return nil, err
	}
	equal, err := b.operator("=", operand{left[0], pos}, operand{right[0], pos}, pos)
	if err != nil {
		return nil, err
	}
	rest, err := b.lexicographic(op, left[1:], right[1:], pos)
	if err != nil {
		return nil, err
	}
	return &bound.Or{Args: []bound.Scalar{less, &bound.And{Args: []bound.Scalar{equal, rest}}}}, nil
}

// rowsDistinct is IS [NOT] DISTINCT FROM between rows: any field distinct, or none.
func (b *binder) rowsDistinct(left, right *bound.RowCtor, not bool, pos ast.Pos) (bound.Scalar, error) {
	if len(left.Fields) != len(right.Fields) {
		return nil, pgerr.New(pgerrcode.SyntaxError, "unequal number of entries in row expressions").At(int(pos))
	}
	var tests []bound.Scalar
	for i := range left.Fields {
		s, err := b.isDistinct(operand{left.Fields[i], pos}, operand{right.Fields[i], pos}, not, pos)
		if err != nil {
			return nil, err
		}
		tests = append(tests, s)
	}
	switch {
	case len(tests) == 0:
		return &bound.Const{Value: types.Bool(not), Typ: types.T(types.BoolOID)}, nil
	case not || len(tests) == 1:
		return conjunction(tests), nil
	}
	return &bound.Or{Args: tests}, nil
}
