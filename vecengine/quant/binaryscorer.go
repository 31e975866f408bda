package quant

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unsafe"

	"vecgres/vecengine/distance"
)

// binaryScorer is Scorer for binary codes. The query, turned as the rows are, is coded in four bits a coordinate, lo + step·u, which lie in
// four planes of bits: Σ u·bit is then a sum of four counts.
type binaryScorer struct {
	codes  *binaryCodes
	planes []byte
	turned []float32
	start  []float32 // as wide as turned, all of one value
	coded  []int8
	unit   []float32
	sums   [distance.BatchMax]uint32

	// distance = base + termFactor·term + f·(sumFactor·Σu·bit + onesFactor·ones + shift)
	base, termFactor, sumFactor, onesFactor, shift float32

	length float64 // of the query behind the rotation
	step   float64 // between its codes
	bound  float32
}

// planeBits is how many bits a query's coordinate has, and planeMax the largest it can be.
const (
	planeBits = distance.Planes
	planeMax  = 1<<planeBits - 1
)

func (s *binaryScorer) reset(c *binaryCodes, query []float32) {
	s.bind(c)
	v := []float32(nil)
	if len(query) == c.dim {
		v = prepared(c.metric, query, s.unit[:c.dim])
	}
	if v == nil {
		s.setNaN()
		return
	}
	c.residual(v, s.turned)
	// Encode finds the range, and codes what it is given the range's start of: codes are then 0 to planeMax.
	low, high := distance.Encode(s.turned, c.zeros, 1, s.coded)
	step := (high - low) / planeMax
	inv := float32(0)
	if step > 0 {
		inv = 1 / step
	}
	for j := range s.start {
		s.start[j] = low
	}
	distance.Encode(s.turned, s.start, inv, s.coded)
	sum := s.setPlanes()
	squares := float64(distance.Dot(s.turned, s.turned))
	s.length = math.Sqrt(squares)
	term := squares
	if c.metric == distance.InnerProduct {
		term = float64(distance.Dot(v, c.centre))
	}
	s.setFactors(term, float64(low), float64(step), float64(sum))
	s.bound = c.bound * float32(s.length)
}

// setPlanes spreads the bits of s.coded over the planes and returns the sum of its codes.
func (s *binaryScorer) setPlanes() (sum int) {
	codes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s.coded))), len(s.coded))
	for j := 0; j < len(codes); j += 8 {
		eight := binary.LittleEndian.Uint64(codes[j:])
		for p := range planeBits {
			// The product moves the lowest bit of byte i to bit 56 + i.
			plane := byte(eight >> p & 0x0101010101010101 * 0x0102040810204080 >> 56)
			s.planes[distance.PlaneAt(j/8, p)] = plane
			sum += bits.OnesCount8(plane) << p
		}
	}
	return sum
}

func (s *binaryScorer) resetRow(c *binaryCodes, ord uint32) {
	s.bind(c)
	clear(s.planes)
	row := c.rows.Data[int(ord)*c.rows.Stride : (int(ord)+1)*c.rows.Stride]
	for j := 0; j < c.turn.width/8; j += 8 {
		copy(s.planes[distance.PlaneAt(j, 0):], row[j:j+8])
	}
	f, term, ones := termsOf(row)
	s.length = float64(f) * math.Sqrt(float64(c.turn.width))
	s.setFactors(float64(term), -float64(f), 2*float64(f), float64(ones))
	s.bound = 2 * c.bound * float32(s.length)
}

// termsOf are the terms behind a row's signs.
func termsOf(row []byte) (f, term, ones float32) {
	le := binary.LittleEndian
	at := row[len(row)-binaryTerms:]
	return math.Float32frombits(le.Uint32(at)), math.Float32frombits(le.Uint32(at[4:])), math.Float32frombits(le.Uint32(at[8:]))
}

func (s *binaryScorer) bind(c *binaryCodes) {
	s.codes = c
	if len(s.turned) != c.turn.width || len(s.unit) != c.dim {
		s.turned, s.unit = make([]float32, c.turn.width), make([]float32, c.dim)
		s.start, s.coded = make([]float32, c.turn.width), make([]int8, c.turn.width)
		s.planes = make([]byte, distance.PlaneBytes(c.turn.width/8))
	}
}

// setFactors fills the linear form, for a query whose own term is term and whose coordinates are low + step·u, Σu = sum. With
// E = Σ (2·bit - 1)·(low + step·u) = 2·step·Σu·bit + 2·low·ones - step·sum - width·low:
//
//	L2       |q'|² + |r|² - 2f·E
//	Cosine   half of that
//	product  -(q·c + v·c - |c|² + f·E)
func (s *binaryScorer) setFactors(term, low, step, sum float64) {
	k := -2.0
	s.termFactor, s.base = 1, float32(term)
	switch s.codes.metric {
	case distance.InnerProduct:
		k = -1
		s.termFactor, s.base = -1, float32(float64(s.codes.square)-term)
	case distance.Cosine:
		k = -1
		s.termFactor, s.base = 0.5, float32(term/2)
	}
	s.step = step
	s.sumFactor, s.onesFactor = float32(2*k*step), float32(2*k*low)
	s.shift = float32(-k * (step*sum + float64(s.codes.turn.width)*low))
}

func (s *binaryScorer) setNaN() {
	clear(s.planes)
	s.base, s.bound, s.length, s.step = float32(math.NaN()), 0, 0, 0
}

func (s *binaryScorer) gather(ids []uint32, out []float32) {
	c := s.codes
	out = out[:len(ids)]
	for len(ids) > 0 {
		n := min(len(ids), distance.BatchMax)
		c.rows.PlaneSums(s.planes, ids[:n], s.sums[:])
		terms := unsafe.Add(unsafe.Pointer(unsafe.SliceData(c.rows.Data)), c.rows.Stride-binaryTerms)
		for i, id := range ids[:n] {
			// Little-endian machines only, as everything that maps files is; Open and Build refuse others.
			t := (*[3]float32)(unsafe.Add(terms, int(id)*c.rows.Stride))
			out[i] = s.base + s.termFactor*t[1] + t[0]*(s.sumFactor*float32(s.sums[i])+s.onesFactor*t[2]+s.shift)
		}
		ids, out = ids[n:], out[n:]
	}
}

func (s *binaryScorer) contiguous(first, n int, out []float32) {
	var ids [distance.BatchMax]uint32
	for out = out[:n]; len(out) > 0; {
		n := min(len(out), distance.BatchMax)
		for i := range n {
			ids[i] = uint32(first + i)
		}
		s.gather(ids[:n], out[:n])
		first, out = first+n, out[n:]
	}
}

// makeCertain widens the bound by the worst row's and this query's coding errors (Cauchy and Schwarz): far more than any is off by.
func (s *binaryScorer) makeCertain() {
	c := s.codes
	lost := s.step * math.Sqrt(float64(c.turn.width)) / 2 // of the query, at most
	bound := s.length*float64(c.rowError) + lost*float64(c.normMax)
	if c.metric == distance.L2 {
		bound *= 2
	}
	// Both distances are float32 sums of terms up to the lengths' square.
	size := s.length + distance.Norm(c.centre) + float64(c.normMax) + float64(c.rowError)
	s.bound = float32(bound*(1+1e-4) + 8*float64(sumError(c.turn.width))*size*size)
}

func (s *binaryScorer) shifted(approx, sign float32) float32 {
	return approx + sign*(s.bound+1e-5*max(approx, -approx))
}
