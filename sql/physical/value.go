package physical

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
	"vecgres/vecengine/column"
)

// NewBuilder starts a column for values of a type.
func NewBuilder(t types.Type, capacity int) *column.Builder {
	kind, dim := KindOf(t)
	return column.NewBuilder(kind, dim, capacity)
}

// Append appends a value, or NULL, of type t to a builder made for KindOf(t).
// Errors: 22000 for a vector of another dimension, and those of types.AppendBinary.
func Append(b *column.Builder, t types.Type, d types.Datum) error {
	if d.IsNull() {
		b.AppendNull()
		return nil
	}
	switch b.Kind() {
	case column.Bool:
		b.AppendBool(d.N != 0)
	case column.Int16, column.Int32, column.Int64:
		b.AppendInt(d.N)
	case column.Float32, column.Float64:
		b.AppendFloat(d.Float())
	case column.Fixed16:
		b.AppendFixed16(fixed16(t, d))
	case column.Vector:
		v := d.Vector()
		if len(v) != int(t.Mod) {
			return pgerr.New(pgerrcode.DataException, "expected %d dimensions, not %d", t.Mod, len(v))
		}
		b.AppendVector(v)
	default:
		return appendBytes(b, t, d)
	}
	return nil
}

func fixed16(t types.Type, d types.Datum) (out [16]byte) {
	if t.OID == types.UUIDOID {
		copy(out[:], d.S)
		return out
	}
	months, days := d.MonthsDays()
	binary.BigEndian.PutUint64(out[0:], uint64(d.N))
	binary.BigEndian.PutUint32(out[8:], uint32(days))
	binary.BigEndian.PutUint32(out[12:], uint32(months))
	return out
}

func appendBytes(b *column.Builder, t types.Type, d types.Datum) error {
	if isRaw(t.OID) {
		b.AppendString(d.S)
		return nil
	}
	if t.OID == types.VectorOID {
		b.AppendBytes(column.BytesOf(d.Vector()))
		return nil
	}
	bytes, err := types.AppendBinary(nil, t.OID, d)
	if err != nil {
		return err
	}
	b.AppendBytes(bytes)
	return nil
}

// DatumAt is value i of a column that holds values of type t. Strings and vectors alias the column's memory: they live as long as it does
// (for a scan's batch, as long as its View is open), and who keeps one longer copies it with Detach.
func DatumAt(c *column.Column, i int, t types.Type) (types.Datum, error) {
	if c.IsNull(i) {
		return types.Null, nil
	}
	switch c.Kind {
	case column.Bool:
		return types.Bool(c.BoolAt(i)), nil
	case column.Int16:
		return types.Int(int64(column.Values[int16](c)[i])), nil
	case column.Int32:
		return types.Int(int64(column.Values[int32](c)[i])), nil
	case column.Int64:
		return types.Int(column.Values[int64](c)[i]), nil
	case column.Float32:
		return types.Float(float64(column.Values[float32](c)[i])), nil
	case column.Float64:
		return types.Float(column.Values[float64](c)[i]), nil
	case column.Fixed16:
		return fixedDatum(c.Data[i*16:i*16+16], t), nil
	case column.Vector:
		return types.VectorOf(c.VectorAt(i)), nil
	}
	return bytesDatum(c.BytesAt(i), t)
}

func fixedDatum(b []byte, t types.Type) types.Datum {
	if t.OID == types.UUIDOID {
		return types.Text(alias(b))
	}
	return types.Interval(int32(binary.BigEndian.Uint32(b[12:])), int32(binary.BigEndian.Uint32(b[8:])), int64(binary.BigEndian.Uint64(b)))
}

func bytesDatum(b []byte, t types.Type) (types.Datum, error) {
	if isRaw(t.OID) {
		return types.Text(alias(b)), nil
	}
	switch t.OID {
	case types.JSONBOID: // the version byte, then canonical text that was checked when it was stored
		if len(b) > 0 && b[0] == 1 {
			return types.Text(alias(b[1:])), nil
		}
	case types.VectorOID:
		return types.VectorOf(floats(b)), nil
	}
	return types.DecodeBinary(nil, types.T(t.OID), b)
}

// alias views bytes as a string.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// floats copies little-endian float32, which need not be aligned.
func floats(b []byte) []float32 {
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}
