package vecengine

import (
	"fmt"
	"slices"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/quant"
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
	VectorIndex IndexKind = 2 // HNSW graph over a Vector column, or over vectors that come with the rows
)

// IndexDef is an index of a schema.
type IndexDef struct {
	ID     IndexID
	Kind   IndexKind
	Unique bool // KeyIndex
	// Building: the index was added to a table in use. Writers who know of it keep it up; parts may lack it until BuildIndex has made their
	// sidecars, so only BuildIndex and uniqueness checks look at it.
	Building bool

	// Of a VectorIndex, from here to the end. Column is the Vector column that it is over; 0: the index is computed, and its vectors come
	// with the rows, as keys do (Rows.Keys).
	Column         ColumnID
	Element        distance.Element // computed: what its vectors consist of
	Dim            int              // computed: their dimension; bits of a bit string
	Metric         distance.Metric
	M              int
	EfConstruction int
	// Quantization is the codes that graphs built from now on are walked by; TargetRecall what searches aim for that say nothing, 0:
	// the default.
	Quantization quant.Kind
	TargetRecall float64
}

// Computed tells a vector index whose vectors come with the rows.
func (x *IndexDef) Computed() bool { return x.Kind == VectorIndex && x.Column == 0 }

// Supplied tells an index for which Rows.Keys has an entry.
func (x *IndexDef) Supplied() bool { return x.Kind == KeyIndex || x.Computed() }

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
			if err := x.checkVectors(kinds[x.Column]); err != nil {
				return err
			}
		default:
			return fmt.Errorf("vecengine: index %d has no kind", x.ID)
		}
	}
	return nil
}

// checkVectors tells what is wrong with a vector index; c is the column that it names, nil when there is none.
func (x *IndexDef) checkVectors(c *ColumnDef) error {
	switch {
	case x.Computed() && !x.Metric.On(x.Element):
		return fmt.Errorf("vecengine: index %d has no metric for its elements", x.ID)
	case x.Computed() && (x.Dim < 1 || x.Dim > distance.DimMax):
		return fmt.Errorf("vecengine: index %d has %d dimensions", x.ID, x.Dim)
	case !x.Computed() && (c == nil || c.Kind != column.Vector || !x.Metric.On(distance.Float32)):
		return fmt.Errorf("vecengine: index %d is not on a vector column with a metric for it", x.ID)
	case !(x.TargetRecall >= 0 && x.TargetRecall <= 1):
		return fmt.Errorf("vecengine: index %d has a target recall of %v", x.ID, x.TargetRecall)
	}
	element, dim := x.Element, x.Dim
	if !x.Computed() {
		element, dim = distance.Float32, c.Dim
	}
	if !x.Quantization.Supports(x.Metric, element, dim) {
		return fmt.Errorf("vecengine: index %d has %v codes, of which there are none for %d %v by %v", x.ID, x.Quantization, dim, element, x.Metric)
	}
	return nil
}

// sameVectors tells whether two definitions are over the same keys or vectors.
func (x *IndexDef) sameVectors(y *IndexDef) bool {
	return x.Kind == y.Kind && x.Column == y.Column && x.Element == y.Element && x.Dim == y.Dim && x.Metric == y.Metric
}

// knowing is the schema for rows that bring what they have for the given indexes only: it lacks the others, which are Building. It is s itself
// when none is missing.
func (s *Schema) knowing(supplied []IndexID) *Schema {
	lacks := func(x IndexDef) bool { return x.Supplied() && x.Building && !slices.Contains(supplied, x.ID) }
	if !slices.ContainsFunc(s.Indexes, lacks) {
		return s
	}
	return &Schema{Columns: s.Columns, Indexes: slices.DeleteFunc(slices.Clone(s.Indexes), lacks)}
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

// suppliedIndexes are those that Rows.Keys has an entry for, in order.
func (s *Schema) suppliedIndexes() []*IndexDef {
	return s.choose((*IndexDef).Supplied)
}

// computedIndexes are the vector indexes whose vectors come with the rows, in order.
func (s *Schema) computedIndexes() []*IndexDef {
	return s.choose((*IndexDef).Computed)
}

func (s *Schema) indexes(kind IndexKind) []*IndexDef {
	return s.choose(func(x *IndexDef) bool { return x.Kind == kind })
}

func (s *Schema) choose(wanted func(*IndexDef) bool) []*IndexDef {
	var out []*IndexDef
	for i := range s.Indexes {
		if wanted(&s.Indexes[i]) {
			out = append(out, &s.Indexes[i])
		}
	}
	return out
}
