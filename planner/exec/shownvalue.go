package exec

import (
	"bytes"
	"cmp"
	"slices"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
	"vecgres/vecengine"
)

// shownValue computes the distance as the operator does, in float64, of the rows that a search found. The engine compares cosine distances, and
// those of vectors that an index alone has, in fewer digits: two rows may have the same whose values as shown differ, or the other way about.
// Rows are put in the order of what is shown.
type shownValue struct {
	target *target // the columns of the distance
	value  evaluator
	keys   *target // of the index that breaks ties; nil: row ids do
	frame  frame
}

// shownValue is nil where the engine's distances are what is shown.
func (b *builder) shownValue(n *plan.VectorScan) (*shownValue, error) {
	if n.Metric != "<=>" && !n.Own || n.Distance.ID == 0 && n.MaxDistance == nil {
		return nil, nil
	}
	node := &plan.Target{Table: n.Table}
	var cols []bound.Column
	free := plan.Free(n.Order)
	for _, c := range n.All {
		if free.Has(c.ID) {
			node.Attrs, cols = append(node.Attrs, c.AttNum), append(cols, c)
		}
	}
	s := &shownValue{target: newTarget(node, cols)}
	var err error
	if s.value, err = b.compile(n.Order, scopeOf(cols)); err != nil || n.TieIndex == nil {
		return s, err
	}
	node, cols = &plan.Target{Table: n.Table}, nil
	for _, k := range n.TieIndex.Keys {
		if c, ok := n.Table.ColumnByNum(k.Column); ok {
			node.Attrs, cols = append(node.Attrs, c.Num), append(cols, bound.Column{Type: c.Type})
		}
	}
	s.keys = newTarget(node, cols)
	return s, nil
}

// shownHit is a hit with its value, NULL when it has none.
type shownHit struct {
	vecengine.Hit
	value types.Datum
	key   []byte // of those that tie with another
}

// order gives the hits with their values, in the values' order; those without one come last, as they were.
func (s *shownValue) order(tab table, hits []vecengine.Hit) ([]shownHit, error) {
	out := make([]shownHit, len(hits))
	locs := make([]vecengine.Loc, 0, len(hits))
	for i, h := range hits {
		out[i] = shownHit{Hit: h, value: types.Null}
		if !h.Null {
			locs = append(locs, h.Loc)
		}
	}
	n := len(locs)
	if n == 0 {
		return out, nil
	}
	b, err := s.target.fetch(tab, locs)
	if err != nil {
		return nil, err
	}
	for i := range n {
		s.frame = frame{b: b, i: i}
		if out[i].value, err = s.value(&s.frame); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out[:n], func(a, b shownHit) int { return cmp.Compare(a.value.Float(), b.value.Float()) })
	for lo := 0; lo < n; {
		hi := lo + 1
		for hi < n && out[hi].value.Float() == out[lo].value.Float() {
			hi++
		}
		if hi > lo+1 {
			if err := s.breakTies(tab, out[lo:hi]); err != nil {
				return nil, err
			}
		}
		lo = hi
	}
	return out, nil
}

// breakTies puts hits of one value in the order of their keys, or row ids.
func (s *shownValue) breakTies(tab table, hits []shownHit) error {
	if s.keys != nil {
		locs := make([]vecengine.Loc, len(hits))
		for i, h := range hits {
			locs[i] = h.Loc
		}
		b, err := s.keys.fetch(tab, locs)
		if err != nil {
			return err
		}
		for i := range hits {
			for j := range b.Cols {
				d, err := b.Cols[j].At(i)
				if err != nil {
					return err
				}
				if hits[i].key, err = types.AppendKey(hits[i].key, b.Cols[j].Typ.OID, d, false, false); err != nil {
					return err
				}
			}
		}
	}
	slices.SortFunc(hits, func(a, b shownHit) int {
		return cmp.Or(bytes.Compare(a.key, b.key), cmp.Compare(a.Row, b.Row))
	})
	return nil
}
