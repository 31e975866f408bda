package vecengine

import (
	"context"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/column"
)

// tableWrites is what a transaction has done to one table: rows in parts of its own, and the committed versions that it ended.
type tableWrites struct {
	txn     *Txn
	id      TableID
	ns      *namespace
	table   *table
	created bool
	dropped bool
	altered bool
	intent  bool   // keys were announced instead of locked
	merging bool   // the transaction holds the table's merge lock
	locked  uint16 // set of TableLockMode
	schema  *Schema

	parts []*ownPart // spilled segments and heads in order of writing
	// ended are the committed rows whose live version this transaction ended; endList has where the versions were seen, in order.
	ended   map[RowID]struct{}
	endList []Loc

	resolved resolvedEnds
	// view is the table as the transaction last saw it over base; nil when something was written since.
	view *tableVersion
	base *tableVersion
}

// ownPart is a part that only its transaction sees.
type ownPart struct {
	*part
	shape *headShape
	n     uint32
	ended *roaring.Bitmap // rows that the transaction ended itself
	// lent: a version holds ended, so the next change copies it.
	lent bool
	// Of a spilled head: the id that it had, and where its ordinals went.
	was   SegmentID
	remap []uint32
}

// resolvedEnds are the transaction's ends as ordinals of one version's parts.
type resolvedEnds struct {
	base   *tableVersion
	upto   int // of endList
	byPart map[SegmentID]*roaring.Bitmap
}

func (w *tableWrites) touched() bool {
	return w.created || w.altered || len(w.parts) > 0 || len(w.endList) > 0
}

func (w *tableWrites) changed() { w.view = nil }

// writesFor finds or starts the transaction's writes to a table, under a table lock.
func (t *Txn) writesFor(ctx context.Context, id TableID, m TableLockMode) (*tableWrites, error) {
	if t.done {
		return nil, errDone
	}
	if err := t.e.Err(); err != nil {
		return nil, err
	}
	if w := t.writes[id]; w != nil {
		if w.dropped || t.spaceDropped(w.ns.id) {
			return nil, ErrNoTable
		}
		return w, w.lock(ctx, m)
	}
	table := t.e.table(id)
	if table == nil || t.spaceDropped(table.ns.id) {
		return nil, ErrNoTable
	}
	if table.broken != nil && m != AccessExclusive {
		return nil, table.broken
	}
	w := &tableWrites{txn: t, id: id, ns: table.ns, table: table}
	if err := w.lock(ctx, m); err != nil {
		return nil, err
	}
	t.addWrites(w)
	return w, nil
}

// lock takes a table lock that the transaction does not have yet, and looks again at what may have changed before it was granted.
func (w *tableWrites) lock(ctx context.Context, m TableLockMode) error {
	if w.created || w.locked&(1<<m) != 0 {
		return nil
	}
	if err := w.txn.LockTable(ctx, w.id, m, WaitBlock); err != nil {
		return err
	}
	w.locked |= 1 << m
	if w.touched() {
		return nil
	}
	v := w.table.current()
	if v == nil {
		return ErrNoTable
	}
	w.schema = v.schema
	return nil
}

func (t *Txn) addWrites(w *tableWrites) {
	if t.writes == nil {
		t.writes = map[TableID]*tableWrites{}
	}
	t.writes[w.id] = w
	t.order = append(t.order, w)
}

// current is the newest committed version, nil for a table that is only this transaction's.
func (w *tableWrites) current() *tableVersion {
	if w.created {
		return nil
	}
	return w.table.current()
}

// openHead gives the head that takes the next rows.
func (w *tableWrites) openHead(rows int) *ownPart {
	shape := shapeOf(w.schema)
	if n := len(w.parts); n > 0 {
		if last := w.parts[n-1]; last.head != nil && last.shape.equal(shape) {
			return last
		}
	}
	h := newHead(shape, &w.txn.e.memory, rows)
	p := &ownPart{part: &part{partData: h, head: h, id: w.txn.e.newHeadID()}, shape: shape}
	p.ref()
	w.parts = append(w.parts, p)
	w.txn.onUndo(func() { w.dropPart(p) })
	return p
}

func (w *tableWrites) dropPart(p *ownPart) {
	if i := slices.Index(w.parts, p); i >= 0 {
		w.parts = slices.Delete(w.parts, i, i+1)
		p.unref()
		w.changed()
	}
}

// append adds rows to the transaction's head.
func (w *tableWrites) append(r headRows) (*ownPart, uint32) {
	p := w.openHead(r.count)
	first := p.head.append(r)
	p.n = first + uint32(r.count)
	w.changed()
	w.txn.onUndo(func() {
		defer w.changed()
		if p.remap != nil {
			// Spilled since: the rows cannot be taken away, so they count as ended.
			for _, ord := range p.remap[first : first+uint32(r.count)] {
				p.mutableEnded().Add(ord)
			}
			return
		}
		p.head.truncate(int(first))
		p.n = first
		if p.ended != nil {
			p.mutableEnded().RemoveRange(uint64(first), 1<<32)
		}
	})
	return p, first
}

func (p *ownPart) mutableEnded() *roaring.Bitmap {
	switch {
	case p.ended == nil:
		p.ended = roaring.New()
	case p.lent:
		p.ended = p.ended.Clone()
	}
	p.lent = false
	return p.ended
}

func (p *ownPart) live(ord uint32) bool {
	return ord < p.n && (p.ended == nil || !p.ended.Contains(ord))
}

// own finds one of the transaction's own parts.
func (w *tableWrites) own(id SegmentID) *ownPart {
	for _, p := range w.parts {
		if p.id == id {
			return p
		}
	}
	return nil
}

// ownAt finds the own part and the ordinal that a location stands for, also when the part was spilled since; nil when it is not an own one.
func (w *tableWrites) ownAt(loc Loc) (*ownPart, uint32) {
	for _, p := range w.parts {
		switch {
		case p.id == loc.Part:
			return p, loc.Ord
		case p.was == loc.Part && loc.Part != 0 && int(loc.Ord) < len(p.remap):
			return p, p.remap[loc.Ord]
		}
	}
	return nil, 0
}

// endOwn ends a version that the transaction wrote itself.
func (w *tableWrites) endOwn(p *ownPart, ord uint32) {
	p.mutableEnded().Add(ord)
	w.changed()
	inHead := p.remap == nil
	w.txn.onUndo(func() {
		if inHead && p.remap != nil {
			ord = p.remap[ord]
		}
		p.mutableEnded().Remove(ord)
		w.changed()
	})
}

// endCommitted ends a committed row's live version, seen at loc. The row is locked.
func (w *tableWrites) endCommitted(loc Loc) {
	if w.ended == nil {
		w.ended = map[RowID]struct{}{}
	}
	w.ended[loc.Row] = struct{}{}
	n := len(w.endList)
	w.endList = append(w.endList, loc)
	w.changed()
	w.txn.onUndo(func() {
		delete(w.ended, loc.Row)
		w.endList = w.endList[:n:n]
		w.resolved = resolvedEnds{}
		w.changed()
	})
}

// resolve gives the ends as ordinals of base's parts. A row that base does not show at all is left out; missed counts those.
func (w *tableWrites) resolve(base *tableVersion) (ends map[SegmentID]*roaring.Bitmap, missed int, err error) {
	r := &w.resolved
	if r.base != base || r.byPart == nil {
		*r = resolvedEnds{base: base, byPart: map[SegmentID]*roaring.Bitmap{}}
	}
	for ; r.upto < len(w.endList); r.upto++ {
		at, ord, ok, err := base.locate(w.endList[r.upto])
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			missed++
			continue
		}
		b := r.byPart[at.id]
		if b == nil {
			b = roaring.New()
			r.byPart[at.id] = b
		}
		b.Add(ord)
	}
	return r.byPart, missed, nil
}

// version is the table with the transaction's writes over base, which may be nil.
func (w *tableWrites) version(base *tableVersion) (*tableVersion, error) {
	if w.view != nil && w.base == base {
		return w.view, nil
	}
	v := &tableVersion{table: w.table, content: w.txn.e.contents.Add(1), schema: w.schema}
	if base != nil {
		v.ts = base.ts
		if !w.altered {
			v.schema = base.schema
		}
		ends, _, err := w.resolve(base)
		if err != nil {
			return nil, err
		}
		for _, r := range base.parts {
			if b := ends[r.id]; b != nil {
				r = newPartRef(r.part, r.n, union(r.ended, b))
			}
			v.parts = append(v.parts, r)
		}
	}
	for _, p := range w.parts {
		p.lent = true
		v.parts = append(v.parts, newPartRef(p.part, p.n, p.ended))
	}
	w.view, w.base = v, base
	return v, nil
}

func union(a, b *roaring.Bitmap) *roaring.Bitmap {
	if a == nil {
		return b.Clone()
	}
	return roaring.Or(a, b)
}

// discard gives up what a rolled back transaction wrote.
func (w *tableWrites) discard() {
	for _, p := range w.parts {
		if p.seg != nil {
			p.seg.obsolete.Store(true)
		}
		p.unref()
	}
	w.parts = nil
}

// fit takes the newest schema over, but for the indexes that rows have no keys of yet, and leaves keys of indexes that are gone out of rows.
func (w *tableWrites) fit(rows *Rows) error {
	if rows.Indexes == nil || w.created || w.altered {
		return nil
	}
	if len(rows.Indexes) != len(rows.Keys) {
		return fmt.Errorf("vecengine: %d keys for %d indexes", len(rows.Keys), len(rows.Indexes))
	}
	v := w.current()
	if v == nil {
		return ErrNoTable
	}
	if s := v.schema.knowing(rows.Indexes); s == v.schema || !shapeOf(s).equal(shapeOf(w.schema)) {
		w.schema = s
	}
	defs := w.schema.suppliedIndexes()
	same := len(defs) == len(rows.Indexes)
	for i := 0; same && i < len(defs); i++ {
		same = defs[i].ID == rows.Indexes[i]
	}
	if same {
		return nil
	}
	keys := make([]Keys, len(defs))
	for i, x := range defs {
		at := slices.Index(rows.Indexes, x.ID)
		if at < 0 {
			return fmt.Errorf("vecengine: no keys for index %d", x.ID)
		}
		keys[i] = rows.Keys[at]
	}
	rows.Keys, rows.Indexes = keys, nil
	return nil
}

// checkRows tells whether rows fit the schema, and how many they are.
func (w *tableWrites) checkRows(rows *Rows) (int, error) {
	if err := w.fit(rows); err != nil {
		return 0, err
	}
	if len(rows.Cols) != len(w.schema.Columns) {
		return 0, fmt.Errorf("vecengine: %d columns for a table of %d", len(rows.Cols), len(w.schema.Columns))
	}
	n := 0
	for i := range rows.Cols {
		c, def := &rows.Cols[i], &w.schema.Columns[i]
		if c.Kind != def.Kind {
			return 0, fmt.Errorf("vecengine: column %d is %v, not %v", def.ID, def.Kind, c.Kind)
		}
		if c.Kind == column.Vector && c.Dim != def.Dim {
			return 0, &DimError{Want: def.Dim, Got: c.Dim}
		}
		if i > 0 && c.Len != n {
			return 0, fmt.Errorf("vecengine: column %d has %d rows, not %d", def.ID, c.Len, n)
		}
		n = c.Len
	}
	indexes := w.schema.suppliedIndexes()
	if len(rows.Keys) != len(indexes) {
		return 0, fmt.Errorf("vecengine: keys of %d indexes for a table of %d", len(rows.Keys), len(indexes))
	}
	for i := range rows.Keys {
		k := &rows.Keys[i]
		if len(rows.Cols) == 0 && i == 0 {
			n = k.Bytes.Len
		}
		if k.Bytes.Kind != column.Bytes || k.Bytes.Len != n || k.Exempt != nil && len(k.Exempt) != n {
			return 0, fmt.Errorf("vecengine: keys of index %d do not match the rows", indexes[i].ID)
		}
		for row := range n {
			if err := indexes[i].checkSupplied(&k.Bytes, row); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// checkSupplied tells whether what a row has for a computed index is a vector of it; any key is one.
func (x *IndexDef) checkSupplied(c *column.Column, row int) error {
	if !x.Computed() || c.IsNull(row) {
		return nil
	}
	if err := x.Element.Check(c.BytesAt(row), x.Dim); err != nil {
		return fmt.Errorf("vecengine: row %d of index %d: %w", row, x.ID, err)
	}
	return nil
}

// keyOf is the key, or the vector, of row i, nil for none.
func (k *Keys) keyOf(i int) []byte {
	if k.Bytes.IsNull(i) {
		return nil
	}
	return notNil(k.Bytes.BytesAt(i))
}

// notNil makes an empty slice of nil where nil would mean that there is nothing.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
