package vecengine

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/vfs"
)

// updatesTest is a table of rows in clusters with a vector index, which is deleted from and updated, beside what each row should hold.
type updatesTest struct {
	t    *testing.T
	rng  *rand.Rand
	e    *Engine
	rows map[int64][]float32
	next int64
}

const updatesDim = 16

func newUpdatesTest(t *testing.T, rng *rand.Rand) *updatesTest {
	o := testOptions(vfs.NewMem())
	o.ExactBelow = 500
	x := &updatesTest{t: t, rng: rng, e: openWith(t, o), rows: map[int64][]float32{}}
	x.e.alwaysWalk = true
	s := Schema{
		Columns: []ColumnDef{{ID: colID, Name: "id", Kind: column.Int64}, {ID: colV, Name: "v", Kind: column.Vector, Dim: updatesDim}},
		Indexes: []IndexDef{{ID: idxID, Kind: KeyIndex, Unique: true}, {ID: idxV, Kind: VectorIndex, Column: colV, Metric: distance.L2}},
	}
	tx := x.e.Begin(ReadCommitted)
	must(t, tx.CreateNamespace(testSpace))
	must(t, tx.CreateTable(testSpace, testTable, s))
	must(t, tx.Commit(t.Context()))
	return x
}

// vector is a point near one of 20 centres.
func (x *updatesTest) vector() []float32 {
	centre := rand.New(rand.NewPCG(uint64(x.rng.IntN(20)), 1))
	v := make([]float32, updatesDim)
	for i := range v {
		v[i] = float32(centre.NormFloat64()*3 + x.rng.NormFloat64())
	}
	return v
}

func (x *updatesTest) encode(ids []int64) Rows {
	id, v, keys := column.NewBuilder(column.Int64, 0, len(ids)), column.NewBuilder(column.Vector, updatesDim, len(ids)), column.NewBuilder(column.Bytes, 0, len(ids))
	for _, i := range ids {
		id.AppendInt(i)
		v.AppendVector(x.rows[i])
		keys.AppendBytes(idKey(i))
	}
	return Rows{Cols: []column.Column{id.Finish(), v.Finish()}, Keys: []Keys{{Bytes: keys.Finish()}}}
}

func (x *updatesTest) insert(n int) {
	var ids []int64
	for range n {
		x.next++
		x.rows[x.next] = x.vector()
		ids = append(ids, x.next)
	}
	x.insertIDs(ids)
}

func (x *updatesTest) insertIDs(ids []int64) {
	tx := x.e.Begin(ReadCommitted)
	_, err := tx.Insert(x.t.Context(), testTable, x.encode(ids), InsertOptions{})
	must(x.t, err)
	must(x.t, tx.Commit(x.t.Context()))
}

// some chooses rows.
func (x *updatesTest) some(n int) []int64 {
	var all []int64
	for id := range x.rows {
		all = append(all, id)
	}
	slices.Sort(all)
	x.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:n]
}

// locs finds rows.
func (x *updatesTest) locs(tx *Txn, ids []int64) []Loc {
	view := tx.View()
	defer view.Close()
	table, err := view.Table(testTable)
	must(x.t, err)
	var out []Loc
	for _, id := range ids {
		out, err = table.Lookup(idxID, idKey(id), out)
		must(x.t, err)
	}
	return out
}

func (x *updatesTest) delete(ids []int64) {
	tx := x.e.Begin(ReadCommitted)
	must(x.t, tx.Delete(x.t.Context(), testTable, x.locs(tx, ids)))
	must(x.t, tx.Commit(x.t.Context()))
	for _, id := range ids {
		delete(x.rows, id)
	}
}

func (x *updatesTest) update(ids []int64) {
	tx := x.e.Begin(ReadCommitted)
	for _, id := range ids {
		x.rows[id] = x.vector()
	}
	must(x.t, tx.Update(x.t.Context(), testTable, x.locs(tx, ids), x.encode(ids)))
	must(x.t, tx.Commit(x.t.Context()))
}

// rest is what the background does once nobody has written for a while.
func (x *updatesTest) rest() {
	table := x.e.table(testTable)
	now := time.Now()
	for range 2 {
		must(x.t, table.maintainHead(x.t.Context(), now))
		for _, large := range []bool{false, true} {
			must(x.t, table.mergeDue(x.t.Context(), now, large))
		}
		now = now.Add(2 * idleSeal)
	}
	x.e.runQueue(x.t.Context())
}

// fresh is a new table of the same rows.
func (x *updatesTest) fresh() *updatesTest {
	y := newUpdatesTest(x.t, x.rng)
	y.rows = x.rows
	y.insertIDs(x.some(len(x.rows)))
	must(x.t, y.e.Maintain(x.t.Context(), testTable))
	return y
}

// recall compares ten nearest by the default effort with the exact ones.
func (x *updatesTest) recall(queries [][]float32) float64 {
	view := x.e.View()
	defer view.Close()
	table, err := view.Table(testTable)
	must(x.t, err)
	found, want := 0, 0
	for _, q := range queries {
		r := SearchRequest{Column: colV, Query: distance.Floats(q), Metric: distance.L2, K: 10}
		got, err := table.Search(x.t.Context(), r, nil)
		must(x.t, err)
		r.Exact = true
		exact, err := table.Search(x.t.Context(), r, nil)
		must(x.t, err)
		for _, h := range exact {
			want++
			if slices.ContainsFunc(got, func(g Hit) bool { return g.Row == h.Row }) {
				found++
			}
		}
	}
	if want != 10*len(queries) {
		x.t.Fatalf("%d hits for %d queries", want, len(queries))
	}
	return float64(found) / float64(want)
}

// TestUpdatesDoNotRot deletes half of a table, updates every row, and goes through rounds of insertions and deletions. Once the table has been at rest,
// it is as small and its searches find as much as when it is built anew, with wide margins.
func TestUpdatesDoNotRot(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	x := newUpdatesTest(t, rng)
	x.insert(6000)
	must(t, x.e.Maintain(t.Context(), testTable))
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"half deleted", func() { x.delete(x.some(3000)) }},
		{"all updated", func() {
			for ids := range slices.Chunk(x.some(3000), 500) {
				x.update(ids)
			}
		}},
		{"hundred rounds", func() {
			for range 100 {
				x.insert(30)
				x.delete(x.some(30))
			}
		}},
	} {
		c.do()
		x.rest()
		y := x.fresh()
		queries := make([][]float32, 100)
		for i := range queries {
			queries[i] = x.vector()
		}
		view, freshView := x.e.View(), y.e.View()
		table, err := view.Table(testTable)
		must(t, err)
		freshTable, err := freshView.Table(testTable)
		must(t, err)
		now, built := table.Stats(), freshTable.Stats()
		view.Close()
		freshView.Close()
		if now.Rows != built.Rows || float64(now.Rows+now.Dead) > 1.3*float64(now.Rows) || float64(now.Bytes) > 1.3*float64(built.Bytes) {
			t.Errorf("%s: %+v, built anew %+v", c.name, now, built)
		}
		if got, want := x.recall(queries), y.recall(queries); got < want-0.05 {
			t.Errorf("%s: recall %.3f, built anew %.3f", c.name, got, want)
		}
	}
}
