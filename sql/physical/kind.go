package physical

import (
	"fmt"
	"strconv"

	"vecgres/sql/types"
	"vecgres/vecengine/column"
)

// VectorDimMax is the widest vector(n) that is stored as a Vector column; pgvector's own limit of a type modifier.
const VectorDimMax = 16000

// KindOf tells how a type's values are stored; dim is 0 except for Vector.
func KindOf(t types.Type) (kind column.Kind, dim int) {
	switch t.OID {
	case types.BoolOID:
		return column.Bool, 0
	case types.Int2OID:
		return column.Int16, 0
	case types.Int4OID, types.DateOID:
		return column.Int32, 0
	case types.Int8OID, types.TimeOID, types.TimestampOID, types.TimestamptzOID:
		return column.Int64, 0
	case types.Float4OID:
		return column.Float32, 0
	case types.Float8OID:
		return column.Float64, 0
	case types.UUIDOID, types.IntervalOID:
		return column.Fixed16, 0
	case types.VectorOID:
		if t.Mod > 0 && t.Mod <= VectorDimMax {
			return column.Vector, int(t.Mod)
		}
		return column.Bytes, 0
	}
	if isObjectID(t.OID) {
		return column.Int64, 0
	}
	return column.Bytes, 0
}

// isObjectID tells the types that are an unsigned 32-bit number.
func isObjectID(oid types.OID) bool {
	switch oid {
	case types.OidOID, types.XidOID, types.RegprocOID, types.RegprocedureOID, types.RegoperOID, types.RegclassOID,
		types.RegtypeOID, types.RegnamespaceOID, types.RegroleOID:
		return true
	}
	return false
}

// isRaw tells the types whose S is stored as it is.
func isRaw(oid types.OID) bool {
	switch oid {
	case types.TextOID, types.VarcharOID, types.BpcharOID, types.NameOID, types.JSONOID, types.ByteaOID, types.CharOID, types.UnknownOID,
		types.CstringOID, types.PgNodeTreeOID:
		return true
	}
	return false
}

// Pushable tells whether the engine orders and equates stored values of the type as SQL does, so that a comparison with a constant of
// the same type may become an engine predicate. IS [NOT] NULL may for every type.
func Pushable(t types.Type) bool {
	switch t.OID {
	case types.BoolOID, types.Int2OID, types.Int4OID, types.Int8OID, types.Float4OID, types.Float8OID, types.DateOID, types.TimeOID,
		types.TimestampOID, types.TimestamptzOID, types.UUIDOID, types.TextOID, types.VarcharOID, types.NameOID, types.ByteaOID:
		return true
	}
	return isObjectID(t.OID)
}

// PredicateValue is a constant of a Pushable type as the engine compares it: i for Bool and the integer kinds, f for the float kinds,
// b (aliasing d where it can) for Bytes and Fixed16.
func PredicateValue(t types.Type, d types.Datum) (i int64, f float64, b []byte) {
	switch kind, _ := KindOf(t); kind {
	case column.Float32, column.Float64:
		return 0, d.Float(), nil
	case column.Bytes, column.Fixed16:
		return 0, 0, []byte(d.S)
	}
	return d.N, 0, nil
}

// ExtensionOf names the Arrow extension type of a stored column and its metadata, so that other readers of the files know what the
// bytes mean. Both are empty where Arrow's own type says all.
func ExtensionOf(t types.Type) (name, metadata string) {
	switch t.OID {
	case types.BoolOID, types.Int2OID, types.Int4OID, types.Int8OID, types.Float4OID, types.Float8OID:
		return "", ""
	case types.UUIDOID:
		return "arrow.uuid", ""
	}
	typname := strconv.Itoa(int(t.OID))
	if info, ok := types.Lookup(t.OID); ok {
		typname = info.Name
	}
	return "postgres." + typname, fmt.Sprintf(`{"oid":%d,"typmod":%d}`, t.OID, t.Mod)
}
