package ast

func (w walker) stmt(s Stmt) {
	switch s := s.(type) {
	case *Select:
		w.selectStmt(s)
	case *Insert:
		w.insert(s)
	case *Update:
		w.with(s.With)
		w.node(s.Table)
		w.assignments(s.Set)
		w.tables(s.From)
		w.node(s.Where)
		w.items(s.Returning)
	case *Delete:
		w.with(s.With)
		w.node(s.Table)
		w.tables(s.Using)
		w.node(s.Where)
		w.items(s.Returning)
	case *Explain:
		w.node(s.Stmt)
	case *Prepare:
		w.node(s.Stmt)
	case *Execute:
		w.exprs(s.Args)
	case *DeclareCursor:
		w.node(s.Query)
	case *Copy:
		w.node(s.Table)
		w.node(s.Query)
		w.node(s.Where)
	default:
		w.definition(s)
	}
}

func (w walker) selectStmt(s *Select) {
	w.with(s.With)
	w.node(s.Left)
	w.node(s.Right)
	w.exprs(s.DistinctOn)
	w.items(s.Items)
	w.tables(s.From)
	w.node(s.Where)
	w.exprs(s.GroupBy)
	w.node(s.Having)
	for i := range s.Windows {
		w.window(&s.Windows[i])
	}
	for _, row := range s.Values {
		w.exprs(row)
	}
	w.sort(s.OrderBy)
	w.node(s.Limit)
	w.node(s.Offset)
}

func (w walker) with(with *With) {
	if with != nil {
		for _, cte := range with.CTEs {
			w.node(cte.Query)
		}
	}
}

func (w walker) assignments(set []Assignment) {
	for _, a := range set {
		w.subscripts(a.Subscripts)
		w.node(a.Value)
		if a.Field == 0 { // the source is shared by the fields
			w.node(a.MultiSource)
		}
	}
}

func (w walker) insert(s *Insert) {
	w.with(s.With)
	w.node(s.Table)
	for _, c := range s.Columns {
		w.subscripts(c.Subscripts)
	}
	w.node(s.Source)
	if c := s.Conflict; c != nil {
		w.indexElems(c.Columns)
		w.node(c.Where)
		w.assignments(c.Set)
		w.node(c.SetWhere)
	}
	w.items(s.Returning)
}

func (w walker) indexElems(elems []IndexElem) {
	for _, e := range elems {
		w.node(e.Expr)
	}
}

func (w walker) constraints(list []Constraint) {
	for _, c := range list {
		w.node(c.Expr)
	}
}

func (w walker) definition(s Stmt) {
	switch s := s.(type) {
	case *CreateTable:
		for _, column := range s.Columns {
			w.constraints(column.Constraints)
		}
		w.constraints(s.Constraints)
		w.node(s.Query)
	case *CreateView:
		w.node(s.Query)
	case *CreateIndex:
		w.indexElems(s.Elems)
		w.node(s.Where)
	case *CreateSchema:
		for _, element := range s.Elements {
			w.node(element)
		}
	case *AlterTable:
		for _, cmd := range s.Cmds {
			w.node(cmd.Using)
			w.node(cmd.Expr)
			if cmd.Column != nil {
				w.constraints(cmd.Column.Constraints)
			}
			if cmd.Constraint != nil {
				w.constraints([]Constraint{*cmd.Constraint})
			}
		}
	}
}
