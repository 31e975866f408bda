package vecengine

import (
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/column"
)

// Chunks grow from small to large: most heads never see their second one.
const (
	chunkBytesFirst = 2 << 10 // a tenant has many tables of a few rows
	chunkBytesMax   = 2 << 20
	chunkRowsMax    = 16 << 10
)

// head is an append-only run of rows in memory: a table's newest rows, or a transaction's own. One goroutine appends; any number read
// rows that were published to them (a count they got through a tableVersion or a View), while appends go on.
// Ordinals are dense and in the order of appends. See doc.go for who may truncate it.
type head struct {
	shape *headShape
	// mu guards what appends change under readers: the chunk list, bitmaps, byte buffers, the key trees and the row map. Fixed-width
	// values of published rows are read without it.
	mu     sync.RWMutex
	arena  arena
	chunks []*chunk
	n      int
	keys   []*headIndex
	rows   map[uint64]uint32 // newest ordinal by row id; nil until asked for
	older  map[uint32]uint32 // ordinal to the one before of the same row id
	frozen bool              // no more appends: slices may alias bitmaps
}

// headShape is what a head stores: columns and supplied indexes of the schema that it was made under.
type headShape struct {
	cols     []headColumn
	keys     []headKeyShape
	rowWidth int
}

// headKeyShape is a key index, or a computed vector index.
type headKeyShape struct {
	id IndexID
	headVectorShape
}

type headColumn struct {
	id   ColumnID
	kind column.Kind
	dim  int
}

func shapeOf(s *Schema) *headShape {
	shape := &headShape{rowWidth: 16}
	for _, c := range s.Columns {
		shape.cols = append(shape.cols, headColumn{c.ID, c.Kind, c.Dim})
		if w := c.Kind.Width(c.Dim); w > 0 {
			shape.rowWidth += w
		} else {
			shape.rowWidth += 8
		}
	}
	for _, x := range s.suppliedIndexes() {
		shape.addIndex(x)
	}
	return shape
}

func (s *headShape) addIndex(x *IndexDef) {
	k := headKeyShape{id: x.ID}
	if x.Computed() {
		k.headVectorShape = headVectorShape{true, x.Element, x.Dim}
		s.rowWidth += max(8, k.width())
	}
	s.keys = append(s.keys, k)
}

// supplied are the ids of its indexes.
func (s *headShape) supplied() []IndexID {
	ids := make([]IndexID, len(s.keys))
	for i := range s.keys {
		ids[i] = s.keys[i].id
	}
	return ids
}

// with is the shape with another index at its end.
func (s *headShape) with(x *IndexDef) *headShape {
	out := *s
	out.keys = slices.Clone(s.keys)
	out.addIndex(x)
	return &out
}

// indexes are the ids of the supplied indexes.
func (s *headShape) indexes() []IndexID {
	out := make([]IndexID, len(s.keys))
	for i, k := range s.keys {
		out[i] = k.id
	}
	return out
}

func (s *headShape) equal(o *headShape) bool {
	return slices.Equal(s.cols, o.cols) && slices.Equal(s.keys, o.keys)
}

// newHead makes an empty head; rows is how many are coming, 0 when unknown.
func newHead(shape *headShape, budget *Memory, rows int) *head {
	h := &head{shape: shape, arena: arena{budget: budget}}
	vectors := 0
	for _, k := range shape.keys {
		h.keys = append(h.keys, newHeadIndex(k, vectors))
		if k.computed {
			vectors++
		}
	}
	if rows == 0 {
		rows = max(4, chunkBytesFirst/shape.rowWidth)
	}
	h.addChunk(rows)
	return h
}

func (h *head) addChunk(rows int) *chunk {
	limit := min(chunkRowsMax, max(64, chunkBytesMax/h.shape.rowWidth))
	base := 0
	if n := len(h.chunks); n > 0 {
		last := h.chunks[n-1]
		base = last.base + last.cap
		rows = max(rows, 4*last.cap)
	}
	c := newChunk(&h.arena, h.shape, base, min(max(rows, 1), limit))
	// A new slice each time: readers keep the one they took.
	h.chunks = append(h.chunks[:len(h.chunks):len(h.chunks)], c)
	return c
}

// bytes is the memory held.
func (h *head) bytes() int64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.arena.bytes
}

// headRows are rows to append. Cols and keys are parallel to the head's shape; sel lists the rows of cols that count, nil for all count
// rows. keys[k][i] is the key, or the vector, of the i-th row that counts, nil for none. begin is the begin of all when begins is nil.
type headRows struct {
	cols   []column.Column
	sel    []uint32
	count  int
	keys   [][][]byte
	rowIDs []uint64
	begins []uint64
	begin  Timestamp
}

// append adds rows and gives the ordinal of the first.
func (h *head) append(r headRows) uint32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := h.n
	for done := 0; done < r.count; {
		c := h.chunks[len(h.chunks)-1]
		if c.n == c.cap {
			c = h.addChunk(r.count - done)
		}
		k := min(r.count-done, c.cap-c.n)
		for i := range c.cols {
			c.cols[i].appendColumn(&h.arena, c.cap, &r.cols[i], r.sel, done, c.n, k)
		}
		for x, index := range h.keys {
			if index.tree == nil {
				c.vectors[index.slot].appendVectors(&h.arena, c.cap, r.keys[x][done:done+k], c.n)
			}
		}
		copy(c.rowIDs[c.n:c.n+k], r.rowIDs[done:])
		for i := range k {
			if r.begins != nil {
				c.begins[c.n+i] = r.begins[done+i]
			} else {
				c.begins[c.n+i] = uint64(r.begin)
			}
		}
		c.n += k
		done += k
	}
	for x, index := range h.keys {
		if index.tree == nil {
			continue
		}
		for i := range r.count {
			index.add(&h.arena, r.keys[x][i], uint32(first+i))
		}
	}
	if h.rows != nil {
		for i := range r.count {
			h.noteRow(r.rowIDs[i], uint32(first+i))
		}
	}
	h.n += r.count
	return uint32(first)
}

// truncate takes the rows from n on away. No reader may hold a count above n.
func (h *head) truncate(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, index := range h.keys {
		index.truncate(n)
	}
	h.rows, h.older = nil, nil
	for len(h.chunks) > 1 && h.chunks[len(h.chunks)-1].base >= n {
		h.chunks = h.chunks[: len(h.chunks)-1 : len(h.chunks)-1]
	}
	last := h.chunks[len(h.chunks)-1]
	last.n = n - last.base
	h.n = n
}

// freeze promises that no append will follow.
func (h *head) freeze() {
	h.mu.Lock()
	h.frozen = true
	h.mu.Unlock()
}

// run is consecutive rows that lie in one piece of memory: ordinals [lo, hi).
type run struct {
	lo, hi uint32
	rowIDs []uint64
	begins []uint64
}

func (h *head) chunkOf(ord uint32) *chunk {
	h.mu.RLock()
	chunks := h.chunks
	h.mu.RUnlock()
	lo, hi := 0, len(chunks)
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if chunks[mid].base <= int(ord) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return chunks[lo]
}

func (h *head) run(ord, n uint32) (run, error) {
	c := h.chunkOf(ord)
	lo, hi := c.base, min(c.base+c.cap, int(n))
	return run{uint32(lo), uint32(hi), c.rowIDs[:hi-lo], c.begins[:hi-lo]}, nil
}

func (h *head) column(id ColumnID, lo, hi uint32) (column.Column, bool, error) {
	for i, def := range h.shape.cols {
		if def.id == id {
			c := h.chunkOf(lo)
			h.mu.RLock()
			defer h.mu.RUnlock()
			return c.cols[i].slice(int(lo)-c.base, int(hi)-c.base, h.frozen), true, nil
		}
	}
	return column.Column{}, false, nil
}

func (h *head) keyIndex(id IndexID) keyIndex {
	for _, x := range h.keys {
		if x.id == id && x.tree != nil {
			return headKeys{h, x}
		}
	}
	return nil
}

func (h *head) noteRow(row uint64, ord uint32) {
	if before, ok := h.rows[row]; ok {
		if h.older == nil {
			h.older = map[uint32]uint32{}
		}
		h.older[ord] = before
	}
	h.rows[row] = ord
}

// findRow lists a row's versions below n, newest first.
func (h *head) findRow(row RowID, n uint32, dst []uint32) ([]uint32, error) {
	h.mu.RLock()
	if h.rows == nil {
		h.mu.RUnlock()
		h.mu.Lock()
		if h.rows == nil {
			h.rows = make(map[uint64]uint32, h.n)
			for _, c := range h.chunks {
				for i, id := range c.rowIDs[:c.n] {
					h.noteRow(id, uint32(c.base+i))
				}
			}
		}
		h.mu.Unlock()
		h.mu.RLock()
	}
	defer h.mu.RUnlock()
	ord, ok := h.rows[uint64(row)]
	for ok {
		if ord < n {
			dst = append(dst, ord)
		}
		ord, ok = h.older[ord]
	}
	return dst, nil
}

func (h *head) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.arena.free()
	h.chunks, h.keys, h.rows, h.older = nil, nil, nil, nil
}

// keyBitmap collects the ordinals below n in a range of keys.
func keyBitmap(c keyCursor, n uint32) (*roaring.Bitmap, error) {
	b := roaring.New()
	for c.next() {
		if ord := c.ord(); ord < n {
			b.Add(ord)
		}
	}
	return b, c.err()
}

// addIndex adds an index to a head of one transaction; values are its keys or vectors by ordinal, nil for none.
func (h *head) addIndex(x *IndexDef, values [][]byte, shape *headShape) {
	h.mu.Lock()
	defer h.mu.Unlock()
	values = append(values, make([][]byte, max(0, h.n-len(values)))...)
	k := newHeadIndex(shape.keys[len(shape.keys)-1], len(h.chunks[0].vectors))
	if x.Computed() {
		for _, c := range h.chunks {
			v := newChunkVectors(&h.arena, shape.keys[len(shape.keys)-1].headVectorShape, c.cap)
			v.appendVectors(&h.arena, c.cap, values[c.base:c.base+c.n], 0)
			c.vectors = append(c.vectors, v)
		}
	} else {
		for ord := range h.n {
			k.add(&h.arena, values[ord], uint32(ord))
		}
	}
	h.keys = append(h.keys[:len(h.keys):len(h.keys)], k)
	h.shape = shape
}

// dropIndex takes the newest index away again.
func (h *head) dropIndex(shape *headShape) {
	h.mu.Lock()
	defer h.mu.Unlock()
	last := h.keys[len(h.keys)-1]
	if last.tree == nil {
		for _, c := range h.chunks {
			c.vectors = c.vectors[:last.slot:last.slot]
		}
	}
	h.keys = h.keys[: len(h.keys)-1 : len(h.keys)-1]
	h.shape = shape
}
