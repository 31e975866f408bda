package rules

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
)

// liftOverLocks moves a projection from below row locks to above them, so that what it computes is computed from the versions that the
// locks found: LockRows(Sort(Project(x))) becomes Project(LockRows(Sort(x))).
func liftOverLocks(r bound.Rel, t *Trace) bound.Rel {
	return mapLevel(r, func(r bound.Rel) bound.Rel {
		l, ok := r.(*bound.LockRows)
		if !ok {
			return r
		}
		in := l.Input
		sort, sorted := in.(*bound.Sort)
		if sorted {
			in = sort.Input
		}
		p, ok := in.(*bound.Project)
		if !ok || plan.Volatile(&bound.RowCtor{Fields: exprsOf(p.Items)}) {
			return r
		}
		below := p.Input
		if sorted {
			by := map[bound.ColumnID]bound.Scalar{}
			for _, it := range p.Items {
				by[it.Col.ID] = it.Expr
			}
			s := &bound.Sort{Input: below}
			for _, k := range sort.Keys {
				k.Expr = plan.Substitute(k.Expr, by)
				s.Keys = append(s.Keys, k)
			}
			below = s
		}
		t.fired("lift-over-locks")
		return &bound.Project{Input: &bound.LockRows{Input: below, Locks: l.Locks}, Items: p.Items}
	})
}
