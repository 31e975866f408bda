package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vecgres/tests/bench/measure"
)

// Rows a second that the suite mixed inserts, and rows a statement.
const (
	mixedRows  = 500
	mixedBatch = 50
)

// mixedSuite compares searches over one connection while rows are inserted with searches of the same table at rest.
func (r *runner) mixedSuite(ctx context.Context) error {
	set, err := r.writeSet(r.scaled(200_000))
	if err != nil {
		return err
	}
	s, c, err := r.serveTable(ctx, set, set.Train.Len())
	if err != nil {
		return err
	}
	defer s.end()
	defer c.close()
	if err := c.prepareSearch(ctx, set.Metric); err != nil {
		return err
	}
	w, err := newWriter(ctx, s, set, mixedBatch, set.Train.Len())
	if err != nil {
		return err
	}
	defer w.close()
	length := time.Duration(r.o.seconds * float64(time.Second))
	var rest, busy, ratio measure.Spread
	for range max(1, min(r.o.rounds, 3)) {
		if err := s.quiet(ctx); err != nil {
			return err
		}
		still, err := closedLoop(ctx, c, set, length/2)
		if err != nil {
			return err
		}
		moving, err := whileInserting(ctx, w, func() (float64, error) { return closedLoop(ctx, c, set, length) })
		if err != nil {
			return err
		}
		rest.Add(still)
		busy.Add(moving)
		ratio.Add(moving / still)
	}
	r.say("at rest %s searches/s, while inserting %s; %d rows inserted, slowest statement %v", rest.Format("%.0f"), busy.Format("%.0f"), w.rows.Load(),
		w.slow.Round(time.Millisecond))
	r.bar(measure.Row{Measure: fmt.Sprintf("search QPS while %d rows/s are inserted, of QPS at rest", mixedRows), Data: set.Title(), Bar: "≥ 0.4x",
		Value: ratio.Format("%.2f") + "x", Met: ratio.Median() >= 0.4})
	return nil
}

// whileInserting runs something while another goroutine inserts at a steady rate.
func whileInserting(ctx context.Context, w *writer, run func() (float64, error)) (float64, error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	stop := make(chan struct{})
	go func() {
		tick := time.NewTicker(time.Second * mixedBatch / mixedRows)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				done <- nil
				return
			case <-tick.C:
			}
			if err := w.insert(ctx); err != nil {
				done <- err
				return
			}
		}
	}()
	v, err := run()
	close(stop)
	err = errors.Join(err, <-done)
	cancel()
	return v, err
}
