package main

import (
	"context"
	"fmt"

	"vecgres/tests/bench/dataset"
	"vecgres/vecengine/hnsw"
	"vecgres/vecengine/quant"
)

// codesSuite compares walks on codes of each kind along one graph, with the same ef: recall@10 after rescoring, and speed.
func (r *runner) codesSuite(ctx context.Context) error {
	sets, err := r.pick()
	if err != nil {
		return err
	}
	for _, s := range sets {
		if err := r.kinds(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

func (r *runner) kinds(ctx context.Context, s *dataset.Set) error {
	r.say("### %s", s.Title())
	x, err := r.index(ctx, s)
	if err != nil {
		return err
	}
	c, err := newCurve(ctx, s)
	if err != nil {
		return err
	}
	head := []string{"ef"}
	var who []contestant
	for k := quant.None; k <= quant.Binary; k++ {
		by := &indexContestant{set: s, x: x, walk: hnsw.WalkFloat}
		if k != quant.None {
			codes, err := quant.Build(ctx, k, s.Metric, s.Train, nil, buildThreads)
			if err != nil {
				return err
			}
			of, err := hnsw.NewIndex(x.Graph, s.Train, codes, nil)
			if err != nil {
				return err
			}
			by = &indexContestant{set: s, x: of, walk: hnsw.WalkCodes}
		}
		who, head = append(who, by), append(head, k.String()+" recall@10", "q/s of CPU")
	}
	cells := [][]string{head}
	for _, ef := range curveEfs {
		row := []string{fmt.Sprint(ef)}
		for _, w := range who {
			recall, cost, err := c.point(ctx, w, ef)
			if err != nil {
				return err
			}
			row = append(row, fmt.Sprintf("%.4f", recall), fmt.Sprintf("%.0f", float64(len(c.kth))/cost.CPU.Seconds()))
		}
		cells = append(cells, row)
	}
	return r.table(cells)
}
