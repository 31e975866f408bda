package main

import (
	"context"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
)

// curve measures contestants on a set.
type curve struct {
	set     *dataset.Set
	kth     []float32
	answers []uint32
}

func newCurve(ctx context.Context, s *dataset.Set) (*curve, error) {
	kth, err := s.Kth(ctx)
	return &curve{set: s, kth: kth, answers: make([]uint32, s.Test.Len()*dataset.K)}, err
}

// point is recall and cost of all queries once.
func (c *curve) point(ctx context.Context, who contestant, ef int) (recall float64, cost measure.Cost, err error) {
	if cost, err = who.pass(ctx, ef, c.answers); err != nil {
		return 0, cost, err
	}
	found := 0
	for q, kth := range c.kth {
		found += c.set.Found(q, kth, c.answers[q*dataset.K:][:dataset.K])
	}
	return float64(found) / float64(len(c.answers)), cost, nil
}

// efMax is where the search for an ef gives up.
const efMax = 8000

// effort is the smallest ef, to about 1 %, with which a contestant reaches a recall, and the recall there. It is the largest tried when none does.
func (c *curve) effort(ctx context.Context, who contestant, target float64) (ef int, recall float64, err error) {
	low, high := dataset.K-1, dataset.K
	for {
		if recall, _, err = c.point(ctx, who, high); err != nil {
			return 0, 0, err
		}
		if recall >= target || high >= efMax {
			break
		}
		low, high = high, min(2*high, efMax)
	}
	for high-low > max(1, high/100) {
		mid := (low + high) / 2
		r, _, err := c.point(ctx, who, mid)
		if err != nil {
			return 0, 0, err
		}
		if r >= target {
			high, recall = mid, r
		} else {
			low = mid
		}
	}
	return high, recall, nil
}

// speed is queries a second by CPU time and by wall time, of as many passes as make the time worth reading.
func (c *curve) speed(ctx context.Context, who contestant, ef int) (cpu, wall float64, err error) {
	const enough = 0.4 // seconds
	var sum measure.Cost
	n := 0
	for sum.CPU.Seconds() < enough && n < 50*c.set.Test.Len() {
		cost, err := who.pass(ctx, ef, c.answers)
		if err != nil {
			return 0, 0, err
		}
		sum.CPU += cost.CPU
		sum.Wall += cost.Wall
		n += c.set.Test.Len()
	}
	return float64(n) / sum.CPU.Seconds(), float64(n) / sum.Wall.Seconds(), nil
}
