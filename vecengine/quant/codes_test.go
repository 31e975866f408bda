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

func build(t testing.TB, k coding, v distance.Slab, skip *bitmap.Flat) *Codes {
	c, err := Build(context.Background(), k.kind, k.metric, v, skip, 2)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// coding is a kind of codes for a metric.
type coding struct {
	kind   Kind
	metric distance.Metric
}

func (k coding) String() string { return k.kind.String() + " " + k.metric.String() }

// codings are all that there are.
var codings = allCodings()

func allCodings() (all []coding) {
	for k := Int8; k <= Binary; k++ {
		for m := distance.L2; m <= distance.Jaccard; m++ {
			if k.Supports(m, distance.Float32, 8) {
				all = append(all, coding{k, m})
			}
		}
	}
	return all
}

func TestApproximateDistances(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		for _, k := range codings {
			m := k.metric
			for _, dim := range []int{1, 3, 61, 300} {
				v := clustered(r, 500, dim)
				c := build(t, k, v, nil)
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
							t.Fatalf("%s dim %d: Gather and Contiguous differ at %d", k, dim, id)
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
				claim.AtLeast(t, fmt.Sprintf("%s dim %d: exact distances inside the bounds", k, dim), 0.998, inside)
			}
		}
	})
}

// TestCertainBoundsHoldForEveryRow checks that no exact distance lies outside the widened bounds, far queries and outliers included.
func TestCertainBoundsHoldForEveryRow(t *testing.T) {
	r := newRand(t)
	for _, k := range codings {
		for _, dim := range []int{1, 3, 30, 100} {
			v := clustered(r, 2000, dim)
			for j := range v.Row(5) {
				v.Row(5)[j] *= 50 // clipped by training
			}
			checkCertain(t, k, v, func() []float32 { return clustered(r, 1, dim).Data })
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
			checkCertain(t, k, alike, func() []float32 { return near(make([]float32, dim)) })
		}
	}
}

func checkCertain(t *testing.T, k coding, v distance.Slab, point func() []float32) {
	t.Helper()
	c := build(t, k, v, nil)
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
			exact := distance.Pair(k.metric, query, v.Row(uint32(i)))
			if !s.IsStray(uint32(i)) && (s.LowerBound(d) > exact || s.UpperBound(d) < exact) {
				t.Fatalf("%s dim %d: row %d is at %v, bounds %v and %v", k, v.Dim, i, exact, s.LowerBound(d), s.UpperBound(d))
			}
		}
	}
}

func TestRowAsQueryEqualsItsVector(t *testing.T) {
	r := newRand(t)
	for _, k := range codings {
		if k.kind == Binary {
			continue // as a query a row is only its signs
		}
		v := clustered(r, 300, 50)
		c := build(t, k, v, nil)
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
		if allowed := map[Kind]float64{Int8: 1e-3, Half: 0.1}[k.kind]; worst > allowed {
			t.Errorf("%s: a row as a query differs from its vector by %v", k, worst)
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
		c := build(t, coding{Int8, distance.L2}, w, nil)
		if !c.Lossless() {
			t.Errorf("pixels over %v: scale %v is not lossless", div, c.int8.scale)
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
	for _, k := range codings {
		m := k.metric
		c := build(t, k, v, skip)
		var s Scorer
		s.Reset(c, v.Vector(0))
		got := make([]float32, 100)
		s.Contiguous(0, 100, got)
		for i, d := range got {
			want := i == 6 || i == 7 || i == 8 || i == 5 && m == distance.Cosine
			if (d != d) != want {
				t.Errorf("%s: row %d is at %v", k, i, d)
			}
		}
		s.Reset(c, v.Vector(6))
		s.Contiguous(0, 100, got)
		if got[0] == got[0] {
			t.Errorf("%s: a NaN query is at %v", k, got[0])
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
		for _, k := range codings {
			m := k.metric
			c := build(t, k, distance.Slab{Data: data, Dim: 2}, nil)
			var s Scorer
			s.Reset(c, distance.Floats([]float32{1, 2}))
			s.Contiguous(0, c.Len(), make([]float32, c.Len()))
			if name == "equal" && (m == distance.L2 || m == distance.L1) {
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
		for _, k := range codings {
			m := k.metric
			v := clustered(r, 2000, 40)
			c := build(t, k, v, nil)
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
						t.Logf("%s: hit %d is %v, not %v", k, i, h, want[i].Hit())
						same = 0
					}
				}
				right = append(right, same)
				saved = append(saved, 1-float64(computed)/2000)
			}
			if k.kind == Binary {
				claim.AtLeast(t, k.String()+": answers that are exact", 0.9, right)
				continue // 40 dimensions leave most rows in doubt
			}
			claim.AtLeast(t, k.String()+": answers that are exact", 1, right)
			claim.AtLeast(t, k.String()+": distances saved", 0.5, saved)
		}
	})
}

func TestUnsupported(t *testing.T) {
	two := distance.Slab{Data: make([]float32, 4), Dim: 2}
	for _, k := range []coding{{Int8, distance.L1}, {Binary, distance.L1}, {Half, distance.Hamming}, {Auto, distance.L2}, {None, distance.L2}, {9, distance.L2}} {
		if _, err := Build(context.Background(), k.kind, k.metric, two, nil, 1); !errors.Is(err, ErrMetric) {
			t.Errorf("%s: got %v", k, err)
		}
	}
	for k := Int8; k <= Binary; k++ {
		if k.Supports(distance.L2, distance.Float32, 0) || k.Supports(distance.L2, distance.Float32, 70000) ||
			k.Supports(distance.L2, distance.Sparse, 10) || k.Supports(distance.Hamming, distance.Bit, 10) {
			t.Errorf("%s codes are too widely supported", k)
		}
		if got, ok := ParseKind(k.String()); !ok || got != k {
			t.Errorf("%s is parsed as %s", k, got)
		}
	}
	if _, ok := ParseKind("int4"); ok {
		t.Error("int4 is a kind")
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
	for _, k := range codings {
		v := clustered(r, 77, 33)
		a := build(t, k, v, nil)
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
			t.Errorf("%s: decoded codes give other distances", k)
		}
		for _, cut := range []int{0, 7, 63, 64, 100, buf.Len() - 1} {
			if _, err := Open(buf.Bytes()[:cut]); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s: %d bytes open: %v", k, cut, err)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	for _, k := range codings {
		c := build(f, k, distance.Slab{Data: []float32{1, 2, 3, 4, 5, 6}, Dim: 3}, nil)
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

// BenchmarkReset is what binding a query costs, and as "row" a row, as a build does for every candidate.
func BenchmarkReset(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	v := clustered(r, 1000, 784)
	for _, k := range codings {
		c := build(b, k, v, nil)
		var s Scorer
		b.Run(k.kind.String()+"/"+k.metric.String(), func(b *testing.B) {
			for i := range b.N {
				s.Reset(c, v.Vector(uint32(i%1000)))
			}
		})
		if k.metric != distance.L2 {
			continue
		}
		b.Run(k.kind.String()+"/row", func(b *testing.B) {
			for i := range b.N {
				s.ResetRow(c, uint32(i%1000))
			}
		})
	}
}

// BenchmarkGather is one query against 32 rows all over memory.
func BenchmarkGather(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	v := clustered(r, 20000, 784)
	for _, k := range codings {
		c := build(b, k, v, nil)
		var s Scorer
		s.Reset(c, v.Vector(3))
		ids, out := make([]uint32, 1<<12), make([]float32, 32)
		for i := range ids {
			ids[i] = uint32(r.IntN(v.Len()))
		}
		b.Run(k.kind.String()+"/"+k.metric.String(), func(b *testing.B) {
			at := 0
			for range b.N {
				s.Gather(ids[at:at+32], out)
				at = (at + 32) & (len(ids) - 1)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*32), "ns/row")
		})
	}
}

// BenchmarkBuild is what coding a row costs.
func BenchmarkBuild(b *testing.B) {
	v := clustered(rand.New(rand.NewPCG(1, 2)), 4000, 784)
	for k := Int8; k <= Binary; k++ {
		b.Run(k.String(), func(b *testing.B) {
			for range b.N {
				if _, err := Build(context.Background(), k, distance.L2, v, nil, 1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*v.Len()), "ns/row")
		})
	}
}

// TestScaledHalves: values far from one keep their bits.
func TestScaledHalves(t *testing.T) {
	r := newRand(t)
	for _, factor := range []float32{1e-12, 1e-6, 1, 1e6, 1e12} {
		v := clustered(r, 300, 20)
		for i := range v.Data {
			v.Data[i] *= factor
		}
		for _, m := range []distance.Metric{distance.L2, distance.InnerProduct, distance.L1, distance.Cosine} {
			c := build(t, coding{Half, m}, v, nil)
			var s Scorer
			s.Reset(c, v.Vector(3))
			got := make([]float32, 300)
			s.Contiguous(0, 300, got)
			for i, d := range got {
				exact := distance.Pair(m, v.Row(3), v.Row(uint32(i)))
				between := 0.02 * 20 * factor // of a taxicab distance; of a cosine; of squares
				switch {
				case m == distance.Cosine:
					between = 0.02
				case m != distance.L1:
					between *= 10 * factor
				}
				if s.LowerBound(d) > exact || s.UpperBound(d) < exact || s.UpperBound(d)-s.LowerBound(d) > between {
					t.Fatalf("%s of values around %v: row %d at %v, between %v and %v", m, factor, i, exact, s.LowerBound(d), s.UpperBound(d))
				}
			}
		}
	}
}

// TestFarQueryOnHalves: a query that leaves the codes' range knows nothing, and says so.
func TestFarQueryOnHalves(t *testing.T) {
	v := clustered(newRand(t), 50, 8)
	for i := range v.Data {
		v.Data[i] *= 1e-9
	}
	query := make([]float32, 8)
	query[0] = 1e15
	for _, m := range []distance.Metric{distance.L2, distance.InnerProduct, distance.L1} {
		c := build(t, coding{Half, m}, v, nil)
		var s Scorer
		s.Reset(c, distance.Floats(query))
		got := make([]float32, 50)
		s.Contiguous(0, 50, got)
		for i, d := range got {
			exact := distance.Pair(m, query, v.Row(uint32(i)))
			if d != d || s.LowerBound(d) > exact || s.UpperBound(d) < exact {
				t.Fatalf("%s: row %d at %v, between %v and %v", m, i, exact, s.LowerBound(d), s.UpperBound(d))
			}
		}
	}
}

// TestRotationKeepsLengths: and products of two vectors.
func TestRotationKeepsLengths(t *testing.T) {
	r := newRand(t)
	for _, dim := range []int{1, 3, 64, 65, 100, 128, 300, 768, 1000, 1536} {
		turn := newRotation(dim)
		a, b := make([]float32, turn.width), make([]float32, turn.width)
		for j := range dim {
			a[j], b[j] = float32(r.NormFloat64()), float32(r.NormFloat64())
		}
		want, norm := distance.Dot(a, b), distance.Norm(a)
		turn.turn(a)
		turn.turn(b)
		if got := distance.Dot(a, b); math.Abs(float64(got-want)) > 1e-4*float64(dim+5) || math.Abs(distance.Norm(a)-norm) > 1e-4*norm {
			t.Errorf("dim %d: product %v, was %v; length %v, was %v", dim, got, want, distance.Norm(a), norm)
		}
	}
}

// curved is n vectors near a surface of ten dimensions, as data that something is known about is.
func curved(r *rand.Rand, n, dim int) distance.Slab {
	const inner = 10
	a, b := make([]float32, inner*dim), make([]float32, inner*dim)
	for i := range a {
		a[i], b[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
	}
	data := make([]float32, n*dim)
	for i := range n {
		for k := range inner {
			x := r.NormFloat64()
			line, bend := float32(x), float32(math.Sin(2*x))
			for j := range dim {
				data[i*dim+j] += a[k*dim+j]*line + b[k*dim+j]*bend
			}
		}
		for j := range dim {
			data[i*dim+j] += 0.3 * float32(r.NormFloat64())
		}
	}
	return distance.Slab{Data: data, Dim: dim}
}

// TestBinaryEstimatesTellNearFromFar: by the share of the ten nearest that are among the fifty nearest by code. Without a rotation and by
// Hamming distance it is about half of this.
func TestBinaryEstimatesTellNearFromFar(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		for _, m := range []distance.Metric{distance.L2, distance.InnerProduct, distance.Cosine} {
			v := curved(r, 3030, 192)
			queries := v.Slice(3000, 3030)
			v = v.Slice(0, 3000)
			c := build(t, coding{Binary, m}, v, nil)
			var s Scorer
			var shares []float64
			for q := range uint32(30) {
				query := queries.Row(q)
				s.Reset(c, distance.Floats(query))
				approx, truth := make([]float32, 3000), make([]float32, 3000)
				s.Contiguous(0, 3000, approx)
				exact := distance.NewScorer(m, distance.Floats(query), v)
				exact.Contiguous(0, 3000, truth)
				near := nearestOf(approx, 50)
				found := 0
				for _, i := range nearestOf(truth, 10) {
					if slices.Contains(near, i) {
						found++
					}
				}
				shares = append(shares, float64(found)/10)
			}
			claim.AtLeast(t, m.String()+": share of the nearest found", 0.9, shares)
		}
	})
}

// TestIndexRowBytes compares the memory foreseen for an index's codes with that of the codes made.
func TestIndexRowBytes(t *testing.T) {
	r := newRand(t)
	const n = 300
	for _, dim := range []int{16, 100} {
		v := clustered(r, n, dim)
		for k := Auto; k <= Binary; k++ {
			made, walk, err := ForIndex(t.Context(), k, distance.L2, v, nil, 1)
			if err != nil {
				t.Fatal(err)
			}
			total := 0
			if walk != nil {
				total = walk.Bytes()
			}
			if made != nil && made != walk {
				total += made.Bytes()
			}
			foreseen := n * IndexRowBytes(k, distance.L2, v.Element, dim)
			if total > foreseen || walk != nil && total == 0 || (k == None) != (foreseen == 0) && !(k == Auto && dim < autoDimMin) {
				t.Errorf("%s codes of %d dimensions take %d bytes, %d foreseen", k, dim, total, foreseen)
			}
			if k == Half && (walk == nil || total != foreseen) {
				t.Errorf("half codes of %d dimensions take %d bytes, %d foreseen", dim, total, foreseen)
			}
		}
	}
}
