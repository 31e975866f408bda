package rules

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
)

// unnest turns EXISTS, IN and NOT EXISTS among the conditions on r into semi and anti joins; it gives the joined relation and the conditions
// that are left. NOT IN stays: it is not an anti join where NULLs occur.
func unnest(r bound.Rel, conds []bound.Scalar, t *Trace) (bound.Rel, []bound.Scalar) {
	var left []bound.Scalar
	for _, c := range conds {
		sub, kind := asJoin(c)
		if sub == nil || plan.Volatile(c) {
			left = append(left, c)
			continue
		}
		j, ok := semiJoin(r, sub, kind, t)
		if !ok {
			left = append(left, c)
			continue
		}
		r = j
	}
	return r, left
}

func asJoin(c bound.Scalar) (*bound.Subquery, bound.JoinKind) {
	kind := bound.SemiJoin
	if n, ok := c.(*bound.Not); ok {
		c, kind = n.X, bound.AntiJoin
	}
	sub, ok := c.(*bound.Subquery)
	if !ok || sub.Kind != bound.SubExists && (sub.Kind != bound.SubAny || kind == bound.AntiJoin) {
		return nil, kind
	}
	return sub, kind
}

// semiJoin makes the join, when the subquery is correlated in nothing but top-level conditions.
func semiJoin(r bound.Rel, sub *bound.Subquery, kind bound.JoinKind, t *Trace) (bound.Rel, bool) {
	var on []bound.Scalar
	if sub.Kind == bound.SubAny {
		if sub.Compare == nil {
			return nil, false
		}
		by := map[bound.ColumnID]bound.Scalar{}
		for i, c := range sub.TestCols {
			if plan.HasSubquery(sub.Test[i]) {
				return nil, false
			}
			by[c.ID] = sub.Test[i]
		}
		on = plan.Conjuncts(plan.Substitute(sub.Compare, by))
	}
	body, more, ok := decorrelate(sub.Rel, sub.Kind == bound.SubExists)
	if !ok {
		return nil, false
	}
	for _, c := range more {
		if plan.HasSubquery(c) {
			return nil, false
		}
	}
	if !plan.Free(append(more, on...)...).Meets(plan.ColsOf(r.Columns())) {
		return nil, false // nothing ties it to r: it is better run once
	}
	t.fired("unnest")
	return &bound.Join{Kind: kind, Left: r, Right: body, On: plan.Conjunction(append(on, more...))}, true
}

// decorrelate separates the correlated conditions of a subquery's top-level filters from the rest, which must not be correlated with
// anything. For EXISTS the select list does not count.
func decorrelate(r bound.Rel, exists bool) (bound.Rel, []bound.Scalar, bool) {
	switch x := r.(type) {
	case *bound.Project:
		in, conds, ok := decorrelate(x.Input, exists)
		if !ok {
			return nil, nil, false
		}
		if exists {
			return in, conds, true
		}
		// The conditions refer to columns below the projection: let it pass them.
		p := &bound.Project{Input: in, Items: x.Items}
		made := plan.ColsOf(p.Columns())
		for _, c := range in.Columns() {
			if plan.Free(conds...).Has(c.ID) && !made.Has(c.ID) {
				p.Items = append(p.Items[:len(p.Items):len(p.Items)], bound.Item{Col: c, Expr: plan.Ref(c)})
			}
		}
		if len(outside(plan.Free(exprsOf(x.Items)...), plan.Produced(in))) > 0 {
			return nil, nil, false
		}
		return p, conds, true
	case *bound.Filter:
		in, conds, ok := decorrelate(x.Input, exists)
		if !ok {
			return nil, nil, false
		}
		made := plan.Produced(in)
		var own []bound.Scalar
		for _, c := range plan.Conjuncts(x.Pred) {
			if len(outside(plan.Free(c), made)) > 0 {
				conds = append(conds, c)
			} else {
				own = append(own, c)
			}
		}
		return filtered(in, own), conds, true
	}
	return r, nil, len(plan.FreeRel(r)) == 0
}

func exprsOf(items []bound.Item) []bound.Scalar {
	var out []bound.Scalar
	for _, it := range items {
		out = append(out, it.Expr)
	}
	return out
}

func outside(s, made plan.ColSet) []bound.ColumnID {
	var out []bound.ColumnID
	for id := range s {
		if !made.Has(id) {
			out = append(out, id)
		}
	}
	return out
}
