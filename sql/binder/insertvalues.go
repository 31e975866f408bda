package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
)

// cell is one value of a VALUES row; a nil scalar is DEFAULT.
type cell struct {
	s   bound.Scalar
	pos ast.Pos
}

// values binds INSERT … VALUES: every value is converted to its column's type on its own.
func (i *inserter) values(lists [][]ast.Expr) error {
	var rows [][]cell
	for _, list := range lists {
		row, err := i.row(list, len(lists) == 1)
		if err != nil {
			return err
		}
		if len(rows) > 0 && len(row) != len(rows[0]) {
			return pgerr.New(pgerrcode.SyntaxError, "VALUES lists must all be the same length").At(int(listPosition(list)))
		}
		rows = append(rows, row)
	}
	single, _ := rows[0][0].s.(*bound.RowCtor)
	if len(lists) > 1 {
		single = nil
	}
	if err := i.checkWidth(len(rows[0]), func(n int) ast.Pos { return rows[0][n].pos }, single); err != nil {
		return err
	}
	if err := i.convert(rows); err != nil {
		return err
	}
	rows = i.dropGenerated(rows)
	return i.valuesNode(rows)
}

// row binds one VALUES list. A single row may call set-returning functions, and is a SELECT without FROM then.
func (i *inserter) row(list []ast.Expr, single bool) ([]cell, error) {
	context := valuesExpr
	if single {
		context = insertExpr
	}
	var row []cell
	err := i.q.within(context, func() error {
		for _, e := range list {
			if d, ok := e.(*ast.SetToDefault); ok {
				row = append(row, cell{pos: d.Pos})
				continue
			}
			operands, err := i.b.exprList(i.q, []ast.Expr{e})
			if err != nil {
				return err
			}
			for _, o := range operands {
				row = append(row, cell(o))
			}
		}
		return nil
	})
	return row, err
}

// convert casts each value to its target and puts defaults in their places. A column that takes DEFAULT alone must have nothing else in any row.
func (i *inserter) convert(rows [][]cell) error {
	for _, row := range rows {
		for n, t := range i.targets {
			if row[n].s == nil {
				continue
			}
			s, err := i.b.assign(row[n].s, t.typ, t.col.Name, row[n].pos)
			if err != nil {
				return err
			}
			row[n].s = s
		}
	}
	for n, t := range i.targets {
		for _, row := range rows {
			if row[n].s != nil {
				if err := i.checkFixed(t.col); err != nil {
					return err
				}
			}
			if t.col.Generated {
				continue
			}
			if row[n].s == nil && t.subs != nil {
				return pgerr.New(pgerrcode.FeatureNotSupported, "cannot set an array element to DEFAULT").At(int(t.pos))
			}
			if row[n].s == nil || i.takesDefault(t.col) {
				s, err := i.b.defaultOrNull(i.table, t.col)
				if err != nil {
					return err
				}
				row[n].s = s
			}
		}
	}
	return nil
}

// dropGenerated leaves out generated columns, which were given DEFAULT.
func (i *inserter) dropGenerated(rows [][]cell) [][]cell {
	var targets []insertTarget
	out := make([][]cell, len(rows))
	for n, t := range i.targets {
		if t.col.Generated {
			continue
		}
		targets = append(targets, t)
		for r := range rows {
			out[r] = append(out[r], rows[r][n])
		}
	}
	i.targets = targets
	return out
}

func (i *inserter) valuesNode(rows [][]cell) error {
	b := i.b
	node := &bound.Values{}
	for _, row := range rows {
		values := make([]bound.Scalar, len(row))
		for n, c := range row {
			values[n] = c.s
		}
		node.Rows = append(node.Rows, i.combine(values))
	}
	for n := range i.out.Targets {
		c, _ := i.table.ColumnByNum(i.out.Targets[n])
		node.Cols = append(node.Cols, b.newColumn(c.Name, c.Type))
	}
	if len(i.q.sets) == 0 {
		i.out.Source = node
		return nil
	}
	project := &bound.Project{Input: finishSets(oneRow(), i.q.sets)}
	for n, s := range node.Rows[0] {
		project.Items = append(project.Items, bound.Item{Col: node.Cols[n], Expr: s})
	}
	i.q.sets = nil
	i.out.Source = project
	return nil
}
