package vecengine

import (
	"bytes"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/tidwall/btree"
)

// headIndex is a key index of a head: a tree of (key bytes, ordinal), and each row's key in ordinal order. The tree only grows while
// readers look, so one tree serves every published length: entries at or above a reader's length are not there for it.
//
// Of a computed vector index it only says where the chunks have the vectors.
type headIndex struct {
	id   IndexID
	tree *btree.BTreeG[headKey] // nil: a computed vector index
	refs [][]byte               // by ordinal; nil: no key
	slot int                    // of chunk.vectors
}

type headKey struct {
	key []byte
	ord uint32
}

func headKeyLess(a, b headKey) bool {
	if c := bytes.Compare(a.key, b.key); c != 0 {
		return c < 0
	}
	return a.ord < b.ord
}

// newHeadIndex makes an empty index; slot is the place of its vectors in the chunks, if it is a computed one.
func newHeadIndex(k headKeyShape, slot int) *headIndex {
	if k.computed {
		return &headIndex{id: k.id, slot: slot}
	}
	return &headIndex{id: k.id, tree: btree.NewBTreeGOptions(headKeyLess, btree.Options{NoLocks: true})}
}

func (x *headIndex) add(a *arena, key []byte, ord uint32) {
	if key == nil {
		x.refs = append(x.refs, nil)
		return
	}
	key = a.keep(key)
	x.refs = append(x.refs, key)
	x.tree.Set(headKey{key, ord})
}

func (x *headIndex) truncate(n int) {
	if x.tree == nil {
		return
	}
	for ord := n; ord < len(x.refs); ord++ {
		if key := x.refs[ord]; key != nil {
			x.tree.Delete(headKey{key, uint32(ord)})
		}
	}
	x.refs = x.refs[:n:n]
}

// headKeys is a headIndex under its head's lock.
type headKeys struct {
	h *head
	x *headIndex
}

func (k headKeys) lookup(key []byte, n uint32, dst []uint32) ([]uint32, error) {
	k.h.mu.RLock()
	defer k.h.mu.RUnlock()
	k.x.tree.Ascend(headKey{key: key}, func(it headKey) bool {
		if !bytes.Equal(it.key, key) {
			return false
		}
		if it.ord < n {
			dst = append(dst, it.ord)
		}
		return true
	})
	return dst, nil
}

func (k headKeys) bitmap(r KeyRange, n uint32) (*roaring.Bitmap, error) {
	return keyBitmap(k.cursor(r, false), n)
}

func (k headKeys) count(r KeyRange, n uint32) (uint64, error) {
	b, err := k.bitmap(r, n)
	if err != nil {
		return 0, err
	}
	return b.GetCardinality(), nil
}

func (k headKeys) cursor(r KeyRange, reverse bool) keyCursor {
	return &headCursor{k: k, r: r, reverse: reverse}
}

// headCursorBatch is how many entries a cursor takes under one hold of the lock.
const headCursorBatch = 64

// headCursor walks a head's tree in batches, so that a slow reader never holds up the writer.
type headCursor struct {
	k       headKeys
	r       KeyRange
	reverse bool
	started bool
	done    bool
	batch   []headKey
	at      int
}

func (c *headCursor) next() bool {
	c.at++
	if c.started && c.at < len(c.batch) {
		return true
	}
	if c.done {
		return false
	}
	c.fill()
	c.at = 0
	return len(c.batch) > 0
}

func (c *headCursor) fill() {
	var after headKey
	resume := c.started && len(c.batch) > 0
	if resume {
		after = c.batch[len(c.batch)-1]
	}
	c.started = true
	c.batch = c.batch[:0]
	collect := func(it headKey) bool {
		if resume && it.ord == after.ord && bytes.Equal(it.key, after.key) {
			return true
		}
		if c.reverse && beyondHi(&c.r, it.key) || !c.reverse && belowLo(&c.r, it.key) {
			return true
		}
		if c.reverse && belowLo(&c.r, it.key) || !c.reverse && beyondHi(&c.r, it.key) {
			c.done = true
			return false
		}
		c.batch = append(c.batch, it)
		return len(c.batch) < headCursorBatch
	}
	c.k.h.mu.RLock()
	defer c.k.h.mu.RUnlock()
	tree := c.k.x.tree
	switch {
	case c.reverse && resume:
		tree.Descend(after, collect)
	case c.reverse && c.r.Hi == nil:
		tree.Reverse(collect)
	case c.reverse:
		tree.Descend(headKey{c.r.Hi, ^uint32(0)}, collect)
	case resume:
		tree.Ascend(after, collect)
	default:
		tree.Ascend(headKey{key: c.r.Lo}, collect)
	}
	if len(c.batch) < headCursorBatch {
		c.done = true
	}
}

func (c *headCursor) key() []byte { return c.batch[c.at].key }
func (c *headCursor) ord() uint32 { return c.batch[c.at].ord }
func (c *headCursor) err() error  { return nil }

// belowLo tells whether a key lies before the range, beyondHi whether it lies behind.
func belowLo(r *KeyRange, key []byte) bool {
	if r.Lo == nil {
		return false
	}
	c := bytes.Compare(key, r.Lo)
	return c < 0 || c == 0 && !r.LoInc
}

func beyondHi(r *KeyRange, key []byte) bool {
	if r.Hi == nil {
		return false
	}
	c := bytes.Compare(key, r.Hi)
	return c > 0 || c == 0 && !r.HiInc
}

// refs are the keys of the first n rows by ordinal, nil for none.
func (k headKeys) refs(n uint32) [][]byte {
	k.h.mu.RLock()
	defer k.h.mu.RUnlock()
	return k.x.refs[:n]
}
