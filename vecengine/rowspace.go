package vecengine

import (
	"math/bits"
	"slices"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
)

// vectorRun is vectors of a part as a search sees them, those of ordinals [lo, hi).
type vectorRun struct {
	lo, hi uint32
	slab   distance.Slab
	// space is nil where row i of the slab is the vector of ordinal lo+i; rows in absent have none then (nil: all have one).
	space  *rowSpace
	absent *bitmap.Flat
}

// filter is what of the run may be looked at, of the rows in allowed (nil: all), which are ordinals.
func (u *vectorRun) filter(allowed *bitmap.Flat) flat.Filter {
	if u.space != nil {
		return flat.Filter{Allowed: u.space.rows(allowed)}
	}
	return flat.Filter{Allowed: allowed, Base: u.lo, Excluded: u.absent}
}

// rowSpace says which row of a slab belongs to which ordinal, where a segment has vectors of some of its rows only: a partial index is
// as small as what it is over. Rows are in the order of ordinals. A nil rowSpace is that of a segment with a vector in each row.
type rowSpace struct {
	ords    []uint32     // by row
	present *bitmap.Flat // of ordinals
}

// rows turns a set of ordinals into that of the rows that they have; nil, which means all, stays nil.
func (s *rowSpace) rows(ordinals *bitmap.Flat) *bitmap.Flat {
	if s == nil || ordinals == nil {
		return ordinals
	}
	n := len(s.ords)
	out := make([]uint64, (n+63)/64)
	at := 0
	in := ordinals.Words()
	for i, p := range s.present.Words() {
		if p == 0 {
			continue
		}
		word := uint64(0)
		if i < len(in) {
			word = in[i] & p
		}
		if p != ^uint64(0) {
			word = compress(word, p)
		}
		if word != 0 {
			out[at/64] |= word << (at % 64)
			if at%64 != 0 && at/64+1 < len(out) {
				out[at/64+1] |= word >> (64 - at%64)
			}
		}
		at += bits.OnesCount64(p)
	}
	return bitmap.FromWords(out, uint32(n))
}

// compress moves the bits of w, which are all in p, together as p's bits lie when their gaps are closed.
func compress(w, p uint64) uint64 {
	out := uint64(0)
	for ; w != 0; w &= w - 1 {
		low := w & -w
		out |= 1 << bits.OnesCount64(p&(low-1))
	}
	return out
}

// row finds the row of an ordinal.
func (s *rowSpace) row(ord uint32) (int, bool) {
	if s == nil {
		return int(ord), true
	}
	return slices.BinarySearch(s.ords, ord)
}

// ordinals turns the rows of hits into ordinals, in place.
func (s *rowSpace) ordinals(hits []flat.Hit) []flat.Hit {
	if s != nil {
		for i := range hits {
			hits[i].Ord = s.ords[hits[i].Ord]
		}
	}
	return hits
}

// accept is a test of ordinals as one of rows.
func (s *rowSpace) accept(test func(ord uint32) bool) func(row uint32) bool {
	if s == nil || test == nil {
		return test
	}
	return func(row uint32) bool { return test(s.ords[row]) }
}

// tie is an order of ordinals as one of rows.
func (s *rowSpace) tie(order func(a, b uint32) int) func(a, b uint32) int {
	if s == nil || order == nil {
		return order
	}
	return func(a, b uint32) int { return order(s.ords[a], s.ords[b]) }
}
