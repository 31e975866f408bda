package distance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// eachLevel runs fn under every instruction set that this machine has.
func eachLevel(t testing.TB, fn func(name string)) {
	keepSIMD, keepCode, keepBit := simd, codeSIMD, bitSIMD
	defer func() { simd, codeSIMD, bitSIMD = keepSIMD, keepCode, keepBit }()
	for l := levelPortable; l <= machineLevel(); l++ {
		simd, codeSIMD, bitSIMD = l, codeLevel(l), bitLevel(l)
		fn(l.String())
	}
}

func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func randomVector(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

var floatMetrics = []Metric{L2, InnerProduct, Cosine, L1}

// near tells whether got is want up to the rounding of a float32 sum over n terms of size scale.
func near(got float32, want, scale float64, n int) bool {
	if math.IsNaN(want) {
		return got != got
	}
	if math.IsInf(want, 0) {
		return math.IsInf(float64(got), int(math.Copysign(1, want)))
	}
	return math.Abs(float64(got)-want) <= 1e-7*scale*float64(4+n/8)+1e-30
}

// scaleOf bounds the terms that a metric adds up, for near.
func scaleOf(m Metric, a, b []float32) float64 {
	if m == Cosine {
		return 2
	}
	var sum float64
	for i := range a {
		p, q := math.Abs(float64(a[i])), math.Abs(float64(b[i]))
		switch m {
		case L2:
			sum += (p + q) * (p + q)
		case InnerProduct:
			sum += p * q
		case L1:
			sum += p + q
		}
	}
	return sum
}

func TestKernelsAgainstReference(t *testing.T) {
	r := newRand(t)
	dims := []int{1023, 1024, 1025, 1100}
	for d := 1; d <= 300; d++ {
		dims = append(dims, d)
	}
	eachLevel(t, func(level string) {
		for _, dim := range dims {
			rows := 1 + r.IntN(11)
			// An odd start makes every load unaligned.
			shift := r.IntN(4)
			slab := randomVector(r, rows*dim+shift)[shift:]
			query := randomVector(r, dim+1)[1:]
			ids := make([]uint32, 1+r.IntN(40))
			for i := range ids {
				ids[i] = uint32(r.IntN(rows))
			}
			for _, m := range floatMetrics {
				got := make([]float32, len(ids))
				Batch(m, query, slab, dim, ids, got)
				seq := make([]float32, rows)
				Contiguous(m, query, slab, dim, rows, seq)
				for i, id := range ids {
					row := slab[int(id)*dim : (int(id)+1)*dim]
					want, scale := Reference(m, query, row), scaleOf(m, query, row)
					if !near(got[i], want, scale, dim) {
						t.Fatalf("%s %s dim %d gather: got %v, want %v", level, m, dim, got[i], want)
					}
					if !near(seq[id], want, scale, dim) {
						t.Fatalf("%s %s dim %d contiguous: got %v, want %v", level, m, dim, seq[id], want)
					}
					if p := Pair(m, query, row); !near(p, want, scale, dim) {
						t.Fatalf("%s %s dim %d pair: got %v, want %v", level, m, dim, p, want)
					}
				}
			}
		}
	})
}

// TestRowEndsAreRespected puts NaN around each row: a kernel that reads past one end would show it.
func TestRowEndsAreRespected(t *testing.T) {
	nan := float32(math.NaN())
	eachLevel(t, func(level string) {
		for dim := 1; dim <= 100; dim++ {
			buf := make([]float32, 3*dim)
			for i := range buf {
				buf[i] = nan
			}
			for i := range dim {
				buf[dim+i] = float32(i)
			}
			query := make([]float32, dim+1)
			query[dim] = nan
			for _, m := range []Metric{L2, InnerProduct, L1} {
				got := make([]float32, 5)
				Batch(m, query[:dim], buf, dim, []uint32{1, 1, 1, 1, 1}, got)
				for _, d := range got {
					if d != d {
						t.Fatalf("%s %s dim %d reads outside the row", level, m, dim)
					}
				}
			}
		}
	})
}

func TestSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	specials := []float32{0, float32(math.Copysign(0, -1)), 1e-45, -1e-45, 1e-38, 1e18, -1e18, inf, -inf, nan, 1, 3}
	r := newRand(t)
	eachLevel(t, func(level string) {
		for round := range 3000 {
			dim := 1 + r.IntN(70)
			a, b := make([]float32, dim), make([]float32, dim)
			for i := range a {
				a[i], b[i] = float32(r.IntN(3)), float32(r.IntN(3))
			}
			a[r.IntN(dim)] = specials[r.IntN(len(specials))]
			b[r.IntN(dim)] = specials[r.IntN(len(specials))]
			for _, m := range []Metric{L2, InnerProduct, L1} {
				want := Reference(m, a, b)
				if math.Abs(want) > math.MaxFloat32/4 && !math.IsInf(want, 0) {
					continue // whether a float32 sum overflows depends on its order
				}
				if got := Pair(m, a, b); !near(got, want, scaleOf(m, a, b), dim) {
					t.Fatalf("%s %s round %d: got %v, want %v for %v %v", level, m, round, got, want, a, b)
				}
			}
		}
	})
}

func TestDenormalsAreKept(t *testing.T) {
	eachLevel(t, func(level string) {
		for dim := 1; dim < 40; dim++ {
			a, b := make([]float32, dim), make([]float32, dim)
			a[dim-1] = 3e-45
			if got := Pair(L1, a, b); got == 0 {
				t.Fatalf("%s dim %d: a denormal was flushed to zero", level, dim)
			}
		}
	})
}

func TestEqualVectorsHaveZeroDistance(t *testing.T) {
	r := newRand(t)
	eachLevel(t, func(level string) {
		for dim := 1; dim < 200; dim++ {
			v := randomVector(r, dim)
			if L2Squared(v, v) != 0 || Taxicab(v, v) != 0 {
				t.Fatalf("%s dim %d: distance to itself is not zero", level, dim)
			}
			s := NewScorer(Cosine, Floats(v), Slab{Data: v, Dim: dim})
			if CosineDistance(v, v) != 0 || s.One(0) != 0 {
				t.Fatalf("%s dim %d: cosine to itself is %v and %v", level, dim, CosineDistance(v, v), s.One(0))
			}
		}
	})
}

// TestPlaceInBatchDoesNotMatter: a tie between equal rows must be a tie to the last bit.
func TestPlaceInBatchDoesNotMatter(t *testing.T) {
	r := newRand(t)
	eachLevel(t, func(level string) {
		for dim := 1; dim < 300; dim += 1 + r.IntN(3) {
			row, query := randomVector(r, dim), randomVector(r, dim)
			var slab []float32
			for range 7 {
				slab = append(slab, row...)
			}
			for _, m := range floatMetrics {
				got, seq := make([]float32, 7), make([]float32, 7)
				Batch(m, query, slab, dim, []uint32{0, 1, 2, 3, 4, 5, 6}, got)
				Contiguous(m, query, slab, dim, 7, seq)
				s := NewScorer(m, Floats(query), Slab{Data: slab, Dim: dim})
				for i := range got {
					if got[i] != got[0] || seq[i] != got[0] || s.One(uint32(i)) != got[0] {
						t.Fatalf("%s %s dim %d: equal rows are at %v and %v", level, m, dim, got, seq)
					}
				}
			}
		}
	})
}

func TestCosineOfZeroVectorIsNaN(t *testing.T) {
	eachLevel(t, func(level string) {
		zero, v := make([]float32, 7), []float32{1, 2, 3, 4, 5, 6, 7}
		for _, pair := range [][2][]float32{{zero, v}, {v, zero}, {zero, zero}} {
			if d := Pair(Cosine, pair[0], pair[1]); d == d {
				t.Fatalf("%s: cosine with a zero vector is %v", level, d)
			}
			got := make([]float32, 1)
			Batch(Cosine, pair[0], pair[1], 7, []uint32{0}, got)
			if got[0] == got[0] {
				t.Fatalf("%s: batch cosine with a zero vector is %v", level, got[0])
			}
		}
	})
}

func TestCodeDotsAreExact(t *testing.T) {
	r := newRand(t)
	eachLevel(t, func(level string) {
		for _, stride := range []int{64, 128, 192, 832, 4096} {
			rows := 1 + r.IntN(20)
			slab := CodeSlab{Data: make([]byte, rows*stride), Stride: stride}
			query := make([]int8, stride)
			for i := range slab.Data {
				slab.Data[i] = byte(r.Uint32())
				if r.IntN(3) == 0 {
					slab.Data[i] = 255
				}
			}
			for i := range query {
				query[i] = int8(r.Uint32())
				if r.IntN(3) == 0 {
					query[i] = -128
				}
			}
			ids := make([]uint32, r.IntN(40))
			for i := range ids {
				ids[i] = uint32(r.IntN(rows))
			}
			slab.Check(query)
			got, seq := make([]int32, len(ids)), make([]int32, rows)
			slab.CodeDots(query, ids, got)
			slab.CodeDotsContiguous(query, 0, rows, seq)
			for i, id := range ids {
				var want int32
				for j, q := range query {
					want += int32(q) * int32(slab.Data[int(id)*stride+j])
				}
				if got[i] != want || seq[id] != want {
					t.Fatalf("%s stride %d: got %d and %d, want %d", level, stride, got[i], seq[id], want)
				}
			}
		}
	})
}

func TestPlaneSumsAreExact(t *testing.T) {
	r := newRand(t)
	eachLevel(t, func(level string) {
		for bytes := 1; bytes <= 300; bytes += 1 + r.IntN(8) {
			stride := (bytes + r.IntN(80) + CodeAlign - 1) / CodeAlign * CodeAlign
			rows := 1 + r.IntN(11)
			slab := CodeSlab{Data: make([]byte, rows*stride), Stride: stride}
			for i := range slab.Data {
				slab.Data[i] = byte(r.Uint32())
				if r.IntN(3) == 0 {
					slab.Data[i] = 255
				}
			}
			query, planes := make([]uint32, 8*bytes), make([]byte, PlaneBytes(bytes))
			for j := range query {
				query[j] = min(r.Uint32N(20), 1<<Planes-1)
				for p := range Planes {
					planes[PlaneAt(j/8, p)] |= byte(query[j]>>p&1) << (j % 8)
				}
			}
			ids, got := make([]uint32, r.IntN(40)), make([]uint32, 40)
			for i := range ids {
				ids[i] = uint32(r.IntN(rows))
			}
			slab.PlaneSums(planes, ids, got)
			for i, id := range ids {
				want := uint32(0)
				for j, u := range query {
					want += u * uint32(slab.Data[int(id)*stride+j/8]>>(j%8)&1)
				}
				if got[i] != want {
					t.Fatalf("%s %d bytes: got %d, want %d", level, bytes, got[i], want)
				}
			}
		}
	})
}

func TestEncodeEqualsPortable(t *testing.T) {
	r := newRand(t)
	eachLevel(t, func(level string) {
		for n := range 200 {
			v, offset := randomVector(r, n), randomVector(r, n)
			for i := range v {
				switch r.IntN(12) {
				case 0:
					v[i] = float32(math.NaN())
				case 1:
					v[i] = float32(math.Inf(r.IntN(2)*2 - 1))
				case 2:
					v[i], offset[i] = float32(r.IntN(4))+0.5, 0 // a tie once multiplied by one
				}
			}
			inv := []float32{1, 0.3, 40, 1000}[r.IntN(4)]
			got, want := make([]int8, n+1), make([]int8, n)
			got[n] = 99
			low, high := Encode(v, offset, inv, got[:n])
			wantLow, wantHigh := portableEncode(v, offset, inv, want)
			if low != wantLow || high != wantHigh || !slices.Equal(got[:n], want) || got[n] != 99 {
				t.Fatalf("%s n %d: %v %v %v, want %v %v %v", level, n, got, low, high, want, wantLow, wantHigh)
			}
		}
	})
}

func TestPickLevel(t *testing.T) {
	for _, c := range []struct {
		machine level
		asked   string
		want    level
	}{
		{levelAVX512, "", levelAVX512},
		{levelAVX512, "avx2", levelAVX2},
		{levelAVX512, "portable", levelPortable},
		{levelAVX2, "avx512", levelAVX2},
		{levelAVX2, "nonsense", levelAVX2},
	} {
		if got := pickLevel(c.machine, c.asked); got != c.want {
			t.Errorf("pickLevel(%s, %q) = %s, want %s", c.machine, c.asked, got, c.want)
		}
	}
}

func TestBatchRejectsRowsOutside(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a row past the slab was accepted")
		}
	}()
	Batch(L2, make([]float32, 4), make([]float32, 8), 4, []uint32{2}, make([]float32, 1))
}

func TestNoAllocation(t *testing.T) {
	a, b := make([]float32, 100), make([]float32, 100)
	ids, out := []uint32{0}, make([]float32, 1)
	s := NewScorer(Cosine, Floats(a), Slab{Data: b, Dim: 100})
	if n := testing.AllocsPerRun(100, func() { _ = Pair(Cosine, a, b); s.Gather(ids, out); s.One(0) }); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

func FuzzKernels(f *testing.F) {
	f.Add([]byte("some bytes that make floats, more than one vector of them"), uint8(3))
	f.Add(make([]byte, 400), uint8(17))
	f.Fuzz(func(t *testing.T, data []byte, rows8 uint8) {
		rows := int(rows8%9) + 1
		floats := len(data) / 4
		dim := floats / (rows + 1)
		if dim == 0 {
			return
		}
		all := make([]float32, floats)
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&all[0])), floats*4), data)
		query, slab := all[:dim], all[dim:dim+rows*dim]
		eachLevel(t, func(level string) {
			for _, m := range []Metric{L2, InnerProduct, L1} {
				got := make([]float32, rows)
				Contiguous(m, query, slab, dim, rows, got)
				for i := range rows {
					row := slab[i*dim : (i+1)*dim]
					want, scale := Reference(m, query, row), scaleOf(m, query, row)
					if scale > math.MaxFloat32/4 || math.IsNaN(want) || math.IsInf(want, 0) {
						continue // sums of other orders may overflow at other places
					}
					if !near(got[i], want, scale, dim) {
						t.Fatalf("%s %s dim %d: got %v, want %v", level, m, dim, got[i], want)
					}
				}
			}
		})
	})
}

// BenchmarkGather is one query against 32 rows spread over a slab: "cache" fits in the second-level cache,
// "memory" does not fit in any.
func BenchmarkGather(b *testing.B) {
	for _, where := range []struct {
		name  string
		bytes int
	}{{"cache", 512 << 10}, {"memory", 192 << 20}} {
		for _, dim := range []int{100, 384, 784} {
			n := where.bytes / (4 * dim)
			slab := make([]float32, n*dim)
			for i := range slab {
				slab[i] = float32(i & 15)
			}
			ids := make([]uint32, 1<<15)
			r := rand.New(rand.NewPCG(1, 2))
			for i := range ids {
				ids[i] = uint32(r.IntN(n))
			}
			out := make([]float32, 32)
			for _, m := range []Metric{L2, InnerProduct, Cosine} {
				s := NewScorer(m, Floats(slab[:dim]), Slab{Data: slab, Dim: dim})
				b.Run(fmt.Sprintf("%s/%s/%d", where.name, m, dim), func(b *testing.B) {
					at := 0
					for range b.N {
						s.Gather(ids[at:at+32], out)
						at = (at + 32) & (len(ids) - 1)
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*32), "ns/row")
				})
			}
		}
	}
}

// BenchmarkCodes is BenchmarkGather for byte codes.
func BenchmarkCodes(b *testing.B) {
	for _, where := range []struct {
		name  string
		bytes int
	}{{"cache", 512 << 10}, {"memory", 192 << 20}} {
		for _, stride := range []int{128, 384, 832} {
			n := where.bytes / stride
			slab := CodeSlab{make([]byte, n*stride), stride}
			for i := range slab.Data {
				slab.Data[i] = byte(i)
			}
			ids := make([]uint32, 1<<15)
			r := rand.New(rand.NewPCG(1, 2))
			for i := range ids {
				ids[i] = uint32(r.IntN(n))
			}
			query, out := make([]int8, stride), make([]int32, 32)
			b.Run(fmt.Sprintf("%s/%d", where.name, stride), func(b *testing.B) {
				at := 0
				for range b.N {
					slab.CodeDots(query, ids[at:at+32], out)
					at = (at + 32) & (len(ids) - 1)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*32), "ns/row")
			})
		}
	}
}

// BenchmarkPlanes is BenchmarkCodes for rows of bits and a query of four bits a coordinate.
func BenchmarkPlanes(b *testing.B) {
	for _, bits := range []int{768, 1536} {
		stride := (bits/8 + 16 + CodeAlign - 1) / CodeAlign * CodeAlign
		slab := CodeSlab{make([]byte, 192<<20/stride*stride), stride}
		ids := make([]uint32, 1<<15)
		r := rand.New(rand.NewPCG(1, 2))
		for i := range ids {
			ids[i] = uint32(r.IntN(slab.Len()))
		}
		planes, out := make([]byte, PlaneBytes(bits/8)), make([]uint32, 32)
		b.Run(fmt.Sprint(bits), func(b *testing.B) {
			at := 0
			for range b.N {
				slab.PlaneSums(planes, ids[at:at+32], out)
				at = (at + 32) & (len(ids) - 1)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*32), "ns/row")
		})
	}
}

// BenchmarkContiguous is the exact scan's kernel from memory; MB/s is the share of read bandwidth.
func BenchmarkContiguous(b *testing.B) {
	for _, dim := range []int{100, 768} {
		n := 192 << 20 / (4 * dim)
		slab := make([]float32, n*dim)
		for i := range slab {
			slab[i] = float32(i & 15)
		}
		out := make([]float32, 256)
		s := NewScorer(L2, Floats(slab[:dim]), Slab{Data: slab, Dim: dim})
		b.Run(fmt.Sprint(dim), func(b *testing.B) {
			b.SetBytes(int64(n / 256 * 256 * dim * 4))
			for range b.N {
				for at := 0; at+256 <= n; at += 256 {
					s.Contiguous(at, 256, out)
				}
			}
		})
	}
}
