package distance

import "math"

// Slab is rows of dim float32, one after another, and nothing between them. The data is borrowed, often
// from a mapped file, and never written.
type Slab struct {
	Data []float32
	Dim  int
}

// Len is the number of whole rows.
func (s Slab) Len() int {
	if s.Dim <= 0 {
		return 0
	}
	return len(s.Data) / s.Dim
}

// Row is the vector at an ordinal. It panics past Len.
func (s Slab) Row(ord uint32) []float32 {
	at := int(ord) * s.Dim
	return s.Data[at : at+s.Dim : at+s.Dim]
}

// Slice is rows [from, to) as a slab.
func (s Slab) Slice(from, to int) Slab {
	return Slab{Data: s.Data[from*s.Dim : to*s.Dim : to*s.Dim], Dim: s.Dim}
}

// Norm is the Euclidean norm of v, accumulated in float64.
func Norm(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}
