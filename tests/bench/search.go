package main

import (
	"context"
	"fmt"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/vecengine/distance"
)

// curveEfs are the points of the printed curves.
var curveEfs = []int{10, 20, 40, 80, 160, 320, 640}

// searchSuite compares the engine in this process with hnswlib at equal recall: the index alone, and the whole of Table.Search.
func (r *runner) searchSuite(ctx context.Context) error {
	sets, err := r.pick()
	if err != nil {
		return err
	}
	for _, s := range sets {
		if err := r.duel(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

func (r *runner) duel(ctx context.Context, s *dataset.Set) error {
	r.say("### %s", s.Title())
	x, err := r.index(ctx, s)
	if err != nil {
		return err
	}
	t, err := r.openTable(ctx, s)
	if err != nil {
		return err
	}
	defer t.close()
	p, err := r.startPeer(ctx, s)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.open(r); err != nil {
		return err
	}
	c, err := newCurve(ctx, s)
	if err != nil {
		return err
	}
	ours, table := &indexContestant{set: s, x: x}, &tableContestant{t}
	if err := r.printCurves(ctx, c, ours, p); err != nil {
		return err
	}
	targets := []float64{0.95, 0.99}
	for _, target := range targets {
		if err := r.atRecall(ctx, c, target, ours, table, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) printCurves(ctx context.Context, c *curve, ours, peer contestant) error {
	cells := [][]string{{"ef", "recall@10", "queries/s of CPU", "hnswlib recall@10", "hnswlib queries/s of CPU"}}
	for _, ef := range curveEfs {
		recall, cost, err := c.point(ctx, ours, ef)
		if err != nil {
			return err
		}
		peerRecall, peerCost, err := c.point(ctx, peer, ef)
		if err != nil {
			return err
		}
		n := float64(len(c.kth))
		cells = append(cells, []string{fmt.Sprint(ef), fmt.Sprintf("%.4f", recall), fmt.Sprintf("%.0f", n/cost.CPU.Seconds()),
			fmt.Sprintf("%.4f", peerRecall), fmt.Sprintf("%.0f", n/peerCost.CPU.Seconds())})
	}
	return r.table(cells)
}

// atRecall takes turns at the effort that each side needs for a recall.
func (r *runner) atRecall(ctx context.Context, c *curve, target float64, ours, table, peer contestant) error {
	ef, recall, err := c.effort(ctx, ours, target)
	if err != nil {
		return err
	}
	peerEf, peerRecall, err := c.effort(ctx, peer, target)
	if err != nil {
		return err
	}
	var qps, peerQPS, tableQPS, byCPU, byWall, over measure.Spread
	for range r.o.rounds {
		cpu, wall, err := c.speed(ctx, ours, ef)
		if err != nil {
			return err
		}
		peerCPU, peerWall, err := c.speed(ctx, peer, peerEf)
		if err != nil {
			return err
		}
		tableCPU, _, err := c.speed(ctx, table, ef)
		if err != nil {
			return err
		}
		qps.Add(cpu)
		peerQPS.Add(peerCPU)
		tableQPS.Add(tableCPU)
		byCPU.Add(cpu / peerCPU)
		byWall.Add(wall / peerWall)
		over.Add(1e6/tableCPU - 1e6/cpu)
	}
	r.say("\nrecall ≥ %v: ours %.4f at ef %d, %s queries/s; hnswlib %.4f at ef %d, %s; Table.Search %s, %s µs more a query; by wall time %s",
		target, recall, ef, qps.Format("%.0f"), peerRecall, peerEf, peerQPS.Format("%.0f"), tableQPS.Format("%.0f"), over.Format("%.1f"), byWall.Format("%.2f"))
	least := 2.5
	if c.set.Metric == distance.Cosine {
		least = 2
	}
	row := measure.Row{
		Measure: fmt.Sprintf("QPS at recall@10 ≥ %v against hnswlib", target), Data: c.set.Title(), Bar: fmt.Sprintf("≥ %vx", least),
		Value: byCPU.Format("%.2f") + "x", Met: byCPU.Median() >= least && recall >= target,
	}
	if least == 2.5 && target == 0.95 {
		row.Bar, row.Met = "none", true
	}
	r.bar(row)
	return nil
}
