package rules

import (
	"slices"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
)

// pushdown moves conditions down to where their columns come from. conds are those from above, to be applied to r's rows. Conditions with
// volatile calls stay where they were written.
func pushdown(r bound.Rel, conds []bound.Scalar, t *Trace) bound.Rel {
	switch x := r.(type) {
	case *bound.Filter:
		own := plan.Conjuncts(x.Pred)
		movable, fixed := splitVolatile(own)
		if len(fixed) > 0 {
			in := pushdown(x.Input, movable, t)
			return filtered(filtered(in, fixed), conds)
		}
		in, rest := unnest(x.Input, slices.Concat(conds, movable), t)
		return pushdown(in, rest, t)
	case *bound.Project:
		return pushProject(x, conds, t)
	case *bound.Join:
		return pushJoin(x, conds, t)
	case *bound.GroupBy:
		return pushGroup(x, conds, t)
	case *bound.Window:
		return pushWindow(x, conds, t)
	case *bound.Distinct:
		return pushDistinct(x, conds, t)
	case *bound.Sort:
		return &bound.Sort{Input: pushdown(x.Input, conds, t), Keys: x.Keys}
	case *bound.SetOp:
		return pushSetOp(x, conds, t)
	case *bound.With:
		return &bound.With{CTEs: x.CTEs, Input: pushdown(x.Input, conds, t)}
	case *bound.ProjectSet:
		return pushSets(x, conds, t)
	case *bound.Limit:
		c := *x
		c.Input = pushdown(x.Input, nil, t)
		return filtered(&c, conds)
	case *bound.LockRows:
		return filtered(&bound.LockRows{Input: pushdown(x.Input, nil, t), Locks: x.Locks}, conds)
	}
	return filtered(r, conds)
}

func filtered(r bound.Rel, conds []bound.Scalar) bound.Rel {
	if p := plan.Conjunction(conds); p != nil {
		return &bound.Filter{Input: r, Pred: p}
	}
	return r
}

func splitVolatile(conds []bound.Scalar) (movable, fixed []bound.Scalar) {
	for _, c := range conds {
		if plan.Volatile(c) {
			fixed = append(fixed, c)
		} else {
			movable = append(movable, c)
		}
	}
	return movable, fixed
}

// split divides conditions by whether they may go below.
func split(conds []bound.Scalar, below func(bound.Scalar) bool) (down, up []bound.Scalar) {
	for _, c := range conds {
		if !plan.Volatile(c) && below(c) {
			down = append(down, c)
		} else {
			up = append(up, c)
		}
	}
	return down, up
}

// pushProject replaces the projection's columns in the conditions by their expressions.
func pushProject(x *bound.Project, conds []bound.Scalar, t *Trace) bound.Rel {
	by := map[bound.ColumnID]bound.Scalar{}
	costly := plan.ColSet{} // computed once above, perhaps for fewer rows
	for _, it := range x.Items {
		by[it.Col.ID] = it.Expr
		if plan.Volatile(it.Expr) || plan.HasSubquery(it.Expr) {
			costly.Add(it.Col.ID)
		}
	}
	down, up := split(conds, func(c bound.Scalar) bool { return !plan.Free(c).Meets(costly) })
	for i, c := range down {
		down[i] = plan.Substitute(c, by)
	}
	if len(down) > 0 {
		t.fired("push-filter-project")
	}
	return filtered(&bound.Project{Input: pushdown(x.Input, down, t), Items: x.Items}, up)
}

// pushGroup lets conditions on grouping keys select rows before grouping.
func pushGroup(x *bound.GroupBy, conds []bound.Scalar, t *Trace) bound.Rel {
	by := map[bound.ColumnID]bound.Scalar{}
	keys := plan.ColSet{}
	if x.Sets == nil && len(x.Keys) > 0 {
		for _, k := range x.Keys {
			by[k.Col.ID] = k.Expr
			if !plan.Volatile(k.Expr) {
				keys.Add(k.Col.ID)
			}
		}
	}
	own := plan.ColsOf(x.Columns())
	down, up := split(conds, func(c bound.Scalar) bool {
		free := plan.Free(c)
		return len(keys) > 0 && free.Meets(own) && keys.Covers(intersect(free, own))
	})
	for i, c := range down {
		down[i] = plan.Substitute(c, by)
	}
	if len(down) > 0 {
		t.fired("push-filter-group")
	}
	c := *x
	c.Input = pushdown(x.Input, down, t)
	return filtered(&c, up)
}

func intersect(a, b plan.ColSet) plan.ColSet {
	out := plan.ColSet{}
	for id := range a {
		if b.Has(id) {
			out.Add(id)
		}
	}
	return out
}

// pushWindow lets conditions on columns by which every function partitions go below.
func pushWindow(x *bound.Window, conds []bound.Scalar, t *Trace) bound.Rel {
	var parts plan.ColSet
	for i, f := range x.Funcs {
		cols := plan.ColSet{}
		for _, p := range f.PartitionBy {
			if ref, ok := p.(*bound.ColRef); ok {
				cols.Add(ref.ID)
			}
		}
		if i == 0 {
			parts = cols
		} else {
			parts = intersect(parts, cols)
		}
	}
	own := plan.ColsOf(x.Columns())
	down, up := split(conds, func(c bound.Scalar) bool {
		used := intersect(plan.Free(c), own)
		return len(used) > 0 && parts.Covers(used)
	})
	return filtered(&bound.Window{Input: pushdown(x.Input, down, t), Funcs: x.Funcs}, up)
}

func pushDistinct(x *bound.Distinct, conds []bound.Scalar, t *Trace) bound.Rel {
	on := plan.ColSet{}
	for _, e := range x.On {
		if ref, ok := e.(*bound.ColRef); ok {
			on.Add(ref.ID)
		}
	}
	own := plan.ColsOf(x.Input.Columns())
	down, up := split(conds, func(c bound.Scalar) bool {
		return x.On == nil || on.Covers(intersect(plan.Free(c), own))
	})
	return filtered(&bound.Distinct{Input: pushdown(x.Input, down, t), On: x.On}, up)
}

// pushSetOp applies the conditions to both sides, whose columns correspond by position.
func pushSetOp(x *bound.SetOp, conds []bound.Scalar, t *Trace) bound.Rel {
	down, up := split(conds, func(bound.Scalar) bool { return true })
	if len(down) > 0 {
		t.fired("push-filter-setop")
	}
	side := func(in bound.Rel) bound.Rel {
		by := map[bound.ColumnID]bound.Scalar{}
		cols := in.Columns()
		for i, c := range x.Cols {
			by[c.ID] = plan.Ref(cols[i])
		}
		own := make([]bound.Scalar, len(down))
		for i, c := range down {
			own[i] = plan.Substitute(c, by)
		}
		return Ordered(pushdown(in, own, t), cols)
	}
	c := *x
	c.Left, c.Right = side(x.Left), side(x.Right)
	return filtered(&c, up)
}

// pushSets keeps above what depends on a set-returning function.
func pushSets(x *bound.ProjectSet, conds []bound.Scalar, t *Trace) bound.Rel {
	by := map[bound.ColumnID]bound.Scalar{}
	for _, it := range x.Items {
		if _, set := x.SRFs[it.Col.ID]; !set && !plan.Volatile(it.Expr) {
			by[it.Col.ID] = it.Expr
		}
	}
	own := plan.ColsOf(x.Columns())
	down, up := split(conds, func(c bound.Scalar) bool {
		for id := range plan.Free(c) {
			if _, ok := by[id]; !ok && own.Has(id) {
				return false
			}
		}
		return true
	})
	for i, c := range down {
		down[i] = plan.Substitute(c, by)
	}
	return filtered(&bound.ProjectSet{Input: pushdown(x.Input, down, t), Items: x.Items, SRFs: x.SRFs}, up)
}
