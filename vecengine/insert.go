package vecengine

import (
	"context"
	"slices"
)

// Insert adds rows. It waits for another transaction's uncommitted equal key. Errors: *DuplicateKeyError, *DimError, ErrNoTable,
// ErrDeadlock, ErrLockTimeout, ErrSerialization (RepeatableRead, a row to skip for is newer than the snapshot), ErrMemory, ErrFull.
func (t *Txn) Insert(ctx context.Context, id TableID, rows Rows, o InsertOptions) (InsertResult, error) {
	w, err := t.writesFor(ctx, id, RowExclusive)
	if err != nil {
		return InsertResult{}, err
	}
	n, err := w.checkRows(&rows)
	if err != nil || n == 0 {
		return InsertResult{}, err
	}
	if err := t.e.admit(ctx, w); err != nil {
		return InsertResult{}, err
	}
	if err := w.brake(ctx, n); err != nil {
		return InsertResult{}, err
	}
	in := insertion{w: w, rows: &rows, o: o, uniques: newBatchKeys(w.schema, n)}
	if err := guard(func() error { return in.checkAll(ctx, n) }); err != nil {
		return InsertResult{}, err
	}
	count := n - len(in.conflicts)
	res := InsertResult{Inserted: count, Conflicts: in.conflicts}
	if count == 0 {
		return res, nil
	}
	first := w.table.nextRow.Add(uint64(count)) - uint64(count)
	res.FirstRow = RowID(first)
	rowIDs := make([]uint64, count)
	for i := range rowIDs {
		rowIDs[i] = first + uint64(i)
	}
	p, ord := w.append(headRows{
		cols: rows.Cols, sel: in.sel, count: count, keys: keysOf(&rows, in.sel, count), rowIDs: rowIDs, begin: pendingBegin,
	})
	if o.Locations {
		res.Locs = make([]Loc, count)
		for i := range res.Locs {
			res.Locs[i] = Loc{p.id, ord + uint32(i), RowID(rowIDs[i])}
		}
	}
	return res, t.e.spillIfLarge(ctx, w)
}

// pendingBegin is the begin of a version whose transaction has not committed.
const pendingBegin = ^Timestamp(0)

// keysOf lists the keys of the rows that count, by index.
func keysOf(rows *Rows, sel []uint32, count int) [][][]byte {
	keys := make([][][]byte, len(rows.Keys))
	for x := range rows.Keys {
		keys[x] = make([][]byte, count)
		for i := range count {
			keys[x][i] = rows.Keys[x].keyOf(pick(sel, 0, i))
		}
	}
	return keys
}

// batchKeys are the keys seen so far in one call, by unique index. Without them two rows of one call could take the same key.
type batchKeys struct {
	defs []*IndexDef // of all supplied indexes, as Rows.Keys has them
	seen []map[string]int
}

func newBatchKeys(s *Schema, n int) batchKeys {
	b := batchKeys{defs: s.suppliedIndexes()}
	b.seen = make([]map[string]int, len(b.defs))
	if n > 1 {
		for x, def := range b.defs {
			if def.Unique {
				b.seen[x] = make(map[string]int, n)
			}
		}
	}
	return b
}

type insertion struct {
	w         *tableWrites
	rows      *Rows
	o         InsertOptions
	uniques   batchKeys
	sel       []uint32 // nil while every row goes in
	conflicts []Conflict
}

func (in *insertion) checkAll(ctx context.Context, n int) error {
	for i := range n {
		if err := in.check(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// check decides whether row i goes in.
func (in *insertion) check(ctx context.Context, i int) error {
	c, err := in.conflict(ctx, i)
	if err != nil {
		return err
	}
	if c == nil {
		if in.conflicts != nil {
			in.sel = append(in.sel, uint32(i))
		}
		for x, def := range in.uniques.defs {
			if seen := in.uniques.seen[x]; seen != nil && uniqueKey(def, &in.rows.Keys[x], i) {
				seen[string(in.rows.Keys[x].keyOf(i))] = i
			}
		}
		return nil
	}
	if in.conflicts == nil {
		in.sel = make([]uint32, i, in.rows.Keys[0].Bytes.Len)
		for j := range in.sel {
			in.sel[j] = uint32(j)
		}
	}
	in.conflicts = append(in.conflicts, *c)
	return nil
}

func uniqueKey(def *IndexDef, k *Keys, i int) bool {
	return def.Unique && !k.Bytes.IsNull(i) && (k.Exempt == nil || !k.Exempt[i])
}

// conflict finds what is in row i's way: nil for nothing, an error when that may not be skipped.
func (in *insertion) conflict(ctx context.Context, i int) (*Conflict, error) {
	for x, def := range in.uniques.defs {
		if !uniqueKey(def, &in.rows.Keys[x], i) {
			continue
		}
		key := in.rows.Keys[x].keyOf(i)
		c := Conflict{Input: i, Index: def.ID}
		var begin Timestamp
		if _, dup := in.uniques.seen[x][string(key)]; dup {
			c.Own, c.SameBatch = true, true
		} else {
			found, ok, err := in.w.claimKey(ctx, def.ID, key)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			c.Existing, c.Own, begin = found.row, found.own, found.begin
		}
		if in.o.OnConflict == DuplicateError || in.o.Arbiters != nil && !slices.Contains(in.o.Arbiters, def.ID) {
			return nil, &DuplicateKeyError{Table: in.w.id, Index: def.ID, Input: i, Existing: c.Existing}
		}
		if t := in.w.txn; t.iso == RepeatableRead && begin > t.snap.ts {
			return nil, ErrSerialization
		}
		return &c, nil
	}
	return nil, nil
}
