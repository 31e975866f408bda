package rules

import (
	"testing"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

func get(ids ...bound.ColumnID) *bound.Get {
	g := &bound.Get{}
	for _, id := range ids {
		g.Cols = append(g.Cols, bound.Column{ID: id, Type: types.T(types.Int4OID)})
	}
	return g
}

func ref(id bound.ColumnID) bound.Scalar { return &bound.ColRef{ID: id, Typ: types.T(types.Int4OID)} }

func isNull(id bound.ColumnID) bound.Scalar { return &bound.NullTest{X: ref(id)} }

func notNull(id bound.ColumnID) bound.Scalar { return &bound.NullTest{X: ref(id), Not: true} }

// TestLeftJoinConditions: what is above a left join may go to its left side alone; what is in ON to its right side alone.
func TestLeftJoinConditions(t *testing.T) {
	j := &bound.Join{Kind: bound.LeftJoin, Left: get(1), Right: get(2), On: &bound.And{Args: []bound.Scalar{isNull(1), notNull(2)}}}
	r := pushdown(&bound.Filter{Input: j, Pred: &bound.And{Args: []bound.Scalar{notNull(1), isNull(2)}}}, nil, nil)
	f, ok := r.(*bound.Filter)
	if !ok || !plan.Equal(f.Pred, isNull(2)) {
		t.Fatalf("above the join is %T", r)
	}
	out := f.Input.(*bound.Join)
	if out.Kind != bound.LeftJoin || !plan.Equal(out.On, isNull(1)) {
		t.Errorf("the join is of kind %d on %v", out.Kind, out.On)
	}
	if l, ok := out.Left.(*bound.Filter); !ok || !plan.Equal(l.Pred, notNull(1)) {
		t.Errorf("left is %T", out.Left)
	}
	if rt, ok := out.Right.(*bound.Filter); !ok || !plan.Equal(rt.Pred, notNull(2)) {
		t.Errorf("right is %T", out.Right)
	}
}

func TestOuterJoinBecomesInner(t *testing.T) {
	var trace Trace
	j := &bound.Join{Kind: bound.RightJoin, Left: get(1), Right: get(2), On: isNull(2)}
	r := pushdown(&bound.Filter{Input: j, Pred: notNull(1)}, nil, &trace)
	if j, ok := r.(*bound.Join); !ok || j.Kind != bound.InnerJoin || trace.Names[0] != "outer-to-inner" {
		t.Errorf("%T, rules %v", r, trace.Names)
	}
}

func TestLimitStopsConditions(t *testing.T) {
	l := &bound.Limit{Input: get(1), Count: ref(9)}
	r := pushdown(&bound.Filter{Input: l, Pred: notNull(1)}, nil, nil)
	f, ok := r.(*bound.Filter)
	if !ok {
		t.Fatalf("%T", r)
	}
	if _, ok := f.Input.(*bound.Limit).Input.(*bound.Get); !ok {
		t.Error("the condition sank below the limit")
	}
}

func TestFoldLogic(t *testing.T) {
	yes, null := boolConst(true), &bound.Const{Value: types.Null, Typ: types.T(types.BoolOID)}
	if got := Fold(&bound.And{Args: []bound.Scalar{yes, isNull(1)}}, nil); !plan.Equal(got, isNull(1)) {
		t.Errorf("true AND x is %v", got)
	}
	if got := Fold(&bound.Or{Args: []bound.Scalar{isNull(1), yes}}, nil); !plan.Equal(got, yes) {
		t.Errorf("x OR true is %v", got)
	}
	if got := Fold(&bound.And{Args: []bound.Scalar{null, isNull(1)}}, nil); len(plan.Conjuncts(got)) != 2 {
		t.Errorf("NULL AND x is %v: it may be false", got)
	}
	if got := Fold(&bound.Not{X: &bound.Not{X: isNull(1)}}, nil); !plan.Equal(got, isNull(1)) {
		t.Errorf("NOT NOT x is %v", got)
	}
}

func TestPruneKeepsWhatIsNeeded(t *testing.T) {
	p := &bound.Project{Input: get(1, 2), Items: []bound.Item{{Col: bound.Column{ID: 3}, Expr: ref(1)}, {Col: bound.Column{ID: 4}, Expr: ref(2)}}}
	s := &bound.Sort{Input: p, Keys: []bound.SortKey{{Expr: ref(4)}}}
	need := plan.ColSet{}
	need.Add(3)
	if out := prune(s, need, nil).(*bound.Sort).Input.(*bound.Project); len(out.Items) != 2 {
		t.Errorf("%d items: the sort needs the other one", len(out.Items))
	}
	if out := prune(p, need, nil).(*bound.Project); len(out.Items) != 1 {
		t.Errorf("%d items", len(out.Items))
	}
}
