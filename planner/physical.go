package planner

import (
	"math"

	"vecgres/planner/cost"
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// want is what the consumer of a relation's rows would like.
type want struct {
	need plan.ColSet // columns needed
	// order, when not nil, is an order that the consumer needs; a node that can give it at once says so.
	order []bound.SortKey
	// count and offset limit the rows needed, when limited is set; the order's first rows if there is an order. With stream more rows may be
	// needed than that, because some will be dropped above.
	limited       bool
	stream        bool
	count, offset bound.Scalar
}

// built is a planned relation.
type built struct {
	node    plan.Node
	ordered bool // want.order is satisfied
	limited bool // no more rows than want's count and offset come
}

// rowsWanted estimates LIMIT + OFFSET, 0 for none.
func (w *want) rowsWanted() float64 {
	if !w.limited && !w.stream {
		return 0
	}
	return limitRows(w.count) + offsetRows(w.offset)
}

const unknownLimit = 10

func limitRows(e bound.Scalar) float64 {
	if c, ok := e.(*bound.Const); ok {
		if c.Value.IsNull() {
			return math.MaxInt32
		}
		return float64(c.Value.N)
	}
	return unknownLimit
}

func offsetRows(e bound.Scalar) float64 {
	if c, ok := e.(*bound.Const); ok && !c.Value.IsNull() {
		return float64(c.Value.N)
	}
	return 0
}

func union(a plan.ColSet, more ...bound.Scalar) plan.ColSet {
	out := plan.Free(more...)
	for id := range a {
		out.Add(id)
	}
	return out
}

// build plans a relation.
func (p *planner) build(r bound.Rel, w want) (built, error) {
	switch r := r.(type) {
	case *bound.Get:
		return p.access(r, nil, w)
	case *bound.Filter:
		return p.filter(r, w)
	case *bound.Project:
		return p.project(r, w)
	case *bound.Sort:
		return p.sort(r, w)
	case *bound.Limit:
		return p.limit(r, w)
	case *bound.Join:
		return p.join(r, nil, w)
	case *bound.Values:
		return p.values(r)
	case *bound.GroupBy:
		return p.group(r)
	case *bound.Distinct:
		return p.distinct(r, w)
	}
	return p.buildRest(r, w)
}

func (p *planner) buildRest(r bound.Rel, w want) (built, error) {
	switch r := r.(type) {
	case *bound.Window:
		return p.window(r, w)
	case *bound.SetOp:
		return p.setOp(r)
	case *bound.With:
		return p.with(r, w)
	case *bound.CTERef:
		return p.cteRef(r)
	case *bound.FuncScan:
		return p.funcScan(r)
	case *bound.ProjectSet:
		return p.projectSet(r)
	case *bound.LockRows:
		return p.lockRows(r, w)
	}
	return built{}, pgerr.Internal(nil, "relation %T cannot be planned", r)
}

func width(cols []bound.Column) int {
	n := 0
	for _, c := range cols {
		n += typeWidth(c.Type)
	}
	return n
}

// typeWidth is about how many bytes a value takes, as EXPLAIN prints it.
func typeWidth(t types.Type) int {
	if t.OID == types.VectorOID && t.Mod > 0 {
		return 4*int(t.Mod) + 8
	}
	if info, ok := types.Lookup(t.OID); ok && info.Len > 0 {
		return int(info.Len)
	}
	return 32
}

func costOf(n plan.Node) cost.Cost {
	e := n.Estimate()
	return cost.Cost{Start: e.StartCost, Total: e.Cost}
}

func estimate(c cost.Cost, rows float64, cols []bound.Column) plan.Estimate {
	return plan.Estimate{Rows: cost.Clamp(rows), StartCost: c.Start, Cost: c.Total, Width: width(cols)}
}

func (p *planner) filter(r *bound.Filter, w want) (built, error) {
	conds := plan.Conjuncts(r.Pred)
	switch in := r.Input.(type) {
	case *bound.Get:
		return p.access(in, conds, w)
	case *bound.Join:
		return p.join(in, conds, w)
	}
	below := want{need: union(w.need, r.Pred), order: w.order, stream: w.limited || w.stream, count: w.count, offset: w.offset}
	got, err := p.build(r.Input, below)
	if err != nil {
		return got, err
	}
	n, err := p.filterNode(got.node, r.Pred)
	return built{node: n, ordered: got.ordered}, err
}

// filterNode puts a filter over a node.
func (p *planner) filterNode(in plan.Node, pred bound.Scalar) (plan.Node, error) {
	if pred == nil {
		return in, nil
	}
	planned, err := p.expr(pred)
	if err != nil {
		return nil, err
	}
	f := &plan.Filter{Input: in, Pred: planned}
	f.Cols = in.Columns()
	c := costOf(in)
	c.Total += in.Estimate().Rows * cost.CPUOperator
	f.Est = estimate(c, in.Estimate().Rows*cost.Selectivity(pred), f.Cols)
	return f, nil
}

func (p *planner) project(r *bound.Project, w want) (built, error) {
	by := map[bound.ColumnID]bound.Scalar{}
	var used []bound.Scalar
	for _, it := range r.Items {
		by[it.Col.ID] = it.Expr
		used = append(used, it.Expr)
	}
	below := w
	below.need = plan.Free(used...)
	below.order = nil
	for _, k := range w.order {
		k.Expr = plan.Substitute(k.Expr, by)
		if plan.Volatile(k.Expr) {
			below.order = nil
			break
		}
		below.order = append(below.order, k)
	}
	if w.order != nil && below.order == nil {
		below.limited, below.stream = false, false // the limit counts in an order that the input does not know
	}
	got, err := p.build(r.Input, below)
	if err != nil {
		return got, err
	}
	items := takeDistance(got.node, r.Items)
	if items, err = p.items(items); err != nil {
		return got, err
	}
	n := &plan.Project{Input: got.node, Items: items}
	n.Cols = itemColumns(items)
	e := got.node.Estimate()
	c := costOf(got.node)
	for _, it := range items {
		if _, plain := it.Expr.(*bound.ColRef); !plain {
			c.Total += e.Rows * cost.CPUOperator
		}
	}
	n.Est = estimate(c, e.Rows, n.Cols)
	return built{node: elide(n), ordered: got.ordered, limited: got.limited}, nil
}

// elide leaves out a projection that passes its input's columns on as they are.
func elide(n *plan.Project) plan.Node {
	in := n.Input.Columns()
	if len(in) != len(n.Items) {
		return n
	}
	for i, it := range n.Items {
		ref, ok := it.Expr.(*bound.ColRef)
		if !ok || ref.ID != in[i].ID || it.Col.ID != in[i].ID {
			return n
		}
	}
	return n.Input
}

func (p *planner) sort(r *bound.Sort, w want) (built, error) {
	keys := dropConstantKeys(r.Keys)
	if len(keys) == 0 {
		return p.build(r.Input, want{need: w.need, limited: w.limited && w.order == nil, count: w.count, offset: w.offset})
	}
	below := want{need: w.need, order: keys}
	for _, k := range keys {
		below.need = union(below.need, k.Expr)
	}
	if w.order == nil {
		below.limited, below.stream, below.count, below.offset = w.limited, w.stream, w.count, w.offset
	}
	got, err := p.build(r.Input, below)
	if err != nil || got.ordered {
		return got, err
	}
	if keys, err = p.keys(keys); err != nil {
		return got, err
	}
	in := got.node
	rows := in.Estimate().Rows
	if below.limited {
		k := below.rowsWanted()
		n := &plan.TopK{Input: in, Keys: keys, Count: w.count, Offset: w.offset}
		n.Cols = in.Columns()
		n.Est = estimate(cost.Sort(costOf(in), rows, k), math.Min(rows, k), n.Cols)
		return built{node: n, limited: true}, nil
	}
	n := &plan.Sort{Input: in, Keys: keys}
	n.Cols = in.Columns()
	n.Est = estimate(cost.Sort(costOf(in), rows, 0), rows, n.Cols)
	return built{node: n}, nil
}

// dropConstantKeys leaves out sort keys that are the same for all rows.
func dropConstantKeys(keys []bound.SortKey) []bound.SortKey {
	var out []bound.SortKey
	for _, k := range keys {
		switch k.Expr.(type) {
		case *bound.Const, *bound.Param:
			continue
		}
		out = append(out, k)
	}
	return out
}

func (p *planner) limit(r *bound.Limit, w want) (built, error) {
	count, err := p.expr(r.Count)
	if err != nil {
		return built{}, err
	}
	offset, err := p.expr(r.Offset)
	if err != nil {
		return built{}, err
	}
	below := want{need: w.need}
	if count != nil && !r.WithTies {
		below.limited, below.count, below.offset = true, count, offset
	}
	n := &plan.Limit{Count: count, Offset: offset, WithTies: r.WithTies}
	if s, ok := r.Input.(*bound.Sort); ok && r.WithTies {
		if n.Keys, err = p.keys(s.Keys); err != nil {
			return built{}, err
		}
		for _, k := range s.Keys {
			below.need = union(below.need, k.Expr)
		}
	}
	got, err := p.build(r.Input, below)
	if err != nil {
		return got, err
	}
	if got.limited && offset == nil {
		return built{node: got.node}, nil
	}
	n.Input = got.node
	n.Cols = got.node.Columns()
	e := got.node.Estimate()
	rows := math.Max(e.Rows-offsetRows(offset), 1)
	if count != nil {
		rows = math.Min(rows, limitRows(count))
	}
	c := costOf(got.node)
	if e.Rows > 0 {
		c.Total = c.Start + (c.Total-c.Start)*math.Min(1, (rows+offsetRows(offset))/e.Rows)
	}
	n.Est = estimate(c, rows, n.Cols)
	return built{node: n}, nil
}

func (p *planner) values(r *bound.Values) (built, error) {
	n := &plan.Values{Rows: make([][]bound.Scalar, len(r.Rows))}
	for i, row := range r.Rows {
		var err error
		if n.Rows[i], err = p.exprs(row); err != nil {
			return built{}, err
		}
	}
	n.Cols = r.Cols
	rows := float64(len(r.Rows))
	n.Est = estimate(cost.Cost{Total: rows * cost.CPUTuple}, rows, r.Cols)
	return built{node: n}, nil
}

func (p *planner) distinct(r *bound.Distinct, w want) (built, error) {
	need := plan.ColsOf(r.Input.Columns())
	if r.On != nil {
		need = union(w.need, r.On...)
	}
	got, err := p.build(r.Input, want{need: need})
	if err != nil {
		return got, err
	}
	n := &plan.Distinct{Input: got.node}
	if n.On, err = p.exprs(r.On); err != nil {
		return got, err
	}
	if r.On == nil {
		n.Input = inOrder(n.Input, r.Input.Columns())
	}
	n.Cols = n.Input.Columns()
	e := n.Input.Estimate()
	c := costOf(n.Input)
	c.Total += e.Rows * cost.HashRow
	n.Est = estimate(c, math.Max(1, e.Rows/5), n.Cols)
	return built{node: n}, nil
}

func (p *planner) setOp(r *bound.SetOp) (built, error) {
	left, err := p.side(r.Left)
	if err != nil {
		return built{}, err
	}
	right, err := p.side(r.Right)
	if err != nil {
		return built{}, err
	}
	le, re := left.Estimate(), right.Estimate()
	c := cost.Cost{Start: le.StartCost, Total: le.Cost + re.Cost}
	if r.Kind == bound.Union && r.All {
		n := &plan.Append{Parts: appendParts(left, right)}
		n.Cols = r.Cols
		n.Est = estimate(c, le.Rows+re.Rows, r.Cols)
		return built{node: n}, nil
	}
	c.Total += (le.Rows + re.Rows) * cost.HashRow
	rows := le.Rows
	if r.Kind == bound.Union {
		rows += re.Rows
	}
	n := &plan.SetOp{Kind: r.Kind, All: r.All, Left: left, Right: right}
	n.Cols = r.Cols
	n.Est = estimate(c, rows, r.Cols)
	return built{node: n}, nil
}

// appendParts flattens a chain of UNION ALL.
func appendParts(left, right plan.Node) []plan.Node {
	var parts []plan.Node
	for _, n := range []plan.Node{left, right} {
		if a, ok := n.(*plan.Append); ok {
			parts = append(parts, a.Parts...)
		} else {
			parts = append(parts, n)
		}
	}
	return parts
}

// side plans an input whose columns count by position.
func (p *planner) side(r bound.Rel) (plan.Node, error) {
	cols := r.Columns()
	got, err := p.build(r, want{need: plan.ColsOf(cols)})
	if err != nil {
		return nil, err
	}
	return inOrder(got.node, cols), nil
}

func (p *planner) with(r *bound.With, w want) (built, error) {
	n := &plan.With{}
	for _, c := range r.CTEs {
		cte, err := p.cte(c)
		if err != nil {
			return built{}, err
		}
		n.CTEs = append(n.CTEs, cte)
	}
	got, err := p.build(r.Input, w)
	if err != nil {
		return got, err
	}
	n.Input, n.Cols, n.Est = got.node, got.node.Columns(), *got.node.Estimate()
	got.node = n
	return got, nil
}

func (p *planner) cteRef(r *bound.CTERef) (built, error) {
	n := &plan.CTEScan{CTE: r.CTE.ID, Name: r.CTE.Name, Working: r.Working}
	n.Cols = r.Cols
	rows := p.ctes[r.CTE.ID]
	n.Est = estimate(cost.Cost{Total: rows * cost.CPUTuple * 2}, rows, r.Cols)
	return built{node: n}, nil
}

func (p *planner) funcScan(r *bound.FuncScan) (built, error) {
	n := &plan.FuncScan{Ordinality: r.Ordinality}
	var err error
	if n.Funcs, err = p.calls(r.Funcs); err != nil {
		return built{}, err
	}
	n.Cols = r.Cols
	rows := 1.0
	for _, f := range r.Funcs {
		if f.SRF != nil {
			rows = 100
		}
	}
	n.Est = estimate(cost.Cost{Total: rows * cost.CPUTuple}, rows, r.Cols)
	return built{node: n}, nil
}

func (p *planner) projectSet(r *bound.ProjectSet) (built, error) {
	got, err := p.build(r.Input, want{need: plan.Free(plan.RelExprs(r)...)})
	if err != nil {
		return got, err
	}
	n := &plan.ProjectSet{Input: got.node, SRFs: map[bound.ColumnID]bound.FuncCall{}}
	if n.Items, err = p.items(r.Items); err != nil {
		return got, err
	}
	for id, f := range r.SRFs {
		fs, err := p.calls([]bound.FuncCall{f})
		if err != nil {
			return got, err
		}
		n.SRFs[id] = fs[0]
	}
	n.Cols = itemColumns(n.Items)
	rows := got.node.Estimate().Rows * 10
	c := costOf(got.node)
	c.Total += rows * cost.CPUTuple
	n.Est = estimate(c, rows, n.Cols)
	return built{node: n}, nil
}

// lockRows plans row locks. Rows may be dropped when they have changed, so a limit above asks for a stream below.
func (p *planner) lockRows(r *bound.LockRows, w want) (built, error) {
	p.writes = true
	n := &plan.LockRows{}
	below := want{need: union(w.need), order: w.order, stream: w.limited || w.stream, count: w.count, offset: w.offset}
	var recheck []bound.Scalar
	for _, l := range r.Locks {
		if c := recheckOf(r.Input, l.Get); c != nil {
			recheck = append(recheck, plan.Conjuncts(c)...)
		}
	}
	recheckExpr := plan.Conjunction(recheck)
	for _, l := range r.Locks {
		below.need.Add(l.Get.RowID)
	}
	below.need = union(below.need, recheckExpr)
	got, err := p.build(r.Input, below)
	if err != nil {
		return got, err
	}
	n.Input = got.node
	if n.Recheck, err = p.expr(recheckExpr); err != nil {
		return got, err
	}
	for _, l := range r.Locks {
		l.Get = restricted(l.Get, below.need)
		n.Locks = append(n.Locks, l)
	}
	n.Cols, n.Est = got.node.Columns(), *got.node.Estimate()
	return built{node: n, ordered: got.ordered}, nil
}

// restricted is a table's node with some of its columns.
func restricted(g *bound.Get, need plan.ColSet) *bound.Get {
	c := *g
	c.Cols = nil
	for _, col := range g.Cols {
		if need.Has(col.ID) {
			c.Cols = append(c.Cols, col)
		}
	}
	return &c
}
