package main

import (
	"context"
	"fmt"

	"vecgres/tests/bench/measure"
	"vecgres/tests/internal/pgvector"
)

// memorySuite finds what the server keeps in memory for each vector, beside what an empty server needs: after loading and indexing, and after a
// restart and a few hundred searches.
func (r *runner) memorySuite(ctx context.Context) error {
	const dim, queries = 768, 200
	set, err := r.cache.Clustered(r.scaled(100_000), dim, queries)
	if err != nil {
		return err
	}
	s, err := r.startServer(ctx)
	if err != nil {
		return err
	}
	defer s.end()
	empty, err := r.memoryAfter(ctx, s, func(c *session) error { return c.exec(ctx, "SELECT 1") })
	if err != nil {
		return err
	}
	built, err := r.memoryAfter(ctx, s, func(c *session) error {
		if err := c.load(ctx, set, set.Train.Len()); err != nil {
			return err
		}
		return c.exec(ctx, createIndex(set.Metric), "CHECKPOINT")
	})
	if err != nil {
		return err
	}
	if err := s.restart(ctx, r.o.server); err != nil {
		return err
	}
	served, err := r.memoryAfter(ctx, s, func(c *session) error {
		if err := c.prepareSearch(ctx, set.Metric); err != nil {
			return err
		}
		for q := range set.Test.Len() {
			if _, err := c.search(ctx, pgvector.AppendBinary(nil, set.Test.Row(uint32(q))), nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	n := float64(set.Train.Len())
	each := func(bytes int64) float64 { return float64(bytes) / n }
	r.say("empty server: %.0f MB anonymous, %.0f MB of files", float64(empty.Anonymous)/1e6, float64(empty.FileBacked)/1e6)
	for _, m := range []struct {
		when string
		measure.Memory
	}{{"after COPY and CREATE INDEX", built}, {"after a restart and 200 searches", served}} {
		share := each(m.Anonymous-empty.Anonymous) / (4 * dim)
		r.bar(measure.Row{Measure: "anonymous bytes a vector, " + m.when, Data: fmt.Sprintf("clustered %d×%d, int8 codes and graph", set.Train.Len(), dim),
			Bar:   fmt.Sprintf("≤ 0.4x of 4·%d", dim),
			Value: fmt.Sprintf("%.0f (%.2fx); file-backed %.0f", each(m.Anonymous-empty.Anonymous), share, each(m.FileBacked-empty.FileBacked)), Met: share <= 0.4})
	}
	return nil
}

// memoryAfter does something over a connection and reads the server's memory when it has come to rest.
func (r *runner) memoryAfter(ctx context.Context, s *server, do func(c *session) error) (measure.Memory, error) {
	c, err := s.connect(ctx)
	if err != nil {
		return measure.Memory{}, err
	}
	defer c.close()
	if err := do(c); err != nil {
		return measure.Memory{}, err
	}
	if err := s.quiet(ctx); err != nil {
		return measure.Memory{}, err
	}
	return measure.ProcessMemory(s.pid())
}
