package types

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"
	"pgregory.net/rapid"
)

func drawText(t *rapid.T) string {
	s := rapid.StringOfN(rapid.RuneFrom([]rune("ab ,\"\\{}()x\u00e9\u65e5\n")), 0, 12, -1).Draw(t, "text")
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

func drawNumeric(t *rapid.T) Datum {
	if rapid.IntRange(0, 15).Draw(t, "special") == 0 {
		return Numeric(rapid.SampledFrom([]*apd.Decimal{numericNaN, numericPosInf, numericNegInf}).Draw(t, "which"))
	}
	coeff := new(apd.BigInt).SetInt64(rapid.OneOf(rapid.Int64Range(-200, 200), rapid.Int64()).Draw(t, "coeff"))
	if rapid.Bool().Draw(t, "long") {
		coeff.Mul(coeff, pow10(int64(rapid.IntRange(0, 30).Draw(t, "zeros"))))
	}
	v, err := makeSigned(coeff, int64(rapid.IntRange(0, 40).Draw(t, "scale")))
	if err != nil {
		t.Fatal(err)
	}
	return Numeric(v)
}

func drawFloat(t *rapid.T, bits int) Datum {
	v := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 5e-324})).Draw(t, "float")
	if bits == 32 {
		v = float64(float32(v))
	}
	return Float(v)
}

func drawJSON(t *rapid.T, depth int) *JSONValue {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 {
		kind %= 4
	}
	switch JSONKind(kind) {
	case JSONString:
		return NewJSONString(drawText(t))
	case JSONNumber:
		d := drawNumeric(t).Numeric()
		return NewJSONNumber(d)
	case JSONBool:
		return NewJSONBool(rapid.Bool().Draw(t, "bool"))
	case JSONArray:
		elems := make([]*JSONValue, rapid.IntRange(0, 3).Draw(t, "n"))
		for i := range elems {
			elems[i] = drawJSON(t, depth-1)
		}
		return NewJSONArray(elems)
	case JSONObject:
		members := make([]JSONMember, rapid.IntRange(0, 3).Draw(t, "n"))
		for i := range members {
			members[i] = JSONMember{rapid.SampledFrom([]string{"", "a", "b", "ab", "\u65e5"}).Draw(t, "key"), drawJSON(t, depth-1)}
		}
		return NewJSONObject(members)
	}
	return &JSONValue{Kind: JSONNull, Raw: "null"}
}

func drawFloats(t *rapid.T, half bool) []float32 {
	v := make([]float32, rapid.IntRange(1, 5).Draw(t, "dims"))
	for i := range v {
		v[i] = rapid.OneOf(rapid.Float32Range(-65504, 65504), rapid.SampledFrom([]float32{0, 1, -1, float32(math.Copysign(0, -1))})).Draw(t, "x")
		if half {
			v[i] = RoundHalf(v[i])
		}
	}
	return v
}

// drawDatum makes a value of a type, never NULL.
func drawDatum(t *rapid.T, oid OID) Datum {
	integer := func(low, high int64) Datum { return Int(rapid.Int64Range(low, high).Draw(t, "int")) }
	switch oid {
	case BoolOID:
		return Bool(rapid.Bool().Draw(t, "bool"))
	case Int2OID, Int4OID, Int8OID:
		low, high := integerBounds(oid)
		return integer(low, high)
	case OidOID, XidOID, CidOID:
		return integer(0, math.MaxUint32)
	case Xid8OID, PgLsnOID:
		return integer(math.MinInt64, math.MaxInt64)
	case TidOID:
		return integer(0, 1<<48-1)
	case Float4OID:
		return drawFloat(t, 32)
	case Float8OID:
		return drawFloat(t, 64)
	case NumericOID:
		return drawNumeric(t)
	case TextOID, VarcharOID, BpcharOID:
		return Text(drawText(t))
	case NameOID:
		return Text(CutName(drawText(t)))
	case CharOID:
		return charOf(rapid.Byte().Draw(t, "char"))
	case ByteaOID:
		return Bytea(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'a', '\\', 0xfe, 0xff}), 0, 6).Draw(t, "bytes"))
	case UUIDOID:
		return Bytea(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid"))
	case BitOID, VarbitOID:
		n := rapid.Int64Range(0, 20).Draw(t, "bits")
		return resizeBits(BitString(string(rapid.SliceOfN(rapid.Byte(), 3, 3).Draw(t, "bytes")), n), n)
	case DateOID:
		if rapid.IntRange(0, 9).Draw(t, "infinite") == 0 {
			return Int(rapid.SampledFrom([]int64{DateInfinity, DateNegativeInfinity}).Draw(t, "which"))
		}
		return integer(dateMin, dateEnd-1)
	case TimestampOID, TimestamptzOID:
		if rapid.IntRange(0, 9).Draw(t, "infinite") == 0 {
			return Int(rapid.SampledFrom([]int64{TimestampInfinity, TimestampNegativeInfinity}).Draw(t, "which"))
		}
		return integer(timestampMin, timestampEnd-1)
	case TimeOID:
		return integer(0, microsPerDay)
	case TimetzOID:
		return TimeTZ(rapid.Int64Range(0, microsPerDay).Draw(t, "time"), rapid.Int32Range(-15*3600, 15*3600).Draw(t, "zone"))
	case IntervalOID:
		return Interval(rapid.Int32Range(-30, 30).Draw(t, "months"), rapid.Int32Min(math.MinInt32+1).Draw(t, "days"), rapid.Int64Min(math.MinInt64+1).Draw(t, "micros"))
	case JSONOID, JSONBOID:
		return Text(string(AppendJSONB(nil, drawJSON(t, 2))))
	case VectorOID, HalfvecOID:
		return VectorOf(drawFloats(t, oid == HalfvecOID))
	case SparsevecOID:
		d, err := denseToSparse(drawFloats(t, false))
		if err != nil {
			t.Fatal(err)
		}
		return d
	case Int2VectorOID, OidVectorOID:
		d := NewArray(ElemOf(oid), drawElems(t, ElemOf(oid), false))
		if a := d.Array(); len(a.Lower) > 0 {
			a.Lower[0] = 0
		}
		return d
	}
	if elem := ElemOf(oid); elem != 0 {
		return drawArray(t, elem)
	}
	return integer(0, math.MaxUint32) // the reg* types
}

func drawElems(t *rapid.T, elem OID, nulls bool) []Datum {
	elems := make([]Datum, rapid.IntRange(0, 4).Draw(t, "n"))
	for i := range elems {
		if nulls && rapid.IntRange(0, 4).Draw(t, "null") == 0 {
			elems[i] = Null
		} else {
			elems[i] = drawDatum(t, elem)
		}
	}
	return elems
}

func drawArray(t *rapid.T, elem OID) Datum {
	d := NewArray(elem, drawElems(t, elem, true))
	if a := d.Array(); len(a.Elems) == 4 && rapid.Bool().Draw(t, "square") {
		a.Dims, a.Lower = []int32{2, 2}, []int32{rapid.Int32Range(-2, 2).Draw(t, "lower"), 1}
	}
	return d
}

// ordinaryTypes are those whose values can be drawn, printed and read.
func ordinaryTypes() []OID {
	var list []OID
	for _, info := range All() {
		c := codecOf(info.OID)
		if c == nil || c.parse == nil || info.Kind == 'p' {
			continue
		}
		if info.IsArray() {
			if e := codecOf(info.Elem); e == nil || e.parse == nil || info.Elem == RecordOID || info.Elem == CstringOID {
				continue
			}
		}
		switch info.OID {
		case AclItemOID, PgNodeTreeOID, 1034:
			continue
		}
		list = append(list, info.OID)
	}
	return list
}

// TestRoundTrip: a value comes back equal from its text and from its binary form.
func TestRoundTrip(t *testing.T) {
	styles := []*Env{{}, {DateStyle: "SQL, DMY", IntervalStyle: "iso_8601", ByteaOutput: "escape"},
		{DateStyle: "German, DMY", IntervalStyle: "postgres_verbose"}, {IntervalStyle: "sql_standard", DateStyle: "Postgres, MDY"}}
	for _, oid := range ordinaryTypes() {
		t.Run(TypeName(oid), rapid.MakeCheck(func(t *rapid.T) {
			env := rapid.SampledFrom(styles).Draw(t, "env")
			d := drawDatum(t, oid)
			text := FormatText(env, oid, d)
			if !utf8.ValidString(text) {
				t.Fatalf("text %q is not UTF-8", text)
			}
			back, err := ParseText(env, T(oid), text)
			if err != nil {
				t.Fatalf("parse %q: %v", text, err)
			}
			if again := FormatText(env, oid, back); again != text {
				t.Fatalf("%q came back as %q", text, again)
			}
			binary, err := AppendBinary(nil, oid, d)
			if err != nil {
				t.Fatal(err)
			}
			back, err = DecodeBinary(env, T(oid), binary)
			if err != nil {
				t.Fatalf("decode %x: %v", binary, err)
			}
			again, err := AppendBinary(nil, oid, back)
			if err != nil || !bytes.Equal(again, binary) {
				t.Fatalf("%x came back as %x, %v", binary, again, err)
			}
		}))
	}
}

func sign(v int) int {
	switch {
	case v < 0:
		return -1
	case v > 0:
		return 1
	}
	return 0
}

// TestKeyOrder: keys are ordered as values are, alone and in front of another column.
func TestKeyOrder(t *testing.T) {
	for _, oid := range ordinaryTypes() {
		if !Orderable(oid) {
			continue
		}
		t.Run(TypeName(oid), rapid.MakeCheck(func(t *rapid.T) {
			a := drawDatum(t, oid)
			b := a
			if rapid.IntRange(0, 3).Draw(t, "other") > 0 {
				b = drawDatum(t, oid)
			}
			order := sign(Compare(oid, a, b))
			if back := sign(Compare(oid, b, a)); back != -order {
				t.Fatalf("Compare is %d one way and %d the other", order, back)
			}
			x, y := Int(rapid.Int64Range(-1, 1).Draw(t, "x")), Int(rapid.Int64Range(-1, 1).Draw(t, "y"))
			for _, desc := range []bool{false, true} {
				want := order
				if desc {
					want = -order
				}
				if want == 0 {
					want = sign(Compare(Int4OID, x, y))
				}
				if got := bytes.Compare(key(t, oid, a, x, desc), key(t, oid, b, y, desc)); got != want {
					t.Fatalf("desc %v: keys of %q and %q are ordered %d, want %d", desc, FormatText(nil, oid, a), FormatText(nil, oid, b), got, want)
				}
			}
		}))
	}
}

func key(t *rapid.T, oid OID, d, next Datum, desc bool) []byte {
	k, err := AppendKey(nil, oid, d, desc, false)
	if err == nil {
		k, err = AppendKey(k, Int4OID, next, false, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestBinaryNeverPanics feeds every decoder what a hostile client might.
func TestBinaryNeverPanics(t *testing.T) {
	for _, oid := range ordinaryTypes() {
		t.Run(TypeName(oid), rapid.MakeCheck(func(t *rapid.T) {
			b, err := AppendBinary(nil, oid, drawDatum(t, oid))
			if err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(1, 3).Draw(t, "changes") {
				if len(b) > 0 {
					b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
				}
			}
			b = b[:rapid.IntRange(0, len(b)).Draw(t, "cut")]
			d, err := DecodeBinary(nil, T(oid), b)
			if err != nil {
				return
			}
			AppendText(nil, nil, oid, d)
			if Orderable(oid) {
				if _, err := AppendKey(nil, oid, d, false, false); err != nil {
					t.Fatal(err)
				}
			}
		}))
	}
}
