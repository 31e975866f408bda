package flat

import (
	"context"
	"math/bits"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
)

// Filter says which rows a scan looks at. The zero value is all rows.
type Filter struct {
	Allowed  *bitmap.Flat // nil: all; else only members
	Excluded *bitmap.Flat // nil: none; rows ended or NULL
	Base     uint32       // ordinal of row 0 of the slab; hits and both bitmaps are in ordinals
}

// block is the number of rows between looks at the bitset and the context's error.
const block = 256

// span is the most rows that are computed in order for those of them that are wanted.
const span = 4 * block

// Scan offers rows first to first+n-1 of the scorer's slab to top. It returns how many distances it computed;
// the error is ctx's. It panics if the slab has fewer rows.
func Scan(ctx context.Context, s *distance.Scorer, first, n int, f Filter, top *TopK) (computed int, err error) {
	var dist [span]float32
	var ids [block]uint32
	dense := 1.0
	if f.Allowed != nil || f.Excluded != nil {
		dense = denseShare(false, s.RowBytes(), n)
	}
	for at := first; at < first+n; {
		if err := ctx.Err(); err != nil {
			return computed, err
		}
		if f.Allowed == nil && f.Excluded == nil {
			size := min(block, first+n-at)
			s.Contiguous(at, size, dist[:])
			computed += size
			offerRange(dist[:size], f.Base+uint32(at), top)
			at += size
			continue
		}
		want, next := f.fill(ids[:0], at, first+n)
		switch {
		case len(want) == 0:
		case next-at <= span && float64(len(want)) >= dense*float64(next-at):
			s.Contiguous(at, next-at, dist[:])
			computed += next - at
			for _, id := range want {
				top.Offer(dist[int(id)-at], f.Base+id)
			}
		default:
			s.Gather(want, dist[:])
			computed += len(want)
			for i, id := range want {
				top.Offer(dist[i], f.Base+id)
			}
		}
		at = next
	}
	return computed, nil
}

// offerRange offers rows of consecutive ordinals, most of which are too far.
func offerRange(dist []float32, ord uint32, top *TopK) {
	worst := top.Worst()
	for i, d := range dist {
		if d > worst {
			continue
		}
		top.Offer(d, ord+uint32(i))
		worst = top.Worst()
	}
}

// fill appends rows from at on that pass, as slab rows, until fewer than 64 places are left in dst or end is
// reached. It returns them and where to go on. A block of rows that all pass comes out whole.
func (f *Filter) fill(dst []uint32, at, end int) (want []uint32, next int) {
	for ; at < end && cap(dst)-len(dst) >= 64; at += 64 {
		ord := f.Base + uint32(at)
		word := ^uint64(0)
		if f.Allowed != nil {
			word = wordAt(f.Allowed, ord)
		}
		if f.Excluded != nil {
			word &^= wordAt(f.Excluded, ord)
		}
		if rest := end - at; rest < 64 {
			word &= 1<<rest - 1
		}
		for word != 0 {
			dst = append(dst, uint32(at+bits.TrailingZeros64(word)))
			word &= word - 1
		}
	}
	return dst, min(at, end)
}

// wordAt is the 64 bits of a bitset from ordinal ord on.
func wordAt(b *bitmap.Flat, ord uint32) uint64 {
	words := b.Words()
	i, shift := int(ord>>6), ord&63
	var w uint64
	if i < len(words) {
		w = words[i] >> shift
	}
	if shift != 0 && i+1 < len(words) {
		w |= words[i+1] << (64 - shift)
	}
	return w
}

func (f *Filter) passes(ord uint32) bool {
	return (f.Allowed == nil || f.Allowed.Contains(ord)) && (f.Excluded == nil || !f.Excluded.Contains(ord))
}
