package hnsw

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"vecgres/vecengine/claim"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
	"vecgres/vecengine/quant"
)

// drawElement turns clustered floats into rows of an element: rounded, by sign, or with the small values left out.
func drawElement(t testing.TB, w *world, e distance.Element, n int) distance.Slab {
	t.Helper()
	floats := w.draw(n)
	b := distance.NewSlabBuilder(e, w.dim, n, 0)
	for i := range uint32(n) {
		v := distance.Vector{Element: e, Dim: w.dim}
		switch row := floats.Row(i); e {
		case distance.Float32, distance.Half:
			v.Floats = row
		case distance.Bit:
			v.Bits = make([]byte, e.RowBytes(w.dim))
			for j, x := range row {
				if x > 0 {
					v.Bits[j/8] |= 1 << (7 - j%8)
				}
			}
		case distance.Sparse:
			for j, x := range row {
				if x > 1 || x < -1 {
					v.Indices, v.Floats = append(v.Indices, int32(j)), append(v.Floats, x)
				}
			}
		}
		if err := b.Append(v.AppendRow(nil)); err != nil {
			t.Fatal(err)
		}
	}
	return b.Slab()
}

// elementRecall searches for rows of another draw and compares with the exact scan; distances must be exact.
func elementRecall(t *testing.T, x *Index, queries distance.Slab, opt Options) (recalls []float64) {
	t.Helper()
	for q := range uint32(queries.Len()) {
		query := queries.Vector(q)
		hits, _, err := x.Search(ctx, query, opt, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkHits(t, hits)
		top := flat.NewTopK(opt.K)
		s := distance.NewScorer(x.Graph.Metric(), query, x.Vectors)
		if _, err := flat.Scan(ctx, &s, 0, x.Vectors.Len(), flat.Filter{Allowed: opt.Allowed}, top); err != nil {
			t.Fatal(err)
		}
		for _, h := range hits {
			if d := s.One(h.Ord); d != h.Dist {
				t.Fatalf("row %d is at %v, not %v", h.Ord, d, h.Dist)
			}
		}
		recalls = append(recalls, recall(hits, top.Hits(nil), opt.K))
	}
	return recalls
}

func TestElementRecall(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		const n = 1500
		w := newWorld(r, 72, 20)
		for _, e := range []distance.Element{distance.Half, distance.Bit, distance.Sparse} {
			v, queries := drawElement(t, w, e, n), drawElement(t, w, e, 40)
			for m := distance.L2; m <= distance.Jaccard; m++ {
				if !m.On(e) {
					continue
				}
				for _, codes := range []bool{false, true} {
					if codes && !quant.Int8.Supports(m, e, w.dim) {
						continue
					}
					what := fmt.Sprintf("%s %s, codes %v: recall@10", e, m, codes)
					x := buildIndex(t, v, Params{Metric: m, EfConstruction: 80}, codes, nil)
					claim.AtLeast(t, what, 0.9, elementRecall(t, x, queries, Options{K: 10, Ef: 120}))
					some := randomFlat(r, n, 0.3)
					claim.AtLeast(t, what+" under a filter", 0.9, elementRecall(t, x, queries, Options{K: 10, Ef: 120, Allowed: some}))
					all := 1.0
					if codes {
						all = 0.98 // rescoring ends at a bound that a few distances lie outside of
					}
					claim.AtLeast(t, what+" with all nodes in the beam", all, elementRecall(t, x, queries, Options{K: 10, Ef: n}))
				}
			}
		}
	})
}

// TestElementTable: what a segment learns about itself is learnt of any element.
func TestElementTable(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		w := newWorld(r, 64, 20)
		for e, m := range map[distance.Element]distance.Metric{
			distance.Half: distance.Cosine, distance.Bit: distance.Hamming, distance.Sparse: distance.InnerProduct,
		} {
			x := buildIndex(t, drawElement(t, w, e, 2000), Params{Metric: m}, false, nil)
			table, err := LearnRecall(ctx, x, LearnOptions{Queries: 40})
			if err != nil {
				t.Fatal(err)
			}
			claim.AtLeast(t, fmt.Sprintf("%s %s: recall@10 at ef 450", e, m), 0.9, []float64{table.RecallAt(10, 450)})
		}
	})
}

// TestElementsWithoutDistance: rows of length zero are no nodes under cosine.
func TestElementsWithoutDistance(t *testing.T) {
	w := newWorld(rand.New(rand.NewPCG(1, 2)), 40, 4)
	for _, e := range []distance.Element{distance.Half, distance.Sparse} {
		rows := drawElement(t, w, e, 200)
		b := distance.NewSlabBuilder(e, 40, 0, 0)
		for i := range uint32(200) {
			if i%5 == 0 {
				b.AppendNull()
			} else if err := b.Append(rows.RowBytes(i)); err != nil {
				t.Fatal(err)
			}
		}
		if x := buildIndex(t, b.Slab(), Params{Metric: distance.Cosine}, false, nil); x.Graph.Nodes() != 160 {
			t.Errorf("%s: %d nodes", e, x.Graph.Nodes())
		}
		if x := buildIndex(t, b.Slab(), Params{Metric: distance.L2}, false, nil); x.Graph.Nodes() != 200 {
			t.Errorf("%s: %d nodes", e, x.Graph.Nodes())
		}
	}
}

func TestWrongElements(t *testing.T) {
	w := newWorld(newRand(t), 40, 4)
	halves, bits := drawElement(t, w, distance.Half, 50), drawElement(t, w, distance.Bit, 50)
	if _, err := Build(ctx, Vectors{Slab: bits}, Params{Metric: distance.L2}, 1, nil); err == nil {
		t.Error("L2 of bits was built")
	}
	if _, err := Build(ctx, Vectors{Slab: halves}, Params{Metric: distance.Jaccard}, 1, nil); err == nil {
		t.Error("Jaccard of halves was built")
	}
	x := buildIndex(t, halves, Params{Metric: distance.L2}, false, nil)
	if _, err := NewIndex(x.Graph, bits, nil, nil); err == nil {
		t.Error("a graph for L2 goes with bits")
	}
	if _, _, err := x.Search(ctx, bits.Vector(0), Options{K: 1}, nil); err == nil {
		t.Error("bits were searched for among halves")
	}
	if _, err := x.NewSearcher(ctx, distance.Vector{Element: distance.Half, Dim: 40}, Options{}); err == nil {
		t.Error("a query without values passes")
	}
}
