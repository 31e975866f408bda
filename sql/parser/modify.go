package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func (c *conv) insert(s *pgq.InsertStmt) ast.Stmt {
	out := &ast.Insert{
		With:      c.with(s.WithClause),
		Table:     c.rangeVar(s.Relation),
		Source:    c.subselect(s.SelectStmt),
		Conflict:  c.onConflict(s.OnConflictClause),
		Returning: c.items(s.ReturningList),
	}
	for _, n := range s.Cols {
		r := n.GetResTarget()
		out.Columns = append(out.Columns, ast.InsertColumn{
			Name: r.GetName(), Subscripts: c.subscripts(r.GetIndirection(), r.GetLocation()), Pos: ast.Pos(r.GetLocation()),
		})
	}
	switch s.Override {
	case pgq.OverridingKind_OVERRIDING_USER_VALUE:
		out.Overriding = "USER"
	case pgq.OverridingKind_OVERRIDING_SYSTEM_VALUE:
		out.Overriding = "SYSTEM"
	}
	return out
}

func (c *conv) onConflict(o *pgq.OnConflictClause) *ast.OnConflict {
	if o == nil {
		return nil
	}
	out := &ast.OnConflict{
		DoUpdate: o.Action == pgq.OnConflictAction_ONCONFLICT_UPDATE,
		Set:      c.assignments(o.TargetList),
		SetWhere: c.expr(o.WhereClause),
		Pos:      ast.Pos(o.Location),
	}
	if o.Infer != nil {
		out.Columns = c.indexElems(o.Infer.IndexElems)
		out.Where = c.expr(o.Infer.WhereClause)
		out.Constraint = o.Infer.Conname
	}
	return out
}

// assignments shares the source of (a, b) = …, which the tree repeats for each target.
func (c *conv) assignments(nodes []*pgq.Node) []ast.Assignment {
	var out []ast.Assignment
	var source ast.Expr
	for _, n := range nodes {
		r := n.GetResTarget()
		a := ast.Assignment{Column: r.GetName(), Subscripts: c.subscripts(r.GetIndirection(), r.GetLocation()), Pos: ast.Pos(r.GetLocation())}
		if multi := r.GetVal().GetMultiAssignRef(); multi != nil {
			if multi.Colno == 1 {
				source = c.expr(multi.Source)
			}
			a.MultiSource, a.Field, a.Fields = source, int(multi.Colno)-1, int(multi.Ncolumns)
		} else {
			a.Value = c.expr(r.GetVal())
		}
		out = append(out, a)
	}
	return out
}

func (c *conv) update(s *pgq.UpdateStmt) ast.Stmt {
	return &ast.Update{
		With:      c.with(s.WithClause),
		Table:     c.rangeVar(s.Relation),
		Set:       c.assignments(s.TargetList),
		From:      c.tables(s.FromClause),
		Where:     c.expr(s.WhereClause),
		Returning: c.items(s.ReturningList),
	}
}

func (c *conv) delete(s *pgq.DeleteStmt) ast.Stmt {
	return &ast.Delete{
		With:      c.with(s.WithClause),
		Table:     c.rangeVar(s.Relation),
		Using:     c.tables(s.UsingClause),
		Where:     c.expr(s.WhereClause),
		Returning: c.items(s.ReturningList),
	}
}
