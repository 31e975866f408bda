package flat

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/claim"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/quant"
)

func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// coarse is vectors of few distinct values, so that equal distances are common.
func coarse(r *rand.Rand, n, dim int) distance.Slab {
	data := make([]float32, n*dim)
	for i := range data {
		data[i] = float32(r.IntN(4))
	}
	return distance.Slab{Data: data, Dim: dim}
}

// brute is the answer by definition: sort everything that passes.
func brute(m distance.Metric, query []float32, v distance.Slab, base uint32, pass func(uint32) bool, k int, tie func(a, b uint32) int) []Hit {
	var hits []Hit
	for i := range v.Len() {
		ord := base + uint32(i)
		d := distance.Pair(m, query, v.Row(uint32(i)))
		if d == d && pass(ord) {
			hits = append(hits, Hit{Ord: ord, Dist: d + 0})
		}
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Dist, b.Dist), tie(a.Ord, b.Ord))
	})
	return hits[:min(k, len(hits))]
}

func randomFlat(r *rand.Rand, n uint32, share float64) *bitmap.Flat {
	f := bitmap.NewFlat(n)
	for i := range n {
		if r.Float64() < share {
			f.Add(i)
		}
	}
	return f
}

func sameHits(t *testing.T, what string, got, want []Hit) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d hits, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i].Ord != want[i].Ord || math.Abs(float64(got[i].Dist-want[i].Dist)) > 1e-5*(1+math.Abs(float64(want[i].Dist))) {
			t.Fatalf("%s: hit %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func TestScansAgree(t *testing.T) {
	r := newRand(t)
	ctx := context.Background()
	for round := range 60 {
		n, dim, k := 1+r.IntN(900), 1+r.IntN(20), 1+r.IntN(30)
		m := []distance.Metric{distance.L2, distance.InnerProduct, distance.L1}[r.IntN(3)]
		base := uint32(r.IntN(3) * 37)
		v := coarse(r, n, dim)
		query := coarse(r, 1, dim).Data
		f := Filter{Base: base}
		if r.IntN(2) == 0 {
			f.Allowed = randomFlat(r, base+uint32(n), []float64{0.01, 0.3, 0.95}[r.IntN(3)])
		}
		if r.IntN(2) == 0 {
			f.Excluded = randomFlat(r, base+uint32(n), 0.1)
		}
		byOrd := func(a, b uint32) int { return cmp.Compare(a, b) }
		tie := byOrd
		if r.IntN(2) == 0 {
			tie = func(a, b uint32) int { return cmp.Compare(b, a) }
		}
		want := brute(m, query, v, base, f.passes, k, tie)
		s := distance.NewScorer(m, distance.Floats(query), v)

		top := NewTopK(k)
		top.BreakTies(tie)
		if _, err := Scan(ctx, &s, 0, n, f, top); err != nil {
			t.Fatal(err)
		}
		sameHits(t, "Scan", top.Hits(nil), want)

		if quant.Int8.Supports(m, v.Element, dim) {
			codes, err := quant.Build(ctx, quant.Int8, m, v, nil, 1)
			if err != nil {
				t.Fatal(err)
			}
			var cs quant.Scorer
			cs.Reset(codes, distance.Floats(query))
			top.Reset(k)
			top.BreakTies(tie)
			if _, err := ScanCodes(ctx, &cs, &s, 0, n, f, top); err != nil {
				t.Fatal(err)
			}
			sameHits(t, "ScanCodes", top.Hits(nil), want)
		}
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

func TestScanCodesOnContinuousData(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		ctx := context.Background()
		v := distance.Slab{Data: make([]float32, 5000*30), Dim: 30}
		for i := range v.Data {
			v.Data[i] = float32(r.NormFloat64())
		}
		clear(v.Row(77)) // no distance under cosine
		for _, m := range []distance.Metric{distance.L2, distance.InnerProduct, distance.Cosine} {
			codes, err := quant.Build(ctx, quant.Int8, m, v, nil, 1)
			if err != nil {
				t.Fatal(err)
			}
			for range 20 {
				query := make([]float32, 30)
				for i := range query {
					query[i] = float32(r.NormFloat64())
				}
				s := distance.NewScorer(m, distance.Floats(query), v)
				var cs quant.Scorer
				cs.Reset(codes, distance.Floats(query))
				a, b := NewTopK(10), NewTopK(10)
				if _, err := Scan(ctx, &s, 0, 5000, Filter{}, a); err != nil {
					t.Fatal(err)
				}
				n, err := ScanCodes(ctx, &cs, &s, 0, 5000, Filter{}, b)
				if err != nil {
					t.Fatal(err)
				}
				sameHits(t, m.String(), b.Hits(nil), a.Hits(nil))
				if claim.Fixed() && n > 5000+1500 { // one row that codes badly costs every query
					t.Errorf("%s: %d distances for 5000 rows", m, n)
				}
				if !slices.Equal(a.NaN(), b.NaN()) || m == distance.Cosine && !slices.Equal(a.NaN(), []uint32{77}) {
					t.Errorf("%s: NaN rows %v and %v", m, a.NaN(), b.NaN())
				}
			}
		}
	})
}

// TestScanCodesWithStrays has some rows far outside the range of the others, whose codes say little about them: near the query or not, they are found.
func TestScanCodesWithStrays(t *testing.T) {
	r := newRand(t)
	ctx := context.Background()
	const n, dim = 10_000, 20
	for _, m := range []distance.Metric{distance.L2, distance.InnerProduct, distance.Cosine} {
		v := distance.Slab{Data: make([]float32, n*dim), Dim: dim}
		var codes *quant.Codes
		for codes == nil || len(codes.Strays()) == 0 { // until training has not seen the row: a sample of it is what codes are fitted to
			for i := range v.Data {
				v.Data[i] = 1 + float32(r.NormFloat64())/10
			}
			row := v.Row(r.Uint32N(n))
			for j := range row {
				row[j] = float32(10 * r.NormFloat64())
			}
			var err error
			if codes, err = quant.Build(ctx, quant.Int8, m, v, nil, 1); err != nil {
				t.Fatal(err)
			}
		}
		var file bytes.Buffer
		if _, err := codes.WriteTo(&file); err != nil || int64(file.Len()) != codes.EncodedSize() {
			t.Fatal(err, file.Len(), codes.EncodedSize())
		}
		again, err := quant.Open(file.Bytes())
		if err != nil || !slices.Equal(again.Strays(), codes.Strays()) || len(again.Strays()) == 0 {
			t.Fatalf("%s: strays %v, read %v, %v", m, codes.Strays(), again.Strays(), err)
		}
		for round := range 40 {
			query := slices.Clone(v.Row(r.Uint32N(n)))
			if round%2 == 0 {
				query = slices.Clone(v.Row(again.Strays()[r.IntN(len(again.Strays()))]))
			}
			query[0] += 0.01
			f := Filter{}
			if round%4 > 1 {
				f.Allowed = randomFlat(r, n, 0.5)
			}
			s := distance.NewScorer(m, distance.Floats(query), v)
			var cs quant.Scorer
			cs.Reset(again, distance.Floats(query))
			a, b := NewTopK(10), NewTopK(10)
			if _, err := Scan(ctx, &s, 0, n, f, a); err != nil {
				t.Fatal(err)
			}
			if _, err := ScanCodes(ctx, &cs, &s, 0, n, f, b); err != nil {
				t.Fatal(err)
			}
			sameHits(t, m.String(), b.Hits(nil), a.Hits(nil))
		}
	}
}

func TestWithin(t *testing.T) {
	v := distance.Slab{Data: []float32{0, 1, 2, 3, 4}, Dim: 1}
	s := distance.NewScorer(distance.L2, distance.Floats([]float32{0}), v)
	for _, c := range []struct {
		limit     float32
		inclusive bool
		want      int
	}{{4, true, 3}, {4, false, 2}, {-1, true, 0}, {100, false, 5}, {float32(math.NaN()), true, 0}, {float32(math.Inf(1)), true, 5}} {
		top := NewTopK(10)
		top.Within(c.limit, c.inclusive)
		if _, err := Scan(context.Background(), &s, 0, 5, Filter{}, top); err != nil {
			t.Fatal(err)
		}
		if top.Len() != c.want {
			t.Errorf("within %v (%v): %d rows, want %d", c.limit, c.inclusive, top.Len(), c.want)
		}
	}
}

func TestNaNRowsAreKeptApart(t *testing.T) {
	nan := float32(math.NaN())
	v := distance.Slab{Data: []float32{nan, 1, nan, 2, nan}, Dim: 1}
	s := distance.NewScorer(distance.L2, distance.Floats([]float32{0}), v)
	top := NewTopK(2)
	if _, err := Scan(context.Background(), &s, 0, 5, Filter{}, top); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(top.NaN(), []uint32{0, 2}) || top.Len() != 2 {
		t.Errorf("NaN rows %v, %d hits", top.NaN(), top.Len())
	}
}

func TestScanManyLeavesOneOut(t *testing.T) {
	r := newRand(t)
	v := coarse(r, 300, 12)
	var queries []distance.Vector
	var leave []uint32
	var tops []*TopK
	for i := range uint32(20) {
		queries, leave, tops = append(queries, v.Vector(i)), append(leave, i), append(tops, NewTopK(7))
	}
	if err := ScanMany(context.Background(), distance.L2, queries, v, Filter{}, leave, tops); err != nil {
		t.Fatal(err)
	}
	for i, top := range tops {
		want := brute(distance.L2, queries[i].Floats, v, 0, func(o uint32) bool { return o != uint32(i) }, 7, func(a, b uint32) int { return cmp.Compare(a, b) })
		sameHits(t, "ScanMany", top.Hits(nil), want)
	}
}

func TestScanStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := distance.NewScorer(distance.L2, distance.Floats([]float32{0}), distance.Slab{Data: make([]float32, 10), Dim: 1})
	if _, err := Scan(ctx, &s, 0, 10, Filter{}, NewTopK(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkScan(b *testing.B) {
	const dim, n = 128, 100000
	r := rand.New(rand.NewPCG(1, 2))
	v := distance.Slab{Data: make([]float32, n*dim), Dim: dim}
	for i := range v.Data {
		v.Data[i] = float32(r.NormFloat64())
	}
	ctx := context.Background()
	codes, err := quant.Build(ctx, quant.Int8, distance.L2, v, nil, 2)
	if err != nil {
		b.Fatal(err)
	}
	s := distance.NewScorer(distance.L2, v.Vector(5), v)
	var cs quant.Scorer
	cs.Reset(codes, v.Vector(5))
	top := NewTopK(10)
	b.Run("float", func(b *testing.B) {
		b.SetBytes(n * dim * 4)
		for range b.N {
			top.Reset(10)
			Scan(ctx, &s, 0, n, Filter{}, top)
		}
	})
	b.Run("codes", func(b *testing.B) {
		b.SetBytes(n * int64(quant.Stride(dim)))
		for range b.N {
			top.Reset(10)
			ScanCodes(ctx, &cs, &s, 0, n, Filter{}, top)
		}
	})
	for _, share := range []float64{0.01, 0.1, 0.5} {
		f := Filter{Allowed: randomFlat(r, n, share)}
		b.Run("codes/filtered", func(b *testing.B) {
			for range b.N {
				top.Reset(10)
				ScanCodes(ctx, &cs, &s, 0, n, f, top)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(f.Allowed.Count()), "ns/match")
		})
	}
}
