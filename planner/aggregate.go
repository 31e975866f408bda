package planner

import (
	"math"

	"vecgres/planner/cost"
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

func (p *planner) group(r *bound.GroupBy) (built, error) {
	if n := p.countOnly(r); n != nil {
		return built{node: n}, nil
	}
	if n, err := p.extreme(r); n != nil || err != nil {
		return built{node: n}, err
	}
	got, err := p.build(r.Input, want{need: plan.Free(plan.RelExprs(r)...)})
	if err != nil {
		return got, err
	}
	n := &plan.Aggregate{Input: got.node, Scalar: r.Scalar, Sets: r.Sets, SetCol: r.SetCol}
	if n.Keys, err = p.items(r.Keys); err != nil {
		return got, err
	}
	for _, a := range r.Aggs {
		if a.Args, err = p.exprs(a.Args); err != nil {
			return got, err
		}
		if a.Filter, err = p.expr(a.Filter); err != nil {
			return got, err
		}
		if a.OrderBy, err = p.keys(a.OrderBy); err != nil {
			return got, err
		}
		n.Aggs = append(n.Aggs, a)
	}
	n.Cols = r.Columns()
	in := got.node.Estimate()
	rows := 1.0
	if len(r.Keys) > 0 {
		rows = math.Max(1, math.Min(in.Rows, 200*float64(len(r.Keys))))
	}
	total := in.Cost + in.Rows*(cost.HashRow+float64(len(r.Aggs))*cost.CPUOperator)
	n.Est = estimate(cost.Cost{Start: total, Total: total + rows*cost.CPUTuple}, rows, n.Cols)
	return built{node: n}, nil
}

// countOnly plans count(*) of a whole table from its statistics, which are exact for the statement's snapshot.
func (p *planner) countOnly(r *bound.GroupBy) plan.Node {
	g, ok := r.Input.(*bound.Get)
	if !ok || !r.Scalar || len(r.Keys) > 0 || r.Sets != nil || len(r.Aggs) == 0 || g.Table.Storage == 0 || g.Table.Virtual != nil {
		return nil
	}
	for _, a := range r.Aggs {
		if a.Fn == nil || a.Fn.Name != "count" || a.Distinct || a.Filter != nil || len(a.Args) > 0 && !neverNull(a.Args[0], g) {
			return nil
		}
	}
	n := &plan.CountScan{Target: plan.Target{Table: g.Table, Alias: g.Alias, All: g.Cols}}
	n.Cols = r.Columns()
	n.Est = estimate(cost.Cost{Total: cost.CPUTuple}, 1, n.Cols)
	return n
}

// neverNull tells whether an expression is a column of the table that is declared NOT NULL.
func neverNull(e bound.Scalar, g *bound.Get) bool {
	ref, ok := e.(*bound.ColRef)
	if !ok {
		return false
	}
	for _, c := range g.Cols {
		if c.ID == ref.ID {
			col, ok := g.Table.ColumnByNum(c.AttNum)
			return ok && col.NotNull
		}
	}
	return false
}

// extreme plans min(x) and max(x) of a table with an index on x as the first row of that index.
func (p *planner) extreme(r *bound.GroupBy) (plan.Node, error) {
	if !r.Scalar || len(r.Keys) > 0 || r.Sets != nil || len(r.Aggs) != 1 || p.o.Settings.NoIndexScan {
		return nil, nil
	}
	a := r.Aggs[0]
	if a.Fn == nil || a.Fn.Name != "min" && a.Fn.Name != "max" || a.Distinct || a.Filter != nil || len(a.Args) != 1 {
		return nil, nil
	}
	ref, ok := a.Args[0].(*bound.ColRef)
	if !ok || ref.Typ.OID != a.Col.Type.OID {
		return nil, nil
	}
	in := r.Input
	var conds []bound.Scalar
	if f, ok := in.(*bound.Filter); ok {
		conds, in = plan.Conjuncts(f.Pred), f.Input
	}
	g, ok := in.(*bound.Get)
	if !ok || g.Table.Virtual != nil || !leadsIndex(g, ref.ID) {
		return nil, nil
	}
	conds = append(conds[:len(conds):len(conds)], &bound.NullTest{X: ref, Not: true})
	one := &bound.Const{Value: types.Int(1), Typ: types.T(types.Int8OID)}
	key := bound.SortKey{Expr: ref, Desc: a.Fn.Name == "max", NullsFirst: a.Fn.Name == "max"}
	got, err := p.access(g, conds, want{need: plan.Free(ref), order: []bound.SortKey{key}, limited: true, count: one})
	if err != nil {
		return nil, err
	}
	scan, ok := got.node.(*plan.IndexScan)
	if !ok || !got.ordered {
		return nil, nil
	}
	first := &plan.Limit{Input: inOrder(scan, []bound.Column{{ID: ref.ID, Name: a.Col.Name, Type: ref.Typ}}), Count: one}
	first.Cols, first.Est = first.Input.Columns(), plan.Estimate{Rows: 1, Cost: cost.KeyLookup + cost.RandomRow, Width: typeWidth(ref.Typ)}
	p.subplans++
	sub := &plan.SubPlan{Subquery: &bound.Subquery{Kind: bound.SubScalar, Typ: a.Col.Type}, Plan: first, Number: p.subplans, Params: freeParams(first)}
	n := &plan.Values{Rows: [][]bound.Scalar{{sub}}}
	n.Cols = r.Columns()
	n.Est = estimate(costOf(first), 1, n.Cols)
	return n, nil
}

// leadsIndex tells whether a column is the first key of a btree index.
func leadsIndex(g *bound.Get, id bound.ColumnID) bool {
	for _, ix := range g.Table.Indexes {
		if ix.Method == "btree" && !ix.Building && len(ix.Keys) > 0 && columnOf(g, ix.Keys[0].Column) == id {
			return true
		}
	}
	return false
}

// freeParams are the columns that a plan refers to and does not give itself.
func freeParams(n plan.Node) []bound.ColumnID {
	made, used := plan.ColSet{}, plan.ColSet{}
	plan.Walk(n, func(x plan.Node) {
		for _, c := range x.Columns() {
			made.Add(c.ID)
		}
		if v, ok := x.(*plan.VectorScan); ok {
			for _, c := range v.FilterCols {
				made.Add(c.ID)
			}
		}
		for id := range plan.Free(plan.Exprs(x)...) {
			used.Add(id)
		}
	})
	var out []bound.ColumnID
	for id := range used {
		if !made.Has(id) {
			out = append(out, id)
		}
	}
	return out
}
