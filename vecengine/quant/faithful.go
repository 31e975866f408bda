package quant

import (
	"cmp"
	"slices"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
)

// What Faithful compares, and what it asks for.
const (
	faithfulRows    = 2048
	faithfulQueries = 32
	faithfulNear    = 10  // rows nearest by vectors,
	faithfulAmong   = 40  // looked for among so many nearest by codes
	faithfulShare   = 0.8 // and how many of them must be there
)

// Faithful tells whether codes tell near rows from far ones, judged by a sample of their own vectors. They do not where a few rows reach
// so much farther than the others that the steps between codes are wider than what separates those: a graph built on such codes is
// noise, whatever it is searched by.
func (c *Codes) Faithful(vectors distance.Slab, skip *bitmap.Flat) bool {
	rows := sampleOrdinals(vectors.Len(), skip, faithfulRows)
	if len(rows) <= faithfulAmong {
		return true
	}
	var s Scorer
	var exact distance.Scorer
	byCodes, byVectors := make([]float32, len(rows)), make([]float32, len(rows))
	found, asked := 0, 0
	for i := 0; i < len(rows); i += max(len(rows)/faithfulQueries, 1) {
		exact.ResetRow(c.Metric(), &vectors, rows[i])
		exact.Gather(rows, byVectors)
		if byVectors[i] != byVectors[i] {
			continue // without a distance
		}
		s.Reset(c, vectors.Vector(rows[i]))
		s.Gather(rows, byCodes)
		limit := nearestOf(byVectors, faithfulNear)
		worst := byVectors[limit[len(limit)-1]]
		asked += len(limit)
		hits := 0
		for _, at := range nearestOf(byCodes, faithfulAmong) {
			if byVectors[at] <= worst { // ties count
				hits++
			}
		}
		found += min(hits, len(limit))
	}
	return float64(found) >= faithfulShare*float64(asked)
}

// nearestOf are the places of the k smallest distances, NaN being no distance.
func nearestOf(dist []float32, k int) []int {
	at := make([]int, 0, len(dist))
	for i, d := range dist {
		if d == d {
			at = append(at, i)
		}
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Or(cmp.Compare(dist[a], dist[b]), cmp.Compare(a, b)) })
	return at[:min(k, len(at))]
}
