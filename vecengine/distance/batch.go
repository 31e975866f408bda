package distance

import (
	"fmt"
	"math"
	"unsafe"
)

// BatchMax is the number of rows that one kernel call takes at best speed; longer ones are cut up.
const BatchMax = 32

// Batch writes the distance between query and each named row of slab to out. Rows are dim long.
// It panics if query is not dim long, out is shorter than ids, or an id lies outside the slab.
// For Cosine the query's norm is computed at every call; a Scorer keeps it.
func Batch(m Metric, query, slab []float32, dim int, ids []uint32, out []float32) {
	s := NewScorer(m, Floats(query), Slab{Data: slab, Dim: dim})
	n := uint32(s.slab.Len())
	for _, id := range ids {
		if id >= n {
			panic(fmt.Sprintf("distance: row %d of %d", id, n))
		}
	}
	s.Gather(ids, out)
}

// Contiguous writes the distance between query and rows 0 to n-1 of slab to out.
// It panics if query is not dim long, out is shorter than n, or slab has fewer rows.
func Contiguous(m Metric, query, slab []float32, dim, n int, out []float32) {
	s := NewScorer(m, Floats(query), Slab{Data: slab, Dim: dim})
	s.Contiguous(0, n, out)
}

// Between is the distance of two vectors of any element, of which both have one, in the engine's terms. It panics where a query and a
// slab would not fit.
func Between(m Metric, a, b Vector) float32 {
	if a.Element == Float32 && b.Element == Float32 {
		return Pair(m, a.Floats, b.Floats)
	}
	row := b.AppendRow(nil)
	slab, err := View(b.Element, b.Dim, row, []int64{0, int64(len(row))})
	if err != nil {
		panic(err)
	}
	s := NewScorer(m, a, slab)
	if b.Dim == 0 {
		var out [1]float32
		s.fillEmpty(out[:])
		return out[0]
	}
	return s.One(0)
}

// Pair is the distance of two vectors in the engine's terms (squared L2, negated inner product).
// It panics on different lengths and on a metric of bit strings.
func Pair(m Metric, a, b []float32) float32 {
	switch m {
	case L2:
		return L2Squared(a, b)
	case InnerProduct:
		return -Dot(a, b)
	case Cosine:
		return float32(CosineDistance(a, b))
	case L1:
		return Taxicab(a, b)
	}
	panic("distance: " + m.String() + " is not a metric of float vectors")
}

// L2Squared is the squared Euclidean distance, accumulated in float32.
func L2Squared(a, b []float32) float32 { return one(opL2, a, b) }

// Dot is the inner product, accumulated in float32.
func Dot(a, b []float32) float32 { return one(opDot, a, b) }

// Taxicab is the sum of absolute differences, accumulated in float32.
func Taxicab(a, b []float32) float32 { return one(opL1, a, b) }

// CosineDistance is 1 - cos(a, b), clamped to [0, 2]; NaN if either norm is zero. It is what a Scorer bound to
// a computes for b, before that is rounded to float32.
func CosineDistance(a, b []float32) float64 {
	if len(a) != len(b) {
		panic("distance: vectors of different dimensions")
	}
	if len(a) == 0 {
		return math.NaN()
	}
	var pair [2]float32
	floatContiguous(opDotNorm, unsafe.SliceData(a), unsafe.SliceData(b), len(a), 1, &pair[0])
	return cosine(pair[0], square(a), pair[1])
}

// square is the squared norm of a vector that is not empty, by the kernel that cosines come from: a vector is
// then at exactly 0 from itself.
func square(v []float32) float32 {
	var pair [2]float32
	floatContiguous(opDotNorm, unsafe.SliceData(v), unsafe.SliceData(v), len(v), 1, &pair[0])
	return pair[1]
}

// cosine is the distance from an inner product and the squared norms of query and row. One root of their
// product, not a product of roots: parallel vectors of small integers are then at exactly 0. A zero norm gives
// 0/0 = NaN.
func cosine(dot, querySquare, rowSquare float32) float64 {
	return clampCosine(float64(dot) / math.Sqrt(float64(querySquare)*float64(rowSquare)))
}

func one(op floatOp, a, b []float32) float32 {
	if len(a) != len(b) {
		panic("distance: vectors of different dimensions")
	}
	if len(a) == 0 {
		return 0
	}
	var out float32
	floatContiguous(op, unsafe.SliceData(a), unsafe.SliceData(b), len(a), 1, &out)
	return out
}
