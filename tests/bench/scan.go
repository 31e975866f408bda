package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/tests/bench/membw"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
)

// scanSuite compares an exact top-10 over float32 with merely reading the same memory.
func (r *runner) scanSuite(ctx context.Context) error {
	const dim = 768
	rows := r.scaled(1_000_000)
	slab := distance.Slab{Data: make([]float32, rows*dim), Dim: dim}
	rng := rand.New(rand.NewPCG(7, 7))
	for i := range slab.Data {
		slab.Data[i] = float32(rng.Uint32()>>8) / (1 << 24)
	}
	query := make([]float32, dim)
	for i := range query {
		query[i] = rng.Float32()
	}
	for _, m := range []distance.Metric{distance.L2, distance.InnerProduct, distance.Cosine} {
		if err := r.scanShare(ctx, m, query, slab); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) scanShare(ctx context.Context, m distance.Metric, query []float32, slab distance.Slab) error {
	bytes := float64(4 * len(slab.Data))
	var share, rate, read measure.Spread
	top := flat.NewTopK(dataset.K)
	way := ""
	for range r.o.rounds {
		best := membw.Best(membw.Measure(slab.Data, 1))
		way = best.Name
		scorer := distance.NewScorer(m, distance.Floats(query), slab)
		top.Reset(dataset.K)
		clock := measure.Start()
		if _, err := flat.Scan(ctx, &scorer, 0, slab.Len(), flat.Filter{}, top); err != nil {
			return err
		}
		got := bytes / clock.Cost().CPU.Seconds()
		share.Add(100 * got / best.BytesPerSec)
		rate.Add(got / 1e9)
		read.Add(best.BytesPerSec / 1e9)
	}
	r.say("%v: scan %s GB/s, reading (%s) %s GB/s", m, rate.Format("%.1f"), way, read.Format("%.1f"))
	r.bar(measure.Row{
		Measure: fmt.Sprintf("exact scan of float32 by %v, share of read bandwidth, one thread", m), Data: fmt.Sprintf("%d×%d (%.2f GB)", slab.Len(), slab.Dim, bytes/1e9),
		Bar: "≥ 80 %", Value: share.Format("%.0f") + " %", Met: share.Median() >= 80,
	})
	return nil
}
