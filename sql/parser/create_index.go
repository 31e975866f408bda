package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func (c *conv) createIndex(s *pgq.IndexStmt) ast.Stmt {
	out := &ast.CreateIndex{
		Name:             s.Idxname,
		Table:            c.rangeVar(s.Relation),
		Method:           s.AccessMethod,
		Unique:           s.Unique,
		Concurrently:     s.Concurrent,
		IfNotExists:      s.IfNotExists,
		NullsNotDistinct: s.NullsNotDistinct,
		Elems:            c.indexElems(s.IndexParams),
		With:             c.options(s.Options),
		Where:            c.expr(s.WhereClause),
		Tablespace:       s.TableSpace,
		Pos:              ast.Pos(c.start),
	}
	if out.Method == "" {
		out.Method = "btree"
	}
	out.WhereText = exprText(out.Where)
	for _, n := range s.IndexIncludingParams {
		elem := n.GetIndexElem()
		if elem.GetExpr() != nil {
			c.unsupported("expressions in included columns", nodeLocation(elem.Expr))
		}
		out.Including = append(out.Including, elem.GetName())
	}
	return out
}

func (c *conv) indexElems(nodes []*pgq.Node) []ast.IndexElem {
	var out []ast.IndexElem
	for _, n := range nodes {
		e := n.GetIndexElem()
		elem := ast.IndexElem{
			Column:         e.GetName(),
			Expr:           c.expr(e.GetExpr()),
			OpClass:        name(e.GetOpclass(), -1),
			OpClassOptions: c.options(e.GetOpclassopts()),
			Collation:      name(e.GetCollation(), -1),
			Desc:           e.GetOrdering() == pgq.SortByDir_SORTBY_DESC,
			NullsFirst:     nullsFirst(e.GetNullsOrdering()),
			Pos:            ast.NoPos,
		}
		if elem.Expr != nil {
			elem.Pos = elem.Expr.Position()
			elem.ExprText = exprText(elem.Expr)
		}
		out = append(out, elem)
	}
	return out
}
