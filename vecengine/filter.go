package vecengine

import (
	"container/list"
	"math/bits"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/bitmap"
)

// The rows of a part that pass a filter are found condition by condition: through the key index that the caller named, where the index
// counts few enough rows, else by a typed loop over the column. Results of immutable segments are kept, because a tenant's queries
// repeat their filters.

// indexShare is the share of a part below which a condition's rows are read from its key index: making a bitmap costs per row
// in it, a column loop per row of the part.
const indexShare = 8

// filterPart gives the rows below r.n that pass all conditions, ended ones included; nil means all.
func (e *Engine) filterPart(r *partRef, conds []condition) (*bitmap.Flat, error) {
	var out *bitmap.Flat
	for i := range conds {
		f, err := e.conditionRows(r, &conds[i], out)
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = f
		} else {
			out = out.Clone().And(f)
		}
		if out.Count() == 0 {
			break
		}
	}
	return out, nil
}

// conditionRows gives the rows that pass one condition; of rows outside within it need not tell the truth.
func (e *Engine) conditionRows(r *partRef, c *condition, within *bitmap.Flat) (*bitmap.Flat, error) {
	key := ""
	if r.seg != nil {
		key = c.fingerprint(r.id)
		if f := e.filters.get(key); f != nil {
			return f, nil
		}
	}
	f, ok, err := indexRows(r, c)
	if err != nil {
		return nil, err
	}
	if !ok {
		// A loop that skips what an earlier condition ruled out gives an answer of no use to others.
		if within != nil && within.Count() < int(r.n)/4 {
			return columnRows(r, c, within)
		}
		if f, err = columnRows(r, c, nil); err != nil {
			return nil, err
		}
	}
	if key != "" {
		e.filters.put(key, f)
	}
	return f, nil
}

// indexRows uses the condition's key index where the part has it and it is the cheaper way.
func indexRows(r *partRef, c *condition) (*bitmap.Flat, bool, error) {
	if c.index == 0 {
		return nil, false, nil
	}
	x := r.keyIndex(c.index)
	if x == nil {
		return nil, false, nil
	}
	total := uint64(0)
	for _, k := range c.keys {
		n, err := x.count(k, r.n)
		if err != nil {
			return nil, false, err
		}
		total += n
	}
	if total > uint64(r.n)/indexShare {
		return nil, false, nil
	}
	b := roaring.New()
	for _, k := range c.keys {
		one, err := x.bitmap(k, r.n)
		if err != nil {
			return nil, false, err
		}
		b.Or(one)
	}
	return bitmap.FromRoaring(b, r.n), true, nil
}

// columnRows runs a condition over a column.
func columnRows(r *partRef, c *condition, within *bitmap.Flat) (*bitmap.Flat, error) {
	words := make([]uint64, (r.n+63)/64)
	if within != nil {
		copy(words, within.Words())
	} else {
		for i := range words {
			words[i] = ^uint64(0)
		}
	}
	for lo := uint32(0); lo < r.n; {
		u, err := r.run(lo, r.n)
		if err != nil {
			return nil, err
		}
		col, err := r.columnOf(c.def, u.lo, u.hi)
		if err != nil {
			return nil, err
		}
		if u.lo == 0 && u.hi == r.n {
			c.keep(&col, words)
		} else {
			part := cutWords(words, u.lo, u.hi)
			c.keep(&col, part)
			pasteWords(words, u.lo, u.hi, part)
		}
		lo = u.hi
	}
	return bitmap.FromWords(words, r.n), nil
}

// cutWords copies bits [lo, hi) to the front of new words; bits behind them are of no meaning.
func cutWords(words []uint64, lo, hi uint32) []uint64 {
	out := make([]uint64, (hi-lo+63)/64)
	first, shift := int(lo>>6), lo&63
	for i := range out {
		out[i] = words[first+i] >> shift
		if shift != 0 && first+i+1 < len(words) {
			out[i] |= words[first+i+1] << (64 - shift)
		}
	}
	return out
}

// pasteWords clears the bits of [lo, hi) that are clear in part, which starts at lo.
func pasteWords(words []uint64, lo, hi uint32, part []uint64) {
	first, shift := int(lo>>6), lo&63
	for i, w := range part {
		drop := ^w
		if rest := hi - lo - uint32(i)*64; rest < 64 {
			drop &= 1<<rest - 1
		}
		words[first+i] &^= drop << shift
		if shift != 0 && first+i+1 < len(words) {
			words[first+i+1] &^= drop >> (64 - shift)
		}
	}
}

// fingerprint names a condition on a segment.
func (c *condition) fingerprint(id SegmentID) string {
	b := appendUvarints(nil, uint64(id), uint64(c.def.ID), uint64(c.op), uint64(len(c.ranges)))
	for _, r := range c.ranges {
		b = appendUvarints(b, uint64(r.lo), uint64(r.hi))
	}
	for _, p := range c.points {
		b = appendBytes(b, p)
	}
	return string(b)
}

// filterCache keeps the most recently used results, up to a number of bytes. Segments never change, so nothing is ever wrong in it; the
// entries of a segment that is gone age out.
type filterCache struct {
	mu    sync.Mutex
	limit int64
	bytes int64
	order *list.List // of *cachedFilter, most recent first
	byKey map[string]*list.Element
}

type cachedFilter struct {
	key  string
	rows *bitmap.Flat
}

func newFilterCache(limit int64) *filterCache {
	return &filterCache{limit: limit, order: list.New(), byKey: map[string]*list.Element{}}
}

func (c *filterCache) get(key string) *bitmap.Flat {
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.byKey[key]
	if el == nil {
		return nil
	}
	c.order.MoveToFront(el)
	return el.Value.(*cachedFilter).rows
}

func (c *filterCache) put(key string, rows *bitmap.Flat) {
	size := filterBytes(key, rows)
	if size > c.limit/8 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey[key] != nil {
		return
	}
	c.byKey[key] = c.order.PushFront(&cachedFilter{key, rows})
	c.bytes += size
	for c.bytes > c.limit {
		old := c.order.Remove(c.order.Back()).(*cachedFilter)
		delete(c.byKey, old.key)
		c.bytes -= filterBytes(old.key, old.rows)
	}
}

func filterBytes(key string, rows *bitmap.Flat) int64 {
	return int64(len(key)) + int64(rows.Len()/8) + 200
}

// eachBit calls fn with the positions of set bits, lowest first.
func eachBit(w uint64, fn func(i int)) {
	for w != 0 {
		fn(bits.TrailingZeros64(w))
		w &= w - 1
	}
}
