package vecengine

import (
	"context"
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

// TestDamageStaysWithItsTable flips a byte in each stored file and looks that it is noticed, that only its table suffers, and that nothing
// false is read.
func TestDamageStaysWithItsTable(t *testing.T) {
	mem := vfs.NewMem()
	e := openTest(t, mem)
	createTest(t, e)
	const other TableID = 71
	tx := e.Begin(ReadCommitted)
	must(t, tx.CreateTable(testSpace, other, testSchema()))
	_, err := tx.Insert(t.Context(), other, testRows(testRow{7, "x", 7, 7}), InsertOptions{})
	must(t, err)
	must(t, tx.Commit(t.Context()))
	var rows []testRow
	for i := range int64(2000) {
		rows = append(rows, testRow{i, fmt.Sprintf("%030d", i), int32(i), float32(i)})
	}
	commitRows(t, e, rows...)
	must(t, e.Maintain(t.Context(), testTable))
	must(t, e.Checkpoint(t.Context()))
	must(t, e.Close())
	dir := "/data/ns/" + namespaceDir(testSpace)
	names, err := mem.List(dir)
	must(t, err)
	rng := rand.New(rand.NewPCG(3, 3))
	damaged := 0
	for _, name := range names {
		if name == "manifest" {
			continue
		}
		for range 20 {
			fs := mem.CrashClone(rng)
			f, err := fs.OpenReadWrite(dir + "/" + name)
			must(t, err)
			size, err := f.Size()
			must(t, err)
			at := rng.Int64N(size)
			b := make([]byte, 1)
			_, err = f.ReadAt(b, at)
			must(t, err)
			b[0] ^= 1 << rng.IntN(8)
			_, err = f.WriteAt(b, at)
			must(t, err)
			must(t, f.Close())
			e, err := Open(testOptions(fs))
			must(t, err)
			must(t, e.OpenNamespace(t.Context(), testSpace))
			v := e.View()
			o, err := v.Table(other)
			must(t, err)
			if n := o.Stats().Rows; n != 1 {
				t.Fatalf("the other table has %d rows", n)
			}
			faults := 0
			must(t, e.Verify(t.Context(), func(err error) {
				var c *CorruptError
				if !errors.As(err, &c) {
					t.Fatalf("%s at %d: %v", name, at, err)
				}
				faults++
			}))
			if faults == 0 {
				t.Fatalf("%s: a flipped bit at %d of %d was not noticed", name, at, size)
			}
			damaged++
			if err := readDamaged(v, rows); err != nil {
				t.Fatalf("%s at %d: %v", name, at, err)
			}
			v.Close()
			must(t, e.Close())
		}
	}
	if damaged == 0 {
		t.Fatal("no file to damage")
	}
}

// readDamaged reads what can be read and compares it with the truth.
func readDamaged(v *View, rows []testRow) error {
	table, err := v.Table(testTable)
	var c *CorruptError
	if errors.As(err, &c) {
		return nil
	}
	if err != nil {
		return err
	}
	s, err := table.Scan(ScanRequest{Columns: []ColumnID{colID, colTag, colN, colV}})
	if err != nil {
		return err
	}
	at := 0
	for {
		b, err := s.Next(context.Background())
		if errors.As(err, &c) || b == nil && err == nil {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range b.Rows() {
			if got := rowAt(&b.Batch, pick(b.Sel, 0, i)); got != rows[at] {
				return fmt.Errorf("read %v, want %v", got, rows[at])
			}
			at++
		}
	}
}
