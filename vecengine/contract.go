// Package vecengine stores tables of columns and vectors in namespaces. See doc.go.
package vecengine

import (
	"context"
	"log/slog"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/vfs"
)

// NamespaceID names a namespace's folder. It is never reused.
type NamespaceID uint64

// TableID names a table's storage, unique in the data directory and never reused (a rewrite or TRUNCATE makes a new one).
type TableID uint64

// ColumnID names a column within its table, never reused there.
type ColumnID uint32

// IndexID names an index, unique in the data directory and never reused.
type IndexID uint64

// RowID names a row, unique in its table, never reused; it survives UPDATE and merges.
type RowID uint64

// SegmentID names a part of a table: an immutable segment, a sealed or current head, or a transaction's own head.
type SegmentID uint64

// Timestamp orders commits; 0 is before all of them.
type Timestamp uint64

// SystemNamespace always exists. Its tables hold what is not in a namespace of its own: the directory of namespaces, databases, roles.
const SystemNamespace NamespaceID = 1

// Loc is where a row version lies in the view that gave it.
type Loc struct {
	Part SegmentID
	Ord  uint32
	Row  RowID
}

// ColumnDef is a column of a schema.
type ColumnDef struct {
	ID        ColumnID
	Name      string // for the Arrow schema
	Kind      column.Kind
	Dim       int    // Vector
	Extension string // Arrow extension type name, "" for none
	Metadata  string // its metadata
	// Missing is what rows stored before the column existed hold: one value (possibly NULL). Nil means NULL.
	Missing *column.Column
}

// IndexKind tells key indexes from vector indexes.
type IndexKind uint8

// The kinds of indexes.
const (
	KeyIndex    IndexKind = 1 // sorted key bytes made by the caller
	VectorIndex IndexKind = 2 // HNSW graph over a Vector column
)

// IndexDef is an index of a schema.
type IndexDef struct {
	ID     IndexID
	Kind   IndexKind
	Unique bool // KeyIndex

	Column         ColumnID // VectorIndex: the vector column, from here to the end
	Metric         distance.Metric
	M              int
	EfConstruction int
}

// Schema is a table's columns and indexes in a fixed order. Immutable.
type Schema struct {
	Columns []ColumnDef
	Indexes []IndexDef
}

// Options open an engine.
type Options struct {
	FS          vfs.FS
	Dir         string
	Logger      *slog.Logger // nil: none
	MemoryLimit int64        // bytes for heads, caches and builds; 0: a quarter of the machine's
	// Tests make these small.
	SealRows     int   // head rows at which it is sealed whatever the cost model says; 0: by the model
	SpillBytes   int64 // write set bytes at which it spills into private segments; 0: 16 MiB
	LogBytes     int64 // log size at which the oldest heads are checkpointed; 0: 1 GiB
	ExactBelow   int   // vectors below which a segment gets no graph; 0: measured crossover
	NoBackground bool  // seal and merge only when asked by Engine.Maintain
	BuildWorkers int   // 0: all cores
}

// Engine is an open data directory. All methods are safe for concurrent use.
type Engine struct{ engineState }

// Isolation of a transaction.
type Isolation uint8

// The isolation levels that exist.
const (
	ReadCommitted  Isolation = 0
	RepeatableRead Isolation = 1
)

// Txn is the one transaction. It is for one goroutine at a time, except Cancel of its contexts. Writes take row, key and table locks, held to the end.
// After an error from a write the caller must roll back, or roll back to a savepoint.
type Txn struct{ txnState }

// View is a consistent read of all tables at one moment, with the transaction's own writes when it came from Txn.View.
// It costs nothing and takes no lock; Close it so that old versions can go. It may be read by several goroutines; it sees the
// transaction's writes up to the moment it was taken.
type View struct{ viewState }

// Table is a table as a View sees it.
type Table struct{ tableState }

// Rows are rows to be written: one column per Schema.Columns, in that order, and for each KeyIndex of the Schema, in order, its key bytes.
type Rows struct {
	Cols []column.Column
	Keys []Keys
}

// Keys are the keys of some rows in one index.
type Keys struct {
	Bytes  column.Column // Bytes kind; NULL: the row is not in the index
	Exempt []bool        // nil, or per row: not subject to uniqueness (a part of the key is NULL)
}

// OnConflict says what Insert does about a duplicate key.
type OnConflict uint8

// The choices. DuplicateError stops at the first one with a *DuplicateKeyError; the other two leave such rows out and report them.
const (
	DuplicateError OnConflict = iota
	DuplicateSkip
)

// InsertOptions of Txn.Insert.
type InsertOptions struct {
	OnConflict OnConflict
	// Arbiters are the unique indexes whose duplicates are skipped; nil: all. A duplicate in another one is an error.
	Arbiters []IndexID
	// Locations asks for InsertResult.Locs.
	Locations bool
}

// InsertResult tells what became of each row given.
type InsertResult struct {
	FirstRow  RowID
	Inserted  int
	Conflicts []Conflict // rows left out, ascending by Row
	Locs      []Loc      // of the rows inserted, when asked for, in input order
}

// Conflict is an input row that was left out, and the row that is in its way: committed and newest, or the transaction's own.
type Conflict struct {
	Input    int
	Index    IndexID
	Existing RowID
	// Own tells that the row in the way was written by this transaction; SameBatch by this very call (ON CONFLICT DO UPDATE must then fail with 21000).
	Own, SameBatch bool
}

// LockStrength of a row lock; as Postgres' four, they conflict as its manual's table 13.3 says.
type LockStrength uint8

// The row lock strengths.
const (
	LockKeyShare LockStrength = iota
	LockShare
	LockNoKeyUpdate
	LockUpdate
)

// WaitPolicy says what to do about a lock that somebody else holds.
type WaitPolicy uint8

// The wait policies.
const (
	WaitBlock WaitPolicy = iota
	WaitError            // ErrLockNotAvailable
	WaitSkip
)

// LockOutcome is what LockRows found for a row.
type LockOutcome uint8

// The outcomes. Under RepeatableRead a row changed since the snapshot is ErrSerialization instead.
const (
	LockedSame    LockOutcome = iota // the version given is the newest
	LockedUpdated                    // a newer version exists: LockedRow.Loc names it, in the view given with the result
	LockedDeleted
	LockSkipped
)

// LockedRow is the outcome for one row.
type LockedRow struct {
	Outcome LockOutcome
	Loc     Loc
}

// TableLockMode is Postgres' table lock mode, 1 AccessShare … 8 AccessExclusive, conflicting as its manual's table 13.2 says.
type TableLockMode uint8

// The table lock modes.
const (
	AccessShare TableLockMode = iota + 1
	RowShare
	RowExclusive
	ShareUpdateExclusive
	Share
	ShareRowExclusive
	Exclusive
	AccessExclusive
)

// Op is a predicate's comparison.
type Op uint8

// The comparisons. IsNull and NotNull have no values; In has any number; Between has two, both inclusive.
const (
	Eq Op = iota
	Ne
	Lt
	Le
	Gt
	Ge
	Between
	In
	IsNull
	NotNull
)

// Value is a predicate's constant: Int for Bool (0, 1) and the integer kinds, Float for the float kinds (NaN is above all and equal to itself), Bytes for Bytes and Fixed16.
type Value struct {
	Int   int64
	Float float64
	Bytes []byte
}

// Predicate is a condition on one column; NULL never satisfies any but IsNull. When Index is set, the rows that satisfy it are exactly those
// whose key in that index lies in one of Ranges, so the engine may use either way.
type Predicate struct {
	Column ColumnID
	Op     Op
	Values []Value
	Index  IndexID
	Ranges []KeyRange
}

// KeyRange is a range of key bytes. A nil Lo or Hi is unbounded.
type KeyRange struct {
	Lo, Hi       []byte
	LoInc, HiInc bool
}

// ScanRequest asks for the visible rows that satisfy all predicates.
type ScanRequest struct {
	Columns []ColumnID // columns to fill, in this order
	Filter  []Predicate
	RowIDs  bool // fill ScanBatch.Locs
	MaxRows int  // batch size hint; 0: 1024
}

// ScanBatch is a batch of a scan. Its columns may alias mapped files and are valid until the View is closed; Sel lists the rows that count.
// Locs, when asked for, is parallel to the rows that count (Locs[i] belongs to Sel[i], or to row i where Sel is nil).
type ScanBatch struct {
	column.Batch
	Locs []Loc
}

// KeyScanRequest asks for rows in key order.
type KeyScanRequest struct {
	Index   IndexID
	Range   KeyRange
	Reverse bool
	Columns []ColumnID
	Filter  []Predicate
	RowIDs  bool
	MaxRows int
}

// Scanner iterates batches. Next gives nil at the end.
type Scanner interface {
	Next(ctx context.Context) (*ScanBatch, error)
	Close()
}

// SearchRequest asks for the K rows nearest to Query by Metric among those visible that satisfy Filter and Residual.
type SearchRequest struct {
	Column ColumnID
	Metric distance.Metric
	Query  []float32
	K      int
	Offset int // hits to skip, counted into the effort

	// MaxDistance, when not nil, leaves out rows farther than it (in the engine's distance; < unless MaxInclusive).
	MaxDistance  *float32
	MaxInclusive bool

	EfSearch     int     // 0: chosen for TargetRecall
	TargetRecall float64 // 0: 0.98
	Exact        bool    // no graph

	Filter []Predicate
	// Residual, when not nil, tells which of some candidate rows also pass; called with rows that pass Filter, as the walk meets them, until K pass.
	// It must be safe to call more than once for a row.
	Residual func(locs []Loc, keep []bool) error
	// IncludeNull appends rows whose vector or distance is NULL or NaN when fewer than K others pass, as a sequential scan would order them.
	IncludeNull bool
	// TieKey, when it names a key index, breaks ties of distance by its key bytes; else by row id.
	TieKey IndexID
}

// Hit is a search result. Null tells that the distance is NULL or NaN. Distance is as the metric's documentation says (L2 squared, inner product negated).
type Hit struct {
	Loc
	Distance float32
	Null     bool
}

// SearchStats tells what a search did, summed over parts.
type SearchStats struct {
	Parts       int
	GraphParts  int // parts answered by the graph
	ExactParts  int
	Distances   int64 // distances computed
	Visited     int64 // graph nodes visited
	FilterRows  int64 // rows that passed Filter, where counted
	VisibleRows int64
	EfSearch    int // largest used
	Approximate bool
	FellBack    bool   // a graph walk ended in an exact scan
	Strategy    string // for EXPLAIN: "graph", "exact", "graph with bitmap", "exact over bitmap", joined by ", " when parts differ
	WhyNotGraph string // when an index exists and was not used
}

// TableStats is a table's size as a View sees it, cheap to get.
type TableStats struct {
	Rows     int64 // visible
	Dead     int64
	Bytes    int64
	Segments int
	HeadRows int64
}

// Progress of a background or foreground build.
type Progress struct {
	Namespace NamespaceID
	Table     TableID
	Index     IndexID
	Phase     string // "merging", "building graph", "learning recall", "writing"
	Done      int64
	Total     int64
}
