package hnsw

import (
	"math"

	"vecgres/vecengine/distance"
)

// lift turns the inner product between nodes into a distance that a graph can be built by. By the product alone long
// vectors are near to everything, themselves last, and take all links: walks then circle among them. Each node v
// is lifted by one more coordinate a = sqrt(R² - |v|²), R being the greatest norm, which makes all nodes equally long, and a
// query by 0, which leaves its products as they are: the order of nodes by distance from a query is the same, and
// distances between nodes are Euclidean ones. Source: Bachrach et al., RecSys 2014 (doi:10.1145/2645710.2645741), section 3.
//
// The coordinate is kept as e = R - a, because R² - a·a' would drown the products in rounding where one vector is
// far longer than the rest: R² - a·a' = R(e + e') - e·e'.
type lift struct {
	r     float32
	short []float32 // by ordinal: e
}

// newLift measures the nodes. It gives nil where norms leave float32's range: products do too, then.
func newLift(v *distance.Slab, nodes []uint32) *lift {
	r := 0.0
	var buf []float32
	norms := make([]float64, v.Len())
	for _, ord := range nodes {
		buf = v.Floats(ord, buf)
		norms[ord] = distance.Norm(buf)
		r = max(r, norms[ord])
	}
	if r*r > math.MaxFloat32 {
		return nil
	}
	l := &lift{r: float32(r), short: make([]float32, v.Len())}
	for _, ord := range nodes {
		n := norms[ord]
		if n > 0 {
			l.short[ord] = float32(n * n / (r + math.Sqrt(max(r*r-n*n, 0))))
		}
	}
	return l
}

// add turns negated products of a node with others into distances between lifted nodes: half the squared Euclidean
// ones, since R² - a·a' - v·v' is that.
func (l *lift) add(from uint32, to []uint32, dist []float32) {
	e := l.short[from]
	own, slope := l.r*e, l.r-e
	for i, ord := range to {
		dist[i] += own + slope*l.short[ord]
	}
}
