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
	"vecgres/vecengine/distance"
	"vecgres/vecengine/vfs"
)

// TestConcurrentWritersReadersMaintenance moves amounts between accounts from several goroutines while views check that the sum never changes,
// searches run, and the background seals and merges all the time.
func TestConcurrentWritersReadersMaintenance(t *testing.T) {
	fs := vfs.NewMem()
	o := Options{FS: fs, Dir: "/data", SealRows: 64, ExactBelow: 100, LogBytes: 1 << 18, SpillBytes: 32 << 10, MemoryLimit: 64 << 20}
	e := openWith(t, o)
	schema := testSchema()
	schema.Indexes = append(schema.Indexes, IndexDef{ID: idxV, Kind: VectorIndex, Column: colV, Metric: distance.L2, M: 4, EfConstruction: 16})
	tx := e.Begin(ReadCommitted)
	must(t, tx.CreateTable(testSpace, testTable, schema))
	must(t, tx.Commit(t.Context()))
	const accounts, each = 300, 1000
	var rows []testRow
	for i := range int64(accounts) {
		rows = append(rows, testRow{i, "a", each, float32(i)})
	}
	commitRows(t, e, rows...)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
	defer stop()
	var wg sync.WaitGroup
	var commits, conflicts atomic.Int64
	for w := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rng := rand.New(rand.NewPCG(uint64(w), 5))
			for ctx.Err() == nil {
				a, b := rng.Int64N(accounts), rng.Int64N(accounts)
				if a == b {
					continue
				}
				switch err := transfer(e, a, b, int32(rng.IntN(10)), w%2 == 0); {
				case err == nil:
					commits.Add(1)
				case errors.Is(err, ErrDeadlock), errors.Is(err, ErrSerialization):
					conflicts.Add(1)
				default:
					t.Error(err)
					return
				}
			}
		}()
	}
	for range 2 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for ctx.Err() == nil {
				checkSum(t, e, accounts, accounts*each)
				v := e.View()
				table, err := v.Table(testTable)
				must(t, err)
				hits, err := table.Search(ctx, SearchRequest{Column: colV, Metric: distance.L2, Query: distance.Floats([]float32{9, 9, 9, 9}), K: 20}, nil)
				if err == nil && len(hits) != 20 {
					t.Errorf("%d hits", len(hits))
				}
				v.Close()
			}
		}()
	}
	// Power cuts at any moment leave every account and the same sum.
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
		acknowledged := e.registry.now()
		clone, err := Open(withFS(Options{Dir: "/data", NoBackground: true, ExactBelow: 100, MemoryLimit: 64 << 20}, fs.CrashClone(rng)))
		must(t, err)
		must(t, clone.OpenNamespace(t.Context(), testSpace))
		if got := clone.registry.now(); got < acknowledged {
			t.Errorf("after a crash the newest commit is %d, %d was acknowledged", got, acknowledged)
		}
		checkSum(t, clone, accounts, accounts*each)
		must(t, clone.Verify(t.Context(), func(fault error) { t.Error(fault) }))
		must(t, clone.Close())
	}
	wg.Wait()
	t.Logf("%d commits, %d conflicts", commits.Load(), conflicts.Load())
	if t.Failed() {
		return
	}
	must(t, e.Verify(t.Context(), func(fault error) { t.Error(fault) }))
	must(t, e.Close())
	e = openWith(t, o)
	checkSum(t, e, accounts, accounts*each)
}

func checkSum(t *testing.T, e *Engine, accounts int, want int64) {
	v := e.View()
	defer v.Close()
	sum, n := int64(0), 0
	for _, r := range readAll(t, v) {
		sum += int64(r.n)
		n++
	}
	if sum != want || n != accounts {
		t.Errorf("%d accounts hold %d", n, sum)
	}
}

// transfer moves an amount, as an executor would: look up, lock, look at the newest version, update.
func transfer(e *Engine, a, b int64, amount int32, repeatable bool) error {
	ctx := context.Background()
	iso := ReadCommitted
	if repeatable {
		iso = RepeatableRead
	}
	tx := e.Begin(iso)
	tx.Fix()
	defer tx.Rollback()
	for i, id := range []int64{a, b} {
		tx.Refresh()
		v := tx.View()
		table, err := v.Table(testTable)
		if err != nil {
			return err
		}
		locs, err := table.Lookup(idxID, idKey(id), nil)
		v.Close()
		if err != nil {
			return err
		}
		if len(locs) != 1 {
			return fmt.Errorf("account %d is there %d times", id, len(locs))
		}
		locked, lv, err := tx.LockRows(ctx, testTable, locs, LockNoKeyUpdate, WaitBlock)
		if err != nil {
			return err
		}
		table, err = lv.Table(testTable)
		if err != nil {
			return err
		}
		batch, err := table.Fetch([]Loc{locked[0].Loc}, []ColumnID{colN})
		if err != nil {
			return err
		}
		n := column.Values[int32](&batch.Cols[0])[0] + amount*int32(1-2*i)
		err = tx.Update(ctx, testTable, []Loc{locked[0].Loc}, testRows(testRow{id, "a", n, float32(id)}))
		lv.Close()
		if err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}
