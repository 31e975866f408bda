package planner

import (
	"math"
	"sort"

	"github.com/jackc/pgerrcode"

	"vecgres/planner/cost"
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
)

// join plans a join under conditions that could not be pushed into its sides.
func (p *planner) join(r *bound.Join, conds []bound.Scalar, w want) (built, error) {
	if r.Kind == bound.InnerJoin && !r.Lateral {
		c := &cluster{p: p, want: w}
		c.add(r)
		c.conds = append(c.conds, conds...)
		return c.plan()
	}
	if r.Kind == bound.InnerJoin {
		all := append(plan.Conjuncts(r.On), conds...)
		return p.binary(&bound.Join{Kind: r.Kind, Left: r.Left, Right: r.Right, On: plan.Conjunction(all), Lateral: true}, w)
	}
	above := conds
	inner := w
	if len(above) > 0 {
		inner = want{need: union(w.need, above...), order: w.order, stream: w.limited || w.stream, count: w.count, offset: w.offset}
	}
	got, err := p.binary(r, inner)
	if err != nil || len(above) == 0 {
		return got, err
	}
	got.node, err = p.filterNode(got.node, plan.Conjunction(above))
	got.limited = false
	return got, err
}

// sideWant is what a join wants of its left side: the order passes if it is over the left side's columns alone, and the limit becomes a hint.
func sideWant(w want, need plan.ColSet, left plan.ColSet) want {
	out := want{need: need}
	if w.order == nil || !w.limited && !w.stream {
		return out
	}
	for _, k := range w.order {
		free := plan.Free(k.Expr)
		if len(free) == 0 || !left.Covers(free) {
			return out
		}
	}
	out.order, out.stream, out.count, out.offset = w.order, true, w.count, w.offset
	return out
}

// binary plans a join of two sides in the order written.
func (p *planner) binary(r *bound.Join, w want) (built, error) {
	if r.Kind == bound.RightJoin {
		return p.binary(&bound.Join{Kind: bound.LeftJoin, Left: r.Right, Right: r.Left, On: r.On}, w)
	}
	if got, err := p.semiSearch(r, w); got != nil || err != nil {
		if got == nil {
			got = &built{}
		}
		return *got, err
	}
	need := union(w.need, r.On)
	var params []bound.ColumnID
	if r.Lateral {
		if r.Kind == bound.FullJoin {
			return built{}, pgerr.Unimplemented("FULL JOIN LATERAL")
		}
		free := plan.FreeRel(r.Right)
		for _, c := range r.Left.Columns() {
			if free.Has(c.ID) {
				params = append(params, c.ID)
				need.Add(c.ID)
			}
		}
	}
	left, err := p.build(r.Left, sideWant(w, need, plan.ColsOf(r.Left.Columns())))
	if err != nil {
		return left, err
	}
	if len(params) > 0 {
		right, err := p.build(r.Right, want{need: need})
		if err != nil {
			return right, err
		}
		sort.Slice(params, func(i, j int) bool { return params[i] < params[j] })
		n, err := p.nestLoop(r.Kind, left.node, right.node, plan.Conjuncts(r.On), params)
		return built{node: n, ordered: left.ordered}, err
	}
	n, err := p.joinNodes(r.Kind, left.node, side{rel: r.Right, need: need}, plan.Conjuncts(r.On))
	return built{node: n, ordered: left.ordered && r.Kind != bound.FullJoin}, err
}

// side is the right side of a join before it is planned.
type side struct {
	rel  bound.Rel
	need plan.ColSet
	node plan.Node // planned without regard to the join; nil: not yet
}

func (p *planner) planned(s *side) (plan.Node, error) {
	if s.node != nil {
		return s.node, nil
	}
	got, err := p.build(s.rel, want{need: s.need})
	s.node = got.node
	return s.node, err
}

// equalities divides join conditions into pairs of equal keys and the rest.
func equalities(conds []bound.Scalar, left, right plan.ColSet) (lk, rk, rest []bound.Scalar) {
	for _, e := range conds {
		c, ok := e.(*bound.Call)
		if !ok || c.Op != "=" || len(c.Args) != 2 || plan.HasSubquery(e) || plan.Volatile(e) {
			rest = append(rest, e)
			continue
		}
		a, b := c.Args[0], c.Args[1]
		if !joinable(a.Type().OID, b.Type().OID) {
			rest = append(rest, e)
			continue
		}
		fa, fb := plan.Free(a), plan.Free(b)
		switch {
		case len(fa) > 0 && len(fb) > 0 && left.Covers(fa) && right.Covers(fb):
			lk, rk = append(lk, a), append(rk, b)
		case len(fa) > 0 && len(fb) > 0 && left.Covers(fb) && right.Covers(fa):
			lk, rk = append(lk, b), append(rk, a)
		default:
			rest = append(rest, e)
		}
	}
	return lk, rk, rest
}

// joinNodes joins a planned left side with a right side by the cheapest method.
func (p *planner) joinNodes(kind bound.JoinKind, left plan.Node, s side, conds []bound.Scalar) (plan.Node, error) {
	right, err := p.planned(&s)
	if err != nil {
		return nil, err
	}
	lc, rc := plan.ColsOf(left.Columns()), plan.ColsOf(s.rel.Columns())
	lk, rk, rest := equalities(conds, lc, rc)
	if len(lk) == 0 {
		if kind == bound.FullJoin && len(conds) > 0 {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions")
		}
		return p.nestLoop(kind, left, right, conds, nil)
	}
	var best plan.Node
	if !p.o.Settings.NoHashJoin || kind == bound.FullJoin {
		if best, err = p.hashJoin(kind, left, right, lk, rk, rest); err != nil {
			return nil, err
		}
	}
	if kind == bound.FullJoin {
		return best, nil
	}
	loop, err := p.indexLoop(kind, left, s, conds)
	if err != nil {
		return nil, err
	}
	if loop != nil && (best == nil || loop.Estimate().Cost < best.Estimate().Cost) {
		best = loop
	}
	if best == nil {
		return p.nestLoop(kind, left, right, conds, nil)
	}
	return best, nil
}

func joinColumns(kind bound.JoinKind, left, right plan.Node) []bound.Column {
	cols := left.Columns()
	if kind == bound.SemiJoin || kind == bound.AntiJoin {
		return cols
	}
	return append(cols[:len(cols):len(cols)], right.Columns()...)
}

func joinRows(kind bound.JoinKind, left, right, sel float64) float64 {
	rows := left * right * sel
	switch kind {
	case bound.SemiJoin:
		return math.Min(left, math.Max(1, rows))
	case bound.AntiJoin:
		return math.Max(1, left/2)
	case bound.LeftJoin:
		return math.Max(rows, left)
	case bound.FullJoin:
		return math.Max(rows, math.Max(left, right))
	}
	return rows
}

// equiSelectivity assumes that the side with fewer rows refers to the keys of the other.
func equiSelectivity(left, right float64, keys int) float64 {
	return 1 / math.Max(math.Max(left, right), 1) / math.Pow(2, float64(keys-1))
}

func (p *planner) hashJoin(kind bound.JoinKind, left, right plan.Node, lk, rk, rest []bound.Scalar) (plan.Node, error) {
	on, err := p.expr(plan.Conjunction(rest))
	if err != nil {
		return nil, err
	}
	n := &plan.HashJoin{Kind: kind, Left: left, Right: right, LeftKeys: lk, RightKeys: rk, On: on}
	n.Cols = joinColumns(kind, left, right)
	le, re := left.Estimate(), right.Estimate()
	rows := joinRows(kind, le.Rows, re.Rows, equiSelectivity(le.Rows, re.Rows, len(lk))*cost.Selectivity(plan.Conjunction(rest)))
	n.Est = estimate(cost.HashJoin(costOf(left), costOf(right), le.Rows, re.Rows, rows), rows, n.Cols)
	return n, nil
}

func (p *planner) nestLoop(kind bound.JoinKind, left, right plan.Node, conds []bound.Scalar, params []bound.ColumnID) (plan.Node, error) {
	on, err := p.expr(plan.Conjunction(conds))
	if err != nil {
		return nil, err
	}
	n := &plan.NestLoop{Kind: kind, Left: left, Right: right, On: on, Params: params}
	n.Cols = joinColumns(kind, left, right)
	le, re := left.Estimate(), right.Estimate()
	again := re.Cost
	if len(params) == 0 {
		again = re.Rows * cost.CPUOperator
	}
	rows := joinRows(kind, le.Rows, re.Rows, cost.Selectivity(plan.Conjunction(conds)))
	n.Est = estimate(cost.NestLoop(costOf(left), costOf(right), again, le.Rows, rows), rows, n.Cols)
	return n, nil
}

// indexLoop plans the right side, a table, as look-ups by the left side's values; nil when no index serves.
func (p *planner) indexLoop(kind bound.JoinKind, left plan.Node, s side, conds []bound.Scalar) (plan.Node, error) {
	var own []bound.Scalar
	in := s.rel
	if f, ok := in.(*bound.Filter); ok {
		own, in = plan.Conjuncts(f.Pred), f.Input
	}
	g, ok := in.(*bound.Get)
	if !ok || p.o.Settings.NoNestLoop || g.Table.Virtual == nil && p.o.Settings.NoIndexScan {
		return nil, nil
	}
	lc := plan.ColsOf(left.Columns())
	forget := p.trial()
	got, err := p.access(g, append(own[:len(own):len(own)], conds...), want{need: s.need})
	if err != nil {
		return nil, err
	}
	looked := false
	switch n := got.node.(type) {
	case *plan.IndexScan:
		for _, e := range n.Equal {
			looked = looked || plan.Free(e.Expr).Meets(lc)
		}
	case *plan.VirtualScan:
		looked = n.Lookup != nil && plan.Free(n.Lookup.Expr).Meets(lc)
	}
	if !looked {
		forget()
		return nil, nil
	}
	var params []bound.ColumnID
	for _, id := range freeParams(got.node) {
		if lc.Has(id) {
			params = append(params, id)
		}
	}
	sort.Slice(params, func(i, j int) bool { return params[i] < params[j] })
	n := &plan.NestLoop{Kind: kind, Left: left, Right: got.node, Params: params}
	n.Cols = joinColumns(kind, left, got.node)
	le, re := left.Estimate(), got.node.Estimate()
	rows := joinRows(kind, le.Rows, math.Max(re.Rows, 1), 1)
	n.Est = estimate(cost.NestLoop(costOf(left), costOf(got.node), re.Cost, le.Rows, rows), rows, n.Cols)
	return n, nil
}

// cluster is a set of relations joined by inner joins: their order is free.
type cluster struct {
	p     *planner
	want  want
	rels  []bound.Rel
	conds []bound.Scalar
}

// add flattens inner joins and the filters between them.
func (c *cluster) add(r bound.Rel) {
	switch x := r.(type) {
	case *bound.Join:
		if x.Kind == bound.InnerJoin && !x.Lateral {
			c.add(x.Left)
			c.add(x.Right)
			c.conds = append(c.conds, plan.Conjuncts(x.On)...)
			return
		}
	case *bound.Filter:
		if j, ok := x.Input.(*bound.Join); ok && j.Kind == bound.InnerJoin && !j.Lateral {
			c.add(j)
			c.conds = append(c.conds, plan.Conjuncts(x.Pred)...)
			return
		}
	}
	c.rels = append(c.rels, r)
}

// plan joins greedily: from the smallest relation (or the one that has the wanted order), always the next one that gives the fewest rows.
func (c *cluster) plan() (built, error) {
	need := union(c.want.need, c.conds...)
	sides := make([]side, len(c.rels))
	for i, r := range c.rels {
		sides[i] = side{rel: r, need: need}
		if _, err := c.p.planned(&sides[i]); err != nil {
			return built{}, err
		}
	}
	first, ordered, err := c.first(sides, need)
	if err != nil {
		return built{}, err
	}
	node := sides[first].node
	sides = append(sides[:first:first], sides[first+1:]...)
	conds := c.conds
	for len(sides) > 0 {
		i := c.next(node, sides, conds)
		have := plan.ColsOf(node.Columns())
		for _, col := range sides[i].rel.Columns() {
			have.Add(col.ID)
		}
		all := c.allColumns()
		var now, later []bound.Scalar
		for _, e := range conds {
			if have.Covers(intersect(plan.Free(e), all)) {
				now = append(now, e)
			} else {
				later = append(later, e)
			}
		}
		if node, err = c.p.joinNodes(bound.InnerJoin, node, sides[i], now); err != nil {
			return built{}, err
		}
		conds = later
		sides = append(sides[:i:i], sides[i+1:]...)
	}
	if len(conds) > 0 {
		if node, err = c.p.filterNode(node, plan.Conjunction(conds)); err != nil {
			return built{}, err
		}
	}
	return built{node: node, ordered: ordered}, nil
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

// allColumns are the columns of all relations of the cluster.
func (c *cluster) allColumns() plan.ColSet {
	all := plan.ColSet{}
	for _, r := range c.rels {
		for _, col := range r.Columns() {
			all.Add(col.ID)
		}
		if g, ok := r.(*bound.Get); ok && g.RowID != 0 {
			all.Add(g.RowID)
		}
	}
	return all
}

// first picks the relation to start from: one that can give the wanted order with the limit as a hint, else the smallest.
func (c *cluster) first(sides []side, need plan.ColSet) (int, bool, error) {
	for i := range sides {
		w := sideWant(c.want, need, plan.ColsOf(sides[i].rel.Columns()))
		if w.order == nil {
			continue
		}
		plain, err := c.p.build(sides[i].rel, w)
		if err != nil {
			return 0, false, err
		}
		if !plain.ordered {
			continue
		}
		got, err := c.search(i, sides, plain, w)
		if err != nil {
			return 0, false, err
		}
		if got.ordered {
			sides[i].node = got.node
			return i, true, nil
		}
	}
	best := 0
	for i := range sides {
		if sides[i].node.Estimate().Rows < sides[best].node.Estimate().Rows {
			best = i
		}
	}
	return best, false, nil
}

// next picks the relation to join next: connected by an equality before any other, then the smallest result.
func (c *cluster) next(node plan.Node, sides []side, conds []bound.Scalar) int {
	lc := plan.ColsOf(node.Columns())
	best, bestRows := 0, math.Inf(1)
	for i := range sides {
		lk, _, _ := equalities(conds, lc, plan.ColsOf(sides[i].rel.Columns()))
		le, re := node.Estimate().Rows, sides[i].node.Estimate().Rows
		rows := le * re
		if len(lk) > 0 {
			rows *= equiSelectivity(le, re, len(lk))
		} else {
			rows = rows*10 + 1e6
		}
		if rows < bestRows {
			best, bestRows = i, rows
		}
	}
	return best
}
