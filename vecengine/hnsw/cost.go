package hnsw

import (
	"context"
	"math"
	"sync"
	"time"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
)

// Request describes a top-k over one segment for the choice between a scan and a walk.
type Request struct {
	Rows      int     // of the segment
	Matching  int     // rows that pass the filter; Rows without one
	RowBytes  int     // of float32 that take as long to compare as one of the vectors; see RowBytes
	CodeBytes int     // of a row of the codes that walks go by; 0 where they go by the vectors
	ScanCodes bool    // a scan goes by those codes too
	K, Ef     int     // Ef: the beam of a walk
	Degree    float64 // of the graph
}

// Request describes a top-k over the index for the choice between a scan and a walk with ef.
func (x *Index) Request(matching, k, ef int) Request {
	r := Request{Rows: x.Graph.rows, Matching: matching, K: k, Degree: x.Graph.Degree()}
	byCodes := x.byCodes(WalkAuto)
	r.Ef = x.beam(Options{K: k, Ef: ef}, byCodes)
	r.RowBytes = RowBytes(x.Vectors.Element, x.Vectors.Dim)
	if x.Vectors.Element == distance.Sparse {
		r.RowBytes = sparseFactor * int(x.Vectors.Size()) / max(x.Graph.rows, 1)
	}
	if byCodes {
		r.CodeBytes, r.ScanCodes = x.Codes.RowBytes(), x.Codes.Tight()
	}
	return r
}

// sparseFactor is how many bytes of float32 are compared in the time that one of a sparse row takes: gathering costs what it costs. Measured:
// a row of 120 values, 960 bytes, takes as long as one of 1,400 dimensions.
const sparseFactor = 6

// RowBytes is the Request.RowBytes of vectors of an element; of sparse ones with 100 values, since their number is not known here. Halves
// are half the memory, and have to be widened.
func RowBytes(e distance.Element, dim int) int {
	switch e {
	case distance.Half:
		return 5 * dim / 2
	case distance.Sparse:
		return sparseFactor * 8 * min(dim, 100)
	}
	return e.RowBytes(dim)
}

// Estimate is what both ways would cost, in nanoseconds.
type Estimate struct {
	Exact bool // the scan is cheaper, if matches lie anywhere
	// Try: the scan is so much dearer than a walk all of whose nodes pass that it is worth a look whether matches lie where the query is. Always
	// true where Exact is false.
	Try bool
	ScanNs,
	WalkNs float64
	// Budget and MaxHops bound a walk (Options) so that giving up and scanning after all costs about twice the scan
	// alone at most: as many distances as the scan would pay for.
	Budget, MaxHops int
}

// The model. A walk follows the links of about one node for each place in the beam, and a filter that one row in
// s passes makes the beam s times wider; following a node finds about freshShare of its links not seen before
// (measured at ef 40: 0.73 on 60,000 images of 784 dimensions, 0.87 on 200,000 word vectors of 100; less as a
// walk goes on), and getting down to layer 0 costs descentRows distances more.
//
//	walk = hops · hop + distances · gathered row + (k + 8) · gathered float row, if on codes
//	hops = ef · rows / matching;  distances = min(rows, freshShare · degree · hops + descentRows)
//	scan = matching · gathered row, or all rows in order if that is cheaper, + the bitset
//
// A scan is exact, so a walk must be walkGain times cheaper to be preferred.
//
// The filter is taken as independent of distance. Where matches lie far from the query the walk would go on until its
// budget ends; where they lie near it ends sooner than the model says. The walk itself finds out which (Options.MaxHops), and a scan that costs tryGain
// times a walk without a filter is worth asking it.
const (
	freshShare  = 0.7
	descentRows = 60
	walkGain    = 1.5
	tryGain     = 3
)

// Choose estimates both ways. It takes about 50 ns once Calibrate has run.
func Choose(r Request) Estimate {
	c := Calibrate()
	rows, matching := float64(r.Rows), float64(min(r.Matching, r.Rows))
	scan, walk := r.costs(c)
	density := matching / max(rows, 1)
	e := Estimate{ScanNs: min(matching*max(scan.gathered, scan.inOrder), rows*scan.inOrder) + scan.rescore + rows*bitmapNs}
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
	e.WalkNs = hops*hop + distances*walk.gathered + walk.rescore
	e.Exact = e.ScanNs <= walkGain*e.WalkNs
	step := hop + perHop*walk.gathered
	e.Try = !e.Exact || r.Matching < r.Rows && e.ScanNs > tryGain*(ef*step+descentRows*walk.gathered+walk.rescore)
	e.MaxHops = int(e.ScanNs/(walkGain*step)) + 1
	e.Budget = max(int(e.ScanNs/(walk.gathered+hop/perHop)), descentRows)
	return e
}

// bitmapNs is what finding the members of a bitset costs, for each row of the segment.
const bitmapNs = 1.0 / 50

// ChooseExact tells whether scanning the matching rows is cheaper than walking the graph; see Choose.
func ChooseExact(r Request) bool { return Choose(r).Exact }

// wayCosts is the cost of a row in order, of a row anywhere, and of scoring the best again.
type wayCosts struct{ inOrder, gathered, rescore float64 }

// costs is what rows cost a scan and a walk.
func (r *Request) costs(c Costs) (scan, walk wayCosts) {
	all := int64(r.Rows) * int64(r.RowBytes)
	vectors := wayCosts{inOrder: c.ScanFloat.RowNs(r.RowBytes, all), gathered: c.GatherFloat.RowNs(r.RowBytes, all)}
	if r.CodeBytes == 0 {
		return vectors, vectors
	}
	all = int64(r.Rows) * int64(r.CodeBytes)
	codes := wayCosts{inOrder: c.ScanCode.RowNs(r.CodeBytes, all), gathered: c.GatherCode.RowNs(r.CodeBytes, all), rescore: float64(r.K+8) * vectors.gathered}
	if r.ScanCodes {
		return codes, codes
	}
	codes.rescore = float64(r.Ef) * vectors.gathered // codes that a scan has no use for leave most of the beam in doubt
	return vectors, codes
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
