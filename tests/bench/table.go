package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/vecengine"
	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
)

// The engine's names of what a table has.
const (
	benchSpace vecengine.NamespaceID = 1000
	benchTable vecengine.TableID     = 1001

	columnID     vecengine.ColumnID = 1
	columnVector vecengine.ColumnID = 2
	columnRandom vecengine.ColumnID = 3 // a permutation of the row numbers
	columnNear   vecengine.ColumnID = 4 // and following: the row's rank by distance from a pivot

	indexID     vecengine.IndexID = 1
	indexVector vecengine.IndexID = 2
)

// pivots is how many queries have a column that ranks the rows by distance from them.
const pivots = 4

// engineTable is a set as a table of the engine, one segment, with the columns that filters go by. Row i of the set is ordinal i.
type engineTable struct {
	set    *dataset.Set
	engine *vecengine.Engine
	view   *vecengine.View
	table  *vecengine.Table
	// filters are the columns columnRandom, columnNear, columnNear+1, …
	filters [1 + pivots][]int32
}

// pivotQuery is the query that a pivot is.
func pivotQuery(s *dataset.Set, pivot int) []float32 {
	return s.Test.Row(uint32(pivot * s.Test.Len() / pivots))
}

// filterColumns makes the columns that filters go by.
func filterColumns(s *dataset.Set) (out [1 + pivots][]int32) {
	n := s.Train.Len()
	out[0] = make([]int32, n)
	for i, at := range rand.New(rand.NewPCG(3, 3)).Perm(n) {
		out[0][i] = int32(at)
	}
	dist := make([]float32, n)
	order := make([]int32, n)
	for p := range pivots {
		scorer := distance.NewScorer(s.Metric, distance.Floats(pivotQuery(s, p)), s.Train)
		scorer.Contiguous(0, n, dist)
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(dist[a], dist[b]), cmp.Compare(a, b)) })
		ranks := make([]int32, n)
		for rank, i := range order {
			ranks[i] = int32(rank)
		}
		out[1+p] = ranks
	}
	return out
}

// openTable opens a set's table from the cache, or makes it.
func (r *runner) openTable(ctx context.Context, s *dataset.Set) (*engineTable, error) {
	t := &engineTable{set: s, filters: filterColumns(s)}
	dir, err := r.derived(fmt.Sprintf("%s-%d", s.Name, s.Test.Len()), r.engineKey, ".table", func(path string) error {
		clock := measure.Start()
		if err := t.load(ctx, path); err != nil {
			return err
		}
		r.say("loaded and indexed the table of %s in %.1f s (%.1f s of CPU)", s.Name, clock.Cost().Wall.Seconds(), clock.Cost().CPU.Seconds())
		return nil
	})
	if err != nil {
		return nil, err
	}
	if t.engine, err = vecengine.Open(vecengine.Options{Dir: dir}); err != nil {
		return nil, err
	}
	if err := t.start(ctx); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func tableSchema(s *dataset.Set) vecengine.Schema {
	columns := []vecengine.ColumnDef{
		{ID: columnID, Name: "id", Kind: column.Int64},
		{ID: columnVector, Name: "v", Kind: column.Vector, Dim: s.Train.Dim},
		{ID: columnRandom, Name: "random", Kind: column.Int32},
	}
	for p := range vecengine.ColumnID(pivots) {
		columns = append(columns, vecengine.ColumnDef{ID: columnNear + p, Name: fmt.Sprint("near", p), Kind: column.Int32})
	}
	return vecengine.Schema{Columns: columns, Indexes: []vecengine.IndexDef{{ID: indexID, Kind: vecengine.KeyIndex, Unique: true}}}
}

// load fills a new data directory and builds the index.
func (t *engineTable) load(ctx context.Context, dir string) error {
	e, err := vecengine.Open(vecengine.Options{Dir: dir, BuildWorkers: buildThreads})
	if err != nil {
		return err
	}
	defer e.Close()
	if err := e.OpenNamespace(ctx, benchSpace); err != nil {
		return err
	}
	schema := tableSchema(t.set)
	tx := e.Begin(vecengine.ReadCommitted)
	defer tx.Rollback()
	if err := tx.CreateNamespace(benchSpace); err != nil {
		return err
	}
	if err := tx.CreateTable(benchSpace, benchTable, schema); err != nil {
		return err
	}
	const batch = 1000
	for from := 0; from < t.set.Train.Len(); from += batch {
		if _, err := tx.Insert(ctx, benchTable, t.rows(from, min(from+batch, t.set.Train.Len())), vecengine.InsertOptions{}); err != nil {
			return err
		}
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	schema.Indexes = append(schema.Indexes, vecengine.IndexDef{ID: indexVector, Kind: vecengine.VectorIndex, Column: columnVector,
		Metric: t.set.Metric, M: graphM, EfConstruction: graphEfc})
	index := e.Begin(vecengine.ReadCommitted)
	defer index.Rollback()
	if err := index.AlterTable(ctx, benchTable, schema); err != nil {
		return err
	}
	if err := index.Commit(ctx); err != nil {
		return err
	}
	if err := e.Maintain(ctx, benchTable); err != nil {
		return err
	}
	return e.Checkpoint(ctx)
}

// rows are rows [from, to) as the engine takes them.
func (t *engineTable) rows(from, to int) vecengine.Rows {
	n := to - from
	ids, vectors, keys := column.NewBuilder(column.Int64, 0, n), column.NewBuilder(column.Vector, t.set.Train.Dim, n), column.NewBuilder(column.Bytes, 0, n)
	for i := from; i < to; i++ {
		ids.AppendInt(int64(i))
		vectors.AppendVector(t.set.Train.Row(uint32(i)))
		keys.AppendBytes(binary.BigEndian.AppendUint64(nil, uint64(i)))
	}
	cols := []column.Column{ids.Finish(), vectors.Finish()}
	for _, f := range t.filters {
		b := column.NewBuilder(column.Int32, 0, n)
		for _, v := range f[from:to] {
			b.AppendInt(int64(v))
		}
		cols = append(cols, b.Finish())
	}
	return vecengine.Rows{Cols: cols, Keys: []vecengine.Keys{{Bytes: keys.Finish()}}}
}

// start opens the view that is searched, and checks what answers rely on: one segment, ordinals in the set's order.
func (t *engineTable) start(ctx context.Context) error {
	if err := t.engine.OpenNamespace(ctx, benchSpace); err != nil {
		return err
	}
	t.view = t.engine.View()
	var err error
	if t.table, err = t.view.Table(benchTable); err != nil {
		return err
	}
	stats := t.table.Stats()
	if stats.Segments != 1 || stats.HeadRows != 0 || stats.Rows != int64(t.set.Train.Len()) {
		return fmt.Errorf("the table is not one segment of all rows: %+v", stats)
	}
	hits, err := t.search(ctx, vecengine.SearchRequest{Query: distance.Floats(t.set.Test.Row(0)), K: 100}, nil)
	if err != nil {
		return err
	}
	locs := make([]vecengine.Loc, len(hits))
	for i, h := range hits {
		locs[i] = h.Loc
	}
	b, err := t.table.Fetch(locs, []vecengine.ColumnID{columnID})
	if err != nil {
		return err
	}
	for i, id := range column.Values[int64](&b.Cols[0])[:len(locs)] {
		if id != int64(locs[i].Ord) {
			return fmt.Errorf("row %d is ordinal %d", id, locs[i].Ord)
		}
	}
	return nil
}

// search completes a request and runs it.
func (t *engineTable) search(ctx context.Context, q vecengine.SearchRequest, stats *vecengine.SearchStats) ([]vecengine.Hit, error) {
	q.Column, q.Metric = columnVector, t.set.Metric
	return t.table.Search(ctx, q, stats)
}

func (t *engineTable) close() {
	if t.view != nil {
		t.view.Close()
	}
	if err := t.engine.Close(); err != nil {
		panic(err) // nothing was written
	}
}

// tableContestant searches through Table.Search.
type tableContestant struct{ t *engineTable }

func (c *tableContestant) pass(ctx context.Context, ef int, answers []uint32) (measure.Cost, error) {
	clock := measure.Start()
	for q := range c.t.set.Test.Len() {
		hits, err := c.t.search(ctx, vecengine.SearchRequest{Query: distance.Floats(c.t.set.Test.Row(uint32(q))), K: dataset.K, EfSearch: ef}, nil)
		if err != nil {
			return measure.Cost{}, err
		}
		row := answers[q*dataset.K:][:dataset.K]
		for i := range row {
			row[i] = ^uint32(0)
			if i < len(hits) {
				row[i] = hits[i].Ord
			}
		}
	}
	return clock.Cost(), nil
}
