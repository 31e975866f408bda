package catalog

import (
	"vecgres/sql/types"
)

// OpClass is an operator class of a vector index method, as pgvector defines it.
type OpClass struct {
	Method, Name string
	Type         types.OID
	Operator     string // the distance that orders
	Default      bool   // for its type
}

// vectorOpClasses are hnsw's, and those that ivfflat has too.
var vectorOpClasses = func() map[[2]string]*OpClass {
	out := map[[2]string]*OpClass{}
	add := func(c OpClass, ivfflat bool) {
		c.Method = "hnsw"
		out[[2]string{c.Method, c.Name}] = &c
		if ivfflat {
			i := c
			i.Method, i.Default = "ivfflat", c.Name == "vector_l2_ops"
			out[[2]string{i.Method, i.Name}] = &i
		}
	}
	for name, oid := range map[string]types.OID{"vector": types.VectorOID, "halfvec": types.HalfvecOID, "sparsevec": types.SparsevecOID} {
		dense := oid != types.SparsevecOID
		add(OpClass{Name: name + "_l2_ops", Type: oid, Operator: "<->"}, dense)
		add(OpClass{Name: name + "_ip_ops", Type: oid, Operator: "<#>"}, dense)
		add(OpClass{Name: name + "_cosine_ops", Type: oid, Operator: "<=>"}, dense)
		add(OpClass{Name: name + "_l1_ops", Type: oid, Operator: "<+>"}, false)
	}
	add(OpClass{Name: "bit_hamming_ops", Type: types.BitOID, Operator: "<~>"}, true)
	add(OpClass{Name: "bit_jaccard_ops", Type: types.BitOID, Operator: "<%>"}, false)
	return out
}()

// VectorOpClass finds an operator class of hnsw or ivfflat by name; "" finds the type's default one.
func VectorOpClass(method, name string, t types.OID) (*OpClass, bool) {
	if name != "" {
		c, ok := vectorOpClasses[[2]string{method, name}]
		return c, ok
	}
	for _, c := range vectorOpClasses {
		if c.Method == method && c.Default && c.Type == t {
			return c, true
		}
	}
	return nil, false
}

// VectorOpClasses yields the operator classes of hnsw and ivfflat, in no order.
func VectorOpClasses(yield func(*OpClass) bool) {
	for _, c := range vectorOpClasses {
		if !yield(c) {
			return
		}
	}
}

// IsVector tells the indexes that answer by distance: hnsw and ivfflat.
func (ix *Index) IsVector() bool { return IsVectorMethod(ix.Method) }

// IsVectorMethod tells the access methods whose indexes answer by distance.
func IsVectorMethod(method string) bool { return method == "hnsw" || method == "ivfflat" }

// OwnVectors tells a vector index whose vectors come with the rows, as keys do: one on an expression, a partial one, and one of vectors that are
// not stored as such. The others are over their column.
func (ix *Index) OwnVectors() bool {
	return ix.IsVector() && (ix.Computed() || ix.Keys[0].Type.OID != types.VectorOID)
}

// Operator is the distance operator of a vector index, "" for others.
func (ix *Index) Operator() string {
	if len(ix.Keys) != 1 {
		return ""
	}
	if c, ok := vectorOpClasses[[2]string{ix.Method, ix.Keys[0].OpClass}]; ok {
		return c.Operator
	}
	return ""
}
