package vecengine

import (
	"cmp"
	"context"
	"slices"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
)

// floatsOf views a vector column's data.
func floatsOf(c *column.Column) []float32 {
	return column.Values[float32](c)[:c.Len*c.Dim]
}

// nullRows is the set of NULLs among ordinals [lo, hi), nil when there are none.
func nullRows(valid []byte, lo, hi uint32) *bitmap.Flat {
	if valid == nil {
		return nil
	}
	var out *bitmap.Flat
	for i := range hi - lo {
		if valid[i>>3] == 0xff {
			continue
		}
		if valid[i>>3]>>(i&7)&1 == 0 {
			if out == nil {
				out = bitmap.NewFlat(hi)
			}
			out.Add(lo + i)
		}
	}
	return out
}

// appendNulls adds the rows whose distance is NaN, then those whose vector is NULL, each in tie order: a sequential scan sorts them so,
// behind all others.
func (s *search) appendNulls(ctx context.Context, parts []*partRef) error {
	var nans, nulls []found
	s.conds = slices.Concat(s.conds, s.above)
	for _, r := range parts {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if r.visible() == 0 {
			continue
		}
		t, err := s.target(r, false)
		if err != nil {
			return err
		}
		if t.matching == 0 {
			continue
		}
		if nans, nulls, err = s.undefined(t, nans, nulls); err != nil {
			return err
		}
	}
	byTie := func(a, b found) int {
		if c := s.tie.compare(a.r, a.ord, b.r, b.ord); c != 0 {
			return c
		}
		return cmp.Compare(a.ord, b.ord)
	}
	slices.SortFunc(nans, byTie)
	slices.SortFunc(nulls, byTie)
	for _, f := range append(nans, nulls...) {
		if len(s.best) >= s.want {
			break
		}
		if s.r.Residual != nil {
			keep, err := s.residual(f.r, []flat.Hit{{Ord: f.ord}})
			if err != nil {
				return err
			}
			if !keep[0] {
				continue
			}
		}
		s.best = append(s.best, f)
	}
	return nil
}

// undefined lists the allowed rows of a part that have no distance to the query.
func (s *search) undefined(t target, nans, nulls []found) (_, _ []found, err error) {
	before := len(nulls)
	for lo := uint32(0); lo < t.n; {
		u, err := s.vectors(t.partRef, lo)
		if err != nil {
			return nil, nil, err
		}
		lo = u.hi
		scorer := distance.NewScorer(s.r.Metric, s.r.Query, u.slab)
		row := uint32(0)
		for ord := u.lo; ord < u.hi; ord++ {
			has := u.absent == nil || !u.absent.Contains(ord)
			if u.space != nil {
				has = u.space.present.Contains(ord)
			} else {
				row = ord - u.lo
			}
			if t.allowed == nil || t.allowed.Contains(ord) {
				if !has {
					nulls = append(nulls, found{t.partRef, ord, 0, true})
				} else if d := scorer.One(row); d != d {
					nans = append(nans, found{t.partRef, ord, d, true})
				}
			}
			if has {
				row++
			}
		}
	}
	if s.r.Absent != nil && s.def == nil {
		kept, err := keepOf(t.partRef, nulls[before:], s.r.Absent)
		return nans, nulls[:before+len(kept)], err
	}
	return nans, nulls, nil
}

// keepOf leaves out, in place, the rows of a part that a test refuses.
func keepOf(r *partRef, rows []found, test func([]Loc, []bool) error) ([]found, error) {
	out := rows[:0]
	for some := range slices.Chunk(rows, batchRows) {
		locs, keep := make([]Loc, len(some)), make([]bool, len(some))
		for i, f := range some {
			row, err := r.rowOf(f.ord)
			if err != nil {
				return nil, err
			}
			locs[i] = Loc{r.id, f.ord, row}
		}
		if err := test(locs, keep); err != nil {
			return nil, err
		}
		for i, f := range some {
			if keep[i] {
				out = append(out, f)
			}
		}
	}
	return out, nil
}
