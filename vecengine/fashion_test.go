package vecengine

import (
	"compress/gzip"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/hnsw"
	"vecgres/vecengine/vfs"
)

// fashionDir is where Debian's dataset-fashion-mnist puts its files.
const fashionDir = "/usr/share/datasets/fashion-mnist/"

func idx(tb testing.TB, name string, header int) []byte {
	f, err := os.Open(fashionDir + name)
	if err != nil {
		tb.Skip("dataset-fashion-mnist is not installed")
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(tb, err)
	b, err := io.ReadAll(z)
	must(tb, err)
	return b[header:]
}

func images(b []byte) [][]float32 {
	var out [][]float32
	for image := range slices.Chunk(b, 784) {
		v := make([]float32, 784)
		for i, p := range image {
			v[i] = float32(p)
		}
		out = append(out, v)
	}
	return out
}

// BenchmarkFashion loads 60,000 images as a COPY would, builds the index and searches, with and without filters. Run it with -benchtime 1x.
func BenchmarkFashion(b *testing.B) {
	train, labels := images(idx(b, "train-images-idx3-ubyte.gz", 16)), idx(b, "train-labels-idx1-ubyte.gz", 8)
	test := images(idx(b, "t10k-images-idx3-ubyte.gz", 16))
	e, err := Open(Options{FS: vfs.OS, Dir: b.TempDir()})
	must(b, err)
	defer e.Close()
	must(b, e.OpenNamespace(b.Context(), testSpace))
	schema := Schema{
		Columns: []ColumnDef{{ID: 1, Kind: column.Int64}, {ID: 2, Kind: column.Int32}, {ID: 3, Kind: column.Vector, Dim: 784}, {ID: 4, Kind: column.Int64}},
		Indexes: []IndexDef{{ID: 1, Kind: KeyIndex, Unique: true}},
	}
	tx := e.Begin(ReadCommitted)
	must(b, tx.CreateTable(testSpace, 71, schema))
	start := time.Now()
	for from := 0; from < len(train); from += 1000 {
		ids, ls, v, keys := column.NewBuilder(column.Int64, 0, 1000), column.NewBuilder(column.Int32, 0, 1000),
			column.NewBuilder(column.Vector, 784, 1000), column.NewBuilder(column.Bytes, 0, 1000)
		sums := column.NewBuilder(column.Int64, 0, 1000)
		for i := from; i < from+1000; i++ {
			ids.AppendInt(int64(i))
			ls.AppendInt(int64(labels[i]))
			v.AppendVector(train[i])
			keys.AppendBytes(idKey(int64(i)))
			sums.AppendInt(pixelSum(train[i]))
		}
		_, err := tx.Insert(b.Context(), 71, Rows{Cols: []column.Column{ids.Finish(), ls.Finish(), v.Finish(), sums.Finish()},
			Keys: []Keys{{Bytes: keys.Finish()}}}, InsertOptions{})
		must(b, err)
	}
	must(b, tx.Commit(b.Context()))
	b.Logf("loaded in %v", time.Since(start))
	start = time.Now()
	schema.Indexes = append(schema.Indexes, IndexDef{ID: 2, Kind: VectorIndex, Column: 3, Metric: distance.L2})
	tx = e.Begin(ReadCommitted)
	must(b, tx.AlterTable(b.Context(), 71, schema))
	must(b, tx.Commit(b.Context()))
	b.Logf("indexed in %v, costs %+v", time.Since(start), hnsw.Calibrate())
	sums := make([]int64, len(train))
	for i := range train {
		sums[i] = pixelSum(train[i])
	}
	slices.Sort(sums)
	view := e.View()
	defer view.Close()
	table, err := view.Table(71)
	must(b, err)
	b.Logf("stats %+v", table.Stats())
	for _, f := range []struct {
		name   string
		filter func(i int) []Predicate
	}{
		{"no filter", func(int) []Predicate { return nil }},
		{"label = n", func(i int) []Predicate {
			return []Predicate{{Column: 2, Op: Eq, Values: []Value{{Int: int64(i % 10)}}}}
		}},
		{"1 % range", func(i int) []Predicate {
			at := (i * 7919) % (len(sums) - 600)
			return []Predicate{{Column: 4, Op: Between, Values: []Value{{Int: sums[at]}, {Int: sums[at+599]}}}}
		}},
		{"50 % range", func(i int) []Predicate {
			at := (i * 7919) % (len(sums) / 2)
			return []Predicate{{Column: 4, Op: Between, Values: []Value{{Int: sums[at]}, {Int: sums[at+29999]}}}}
		}},
	} {
		const queries = 500
		hit, graph := 0, 0
		var times []time.Duration
		for i := range queries {
			req := SearchRequest{Column: 3, Metric: distance.L2, Query: distance.Floats(test[i]), K: 10, Filter: f.filter(i)}
			var stats SearchStats
			start := time.Now()
			got, err := table.Search(b.Context(), req, &stats)
			times = append(times, time.Since(start))
			must(b, err)
			graph += stats.GraphParts
			req.Exact = true
			want, err := table.Search(b.Context(), req, nil)
			must(b, err)
			if len(got) != 10 {
				b.Fatalf("%d hits", len(got))
			}
			for _, h := range got {
				if slices.ContainsFunc(want, func(w Hit) bool { return w.Distance >= h.Distance }) {
					hit++
				}
			}
		}
		slices.Sort(times)
		b.Logf("%s: recall %.4f, p50 %v, p99 %v, graph %d of %d", f.name, float64(hit)/(10*queries), times[queries/2], times[queries*99/100], graph, queries)
	}
}

func pixelSum(v []float32) int64 {
	s := int64(0)
	for _, x := range v {
		s += int64(x)
	}
	return s
}
