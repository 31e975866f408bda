package hnsw

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"vecgres/vecengine/claim"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/quant"
)

// kindIndex builds an index whose walks go by codes of a kind.
func kindIndex(t testing.TB, k quant.Kind, m distance.Metric, v distance.Slab) *Index {
	t.Helper()
	build, walk, err := quant.ForIndex(ctx, k, m, v, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	g, err := Build(ctx, Vectors{Slab: v, Codes: build}, Params{Metric: m, EfConstruction: 80}, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	x, err := NewIndex(g, v, walk, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestKindsKeepRecall: walks on codes find what walks on vectors find at the same ef, also for small k and ef.
func TestKindsKeepRecall(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		w := newWorld(r, 128, 40)
		v, queries := w.draw(2500), w.draw(60)
		for k := quant.Int8; k <= quant.Binary; k++ {
			for _, m := range floatMetrics {
				if !k.Supports(m, distance.Float32, w.dim) {
					continue
				}
				x := kindIndex(t, k, m, v)
				if x.Codes == nil || x.Codes.Kind() != k {
					t.Fatalf("%s %s: walks go by %v", k, m, x.Codes)
				}
				for _, opt := range []Options{{K: 1, Ef: 1}, {K: 1, Ef: 20}, {K: 10, Ef: 10}, {K: 10, Ef: 60}} {
					byFloats := opt
					byFloats.Walk = WalkFloat
					floats := elementRecall(t, x, queries, byFloats)
					codes := elementRecall(t, x, queries, opt)
					lost := make([]float64, len(codes))
					for i := range lost {
						lost[i] = 1 + codes[i] - floats[i]
					}
					claim.AtLeast(t, fmt.Sprintf("%s %s: k %d, ef %d: 1 - recall lost", k, m, opt.K, opt.Ef), 0.9, lost)
				}
			}
		}
	})
}

// TestAskedCodesAreUsed: Auto leaves codes that cost recall, a name does not as long as a wider beam makes up for it.
func TestAskedCodesAreUsed(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		v := newWorld(r, 96, 20).draw(2000)
		for k := quant.Int8; k <= quant.Binary; k++ {
			x := kindIndex(t, k, distance.L2, v)
			table, err := LearnRecall(ctx, x, LearnOptions{Queries: 60, Asked: true})
			if err != nil {
				t.Fatal(err)
			}
			if !table.UseCodes {
				t.Errorf("%s: codes are not used, at recall %v", k, table.Recall)
			}
			if table.EfFor(10, 0.95) > 1800 {
				t.Errorf("%s: ef %d for 0.95", k, table.EfFor(10, 0.95))
			}
		}
	})
}

// TestRequests: what the choice between scan and walk is told follows the element and the codes.
func TestRequests(t *testing.T) {
	r := newRand(t)
	w := newWorld(r, 128, 10)
	v := w.draw(300)
	x := kindIndex(t, quant.Binary, distance.L2, v)
	if got := x.Request(300, 10, 40); got.RowBytes != 512 || got.CodeBytes != 64 || got.ScanCodes || got.Ef != 128 {
		t.Errorf("binary codes: %+v", got)
	}
	x = kindIndex(t, quant.Half, distance.L1, v)
	if got := x.Request(300, 10, 40); got.RowBytes != 512 || got.CodeBytes != 256 || !got.ScanCodes || got.Ef != 40 {
		t.Errorf("half codes: %+v", got)
	}
	x = kindIndex(t, quant.None, distance.L1, v)
	if got := x.Request(300, 10, 40); got.RowBytes != 512 || got.CodeBytes != 0 || got.ScanCodes {
		t.Errorf("no codes: %+v", got)
	}
	sparse := kindIndex(t, quant.Auto, distance.L2, drawElement(t, w, distance.Sparse, 300))
	if got := sparse.Request(300, 10, 40); got.RowBytes < 6*8*30 || got.RowBytes > 6*8*90 {
		t.Errorf("sparse rows: %+v", got)
	}
}
