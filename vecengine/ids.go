package vecengine

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
