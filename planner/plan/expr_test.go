package plan

import (
	"testing"

	"vecgres/sql/bound"
	"vecgres/sql/types"
)

func col(id bound.ColumnID) *bound.ColRef {
	return &bound.ColRef{ID: id, Typ: types.T(types.Int4OID)}
}

func column(id bound.ColumnID) bound.Column {
	return bound.Column{ID: id, Type: types.T(types.Int4OID)}
}

func eq(a, b bound.Scalar) bound.Scalar {
	return &bound.IsDistinct{Left: a, Right: b, Not: true}
}

func TestFreeOfCorrelatedSubquery(t *testing.T) {
	inner := &bound.Filter{Input: &bound.Get{Cols: []bound.Column{column(10)}}, Pred: eq(col(10), col(1))}
	sub := &bound.Subquery{Kind: bound.SubAny, Rel: inner, Test: []bound.Scalar{col(2)}, TestCols: []bound.Column{column(11)}, Compare: eq(col(11), col(10))}
	free := Free(&bound.Not{X: sub})
	if len(free) != 2 || !free.Has(1) || !free.Has(2) {
		t.Errorf("free columns %v, want 1 and 2", free)
	}
}

func TestSubstituteEntersSubqueries(t *testing.T) {
	inner := &bound.Filter{Input: &bound.Get{Cols: []bound.Column{column(10)}}, Pred: eq(col(10), col(1))}
	e := &bound.Subquery{Kind: bound.SubExists, Rel: inner}
	got := Substitute(e, map[bound.ColumnID]bound.Scalar{1: col(5)})
	if free := Free(got); len(free) != 1 || !free.Has(5) {
		t.Errorf("free columns %v, want 5", free)
	}
	if free := Free(e); !free.Has(1) {
		t.Error("the original has changed")
	}
	if Substitute(e, map[bound.ColumnID]bound.Scalar{7: col(5)}) != bound.Scalar(e) {
		t.Error("an expression that does not change should be shared")
	}
}

func TestMapAppliesOnce(t *testing.T) {
	calls := 0
	e := &bound.And{Args: []bound.Scalar{eq(col(1), col(2)), &bound.Subquery{Rel: &bound.Filter{Input: &bound.Get{}, Pred: eq(col(3), col(4))}}}}
	Map(e, func(s bound.Scalar) bound.Scalar { calls++; return s })
	if calls != 8 { // and, two comparisons, four columns, the subquery
		t.Errorf("%d calls", calls)
	}
}

func TestConjuncts(t *testing.T) {
	e := &bound.And{Args: []bound.Scalar{col(1), True(), &bound.And{Args: []bound.Scalar{col(2), col(3)}}}}
	if got := Conjuncts(e); len(got) != 3 {
		t.Errorf("%d conjuncts", len(got))
	}
	if Conjunction(nil) != nil || Conjunction(Conjuncts(col(1))).(*bound.ColRef).ID != 1 {
		t.Error("conjunctions of none and one")
	}
}
