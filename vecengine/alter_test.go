package vecengine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/vfs"
)

const (
	idxN IndexID = 103
	idxV IndexID = 104
)

// nKeys makes keys of column n; NULLs are left out.
func nKeys(b *column.Batch) (Keys, error) {
	out := column.NewBuilder(column.Bytes, 0, b.N)
	vals := column.Values[int32](&b.Cols[0])
	for i := range b.N {
		if b.Cols[0].IsNull(i) {
			out.AppendNull()
		} else {
			out.AppendBytes(fmt.Appendf(nil, "%08d", vals[i]))
		}
	}
	return Keys{Bytes: out.Finish()}, nil
}

func lookupN(t testing.TB, v *View, n int) int {
	t.Helper()
	table, err := v.Table(testTable)
	must(t, err)
	locs, err := table.Lookup(idxN, fmt.Appendf(nil, "%08d", n), nil)
	must(t, err)
	return len(locs)
}

func TestBuildKeyIndex(t *testing.T) {
	fs := vfs.NewMem()
	e := openTest(t, fs)
	createTest(t, e)
	for part := range int64(3) {
		var rows []testRow
		for i := range int64(100) {
			rows = append(rows, testRow{part*100 + i, "", int32(i) - 1, 1})
		}
		commitRows(t, e, rows...)
		if part < 2 {
			must(t, e.table(testTable).flush(t.Context()))
		}
	}
	unique := IndexDef{ID: idxN, Kind: KeyIndex, Unique: true}
	tx := e.Begin(ReadCommitted)
	mark := tx.Savepoint()
	var dup *DuplicateKeyError
	if err := tx.BuildKeyIndex(t.Context(), testTable, unique, []ColumnID{colN}, nKeys); !errors.As(err, &dup) {
		t.Fatalf("a unique index over duplicates gave %v", err)
	}
	tx.RollbackTo(mark)
	insert(t, tx, testRow{1000, "", 7, 1})
	must(t, tx.BuildKeyIndex(t.Context(), testTable, IndexDef{ID: idxN, Kind: KeyIndex}, []ColumnID{colN}, nKeys))
	v := tx.View()
	if n := lookupN(t, v, 7); n != 4 {
		t.Fatalf("the transaction finds %d rows", n)
	}
	v.Close()
	must(t, tx.Commit(t.Context()))
	check := func(e *Engine, want int) {
		t.Helper()
		v := e.View()
		defer v.Close()
		if n := lookupN(t, v, 7); n != want {
			t.Fatalf("%d rows, want %d", n, want)
		}
	}
	check(e, 4)
	check(openTest(t, fs.CrashClone(rand.New(rand.NewPCG(1, 1)))), 4)
	row := testRows(testRow{2000, "", 7, 1})
	key, _ := nKeys(&column.Batch{Cols: row.Cols[2:3], N: 1})
	row.Keys = append(row.Keys, key)
	tx = e.Begin(ReadCommitted)
	_, err := tx.Insert(t.Context(), testTable, row, InsertOptions{})
	must(t, err)
	must(t, tx.Commit(t.Context()))
	must(t, e.Maintain(t.Context(), testTable))
	check(e, 5)
}

func TestAddAndDropColumn(t *testing.T) {
	fs := vfs.NewMem()
	e := openTest(t, fs)
	createTest(t, e)
	commitRows(t, e, testRow{1, "a", 1, 1})
	must(t, e.Checkpoint(t.Context()))
	commitRows(t, e, testRow{2, "b", 2, 2})
	s := testSchema()
	missing := column.NewBuilder(column.Int64, 0, 1)
	missing.AppendInt(42)
	m := missing.Finish()
	s.Columns = append(s.Columns[:1:1], s.Columns[2], s.Columns[3], ColumnDef{ID: 9, Name: "x", Kind: column.Int64, Missing: &m})
	tx := e.Begin(ReadCommitted)
	insert(t, tx, testRow{3, "c", 3, 3})
	must(t, tx.AlterTable(t.Context(), testTable, s))
	must(t, tx.Commit(t.Context()))
	check := func(e *Engine) {
		t.Helper()
		v := e.View()
		defer v.Close()
		table, err := v.Table(testTable)
		must(t, err)
		scan, err := table.Scan(ScanRequest{Columns: []ColumnID{colID, 9}})
		must(t, err)
		seen := 0
		for {
			b, err := scan.Next(t.Context())
			must(t, err)
			if b == nil {
				break
			}
			for i := range b.Rows() {
				seen++
				if x := intsOf(&b.Cols[1])[pick(b.Sel, 0, i)]; x != 42 {
					t.Fatalf("row %d has %d", i, x)
				}
			}
		}
		if seen != 3 {
			t.Fatalf("%d rows", seen)
		}
		if _, err := table.Scan(ScanRequest{Columns: []ColumnID{colTag}}); err == nil {
			t.Fatal("a dropped column can be read")
		}
	}
	check(e)
	check(openTest(t, fs.CrashClone(rand.New(rand.NewPCG(1, 1)))))
	must(t, e.Maintain(t.Context(), testTable))
	check(e)
}

// TestGraphSearch builds an index over clustered vectors and compares with exact answers, filtered and not, with dead rows and a head.
func TestGraphSearch(t *testing.T) {
	const dim, n = 32, 6000
	fs := vfs.NewMem()
	o := testOptions(fs)
	o.ExactBelow = 500
	e := openWith(t, o)
	schema := Schema{Columns: []ColumnDef{{ID: 1, Name: "n", Kind: column.Int32}, {ID: 2, Name: "v", Kind: column.Vector, Dim: dim}}}
	rng := rand.New(rand.NewPCG(7, 8))
	centres := make([][]float32, 20)
	for i := range centres {
		centres[i] = make([]float32, dim)
		for j := range centres[i] {
			centres[i][j] = rng.Float32() * 10
		}
	}
	point := func() []float32 {
		v := slices.Clone(centres[rng.IntN(len(centres))])
		for j := range v {
			v[j] += float32(rng.NormFloat64())
		}
		return v
	}
	rows := func(n int) Rows {
		a, b := column.NewBuilder(column.Int32, 0, n), column.NewBuilder(column.Vector, dim, n)
		for i := range n {
			a.AppendInt(int64(i % 100))
			b.AppendVector(point())
		}
		return Rows{Cols: []column.Column{a.Finish(), b.Finish()}}
	}
	tx := e.Begin(ReadCommitted)
	must(t, tx.CreateTable(testSpace, testTable, schema))
	must(t, tx.Commit(t.Context()))
	for range 3 {
		tx = e.Begin(ReadCommitted)
		_, err := tx.Insert(t.Context(), testTable, rows(n/3), InsertOptions{})
		must(t, err)
		must(t, tx.Commit(t.Context()))
	}
	schema.Indexes = []IndexDef{{ID: idxV, Kind: VectorIndex, Column: 2, Metric: distance.L2}}
	tx = e.Begin(ReadCommitted)
	must(t, tx.AlterTable(t.Context(), testTable, schema))
	must(t, tx.Commit(t.Context()))
	tx = e.Begin(ReadCommitted)
	v := tx.View()
	table, err := v.Table(testTable)
	must(t, err)
	scan, err := table.Scan(ScanRequest{RowIDs: true, Filter: []Predicate{{Column: 1, Op: Lt, Values: []Value{{Int: 5}}}}})
	must(t, err)
	var dead []Loc
	for b, err := scan.Next(t.Context()); b != nil; b, err = scan.Next(t.Context()) {
		must(t, err)
		dead = append(dead, b.Locs...)
	}
	v.Close()
	must(t, tx.Delete(t.Context(), testTable, dead))
	_, err = tx.Insert(t.Context(), testTable, rows(300), InsertOptions{})
	must(t, err)
	must(t, tx.Commit(t.Context()))

	check := func(e *Engine) {
		t.Helper()
		e.alwaysWalk, e.lateNs = true, -1
		v := e.View()
		defer v.Close()
		table, err := v.Table(testTable)
		must(t, err)
		for name, filter := range map[string][]Predicate{
			"all": nil, "half": {{Column: 1, Op: Lt, Values: []Value{{Int: 50}}}}, "tenth": {{Column: 1, Op: Between, Values: []Value{{Int: 20}, {Int: 29}}}},
			"rare": {{Column: 1, Op: Eq, Values: []Value{{Int: 33}}}},
		} {
			hit, graph := 0, 0
			for range 50 {
				req := SearchRequest{Column: 2, Metric: distance.L2, Query: distance.Floats(point()), K: 10, Filter: filter}
				var stats SearchStats
				got, err := table.Search(t.Context(), req, &stats)
				must(t, err)
				req.Exact = true
				want, err := table.Search(t.Context(), req, nil)
				must(t, err)
				if len(got) != 10 || len(want) != 10 {
					t.Fatalf("%s: %d and %d hits", name, len(got), len(want))
				}
				graph += stats.GraphParts
				for _, h := range got {
					if slices.Contains(want, h) {
						hit++
					}
				}
			}
			if hit < 490 {
				t.Errorf("%s: recall %d of 500", name, hit)
			}
			if name == "all" && graph != 50 {
				t.Errorf("the graph answered %d of 50", graph)
			}
		}
	}
	check(e)
	check(openWith(t, withFS(o, fs.CrashClone(rand.New(rand.NewPCG(1, 1))))))
}

func withFS(o Options, fs vfs.FS) Options {
	o.FS = fs
	return o
}
