package types

// OID identifies a type as pg_type does. Built-in types keep Postgres' numbers.
type OID uint32

// The types' OIDs. Those of pgvector's types lie in the range that Postgres gives to initdb, so that they
// never collide with an object's.
const (
	Unspecified           OID = 0
	BoolOID               OID = 16
	ByteaOID              OID = 17
	CharOID               OID = 18 // "char"
	NameOID               OID = 19
	Int8OID               OID = 20
	Int2OID               OID = 21
	Int2VectorOID         OID = 22
	Int4OID               OID = 23
	RegprocOID            OID = 24
	TextOID               OID = 25
	OidOID                OID = 26
	XidOID                OID = 28
	OidVectorOID          OID = 30
	JSONOID               OID = 114
	PgNodeTreeOID         OID = 194
	Float4OID             OID = 700
	Float8OID             OID = 701
	UnknownOID            OID = 705
	AclItemOID            OID = 1033
	BpcharOID             OID = 1042
	VarcharOID            OID = 1043
	DateOID               OID = 1082
	TimeOID               OID = 1083
	TimestampOID          OID = 1114
	TimestamptzOID        OID = 1184
	IntervalOID           OID = 1186
	TimetzOID             OID = 1266
	BitOID                OID = 1560
	VarbitOID             OID = 1562
	NumericOID            OID = 1700
	RegprocedureOID       OID = 2202
	RegoperOID            OID = 2203
	RegclassOID           OID = 2205
	RegtypeOID            OID = 2206
	RecordOID             OID = 2249
	CstringOID            OID = 2275
	AnyOID                OID = 2276
	AnyArrayOID           OID = 2277
	VoidOID               OID = 2278
	AnyElementOID         OID = 2283
	AnyNonArrayOID        OID = 2776
	UUIDOID               OID = 2950
	JSONBOID              OID = 3802
	RegnamespaceOID       OID = 4089
	RegroleOID            OID = 4096
	AnyCompatibleOID      OID = 5077
	AnyCompatibleArrayOID OID = 5078

	VectorOID         OID = 16001
	VectorArrayOID    OID = 16002
	HalfvecOID        OID = 16003
	HalfvecArrayOID   OID = 16004
	SparsevecOID      OID = 16005
	SparsevecArrayOID OID = 16006
)

// Type is a SQL type: an OID and a type modifier as Postgres encodes it (varchar(n): n+4; numeric(p,s): (p<<16|s)+4;
// vector(n): n; timestamps: precision), -1 for none.
type Type struct {
	OID OID
	Mod int32
}

// T makes a Type without modifier.
func T(oid OID) Type { return Type{OID: oid, Mod: -1} }
