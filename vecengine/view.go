package vecengine

import (
	"slices"
	"sync"
)

// View is a consistent read of all tables at one moment, with the transaction's own writes when it came from Txn.View.
// It takes no lock; Close it so that old versions can go. It may be read by several goroutines; it sees the transaction's writes up to
// the moment it was taken. What Scans gave may be read until Close.
type View struct{ viewState }

type viewState struct {
	e    *Engine
	snap snapshot
	// own are the tables that the transaction wrote to; pins are its private parts.
	own           map[TableID]ownTable
	pins          []*part
	droppedSpaces []NamespaceID

	// seen are the versions found so far: a merge may put another one of the same moment beside them, whose locations differ.
	mu   sync.Mutex
	seen []*tableVersion
	room [2]*tableVersion // seen's first
}

// ownTable is a table with the transaction's writes laid over it; a nil version says that the transaction dropped it.
type ownTable struct {
	version *tableVersion
	err     error
}

// View reads what is committed now, outside any transaction.
func (e *Engine) View() *View {
	v := &View{viewState{e: e}}
	e.registry.open(&v.snap)
	return v
}

// Close gives the view up. Closing twice is harmless.
func (v *View) Close() {
	v.e.registry.close(&v.snap)
	for _, p := range v.pins {
		p.unref()
	}
	v.pins = nil
}

// Timestamp is the newest commit that the view shows.
func (v *View) Timestamp() Timestamp { return v.snap.ts }

// Table finds a table as of the view. *CorruptError when a file of it is damaged; ErrNoTable, also when its namespace was not opened: see Engine.OpenNamespace.
func (v *View) Table(id TableID) (*Table, error) {
	if o, ok := v.own[id]; ok {
		if o.version == nil && o.err == nil {
			return nil, ErrNoTable
		}
		return &Table{tableState{v, o.version}}, o.err
	}
	t := v.e.table(id)
	if t == nil || slices.Contains(v.droppedSpaces, t.ns.id) {
		return nil, ErrNoTable
	}
	version := v.resolve(t)
	if version == nil {
		return nil, ErrNoTable
	}
	if t.broken != nil {
		return nil, t.broken
	}
	return &Table{tableState{v, version}}, nil
}

// resolve finds the version that the view sees of a table, the same one each time.
func (v *View) resolve(t *table) *tableVersion {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, known := range v.seen {
		if known.table == t {
			return known
		}
	}
	found := t.at(v.snap.ts)
	if found != nil {
		if v.seen == nil {
			v.seen = v.room[:0]
		}
		v.seen = append(v.seen, found)
	}
	return found
}

// Table is a table as a View sees it.
type Table struct{ tableState }

type tableState struct {
	view    *View
	version *tableVersion
}

// Schema is the table's schema as of the view.
func (t *Table) Schema() *Schema { return t.version.schema }

// Version changes whenever the table's visible content or schema does (own writes too): equal versions mean equal content. For caches.
func (t *Table) Version() uint64 { return t.version.content }

// Stats is the table's size as of the view.
func (t *Table) Stats() TableStats {
	var s TableStats
	for _, r := range t.version.parts {
		s.Rows += int64(r.visible())
		s.Dead += int64(r.dead)
		if r.seg != nil {
			s.Segments++
			s.Bytes += r.seg.bytes
		} else {
			s.HeadRows += int64(r.n)
			s.Bytes += r.head.bytes()
		}
	}
	return s
}

// IndexBytes is the size of an index's files as of the view. Of rows that are not in a segment yet an index has none.
func (t *Table) IndexBytes(id IndexID) int64 {
	bytes := int64(0)
	for _, r := range t.version.parts {
		if r.seg == nil {
			continue
		}
		for x := range r.seg.sidecars.Load().all() {
			if x.index == id {
				bytes += x.file.bytes
			}
		}
	}
	return bytes
}
