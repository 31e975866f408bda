// Package rules rewrites bound relations into equal ones that are cheaper to run. Rules look at one query level: subqueries in expressions
// and bodies of CTEs are optimized when they are planned themselves, except that InlineCTEs sees the whole statement.
//
//	InlineCTEs          WITH items used once move to where they are used
//	Optimize            for each query level:
//	  fold              constant expressions become constants
//	  lock              projections move above row locks
//	  unnest            EXISTS, IN and their negations become semi and anti joins
//	  pushdown          conditions move to where their columns come from; outer joins whose NULLs they reject become inner ones
//	  merge             projections of projections become one
//	  prune             what nobody needs is not computed
//
// Invariants: a rewritten relation gives the same columns (by ID; their order may differ) and the same rows; nothing is changed in place.
package rules

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
)

// Trace collects the names of the rules that fired, once each, in the order of their first time.
type Trace struct{ Names []string }

// fired notes a rule.
func (t *Trace) fired(name string) {
	if t == nil {
		return
	}
	for _, n := range t.Names {
		if n == name {
			return
		}
	}
	t.Names = append(t.Names, name)
}

// Optimize applies the rules to one query level. need are the columns that its consumer wants; nil for all.
func Optimize(r bound.Rel, need plan.ColSet, t *Trace) bound.Rel {
	r = fold(r, t)
	r = liftOverLocks(r, t)
	r = pushdown(r, nil, t)
	r = mergeProjects(r, t)
	if need == nil {
		need = plan.ColsOf(r.Columns())
	}
	return prune(r, need, t)
}

// mapLevel rebuilds the relations of one query level bottom-up, CTE bodies and subqueries left alone.
func mapLevel(r bound.Rel, fn func(bound.Rel) bound.Rel) bound.Rel {
	switch x := r.(type) {
	case *bound.With:
		if in := mapLevel(x.Input, fn); in != x.Input {
			r = &bound.With{CTEs: x.CTEs, Input: in}
		}
	default:
		r = withInputs(r, func(in bound.Rel) bound.Rel { return mapLevel(in, fn) })
	}
	return fn(r)
}

// withInputs gives r with its inputs replaced; r itself when none changed.
func withInputs(r bound.Rel, fn func(bound.Rel) bound.Rel) bound.Rel {
	switch x := r.(type) {
	case *bound.Filter:
		if in := fn(x.Input); in != x.Input {
			return &bound.Filter{Input: in, Pred: x.Pred}
		}
	case *bound.Project:
		if in := fn(x.Input); in != x.Input {
			return &bound.Project{Input: in, Items: x.Items}
		}
	case *bound.Join:
		if l, rt := fn(x.Left), fn(x.Right); l != x.Left || rt != x.Right {
			return &bound.Join{Kind: x.Kind, Left: l, Right: rt, On: x.On, Lateral: x.Lateral}
		}
	case *bound.GroupBy:
		if in := fn(x.Input); in != x.Input {
			c := *x
			c.Input = in
			return &c
		}
	case *bound.Window:
		if in := fn(x.Input); in != x.Input {
			return &bound.Window{Input: in, Funcs: x.Funcs}
		}
	case *bound.Distinct:
		if in := fn(x.Input); in != x.Input {
			return &bound.Distinct{Input: in, On: x.On}
		}
	case *bound.Sort:
		if in := fn(x.Input); in != x.Input {
			return &bound.Sort{Input: in, Keys: x.Keys}
		}
	case *bound.Limit:
		if in := fn(x.Input); in != x.Input {
			return &bound.Limit{Input: in, Count: x.Count, Offset: x.Offset, WithTies: x.WithTies}
		}
	case *bound.SetOp:
		if l, rt := fn(x.Left), fn(x.Right); l != x.Left || rt != x.Right {
			c := *x
			c.Left, c.Right = Ordered(l, x.Left.Columns()), Ordered(rt, x.Right.Columns())
			return &c
		}
	case *bound.With:
		if in := fn(x.Input); in != x.Input {
			return &bound.With{CTEs: x.CTEs, Input: in}
		}
	case *bound.ProjectSet:
		if in := fn(x.Input); in != x.Input {
			return &bound.ProjectSet{Input: in, Items: x.Items, SRFs: x.SRFs}
		}
	case *bound.LockRows:
		if in := fn(x.Input); in != x.Input {
			return &bound.LockRows{Input: in, Locks: x.Locks}
		}
	}
	return r
}

// Ordered makes a relation give exactly cols in that order, for those who count columns by position.
func Ordered(r bound.Rel, cols []bound.Column) bound.Rel {
	have := r.Columns()
	same := len(have) == len(cols)
	for i := 0; same && i < len(cols); i++ {
		same = have[i].ID == cols[i].ID
	}
	if same {
		return r
	}
	p := &bound.Project{Input: r}
	for _, c := range cols {
		p.Items = append(p.Items, bound.Item{Col: c, Expr: plan.Ref(c)})
	}
	return p
}
