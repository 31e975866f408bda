package vecengine

import (
	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
)

// The vectors of a computed index come with the rows, as keys do, as element bytes: see distance.Element. A chunk of a head keeps them by
// ordinal, in the layout of package column: Kind Bytes where their length varies, else the bytes of all rows one after another under Kind
// Invalid, zeros where a row has none. Either way a vector begins at a multiple of what its kernel reads.

// headVectorShape is what a head knows of a computed index.
type headVectorShape struct {
	computed bool
	element  distance.Element
	dim      int
}

func (s headVectorShape) width() int { return s.element.RowBytes(s.dim) }

func newChunkVectors(a *arena, shape headVectorShape, capacity int) chunkColumn {
	c := chunkColumn{width: shape.width()}
	if c.width == 0 {
		c.kind = column.Bytes
		c.offsets = offsetsOf(a.alloc(8 * (capacity + 1)))
		return c
	}
	c.data = a.alloc(capacity * c.width)
	return c
}

// appendVectors puts vectors, nil for none, to rows [at, at+len(values)).
func (c *chunkColumn) appendVectors(a *arena, capacity int, values [][]byte, at int) {
	for i, v := range values {
		if c.kind == column.Bytes {
			c.appendValue(a, v, at+i)
		} else if v != nil {
			copy(c.data[(at+i)*c.width:(at+i+1)*c.width], v)
		}
		c.markPresent(a, capacity, at+i, v != nil)
	}
}

// appendValue puts one value of variable length.
func (c *chunkColumn) appendValue(a *arena, v []byte, at int) {
	end := c.offsets[at]
	c.reserve(a, end, int64(len(v)))
	c.offsets[at+1] = end + int64(copy(c.data[end:], v))
}

// vectorAt is the vector of a row of the chunk, nil for none. The caller holds the head's lock, or nobody appends.
func (c *chunkColumn) vectorAt(i int) []byte {
	switch {
	case c.valid != nil && c.valid[i>>3]>>(i&7)&1 == 0:
		return nil
	case c.kind == column.Bytes:
		return notNil(c.data[c.offsets[i]:c.offsets[i+1]:c.offsets[i+1]])
	}
	return c.data[i*c.width : (i+1)*c.width : (i+1)*c.width]
}

// vectors gives the vectors of the chunk that ord lies in.
func (h *head) vectors(x *IndexDef, ord, n uint32) (vectorRun, bool, error) {
	c := h.chunkOf(ord)
	u := vectorRun{lo: uint32(c.base), hi: min(uint32(c.base+c.cap), n)}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, k := range h.keys {
		if k.id == x.ID && k.tree == nil {
			col := c.vectors[k.slot].slice(0, int(u.hi-u.lo), h.frozen)
			u.absent = nullRows(col.Valid, u.lo, u.hi)
			var err error
			u.slab, err = distance.View(x.Element, x.Dim, col.Data, col.Offsets)
			return u, true, err
		}
	}
	return u, false, nil
}

// valuesOf lists what the rows of a chunk hold of each index, by index, as headRows has it. Only for a head that nobody appends to.
func (h *head) valuesOf(c *chunk) [][][]byte {
	out := make([][][]byte, len(h.keys))
	for i, x := range h.keys {
		if x.tree != nil {
			out[i] = x.refs[c.base : c.base+c.n]
			continue
		}
		out[i] = make([][]byte, c.n)
		for row := range out[i] {
			out[i][row] = c.vectors[x.slot].vectorAt(row)
		}
	}
	return out
}
