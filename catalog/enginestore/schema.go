package enginestore

import (
	"vecgres/catalog"
	"vecgres/sql/indexdef"
	"vecgres/sql/physical"
	"vecgres/vecengine"
	"vecgres/vecengine/column"
)

// SchemaOf is the engine's schema of a table: its live columns in attnum order, under their attnums, and its indexes in order.
func SchemaOf(t *catalog.Table) (vecengine.Schema, error) {
	var s vecengine.Schema
	for c := range t.Live {
		def, err := columnOf(c)
		if err != nil {
			return s, err
		}
		s.Columns = append(s.Columns, def)
	}
	if len(s.Columns) == 0 {
		s.Columns = []vecengine.ColumnDef{{ID: physical.RowColumn, Name: "", Kind: physical.RowColumnKind}}
	}
	for _, ix := range t.Indexes {
		def, err := indexdef.Of(ix)
		if err != nil {
			return s, err
		}
		s.Indexes = append(s.Indexes, def)
	}
	return s, nil
}

func columnOf(c *catalog.Column) (vecengine.ColumnDef, error) {
	kind, dim := physical.KindOf(c.Type)
	def := vecengine.ColumnDef{ID: vecengine.ColumnID(c.Num), Name: c.Name, Kind: kind, Dim: dim}
	def.Extension, def.Metadata = physical.ExtensionOf(c.Type)
	if c.Missing != nil {
		b := column.NewBuilder(kind, dim, 1)
		if err := physical.Append(b, c.Type, *c.Missing); err != nil {
			return def, err
		}
		missing := b.Finish()
		def.Missing = &missing
	}
	return def, nil
}
