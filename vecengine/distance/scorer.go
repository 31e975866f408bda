package distance

import (
	"fmt"
	"math"
	"unsafe"
)

// Scorer binds a metric and a query to a slab. It keeps what is computed once a query, and buffers between queries. The zero value needs
// a Reset. One goroutine at a time.
type Scorer struct {
	metric Metric
	op     floatOp // of numbers
	slab   Slab
	rows   int
	query  []float32  // Float32 and Half: the values; with Sparse those at the positions
	square float32    // Cosine on Float32 and Half: squared norm of the query
	bits   bitQuery   // Bit
	sparse *sparseQry // Sparse; kept between queries
	buf    []float32  // the query of ResetRow on Half; kept between queries
}

// NewScorer makes a Scorer. It panics if the query does not fit the metric and the slab (Vector.Fits, but that positions in a sparse
// query are taken on trust): callers check that when they bind a query to an index.
func NewScorer(m Metric, query Vector, slab Slab) Scorer {
	var s Scorer
	s.Reset(m, query, slab)
	return s
}

// Reset makes s ready for another query, slab or both, which it keeps; see NewScorer.
func (s *Scorer) Reset(m Metric, query Vector, slab Slab) {
	if query.Dim != slab.Dim || query.Element != slab.Element && (query.Element != Float32 || slab.Element != Half) {
		panic(fmt.Sprintf("distance: %s query of %d dimensions on %s rows of %d", query.Element, query.Dim, slab.Element, slab.Dim))
	}
	s.bind(m, &slab)
	switch slab.Element {
	case Bit:
		s.bits.set(query.Bits, slab.Element.RowBytes(slab.Dim))
	case Sparse:
		s.setSparse(query.Indices, query.Floats)
	default:
		s.setFloats(query.Floats)
	}
}

// ResetRow makes s ready for row ord of a slab as the query, as a build does for every candidate. It panics past the slab's end and on a
// metric that does not go with its element.
func (s *Scorer) ResetRow(m Metric, slab *Slab, ord uint32) {
	s.bind(m, slab)
	switch slab.Element {
	case Float32:
		s.setFloats(slab.Row(ord))
	case Half:
		s.buf = slab.Floats(ord, s.buf)
		s.setFloats(s.buf)
	case Bit:
		s.bits.set(slab.RowBytes(ord), slab.Element.RowBytes(slab.Dim))
	case Sparse:
		s.setSparse(sparseParts(slab.RowBytes(ord)))
	}
}

func (s *Scorer) bind(m Metric, slab *Slab) {
	if !m.On(slab.Element) {
		panic("distance: " + m.String() + " is not a metric of " + slab.Element.String() + " vectors")
	}
	if s.metric == m && s.rows > 0 && s.slab.same(slab) {
		return
	}
	s.metric, s.slab, s.rows = m, *slab, slab.Len()
	switch m {
	case L2:
		s.op = opL2
	case InnerProduct:
		s.op = opDot
	case Cosine:
		s.op = opDotNorm
	case L1:
		s.op = opL1
	}
}

// same tells that two slabs are the same rows in the same place.
func (s *Slab) same(t *Slab) bool {
	return s.Element == t.Element && s.Dim == t.Dim &&
		unsafe.SliceData(s.Data) == unsafe.SliceData(t.Data) && len(s.Data) == len(t.Data) &&
		unsafe.SliceData(s.Bytes) == unsafe.SliceData(t.Bytes) && len(s.Bytes) == len(t.Bytes) &&
		unsafe.SliceData(s.Offsets) == unsafe.SliceData(t.Offsets) && len(s.Offsets) == len(t.Offsets)
}

func (s *Scorer) setFloats(query []float32) {
	if len(query) != s.slab.Dim {
		panic(fmt.Sprintf("distance: query of %d values on rows of %d", len(query), s.slab.Dim))
	}
	s.query = query
	if s.metric != Cosine || len(query) == 0 {
		return
	}
	if s.slab.Element == Half {
		s.square = halfSquare(query)
	} else {
		s.square = square(query)
	}
}

// Unbind lets go of the query and the slab, which may be mapped memory; s needs a Reset before its next use.
func (s *Scorer) Unbind() {
	if s.sparse != nil {
		s.sparse.unset()
		clear(s.sparse.rows[:])
	}
	s.slab, s.rows, s.query, s.bits = Slab{}, 0, nil, bitQuery{}
}

// Query is the query that s is bound to, borrowed until the next Reset.
func (s *Scorer) Query() Vector {
	v := Vector{Element: s.slab.Element, Dim: s.slab.Dim, Floats: s.query}
	switch s.slab.Element {
	case Bit:
		v.Bits = s.bits.bytes
	case Sparse:
		v.Indices = s.sparse.indices
	}
	return v
}

// Rows is the number of rows in the slab.
func (s *Scorer) Rows() int { return s.rows }

// RowBytes is the size of a row, 0 where rows differ in size.
func (s *Scorer) RowBytes() int { return s.slab.Element.RowBytes(s.slab.Dim) }

// Gather writes the distance of each named row to out[:len(ids)]. Ids must be below Rows: they are not
// checked here, because a walk has checked them already. It panics if out is shorter than ids.
func (s *Scorer) Gather(ids []uint32, out []float32) {
	out = out[:len(ids)]
	if len(ids) == 0 {
		return
	}
	if s.slab.Element != Float32 {
		s.gatherOther(ids, out)
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

func (s *Scorer) gatherOther(ids []uint32, out []float32) {
	for len(ids) > 0 {
		n := min(len(ids), BatchMax)
		switch {
		case s.slab.Element == Sparse:
			s.sparse.gather(s, ids[:n], out[:n])
		case s.slab.Dim == 0:
			s.fillEmpty(out[:n])
		case s.slab.Element == Bit:
			s.gatherBits(ids[:n], out[:n])
		default:
			s.gatherHalves(ids[:n], out[:n])
		}
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
	if s.slab.Element != Float32 {
		s.contiguousOther(first, out)
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

func (s *Scorer) contiguousOther(first int, out []float32) {
	if first < 0 || first+len(out) > s.rows && s.slab.Dim > 0 {
		panic(fmt.Sprintf("distance: rows %d to %d of %d", first, first+len(out), s.rows))
	}
	for len(out) > 0 {
		n := min(len(out), BatchMax)
		switch {
		case s.slab.Element == Sparse:
			s.sparse.contiguous(s, first, out[:n])
		case s.slab.Dim == 0:
			s.fillEmpty(out[:n])
		case s.slab.Element == Bit:
			s.contiguousBits(first, out[:n])
		default:
			s.contiguousHalves(first, out[:n])
		}
		first, out = first+n, out[n:]
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

// fillEmpty is the distance of vectors without dimensions: zero, but NaN where norms are zero, and 1 between empty sets.
func (s *Scorer) fillEmpty(out []float32) {
	d := float32(0)
	switch s.metric {
	case Cosine:
		d = float32(math.NaN())
	case Jaccard:
		d = 1
	}
	for i := range out {
		out[i] = d
	}
}
