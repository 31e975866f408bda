package ast

import "strconv"

// expr writes any expression so that it may stand anywhere an expression may.
func (f *formatter) expr(e Expr) {
	switch e := e.(type) {
	case *ColumnRef:
		f.columnRef(e)
	case *Const:
		f.constant(e)
	case *Param:
		f.words("$", strconv.Itoa(e.N))
	case *OpExpr:
		f.opExpr(e)
	case *QuantifiedExpr:
		f.infix(e.Left, e.Op+quantifier(e.All), func() { f.paren(e.Array) })
	case *InExpr:
		f.infix(e.Left, not(e.Not)+"IN", func() { f.tuple(e.List) })
	case *BetweenExpr:
		f.between(e)
	case *DistinctExpr:
		f.infix(e.Left, "IS "+not(e.Not)+"DISTINCT FROM", func() { f.operand(e.Right) })
	case *NullIfExpr:
		f.call("NULLIF", []Expr{e.Left, e.Right})
	case *BoolExpr:
		f.boolExpr(e)
	case *NullTest:
		f.infix(e.X, "IS "+not(e.Not)+"NULL", nil)
	case *BooleanTest:
		f.infix(e.X, "IS "+not(e.Not)+e.Value, nil)
	case *FuncCall:
		f.funcCall(e)
	case *CaseExpr:
		f.caseExpr(e)
	case *CoalesceExpr:
		f.call("COALESCE", e.Args)
	case *MinMaxExpr:
		if e.Least {
			f.call("LEAST", e.Args)
		} else {
			f.call("GREATEST", e.Args)
		}
	case *CastExpr:
		f.castExpr(e)
	case *CollateExpr:
		f.infix(e.X, "COLLATE "+e.Name.String(), nil)
	case *ArrayExpr:
		f.WriteString("ARRAY[")
		f.exprs(e.Elems)
		f.WriteString("]")
	case *RowExpr:
		f.call("ROW", e.Fields)
	case *IndirectionExpr:
		f.indirection(e)
	case *SubLink:
		f.subLink(e)
	case *SQLValueFunction:
		f.valueFunction(e)
	case *GroupingFunc:
		f.call("GROUPING", e.Args)
	case *GroupingSet:
		f.groupingSet(e)
	case *SetToDefault:
		f.WriteString("DEFAULT")
	case *CurrentOf:
		f.words("CURRENT OF ", QuoteIdent(e.Cursor))
	}
}

func not(yes bool) string {
	if yes {
		return "NOT "
	}
	return ""
}

func quantifier(all bool) string {
	if all {
		return " ALL"
	}
	return " ANY"
}

// infix writes (left op right); right is nil for a postfix test.
func (f *formatter) infix(left Expr, op string, right func()) {
	f.WriteString("(")
	f.operand(left)
	f.words(" ", op)
	if right != nil {
		f.WriteString(" ")
		right()
	}
	f.WriteString(")")
}

func (f *formatter) tuple(list []Expr) {
	f.WriteString("(")
	f.exprs(list)
	f.WriteString(")")
}

func (f *formatter) call(name string, args []Expr) {
	f.WriteString(name)
	f.tuple(args)
}

func (f *formatter) columnRef(e *ColumnRef) {
	f.WriteString(e.Name.String())
	switch {
	case e.Star && len(e.Name.Parts) > 0:
		f.WriteString(".*")
	case e.Star:
		f.WriteString("*")
	}
}

func (f *formatter) opExpr(e *OpExpr) {
	op := e.Op
	if e.Schema != "" {
		op = "OPERATOR(" + QuoteIdent(e.Schema) + "." + e.Op + ")"
	}
	if e.Left == nil {
		f.words("(", op, " ")
		f.operand(e.Right)
		f.WriteString(")")
		return
	}
	f.infix(e.Left, op, func() { f.operand(e.Right) })
}

func (f *formatter) between(e *BetweenExpr) {
	op := not(e.Not) + "BETWEEN"
	if e.Symmetric {
		op += " SYMMETRIC"
	}
	f.infix(e.X, op, func() {
		f.operand(e.Low)
		f.WriteString(" AND ")
		f.operand(e.High)
	})
}

func (f *formatter) boolExpr(e *BoolExpr) {
	f.WriteString("(")
	if e.Op == Not && len(e.Args) == 1 {
		f.WriteString("NOT ")
		f.expr(e.Args[0])
	} else {
		word := " AND "
		if e.Op == Or {
			word = " OR "
		}
		for i, arg := range e.Args {
			if i > 0 {
				f.WriteString(word)
			}
			f.expr(arg)
		}
	}
	f.WriteString(")")
}

func (f *formatter) caseExpr(e *CaseExpr) {
	f.WriteString("CASE")
	f.clause(" ", e.Arg)
	for _, when := range e.Whens {
		f.clause(" WHEN ", when.When)
		f.clause(" THEN ", when.Then)
	}
	f.clause(" ELSE ", e.Else)
	f.WriteString(" END")
}

// castExpr writes (x)::type; only a constant without a sign stands bare.
func (f *formatter) castExpr(e *CastExpr) {
	if c, ok := e.X.(*Const); ok && !negative(c) {
		f.constant(c)
	} else {
		f.paren(e.X)
	}
	f.WriteString("::")
	f.typeName(e.Type)
}

func (f *formatter) indirection(e *IndirectionExpr) {
	switch x := e.X.(type) {
	case *ColumnRef, *Param:
		if e.Field != "" || e.Star {
			f.paren(e.X)
		} else {
			f.expr(e.X)
		}
	case *IndirectionExpr:
		f.indirection(x)
	default:
		f.paren(e.X)
	}
	switch {
	case e.Star:
		f.WriteString(".*")
	case e.Field != "":
		f.words(".", QuoteIdent(e.Field))
	}
	f.subscripts(e.Subscripts)
}

func (f *formatter) subscripts(list []Subscript) {
	for _, s := range list {
		f.WriteString("[")
		if s.Slice {
			f.clause("", s.Lower)
			f.WriteString(":")
		}
		f.clause("", s.Upper)
		f.WriteString("]")
	}
}

func (f *formatter) subLink(e *SubLink) {
	switch e.Kind {
	case SubScalar:
		f.subquery(e.Query)
	case SubArray:
		f.WriteString("ARRAY")
		f.subquery(e.Query)
	case SubExists:
		f.WriteString("(EXISTS ")
		f.subquery(e.Query)
		f.WriteString(")")
	case SubAny, SubAll:
		op := e.Op + quantifier(e.Kind == SubAll)
		if e.Kind == SubAny && e.Op == "=" {
			op = "IN"
		}
		f.infix(e.Test, op, func() { f.subquery(e.Query) })
	}
}

func (f *formatter) subquery(s *Select) {
	f.WriteString("(")
	f.selectStmt(s)
	f.WriteString(")")
}

func (f *formatter) groupingSet(g *GroupingSet) {
	switch g.Kind {
	case "EMPTY":
		f.WriteString("()")
	case "SETS":
		f.call("GROUPING SETS", g.Items)
	default:
		f.call(g.Kind, g.Items)
	}
}
