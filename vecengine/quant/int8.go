package quant

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"sync"
	"unsafe"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/vfs"
)

// ErrMetric is returned for a metric that has no codes.
var ErrMetric = errors.New("quant: metric has no codes")

// int8DimMax keeps Σ query·code within int32: 128 · 255 · 65,000 < 1<<31.
const int8DimMax = 65000

// termBytes is the room behind a row's codes for its float32 term.
const termBytes = 4

// Codes are the int8 codes of a segment's vectors. Immutable; safe for concurrent readers.
type Codes struct {
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

// Build makes codes of a kind, neither Auto nor None, of all vectors, on up to workers goroutines. Rows in skip (NULLs; may be nil) have
// no distance. Errors: ErrMetric, or ctx's.
func Build(ctx context.Context, k Kind, m distance.Metric, vectors distance.Slab, skip *bitmap.Flat, workers int) (*Codes, error) {
	if k != Int8 || !k.Supports(m, vectors.Element, vectors.Dim) {
		return nil, ErrMetric
	}
	c := &Codes{metric: m, dim: vectors.Dim, n: vectors.Len()}
	sample := sampleRows(m, vectors, skip, trainRows)
	c.train(sample)
	if m == distance.InnerProduct {
		c.offDot = distance.Dot(c.offset, c.offset)
	}
	stride := Stride(c.dim)
	c.setSlab(alignedBytes(c.n*stride), stride)
	if err := c.encodeAll(ctx, vectors, skip, max(workers, 1)); err != nil {
		return nil, err
	}
	c.measureBound(sample)
	return c, nil
}

func (c *Codes) setSlab(data []byte, stride int) {
	c.slab = distance.CodeSlab{Data: data, Stride: stride}
	c.ones = make([]int8, stride)
	for j := range c.dim {
		c.ones[j] = 1
	}
}

// alignedBytes is n zero bytes starting on a cache line.
func alignedBytes(n int) []byte {
	const line = 64
	b := make([]byte, n+line)
	at := int(-addressOf(b) & (line - 1))
	return b[at : at+n : at+n]
}

func (c *Codes) encodeAll(ctx context.Context, vectors distance.Slab, skip *bitmap.Flat, workers int) error {
	const chunk = 1024
	var wg sync.WaitGroup
	var mu sync.Mutex
	var fault error
	next := make(chan int)
	losses := make([]float32, c.n)
	encode := func() error {
		unit, buf := make([]float32, c.dim), make([]float32, c.dim)
		var longest float32
		for from := range next {
			for i := from; i < min(from+chunk, c.n); i++ {
				row := vectors.Floats(uint32(i), buf)
				lost, length := c.encodeRow(i, row, skip != nil && skip.Contains(uint32(i)), unit)
				losses[i], longest = lost, max(longest, length)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		c.normMax = max(c.normMax, longest)
		return nil
	}
	for range min(workers, c.n/chunk+1) {
		wg.Go(func() {
			if err := vfs.GuardFault("mapped vectors", nil, encode); err != nil {
				mu.Lock()
				fault = err
				mu.Unlock()
				for range next { // whoever sends must not wait for ever
				}
			}
		})
	}
	var err error
	for from := 0; from < c.n && err == nil; from += chunk {
		select {
		case next <- from:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	close(next)
	wg.Wait()
	if err = cmp.Or(err, fault); err == nil {
		c.setStrays(losses)
	}
	return err
}

// encodeRow writes the codes and the term of one row, and tells the length of what coding lost and of the coded vector.
func (c *Codes) encodeRow(i int, v []float32, skipped bool, unit []float32) (lost, length float32) {
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
func (c *Codes) lost(row []byte, v []float32) (lost, length float32) {
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
func (c *Codes) encodeInto(row []byte, v []float32) float32 {
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

// prepared is the vector that is coded for v: v itself, or scaled to length one in unit for Cosine.
// It is nil when v has no distance to anything.
func prepared(m distance.Metric, v, unit []float32) []float32 {
	norm := math.Sqrt(float64(distance.Dot(v, v)))
	if !(norm > 1e-15 && norm < 1e18) { // out of float32's reach when squared
		norm = distance.Norm(v)
	}
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return nil
	}
	if m != distance.Cosine {
		return v
	}
	if norm == 0 {
		return nil
	}
	inv := 1 / norm
	if math.Abs(inv) < math.MaxFloat32 {
		short := float32(inv)
		for j, x := range v {
			unit[j] = x * short
		}
		return unit
	}
	for j, x := range v {
		unit[j] = float32(float64(x) * inv)
	}
	return unit
}

// Len is the number of rows.
func (c *Codes) Len() int { return c.n }

// Dim is the dimension of the vectors.
func (c *Codes) Dim() int { return c.dim }

// Metric is the metric that the codes were made for.
func (c *Codes) Metric() distance.Metric { return c.metric }

// Bytes is the size of the code rows.
func (c *Codes) Bytes() int { return len(c.slab.Data) }

// Scale is the width of one code step, and Lossless tells that training saw no rounding at all.
func (c *Codes) Scale() float32 { return c.scale }

// Lossless tells that no sampled distance differed: the walk's own distances are exact but for rounding.
func (c *Codes) Lossless() bool { return c.bound == 0 }
