package physical

import (
	"math/rand/v2"
	"slices"
	"testing"

	"vecgres/sql/types"
	"vecgres/vecengine/distance"
)

// TestElements stores vectors of every type as an index does and reads the engine's form back.
func TestElements(t *testing.T) {
	env := &types.Env{}
	for _, c := range []struct {
		typ     types.Type
		text    string
		element distance.Element
	}{
		{types.Type{OID: types.VectorOID, Mod: 3}, "[1,-2.5,0]", distance.Float32},
		{types.Type{OID: types.HalfvecOID, Mod: 3}, "[1,-2.5,0.099975586]", distance.Half},
		{types.Type{OID: types.SparsevecOID, Mod: 9}, "{1:2,9:-0.5}/9", distance.Sparse},
		{types.Type{OID: types.SparsevecOID, Mod: 9}, "{}/9", distance.Sparse},
		{types.Type{OID: types.BitOID, Mod: 11}, "10110011101", distance.Bit},
		{types.Type{OID: types.BitOID, Mod: 64}, "1000000000000000000000000000000000000000000000000000000000000001", distance.Bit},
	} {
		d, err := types.ParseText(env, c.typ, c.text)
		if err != nil {
			t.Fatal(err)
		}
		element, ok := ElementOf(c.typ.OID)
		if !ok || element != c.element {
			t.Fatalf("%s: element %v", c.text, element)
		}
		b := NewElementBuilder(c.typ, 2)
		b.AppendAbsent()
		if err := b.Append(d); err != nil {
			t.Fatal(err)
		}
		if err := b.Append(types.Null); err != nil {
			t.Fatal(err)
		}
		col := b.Finish()
		if col.Len != 3 || !col.IsNull(0) || col.IsNull(1) || !col.IsNull(2) {
			t.Fatalf("%s: %d rows, or another one is absent", c.text, col.Len)
		}
		got, err := distance.Decode(element, int(c.typ.Mod), col.BytesAt(1))
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		want := VectorOf(c.typ.OID, d)
		if err := want.Check(); err != nil || !slices.Equal(got.Floats, want.Floats) || !slices.Equal(got.Indices, want.Indices) || !slices.Equal(got.Bits, want.Bits) {
			t.Errorf("%s: stored as %+v, asked for as %+v (%v)", c.text, got, want, err)
		}
	}
}

// TestElementDimensions refuses vectors of another dimension than the index's.
func TestElementDimensions(t *testing.T) {
	b := NewElementBuilder(types.Type{OID: types.VectorOID, Mod: 2 + int32(rand.IntN(3))}, 1)
	if err := b.Append(types.VectorOf([]float32{1})); err == nil {
		t.Error("a vector of one dimension went in")
	}
}
