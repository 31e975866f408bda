package vecengine

import (
	"context"
	"time"

	"vecgres/vecengine/column"
)

type (
	engineState struct{}
	txnState    struct{}
	viewState   struct{}
	tableState  struct{}
)

const unwritten = "vecengine: unwritten"

// Open opens or creates a data directory and recovers it. Errors: ErrLocked (another process has it), *CorruptError, vfs errors.
func Open(o Options) (*Engine, error) { panic(unwritten) }

// Close checkpoints nothing: it stops background work, syncs the log and releases the directory.
func (e *Engine) Close() error { panic(unwritten) }

// NextID gives an id that was never given before in this data directory, for namespaces, tables and indexes, and catalog objects.
func (e *Engine) NextID() uint64 { panic(unwritten) }

// Begin starts a transaction.
func (e *Engine) Begin(iso Isolation) *Txn { panic(unwritten) }

// View reads what is committed now, outside any transaction.
func (e *Engine) View() *View { panic(unwritten) }

// Checkpoint flushes all heads to segments and shortens the log.
func (e *Engine) Checkpoint(ctx context.Context) error { panic(unwritten) }

// Maintain seals and merges a table now until nothing is left to do: one segment where the size tiers allow it, with all its indexes built.
func (e *Engine) Maintain(ctx context.Context, table TableID) error { panic(unwritten) }

// Progress lists the builds under way.
func (e *Engine) Progress() []Progress { panic(unwritten) }

// Verify checks everything that can be checked of a closed or open data directory: checksums, key indexes against rows, graphs' reachability,
// row ids' uniqueness, ends. It calls report for each fault and goes on.
func (e *Engine) Verify(ctx context.Context, report func(fault error)) error { panic(unwritten) }

// Err is the error that stopped writes for good (a failed sync), nil while all is well.
func (e *Engine) Err() error { panic(unwritten) }

// Refresh moves a ReadCommitted transaction's snapshot to now: called at the start of each statement. A RepeatableRead transaction keeps its first.
func (t *Txn) Refresh() { panic(unwritten) }

// View is the transaction's snapshot with its own writes so far.
func (t *Txn) View() *View { panic(unwritten) }

// ID is unique among transactions of this process's life, as txid_current.
func (t *Txn) ID() uint64 { panic(unwritten) }

// CreateNamespace makes a namespace. Its folder appears at the first checkpoint that has something to put there.
func (t *Txn) CreateNamespace(ns NamespaceID) error { panic(unwritten) }

// DropNamespace drops a namespace with all its tables; running readers finish on their snapshot; files go in the background.
func (t *Txn) DropNamespace(ns NamespaceID) error { panic(unwritten) }

// CreateTable makes an empty table.
func (t *Txn) CreateTable(ns NamespaceID, id TableID, s Schema) error { panic(unwritten) }

// DropTable drops a table. The caller holds AccessExclusive.
func (t *Txn) DropTable(id TableID) error { panic(unwritten) }

// AlterTable replaces a table's schema: columns added (Missing fills old rows) or dropped (by leaving them out), names changed, indexes dropped, vector indexes
// added (built before it returns; segments that appear meanwhile are built in the background and scanned exactly until then).
// Key indexes are added with BuildKeyIndex. The caller holds AccessExclusive, or ShareUpdateExclusive when only vector indexes are added.
func (t *Txn) AlterTable(ctx context.Context, id TableID, s Schema) error { panic(unwritten) }

// BuildKeyIndex adds a key index to a table with rows: keys is called with batches of the columns asked for, of all visible rows, and gives their keys.
// A duplicate in a unique index is *DuplicateKeyError. The caller holds Share or stronger.
func (t *Txn) BuildKeyIndex(ctx context.Context, id TableID, def IndexDef, columns []ColumnID, keys func(*column.Batch) (Keys, error)) error {
	panic(unwritten)
}

// Insert adds rows. Waits for another transaction's uncommitted equal key.
func (t *Txn) Insert(ctx context.Context, id TableID, rows Rows, o InsertOptions) (InsertResult, error) {
	panic(unwritten)
}

// Update ends the versions at locs (rows locked with LockRows before) and adds their new versions, rows parallel to locs, under the same row ids.
func (t *Txn) Update(ctx context.Context, id TableID, locs []Loc, rows Rows) error { panic(unwritten) }

// Delete ends the versions at locs (rows locked with LockRows before).
func (t *Txn) Delete(ctx context.Context, id TableID, locs []Loc) error { panic(unwritten) }

// LockRows locks rows and finds their newest version. The View returned sees the newest committed state and the transaction's own writes;
// the Locs in the result belong to it. Close it.
func (t *Txn) LockRows(ctx context.Context, id TableID, locs []Loc, s LockStrength, w WaitPolicy) ([]LockedRow, *View, error) {
	panic(unwritten)
}

// LockTable locks a table.
func (t *Txn) LockTable(ctx context.Context, id TableID, m TableLockMode, w WaitPolicy) error {
	panic(unwritten)
}

// LockAdvisory locks a number; shared or exclusive. Session-level locks are not a transaction's: see Engine.
func (t *Txn) LockAdvisory(ctx context.Context, key [2]uint64, shared bool, w WaitPolicy) (bool, error) {
	panic(unwritten)
}

// Savepoint marks the present state; marks nest.
func (t *Txn) Savepoint() int { panic(unwritten) }

// RollbackTo undoes all writes since the mark, which stays valid. Locks taken since are kept.
func (t *Txn) RollbackTo(mark int) { panic(unwritten) }

// Commit makes the transaction durable and visible, in that order. An error means that it is not committed, except *IndeterminateError (the sync failed).
// A read-only transaction costs nothing.
func (t *Txn) Commit(ctx context.Context) error { panic(unwritten) }

// Rollback undoes everything. Does nothing after Commit.
func (t *Txn) Rollback() { panic(unwritten) }

// Close gives the view up.
func (v *View) Close() { panic(unwritten) }

// Table finds a table as of the view. ErrNoTable.
func (v *View) Table(id TableID) (*Table, error) { panic(unwritten) }

// Schema is the table's schema as of the view.
func (t *Table) Schema() *Schema { panic(unwritten) }

// Stats is the table's size as of the view.
func (t *Table) Stats() TableStats { panic(unwritten) }

// Version changes whenever the table's visible content or schema does (own writes too): equal versions mean equal content. For caches.
func (t *Table) Version() uint64 { panic(unwritten) }

// Scan reads all visible rows that satisfy the filter, in row id order within a part.
func (t *Table) Scan(r ScanRequest) (Scanner, error) { panic(unwritten) }

// KeyScan reads rows in the order of a key index.
func (t *Table) KeyScan(r KeyScanRequest) (Scanner, error) { panic(unwritten) }

// Lookup finds the visible rows with exactly this key, appending to dst.
func (t *Table) Lookup(index IndexID, key []byte, dst []Loc) ([]Loc, error) { panic(unwritten) }

// Fetch reads columns of some rows, in their order. The batch's memory is its own.
func (t *Table) Fetch(locs []Loc, columns []ColumnID) (*column.Batch, error) { panic(unwritten) }

// Estimate guesses how many visible rows satisfy the filter, cheaply (exact where an index tells).
func (t *Table) Estimate(filter []Predicate) (int64, error) { panic(unwritten) }

// Search finds the nearest rows, nearest first.
func (t *Table) Search(ctx context.Context, r SearchRequest, stats *SearchStats) ([]Hit, error) {
	panic(unwritten)
}

// OpenNamespace makes a namespace's tables known to Views and transactions: it reads the manifest and replays what the log has for it.
// Call it before the tables of a namespace are used; it costs a map look-up when the namespace is open. A namespace that has nothing
// stored is empty; one that was dropped is ErrNoNamespace.
func (e *Engine) OpenNamespace(ctx context.Context, ns NamespaceID) error { panic(unwritten) }

// SetLockTimeout bounds each later wait for a lock; ErrLockTimeout when it passes. Zero means no bound.
func (t *Txn) SetLockTimeout(d time.Duration) { panic(unwritten) }
