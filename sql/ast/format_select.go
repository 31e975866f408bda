package ast

// stmt writes the statements that have a text form.
func (f *formatter) stmt(s Stmt) {
	switch s := s.(type) {
	case *Select:
		f.selectStmt(s)
	case *Insert:
		f.insert(s)
	case *Update:
		f.update(s)
	case *Delete:
		f.delete(s)
	}
}

func (f *formatter) selectStmt(s *Select) {
	f.with(s.With)
	switch {
	case s.Op != SetNone:
		f.setOperation(s)
	case s.Values != nil:
		f.WriteString("VALUES ")
		f.list(len(s.Values), func(i int) { f.tuple(s.Values[i]) })
	default:
		f.selectCore(s)
	}
	f.orderBy(" ORDER BY ", s.OrderBy)
	f.clause(" OFFSET ", s.Offset)
	f.limit(s)
	for _, l := range s.Locking {
		f.locking(l)
	}
}

// limit writes LIMIT, or FETCH FIRST where ties count, whose count must be a primary expression.
func (f *formatter) limit(s *Select) {
	switch {
	case s.Limit == nil:
	case s.WithTies:
		f.WriteString(" FETCH FIRST ")
		f.paren(s.Limit)
		f.WriteString(" ROWS WITH TIES")
	default:
		f.clause(" LIMIT ", s.Limit)
	}
}

func (f *formatter) selectCore(s *Select) {
	f.WriteString("SELECT")
	switch {
	case s.DistinctOn != nil:
		f.WriteString(" DISTINCT ON ")
		f.tuple(s.DistinctOn)
	case s.Distinct:
		f.WriteString(" DISTINCT")
	}
	if len(s.Items) > 0 {
		f.WriteString(" ")
		f.items(s.Items)
	}
	if s.Into != nil {
		f.WriteString(" INTO ")
		f.rangeVar(s.Into)
	}
	f.from(" FROM ", s.From)
	f.clause(" WHERE ", s.Where)
	if len(s.GroupBy) > 0 {
		f.WriteString(" GROUP BY ")
		if s.GroupDistinct {
			f.WriteString("DISTINCT ")
		}
		f.exprs(s.GroupBy)
	}
	f.clause(" HAVING ", s.Having)
	if len(s.Windows) > 0 {
		f.WriteString(" WINDOW ")
		f.list(len(s.Windows), func(i int) {
			f.words(QuoteIdent(s.Windows[i].Name), " AS ")
			f.window(&s.Windows[i])
		})
	}
}

func (f *formatter) setOperation(s *Select) {
	f.setOperand(s.Left, s.Left.Op == SetNone || s.Left.Op == s.Op)
	switch s.Op {
	case SetUnion:
		f.WriteString(" UNION ")
	case SetIntersect:
		f.WriteString(" INTERSECT ")
	default:
		f.WriteString(" EXCEPT ")
	}
	if s.All {
		f.WriteString("ALL ")
	}
	f.setOperand(s.Right, s.Right.Op == SetNone)
}

// setOperand leaves the parentheses away where the grammar reads the same tree without them.
func (f *formatter) setOperand(s *Select, bare bool) {
	if bare && s.With == nil && s.OrderBy == nil && s.Limit == nil && s.Offset == nil && s.Locking == nil {
		f.selectStmt(s)
		return
	}
	f.subquery(s)
}

func (f *formatter) locking(l Locking) {
	f.words(" FOR ", l.Strength)
	if len(l.Of) > 0 {
		f.WriteString(" OF ")
		f.list(len(l.Of), func(i int) { f.WriteString(l.Of[i].String()) })
	}
	if l.Wait != "" {
		f.words(" ", l.Wait)
	}
}

func (f *formatter) items(items []SelectItem) {
	f.list(len(items), func(i int) {
		f.expr(items[i].Expr)
		if items[i].Alias != "" {
			f.words(" AS ", QuoteIdent(items[i].Alias))
		}
	})
}

func (f *formatter) orderBy(keyword string, items []SortItem) {
	if len(items) == 0 {
		return
	}
	f.WriteString(keyword)
	f.list(len(items), func(i int) {
		item := items[i]
		f.expr(item.Expr)
		switch {
		case item.Using != "":
			f.words(" USING ", item.Using)
		case item.Desc:
			f.WriteString(" DESC")
		}
		if item.NullsFirst != nil {
			if *item.NullsFirst {
				f.WriteString(" NULLS FIRST")
			} else {
				f.WriteString(" NULLS LAST")
			}
		}
	})
}

func (f *formatter) with(w *With) {
	if w == nil {
		return
	}
	f.WriteString("WITH ")
	if w.Recursive {
		f.WriteString("RECURSIVE ")
	}
	f.list(len(w.CTEs), func(i int) {
		cte := w.CTEs[i]
		f.WriteString(QuoteIdent(cte.Name))
		f.columns(cte.Columns)
		f.WriteString(" AS ")
		if cte.Materialized != nil {
			f.words(not(!*cte.Materialized), "MATERIALIZED ")
		}
		f.WriteString("(")
		f.stmt(cte.Query)
		f.WriteString(")")
	})
	f.WriteString(" ")
}
