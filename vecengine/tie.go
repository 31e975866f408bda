package vecengine

import (
	"bytes"
	"cmp"
	"math"
	"strings"
	"sync"
)

// Ties of distance are broken by the key bytes of an index where the caller names one, else by row id. A head knows its rows' keys; a
// segment's sidecar only goes from keys to rows, so the way back is made once, when the first tie asks for it.

// keyRanks is the way back: each row's place in key order, and every rankStep-th key.
type keyRanks struct {
	once  sync.Once
	err   error
	ranks []uint32 // by ordinal; noRank: no key
	steps []string
}

const (
	rankStep = 64
	noRank   = math.MaxUint32
)

func (k *segmentKeys) inverse(rows uint32) (*keyRanks, error) {
	r := &k.ranks
	r.once.Do(func() {
		r.ranks = make([]uint32, rows)
		for i := range r.ranks {
			r.ranks[i] = noRank
		}
		c := k.index.Cursor()
		for rank, ok := uint32(0), c.First(); ok; rank, ok = rank+1, c.Next() {
			if rank%rankStep == 0 {
				r.steps = append(r.steps, string(c.Key()))
			}
			p, err := c.Posting()
			if err != nil {
				r.err = err
				return
			}
			for ord := range p.All() {
				r.ranks[ord] = rank
			}
		}
		r.err = c.Err()
	})
	return r, r.err
}

// keyOf finds a row's key, nil when it has none.
func (k *segmentKeys) keyOf(ord, rows uint32) ([]byte, error) {
	r, err := k.inverse(rows)
	if err != nil || r.ranks[ord] == noRank {
		return nil, err
	}
	rank := r.ranks[ord]
	c := k.index.Cursor()
	ok := c.SeekGE([]byte(r.steps[rank/rankStep]))
	for i := rank % rankStep; ok && i > 0; i-- {
		ok = c.Next()
	}
	if !ok {
		return nil, c.Err()
	}
	return bytes.Clone(c.Key()), nil
}

// tieOrder orders rows of equal distance.
type tieOrder struct {
	index IndexID
	err   error // the first failure; the order is meaningless after it
}

func (t *tieOrder) fail(err error) {
	if err != nil && t.err == nil {
		t.err = err
	}
}

// compare orders two rows, of any parts.
func (t *tieOrder) compare(a *partRef, x uint32, b *partRef, y uint32) int {
	if t.index != 0 {
		if c := t.compareKeys(a, x, b, y); c != 0 {
			return c
		}
	}
	p, err := a.rowOf(x)
	t.fail(err)
	q, err := b.rowOf(y)
	t.fail(err)
	return cmp.Compare(p, q)
}

func (t *tieOrder) compareKeys(a *partRef, x uint32, b *partRef, y uint32) int {
	if a == b {
		if s, ok := a.keyIndex(t.index).(*segmentKeys); ok {
			r, err := s.inverse(a.n)
			if err != nil {
				t.fail(err)
				return 0
			}
			return cmp.Compare(r.ranks[x], r.ranks[y])
		}
	}
	p, q := t.key(a, x), t.key(b, y)
	switch {
	case p == nil && q == nil:
		return 0
	case p == nil:
		return 1
	case q == nil:
		return -1
	}
	return strings.Compare(string(p), string(q))
}

func (t *tieOrder) key(r *partRef, ord uint32) []byte {
	switch x := r.keyIndex(t.index).(type) {
	case *segmentKeys:
		key, err := x.keyOf(ord, r.n)
		t.fail(err)
		return key
	case headKeys:
		x.h.mu.RLock()
		defer x.h.mu.RUnlock()
		return x.x.refs[ord]
	}
	return nil
}

// inPart is the order within one part, nil where ordinals are in that order already.
func (t *tieOrder) inPart(r *partRef) func(a, b uint32) int {
	if t.index == 0 && r.seg != nil {
		return nil
	}
	return func(a, b uint32) int { return t.compare(r, a, r, b) }
}
