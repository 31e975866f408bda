package vecengine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vecgres/vecengine/distance"
	"vecgres/vecengine/vfs"
)

func partsOf(t testing.TB, e *Engine) (segments, heads int) {
	t.Helper()
	for _, r := range e.table(testTable).newest.Load().parts {
		if r.seg != nil {
			segments++
		} else {
			heads++
		}
	}
	return
}

func TestFlushMergeReopen(t *testing.T) {
	fs := vfs.NewMem()
	e := openTest(t, fs)
	createTest(t, e)
	model := map[int64]testRow{}
	want := func() []testRow {
		var out []testRow
		for _, r := range model {
			out = append(out, r)
		}
		slices.SortFunc(out, func(a, b testRow) int { return int(a.id - b.id) })
		return out
	}
	id := int64(0)
	for round := range 6 {
		var rows []testRow
		for range 500 {
			id++
			r := testRow{id, fmt.Sprint("t", id%7), int32(id % 100), float32(id)}
			rows = append(rows, r)
			model[id] = r
		}
		commitRows(t, e, rows...)
		tx := e.Begin(ReadCommitted)
		for i := range int64(20) {
			victim := id - i*13
			if _, ok := model[victim]; !ok || victim <= 0 {
				continue
			}
			if i%2 == 0 {
				must(t, remove(t, tx, victim))
				delete(model, victim)
			} else {
				r := model[victim]
				r.n, r.tag = int32(round), ""
				must(t, update(t, tx, r))
				model[victim] = r
			}
		}
		must(t, tx.Commit(t.Context()))
		expectNow(t, e, want()...)
		old := e.View()
		before := want()
		switch round % 3 {
		case 0:
			must(t, e.Checkpoint(t.Context()))
		case 1:
			must(t, e.Maintain(t.Context(), testTable))
			if s, h := partsOf(t, e); s != 1 || h != 0 {
				t.Fatalf("%d segments and %d heads after Maintain", s, h)
			}
		case 2:
			expectNow(t, openTest(t, fs.CrashClone(rand.New(rand.NewPCG(uint64(round), 9)))), want()...)
			must(t, e.Checkpoint(t.Context()))
			old.Close()
			must(t, e.Close())
			e = openTest(t, fs)
			old = e.View()
		}
		expectNow(t, e, want()...)
		r := model[id-500]
		r.n = 99
		if r.id != 0 {
			tx = e.Begin(ReadCommitted)
			must(t, update(t, tx, r))
			must(t, tx.Commit(t.Context()))
			model[r.id] = r
		}
		expectRows(t, old, before...)
		old.Close()
	}
	v := e.View()
	defer v.Close()
	for i := range id {
		_, there := model[i]
		if n := len(find(t, v, i)); (n == 1) != there {
			t.Fatalf("id %d is there %d times", i, n)
		}
	}
}

func TestEndsWhileMergingAreKept(t *testing.T) {
	fs := vfs.NewMem()
	e := openTest(t, fs)
	createTest(t, e)
	for part := range int64(3) {
		var rows []testRow
		for i := range int64(100) {
			rows = append(rows, testRow{part*100 + i, "", 1, 1})
		}
		commitRows(t, e, rows...)
		must(t, e.table(testTable).flush(t.Context()))
	}
	table := e.table(testTable)
	job, err := table.planMerge(pickAll)
	must(t, err)
	tx := e.Begin(ReadCommitted)
	must(t, remove(t, tx, 5))
	must(t, tx.Commit(t.Context()))
	must(t, table.flush(t.Context())) // raises the flush point beside the merge
	must(t, job.run(t.Context()))
	job.finish(nil)
	tx = e.Begin(ReadCommitted)
	must(t, remove(t, tx, 150))
	must(t, tx.Commit(t.Context()))
	check := func(e *Engine) {
		t.Helper()
		v := e.View()
		defer v.Close()
		if rows := readAll(t, v); len(rows) != 298 || len(find(t, v, 5)) != 0 || len(find(t, v, 150)) != 0 {
			t.Fatalf("%d rows", len(rows))
		}
	}
	check(e)
	check(openTest(t, fs.CrashClone(rand.New(rand.NewPCG(5, 6)))))
}

func TestCheckpointShortensLog(t *testing.T) {
	fs := vfs.NewMem()
	o := testOptions(fs)
	o.LogBytes = 1 << 20
	e := openWith(t, o)
	createTest(t, e)
	for i := range int64(200) {
		commitRows(t, e, testRow{i, fmt.Sprintf("%010000d", i), 1, 1})
	}
	before := e.log.Size()
	must(t, e.Checkpoint(t.Context()))
	if after := e.log.Size(); after > before/2 {
		t.Fatalf("the log has %d bytes of %d", after, before)
	}
	ts := e.registry.now()
	must(t, e.Close())
	e = openWith(t, o)
	if got := e.registry.now(); got < ts {
		t.Fatalf("timestamps went back from %d to %d", ts, got)
	}
	v := e.View()
	defer v.Close()
	if n := len(readAll(t, v)); n != 200 {
		t.Fatalf("%d rows", n)
	}
}

func TestDropGivesFilesBack(t *testing.T) {
	fs := vfs.NewMem()
	e := openTest(t, fs)
	createTest(t, e)
	var rows []testRow
	for i := range int64(3000) {
		rows = append(rows, testRow{i, "some tag", 1, 1})
	}
	commitRows(t, e, rows...)
	must(t, e.Checkpoint(t.Context()))
	old := e.View()
	tx := e.Begin(ReadCommitted)
	must(t, tx.DropNamespace(testSpace))
	must(t, tx.Commit(t.Context()))
	if err := e.OpenNamespace(t.Context(), testSpace); err != ErrNoNamespace {
		t.Fatalf("a dropped namespace gave %v", err)
	}
	must(t, e.Checkpoint(t.Context()))
	if n := len(readAll(t, old)); n != 3000 {
		t.Fatalf("an old view sees %d rows", n)
	}
	old.Close()
	if names, err := fs.List("/data/ns/07/00"); err == nil && len(names) > 0 {
		t.Fatalf("files are left: %v", names)
	}
}

// bruteForce answers a search from the rows themselves.
func bruteForce(rows []testRow, q float32, k int, pass func(testRow) bool) []int64 {
	var hits []testRow
	for _, r := range rows {
		if r.f >= 0 && (pass == nil || pass(r)) {
			hits = append(hits, r)
		}
	}
	dist := func(r testRow) float32 { return distance.Pair(distance.L2, []float32{r.f}, []float32{q}) }
	slices.SortStableFunc(hits, func(a, b testRow) int {
		if x, y := dist(a), dist(b); x != y {
			if x < y {
				return -1
			}
			return 1
		}
		return int(a.id - b.id)
	})
	var ids []int64
	for _, r := range hits[:min(k, len(hits))] {
		ids = append(ids, r.id)
	}
	return ids
}

func searchIDs(t testing.TB, v *View, r SearchRequest) ([]int64, []Hit) {
	t.Helper()
	table, err := v.Table(testTable)
	must(t, err)
	var stats SearchStats
	hits, err := table.Search(t.Context(), r, &stats)
	must(t, err)
	return idsOf(t, table, hits), hits
}

// idsOf reads the ids of hits, whose distances must not fall.
func idsOf(t testing.TB, table *Table, hits []Hit) []int64 {
	t.Helper()
	locs := make([]Loc, len(hits))
	for i, h := range hits {
		locs[i] = h.Loc
		if i > 0 && !h.Null && hits[i-1].Distance > h.Distance {
			t.Fatalf("distances fall: %v", hits)
		}
	}
	b, err := table.Fetch(locs, []ColumnID{colID})
	must(t, err)
	var ids []int64
	for i := range locs {
		ids = append(ids, intsOf(&b.Cols[0])[i])
	}
	return ids
}

func TestExactSearch(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	rng := rand.New(rand.NewPCG(11, 12))
	var rows []testRow
	for i := range int64(900) {
		r := testRow{i, fmt.Sprint("t", i%5), int32(i % 10), float32(rng.IntN(300))}
		if i%50 == 0 {
			r.f = -1
		}
		rows = append(rows, r)
	}
	commitRows(t, e, rows[:300]...)
	must(t, e.Maintain(t.Context(), testTable))
	commitRows(t, e, rows[300:600]...)
	must(t, e.table(testTable).flush(t.Context()))
	commitRows(t, e, rows[600:800]...)
	tx := e.Begin(ReadCommitted)
	defer tx.Rollback()
	insert(t, tx, rows[800:]...)
	for i := int64(0); i < 900; i += 9 {
		must(t, remove(t, tx, i))
	}
	var live []testRow
	for _, r := range rows {
		if r.id%9 != 0 {
			live = append(live, r)
		}
	}
	v := tx.View()
	defer v.Close()
	even := func(r testRow) bool { return r.n < 4 }
	for _, tie := range []IndexID{0, idxID} {
		for q := float32(0); q < 300; q += 17.5 {
			req := SearchRequest{Column: colV, Metric: distance.L2, Query: distance.Floats([]float32{q, q, q, q}), K: 20, TieKey: tie}
			if got, _ := searchIDs(t, v, req); !slices.Equal(got, bruteForce(live, q, 20, nil)) {
				t.Fatalf("tie %d q %v: %v, want %v", tie, q, got, bruteForce(live, q, 20, nil))
			}
			req.Filter = []Predicate{{Column: colN, Op: Lt, Values: []Value{{Int: 4}}}}
			if got, _ := searchIDs(t, v, req); !slices.Equal(got, bruteForce(live, q, 20, even)) {
				t.Fatalf("filtered %v: %v", q, got)
			}
			req.Filter = nil
			req.Residual = func(locs []Loc, keep []bool) error {
				table, err := v.Table(testTable)
				if err != nil {
					return err
				}
				b, err := table.Fetch(locs, []ColumnID{colID})
				for i := range keep {
					keep[i] = intsOf(&b.Cols[0])[i]%97 == 0
				}
				return err
			}
			want := bruteForce(live, q, 20, func(r testRow) bool { return r.id%97 == 0 })
			if got, _ := searchIDs(t, v, req); !slices.Equal(got, want) {
				t.Fatalf("residual %v: %v, want %v", q, got, want)
			}
		}
	}
	all, hits := searchIDs(t, v, SearchRequest{Column: colV, Metric: distance.L2, Query: distance.Floats(make([]float32, 4)), K: 10000, IncludeNull: true})
	if len(all) != len(live) || !hits[len(hits)-1].Null || hits[len(hits)-18].Null {
		t.Fatalf("%d of %d rows with NULLs", len(all), len(live))
	}
	limit := float32(4 * 10 * 10)
	near, _ := searchIDs(t, v, SearchRequest{Column: colV, Metric: distance.L2, Query: distance.Floats(make([]float32, 4)), K: 10000, MaxDistance: &limit})
	for _, id := range near {
		if rows[id].f >= 10 {
			t.Fatalf("row %d is farther than the limit", id)
		}
	}
}

// TestMaintainWithin keeps several segments where one graph would take more memory than is allowed, and says so where not even the smallest fits.
func TestMaintainWithin(t *testing.T) {
	o := testOptions(vfs.NewMem())
	o.ExactBelow, o.BuildWorkers = 10, 1
	e := openWith(t, o)
	createTest(t, e)
	s := testSchema()
	s.Indexes = append(s.Indexes, IndexDef{ID: idxV, Kind: VectorIndex, Column: colV, Metric: distance.L2})
	tx := e.Begin(ReadCommitted)
	must(t, tx.AlterTable(t.Context(), testTable, s))
	must(t, tx.Commit(t.Context()))
	for part := range int64(4) {
		var rows []testRow
		for i := range int64(100) {
			rows = append(rows, testRow{part*100 + i, "", 1, float32(i)})
		}
		commitRows(t, e, rows...)
		must(t, e.table(testTable).flush(t.Context()))
	}
	segments := func() int {
		v := e.table(testTable).newest.Load()
		for _, r := range v.parts {
			if r.seg.vectorIndex(idxV) == nil {
				t.Errorf("a segment of %d rows has no graph", r.n)
			}
		}
		return len(v.parts)
	}
	def := s.index(idxV)
	var short *MemoryError
	if err := e.MaintainWithin(t.Context(), testTable, buildBytes(def, 4, 99, 1)); !errors.As(err, &short) || short.Rows != 100 {
		t.Fatalf("%v", err)
	}
	must(t, e.MaintainWithin(t.Context(), testTable, buildBytes(def, 4, 300, 1)))
	if n := segments(); n != 2 {
		t.Errorf("%d segments", n)
	}
	must(t, e.Maintain(t.Context(), testTable))
	if n := segments(); n != 1 {
		t.Errorf("%d segments", n)
	}
	if e.Memory().Used() != 0 {
		t.Errorf("%d bytes stay in use", e.Memory().Used())
	}
	tx = e.Begin(ReadCommitted)
	tx.SetBuildMemory(buildBytes(def, 4, 399, 1))
	if err := tx.RebuildIndex(t.Context(), testTable, idxV, nil, nil); !errors.As(err, &short) || short.Rows != 400 {
		t.Errorf("built anew within less than it takes: %v", err)
	}
	tx.Rollback()
	tx = e.Begin(ReadCommitted)
	must(t, tx.RebuildIndex(t.Context(), testTable, idxV, nil, nil))
	must(t, tx.Commit(t.Context()))
}
