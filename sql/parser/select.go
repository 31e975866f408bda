package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

// subselect converts a query in an expression or in FROM.
func (c *conv) subselect(n *pgq.Node) *ast.Select {
	if n == nil || n.Node == nil {
		return nil
	}
	s := n.GetSelectStmt()
	if s == nil {
		c.unsupported(nodeName(n)+" as a subquery", nodeLocation(n))
		return nil
	}
	return c.selectStmt(s)
}

func (c *conv) selectStmt(s *pgq.SelectStmt) *ast.Select {
	if s == nil || c.err != nil {
		return nil
	}
	out := &ast.Select{
		With:          c.with(s.WithClause),
		Items:         c.items(s.TargetList),
		From:          c.tables(s.FromClause),
		Where:         c.expr(s.WhereClause),
		GroupBy:       c.exprs(s.GroupClause),
		GroupDistinct: s.GroupDistinct,
		Having:        c.expr(s.HavingClause),
		OrderBy:       c.sortItems(s.SortClause),
		Limit:         c.limit(s.LimitCount),
		WithTies:      s.LimitOption == pgq.LimitOption_LIMIT_OPTION_WITH_TIES,
		Offset:        c.expr(s.LimitOffset),
		Locking:       c.locking(s.LockingClause),
		All:           s.All,
		Left:          c.selectStmt(s.Larg),
		Right:         c.selectStmt(s.Rarg),
		Pos:           ast.NoPos,
	}
	c.distinct(out, s.DistinctClause)
	for _, w := range s.WindowClause {
		out.Windows = append(out.Windows, c.window(w.GetWindowDef()))
	}
	for _, row := range s.ValuesLists {
		out.Values = append(out.Values, c.exprs(listItems(row)))
	}
	switch s.Op {
	case pgq.SetOperation_SETOP_UNION:
		out.Op = ast.SetUnion
	case pgq.SetOperation_SETOP_INTERSECT:
		out.Op = ast.SetIntersect
	case pgq.SetOperation_SETOP_EXCEPT:
		out.Op = ast.SetExcept
	}
	if s.IntoClause != nil {
		out.Into = c.rangeVar(s.IntoClause.Rel)
	}
	return out
}

// distinct reads the grammar's list: empty for none, one empty node for plain DISTINCT, expressions for DISTINCT ON.
func (c *conv) distinct(out *ast.Select, nodes []*pgq.Node) {
	switch {
	case len(nodes) == 0:
	case nodes[0] == nil || nodes[0].Node == nil:
		out.Distinct = true
	default:
		out.Distinct, out.DistinctOn = true, c.exprs(nodes)
	}
}

// limit is nil for LIMIT ALL and LIMIT NULL, which the grammar does not tell apart.
func (c *conv) limit(n *pgq.Node) ast.Expr {
	if k := n.GetAConst(); k != nil && k.Isnull {
		return nil
	}
	return c.expr(n)
}

func (c *conv) items(nodes []*pgq.Node) []ast.SelectItem {
	var out []ast.SelectItem
	for _, n := range nodes {
		r := n.GetResTarget()
		out = append(out, ast.SelectItem{Expr: c.expr(r.GetVal()), Alias: r.GetName(), Pos: ast.Pos(r.GetLocation())})
	}
	return out
}

func (c *conv) with(w *pgq.WithClause) *ast.With {
	if w == nil {
		return nil
	}
	out := &ast.With{Recursive: w.Recursive}
	for _, n := range w.Ctes {
		out.CTEs = append(out.CTEs, c.cte(n.GetCommonTableExpr()))
	}
	return out
}

func (c *conv) cte(e *pgq.CommonTableExpr) ast.CTE {
	if e.SearchClause != nil {
		c.unsupported("SEARCH", e.Location)
	}
	if e.CycleClause != nil {
		c.unsupported("CYCLE", e.Location)
	}
	out := ast.CTE{Name: e.Ctename, Columns: strs(e.Aliascolnames), Query: c.stmt(e.Ctequery), Pos: ast.Pos(e.Location)}
	switch e.Ctematerialized {
	case pgq.CTEMaterialize_CTEMaterializeAlways:
		out.Materialized = new(true)
	case pgq.CTEMaterialize_CTEMaterializeNever:
		out.Materialized = new(false)
	}
	if u, ok := out.Query.(*ast.Unsupported); ok {
		c.unsupported(u.Feature+" in WITH", e.Location)
	}
	return out
}

func (c *conv) locking(nodes []*pgq.Node) []ast.Locking {
	var out []ast.Locking
	for _, n := range nodes {
		l := n.GetLockingClause()
		var lock ast.Locking
		switch l.Strength {
		case pgq.LockClauseStrength_LCS_FORKEYSHARE:
			lock.Strength = "KEY SHARE"
		case pgq.LockClauseStrength_LCS_FORSHARE:
			lock.Strength = "SHARE"
		case pgq.LockClauseStrength_LCS_FORNOKEYUPDATE:
			lock.Strength = "NO KEY UPDATE"
		default:
			lock.Strength = "UPDATE"
		}
		switch l.WaitPolicy {
		case pgq.LockWaitPolicy_LockWaitSkip:
			lock.Wait = "SKIP LOCKED"
		case pgq.LockWaitPolicy_LockWaitError:
			lock.Wait = "NOWAIT"
		}
		for _, rel := range l.LockedRels {
			lock.Of = append(lock.Of, rangeVarName(rel.GetRangeVar()))
		}
		out = append(out, lock)
	}
	return out
}

func (c *conv) groupingSet(g *pgq.GroupingSet) ast.Expr {
	out := &ast.GroupingSet{Items: c.exprs(g.Content), Pos: ast.Pos(g.Location)}
	switch g.Kind {
	case pgq.GroupingSetKind_GROUPING_SET_ROLLUP:
		out.Kind = "ROLLUP"
	case pgq.GroupingSetKind_GROUPING_SET_CUBE:
		out.Kind = "CUBE"
	case pgq.GroupingSetKind_GROUPING_SET_SETS:
		out.Kind = "SETS"
	default:
		out.Kind = "EMPTY"
	}
	return out
}
