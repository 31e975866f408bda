// Package catalog keeps the facts about databases, roles, namespaces, tables, indexes and sequences.
//
//	binder, planner, session, pg_catalog ──► Reader ─┐
//	DDL in the session ─────────────────────► Writer ─┴─► Snapshot ──► facts of a namespace (cached by version) ──► Tx ──► engine or map
//
// A namespace's facts are rows of a small ordered key-value table in the namespace's own folder, written in the same transaction as its
// data. The system namespace's facts hold what belongs to no namespace: databases, roles, and the directory
// (parent, component) → namespace, whose insert is the commit of a namespace's creation.
//
// Keys of facts (multi-byte numbers big-endian, so that keys sort by them):
//
//	system namespace             'd' name → database oid           'D' oid → Database
//	                             'r' name → role oid               'R' oid → Role
//	                             'N' parent(8) component → Namespace
//	                             'I' id(8) → parent(8) component
//	any other                    'n' name → kind oid               relations share one set of names, as in pg_class
//	                             't' oid → Table with its columns, constraints and indexes
//	                             'q' oid → Sequence
//	                             'c' counter(8) → a sequence's durable state
//	a database's root            'x' name → Extension
//
// Invariants:
//   - an object's OID is the low 32 bits of an id that the engine never gives twice;
//   - objects given out are immutable: a change is a new object with a new Version;
//   - a name and its object are written and removed in one transaction.
//
// A Snapshot belongs to one transaction and one goroutine; a Catalog is shared and safe for concurrent use.
package catalog
