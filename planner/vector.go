package planner

import (
	"math"

	"vecgres/planner/cost"
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// distanceFuncs are the functions that compute what an operator does.
var distanceFuncs = map[string]string{
	"l2_distance": "<->", "vector_negative_inner_product": "<#>", "cosine_distance": "<=>", "l1_distance": "<+>", "hamming_distance": "<~>",
	"jaccard_distance": "<%>",
}

// distanceExpr is a distance between what a row has, a vector column or an indexed expression, and what does not depend on the row.
type distanceExpr struct {
	x     bound.Scalar // the row's side
	col   bound.Column // x, when it is a column that is stored as vectors; AttNum 0: it is not
	op    string
	query bound.Scalar
	call  bound.Scalar // the distance as SQL
	sign  int          // -1: the sort key falls as the distance grows
	least float64      // the sort key is not below it
	// coarse: distances that differ may have the same sort key, so that what is sorted by next counts among them.
	coarse bool
}

// distance recognizes a sort key that is a monotone function of a distance.
func (m *matcher) distance(e bound.Scalar) (distanceExpr, bool) {
	switch x := e.(type) {
	case *bound.Cast:
		if x.X.Type().OID != types.Float8OID {
			break
		}
		switch x.Typ.OID {
		case types.Float8OID:
			return m.distance(x.X)
		case types.Float4OID, types.NumericOID:
			return m.rounded(x.X)
		}
	case *bound.Call:
		if d, ok := m.distanceCall(x); ok {
			return d, true
		}
		if x.Fn != nil && x.Fn.Name == "round" && len(x.Args) > 0 && len(plan.Free(x.Args[1:]...)) == 0 && !plan.Volatile(x) {
			return m.rounded(x.Args[0])
		}
		return m.monotone(x)
	}
	return distanceExpr{}, false
}

// rounded is the distance under a function that rounds.
func (m *matcher) rounded(e bound.Scalar) (distanceExpr, bool) {
	d, ok := m.distance(e)
	d.coarse, d.least = true, math.Inf(-1)
	return d, ok
}

func (m *matcher) distanceCall(x *bound.Call) (distanceExpr, bool) {
	op := x.Op
	if op == "" && x.Fn != nil {
		op = distanceFuncs[x.Fn.Name]
	}
	switch op {
	case "<->", "<#>", "<=>", "<+>", "<~>", "<%>":
	default:
		return distanceExpr{}, false
	}
	if len(x.Args) != 2 || !isVector(x.Args[0].Type().OID) || x.Args[0].Type().OID != x.Args[1].Type().OID {
		return distanceExpr{}, false
	}
	for i, left := range x.Args {
		d := distanceExpr{x: left, op: op, query: x.Args[1-i], call: x, sign: 1}
		if op == "<#>" {
			d.least = math.Inf(-1)
		}
		var column bool
		if d.col, column = m.vectorColumn(left); (column || m.indexed(left)) && m.outside(d.query) {
			return d, true
		}
	}
	return distanceExpr{}, false
}

// vectorColumn finds a column of declared dimension, through casts that change nothing.
func (m *matcher) vectorColumn(e bound.Scalar) (bound.Column, bool) {
	for {
		c, ok := e.(*bound.Cast)
		if !ok || c.X.Type().OID != types.VectorOID || c.Typ.OID != types.VectorOID || c.Typ.Mod >= 0 && c.Typ.Mod != c.X.Type().Mod {
			break
		}
		e = c.X
	}
	ref, ok := e.(*bound.ColRef)
	if !ok {
		return bound.Column{}, false
	}
	for _, c := range m.get.Cols {
		if c.ID == ref.ID && c.AttNum > 0 && c.Type.OID == types.VectorOID && c.Type.Mod > 0 {
			return c, true
		}
	}
	return bound.Column{}, false
}

// monotone looks through +, -, * and / with constants.
func (m *matcher) monotone(x *bound.Call) (distanceExpr, bool) {
	if len(x.Args) == 1 && x.Op == "-" {
		d, ok := m.distance(x.Args[0])
		d.fall()
		return d, ok
	}
	if len(x.Args) != 2 {
		return distanceExpr{}, false
	}
	k, left := floatConst(x.Args[0])
	inner := x.Args[1]
	if !left {
		var right bool
		if k, right = floatConst(x.Args[1]); !right {
			return distanceExpr{}, false
		}
		inner = x.Args[0]
	}
	d, ok := m.distance(inner)
	if !ok {
		return d, false
	}
	return d, d.with(x.Op, k, left)
}

// fall turns the sort key's direction round.
func (d *distanceExpr) fall() { d.sign, d.least = -d.sign, math.Inf(-1) }

// with applies an operator with a constant, on its left or right, to the sort key; false when the order would be lost.
func (d *distanceExpr) with(op string, k float64, left bool) bool {
	switch {
	case op == "+":
		d.least += k
	case op == "-" && left:
		d.fall()
	case op == "-":
		d.least -= k
	case k == 0:
		return false
	case op == "/" && left:
		if !(d.least > 0) { // it passes through infinity
			return false
		}
		if d.fall(); k < 0 {
			d.fall()
		} else {
			d.least = 0
		}
	case op == "*" || op == "/":
		if k < 0 {
			d.fall()
		} else if op == "*" {
			d.least *= k
		} else {
			d.least /= k
		}
	default:
		return false
	}
	return true
}

// floatConst is the value of a finite float8 constant.
func floatConst(e bound.Scalar) (float64, bool) {
	c, ok := e.(*bound.Const)
	if !ok || c.Value.IsNull() || c.Typ.OID != types.Float8OID {
		return 0, false
	}
	v := c.Value.Float()
	return v, !math.IsNaN(v) && !math.IsInf(v, 0)
}

// vector recognizes ORDER BY distance with a limit, nil when it is none.
func (a *accessPlan) vector() *distanceExpr {
	if len(a.want.order) == 0 || !a.want.limited && !a.want.stream {
		return nil
	}
	key := a.want.order[0]
	d, ok := a.m.distance(key.Expr)
	if !ok || key.Desc != (d.sign < 0) || d.coarse && len(a.want.order) > 1 || !a.tiesByKey(a.want.order[1:]) {
		return nil
	}
	if d.col.AttNum == 0 {
		if k, _ := a.vectorIndex(&d); k == nil {
			return nil // there are no vectors to search
		}
	}
	return &d
}

// tiesByKey tells whether the order after the distance is the primary key's, or nothing.
func (a *accessPlan) tiesByKey(rest []bound.SortKey) bool {
	if len(rest) == 0 {
		return true
	}
	pk := a.get.Table.PrimaryKeyIndex()
	if pk == nil || pk.Method != "btree" || len(rest) < len(pk.Keys) {
		return false
	}
	for i, k := range pk.Keys {
		ref, ok := rest[i].Expr.(*bound.ColRef)
		if !ok || ref.ID != columnOf(a.get, k.Column) || rest[i].Desc != k.Desc {
			return false
		}
	}
	return true
}

// whyNoVector explains a scan under an order by distance that is not a vector search.
func (a *accessPlan) whyNoVector() string {
	if len(a.want.order) == 0 {
		return ""
	}
	key := a.want.order[0]
	d, ok := a.m.distance(key.Expr)
	switch {
	case !ok:
		return ""
	case key.Desc != (d.sign < 0):
		return "the farthest rows come first"
	case !a.want.limited && !a.want.stream:
		return "there is no LIMIT"
	case a.tiesByKey(a.want.order[1:]) && !d.coarse:
		_, why := a.vectorIndex(&d)
		return why
	}
	return "the order after the distance is not the primary key's"
}

func (a *accessPlan) vectorScan(d *distanceExpr) (built, error) {
	w := &a.want
	n := &plan.VectorScan{
		Attr: d.col.AttNum, Dim: int(bare(d.x).Type().Mod), Metric: d.op, Stream: !w.limited, Key: d.call, Desc: d.sign < 0,
	}
	n.Count, n.Offset = w.count, w.offset
	k, whyNot := a.vectorIndex(d)
	n.WhyNot = whyNot
	var used map[int]bool
	var err error
	if k != nil {
		if used, err = a.useVectorIndex(n, k); err != nil {
			return built{}, err
		}
	}
	if pk := a.get.Table.PrimaryKeyIndex(); pk != nil && pk.Method == "btree" {
		n.TieIndex = pk
	}
	n.NullsFirst = w.order[0].NullsFirst && !a.neverNull(d)
	if n.Query, err = a.p.expr(d.query); err != nil {
		return built{}, err
	}
	if n.Order, err = a.p.expr(d.call); err != nil {
		return built{}, err
	}
	a.takeMaxDistance(n, d)
	if n.MaxExpr, err = a.p.expr(n.MaxExpr); err != nil {
		return built{}, err
	}
	if n.Preds, n.Filter, err = a.split(used); err != nil {
		return built{}, err
	}
	n.Target, n.Cols = a.target()
	n.FilterCols, n.FilterAttrs = a.columnsOf(n.Filter)
	n.Distance = a.p.newColumn("distance", bound.Column{Type: types.T(types.Float8OID)})
	n.Cols = append(n.Cols, n.Distance)
	sel := a.selectivity()
	n.Selectivity = sel
	rows := math.Min(math.Max(a.rows(sel), 1), w.rowsWanted())
	n.Est = estimate(cost.VectorScan(a.stats, w.rowsWanted(), sel, n.Index != nil), rows, n.Cols)
	return built{node: n, ordered: true, limited: w.limited}, nil
}

// takeMaxDistance makes WHERE distance < r a bound of the search.
func (a *accessPlan) takeMaxDistance(n *plan.VectorScan, d *distanceExpr) {
	if n.Own && d.op == "<#>" { // how many digits an inner product has depends on the vectors
		return
	}
	for i, e := range a.rest {
		c, ok := e.(*bound.Call)
		if !ok || len(c.Args) != 2 || n.MaxDistance != nil {
			continue
		}
		op := c.Op
		left, limit := c.Args[0], c.Args[1]
		if !plan.Equal(left, d.call) {
			left, limit = limit, left
			op = map[string]string{">": "<", ">=": "<="}[op]
		}
		if op != "<" && op != "<=" || !plan.Equal(left, d.call) || limit.Type().OID != types.Float8OID || !a.m.outside(limit) || plan.HasSubquery(limit) {
			continue
		}
		n.MaxDistance, n.Inclusive, n.MaxExpr = limit, op == "<=", e
		if !n.Own { // else it stays in the filter: such distances have fewer digits than SQL's
			a.rest = append(a.rest[:i:i], a.rest[i+1:]...)
		}
	}
}

// takeDistance makes projected distances references to what a vector search below computed anyway.
func takeDistance(n plan.Node, items []bound.Item) []bound.Item {
	v := vectorScanBelow(n)
	if v == nil {
		return items
	}
	out := make([]bound.Item, len(items))
	for i, it := range items {
		it.Expr = replaceDistance(it.Expr, v)
		out[i] = it
	}
	if n == plan.Node(v) {
		trim(v, plan.Free(exprsOf(out)...))
	}
	return out
}

func exprsOf(items []bound.Item) []bound.Scalar {
	out := make([]bound.Scalar, len(items))
	for i, it := range items {
		out[i] = it.Expr
	}
	return out
}

// trim leaves out what a search would read for nobody: mostly the vector, once the distance stands for it.
func trim(v *plan.VectorScan, need plan.ColSet) {
	var cols []bound.Column
	var attrs []int16
	for i, c := range v.Cols {
		attribute := i < len(v.Attrs)
		if attribute && !need.Has(c.ID) {
			continue
		}
		cols = append(cols, c)
		if attribute {
			attrs = append(attrs, v.Attrs[i])
		}
	}
	if !need.Has(v.Distance.ID) {
		cols = cols[:len(cols)-1]
		v.Distance = bound.Column{}
	}
	v.Cols, v.Attrs = cols, attrs
	v.Est.Width = width(cols)
}

func replaceDistance(e bound.Scalar, v *plan.VectorScan) bound.Scalar {
	return plan.MapShallow(e, func(s bound.Scalar) bound.Scalar {
		if plan.Equal(s, v.Key) {
			return plan.Ref(v.Distance)
		}
		return s
	})
}

// vectorScanBelow finds the vector search whose columns a node passes on.
func vectorScanBelow(n plan.Node) *plan.VectorScan {
	for {
		switch x := n.(type) {
		case *plan.VectorScan:
			return x
		case *plan.Filter:
			n = x.Input
		case *plan.Limit:
			n = x.Input
		case *plan.LockRows:
			return nil
		default:
			return nil
		}
	}
}
