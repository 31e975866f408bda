// Package memstore is a catalog.Store in memory, for tests of what stands on the catalog. It keeps facts alone: storage is noted, not made.
//
// Transactions copy the whole store and are serialised: the second of two that changed a fact gets catalog.ErrChanged at its commit.
package memstore

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"

	"vecgres/catalog"
)

type namespace struct {
	facts   map[string][]byte
	version uint64
}

type world map[catalog.NamespaceID]namespace

// Store is a map of facts. Safe for concurrent use.
type Store struct {
	mu      sync.Mutex
	current world
	changes uint64
	nextID  uint64
}

// New makes a store with nothing in it but the system namespace.
func New() *Store {
	return &Store{current: world{catalog.SystemNamespace: {facts: map[string][]byte{}, version: 1}}, changes: 1, nextID: uint64(catalog.FirstNormalOID)}
}

// NewID gives a number never given before.
func (s *Store) NewID() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	return s.nextID
}

func (s *Store) tick() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	return s.changes
}

// Begin starts a transaction over what is committed now.
func (s *Store) Begin() *Tx {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &Tx{store: s, base: s.current, seen: world{}, Storage: map[catalog.StorageID]*catalog.Table{}}
	for id, n := range s.current {
		t.seen[id] = namespace{maps.Clone(n.facts), n.version}
	}
	return t
}

// Autonomous runs fn in a transaction of its own and commits it.
func (s *Store) Autonomous(_ context.Context, fn func(catalog.Tx) error) error {
	t := s.Begin()
	if err := fn(t); err != nil {
		return err
	}
	return t.Commit()
}

// Tx is a transaction. For one goroutine.
type Tx struct {
	store   *Store
	base    world
	seen    world
	touched []catalog.NamespaceID
	// Storage lists the storage that the transaction made or altered.
	Storage map[catalog.StorageID]*catalog.Table
}

var _ catalog.Tx = (*Tx)(nil)

// Commit makes the changes everybody's: catalog.ErrChanged when another transaction changed one of the namespaces since this one began.
func (t *Tx) Commit() error {
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	next := maps.Clone(t.store.current)
	for _, ns := range t.touched {
		if t.store.current[ns].version != t.base[ns].version {
			return catalog.ErrChanged
		}
		if n, ok := t.seen[ns]; ok {
			next[ns] = n
		} else {
			delete(next, ns)
		}
	}
	t.store.current = next
	return nil
}

func (t *Tx) touch(ns catalog.NamespaceID) {
	n := t.seen[ns]
	n.version = t.store.tick()
	t.seen[ns] = n
	if !slices.Contains(t.touched, ns) {
		t.touched = append(t.touched, ns)
	}
}

// Version of a namespace's facts.
func (t *Tx) Version(ns catalog.NamespaceID) (uint64, error) { return t.seen[ns].version, nil }

// Get reads a fact.
func (t *Tx) Get(ns catalog.NamespaceID, key []byte) ([]byte, bool, error) {
	v, ok := t.seen[ns].facts[string(key)]
	return v, ok, nil
}

// Scan yields facts in key order.
func (t *Tx) Scan(ns catalog.NamespaceID, prefix, after []byte, yield func(key, value []byte) bool) error {
	facts := t.seen[ns].facts
	for _, key := range slices.Sorted(maps.Keys(facts)) {
		k := []byte(key)
		if !bytes.HasPrefix(k, prefix) || after != nil && bytes.Compare(k, after) <= 0 {
			continue
		}
		if !yield(k, facts[key]) {
			return nil
		}
	}
	return nil
}

// Insert adds a fact.
func (t *Tx) Insert(ns catalog.NamespaceID, key, value []byte) error {
	if _, ok := t.seen[ns].facts[string(key)]; ok {
		return catalog.ErrExists
	}
	return t.Put(ns, key, value)
}

// Put changes or adds a fact.
func (t *Tx) Put(ns catalog.NamespaceID, key, value []byte) error {
	t.seen[ns].facts[string(key)] = bytes.Clone(value)
	t.touch(ns)
	return nil
}

// Delete removes a fact.
func (t *Tx) Delete(ns catalog.NamespaceID, key []byte) error {
	delete(t.seen[ns].facts, string(key))
	t.touch(ns)
	return nil
}

// CreateNamespace makes a namespace.
func (t *Tx) CreateNamespace(ns catalog.NamespaceID) error {
	t.seen[ns] = namespace{facts: map[string][]byte{}}
	t.touch(ns)
	return nil
}

// DropNamespace drops a namespace.
func (t *Tx) DropNamespace(ns catalog.NamespaceID) error {
	t.touch(ns)
	delete(t.seen, ns)
	return nil
}

// CreateStorage notes a table's storage.
func (t *Tx) CreateStorage(table *catalog.Table) error {
	t.Storage[table.Storage] = table
	return nil
}

// AlterStorage notes a table's new facts.
func (t *Tx) AlterStorage(_ context.Context, table *catalog.Table) error {
	t.Storage[table.Storage] = table
	return nil
}

// DropStorage forgets a table's storage.
func (t *Tx) DropStorage(_ catalog.NamespaceID, id catalog.StorageID) error {
	delete(t.Storage, id)
	return nil
}

// LockTable does nothing: transactions are serialised.
func (t *Tx) LockTable(context.Context, catalog.NamespaceID, catalog.StorageID, int, bool) error {
	return nil
}
