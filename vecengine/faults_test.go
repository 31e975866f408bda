package vecengine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path"
	"strings"
	"testing"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
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
		shape := modelShape{computed: []IndexID{idxC0}}
		tx := e.Begin(ReadCommitted)
		if err := tx.CreateTable(testSpace, testTable, shape.schema()); err != nil {
			return err
		}
		if err := tx.Commit(t.Context()); err != nil {
			return err
		}
		for i := range int64(6) {
			r := testRow{i, fmt.Sprintf("%020000d", i), int32(i), float32(i)} // too large to lie in the manifest
			tx := e.Begin(ReadCommitted)
			if i == 2 {
				x := vectorsOf(idxC0 + 1)
				if err := tx.BuildKeyIndex(t.Context(), testTable, x.def(), []ColumnID{colID, colTag, colN, colV}, x.build); err != nil {
					tx.Rollback()
					return err
				}
				shape.computed = append(shape.computed, x.id)
				if err := tx.AlterTable(t.Context(), testTable, shape.schema()); err != nil {
					tx.Rollback()
					return err
				}
			}
			if _, err := tx.Insert(t.Context(), testTable, shape.rows(r), InsertOptions{}); err != nil {
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
		options := testOptions(fs)
		options.ExactBelow = 2
		e, err := Open(options)
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

// TestDamageStaysWithItsTable flips a bit in each stored file and looks that it is noticed, that only its table suffers, and that nothing
// false is read: damage of an index file leaves the rows readable, and damage of a graph the answers as well.
func TestDamageStaysWithItsTable(t *testing.T) {
	mem := vfs.NewMem()
	options := testOptions(mem)
	options.ExactBelow = 100
	e := openWith(t, options)
	createTest(t, e)
	const other TableID = 71
	tx := e.Begin(ReadCommitted)
	must(t, tx.CreateTable(testSpace, other, testSchema()))
	_, err := tx.Insert(t.Context(), other, testRows(testRow{7, "x", 7, 7}), InsertOptions{})
	must(t, err)
	shape := modelShape{computed: []IndexID{idxC0, idxC0 + 7}} // floats of all rows, sparse vectors of some
	must(t, tx.AlterTable(t.Context(), testTable, shape.schema()))
	var rows []testRow
	for i := range int64(1600) {
		rows = append(rows, testRow{i, fmt.Sprintf("%060d", i), int32(i % 10), float32(i % 49)})
	}
	_, err = tx.Insert(t.Context(), testTable, shape.rows(rows...), InsertOptions{})
	must(t, err)
	must(t, tx.Commit(t.Context()))
	must(t, e.Maintain(t.Context(), testTable))
	must(t, e.Checkpoint(t.Context()))
	must(t, e.Close())
	dir := "/data/ns/" + namespaceDir(testSpace)
	names, err := mem.List(dir)
	must(t, err)
	rng := rand.New(rand.NewPCG(3, 3))
	damaged := map[string]int{}
	for _, name := range names {
		if name == "manifest" {
			continue
		}
		for n := range 5 {
			fs := mem.CrashClone(rng)
			at := flipBit(t, fs, dir+"/"+name, rng)
			options.FS = fs
			what := fmt.Sprintf("%s at %d", name, at)
			e := openWith(t, options)
			v := e.View()
			o, err := v.Table(other)
			must(t, err)
			if n := o.Stats().Rows; n != 1 {
				t.Fatalf("%s: the other table has %d rows", what, n)
			}
			faults := 0
			must(t, e.Verify(t.Context(), func(err error) {
				var c *CorruptError
				if !errors.As(err, &c) {
					t.Fatalf("%s: %v", what, err)
				}
				faults++
			}))
			if faults == 0 {
				t.Fatalf("%s: it was not noticed", what)
			}
			kind := path.Ext(name)
			damaged[kind]++
			if read, err := readDamaged(v, rows); err != nil || kind != ".segment" && read != len(rows) {
				t.Fatalf("%s: %d rows of %d, %v", what, read, len(rows), err)
			}
			if kind != ".segment" {
				searchDamaged(t, what, v, kind)
			}
			v.Close()
			if kind != ".segment" && n < 1 {
				repairDamaged(t, e, shape, kind)
				must(t, e.Verify(t.Context(), func(err error) { t.Fatalf("%s: after it was built anew: %v", what, err) }))
			}
			must(t, e.Close())
		}
	}
	for _, kind := range []string{".segment", ".keys", ".graph", ".vectors"} {
		if damaged[kind] == 0 {
			t.Fatalf("no %s to damage", kind)
		}
	}
}

// repairDamaged lets maintenance build a damaged graph, and builds other indexes anew.
func repairDamaged(t *testing.T, e *Engine, shape modelShape, kind string) {
	t.Helper()
	if kind == ".graph" {
		must(t, e.Maintain(t.Context(), testTable))
		return
	}
	all := []ColumnID{colID, colTag, colN, colV}
	tx := e.Begin(ReadCommitted)
	must(t, tx.RebuildIndex(t.Context(), testTable, idxID, all, testKeys(0)))
	must(t, tx.RebuildIndex(t.Context(), testTable, idxTag, all, testKeys(1)))
	for _, id := range shape.computed {
		must(t, tx.RebuildIndex(t.Context(), testTable, id, all, vectorsOf(id).build))
	}
	must(t, tx.Commit(t.Context()))
	v := e.View()
	defer v.Close()
	searchDamaged(t, "after it was built anew", v, "")
	if locs := find(t, v, 77); len(locs) != 1 {
		t.Fatalf("id 77 is found %d times after its index was built anew", len(locs))
	}
}

// testKeys makes the keys of a key index of the tests' table, the at-th, out of all its columns.
func testKeys(at int) func(*column.Batch) (Keys, error) {
	return func(b *column.Batch) (Keys, error) {
		rows := make([]testRow, b.N)
		for i := range rows {
			rows[i] = rowAt(b, i)
		}
		return testRows(rows...).Keys[at], nil
	}
}

// flipBit changes a bit of a file and tells at which byte.
func flipBit(t *testing.T, fs vfs.FS, name string, rng *rand.Rand) int64 {
	t.Helper()
	f, err := fs.OpenReadWrite(name)
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
	return at
}

// searchDamaged searches by the vector column and by the computed indexes. Only damaged vectors may be an excuse.
func searchDamaged(t *testing.T, what string, v *View, kind string) {
	t.Helper()
	table, err := v.Table(testTable)
	must(t, err)
	requests := []SearchRequest{{Column: colV, Metric: distance.L2, Query: distance.Floats([]float32{3, 3, 3, 3}), K: 10}}
	for _, def := range table.Schema().computedIndexes() {
		x := vectorsOf(def.ID)
		requests = append(requests, SearchRequest{Index: x.id, Metric: x.metric, Query: x.point(3, 3), K: 10})
	}
	for i, req := range requests {
		hits, err := table.Search(t.Context(), req, nil)
		var c *CorruptError
		if kind == ".vectors" && i > 0 && errors.As(err, &c) {
			continue
		}
		must(t, err)
		if len(hits) != 10 || hits[0].Distance != 0 {
			t.Fatalf("%s: request %d found %v", what, i, hits)
		}
	}
}

// readDamaged reads what can be read, compares it with the truth, and counts it.
func readDamaged(v *View, rows []testRow) (int, error) {
	table, err := v.Table(testTable)
	var c *CorruptError
	if errors.As(err, &c) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	s, err := table.Scan(ScanRequest{Columns: []ColumnID{colID, colTag, colN, colV}})
	if err != nil {
		return 0, err
	}
	at := 0
	for {
		b, err := s.Next(context.Background())
		if errors.As(err, &c) || b == nil && err == nil {
			return at, nil
		}
		if err != nil {
			return at, err
		}
		for i := range b.Rows() {
			if got := rowAt(&b.Batch, pick(b.Sel, 0, i)); got != rows[at] {
				return at, fmt.Errorf("read %v, want %v", got, rows[at])
			}
			at++
		}
	}
}

// TestMissingManifest takes the manifest of a namespace away whose log is cut: it must not be taken for a new namespace.
func TestMissingManifest(t *testing.T) {
	mem := vfs.NewMem()
	e := openTest(t, mem)
	createTest(t, e)
	commitRows(t, e, testRow{1, fmt.Sprintf("%020000d", 1), 1, 1})
	must(t, e.Checkpoint(t.Context()))
	must(t, e.Close())
	dir := "/data/ns/" + namespaceDir(testSpace)
	must(t, mem.Remove(dir+"/manifest"))
	before, err := mem.List(dir)
	must(t, err)
	e, err = Open(testOptions(mem))
	must(t, err)
	defer e.Close()
	for range 2 {
		var c *CorruptError
		if err := e.OpenNamespace(t.Context(), testSpace); !errors.As(err, &c) {
			t.Fatalf("a namespace without its manifest: %v", err)
		}
	}
	must(t, e.Checkpoint(t.Context()))
	if after, err := mem.List(dir); err != nil || len(after) != len(before) {
		t.Fatalf("files %v became %v, %v", before, after, err)
	}
}

// TestLogGoesOnBesideDamage damages one namespace's manifest: the log is held for it, the others' heads are flushed, and it is told once.
func TestLogGoesOnBesideDamage(t *testing.T) {
	const other NamespaceID = 8
	mem := vfs.NewMem()
	e := openTest(t, mem)
	createTest(t, e)
	commitRows(t, e, testRow{1, "a", 1, 1})
	must(t, e.Checkpoint(t.Context()))
	commitRows(t, e, testRow{2, "b", 2, 2})
	must(t, e.Close())
	flipBit(t, mem, "/data/ns/"+namespaceDir(testSpace)+"/manifest", rand.New(rand.NewPCG(1, 1)))
	var told bytes.Buffer
	o := testOptions(mem)
	o.Logger = slog.New(slog.NewTextHandler(&told, &slog.HandlerOptions{Level: slog.LevelError}))
	o.LogBytes = 1
	e, err := Open(o)
	must(t, err)
	defer e.Close()
	tx := e.Begin(ReadCommitted)
	must(t, tx.CreateNamespace(other))
	must(t, tx.CreateTable(other, 80, testSchema()))
	_, err = tx.Insert(t.Context(), 80, testRows(testRow{3, "c", 3, 3}), InsertOptions{})
	must(t, err)
	must(t, tx.Commit(t.Context()))
	for range 3 {
		e.flusher(t.Context(), true)
	}
	if n := strings.Count(told.String(), "the commit log could not be shortened"); n != 1 {
		t.Errorf("told %d times: %s", n, told.String())
	}
	if dirty := e.table(80).dirty; dirty != 0 {
		t.Errorf("the other namespace holds the log at %d", dirty)
	}
	var c *CorruptError
	if err := e.Checkpoint(t.Context()); !errors.As(err, &c) {
		t.Errorf("a checkpoint that leaves a namespace out says %v", err)
	}
}
