package main

import (
	"context"
	"fmt"
	"time"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/tests/internal/pgvector"
	"vecgres/vecengine"
	"vecgres/vecengine/distance"
)

// wireSuite finds what the server spends on a query beside the engine's search: its process's CPU time a query less the CPU time of
// the same searches by Table.Search in this process, at the same ef.
func (r *runner) wireSuite(ctx context.Context) error {
	const ef = 20
	set, err := r.cache.Fashion(r.scaled(60_000), r.o.queries)
	if err != nil {
		return err
	}
	t, err := r.openTable(ctx, set)
	if err != nil {
		return err
	}
	defer t.close()
	s, c, err := r.serveTable(ctx, set, set.Train.Len(), fmt.Sprintf("SET hnsw.ef_search = %d", ef))
	if err != nil {
		return err
	}
	defer s.end()
	defer c.close()
	if err := c.prepareSearch(ctx, set.Metric); err != nil {
		return err
	}
	parameters := make([][]byte, set.Test.Len())
	for i := range parameters {
		parameters[i] = pgvector.AppendBinary(nil, set.Test.Row(uint32(i)))
	}
	kth, err := set.Kth(ctx)
	if err != nil {
		return err
	}
	recall, err := wireRecall(ctx, c, set, parameters, kth)
	if err != nil {
		return err
	}
	if err := s.quiet(ctx); err != nil {
		return err
	}
	passes := max(1, int(20_000*r.o.scale)/len(parameters))
	var whole, inside, outside, wall measure.Spread
	for range r.o.rounds {
		cpu, took, err := wirePass(ctx, s, c, parameters, passes)
		if err != nil {
			return err
		}
		engine, err := tablePass(ctx, t, ef, passes)
		if err != nil {
			return err
		}
		whole.Add(cpu)
		wall.Add(took)
		inside.Add(engine)
		outside.Add(cpu - engine)
	}
	r.say("ef %d, recall %.4f: server %s µs of CPU a query, Table.Search %s µs; one connection, a query takes %s µs, client included", ef, recall,
		whole.Format("%.1f"), inside.Format("%.1f"), wall.Format("%.1f"))
	r.bar(measure.Row{Measure: "server CPU outside the search call, prepared top-10 over one connection", Data: set.Title(), Bar: "≤ 40 µs a query",
		Value: outside.Format("%.1f") + " µs", Met: outside.Median() <= 40})
	return nil
}

// wireRecall asks every query once, which also warms the server, and judges the answers.
func wireRecall(ctx context.Context, c *session, set *dataset.Set, parameters [][]byte, kth []float32) (float64, error) {
	found := 0
	var ids []int64
	for q, p := range parameters {
		var err error
		if ids, err = c.search(ctx, p, ids[:0]); err != nil {
			return 0, err
		}
		if len(ids) != dataset.K {
			return 0, fmt.Errorf("query %d: %d rows", q, len(ids))
		}
		found += set.Found(q, kth[q], ordinals(ids))
	}
	return float64(found) / float64(dataset.K*len(parameters)), nil
}

// ordinals are ids of rows that were numbered from 0.
func ordinals(ids []int64) []uint32 {
	out := make([]uint32, len(ids))
	for i, id := range ids {
		out[i] = uint32(id)
	}
	return out
}

// wirePass gives the server's CPU time and the wall time a query, in µs.
func wirePass(ctx context.Context, s *server, c *session, parameters [][]byte, passes int) (cpu, wall float64, err error) {
	before, err := measure.ProcessCPU(s.pid())
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	var ids []int64
	for range passes {
		for _, p := range parameters {
			if ids, err = c.search(ctx, p, ids[:0]); err != nil {
				return 0, 0, err
			}
		}
	}
	took := time.Since(began)
	after, err := measure.ProcessCPU(s.pid())
	n := float64(passes * len(parameters))
	return micros(after-before) / n, micros(took) / n, err
}

// tablePass gives the CPU time a query of Table.Search in this process, in µs.
func tablePass(ctx context.Context, t *engineTable, ef, passes int) (float64, error) {
	clock := measure.Start()
	for range passes {
		for q := range t.set.Test.Len() {
			if _, err := t.search(ctx, vecengine.SearchRequest{Query: distance.Floats(t.set.Test.Row(uint32(q))), K: dataset.K, EfSearch: ef}, nil); err != nil {
				return 0, err
			}
		}
	}
	return micros(clock.Cost().CPU) / float64(passes*t.set.Test.Len()), nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
