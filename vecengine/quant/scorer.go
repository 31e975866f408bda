package quant

import "vecgres/vecengine/distance"

// Scorer binds a query to Codes. Distances are approximate, in the engine's terms. The zero value needs a
// Reset; a Scorer keeps its buffers between queries and belongs to one goroutine.
type Scorer struct {
	kind   Kind
	int8   int8Scorer
	half   halfScorer
	binary binaryScorer
}

// Reset makes s ready for a query of c.Dim() dimensions, which it does not keep. Float32 and Half have codes; distances from other queries
// are NaN.
func (s *Scorer) Reset(c *Codes, query distance.Vector) {
	s.kind = c.kind
	floats := query.Floats
	if query.Element != distance.Float32 && query.Element != distance.Half {
		floats = nil
	}
	switch c.kind {
	case Int8:
		s.int8.reset(c.int8, floats)
	case Half:
		s.half.reset(c.half, floats)
	case Binary:
		s.binary.reset(c.binary, floats)
	}
}

// ResetRow makes s ready for row ord of c as the query, from its codes alone.
func (s *Scorer) ResetRow(c *Codes, ord uint32) {
	s.kind = c.kind
	switch c.kind {
	case Int8:
		s.int8.resetRow(c.int8, ord)
	case Half:
		s.half.resetRow(c.half, ord)
	case Binary:
		s.binary.resetRow(c.binary, ord)
	}
}

// Unbind lets go of the codes, which may be mapped memory; s needs a Reset before its next use.
func (s *Scorer) Unbind() {
	s.int8.codes, s.binary.codes = nil, nil
	s.half.unbind()
}

// Gather writes the approximate distance of each named row to out[:len(ids)]. Ids must be below Len.
func (s *Scorer) Gather(ids []uint32, out []float32) {
	switch s.kind {
	case Int8:
		s.int8.gather(ids, out)
	case Half:
		s.half.gather(ids, out)
	case Binary:
		s.binary.gather(ids, out)
	}
}

// Contiguous writes the approximate distance of rows first to first+n-1 to out[:n].
func (s *Scorer) Contiguous(first, n int, out []float32) {
	switch s.kind {
	case Int8:
		s.int8.contiguous(first, n, out)
	case Half:
		s.half.contiguous(first, n, out)
	case Binary:
		s.binary.contiguous(first, n, out)
	}
}

// Rows is the number of rows.
func (s *Scorer) Rows() int {
	switch s.kind {
	case Half:
		return s.half.inner.Rows()
	case Binary:
		return s.binary.codes.n
	}
	return s.int8.codes.n
}

// RowBytes is the size of a row of codes.
func (s *Scorer) RowBytes() int {
	switch s.kind {
	case Half:
		return s.half.inner.RowBytes()
	case Binary:
		return s.kind.RowBytes(s.binary.codes.dim)
	}
	return s.int8.codes.slab.Stride
}

// LowerBound is a distance that the exact one is above, but for about one in ten thousand, when the
// codes gave approx. It does not fall as approx grows.
func (s *Scorer) LowerBound(approx float32) float32 { return s.shifted(approx, -1) }

// UpperBound is the counterpart of LowerBound.
func (s *Scorer) UpperBound(approx float32) float32 { return s.shifted(approx, 1) }

// shifted moves a distance by all errors, down or up.
func (s *Scorer) shifted(approx, sign float32) float32 {
	switch s.kind {
	case Half:
		return s.half.shifted(approx, sign)
	case Binary:
		return s.binary.shifted(approx, sign)
	}
	return s.int8.shifted(approx, sign)
}

// MakeCertain widens the bounds until they hold for every row that is no stray, and not just nearly all. query is Reset's.
func (s *Scorer) MakeCertain(query distance.Vector) {
	switch s.kind {
	case Int8:
		s.int8.makeCertain(query.Floats)
	case Binary:
		s.binary.makeCertain()
	}
}
