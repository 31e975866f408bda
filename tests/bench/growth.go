package main

import (
	"context"
	"fmt"

	"vecgres/tests/bench/measure"
)

// growthSuite finds how the speed at recall 0.95 falls as a table grows.
func (r *runner) growthSuite(ctx context.Context) error {
	const dim, target, queries = 128, 0.95, 1000
	type size struct {
		c   *curve
		who *indexContestant
		ef  int
		qps measure.Spread
	}
	var sizes []*size
	for _, rows := range []int{10_000, 100_000, 1_000_000} {
		s, err := r.cache.Clustered(r.scaled(rows), dim, min(queries, r.o.queries))
		if err != nil {
			return err
		}
		x, err := r.index(ctx, s)
		if err != nil {
			return err
		}
		n := &size{who: &indexContestant{set: s, x: x}}
		if n.c, err = newCurve(ctx, s); err != nil {
			return err
		}
		recall := 0.0
		if n.ef, recall, err = n.c.effort(ctx, n.who, target); err != nil {
			return err
		}
		r.say("%s: recall %.4f at ef %d", s.Name, recall, n.ef)
		sizes = append(sizes, n)
	}
	var fall measure.Spread
	for range r.o.rounds {
		var last [3]float64
		for i, n := range sizes {
			cpu, _, err := n.c.speed(ctx, n.who, n.ef)
			if err != nil {
				return err
			}
			n.qps.Add(cpu)
			last[i] = cpu
		}
		fall.Add(last[1] / last[2])
	}
	cells := [][]string{{"rows", "ef", "queries/s"}}
	for _, n := range sizes {
		cells = append(cells, []string{fmt.Sprint(n.c.set.Train.Len()), fmt.Sprint(n.ef), n.qps.Format("%.0f")})
	}
	if err := r.table(cells); err != nil {
		return err
	}
	r.bar(measure.Row{Measure: "fall of QPS at recall 0.95 as n goes 100k → 1M", Data: "clustered, 128-d, L2", Bar: "≤ 2.5x",
		Value: fall.Format("%.2f") + "x", Met: fall.Median() <= 2.5})
	return nil
}
