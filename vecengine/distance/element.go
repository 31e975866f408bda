package distance

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Element is what a vector is made of. The numbers are part of file formats and never change.
//
// The bytes of one row, little endian, are the form in which the engine passes vectors around:
//
//	Float32  4·dim: the values
//	Half     2·dim: the values in IEEE 754 binary16
//	Bit      8·⌈dim/64⌉: bit i of the string is bit 7-i%8 of byte i/8, as Postgres has it; zeros behind the last
//	Sparse   8·nnz: the positions of the nonzero values, int32 from 0 on, strictly ascending; then those values, float32
type Element uint8

// The elements.
const (
	Float32 Element = 0
	Half    Element = 1
	Bit     Element = 2
	Sparse  Element = 3
)

// ErrElement is wrapped by errors about bytes that are no row of an element.
var ErrElement = errors.New("distance: bad vector bytes")

// DimMax bounds the dimensions of every element: positions in sparse rows are int32.
const DimMax = 1<<31 - 1

// String is the element's name as file dumps print it.
func (e Element) String() string {
	switch e {
	case Float32:
		return "float32"
	case Half:
		return "half"
	case Bit:
		return "bit"
	case Sparse:
		return "sparse"
	}
	return fmt.Sprintf("element(%d)", uint8(e))
}

// Valid tells whether e is one of the elements.
func (e Element) Valid() bool { return e <= Sparse }

// On tells whether m compares vectors of e: the two metrics of sets compare bit strings, the others numbers.
func (m Metric) On(e Element) bool {
	switch {
	case !m.Valid() || !e.Valid():
		return false
	case m == Hamming || m == Jaccard:
		return e == Bit
	}
	return e != Bit
}

// RowBytes is the size of every row of dim dimensions; 0 for Sparse, whose rows differ.
func (e Element) RowBytes(dim int) int {
	switch e {
	case Float32:
		return 4 * dim
	case Half:
		return 2 * dim
	case Bit:
		return bitBytes(dim)
	}
	return 0
}

func bitBytes(dim int) int { return (dim + 63) / 64 * 8 }

// Check tells whether b is one row of dim dimensions. Values need not be finite. Errors wrap ErrElement.
func (e Element) Check(b []byte, dim int) error {
	switch {
	case !e.Valid() || dim < 0 || dim > DimMax:
		return fmt.Errorf("%w: %s of %d dimensions", ErrElement, e, dim)
	case e == Sparse:
		return checkSparse(b, dim)
	case len(b) != e.RowBytes(dim):
		return fmt.Errorf("%w: %d bytes for %s of %d dimensions", ErrElement, len(b), e, dim)
	case e == Bit:
		return checkBits(b, dim)
	}
	return nil
}

// checkBits makes sure that what lies behind the last bit is zero: it would count in every distance.
func checkBits(b []byte, dim int) error {
	for i := dim / 8; i < len(b); i++ {
		over := b[i]
		if i == dim/8 {
			over &= 0xff >> (dim % 8)
		}
		if over != 0 {
			return fmt.Errorf("%w: bits behind the last of %d", ErrElement, dim)
		}
	}
	return nil
}

func checkSparse(b []byte, dim int) error {
	if len(b)%8 != 0 {
		return fmt.Errorf("%w: %d bytes for a sparse row", ErrElement, len(b))
	}
	last := int64(-1)
	for i := 0; i < len(b)/2; i += 4 {
		at := int64(binary.LittleEndian.Uint32(b[i:]))
		if at <= last || at >= int64(dim) {
			return fmt.Errorf("%w: position %d behind %d in %d dimensions", ErrElement, at, last, dim)
		}
		last = at
	}
	return nil
}
