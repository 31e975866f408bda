package vecengine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"vecgres/vecengine/vfs"
)

func TestFailedSyncStopsWrites(t *testing.T) {
	mem := vfs.NewMem()
	fs := vfs.NewErrFS(mem, nil)
	e := openTest(t, fs)
	createTest(t, e)
	a := testRow{1, "a", 1, 1}
	commitRows(t, e, a)
	fs.SetInjector(vfs.OnKinds(vfs.FailNth(0, vfs.Fault{}), vfs.OpSync))
	tx := e.Begin(ReadCommitted)
	insert(t, tx, testRow{2, "b", 2, 2})
	var unknown *IndeterminateError
	if err := tx.Commit(t.Context()); !errors.As(err, &unknown) {
		t.Fatalf("a failed sync gave %v", err)
	}
	fs.SetInjector(nil)
	if err := e.Err(); !errors.Is(err, ErrStopped) {
		t.Fatalf("after a failed sync the engine says %v", err)
	}
	tx = e.Begin(ReadCommitted)
	if _, err := tx.Insert(t.Context(), testTable, testRows(testRow{3, "c", 3, 3}), InsertOptions{}); !errors.Is(err, ErrStopped) {
		t.Fatalf("a later insert gave %v", err)
	}
	tx.Rollback()
	expectNow(t, e, a)
	e.Close()
	e = openTest(t, mem)
	v := e.View()
	defer v.Close()
	if rows := readAll(t, v); len(rows) < 1 || len(rows) > 2 {
		t.Fatalf("after a restart: %v", rows)
	}
}

func TestFullDiskRefusesAndGoesOn(t *testing.T) {
	mem := vfs.NewMem()
	e := openTest(t, mem)
	createTest(t, e)
	var rows []testRow
	full := false
	mem.SetCapacity(3 << 20)
	for i := int64(0); i < 4000 && !full; i++ {
		r := testRow{i, fmt.Sprintf("%01000d", i), 1, 1}
		tx := e.Begin(ReadCommitted)
		insert(t, tx, r)
		err := tx.Commit(t.Context())
		switch {
		case err == nil:
			rows = append(rows, r)
		case errors.Is(err, ErrFull):
			full = true
		default:
			t.Fatal(err)
		}
	}
	if !full {
		t.Skip("the log never grew beyond the disk")
	}
	expectNow(t, e, rows...)
	if err := e.Checkpoint(t.Context()); err == nil {
		t.Log("a checkpoint found space")
	}
	expectNow(t, e, rows...)
	if e.Err() == nil {
		mem.SetCapacity(64 << 20)
		r := testRow{9999, "x", 1, 1}
		commitRows(t, e, r)
		rows = append(rows, r)
		expectNow(t, e, rows...)
	}
	e.Close()
	mem.SetCapacity(64 << 20)
	expectNow(t, openTest(t, mem), rows...)
}

// TestEveryFault fails each mutation of a fixed history once and checks that what was acknowledged is there afterwards.
func TestEveryFault(t *testing.T) {
	history := func(e *Engine, acked *[]testRow) error {
		tx := e.Begin(ReadCommitted)
		if err := tx.CreateTable(testSpace, testTable, testSchema()); err != nil {
			return err
		}
		if err := tx.Commit(t.Context()); err != nil {
			return err
		}
		for i := range int64(6) {
			r := testRow{i, fmt.Sprintf("%020000d", i), int32(i), float32(i)} // too large to lie in the manifest
			tx := e.Begin(ReadCommitted)
			if _, err := tx.Insert(t.Context(), testTable, testRows(r), InsertOptions{}); err != nil {
				return err
			}
			if err := tx.Commit(t.Context()); err != nil {
				return err
			}
			*acked = append(*acked, r)
			var err error
			switch i {
			case 1, 3:
				err = e.Checkpoint(t.Context())
			case 4:
				err = e.Maintain(t.Context(), testTable)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	for n := 0; n < 400; n++ {
		mem := vfs.NewMem()
		fs := vfs.NewErrFS(mem, nil)
		seen := 0
		fs.SetInjector(vfs.OnKinds(func(op vfs.Op) *vfs.Fault {
			seen++
			if seen == n+1 {
				return &vfs.Fault{}
			}
			return nil
		}, vfs.Mutations...))
		var acked []testRow
		e, err := Open(testOptions(fs))
		if err == nil {
			err = e.OpenNamespace(t.Context(), testSpace)
			if err == nil {
				err = history(e, &acked)
			}
		}
		if err == nil && seen <= n {
			t.Logf("%d faults", n)
			return
		}
		crashed := mem.CrashClone(rand.New(rand.NewPCG(uint64(n), 1)))
		if e != nil {
			e.Close()
		}
		e, err = Open(testOptions(crashed))
		if err != nil {
			t.Fatalf("fault %d: %v", n, err)
		}
		must(t, e.OpenNamespace(t.Context(), testSpace))
		v := e.View()
		if _, err := v.Table(testTable); err == nil {
			got := readAll(t, v)
			if len(got) < len(acked) {
				t.Fatalf("fault %d: %d rows of %d acknowledged", n, len(got), len(acked))
			}
			for i, r := range acked {
				if got[i] != r {
					t.Fatalf("fault %d: %v, want %v", n, got[i], r)
				}
			}
		} else if len(acked) > 0 {
			t.Fatalf("fault %d: %v", n, err)
		}
		v.Close()
		must(t, e.Verify(t.Context(), func(fault error) { t.Fatalf("fault %d: %v", n, fault) }))
		e.Close()
	}
	t.Fatal("the history has too many steps")
}
