package vecengine

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/vfs"
)

// graphTable makes a table of points with a graph in one segment, in an engine whose searches walk it and whose checker is the only one at
// work in the background.
func graphTable(t *testing.T, n int) *Engine {
	t.Helper()
	o := testOptions(vfs.NewMem())
	o.ExactBelow = 100
	e := openWith(t, o)
	e.alwaysWalk = true
	e.checks = make(chan *recallJob)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		e.checker(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	vectors := column.NewBuilder(column.Vector, graphDim, n)
	for i := range n {
		vectors.AppendVector(graphVector(i))
	}
	tx := e.Begin(ReadCommitted)
	must(t, tx.CreateNamespace(testSpace))
	must(t, tx.CreateTable(testSpace, testTable, Schema{
		Columns: []ColumnDef{{ID: colV, Kind: column.Vector, Dim: graphDim}},
		Indexes: []IndexDef{{ID: graphIndex, Kind: VectorIndex, Column: colV, Metric: distance.L2}},
	}))
	_, err := tx.Insert(t.Context(), testTable, Rows{Cols: []column.Column{vectors.Finish()}}, InsertOptions{})
	must(t, err)
	must(t, tx.Commit(t.Context()))
	must(t, e.Maintain(t.Context(), testTable))
	return e
}

const (
	graphDim           = 8
	graphIndex IndexID = 103
)

// graphVector is the i-th point, the same each time.
func graphVector(i int) []float32 {
	r := rand.New(rand.NewPCG(uint64(i), 8))
	v := make([]float32, graphDim)
	for j := range v {
		v[j] = r.Float32()
	}
	return v
}

// TestRecallChecks repeats searches of a graph in the background and finds their recall, beside writes that replace what they read.
func TestRecallChecks(t *testing.T) {
	e := graphTable(t, 3000)
	key := recallKey{testTable, graphIndex}
	request := func(i int) SearchRequest {
		return SearchRequest{Column: colV, Metric: distance.L2, Query: distance.Floats(graphVector(i)), K: 10, EfSearch: 400, CheckRate: 1}
	}
	deadline := time.Now().Add(time.Minute)
	for i := 0; e.recallOf(key) == nil || e.recallOf(key).stat().Checked < 5; i++ {
		if time.Now().After(deadline) {
			t.Fatal("no search was checked")
		}
		v := e.View()
		tab, err := v.Table(testTable)
		must(t, err)
		_, err = tab.Search(t.Context(), request(i), nil)
		must(t, err)
		v.Close()
		time.Sleep(time.Millisecond)
	}
	stats := e.RecallStats()
	if len(stats) != 1 || stats[0].Table != testTable || stats[0].Index != graphIndex || stats[0].Namespace != testSpace {
		t.Fatalf("stats are %+v", stats)
	}
	s := stats[0]
	if s.Wanted != 10*s.Checked || s.Found > s.Wanted || math.Abs(s.Mean-float64(s.Found)/float64(s.Wanted)) > 1e-9 || s.Worst > s.Mean || s.Effort != 1 || s.Target != 0 {
		t.Errorf("stats are %+v", s)
	}
	if s.Mean < 0.9 {
		t.Errorf("walks with ef 400 have a recall of %v by the checks", s.Mean)
	}
	tx := e.Begin(ReadCommitted)
	must(t, tx.DropTable(testTable))
	must(t, tx.Commit(t.Context()))
	if left := e.RecallStats(); len(left) != 0 {
		t.Errorf("a dropped table has %+v", left)
	}
}

// TestNoCheck leaves out what cannot be checked, and holds nothing for it.
func TestNoCheck(t *testing.T) {
	e := graphTable(t, 3000)
	v := e.View()
	defer v.Close()
	tab, err := v.Table(testTable)
	must(t, err)
	for name, change := range map[string]func(*SearchRequest){
		"no rate":   func(r *SearchRequest) { r.CheckRate = 0 },
		"exact":     func(r *SearchRequest) { r.Exact = true },
		"many rows": func(r *SearchRequest) { r.K = checkWants + 1 },
		"a residual": func(r *SearchRequest) {
			r.Residual = func(_ []Loc, keep []bool) error { clear(keep); keep[0] = true; return nil }
		},
	} {
		r := SearchRequest{Column: colV, Metric: distance.L2, Query: distance.Floats(graphVector(1)), K: 10, EfSearch: 50, CheckRate: 1}
		change(&r)
		_, err := tab.Search(t.Context(), r, nil)
		must(t, err)
		if len(e.RecallStats()) != 0 {
			t.Errorf("%s: checked", name)
		}
	}
}

// TestDetached changes everything that a request refers to after it was detached.
func TestDetached(t *testing.T) {
	limit := float32(2)
	r := SearchRequest{Query: distance.Floats([]float32{1}), MaxDistance: &limit, EfSearch: 3, CheckRate: 1, IncludeNull: true,
		Filter:       []Predicate{{Values: []Value{{Bytes: []byte("a")}}, Ranges: []KeyRange{{Lo: []byte("b"), Hi: []byte("c")}}}},
		AbsentFilter: []Predicate{{Values: []Value{{Bytes: []byte("d")}}}}}
	d := r.detached()
	r.Query.Floats[0], limit = 9, 9
	r.Filter[0].Values[0].Bytes[0], r.Filter[0].Ranges[0].Lo[0], r.Filter[0].Ranges[0].Hi[0] = 'x', 'x', 'x'
	f := d.Filter[0]
	if d.Query.Floats[0] != 1 || *d.MaxDistance != 2 || string(f.Values[0].Bytes)+string(f.Ranges[0].Lo)+string(f.Ranges[0].Hi) != "abc" {
		t.Errorf("changed with the first: %+v", d)
	}
	if !d.Exact || d.EfSearch != 0 || d.CheckRate != 0 || d.IncludeNull || d.AbsentFilter != nil {
		t.Errorf("not an exact request: %+v", d)
	}
}

// TestEffort raises the effort when checks see less recall than was aimed for, and takes it back when they see more.
func TestEffort(t *testing.T) {
	check := func(r *recallRecord, n, found int, target float64) {
		for range n {
			r.add(RecallCheck{Wanted: 10, Found: found}, target, time.Now())
		}
	}
	r := &recallRecord{}
	check(r, recallWindow-1, 9, 0.98)
	if got := r.raised(40); got != 40 {
		t.Errorf("ef is %d before there are enough checks", got)
	}
	check(r, 1, 9, 0.98)
	if got := r.raised(40); got != 51 {
		t.Errorf("ef is %d after a window below the target", got)
	}
	check(r, 100*recallWindow, 9, 0.98)
	if got := r.raised(40); got != 40*effortMax {
		t.Errorf("ef is %d with checks that are never satisfied", got)
	}
	check(r, 200*recallWindow, 10, 0.98)
	if got := r.raised(40); got != 40 {
		t.Errorf("ef is %d after checks that are satisfied", got)
	}
	given := &recallRecord{}
	check(given, 10*recallWindow, 1, 0)
	if given.factor() != 1 || math.Abs(given.stat().Mean-0.1) > 1e-9 || given.stat().Worst != 0.1 {
		t.Errorf("searches whose effort was given change it: %+v", given.stat())
	}
	mixed := &recallRecord{}
	for range 10 * recallWindow {
		check(mixed, 1, 10, 0.98)
		check(mixed, 1, 9, 0.92) // together what was aimed for
	}
	if mixed.factor() != 1 {
		t.Errorf("effort is %v where the mean is as it should be", mixed.factor())
	}
	var none *recallRecord
	if none.raised(7) != 7 {
		t.Error("without checks effort is as learnt")
	}
}
