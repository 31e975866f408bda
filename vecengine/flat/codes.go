package flat

import (
	"context"
	"math"
	"slices"

	"vecgres/vecengine/distance"
	"vecgres/vecengine/quant"
)

// ScanCodes is Scan over codes, of a kind that has use for it (quant.Codes.Tight), with exact distances for every row that they leave in doubt: a
// row is dropped only when its lower bound is above the upper bound of the k-th, and the bounds hold for every row
// (quant.Scorer.MakeCertain) but the strays, which are compared first; so the answer is exact. The hits offered to top have exact distances. codes and
// exact must be bound to the same query and rows.
func ScanCodes(ctx context.Context, codes *quant.Scorer, exact *distance.Scorer, first, n int, f Filter, top *TopK) (computed int, err error) {
	if top.K() == 0 {
		return 0, nil
	}
	codes.MakeCertain(exact.Query())
	computed = offerStrays(codes.Strays(), exact, first, n, f, top)
	c := newCodeCandidates(codes, f.Base, top)
	var dist [span]float32
	var ids [block]uint32
	share := 1.0
	if f.Allowed != nil || f.Excluded != nil {
		share = denseShare(true, codes.RowBytes(), n)
	}
	for at := first; at < first+n; {
		if err := ctx.Err(); err != nil {
			return computed, err
		}
		if f.Allowed == nil && f.Excluded == nil {
			size := min(block, first+n-at)
			codes.Contiguous(at, size, dist[:])
			computed += size
			for i, d := range dist[:size] {
				if !(d > c.cut) {
					c.offer(d, uint32(at+i))
				}
			}
			at += size
			continue
		}
		want, next := f.fill(ids[:0], at, first+n)
		dense := next-at <= span && float64(len(want)) >= share*float64(next-at)
		if dense {
			codes.Contiguous(at, next-at, dist[:])
			computed += next - at
		} else {
			codes.Gather(want, dist[:])
			computed += len(want)
		}
		for i, id := range want {
			d := dist[i]
			if dense {
				d = dist[int(id)-at]
			}
			if !(d > c.cut) {
				c.offer(d, id)
			}
		}
		at = next
	}
	rescored := c.finish(exact)
	return computed + rescored, nil
}

// offerStrays compares those of some rows that pass, and tells how many.
func offerStrays(strays []uint32, exact *distance.Scorer, first, n int, f Filter, top *TopK) (computed int) {
	var ids [distance.BatchMax]uint32
	var dist [distance.BatchMax]float32
	from, _ := slices.BinarySearch(strays, uint32(first))
	strays = strays[from:]
	for len(strays) > 0 && int(strays[0]) < first+n {
		some := 0
		for some < len(ids) && len(strays) > 0 && int(strays[0]) < first+n {
			if f.passes(f.Base + strays[0]) {
				ids[some] = strays[0]
				some++
			}
			strays = strays[1:]
		}
		exact.Gather(ids[:some], dist[:])
		for i, id := range ids[:some] {
			top.Offer(dist[i], f.Base+id)
		}
		computed += some
	}
	return computed
}

// codeCandidates keeps every row whose lower bound may still be within the k nearest.
type codeCandidates struct {
	codes *quant.Scorer
	base  uint32
	top   *TopK
	near  TopK    // the k nearest approximate distances
	cut   float32 // approximate distances above it cannot matter
	keys  []distance.Key
	full  int // length at which keys are thinned out
}

func newCodeCandidates(codes *quant.Scorer, base uint32, top *TopK) *codeCandidates {
	c := &codeCandidates{codes: codes, base: base, top: top, cut: float32(math.Inf(1))}
	c.near.Reset(top.K())
	c.near.BreakTies(top.tie)
	c.full = 4*top.K() + 1024
	c.tighten()
	return c
}

// tighten sets cut: an exact distance must be below both top's bound and the upper bound of the k-th
// approximate distance, and an approximate one below the upper bound of that.
func (c *codeCandidates) tighten() {
	worst := min(c.top.Worst(), c.codes.UpperBound(c.near.Worst()))
	c.cut = c.codes.UpperBound(worst)
}

func (c *codeCandidates) offer(dist float32, row uint32) {
	if c.codes.IsStray(row) {
		return
	}
	if dist != dist {
		c.near.offerNaN(c.base + row)
		return
	}
	c.keys = append(c.keys, distance.MakeKey(dist, row))
	if dist <= c.near.Worst() {
		c.near.Offer(dist, c.base+row)
		if c.near.Len() == c.near.K() {
			c.tighten()
		}
	}
	if len(c.keys) >= c.full {
		c.thin()
	}
}

// thin drops keys that have come to lie above cut.
func (c *codeCandidates) thin() {
	limit := distance.MakeKey(c.cut, math.MaxUint32)
	c.keys = slices.DeleteFunc(c.keys, func(k distance.Key) bool { return k > limit })
	c.full = max(2*len(c.keys), c.full)
}

// finish computes the exact distances that matter: first those of the k nearest by codes, which bound the others, then in the order
// of rows those that may still be among the k. Where codes leave a tenth of the rows in doubt, sorting them all took longer than this.
func (c *codeCandidates) finish(exact *distance.Scorer) (computed int) {
	c.thin()
	near := distance.MakeKey(c.near.Worst(), math.MaxUint32)
	first := 0
	for i, key := range c.keys {
		if key <= near {
			c.keys[first], c.keys[i] = key, c.keys[first]
			first++
		}
	}
	computed = c.rescore(exact, c.keys[:first]) + c.rescore(exact, c.keys[first:])
	for _, ord := range c.near.NaN() {
		c.top.Offer(exact.One(ord-c.base), ord)
	}
	return computed
}

// rescore offers the exact distances of keys, but for those that top's bound rules out by the time they come.
func (c *codeCandidates) rescore(exact *distance.Scorer, keys []distance.Key) (computed int) {
	var ids [distance.BatchMax]uint32
	var dist [distance.BatchMax]float32
	for len(keys) > 0 {
		limit := c.codes.UpperBound(c.top.Worst())
		n := 0
		for n < len(ids) && len(keys) > 0 {
			if !(keys[0].Dist() > limit) {
				ids[n] = keys[0].Ord()
				n++
			}
			keys = keys[1:]
		}
		exact.Gather(ids[:n], dist[:])
		for i, id := range ids[:n] {
			c.top.Offer(dist[i], c.base+id)
		}
		computed += n
	}
	return computed
}
