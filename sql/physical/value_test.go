package physical

import (
	"bytes"
	"testing"

	"vecgres/sql/types"
	"vecgres/vecengine/column"
)

func TestRoundTrip(t *testing.T) {
	values := []struct {
		typ types.Type
		d   types.Datum
	}{
		{types.T(types.BoolOID), types.Bool(true)},
		{types.T(types.Int2OID), types.Int(-3)},
		{types.T(types.Int4OID), types.Int(-70000)},
		{types.T(types.Int8OID), types.Int(1 << 60)},
		{types.T(types.OidOID), types.Int(4294967295)},
		{types.T(types.Float4OID), types.Float(1.5)},
		{types.T(types.Float8OID), types.Float(-2.25)},
		{types.T(types.TextOID), types.Text("grün")},
		{types.T(types.ByteaOID), types.Text("\x00\xff")},
		{types.T(types.UUIDOID), types.Text("0123456789abcdef")},
		{types.T(types.IntervalOID), types.Interval(-2, 3, -4)},
		{types.T(types.IntervalOID), types.Interval(0, 0, 7)},
		{types.Type{OID: types.VectorOID, Mod: 2}, types.VectorOf([]float32{1, 2})},
		{types.T(types.VectorOID), types.VectorOf([]float32{1, 2, 3})},
	}
	for _, v := range values {
		b := NewBuilder(v.typ, 0)
		if err := Append(b, v.typ, types.Null); err != nil {
			t.Fatal(err)
		}
		if err := Append(b, v.typ, v.d); err != nil {
			t.Fatal(err)
		}
		c := b.Finish()
		if d, err := DatumAt(&c, 0, v.typ); err != nil || !d.IsNull() {
			t.Fatalf("%v: NULL came back as %v, %v", v.typ, d, err)
		}
		d, err := DatumAt(&c, 1, v.typ)
		if err != nil {
			t.Fatal(err)
		}
		if kind, _ := KindOf(v.typ); kind == column.Vector || v.typ.OID == types.VectorOID {
			if !bytes.Equal(column.BytesOf(d.Vector()), column.BytesOf(v.d.Vector())) {
				t.Errorf("%v: %v came back as %v", v.typ, v.d, d)
			}
		} else if d != v.d {
			t.Errorf("%v: %v came back as %v", v.typ, v.d, d)
		}
	}
}

func TestVectorOfAnotherDimension(t *testing.T) {
	typ := types.Type{OID: types.VectorOID, Mod: 3}
	err := Append(NewBuilder(typ, 1), typ, types.VectorOf([]float32{1, 2}))
	if err == nil || err.Error() != "expected 3 dimensions, not 2 (SQLSTATE 22000)" {
		t.Fatal(err)
	}
}

func TestPrefixEnd(t *testing.T) {
	for _, c := range []struct{ in, want []byte }{
		{[]byte{1, 2}, []byte{1, 3}}, {[]byte{1, 0xff}, []byte{2}}, {[]byte{0xff}, nil}, {nil, nil},
	} {
		if got := PrefixEnd(c.in); !bytes.Equal(got, c.want) {
			t.Errorf("PrefixEnd(%x) = %x, want %x", c.in, got, c.want)
		}
	}
}
