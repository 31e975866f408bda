package column

import (
	"encoding/binary"
	"math"
)

// Builder appends values of one kind into a growing Column.
type Builder struct {
	kind    Kind
	dim     int
	n       int
	data    []byte
	offsets []int64
	valid   []byte // nil until the first NULL
}

// NewBuilder starts an empty column; dim is read for Vector only; capacity is a hint in rows.
func NewBuilder(kind Kind, dim, capacity int) *Builder {
	b := &Builder{kind: kind, dim: dim}
	switch kind {
	case Bytes:
		b.offsets = append(make([]int64, 0, capacity+1), 0)
	case Bool:
		b.data = make([]byte, 0, (capacity+7)/8)
	default:
		b.data = make([]byte, 0, capacity*kind.Width(dim))
	}
	return b
}

// Len is the number of values appended.
func (b *Builder) Len() int { return b.n }

// Kind is the kind given to NewBuilder.
func (b *Builder) Kind() Kind { return b.kind }

// Reset empties the builder and gives up the memory that an earlier Finish handed out.
func (b *Builder) Reset() {
	*b = *NewBuilder(b.kind, b.dim, 0)
}

func (b *Builder) mark(present bool) {
	if !present && b.valid == nil {
		b.valid = make([]byte, b.n/8+1, b.n/8+64)
		for i := 0; i < b.n; i++ {
			b.valid[i>>3] |= 1 << (i & 7)
		}
	}
	if b.valid != nil {
		if b.n>>3 >= len(b.valid) {
			b.valid = append(b.valid, 0)
		}
		if present {
			b.valid[b.n>>3] |= 1 << (b.n & 7)
		}
	}
	b.n++
}

// AppendNull appends a NULL.
func (b *Builder) AppendNull() {
	switch b.kind {
	case Bytes:
		b.offsets = append(b.offsets, b.offsets[len(b.offsets)-1])
	case Bool:
		if b.n&7 == 0 {
			b.data = append(b.data, 0)
		}
	default:
		b.data = append(b.data, make([]byte, b.kind.Width(b.dim))...)
	}
	b.mark(false)
}

// AppendBool appends to a Bool column.
func (b *Builder) AppendBool(v bool) {
	if b.n&7 == 0 {
		b.data = append(b.data, 0)
	}
	if v {
		b.data[b.n>>3] |= 1 << (b.n & 7)
	}
	b.mark(true)
}

// AppendInt appends to an Int16, Int32 or Int64 column; the caller has checked the range.
func (b *Builder) AppendInt(v int64) {
	switch b.kind {
	case Int16:
		b.data = binary.LittleEndian.AppendUint16(b.data, uint16(v))
	case Int32:
		b.data = binary.LittleEndian.AppendUint32(b.data, uint32(v))
	default:
		b.data = binary.LittleEndian.AppendUint64(b.data, uint64(v))
	}
	b.mark(true)
}

// AppendFloat appends to a Float32 or Float64 column.
func (b *Builder) AppendFloat(v float64) {
	if b.kind == Float32 {
		b.data = binary.LittleEndian.AppendUint32(b.data, math.Float32bits(float32(v)))
	} else {
		b.data = binary.LittleEndian.AppendUint64(b.data, math.Float64bits(v))
	}
	b.mark(true)
}

// AppendFixed16 appends to a Fixed16 column.
func (b *Builder) AppendFixed16(v [16]byte) {
	b.data = append(b.data, v[:]...)
	b.mark(true)
}

// AppendBytes appends a copy of v to a Bytes column.
func (b *Builder) AppendBytes(v []byte) {
	b.data = append(b.data, v...)
	b.offsets = append(b.offsets, int64(len(b.data)))
	b.mark(true)
}

// AppendString is AppendBytes for a string.
func (b *Builder) AppendString(v string) {
	b.data = append(b.data, v...)
	b.offsets = append(b.offsets, int64(len(b.data)))
	b.mark(true)
}

// AppendVector appends to a Vector column; len(v) must be its dim.
func (b *Builder) AppendVector(v []float32) {
	if len(v) != b.dim {
		panic("column: vector of another dimension")
	}
	b.data = append(b.data, BytesOf(v)...)
	b.mark(true)
}

// AppendFrom appends value i of c, which must be of the same kind and dim.
func (b *Builder) AppendFrom(c *Column, i int) {
	if c.IsNull(i) {
		b.AppendNull()
		return
	}
	switch b.kind {
	case Bool:
		b.AppendBool(c.BoolAt(i))
	case Bytes:
		b.AppendBytes(c.BytesAt(i))
	default:
		w := b.kind.Width(b.dim)
		b.data = append(b.data, c.Data[i*w:(i+1)*w]...)
		b.mark(true)
	}
}

// AppendRows appends the rows of c listed in sel, or all of them when sel is nil.
func (b *Builder) AppendRows(c *Column, sel []uint32) {
	if sel == nil {
		for i := 0; i < c.Len; i++ {
			b.AppendFrom(c, i)
		}
		return
	}
	for _, i := range sel {
		b.AppendFrom(c, int(i))
	}
}

// Finish gives the column built so far. The builder must be Reset before it is used again.
func (b *Builder) Finish() Column {
	return Column{Kind: b.kind, Dim: b.dim, Len: b.n, Valid: b.valid, Data: b.data, Offsets: b.offsets}
}
