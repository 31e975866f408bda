package vecengine

import (
	"fmt"

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

// check tells what is wrong with a schema.
func (s *Schema) check() error {
	kinds := map[ColumnID]*ColumnDef{}
	for i := range s.Columns {
		c := &s.Columns[i]
		if kinds[c.ID] != nil {
			return fmt.Errorf("vecengine: column %d is there twice", c.ID)
		}
		if c.Kind < column.Bool || c.Kind > column.Vector {
			return fmt.Errorf("vecengine: column %d has no kind", c.ID)
		}
		if (c.Kind == column.Vector) != (c.Dim > 0) {
			return fmt.Errorf("vecengine: column %d has %d dimensions", c.ID, c.Dim)
		}
		if m := c.Missing; m != nil && (m.Len != 1 || m.Kind != c.Kind || m.Dim != c.Dim) {
			return fmt.Errorf("vecengine: column %d has a bad value for older rows", c.ID)
		}
		kinds[c.ID] = c
	}
	seen := map[IndexID]bool{}
	for _, x := range s.Indexes {
		if seen[x.ID] {
			return fmt.Errorf("vecengine: index %d is there twice", x.ID)
		}
		seen[x.ID] = true
		switch x.Kind {
		case KeyIndex:
		case VectorIndex:
			c := kinds[x.Column]
			if c == nil || c.Kind != column.Vector || !x.Metric.On(distance.Float32) {
				return fmt.Errorf("vecengine: index %d is not on a vector column with a metric for it", x.ID)
			}
		default:
			return fmt.Errorf("vecengine: index %d has no kind", x.ID)
		}
	}
	return nil
}

// column finds a column by id, nil when there is none.
func (s *Schema) column(id ColumnID) *ColumnDef {
	for i := range s.Columns {
		if s.Columns[i].ID == id {
			return &s.Columns[i]
		}
	}
	return nil
}

// index finds an index by id, nil when there is none.
func (s *Schema) index(id IndexID) *IndexDef {
	for i := range s.Indexes {
		if s.Indexes[i].ID == id {
			return &s.Indexes[i]
		}
	}
	return nil
}

// keyIndexes are the key indexes in order.
func (s *Schema) keyIndexes() []*IndexDef { return s.indexes(KeyIndex) }

func (s *Schema) indexes(kind IndexKind) []*IndexDef {
	var out []*IndexDef
	for i := range s.Indexes {
		if s.Indexes[i].Kind == kind {
			out = append(out, &s.Indexes[i])
		}
	}
	return out
}
