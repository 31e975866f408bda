package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func (c *conv) tables(nodes []*pgq.Node) []ast.TableExpr {
	var out []ast.TableExpr
	for _, n := range nodes {
		out = append(out, c.table(n))
	}
	return out
}

// table converts an item of FROM; nil after an error.
func (c *conv) table(n *pgq.Node) ast.TableExpr {
	if c.err != nil {
		return nil
	}
	switch t := n.GetNode().(type) {
	case *pgq.Node_RangeVar:
		return c.rangeVar(t.RangeVar)
	case *pgq.Node_RangeSubselect:
		s := t.RangeSubselect
		return &ast.RangeSubselect{Query: c.subselect(s.Subquery), Lateral: s.Lateral, Alias: alias(s.Alias), Pos: ast.NoPos}
	case *pgq.Node_RangeFunction:
		return c.rangeFunction(t.RangeFunction)
	case *pgq.Node_JoinExpr:
		return c.join(t.JoinExpr)
	}
	c.unsupported(nodeName(n), nodeLocation(n))
	return nil
}

func (c *conv) rangeVar(r *pgq.RangeVar) *ast.RangeVar {
	if r == nil {
		return nil
	}
	return &ast.RangeVar{Name: rangeVarName(r), Only: !r.Inh, Alias: alias(r.Alias), Pos: ast.Pos(r.Location)}
}

func (c *conv) rangeVars(nodes []*pgq.Node) []*ast.RangeVar {
	var out []*ast.RangeVar
	for _, n := range nodes {
		out = append(out, c.rangeVar(n.GetRangeVar()))
	}
	return out
}

func alias(a *pgq.Alias) *ast.Alias {
	if a == nil {
		return nil
	}
	return &ast.Alias{Name: a.Aliasname, Columns: strs(a.Colnames)}
}

func (c *conv) rangeFunction(r *pgq.RangeFunction) ast.TableExpr {
	out := &ast.RangeFunction{Lateral: r.Lateral, Ordinality: r.Ordinality, Alias: alias(r.Alias), Pos: ast.NoPos}
	for _, n := range r.Functions {
		// Each is a pair: the call, and its own column definitions inside ROWS FROM.
		pair := listItems(n)
		if len(pair) > 1 && len(listItems(pair[1])) > 0 {
			c.unsupported("column definitions inside ROWS FROM", nodeLocation(pair[0]))
			return nil
		}
		call := c.tableFunction(pair[0])
		if call == nil {
			return nil
		}
		out.Funcs = append(out.Funcs, call)
	}
	if len(out.Funcs) > 0 {
		out.Pos = out.Funcs[0].Pos
	}
	for _, n := range r.Coldeflist {
		out.ColumnDefs = append(out.ColumnDefs, c.columnDef(n.GetColumnDef()))
	}
	return out
}

// tableFunction is a call in FROM; CURRENT_DATE and its like are calls of their names there.
func (c *conv) tableFunction(n *pgq.Node) *ast.FuncCall {
	switch f := n.GetNode().(type) {
	case *pgq.Node_FuncCall:
		return c.funcCall(f.FuncCall)
	case *pgq.Node_SqlvalueFunction:
		v := valueFunction(f.SqlvalueFunction)
		return &ast.FuncCall{Name: ast.Name{Parts: []string{v.Name}, Pos: v.Pos}, Pos: v.Pos}
	}
	c.unsupported(nodeName(n)+" in FROM", nodeLocation(n))
	return nil
}

func (c *conv) join(j *pgq.JoinExpr) ast.TableExpr {
	out := &ast.JoinExpr{
		Natural:    j.IsNatural,
		Left:       c.table(j.Larg),
		Right:      c.table(j.Rarg),
		On:         c.expr(j.Quals),
		Using:      strs(j.UsingClause),
		UsingAlias: j.JoinUsingAlias.GetAliasname(),
		Alias:      alias(j.Alias),
		Pos:        ast.NoPos,
	}
	if out.Left != nil {
		out.Pos = out.Left.Position()
	}
	switch j.Jointype {
	case pgq.JoinType_JOIN_LEFT:
		out.Kind = ast.JoinLeft
	case pgq.JoinType_JOIN_RIGHT:
		out.Kind = ast.JoinRight
	case pgq.JoinType_JOIN_FULL:
		out.Kind = ast.JoinFull
	default:
		if !out.Natural && out.On == nil && len(out.Using) == 0 {
			out.Kind = ast.JoinCross
		}
	}
	return out
}
