package vecengine

// RecallCheck compares what a search found with the exact answer to the same request.
type RecallCheck struct {
	Wanted int   // rows of the exact answer that have a distance
	Found  int   // of those, how many were found, or others that are as near as the last of them
	Missed []Hit // Wanted - Found rows that were not found, nearest first
}

// Recall is the share found, 1 when nothing was to be found.
func (c RecallCheck) Recall() float64 {
	if c.Wanted == 0 {
		return 1
	}
	return float64(c.Found) / float64(c.Wanted)
}

// nearlyEqual is by how much, relatively, two computations of one distance may differ.
const nearlyEqual = 1e-6

// CompareHits checks the hits of a search against those of an exact search with as many rows. Any rows at the last distance count, since
// which of several are given is chance; rows without a distance do not count.
func CompareHits(found, exact []Hit) RecallCheck {
	exact = withDistance(exact)
	c := RecallCheck{Wanted: len(exact)}
	if c.Wanted == 0 {
		return c
	}
	limit := exact[c.Wanted-1].Distance
	limit += nearlyEqual * max(limit, -limit)
	known := make(map[RowID]struct{}, len(found))
	for _, h := range withDistance(found) {
		known[h.Row] = struct{}{}
		if h.Distance <= limit && c.Found < c.Wanted {
			c.Found++
		}
	}
	for _, h := range exact {
		if _, ok := known[h.Row]; !ok && len(c.Missed) < c.Wanted-c.Found {
			c.Missed = append(c.Missed, h)
		}
	}
	return c
}

func withDistance(hits []Hit) []Hit {
	n := len(hits)
	for n > 0 && hits[n-1].Null {
		n--
	}
	return hits[:n]
}
