package quant

import (
	"encoding/binary"
	"math"
	"unsafe"

	"vecgres/vecengine/distance"
)

// int8Scorer is Scorer for int8 codes.
type int8Scorer struct {
	codes *int8Codes
	query []int8 // one stride, zero behind dim
	row   []byte // the same as unsigned codes
	unit  []float32
	dots  [distance.BatchMax]int32

	// distance = base + termFactor·term + dotFactor·(dot - shift)
	base, termFactor, dotFactor float32
	shift                       int32
	scale                       float64 // of the query's codes
	bound                       float32 // error of coding, see LowerBound
	rounding, relative          float32 // error of float32 arithmetic: as it is, and for each unit of distance
}

func (s *int8Scorer) reset(c *int8Codes, query []float32) {
	s.bind(c)
	if len(s.unit) < c.dim {
		s.unit = make([]float32, c.dim)
	}
	if len(query) != c.dim {
		s.setNaN()
		return
	}
	v := prepared(c.metric, query, s.unit[:c.dim])
	if v == nil {
		s.setNaN()
		return
	}
	// The rows' scale, or a wider one when the query reaches outside the rows' range; L2 gains from one scale
	// on both sides, because errors then cancel for near rows.
	scale := c.scale
	low, high := distance.Encode(v, c.offset, 1/scale, s.query[:c.dim])
	if far := max(high/127, low/-128); far > 1.0001 {
		scale *= far
		distance.Encode(v, c.offset, 1/scale, s.query[:c.dim])
	}
	s.bound = c.bound * (scale / c.scale)
	offDot := 0.0
	if c.metric == distance.InnerProduct {
		s.bound *= max(1, float32(math.Sqrt(float64(distance.Dot(query, query))))/max(c.rms, 1e-30))
		for j, q := range s.query[:c.dim] {
			offDot += float64(q) * float64(c.offset[j])
		}
	}
	copy(s.row, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s.query))), len(s.query)))
	flipSigns(s.row, s.row[:c.dim])
	s.setSums(s.row, float64(scale), offDot*float64(scale))
}

func (s *int8Scorer) resetRow(c *int8Codes, ord uint32) {
	s.bind(c)
	row := c.slab.Data[int(ord)*c.slab.Stride : (int(ord)+1)*c.slab.Stride]
	flipSigns(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s.query))), len(s.query)), row[:c.dim])
	s.bound = c.bound
	s.setSums(row, float64(c.scale), float64(c.term(row)))
}

// flipSigns turns unsigned codes into signed ones and back, words at a time: a build does this for every
// candidate neighbour.
func flipSigns(dst, src []byte) {
	whole := len(src) &^ 7
	for j := 0; j < whole; j += 8 {
		binary.LittleEndian.PutUint64(dst[j:], binary.LittleEndian.Uint64(src[j:])^0x8080808080808080)
	}
	for j := whole; j < len(src); j++ {
		dst[j] = src[j] ^ 0x80
	}
}

// setSums finds Σx and Σx² of the query by kernel, from its unsigned codes: Σ(x+128) = Σx + 128·dim and
// Σx·(x+128) = Σx² + 128·Σx.
func (s *int8Scorer) setSums(unsigned []byte, scale, offDot float64) {
	one := distance.CodeSlab{Data: unsigned, Stride: s.codes.slab.Stride}
	var dot [1]int32
	one.CodeDotsContiguous(s.codes.ones, 0, 1, dot[:])
	sum := int64(dot[0]) - 128*int64(s.codes.dim)
	one.CodeDotsContiguous(s.query, 0, 1, dot[:])
	s.setFactors(scale, sum, int64(dot[0])-128*sum, offDot)
}

func (c *int8Codes) term(row []byte) float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(row[c.slab.Stride-termBytes:]))
}

func (s *int8Scorer) bind(c *int8Codes) {
	s.codes = c
	if len(s.query) != c.slab.Stride {
		s.query, s.row = make([]int8, c.slab.Stride), make([]byte, c.slab.Stride)
	} else {
		clear(s.query[c.dim:])
	}
	c.slab.Check(s.query)
}

// setFactors fills the linear form. With q = o + a·x, v = o + b·y, and the kernel's dot = Σ x·(y+128):
//
//	L2      |q-v|² = a²Σx² + b²Σy² - 2ab·(dot - 128Σx)
//	Cosine  half of that
//	product -(q·v) = -(|o|² + a·o·x + b·o·y + ab·(dot - 128Σx))
//
// and the row's term is b²Σy², or b·o·y.
func (s *int8Scorer) setFactors(scale float64, sum, squares int64, offDot float64) {
	s.scale = scale
	ab := scale * float64(s.codes.scale)
	s.shift = int32(128 * sum)
	norm := scale * scale * float64(squares)
	switch s.codes.metric {
	case distance.InnerProduct:
		s.base = float32(-(float64(s.codes.offDot) + offDot))
		s.termFactor, s.dotFactor = -1, float32(-ab)
		norm += float64(s.codes.offDot)
	case distance.Cosine:
		s.base = float32(norm / 2)
		s.termFactor, s.dotFactor = 0.5, float32(-ab)
	default:
		s.base = float32(norm)
		s.termFactor, s.dotFactor = 1, float32(-2*ab)
	}
	s.rounding, s.relative = float32(1e-6*norm), 1e-6
}

func (s *int8Scorer) setNaN() {
	clear(s.query)
	s.base, s.bound, s.rounding, s.relative, s.shift = float32(math.NaN()), 0, 0, 0, 0
}

func (s *int8Scorer) gather(ids []uint32, out []float32) {
	out = out[:len(ids)]
	for len(ids) > 0 {
		n := min(len(ids), distance.BatchMax)
		s.codes.slab.CodeDots(s.query, ids[:n], s.dots[:])
		stride := s.codes.slab.Stride
		terms := unsafe.Add(unsafe.Pointer(unsafe.SliceData(s.codes.slab.Data)), stride-termBytes)
		for i, id := range ids[:n] {
			// Little-endian machines only, as everything that maps files is; Open and Build refuse others.
			term := *(*float32)(unsafe.Add(terms, int(id)*stride))
			out[i] = s.base + s.termFactor*term + s.dotFactor*float32(s.dots[i]-s.shift)
		}
		ids, out = ids[n:], out[n:]
	}
}

func (s *int8Scorer) contiguous(first, n int, out []float32) {
	out = out[:n]
	stride := s.codes.slab.Stride
	for len(out) > 0 {
		n := min(len(out), distance.BatchMax)
		s.codes.slab.CodeDotsContiguous(s.query, first, n, s.dots[:])
		at := (first+1)*stride - termBytes
		for i := range out[:n] {
			term := math.Float32frombits(binary.LittleEndian.Uint32(s.codes.slab.Data[at:]))
			out[i] = s.base + s.termFactor*term + s.dotFactor*float32(s.dots[i]-s.shift)
			at += stride
		}
		first, out = first+n, out[n:]
	}
}

// makeCertain widens the bounds by the coding errors of this very query and of the worst row, which a distance cannot differ by more than
// (the triangle inequality; Cauchy and Schwarz's for products).
func (s *int8Scorer) makeCertain(query []float32) {
	c := s.codes
	if len(query) != c.dim {
		return
	}
	v := prepared(c.metric, query, s.unit[:c.dim])
	if v == nil {
		return
	}
	var difference float64
	for j, x := range v {
		d := float64(x) - float64(c.offset[j]) - s.scale*float64(s.query[j])
		difference += d * d
	}
	lost := math.Sqrt(difference)
	// The exact distance is a float32 sum too. Its terms may be far larger than itself but for L2: of vectors that all point nearly the same
	// way, cosine distances are what rounding leaves of them.
	sum := sumError(c.dim)
	s.relative = max(s.relative, sum)
	switch c.metric {
	case distance.InnerProduct:
		norm := distance.Norm(query)
		s.bound = float32(lost*float64(c.normMax) + norm*float64(c.rowError))
		s.rounding += sum * float32(norm) * (c.normMax + c.rowError)
	case distance.Cosine:
		s.bound = float32((lost + float64(c.rowError)) / math.Sqrt2)
		s.rounding += 2 * sum
	default:
		s.bound = float32(lost + float64(c.rowError))
	}
	s.bound *= 1 + 1e-5
}

// sumError is what rounding may make of a float32 sum of dim products, at most and for each unit of the sum of their sizes, by any kernel: the portable
// one adds to four sums in turn, the others to more.
func sumError(dim int) float32 { return float32(dim/4+32) * 0x1p-24 }

// shifted moves a distance by both errors, down or up.
func (s *int8Scorer) shifted(approx, sign float32) float32 {
	slack := sign * (max(approx, -approx)*s.relative + s.rounding)
	if s.codes.metric == distance.InnerProduct {
		return approx + sign*s.bound + slack
	}
	root := max(float32(math.Sqrt(float64(max(approx, 0))))+sign*s.bound, 0)
	return root*root + slack
}
