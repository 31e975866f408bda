package hnsw

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/lowprio"
	"vecgres/vecengine/quant"
	"vecgres/vecengine/vfs"
)

// Vectors are what a graph is built over. Row i is ordinal i.
type Vectors struct {
	Slab distance.Slab
	// Codes, when not nil, stand for the vectors in every comparison of the build: a quarter of the memory to
	// read. They must be of the same rows and metric.
	Codes *quant.Codes
	Skip  *bitmap.Flat // rows without a vector (NULL); nil: none
}

// batchShare is how a build is cut up: a batch is this part of the nodes that are in the graph already. Nodes of
// one batch do not see each other, so a large batch costs recall, a small one barriers. batchMax bounds it.
const (
	batchShare = 1.0 / 40
	batchMax   = 16384
)

// Build makes a graph over all rows that have a vector and a distance. It runs on up to workers goroutines and
// calls progress, if not nil, from one of them, with nodes linked so far and in all.
//
// Nodes go in from the highest level down, in an order that the seed decides, in batches: first every node of a
// batch searches the graph as it was before the batch and takes its links, then the links back are grouped by
// target, and each target is extended or pruned by one goroutine. No row is ever written by two or read while
// written, so there are no locks, and the graph does not depend on the number of workers.
// Source of the batches: Dobson et al., ParlayANN, PPoPP 2024 (arXiv:2305.04359), section 3.
//
// Errors: ErrParams, or ctx's.
func Build(ctx context.Context, v Vectors, p Params, workers int, progress func(done, total int)) (*Graph, error) {
	p, err := p.withDefaults()
	if err != nil {
		return nil, err
	}
	n := v.Slab.Len()
	if n > MaxNodes {
		return nil, fmt.Errorf("%w: %d rows are too many for one graph", ErrParams, n)
	}
	if v.Codes != nil && (v.Codes.Len() != n || v.Codes.Metric() != p.Metric || v.Codes.Dim() != v.Slab.Dim) {
		return nil, fmt.Errorf("%w: codes are of other vectors", ErrParams)
	}
	if !p.Metric.On(v.Slab.Element) {
		return nil, fmt.Errorf("%w: %s between %s vectors", ErrParams, p.Metric, v.Slab.Element)
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	b := newBuilder(v, p, max(workers, 1))
	progress(0, len(b.order))
	for done := 0; done < len(b.order); {
		size := min(max(int(float64(done)*batchShare), 1), batchMax, len(b.order)-done)
		if err := b.batch(ctx, b.order[done:done+size]); err != nil {
			return nil, err
		}
		done += size
		progress(done, len(b.order))
	}
	if err := b.repair(ctx); err != nil {
		return nil, err
	}
	for _, s := range b.g.links {
		if s != none {
			b.g.linkCount++
		}
	}
	return b.g, nil
}

// BuildBytes is about how much memory a Build takes beside the vectors and codes: links with their distances, and
// for each worker the marks of visited nodes.
func BuildBytes(rows, m, workers int) int64 {
	if m == 0 {
		m = DefaultM
	}
	links := int64(rows) * int64(m) * (2 + 1) // upper layers have about rows/m nodes of m links
	return 8*links + 9*int64(rows) + int64(workers)*int64(rows)
}

// builder is the state of one Build.
type builder struct {
	g       *Graph
	v       Vectors
	p       Params
	workers []*buildWorker
	levels  []uint8  // by ordinal
	order   []uint32 // nodes in the order in which they go in
	// dists[l] has the distance of every link of layer l, in the place of the link.
	dists [][]float32
	// above[l] is slot of layer l → slot of layer l+1, or none.
	above [][]uint32
	edges []edge
	lift  *lift // of a graph for inner products, else nil
}

// buildWorker is what one goroutine of a build has to itself.
type buildWorker struct {
	walker
	pick []key
}

// edge is a link back that waits for its target.
type edge struct {
	target, source uint32 // slots
	dist           float32
}

func newBuilder(v Vectors, p Params, workers int) *builder {
	n := v.Slab.Len()
	b := &builder{v: v, p: p, levels: make([]uint8, n)}
	b.g = &Graph{metric: p.Metric, m: p.M, efConstruction: p.EfConstruction, seed: p.Seed, rows: n, entry: none}
	top := b.chooseNodes()
	b.g.nodes = len(b.order)
	b.g.links = emptyRows(n * 2 * p.M)
	b.dists = [][]float32{make([]float32, len(b.g.links))}
	b.layUpper(top)
	if len(b.order) > 0 {
		b.g.entry = b.slotOn(b.order[0], top)
	}
	if p.Metric == distance.InnerProduct {
		b.lift = newLift(&b.v.Slab, b.order)
	}
	for range workers {
		w := new(buildWorker)
		w.lift = b.lift
		b.workers = append(b.workers, w)
	}
	return b
}

func emptyRows(n int) []uint32 {
	rows := make([]uint32, n)
	for i := range rows {
		rows[i] = none
	}
	return rows
}

// chooseNodes finds the rows that become nodes, draws their levels, orders them, and returns the top level.
func (b *builder) chooseNodes() (top int) {
	type draw struct {
		level uint8
		rank  uint64
		ord   uint32
	}
	var draws []draw
	mult := 1 / math.Log(float64(b.p.M))
	var buf []float32
	for ord := range uint32(b.g.rows) {
		if b.v.Skip != nil && b.v.Skip.Contains(ord) {
			continue
		}
		var ok bool
		if ok, buf = b.v.Slab.Comparable(b.p.Metric, ord, buf); !ok {
			continue
		}
		r := mix(b.p.Seed ^ mix(uint64(ord)+1))
		uniform := (float64(r>>11) + 0.5) / (1 << 53)
		level := min(int(-math.Log(uniform)*mult), 30)
		b.levels[ord] = uint8(level)
		draws = append(draws, draw{uint8(level), mix(r), ord})
		top = max(top, level)
	}
	slices.SortFunc(draws, func(a, c draw) int {
		return cmp.Or(cmp.Compare(c.level, a.level), cmp.Compare(a.rank, c.rank), cmp.Compare(a.ord, c.ord))
	})
	b.order = make([]uint32, len(draws))
	for i, d := range draws {
		b.order[i] = d.ord
	}
	return top
}

// mix is the finaliser of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// layUpper lays out the upper layers: who is on which is known before any link is.
func (b *builder) layUpper(top int) {
	below := make([]uint32, 0, len(b.order))
	for ord := range uint32(b.g.rows) {
		if b.levels[ord] >= 1 {
			below = append(below, ord)
		}
	}
	nodes := below // ordinals on the layer, ascending
	size := b.g.rows
	for l := 1; l <= top; l++ {
		u := upperLayer{nodes: slices.Clone(nodes), below: slices.Clone(below), links: emptyRows(len(nodes) * b.p.M)}
		above := emptyRows(size)
		for slot, under := range below {
			above[under] = uint32(slot)
		}
		b.above = append(b.above, above)
		b.g.upper = append(b.g.upper, u)
		b.dists = append(b.dists, make([]float32, len(u.links)))
		size = len(nodes)
		var nextNodes, nextBelow []uint32
		for slot, ord := range u.nodes {
			if int(b.levels[ord]) > l {
				nextNodes, nextBelow = append(nextNodes, ord), append(nextBelow, uint32(slot))
			}
		}
		nodes, below = nextNodes, nextBelow
	}
}

// slotOn is the slot of a node on a layer that it is on.
func (b *builder) slotOn(ord uint32, l int) uint32 {
	slot := ord
	for i := range l {
		slot = b.above[i][slot]
	}
	return slot
}

// batch puts nodes in.
func (b *builder) batch(ctx context.Context, nodes []uint32) error {
	err := b.parallel(ctx, len(nodes), 8, func(w *buildWorker, i int) error { return b.findLinks(ctx, w, nodes[i]) })
	if err != nil {
		return err
	}
	top := 0
	for _, ord := range nodes {
		top = max(top, int(b.levels[ord]))
	}
	for l := 0; l <= top; l++ {
		if err := b.linkBack(ctx, nodes, l); err != nil {
			return err
		}
	}
	return nil
}

// parallel runs fn for 0 to n-1 on all workers, chunk at a time, until one fails or ctx ends.
func (b *builder) parallel(ctx context.Context, n, chunk int, fn func(w *buildWorker, i int) error) error {
	var next atomic.Int64
	run := func(w *buildWorker) error {
		for {
			from := int(next.Add(int64(chunk))) - chunk
			if from >= n {
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			for i := from; i < min(from+chunk, n); i++ {
				if err := fn(w, i); err != nil {
					return err
				}
			}
		}
	}
	if len(b.workers) == 1 || n <= chunk {
		return run(b.workers[0])
	}
	errs := make([]error, len(b.workers))
	var wg sync.WaitGroup
	for i, w := range b.workers {
		wg.Go(func() {
			lowprio.Enter(ctx)
			errs[i] = vfs.GuardFault("mapped vectors", nil, func() error { return run(w) })
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// bindNode makes a node the query.
func (b *builder) bindNode(s *scorer, ord uint32) {
	s.bound = ord
	if b.v.Codes != nil {
		s.byCodes = true
		s.codes.ResetRow(b.v.Codes, ord)
		return
	}
	s.exact.ResetRow(b.p.Metric, &b.v.Slab, ord)
}

// findLinks searches the graph for a node's neighbours on each of its layers and writes its own rows, which
// nobody reads before the links back are made. Source: the paper's Algorithm 1, first half.
func (b *builder) findLinks(ctx context.Context, w *buildWorker, ord uint32) error {
	if ord == b.order[0] {
		return nil
	}
	w.ctx, w.skip = ctx, none
	level := int(b.levels[ord])
	b.bindNode(&w.scorer, ord)
	slot, dist, err := w.descend(b.g, level)
	if err != nil {
		return err
	}
	w.pool.reset(b.p.EfConstruction, false)
	w.pool.insert(makeKey(dist, slot))
	for l := level; l >= 0; l-- {
		v := &w.seen
		if l > 0 {
			v = &w.seenU
		}
		at := b.g.layer(l)
		v.reset(int(at.slots))
		for _, k := range w.pool.keys {
			v.see(keySlot(k))
		}
		if l < level { // another query was bound meanwhile
			b.bindNode(&w.scorer, ord)
		}
		if err := w.searchLayer(&at, v); err != nil {
			return err
		}
		w.pick = append(w.pick[:0], w.pool.keys...)
		kept := b.selectNeighbors(w, &at, b.p.M)
		b.writeRow(l, b.slotOn(ord, l), w.pick[:kept])
		if l > 0 {
			b.lowerPool(w, l)
		}
	}
	return nil
}

// lowerPool makes what was found on layer l the start on the layer below.
func (b *builder) lowerPool(w *buildWorker, l int) {
	below := b.g.upper[l-1].below
	for i, k := range w.pool.keys {
		w.pool.keys[i] = k>>32<<32 | uint64(below[keySlot(k)])<<1
	}
	slices.Sort(w.pool.keys)
	w.pool.next = 0
}

// writeRow makes keys the links of a slot.
func (b *builder) writeRow(l int, slot uint32, keys []key) {
	at := b.g.layer(l)
	row := at.row(slot)
	dists := b.dists[l][int(slot)*at.width:][:at.width]
	for i := range row {
		if i < len(keys) {
			row[i], dists[i] = keySlot(keys[i]), keyDist(keys[i])
		} else {
			row[i] = none
		}
	}
}
