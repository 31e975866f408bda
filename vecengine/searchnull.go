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
	for lo := uint32(0); lo < t.n; {
		u, err := t.run(lo, t.n)
		if err != nil {
			return nil, nil, err
		}
		lo = u.hi
		c, err := t.columnOf(s.def, u.lo, u.hi)
		if err != nil {
			return nil, nil, err
		}
		scorer := distance.NewScorer(s.r.Metric, distance.Floats(s.r.Query), distance.Slab{Data: floatsOf(&c), Dim: s.def.Dim})
		for i := range u.hi - u.lo {
			if ord := u.lo + i; t.allowed == nil || t.allowed.Contains(ord) {
				if c.IsNull(int(i)) {
					nulls = append(nulls, found{t.partRef, ord, 0, true})
				} else if d := scorer.One(i); d != d {
					nans = append(nans, found{t.partRef, ord, d, true})
				}
			}
		}
	}
	return nans, nulls, nil
}
