package vecengine

import (
	"context"
	"fmt"
	"slices"
)

// AlterTable replaces a table's schema: columns added (Missing fills old rows) or dropped (by leaving them out), names changed, indexes
// dropped, vector indexes added (built before it returns; segments that appear meanwhile are built in the background and scanned exactly
// until then). Supplied indexes are added with BuildKeyIndex, or here while the table has no rows. One that is Building is only announced:
// FillKeyIndex builds it in a later transaction. An index that stays keeps its kind and its vectors; new parameters count for graphs built from
// then on, a new TargetRecall at once. The caller holds AccessExclusive, or ShareUpdateExclusive when only vector indexes or Building ones are
// added or dropped.
func (t *Txn) AlterTable(ctx context.Context, id TableID, s Schema) error {
	w, err := t.alter(ctx, id, ShareUpdateExclusive)
	if err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	if err := w.checkAlter(&s); err != nil {
		return err
	}
	old := w.schema
	w.setSchema(&s)
	if w.created {
		return nil
	}
	var added []*IndexDef
	for _, x := range s.indexes(VectorIndex) {
		if old.index(x.ID) == nil && !x.Building {
			added = append(added, x)
		}
	}
	if len(added) == 0 {
		return nil
	}
	w.announce(added)
	if err := w.table.flush(ctx); err != nil {
		return err
	}
	if !w.merging {
		if _, err := w.table.merge(ctx, pickAll); err != nil {
			return err
		}
		if err := w.table.lockMerging(ctx); err != nil {
			return err
		}
		defer w.table.unlockMerging()
	}
	return w.table.buildLacking(ctx, &s)
}

// alter starts a change of a table's schema. Two transactions that may both hold their table lock wait for each other here.
func (t *Txn) alter(ctx context.Context, id TableID, m TableLockMode) (*tableWrites, error) {
	w, err := t.writesFor(ctx, id, m)
	if err != nil || w.created {
		return w, err
	}
	schemaLock := lockID{lockOnTable, uint64(id), 1}
	if _, err := t.e.locks.acquire(ctx, t.owner, schemaLock, lockMode(AccessExclusive), WaitBlock, t.lockTimeout); err != nil {
		return nil, err
	}
	if v := w.table.current(); v == nil {
		return nil, ErrNoTable
	} else if !w.altered {
		w.schema = v.schema
	}
	return w, nil
}

func (w *tableWrites) setSchema(s *Schema) {
	old, was := w.schema, w.altered
	w.schema, w.altered = s, true
	w.changed()
	w.txn.onUndo(func() {
		w.schema, w.altered = old, was
		w.changed()
	})
}

// checkAlter refuses what stored rows cannot follow.
func (w *tableWrites) checkAlter(s *Schema) error {
	for i := range s.Columns {
		c := &s.Columns[i]
		if old := w.schema.column(c.ID); old != nil && (old.Kind != c.Kind || old.Dim != c.Dim) {
			return fmt.Errorf("vecengine: column %d cannot change its kind", c.ID)
		}
	}
	for i := range s.Indexes {
		x := &s.Indexes[i]
		if old := w.schema.index(x.ID); old != nil && !old.sameVectors(x) {
			return fmt.Errorf("vecengine: index %d cannot change what it is over", x.ID)
		}
	}
	for _, x := range s.suppliedIndexes() {
		if w.schema.index(x.ID) == nil && !x.Building && w.hasRows() {
			return fmt.Errorf("vecengine: index %d needs to be built", x.ID)
		}
	}
	return nil
}

func (w *tableWrites) hasRows() bool {
	for _, p := range w.parts {
		if p.n > 0 {
			return true
		}
	}
	v := w.current()
	return v != nil && len(v.parts) > 0
}

// announce tells maintenance that sidecars of an index which no committed schema has are wanted until the transaction is over.
func (w *tableWrites) announce(defs []*IndexDef) {
	t := w.table
	t.mu.Lock()
	for _, x := range defs {
		t.building = append(t.building, x.ID)
	}
	t.mu.Unlock()
	w.txn.afterwards = append(w.txn.afterwards, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, x := range defs {
			if i := slices.Index(t.building, x.ID); i >= 0 {
				t.building = slices.Delete(t.building, i, i+1)
			}
		}
	})
}

// lockMerging keeps merges and builds away; ctx ends the wait.
func (t *table) lockMerging(ctx context.Context) error { return t.maint.merging.lock(ctx) }

func (t *table) unlockMerging() { t.maint.merging.unlock() }

// lockBuilding is lockMerging for builds none of which takes more than some bytes of memory; 0 for half of the engine's.
func (t *table) lockBuilding(ctx context.Context, buildBytes int64) error {
	err := t.lockMerging(ctx)
	if err == nil {
		t.maint.buildBytes = buildBytes
	}
	return err
}

func (t *table) unlockBuilding() {
	t.maint.buildBytes = 0
	t.unlockMerging()
}
