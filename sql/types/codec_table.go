package types

// codecs is filled before main and never changed.
var codecs oidTable[codec]

func init() {
	text, unsigned := textCodec, unsignedCodec
	for oid, c := range map[OID]*codec{
		BoolOID: boolCodec, ByteaOID: byteaCodec, CharOID: charCodec, NameOID: nameCodec, UUIDOID: uuidCodec,
		Int2OID: integerCodec("smallint", 2), Int4OID: integerCodec("integer", 4), Int8OID: integerCodec("bigint", 8),
		OidOID: unsigned("oid", 4), XidOID: unsigned("xid", 4), CidOID: unsigned("cid", 4), Xid8OID: unsigned("xid8", 8),
		Float4OID: floatCodec("real", 32), Float8OID: floatCodec("double precision", 64), NumericOID: numericCodec,
		TextOID: text, UnknownOID: text, CstringOID: text, VarcharOID: varcharCodec, BpcharOID: bpcharCodec,
		BitOID: bitCodec(bitTypmod), VarbitOID: bitCodec(varbitTypmod),
		DateOID: dateCodec, TimeOID: timeCodec, TimetzOID: timetzCodec, IntervalOID: intervalCodec,
		TimestampOID: timestampCodec("timestamp", false), TimestamptzOID: timestampCodec("timestamp with time zone", true),
		JSONOID: jsonCodec, JSONBOID: jsonbCodec,
		RegprocOID: regCodec, RegprocedureOID: regCodec, RegoperOID: regCodec, RegoperatorOID: regCodec, RegclassOID: regCodec,
		RegtypeOID: regCodec, RegnamespaceOID: regCodec, RegroleOID: regCodec, RegconfigOID: regCodec,
		RecordOID: recordCodec, VoidOID: voidCodec, TidOID: tidCodec, PgLsnOID: lsnCodec,
		AclItemOID: opaqueCodec, PgNodeTreeOID: opaqueCodec,
		Int2VectorOID: vectorOfInts(Int2OID), OidVectorOID: vectorOfInts(OidOID),
		VectorOID: vectorKind.codec(), HalfvecOID: halfvecKind.codec(), SparsevecOID: sparsevecCodec,
		AnyArrayOID: anyArrayCodec,
	} {
		codecs.set(oid, c)
	}
	for i := range builtinTypes {
		if builtinTypes[i].IsArray() {
			codecs.set(builtinTypes[i].OID, arrayCodec)
		}
	}
}

// anyArrayCodec shows columns of pg_catalog whose arrays may have any element type, such as pg_attribute.attmissingval.
var anyArrayCodec = &codec{format: formatArray, encode: encodeArray, compare: compareArrays, key: keyArray}

// isPlainText tells the types whose text form is what lies in S.
func isPlainText(oid OID) bool {
	switch oid {
	case TextOID, VarcharOID, BpcharOID, UnknownOID, NameOID, JSONOID, JSONBOID:
		return true
	}
	return false
}
