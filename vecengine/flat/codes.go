package flat

import (
	"context"
	"math"
	"slices"

	"vecgres/vecengine/distance"
	"vecgres/vecengine/quant"
)

// ScanCodes is Scan over int8 codes, with float32 distances for every row that the codes leave in doubt: a
// row is dropped only when its lower bound is above the upper bound of the k-th, and the bounds hold for every row
// (quant.Scorer.MakeCertain), so the answer is exact. The hits offered to top have exact distances. codes and
// exact must be bound to the same query and rows.
func ScanCodes(ctx context.Context, codes *quant.Scorer, exact *distance.Scorer, first, n int, f Filter, top *TopK) (computed int, err error) {
	if top.K() == 0 {
		return 0, nil
	}
	codes.MakeCertain(exact.Query())
	c := newCodeCandidates(codes, f.Base, top)
	var dist [block]float32
	var ids [block]uint32
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
		dense := next-at <= block && len(want) >= denseBlock
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

// finish computes exact distances in ascending order of approximate ones, until no later one can matter.
func (c *codeCandidates) finish(exact *distance.Scorer) (computed int) {
	top, base := c.top, c.base
	c.thin()
	slices.Sort(c.keys)
	var ids [distance.BatchMax]uint32
	var dist [distance.BatchMax]float32
	for len(c.keys) > 0 && !(c.codes.LowerBound(c.keys[0].Dist()) > top.Worst()) {
		n := min(len(c.keys), distance.BatchMax)
		for i, key := range c.keys[:n] {
			ids[i] = key.Ord()
		}
		exact.Gather(ids[:n], dist[:])
		for i, id := range ids[:n] {
			top.Offer(dist[i], base+id)
		}
		computed += n
		c.keys = c.keys[n:]
	}
	for _, ord := range c.near.NaN() {
		top.Offer(exact.One(ord-c.base), ord)
	}
	return computed
}
