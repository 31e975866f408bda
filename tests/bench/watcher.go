package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/tests/internal/pgvector"
)

// watcher searches now and then while others write: it notes how long each search took, and how many of its rows the exact answer has that the
// same transaction gives by a scan.
type watcher struct {
	*session
	set    *dataset.Set
	took   []time.Duration
	recall measure.Spread // a value for each checked search
}

// The rhythm of a watcher: a search every searchEvery, each checkEvery-th of them checked.
const (
	searchEvery = 50 * time.Millisecond
	checkEvery  = 20
)

func newWatcher(ctx context.Context, s *server, set *dataset.Set) (*watcher, error) {
	c, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	op, _ := operator(set.Metric)
	w := &watcher{session: c, set: set}
	if err := w.prepareSearch(ctx, set.Metric); err != nil {
		c.close()
		return nil, err
	}
	// A sum is no column that an index could be on, so this scans.
	if _, err := w.Prepare(ctx, "exact", fmt.Sprintf("SELECT id FROM items ORDER BY (v %s $1) + 0.0::float8 LIMIT %d", op, dataset.K), nil); err != nil {
		c.close()
		return nil, err
	}
	return w, nil
}

// watch searches until stop is closed.
func (w *watcher) watch(ctx context.Context, stop <-chan struct{}) error {
	tick := time.NewTicker(searchEvery)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		q := w.set.Test.Row(uint32(i % w.set.Test.Len()))
		if err := w.once(ctx, pgvector.AppendBinary(nil, q), i%checkEvery == checkEvery-1); err != nil {
			return fmt.Errorf("search: %w", err)
		}
	}
}

func (w *watcher) once(ctx context.Context, parameter []byte, check bool) error {
	if check {
		if err := w.exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
			return err
		}
	}
	began := time.Now()
	got, err := w.search(ctx, parameter, nil)
	if err != nil {
		return err
	}
	w.took = append(w.took, time.Since(began))
	if !check {
		return nil
	}
	want, err := w.scan(ctx, parameter)
	if err != nil {
		return err
	}
	if err := w.exec(ctx, "COMMIT"); err != nil {
		return err
	}
	if len(want) > 0 {
		hit := 0
		for _, id := range got {
			if slices.Contains(want, id) {
				hit++
			}
		}
		w.recall.Add(float64(hit) / float64(len(want)))
	}
	return nil
}

// scan gives the exact answer.
func (w *watcher) scan(ctx context.Context, parameter []byte) ([]int64, error) {
	r := w.ExecPrepared(ctx, "exact", [][]byte{parameter}, binaryFormat, binaryFormat).Read()
	if r.Err != nil {
		return nil, r.Err
	}
	var ids []int64
	for _, row := range r.Rows {
		ids = append(ids, int64(binary.BigEndian.Uint64(row[0])))
	}
	return ids, nil
}

// meanRecall is the mean over the checked searches.
func (w *watcher) meanRecall() float64 {
	sum := 0.0
	for _, r := range w.recall {
		sum += r
	}
	return sum / float64(max(len(w.recall), 1))
}

// closedLoop searches without pause for a while and gives searches a second.
func closedLoop(ctx context.Context, c *session, set *dataset.Set, length time.Duration) (float64, error) {
	began := time.Now()
	n := 0
	var ids []int64
	for time.Since(began) < length {
		var err error
		if ids, err = c.search(ctx, pgvector.AppendBinary(nil, set.Test.Row(uint32(n%set.Test.Len()))), ids[:0]); err != nil {
			return 0, err
		}
		if len(ids) != dataset.K {
			return 0, fmt.Errorf("%d rows", len(ids))
		}
		n++
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
