package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func (c *conv) copy(s *pgq.CopyStmt) ast.Stmt {
	out := &ast.Copy{
		Table:    c.rangeVar(s.Relation),
		Columns:  strs(s.Attlist),
		From:     s.IsFrom,
		Filename: s.Filename,
		Program:  s.IsProgram,
		Where:    c.expr(s.WhereClause),
	}
	if s.Query != nil {
		out.Query = c.stmt(s.Query)
	}
	for _, n := range s.Options {
		out.Options = append(out.Options, c.copyOption(n.GetDefElem()))
	}
	return out
}

// copyOption keeps lists of columns apart from plain values; * is All.
func (c *conv) copyOption(d *pgq.DefElem) ast.CopyOption {
	switch arg := d.GetArg().GetNode().(type) {
	case *pgq.Node_List:
		return ast.CopyOption{
			Option: ast.Option{Name: d.Defname, Given: true, Pos: ast.Pos(d.Location)},
			List:   strs(arg.List.Items),
		}
	case *pgq.Node_AStar:
		return ast.CopyOption{Option: ast.Option{Name: d.Defname, Value: "*", Given: true, Pos: ast.Pos(d.Location)}, All: true}
	}
	return ast.CopyOption{Option: c.option(d)}
}
