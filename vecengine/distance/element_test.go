package distance

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var elements = []Element{Float32, Half, Bit, Sparse}

// randomElement is a random vector. Halves hold what a half can; sparse ones have about one value in eight dimensions.
func randomElement(r *rand.Rand, e Element, dim int) Vector {
	v := Vector{Element: e, Dim: dim}
	switch e {
	case Float32:
		v.Floats = randomVector(r, dim)
	case Half:
		v.Floats = randomVector(r, dim)
		for i, x := range v.Floats {
			v.Floats[i] = FromHalf(ToHalf(x))
		}
	case Bit:
		v.Bits = make([]byte, Bit.RowBytes(dim))
		share := r.Float64()
		for i := range dim {
			if r.Float64() < share {
				v.Bits[i/8] |= 1 << (7 - i%8)
			}
		}
	case Sparse:
		for i := range dim {
			if r.IntN(8) == 0 {
				v.Indices, v.Floats = append(v.Indices, int32(i)), append(v.Floats, float32(r.NormFloat64()))
			}
		}
	}
	return v
}

func metricsOn(e Element) []Metric {
	var on []Metric
	for m := L2; m <= Jaccard; m++ {
		if m.On(e) {
			on = append(on, m)
		}
	}
	return on
}

// slabOf builds a slab of rows whose bytes start at an odd address where they may.
func slabOf(t testing.TB, r *rand.Rand, e Element, dim int, rows []Vector) Slab {
	b := NewSlabBuilder(e, dim, len(rows), 0)
	for i := range rows {
		if err := b.Append(rows[i].AppendRow(nil)); err != nil {
			t.Fatal(err)
		}
	}
	raw, offsets := b.Bytes()
	shift := r.IntN(8)
	moved := append(make([]byte, shift, shift+len(raw)), raw...)[shift:]
	s, err := View(e, dim, moved, offsets)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func elementScale(m Metric, a, b *Vector) float64 {
	switch m {
	case Hamming, Jaccard:
		return 1
	case Cosine:
		return 2
	}
	var sum float64
	for _, x := range a.Floats {
		sum += math.Abs(float64(x)) + float64(x)*float64(x)
	}
	for _, x := range b.Floats {
		sum += math.Abs(float64(x)) + float64(x)*float64(x)
	}
	return 2 * sum
}

func TestElementsAgainstReference(t *testing.T) {
	r := newRand(t)
	dims := []int{511, 512, 513, 1000, 1024, 1536}
	for d := 1; d <= 200; d += 1 + d/40*r.IntN(3) {
		dims = append(dims, d)
	}
	eachLevel(t, func(level string) {
		for _, dim := range dims {
			for _, e := range elements[1:] {
				rows := make([]Vector, 1+r.IntN(11))
				for i := range rows {
					rows[i] = randomElement(r, e, dim)
				}
				slab, query := slabOf(t, r, e, dim, rows), randomElement(r, e, dim)
				ids := make([]uint32, 1+r.IntN(70))
				for i := range ids {
					ids[i] = uint32(r.IntN(len(rows)))
				}
				for _, m := range metricsOn(e) {
					s := NewScorer(m, query, slab)
					var byRow Scorer
					got, seq := make([]float32, len(ids)), make([]float32, len(rows))
					s.Gather(ids, got)
					s.Contiguous(0, len(rows), seq)
					for i, id := range ids {
						want, scale := ReferenceBetween(m, query, rows[id]), elementScale(m, &query, &rows[id])
						if !near(got[i], want, scale, dim) || got[i] != seq[id] && !math.IsNaN(want) {
							t.Fatalf("%s %s %s dim %d: got %v and %v, want %v", level, e, m, dim, got[i], seq[id], want)
						}
					}
					at := ids[0]
					byRow.ResetRow(m, &slab, at)
					byRow.Contiguous(0, len(rows), seq)
					for i := range rows {
						if want := ReferenceBetween(m, rows[at], rows[i]); !near(seq[i], want, elementScale(m, &rows[at], &rows[i]), dim) {
							t.Fatalf("%s %s %s dim %d: row %d as a query is at %v from %d, want %v", level, e, m, dim, at, seq[i], i, want)
						}
					}
					if own := seq[at]; (m == L2 || m == L1 || m == Cosine || m == Hamming) && own != 0 && own == own {
						t.Fatalf("%s %s %s dim %d: a row is at %v from itself", level, e, m, dim, own)
					}
				}
			}
		}
	})
}

// TestFloatQueryOnHalves: a query need not be rounded.
func TestFloatQueryOnHalves(t *testing.T) {
	r := newRand(t)
	eachLevel(t, func(level string) {
		for dim := 1; dim < 150; dim++ {
			row, query := randomElement(r, Half, dim), randomElement(r, Float32, dim)
			slab := slabOf(t, r, Half, dim, []Vector{row})
			for _, m := range metricsOn(Half) {
				s := NewScorer(m, query, slab)
				if want := Reference(m, query.Floats, row.Floats); !near(s.One(0), want, elementScale(m, &query, &row), dim) {
					t.Fatalf("%s %s dim %d: got %v, want %v", level, m, dim, s.One(0), want)
				}
			}
		}
	})
}

// TestSparseMergeAndGatherAgree: what a query is compared by follows from its dimensions and values, not the result.
func TestSparseMergeAndGatherAgree(t *testing.T) {
	r := newRand(t)
	eachLevel(t, func(level string) {
		for range 300 {
			const dim = 200
			rows := make([]Vector, 1+r.IntN(20))
			for i := range rows {
				rows[i] = randomElement(r, Sparse, dim)
			}
			query := randomElement(r, Sparse, dim)
			small := slabOf(t, r, Sparse, dim, rows)
			large := small
			large.Dim = denseMax + 1
			wide := query
			wide.Dim = large.Dim
			for _, m := range metricsOn(Sparse) {
				a, b := NewScorer(m, query, small), NewScorer(m, wide, large)
				for i := range rows {
					x, y := a.One(uint32(i)), b.One(uint32(i))
					if !near(x, float64(y), elementScale(m, &query, &rows[i]), dim) {
						t.Fatalf("%s %s: gathered %v, merged %v", level, m, x, y)
					}
				}
			}
		}
	})
}

// TestSparseQueriesDoNotMix: a Scorer's dense form holds one query at a time.
func TestSparseQueriesDoNotMix(t *testing.T) {
	r := newRand(t)
	const dim = 100
	rows := make([]Vector, 20)
	for i := range rows {
		rows[i] = randomElement(r, Sparse, dim)
	}
	slab := slabOf(t, r, Sparse, dim, rows)
	wider := slab
	wider.Dim = 3 * dim
	var kept Scorer
	for range 500 {
		over := slab
		if r.IntN(3) == 0 {
			over = wider
		}
		query := randomElement(r, Sparse, over.Dim)
		if r.IntN(4) == 0 {
			query = over.Vector(uint32(r.IntN(len(rows))))
		}
		if r.IntN(8) == 0 && len(query.Floats) > 0 {
			query.Floats[0] = float32(math.Inf(1))
		}
		kept.Reset(L2, query, over)
		fresh := NewScorer(L2, query, over)
		for i := range uint32(20) {
			if a, b := kept.One(i), fresh.One(i); a != b && a == a {
				t.Fatalf("row %d is at %v, and at %v from a new scorer", i, a, b)
			}
		}
		if r.IntN(4) == 0 {
			kept.Unbind()
		}
	}
}

func TestElementSpecialValues(t *testing.T) {
	r := newRand(t)
	specials := []float32{0, 6e-8, -6e-8, 65504, -65504, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 1, 6.1e-5}
	eachLevel(t, func(level string) {
		for _, e := range []Element{Half, Sparse} {
			for round := range 2000 {
				dim := 1 + r.IntN(70)
				a, b := randomElement(r, e, dim), randomElement(r, e, dim)
				for _, v := range []*Vector{&a, &b} {
					if n := len(v.Floats); n > 0 {
						v.Floats[r.IntN(n)] = specials[r.IntN(len(specials))]
					}
				}
				if e == Half {
					for i, x := range b.Floats {
						b.Floats[i] = FromHalf(ToHalf(x))
					}
				}
				slab := slabOf(t, r, e, dim, []Vector{b})
				for _, m := range []Metric{L2, InnerProduct, L1} {
					s := NewScorer(m, a, slab)
					want := ReferenceBetween(m, a, b)
					if !near(s.One(0), want, elementScale(m, &a, &b), dim) {
						t.Fatalf("%s %s %s round %d: got %v, want %v for %v %v", level, e, m, round, s.One(0), want, a, b)
					}
				}
			}
		}
	})
}

// TestElementRowEnds puts ones or NaN around a row.
func TestElementRowEnds(t *testing.T) {
	r := newRand(t)
	eachLevel(t, func(level string) {
		for dim := 1; dim <= 300; dim++ {
			for _, e := range []Element{Half, Bit} {
				row, query := randomElement(r, e, dim), randomElement(r, e, dim)
				middle := row.AppendRow(nil)
				around := bytes.Repeat([]byte{0xff}, len(middle)) // NaN as a half
				slab, err := View(e, dim, slices.Concat(around, middle, around), nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range metricsOn(e) {
					s := NewScorer(m, query, slab)
					out := make([]float32, 5)
					s.Gather([]uint32{1, 1, 1, 1, 1}, out)
					for _, d := range out {
						if want := ReferenceBetween(m, query, row); !near(d, want, elementScale(m, &query, &row), dim) {
							t.Fatalf("%s %s %s dim %d: got %v, want %v", level, e, m, dim, d, want)
						}
					}
				}
			}
		}
	})
}

func TestEmptyVectors(t *testing.T) {
	for _, e := range elements {
		for _, m := range metricsOn(e) {
			d := Between(m, Vector{Element: e}, Vector{Element: e})
			want := float32(0)
			if m == Jaccard {
				want = 1
			}
			if (m == Cosine) != (d != d) || m != Cosine && d != want {
				t.Errorf("%s of empty %s vectors is %v", m, e, d)
			}
		}
	}
	zero := Vector{Element: Bit, Dim: 70, Bits: make([]byte, 16)}
	if d := Between(Jaccard, zero, zero); d != 1 {
		t.Errorf("jaccard of two empty sets is %v", d)
	}
	none := Vector{Element: Sparse, Dim: 9}
	if d := Between(Cosine, none, Vector{Element: Sparse, Dim: 9, Indices: []int32{3}, Floats: []float32{1}}); d == d {
		t.Errorf("cosine with nothing is %v", d)
	}
}

func TestHalves(t *testing.T) {
	for h := range 1 << 16 {
		x := FromHalf(uint16(h))
		back := ToHalf(x)
		if x != x {
			if back&0x7c00 != 0x7c00 || back&0x3ff == 0 {
				t.Fatalf("%#x became %#x", h, back)
			}
			continue
		}
		if back != uint16(h) {
			t.Fatalf("%#x is %v, which is %#x", h, x, back)
		}
		// Between two neighbours the middle goes to the even one, and what is on either side of it to the nearer one.
		if next := FromHalf(uint16(h + 1)); h&0x7fff < 0x7bff {
			middle := x/2 + next/2
			even := uint16(h + h&1)
			below, above := math.Nextafter32(middle, x), math.Nextafter32(middle, next)
			if ToHalf(middle) != even || ToHalf(below) != uint16(h) || ToHalf(above) != uint16(h+1) {
				t.Fatalf("around %v: %#x %#x %#x", middle, ToHalf(below), ToHalf(middle), ToHalf(above))
			}
		}
	}
	if ToHalf(65519) != 0x7bff || ToHalf(65520) != 0x7c00 || ToHalf(-1e30) != 0xfc00 || ToHalf(2e-8) != 0 {
		t.Error("the ends of the range are wrong")
	}
}

func TestHalfBatchesEqualSingles(t *testing.T) {
	r := newRand(t)
	eachLevel(t, func(level string) {
		for n := range 100 {
			v := make([]float32, n)
			for i := range v {
				v[i] = math.Float32frombits(r.Uint32())
				if r.IntN(2) == 0 {
					v[i] = float32(r.NormFloat64() * math.Exp(6*r.NormFloat64()))
				}
				if v[i] != v[i] {
					v[i] = float32(math.NaN())
				}
			}
			b := AppendHalves([]byte{1}, v)
			got := make([]float32, n+1)
			got[n] = 77
			DecodeHalves(got[:n], b[1:])
			if len(b) != 1+2*n || got[n] != 77 {
				t.Fatalf("%s: %d values became %d bytes", level, n, len(b))
			}
			for i, x := range v {
				h := binary.LittleEndian.Uint16(b[1+2*i:])
				if want := ToHalf(x); h != want && x == x {
					t.Fatalf("%s: %v became %#x, want %#x", level, x, h, want)
				}
				if want := FromHalf(h); got[i] != want && want == want {
					t.Fatalf("%s: %#x became %v, want %v", level, h, got[i], want)
				}
			}
		}
	})
}

func TestCheckElement(t *testing.T) {
	sparse := func(parts ...uint32) (b []byte) {
		for _, x := range parts {
			b = binary.LittleEndian.AppendUint32(b, x)
		}
		return b
	}
	for _, c := range []struct {
		e   Element
		dim int
		b   []byte
		ok  bool
	}{
		{Float32, 2, make([]byte, 8), true}, {Float32, 2, make([]byte, 7), false},
		{Half, 3, make([]byte, 6), true}, {Half, 3, make([]byte, 8), false},
		{Bit, 0, nil, true}, {Bit, 1, []byte{0x80, 0, 0, 0, 0, 0, 0, 0}, true}, {Bit, 1, []byte{0x40, 0, 0, 0, 0, 0, 0, 0}, false},
		{Bit, 8, []byte{0xff, 0, 0, 0, 0, 0, 0, 0}, true}, {Bit, 8, []byte{0xff, 0, 0, 0, 0, 0, 0, 1}, false},
		{Bit, 64, bytes.Repeat([]byte{0xff}, 8), true}, {Bit, 65, bytes.Repeat([]byte{0xff}, 16), false}, {Bit, 64, make([]byte, 16), false},
		{Sparse, 5, nil, true}, {Sparse, 5, sparse(0, 4, 1, 1), true}, {Sparse, 5, sparse(4, 0, 1, 1), false}, {Sparse, 5, sparse(1, 1, 1, 1), false},
		{Sparse, 5, sparse(5, 1), false}, {Sparse, 5, sparse(1<<32-1, 1), false}, {Sparse, 5, make([]byte, 12), false},
		{Element(4), 1, make([]byte, 4), false}, {Float32, -1, nil, false},
	} {
		err := c.e.Check(c.b, c.dim)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrElement) {
			t.Errorf("%s of %d dimensions, %x: %v", c.e, c.dim, c.b, err)
		}
		if v, err := Decode(c.e, c.dim, c.b); (err == nil) != c.ok || c.ok && (v.Check() != nil || !bytes.Equal(v.AppendRow(nil), c.b)) {
			t.Errorf("%s of %d dimensions, %x decodes to %v: %v", c.e, c.dim, c.b, v, err)
		}
	}
}

func TestVectorFits(t *testing.T) {
	half := Slab{Element: Half, Dim: 2}
	for _, c := range []struct {
		v    Vector
		m    Metric
		s    Slab
		want bool
	}{
		{Floats([]float32{1, 2}), L2, Slab{Dim: 2}, true},
		{Floats([]float32{1, 2}), L2, half, true},
		{HalfFloats([]float32{1, 2}), L1, half, true},
		{HalfFloats([]float32{1, 2}), L1, Slab{Dim: 2}, false},
		{Floats([]float32{1}), L2, Slab{Dim: 2}, false},
		{Floats([]float32{1, 2}), Hamming, Slab{Dim: 2}, false},
		{Vector{Dim: 2, Floats: []float32{1}}, L2, Slab{Dim: 2}, false},
		{Vector{Element: Sparse, Dim: 2, Indices: []int32{1, 0}, Floats: []float32{1, 1}}, L2, Slab{Element: Sparse, Dim: 2}, false},
		{Vector{Element: Sparse, Dim: 2, Indices: []int32{1}, Floats: []float32{1}}, L2, Slab{Element: Sparse, Dim: 2}, true},
		{Vector{Element: Bit, Dim: 2, Bits: []byte{0xc0, 0, 0, 0, 0, 0, 0, 0}}, Jaccard, Slab{Element: Bit, Dim: 2}, true},
		{Vector{Element: Bit, Dim: 2, Bits: []byte{0xe0, 0, 0, 0, 0, 0, 0, 0}}, Jaccard, Slab{Element: Bit, Dim: 2}, false},
	} {
		if got := c.v.Fits(c.m, &c.s); got != c.want {
			t.Errorf("%v by %s on %s: %v", c.v, c.m, c.s.Element, got)
		}
	}
}

func TestSlabs(t *testing.T) {
	r := newRand(t)
	for _, e := range elements {
		const dim = 75
		b := NewSlabBuilder(e, dim, 0, 0)
		var rows [][]byte
		for range 12 {
			v := randomElement(r, e, dim)
			rows = append(rows, v.AppendRow(nil))
			if err := b.Append(rows[len(rows)-1]); err != nil {
				t.Fatal(err)
			}
		}
		if b.Append([]byte{1}) == nil {
			t.Errorf("%s: a byte is a row", e)
		}
		b.AppendNull()
		s := b.Slab()
		if s.Len() != 13 || s.Check() != nil || s.Size() != int64(len(bytes.Join(rows, nil))+e.RowBytes(dim)) {
			t.Errorf("%s: %d rows of %d bytes, %v", e, s.Len(), s.Size(), s.Check())
		}
		part := s.Slice(3, 9)
		for i := range uint32(6) {
			v := part.Vector(i)
			if !bytes.Equal(part.RowBytes(i), rows[i+3]) || !bytes.Equal(v.AppendRow(nil), rows[i+3]) {
				t.Errorf("%s: row %d differs", e, i)
			}
			if ok, _ := part.Comparable(L2, i, nil); !ok {
				t.Errorf("%s: row %d has no distance", e, i)
			}
		}
		if part.Len() != 6 {
			t.Errorf("%s: a part of %d rows", e, part.Len())
		}
		if e == Bit {
			continue
		}
		if ok, _ := s.Comparable(Cosine, 12, nil); ok {
			t.Errorf("%s: zeros have a cosine", e)
		}
		v := Vector{Element: e, Dim: 1, Indices: []int32{0}, Floats: []float32{float32(math.Inf(1))}}
		if e != Sparse {
			v.Indices = nil
		}
		if v.Comparable(L2) {
			t.Errorf("%s: infinity has a distance", e)
		}
	}
	if _, err := View(Half, 3, make([]byte, 7), nil); !errors.Is(err, ErrElement) {
		t.Errorf("half a row: %v", err)
	}
	if _, err := View(Sparse, 3, make([]byte, 8), []int64{0, 16}); !errors.Is(err, ErrElement) {
		t.Errorf("offsets past the end: %v", err)
	}
	bad := Slab{Element: Sparse, Dim: 3, Bytes: make([]byte, 16), Offsets: []int64{0, 16, 8, 16}}
	if err := bad.Check(); !errors.Is(err, ErrElement) {
		t.Errorf("offsets out of order: %v", err)
	}
}

func FuzzElements(f *testing.F) {
	f.Add([]byte("some bytes that may be rows of anything, and more than one of them at that"), uint8(1), uint16(9))
	f.Add(make([]byte, 128), uint8(3), uint16(1000))
	f.Fuzz(func(t *testing.T, data []byte, which uint8, dim16 uint16) {
		e, dim := Element(which%4), int(dim16)
		half := len(data) / 2
		if size := e.RowBytes(dim); e != Sparse && 2*size <= len(data) {
			half = size
			data = data[:2*size]
		}
		a, errA := Decode(e, dim, data[:half])
		b, errB := Decode(e, dim, data[half:])
		if errA != nil || errB != nil {
			return
		}
		if !bytes.Equal(a.AppendRow(nil), data[:half]) && e != Half { // a signalling NaN becomes a quiet one
			t.Fatalf("%s row %x became %x", e, data[:half], a.AppendRow(nil))
		}
		eachLevel(t, func(level string) {
			for _, m := range metricsOn(e) {
				want, scale := ReferenceBetween(m, a, b), elementScale(m, &a, &b)
				got := Between(m, a, b)
				if m == Cosine || scale > math.MaxFloat32/4 || math.IsNaN(scale) || math.IsNaN(want) || math.IsInf(want, 0) {
					continue // sums of other orders may overflow or vanish at other places
				}
				if !near(got, want, scale, dim) {
					t.Fatalf("%s %s %s dim %d: got %v, want %v", level, e, m, dim, got, want)
				}
			}
		})
	})
}
