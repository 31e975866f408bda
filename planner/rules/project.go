package rules

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
)

// mergeProjects makes one projection of two, unless that would compute something twice or a volatile call another number of times.
func mergeProjects(r bound.Rel, t *Trace) bound.Rel {
	return mapLevel(r, func(r bound.Rel) bound.Rel {
		p, ok := r.(*bound.Project)
		if !ok {
			return r
		}
		in, ok := p.Input.(*bound.Project)
		if !ok || !mergeable(p, in) {
			return r
		}
		by := map[bound.ColumnID]bound.Scalar{}
		for _, it := range in.Items {
			by[it.Col.ID] = it.Expr
		}
		m := &bound.Project{Input: in.Input, Items: make([]bound.Item, len(p.Items))}
		for i, it := range p.Items {
			m.Items[i] = bound.Item{Col: it.Col, Expr: plan.Substitute(it.Expr, by)}
		}
		t.fired("merge-project")
		return m
	})
}

func mergeable(above, below *bound.Project) bool {
	uses := map[bound.ColumnID]int{}
	for _, it := range above.Items {
		plan.Visit(it.Expr, func(e bound.Scalar) bool {
			if ref, ok := e.(*bound.ColRef); ok {
				uses[ref.ID]++
			}
			return true
		})
		if plan.HasSubquery(it.Expr) {
			return false // it may refer to the columns from inside
		}
	}
	for _, it := range below.Items {
		switch it.Expr.(type) {
		case *bound.ColRef, *bound.Const, *bound.Param:
			continue
		}
		if plan.Volatile(it.Expr) || plan.HasSubquery(it.Expr) || uses[it.Col.ID] > 1 {
			return false
		}
	}
	return true
}
