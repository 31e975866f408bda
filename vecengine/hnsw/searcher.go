package hnsw

import (
	"cmp"
	"context"
	"slices"

	"vecgres/vecengine/distance"
)

// Searcher gives hits in batches, each nearest first, never the same node twice, until there are no more. A batch
// goes on where the one before stopped: what was seen and not returned is kept. Later batches are farther on
// the whole, but a single hit of one may be nearer than the last of the one before, as in any approximate
// search; a caller that needs one order sorts what it collected.
//
// One goroutine at a time. Close gives the state back.
type Searcher struct {
	index   *Index
	w       *walker
	opt     Options
	stats   Stats
	ef      int
	started bool
	narrow  bool // the first batch came from the narrow walk
	done    bool
}

// resumeMax bounds how many hits a later batch aims for.
const resumeMax = 4096

// NewSearcher starts a search; opt.K is not used. opt.Budget bounds each batch. Errors as in Search.
func (x *Index) NewSearcher(ctx context.Context, query distance.Vector, opt Options) (*Searcher, error) {
	if err := x.checkQuery(&query); err != nil {
		return nil, err
	}
	s := &Searcher{index: x, opt: opt, w: getWalker(ctx)}
	s.opt.K = 1
	s.stats.ByCodes = x.byCodes(opt.Walk)
	s.ef = max(x.beam(s.opt, s.stats.ByCodes), 1)
	s.w.bind(x, query, s.stats.ByCodes)
	s.done = x.Graph.nodes == 0
	s.stats.Complete = s.done
	return s, nil
}

// Next appends the next batch to dst, about ef hits in the first and twice as many as before in each later one.
// An empty batch is the end if Stats().Complete; if Stats().Exhausted, the budget of this batch ran out, and a
// further call goes on.
func (s *Searcher) Next(dst []Hit) ([]Hit, error) {
	if s.done {
		return dst, nil
	}
	s.stats.Exhausted, s.stats.Ef = false, s.ef
	var keys []key
	var err error
	if !s.started {
		s.started = true
		s.narrow = !s.opt.filtered() && s.ef <= poolMax
		keys, err = s.w.run(s.index.Graph, s.opt, &s.stats, true)
	} else {
		keys, err = s.resume()
	}
	if err != nil {
		s.done = true
		return dst, err
	}
	s.ef = min(2*s.ef, max(resumeMax, s.ef))
	s.done = s.stats.Complete
	dst, rescored := s.w.finishAll(keys, dst)
	s.stats.Rescored += rescored
	s.stats.Distances, s.stats.Hops = s.w.distances, s.w.hops
	return dst, nil
}

// resume goes on with the wide walk.
func (s *Searcher) resume() ([]key, error) {
	w, g := s.w, s.index.Graph
	if s.narrow {
		s.narrow = false
		w.widen(g)
	}
	// The nearest of what was seen and not returned come first; open nodes have been offered already.
	for len(w.pending) > 0 && len(w.results) < s.ef {
		w.results.push(^w.pending.pop())
	}
	return w.wide(g, s.ef, &s.opt, &s.stats, true)
}

// widen turns what the narrow walk left over into the wide walk's state.
func (w *walker) widen(g *Graph) {
	w.clearWide()
	w.returned = len(w.pool.keys)
	for _, k := range w.pool.rest {
		if k&followed == 0 {
			w.open = append(w.open, k)
		}
		w.pending = append(w.pending, k&^followed)
	}
	w.open.order()
	w.pending.order()
	before := len(w.open)
	w.openEntry(g)
	if len(w.open) > before {
		w.pending.push(makeKey(w.dist[0], g.entryOrdinal()))
	}
}

// Stats tell what the search has done so far; Exhausted and Complete are of the last batch.
func (s *Searcher) Stats() Stats { return s.stats }

// Close gives the search's state back; the Searcher must not be used afterwards.
func (s *Searcher) Close() {
	if s.w != nil {
		s.w.release()
		s.w, s.done = nil, true
	}
}

// finishAll turns all keys into hits with exact distances, nearest first.
func (w *walker) finishAll(keys []key, dst []Hit) ([]Hit, int) {
	from, rescored := len(dst), 0
	for len(keys) > 0 {
		n := min(len(keys), distance.BatchMax)
		for i, k := range keys[:n] {
			w.ords[i], w.dist[i] = keySlot(k), keyDist(k)
		}
		if w.byCodes {
			w.exact.Gather(w.ords[:n], w.dist[:n])
			rescored += n
		}
		for i, d := range w.dist[:n] {
			if d == d {
				dst = append(dst, Hit{Ord: w.ords[i], Dist: d})
			}
		}
		keys = keys[n:]
	}
	slices.SortFunc(dst[from:], func(a, b Hit) int {
		return cmp.Compare(distance.MakeKey(a.Dist, a.Ord), distance.MakeKey(b.Dist, b.Ord))
	})
	return dst, rescored
}
