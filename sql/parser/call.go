package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func (c *conv) funcCall(f *pgq.FuncCall) *ast.FuncCall {
	out := &ast.FuncCall{
		Name:        name(f.Funcname, f.Location),
		Star:        f.AggStar,
		Distinct:    f.AggDistinct,
		Variadic:    f.FuncVariadic,
		OrderBy:     c.sortItems(f.AggOrder),
		WithinGroup: f.AggWithinGroup,
		Filter:      c.expr(f.AggFilter),
		Over:        c.over(f.Over),
		SQLSyntax:   f.Funcformat == pgq.CoercionForm_COERCE_SQL_SYNTAX,
		Pos:         ast.Pos(f.Location),
	}
	for i, arg := range f.Args {
		if named := arg.GetNamedArgExpr(); named != nil {
			if out.ArgNames == nil {
				out.ArgNames = make([]string, len(f.Args))
			}
			out.ArgNames[i] = named.Name
			arg = named.Arg
		}
		out.Args = append(out.Args, c.expr(arg))
	}
	return out
}

// over converts OVER name, which the grammar holds as a window of that name, and OVER (…).
func (c *conv) over(w *pgq.WindowDef) *ast.WindowSpec {
	if w == nil {
		return nil
	}
	out := c.window(w)
	if w.Name != "" {
		out.Name, out.RefName, out.Copies = "", w.Name, false
	}
	return &out
}

func (c *conv) window(w *pgq.WindowDef) ast.WindowSpec {
	return ast.WindowSpec{
		Name:         w.Name,
		RefName:      w.Refname,
		Copies:       w.Refname != "",
		PartitionBy:  c.exprs(w.PartitionClause),
		OrderBy:      c.sortItems(w.OrderClause),
		FrameOptions: w.FrameOptions,
		StartOffset:  c.expr(w.StartOffset),
		EndOffset:    c.expr(w.EndOffset),
		Pos:          ast.Pos(w.Location),
	}
}

func (c *conv) sortItems(nodes []*pgq.Node) []ast.SortItem {
	var out []ast.SortItem
	for _, n := range nodes {
		s := n.GetSortBy()
		if s == nil { // WITHIN GROUP and hypothetical forms hold only SortBys too
			continue
		}
		item := ast.SortItem{
			Expr:       c.expr(s.Node),
			Desc:       s.SortbyDir == pgq.SortByDir_SORTBY_DESC,
			NullsFirst: nullsFirst(s.SortbyNulls),
		}
		if s.SortbyDir == pgq.SortByDir_SORTBY_USING {
			item.Using, _ = c.operatorName(s.UseOp, s.Location)
		}
		out = append(out, item)
	}
	return out
}

func nullsFirst(order pgq.SortByNulls) *bool {
	switch order {
	case pgq.SortByNulls_SORTBY_NULLS_FIRST:
		return new(true)
	case pgq.SortByNulls_SORTBY_NULLS_LAST:
		return new(false)
	}
	return nil
}
