package vecengine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vecgres/vecengine/column"
	"vecgres/vecengine/vfs"
)

// announceN adds a Building index on n.
func announceN(t testing.TB, e *Engine, unique bool) {
	t.Helper()
	tx := e.Begin(ReadCommitted)
	s := testSchema()
	s.Indexes = append(s.Indexes, IndexDef{ID: idxN, Kind: KeyIndex, Unique: unique, Building: true})
	must(t, tx.AlterTable(t.Context(), testTable, s))
	must(t, tx.Commit(t.Context()))
}

// fillN fills it and takes Building off.
func fillN(ctx context.Context, e *Engine, unique bool) error {
	tx := e.Begin(ReadCommitted)
	defer tx.Rollback()
	if err := tx.FillKeyIndex(ctx, testTable, idxN, []ColumnID{colN}, nKeys); err != nil {
		return err
	}
	s := testSchema()
	s.Indexes = append(s.Indexes, IndexDef{ID: idxN, Kind: KeyIndex, Unique: unique})
	if err := tx.AlterTable(ctx, testTable, s); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// knowing gives rows with the indexes that their writer knows of: with the one on n when new.
func knowing(isNew bool, rows ...testRow) Rows {
	r := testRows(rows...)
	r.Indexes = []IndexID{idxID, idxTag}
	if isNew {
		keys, _ := nKeys(&column.Batch{N: len(rows), Cols: r.Cols[2:3]})
		r.Keys, r.Indexes = append(r.Keys, keys), append(r.Indexes, idxN)
	}
	return r
}

// checkN compares the index with what a scan finds.
func checkN(t testing.TB, e *Engine) {
	t.Helper()
	view := e.View()
	defer view.Close()
	want := map[int32]int{}
	for _, r := range readAll(t, view) {
		if r.n >= 0 {
			want[r.n]++
		}
	}
	for n, count := range want {
		if got := lookupN(t, view, int(n)); got != count {
			t.Fatalf("n %d is found %d times, not %d", n, got, count)
		}
	}
	must(t, e.Verify(t.Context(), func(fault error) { t.Error(fault) }))
}

// TestFillKeyIndexBesideWriters has a transaction from before the index was announced write on beside new ones while the index is built, with a
// restart at each place.
func TestFillKeyIndexBesideWriters(t *testing.T) {
	for restart := range 4 {
		t.Run(fmt.Sprint(restart), func(t *testing.T) {
			fs := vfs.NewMem()
			e := openTest(t, fs)
			again := func(at int) {
				if restart == at {
					must(t, e.Close())
					e = openTest(t, fs)
				}
			}
			createTest(t, e)
			var rows []testRow
			for i := range int64(300) {
				rows = append(rows, testRow{i, "", int32(i), 1})
			}
			commitRows(t, e, rows[:100]...)
			must(t, e.table(testTable).flush(t.Context()))
			commitRows(t, e, rows[100:]...)

			old := e.Begin(ReadCommitted)
			put := func(tx *Txn, rows Rows) {
				t.Helper()
				_, err := tx.Insert(t.Context(), testTable, rows, InsertOptions{})
				must(t, err)
			}
			put(old, knowing(false, testRow{1000, "", 1000, 1}))
			announceN(t, e, true)
			put(old, knowing(false, testRow{1001, "", 1001, 1})) // planned before, run after
			put(old, knowing(true, testRow{1002, "", 1002, 1}))  // planned after
			fresh := e.Begin(ReadCommitted)
			put(fresh, knowing(true, testRow{2000, "", 2000, 1}, testRow{2001, "", -1, 1}))
			must(t, fresh.Commit(t.Context()))
			done := make(chan error, 1)
			if restart == 0 {
				go func() { done <- fillN(t.Context(), e, true) }()
				select {
				case err := <-done:
					t.Fatalf("the build did not wait for the old writer: %v", err)
				case <-time.After(20 * time.Millisecond):
				}
			}
			must(t, old.Commit(t.Context()))
			if restart == 0 {
				must(t, <-done)
			}
			again(1)
			must(t, e.Checkpoint(t.Context()))
			again(2)
			late := e.Begin(ReadCommitted)
			put(late, knowing(true, testRow{3000, "", 3000, 1}))
			must(t, late.Commit(t.Context()))
			if restart != 0 {
				must(t, fillN(t.Context(), e, true))
			}
			again(3)
			checkN(t, e)
			must(t, e.Maintain(t.Context(), testTable))
			checkN(t, e)
			tx := e.Begin(ReadCommitted)
			var dup *DuplicateKeyError
			if _, err := tx.Insert(t.Context(), testTable, knowing(true, testRow{4000, "", 1001, 1}), InsertOptions{}); !errors.As(err, &dup) {
				t.Fatalf("a row with a key of before the index: %v", err)
			}
			tx.Rollback()
		})
	}
}

// TestFillKeyIndexFindsDuplicates finds those between old rows, and between an old and a new one, and tells the row; a cancelled build leaves
// locks to nobody.
func TestFillKeyIndexFindsDuplicates(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	commitRows(t, e, testRow{1, "", 5, 1}, testRow{2, "", -1, 1}, testRow{3, "", -1, 1})
	announceN(t, e, true)
	tx := e.Begin(ReadCommitted)
	_, err := tx.Insert(t.Context(), testTable, knowing(true, testRow{4, "", 5, 1}), InsertOptions{})
	must(t, err)
	must(t, tx.Commit(t.Context()))
	var dup *DuplicateKeyError
	if err := fillN(t.Context(), e, true); !errors.As(err, &dup) {
		t.Fatalf("two rows of one key: %v", err)
	}
	if v := column.Values[int32](&dup.Row.Cols[0]); v[0] != 5 {
		t.Fatalf("the row told has %d", v[0])
	}
	// The index goes while somebody still brings keys for it.
	writer := e.Begin(ReadCommitted)
	_, err = writer.Insert(t.Context(), testTable, knowing(true, testRow{5, "", 6, 1}), InsertOptions{})
	must(t, err)
	cancelled, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- fillN(cancelled, e, true) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	gone := e.Begin(ReadCommitted)
	must(t, gone.AlterTable(t.Context(), testTable, testSchema()))
	must(t, gone.Commit(t.Context()))
	_, err = writer.Insert(t.Context(), testTable, knowing(true, testRow{6, "", 6, 1}), InsertOptions{})
	must(t, err)
	must(t, writer.Commit(t.Context()))
	must(t, e.Maintain(t.Context(), testTable))
	must(t, e.Verify(t.Context(), func(fault error) { t.Error(fault) }))
	view := e.View()
	defer view.Close()
	if rows := readAll(t, view); len(rows) != 6 {
		t.Fatalf("%d rows", len(rows))
	}
}

// TestOutlastDeadlock finds that who waits for a writer is waited for by it.
func TestOutlastDeadlock(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	writer, builder := e.Begin(ReadCommitted), e.Begin(ReadCommitted)
	defer writer.Rollback()
	defer builder.Rollback()
	insert(t, writer, testRow{1, "", 1, 1})
	must(t, builder.LockTable(t.Context(), testTable, ShareUpdateExclusive, WaitBlock))
	waits := make(chan error, 1)
	go func() {
		err := writer.LockTable(t.Context(), testTable, AccessExclusive, WaitBlock)
		if err != nil {
			writer.Rollback()
		}
		waits <- err
	}()
	// Whoever waits second is told.
	builder.SetLockTimeout(20 * time.Second)
	err := builder.outlastWriters(t.Context(), testTable)
	builder.Rollback()
	if other := <-waits; errors.Is(err, ErrDeadlock) == errors.Is(other, ErrDeadlock) {
		t.Fatalf("the builder was told %v, the writer %v", err, other)
	}
}

// TestFillKeyIndexUnderLoad builds an index again and again beside writers who insert, update, delete and roll back.
func TestFillKeyIndexUnderLoad(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	o := testOptions(vfs.NewMem())
	o.NoBackground, o.SealRows, o.SpillBytes = false, 200, 4<<10
	e := openWith(t, o)
	createTest(t, e)
	var known atomic.Bool
	var ids atomic.Int64
	var stop atomic.Bool
	var writers sync.WaitGroup
	for w := range 3 {
		rng := rand.New(rand.NewPCG(seed, uint64(w)))
		writers.Go(func() {
			for !stop.Load() {
				tx := e.Begin(ReadCommitted)
				for range 1 + rng.IntN(3) {
					// As a statement does: the lock first, then a look whether the plan still stands.
					if err := tx.LockTable(t.Context(), testTable, RowExclusive, WaitBlock); err != nil {
						t.Error(err)
						return
					}
					knows := known.Load()
					var rows []testRow
					for range 1 + rng.IntN(60) {
						id := ids.Add(1)
						rows = append(rows, testRow{id, "", int32(id), 1})
					}
					if _, err := tx.Insert(t.Context(), testTable, knowing(knows, rows...), InsertOptions{}); err != nil {
						t.Error(err)
						return
					}
				}
				if rng.IntN(4) == 0 {
					tx.Rollback()
				} else if err := tx.Commit(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 5 {
		announceN(t, e, true)
		// Statements that begin now know the index. Those that run still may not, and FillKeyIndex waits for their transactions.
		known.Store(true)
		must(t, fillN(t.Context(), e, true))
		checkN(t, e)
		tx := e.Begin(ReadCommitted)
		must(t, tx.LockTable(t.Context(), testTable, AccessExclusive, WaitBlock))
		known.Store(false)
		must(t, tx.AlterTable(t.Context(), testTable, testSchema()))
		must(t, tx.Commit(t.Context()))
	}
	stop.Store(true)
	writers.Wait()
}
