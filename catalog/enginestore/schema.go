package enginestore

import (
	"strconv"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/pgerr"
	"vecgres/sql/physical"
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

// metrics of hnsw's operator classes.
var metrics = map[string]distance.Metric{
	"vector_l2_ops":     distance.L2,
	"vector_ip_ops":     distance.InnerProduct,
	"vector_cosine_ops": distance.Cosine,
	"vector_l1_ops":     distance.L1,
}

// IndexOf is the engine's definition of an index.
func IndexOf(ix *catalog.Index) (vecengine.IndexDef, error) {
	if ix.Method == "btree" {
		return vecengine.IndexDef{ID: vecengine.IndexID(ix.ID), Kind: vecengine.KeyIndex, Unique: ix.Unique}, nil
	}
	key := ix.Keys[0]
	metric, ok := metrics[key.OpClass]
	if !ok || ix.Method != "hnsw" || key.Column == 0 {
		return vecengine.IndexDef{}, pgerr.Unimplemented("index method " + ix.Method + " with operator class " + key.OpClass)
	}
	def := vecengine.IndexDef{ID: vecengine.IndexID(ix.ID), Kind: vecengine.VectorIndex, Column: vecengine.ColumnID(key.Column), Metric: metric}
	var err error
	if def.M, err = option(ix, "m", 16, 2, 100); err != nil {
		return def, err
	}
	def.EfConstruction, err = option(ix, "ef_construction", 64, 4, 1000)
	if err == nil && def.EfConstruction < 2*def.M {
		err = pgerr.New(pgerrcode.InvalidParameterValue, "ef_construction must be greater than or equal to 2 * m")
	}
	return def, err
}

// option reads a number of WITH (…) within pgvector's bounds.
func option(ix *catalog.Index, name string, missing, low, high int) (int, error) {
	text, ok := ix.Options[name]
	if !ok {
		return missing, nil
	}
	v, err := strconv.Atoi(text)
	if err != nil {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for integer option %q: %s", name, text)
	}
	if v < low || v > high {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "value %d out of bounds for option %q", v, name).
			WithDetail("Valid values are between \"%d\" and \"%d\".", low, high)
	}
	return v, nil
}
