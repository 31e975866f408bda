package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/tests/internal/pgvector"
)

// updatesSuite deletes half of an indexed table, then updates every row, then goes through a hundred rounds of inserting and deleting one row in a hundred.
// After each, when the background has come to rest, it compares recall, files and memory with a server into which the same rows were
// copied, indexed anew.
func (r *runner) updatesSuite(ctx context.Context) error {
	const queries = 200
	set, err := r.writeSet(r.scaled(200_000))
	if err != nil {
		return err
	}
	n := set.Train.Len() / 2 // the other half is inserted later
	s, c, err := r.serveTable(ctx, set, n, "SELECT setseed(0.5)")
	if err != nil {
		return err
	}
	defer s.end()
	defer func() { c.close() }()
	rounds := func() error {
		w, err := newWriter(ctx, s, set, max(n/200, 1), n)
		if err != nil {
			return err
		}
		defer w.close()
		for range 100 {
			if err := w.insert(ctx); err != nil {
				return err
			}
			if err := c.exec(ctx, fmt.Sprintf("DELETE FROM items WHERE id IN (SELECT id FROM items ORDER BY random() LIMIT %d)", w.batch)); err != nil {
				return err
			}
		}
		return nil
	}
	for _, phase := range []struct {
		name string
		do   func() error
	}{
		{"half deleted at random", func() error { return c.exec(ctx, "DELETE FROM items WHERE random() < 0.5") }},
		{"every row updated once", func() error { return c.exec(ctx, "UPDATE items SET v = v") }},
		{"100 rounds of 1 % in, 1 % out", rounds},
	} {
		if err := phase.do(); err != nil {
			return err
		}
		now, err := r.stateOf(ctx, s, set, queries)
		if err != nil {
			return err
		}
		c.close()
		if c, err = s.connect(ctx); err != nil { // it was started again
			return err
		}
		fresh, err := r.freshState(ctx, c, set, queries)
		if err != nil {
			return err
		}
		files, memory := float64(now.files)/float64(fresh.files), float64(now.memory)/float64(fresh.memory)
		lost := fresh.recall - now.recall
		r.bar(measure.Row{Measure: "recall@10, files and memory beside a fresh build", Data: fmt.Sprintf("%s, %d-d, %d rows, %s", set.Name, set.Train.Dim, n, phase.name),
			Bar:   "≥ -0.01; ≤ 1.3x each",
			Value: fmt.Sprintf("%+.4f (%.4f, %.4f); %.2fx, %.2fx", -lost, now.recall, fresh.recall, files, memory),
			Met:   lost <= 0.01 && files <= 1.3 && memory <= 1.3})
	}
	return nil
}

// tableState is what a table costs and what its searches find.
type tableState struct {
	recall float64
	files  int64 // of its namespace, without the log
	memory int64 // anonymous and of files, after a restart and the searches
}

// freshState copies the table to a new server, indexes it there and measures that.
func (r *runner) freshState(ctx context.Context, from *session, set *dataset.Set, queries int) (tableState, error) {
	s, err := r.startServer(ctx)
	if err != nil {
		return tableState{}, err
	}
	defer s.end()
	c, err := s.connect(ctx)
	if err != nil {
		return tableState{}, err
	}
	defer c.close()
	if err := c.load(ctx, set, 0); err != nil {
		return tableState{}, err
	}
	in, out := io.Pipe()
	go func() {
		_, err := from.CopyTo(ctx, out, "COPY items TO STDOUT (FORMAT binary)")
		out.CloseWithError(err)
	}()
	_, err = c.CopyFrom(ctx, in, "COPY items FROM STDIN (FORMAT binary)")
	in.Close()
	if err == nil {
		err = c.exec(ctx, createIndex(set.Metric))
	}
	if err != nil {
		return tableState{}, err
	}
	return r.stateOf(ctx, s, set, queries)
}

// stateOf measures a server's table when the background is done with it. The server is started again for it.
func (r *runner) stateOf(ctx context.Context, s *server, set *dataset.Set, queries int) (tableState, error) {
	var out tableState
	if err := s.settled(ctx); err != nil {
		return out, err
	}
	err := filepath.WalkDir(filepath.Join(s.dir, "data", "ns"), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			out.files += info.Size()
		}
		return err
	})
	if err != nil {
		return out, err
	}
	if err := s.restart(ctx, r.o.server); err != nil {
		return out, err
	}
	w, err := newWatcher(ctx, s, set)
	if err != nil {
		return out, err
	}
	defer w.close()
	for q := range min(queries, set.Test.Len()) {
		if _, err := w.search(ctx, pgvector.AppendBinary(nil, set.Test.Row(uint32(q))), nil); err != nil {
			return out, err
		}
	}
	if err := s.quiet(ctx); err != nil {
		return out, err
	}
	m, err := measure.ProcessMemory(s.pid())
	if err != nil {
		return out, err
	}
	out.memory = m.Anonymous + m.FileBacked
	for q := range min(queries, set.Test.Len()) {
		if err := w.once(ctx, pgvector.AppendBinary(nil, set.Test.Row(uint32(q))), true); err != nil {
			return out, err
		}
	}
	out.recall = w.meanRecall()
	return out, nil
}

// settled checkpoints and waits until no merge and no build has run for a while: the background looks at tables that rest for five seconds.
func (s *server) settled(ctx context.Context) error {
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	if err := sleep(ctx, 7*time.Second); err != nil {
		return err
	}
	for calm := 0; calm < 10; calm++ {
		res := c.ExecParams(ctx, "SELECT 1 FROM pg_stat_progress_create_index", nil, nil, nil, nil).Read()
		if res.Err != nil {
			return res.Err
		}
		if len(res.Rows) > 0 {
			calm = -1
		}
		if err := sleep(ctx, 300*time.Millisecond); err != nil {
			return err
		}
	}
	if err := c.exec(ctx, "CHECKPOINT"); err != nil {
		return err
	}
	return s.quiet(ctx)
}
