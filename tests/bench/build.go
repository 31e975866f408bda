package main

import (
	"context"
	"fmt"
	"math"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/vecengine/hnsw"
)

// buildEfs are where the graphs are compared: with walks on float32, so that it is the links that differ.
var buildEfs = []int{20, 40, 80, 160}

// recallSlack is how far below the peer's recall ours may lie at equal ef for the curves to count as equal.
const recallSlack = 0.005

// buildSuite compares bulk builds with hnswlib's at two threads.
func (r *runner) buildSuite(ctx context.Context) error {
	sets, err := r.pick()
	if err != nil {
		return err
	}
	for _, s := range sets {
		if err := r.buildDuel(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

func (r *runner) buildDuel(ctx context.Context, s *dataset.Set) error {
	p, err := r.startPeer(ctx, s)
	if err != nil {
		return err
	}
	defer p.close()
	var byWall, byCPU measure.Spread
	var x *hnsw.Index
	for range max(1, min(r.o.rounds, 2)) {
		var cost measure.Cost
		if x, cost, err = buildIndex(ctx, s); err != nil {
			return err
		}
		peerCost, err := p.build()
		if err != nil {
			return err
		}
		r.say("%s: ours %.1f s (%.1f s of CPU), hnswlib %.1f s (%.1f s of CPU)", s.Name, cost.Wall.Seconds(), cost.CPU.Seconds(),
			peerCost.Wall.Seconds(), peerCost.CPU.Seconds())
		byWall.Add(cost.Wall.Seconds() / peerCost.Wall.Seconds())
		byCPU.Add(cost.CPU.Seconds() / peerCost.CPU.Seconds())
	}
	least, err := r.compareGraphs(ctx, s, x, p)
	if err != nil {
		return err
	}
	r.bar(measure.Row{
		Measure: "bulk build at 2 threads against hnswlib, CPU time", Data: s.Title(), Bar: "≤ 0.5x at equal recall",
		Value: fmt.Sprintf("%sx; wall %sx; recall %+.4f at worst", byCPU.Format("%.2f"), byWall.Format("%.2f"), least),
		Met:   byCPU.Median() <= 0.5 && least >= -recallSlack,
	})
	return nil
}

// compareGraphs gives the least of our recall less the peer's at equal ef.
func (r *runner) compareGraphs(ctx context.Context, s *dataset.Set, x *hnsw.Index, p *peer) (float64, error) {
	c, err := newCurve(ctx, s)
	if err != nil {
		return 0, err
	}
	ours := &indexContestant{set: s, x: x, walk: hnsw.WalkFloat}
	least := math.Inf(1)
	for _, ef := range buildEfs {
		recall, _, err := c.point(ctx, ours, ef)
		if err != nil {
			return 0, err
		}
		peerRecall, _, err := c.point(ctx, p, ef)
		if err != nil {
			return 0, err
		}
		r.say("  ef %d: recall@10 %.4f, hnswlib's graph %.4f", ef, recall, peerRecall)
		least = min(least, recall-peerRecall)
	}
	return least, nil
}
