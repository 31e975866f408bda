// Package vecengine stores tables of columns and vectors in namespaces, with transactions, and finds nearest vectors among the rows that
// satisfy a filter. It knows no SQL: callers give columns in Arrow's layout, key bytes that sort as they want, and predicates on
// columns.
//
// # The write path
//
//	Txn.Insert ─► locks (keys, rows) ─► the transaction's own head, one a table ─► past SpillBytes: a private segment
//	    │
//	Commit ─► record in the log ─► one sync for all who wait ─► publish in log order: a new version of each table
//	    │
//	background ─► flush: heads become a segment ─► merge: segments become one, with key indexes and graphs
//	                       └──────── manifest of the namespace ────────┘
//
// # The read path
//
//	View (a timestamp) ─► tableVersion ─► parts: segments and heads, each with a published length and a bitmap of ended rows
//	                                        ├─ Scan, KeyScan, Lookup, Fetch
//	                                        └─ Search: filter to a bitset, then graph or exact scan, by cost; hits of all parts merged
//
// # Words
//
// A row version is an ordinal of a part. It begins with the commit that wrote it and ends with the one that updated or deleted it; an
// update is an end and a new version under the same row id. A part is a segment (immutable, mapped files) or a head (append-only, in
// memory); readers know how many of its rows are published to them. A tableVersion lists parts; it is immutable, and the versions
// of a table form a chain, newest first.
//
// An index is over a vector column, or supplied: its keys, or its vectors, come with the rows (Rows.Keys), because only the caller can
// evaluate what they are made of. Heads keep them by ordinal, segments in sidecar files.
//
// # Invariants
//
// Of time:
//   - log order is timestamp order is publication order; registry.committed moves only when everything up to it is durable and published;
//   - whoever has waited for a lock finds the former holder's commit published.
//
// Of versions:
//   - at most one version of a row is live in a tableVersion;
//   - a tableVersion keeps its parts by reference; it gives them up when no snapshot can reach it any more (snapshot.go), so nothing that
//     is being read is unmapped or freed;
//   - maintenance installs versions with the timestamp and the content of the one before: only where rows lie changes.
//
// Of durability:
//   - a table's manifest entry holds exactly the commits up to its flushed timestamp: rows, ends, schema. The log holds the rest, and is cut only
//     below the oldest record that some table, an unopened namespace, or an undone drop needs (cutLog);
//   - segment files are durable before a manifest or a log record names them; files that nothing names are litter, removed when
//     the namespace is next opened;
//   - the log's ends name row ids, not ordinals: replay finds the live version wherever merges have put it. A merge therefore drops only
//     versions that ended at or before the flushed timestamp;
//   - a failed sync stops all writing for good (Engine.Err); what was then in flight is known after a restart.
//
// Of locks: Go mutexes are taken in this order, each optional: table.maint.merging, table.maint.flushing, namespace.manifestMu,
// Engine.publishMu, table.mu, then the registry's, the lock manager's, a head's. Engine.commitMu is innermost but for the log's own.
// Locks that users see (locks.go) are never waited for under any of these but maint.merging of a table that is being indexed.
//
// # A data directory
//
//	VECGRES    the format's version
//	LOCK       held by the one process that has it open
//	log/       the commit log of all namespaces
//	ns/        the store: <low byte>/<next byte>/<id>/manifest and what it names
package vecengine
