package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// groupingUse is a call of GROUPING(…), whose value is known when the grouping is.
type groupingUse struct {
	args []operand
	pos  ast.Pos
}

// groupingFunc binds GROUPING: a column for the time being, which finish replaces.
func (b *binder) groupingFunc(q *query, e *ast.GroupingFunc) (bound.Scalar, error) {
	if err := q.context.checkGrouping(e.Pos); err != nil {
		return nil, err
	}
	if len(e.Args) > 31 {
		return nil, pgerr.New(pgerrcode.TooManyArguments, "GROUPING must have fewer than 32 arguments").At(int(e.Pos))
	}
	args, err := b.exprList(q, e.Args)
	if err != nil {
		return nil, err
	}
	c := b.newColumn("grouping", types.T(types.Int4OID))
	b.columns[c.ID] = &origin{query: q, col: c, role: groupingColumn}
	if q.groupings == nil {
		q.groupings = map[bound.ColumnID]*groupingUse{}
	}
	q.groupings[c.ID] = &groupingUse{args, e.Pos}
	return b.colRef(c, e.Pos), nil
}

// grouping computes GROUPING's bits from the grouping column: the last argument is the lowest bit.
func (g *grouped) grouping(u *groupingUse) (bound.Scalar, error) {
	var value bound.Scalar = intConst(0)
	for i, a := range u.args {
		key := -1
		for k := range g.keys {
			if bound.Equal(g.node.Keys[k].Expr, a.s) {
				key = k
			}
		}
		if key < 0 {
			return nil, pgerr.New(pgerrcode.GroupingError, "arguments to GROUPING must be grouping expressions of the associated query level").At(int(a.pos))
		}
		if key > 30 {
			return nil, pgerr.Unimplemented("GROUPING over more than 31 keys").At(int(u.pos))
		}
		if g.node.SetCol == 0 {
			continue // without grouping sets every key is grouped by
		}
		bit, err := g.bit(key, len(u.args)-1-i, u.pos)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			value = bit
		} else if value, err = g.b.operator("|", operand{value, u.pos}, operand{bit, u.pos}, u.pos); err != nil {
			return nil, err
		}
	}
	return value, nil
}

// bit is (set >> key & 1) << shift.
func (g *grouped) bit(key, shift int, pos ast.Pos) (bound.Scalar, error) {
	set := &bound.ColRef{ID: g.node.SetCol, Typ: types.T(types.Int4OID)}
	s, err := g.b.operator(">>", operand{set, pos}, operand{intConst(int64(key)), pos}, pos)
	if err == nil {
		s, err = g.b.operator("&", operand{s, pos}, operand{intConst(1), pos}, pos)
	}
	if err == nil && shift > 0 {
		s, err = g.b.operator("<<", operand{s, pos}, operand{intConst(int64(shift)), pos}, pos)
	}
	return s, err
}

func intConst(n int64) *bound.Const {
	return &bound.Const{Value: types.Int(n), Typ: types.T(types.Int4OID)}
}
