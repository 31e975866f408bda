package hnsw

import (
	"math"
	"math/rand/v2"
	"testing"

	"vecgres/vecengine/claim"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
)

// stretch gives every row a length of its own.
func stretch(r *rand.Rand, v distance.Slab, sigma float64) {
	for i := range v.Len() {
		f := float32(math.Exp(sigma * r.NormFloat64()))
		row := v.Row(uint32(i))
		for j := range row {
			row[j] *= f
		}
	}
}

// TestLiftIsEuclidean: a lifted distance is half the squared Euclidean one between the lifted vectors.
func TestLiftIsEuclidean(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 16, 4).draw(50)
	stretch(r, v, 0.7)
	nodes := make([]uint32, v.Len())
	for i := range nodes {
		nodes[i] = uint32(i)
	}
	l := newLift(&v, nodes)
	longest := 0.0
	for _, ord := range nodes {
		longest = max(longest, distance.Norm(v.Row(ord)))
	}
	for _, a := range nodes {
		for _, b := range nodes {
			got := []float32{distance.Pair(distance.InnerProduct, v.Row(a), v.Row(b))}
			l.add(a, []uint32{b}, got)
			up := func(ord uint32) float64 {
				n := distance.Norm(v.Row(ord))
				return math.Sqrt(longest*longest - n*n)
			}
			d := up(a) - up(b)
			want := (float64(distance.Pair(distance.L2, v.Row(a), v.Row(b))) + d*d) / 2
			if math.Abs(float64(got[0])-want) > 1e-5*longest*longest {
				t.Fatalf("nodes %d and %d at %v, not %v", a, b, got[0], want)
			}
		}
	}
}

// TestInnerProductOfUnequalLengths: long vectors must not draw all links to themselves. By the product alone the
// unequal ones are found at 0.81 to 0.89, with three times the distances.
func TestInnerProductOfUnequalLengths(t *testing.T) {
	claim.Check(t, func(t *testing.T, r *rand.Rand) {
		w := newWorld(r, 24, 20)
		unequal, queries := w.draw(6000), w.draw(100)
		stretch(r, unequal, 0.5)
		outlier := w.draw(6000)
		for i := range outlier.Row(77) {
			outlier.Row(77)[i] *= 1e6
		}
		for name, v := range map[string]distance.Slab{"unequal": unequal, "outlier": outlier} {
			x := buildIndex(t, v, Params{Metric: distance.InnerProduct, EfConstruction: 100}, false, nil)
			var recalls []float64
			for q := range uint32(100) {
				hits, _ := search(t, x, queries.Row(q), Options{K: 10, Ef: 120})
				recalls = append(recalls, recall(hits, exact(t, x, queries.Row(q), 10, flat.Filter{}), 10))
			}
			claim.AtLeast(t, name+": recall@10", 0.9, recalls)
		}
	})
}
