package planner

import (
	"vecgres/planner/cost"
	"vecgres/planner/plan"
	"vecgres/sql/bound"
)

// window plans window functions. Ranks over the order that a LIMIT above asks for need no more rows than the LIMIT.
func (p *planner) window(r *bound.Window, w want) (built, error) {
	below := want{need: union(w.need, plan.RelExprs(r)...)}
	prefix := w.limited && ranksBy(r.Funcs, w.order)
	if prefix {
		below.order, below.limited, below.count, below.offset = w.order, true, w.count, w.offset
	}
	got, err := p.build(r.Input, below)
	if err != nil {
		return got, err
	}
	n := &plan.Window{Input: got.node}
	for _, f := range r.Funcs {
		if f, err = p.windowFunc(f); err != nil {
			return got, err
		}
		n.Funcs = append(n.Funcs, f)
	}
	cols := got.node.Columns()
	n.Cols = cols[:len(cols):len(cols)]
	for _, f := range n.Funcs {
		n.Cols = append(n.Cols, f.Col)
	}
	rows := got.node.Estimate().Rows
	c := cost.Sort(costOf(got.node), rows, 0)
	c.Total += rows * cost.CPUTuple
	n.Est = estimate(c, rows, n.Cols)
	prefix = prefix && got.ordered && got.limited
	return built{node: n, ordered: prefix, limited: prefix}, nil
}

// windowFunc plans the subqueries in a window function's expressions.
func (p *planner) windowFunc(f bound.WindowFunc) (bound.WindowFunc, error) {
	var err error
	if f.Args, err = p.exprs(f.Args); err != nil {
		return f, err
	}
	if f.PartitionBy, err = p.exprs(f.PartitionBy); err != nil {
		return f, err
	}
	if f.OrderBy, err = p.keys(f.OrderBy); err != nil {
		return f, err
	}
	for _, e := range []*bound.Scalar{&f.Filter, &f.StartOffset, &f.EndOffset} {
		if *e, err = p.expr(*e); err != nil {
			return f, err
		}
	}
	return f, nil
}

// ranking are the window functions whose values depend on no row behind the current one, whatever the frame.
var ranking = map[string]bool{"row_number": true, "rank": true, "dense_rank": true}

// ranksBy tells whether all functions rank the whole input by an order.
func ranksBy(fs []bound.WindowFunc, order []bound.SortKey) bool {
	for _, f := range fs {
		if f.Agg != nil || !ranking[f.Name] || len(f.PartitionBy) > 0 || len(f.OrderBy) != len(order) {
			return false
		}
		for i, k := range f.OrderBy {
			if o := order[i]; k.Desc != o.Desc || k.NullsFirst != o.NullsFirst || !plan.Equal(k.Expr, o.Expr) {
				return false
			}
		}
	}
	return len(order) > 0
}
