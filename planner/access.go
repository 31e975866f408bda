package planner

import (
	"math"

	"vecgres/planner/cost"
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
)

// access plans the scan of a table under conditions.
func (p *planner) access(g *bound.Get, conds []bound.Scalar, w want) (built, error) {
	if g.Table.Virtual != nil {
		return p.virtual(g, conds, w)
	}
	if g.Table.Storage == 0 {
		return built{}, pgerr.Unimplemented("reading relation " + g.Table.Name + ", which has no storage,")
	}
	a := &accessPlan{p: p, get: g, m: newMatcher(g), conds: conds, want: w, stats: p.stats(g.Table)}
	a.cols, a.rest = a.m.matchAll(conds)
	for i := range a.cols {
		if err := a.planCond(&a.cols[i]); err != nil {
			return built{}, err
		}
	}
	index := a.bestIndex()
	if index != nil && index.unique {
		return a.indexScan(index)
	}
	if v := a.vector(); v != nil {
		return a.vectorScan(v)
	}
	seq := a.seqCost()
	if index != nil && (p.o.Settings.NoSeqScan || index.cost.Total < seq.Total) {
		return a.indexScan(index)
	}
	return a.seqScan(seq)
}

// accessPlan is the planning of one table's scan.
type accessPlan struct {
	p     *planner
	get   *bound.Get
	m     *matcher
	conds []bound.Scalar
	cols  []columnCond
	rest  []bound.Scalar
	want  want
	stats cost.TableStats
}

// planCond plans the subqueries in a condition. The arguments are taken from the planned form, so that a check of the whole condition
// and a look-up by its arguments share one run of a subquery.
func (a *accessPlan) planCond(c *columnCond) error {
	if !plan.HasSubquery(c.expr) {
		return nil
	}
	planned, err := a.p.expr(c.expr)
	if err != nil {
		return err
	}
	if again, ok := a.m.match(planned); ok {
		*c = again
		return nil
	}
	return pgerr.Internal(nil, "a condition changed when its subqueries were planned")
}

// selectivity of all conditions together.
func (a *accessPlan) selectivity() float64 {
	s := 1.0
	for _, c := range a.conds {
		s *= cost.Selectivity(c)
	}
	return s
}

func (a *accessPlan) rows(sel float64) float64 { return a.stats.Rows * sel }

// split divides the conditions that a scan does not use otherwise into those for the engine and a filter.
func (a *accessPlan) split(used map[int]bool) (preds []plan.Pred, filter bound.Scalar, err error) {
	var rest []bound.Scalar
	for i := range a.cols {
		c := &a.cols[i]
		switch {
		case used[i]:
		case c.push && c.prefix == "":
			preds = append(preds, c.pred())
		default:
			rest = append(rest, c.expr)
		}
	}
	filter, err = a.p.expr(plan.Conjunction(append(rest, a.rest...)))
	return preds, filter, err
}

// target is the scan's target with the columns needed above and by what the executor checks itself.
func (a *accessPlan) target(checked ...bound.Scalar) (plan.Target, []bound.Column) {
	need := union(a.want.need, checked...)
	t := plan.Target{Table: a.get.Table, Alias: a.get.Alias, All: a.get.Cols}
	var cols []bound.Column
	for _, c := range a.get.Cols {
		if need.Has(c.ID) {
			cols, t.Attrs = append(cols, c), append(t.Attrs, c.AttNum)
		}
	}
	if a.get.RowID != 0 && need.Has(a.get.RowID) {
		t.RowID = a.get.RowID
		cols = append(cols, bound.Column{ID: a.get.RowID, Name: "ctid", Type: plan.LocType()})
	}
	return t, cols
}

func (a *accessPlan) seqCost() cost.Cost {
	s := a.stats
	if s.Rows < s.Assumed() {
		s.Rows = s.Assumed()
	}
	return cost.Scan(s, len(a.conds))
}

func (a *accessPlan) seqScan(c cost.Cost) (built, error) {
	n := &plan.Scan{}
	var err error
	if n.Preds, n.Filter, err = a.split(nil); err != nil {
		return built{}, err
	}
	n.Target, n.Cols = a.target(n.Filter)
	n.Est = estimate(c, math.Max(a.rows(a.selectivity()), 1), n.Cols)
	n.Note = a.whyNoVector()
	return built{node: n}, nil
}

// virtual plans a computed relation: the first equality on a column is handed down for look-ups, every condition is checked.
func (p *planner) virtual(g *bound.Get, conds []bound.Scalar, w want) (built, error) {
	m := newMatcher(g)
	n := &plan.VirtualScan{}
	for _, e := range conds {
		c, ok := m.match(e)
		if !ok || n.Lookup != nil || c.op != plan.OpEq && c.op != plan.OpIn {
			continue
		}
		args, err := p.exprs(c.args)
		if err != nil {
			return built{}, err
		}
		array, err := p.expr(c.array)
		if err != nil {
			return built{}, err
		}
		n.Lookup = &plan.Lookup{Attr: c.att, Values: args, Array: array, Expr: e}
	}
	var err error
	if n.Filter, err = p.expr(plan.Conjunction(conds)); err != nil {
		return built{}, err
	}
	a := &accessPlan{p: p, get: g, m: m, want: w}
	n.Target, n.Cols = a.target(n.Filter)
	n.RowID = 0
	rows := 100.0
	for _, c := range conds {
		rows *= math.Max(cost.Selectivity(c), 0.01)
	}
	total := 1.0
	if n.Lookup == nil {
		total = 10
	}
	n.Est = estimate(cost.Cost{Total: total}, rows, n.Cols)
	return built{node: n}, nil
}
