package hnsw

import (
	"context"
	"math"
	"sync"
	"time"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
	"vecgres/vecengine/quant"
)

// Request describes a top-k over one segment for the choice between a scan and a walk.
type Request struct {
	Rows     int  // of the segment
	Matching int  // rows that pass the filter; Rows without one
	Dim      int  // of the vectors
	Codes    bool // int8 codes are there, for the scan and the walk alike
	K, Ef    int
	Degree   float64 // of the graph
}

// Estimate is what both ways would cost, in nanoseconds.
type Estimate struct {
	Exact bool // the scan is cheaper
	ScanNs,
	WalkNs float64
	// Budget bounds a walk (Options.Budget) so that giving up and scanning after all costs about twice the scan
	// alone: as many distances as the scan would pay for.
	Budget int
}

// The model. A walk follows the links of about one node for each place in the beam, and a filter that one row in
// s passes makes the beam s times wider; following a node finds about freshShare of its links not seen before
// (measured at ef 40: 0.73 on 60,000 images of 784 dimensions, 0.87 on 200,000 word vectors of 100; less as a
// walk goes on), and getting down to layer 0 costs descentRows distances more.
//
//	walk = hops · hop + distances · gathered row + (k + 8) · gathered float row, if on codes
//	hops = ef · rows / matching;  distances = min(rows, freshShare · degree · hops + descentRows)
//	scan = matching · row, or all rows in order if that is cheaper, + the bitset
//
// A scanned row costs what a row in order does as long as one in ten matches, and goes up to what a gathered row
// does when few match (measured on both data sets from 50 to 0.1 %).
//
// The filter is taken as independent of distance. Where matches lie far from the query the walk goes on until its
// budget ends, which is why there is one; where they lie near it ends sooner than the model says.
const (
	freshShare  = 0.7
	descentRows = 60
)

// Choose estimates both ways. It takes about 50 ns once Calibrate has run.
func Choose(r Request) Estimate {
	c := Calibrate()
	rows, matching := float64(r.Rows), float64(min(r.Matching, r.Rows))
	inOrder, gathered, rescore := rowCosts(c, r)
	density := matching / max(rows, 1)
	sparse := inOrder + max(gathered-inOrder, 0)*max(0, 1-3*math.Sqrt(density))
	e := Estimate{ScanNs: min(matching*sparse, rows*inOrder) + rescore + rows*bitmapNs}
	if matching <= 0 {
		e.Exact, e.WalkNs = true, math.Inf(1)
		return e
	}
	ef := float64(max(r.Ef, r.K, 1))
	hop, perHop := c.HopNs, freshShare*max(r.Degree, 1)
	if r.Matching < r.Rows {
		hop = c.WideHopNs
	}
	hops := min(ef/density, rows)
	distances := min(rows, perHop*hops+descentRows)
	e.WalkNs = hops*hop + distances*gathered + rescore
	e.Exact = e.ScanNs <= e.WalkNs
	e.Budget = max(int(e.ScanNs/(gathered+hop/perHop)), descentRows)
	return e
}

// bitmapNs is what finding the members of a bitset costs, for each row of the segment.
const bitmapNs = 1.0 / 50

// ChooseExact tells whether scanning the matching rows is cheaper than walking the graph; see Choose.
func ChooseExact(r Request) bool { return Choose(r).Exact }

// rowCosts is the cost of a row in order, of a row anywhere, and of scoring the best again.
func rowCosts(c Costs, r Request) (inOrder, gathered, rescore float64) {
	floatBytes := 4 * r.Dim
	gatherFloat := c.GatherFloat.RowNs(floatBytes, int64(r.Rows)*int64(floatBytes))
	if !r.Codes {
		return c.ScanFloat.RowNs(floatBytes, int64(r.Rows)*int64(floatBytes)), gatherFloat, 0
	}
	stride := quant.Stride(r.Dim)
	total := int64(r.Rows) * int64(stride)
	return c.ScanCode.RowNs(stride, total), c.GatherCode.RowNs(stride, total), float64(r.K+8) * gatherFloat
}

// Costs is what distances and the steps of a walk cost on this machine.
type Costs struct {
	flat.Costs
	HopNs     float64 // following the links of a node, beside the distances
	WideHopNs float64 // the same under a filter
}

var calibrated = sync.OnceValue(func() Costs {
	c := Costs{Costs: flat.Calibrate()}
	c.HopNs, c.WideHopNs = measureHops()
	return c
})

// Calibrate measures Costs, once in the life of a process; it takes about 20 ms.
func Calibrate() Costs { return calibrated() }

// measureHops walks a graph of random links between short vectors, where distances cost next to nothing. Its rows
// of links have the mean length of a real graph's.
func measureHops() (narrow, wide float64) {
	const rows, m, ef, degree = 1 << 14, 16, 64, 16
	g := &Graph{metric: distance.L2, m: m, rows: rows, nodes: rows, links: emptyRows(rows * 2 * m)}
	for i := range g.links {
		if i%(2*m) < degree {
			g.links[i] = uint32(mix(uint64(i))) % rows
		}
	}
	v := distance.Slab{Data: make([]float32, 4*rows), Dim: 4}
	for i := range v.Data {
		v.Data[i] = float32(mix(uint64(i)) & 0xffff)
	}
	x := &Index{Graph: g, Vectors: v}
	return hopNs(x, Options{K: 10, Ef: ef}), hopNs(x, Options{K: 10, Ef: ef, Allowed: bitmap.FullFlat(rows)})
}

func hopNs(x *Index, opt Options) float64 {
	var hits []Hit
	best := math.Inf(1)
	for try := range uint32(8) {
		start := time.Now()
		var stats Stats
		var err error
		hits, stats, err = x.Search(context.Background(), x.Vectors.Vector(try), opt, hits[:0])
		if err == nil && stats.Hops > 0 {
			best = min(best, float64(time.Since(start).Nanoseconds())/float64(stats.Hops))
		}
	}
	return best
}
