package ast

func (f *formatter) from(keyword string, list []TableExpr) {
	if len(list) > 0 {
		f.WriteString(keyword)
		f.list(len(list), func(i int) { f.table(list[i]) })
	}
}

func (f *formatter) table(t TableExpr) {
	switch t := t.(type) {
	case *RangeVar:
		f.rangeVar(t)
	case *RangeSubselect:
		if t.Lateral {
			f.WriteString("LATERAL ")
		}
		f.subquery(t.Query)
		f.alias(t.Alias)
	case *RangeFunction:
		f.rangeFunction(t)
	case *JoinExpr:
		f.join(t)
	}
}

func (f *formatter) rangeVar(t *RangeVar) {
	if t.Only {
		f.WriteString("ONLY ")
	}
	f.WriteString(t.Name.String())
	f.alias(t.Alias)
}

func (f *formatter) alias(a *Alias) {
	if a == nil {
		return
	}
	f.words(" AS ", QuoteIdent(a.Name))
	f.columns(a.Columns)
}

func (f *formatter) rangeFunction(t *RangeFunction) {
	if t.Lateral {
		f.WriteString("LATERAL ")
	}
	// Several functions need ROWS FROM; one is written without it.
	if len(t.Funcs) != 1 {
		f.WriteString("ROWS FROM (")
	}
	f.list(len(t.Funcs), func(i int) { f.funcCall(t.Funcs[i]) })
	if len(t.Funcs) != 1 {
		f.WriteString(")")
	}
	if t.Ordinality {
		f.WriteString(" WITH ORDINALITY")
	}
	if len(t.ColumnDefs) == 0 {
		f.alias(t.Alias)
		return
	}
	f.WriteString(" AS ")
	if t.Alias != nil {
		f.WriteString(QuoteIdent(t.Alias.Name))
	}
	f.WriteString("(")
	f.list(len(t.ColumnDefs), func(i int) {
		f.words(QuoteIdent(t.ColumnDefs[i].Name), " ")
		f.typeName(t.ColumnDefs[i].Type)
	})
	f.WriteString(")")
}

// join writes left-deep joins without parentheses; a join on the right, or one with an alias, has them.
func (f *formatter) join(t *JoinExpr) {
	if t.Alias != nil {
		f.WriteString("(")
	}
	f.table(t.Left)
	f.WriteString(" ")
	if t.Natural {
		f.WriteString("NATURAL ")
	}
	f.WriteString([...]string{JoinInner: "JOIN ", JoinLeft: "LEFT JOIN ", JoinRight: "RIGHT JOIN ", JoinFull: "FULL JOIN ", JoinCross: "CROSS JOIN "}[t.Kind])
	if right, ok := t.Right.(*JoinExpr); ok && right.Alias == nil {
		f.WriteString("(")
		f.join(right)
		f.WriteString(")")
	} else {
		f.table(t.Right)
	}
	f.clause(" ON ", t.On)
	if len(t.Using) > 0 {
		f.WriteString(" USING ")
		f.columns(t.Using)
		if t.UsingAlias != "" {
			f.words(" AS ", QuoteIdent(t.UsingAlias))
		}
	}
	if t.Alias != nil {
		f.WriteString(")")
		f.alias(t.Alias)
	}
}
