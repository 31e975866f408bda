package planner

import (
	"math"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/physical"
	"vecgres/sql/types"
)

// A vector search under a join would give rows until enough of them have found a partner, which is all of them when few do. Here the join's
// condition becomes a condition of the search: the other side's keys are read first, and the search looks among the rows that have one of
// them, by a bitmap where the engine compares the keys itself.

const (
	keySetMax   = 500_000 // rows of the other side, as estimated, whose keys are worth reading first
	keySetSmall = 1000    // as many are read from any relation; more only from one that leaves rows out
)

// semiSearch plans a semi or anti join under an ORDER BY distance LIMIT as a search with a condition; nil when that is not what it is.
func (p *planner) semiSearch(r *bound.Join, w want) (*built, error) {
	if r.Kind != bound.SemiJoin && r.Kind != bound.AntiJoin || r.Lateral || w.order == nil || !w.limited && !w.stream {
		return nil, nil
	}
	conds := plan.Conjuncts(r.On)
	c, ok, err := p.keyCondition(r.Kind, r.Left, side{rel: r.Right}, conds)
	if !ok || err != nil || len(conds) > 1 && r.Kind == bound.AntiJoin {
		return nil, err
	}
	below := w
	if len(conds) > 1 {
		below = sideWant(w, union(w.need, r.On), plan.ColsOf(r.Left.Columns()))
		if below.order == nil {
			return nil, nil
		}
	}
	got, err := p.build(withCondition(r.Left, c), below)
	if err != nil || !got.ordered || vectorScanBelow(got.node) == nil {
		return nil, err
	}
	if len(conds) > 1 {
		got.node, err = p.joinNodes(r.Kind, got.node, side{rel: r.Right, need: union(w.need, r.On)}, conds)
		got.limited = false
	}
	return &got, err
}

// keyCondition makes the condition on the table under left that it has a partner in s by the first of the join's equalities that a table's
// column takes part in; for an anti join, that it has none.
func (p *planner) keyCondition(kind bound.JoinKind, left bound.Rel, s side, conds []bound.Scalar) (bound.Scalar, bool, error) {
	get := tableUnder(left)
	if get == nil || get.Table.Storage == 0 || plan.VolatileRel(s.rel) {
		return nil, false, nil
	}
	m := newMatcher(get)
	lc, rc := plan.ColsOf(left.Columns()), plan.ColsOf(s.rel.Columns())
	for _, e := range conds {
		lk, rk, _ := equalities([]bound.Scalar{e}, lc, rc)
		if len(lk) == 0 {
			continue
		}
		col, ok := m.column(lk[0])
		if !ok {
			continue
		}
		if ok, err := p.worthReading(kind, get, s); !ok || err != nil {
			return nil, false, err
		}
		fn := e.(*bound.Call)
		if kind == bound.SemiJoin && physical.Pushable(col.Type) {
			if c := p.inArray(fn, lk[0], rk[0], s.rel); c != nil {
				return c, true, nil
			}
		}
		in := p.inSet(fn, lk[0], rk[0], s.rel)
		if kind == bound.AntiJoin {
			return &bound.BoolTest{X: in, Value: 't', Not: true}, true, nil
		}
		return in, true, nil
	}
	return nil, false, nil
}

// worthReading tells whether the keys of a relation are few enough to be read, and likely to leave rows out of the search.
func (p *planner) worthReading(kind bound.JoinKind, get *bound.Get, s side) (bool, error) {
	if s.node == nil {
		forget := p.trial()
		got, err := p.build(s.rel, want{need: plan.ColsOf(s.rel.Columns())})
		forget()
		if err != nil {
			return false, err
		}
		s.node = got.node
	}
	rows := s.node.Estimate().Rows
	switch {
	case kind == bound.AntiJoin:
		return rows <= keySetMax, nil
	case rows <= keySetSmall:
		return true, nil
	}
	_, whole := s.rel.(*bound.Get)
	return rows <= keySetMax && (!whole || kind == bound.SemiJoin && rows < math.Max(p.stats(get.Table).Rows, 1)), nil
}

// inArray is left = ANY (ARRAY(SELECT right FROM rel)), nil when there are no arrays of the type.
func (p *planner) inArray(eq *bound.Call, left, right bound.Scalar, rel bound.Rel) bound.Scalar {
	info, ok := types.Lookup(right.Type().OID)
	if !ok || info.Array == 0 || eq.Fn == nil {
		return nil
	}
	array := &bound.Subquery{Kind: bound.SubArray, Rel: p.keysOf(right, rel), Typ: types.T(info.Array)}
	return &bound.AnyAll{X: left, Op: "=", Fn: eq.Fn, Array: array}
}

// inSet is left IN (SELECT right FROM rel).
func (p *planner) inSet(eq *bound.Call, left, right bound.Scalar, rel bound.Rel) bound.Scalar {
	test := p.newColumn("key", bound.Column{Type: left.Type()})
	keys := p.keysOf(right, rel)
	compare := *eq
	compare.Args = []bound.Scalar{plan.Ref(test), plan.Ref(keys.Columns()[0])}
	return &bound.Subquery{
		Kind: bound.SubAny, Rel: keys, Test: []bound.Scalar{left}, TestCols: []bound.Column{test}, Compare: &compare, Typ: types.T(types.BoolOID),
	}
}

// keysOf is SELECT key FROM rel.
func (p *planner) keysOf(key bound.Scalar, rel bound.Rel) bound.Rel {
	return &bound.Project{Input: rel, Items: []bound.Item{{Col: p.newColumn("key", bound.Column{Type: key.Type()}), Expr: key}}}
}

// tableUnder is the table whose rows a relation gives, some of them left out; nil when it is not made like that.
func tableUnder(r bound.Rel) *bound.Get {
	switch x := r.(type) {
	case *bound.Get:
		return x
	case *bound.Filter:
		return tableUnder(x.Input)
	case *bound.Join:
		if x.Kind == bound.SemiJoin || x.Kind == bound.AntiJoin {
			return tableUnder(x.Left)
		}
	}
	return nil
}

// withCondition adds a condition on the table under a relation.
func withCondition(r bound.Rel, c bound.Scalar) bound.Rel {
	switch x := r.(type) {
	case *bound.Filter:
		if _, ok := x.Input.(*bound.Get); ok {
			return &bound.Filter{Input: x.Input, Pred: plan.Conjunction(append(plan.Conjuncts(x.Pred), c))}
		}
		return &bound.Filter{Input: withCondition(x.Input, c), Pred: x.Pred}
	case *bound.Join:
		return &bound.Join{Kind: x.Kind, Left: withCondition(x.Left, c), Right: x.Right, On: x.On, Lateral: x.Lateral}
	}
	return &bound.Filter{Input: r, Pred: c}
}

// search plans side i, which can give the wanted order, once more with the conditions of its partners if it is a vector search.
func (c *cluster) search(i int, sides []side, plain built, w want) (built, error) {
	if vectorScanBelow(plain.node) == nil {
		return plain, nil
	}
	r, whole, err := c.searched(i, sides)
	if err != nil || r == sides[i].rel {
		return plain, err
	}
	w.limited, w.stream = whole, !whole
	got, err := c.p.build(r, w)
	if err != nil || vectorScanBelow(got.node) == nil {
		return plain, err
	}
	return got, nil
}

// searched gives side i of an inner join with the conditions that its partners make: whole tells that a row of it which is found has a
// partner for certain, so that as many rows as are wanted are enough.
func (c *cluster) searched(i int, sides []side) (r bound.Rel, whole bool, err error) {
	r = sides[i].rel
	if tableUnder(r) == nil {
		return r, false, nil
	}
	for j := range sides {
		if j == i {
			continue
		}
		cond, ok, err := c.p.keyCondition(bound.SemiJoin, sides[i].rel, sides[j], c.conds)
		if err != nil {
			return nil, false, err
		}
		if ok {
			r = withCondition(r, cond)
			whole = len(sides) == 2 && len(c.conds) == 1
		}
	}
	return r, whole, nil
}
