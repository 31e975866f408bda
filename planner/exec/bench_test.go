package exec_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"vecgres/planner/exec"
	"vecgres/sql/types"
	"vecgres/vecengine"
	"vecgres/vecengine/distance"
)

// benchDatabase has 1,000 rows of small vectors, so that what is measured is the way to the engine and back.
func benchDatabase(b *testing.B) *database {
	d := newDatabase(b)
	if err := d.catalog.Exec("CREATE TABLE t (id bigint PRIMARY KEY, label int, name text, embedding vector(4)); CREATE INDEX ON t USING hnsw (embedding vector_l2_ops)"); err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var values []string
	for i := range 1000 {
		values = append(values, fmt.Sprintf("(%d, %d, 'n%d', '[%f,%f,%f,%f]')", i, i%10, i, r.Float32(), r.Float32(), r.Float32(), r.Float32()))
	}
	if out := d.do("INSERT INTO t VALUES " + strings.Join(values, ", ")); strings.HasPrefix(out, "error") {
		b.Fatal(out)
	}
	return d
}

func (d *database) benchmark(b *testing.B, sql string, params ...types.Datum) {
	p, err := d.plan(sql)
	if err != nil {
		b.Fatal(err)
	}
	t := d.engine.Begin(vecengine.ReadCommitted)
	defer t.Rollback()
	x := d.context(t, params...)
	defer x.View.Close()
	b.ReportAllocs()
	for b.Loop() {
		rows, err := exec.Run(x, p)
		if err != nil {
			b.Fatal(err)
		}
		for {
			_, ok, err := rows.Next()
			if err != nil {
				b.Fatal(err)
			}
			if !ok {
				break
			}
		}
		rows.Close()
	}
}

func BenchmarkSearch(b *testing.B) {
	d := benchDatabase(b)
	d.benchmark(b, "SELECT id FROM t WHERE label = $2 ORDER BY embedding <-> $1 LIMIT 10", types.VectorOf([]float32{1, 0, 0, 1}), types.Int(3))
}

// BenchmarkSearchEngine is the engine's part of BenchmarkSearch.
func BenchmarkSearchEngine(b *testing.B) {
	d := benchDatabase(b)
	v := d.engine.View()
	defer v.Close()
	tab, err := v.Table(vecengine.TableID(d.catalog.Table("t").Storage))
	if err != nil {
		b.Fatal(err)
	}
	r := vecengine.SearchRequest{Column: 4, Metric: 1, Query: distance.Floats([]float32{1, 0, 0, 1}), K: 10,
		Filter: []vecengine.Predicate{{Column: 2, Op: vecengine.Eq, Values: []vecengine.Value{{Int: 3}}}}}
	b.ReportAllocs()
	for b.Loop() {
		hits, err := tab.Search(context.Background(), r, nil)
		if err != nil {
			b.Fatal(err)
		}
		locs := make([]vecengine.Loc, len(hits))
		for i := range hits {
			locs[i] = hits[i].Loc
		}
		if _, err := tab.Fetch(locs, []vecengine.ColumnID{1}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPointSelect(b *testing.B) {
	benchDatabase(b).benchmark(b, "SELECT name FROM t WHERE id = $1", types.Int(77))
}

func BenchmarkScanFilter(b *testing.B) {
	benchDatabase(b).benchmark(b, "SELECT id FROM t WHERE id + label > 100000")
}

func BenchmarkAggregate(b *testing.B) {
	benchDatabase(b).benchmark(b, "SELECT label, count(*), sum(id) FROM t GROUP BY label")
}

func BenchmarkInsertRow(b *testing.B) {
	d := benchDatabase(b)
	p, err := d.plan("INSERT INTO t VALUES ($1, $2, $3, $4)")
	if err != nil {
		b.Fatal(err)
	}
	t := d.engine.Begin(vecengine.ReadCommitted)
	defer t.Rollback()
	x := d.context(t, types.Int(0), types.Int(1), types.Text("name"), types.VectorOf([]float32{1, 2, 3, 4}))
	defer x.View.Close()
	b.ReportAllocs()
	id := int64(10000)
	for b.Loop() {
		id++
		x.Params[0] = types.Int(id)
		rows, err := exec.Run(x, p)
		if err != nil {
			b.Fatal(err)
		}
		rows.Close()
	}
}
