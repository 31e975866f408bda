package vecengine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vecgres/vecengine/column"
	"vecgres/vecengine/vfs"
)

// The tests' table: id int64 with a unique key index, tag bytes with a key index, n int32, v vector(4).
const (
	colID  ColumnID = 1
	colTag ColumnID = 2
	colN   ColumnID = 3
	colV   ColumnID = 4

	idxID  IndexID = 101
	idxTag IndexID = 102

	testSpace NamespaceID = 7
	testTable TableID     = 70
)

func testSchema() Schema {
	return Schema{
		Columns: []ColumnDef{
			{ID: colID, Name: "id", Kind: column.Int64},
			{ID: colTag, Name: "tag", Kind: column.Bytes},
			{ID: colN, Name: "n", Kind: column.Int32},
			{ID: colV, Name: "v", Kind: column.Vector, Dim: 4},
		},
		Indexes: []IndexDef{{ID: idxID, Kind: KeyIndex, Unique: true}, {ID: idxTag, Kind: KeyIndex}},
	}
}

// testRow is a row of the tests' table. An empty tag is NULL, and so is n below zero; v is four times f, NULL when f is below zero.
type testRow struct {
	id  int64
	tag string
	n   int32
	f   float32
}

func idKey(id int64) []byte { return fmt.Appendf(nil, "%012d", id) }

func testRows(rows ...testRow) Rows {
	id := column.NewBuilder(column.Int64, 0, len(rows))
	tag := column.NewBuilder(column.Bytes, 0, len(rows))
	n := column.NewBuilder(column.Int32, 0, len(rows))
	v := column.NewBuilder(column.Vector, 4, len(rows))
	idKeys := column.NewBuilder(column.Bytes, 0, len(rows))
	tagKeys := column.NewBuilder(column.Bytes, 0, len(rows))
	for _, r := range rows {
		id.AppendInt(r.id)
		idKeys.AppendBytes(idKey(r.id))
		if r.tag == "" {
			tag.AppendNull()
			tagKeys.AppendNull()
		} else {
			tag.AppendString(r.tag)
			tagKeys.AppendString(r.tag)
		}
		if r.n < 0 {
			n.AppendNull()
		} else {
			n.AppendInt(int64(r.n))
		}
		if r.f < 0 {
			v.AppendNull()
		} else {
			v.AppendVector([]float32{r.f, r.f, r.f, r.f})
		}
	}
	return Rows{
		Cols: []column.Column{id.Finish(), tag.Finish(), n.Finish(), v.Finish()},
		Keys: []Keys{{Bytes: idKeys.Finish()}, {Bytes: tagKeys.Finish()}},
	}
}

func testOptions(fs vfs.FS) Options {
	return Options{FS: fs, Dir: "/data", NoBackground: true, MemoryLimit: 1 << 30, LogBytes: 8 << 20}
}

func openTest(t testing.TB, fs vfs.FS) *Engine {
	t.Helper()
	return openWith(t, testOptions(fs))
}

func openWith(t testing.TB, o Options) *Engine {
	t.Helper()
	e, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if err := e.OpenNamespace(t.Context(), testSpace); err != nil {
		t.Fatal(err)
	}
	return e
}

func createTest(t testing.TB, e *Engine) {
	t.Helper()
	tx := e.Begin(ReadCommitted)
	must(t, tx.CreateNamespace(testSpace))
	must(t, tx.CreateTable(testSpace, testTable, testSchema()))
	must(t, tx.Commit(t.Context()))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func insert(t testing.TB, tx *Txn, rows ...testRow) InsertResult {
	t.Helper()
	res, err := tx.Insert(t.Context(), testTable, testRows(rows...), InsertOptions{})
	must(t, err)
	return res
}

func commitRows(t testing.TB, e *Engine, rows ...testRow) {
	t.Helper()
	tx := e.Begin(ReadCommitted)
	insert(t, tx, rows...)
	must(t, tx.Commit(t.Context()))
}

// readAll reads the table in order of id.
func readAll(t testing.TB, v *View, filter ...Predicate) []testRow {
	t.Helper()
	table, err := v.Table(testTable)
	must(t, err)
	s, err := table.Scan(ScanRequest{Columns: []ColumnID{colID, colTag, colN, colV}, Filter: filter, RowIDs: true})
	must(t, err)
	defer s.Close()
	var out []testRow
	for {
		b, err := s.Next(context.Background())
		must(t, err)
		if b == nil {
			break
		}
		if len(b.Locs) != b.Rows() {
			t.Fatalf("%d locations for %d rows", len(b.Locs), b.Rows())
		}
		for i := range b.Rows() {
			out = append(out, rowAt(&b.Batch, pick(b.Sel, 0, i)))
		}
	}
	slices.SortFunc(out, func(a, b testRow) int { return int(a.id - b.id) })
	return out
}

func rowAt(b *column.Batch, i int) testRow {
	r := testRow{id: column.Values[int64](&b.Cols[0])[i], n: -1, f: -1}
	if !b.Cols[1].IsNull(i) {
		r.tag = string(b.Cols[1].BytesAt(i))
	}
	if !b.Cols[2].IsNull(i) {
		r.n = column.Values[int32](&b.Cols[2])[i]
	}
	if !b.Cols[3].IsNull(i) {
		r.f = b.Cols[3].VectorAt(i)[0]
	}
	return r
}

func expectRows(t testing.TB, v *View, want ...testRow) {
	t.Helper()
	if got := readAll(t, v); !slices.Equal(got, want) {
		t.Fatalf("rows are %v, want %v", got, want)
	}
}

func expectNow(t testing.TB, e *Engine, want ...testRow) {
	t.Helper()
	v := e.View()
	defer v.Close()
	expectRows(t, v, want...)
}

// find gives the location of an id in a view.
func find(t testing.TB, v *View, id int64) []Loc {
	t.Helper()
	table, err := v.Table(testTable)
	must(t, err)
	locs, err := table.Lookup(idxID, idKey(id), nil)
	must(t, err)
	return locs
}

// update changes one row through LockRows, as the executor does.
func update(t testing.TB, tx *Txn, r testRow) error {
	t.Helper()
	v := tx.View()
	locs := find(t, v, r.id)
	v.Close()
	if len(locs) != 1 {
		t.Fatalf("id %d is there %d times", r.id, len(locs))
	}
	locked, lv, err := tx.LockRows(t.Context(), testTable, locs, LockNoKeyUpdate, WaitBlock)
	if err != nil {
		return err
	}
	defer lv.Close()
	return tx.Update(t.Context(), testTable, []Loc{locked[0].Loc}, testRows(r))
}

func remove(t testing.TB, tx *Txn, id int64) error {
	t.Helper()
	v := tx.View()
	locs := find(t, v, id)
	v.Close()
	locked, lv, err := tx.LockRows(t.Context(), testTable, locs, LockUpdate, WaitBlock)
	if err != nil {
		return err
	}
	defer lv.Close()
	return tx.Delete(t.Context(), testTable, []Loc{locked[0].Loc})
}

func TestCommitAndReopen(t *testing.T) {
	fs := vfs.NewMem()
	e := openTest(t, fs)
	createTest(t, e)
	a, b := testRow{1, "a", 10, 0.5}, testRow{2, "", -1, -1}
	commitRows(t, e, a, b)
	expectNow(t, e, a, b)
	crashed := fs.CrashClone(rand.New(rand.NewPCG(1, 2)))
	must(t, e.Close())
	e = openTest(t, fs)
	expectNow(t, e, a, b)
	c := testRow{3, "c", 30, 3}
	commitRows(t, e, c)
	expectNow(t, e, a, b, c)
	expectNow(t, openTest(t, crashed), a, b)
}

func TestReadYourWritesAndRollback(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	a, b := testRow{1, "a", 10, 0.5}, testRow{2, "b", 20, 2}
	commitRows(t, e, a)
	tx := e.Begin(ReadCommitted)
	insert(t, tx, b)
	v := tx.View()
	expectRows(t, v, a, b)
	v.Close()
	expectNow(t, e, a)
	a2 := testRow{1, "z", 11, 7}
	must(t, update(t, tx, a2))
	v = tx.View()
	expectRows(t, v, a2, b)
	if locs := find(t, v, 1); len(locs) != 1 {
		t.Fatalf("key found %d times", len(locs))
	}
	v.Close()
	tx.Rollback()
	expectNow(t, e, a)
	commitRows(t, e, b) // its key is free again
	expectNow(t, e, a, b)
}

func TestSavepoints(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	a, b, c := testRow{1, "a", 1, 1}, testRow{2, "b", 2, 2}, testRow{3, "c", 3, 3}
	commitRows(t, e, a)
	tx := e.Begin(ReadCommitted)
	insert(t, tx, b)
	mark := tx.Savepoint()
	insert(t, tx, c)
	must(t, update(t, tx, testRow{2, "bb", 22, 2}))
	must(t, remove(t, tx, 1))
	v := tx.View()
	expectRows(t, v, testRow{2, "bb", 22, 2}, c)
	v.Close()
	tx.RollbackTo(mark)
	v = tx.View()
	expectRows(t, v, a, b)
	v.Close()
	must(t, remove(t, tx, 1))
	insert(t, tx, c)
	must(t, tx.Commit(t.Context()))
	expectNow(t, e, b, c)
}

func TestSnapshotsDoNotMove(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	a := testRow{1, "a", 1, 1}
	commitRows(t, e, a)
	old := e.View()
	defer old.Close()
	rr := e.Begin(RepeatableRead)
	defer rr.Rollback()
	for i := range 200 {
		tx := e.Begin(ReadCommitted)
		must(t, update(t, tx, testRow{1, "a", int32(i), 1}))
		must(t, tx.Commit(t.Context()))
	}
	expectRows(t, old, a)
	v := rr.View()
	expectRows(t, v, a)
	v.Close()
	if err := update(t, rr, testRow{1, "x", 0, 0}); !errors.Is(err, ErrSerialization) {
		t.Fatalf("a row changed since the snapshot gave %v", err)
	}
	expectNow(t, e, testRow{1, "a", 199, 1})
	e.registry.mu.Lock()
	defer e.registry.mu.Unlock()
	if n := len(e.registry.retired); n > 70 {
		t.Fatalf("%d versions are kept for two snapshots of one moment", n)
	}
}

func TestDuplicates(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	commitRows(t, e, testRow{1, "a", 1, 1})
	tx := e.Begin(ReadCommitted)
	insert(t, tx, testRow{2, "b", 2, 2})
	mark := tx.Savepoint()
	_, err := tx.Insert(t.Context(), testTable, testRows(testRow{5, "x", 1, 1}, testRow{1, "a", 1, 1}), InsertOptions{})
	var dup *DuplicateKeyError
	if !errors.As(err, &dup) || dup.Index != idxID || dup.Input != 1 {
		t.Fatalf("duplicate gave %v", err)
	}
	tx.RollbackTo(mark)
	res, err := tx.Insert(t.Context(), testTable, testRows(testRow{3, "c", 3, 3}, testRow{1, "", 0, 0}, testRow{2, "", 0, 0}, testRow{4, "d", 4, 4},
		testRow{4, "", 0, 0}), InsertOptions{OnConflict: DuplicateSkip, Locations: true})
	must(t, err)
	if res.Inserted != 2 || len(res.Locs) != 2 || len(res.Conflicts) != 3 {
		t.Fatalf("%+v", res)
	}
	if c := res.Conflicts; c[0].Own || !c[1].Own || c[1].SameBatch || !c[2].SameBatch {
		t.Fatalf("%+v", c)
	}
	// Two rows may swap their keys in one update.
	v := tx.View()
	locs := append(find(t, v, 3), find(t, v, 1)...)
	v.Close()
	must(t, tx.Update(t.Context(), testTable, locs, testRows(testRow{1, "c", 3, 3}, testRow{3, "a", 1, 1})))
	must(t, tx.Commit(t.Context()))
	expectNow(t, e, testRow{1, "c", 3, 3}, testRow{2, "b", 2, 2}, testRow{3, "a", 1, 1}, testRow{4, "d", 4, 4})
}

func TestInsertWaitsForUncommittedKey(t *testing.T) {
	for _, commit := range []bool{true, false} {
		e := openTest(t, vfs.NewMem())
		createTest(t, e)
		first := e.Begin(ReadCommitted)
		insert(t, first, testRow{1, "a", 1, 1})
		got := make(chan error)
		go func() {
			tx := e.Begin(ReadCommitted)
			defer tx.Rollback()
			_, err := tx.Insert(context.Background(), testTable, testRows(testRow{1, "b", 2, 2}), InsertOptions{})
			got <- err
		}()
		waitForWaiters(t, e, 1)
		if commit {
			must(t, first.Commit(t.Context()))
		} else {
			first.Rollback()
		}
		var dup *DuplicateKeyError
		if err := <-got; commit != errors.As(err, &dup) {
			t.Fatalf("commit %v: %v", commit, err)
		}
	}
}

func TestInsertWaitsForDelete(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	commitRows(t, e, testRow{1, "a", 1, 1})
	first := e.Begin(ReadCommitted)
	must(t, remove(t, first, 1))
	got := make(chan error)
	go func() {
		tx := e.Begin(ReadCommitted)
		_, err := tx.Insert(context.Background(), testTable, testRows(testRow{1, "b", 2, 2}), InsertOptions{})
		if err == nil {
			err = tx.Commit(context.Background())
		}
		got <- err
	}()
	waitForWaiters(t, e, 1)
	must(t, first.Commit(t.Context()))
	must(t, <-got)
	expectNow(t, e, testRow{1, "b", 2, 2})
}

func TestReadCommittedFindsNewestVersion(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	commitRows(t, e, testRow{1, "a", 1, 1}, testRow{2, "b", 1, 1})
	tx := e.Begin(ReadCommitted)
	v := tx.View()
	defer v.Close()
	locs := append(find(t, v, 1), find(t, v, 2)...)
	other := e.Begin(ReadCommitted)
	must(t, update(t, other, testRow{1, "a", 2, 2}))
	must(t, remove(t, other, 2))
	must(t, other.Commit(t.Context()))
	locked, lv, err := tx.LockRows(t.Context(), testTable, locs, LockUpdate, WaitBlock)
	must(t, err)
	if locked[0].Outcome != LockedUpdated || locked[1].Outcome != LockedDeleted {
		t.Fatalf("%+v", locked)
	}
	must(t, tx.Update(t.Context(), testTable, []Loc{locked[0].Loc}, testRows(testRow{1, "a", 3, 3})))
	lv.Close()
	must(t, tx.Commit(t.Context()))
	expectNow(t, e, testRow{1, "a", 3, 3})
}

func TestFiltersAndKeyScans(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	var rows []testRow
	for i := range 3000 {
		rows = append(rows, testRow{int64(i), fmt.Sprintf("t%02d", i%50), int32(i % 100), float32(i)})
	}
	for i := 0; i < len(rows); i += 700 {
		commitRows(t, e, rows[i:min(i+700, len(rows))]...)
	}
	v := e.View()
	defer v.Close()
	count := func(p ...Predicate) int { return len(readAll(t, v, p...)) }
	n := func(op Op, vals ...int64) Predicate {
		p := Predicate{Column: colN, Op: op}
		for _, x := range vals {
			p.Values = append(p.Values, Value{Int: x})
		}
		return p
	}
	tag := Predicate{Column: colTag, Op: Eq, Values: []Value{{Bytes: []byte("t07")}}, Index: idxTag,
		Ranges: []KeyRange{{Lo: []byte("t07"), Hi: []byte("t07"), LoInc: true, HiInc: true}}}
	for name, c := range map[string]struct{ got, want int }{
		"eq": {count(n(Eq, 5)), 30}, "ne": {count(n(Ne, 5)), 2970}, "lt": {count(n(Lt, 10)), 300}, "ge": {count(n(Ge, 90)), 300},
		"between": {count(n(Between, 10, 19)), 300}, "in": {count(n(In, 1, 2, 3, 3, 1000)), 90}, "null": {count(n(IsNull)), 0},
		"not null": {count(n(NotNull)), 3000}, "too large": {count(n(Eq, 1<<40)), 0}, "tag": {count(tag), 60},
		"both": {count(tag, n(Lt, 50)), 30},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d rows, want %d", name, c.got, c.want)
		}
	}
	table, err := v.Table(testTable)
	must(t, err)
	for _, reverse := range []bool{false, true} {
		s, err := table.KeyScan(KeyScanRequest{Index: idxID, Reverse: reverse, Columns: []ColumnID{colID}, RowIDs: true,
			Range: KeyRange{Lo: idKey(100), Hi: idKey(2900), HiInc: true}})
		must(t, err)
		var ids []int64
		for {
			b, err := s.Next(t.Context())
			must(t, err)
			if b == nil {
				break
			}
			ids = append(ids, column.Values[int64](&b.Cols[0])...)
		}
		if reverse {
			slices.Reverse(ids)
		}
		if len(ids) != 2800 || ids[0] != 101 || ids[2799] != 2900 || !slices.IsSorted(ids) {
			t.Fatalf("reverse %v: %d ids from %d to %d", reverse, len(ids), ids[0], ids[len(ids)-1])
		}
	}
	if got, err := table.Estimate([]Predicate{tag}); err != nil || got != 60 {
		t.Fatalf("estimate %d %v", got, err)
	}
}

func TestNextIDSurvives(t *testing.T) {
	fs := vfs.NewMem()
	e := openTest(t, fs)
	var last uint64
	for range 2500 {
		last = e.NextID()
	}
	crashed := openTest(t, fs.CrashClone(rand.New(rand.NewPCG(3, 4))))
	if id := crashed.NextID(); id <= last {
		t.Fatalf("id %d was given before", id)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	fs := vfs.NewMem()
	openTest(t, fs)
	if _, err := Open(testOptions(fs)); !errors.Is(err, ErrLocked) {
		t.Fatalf("a second open gave %v", err)
	}
	foreign := vfs.NewMem()
	must(t, foreign.MkdirAll("/data"))
	must(t, vfs.WriteFile(foreign, "/data/letters.txt", []byte("x")))
	if _, err := Open(testOptions(foreign)); !errors.Is(err, ErrForeign) {
		t.Fatalf("a foreign directory gave %v", err)
	}
}

func intsOf(c *column.Column) []int64 { return column.Values[int64](c) }
