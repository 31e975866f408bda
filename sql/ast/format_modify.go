package ast

func (f *formatter) insert(s *Insert) {
	f.with(s.With)
	f.WriteString("INSERT INTO ")
	f.rangeVar(s.Table)
	if len(s.Columns) > 0 {
		f.WriteString(" (")
		f.list(len(s.Columns), func(i int) {
			f.WriteString(QuoteIdent(s.Columns[i].Name))
			f.subscripts(s.Columns[i].Subscripts)
		})
		f.WriteString(")")
	}
	if s.Overriding != "" {
		f.words(" OVERRIDING ", s.Overriding, " VALUE")
	}
	switch {
	case s.Source == nil:
		f.WriteString(" DEFAULT VALUES")
	case s.Source.With != nil && s.With == nil:
		// A bare WITH here would be read as the statement's own.
		f.WriteString(" ")
		f.subquery(s.Source)
	default:
		f.WriteString(" ")
		f.selectStmt(s.Source)
	}
	f.onConflict(s.Conflict)
	f.returning(s.Returning)
}

func (f *formatter) onConflict(c *OnConflict) {
	if c == nil {
		return
	}
	f.WriteString(" ON CONFLICT")
	if len(c.Columns) > 0 {
		f.WriteString(" (")
		f.list(len(c.Columns), func(i int) { f.indexElem(c.Columns[i]) })
		f.WriteString(")")
		f.clause(" WHERE ", c.Where)
	}
	if c.Constraint != "" {
		f.words(" ON CONSTRAINT ", QuoteIdent(c.Constraint))
	}
	if !c.DoUpdate {
		f.WriteString(" DO NOTHING")
		return
	}
	f.WriteString(" DO UPDATE SET ")
	f.assignments(c.Set)
	f.clause(" WHERE ", c.SetWhere)
}

// indexElem writes an element of an index or of an arbiter.
func (f *formatter) indexElem(e IndexElem) {
	if e.Expr != nil {
		f.paren(e.Expr)
	} else {
		f.WriteString(QuoteIdent(e.Column))
	}
	if len(e.Collation.Parts) > 0 {
		f.words(" COLLATE ", e.Collation.String())
	}
	if len(e.OpClass.Parts) > 0 {
		f.words(" ", e.OpClass.String())
	}
	if e.Desc {
		f.WriteString(" DESC")
	}
	if e.NullsFirst != nil {
		if *e.NullsFirst {
			f.WriteString(" NULLS FIRST")
		} else {
			f.WriteString(" NULLS LAST")
		}
	}
}

// assignments writes the items of SET; those of one row source are written together.
func (f *formatter) assignments(set []Assignment) {
	for i := 0; i < len(set); {
		if i > 0 {
			f.WriteString(", ")
		}
		if set[i].MultiSource == nil {
			f.target(set[i])
			f.clause(" = ", set[i].Value)
			i++
			continue
		}
		n := max(1, min(set[i].Fields, len(set)-i))
		group := set[i : i+n]
		f.WriteString("(")
		f.list(n, func(j int) { f.target(group[j]) })
		f.clause(") = ", group[0].MultiSource)
		i += n
	}
}

func (f *formatter) target(a Assignment) {
	f.WriteString(QuoteIdent(a.Column))
	f.subscripts(a.Subscripts)
}

func (f *formatter) update(s *Update) {
	f.with(s.With)
	f.WriteString("UPDATE ")
	f.rangeVar(s.Table)
	f.WriteString(" SET ")
	f.assignments(s.Set)
	f.from(" FROM ", s.From)
	f.clause(" WHERE ", s.Where)
	f.returning(s.Returning)
}

func (f *formatter) delete(s *Delete) {
	f.with(s.With)
	f.WriteString("DELETE FROM ")
	f.rangeVar(s.Table)
	f.from(" USING ", s.Using)
	f.clause(" WHERE ", s.Where)
	f.returning(s.Returning)
}

func (f *formatter) returning(items []SelectItem) {
	if len(items) > 0 {
		f.WriteString(" RETURNING ")
		f.items(items)
	}
}
