package types

import (
	"math"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// Casts between strings, and between OIDs and the reg* types.

func init() {
	relabels := []struct {
		from, to OID
		context  CastContext
	}{
		{TextOID, VarcharOID, CastImplicit}, {TextOID, BpcharOID, CastImplicit}, {VarcharOID, TextOID, CastImplicit},
		{VarcharOID, BpcharOID, CastImplicit}, {PgNodeTreeOID, TextOID, CastImplicit}, {OidOID, Int4OID, CastAssignment},
		{RegprocOID, RegprocedureOID, CastImplicit}, {RegprocedureOID, RegprocOID, CastImplicit},
		{RegoperOID, RegoperatorOID, CastImplicit}, {RegoperatorOID, RegoperOID, CastImplicit},
	}
	for _, r := range relabels {
		addRelabel(r.from, r.to, r.context)
	}
	trim := func(_ *Env, d Datum) (Datum, error) { return Text(TrimBlanks(d.S)), nil }
	cut := func(_ *Env, d Datum) (Datum, error) { return Text(CutName(d.S)), nil }
	toChar := func(_ *Env, d Datum) (Datum, error) { return firstByte(d.S), nil }
	fromChar := func(_ *Env, d Datum) (Datum, error) { return Text(charText(d.S)), nil }
	fromBool := func(_ *Env, d Datum) (Datum, error) {
		if d.Bool() {
			return Text("true"), nil
		}
		return Text("false"), nil
	}
	addCast(BpcharOID, TextOID, CastImplicit, trim)
	addCast(BpcharOID, VarcharOID, CastImplicit, trim)
	addCast(BpcharOID, NameOID, CastImplicit, func(env *Env, d Datum) (Datum, error) { return Text(CutName(TrimBlanks(d.S))), nil })
	addCast(BpcharOID, BpcharOID, CastImplicit, same)
	addCast(VarcharOID, VarcharOID, CastImplicit, same)
	addCast(TextOID, NameOID, CastImplicit, cut)
	addCast(VarcharOID, NameOID, CastImplicit, cut)
	addCast(NameOID, TextOID, CastImplicit, same)
	addCast(CharOID, TextOID, CastImplicit, fromChar)
	for _, to := range []OID{VarcharOID, BpcharOID} {
		addCast(NameOID, to, CastAssignment, same)
		addCast(CharOID, to, CastAssignment, fromChar)
	}
	for _, to := range []OID{TextOID, VarcharOID, BpcharOID} {
		addCast(BoolOID, to, CastAssignment, fromBool)
		addCast(to, CharOID, CastAssignment, toChar)
	}
	addRegCasts()
}

func addRegCasts() {
	for _, oid := range []OID{OidOID, RegprocOID, RegprocedureOID, RegoperOID, RegoperatorOID, RegclassOID, RegtypeOID, RegnamespaceOID, RegroleOID, RegconfigOID} {
		addCast(Int2OID, oid, CastImplicit, func(_ *Env, d Datum) (Datum, error) { return Int(int64(uint32(d.N))), nil })
		addCast(Int8OID, oid, CastImplicit, func(_ *Env, d Datum) (Datum, error) {
			if d.N < 0 || d.N > math.MaxUint32 {
				return Datum{}, pgerr.New(pgerrcode.NumericValueOutOfRange, "OID out of range")
			}
			return d, nil
		})
		castMatrix[castKey{Int4OID, oid}] = &Cast{From: Int4OID, To: oid, Context: CastImplicit, Method: 'b',
			Func: func(_ *Env, d Datum, _ Type, _ bool) (Datum, error) { return Int(int64(uint32(d.N))), nil }}
		castMatrix[castKey{oid, Int4OID}] = &Cast{From: oid, To: Int4OID, Context: CastAssignment, Method: 'b',
			Func: func(_ *Env, d Datum, _ Type, _ bool) (Datum, error) { return Int(int64(int32(d.N))), nil }}
		addCast(oid, Int8OID, CastAssignment, same)
		if oid != OidOID {
			addRelabel(oid, OidOID, CastImplicit)
			addRelabel(OidOID, oid, CastImplicit)
		}
	}
	for _, from := range []OID{TextOID, VarcharOID} {
		addCast(from, RegclassOID, CastImplicit, func(env *Env, d Datum) (Datum, error) { return regCodec.parse(env, T(RegclassOID), d.S) })
	}
	addCast(Xid8OID, XidOID, CastExplicit, func(_ *Env, d Datum) (Datum, error) { return Int(int64(uint32(d.N))), nil })
}
