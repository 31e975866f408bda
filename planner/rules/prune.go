package rules

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
)

// prune leaves out the expressions, aggregates and window functions whose columns nobody needs. Which columns a table is read for is
// decided when its scan is planned.
func prune(r bound.Rel, need plan.ColSet, t *Trace) bound.Rel {
	below := func(es ...bound.Scalar) plan.ColSet { return union(need, plan.Free(es...)) }
	switch x := r.(type) {
	case *bound.Filter:
		return withInputs(x, func(in bound.Rel) bound.Rel { return prune(in, below(x.Pred), t) })
	case *bound.Project:
		items := pruneItems(x.Items, need, t)
		return &bound.Project{Input: prune(x.Input, plan.Free(exprsOf(items)...), t), Items: items}
	case *bound.Join:
		all := below(x.On)
		if x.Lateral {
			all = union(all, plan.FreeRel(x.Right))
		}
		return withInputs(x, func(in bound.Rel) bound.Rel { return prune(in, all, t) })
	case *bound.GroupBy:
		return pruneGroup(x, need, t)
	case *bound.Window:
		return pruneWindow(x, need, t)
	case *bound.Distinct:
		all := below(x.On...)
		if x.On == nil {
			all = plan.ColsOf(x.Input.Columns())
		}
		return withInputs(x, func(in bound.Rel) bound.Rel { return prune(in, all, t) })
	case *bound.Sort, *bound.Limit:
		all := below(plan.RelExprs(r)...)
		return withInputs(r, func(in bound.Rel) bound.Rel { return prune(in, all, t) })
	case *bound.SetOp:
		return withInputs(x, func(in bound.Rel) bound.Rel { return prune(in, plan.ColsOf(in.Columns()), t) })
	case *bound.With:
		return withInputs(x, func(in bound.Rel) bound.Rel { return prune(in, need, t) })
	case *bound.ProjectSet:
		return pruneSets(x, need, t)
	}
	return r // LockRows too: what is needed of its tables is not known here
}

func union(a, b plan.ColSet) plan.ColSet {
	out := plan.ColSet{}
	for id := range a {
		out.Add(id)
	}
	for id := range b {
		out.Add(id)
	}
	return out
}

func pruneItems(items []bound.Item, need plan.ColSet, t *Trace) []bound.Item {
	var out []bound.Item
	for _, it := range items {
		if need.Has(it.Col.ID) || plan.Volatile(it.Expr) {
			out = append(out, it)
		}
	}
	if len(out) < len(items) {
		t.fired("prune")
	}
	return out
}

func pruneGroup(x *bound.GroupBy, need plan.ColSet, t *Trace) bound.Rel {
	c := *x
	c.Aggs = nil
	for _, a := range x.Aggs {
		if need.Has(a.Col.ID) {
			c.Aggs = append(c.Aggs, a)
		}
	}
	if len(c.Aggs) < len(x.Aggs) {
		t.fired("prune")
	}
	c.Input = prune(x.Input, plan.Free(plan.RelExprs(&c)...), t)
	return &c
}

func pruneWindow(x *bound.Window, need plan.ColSet, t *Trace) bound.Rel {
	c := &bound.Window{Input: x.Input}
	for _, f := range x.Funcs {
		if need.Has(f.Col.ID) {
			c.Funcs = append(c.Funcs, f)
		}
	}
	if len(c.Funcs) < len(x.Funcs) {
		t.fired("prune")
	}
	if len(c.Funcs) == 0 {
		return prune(x.Input, need, t)
	}
	c.Input = prune(x.Input, union(need, plan.Free(plan.RelExprs(c)...)), t)
	return c
}

func pruneSets(x *bound.ProjectSet, need plan.ColSet, t *Trace) bound.Rel {
	c := &bound.ProjectSet{SRFs: x.SRFs}
	for _, it := range x.Items {
		_, set := x.SRFs[it.Col.ID]
		if set || need.Has(it.Col.ID) || plan.Volatile(it.Expr) {
			c.Items = append(c.Items, it)
		}
	}
	c.Input = prune(x.Input, plan.Free(plan.RelExprs(c)...), t)
	return c
}
