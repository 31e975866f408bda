package exec

import (
	"strings"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/engineerr"
	"vecgres/sql/types"
	"vecgres/vecengine"
)

// recallCheck compares the rows that a vector scan gave with the exact answer, for EXPLAIN (ANALYZE, RECALL).
type recallCheck struct {
	keys  *target // the primary key, or the row's ctid
	rt    *runtime
	given []vecengine.Hit
}

// missedMax is how many keys of missed rows EXPLAIN names of one scan.
const missedMax = 20

func (b *builder) recallCheck(n *plan.VectorScan) *recallCheck {
	t := &plan.Target{Table: n.Table}
	var cols []bound.Column
	if pk := n.Table.PrimaryKeyIndex(); pk != nil {
		for _, k := range pk.Keys {
			if c, ok := n.Table.ColumnByNum(k.Column); ok {
				t.Attrs, cols = append(t.Attrs, c.Num), append(cols, bound.Column{Type: c.Type})
			}
		}
	}
	if len(cols) == 0 {
		t.Attrs, cols = []int16{plan.AttCtid}, []bound.Column{{Type: types.T(types.TidOID)}}
	}
	return &recallCheck{keys: newTarget(t, cols), rt: b.rt}
}

// finish runs the exact search and notes what it finds beside what was given. Its time is nobody's.
func (c *recallCheck) finish(s *vectorScanOp) error {
	given := c.given
	c.given = nil
	if len(given) == 0 && s.node.Stream || s.tab == nil || s.k == 0 {
		return nil
	}
	r := s.request
	r.Exact, r.EfSearch, r.CheckRate = true, 0, 0
	if s.node.Stream {
		r.K = len(given)
	}
	exact, err := s.tab.Search(s.rt.ctx, r, nil)
	if err != nil {
		return engineerr.Map(err)
	}
	if exact, err = s.withinBound(exact); err != nil {
		return err
	}
	check := vecengine.CompareHits(given, exact)
	a := s.actual
	a.Checked++
	a.Wanted += int64(check.Wanted)
	a.Found += int64(check.Found)
	named := min(len(check.Missed), missedMax-len(a.Missed))
	a.MissedMore += int64(len(check.Missed) - named)
	names, err := c.names(s.tab, check.Missed[:named])
	a.Missed = append(a.Missed, names...)
	return err
}

// withinBound leaves out hits that the operator's own distance puts out of the bound.
func (s *vectorScanOp) withinBound(hits []vecengine.Hit) ([]vecengine.Hit, error) {
	var out []vecengine.Hit
	for _, h := range hits {
		ok, err := h.Null, error(nil)
		if !h.Null {
			ok, err = s.within(s.sqlDistance(h.Distance))
		}
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, h)
		}
	}
	return out, nil
}

// names are the keys of rows as text.
func (c *recallCheck) names(tab table, hits []vecengine.Hit) ([]string, error) {
	if len(hits) == 0 {
		return nil, nil
	}
	locs := make([]vecengine.Loc, len(hits))
	for i, h := range hits {
		locs[i] = h.Loc
	}
	b, err := c.keys.fetch(tab, locs)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(locs))
	for i := range locs {
		parts := make([]string, len(b.Cols))
		for j := range b.Cols {
			d, err := b.Cols[j].At(i)
			if err != nil {
				return nil, err
			}
			parts[j] = types.FormatText(c.rt.funcs.Env, b.Cols[j].Typ.OID, d)
		}
		out[i] = strings.Join(parts, ", ")
		if len(parts) > 1 {
			out[i] = "(" + out[i] + ")"
		}
	}
	return out, nil
}
