package catalog

import (
	"context"
	"errors"
)

// SystemNamespace holds the facts that belong to no namespace.
const SystemNamespace NamespaceID = 1

// ErrExists is Tx.Insert's answer to a key that is there, committed or by this transaction.
var ErrExists = errors.New("catalog: fact exists")

// ErrChanged is Tx.Put's and Tx.Delete's answer when another transaction changed the fact since this one's snapshot.
var ErrChanged = errors.New("catalog: fact was changed concurrently")

// Store is the durable floor of the catalog. Safe for concurrent use.
type Store interface {
	// NewID gives a number never given before.
	NewID() uint64
	// Autonomous runs fn in a transaction of its own and commits it.
	Autonomous(ctx context.Context, fn func(Tx) error) error
}

// ErrLocked is Tx.LockTable's answer when it must not wait and somebody is in the way.
var ErrLocked = errors.New("catalog: table is locked")

// Tx reads and writes facts in one transaction, and makes the storage that the facts speak of. Reads see the transaction's snapshot and its own writes.
type Tx interface {
	// Version of a namespace's facts as this transaction sees them: equal versions mean equal facts. 0: no such namespace.
	Version(ns NamespaceID) (uint64, error)
	Get(ns NamespaceID, key []byte) (value []byte, ok bool, err error)
	// Scan yields facts whose key begins with prefix and is above after (nil: from the first), in key order, until yield says no.
	Scan(ns NamespaceID, prefix, after []byte, yield func(key, value []byte) bool) error
	// Insert adds a fact whose key must be new: ErrExists.
	Insert(ns NamespaceID, key, value []byte) error
	// Put changes or adds a fact: ErrChanged.
	Put(ns NamespaceID, key, value []byte) error
	// Delete removes a fact, if it is there: ErrChanged.
	Delete(ns NamespaceID, key []byte) error

	CreateNamespace(ns NamespaceID) error
	DropNamespace(ns NamespaceID) error
	// CreateStorage makes the storage of a table with its indexes.
	CreateStorage(t *Table) error
	// AlterStorage brings the storage of a table to what its facts say: columns added and dropped, indexes dropped, vector indexes built.
	AlterStorage(ctx context.Context, t *Table) error
	DropStorage(ns NamespaceID, id StorageID) error
	// LockTable waits for and takes a table lock, 1 AccessShare … 8 AccessExclusive; with nowait ErrLocked takes the place of waiting.
	LockTable(ctx context.Context, ns NamespaceID, id StorageID, mode int, nowait bool) error
}
