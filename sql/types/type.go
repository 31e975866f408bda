package types

// OID identifies a type as pg_type does. Built-in types keep Postgres' numbers.
type OID uint32

// The types' OIDs. Those of pgvector's types lie in the range that Postgres gives to initdb, so that they
// never collide with an object's.
const (
	Unspecified              OID = 0
	BoolOID                  OID = 16
	ByteaOID                 OID = 17
	CharOID                  OID = 18 // "char"
	NameOID                  OID = 19
	Int8OID                  OID = 20
	Int2OID                  OID = 21
	Int2VectorOID            OID = 22
	Int4OID                  OID = 23
	RegprocOID               OID = 24
	TextOID                  OID = 25
	OidOID                   OID = 26
	TidOID                   OID = 27
	XidOID                   OID = 28
	CidOID                   OID = 29
	OidVectorOID             OID = 30
	JSONOID                  OID = 114
	PgNodeTreeOID            OID = 194
	Float4OID                OID = 700
	Float8OID                OID = 701
	UnknownOID               OID = 705
	AclItemOID               OID = 1033
	BpcharOID                OID = 1042
	VarcharOID               OID = 1043
	DateOID                  OID = 1082
	TimeOID                  OID = 1083
	TimestampOID             OID = 1114
	TimestamptzOID           OID = 1184
	IntervalOID              OID = 1186
	TimetzOID                OID = 1266
	BitOID                   OID = 1560
	VarbitOID                OID = 1562
	NumericOID               OID = 1700
	RegprocedureOID          OID = 2202
	RegoperOID               OID = 2203
	RegoperatorOID           OID = 2204
	RegclassOID              OID = 2205
	RegtypeOID               OID = 2206
	RecordOID                OID = 2249
	CstringOID               OID = 2275
	AnyOID                   OID = 2276
	AnyArrayOID              OID = 2277
	VoidOID                  OID = 2278
	TriggerOID               OID = 2279
	InternalOID              OID = 2281
	AnyElementOID            OID = 2283
	AnyNonArrayOID           OID = 2776
	UUIDOID                  OID = 2950
	PgLsnOID                 OID = 3220
	AnyEnumOID               OID = 3500
	RegconfigOID             OID = 3734
	JSONBOID                 OID = 3802
	RegnamespaceOID          OID = 4089
	RegroleOID               OID = 4096
	Xid8OID                  OID = 5069
	AnyCompatibleOID         OID = 5077
	AnyCompatibleArrayOID    OID = 5078
	AnyCompatibleNonArrayOID OID = 5079

	// Arrays that code names; the array type of any other type is Info.Array.
	JSONArrayOID    OID = 199
	BoolArrayOID    OID = 1000
	ByteaArrayOID   OID = 1001
	NameArrayOID    OID = 1003
	Int2ArrayOID    OID = 1005
	Int4ArrayOID    OID = 1007
	TextArrayOID    OID = 1009
	BpcharArrayOID  OID = 1014
	VarcharArrayOID OID = 1015
	Int8ArrayOID    OID = 1016
	Float4ArrayOID  OID = 1021
	Float8ArrayOID  OID = 1022
	OidArrayOID     OID = 1028
	NumericArrayOID OID = 1231
	RecordArrayOID  OID = 2287
	UUIDArrayOID    OID = 2951
	JSONBArrayOID   OID = 3807

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
