package hnsw

import (
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"syscall"
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

// realIndex is a built index with queries and their true neighbours.
type realIndex struct {
	*Index
	queries distance.Slab
	truth   [][]Hit
}

func openReal(b *testing.B, m distance.Metric, train, test distance.Slab) realIndex {
	x := realIndex{queries: test, truth: trueHits(b, m, train, test, envInt("HNSW_QUERIES", 2000))}
	start := time.Now()
	codes, err := quant.Build(ctx, quant.Int8, m, train, nil, 2)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("codes in %v, lossless %v", time.Since(start), codes.Lossless())
	p := Params{Metric: m, M: envInt("HNSW_M", 16), EfConstruction: envInt("HNSW_EFC", 200), Seed: uint64(envInt("HNSW_SEED", 1))}
	v := Vectors{Slab: train, Codes: codes}
	if os.Getenv("HNSW_FLOAT_BUILD") != "" {
		v.Codes = nil
	}
	start = time.Now()
	before := cpuTime(b)
	g := keptGraph(b, os.Getenv("HNSW_KEEP"), func() *Graph {
		g, err := Build(ctx, v, p, envInt("HNSW_WORKERS", runtime.NumCPU()), nil)
		if err != nil {
			b.Fatal(err)
		}
		return g
	})
	b.Logf("built in %v, %v of processor time, %.1f links a node, %d layers", time.Since(start), cpuTime(b)-before, g.Degree(), g.Layers())
	if x.Index, err = NewIndex(g, train, codes, nil); err != nil {
		b.Fatal(err)
	}
	return x
}

// cpuTime is the processor time of the process so far.
func cpuTime(b testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func trueHits(b *testing.B, m distance.Metric, train, test distance.Slab, n int) [][]Hit {
	truth := make([][]Hit, n)
	tops := make([]*flat.TopK, n)
	rows := make([]distance.Vector, n)
	for i := range truth {
		tops[i], rows[i] = flat.NewTopK(10), test.Vector(uint32(i))
	}
	if err := flat.ScanMany(ctx, m, rows, train, flat.Filter{}, nil, tops); err != nil {
		b.Fatal(err)
	}
	for i := range truth {
		truth[i] = tops[i].Hits(nil)
	}
	return truth
}

// run is b.N searches for 10; it returns mean recall and the sum of what they did.
func (x *realIndex) run(b *testing.B, opt func(query int) Options) (float64, Stats) {
	var hits []Hit
	var sum Stats
	found := 0.0
	b.ResetTimer()
	before := cpuTime(b)
	for i := range b.N {
		q := i % len(x.truth)
		var s Stats
		var err error
		hits, s, err = x.Search(ctx, x.queries.Vector(uint32(q)), opt(q), hits[:0])
		if err != nil {
			b.Fatal(err)
		}
		found += recall(hits, x.truth[q], 10)
		sum.Distances += s.Distances
		sum.Hops += s.Hops
		sum.Rescored += s.Rescored
	}
	n := float64(b.N)
	// Processor time, not wall time, so that a busy machine counts less.
	b.ReportMetric(n/(cpuTime(b)-before).Seconds(), "cpu-qps")
	b.ReportMetric(float64(sum.Distances)/n, "dist/op")
	b.ReportMetric(float64(sum.Hops)/n, "hops/op")
	b.ReportMetric(float64(sum.Rescored)/n, "rescored/op")
	return found / n, sum
}

func curve(b *testing.B, m distance.Metric, train, test distance.Slab) {
	x := openReal(b, m, train, test)
	for _, walk := range []struct {
		name string
		walk Walk
	}{{"float", WalkFloat}, {"codes", WalkCodes}} {
		for _, ef := range []int{10, 12, 15, 20, 25, 30, 40, 60, 80, 120, 160, 200, 300, 500, 600, 700, 1000} {
			b.Run(fmt.Sprintf("%s/ef=%d", walk.name, ef), func(b *testing.B) {
				r, _ := x.run(b, func(int) Options { return Options{K: 10, Ef: ef, Walk: walk.walk} })
				b.ReportMetric(r, "recall")
			})
		}
	}
}

// BenchmarkFashionLearnt learns the table and reports what its ef for 0.98 gives on queries it has not seen.
func BenchmarkFashionLearnt(b *testing.B) {
	learnt(b, openReal(b, distance.L2, fashion(b, "train-images-idx3-ubyte.gz"), fashion(b, "t10k-images-idx3-ubyte.gz")))
}

// BenchmarkRawLearnt is BenchmarkFashionLearnt for the files of BenchmarkRaw.
func BenchmarkRawLearnt(b *testing.B) {
	dim := envInt("HNSW_DIM", 100)
	learnt(b, openReal(b, distance.Cosine, rawFloats(b, os.Getenv("HNSW_TRAIN"), dim), rawFloats(b, os.Getenv("HNSW_TEST"), dim)))
}

func learnt(b *testing.B, x realIndex) {
	for seed := range uint64(envInt("HNSW_SEEDS", 2)) {
		start := time.Now()
		table, err := LearnRecall(ctx, x.Index, LearnOptions{Seed: seed})
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("learnt in %v: codes %v, efs %v, recall %v", time.Since(start), table.UseCodes, table.Efs, table.Recall)
		x.Table = table
		for _, target := range []float64{0.9, 0.95, 0.98, 0.99} {
			b.Run(fmt.Sprintf("seed=%d/target=%v", seed, target), func(b *testing.B) {
				ef := table.EfFor(10, target)
				r, _ := x.run(b, func(int) Options { return Options{K: 10, Ef: ef} })
				b.ReportMetric(r, "recall")
				b.ReportMetric(float64(ef), "ef")
			})
		}
	}
}

// BenchmarkFashionFiltered compares the walk and the scan under random filters, and says which Choose takes
// (chosen_exact).
func BenchmarkFashionFiltered(b *testing.B) {
	filtered(b, openReal(b, distance.L2, fashion(b, "train-images-idx3-ubyte.gz"), fashion(b, "t10k-images-idx3-ubyte.gz")))
}

// BenchmarkRawFiltered is BenchmarkFashionFiltered for the files of BenchmarkRaw.
func BenchmarkRawFiltered(b *testing.B) {
	dim := envInt("HNSW_DIM", 100)
	filtered(b, openReal(b, distance.Cosine, rawFloats(b, os.Getenv("HNSW_TRAIN"), dim), rawFloats(b, os.Getenv("HNSW_TEST"), dim)))
}

func filtered(b *testing.B, x realIndex) {
	n, ef := x.Vectors.Len(), envInt("HNSW_EF", 30)
	r := rand.New(rand.NewPCG(1, 2))
	for _, share := range []float64{1, 0.9, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.001} {
		f := randomFlat(r, uint32(n), share)
		e := Choose(x.Request(f.Count(), 10, ef))
		chosen := 0.0
		if e.Exact {
			chosen = 1
		}
		b.Run(fmt.Sprintf("walk/%v", share), func(b *testing.B) {
			opt := Options{K: 10, Ef: ef, Allowed: f}
			x.run(b, func(int) Options { return opt })
			b.ReportMetric(chosen, "chosen_exact")
			b.ReportMetric(e.WalkNs, "model-ns")
			b.ReportMetric(float64(e.Budget), "budget")
		})
		b.Run(fmt.Sprintf("scan/%v", share), func(b *testing.B) {
			var codes quant.Scorer
			top := flat.NewTopK(10)
			for i := range b.N {
				query := x.queries.Row(uint32(i % len(x.truth)))
				codes.Reset(x.Codes, distance.Floats(query))
				s := distance.NewScorer(x.Graph.Metric(), distance.Floats(query), x.Vectors)
				top.Reset(10)
				if _, err := flat.ScanCodes(ctx, &codes, &s, 0, n, flat.Filter{Allowed: f}, top); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(chosen, "chosen_exact")
			b.ReportMetric(e.ScanNs, "model-ns")
		})
	}
}
