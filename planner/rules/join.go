package rules

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
)

// pushJoin moves conditions from above and from ON into the join's inputs, as far as its kind allows:
//
//	          from above to left / right      from ON to left / right
//	INNER     yes / yes                       yes / yes
//	LEFT      yes / no                        no  / yes
//	SEMI      yes / -                         yes / yes
//	ANTI      yes / -                         no  / yes
//	FULL      no  / no                        no  / no
//
// RIGHT is turned into LEFT. A LEFT join becomes INNER when a condition from above is not true for the NULLs that it fills in.
func pushJoin(x *bound.Join, conds []bound.Scalar, t *Trace) bound.Rel {
	j := *x
	if j.Kind == bound.RightJoin {
		j.Kind, j.Left, j.Right = bound.LeftJoin, x.Right, x.Left
	}
	left, right := plan.ColsOf(j.Left.Columns()), plan.ColsOf(j.Right.Columns())
	if j.Kind == bound.LeftJoin && !j.Lateral && rejectsNulls(conds, right) {
		t.fired("outer-to-inner")
		j.Kind = bound.InnerJoin
	}
	onlyLeft := func(c bound.Scalar) bool { return !plan.Free(c).Meets(right) }
	onlyRight := func(c bound.Scalar) bool { return !plan.Free(c).Meets(left) }
	on := plan.Conjuncts(j.On)
	var toLeft, toRight, above []bound.Scalar
	switch j.Kind {
	case bound.InnerJoin:
		var rest []bound.Scalar
		rest, above = split(append(on, conds...), func(bound.Scalar) bool { return true })
		toLeft, rest = split(rest, onlyLeft)
		toRight, on = split(rest, onlyRight)
	case bound.LeftJoin, bound.AntiJoin:
		toLeft, above = split(conds, onlyLeft)
		toRight, on = split(on, onlyRight)
	case bound.SemiJoin:
		toLeft, above = split(conds, onlyLeft)
		var more []bound.Scalar
		toRight, on = split(on, func(c bound.Scalar) bool { return onlyRight(c) && plan.Free(c).Meets(right) })
		more, on = split(on, onlyLeft)
		toLeft = append(toLeft, more...)
	default:
		above = conds
	}
	if len(toLeft)+len(toRight) > 0 {
		t.fired("push-filter-join")
	}
	j.Left, j.Right, j.On = pushdown(j.Left, toLeft, t), pushdown(j.Right, toRight, t), plan.Conjunction(on)
	return filtered(&j, above)
}

// rejectsNulls tells whether one of the conditions is certainly not true when all of cols are NULL.
func rejectsNulls(conds []bound.Scalar, cols plan.ColSet) bool {
	for _, c := range conds {
		if nullsReject(c, cols) {
			return true
		}
	}
	return false
}

func nullsReject(e bound.Scalar, cols plan.ColSet) bool {
	switch e := e.(type) {
	case *bound.And:
		for _, a := range e.Args {
			if nullsReject(a, cols) {
				return true
			}
		}
		return false
	case *bound.Or:
		for _, a := range e.Args {
			if !nullsReject(a, cols) {
				return false
			}
		}
		return len(e.Args) > 0
	case *bound.NullTest:
		return e.Not && nullFor(e.X, cols)
	}
	return nullFor(e, cols)
}

// nullFor tells whether an expression is certainly NULL when all of cols are.
func nullFor(e bound.Scalar, cols plan.ColSet) bool {
	switch e := e.(type) {
	case *bound.ColRef:
		return cols.Has(e.ID)
	case *bound.Call:
		if e.Fn == nil || !e.Fn.Strict {
			return false
		}
		for _, a := range e.Args {
			if nullFor(a, cols) {
				return true
			}
		}
	case *bound.Cast:
		return nullFor(e.X, cols)
	case *bound.Not:
		return nullFor(e.X, cols)
	case *bound.InList:
		return nullFor(e.X, cols)
	}
	return false
}
