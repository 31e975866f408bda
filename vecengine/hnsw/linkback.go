package hnsw

import (
	"cmp"
	"context"
	"slices"
)

// linkBack makes the links of new nodes on one layer mutual. Source: the paper's Algorithm 1, second half, for a
// batch of nodes at once.
func (b *builder) linkBack(ctx context.Context, nodes []uint32, l int) error {
	b.edges = b.edges[:0]
	at := b.g.layer(l)
	for _, ord := range nodes {
		if int(b.levels[ord]) < l {
			continue
		}
		slot := b.slotOn(ord, l)
		dists := b.dists[l][int(slot)*at.width:]
		for i, target := range at.row(slot) {
			if target == none {
				break
			}
			b.edges = append(b.edges, edge{target: target, source: slot, dist: dists[i]})
		}
	}
	slices.SortFunc(b.edges, func(x, y edge) int {
		return cmp.Or(cmp.Compare(x.target, y.target), cmp.Compare(x.source, y.source))
	})
	var starts []int
	for i, e := range b.edges {
		if i == 0 || e.target != b.edges[i-1].target {
			starts = append(starts, i)
		}
	}
	return b.parallel(ctx, len(starts), 32, func(w *buildWorker, i int) error {
		end := len(b.edges)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		b.extend(w, &at, l, b.edges[starts[i]:end])
		return nil
	})
}

// extend adds the sources of edges, which share a target, to the target's links; if they do not fit, it selects
// among old and new ones.
func (b *builder) extend(w *buildWorker, at *layer, l int, edges []edge) {
	target := edges[0].target
	row := at.row(target)
	dists := b.dists[l][int(target)*at.width:][:at.width]
	have := slices.Index(row, none)
	if have < 0 {
		have = at.width
	}
	if have+len(edges) <= at.width {
		for i, e := range edges {
			row[have+i], dists[have+i] = e.source, e.dist
		}
		return
	}
	w.pick = w.pick[:0]
	for i, s := range row[:have] {
		w.pick = append(w.pick, makeKey(dists[i], s))
	}
	for _, e := range edges {
		w.pick = append(w.pick, makeKey(e.dist, e.source))
	}
	slices.Sort(w.pick)
	kept := b.selectNeighbors(w, at, at.width)
	b.writeRow(l, target, w.pick[:kept])
}
