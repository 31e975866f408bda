package hnsw

import (
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
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

// rawFloats reads a file of little-endian float32.
func rawFloats(tb testing.TB, name string, dim int) distance.Slab {
	raw, err := os.ReadFile(name)
	if err != nil {
		tb.Skip(err)
	}
	data := make([]float32, len(raw)/4)
	for i := range data {
		data[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return distance.Slab{Data: data, Dim: dim}
}

// BenchmarkFashion builds over the 60,000 training images and reports, for each ef, queries a second and
// recall@10 of test images, by vectors and by codes. HNSW_M, HNSW_EFC and HNSW_SEED vary the build.
func BenchmarkFashion(b *testing.B) {
	curve(b, distance.L2, fashion(b, "train-images-idx3-ubyte.gz"), fashion(b, "t10k-images-idx3-ubyte.gz"))
}

// BenchmarkRaw is the same under Cosine, for vectors in files that HNSW_TRAIN and HNSW_TEST name, of HNSW_DIM
// float32 each.
func BenchmarkRaw(b *testing.B) {
	dim := envInt("HNSW_DIM", 100)
	curve(b, distance.Cosine, rawFloats(b, os.Getenv("HNSW_TRAIN"), dim), rawFloats(b, os.Getenv("HNSW_TEST"), dim))
}

// keptGraph reads a graph from a file, so that walks can be compared without building again; it builds and
// writes it if the file is not there. Without a name it builds.
func keptGraph(b *testing.B, name string, build func() *Graph) *Graph {
	if name == "" {
		return build()
	}
	if raw, err := os.ReadFile(name); err == nil {
		g, err := Open(raw)
		if err != nil {
			b.Fatal(err)
		}
		return g
	}
	g := build()
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := g.WriteTo(f); err != nil {
		b.Fatal(err)
	}
	return g
}

func curve(b *testing.B, m distance.Metric, train, test distance.Slab) {
	ctx := context.Background()
	queries := envInt("HNSW_QUERIES", 2000)
	truth := make([][]Hit, queries)
	tops := make([]*flat.TopK, queries)
	rows := make([][]float32, queries)
	for i := range truth {
		tops[i], rows[i] = flat.NewTopK(10), test.Row(uint32(i))
	}
	if err := flat.ScanMany(ctx, m, rows, train, flat.Filter{}, nil, tops); err != nil {
		b.Fatal(err)
	}
	for i := range truth {
		truth[i] = tops[i].Hits(nil)
	}
	start := time.Now()
	codes, err := quant.Build(ctx, m, train, nil, 2)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("codes in %v, scale %v, lossless %v", time.Since(start), codes.Scale(), codes.Lossless())
	p := Params{Metric: m, M: envInt("HNSW_M", 16), EfConstruction: envInt("HNSW_EFC", 200), Seed: uint64(envInt("HNSW_SEED", 1))}
	v := Vectors{Slab: train, Codes: codes}
	if os.Getenv("HNSW_FLOAT_BUILD") != "" {
		v.Codes = nil
	}
	start = time.Now()
	g := keptGraph(b, os.Getenv("HNSW_KEEP"), func() *Graph {
		g, err := Build(ctx, v, p, envInt("HNSW_WORKERS", runtime.NumCPU()), nil)
		if err != nil {
			b.Fatal(err)
		}
		return g
	})
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
		for _, ef := range []int{10, 15, 20, 30, 40, 60, 80, 120, 200, 300, 500} {
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
