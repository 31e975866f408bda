// Package indexdef tells what an index of the catalog is to the engine. The store that keeps schemas and the executor that builds indexes must
// agree on it.
package indexdef

import (
	"vecgres/catalog"
	"vecgres/sql/pgerr"
	"vecgres/sql/physical"
	"vecgres/sql/types"
	"vecgres/vecengine"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/quant"
)

// metrics are the engine's names of the distance operators.
var metrics = map[string]distance.Metric{
	"<->": distance.L2, "<#>": distance.InnerProduct, "<=>": distance.Cosine, "<+>": distance.L1, "<~>": distance.Hamming, "<%>": distance.Jaccard,
}

// Metric is the engine's name of a distance operator, 0 for none.
func Metric(operator string) distance.Metric { return metrics[operator] }

// Of is the engine's definition of an index. A btree index has keys that come with the rows; a vector index is a graph, ivfflat too, over a
// column or (catalog.Index.OwnVectors) over vectors that come with the rows. Errors: those of its parameters, and 0A000 for what is no index of
// the engine's.
func Of(ix *catalog.Index) (vecengine.IndexDef, error) {
	def := vecengine.IndexDef{ID: vecengine.IndexID(ix.ID), Kind: vecengine.KeyIndex, Unique: ix.Unique, Building: ix.Building}
	if ix.Method == "btree" {
		return def, nil
	}
	metric := Metric(ix.Operator())
	if !ix.IsVector() || metric == 0 {
		return def, pgerr.Unimplemented("index method " + ix.Method)
	}
	o, err := ix.ParsedOptions()
	if err != nil {
		return def, err
	}
	def.Kind, def.Metric = vecengine.VectorIndex, metric
	def.M, def.EfConstruction, def.TargetRecall = o.M, max(o.EfConstruction, 2*o.M), o.TargetRecall
	key := ix.Keys[0]
	element, ok := physical.ElementOf(key.Type.OID)
	if !ok {
		return def, pgerr.Unimplemented("an index on vectors of type " + types.TypeName(key.Type.OID))
	}
	if ix.OwnVectors() {
		def.Element, def.Dim = element, int(key.Type.Mod)
	} else {
		def.Column = vecengine.ColumnID(key.Column)
	}
	kind, ok := quant.ParseKind(o.Quantization)
	if !ok || !kind.Supports(metric, element, int(key.Type.Mod)) {
		return def, pgerr.Unimplemented("quantization \"" + o.Quantization + "\" with operator class " + key.OpClass)
	}
	def.Quantization = kind
	return def, nil
}
