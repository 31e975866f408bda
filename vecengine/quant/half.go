package quant

import (
	"context"
	"math"
	"sync"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
)

// halfCodes are the vectors themselves rounded to binary16, unit vectors for Cosine, all multiplied by a power of two that keeps them within
// its range.
type halfCodes struct {
	metric distance.Metric
	scale  float32 // what vectors were multiplied by
	// What rounding did to the worst of all rows: the length of (vector - coded vector), taxicab for L1; and the longest vector.
	rowError, normMax float32
	slab              distance.Slab
}

// Values of vectors whose largest lies between these are coded as they are; others are brought to halfAim, which leaves as many
// binades below it as there are.
const (
	halfLeast = 1.0 / 1024
	halfMost  = 32768
	halfAim   = 8192
	halfShift = 60 // at most 2 to this power, for its square to be a float32; what needs more has no float32 squares either
)

// halfNaN is the element of a row that has no distance.
const halfNaN = 0x7e00

// buildHalf codes all vectors; see Build.
func buildHalf(ctx context.Context, m distance.Metric, vectors *distance.Slab, skip *bitmap.Flat, workers int) (*halfCodes, error) {
	c := &halfCodes{metric: m, scale: 1}
	n, dim := vectors.Len(), vectors.Dim
	largest, err := largestValue(ctx, m, vectors, skip, workers)
	if err != nil {
		return nil, err
	}
	if largest > 0 && (largest < halfLeast || largest > halfMost) {
		c.scale = float32(math.Exp2(min(max(math.Floor(math.Log2(halfAim/float64(largest))), -halfShift), halfShift)))
	}
	c.slab = distance.Slab{Element: distance.Half, Dim: dim, Bytes: alignedBytes(2 * n * dim)}
	var mu sync.Mutex
	err = eachChunk(ctx, n, workers, func(from, to int) {
		unit, buf, back := make([]float32, dim), make([]float32, dim), make([]float32, dim)
		var worst, longest float32
		for i := from; i < to; i++ {
			var v []float32
			if skip == nil || !skip.Contains(uint32(i)) {
				v = prepared(m, vectors.Floats(uint32(i), buf), unit)
			}
			lost, length := c.encodeRow(uint32(i), v, back)
			worst, longest = max(worst, lost), max(longest, length)
		}
		mu.Lock()
		defer mu.Unlock()
		c.rowError, c.normMax = max(c.rowError, worst), max(c.normMax, longest)
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// largestValue is the largest magnitude of all values that are coded.
func largestValue(ctx context.Context, m distance.Metric, vectors *distance.Slab, skip *bitmap.Flat, workers int) (float32, error) {
	if m == distance.Cosine {
		return 1, nil
	}
	var mu sync.Mutex
	largest := float32(0)
	err := eachChunk(ctx, vectors.Len(), workers, func(from, to int) {
		buf, unit := make([]float32, vectors.Dim), make([]float32, vectors.Dim)
		most := float32(0)
		for i := from; i < to; i++ {
			if skip != nil && skip.Contains(uint32(i)) {
				continue
			}
			for _, x := range prepared(m, vectors.Floats(uint32(i), buf), unit) {
				most = max(most, x, -x)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		largest = max(largest, most)
	})
	return largest, err
}

// encodeRow writes the codes of a row, of NaN for a nil one, and tells the length of what rounding lost and of the vector.
func (c *halfCodes) encodeRow(ord uint32, v, scaled []float32) (lost, length float32) {
	row := c.slab.RowBytes(ord)
	if v == nil {
		for j := range scaled {
			scaled[j] = distance.FromHalf(halfNaN)
		}
		distance.AppendHalves(row[:0], scaled)
		return 0, 0
	}
	for j, x := range v {
		scaled[j] = x * c.scale
	}
	distance.AppendHalves(row[:0], scaled)
	distance.DecodeHalves(scaled, row)
	var difference, taxi float64
	for j, x := range v {
		d := float64(x) - float64(scaled[j])/float64(c.scale)
		difference += d * d
		taxi += math.Abs(d)
	}
	const up = 1 + 1e-6
	if c.metric == distance.L1 {
		return float32(taxi * up), 0
	}
	return float32(math.Sqrt(difference) * up), float32(distance.Norm(v) * up)
}

// halfScorer is Scorer for halves. Bounds hold for every row.
type halfScorer struct {
	codes  *halfCodes
	inner  distance.Scorer
	query  []float32
	factor float32 // from the inner scorer's distances
	bound  float32 // of the coding error; of the root for L2 and Cosine
	// Errors of float32 arithmetic: as they are, and for each unit of distance.
	slack, relative float32
	blind           bool // the query is too far from the rows for their range: nothing is known
}

func (s *halfScorer) reset(c *halfCodes, query []float32) {
	dim := c.slab.Dim
	if len(s.query) < dim {
		s.query = make([]float32, dim)
	}
	scaled := s.query[:dim]
	v := []float32(nil)
	if len(query) == dim {
		v = prepared(c.metric, query, scaled)
	}
	length := 0.0
	if v == nil {
		for j := range scaled {
			scaled[j] = float32(math.NaN())
		}
	} else {
		length = distance.Norm(v)
		for j, x := range v {
			scaled[j] = x * c.scale
		}
	}
	s.bind(c)
	s.inner.Reset(c.inner(), distance.Floats(scaled), c.slab)
	s.bound = c.rowError
	s.setSlack(length)
	s.blind = length*float64(c.scale) > 1e18
}

func (s *halfScorer) resetRow(c *halfCodes, ord uint32) {
	s.bind(c)
	s.inner.ResetRow(c.inner(), &c.slab, ord)
	s.bound, s.blind = 2*c.rowError, false
	s.setSlack(float64(c.normMax))
}

// inner is the metric that halves are compared by: unit vectors have half the squared distance as their cosine's.
func (c *halfCodes) inner() distance.Metric {
	if c.metric == distance.Cosine {
		return distance.L2
	}
	return c.metric
}

func (s *halfScorer) bind(c *halfCodes) {
	s.codes = c
	s.factor = 1 / c.scale
	if c.metric != distance.L1 {
		s.factor /= c.scale
	}
	if c.metric == distance.Cosine {
		s.factor /= 2
	}
}

// setSlack bounds what the float32 sums of both distances are off by, for a query so long.
func (s *halfScorer) setSlack(length float64) {
	c := s.codes
	s.relative = 2 * sumError(c.slab.Dim)
	switch c.metric {
	case distance.InnerProduct:
		s.bound = float32(length * float64(s.bound) * (1 + 1e-5))
		s.slack = s.relative * float32(length) * (c.normMax + c.rowError)
	case distance.Cosine:
		s.bound *= 1 / math.Sqrt2 * (1 + 1e-5)
		s.slack = s.relative
	default:
		s.bound *= 1 + 1e-5
		s.slack = 0
	}
}

func (s *halfScorer) unbind() {
	s.codes = nil
	s.inner.Unbind()
}

func (s *halfScorer) gather(ids []uint32, out []float32) {
	s.inner.Gather(ids, out)
	s.finish(out[:len(ids)])
}

func (s *halfScorer) contiguous(first, n int, out []float32) {
	s.inner.Contiguous(first, n, out)
	s.finish(out[:n])
}

func (s *halfScorer) finish(out []float32) {
	switch {
	case s.blind:
		clear(out) // rows without a distance are told apart when they are scored again
	case s.factor != 1:
		for i := range out {
			out[i] *= s.factor
		}
	}
}

func (s *halfScorer) shifted(approx, sign float32) float32 {
	if s.blind {
		return sign * float32(math.Inf(1))
	}
	slack := sign * (max(approx, -approx)*s.relative + s.slack)
	if s.codes.metric == distance.InnerProduct || s.codes.metric == distance.L1 {
		return approx + sign*s.bound + slack
	}
	root := max(float32(math.Sqrt(float64(max(approx, 0))))+sign*s.bound, 0)
	return root*root + slack
}
