package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

// operator converts every form that the grammar holds as an A_Expr.
func (c *conv) operator(e *pgq.A_Expr) ast.Expr {
	pos := ast.Pos(e.Location)
	switch e.Kind {
	case pgq.A_Expr_Kind_AEXPR_OP_ANY, pgq.A_Expr_Kind_AEXPR_OP_ALL:
		op, _ := c.operatorName(e.Name, e.Location)
		all := e.Kind == pgq.A_Expr_Kind_AEXPR_OP_ALL
		return &ast.QuantifiedExpr{Op: op, All: all, Left: c.expr(e.Lexpr), Array: c.expr(e.Rexpr), Pos: pos}
	case pgq.A_Expr_Kind_AEXPR_DISTINCT, pgq.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		not := e.Kind == pgq.A_Expr_Kind_AEXPR_NOT_DISTINCT
		return &ast.DistinctExpr{Left: c.expr(e.Lexpr), Right: c.expr(e.Rexpr), Not: not, Pos: pos}
	case pgq.A_Expr_Kind_AEXPR_NULLIF:
		return &ast.NullIfExpr{Left: c.expr(e.Lexpr), Right: c.expr(e.Rexpr), Pos: pos}
	case pgq.A_Expr_Kind_AEXPR_IN:
		not := len(e.Name) > 0 && str(e.Name[0]) == "<>"
		return &ast.InExpr{Left: c.expr(e.Lexpr), List: c.exprs(listItems(e.Rexpr)), Not: not, Pos: pos}
	case pgq.A_Expr_Kind_AEXPR_BETWEEN, pgq.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pgq.A_Expr_Kind_AEXPR_BETWEEN_SYM, pgq.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return c.between(e)
	}
	// AEXPR_OP, and LIKE, ILIKE, SIMILAR under their operators' names.
	op, schema := c.operatorName(e.Name, e.Location)
	return &ast.OpExpr{Op: op, Schema: schema, Left: c.expr(e.Lexpr), Right: c.expr(e.Rexpr), Pos: pos}
}

func (c *conv) between(e *pgq.A_Expr) ast.Expr {
	bounds := listItems(e.Rexpr)
	if len(bounds) != 2 {
		c.unsupported("BETWEEN", e.Location)
		return nil
	}
	out := &ast.BetweenExpr{X: c.expr(e.Lexpr), Low: c.expr(bounds[0]), High: c.expr(bounds[1]), Pos: ast.Pos(e.Location)}
	switch e.Kind {
	case pgq.A_Expr_Kind_AEXPR_NOT_BETWEEN:
		out.Not = true
	case pgq.A_Expr_Kind_AEXPR_BETWEEN_SYM:
		out.Symmetric = true
	case pgq.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		out.Not, out.Symmetric = true, true
	}
	return out
}

// operatorName is an operator with the schema of OPERATOR(schema.op).
func (c *conv) operatorName(nodes []*pgq.Node, location int32) (op, schema string) {
	parts := strs(nodes)
	switch len(parts) {
	case 0:
		return "", ""
	case 1:
		return parts[0], ""
	case 2:
		return parts[1], parts[0]
	}
	c.unsupported("an operator with a database name", location)
	return "", ""
}
