// Package column is the engine's columnar value: a typed slice, a validity bitmap and, for
// variable-length values, 64-bit offsets, all in Apache Arrow's memory layout, so that a mapped
// Arrow buffer, a head's chunk and an executor's intermediate result are the same thing.
//
// Invariants:
//   - Valid is nil (every value is present) or holds at least (Len+7)/8 bytes, LSB first, 1 = present;
//   - Bool values are bits in Data, LSB first; fixed-width values are little-endian in Data;
//   - Bytes values lie in Data between Offsets[i] and Offsets[i+1], and Offsets has Len+1 entries;
//   - Vector values are Dim float32 each, value i at Data[i*Dim*4:]; a NULL vector's floats are zero.
//
// A Column is immutable once published; a Builder is for one goroutine.
package column

import "unsafe"

// Kind is how a column's values lie in memory. The engine knows no SQL type, only kinds.
type Kind uint8

// The kinds. Their numbers are part of the file formats and never change.
const (
	Invalid Kind = 0
	Bool    Kind = 1 // one bit
	Int16   Kind = 2
	Int32   Kind = 3
	Int64   Kind = 4
	Float32 Kind = 5
	Float64 Kind = 6
	Fixed16 Kind = 7 // 16 bytes, compared bytewise
	Bytes   Kind = 8 // variable length, compared bytewise
	Vector  Kind = 9 // Dim float32
)

// Width is the bytes of one value in Data: 0 for Bool and Bytes; dim is read for Vector only.
func (k Kind) Width(dim int) int {
	switch k {
	case Int16:
		return 2
	case Int32, Float32:
		return 4
	case Int64, Float64:
		return 8
	case Fixed16:
		return 16
	case Vector:
		return 4 * dim
	}
	return 0
}

func (k Kind) String() string {
	names := [...]string{"invalid", "bool", "int16", "int32", "int64", "float32", "float64", "fixed16", "bytes", "vector"}
	if int(k) < len(names) {
		return names[k]
	}
	return "invalid"
}

// Column is n values of one kind.
type Column struct {
	Kind    Kind
	Dim     int // Vector only
	Len     int
	Valid   []byte  // nil: no NULLs
	Data    []byte  // see the package comment
	Offsets []int64 // Bytes only
}

// Fixed are the Go types of the fixed-width kinds.
type Fixed interface {
	~int16 | ~int32 | ~int64 | ~uint32 | ~uint64 | ~float32 | ~float64 | ~[16]byte
}

// Values views a fixed-width column's Data as a typed slice without copying. T must be as wide as the kind;
// a Vector column viewed as float32 gives Len*Dim values.
func Values[T Fixed](c *Column) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if len(c.Data) < size {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(c.Data))), len(c.Data)/size)
}

// BytesOf views a typed slice as bytes without copying.
func BytesOf[T Fixed](v []T) []byte {
	if len(v) == 0 {
		return nil
	}
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(zero)))
}

// IsNull tells whether value i is NULL.
func (c *Column) IsNull(i int) bool {
	return c.Valid != nil && c.Valid[i>>3]&(1<<(i&7)) == 0
}

// BoolAt is value i of a Bool column (false where NULL is stored).
func (c *Column) BoolAt(i int) bool { return c.Data[i>>3]&(1<<(i&7)) != 0 }

// BytesAt is value i of a Bytes column, aliasing Data.
func (c *Column) BytesAt(i int) []byte { return c.Data[c.Offsets[i]:c.Offsets[i+1]:c.Offsets[i+1]] }

// VectorAt is value i of a Vector column, aliasing Data.
func (c *Column) VectorAt(i int) []float32 {
	all := Values[float32](c)
	return all[i*c.Dim : (i+1)*c.Dim : (i+1)*c.Dim]
}

// Fixed16At is value i of a Fixed16 column.
func (c *Column) Fixed16At(i int) [16]byte { return Values[[16]byte](c)[i] }

// NullCount counts the NULLs.
func (c *Column) NullCount() int {
	n := 0
	if c.Valid != nil {
		for i := 0; i < c.Len; i++ {
			if c.IsNull(i) {
				n++
			}
		}
	}
	return n
}

// Batch is equally long columns. Sel, when not nil, lists the rows that count, ascending; the others must not be looked at.
type Batch struct {
	Cols []Column
	N    int      // rows in the columns
	Sel  []uint32 // nil: all of them
}

// Rows is the number of rows that count.
func (b *Batch) Rows() int {
	if b.Sel != nil {
		return len(b.Sel)
	}
	return b.N
}
