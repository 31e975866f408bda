package vecengine

import (
	"context"
	"fmt"
)

// Update ends the versions at locs (rows locked with LockRows before) and adds their new versions, rows parallel to locs, under the same
// row ids. Unique indexes are checked as after the whole call. Errors as of Insert; ErrSerialization when a row that was not locked
// before has changed.
func (t *Txn) Update(ctx context.Context, id TableID, locs []Loc, rows Rows) error {
	w, err := t.writesFor(ctx, id, RowExclusive)
	if err != nil {
		return err
	}
	n, err := w.checkRows(&rows)
	if err != nil {
		return err
	}
	if n != len(locs) {
		return fmt.Errorf("vecengine: %d rows for %d locations", n, len(locs))
	}
	if n == 0 {
		return nil
	}
	if err := t.e.admit(ctx, w); err != nil {
		return err
	}
	if err := w.brake(ctx, n); err != nil {
		return err
	}
	if err := guard(func() error { return w.endUpdated(ctx, locs, &rows) }); err != nil {
		return err
	}
	rowIDs := make([]uint64, n)
	for i, loc := range locs {
		rowIDs[i] = uint64(loc.Row)
	}
	w.append(headRows{cols: rows.Cols, count: n, keys: keysOf(&rows, nil, n), rowIDs: rowIDs, begin: pendingBegin})
	return t.e.spillIfLarge(ctx, w)
}

// endUpdated ends the old versions of rows and checks the keys of the new ones.
func (w *tableWrites) endUpdated(ctx context.Context, locs []Loc, rows *Rows) error {
	uniques := newBatchKeys(w.schema, len(locs))
	changed, err := w.changedKeys(rows, locs, uniques.defs)
	if err != nil {
		return err
	}
	for i, loc := range locs {
		mode := lockMode(LockNoKeyUpdate)
		if changed[i] {
			mode = lockEnding
		}
		if err := w.end(ctx, loc, mode); err != nil {
			return err
		}
	}
	for i := range locs {
		if err := w.checkUpdated(ctx, rows, i, changed[i], &uniques); err != nil {
			return err
		}
	}
	return nil
}

// changedKeys tells which rows change a key of a unique index. Where the new key is NULL the old one is not looked for: it counts as changed.
func (w *tableWrites) changedKeys(rows *Rows, locs []Loc, defs []*IndexDef) ([]bool, error) {
	changed := make([]bool, len(locs))
	for x, def := range defs {
		if !def.Unique {
			continue
		}
		for i, loc := range locs {
			key := rows.Keys[x].keyOf(i)
			if key == nil || changed[i] {
				changed[i] = true
				continue
			}
			same, err := w.hasKey(def.ID, key, loc)
			if err != nil {
				return nil, err
			}
			changed[i] = !same
		}
	}
	return changed, nil
}

func (w *tableWrites) checkUpdated(ctx context.Context, rows *Rows, i int, changed bool, u *batchKeys) error {
	for x, def := range u.defs {
		if !uniqueKey(def, &rows.Keys[x], i) {
			continue
		}
		key := rows.Keys[x].keyOf(i)
		if seen := u.seen[x]; seen != nil {
			if _, dup := seen[string(key)]; dup {
				return &DuplicateKeyError{Table: w.id, Index: def.ID, Input: i}
			}
			seen[string(key)] = i
		}
		if !changed {
			continue
		}
		found, ok, err := w.claimKey(ctx, def.ID, key)
		if err != nil {
			return err
		}
		if ok {
			return &DuplicateKeyError{Table: w.id, Index: def.ID, Input: i, Existing: found.row}
		}
	}
	return nil
}

// Delete ends the versions at locs (rows locked with LockRows before). ErrSerialization when a row that was not locked before has changed.
func (t *Txn) Delete(ctx context.Context, id TableID, locs []Loc) error {
	w, err := t.writesFor(ctx, id, RowExclusive)
	if err != nil {
		return err
	}
	return guard(func() error {
		for _, loc := range locs {
			if err := w.end(ctx, loc, lockEnding); err != nil {
				return err
			}
		}
		return nil
	})
}

// end locks a row and ends its live version, which must be the one at loc, or one that took its place while this transaction held the lock.
func (w *tableWrites) end(ctx context.Context, loc Loc, mode lockMode) error {
	if p, ord := w.ownAt(loc); p != nil {
		if !p.live(ord) {
			return ErrSerialization
		}
		w.endOwn(p, ord)
		return nil
	}
	t := w.txn
	had, _, err := t.lockRow(ctx, w.id, loc.Row, mode, WaitBlock)
	if err != nil {
		return err
	}
	v := w.current()
	if _, mine := w.ended[loc.Row]; mine || v == nil {
		return ErrSerialization
	}
	r, ord, ok, err := v.locate(loc)
	if err != nil {
		return err
	}
	if !ok {
		return ErrSerialization
	}
	if r.id != loc.Part || ord != loc.Ord || t.iso == RepeatableRead {
		begin, err := r.beginOf(ord)
		if err != nil {
			return err
		}
		if begin > t.snap.ts && (!had || t.iso == RepeatableRead) {
			return ErrSerialization
		}
	}
	w.endCommitted(Loc{r.id, ord, loc.Row})
	return nil
}

// LockRows locks rows and finds their newest version. A Loc without a Part stands for whatever version of its Row is newest. The View
// returned sees the newest committed state and the transaction's own writes; the Locs in the result belong to it. Close it.
// Errors: ErrLockNotAvailable (WaitError), ErrDeadlock, ErrLockTimeout, ErrSerialization.
func (t *Txn) LockRows(ctx context.Context, id TableID, locs []Loc, s LockStrength, p WaitPolicy) ([]LockedRow, *View, error) {
	w, err := t.writesFor(ctx, id, RowShare)
	if err != nil {
		return nil, nil, err
	}
	out := make([]LockedRow, len(locs))
	for i, loc := range locs {
		if p, _ := w.ownAt(loc); p != nil || w.created {
			continue
		}
		_, ok, err := t.lockRow(ctx, id, loc.Row, lockMode(s), p)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			out[i].Outcome = LockSkipped
		}
	}
	// All rows are locked, so one view tells the newest version of each: who held a lock before has published.
	view := t.newestView()
	table, err := view.Table(id)
	if err == nil {
		err = guard(func() error { return t.outcomes(w, table.version, locs, out) })
	}
	if err != nil {
		view.Close()
		return nil, nil, err
	}
	return out, view, nil
}

func (t *Txn) outcomes(w *tableWrites, v *tableVersion, locs []Loc, out []LockedRow) (err error) {
	for i, loc := range locs {
		if out[i].Outcome == LockSkipped {
			continue
		}
		if out[i], err = t.outcome(w, v, loc); err != nil {
			return err
		}
	}
	return nil
}

// outcome compares the newest version of a row with the one that the caller saw.
func (t *Txn) outcome(w *tableWrites, v *tableVersion, loc Loc) (LockedRow, error) {
	seen, at := w.ownAt(loc)
	if seen != nil {
		loc.Part, loc.Ord = seen.id, at
	}
	r, ord, ok, err := v.locate(loc)
	if err != nil {
		return LockedRow{}, err
	}
	_, mine := w.ended[loc.Row]
	own := ok && w.own(r.id) != nil
	if !ok {
		if t.iso == RepeatableRead && !mine && seen == nil {
			return LockedRow{}, ErrSerialization
		}
		return LockedRow{Outcome: LockedDeleted}, nil
	}
	found := LockedRow{Outcome: LockedSame, Loc: Loc{r.id, ord, loc.Row}}
	if own {
		if r.id != loc.Part || ord != loc.Ord {
			found.Outcome = LockedUpdated
		}
		return found, nil
	}
	same := r.id == loc.Part && ord == loc.Ord || loc.Part == 0
	if same && t.iso == ReadCommitted {
		return found, nil
	}
	begin, err := r.beginOf(ord)
	if err != nil {
		return LockedRow{}, err
	}
	switch {
	case begin <= t.snap.ts: // it is what the snapshot shows, moved by a merge
	case t.iso == RepeatableRead:
		return LockedRow{}, ErrSerialization
	case !same:
		found.Outcome = LockedUpdated
	}
	return found, nil
}
