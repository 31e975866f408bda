package quant

import (
	"context"
	"encoding/binary"
	"math"
	"sync"
	"unsafe"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
)

// dimMax keeps Σ query·code of int8 codes within int32: 128 · 255 · 65,000 < 1<<31. The other kinds have the same limit.
const dimMax = 65000

// termBytes is the room behind a row's codes for its float32 term.
const termBytes = 4

// int8Codes are codes of a byte a dimension.
type int8Codes struct {
	metric distance.Metric
	dim    int
	n      int
	scale  float32
	bound  float32 // see Scorer.LowerBound
	// What coding did to the worst of all rows but strays, for Scorer.MakeCertain: the length of (vector - coded vector); and the longest coded vector.
	rowError, normMax float32
	strays            []uint32
	rms               float32   // root mean square of the vectors' norms, InnerProduct only
	offset            []float32 // dim values
	offDot            float32   // |offset|², InnerProduct only
	slab              distance.CodeSlab
	ones              []int8 // a query of ones
}

// Stride is the bytes of one row of codes: dim bytes, a term of four, padded to whole cache lines.
func Stride(dim int) int {
	return (dim + termBytes + distance.CodeAlign - 1) / distance.CodeAlign * distance.CodeAlign
}

// buildInt8 trains a quantiser on vectors and codes all of them; see Build.
func buildInt8(ctx context.Context, m distance.Metric, vectors *distance.Slab, skip *bitmap.Flat, workers int) (*int8Codes, error) {
	c := &int8Codes{metric: m, dim: vectors.Dim, n: vectors.Len()}
	sample := sampleRows(m, vectors, skip, trainRows)
	c.train(sample)
	if m == distance.InnerProduct {
		c.offDot = distance.Dot(c.offset, c.offset)
	}
	stride := Stride(c.dim)
	c.setSlab(alignedBytes(c.n*stride), stride)
	var mu sync.Mutex
	losses := make([]float32, c.n)
	err := eachChunk(ctx, c.n, workers, func(from, to int) {
		unit, buf := make([]float32, c.dim), make([]float32, c.dim)
		var longest float32
		for i := from; i < to; i++ {
			row := vectors.Floats(uint32(i), buf)
			lost, length := c.encodeRow(i, row, skip != nil && skip.Contains(uint32(i)), unit)
			losses[i], longest = lost, max(longest, length)
		}
		mu.Lock()
		defer mu.Unlock()
		c.normMax = max(c.normMax, longest)
	})
	if err != nil {
		return nil, err
	}
	c.setStrays(losses)
	c.measureBound(sample)
	return c, nil
}

func (c *int8Codes) setSlab(data []byte, stride int) {
	c.slab = distance.CodeSlab{Data: data, Stride: stride}
	c.ones = make([]int8, stride)
	for j := range c.dim {
		c.ones[j] = 1
	}
}

// encodeRow writes the codes and the term of one row, and tells the length of what coding lost and of the coded vector.
func (c *int8Codes) encodeRow(i int, v []float32, skipped bool, unit []float32) (lost, length float32) {
	row := c.slab.Data[i*c.slab.Stride : (i+1)*c.slab.Stride]
	term := float32(math.NaN())
	if !skipped {
		if v = prepared(c.metric, v, unit); v != nil {
			term = c.encodeInto(row, v)
			lost, length = c.lost(row, v)
		}
	}
	binary.LittleEndian.PutUint32(row[c.slab.Stride-termBytes:], math.Float32bits(term))
	return lost, length
}

// lost is the length of (v - its coded vector), and of the coded vector, rounded up.
func (c *int8Codes) lost(row []byte, v []float32) (lost, length float32) {
	var difference, square float64
	for j, x := range v {
		coded := float64(c.offset[j]) + float64(c.scale)*float64(int(row[j])-128)
		d := float64(x) - coded
		difference += d * d
		square += coded * coded
	}
	const up = 1 + 1e-6
	return float32(math.Sqrt(difference) * up), float32(math.Sqrt(square) * up)
}

// encodeInto writes v's codes and returns its term: what a distance needs of the row beside the product.
func (c *int8Codes) encodeInto(row []byte, v []float32) float32 {
	codes := unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(row))), c.dim)
	distance.Encode(v, c.offset, 1/c.scale, codes)
	var squares int64
	var offDot float64
	for j, q := range codes {
		squares += int64(q) * int64(q)
		if c.metric == distance.InnerProduct {
			offDot += float64(q) * float64(c.offset[j])
		}
	}
	flipSigns(row, row[:c.dim])
	if c.metric == distance.InnerProduct {
		return float32(offDot * float64(c.scale))
	}
	return float32(float64(squares) * float64(c.scale) * float64(c.scale))
}
