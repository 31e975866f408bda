package distance

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Vector is one vector of any element: a query, or what a row's bytes stand for. What it holds is borrowed.
type Vector struct {
	Element Element
	Dim     int
	// Floats are the values: of Float32 and Half all Dim of them, of Sparse those at Indices.
	Floats  []float32
	Indices []int32 // Sparse: positions from 0 on, strictly ascending
	Bits    []byte  // Bit: as in a row
}

// Floats is a vector of float32.
func Floats(v []float32) Vector { return Vector{Dim: len(v), Floats: v} }

// HalfFloats is a vector of halves whose values are given as float32; they count as they are.
func HalfFloats(v []float32) Vector { return Vector{Element: Half, Dim: len(v), Floats: v} }

// Decode makes a vector of one row's bytes, which it copies but for bits. Errors wrap ErrElement.
func Decode(e Element, dim int, b []byte) (Vector, error) {
	if err := e.Check(b, dim); err != nil {
		return Vector{}, err
	}
	return decode(e, dim, b), nil
}

func decode(e Element, dim int, b []byte) Vector {
	v := Vector{Element: e, Dim: dim}
	switch e {
	case Float32:
		v.Floats = make([]float32, dim)
		decodeFloats(v.Floats, b)
	case Half:
		v.Floats = make([]float32, dim)
		DecodeHalves(v.Floats, b)
	case Bit:
		v.Bits = b
	case Sparse:
		n := len(b) / 8
		v.Indices, v.Floats = make([]int32, n), make([]float32, n)
		for i := range n {
			v.Indices[i] = int32(binary.LittleEndian.Uint32(b[4*i:]))
		}
		decodeFloats(v.Floats, b[4*n:])
	}
	return v
}

func decodeFloats(dst []float32, b []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
}

// AppendRow appends the vector's bytes as a row. Halves are rounded.
func (v *Vector) AppendRow(dst []byte) []byte {
	switch v.Element {
	case Half:
		return AppendHalves(dst, v.Floats)
	case Bit:
		return append(dst, v.Bits...)
	}
	for _, i := range v.Indices {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(i))
	}
	for _, x := range v.Floats {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(x))
	}
	return dst
}

// Check tells whether the vector's parts fit its element and dimension. Errors wrap ErrElement.
func (v *Vector) Check() error {
	bad := !v.Element.Valid() || v.Dim < 0 || v.Dim > DimMax
	switch v.Element {
	case Bit:
		if !bad {
			return Bit.Check(v.Bits, v.Dim)
		}
	case Sparse:
		bad = bad || len(v.Indices) != len(v.Floats)
		last := int32(-1)
		for _, i := range v.Indices {
			bad = bad || i <= last || int(i) >= v.Dim
			last = i
		}
	default:
		bad = bad || len(v.Floats) != v.Dim
	}
	if bad {
		return fmt.Errorf("%w: %s of %d dimensions with %d values at %d positions", ErrElement, v.Element, v.Dim, len(v.Floats), len(v.Indices))
	}
	return nil
}

// Fits tells whether v can be compared with rows of s by m: of one dimension, and of one element, but that float32 values can be compared
// with halves.
func (v *Vector) Fits(m Metric, s *Slab) bool {
	same := v.Element == s.Element || v.Element == Float32 && s.Element == Half
	return same && v.Dim == s.Dim && m.On(s.Element) && v.Check() == nil
}

// Norm is the Euclidean norm of a vector of numbers, accumulated in float64.
func (v *Vector) Norm() float64 { return Norm(v.Floats) }

// Comparable tells whether v has a distance to others by m: all values finite, and not of length zero under Cosine.
func (v *Vector) Comparable(m Metric) bool {
	return v.Element == Bit || comparable(m, v.Floats)
}

// comparable is Comparable for the values of a vector.
func comparable(m Metric, v []float32) bool {
	norm := Dot(v, v)
	if norm-norm != 0 { // infinite or NaN in float32: look again with more range
		wide := Norm(v)
		if wide-wide != 0 {
			return false
		}
	}
	return m != Cosine || norm > 0 || Norm(v) > 0
}
