package planner

import (
	"slices"

	"vecgres/catalog"
	"vecgres/planner/plan"
	"vecgres/planner/rules"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// vectorKey is what a vector index is over, in the query's terms.
type vectorKey struct {
	index *catalog.Index
	expr  bound.Scalar
	pred  bound.Scalar // of a partial index
}

// vectorKeys are a table's vector indexes in the query's terms, but for those over columns that the query does not read.
func vectorKeys(g *bound.Get) []vectorKey {
	var out []vectorKey
	for _, ix := range g.Table.Indexes {
		if !ix.IsVector() {
			continue
		}
		k := vectorKey{index: ix}
		if x := indexExprs(g, ix); x != nil {
			k.expr, k.pred = bare(rules.Fold(x.Keys[0], nil)), rules.Fold(x.Predicate, nil)
		} else if id := columnOf(g, ix.Keys[0].Column); id != 0 && !ix.Computed() {
			k.expr = &bound.ColRef{ID: id, Typ: ix.Keys[0].Type}
		} else {
			continue
		}
		out = append(out, k)
	}
	return out
}

// bare leaves out casts that change nothing.
func bare(e bound.Scalar) bound.Scalar {
	for {
		c, ok := e.(*bound.Cast)
		if !ok || c.X.Type().OID != c.Typ.OID || c.Typ.Mod >= 0 && c.Typ.Mod != c.X.Type().Mod {
			return e
		}
		e = c.X
	}
}

// indexed tells whether an index that has vectors of its own is over an expression.
func (m *matcher) indexed(e bound.Scalar) bool {
	e = bare(e)
	return slices.ContainsFunc(m.vectors, func(k vectorKey) bool { return k.index.OwnVectors() && bound.Equal(k.expr, e) })
}

// vectorIndex finds the index that serves a distance, a partial one first, or tells why none does.
func (a *accessPlan) vectorIndex(d *distanceExpr) (key *vectorKey, whyNot string) {
	x := bare(d.x)
	for i := range a.m.vectors {
		k := &a.m.vectors[i]
		if !bound.Equal(k.expr, x) {
			continue
		}
		switch {
		case k.index.Operator() != d.op:
			whyNot = "index " + k.index.Name + " is for " + k.index.Keys[0].OpClass
		case k.index.Building:
			whyNot = "index " + k.index.Name + " is being built"
		case !bound.Implies(a.conds, k.pred):
			whyNot = "index " + k.index.Name + " is partial, and the conditions do not imply its predicate"
		case key == nil || key.pred == nil && k.pred != nil:
			key = k
		}
	}
	switch {
	case key == nil && whyNot == "":
		return nil, "there is no index on the column"
	case key == nil:
		return nil, whyNot
	case a.p.o.Settings.NoIndexScan:
		return nil, "enable_indexscan is off"
	case key.index.OwnVectors() && a.want.order[0].NullsFirst && !a.neverNull(d):
		return nil, "rows without a vector come first"
	}
	return key, ""
}

// neverNull tells whether the row's side of a distance is known not to be NULL.
func (a *accessPlan) neverNull(d *distanceExpr) bool {
	if col, ok := a.get.Table.ColumnByNum(d.col.AttNum); ok && col.NotNull {
		return true
	}
	return bound.Implies(a.conds, &bound.NullTest{X: d.x, Not: true})
}

// useVectorIndex makes a search one of an index's own vectors. The conditions that all rows of a partial index satisfy are left out of it:
// they are only asked of rows that have no vector, which the index does not tell from those outside.
func (a *accessPlan) useVectorIndex(n *plan.VectorScan, k *vectorKey) (used map[int]bool, err error) {
	n.Index = k.index
	if !k.index.OwnVectors() {
		return nil, nil
	}
	n.Own, n.Type = true, k.index.Keys[0].Type
	if k.pred == nil {
		return nil, nil
	}
	pred := plan.Conjuncts(k.pred)
	used = map[int]bool{}
	var absent []bound.Scalar
	for i := range a.cols {
		c := &a.cols[i]
		if !bound.Implies(pred, c.expr) {
			continue
		}
		if used[i] = true; c.push && c.prefix == "" {
			n.AbsentPreds = append(n.AbsentPreds, c.pred())
		} else {
			absent = append(absent, c.expr)
		}
	}
	var rest []bound.Scalar
	for _, e := range a.rest {
		if bound.Implies(pred, e) {
			absent = append(absent, e)
		} else {
			rest = append(rest, e)
		}
	}
	a.rest = rest
	if n.Absent, err = a.p.expr(plan.Conjunction(absent)); err != nil {
		return nil, err
	}
	n.AbsentCols, n.AbsentAttrs = a.columnsOf(n.Absent)
	return used, nil
}

// columnsOf are the table's columns in an expression, with their attribute numbers.
func (a *accessPlan) columnsOf(e bound.Scalar) (cols []bound.Column, attrs []int16) {
	free := plan.Free(e)
	for _, c := range a.get.Cols {
		if free.Has(c.ID) {
			cols, attrs = append(cols, c), append(attrs, c.AttNum)
		}
	}
	return cols, attrs
}

// isVector tells the types that have distances.
func isVector(oid types.OID) bool {
	switch oid {
	case types.VectorOID, types.HalfvecOID, types.SparsevecOID, types.BitOID, types.VarbitOID:
		return true
	}
	return false
}
