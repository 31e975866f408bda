package hnsw

import (
	"context"
	"math"
	"sync"
	"time"

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
	M        int
}

// Estimate is what both ways would cost, in nanoseconds.
type Estimate struct {
	Exact bool // the scan is cheaper
	ScanNs,
	WalkNs float64
	// Budget bounds a walk (Options.Budget) so that giving up and scanning after all costs at most about twice the
	// scan alone: as many distances as half the scan would pay for.
	Budget int
}

// The model of a walk. It follows the links of about one node for each place in the beam, and a filter that one
// row in s passes makes the beam s times wider; following a node of a graph with parameter m finds about
// freshShare·m nodes not seen before (measured: 0.6 on 60,000 images of 784 dimensions at ef 40, 0.5 on 200,000
// word vectors of 100), and getting down to layer 0 costs descentLinks·m more.
//
//	walk = hops · hop + distances · gathered row + (k + 8) · gathered float row, if on codes
//	scan = matching · gathered row, or all rows in order if that is cheaper
//	hops = ef · rows / matching;  distances = min(rows, m · (freshShare · hops + descentLinks))
//
// It takes the filter as independent of distance. Where matches lie far from the query the walk goes on until its
// budget ends, which is why there is one; where they lie near it ends sooner than the model says.
const (
	freshShare   = 0.55
	descentLinks = 4
)

// Choose estimates both ways. It takes about 50 ns once Calibrate has run.
func Choose(r Request) Estimate {
	c := Calibrate()
	rows, matching := float64(r.Rows), float64(min(r.Matching, r.Rows))
	scanRow, gatherRow, rescore := rowCosts(c, r)
	e := Estimate{ScanNs: min(matching*gatherRow, rows*scanRow) + rescore + rows*bitmapNs}
	if matching <= 0 {
		e.Exact, e.WalkNs = true, math.Inf(1)
		return e
	}
	ef := float64(max(r.Ef, r.K, 1))
	hops := min(ef*rows/matching, rows)
	distances := min(rows, float64(r.M)*(freshShare*hops+descentLinks))
	e.WalkNs = hops*c.HopNs + distances*gatherRow + rescore
	e.Exact = e.ScanNs <= e.WalkNs
	e.Budget = max(int(e.ScanNs/(gatherRow+c.HopNs/(freshShare*float64(r.M)))/2), 4*r.M)
	return e
}

// bitmapNs is what finding the members of a bitset costs, for each row of the segment.
const bitmapNs = 1.0 / 64

// ChooseExact tells whether scanning the matching rows is cheaper than walking the graph; see Choose.
func ChooseExact(r Request) bool { return Choose(r).Exact }

func rowCosts(c Costs, r Request) (scanRow, gatherRow, rescore float64) {
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
	HopNs float64 // following the links of a node, beside the distances
}

var calibrated = sync.OnceValue(func() Costs { return Costs{Costs: flat.Calibrate(), HopNs: measureHop()} })

// Calibrate measures Costs, once in the life of a process; it takes about 20 ms.
func Calibrate() Costs { return calibrated() }

// measureHop walks a graph of random links between short vectors, where distances cost next to nothing.
func measureHop() float64 {
	const rows, m, ef = 1 << 14, 16, 64
	g := &Graph{metric: distance.L2, m: m, rows: rows, nodes: rows, links: make([]uint32, rows*2*m)}
	for i := range g.links {
		g.links[i] = uint32(mix(uint64(i))) % rows
	}
	v := distance.Slab{Data: make([]float32, 4*rows), Dim: 4}
	for i := range v.Data {
		v.Data[i] = float32(mix(uint64(i)) & 0xffff)
	}
	x := &Index{Graph: g, Vectors: v}
	var hits []Hit
	best := math.Inf(1)
	for try := range uint32(6) {
		start := time.Now()
		var stats Stats
		var err error
		if hits, stats, err = x.Search(context.Background(), v.Row(try), Options{K: 10, Ef: ef}, hits[:0]); err != nil || stats.Hops == 0 {
			continue
		}
		best = min(best, float64(time.Since(start).Nanoseconds())/float64(stats.Hops))
	}
	return best
}
