package planner

import (
	"math"
	"slices"

	"vecgres/catalog"
	"vecgres/planner/cost"
	"vecgres/planner/plan"
	"vecgres/planner/rules"
	"vecgres/sql/bound"
)

// columnOf is the ID of a table's column in the query, 0 when it is not read.
func columnOf(g *bound.Get, att int16) bound.ColumnID {
	for _, c := range g.Cols {
		if c.AttNum == att {
			return c.ID
		}
	}
	return 0
}

// keyIndex is a btree index as the conditions of a query meet it.
type keyIndex struct {
	*catalog.Index
	attrs []int16        // by key: the column, or the matcher's number of an expression
	pred  []bound.Scalar // what the rows in a partial index satisfy
}

// keyIndex is a btree index in the query's terms; not ok when the conditions do not promise that all rows wanted are in it.
func (a *accessPlan) keyIndex(ix *catalog.Index) (out keyIndex, ok bool) {
	if ix.Method != "btree" || ix.Building {
		return out, false
	}
	out.Index, out.attrs = ix, make([]int16, len(ix.Keys))
	for i, k := range ix.Keys {
		out.attrs[i] = k.Column
	}
	if !ix.Computed() {
		return out, true
	}
	x := indexExprs(a.get, ix)
	if x == nil {
		return out, false
	}
	for i, k := range ix.Keys {
		if k.Column != 0 {
			continue
		}
		c, ok := a.m.column(rules.Fold(x.Keys[i], nil))
		if !ok {
			return out, false
		}
		out.attrs[i] = c.AttNum
	}
	pred := rules.Fold(x.Predicate, nil)
	out.pred = plan.Conjuncts(pred)
	return out, bound.Implies(a.conds, pred)
}

// indexExprs are the keys and predicate of one of a table's computed indexes; nil when they could not be bound.
func indexExprs(g *bound.Get, ix *catalog.Index) *bound.IndexExprs {
	for i := range g.Indexes {
		if g.Indexes[i].Index == ix {
			return &g.Indexes[i]
		}
	}
	return nil
}

// indexPath is a way to use an index.
type indexPath struct {
	index   *keyIndex
	equal   []plan.KeyCond
	fixed   int // leading key columns with one value
	lo, hi  *plan.KeyBound
	prefix  string
	prefixX bound.Scalar
	notNull bool
	used    map[int]bool // conditions decided by the keys
	ordered bool
	reverse bool
	unique  bool
	sel     float64
	ranges  float64
	cost    cost.Cost
}

// bestIndex is the cheapest useful index path, nil for none.
func (a *accessPlan) bestIndex() *indexPath {
	if a.p.o.Settings.NoIndexScan {
		return nil
	}
	var best *indexPath
	for _, ix := range a.get.Table.Indexes {
		usable, ok := a.keyIndex(ix)
		if !ok {
			continue
		}
		path := a.indexPath(&usable)
		if path == nil {
			continue
		}
		if path.unique {
			return path
		}
		if best == nil || path.cost.Total < best.cost.Total {
			best = path
		}
	}
	return best
}

// indexPath matches the conditions and the wanted order with an index's keys; nil when neither gains.
func (a *accessPlan) indexPath(ix *keyIndex) *indexPath {
	path := &indexPath{index: ix, used: map[int]bool{}, sel: 1, ranges: 1}
	lists := 0
	k := 0
	for ; k < len(ix.Keys); k++ {
		i := a.equalityOn(ix.attrs[k], &lists)
		if i < 0 {
			break
		}
		path.addEqual(i, &a.cols[i], lists == 0)
	}
	if k < len(ix.Keys) {
		a.addRange(path, ix.attrs[k])
	}
	a.addPredicate(path)
	a.matchOrder(path)
	if len(path.used) == 0 && path.prefix == "" && !path.ordered && len(ix.pred) == 0 {
		return nil
	}
	path.unique = ix.Unique && k == len(ix.Keys) && lists == 0 && !hasNullTest(path.equal)
	a.costIndex(path)
	return path
}

func hasNullTest(equal []plan.KeyCond) bool {
	for _, e := range equal {
		if e.IsNull {
			return true
		}
	}
	return false
}

// equalityOn finds a condition that fixes a column. Only one list of values is used, so that their combinations stay few.
func (a *accessPlan) equalityOn(att int16, lists *int) int {
	for i := range a.cols {
		c := &a.cols[i]
		if c.att != att || !c.equality() || !c.keyed {
			continue
		}
		if c.op == plan.OpIn {
			if *lists > 0 {
				continue
			}
			*lists++
		}
		return i
	}
	return -1
}

func (path *indexPath) addEqual(i int, c *columnCond, single bool) {
	path.equal = append(path.equal, plan.KeyCond{Values: c.args, Array: c.array, IsNull: c.op == plan.OpIsNull, Expr: c.expr})
	path.used[i] = true
	path.sel *= cost.Selectivity(c.expr)
	if single && path.fixed == len(path.equal)-1 {
		path.fixed++
	}
	if c.op == plan.OpIn {
		path.ranges = math.Max(float64(len(c.args)), 10)
		if c.array == nil {
			path.ranges = float64(len(c.args))
		}
	}
}

// addRange uses the conditions that bound the column after the fixed ones.
func (a *accessPlan) addRange(path *indexPath, att int16) {
	for i := range a.cols {
		c := &a.cols[i]
		if c.att != att || !c.keyed || c.equality() {
			continue
		}
		switch {
		case c.prefix != "":
			if path.prefix == "" {
				path.prefix, path.prefixX = c.prefix, c.expr
				path.sel *= cost.MatchPrefix
			}
			continue
		case (c.op == plan.OpGt || c.op == plan.OpGe) && path.lo == nil:
			path.lo = &plan.KeyBound{Value: c.args[0], Inclusive: c.op == plan.OpGe, Expr: c.expr}
		case (c.op == plan.OpLt || c.op == plan.OpLe) && path.hi == nil:
			path.hi = &plan.KeyBound{Value: c.args[0], Inclusive: c.op == plan.OpLe, Expr: c.expr}
		case c.op == plan.OpNotNull:
			path.notNull = true
		default:
			continue
		}
		path.used[i] = true
	}
	switch {
	case path.lo != nil && path.hi != nil:
		path.sel *= cost.RangeBoth
	case path.lo != nil || path.hi != nil:
		path.sel *= cost.Inequality
	}
}

// addPredicate counts what a partial index leaves out, and drops the conditions that all its rows satisfy.
func (a *accessPlan) addPredicate(path *indexPath) {
	for _, p := range path.index.pred {
		known := false
		for i := range path.used {
			known = known || bound.Implies([]bound.Scalar{a.cols[i].expr}, p)
		}
		if !known {
			path.sel *= cost.Selectivity(p)
		}
	}
	for i := range a.cols {
		if path.index.satisfies(a.cols[i].expr) {
			path.used[i] = true
		}
	}
}

// satisfies tells whether every row in the index satisfies a condition.
func (ix *keyIndex) satisfies(cond bound.Scalar) bool {
	return len(ix.pred) > 0 && bound.Implies(ix.pred, cond)
}

// matchOrder tells whether the index gives the wanted order. Columns fixed to one value do not count in it.
func (a *accessPlan) matchOrder(path *indexPath) {
	ix := path.index
	if a.want.order == nil {
		return
	}
	k, direction := path.fixed, 0
	for _, key := range a.want.order {
		att := a.sortedBy(key.Expr)
		if att != 0 && slices.Contains(ix.attrs[:path.fixed], att) {
			continue
		}
		if k == len(ix.Keys) && ix.Unique && !a.nullable(ix) {
			break // the key tells all rows apart
		}
		if att == 0 || k >= len(ix.Keys) || ix.attrs[k] != att {
			return
		}
		d := a.keyDirection(&ix.Keys[k], att, key)
		if d == 0 || direction != 0 && d != direction {
			return
		}
		direction = d
		k++
	}
	path.ordered, path.reverse = true, direction < 0
}

// sortedBy is the column or indexed expression that a sort key is, 0 for none.
func (a *accessPlan) sortedBy(e bound.Scalar) int16 {
	switch e.(type) {
	case *bound.Const, *bound.Param:
		return 0
	}
	if c, ok := a.m.column(e); ok {
		return c.AttNum
	}
	return 0
}

// keyDirection tells whether an index column has a sort key's order forwards (1), backwards (-1) or not at all (0).
func (a *accessPlan) keyDirection(k *catalog.IndexKey, att int16, key bound.SortKey) int {
	col, ok := a.get.Table.ColumnByNum(att)
	notNull := ok && col.NotNull || a.rejectsNull(att)
	switch {
	case k.Desc == key.Desc && (notNull || k.NullsFirst == key.NullsFirst):
		return 1
	case k.Desc != key.Desc && (notNull || k.NullsFirst != key.NullsFirst):
		return -1
	}
	return 0
}

// rejectsNull tells whether a condition leaves out the column's NULLs.
func (a *accessPlan) rejectsNull(att int16) bool {
	for i := range a.cols {
		if a.cols[i].att == att && a.cols[i].op != plan.OpIsNull {
			return true
		}
	}
	return false
}

// nullable tells whether a key column of an index may be NULL, so that a unique index may have equal keys.
func (a *accessPlan) nullable(ix *keyIndex) bool {
	for _, att := range ix.attrs {
		if col, ok := a.get.Table.ColumnByNum(att); !ok || !col.NotNull {
			return true
		}
	}
	return false
}

func (a *accessPlan) costIndex(path *indexPath) {
	s := a.stats
	s.Rows = s.Assumed()
	rows := s.Rows * path.sel
	if path.unique {
		rows = 1
	}
	path.cost = cost.IndexScan(rows, path.ranges, len(a.conds)-len(path.used))
	if path.ordered && (a.want.limited || a.want.stream) {
		left := a.selectivity() / math.Max(path.sel, 1e-9) // share of the key range that passes
		wanted := a.want.rowsWanted() / math.Max(left, 1e-6)
		path.cost.Total = path.cost.Start + (path.cost.Total-path.cost.Start)*math.Min(1, wanted/math.Max(rows, 1))
	} else if path.ordered {
		sorted := cost.Sort(a.seqCost(), s.Rows*a.selectivity(), 0)
		path.cost.Total -= math.Max(0, sorted.Total-a.seqCost().Total) // the sort that it saves
	}
}

func (a *accessPlan) indexScan(path *indexPath) (built, error) {
	n := &plan.IndexScan{
		Index: path.index.Index, Equal: path.equal, Lo: path.lo, Hi: path.hi, Prefix: path.prefix, PrefixX: path.prefixX, NotNull: path.notNull,
		Reverse: path.reverse, Unique: path.unique,
	}
	a.rest = slices.DeleteFunc(slices.Clone(a.rest), path.index.satisfies)
	var err error
	if n.Preds, n.Filter, err = a.split(path.used); err != nil {
		return built{}, err
	}
	checked := []bound.Scalar{n.Filter}
	if n.Exact() {
		for _, p := range n.Preds {
			checked = append(checked, p.Expr)
		}
	}
	n.Target, n.Cols = a.target(checked...)
	rows := a.rows(a.selectivity())
	if path.unique {
		rows = 1
	}
	n.Est = estimate(path.cost, rows, n.Cols)
	return built{node: n, ordered: path.ordered || path.unique && a.want.order != nil}, nil
}
