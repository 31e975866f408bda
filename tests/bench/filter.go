package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/vecengine"
	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
	"vecgres/vecengine/hnsw"
	"vecgres/vecengine/quant"
)

// filterShares are the shares of rows that filters let through.
var filterShares = []float64{0.5, 0.1, 0.05, 0.01, 0.001, 0.0001}

// filterKinds say where the rows that pass lie, seen from the query: anywhere, among the nearest, among the farthest.
var filterKinds = []string{"random", "correlated", "anti-correlated"}

// filterQueries is how many queries each filter is asked with, a quarter of them near each pivot.
const filterQueries = 200

// filterSuite searches under filters by Table.Search at the default target recall.
func (r *runner) filterSuite(ctx context.Context) error {
	sets, err := r.pick()
	if err != nil {
		return err
	}
	for _, s := range sets {
		if err := r.filtered(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

// filterBench is a table with the queries that filters are asked with.
type filterBench struct {
	*engineTable
	index   *hnsw.Index
	queries []uint32 // query i belongs to pivot i % pivots
	// What gathering uses.
	codes quant.Scorer
	ords  []uint32
	dists []float32
}

// filterCase is one filter.
type filterCase struct {
	kind  string
	share float64
}

// window is a filter on one column: lo to hi, both inclusive.
type window struct {
	column int // of engineTable.filters
	lo, hi int32
}

func (r *runner) filtered(ctx context.Context, s *dataset.Set) error {
	r.say("### %s", s.Title())
	t, err := r.openTable(ctx, s)
	if err != nil {
		return err
	}
	defer t.close()
	b := &filterBench{engineTable: t}
	if b.index, err = r.index(ctx, s); err != nil {
		return err
	}
	b.chooseQueries()
	cells := [][]string{{"rows that pass", "share %", "recall@10", "queries/s", "repeated", "of unfiltered", "of gathering", "of what the bars allow", "strategy", "bar"}}
	leastRecall, short, slow := 1.0, 0, []string{}
	for _, kind := range filterKinds {
		for _, share := range filterShares {
			res, err := r.filterCase(ctx, b, filterCase{kind, share})
			if err != nil {
				return err
			}
			leastRecall = min(leastRecall, res.recall)
			short += res.short
			met := "met"
			if !res.met() {
				met = "missed"
				slow = append(slow, fmt.Sprintf("%s %v %%", kind, 100*share))
			}
			cells = append(cells, []string{kind, fmt.Sprint(100 * share), fmt.Sprintf("%.4f", res.recall), res.qps.Format("%.0f"), res.warm.Format("%.0f"),
				res.ofUnfiltered.Format("%.2f") + "x", res.ofGather.Format("%.2f") + "x", res.ofAllowed.Format("%.2f") + "x", res.strategy, met})
		}
	}
	if err := r.table(cells); err != nil {
		return err
	}
	r.bar(measure.Row{Measure: "filtered recall@10, least of 18 filters; answers short of k", Data: s.Title(), Bar: "≥ 0.97; 0",
		Value: fmt.Sprintf("%.4f; %d", leastRecall, short), Met: leastRecall >= 0.97 && short == 0})
	value := fmt.Sprintf("%d of 18 filters", 18-len(slow))
	if len(slow) > 0 {
		value += "; not " + strings.Join(slow, ", ")
	}
	r.bar(measure.Row{Measure: "filtered QPS", Data: s.Title(), Bar: "≥ 0.25x unfiltered, or exact and ≥ 0.5x gathering", Value: value, Met: len(slow) == 0})
	return nil
}

// chooseQueries takes the queries nearest to each pivot.
func (b *filterBench) chooseQueries() {
	each := min(filterQueries/pivots, b.set.Test.Len())
	b.queries = make([]uint32, each*pivots)
	for p := range pivots {
		pivot := pivotQuery(b.set, p)
		order := make([]uint32, b.set.Test.Len())
		dist := make([]float32, len(order))
		for i := range order {
			order[i], dist[i] = uint32(i), distance.Pair(b.set.Metric, pivot, b.set.Test.Row(uint32(i)))
		}
		slices.SortFunc(order, func(a, c uint32) int { return cmp.Or(cmp.Compare(dist[a], dist[c]), cmp.Compare(a, c)) })
		for i, q := range order[:each] {
			b.queries[i*pivots+p] = q
		}
	}
}

// window is the filter of query i in a round. No two are the same, so that none is answered from what an earlier one left behind.
func (b *filterBench) window(c filterCase, i, round int) window {
	n := b.set.Train.Len()
	width := max(int(c.share*float64(n)), 1)
	shift := (round*len(b.queries) + i) / pivots % (n - width + 1)
	switch c.kind {
	case "random":
		at := (round*len(b.queries) + i) * 7919 % (n - width + 1)
		return window{0, int32(at), int32(at + width - 1)}
	case "correlated":
		return window{1 + i%pivots, int32(shift), int32(shift + width - 1)}
	}
	return window{1 + i%pivots, int32(n - width - shift), int32(n - 1 - shift)}
}

func (w window) predicate() []vecengine.Predicate {
	return []vecengine.Predicate{{Column: columnRandom + vecengine.ColumnID(w.column), Op: vecengine.Between,
		Values: []vecengine.Value{{Int: int64(w.lo)}, {Int: int64(w.hi)}}}}
}

// filterResult is what came of one filter.
type filterResult struct {
	recall       float64
	short        int // answers with fewer rows than there are, up to k
	strategy     string
	qps, warm    measure.Spread
	ofUnfiltered measure.Spread
	ofGather     measure.Spread
	ofAllowed    measure.Spread // the time that the bars allow the queries, those scanned and those walked each its own, over what they took
}

func (f *filterResult) met() bool {
	return f.ofUnfiltered.Median() >= 0.25 || f.ofAllowed.Median() >= 1
}

func (r *runner) filterCase(ctx context.Context, b *filterBench, c filterCase) (*filterResult, error) {
	res := &filterResult{}
	if err := b.judge(ctx, c, res); err != nil {
		return nil, err
	}
	for round := 1; round <= r.o.rounds; round++ {
		if err := b.round(ctx, c, round, res); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// round measures one filter against both yardsticks.
func (b *filterBench) round(ctx context.Context, c filterCase, round int, res *filterResult) error {
	none := func(int) []vecengine.Predicate { return nil }
	filter := func(i int) []vecengine.Predicate { return b.window(c, i, round).predicate() }
	everyone := make([]int, len(b.queries))
	for i := range everyone {
		everyone[i] = i
	}
	plain, _, err := b.pass(ctx, everyone, none)
	if err != nil {
		return err
	}
	cold, scanned, err := b.pass(ctx, everyone, filter)
	if err != nil {
		return err
	}
	warm, _, err := b.pass(ctx, everyone, filter)
	if err != nil {
		return err
	}
	gather := b.gather(c, round, everyone)
	n := float64(len(everyone))
	res.qps.Add(n / cold)
	res.warm.Add(n / warm)
	res.ofUnfiltered.Add(plain / cold)
	res.ofGather.Add(gather / cold)
	// Each query has its own bar: twice the gathering if it was scanned, four times the search without a filter if not.
	walked := slices.DeleteFunc(slices.Clone(everyone), func(i int) bool { return slices.Contains(scanned, i) })
	plain, _, err = b.pass(ctx, walked, none)
	res.ofAllowed.Add((2*b.gather(c, round, scanned) + 4*plain) / cold)
	return err
}

// pass asks some queries once. It gives the seconds of CPU that they took, and those that were answered by scans alone.
func (b *filterBench) pass(ctx context.Context, queries []int, filter func(i int) []vecengine.Predicate) (seconds float64, scanned []int, err error) {
	clock := measure.Start()
	for _, i := range queries {
		var stats vecengine.SearchStats
		request := vecengine.SearchRequest{Query: distance.Floats(b.set.Test.Row(b.queries[i])), K: dataset.K, Filter: filter(i)}
		if _, err := b.search(ctx, request, &stats); err != nil {
			return 0, nil, err
		}
		if stats.GraphParts == 0 {
			scanned = append(scanned, i)
		}
	}
	return clock.Cost().CPU.Seconds(), scanned, nil
}

// gather is the yardstick of an exact scan under a filter: one loop over the column, then the codes' distance of each row that passes.
func (b *filterBench) gather(c filterCase, round int, queries []int) (seconds float64) {
	clock := measure.Start()
	for _, i := range queries {
		q, w := b.queries[i], b.window(c, i, round)
		b.ords = passing(b.ords[:0], b.filters[w.column], w)
		b.codes.Reset(b.index.Codes, b.set.Test.Vector(q))
		if len(b.dists) < len(b.ords) {
			b.dists = make([]float32, b.set.Train.Len())
		}
		for at := 0; at < len(b.ords); at += distance.BatchMax {
			end := min(at+distance.BatchMax, len(b.ords))
			b.codes.Gather(b.ords[at:end], b.dists[at:end])
		}
	}
	return clock.Cost().CPU.Seconds()
}

// passing appends the rows of a column that pass, without a branch for each.
func passing(dst []uint32, values []int32, w window) []uint32 {
	dst = slices.Grow(dst, len(values)+1)[:len(values)+1]
	n := 0
	width := uint32(w.hi - w.lo)
	for i, v := range values {
		dst[n] = uint32(i)
		if uint32(v-w.lo) <= width {
			n++
		}
	}
	return dst[:n]
}

// judge finds recall and strategy with the windows of round 0.
func (b *filterBench) judge(ctx context.Context, c filterCase, res *filterResult) error {
	found, wanted := 0, 0
	strategies := map[string]int{}
	top := flat.NewTopK(dataset.K)
	for i, q := range b.queries {
		w := b.window(c, i, 0)
		var stats vecengine.SearchStats
		hits, err := b.search(ctx, vecengine.SearchRequest{Query: distance.Floats(b.set.Test.Row(q)), K: dataset.K, Filter: w.predicate()}, &stats)
		if err != nil {
			return err
		}
		name := stats.Strategy
		if stats.FellBack {
			name = "fell back to exact"
		}
		strategies[name]++
		allowed := bitmap.NewFlat(uint32(b.set.Train.Len()))
		for _, ord := range passing(nil, b.filters[w.column], w) {
			allowed.Add(ord)
		}
		scorer := distance.NewScorer(b.set.Metric, b.set.Test.Vector(q), b.set.Train)
		top.Reset(dataset.K)
		if _, err := flat.Scan(ctx, &scorer, 0, b.set.Train.Len(), flat.Filter{Allowed: allowed}, top); err != nil {
			return err
		}
		kth := top.Worst()
		if top.Len() < dataset.K {
			kth = math.MaxFloat32 // all that pass are in the answer
		}
		wanted += top.Len()
		if len(hits) != top.Len() {
			res.short++
		}
		ords := make([]uint32, 0, dataset.K)
		for _, h := range hits {
			if !allowed.Contains(h.Ord) {
				return fmt.Errorf("%s %v: row %d does not pass", c.kind, c.share, h.Ord)
			}
			ords = append(ords, h.Ord)
		}
		found += b.set.Found(int(q), kth, ords)
	}
	res.recall = float64(found) / float64(wanted)
	for _, name := range slices.Sorted(maps.Keys(strategies)) {
		if res.strategy != "" {
			res.strategy += ", "
		}
		res.strategy += name
		if len(strategies) > 1 {
			res.strategy += fmt.Sprintf(" ×%d", strategies[name])
		}
	}
	return nil
}
