package vecengine

import (
	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
)

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
