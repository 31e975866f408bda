package quant

import (
	"math"
	"slices"
	"unsafe"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
)

const (
	trainRows  = 4096 // rows that ranges are taken from
	boundRows  = 256  // rows that the error bound is measured between
	boundQuery = 48   // of which this many serve as queries
)

func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// sampleOrdinals are up to want rows, spread evenly over n.
func sampleOrdinals(n int, skip *bitmap.Flat, want int) []uint32 {
	step := max(n/want, 1)
	var rows []uint32
	for i := 0; i < n && len(rows) < want; i += step {
		// A step with a stride of its own keeps a periodic order of rows from being sampled in phase.
		at := i + int(uint32(i)*2654435761%uint32(step))
		if at < n && (skip == nil || !skip.Contains(uint32(at))) {
			rows = append(rows, uint32(at))
		}
	}
	return rows
}

// sampleRows copies up to want prepared rows, spread evenly over the slab.
func sampleRows(m distance.Metric, vectors *distance.Slab, skip *bitmap.Flat, want int) [][]float32 {
	var rows [][]float32
	for _, at := range sampleOrdinals(vectors.Len(), skip, want) {
		unit, buf := make([]float32, vectors.Dim), make([]float32, vectors.Dim)
		v := prepared(m, vectors.Floats(at, buf), unit)
		if v == nil {
			continue
		}
		copy(unit, v)
		rows = append(rows, unit)
	}
	return rows
}

// train sets offset, scale and rms from a sample. The scale is the one of several that leaves the smallest
// squared error over the sample: the steps 1 and 1/255 around one offset for all dimensions, at which pixel data
// is coded without loss; the full range of the widest dimension around the middle of each; and narrower ones
// that clip outliers.
func (c *int8Codes) train(sample [][]float32) {
	c.offset = make([]float32, c.dim)
	c.scale = 1
	if len(sample) == 0 {
		return
	}
	c.setNorms(sample)
	middle := make([]float32, c.dim)
	half, least, most := float32(0), sample[0][0], sample[0][0]
	for j := range c.dim {
		low, high := sample[0][j], sample[0][j]
		for _, v := range sample {
			low, high = min(low, v[j]), max(high, v[j])
		}
		middle[j] = low/2 + high/2
		half = max(half, high/2-low/2)
		least, most = min(least, low), max(most, high)
	}
	full := half / 127
	if !(full > math.SmallestNonzeroFloat32*1e6) {
		c.scale, c.offset = max(full, 1e-30), middle // all rows equal, or all but denormal
		return
	}
	best := math.Inf(1)
	try := func(scale float32, offset []float32) {
		if e := squaredError(sample, offset, scale, best); e < best {
			best, c.scale, c.offset = e, scale, offset
		}
	}
	for _, grid := range []float32{1, 1.0 / 255} {
		if steps := most/grid - least/grid; steps < 255.5 && steps > 4 {
			// 256 steps reach from -128 to 127.
			one := float32(math.Ceil(float64(most/grid/2+least/grid/2))) * grid
			try(grid, slices.Repeat([]float32{one}, c.dim))
		}
	}
	for _, part := range []float32{1, 0.85, 0.7, 0.55, 0.4, 0.3, 0.2} {
		try(full*part, middle)
	}
}

func (c *int8Codes) setNorms(sample [][]float32) {
	var sum float64
	for _, v := range sample {
		n := distance.Norm(v)
		sum += n * n
	}
	c.rms = float32(math.Sqrt(sum / float64(len(sample))))
}

// squaredError is what coding the sample loses, summed; it stops early once past limit.
func squaredError(sample [][]float32, offset []float32, scale float32, limit float64) float64 {
	codes := make([]int8, len(offset))
	step := max(len(sample)/512, 1)
	var sum float64
	for i := 0; i < len(sample); i += step {
		distance.Encode(sample[i], offset, 1/scale, codes)
		for j, x := range sample[i] {
			d := float64(x - offset[j] - float32(codes[j])*scale)
			sum += d * d
		}
		if sum >= limit {
			return sum
		}
	}
	return sum
}

// measureBound sets bound: the largest error seen between sampled rows, with a quarter on top. Errors of
// rounding are nearly normal, so the largest of 12,000 is about four standard deviations.
func (c *int8Codes) measureBound(sample [][]float32) {
	step := max(len(sample)/boundRows, 1)
	var rows [][]float32
	for i := 0; i < len(sample) && len(rows) < boundRows; i += step {
		rows = append(rows, sample[i])
	}
	stride := c.slab.Stride
	coded := &int8Codes{metric: c.metric, dim: c.dim, n: len(rows), scale: c.scale, rms: c.rms, offset: c.offset, offDot: c.offDot}
	coded.setSlab(make([]byte, len(rows)*stride), stride)
	unit := make([]float32, c.dim)
	for i, v := range rows {
		coded.encodeRow(i, v, false, unit)
	}
	var s int8Scorer
	approx := make([]float32, len(rows))
	worst := float64(0)
	for i := 0; i < len(rows); i += max(len(rows)/boundQuery, 1) {
		s.reset(coded, rows[i])
		s.contiguous(0, len(rows), approx)
		for j, v := range rows {
			if i == j {
				continue
			}
			exact := distance.Reference(c.metric, rows[i], v)
			worst = max(worst, errorOf(c.metric, float64(approx[j]), exact, float64(s.rounding)))
		}
	}
	c.bound = widened(worst)
}

// widened is the bound for the worst error seen, none for errors out of range.
func widened(worst float64) float32 {
	if worst != worst {
		return float32(math.Inf(1))
	}
	return float32(worst * 1.25)
}

// errorOf is the error of an approximate distance in the form that does not grow with the distance: of the
// root for L2 and Cosine, of the product itself otherwise. Float rounding counts as none.
func errorOf(m distance.Metric, approx, exact, rounding float64) float64 {
	if math.Abs(approx-exact) <= rounding+1e-6*math.Abs(exact) {
		return 0
	}
	if m == distance.InnerProduct {
		return math.Abs(approx - exact)
	}
	return math.Abs(math.Sqrt(max(approx, 0)) - math.Sqrt(max(exact, 0)))
}
