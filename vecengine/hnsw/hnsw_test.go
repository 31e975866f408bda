package hnsw

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/claim"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
	"vecgres/vecengine/quant"
)

var ctx = context.Background()

var floatMetrics = []distance.Metric{distance.L2, distance.InnerProduct, distance.Cosine, distance.L1}

func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// world is a source of clustered vectors: data and queries come from the same clusters.
type world struct {
	r       *rand.Rand
	dim     int
	centres []float32
}

func newWorld(r *rand.Rand, dim, clusters int) *world {
	w := &world{r: r, dim: dim, centres: make([]float32, clusters*dim)}
	for i := range w.centres {
		w.centres[i] = float32(r.NormFloat64())
	}
	return w
}

func (w *world) draw(n int) distance.Slab {
	data := make([]float32, 0, n*w.dim)
	for range n {
		c := w.r.IntN(len(w.centres) / w.dim)
		for _, x := range w.centres[c*w.dim : (c+1)*w.dim] {
			data = append(data, x+0.6*float32(w.r.NormFloat64()))
		}
	}
	return distance.Slab{Data: data, Dim: w.dim}
}

// buildIndex builds with or without codes and checks the graph.
func buildIndex(t testing.TB, v distance.Slab, p Params, withCodes bool, skip *bitmap.Flat) *Index {
	t.Helper()
	vectors := Vectors{Slab: v, Skip: skip}
	if withCodes && quant.Int8.Supports(p.Metric, v.Element, v.Dim) {
		codes, err := quant.Build(ctx, quant.Int8, p.Metric, v, skip, 2)
		if err != nil {
			t.Fatal(err)
		}
		vectors.Codes = codes
	}
	g, err := Build(ctx, vectors, p, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Check(v.Len()); err != nil {
		t.Fatal(err)
	}
	x, err := NewIndex(g, v, vectors.Codes, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// exact is the true top k among the nodes that pass.
func exact(t testing.TB, x *Index, query []float32, k int, f flat.Filter) []Hit {
	t.Helper()
	top := flat.NewTopK(k)
	s := distance.NewScorer(x.Graph.Metric(), distance.Floats(query), x.Vectors)
	if _, err := flat.Scan(ctx, &s, 0, x.Vectors.Len(), f, top); err != nil {
		t.Fatal(err)
	}
	return top.Hits(nil)
}

func search(t testing.TB, x *Index, query []float32, opt Options) ([]Hit, Stats) {
	t.Helper()
	hits, stats, err := x.Search(ctx, distance.Floats(query), opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkHits(t, hits)
	return hits, stats
}

// checkHits: ascending and no duplicates.
func checkHits(t testing.TB, hits []Hit) {
	t.Helper()
	seen := make(map[uint32]bool, len(hits))
	for i, h := range hits {
		if seen[h.Ord] {
			t.Fatalf("ordinal %d is there twice", h.Ord)
		}
		seen[h.Ord] = true
		if i > 0 && distance.MakeKey(h.Dist, h.Ord) < distance.MakeKey(hits[i-1].Dist, hits[i-1].Ord) {
			t.Fatalf("hit %d (%v) sorts before hit %d (%v)", i, h, i-1, hits[i-1])
		}
	}
}

func TestRecall(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		w := newWorld(r, 24, 20)
		v, queries := w.draw(6000), w.draw(100)
		for _, m := range floatMetrics {
			for _, withCodes := range []bool{false, true} {
				x := buildIndex(t, v, Params{Metric: m, EfConstruction: 100}, withCodes, nil)
				var recalls []float64
				for q := range uint32(100) {
					hits, stats := search(t, x, queries.Row(q), Options{K: 10, Ef: 120})
					if len(hits) != 10 || stats.ByCodes != (x.Codes != nil) {
						t.Fatalf("%s: %d hits, %+v", m, len(hits), stats)
					}
					for _, h := range hits {
						if want := distance.Pair(m, queries.Row(q), v.Row(h.Ord)); h.Dist != want {
							t.Fatalf("%s: ordinal %d at %v, not %v", m, h.Ord, want, h.Dist)
						}
					}
					recalls = append(recalls, recall(hits, exact(t, x, queries.Row(q), 10, flat.Filter{}), 10))
				}
				claim.AtLeast(t, fmt.Sprintf("%s, codes %v: recall@10", m, withCodes), 0.97, recalls)
			}
		}
	})
}

func TestEfOfAllFindsAll(t *testing.T) {
	r := newRand(t)
	for _, n := range []int{1, 2, 3, 10, 700, 1500} {
		v := newWorld(r, 6, 5).draw(n)
		x := buildIndex(t, v, Params{Metric: distance.L2, M: 4, EfConstruction: 20}, r.IntN(2) == 0, nil)
		hits, stats := search(t, x, v.Row(0), Options{K: n, Ef: n})
		if len(hits) != n || !stats.Complete {
			t.Errorf("n %d: %d hits, %+v", n, len(hits), stats)
		}
	}
}

// TestOneWayGraph: a descent may end where links lead only further away from the entry point. What lies behind
// must be found all the same when the beam asks for it.
func TestOneWayGraph(t *testing.T) {
	const n = 20
	g := &Graph{metric: distance.L2, m: 2, rows: n, nodes: n, entry: 0, links: emptyRows(n * 4), linkCount: n - 1}
	v := distance.Slab{Data: make([]float32, n), Dim: 1}
	for i := range n {
		v.Data[i] = float32(i)
		if i > 0 {
			g.links[4*(i-1)] = uint32(i)
		}
	}
	g.upper = []upperLayer{{nodes: []uint32{0, 15}, below: []uint32{0, 15}, links: []uint32{1, none, none, none}}}
	if err := g.Check(n); err != nil {
		t.Fatal(err)
	}
	x := &Index{Graph: g, Vectors: v}
	for _, opt := range []Options{{K: n, Ef: n}, {K: 12}, {K: 12, Accept: func(uint32) bool { return true }}} {
		if hits, _ := search(t, x, []float32{19}, opt); len(hits) != opt.K {
			t.Errorf("%d of %d found", len(hits), opt.K)
		}
	}
}

func TestBuildBytes(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 8, 4).draw(5000)
	x := buildIndex(t, v, Params{Metric: distance.L2}, false, nil)
	if b := BuildBytes(5000, 16, 1); b < 2*int64(x.Graph.Bytes()) || b > 4*int64(x.Graph.Bytes()) {
		t.Errorf("%d bytes for a graph of %d, with distances", b, x.Graph.Bytes())
	}
}

func TestEqualVectorsAreAllFound(t *testing.T) {
	v := distance.Slab{Data: make([]float32, 2000*3), Dim: 3}
	for i := range v.Data[:1500*3] {
		v.Data[i] = 1
	}
	x := buildIndex(t, v, Params{Metric: distance.L2, M: 5, EfConstruction: 20}, false, nil)
	hits, _ := search(t, x, []float32{1, 1, 1}, Options{K: 2000, Ef: 2000})
	if len(hits) != 2000 {
		t.Errorf("%d of 2000 found", len(hits))
	}
	hits, _ = search(t, x, []float32{1, 1, 1}, Options{K: 10, Ef: 40})
	for _, h := range hits {
		if h.Dist != 0 {
			t.Errorf("hit %v among 1,500 vectors at distance 0", h)
		}
	}
}

func TestRowsThatAreNoNodes(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 8, 4).draw(500)
	skip := bitmap.NewFlat(500)
	for i := range uint32(100) {
		skip.Add(i * 3)
	}
	clear(v.Row(1))
	v.Row(2)[0] = float32(inf)
	for _, withCodes := range []bool{false, true} {
		x := buildIndex(t, v, Params{Metric: distance.Cosine}, withCodes, skip)
		if x.Graph.Nodes() != 398 || x.Graph.Len() != 500 {
			t.Fatalf("%d nodes of %d rows", x.Graph.Nodes(), x.Graph.Len())
		}
		hits, stats := search(t, x, v.Row(4), Options{K: 500, Ef: 500})
		if len(hits) != 398 || !stats.Complete {
			t.Errorf("%d hits", len(hits))
		}
		for _, h := range hits {
			if skip.Contains(h.Ord) || h.Ord == 1 || h.Ord == 2 {
				t.Errorf("row %d is no node", h.Ord)
			}
		}
	}
	all := bitmap.FullFlat(500)
	x := buildIndex(t, v, Params{Metric: distance.L2}, false, all)
	hits, stats := search(t, x, v.Row(4), Options{K: 5})
	if len(hits) != 0 || !stats.Complete || x.Graph.Layers() != 0 {
		t.Errorf("a graph without nodes gives %d hits", len(hits))
	}
}

func TestZeroQueryUnderCosineFindsNothing(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 8, 4).draw(300)
	for _, withCodes := range []bool{false, true} {
		x := buildIndex(t, v, Params{Metric: distance.Cosine}, withCodes, nil)
		if hits, _ := search(t, x, make([]float32, 8), Options{K: 5}); len(hits) != 0 {
			t.Errorf("hits %v", hits)
		}
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 10, 6).draw(3000)
	p := Params{Metric: distance.L2, Seed: 7}
	a, err := Build(ctx, Vectors{Slab: v}, p, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Build(ctx, Vectors{Slab: v}, p, 5, nil)
	if err != nil {
		t.Fatal(err)
	}
	if string(encode(t, a)) != string(encode(t, b)) {
		t.Error("one worker and five make different graphs")
	}
}

func TestBuildReportsProgressAndStops(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 10, 6).draw(3000)
	last, total := -1, 0
	if _, err := Build(ctx, Vectors{Slab: v}, Params{Metric: distance.L2}, 2, func(d, n int) {
		if d < last {
			t.Errorf("progress went from %d to %d", last, d)
		}
		last, total = d, n
	}); err != nil {
		t.Fatal(err)
	}
	if last != 3000 || total != 3000 {
		t.Errorf("progress ended at %d of %d", last, total)
	}
	stop, cancel := context.WithCancel(ctx)
	_, err := Build(stop, Vectors{Slab: v}, Params{Metric: distance.L2}, 2, func(d, _ int) {
		if d > 1000 {
			cancel()
		}
	})
	if err != context.Canceled {
		t.Errorf("cancelled build: %v", err)
	}
}

func TestBadParams(t *testing.T) {
	v := Vectors{Slab: distance.Slab{Data: make([]float32, 20), Dim: 2}}
	for _, p := range []Params{
		{Metric: distance.Hamming}, {}, {Metric: distance.L2, M: 1}, {Metric: distance.L2, M: 101},
		{Metric: distance.L2, EfConstruction: 1001}, {Metric: distance.L2, EfConstruction: -1},
	} {
		if _, err := Build(ctx, v, p, 1, nil); err == nil {
			t.Errorf("%+v builds", p)
		}
	}
}

func TestSearchOptions(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 8, 4).draw(400)
	x := buildIndex(t, v, Params{Metric: distance.L2}, false, nil)
	if _, _, err := x.Search(ctx, distance.Floats(make([]float32, 7)), Options{K: 1}, nil); err == nil {
		t.Error("a query of 7 dimensions passes")
	}
	if hits, _ := search(t, x, v.Row(0), Options{}); len(hits) != 0 {
		t.Error("K of 0 gives hits")
	}
	if hits, stats := search(t, x, v.Row(0), Options{K: 60, Ef: 10}); len(hits) != 60 || stats.Ef != 60 {
		t.Errorf("K of 60 gives %d hits with ef %d", len(hits), stats.Ef)
	}
	stop, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := x.Search(stop, v.Vector(0), Options{K: 300, Ef: 300}, nil); err != context.Canceled {
		t.Errorf("cancelled search: %v", err)
	}
	dst := []Hit{{Ord: 9, Dist: -1}}
	hits, _, err := x.Search(ctx, v.Vector(0), Options{K: 3}, dst)
	if err != nil || len(hits) != 4 || hits[0] != dst[0] {
		t.Errorf("hits are not appended: %v", hits)
	}
}

func TestConcurrentSearches(t *testing.T) {
	r := newRand(t)
	w := newWorld(r, 16, 8)
	v, queries := w.draw(2000), w.draw(50)
	x := buildIndex(t, v, Params{Metric: distance.L2}, true, nil)
	var want [50][]Hit
	for q := range want {
		want[q], _ = search(t, x, queries.Row(uint32(q)), Options{K: 10})
	}
	done := make(chan bool)
	for range 4 {
		go func() {
			ok := true
			for range 5 {
				for q := range want {
					hits, _, err := x.Search(ctx, queries.Vector(uint32(q)), Options{K: 10}, nil)
					ok = ok && err == nil && len(hits) == 10 && hits[9] == want[q][9]
				}
			}
			done <- ok
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("a concurrent search gave another answer")
		}
	}
}

func TestSearchDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector a sync.Pool forgets on purpose")
	}
	r := newRand(t)
	v := newWorld(r, 16, 8).draw(3000)
	allowed := bitmap.NewFlat(3000)
	for i := range uint32(1500) {
		allowed.Add(2 * i)
	}
	x := buildIndex(t, v, Params{Metric: distance.L2}, true, nil)
	var dst []Hit
	for name, opt := range map[string]Options{
		"plain": {K: 10}, "float": {K: 10, Walk: WalkFloat}, "filtered": {K: 10, Allowed: allowed},
	} {
		dst, _, _ = x.Search(ctx, v.Vector(1), opt, dst[:0])
		if n := testing.AllocsPerRun(200, func() { dst, _, _ = x.Search(ctx, v.Vector(1), opt, dst[:0]) }); n > 0.5 {
			t.Errorf("%s: %v allocations a search", name, n)
		}
	}
}
