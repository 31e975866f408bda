package vecengine

import (
	"sync"
	"sync/atomic"

	"vecgres/vecengine/log"
)

// table is one table's storage: the chain of its versions, newest first, and what the next commit needs.
type table struct {
	id TableID
	ns *namespace
	// newest is nil until the table's creation is published. Stored under mu, loaded without it.
	newest  atomic.Pointer[tableVersion]
	nextRow atomic.Uint64
	// broken says why the table cannot be used: a file of it is damaged. Its files and its part of the log stay as they are.
	broken error
	// intents are claims on keys by transactions that have spilled; nil for none. Stored under mu.
	intents atomic.Pointer[[]keyIntent]

	// mu serialises publication: by commits (in timestamp order, under the engine's publish lock) and by maintenance.
	mu sync.Mutex
	// open is the part that small commits append to; nil when the next one must make a new head.
	open *part
	// dirty is the place of the first log record since the last freeze, flushing that of the first one that a running flush will
	// cover; 0: none. The log must keep both. published is the place of the newest record published.
	dirty, flushing, published log.LSN
	// flushed is the commit up to which the manifest has everything.
	flushed Timestamp
	// building are indexes that open transactions add: their sidecars are kept although no committed schema names them.
	building []IndexID
	maint    tableMaintenance
	// gone tells how far a dropped table has got.
	gone  struct{ unnamed, unread atomic.Bool }
	state maintState
}

// tableVersion is what a table is from one commit to the next, or from one merge to the next. Immutable, but for prev.
type tableVersion struct {
	table   *table
	ts      Timestamp
	content uint64 // changes with what is visible, not with how it is stored
	schema  *Schema
	dropped bool
	parts   []*partRef
	prev    atomic.Pointer[tableVersion] // the one before; nil when no reader needs it
	next    *tableVersion                // guarded by the registry's lock
}

// at finds the version that a snapshot sees, nil when the table did not exist. The caller's snapshot is registered.
func (t *table) at(ts Timestamp) *tableVersion {
	v := t.newest.Load()
	for v != nil && v.ts > ts {
		v = v.prev.Load()
	}
	if v == nil || v.dropped {
		return nil
	}
	return v
}

// current is the newest version, nil when the table is dropped or not there yet. The caller holds a registered snapshot or the table's lock.
func (t *table) current() *tableVersion {
	v := t.newest.Load()
	if v == nil || v.dropped {
		return nil
	}
	return v
}

// successor starts a new version with the same parts.
func (v *tableVersion) successor(ts Timestamp) *tableVersion {
	return &tableVersion{
		table: v.table, ts: ts, content: v.content, schema: v.schema,
		parts: append(make([]*partRef, 0, len(v.parts)+1), v.parts...),
	}
}

// install makes v the newest version. The caller holds the table's lock; the version before it goes to the registry to be retired.
func (t *table) install(v *tableVersion) (replaced *tableVersion) {
	for _, r := range v.parts {
		r.ref()
	}
	old := t.newest.Load()
	if old != nil {
		v.prev.Store(old)
		old.next = v
	}
	t.newest.Store(v)
	return old
}

// dropParts gives the references of a retired version up.
func (v *tableVersion) dropParts() {
	for _, r := range v.parts {
		r.unref()
	}
}

// find gives the part with an id.
func (v *tableVersion) find(id SegmentID) *partRef {
	for _, r := range v.parts {
		if r.id == id {
			return r
		}
	}
	return nil
}

// locate finds the live version of a row: at loc when it is there, else wherever a merge has put it.
func (v *tableVersion) locate(loc Loc) (*partRef, uint32, bool, error) {
	if r := v.find(loc.Part); r != nil && r.live(loc.Ord) {
		if row, err := r.rowOf(loc.Ord); err != nil || row == loc.Row {
			return r, loc.Ord, err == nil, err
		}
	}
	return v.locateRow(loc.Row)
}

// locateRow finds the live version of a row, newest parts first.
func (v *tableVersion) locateRow(row RowID) (*partRef, uint32, bool, error) {
	for i := len(v.parts) - 1; i >= 0; i-- {
		ord, ok, err := v.parts[i].findLive(row)
		if err != nil || ok {
			return v.parts[i], ord, ok, err
		}
	}
	return nil, 0, false, nil
}

// rows is the number of visible rows.
func (v *tableVersion) rows() int64 {
	n := int64(0)
	for _, r := range v.parts {
		n += int64(r.visible())
	}
	return n
}
