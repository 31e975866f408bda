package physical

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
)

// ElementOf tells what vectors of a type consist of in an index; not ok for other types.
func ElementOf(oid types.OID) (distance.Element, bool) {
	switch oid {
	case types.VectorOID:
		return distance.Float32, true
	case types.HalfvecOID:
		return distance.Half, true
	case types.SparsevecOID:
		return distance.Sparse, true
	case types.BitOID, types.VarbitOID:
		return distance.Bit, true
	}
	return 0, false
}

// VectorOf is a value of one of ElementOf's types, not NULL, as the engine compares it. It borrows the value's memory, but for bits.
func VectorOf(oid types.OID, d types.Datum) distance.Vector {
	switch oid {
	case types.HalfvecOID:
		return distance.HalfFloats(d.Vector())
	case types.SparsevecOID:
		s := d.SparseVec()
		return distance.Vector{Element: distance.Sparse, Dim: int(s.Dim), Floats: s.Values, Indices: s.Indices}
	case types.BitOID, types.VarbitOID:
		bits := make([]byte, distance.Bit.RowBytes(int(d.N)))
		copy(bits, d.S)
		return distance.Vector{Element: distance.Bit, Dim: int(d.N), Bits: bits}
	}
	return distance.Floats(d.Vector())
}

// ElementBuilder collects the vectors of rows for an index that has vectors of its own.
type ElementBuilder struct {
	typ   types.Type
	bytes *column.Builder
	buf   []byte
}

// NewElementBuilder starts the vectors of an index whose key has type t, which says the dimension; capacity is a hint in rows.
func NewElementBuilder(t types.Type, capacity int) *ElementBuilder {
	return &ElementBuilder{typ: t, bytes: column.NewBuilder(column.Bytes, 0, capacity)}
}

// Append adds a row's vector; NULL is none. Errors: 22000 for one of another dimension.
func (e *ElementBuilder) Append(d types.Datum) error {
	if d.IsNull() {
		e.AppendAbsent()
		return nil
	}
	v := VectorOf(e.typ.OID, d)
	if v.Dim != int(e.typ.Mod) {
		return pgerr.New(pgerrcode.DataException, "expected %d dimensions, not %d", e.typ.Mod, v.Dim)
	}
	e.buf = v.AppendRow(e.buf[:0])
	e.bytes.AppendBytes(e.buf)
	return nil
}

// AppendAbsent adds a row that is not in the index.
func (e *ElementBuilder) AppendAbsent() { e.bytes.AppendNull() }

// Finish gives the vectors collected so far.
func (e *ElementBuilder) Finish() column.Column { return e.bytes.Finish() }
