package vecengine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"vecgres/vecengine/blob"
	"vecgres/vecengine/log"
	"vecgres/vecengine/manifest"
)

// namespace is an opened namespace: its tables, and what its manifest says. It costs nothing before it is opened.
type namespace struct {
	id    NamespaceID
	e     *Engine
	files *namespaceStore

	opening sync.Mutex
	state   atomic.Uint32 // one of the constants below

	dropLSN atomic.Uint64 // log.LSN of a drop whose files are not deleted yet; 0: none

	mu     sync.Mutex // guards tables
	tables map[TableID]*table

	// manifestMu serialises replacements of the manifest and guards the fields below. It is taken before any table's lock.
	manifestMu sync.Mutex
	etag       blob.ETag // empty: there is no manifest
	sequence   uint64
	stored     map[TableID]*manifest.Table
	parts      map[SegmentID]*part     // of stored, each with a reference
	begins     map[SegmentID]Timestamp // of spilled segments, whose files do not know
}

const (
	spaceUnopened = iota
	spaceOpen
	spaceDropped
)

// OpenNamespace makes a namespace's tables known to Views and transactions: it reads the manifest and replays what the log has for it.
// Call it before the tables of a namespace are used; it costs a map look-up when the namespace is open. A namespace that has nothing
// stored is empty; one that was dropped is ErrNoNamespace. A transaction that drops or makes a namespace opens it itself.
func (e *Engine) OpenNamespace(ctx context.Context, id NamespaceID) error {
	ns := e.namespace(id)
	if ns == nil {
		got, _ := e.spaces.LoadOrStore(id, newNamespace(e, id))
		ns = got.(*namespace)
	}
	switch ns.state.Load() {
	case spaceOpen:
		return nil
	case spaceDropped:
		return ErrNoNamespace
	}
	ns.opening.Lock()
	defer ns.opening.Unlock()
	if ns.state.Load() != spaceUnopened {
		return e.OpenNamespace(ctx, id)
	}
	if err := ns.load(ctx); err != nil {
		return fmt.Errorf("vecengine: opening namespace %d: %w", id, err)
	}
	if ns.state.Load() == spaceDropped {
		return ErrNoNamespace
	}
	ns.state.Store(spaceOpen)
	return nil
}

func newNamespace(e *Engine, id NamespaceID) *namespace {
	return &namespace{
		id: id, e: e, files: &namespaceStore{e: e, id: id, dir: namespaceDir(id)},
		tables: map[TableID]*table{}, stored: map[TableID]*manifest.Table{}, parts: map[SegmentID]*part{}, begins: map[SegmentID]Timestamp{},
	}
}

// namespace finds a namespace that somebody asked to open.
func (e *Engine) namespace(id NamespaceID) *namespace {
	if ns, ok := e.spaces.Load(id); ok {
		return ns.(*namespace)
	}
	return nil
}

// namespaceDir fans namespaces out, so that no directory gets a million entries.
func namespaceDir(id NamespaceID) string {
	return fmt.Sprintf("%02x/%02x/%d", byte(id), byte(id>>8), uint64(id))
}

// add makes a table known.
func (ns *namespace) add(t *table) {
	ns.mu.Lock()
	ns.tables[t.id] = t
	ns.mu.Unlock()
	ns.e.tables.Store(t.id, t)
}

// unnamed notes that no manifest names a dropped table any more, unread that no snapshot sees it; after both it is forgotten.
func (t *table) unnamed() {
	t.gone.unnamed.Store(true)
	if t.newest.Load().prev.Load() == nil || t.gone.unread.Load() {
		t.ns.forget(t)
	}
}

func (t *table) unread() {
	t.gone.unread.Store(true)
	if t.gone.unnamed.Load() {
		t.ns.forget(t)
	}
}

func (ns *namespace) forget(t *table) {
	ns.mu.Lock()
	delete(ns.tables, t.id)
	ns.mu.Unlock()
	ns.e.tables.Delete(t.id)
}

// list gives the tables by id.
func (ns *namespace) list() []*table {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	out := make([]*table, 0, len(ns.tables))
	for _, t := range ns.tables {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *table) int { return int(int64(a.id - b.id)) })
	return out
}

// drop marks the namespace as gone; its files are deleted in the background, and the log keeps the note until then.
func (ns *namespace) drop(lsn log.LSN) {
	ns.state.Store(spaceDropped)
	ns.dropLSN.Store(uint64(lsn))
	ns.e.background.later(ns.removeFiles)
}

// removeFiles deletes what a dropped namespace has in the store. Mapped files stay readable for those who have them open.
func (ns *namespace) removeFiles(ctx context.Context) error {
	ns.manifestMu.Lock()
	defer ns.manifestMu.Unlock()
	// The manifest goes first: without it the rest is litter, with it a half-deleted namespace would look damaged.
	if err := ns.e.store.Delete(ctx, ns.files.dir+"/manifest"); err != nil {
		return err
	}
	if err := ns.e.store.DeletePrefix(ctx, ns.files.dir); err != nil {
		return err
	}
	// What the tables were dirty with is gone with them, so they no longer hold the log back.
	for _, t := range ns.list() {
		t.mu.Lock()
		t.dirty = 0
		t.mu.Unlock()
		t.unnamed()
	}
	for _, p := range ns.parts {
		p.unref()
	}
	ns.parts = map[SegmentID]*part{}
	ns.dropLSN.Store(0)
	ns.stored = map[TableID]*manifest.Table{}
	ns.etag = ""
	return nil
}

// namespaceStore names and deletes a namespace's files.
type namespaceStore struct {
	e   *Engine
	id  NamespaceID
	dir string
}

func (s *namespaceStore) manifestKey() string { return s.dir + "/manifest" }

func (s *namespaceStore) segmentKey(id SegmentID) string {
	return fmt.Sprintf("%s/%d.segment", s.dir, uint64(id))
}

func (s *namespaceStore) sidecarKey(id SegmentID, index IndexID, kind sidecarKind) string {
	suffix := map[sidecarKind]string{keysSidecar: "keys", graphSidecar: "graph", vectorsSidecar: "vectors"}[kind]
	// A sidecar may be made again for the same segment and index after an aborted build, so the name takes a number of its own.
	return fmt.Sprintf("%s/%d-%d.%d.%s", s.dir, uint64(id), uint64(index), s.e.NextID(), suffix)
}

func (s *namespaceStore) endsKey(id SegmentID, ts Timestamp) string {
	return fmt.Sprintf("%s/%d.%d.ends", s.dir, uint64(id), uint64(ts))
}

// deleteLater deletes files that nothing names any more. A failure leaves litter, which the next opening of the namespace removes.
func (s *namespaceStore) deleteLater(keys ...string) {
	s.e.background.later(func(ctx context.Context) error {
		for _, key := range keys {
			if err := s.e.store.Delete(ctx, key); err != nil {
				return err
			}
		}
		return nil
	})
}
