package vecengine

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Integers within a range against the plain comparison, at both ends of the type, with rows ruled out before, and a last word that is not full.
func TestKeepIntRange(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	ends := []int64{math.MinInt64, math.MinInt64 + 1, -3, -1, 0, 1, 5, math.MaxInt64 - 1, math.MaxInt64}
	vals := append([]int64{}, ends...)
	for len(vals) < 150 {
		vals = append(vals, ends[r.IntN(len(ends))]/(1+r.Int64N(3)))
	}
	for _, lo := range ends {
		for _, hi := range ends {
			if lo > hi {
				continue
			}
			words := []uint64{r.Uint64(), 0, ^uint64(0)}
			before := append([]uint64{}, words...)
			keepInts(vals, []span{{lo, hi}}, math.MinInt64, math.MaxInt64, words)
			for i, v := range vals {
				want := before[i>>6]>>(i&63)&1 == 1 && v >= lo && v <= hi
				if got := words[i>>6]>>(i&63)&1 == 1; got != want {
					t.Fatalf("%d in [%d, %d]: %v", v, lo, hi, got)
				}
			}
		}
	}
}

func BenchmarkKeepIntRange(b *testing.B) {
	const rows = 60_000
	r := rand.New(rand.NewPCG(1, 2))
	vals, words := make([]int32, rows), make([]uint64, (rows+63)/64)
	for i := range vals {
		vals[i] = r.Int32N(rows)
	}
	for b.Loop() {
		for i := range words {
			words[i] = ^uint64(0)
		}
		keepInts(vals, []span{{rows / 4, 3 * rows / 4}}, math.MinInt32, math.MaxInt32, words)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
