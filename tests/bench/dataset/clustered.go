package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"

	"vecgres/vecengine/distance"
)

// clusters is the number of centres of a clustered set.
const clusters = 1000

// Clustered is n vectors around a thousand centres, and queries drawn the same way. Within a cluster the spread falls from one dimension to
// the next, as the principal components of real embeddings do, so that neighbours are neither on a line nor everywhere. Row i depends on the
// seed and i alone.
func (c Cache) Clustered(n, dim, queries int) (*Set, error) {
	centres := make([]float32, clusters*dim)
	r := rand.New(rand.NewPCG(uint64(dim), 1))
	for i := range centres {
		centres[i] = float32(r.NormFloat64())
	}
	spread := make([]float64, dim)
	for i := range spread {
		spread[i] = 1.5 / math.Sqrt(1+float64(i)/4)
	}
	fill := func(out []float32, seed uint64) {
		for i := 0; i < len(out); i += dim {
			r := rand.New(rand.NewPCG(seed, uint64(i/dim)))
			centre := centres[r.IntN(clusters)*dim:][:dim]
			for j := range dim {
				out[i+j] = centre[j] + float32(spread[j]*r.NormFloat64())
			}
		}
	}
	s := &Set{Name: fmt.Sprintf("clustered-%dd-%d", dim, n), Metric: distance.L2, cache: c}
	s.Train = distance.Slab{Data: make([]float32, n*dim), Dim: dim}
	s.Test = distance.Slab{Data: make([]float32, queries*dim), Dim: dim}
	fill(s.Train.Data, 2)
	fill(s.Test.Data, 3)
	return s, nil
}
