package hnsw

import (
	"slices"

	"vecgres/vecengine/distance"
)

// startWide descends, and opens and offers what it found. The entry point is opened too: every node can be
// reached from it, which is not promised of others.
func (w *walker) startWide(g *Graph, ef int, opt *Options, keepRest bool) error {
	slot, dist, err := w.descend(g, 0)
	if err != nil {
		return err
	}
	w.seen.reset(g.rows)
	w.clearWide()
	if w.skip != none {
		w.seen.see(w.skip)
	}
	w.seen.see(slot)
	w.open.push(makeKey(dist, slot))
	w.openEntry(g)
	for _, k := range w.open {
		w.offer(k, ef, opt, keepRest)
	}
	return nil
}

func (w *walker) clearWide() {
	w.open, w.results, w.pending, w.returned = w.open[:0], w.results[:0], w.pending[:0], 0
	w.opened, w.passing = 0, 0
}

func (w *walker) openEntry(g *Graph) {
	entry := g.entryOrdinal()
	if w.seen.see(entry) {
		w.ords[0] = entry
		w.gather(w.ords[:1], w.dist[:1])
		w.distances++
		w.open.push(makeKey(w.dist[0], entry))
	}
}

// passes tells whether a node may be a hit.
func (o *Options) passes(ordinal uint32) bool {
	return (o.Allowed == nil || o.Allowed.Contains(ordinal)) &&
		(o.Excluded == nil || !o.Excluded.Contains(ordinal)) &&
		(o.Accept == nil || o.Accept(ordinal))
}

// wide follows links nearest first until the nearest open node is farther than the ef-th result, so the beam
// is as wide as it takes to hold ef allowed nodes. It ends early when every allowed node is found, or when the
// budget is spent. What w.open holds has been offered already. It returns the results, nearest first.
func (w *walker) wide(g *Graph, ef int, opt *Options, stats *Stats, keepRest bool) ([]key, error) {
	l := g.layer(0)
	total := g.nodes
	if opt.Allowed != nil {
		total = min(total, opt.Allowed.Count())
	}
	limit := w.distances + opt.Budget
	for steps := 1; ; steps++ {
		if len(w.open) == 0 || w.returned+len(w.results)+len(w.pending) >= total {
			stats.Complete = len(w.pending) == 0
			return w.sorted(), nil
		}
		if len(w.results) >= ef && w.open[0] > ^w.results[0] {
			return w.sorted(), nil
		}
		if opt.Budget > 0 && w.distances >= limit || steps%probeSteps == 0 && w.hopeless(ef, opt) {
			stats.Exhausted = true
			return w.sorted(), nil
		}
		if steps&63 == 0 {
			if err := w.ctx.Err(); err != nil {
				return nil, err
			}
		}
		if err := w.followWide(&l, ef, opt, keepRest); err != nil {
			return nil, err
		}
	}
}

// Nodes are followed nearest first, so those followed are what lies nearer to the query than any other, more or less; and the walk ends when it has
// followed all that are nearer than the ef-th that passes. If one in s of them passes, that is ef·s nodes. The share is looked at every few steps once a
// part of what the walk is worth is spent, with the share of all nodes as if seen on so many: where matches lie far from the query a walk gives up after
// some dozens of nodes instead of spending its whole budget, and where they cluster around the query it goes on although as many matches anywhere would
// not be worth it.
const (
	probeSteps  = 8
	probePart   = 32
	shareWeight = 4
)

// hopeless tells whether the walk is going to follow more nodes than it is worth.
func (w *walker) hopeless(ef int, opt *Options) bool {
	if opt.MaxHops <= 0 || w.opened < opt.MaxHops/probePart {
		return false
	}
	share := (float64(w.passing) + shareWeight*opt.Share) / float64(w.opened+shareWeight)
	return float64(ef) > share*float64(opt.MaxHops)
}

// followWide follows the links of the nearest open nodes, as many at a time as the narrow walk does.
func (w *walker) followWide(l *layer, ef int, opt *Options, keepRest bool) error {
	n := 0
	for i := 0; i < stepNodes && len(w.open) > 0; i++ {
		if i > 0 && len(w.results) >= ef && w.open[0] > ^w.results[0] {
			break
		}
		w.hops++
		slot := keySlot(w.open.pop())
		if w.opened++; opt.MaxHops > 0 && opt.passes(slot) {
			w.passing++
		}
		var err error
		if n, err = w.fresh(l, &w.seen, slot, n); err != nil {
			return err
		}
	}
	w.prefetchOpen(l)
	w.score(l, n)
	for i, d := range w.dist[:n] {
		k := makeKey(d, w.slots[i])
		if !keepRest && len(w.results) >= ef && k > ^w.results[0] {
			continue
		}
		w.open.push(k)
		w.offer(k, ef, opt, keepRest)
	}
	w.prefetchOpen(l)
	return nil
}

// prefetchOpen asks for the links of the nearest open nodes.
func (w *walker) prefetchOpen(l *layer) {
	var slots [stepNodes]uint32
	n := min(stepNodes, len(w.open)) // the second of a heap is nearly the second nearest
	for i, k := range w.open[:n] {
		slots[i] = keySlot(k)
	}
	distance.PrefetchWords(l.links, l.width, slots[:n])
}

// offer takes an allowed node into the results, or into pending if it is too far and that is kept.
func (w *walker) offer(k key, ef int, opt *Options, keepRest bool) {
	if len(w.results) >= ef && k > ^w.results[0] && !keepRest {
		return
	}
	if !opt.passes(keySlot(k)) {
		return
	}
	switch {
	case len(w.results) < ef:
		w.results.push(^k)
	case k < ^w.results[0]:
		if keepRest {
			w.pending.push(^w.results[0])
		}
		w.results.replaceTop(^k)
	case keepRest:
		w.pending.push(k)
	}
}

// sorted empties the results into a slice, nearest first. It is valid until the walker's next use.
func (w *walker) sorted() []key {
	for i, k := range w.results {
		w.results[i] = ^k
	}
	keys := []key(w.results)
	slices.Sort(keys)
	w.returned += len(keys)
	w.results = w.results[:0]
	return keys
}
