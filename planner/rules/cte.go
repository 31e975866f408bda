package rules

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
)

// InlineCTEs replaces the only reference to a WITH item by the item's query, and drops items that nobody refers to, unless they are
// MATERIALIZED, recursive, volatile or change rows. It enters subqueries.
func InlineCTEs(r bound.Rel, t *Trace) bound.Rel {
	refs := map[int]int{}
	plan.WalkRel(r, func(r bound.Rel) {
		if ref, ok := r.(*bound.CTERef); ok {
			refs[ref.CTE.ID]++
		}
	}, nil)
	in := &inliner{refs: refs, bodies: map[int]*bound.CTE{}, trace: t}
	plan.WalkRel(r, in.collect, nil)
	if len(in.bodies) == 0 {
		return r
	}
	return in.rewrite(r)
}

type inliner struct {
	refs   map[int]int
	bodies map[int]*bound.CTE // those that move
	trace  *Trace
}

func (in *inliner) collect(r bound.Rel) {
	w, ok := r.(*bound.With)
	if !ok {
		return
	}
	for _, c := range w.CTEs {
		if c.Stmt != nil || c.Step != nil || c.Rel == nil || in.refs[c.ID] > 1 || c.Materialized != nil && *c.Materialized {
			continue
		}
		if !plan.VolatileRel(c.Rel) {
			in.bodies[c.ID] = c
		}
	}
}

func (in *inliner) rewrite(r bound.Rel) bound.Rel {
	return plan.MapRel(r, func(r bound.Rel) bound.Rel {
		switch r := r.(type) {
		case *bound.CTERef:
			return in.replace(r)
		case *bound.With:
			return in.without(r)
		}
		return r
	}, nil)
}

// replace puts the body in place of a reference, under the reference's columns.
func (in *inliner) replace(r *bound.CTERef) bound.Rel {
	c, ok := in.bodies[r.CTE.ID]
	if !ok || r.Working {
		return r
	}
	in.trace.fired("inline-cte")
	body := in.rewrite(c.Rel)
	p := &bound.Project{Input: body}
	for i, col := range c.Rel.Columns() {
		p.Items = append(p.Items, bound.Item{Col: r.Cols[i], Expr: plan.Ref(col)})
	}
	return p
}

// without drops the items that moved.
func (in *inliner) without(w *bound.With) bound.Rel {
	var left []*bound.CTE
	for _, c := range w.CTEs {
		if _, moved := in.bodies[c.ID]; !moved {
			left = append(left, c)
		}
	}
	switch {
	case len(left) == len(w.CTEs):
		return w
	case len(left) == 0:
		return w.Input
	}
	return &bound.With{CTEs: left, Input: w.Input}
}
