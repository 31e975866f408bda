package types

import "strings"

// Info is what pg_type says of a type.
type Info struct {
	OID       OID
	Name      string // pg_type.typname
	Category  byte
	Preferred bool
	Elem      OID // element type of an array type (and of name, int2vector, oidvector), else 0
	Array     OID // the array type over this type, else 0
	Len       int16
	ByVal     bool
	Align     byte
	Storage   byte
	Delim     byte
	Kind      byte // typtype: 'b' base, 'p' pseudo
}

// IsArray tells a true array type: one whose values are written {…}. int2vector, oidvector and name have an Elem but are not arrays.
func (i *Info) IsArray() bool {
	return i.Elem != 0 && i.Len == -1 && i.Name[0] == '_'
}

// typeAliases are the grammar's other names of types. A type's own name comes before an alias: char is "char" (OID 18) here,
// because the grammar has already turned an unquoted char into bpchar.
var typeAliases = map[string]OID{
	"int": Int4OID, "integer": Int4OID, "bigint": Int8OID, "smallint": Int2OID,
	"real": Float4OID, "float": Float8OID, "double precision": Float8OID,
	"decimal": NumericOID, "dec": NumericOID,
	"character varying": VarcharOID, "char varying": VarcharOID, "national character varying": VarcharOID, "nchar varying": VarcharOID,
	"character": BpcharOID, "nchar": BpcharOID, "national character": BpcharOID, "national char": BpcharOID, `"char"`: CharOID, `"any"`: AnyOID,
	"boolean":                     BoolOID,
	"bit varying":                 VarbitOID,
	"timestamp without time zone": TimestampOID, "timestamp with time zone": TimestamptzOID,
	"time without time zone": TimeOID, "time with time zone": TimetzOID,
}

const (
	denseOIDMax  = 5120  // built-in OIDs below this are looked up in an array
	vectorOIDMin = 16000 // and so are pgvector's
	vectorOIDMax = 16010
)

// oidTable is a map from the built-in OIDs that costs one bounds check a look-up.
type oidTable[T any] struct {
	low  [denseOIDMax]*T
	high [vectorOIDMax - vectorOIDMin]*T
}

func (t *oidTable[T]) get(oid OID) *T {
	switch {
	case oid < denseOIDMax:
		return t.low[oid]
	case oid >= vectorOIDMin && oid < vectorOIDMax:
		return t.high[oid-vectorOIDMin]
	}
	return nil
}

func (t *oidTable[T]) set(oid OID, v *T) {
	if oid < denseOIDMax {
		t.low[oid] = v
	} else {
		t.high[oid-vectorOIDMin] = v
	}
}

// registry is filled before init and never changed.
var registry = buildRegistry()

type typeRegistry struct {
	byOID  oidTable[Info]
	byName map[string]*Info
	all    []*Info
}

func buildRegistry() *typeRegistry {
	r := &typeRegistry{byName: make(map[string]*Info, 2*len(builtinTypes))}
	for i := range builtinTypes {
		info := &builtinTypes[i]
		r.byOID.set(info.OID, info)
		r.byName[info.Name] = info
		r.all = append(r.all, info)
	}
	for alias, oid := range typeAliases {
		r.byName[alias] = r.byOID.get(oid)
	}
	return r
}

// Lookup finds a type by OID.
func Lookup(oid OID) (*Info, bool) {
	info := registry.byOID.get(oid)
	return info, info != nil
}

// ByName finds a type by its pg_type name ("int4", "_text", "char") or by one of the grammar's names ("integer",
// "timestamp with time zone"); name[] finds the array type. Names are matched as given, in lower case.
func ByName(name string) (*Info, bool) {
	if info, ok := registry.byName[name]; ok {
		return info, true
	}
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		if info, ok := ByName(elem); ok && info.Array != 0 {
			return Lookup(info.Array)
		}
	}
	return nil, false
}

// All are the types in the order of their OIDs. The caller must not change it.
func All() []*Info { return registry.all }

// ElemOf is the element type of an array type, also of int2vector and oidvector, else 0.
func ElemOf(oid OID) OID {
	if info, ok := Lookup(oid); ok && (info.IsArray() || oid == Int2VectorOID || oid == OidVectorOID) {
		return info.Elem
	}
	return 0
}

// ArrayTypeOf is the array type over an element type, 0 when it has none.
func ArrayTypeOf(elem OID) OID {
	if info, ok := Lookup(elem); ok {
		return info.Array
	}
	return 0
}
