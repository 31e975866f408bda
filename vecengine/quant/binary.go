package quant

import (
	"context"
	"encoding/binary"
	"math"
	"math/bits"
	"sync"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
)

// binaryCodes are the signs of what a vector differs by from the mean of all, after a rotation that spreads it evenly over the coordinates.
// With r = P(v - c) and s its signs, f·s is the multiple of s whose product with r is |r|², f = |r|²/Σ|r|; then for a query turned likewise to
// q, f·(s·q) estimates r·q without bias over rotations, and off by about 0.75·|r|·|q|/√dim.
// Source: Gao & Long, RaBitQ, SIGMOD 2024 (arXiv:2405.12497), section 3; the query's four bits a coordinate are rounded, not drawn.
//
// Measured, share of the ten nearest that are among the hundred nearest by code: Hamming distance of signs about the mean 0.57 (word
// vectors of 100 dimensions) and 0.93 (images of 784), about the median 0.61 and 0.88; the estimate without rotation 0.86 and 0.99, with
// it 0.91 and 1.
//
// A row of codes is the signs, bit j of them in bit j%8 of byte j/8, 1 where the sign bit is clear, zeros, and in the last 16 bytes four float32: f; a term of its own, |r|² or
// v·c for inner products, NaN for a row without a distance; the number of ones; zero.
type binaryCodes struct {
	metric distance.Metric
	dim, n int
	turn   *rotation
	centre []float32 // c, dim values
	square float32   // |c|², InnerProduct only
	bound  float32   // largest error of a distance seen, for a query of length one behind the rotation
	// Of all rows: the longest r - f·s, and the longest f·s.
	rowError, normMax float32
	rows              distance.CodeSlab
	zeros             []float32 // width of them
}

// binaryTerms is the room behind a row's signs.
const binaryTerms = 16

func binaryStride(dim int) int {
	return (widthOf(dim)/8 + binaryTerms + distance.CodeAlign - 1) / distance.CodeAlign * distance.CodeAlign
}

// buildBinary finds the mean and codes all vectors; see Build.
func buildBinary(ctx context.Context, m distance.Metric, vectors *distance.Slab, skip *bitmap.Flat, workers int) (*binaryCodes, error) {
	sample := sampleRows(m, vectors, skip, trainRows)
	c := newBinaryCodes(m, vectors.Dim, vectors.Len(), meanOf(sample, vectors.Dim))
	stride := binaryStride(c.dim)
	c.rows = distance.CodeSlab{Data: alignedBytes(c.n * stride), Stride: stride}
	var mu sync.Mutex
	err := eachChunk(ctx, c.n, workers, func(from, to int) {
		unit, buf, turned := make([]float32, c.dim), make([]float32, c.dim), make([]float32, c.turn.width)
		var worst, longest float32
		for i := from; i < to; i++ {
			var v []float32
			if skip == nil || !skip.Contains(uint32(i)) {
				v = prepared(m, vectors.Floats(uint32(i), buf), unit)
			}
			lost, length := c.encodeRow(i, v, turned)
			worst, longest = max(worst, lost), max(longest, length)
		}
		mu.Lock()
		defer mu.Unlock()
		c.rowError, c.normMax = max(c.rowError, worst), max(c.normMax, longest)
	})
	if err != nil {
		return nil, err
	}
	c.measureBound(sample)
	return c, nil
}

func newBinaryCodes(m distance.Metric, dim, n int, centre []float32) *binaryCodes {
	c := &binaryCodes{metric: m, dim: dim, n: n, turn: newRotation(dim), centre: centre, zeros: make([]float32, widthOf(dim))}
	if m == distance.InnerProduct {
		c.square = distance.Dot(centre, centre)
	}
	return c
}

func meanOf(sample [][]float32, dim int) []float32 {
	mean := make([]float32, dim)
	for j := range mean {
		var sum float64
		for _, v := range sample {
			sum += float64(v[j])
		}
		mean[j] = float32(sum / float64(max(len(sample), 1)))
	}
	return mean
}

// residual writes P(v - c) to turned.
func (c *binaryCodes) residual(v, turned []float32) {
	for j, x := range v {
		turned[j] = x - c.centre[j]
	}
	clear(turned[len(v):])
	c.turn.turn(turned)
}

// encodeRow writes the codes and terms of a row, a nil one's without a distance, and tells the lengths of r - f·s and f·s.
func (c *binaryCodes) encodeRow(i int, v, turned []float32) (lost, length float32) {
	row := c.rows.Data[i*c.rows.Stride : (i+1)*c.rows.Stride]
	clear(row)
	le := binary.LittleEndian
	terms := row[len(row)-binaryTerms:]
	if v == nil {
		le.PutUint32(terms[4:], math.Float32bits(float32(math.NaN())))
		return 0, 0
	}
	c.residual(v, turned)
	squares, absolute := float64(distance.Dot(turned, turned)), float64(distance.Taxicab(turned, c.zeros))
	ones := 0
	for j := 0; j < c.turn.width; j += 64 {
		word := uint64(0)
		for k, x := range turned[j : j+64] {
			word |= uint64(^math.Float32bits(x)>>31) << k
		}
		le.PutUint64(row[j/8:], word)
		ones += bits.OnesCount64(word)
	}
	f, term := 0.0, squares
	if absolute > 0 {
		f = squares / absolute
	}
	if c.metric == distance.InnerProduct {
		term = float64(distance.Dot(v, c.centre))
	}
	le.PutUint32(terms, math.Float32bits(float32(f)))
	le.PutUint32(terms[4:], math.Float32bits(float32(term)))
	le.PutUint32(terms[8:], math.Float32bits(float32(ones)))
	// |r - f·s|² = |r|² - 2f·Σ|r| + f²·width = f²·width - |r|²
	coded := f * f * float64(c.turn.width)
	const up = 1 + 1e-5
	return float32(math.Sqrt(max(coded-squares, 0)) * up), float32(math.Sqrt(coded) * up)
}

// measureBound sets bound from the distances between sampled rows, with a quarter on top, as that of int8 codes.
func (c *binaryCodes) measureBound(sample [][]float32) {
	step := max(len(sample)/boundRows, 1)
	var rows [][]float32
	for i := 0; i < len(sample) && len(rows) < boundRows; i += step {
		rows = append(rows, sample[i])
	}
	coded := *c
	coded.n = len(rows)
	coded.rows.Data = make([]byte, len(rows)*c.rows.Stride)
	turned := make([]float32, c.turn.width)
	for i, v := range rows {
		coded.encodeRow(i, v, turned)
	}
	var s binaryScorer
	approx := make([]float32, len(rows))
	worst := 0.0
	for i := 0; i < len(rows); i += max(len(rows)/boundQuery, 1) {
		s.reset(&coded, rows[i])
		s.contiguous(0, len(rows), approx)
		for j, v := range rows {
			if i != j && s.length > 0 {
				worst = max(worst, math.Abs(float64(approx[j])-distance.Reference(c.metric, rows[i], v))/s.length)
			}
		}
	}
	c.bound = widened(worst)
}
