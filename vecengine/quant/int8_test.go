package quant

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/claim"
	"vecgres/vecengine/distance"
)

func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// clustered is n vectors around a few centres.
func clustered(r *rand.Rand, n, dim int) distance.Slab {
	centres := make([]float32, 8*dim)
	for i := range centres {
		centres[i] = float32(r.NormFloat64())
	}
	data := make([]float32, n*dim)
	for i := range n {
		c := r.IntN(8)
		for j := range dim {
			data[i*dim+j] = centres[c*dim+j] + 0.3*float32(r.NormFloat64())
		}
	}
	return distance.Slab{Data: data, Dim: dim}
}

func build(t testing.TB, m distance.Metric, v distance.Slab, skip *bitmap.Flat) *Codes {
	c, err := Build(context.Background(), Int8, m, v, skip, 2)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var coded = []distance.Metric{distance.L2, distance.InnerProduct, distance.Cosine}

func TestApproximateDistances(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		for _, m := range coded {
			for _, dim := range []int{1, 3, 60, 61, 100, 784} {
				v := clustered(r, 500, dim)
				c := build(t, m, v, nil)
				var s Scorer
				var inside []float64 // the share of each query's distances
				for range 20 {
					query := clustered(r, 1, dim).Data
					s.Reset(c, distance.Floats(query))
					got := make([]float32, 500)
					s.Contiguous(0, 500, got)
					ids := []uint32{3, 499, 0, 17, 17}
					some := make([]float32, len(ids))
					s.Gather(ids, some)
					for i, id := range ids {
						if some[i] != got[id] {
							t.Fatalf("%s dim %d: Gather and Contiguous differ at %d", m, dim, id)
						}
					}
					outside := 0
					for i, d := range got {
						exact := distance.Pair(m, query, v.Row(uint32(i)))
						if s.LowerBound(d) > exact || s.UpperBound(d) < exact {
							outside++
						}
					}
					inside = append(inside, 1-float64(outside)/500)
				}
				claim.AtLeast(t, fmt.Sprintf("%s dim %d: exact distances inside the bounds", m, dim), 0.998, inside)
			}
		}
	})
}

// TestCertainBoundsHoldForEveryRow checks that no exact distance lies outside the widened bounds, far queries and outliers included.
func TestCertainBoundsHoldForEveryRow(t *testing.T) {
	r := newRand(t)
	for _, m := range coded {
		for _, dim := range []int{1, 3, 30, 100} {
			v := clustered(r, 2000, dim)
			for j := range v.Row(5) {
				v.Row(5)[j] *= 50 // clipped by training
			}
			checkCertain(t, m, v, func() []float32 { return clustered(r, 1, dim).Data })
			alike := distance.Slab{Data: make([]float32, 1000*dim), Dim: dim} // all of one direction, and of one place, but for 1e-5
			near := func(row []float32) []float32 {
				for j := range row {
					row[j] = 3 + float32(j%7) + 1e-5*float32(r.NormFloat64())
				}
				return row
			}
			for i := range uint32(1000) {
				near(alike.Row(i))
			}
			checkCertain(t, m, alike, func() []float32 { return near(make([]float32, dim)) })
		}
	}
}

func checkCertain(t *testing.T, m distance.Metric, v distance.Slab, point func() []float32) {
	t.Helper()
	c := build(t, m, v, nil)
	var s Scorer
	for round := range 20 {
		query := point()
		if round%4 == 0 {
			for j := range query {
				query[j] *= 20
			}
		}
		s.Reset(c, distance.Floats(query))
		s.MakeCertain(distance.Floats(query))
		got := make([]float32, v.Len())
		s.Contiguous(0, v.Len(), got)
		for i, d := range got {
			exact := distance.Pair(m, query, v.Row(uint32(i)))
			if !s.IsStray(uint32(i)) && (s.LowerBound(d) > exact || s.UpperBound(d) < exact) {
				t.Fatalf("%s dim %d: row %d is at %v, bounds %v and %v", m, v.Dim, i, exact, s.LowerBound(d), s.UpperBound(d))
			}
		}
	}
}

func TestRowAsQueryEqualsItsVector(t *testing.T) {
	r := newRand(t)
	for _, m := range coded {
		v := clustered(r, 300, 50)
		c := build(t, m, v, nil)
		var a, b Scorer
		worst := float64(0)
		for ord := range uint32(300) {
			a.Reset(c, v.Vector(ord))
			b.ResetRow(c, ord)
			x, y := make([]float32, 300), make([]float32, 300)
			a.Contiguous(0, 300, x)
			b.Contiguous(0, 300, y)
			for i := range x {
				worst = max(worst, math.Abs(float64(x[i]-y[i])))
			}
		}
		if worst > 1e-3 {
			t.Errorf("%s: a row as a query differs from its vector by %v", m, worst)
		}
	}
}

func TestPixelsAreLossless(t *testing.T) {
	r := newRand(t)
	v := distance.Slab{Data: make([]float32, 300*90), Dim: 90}
	for i := range v.Data {
		v.Data[i] = float32(r.IntN(256))
	}
	for _, div := range []float32{1, 255} {
		w := distance.Slab{Data: slices.Clone(v.Data), Dim: 90}
		for i := range w.Data {
			w.Data[i] /= div
		}
		c := build(t, distance.L2, w, nil)
		if !c.Lossless() {
			t.Errorf("pixels over %v: scale %v is not lossless", div, c.Scale())
		}
	}
}

func TestRowsWithoutDistance(t *testing.T) {
	r := newRand(t)
	v := clustered(r, 100, 10)
	clear(v.Row(5))
	v.Row(6)[2] = float32(math.NaN())
	v.Row(7)[3] = float32(math.Inf(1))
	skip := bitmap.NewFlat(100)
	skip.Add(8)
	for _, m := range coded {
		c := build(t, m, v, skip)
		var s Scorer
		s.Reset(c, v.Vector(0))
		got := make([]float32, 100)
		s.Contiguous(0, 100, got)
		for i, d := range got {
			want := i == 6 || i == 7 || i == 8 || i == 5 && m == distance.Cosine
			if (d != d) != want {
				t.Errorf("%s: row %d is at %v", m, i, d)
			}
		}
		s.Reset(c, v.Vector(6))
		s.Contiguous(0, 100, got)
		if got[0] == got[0] {
			t.Errorf("%s: a NaN query is at %v", m, got[0])
		}
	}
}

func TestDegenerateData(t *testing.T) {
	for name, data := range map[string][]float32{
		"empty":    {},
		"equal":    {1, 2, 1, 2, 1, 2},
		"zero":     {0, 0, 0, 0},
		"one":      {3, 4},
		"huge":     {1e38, -1e38, -1e38, 1e38},
		"denormal": {1e-44, 0, 0, 1e-44},
	} {
		for _, m := range coded {
			c := build(t, m, distance.Slab{Data: data, Dim: 2}, nil)
			var s Scorer
			s.Reset(c, distance.Floats([]float32{1, 2}))
			s.Contiguous(0, c.Len(), make([]float32, c.Len()))
			if name == "equal" && m == distance.L2 {
				got := make([]float32, 3)
				s.Contiguous(0, 3, got)
				if !slices.Equal(got, []float32{0, 0, 0}) {
					t.Errorf("distance to an equal vector is %v", got)
				}
			}
		}
	}
}

func TestRescoreIsExact(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		for _, m := range coded {
			v := clustered(r, 2000, 40)
			c := build(t, m, v, nil)
			var s Scorer
			var right, saved []float64
			for range 30 {
				query := clustered(r, 1, 40).Data
				s.Reset(c, distance.Floats(query))
				exact := distance.NewScorer(m, distance.Floats(query), v)
				approx, truth := make([]float32, 2000), make([]float32, 2000)
				s.Contiguous(0, 2000, approx)
				exact.Contiguous(0, 2000, truth)
				var keys, want []distance.Key
				for i := range approx {
					keys = append(keys, distance.MakeKey(approx[i], uint32(i)))
					want = append(want, distance.MakeKey(truth[i], uint32(i)))
				}
				slices.Sort(keys)
				slices.Sort(want)
				hits, computed := Rescore(&s, &exact, keys, 10, nil)
				same := 1.0
				for i, h := range hits {
					if h != want[i].Hit() {
						t.Logf("%s: hit %d is %v, not %v", m, i, h, want[i].Hit())
						same = 0
					}
				}
				right = append(right, same)
				saved = append(saved, 1-float64(computed)/2000)
			}
			claim.AtLeast(t, m.String()+": answers that are exact", 1, right)
			claim.AtLeast(t, m.String()+": distances saved", 0.5, saved)
		}
	})
}

func TestUnsupported(t *testing.T) {
	_, err := Build(context.Background(), Int8, distance.L1, distance.Slab{Data: make([]float32, 4), Dim: 2}, nil, 1)
	if !errors.Is(err, ErrMetric) || Int8.Supports(distance.L2, distance.Float32, 0) || Int8.Supports(distance.L2, distance.Float32, 70000) {
		t.Errorf("got %v", err)
	}
}

func TestBuildStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := newRand(t)
	if _, err := Build(ctx, Int8, distance.L2, clustered(r, 20000, 4), nil, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCodecRoundTrip(t *testing.T) {
	r := newRand(t)
	for _, m := range coded {
		v := clustered(r, 77, 33)
		a := build(t, m, v, nil)
		var buf bytes.Buffer
		n, err := a.WriteTo(&buf)
		if err != nil || n != a.EncodedSize() || n != int64(buf.Len()) {
			t.Fatalf("wrote %d of %d: %v", n, a.EncodedSize(), err)
		}
		b, err := Open(buf.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		var s, u Scorer
		x, y := make([]float32, 77), make([]float32, 77)
		s.Reset(a, v.Vector(1))
		u.Reset(b, v.Vector(1))
		s.Contiguous(0, 77, x)
		u.Contiguous(0, 77, y)
		if !slices.Equal(x, y) || s.LowerBound(2) != u.LowerBound(2) {
			t.Errorf("%s: decoded codes give other distances", m)
		}
		for _, cut := range []int{0, 7, 63, 64, 100, buf.Len() - 1} {
			if _, err := Open(buf.Bytes()[:cut]); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s: %d bytes open: %v", m, cut, err)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	for _, m := range coded {
		c := build(f, m, distance.Slab{Data: []float32{1, 2, 3, 4, 5, 6}, Dim: 3}, nil)
		var buf bytes.Buffer
		c.WriteTo(&buf)
		f.Add(buf.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Open(b)
		if err != nil {
			return
		}
		var s Scorer
		s.Reset(c, distance.Floats(make([]float32, c.Dim())))
		s.Contiguous(0, c.Len(), make([]float32, c.Len()))
		if c.Len() > 0 {
			s.ResetRow(c, uint32(c.Len()-1))
			s.LowerBound(1)
		}
		var buf bytes.Buffer
		if _, err := c.WriteTo(&buf); err != nil || buf.Len() != len(b) {
			t.Fatalf("%d bytes became %d: %v", len(b), buf.Len(), err)
		}
	})
}

func BenchmarkReset(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	v := clustered(r, 1000, 784)
	for _, m := range coded {
		c := build(b, m, v, nil)
		var s Scorer
		b.Run(m.String(), func(b *testing.B) {
			for i := range b.N {
				s.Reset(c, v.Vector(uint32(i%1000)))
			}
		})
	}
	c := build(b, distance.L2, v, nil)
	var s Scorer
	b.Run("row", func(b *testing.B) {
		for i := range b.N {
			s.ResetRow(c, uint32(i%1000))
		}
	})
}
