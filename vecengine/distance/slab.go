package distance

import (
	"fmt"
	"math"
	"unsafe"
)

// Slab is rows of one element, one after another, and nothing between them. What it holds is borrowed, often from a
// mapped file, and never written. The zero Element makes it rows of float32.
type Slab struct {
	Data    []float32 // Float32: Dim values a row
	Dim     int
	Element Element
	Bytes   []byte  // the other elements' rows; see Element
	Offsets []int64 // Sparse: row i is Bytes[Offsets[i]:Offsets[i+1]]; one more than rows
}

// View makes a slab of rows that lie one after another in b, without copying or looking at them. Sparse rows need offsets, one more than
// rows. Errors wrap ErrElement.
func View(e Element, dim int, b []byte, offsets []int64) (Slab, error) {
	s := Slab{Dim: dim, Element: e}
	if !e.Valid() || dim < 0 || dim > DimMax {
		return s, fmt.Errorf("%w: %s of %d dimensions", ErrElement, e, dim)
	}
	if e == Sparse {
		if len(offsets) == 0 || offsets[0] < 0 || offsets[len(offsets)-1] > int64(len(b)) {
			return s, fmt.Errorf("%w: %d offsets of sparse rows in %d bytes", ErrElement, len(offsets), len(b))
		}
		s.Bytes, s.Offsets = b, offsets
		return s, nil
	}
	if row := e.RowBytes(dim); row == 0 && len(b) != 0 || row != 0 && len(b)%row != 0 {
		return s, fmt.Errorf("%w: %d bytes for rows of %d", ErrElement, len(b), row)
	}
	if e == Float32 {
		s.Data = unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
	} else {
		s.Bytes = b
	}
	return s, nil
}

// Len is the number of whole rows.
func (s *Slab) Len() int {
	switch {
	case s.Element == Sparse:
		return max(len(s.Offsets)-1, 0)
	case s.Dim <= 0:
		return 0
	case s.Element == Float32:
		return len(s.Data) / s.Dim
	}
	return len(s.Bytes) / s.Element.RowBytes(s.Dim)
}

// Size is the bytes of all rows, without offsets.
func (s *Slab) Size() int64 {
	switch {
	case s.Element == Float32:
		return 4 * int64(len(s.Data))
	case s.Element == Sparse && len(s.Offsets) > 0:
		return s.Offsets[len(s.Offsets)-1] - s.Offsets[0]
	}
	return int64(len(s.Bytes))
}

// Row is the vector at an ordinal of a slab of float32. It panics past Len.
func (s *Slab) Row(ord uint32) []float32 {
	at := int(ord) * s.Dim
	return s.Data[at : at+s.Dim : at+s.Dim]
}

// RowBytes is the row at an ordinal, as it lies in the slab. It panics past Len.
func (s *Slab) RowBytes(ord uint32) []byte {
	switch s.Element {
	case Float32:
		row := s.Row(ord)
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(row))), 4*len(row))
	case Sparse:
		return s.Bytes[s.Offsets[ord]:s.Offsets[ord+1]:s.Offsets[ord+1]]
	}
	size := s.Element.RowBytes(s.Dim)
	at := int(ord) * size
	return s.Bytes[at : at+size : at+size]
}

// Vector is the row at an ordinal. Float32 and bits are borrowed from the slab, the others copied. It panics past Len.
func (s *Slab) Vector(ord uint32) Vector {
	if s.Element == Float32 {
		return Floats(s.Row(ord))
	}
	return decode(s.Element, s.Dim, s.RowBytes(ord))
}

// Floats is the values of a row: of Float32 the row itself, and buf is left alone; of Half and Sparse copied into buf, which grows if need
// be; of Sparse only those that are there. It panics past Len and on bits.
func (s *Slab) Floats(ord uint32, buf []float32) []float32 {
	if s.Element == Float32 {
		return s.Row(ord)
	}
	row := s.RowBytes(ord)
	n := s.Dim
	switch s.Element {
	case Bit:
		panic("distance: bits are no floats")
	case Sparse:
		n = len(row) / 8
	}
	if cap(buf) < n {
		buf = make([]float32, n)
	}
	buf = buf[:n]
	if s.Element == Half {
		DecodeHalves(buf, row)
	} else {
		decodeFloats(buf, row[4*n:])
	}
	return buf
}

// Comparable is Vector.Comparable of a row; buf is scratch space for Floats, and what it has become.
func (s *Slab) Comparable(m Metric, ord uint32, buf []float32) (bool, []float32) {
	if s.Element == Bit {
		return true, buf
	}
	buf = s.Floats(ord, buf)
	return comparable(m, buf), buf
}

// Slice is rows [from, to) as a slab.
func (s *Slab) Slice(from, to int) Slab {
	out := *s
	switch s.Element {
	case Float32:
		out.Data = s.Data[from*s.Dim : to*s.Dim : to*s.Dim]
	case Sparse:
		out.Offsets = s.Offsets[from : to+1 : to+1]
	default:
		size := s.Element.RowBytes(s.Dim)
		out.Bytes = s.Bytes[from*size : to*size : to*size]
	}
	return out
}

// Check looks at every row; see Element.Check. Kernels take rows on trust.
func (s *Slab) Check() error {
	for i := range s.Len() {
		if s.Element == Sparse && (s.Offsets[i] < 0 || s.Offsets[i] > s.Offsets[i+1] || s.Offsets[i+1] > int64(len(s.Bytes))) {
			return fmt.Errorf("%w: row %d lies from %d to %d of %d", ErrElement, i, s.Offsets[i], s.Offsets[i+1], len(s.Bytes))
		}
		if err := s.Element.Check(s.RowBytes(uint32(i)), s.Dim); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}

// SlabBuilder collects rows. The zero value is unusable; see NewSlabBuilder.
type SlabBuilder struct {
	element Element
	dim     int
	bytes   []byte
	offsets []int64
}

// NewSlabBuilder makes room for so many rows of an element; of Sparse, for bytes in all.
func NewSlabBuilder(e Element, dim, rows, bytes int) *SlabBuilder {
	b := &SlabBuilder{element: e, dim: dim}
	if e == Sparse {
		b.offsets = append(make([]int64, 0, rows+1), 0)
	} else {
		bytes = rows * e.RowBytes(dim)
	}
	b.bytes = make([]byte, 0, bytes)
	return b
}

// Append checks a row's bytes and adds it. Errors wrap ErrElement.
func (b *SlabBuilder) Append(row []byte) error {
	if err := b.element.Check(row, b.dim); err != nil {
		return err
	}
	b.bytes = append(b.bytes, row...)
	if b.element == Sparse {
		b.offsets = append(b.offsets, int64(len(b.bytes)))
	}
	return nil
}

// AppendNull adds a row of zeros, which stands in the place of no vector.
func (b *SlabBuilder) AppendNull() {
	b.bytes = append(b.bytes, make([]byte, b.element.RowBytes(b.dim))...)
	if b.element == Sparse {
		b.offsets = append(b.offsets, int64(len(b.bytes)))
	}
}

// Bytes and Offsets are what View makes the slab of; offsets are nil but for Sparse.
func (b *SlabBuilder) Bytes() (rows []byte, offsets []int64) { return b.bytes, b.offsets }

// Slab is the rows appended so far, borrowed.
func (b *SlabBuilder) Slab() Slab {
	s, err := View(b.element, b.dim, b.bytes, b.offsets)
	if err != nil {
		panic(err) // every row was checked
	}
	return s
}

// Norm is the Euclidean norm of v, accumulated in float64.
func Norm(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}
