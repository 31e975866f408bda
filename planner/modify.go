package planner

import (
	"vecgres/planner/plan"
	"vecgres/planner/rules"
	"vecgres/sql/bound"
)

// source plans what feeds a statement that changes rows, giving exactly cols.
func (p *planner) source(r bound.Rel, cols []bound.Column) (plan.Node, error) {
	p.writes = true
	return p.buildExactly(rules.InlineCTEs(r, &p.trace), cols)
}

func (p *planner) insert(s *bound.Insert) (plan.Node, error) {
	in, err := p.source(s.Source, s.Source.Columns())
	if err != nil {
		return nil, err
	}
	n := &plan.Insert{Input: in, Write: s.Write, Targets: s.Targets, Conflict: s.Conflict}
	if n.Defaults, err = p.exprMap(s.Defaults); err != nil {
		return nil, err
	}
	if s.Conflict != nil && s.Conflict.DoUpdate {
		c := *s.Conflict
		if c.Set, err = p.exprMap(c.Set); err != nil {
			return nil, err
		}
		if c.Where, err = p.expr(c.Where); err != nil {
			return nil, err
		}
		n.Conflict = &c
	}
	if n.Returning, err = p.items(s.Returning); err != nil {
		return nil, err
	}
	n.Cols, n.Est = itemColumns(s.Returning), modifyEstimate(in)
	return n, nil
}

func (p *planner) update(s *bound.Update) (plan.Node, error) {
	n := &plan.Update{Write: s.Write, Target: s.Target, Keys: setsKey(s)}
	recheck := recheckOf(s.Source, s.Target)
	used := []bound.Scalar{recheck}
	for _, e := range s.Set {
		used = append(used, e)
	}
	for _, it := range s.Returning {
		used = append(used, it.Expr)
	}
	var err error
	if n.Input, err = p.source(s.Source, p.sourceColumns(s.Source, s.Target, used)); err != nil {
		return nil, err
	}
	if n.Set, err = p.exprMap(s.Set); err != nil {
		return nil, err
	}
	if n.Recheck, err = p.expr(recheck); err != nil {
		return nil, err
	}
	if n.Returning, err = p.items(s.Returning); err != nil {
		return nil, err
	}
	n.Cols, n.Est = itemColumns(s.Returning), modifyEstimate(n.Input)
	return n, nil
}

func (p *planner) delete(s *bound.Delete) (plan.Node, error) {
	n := &plan.Delete{Table: s.Table, Target: s.Target}
	recheck := recheckOf(s.Source, s.Target)
	used := []bound.Scalar{recheck}
	for _, it := range s.Returning {
		used = append(used, it.Expr)
	}
	var err error
	if n.Input, err = p.source(s.Source, p.sourceColumns(s.Source, s.Target, used)); err != nil {
		return nil, err
	}
	if n.Recheck, err = p.expr(recheck); err != nil {
		return nil, err
	}
	if n.Returning, err = p.items(s.Returning); err != nil {
		return nil, err
	}
	n.Target = neededTarget(s.Target, used)
	n.Cols, n.Est = itemColumns(s.Returning), modifyEstimate(n.Input)
	return n, nil
}

// neededTarget is the target with the columns that some expressions use: the others need not be fetched.
func neededTarget(t *bound.Get, used []bound.Scalar) *bound.Get {
	free := plan.Free(used...)
	c := *t
	c.Cols = nil
	for _, col := range t.Cols {
		if free.Has(col.ID) {
			c.Cols = append(c.Cols, col)
		}
	}
	return &c
}

func modifyEstimate(in plan.Node) plan.Estimate {
	e := *in.Estimate()
	e.Width = 0
	return e
}

func itemColumns(items []bound.Item) []bound.Column {
	cols := make([]bound.Column, len(items))
	for i, it := range items {
		cols[i] = it.Col
	}
	return cols
}

// sourceColumns are the columns that the source of an UPDATE or DELETE must give: the rows' locations, and what the expressions use of other
// relations. The target's own columns are read again once the rows are locked.
func (p *planner) sourceColumns(r bound.Rel, target *bound.Get, used []bound.Scalar) []bound.Column {
	free := plan.Free(used...)
	own := plan.ColsOf(target.Cols)
	cols := []bound.Column{{ID: target.RowID, Name: "ctid", Type: plan.LocType()}}
	for _, c := range r.Columns() {
		if c.ID != target.RowID && free.Has(c.ID) && !own.Has(c.ID) {
			cols = append(cols, c)
		}
	}
	return cols
}

// recheckOf collects the conditions on a table's rows in the relation that feeds a change or a lock: those that a newer version of a row must
// satisfy as well.
func recheckOf(r bound.Rel, target *bound.Get) bound.Scalar {
	var found []bound.Scalar
	own := plan.ColsOf(target.Cols)
	var walk func(bound.Rel)
	walk = func(r bound.Rel) {
		switch x := r.(type) {
		case *bound.Filter:
			found = append(found, plan.Conjuncts(x.Pred)...)
			walk(x.Input)
		case *bound.Join:
			if x.Kind == bound.InnerJoin {
				found = append(found, plan.Conjuncts(x.On)...)
			}
			walk(x.Left)
			walk(x.Right)
		case *bound.Project, *bound.Sort, *bound.LockRows, *bound.With:
			for _, in := range plan.RelInputs(x) {
				walk(in)
			}
		}
	}
	walk(r)
	var conds []bound.Scalar
	for _, c := range found {
		if plan.Free(c).Meets(own) && !plan.Volatile(c) {
			conds = append(conds, c)
		}
	}
	return plan.Conjunction(conds)
}

// setsKey tells whether an UPDATE sets a column of a unique index.
func setsKey(s *bound.Update) bool {
	for _, ix := range s.Write.Table.Indexes {
		if !ix.Unique {
			continue
		}
		for _, k := range ix.Keys {
			if _, set := s.Set[k.Column]; set || k.Column == 0 {
				return true
			}
		}
	}
	return false
}

// withAround plans the WITH of INSERT, UPDATE and DELETE.
func (p *planner) withAround(ctes []*bound.CTE, root plan.Node) (plan.Node, error) {
	w := &plan.With{Input: root}
	for _, c := range ctes {
		n, err := p.cte(c)
		if err != nil {
			return nil, err
		}
		w.CTEs = append(w.CTEs, n)
	}
	w.Cols, w.Est = root.Columns(), *root.Estimate()
	return w, nil
}

// cte plans one WITH item.
func (p *planner) cte(c *bound.CTE) (*plan.CTE, error) {
	out := &plan.CTE{ID: c.ID, Name: c.Name}
	var err error
	switch {
	case c.Stmt != nil:
		out.Writes = true
		if q, ok := c.Stmt.(*bound.Query); ok {
			out.Writes = false
			out.Plan, err = p.buildExactly(q.Rel, q.Out)
		} else {
			out.Plan, err = p.statement(c.Stmt)
		}
	case c.Step != nil:
		out.Plan, err = p.recursive(c)
	default:
		out.Plan, err = p.buildExactly(c.Rel, c.Rel.Columns())
	}
	if err == nil {
		p.ctes[c.ID] = out.Plan.Estimate().Rows
	}
	return out, err
}

func (p *planner) recursive(c *bound.CTE) (plan.Node, error) {
	first, err := p.buildExactly(c.Rel, c.Rel.Columns())
	if err != nil {
		return nil, err
	}
	p.ctes[c.ID] = first.Estimate().Rows
	step, err := p.buildExactly(c.Step, c.Step.Columns())
	if err != nil {
		return nil, err
	}
	n := &plan.RecursiveUnion{CTE: c.ID, All: c.UnionAll, First: first, Step: step}
	n.Cols = c.Cols
	if n.Cols == nil {
		n.Cols = first.Columns()
	}
	f, s := first.Estimate(), step.Estimate()
	n.Est = plan.Estimate{Rows: f.Rows + 10*s.Rows, StartCost: f.StartCost, Cost: f.Cost + 10*s.Cost, Width: f.Width}
	return n, nil
}
