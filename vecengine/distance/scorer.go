package distance

import (
	"fmt"
	"math"
	"unsafe"
)

// Scorer binds a metric and a query to a slab. It keeps the query slice, and what is computed once a
// query. The zero value is unusable; Reset or NewScorer make it ready. One goroutine at a time.
type Scorer struct {
	metric Metric
	op     floatOp
	query  []float32
	slab   Slab
	rows   int
	square float32 // squared norm of the query, Cosine only
	lines  int     // cache lines of a row that Prefetch asks for
}

// NewScorer makes a Scorer. It panics if the metric is none of float vectors or the query is not
// slab.Dim long: callers check both when they bind a query to an index.
func NewScorer(m Metric, query []float32, slab Slab) Scorer {
	var s Scorer
	s.Reset(m, query, slab)
	return s
}

// Query is the query that s is bound to.
func (s *Scorer) Query() []float32 { return s.query }

// Reset makes s ready for another query, slab or both; see NewScorer.
func (s *Scorer) Reset(m Metric, query []float32, slab Slab) {
	if !m.OnFloats() {
		panic("distance: " + m.String() + " is not a metric of float vectors")
	}
	if len(query) != slab.Dim {
		panic(fmt.Sprintf("distance: query of %d dimensions on a slab of %d", len(query), slab.Dim))
	}
	*s = Scorer{metric: m, query: query, slab: slab, rows: slab.Len(), lines: prefetchLines(slab.Dim * 4)}
	switch m {
	case L2:
		s.op = opL2
	case InnerProduct:
		s.op = opDot
	case Cosine:
		s.op = opDotNorm
		if len(query) > 0 {
			s.square = square(query)
		}
	case L1:
		s.op = opL1
	}
}

// Rows is the number of rows in the slab.
func (s *Scorer) Rows() int { return s.rows }

// Gather writes the distance of each named row to out[:len(ids)]. Ids must be below Rows: they are not
// checked here, because a walk has checked them already. It panics if out is shorter than ids.
func (s *Scorer) Gather(ids []uint32, out []float32) {
	out = out[:len(ids)]
	if len(ids) == 0 {
		return
	}
	if s.slab.Dim == 0 {
		s.fillEmpty(out)
		return
	}
	q, base := unsafe.SliceData(s.query), unsafe.SliceData(s.slab.Data)
	if s.op != opDotNorm {
		floatGather(s.op, q, base, s.slab.Dim, unsafe.SliceData(ids), len(ids), unsafe.SliceData(out))
		s.finish(out)
		return
	}
	var pairs [2 * BatchMax]float32
	for len(ids) > 0 {
		n := min(len(ids), BatchMax)
		floatGather(opDotNorm, q, base, s.slab.Dim, unsafe.SliceData(ids), n, &pairs[0])
		s.finishCosine(pairs[:2*n], out[:n])
		ids, out = ids[n:], out[n:]
	}
}

// Contiguous writes the distance of rows first to first+n-1 to out[:n]. It panics if the slab has
// fewer rows or out is shorter.
func (s *Scorer) Contiguous(first, n int, out []float32) {
	out = out[:n]
	if n == 0 {
		return
	}
	if s.slab.Dim == 0 {
		s.fillEmpty(out)
		return
	}
	dim := s.slab.Dim
	data := s.slab.Data[first*dim : (first+n)*dim]
	q := unsafe.SliceData(s.query)
	if s.op != opDotNorm {
		floatContiguous(s.op, q, unsafe.SliceData(data), dim, n, unsafe.SliceData(out))
		s.finish(out)
		return
	}
	var pairs [2 * BatchMax]float32
	for len(out) > 0 {
		n := min(len(out), BatchMax)
		floatContiguous(opDotNorm, q, unsafe.SliceData(data), dim, n, &pairs[0])
		s.finishCosine(pairs[:2*n], out[:n])
		data, out = data[n*dim:], out[n:]
	}
}

// Prefetch asks for the first lines of rows that Gather will want soon; at most BatchMax of them help.
func (s *Scorer) Prefetch(ids []uint32) {
	if len(ids) > 0 && s.slab.Dim > 0 {
		prefetchRows((*byte)(unsafe.Pointer(unsafe.SliceData(s.slab.Data))), s.slab.Dim*4, unsafe.SliceData(ids), len(ids), s.lines)
	}
}

// One is the distance of one row, which must exist.
func (s *Scorer) One(ord uint32) float32 {
	var out [1]float32
	s.Contiguous(int(ord), 1, out[:])
	return out[0]
}

func (s *Scorer) finish(out []float32) {
	if s.metric == InnerProduct {
		for i, d := range out {
			out[i] = -d
		}
	}
}

// finishCosine turns (dot, squared norm) pairs into distances.
func (s *Scorer) finishCosine(pairs, out []float32) {
	for i := range out {
		out[i] = float32(cosine(pairs[2*i], s.square, pairs[2*i+1]))
	}
}

// fillEmpty is the distance of vectors without dimensions: zero, and NaN where norms are zero.
func (s *Scorer) fillEmpty(out []float32) {
	d := float32(0)
	if s.metric == Cosine {
		d = float32(math.NaN())
	}
	for i := range out {
		out[i] = d
	}
}

// prefetchLines is how many lines of a row a prefetch asks for: all of a short row, the start of a long
// one, whose later lines the hardware's stream prefetcher and the kernel itself bring in.
func prefetchLines(rowBytes int) int { return min((rowBytes+63)/64, 4) }
