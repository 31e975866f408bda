package vecengine

import (
	"vecgres/vecengine/column"
)

// chunk is a fixed number of rows of a head, column by column, in the layout of package column. Fixed-width data, row ids and begins are
// allocated whole, so a reader of published rows and a writer of later ones touch different memory; bitmaps and growing byte
// buffers are shared between them and guarded by the head's lock.
type chunk struct {
	base   int // ordinal of the first row
	cap, n int
	rowIDs []uint64
	begins []uint64
	cols   []chunkColumn
	// vectors are those of the computed indexes, in the order of the head's shape.
	vectors []chunkColumn
}

// chunkColumn is one column of a chunk, or the vectors of one computed index (headvectors.go).
type chunkColumn struct {
	kind    column.Kind
	dim     int
	width   int
	data    []byte  // fixed width: cap*width; Bool: bits; Bytes: what fits now
	offsets []int64 // Bytes: cap+1
	valid   []byte  // nil until the first NULL
}

func newChunk(a *arena, shape *headShape, base, capacity int) *chunk {
	c := &chunk{base: base, cap: capacity, cols: make([]chunkColumn, len(shape.cols))}
	c.rowIDs = words(a.alloc(8 * capacity))
	c.begins = words(a.alloc(8 * capacity))
	for i, def := range shape.cols {
		col := chunkColumn{kind: def.kind, dim: def.dim, width: def.kind.Width(def.dim)}
		switch def.kind {
		case column.Bytes:
			col.offsets = offsetsOf(a.alloc(8 * (capacity + 1)))
		case column.Bool:
			col.data = a.alloc((capacity + 7) / 8)
		default:
			col.data = a.alloc(capacity * col.width)
		}
		c.cols[i] = col
	}
	for _, k := range shape.keys {
		if k.computed {
			c.vectors = append(c.vectors, newChunkVectors(a, k.headVectorShape, capacity))
		}
	}
	return c
}

func words(b []byte) []uint64 {
	return column.Values[uint64](&column.Column{Data: b})
}

func offsetsOf(b []byte) []int64 {
	return column.Values[int64](&column.Column{Data: b})
}

// appendColumn copies rows of src, listed in sel or from, from+1 …, to rows [at, at+count) of the column.
func (c *chunkColumn) appendColumn(a *arena, capacity int, src *column.Column, sel []uint32, from, at, count int) {
	switch c.kind {
	case column.Bytes:
		c.appendBytes(a, src, sel, from, at, count)
	case column.Bool:
		for i := range count {
			setBit(c.data, at+i, src.BoolAt(pick(sel, from, i)))
		}
	default:
		w := c.width
		if sel == nil {
			copy(c.data[at*w:(at+count)*w], src.Data[from*w:(from+count)*w])
			break
		}
		for i := range count {
			row := int(sel[from+i])
			copy(c.data[(at+i)*w:(at+i+1)*w], src.Data[row*w:])
		}
	}
	c.appendValid(a, capacity, src, sel, from, at, count)
}

func pick(sel []uint32, from, i int) int {
	if sel == nil {
		return from + i
	}
	return int(sel[from+i])
}

func setBit(b []byte, i int, v bool) {
	if v {
		b[i>>3] |= 1 << (i & 7)
	} else {
		b[i>>3] &^= 1 << (i & 7)
	}
}

func (c *chunkColumn) appendValid(a *arena, capacity int, src *column.Column, sel []uint32, from, at, count int) {
	if src.Valid == nil && c.valid == nil {
		return
	}
	for i := range count {
		c.markPresent(a, capacity, at+i, !src.IsNull(pick(sel, from, i)))
	}
}

// markPresent notes whether a row has a value; the bytes of a fixed width that it has not are zeros.
func (c *chunkColumn) markPresent(a *arena, capacity, at int, present bool) {
	if !present && c.valid == nil {
		c.valid = a.alloc((capacity + 7) / 8)
		for j := range c.valid {
			c.valid[j] = 0xff
		}
	}
	if c.valid == nil {
		return
	}
	setBit(c.valid, at, present)
	if !present && c.width > 0 {
		clear(c.data[at*c.width : (at+1)*c.width])
	}
}

func (c *chunkColumn) appendBytes(a *arena, src *column.Column, sel []uint32, from, at, count int) {
	need := int64(0)
	for i := range count {
		row := pick(sel, from, i)
		need += src.Offsets[row+1] - src.Offsets[row]
	}
	end := c.offsets[at]
	c.reserve(a, end, need)
	for i := range count {
		row := pick(sel, from, i)
		end += int64(copy(c.data[end:], src.Data[src.Offsets[row]:src.Offsets[row+1]]))
		c.offsets[at+i+1] = end
	}
}

// reserve makes room for need bytes from end on.
func (c *chunkColumn) reserve(a *arena, end, need int64) {
	if end+need <= int64(len(c.data)) {
		return
	}
	// Readers that took the old buffer keep reading it: it goes with the arena.
	grown := a.alloc(int(max(end+need, 2*int64(len(c.data)), 64)))
	copy(grown, c.data[:end])
	c.data = grown
}

// slice is rows [lo, hi) of the chunk. Bits are copied unless the chunk can no longer change.
func (c *chunkColumn) slice(lo, hi int, frozen bool) column.Column {
	out := column.Column{Kind: c.kind, Dim: c.dim, Len: hi - lo}
	switch c.kind {
	case column.Bytes:
		out.Data = c.data
		out.Offsets = c.offsets[lo : hi+1 : hi+1]
	case column.Bool:
		out.Data = sliceBits(c.data, lo, hi, frozen)
	default:
		out.Data = c.data[lo*c.width : hi*c.width : hi*c.width]
	}
	if c.valid != nil {
		out.Valid = sliceBits(c.valid, lo, hi, frozen)
	}
	return out
}

// sliceBits is bits [lo, hi) starting at bit 0 of the result, which aliases b only where it can and may.
func sliceBits(b []byte, lo, hi int, alias bool) []byte {
	end := (hi + 7) / 8
	if lo&7 == 0 {
		if alias {
			return b[lo/8 : end : end]
		}
		return append([]byte(nil), b[lo/8:end]...)
	}
	out := make([]byte, (hi-lo+7)/8)
	for i := lo; i < hi; i++ {
		if b[i>>3]&(1<<(i&7)) != 0 {
			out[(i-lo)>>3] |= 1 << ((i - lo) & 7)
		}
	}
	return out
}

// sliceColumn is rows [lo, hi) of a column that no longer changes.
func sliceColumn(c *column.Column, lo, hi int) column.Column {
	if lo == 0 && hi == c.Len {
		return *c
	}
	out := column.Column{Kind: c.Kind, Dim: c.Dim, Len: hi - lo}
	switch c.Kind {
	case column.Bytes:
		out.Data, out.Offsets = c.Data, c.Offsets[lo:hi+1:hi+1]
	case column.Bool:
		out.Data = sliceBits(c.Data, lo, hi, true)
	default:
		w := c.Kind.Width(c.Dim)
		out.Data = c.Data[lo*w : hi*w : hi*w]
	}
	if c.Valid != nil {
		out.Valid = sliceBits(c.Valid, lo, hi, true)
	}
	return out
}
