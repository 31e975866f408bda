package quant

import (
	"cmp"
	"context"
	"errors"
	"math"
	"sync"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/lowprio"
	"vecgres/vecengine/vfs"
)

// ErrMetric is returned for a metric that has no codes.
var ErrMetric = errors.New("quant: metric has no codes")

// Codes are the codes of a segment's vectors, of one kind. Immutable; safe for concurrent readers.
type Codes struct {
	kind   Kind
	int8   *int8Codes
	half   *halfCodes
	binary *binaryCodes
}

// Build makes codes of a kind, neither Auto nor None, of all vectors, on up to workers goroutines. Rows in skip (NULLs; may be nil) have
// no distance. Errors: ErrMetric, or ctx's.
func Build(ctx context.Context, k Kind, m distance.Metric, vectors distance.Slab, skip *bitmap.Flat, workers int) (*Codes, error) {
	if k == Auto || k == None || !k.Supports(m, vectors.Element, vectors.Dim) {
		return nil, ErrMetric
	}
	c := &Codes{kind: k}
	var err error
	switch k {
	case Int8:
		c.int8, err = buildInt8(ctx, m, &vectors, skip, workers)
	case Half:
		c.half, err = buildHalf(ctx, m, &vectors, skip, workers)
	case Binary:
		c.binary, err = buildBinary(ctx, m, &vectors, skip, workers)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Kind is what the codes are.
func (c *Codes) Kind() Kind { return c.kind }

// shape is what all kinds know.
func (c *Codes) shape() (m distance.Metric, dim, n int) {
	switch c.kind {
	case Half:
		return c.half.metric, c.half.slab.Dim, c.half.slab.Len()
	case Binary:
		return c.binary.metric, c.binary.dim, c.binary.n
	}
	return c.int8.metric, c.int8.dim, c.int8.n
}

// Metric is the metric that the codes were made for.
func (c *Codes) Metric() distance.Metric {
	m, _, _ := c.shape()
	return m
}

// Dim is the dimension of the vectors.
func (c *Codes) Dim() int {
	_, dim, _ := c.shape()
	return dim
}

// Len is the number of rows.
func (c *Codes) Len() int {
	_, _, n := c.shape()
	return n
}

// rows is the memory, or mapped file space, of the code rows.
func (c *Codes) rows() []byte {
	switch c.kind {
	case Half:
		return c.half.slab.Bytes
	case Binary:
		return c.binary.rows.Data
	}
	return c.int8.slab.Data
}

// Bytes is the size of the code rows.
func (c *Codes) Bytes() int { return len(c.rows()) }

// RowBytes is the size of one row of codes.
func (c *Codes) RowBytes() int { return c.kind.RowBytes(c.Dim()) }

// Lossless tells that no sampled distance differed: the walk's own distances are exact but for rounding.
func (c *Codes) Lossless() bool {
	switch c.kind {
	case Int8:
		return c.int8.bound == 0
	case Half:
		return c.half.rowError == 0
	}
	return false
}

// Tight tells whether certain bounds (Scorer.MakeCertain) leave few rows of a scan in doubt. Those of binary codes leave nearly all.
func (c *Codes) Tight() bool { return c.kind != Binary }

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

// alignedBytes is n zero bytes starting on a cache line.
func alignedBytes(n int) []byte {
	const line = 64
	b := make([]byte, n+line)
	at := int(-addressOf(b) & (line - 1))
	return b[at : at+n : at+n]
}

// eachChunk runs fn over [0, n) in pieces on up to workers goroutines, until one fails or ctx ends.
func eachChunk(ctx context.Context, n, workers int, fn func(from, to int)) error {
	const chunk = 1024
	var wg sync.WaitGroup
	var mu sync.Mutex
	var fault error
	next := make(chan int)
	for range min(max(workers, 1), n/chunk+1) {
		wg.Go(func() {
			lowprio.Enter(ctx)
			err := vfs.GuardFault("mapped vectors", nil, func() error {
				for from := range next {
					fn(from, min(from+chunk, n))
				}
				return nil
			})
			if err != nil {
				mu.Lock()
				fault = err
				mu.Unlock()
				for range next { // whoever sends must not wait for ever
				}
			}
		})
	}
	var err error
	for from := 0; from < n && err == nil; from += chunk {
		select {
		case next <- from:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	close(next)
	wg.Wait()
	return cmp.Or(err, fault)
}
