package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"vecgres/vecengine/distance"
)

// The exact answers are found without the server: every test image is compared with every row of its tenant. Pixels are whole
// numbers, so the squared distances of images are too, and exact. The batch kernels, which round, only choose candidates;
// distances of candidates are computed in whole numbers, and some answers are found again by whole numbers alone.

const (
	candidates   = 32  // nearest rows by the kernels, of which the k nearest are taken exactly
	blockRows    = 128 // rows that stay in the cache while some queries are compared with them
	queriesMax   = 50  // such queries
	plainlyAgain = 24  // answers found again without kernels
)

// exactAnswers are the squared distances of the k-th nearest row, by question and kind.
type exactAnswers [][kindCount]int64

// kindCount is the length of kinds.
const kindCount = 3

// findExact compares every question with every row.
func findExact(ctx context.Context, d *dataset, qs []question) (exactAnswers, error) {
	step("Exact answers, to measure recall by: every test image against every row of its tenant")
	began := time.Now()
	out := make(exactAnswers, len(qs))
	var groups [][]int
	for t := range d.tenants {
		var mine []int
		for i := range qs {
			if qs[i].tenant == t {
				mine = append(mine, i)
			}
		}
		groups = slices.AppendSeq(groups, slices.Chunk(mine, queriesMax))
	}
	err := inParallel(runtime.GOMAXPROCS(0), len(groups), func(next func() (int, bool)) error {
		for g, ok := next(); ok && ctx.Err() == nil; g, ok = next() {
			exactGroup(d, qs, groups[g], out)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	for i := range plainlyAgain {
		at := i * len(qs) / plainlyAgain
		if plain := plainly(d, &qs[at]); plain != out[at] {
			return nil, fmt.Errorf("exact answers of test image %d differ: %v by kernels, %v plainly", at, out[at], plain)
		}
	}
	say("%s answers in %s by the %s kernels; %d of them again in plain whole numbers: the same", number(kindCount*len(qs)),
		seconds(time.Since(began)), distance.Level(), plainlyAgain*kindCount)
	return out, nil
}

// exactGroup answers questions of one tenant together, block of rows by block.
func exactGroup(d *dataset, qs []question, group []int, out exactAnswers) {
	t := &d.tenants[qs[group[0]].tenant]
	slab := distance.Slab{Data: t.slab, Dim: pixels}
	scorers := make([]distance.Scorer, len(group))
	nearest := make([][kindCount]nearestRows, len(group))
	for i, at := range group {
		scorers[i] = distance.NewScorer(distance.L2, distance.Floats(qs[at].vector), slab)
	}
	var dist [blockRows]float32
	for first := 0; first < len(t.items); first += blockRows {
		n := min(blockRows, len(t.items)-first)
		for i, at := range group {
			scorers[i].Contiguous(first, n, dist[:])
			for j, x := range dist[:n] {
				for kind := range kinds {
					if near := &nearest[i][kind]; near.wants(x) && qs[at].passes(kind, &t.items[first+j]) {
						near.add(x, int32(first+j))
					}
				}
			}
		}
	}
	for i, at := range group {
		for kind := range kinds {
			out[at][kind] = nearest[i][kind].kth(t, qs[at].item)
		}
	}
}

// nearestRows keeps the candidates with the smallest distances, ascending.
type nearestRows struct {
	dist []float32
	row  []int32
}

func (n *nearestRows) wants(x float32) bool {
	return len(n.dist) < candidates || x < n.dist[candidates-1]
}

func (n *nearestRows) add(x float32, row int32) {
	at, _ := slices.BinarySearch(n.dist, x)
	if len(n.dist) == candidates {
		n.dist, n.row = n.dist[:candidates-1], n.row[:candidates-1]
	}
	n.dist, n.row = slices.Insert(n.dist, at, x), slices.Insert(n.row, at, row)
}

// kth is the exact squared distance of the k-th nearest candidate.
func (n *nearestRows) kth(t *tenant, q *item) int64 {
	exact := make([]int64, len(n.row))
	for i, row := range n.row {
		exact[i] = squared(q.image, t.items[row].image)
	}
	slices.Sort(exact)
	return exact[k-1]
}

// plainly finds an answer by whole numbers alone.
func plainly(d *dataset, q *question) (out [kindCount]int64) {
	var all [kindCount][]int64
	items := d.tenants[q.tenant].items
	for i := range items {
		dist := squared(q.image, items[i].image)
		for kind := range kinds {
			if q.passes(kind, &items[i]) {
				all[kind] = append(all[kind], dist)
			}
		}
	}
	for kind := range kinds {
		slices.Sort(all[kind])
		out[kind] = all[kind][k-1]
	}
	return out
}

// squared is the squared distance of two images.
func squared(a, b []byte) int64 {
	sum := int64(0)
	for i, x := range a {
		diff := int64(x) - int64(b[i])
		sum += diff * diff
	}
	return sum
}
