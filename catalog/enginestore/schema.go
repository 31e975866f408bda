package enginestore

import (
	"vecgres/catalog"
	"vecgres/sql/pgerr"
	"vecgres/sql/physical"
	"vecgres/sql/types"
	"vecgres/vecengine"
	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
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
	for _, ix := range t.Indexes {
		def, err := IndexOf(ix)
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

// metrics are the engine's names of the distance operators.
var metrics = map[string]distance.Metric{"<->": distance.L2, "<#>": distance.InnerProduct, "<=>": distance.Cosine, "<+>": distance.L1}

// IndexOf is the engine's definition of an index. ivfflat is a graph too.
func IndexOf(ix *catalog.Index) (vecengine.IndexDef, error) {
	if ix.Method == "btree" {
		return vecengine.IndexDef{ID: vecengine.IndexID(ix.ID), Kind: vecengine.KeyIndex, Unique: ix.Unique, Building: ix.Building}, nil
	}
	key := ix.Keys[0]
	metric, ok := metrics[ix.Operator()]
	if !ok || key.Column == 0 || ix.Predicate != "" || key.Type.OID != types.VectorOID {
		return vecengine.IndexDef{}, pgerr.Unimplemented("an index with operator class " + key.OpClass + " on this expression")
	}
	o, err := ix.ParsedOptions()
	return vecengine.IndexDef{
		ID: vecengine.IndexID(ix.ID), Kind: vecengine.VectorIndex, Column: vecengine.ColumnID(key.Column), Metric: metric,
		M: o.M, EfConstruction: max(o.EfConstruction, 2*o.M), Building: ix.Building,
	}, err
}
