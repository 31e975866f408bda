package hnsw

import (
	"context"
	"fmt"
	"math"
	"sync"

	"vecgres/vecengine/distance"
	"vecgres/vecengine/quant"
)

var inf = float32(math.Inf(1))

// scorer computes distances from the query to rows, by float32 vectors or by codes.
type scorer struct {
	byCodes bool
	exact   distance.Scorer
	codes   quant.Scorer
	lift    *lift  // of a build whose graph is for inner products, else nil
	bound   uint32 // in a build: the node that is the query
}

func (s *scorer) gather(ordinals []uint32, out []float32) {
	if s.byCodes {
		s.codes.Gather(ordinals, out)
	} else {
		s.exact.Gather(ordinals, out)
	}
	if s.lift != nil {
		s.lift.add(s.bound, ordinals, out)
	}
}

// stepNodes is how many nodes a step of the narrow walk follows.
const stepNodes = 2

// rowMax is the most links that a row can have.
const rowMax = 2 * MaxM

// walker is the state of one search, kept in a pool between searches: nothing in it grows with the segment
// once it has been used on the largest.
type walker struct {
	scorer
	seen  visited // layer 0
	seenU visited // upper layers
	pool  pool
	slots [stepNodes * rowMax]uint32
	ords  [stepNodes * rowMax]uint32
	dist  [stepNodes * rowMax]float32

	// The wide walk's.
	open    minHeap // not yet followed
	results minHeap // complements: the farthest result first
	pending minHeap // allowed, seen, not in results; kept only for a Searcher
	// returned counts the results that earlier batches gave.
	returned int
	// opened counts the nodes that the wide walk followed, passing those of them that pass the filter.
	opened, passing int
	keys            []distance.Key

	ctx       context.Context
	skip      uint32 // a node to leave out altogether; none for no such
	distances int
	hops      int
}

var walkers = sync.Pool{New: func() any { return new(walker) }}

func getWalker(ctx context.Context) *walker {
	w := walkers.Get().(*walker)
	w.ctx, w.skip, w.distances, w.hops = ctx, none, 0, 0
	return w
}

func (w *walker) release() {
	w.ctx = nil
	w.exact.Unbind() // borrowed slabs may be unmapped
	w.codes.Unbind()
	walkers.Put(w)
}

// bind sets the query.
func (w *walker) bind(x *Index, query distance.Vector, byCodes bool) {
	w.exact.Reset(x.Graph.metric, query, x.Vectors)
	w.byCodes = byCodes
	if byCodes {
		w.codes.Reset(x.Codes, query)
	}
}

// fresh puts the links of a slot that have not been seen into w.slots from index n on, marks them, and returns
// where they end.
func (w *walker) fresh(l *layer, v *visited, slot uint32, n int) (int, error) {
	marks, epoch := v.marks[:l.slots], v.epoch
	slots := w.slots[n : n+l.width]
	fresh := 0
	for _, s := range l.row(slot) {
		if s >= l.slots {
			if s == none {
				break
			}
			return 0, fmt.Errorf("%w: slot %d links to %d of %d", ErrCorrupt, slot, s, l.slots)
		}
		slots[fresh] = s
		if marks[s] != epoch {
			fresh++
		}
		marks[s] = epoch
	}
	return n + fresh, nil
}

// score computes the distances of w.slots[:n] into w.dist.
func (w *walker) score(l *layer, n int) {
	w.distances += n
	if l.nodes == nil {
		w.gather(w.slots[:n], w.dist[:n])
		return
	}
	for i, s := range w.slots[:n] {
		w.ords[i] = l.nodes[s]
	}
	w.gather(w.ords[:n], w.dist[:n])
}

// searchLayer is the paper's Algorithm 2 on whatever w.pool was seeded with: it ends when the links of all ef
// nearest have been followed. A step follows the nearest stepNodes rather than one: their rows of links are
// fetched at the same time, and the kernel gets twice as many rows at once. What is followed too early by
// that would nearly always have been followed later.
func (w *walker) searchLayer(l *layer, v *visited) error {
	p := &w.pool
	for steps := 1; ; steps++ {
		n := 0
		for range stepNodes {
			slot, ok := p.follow()
			if !ok {
				break
			}
			w.hops++
			var err error
			if n, err = w.fresh(l, v, slot, n); err != nil {
				return err
			}
		}
		if n == 0 {
			if p.next == len(p.keys) {
				return nil
			}
			continue
		}
		if steps&31 == 0 {
			if err := w.ctx.Err(); err != nil {
				return err
			}
		}
		w.prefetchLinks(l)
		w.score(l, n)
		for i, d := range w.dist[:n] {
			if d > p.worst {
				if p.keep {
					p.drop(makeKey(d, w.slots[i]))
				}
				continue
			}
			p.coming = append(p.coming, makeKey(d, w.slots[i]))
		}
		p.merge()
		w.prefetchLinks(l)
	}
}

// prefetchLinks asks for the rows of links that the next step follows.
func (w *walker) prefetchLinks(l *layer) {
	p := &w.pool
	n := 0
	var slots [stepNodes]uint32
	for i := p.next; i < len(p.keys) && n < stepNodes; i++ {
		if p.keys[i]&followed == 0 {
			slots[n] = keySlot(p.keys[i])
			n++
		}
	}
	distance.PrefetchWords(l.links, l.width, slots[:n])
}

// nearestSlot goes greedily through one upper layer from a slot at a known distance.
func (w *walker) nearestSlot(l *layer, slot uint32, dist float32) (uint32, float32, error) {
	w.seenU.reset(int(l.slots))
	w.seenU.see(slot)
	for {
		w.hops++
		n, err := w.fresh(l, &w.seenU, slot, 0)
		if err != nil {
			return 0, 0, err
		}
		w.score(l, n)
		best := slot
		for i, d := range w.dist[:n] {
			if d < dist {
				best, dist = w.slots[i], d
			}
		}
		if best == slot {
			return slot, dist, nil
		}
		slot = best
	}
}

// descend goes from the entry point down to layer `to`, greedily through the layers above it. It returns a
// slot of that layer and its distance.
func (w *walker) descend(g *Graph, to int) (slot uint32, dist float32, err error) {
	top := len(g.upper)
	l := g.layer(top)
	slot = g.entry
	w.ords[0] = l.ordinal(slot)
	w.gather(w.ords[:1], w.dist[:1])
	w.distances++
	dist = w.dist[0]
	for at := top; at > to; at-- {
		l = g.layer(at)
		if slot, dist, err = w.nearestSlot(&l, slot, dist); err != nil {
			return 0, 0, err
		}
		below := g.upper[at-1].below[slot]
		if under := g.layer(at - 1); below >= under.slots {
			return 0, 0, fmt.Errorf("%w: slot %d of layer %d is above slot %d", ErrCorrupt, slot, at, below)
		}
		slot = below
	}
	return slot, dist, nil
}

// narrow runs the walk without a filter on layer 0 and leaves the ef nearest in w.pool.
func (w *walker) narrow(g *Graph, ef int, keepRest bool) error {
	slot, dist, err := w.descend(g, 0)
	if err != nil {
		return err
	}
	l := g.layer(0)
	w.seen.reset(g.rows)
	w.pool.reset(ef, keepRest)
	if w.skip != none {
		w.seen.see(w.skip)
	}
	w.seen.see(slot)
	w.pool.insert(makeKey(dist, slot))
	if err := w.searchLayer(&l, &w.seen); err != nil || len(w.pool.keys) >= ef {
		return err
	}
	// Everything that can be reached from here was seen, and it is not enough: only from the entry point is every
	// node promised to be in reach.
	entry := g.entryOrdinal()
	if !w.seen.see(entry) {
		return nil
	}
	w.slots[0] = entry
	w.score(&l, 1)
	w.pool.insert(makeKey(w.dist[0], entry))
	return w.searchLayer(&l, &w.seen)
}
