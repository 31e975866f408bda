package main

import (
	"context"
	"os"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/vecengine/hnsw"
	"vecgres/vecengine/quant"
)

// graphParams are what our graphs are built with.
func graphParams(s *dataset.Set) hnsw.Params {
	return hnsw.Params{Metric: s.Metric, M: graphM, EfConstruction: graphEfc, Seed: 1}
}

// buildIndex builds codes and graph in memory and tells what that took, together.
func buildIndex(ctx context.Context, s *dataset.Set) (*hnsw.Index, measure.Cost, error) {
	clock := measure.Start()
	codes, err := quant.Build(ctx, quant.Int8, s.Metric, s.Train, nil, buildThreads)
	if err != nil {
		return nil, measure.Cost{}, err
	}
	g, err := hnsw.Build(ctx, hnsw.Vectors{Slab: s.Train, Codes: codes}, graphParams(s), buildThreads, nil)
	if err != nil {
		return nil, measure.Cost{}, err
	}
	cost := clock.Cost()
	x, err := hnsw.NewIndex(g, s.Train, codes, nil)
	return x, cost, err
}

// index gives a set's index, its graph from the cache where the sources have not changed.
func (r *runner) index(ctx context.Context, s *dataset.Set) (*hnsw.Index, error) {
	var built *hnsw.Index
	path, err := r.derived(s.Name, r.graphKey, ".graph", func(path string) error {
		x, cost, err := buildIndex(ctx, s)
		if err != nil {
			return err
		}
		r.say("built the graph of %s in %.1f s (%.1f s of CPU)", s.Name, cost.Wall.Seconds(), cost.CPU.Seconds())
		built = x
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := x.Graph.WriteTo(f); err != nil {
			return err
		}
		return f.Close()
	})
	if err != nil || built != nil {
		return built, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	g, err := hnsw.Open(b)
	if err != nil {
		return nil, err
	}
	codes, err := quant.Build(ctx, quant.Int8, s.Metric, s.Train, nil, buildThreads)
	if err != nil {
		return nil, err
	}
	return hnsw.NewIndex(g, s.Train, codes, nil)
}

// A contestant answers all of a set's queries with one effort, on one thread.
type contestant interface {
	// pass answers every query once. answers[i*K:] gets the rows found for query i, nearest first, missing ones as ^0.
	pass(ctx context.Context, ef int, answers []uint32) (measure.Cost, error)
}

// indexContestant searches an hnsw.Index, without anything around it.
type indexContestant struct {
	set  *dataset.Set
	x    *hnsw.Index
	walk hnsw.Walk
}

func (c *indexContestant) pass(ctx context.Context, ef int, answers []uint32) (measure.Cost, error) {
	var hits []hnsw.Hit
	opt := hnsw.Options{K: dataset.K, Ef: ef, Walk: c.walk}
	clock := measure.Start()
	for q := range c.set.Test.Len() {
		var err error
		if hits, _, err = c.x.Search(ctx, c.set.Test.Vector(uint32(q)), opt, hits[:0]); err != nil {
			return measure.Cost{}, err
		}
		row := answers[q*dataset.K:][:dataset.K]
		for i := range row {
			row[i] = ^uint32(0)
			if i < len(hits) {
				row[i] = hits[i].Ord
			}
		}
	}
	return clock.Cost(), nil
}
