package hnsw

import (
	"context"
	"fmt"
	"slices"
)

// Check verifies a graph over n rows in full: every link names another node, none twice; layers are subsets of
// those below; every node can be reached from the entry point on layer 0. It returns an error wrapping ErrCorrupt
// that says what is wrong first, and for unreachable nodes how many.
func (g *Graph) Check(n int) error {
	if g.rows != n {
		return fmt.Errorf("%w: graph of %d rows over a segment of %d", ErrCorrupt, g.rows, n)
	}
	if g.nodes == 0 {
		return nil
	}
	if err := g.checkEntry(); err != nil {
		return err
	}
	for l := 0; l <= len(g.upper); l++ {
		if err := g.checkLayer(l); err != nil {
			return err
		}
	}
	reached := 0
	for _, p := range g.spanningTree(nil) {
		if p != none {
			reached++
		}
	}
	if reached != g.nodes {
		return fmt.Errorf("%w: %d of %d nodes cannot be reached", ErrCorrupt, g.nodes-reached, g.nodes)
	}
	return nil
}

func (g *Graph) checkEntry() error {
	if top := g.layer(len(g.upper)); g.entry >= top.slots {
		return fmt.Errorf("%w: entry slot %d of %d", ErrCorrupt, g.entry, top.slots)
	}
	return nil
}

func (g *Graph) checkLayer(l int) error {
	at := g.layer(l)
	if l > 0 {
		u, under := &g.upper[l-1], g.layer(l-1)
		for slot, below := range u.below {
			if below >= under.slots || under.ordinal(below) != u.nodes[slot] {
				return fmt.Errorf("%w: layer %d slot %d is not above its own node", ErrCorrupt, l, slot)
			}
			if u.nodes[slot] >= uint32(g.rows) || slot > 0 && u.nodes[slot] <= u.nodes[slot-1] {
				return fmt.Errorf("%w: layer %d slot %d is out of order", ErrCorrupt, l, slot)
			}
		}
	}
	var sorted []uint32
	for slot := range at.slots {
		row := at.row(slot)
		if end := slices.Index(row, none); end >= 0 {
			row = row[:end]
		}
		sorted = append(sorted[:0], row...)
		slices.Sort(sorted)
		for i, s := range sorted {
			if s >= at.slots || s == slot || i > 0 && s == sorted[i-1] {
				return fmt.Errorf("%w: layer %d slot %d links to %d", ErrCorrupt, l, slot, s)
			}
		}
	}
	return nil
}

// spanningTree walks layer 0 breadth first from the entry point and returns each node's parent, none where
// there is no way; the entry point is its own parent. Links out of range are passed over. It extends parent
// from the given starts if parent is not nil.
func (g *Graph) spanningTree(parent []uint32, starts ...uint32) []uint32 {
	if parent == nil {
		parent = emptyRows(g.rows)
		entry := g.entryOrdinal()
		parent[entry] = entry
		starts = []uint32{entry}
	}
	at := g.layer(0)
	queue := starts
	for len(queue) > 0 {
		slot := queue[0]
		queue = queue[1:]
		for _, s := range at.row(slot) {
			if s == none {
				break
			}
			if s < at.slots && parent[s] == none {
				parent[s] = slot
				queue = append(queue, s)
			}
		}
	}
	return parent
}

// repair links every node that pruning cut off to a near node that can be reached. The tree of a breadth-first
// search marks links that may not be taken away: any other may give up its place.
func (b *builder) repair(ctx context.Context) error {
	if len(b.order) == 0 {
		return nil
	}
	parent := b.g.spanningTree(nil)
	for _, ord := range b.order {
		if parent[ord] != none {
			continue
		}
		host, err := b.adopt(ctx, ord, parent)
		if err != nil {
			return err
		}
		parent[ord] = host
		b.g.spanningTree(parent, ord)
	}
	return nil
}

// adopt gives a near node that can be reached a link to ord, and returns that node.
func (b *builder) adopt(ctx context.Context, ord uint32, parent []uint32) (uint32, error) {
	w := b.workers[0]
	w.ctx, w.skip = ctx, none
	b.bindNode(&w.scorer, ord)
	if err := w.narrow(b.g, b.p.EfConstruction, false); err != nil {
		return 0, err
	}
	for _, k := range w.pool.keys {
		host := keySlot(k)
		if host != ord && parent[host] != none && b.giveLink(host, ord, keyDist(k), parent) {
			return host, nil
		}
	}
	// Around here every link is needed: take any node. There is one, as a tree has fewer edges than
	// there are places for links.
	for _, host := range b.order {
		if parent[host] != none && b.giveLink(host, ord, inf, parent) {
			return host, nil
		}
	}
	return 0, fmt.Errorf("%w: no place for a link to node %d", ErrCorrupt, ord)
}

// giveLink puts a link from host to ord into a free place, or that of the last link that no tree edge uses.
func (b *builder) giveLink(host, ord uint32, dist float32, parent []uint32) bool {
	at := b.g.layer(0)
	row := at.row(host)
	place := slices.Index(row, none)
	for i := len(row) - 1; place < 0 && i >= 0; i-- {
		if parent[row[i]] != host {
			place = i
		}
	}
	if place < 0 {
		return false
	}
	row[place] = ord
	b.dists[0][int(host)*at.width+place] = dist
	return true
}
