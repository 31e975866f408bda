package types

import "strconv"

// sqlNames are the types that SQL calls otherwise than pg_type does.
var sqlNames = map[OID]string{
	BoolOID: "boolean", Int2OID: "smallint", Int4OID: "integer", Int8OID: "bigint", Float4OID: "real", Float8OID: "double precision",
	BpcharOID: "character", VarcharOID: "character varying", VarbitOID: "bit varying", TimestampOID: "timestamp without time zone",
	TimestamptzOID: "timestamp with time zone", TimeOID: "time without time zone", TimetzOID: "time with time zone",
	CharOID: `"char"`, AnyOID: `"any"`,
}

// TypeName is a type's name in SQL without modifier, as Postgres puts it into messages and regtype prints it.
func TypeName(oid OID) string {
	if name, ok := sqlNames[oid]; ok {
		return name
	}
	info, ok := Lookup(oid)
	switch {
	case oid == 0:
		return "-"
	case !ok:
		return "???"
	case info.IsArray():
		return TypeName(info.Elem) + "[]"
	}
	return info.Name
}

// FormatType is the type's name with its modifier as format_type(oid, typmod) prints it: character varying(10),
// numeric(10,2), timestamp(3) without time zone, integer[], vector(3). Without a modifier bpchar and "bit" keep the names
// that tell them from character and bit, which mean a length of 1.
func FormatType(t Type) string {
	if info, ok := Lookup(t.OID); ok && info.IsArray() {
		return FormatType(Type{info.Elem, t.Mod}) + "[]"
	}
	if t.Mod < 0 {
		switch t.OID {
		case BpcharOID:
			return "bpchar"
		case BitOID:
			return `"bit"`
		}
		return TypeName(t.OID)
	}
	switch t.OID {
	case TimestampOID:
		return "timestamp" + formatMod(t.Mod) + " without time zone"
	case TimestamptzOID:
		return "timestamp" + formatMod(t.Mod) + " with time zone"
	case TimeOID:
		return "time" + formatMod(t.Mod) + " without time zone"
	case TimetzOID:
		return "time" + formatMod(t.Mod) + " with time zone"
	case VarcharOID, BpcharOID:
		return TypeName(t.OID) + formatMod(t.Mod-modHeader)
	case NumericOID:
		p, s := numericMod(t.Mod)
		return "numeric(" + strconv.Itoa(int(p)) + "," + strconv.Itoa(int(s)) + ")"
	case IntervalOID:
		return "interval" + formatIntervalMod(t.Mod)
	case BitOID, VarbitOID, VectorOID, HalfvecOID, SparsevecOID:
		return TypeName(t.OID) + formatMod(t.Mod)
	}
	return TypeName(t.OID)
}

func formatMod(n int32) string { return "(" + strconv.Itoa(int(n)) + ")" }
