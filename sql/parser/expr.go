package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

// expr converts an expression; nil for none.
func (c *conv) expr(n *pgq.Node) ast.Expr {
	if n == nil || n.Node == nil || c.err != nil {
		return nil
	}
	switch e := n.Node.(type) {
	case *pgq.Node_ColumnRef:
		return columnRef(e.ColumnRef)
	case *pgq.Node_AConst:
		return constant(e.AConst)
	case *pgq.Node_ParamRef:
		return &ast.Param{N: int(e.ParamRef.Number), Pos: ast.Pos(e.ParamRef.Location)}
	case *pgq.Node_AExpr:
		return c.operator(e.AExpr)
	case *pgq.Node_BoolExpr:
		return c.boolExpr(e.BoolExpr)
	case *pgq.Node_NullTest:
		t := e.NullTest
		return &ast.NullTest{X: c.expr(t.Arg), Not: t.Nulltesttype == pgq.NullTestType_IS_NOT_NULL, Pos: ast.Pos(t.Location)}
	case *pgq.Node_BooleanTest:
		return c.booleanTest(e.BooleanTest)
	case *pgq.Node_FuncCall:
		return c.funcCall(e.FuncCall)
	case *pgq.Node_CaseExpr:
		return c.caseExpr(e.CaseExpr)
	case *pgq.Node_CoalesceExpr:
		return &ast.CoalesceExpr{Args: c.exprs(e.CoalesceExpr.Args), Pos: ast.Pos(e.CoalesceExpr.Location)}
	case *pgq.Node_MinMaxExpr:
		m := e.MinMaxExpr
		return &ast.MinMaxExpr{Least: m.Op == pgq.MinMaxOp_IS_LEAST, Args: c.exprs(m.Args), Pos: ast.Pos(m.Location)}
	case *pgq.Node_TypeCast:
		t := e.TypeCast
		return &ast.CastExpr{X: c.expr(t.Arg), Type: c.typeName(t.TypeName), Pos: ast.Pos(t.Location)}
	case *pgq.Node_CollateClause:
		l := e.CollateClause
		return &ast.CollateExpr{X: c.expr(l.Arg), Name: name(l.Collname, l.Location), Pos: ast.Pos(l.Location)}
	case *pgq.Node_AArrayExpr:
		return &ast.ArrayExpr{Elems: c.exprs(e.AArrayExpr.Elements), Pos: ast.Pos(e.AArrayExpr.Location)}
	case *pgq.Node_RowExpr:
		return &ast.RowExpr{Fields: c.exprs(e.RowExpr.Args), Pos: ast.Pos(e.RowExpr.Location)}
	case *pgq.Node_AIndirection:
		return c.indirection(e.AIndirection)
	case *pgq.Node_SubLink:
		return c.subLink(e.SubLink)
	case *pgq.Node_SqlvalueFunction:
		return valueFunction(e.SqlvalueFunction)
	case *pgq.Node_GroupingFunc:
		return &ast.GroupingFunc{Args: c.exprs(e.GroupingFunc.Args), Pos: ast.Pos(e.GroupingFunc.Location)}
	case *pgq.Node_GroupingSet:
		return c.groupingSet(e.GroupingSet)
	case *pgq.Node_SetToDefault:
		return &ast.SetToDefault{Pos: ast.Pos(e.SetToDefault.Location)}
	case *pgq.Node_CurrentOfExpr:
		return &ast.CurrentOf{Cursor: e.CurrentOfExpr.CursorName, Pos: ast.NoPos}
	}
	c.unsupported(nodeName(n), nodeLocation(n))
	return nil
}

func (c *conv) exprs(nodes []*pgq.Node) []ast.Expr {
	if len(nodes) == 0 {
		return nil
	}
	out := make([]ast.Expr, len(nodes))
	for i, n := range nodes {
		out[i] = c.expr(n)
	}
	return out
}

func columnRef(r *pgq.ColumnRef) ast.Expr {
	out := &ast.ColumnRef{Name: ast.Name{Pos: ast.Pos(r.Location)}, Pos: ast.Pos(r.Location)}
	for _, field := range r.Fields {
		if field.GetAStar() != nil {
			out.Star = true
			continue
		}
		out.Name.Parts = append(out.Name.Parts, str(field))
	}
	return out
}

func (c *conv) boolExpr(b *pgq.BoolExpr) ast.Expr {
	op := ast.And
	switch b.Boolop {
	case pgq.BoolExprType_OR_EXPR:
		op = ast.Or
	case pgq.BoolExprType_NOT_EXPR:
		op = ast.Not
	}
	return &ast.BoolExpr{Op: op, Args: c.exprs(b.Args), Pos: ast.Pos(b.Location)}
}

func (c *conv) booleanTest(t *pgq.BooleanTest) ast.Expr {
	out := &ast.BooleanTest{X: c.expr(t.Arg), Pos: ast.Pos(t.Location)}
	switch t.Booltesttype {
	case pgq.BoolTestType_IS_TRUE, pgq.BoolTestType_IS_NOT_TRUE:
		out.Value = "TRUE"
	case pgq.BoolTestType_IS_FALSE, pgq.BoolTestType_IS_NOT_FALSE:
		out.Value = "FALSE"
	default:
		out.Value = "UNKNOWN"
	}
	switch t.Booltesttype {
	case pgq.BoolTestType_IS_NOT_TRUE, pgq.BoolTestType_IS_NOT_FALSE, pgq.BoolTestType_IS_NOT_UNKNOWN:
		out.Not = true
	}
	return out
}

func (c *conv) caseExpr(e *pgq.CaseExpr) ast.Expr {
	out := &ast.CaseExpr{Arg: c.expr(e.Arg), Else: c.expr(e.Defresult), Pos: ast.Pos(e.Location)}
	for _, n := range e.Args {
		when := n.GetCaseWhen()
		out.Whens = append(out.Whens, ast.CaseWhen{When: c.expr(when.GetExpr()), Then: c.expr(when.GetResult())})
	}
	return out
}

// indirection nests one IndirectionExpr for each field and for each run of subscripts.
func (c *conv) indirection(a *pgq.A_Indirection) ast.Expr {
	x := c.expr(a.Arg)
	if x == nil {
		return nil
	}
	pos := x.Position()
	var run *ast.IndirectionExpr
	for _, n := range a.Indirection {
		if indices := n.GetAIndices(); indices != nil {
			if run == nil {
				run = &ast.IndirectionExpr{X: x, Pos: pos}
				x = run
			}
			run.Subscripts = append(run.Subscripts, c.subscript(indices))
			continue
		}
		run = nil
		x = &ast.IndirectionExpr{X: x, Field: str(n), Star: n.GetAStar() != nil, Pos: pos}
	}
	return x
}

func (c *conv) subscript(a *pgq.A_Indices) ast.Subscript {
	return ast.Subscript{Slice: a.IsSlice, Lower: c.expr(a.Lidx), Upper: c.expr(a.Uidx)}
}

// subscripts are those of a target column; a field of a composite one is not supported.
func (c *conv) subscripts(nodes []*pgq.Node, location int32) []ast.Subscript {
	var out []ast.Subscript
	for _, n := range nodes {
		indices := n.GetAIndices()
		if indices == nil {
			c.unsupported("assignment to a field of a composite column", location)
			return nil
		}
		out = append(out, c.subscript(indices))
	}
	return out
}

func (c *conv) subLink(s *pgq.SubLink) ast.Expr {
	out := &ast.SubLink{Test: c.expr(s.Testexpr), Query: c.subselect(s.Subselect), Pos: ast.Pos(s.Location)}
	switch s.SubLinkType {
	case pgq.SubLinkType_EXISTS_SUBLINK:
		out.Kind = ast.SubExists
	case pgq.SubLinkType_ANY_SUBLINK:
		out.Kind = ast.SubAny
	case pgq.SubLinkType_ALL_SUBLINK:
		out.Kind = ast.SubAll
	case pgq.SubLinkType_ARRAY_SUBLINK:
		out.Kind = ast.SubArray
	}
	if out.Kind == ast.SubAny || out.Kind == ast.SubAll {
		out.Op, _ = c.operatorName(s.OperName, s.Location)
		if out.Op == "" {
			out.Op = "="
		}
	}
	return out
}
