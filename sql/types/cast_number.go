package types

import (
	"math"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// Casts between numbers, booleans, bits and jsonb's numbers.

func init() {
	integers := []OID{Int2OID, Int4OID, Int8OID}
	for i, from := range integers {
		for j, to := range integers {
			switch {
			case j > i:
				addCast(from, to, CastImplicit, same)
			case j < i:
				addCast(from, to, CastAssignment, narrowTo(to))
			}
		}
		addCast(from, Float4OID, CastImplicit, func(_ *Env, d Datum) (Datum, error) { return Float(float64(float32(d.N))), nil })
		addCast(from, Float8OID, CastImplicit, func(_ *Env, d Datum) (Datum, error) { return Float(float64(d.N)), nil })
		addCast(from, NumericOID, CastImplicit, func(_ *Env, d Datum) (Datum, error) { return Numeric(NumericFromInt64(d.N)), nil })
		addCast(NumericOID, from, CastAssignment, numericTo(from))
		addCast(Float4OID, from, CastAssignment, floatTo(from))
		addCast(Float8OID, from, CastAssignment, floatTo(from))
		addCast(JSONBOID, from, CastExplicit, jsonbTo(from, func(v *JSONValue) (Datum, error) {
			n, err := v.Numeric()
			if err != nil {
				return Datum{}, err
			}
			return numericTo(from)(nil, Numeric(n))
		}))
	}
	addCast(Float4OID, Float8OID, CastImplicit, same)
	addCast(Float8OID, Float4OID, CastAssignment, func(_ *Env, d Datum) (Datum, error) { return float8To4(d.Float()) })
	addCast(Float4OID, NumericOID, CastAssignment, func(_ *Env, d Datum) (Datum, error) {
		return Numeric(NumericFromFloat32(float32(d.Float()))), nil
	})
	addCast(Float8OID, NumericOID, CastAssignment, func(_ *Env, d Datum) (Datum, error) { return Numeric(NumericFromFloat64(d.Float())), nil })
	addCast(NumericOID, Float4OID, CastImplicit, numericToFloatCast("real", 32))
	addCast(NumericOID, Float8OID, CastImplicit, numericToFloatCast("double precision", 64))
	addCast(NumericOID, NumericOID, CastImplicit, same)

	addCast(BoolOID, Int4OID, CastExplicit, same)
	addCast(Int4OID, BoolOID, CastExplicit, func(_ *Env, d Datum) (Datum, error) { return Bool(d.N != 0), nil })
	addCast(CharOID, Int4OID, CastExplicit, func(_ *Env, d Datum) (Datum, error) {
		if d.S == "" {
			return Int(0), nil
		}
		return Int(int64(int8(d.S[0]))), nil
	})
	addCast(Int4OID, CharOID, CastExplicit, func(_ *Env, d Datum) (Datum, error) {
		if d.N < math.MinInt8 || d.N > math.MaxInt8 {
			return Datum{}, pgerr.New(pgerrcode.NumericValueOutOfRange, "\"char\" out of range")
		}
		return charOf(byte(d.N)), nil
	})
	addBitCasts()
	addJSONBCasts()
}

func same(_ *Env, d Datum) (Datum, error) { return d, nil }

// OutOfRange is 22003 as arithmetic and casts word it: "integer out of range".
func OutOfRange(oid OID) error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "%s out of range", TypeName(oid))
}

func integerBounds(oid OID) (low, high int64) {
	switch oid {
	case Int2OID:
		return math.MinInt16, math.MaxInt16
	case Int4OID:
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

func narrowTo(to OID) castFunc {
	low, high := integerBounds(to)
	return func(_ *Env, d Datum) (Datum, error) {
		if d.N < low || d.N > high {
			return Datum{}, OutOfRange(to)
		}
		return d, nil
	}
}

func numericTo(to OID) castFunc {
	low, high := integerBounds(to)
	return func(_ *Env, d Datum) (Datum, error) {
		v := d.Numeric()
		switch {
		case isNaN(v):
			return Datum{}, pgerr.New(pgerrcode.FeatureNotSupported, "cannot convert NaN to %s", TypeName(to))
		case isInf(v):
			return Datum{}, pgerr.New(pgerrcode.FeatureNotSupported, "cannot convert infinity to %s", TypeName(to))
		}
		n, ok := NumericToInt64(v)
		if !ok || n < low || n > high {
			return Datum{}, OutOfRange(to)
		}
		return Int(n), nil
	}
}

// floatTo rounds half to even, as rint does.
func floatTo(to OID) castFunc {
	low, high := integerBounds(to)
	return func(_ *Env, d Datum) (Datum, error) {
		v := math.RoundToEven(d.Float())
		if !(v >= float64(low) && v < -float64(low)) {
			return Datum{}, OutOfRange(to)
		}
		return Int(min(int64(v), high)), nil
	}
}

func float8To4(v float64) (Datum, error) {
	narrow := float64(float32(v))
	switch {
	case math.IsInf(narrow, 0) && !math.IsInf(v, 0):
		return Datum{}, pgerr.New(pgerrcode.NumericValueOutOfRange, "value out of range: overflow")
	case narrow == 0 && v != 0:
		return Datum{}, pgerr.New(pgerrcode.NumericValueOutOfRange, "value out of range: underflow")
	}
	return Float(narrow), nil
}

func numericToFloatCast(name string, bits int) castFunc {
	return func(_ *Env, d Datum) (Datum, error) {
		v, err := numericToFloat(d.Numeric(), name, bits)
		return Float(v), err
	}
}

func addBitCasts() {
	for _, from := range []OID{Int4OID, Int8OID} {
		width := int64(32)
		if from == Int8OID {
			width = 64
		}
		castMatrix[castKey{from, BitOID}] = &Cast{From: from, To: BitOID, Context: CastExplicit, Method: 'f',
			Func: func(_ *Env, d Datum, to Type, _ bool) (Datum, error) {
				return intToBits(d.N, int64(max(to.Mod, 1))), nil
			},
		}
		addCast(BitOID, from, CastExplicit, func(_ *Env, d Datum) (Datum, error) {
			if d.N > width {
				return Datum{}, OutOfRange(from)
			}
			v := bigEndian([]byte(d.S)) >> ((8 - d.N%8) % 8)
			if width == 32 {
				return Int(int64(int32(v))), nil
			}
			return Int(int64(v)), nil
		})
	}
	addRelabel(BitOID, VarbitOID, CastImplicit)
	addRelabel(VarbitOID, BitOID, CastImplicit)
	addCast(BitOID, BitOID, CastImplicit, same)
	addCast(VarbitOID, VarbitOID, CastImplicit, same)
}

// intToBits keeps the n lowest bits, with the sign repeated in front.
func intToBits(v, n int64) Datum {
	b := make([]byte, (n+7)/8)
	for i := range n {
		if v>>min(n-1-i, 63)&1 != 0 {
			b[i/8] |= 0x80 >> (i % 8)
		}
	}
	return BitString(string(b), n)
}

var jsonKindNames = [...]string{JSONNull: "null", JSONString: "string", JSONNumber: "numeric", JSONBool: "boolean", JSONArray: "array", JSONObject: "object"}

// jsonbTo converts a jsonb that is a number; want is JSONNumber unless the target is boolean.
func jsonbTo(to OID, f func(v *JSONValue) (Datum, error)) castFunc {
	want := JSONNumber
	if to == BoolOID {
		want = JSONBool
	}
	return func(_ *Env, d Datum) (Datum, error) {
		v, err := ParseJSON(d.S)
		if err != nil {
			return Datum{}, err
		}
		if v.Kind != want {
			return Datum{}, pgerr.New(pgerrcode.InvalidParameterValue, "cannot cast jsonb %s to type %s", jsonKindNames[v.Kind], TypeName(to))
		}
		return f(v)
	}
}

func addJSONBCasts() {
	addCast(JSONBOID, BoolOID, CastExplicit, jsonbTo(BoolOID, func(v *JSONValue) (Datum, error) { return Bool(v.Bool), nil }))
	addCast(JSONBOID, NumericOID, CastExplicit, jsonbTo(NumericOID, func(v *JSONValue) (Datum, error) {
		n, err := v.Numeric()
		return Numeric(n), err
	}))
	for _, to := range []OID{Float4OID, Float8OID} {
		convert := numericToFloatCast("real", 32)
		if to == Float8OID {
			convert = numericToFloatCast("double precision", 64)
		}
		addCast(JSONBOID, to, CastExplicit, jsonbTo(to, func(v *JSONValue) (Datum, error) {
			n, err := v.Numeric()
			if err != nil {
				return Datum{}, err
			}
			return convert(nil, Numeric(n))
		}))
	}
	addThroughText(JSONOID, JSONBOID, CastAssignment)
	addThroughText(JSONBOID, JSONOID, CastAssignment)
}

// firstByte is a string's first byte as "char" takes it.
func firstByte(s string) Datum {
	if s == "" {
		return Datum{}
	}
	return charOf(s[0])
}

// charText is a "char" as text: a byte beyond ASCII in its octal form, since alone it is no UTF-8.
func charText(s string) string {
	if s != "" && s[0] >= utf8.RuneSelf {
		return string(appendOctal(nil, s[0]))
	}
	return s
}
