package hnsw

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
	"vecgres/vecengine/quant"
)

// fashionDir is where Debian's dataset-fashion-mnist puts its files.
const fashionDir = "/usr/share/datasets/fashion-mnist/"

// fashion reads an IDX file of images as a slab of pixels; the benchmark is skipped where it is not installed.
func fashion(tb testing.TB, name string) distance.Slab {
	f, err := os.Open(fashionDir + name)
	if err != nil {
		tb.Skip("install dataset-fashion-mnist to run this: ", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	raw = raw[16:]
	data := make([]float32, len(raw))
	for i, b := range raw {
		data[i] = float32(b)
	}
	return distance.Slab{Data: data, Dim: 784}
}

func envInt(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// BenchmarkFashion builds over the 60,000 training images and reports, for each ef, queries a second and
// recall@10 of the 10,000 test images, by vectors and by codes. HNSW_M, HNSW_EFC and HNSW_SEED vary the build.
func BenchmarkFashion(b *testing.B) {
	train, test := fashion(b, "train-images-idx3-ubyte.gz"), fashion(b, "t10k-images-idx3-ubyte.gz")
	ctx := context.Background()
	queries := envInt("HNSW_QUERIES", 2000)
	truth := make([][]Hit, queries)
	tops := make([]*flat.TopK, queries)
	rows := make([][]float32, queries)
	for i := range truth {
		tops[i], rows[i] = flat.NewTopK(10), test.Row(uint32(i))
	}
	if err := flat.ScanMany(ctx, distance.L2, rows, train, flat.Filter{}, nil, tops); err != nil {
		b.Fatal(err)
	}
	for i := range truth {
		truth[i] = tops[i].Hits(nil)
	}
	start := time.Now()
	codes, err := quant.Build(ctx, distance.L2, train, nil, 2)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("codes in %v, scale %v, lossless %v", time.Since(start), codes.Scale(), codes.Lossless())
	p := Params{Metric: distance.L2, M: envInt("HNSW_M", 16), EfConstruction: envInt("HNSW_EFC", 200), Seed: uint64(envInt("HNSW_SEED", 1))}
	v := Vectors{Slab: train, Codes: codes}
	if os.Getenv("HNSW_FLOAT_BUILD") != "" {
		v.Codes = nil
	}
	start = time.Now()
	g, err := Build(ctx, v, p, envInt("HNSW_WORKERS", runtime.NumCPU()), nil)
	if err != nil {
		b.Fatal(err)
	}
	links := 0
	for _, s := range g.links {
		if s != none {
			links++
		}
	}
	b.Logf("built in %v, %.1f links a node, %d layers", time.Since(start), float64(links)/float64(g.nodes), g.Layers())
	x, err := NewIndex(g, train, codes, nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, walk := range []struct {
		name string
		walk Walk
	}{{"float", WalkFloat}, {"codes", WalkCodes}} {
		for _, ef := range []int{10, 15, 20, 30, 40, 60, 80, 120, 200} {
			b.Run(fmt.Sprintf("%s/ef=%d", walk.name, ef), func(b *testing.B) {
				var hits []Hit
				found, stats, n := 0.0, Stats{}, 0
				b.ResetTimer()
				for i := range b.N {
					q := i % queries
					var s Stats
					hits, s, err = x.Search(ctx, test.Row(uint32(q)), Options{K: 10, Ef: ef, Walk: walk.walk}, hits[:0])
					if err != nil {
						b.Fatal(err)
					}
					found += recall(hits, truth[q], 10)
					stats.Distances += s.Distances
					stats.Hops += s.Hops
					stats.Rescored += s.Rescored
					n++
				}
				b.ReportMetric(found/float64(n), "recall")
				b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "qps")
				b.ReportMetric(float64(stats.Distances)/float64(n), "dist/op")
				b.ReportMetric(float64(stats.Hops)/float64(n), "hops/op")
				b.ReportMetric(float64(stats.Rescored)/float64(n), "rescored/op")
			})
		}
	}
}
