package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vecgres/tests/bench/measure"
)

// insertSuite inserts 1,000 rows a statement, durably, into an indexed table that starts empty, while a watcher searches.
func (r *runner) insertSuite(ctx context.Context) error {
	set, err := r.writeSet(r.scaled(200_000))
	if err != nil {
		return err
	}
	s, c, err := r.serveTable(ctx, set, 0)
	if err != nil {
		return err
	}
	defer s.end()
	defer c.close()
	w, err := newWriter(ctx, s, set, 1000, 0)
	if err != nil {
		return err
	}
	defer w.close()
	watch, err := newWatcher(ctx, s, set)
	if err != nil {
		return err
	}
	defer watch.close()
	if err := w.insert(ctx); err != nil { // so that there is something to find
		return err
	}
	length, bar := time.Duration(r.o.seconds*float64(time.Second)), 20_000.0
	if r.o.long {
		length, bar = 10*time.Minute, 4000
	}
	cpu, err := measure.ProcessCPU(s.pid())
	if err != nil {
		return err
	}
	rate, least, err := r.insertFor(ctx, w, watch, length)
	if err != nil {
		return err
	}
	after, err := measure.ProcessCPU(s.pid())
	if err != nil {
		return err
	}
	median, p99 := measure.Percentile(watch.took, 0.5), measure.Percentile(watch.took, 0.99)
	r.say("%d rows in %v, slowest second %.0f rows; slowest statement %v; %.1f µs of the server's CPU a row; searches: %d, p50 %v, p99 %v, recall %.4f of %d checked", w.rows.Load(),
		length, least, w.slow.Round(time.Millisecond), micros(after-cpu)/float64(w.rows.Load()), len(watch.took), median.Round(10*time.Microsecond), p99.Round(10*time.Microsecond), watch.meanRecall(), len(watch.recall))
	data := fmt.Sprintf("%s, %d-d, %v", set.Name, set.Train.Dim, length)
	r.bar(measure.Row{Measure: "batch INSERT of 1,000 rows a statement, durable", Data: data, Bar: fmt.Sprintf("≥ %.0f rows/s", bar),
		Value: fmt.Sprintf("%.0f rows/s (slowest second %.0f)", rate, least), Met: rate >= bar})
	r.bar(measure.Row{Measure: "search recall and p99 meanwhile", Data: data, Bar: "≥ 0.98, ≤ 20 ms",
		Value: fmt.Sprintf("%.4f, %.1f ms", watch.meanRecall(), p99.Seconds()*1e3), Met: watch.meanRecall() >= 0.98 && p99 <= 20*time.Millisecond})
	return nil
}

// insertFor inserts for a while as fast as it goes; rate is rows a second over all of it, least in the slowest whole second.
func (r *runner) insertFor(ctx context.Context, w *writer, watch *watcher, length time.Duration) (rate, least float64, err error) {
	stop := make(chan struct{})
	watched := make(chan error, 1)
	go func() { watched <- watch.watch(ctx, stop) }()
	before, began := w.rows.Load(), time.Now()
	inSecond, second := int64(0), began
	for time.Since(began) < length && err == nil {
		err = w.insert(ctx)
		inSecond += int64(w.batch)
		if took := time.Since(second); took >= time.Second {
			if v := float64(inSecond) / took.Seconds(); least == 0 || v < least {
				least = v
			}
			inSecond, second = 0, time.Now()
		}
	}
	rate = float64(w.rows.Load()-before) / time.Since(began).Seconds()
	if least == 0 {
		least = rate
	}
	close(stop)
	return rate, least, errors.Join(err, <-watched)
}
