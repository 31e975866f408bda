package flat

import (
	"math"
	"slices"

	"vecgres/vecengine/distance"
)

// Hit is a found row; one type for scans and walks.
type Hit = distance.Hit

// TopK collects the k nearest of the rows that it is offered. The zero value collects nothing; see Reset.
// One goroutine at a time; its buffers are kept between uses.
type TopK struct {
	k       int
	heap    []distance.Key // max-heap: the worst kept hit is heap[0]
	nan     []uint32       // max-heap by the tie order, at most k
	worst   float32        // offers farther than this are refused without a look
	limit   float32
	bounded bool
	open    bool // the limit itself is refused
	tie     func(a, b uint32) int
}

// NewTopK is a collector of k hits.
func NewTopK(k int) *TopK {
	t := new(TopK)
	t.Reset(k)
	return t
}

// Reset empties t and makes it collect k hits, without bound or tie function.
func (t *TopK) Reset(k int) {
	*t = TopK{k: max(k, 0), heap: t.heap[:0], nan: t.nan[:0], worst: float32(math.Inf(1))}
}

// Within refuses rows farther than limit, and with inclusive false those at the limit too. Call it before the
// first offer.
func (t *TopK) Within(limit float32, inclusive bool) {
	t.limit, t.bounded, t.open = limit, true, !inclusive
	t.worst = limit
	if limit != limit {
		t.worst = float32(math.Inf(-1)) // nothing is within NaN
	}
}

// BreakTies orders rows of equal distance by compare (negative: a first) instead of by ordinal. Call it
// before the first offer.
func (t *TopK) BreakTies(compare func(a, b uint32) int) { t.tie = compare }

// K is the number of hits wanted.
func (t *TopK) K() int { return t.k }

// Len is the number of hits collected.
func (t *TopK) Len() int { return len(t.heap) }

// Worst is a distance above which an offer is refused: the k-th distance once there are k hits, else the
// limit, else +Inf.
func (t *TopK) Worst() float32 { return t.worst }

// Offer shows a row to the collector.
func (t *TopK) Offer(dist float32, ord uint32) {
	if dist > t.worst || t.k == 0 {
		return
	}
	if dist != dist {
		t.offerNaN(ord)
		return
	}
	if t.bounded && (t.open && dist == t.limit || t.limit != t.limit) {
		return
	}
	key := distance.MakeKey(dist, ord)
	if len(t.heap) < t.k {
		t.heap = append(t.heap, key)
		t.up(len(t.heap) - 1)
		if len(t.heap) == t.k {
			t.worst = t.heap[0].Dist()
		}
		return
	}
	if t.after(key, t.heap[0]) {
		return
	}
	t.heap[0] = key
	t.down(0)
	t.worst = t.heap[0].Dist()
}

// after tells whether a sorts after b.
func (t *TopK) after(a, b distance.Key) bool {
	if t.tie == nil || a>>32 != b>>32 {
		return a > b
	}
	if c := t.tie(a.Ord(), b.Ord()); c != 0 {
		return c > 0
	}
	return a > b
}

func (t *TopK) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !t.after(t.heap[i], t.heap[parent]) {
			return
		}
		t.heap[i], t.heap[parent] = t.heap[parent], t.heap[i]
		i = parent
	}
}

func (t *TopK) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(t.heap) {
			return
		}
		if child+1 < len(t.heap) && t.after(t.heap[child+1], t.heap[child]) {
			child++
		}
		if !t.after(t.heap[child], t.heap[i]) {
			return
		}
		t.heap[i], t.heap[child] = t.heap[child], t.heap[i]
		i = child
	}
}

// offerNaN keeps the first k rows without a distance, in tie order. NaN fails `dist > worst`, so every such row
// comes here; a range bound excludes them.
func (t *TopK) offerNaN(ord uint32) {
	if t.bounded {
		return
	}
	at, _ := slices.BinarySearchFunc(t.nan, ord, func(a, b uint32) int {
		if t.after(distance.Key(b), distance.Key(a)) {
			return -1
		}
		return 1
	})
	if at == t.k {
		return
	}
	if len(t.nan) == t.k {
		t.nan = t.nan[:t.k-1]
	}
	t.nan = slices.Insert(t.nan, at, ord)
}

// Hits appends the collected hits in order. The collector keeps them: more may be offered afterwards.
func (t *TopK) Hits(dst []Hit) []Hit {
	from := len(dst)
	for _, key := range t.heap {
		dst = append(dst, key.Hit())
	}
	slices.SortFunc(dst[from:], func(a, b Hit) int {
		if t.after(distance.MakeKey(a.Dist, a.Ord), distance.MakeKey(b.Dist, b.Ord)) {
			return 1
		}
		return -1
	})
	return dst
}

// NaN is up to k rows whose distance is NaN, in tie order; empty under a range bound. It is valid until the
// next Offer or Reset.
func (t *TopK) NaN() []uint32 { return t.nan }
