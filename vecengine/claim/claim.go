// Package claim checks statistical claims in tests: "recall is at least 0.97", "one bound in a thousand is wrong at the most".
//
// An exact claim ("every hit passes the filter") may draw a new seed in each run: whatever it finds is a fault. A statistical one fails by chance on
// some seed, however good the code, so it is made of fixed seeds and holds or fails the same in every run. VECGRES_SOAK=n (`make soak`) checks it on n
// random seeds instead, and allows there for what chance explains.
package claim

import (
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// seeds are what claims are made of. Nothing was tried before they were chosen: they are the first two numbers.
var seeds = []uint64{1, 2}

// rounds is how many random seeds to draw; 0 for the fixed ones.
func rounds() int {
	n, _ := strconv.Atoi(os.Getenv("VECGRES_SOAK"))
	return n
}

// Fixed tells whether the seeds are the fixed ones: for a bar on single draws, of which chance has no mean to speak of.
func Fixed() bool { return rounds() == 0 }

// Check runs a check for each seed, as a subtest that is named for it; with -short, as under the race detector, for the first one.
func Check(t *testing.T, check func(t *testing.T, r *rand.Rand)) {
	t.Helper()
	list := seeds
	if testing.Short() {
		list = seeds[:1]
	}
	if n := rounds(); n > 0 {
		list = make([]uint64, n)
		for i := range list {
			list[i] = rand.Uint64()
		}
	}
	for _, seed := range list {
		t.Run("seed "+strconv.FormatUint(seed, 10), func(t *testing.T) { check(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

// chanceErrors is how many standard errors of its mean a sample of a random seed may lie below the bar. It is generous, since what all queries of a seed
// share (the data, the graph) is random too.
const chanceErrors = 6

// AtLeast checks that the mean of a sample, one value for each independent query, is not below bar.
func AtLeast(t *testing.T, what string, bar float64, sample []float64) {
	t.Helper()
	n := float64(len(sample))
	sum, squares := 0.0, 0.0
	for _, x := range sample {
		sum += x
		squares += x * x
	}
	mean, allowed := sum/n, 0.0
	if rounds() > 0 {
		allowed = chanceErrors * math.Sqrt(max(squares/n-mean*mean, 0)/n)
	}
	if mean < bar-allowed {
		t.Errorf("%s: %.4f, below %v - %.4f", what, mean, bar, allowed)
	} else {
		t.Logf("%s: %.4f, the bar is %v - %.4f", what, mean, bar, allowed)
	}
}
