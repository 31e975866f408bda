package vecengine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/quant"
	"vecgres/vecengine/vfs"
)

// TestQuantization builds an index with codes of each kind, opens it again, and compares searches with exact answers: filtered and not, by
// the graph and where a scan goes by the codes.
func TestQuantization(t *testing.T) {
	for k := quant.Auto; k <= quant.Binary; k++ {
		for _, m := range []distance.Metric{distance.L2, distance.InnerProduct, distance.Cosine, distance.L1} {
			if k.Supports(m, distance.Float32, 96) {
				t.Run(fmt.Sprintf("%v/%v", k, m), func(t *testing.T) { quantized(t, k, m) })
			}
		}
	}
}

func quantized(t *testing.T, k quant.Kind, m distance.Metric) {
	const dim, n, want = 96, 1500, 10
	rng := rand.New(rand.NewPCG(uint64(k), uint64(m)))
	centres := make([]float32, 20*dim)
	for i := range centres {
		centres[i] = float32(rng.NormFloat64())
	}
	point := func() []float32 {
		v, at := make([]float32, dim), rng.IntN(20)*dim
		for j := range v {
			v[j] = centres[at+j] + 0.3*float32(rng.NormFloat64())
		}
		return v
	}
	o := testOptions(vfs.NewMem())
	o.ExactBelow = 100
	e := openWith(t, o)
	schema := Schema{
		Columns: []ColumnDef{{ID: 1, Name: "n", Kind: column.Int32}, {ID: 2, Name: "v", Kind: column.Vector, Dim: dim}},
		Indexes: []IndexDef{{ID: 10, Kind: VectorIndex, Column: 2, Metric: m, Quantization: k}},
	}
	tx := e.Begin(ReadCommitted)
	must(t, tx.CreateTable(testSpace, testTable, schema))
	a, b := column.NewBuilder(column.Int32, 0, n), column.NewBuilder(column.Vector, dim, n)
	for i := range n {
		a.AppendInt(int64(i % 4))
		b.AppendVector(point())
	}
	_, err := tx.Insert(t.Context(), testTable, Rows{Cols: []column.Column{a.Finish(), b.Finish()}}, InsertOptions{})
	must(t, err)
	must(t, tx.Commit(t.Context()))
	must(t, e.Maintain(t.Context(), testTable))
	must(t, e.Close())
	e = openWith(t, o)
	defer e.Close()
	for _, walks := range []bool{true, false} {
		e.alwaysWalk = walks
		v := e.View()
		table, err := v.Table(testTable)
		must(t, err)
		found := 0
		for i := range 40 {
			r := SearchRequest{Column: 2, Metric: m, Query: distance.Floats(point()), K: want}
			if i%2 == 1 {
				r.Filter = []Predicate{{Column: 1, Op: Eq, Values: []Value{{Int: 3}}}}
			}
			var stats SearchStats
			got, err := table.Search(t.Context(), r, &stats)
			must(t, err)
			if walks && stats.GraphParts == 0 && !stats.FellBack {
				t.Fatalf("query %d went by %q because %q", i, stats.Strategy, stats.WhyNotGraph)
			}
			r.Exact = true
			exact, err := table.Search(t.Context(), r, nil)
			must(t, err)
			if len(got) != want || len(exact) != want {
				t.Fatalf("%d hits, exactly %d", len(got), len(exact))
			}
			for _, h := range got {
				if h.Distance <= exact[want-1].Distance {
					found++
				}
			}
			if !walks && stats.GraphParts == 0 && got[want-1].Distance != exact[want-1].Distance {
				t.Fatalf("query %d: a scan ends at %v, not at %v", i, got[want-1].Distance, exact[want-1].Distance)
			}
		}
		v.Close()
		if recall := float64(found) / (40 * want); recall < 0.93 {
			t.Errorf("recall@10 %.3f, walks %v", recall, walks)
		}
	}
}
