package vecengine

import (
	"context"
	"maps"
	"slices"

	"vecgres/vecengine/column"
)

// ddl changes the shape in a transaction of its own, together with a row, and keeps the change or not.
func (m *modelTest) ddl() {
	m.rollbackAll()
	ctx := context.Background()
	next := m.shape
	x := &modelTxn{tx: m.e.Begin(ReadCommitted), changed: map[int64]*modelRow{}}
	m.must(x.tx.LockTable(ctx, testTable, AccessExclusive, WaitBlock))
	before := m.shape
	if m.rng.IntN(2) == 0 {
		m.insert(x)
	}
	m.inDDL = true
	saved := maps.Clone(m.committed)
	switch {
	case m.rng.IntN(2) == 0 && next.x == 0:
		m.serial++
		next.x = colX0 + ColumnID(m.serial)
		m.must(x.tx.AlterTable(ctx, testTable, next.schema()))
		for id, r := range m.committed {
			r.x = missingX
			m.committed[id] = r
		}
		for _, r := range x.changed {
			r.x = missingX
		}
	case m.rng.IntN(2) == 0 && next.x != 0:
		next.x = 0
		m.must(x.tx.AlterTable(ctx, testTable, next.schema()))
	case m.rng.IntN(2) == 0 && len(next.computed) < 3:
		m.serial++
		id := idxC0 + IndexID(m.serial)
		next.computed = append(slices.Clone(next.computed), id)
		if next.building == 0 && m.rng.IntN(2) == 0 {
			next.building = id
			m.must(x.tx.AlterTable(ctx, testTable, next.schema()))
			break
		}
		m.must(x.tx.BuildKeyIndex(ctx, testTable, vectorsOf(id).def(), []ColumnID{colID, colTag, colN, colV}, vectorsOf(id).build))
		m.must(x.tx.AlterTable(ctx, testTable, next.schema()))
	case m.rng.IntN(2) == 0 && len(next.computed) > 0:
		at := m.rng.IntN(len(next.computed))
		if next.computed[at] == next.building {
			next.building = 0
		}
		next.computed = slices.Delete(slices.Clone(next.computed), at, at+1)
		m.must(x.tx.AlterTable(ctx, testTable, next.schema()))
	case next.nIndex == 0:
		m.serial++
		next.nIndex = idxN0 + IndexID(m.serial)
		m.must(x.tx.BuildKeyIndex(ctx, testTable, IndexDef{ID: next.nIndex, Kind: KeyIndex}, []ColumnID{colN}, nKeys))
		// The index stands last but one in our schemas; the engine has put it last.
		m.must(x.tx.AlterTable(ctx, testTable, next.schema()))
	default:
		next.nIndex = 0
		m.must(x.tx.AlterTable(ctx, testTable, next.schema()))
	}
	commit := m.rng.IntN(3) != 0
	m.logf("ddl from %v to %v, commit %v", before, next, commit)
	m.shape = next
	if m.rng.IntN(2) == 0 {
		m.insert(x)
		if m.rng.IntN(2) == 0 {
			m.change(x, m.rng.IntN(2) == 0)
		}
	}
	v := x.tx.View()
	m.check("ddl", v, x.state(m.committed), next.x)
	v.Close()
	m.finish(x, commit)
	if !commit {
		m.shape, m.committed = before, saved
	}
	m.inDDL = false
}

// fill builds the index that was announced, in a transaction of its own that is kept or not.
func (m *modelTest) fill() {
	if m.shape.building == 0 {
		return
	}
	m.rollbackAll()
	id := m.shape.building
	commit := m.rng.IntN(3) != 0
	m.logf("fill %d, commit %v", id, commit)
	m.inDDL = true
	x := &modelTxn{tx: m.e.Begin(ReadCommitted), changed: map[int64]*modelRow{}}
	m.must(x.tx.FillKeyIndex(context.Background(), testTable, id, []ColumnID{colID, colTag, colN, colV}, vectorsOf(id).build))
	next := m.shape
	next.building = 0
	m.must(x.tx.AlterTable(context.Background(), testTable, next.schema()))
	if m.finish(x, commit); commit {
		m.shape = next
	}
	m.inDDL = false
}

// rebuild makes one of the indexes anew, beside readers.
func (m *modelTest) rebuild() {
	m.rollbackAll() // writers would be waited for
	defs := m.shape.schema().Indexes
	def := defs[m.rng.IntN(len(defs))]
	if def.Building {
		return
	}
	m.logf("rebuild %d", def.ID)
	keys := testKeys(int(def.ID)&1 ^ 1) // idxID and idxTag
	switch {
	case def.ID == m.shape.nIndex:
		keys = func(b *column.Batch) (Keys, error) { return nKeys(&column.Batch{Cols: b.Cols[2:3], N: b.N}) }
	case def.Computed():
		keys = vectorsOf(def.ID).build
	}
	tx := m.e.Begin(ReadCommitted)
	m.must(tx.RebuildIndex(context.Background(), testTable, def.ID, []ColumnID{colID, colTag, colN, colV}, keys))
	if m.rng.IntN(2) == 0 {
		m.must(tx.Commit(context.Background()))
	} else {
		tx.Rollback()
	}
}
