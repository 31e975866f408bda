package types

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

func TestRegistry(t *testing.T) {
	for name, want := range map[string]OID{
		"int4": Int4OID, "integer": Int4OID, "int": Int4OID, "bigint": Int8OID, "double precision": Float8OID, "_text": TextArrayOID,
		"text[]": TextArrayOID, "integer[]": Int4ArrayOID, "timestamp with time zone": TimestamptzOID, "char": CharOID,
		"character": BpcharOID, "bpchar": BpcharOID, "vector": VectorOID, "vector[]": VectorArrayOID, "decimal": NumericOID, "boolean": BoolOID,
	} {
		if info, ok := ByName(name); !ok || info.OID != want {
			t.Errorf("ByName(%q) = %v, want %d", name, info, want)
		}
	}
	for _, name := range []string{"", "[]", "nosuch", "int4[][]", "INT4"} {
		if info, ok := ByName(name); ok {
			t.Errorf("ByName(%q) = %v, want none", name, info)
		}
	}
	for _, oid := range []OID{0, 1, 9999, 16000, 16009, 16010, math.MaxUint32} {
		if info, ok := Lookup(oid); ok {
			t.Errorf("Lookup(%d) = %v, want none", oid, info)
		}
	}
	for _, info := range All() {
		if info.Array != 0 {
			if array, ok := Lookup(info.Array); !ok || array.Elem != info.OID || !array.IsArray() {
				t.Errorf("the array type of %s is %v", info.Name, array)
			}
		}
		if back, ok := Lookup(info.OID); !ok || back != info {
			t.Errorf("Lookup(%d) = %v", info.OID, back)
		}
		if info.Kind == 'b' && codecOf(info.OID) == nil {
			t.Errorf("%s has no codec", info.Name)
		}
	}
}

func TestFormatType(t *testing.T) {
	mod := func(oid OID, mods ...int32) Type {
		m, err := TypmodIn(oid, mods)
		if err != nil {
			t.Fatal(err)
		}
		return Type{oid, m}
	}
	for want, typ := range map[string]Type{
		"character varying(10)": mod(VarcharOID, 10), "character varying": T(VarcharOID), "character(3)": mod(BpcharOID, 3), "bpchar": T(BpcharOID),
		"numeric(10,2)": mod(NumericOID, 10, 2), "numeric(10,0)": mod(NumericOID, 10), "numeric(3,-2)": mod(NumericOID, 3, -2), "numeric": T(NumericOID),
		"timestamp(3) without time zone": mod(TimestampOID, 3), "time(0) with time zone": mod(TimetzOID, 0), "timestamp with time zone": T(TimestamptzOID),
		"integer[]": T(Int4ArrayOID), "numeric(5,1)[]": {NumericArrayOID, mod(NumericOID, 5, 1).Mod}, "vector(3)": mod(VectorOID, 3), "vector": T(VectorOID),
		"halfvec(4)": mod(HalfvecOID, 4), "sparsevec(5)": mod(SparsevecOID, 5), `"char"`: T(CharOID), `"bit"`: T(BitOID), "bit(3)": mod(BitOID, 3),
		"bit varying(3)": mod(VarbitOID, 3), "interval day to second(3)": mod(IntervalOID, maskDay|maskHour|maskMinute|maskSecond, 3),
		"interval year to month": mod(IntervalOID, maskYear|maskMonth), "interval(2)": mod(IntervalOID, intervalFull, 2), "interval": T(IntervalOID),
		"???": T(9999), "-": T(0), "bigint": T(Int8OID), "record": T(RecordOID),
	} {
		if got := FormatType(typ); got != want {
			t.Errorf("FormatType(%v) = %q, want %q", typ, got, want)
		}
	}
	if got := TypeName(BpcharOID); got != "character" {
		t.Errorf("TypeName(bpchar) = %q", got)
	}
}

func TestTypmodErrors(t *testing.T) {
	for _, c := range []struct {
		oid  OID
		mods []int32
		code string
		want string
	}{
		{VectorOID, []int32{0}, pgerrcode.InvalidParameterValue, "dimensions for type vector must be at least 1"},
		{VectorOID, []int32{16001}, pgerrcode.InvalidParameterValue, "dimensions for type vector cannot exceed 16000"},
		{VectorOID, []int32{1, 2}, pgerrcode.InvalidParameterValue, "invalid type modifier"},
		{HalfvecOID, []int32{16001}, pgerrcode.InvalidParameterValue, "dimensions for type halfvec cannot exceed 16000"},
		{SparsevecOID, []int32{1000000001}, pgerrcode.InvalidParameterValue, "dimensions for type sparsevec cannot exceed 1000000000"},
		{VarcharOID, []int32{0}, pgerrcode.InvalidParameterValue, "length for type varchar must be at least 1"},
		{BpcharOID, []int32{10485761}, pgerrcode.InvalidParameterValue, "length for type char cannot exceed 10485760"},
		{NumericOID, []int32{0}, pgerrcode.InvalidParameterValue, "NUMERIC precision 0 must be between 1 and 1000"},
		{NumericOID, []int32{5, 1001}, pgerrcode.InvalidParameterValue, "NUMERIC scale 1001 must be between -1000 and 1000"},
		{NumericOID, []int32{1, 2, 3}, pgerrcode.InvalidParameterValue, "invalid NUMERIC type modifier"},
		{TimestamptzOID, []int32{-1}, pgerrcode.InvalidParameterValue, "TIMESTAMP(-1) WITH TIME ZONE precision must not be negative"},
		{IntervalOID, []int32{5}, pgerrcode.InvalidParameterValue, "invalid INTERVAL type modifier"},
		{Int4OID, []int32{5}, pgerrcode.SyntaxError, `type modifier is not allowed for type "int4"`},
	} {
		_, err := TypmodIn(c.oid, c.mods)
		if err == nil || pgerr.Code(err) != c.code || pgerr.From(err).Message != c.want {
			t.Errorf("TypmodIn(%s, %v) = %v, want %s", TypeName(c.oid), c.mods, err, c.want)
		}
	}
}

func TestApplyTypmod(t *testing.T) {
	varchar3 := Type{VarcharOID, 3 + modHeader}
	if _, err := ApplyTypmod(varchar3, Text("abcd"), false); pgerr.Code(err) != pgerrcode.StringDataRightTruncationDataException {
		t.Errorf("assignment of a long string: %v", err)
	}
	if d, err := ApplyTypmod(varchar3, Text("äbcd"), true); err != nil || d.S != "äbc" {
		t.Errorf("cast of a long string: %q, %v", d.S, err)
	}
	if d, err := ApplyTypmod(varchar3, Text("abc  "), false); err != nil || d.S != "abc" {
		t.Errorf("assignment with blanks: %q, %v", d.S, err)
	}
	if d, err := ApplyTypmod(Type{BpcharOID, 5 + modHeader}, Text("ab"), false); err != nil || d.S != "ab   " {
		t.Errorf("padding: %q, %v", d.S, err)
	}
	if _, err := ApplyTypmod(Type{VectorOID, 3}, VectorOf([]float32{1, 2}), true); pgerr.From(err).Message != "expected 3 dimensions, not 2" || pgerr.Code(err) != pgerrcode.DataException {
		t.Errorf("dimensions: %v", err)
	}
	if d, err := ApplyTypmod(varchar3, Null, false); err != nil || !d.IsNull() {
		t.Errorf("NULL: %v, %v", d, err)
	}
}

func TestCheckText(t *testing.T) {
	for s, want := range map[string]string{
		"ok é 日": "", "\xff": "0xff", "a\x00b": "0x00", "\xc3(": "0xc3 0x28", "\xe6\x97": "0xe6 0x97", "\xed\xa0\x80": "0xed 0xa0 0x80", "\xf0\x9f\x98x": "0xf0 0x9f 0x98 0x78",
		"\xc0\xaf": "0xc0 0xaf", "\xf5\x80": "0xf5 0x80",
	} {
		err := CheckText(s)
		if want == "" {
			if err != nil {
				t.Errorf("%q: %v", s, err)
			}
			continue
		}
		if err == nil || pgerr.Code(err) != pgerrcode.CharacterNotInRepertoire || !strings.HasSuffix(pgerr.From(err).Message, `"UTF8": `+want) {
			t.Errorf("%q: %v, want %s", s, err, want)
		}
	}
}

// resolver knows one table.
type resolver struct{}

func (resolver) RegName(typ OID, oid uint32) (string, bool) {
	return "app.items", typ == RegclassOID && oid == 70000
}

func (resolver) RegOID(typ OID, name string) (uint32, error) {
	if typ == RegclassOID && name == "app.items" {
		return 70000, nil
	}
	return 0, UndefinedReg(typ, name)
}

func TestRegTypes(t *testing.T) {
	env := &Env{Resolver: resolver{}}
	for _, c := range []struct {
		oid       OID
		in, out   string
		plainText string // without a resolver
	}{
		{RegclassOID, "app.items", "app.items", "70000"}, {RegclassOID, "70000", "app.items", "70000"}, {RegclassOID, "70001", "70001", "70001"},
		{RegclassOID, "-", "-", "-"}, {RegclassOID, "0", "-", "-"}, {RegtypeOID, "23", "integer", "integer"},
	} {
		d, err := ParseText(env, T(c.oid), c.in)
		if err != nil {
			t.Errorf("%s %q: %v", TypeName(c.oid), c.in, err)
			continue
		}
		if got := FormatText(env, c.oid, d); got != c.out {
			t.Errorf("%s %q prints as %q, want %q", TypeName(c.oid), c.in, got, c.out)
		}
		if got := FormatText(nil, c.oid, d); got != c.plainText {
			t.Errorf("%s %q prints as %q without resolver", TypeName(c.oid), c.in, got)
		}
	}
	if _, err := ParseText(env, T(RegclassOID), "nosuch"); pgerr.Code(err) != pgerrcode.UndefinedTable {
		t.Errorf("nosuch::regclass: %v", err)
	}
	d, err := CastDatum(env, T(TextOID), T(RegclassOID), Text("app.items"), true)
	if err != nil || d.N != 70000 {
		t.Errorf("text to regclass: %v, %v", d, err)
	}
}

func TestNullKeys(t *testing.T) {
	key := func(d Datum, desc, nullsFirst bool) []byte {
		k, err := AppendKey(nil, Int4OID, d, desc, nullsFirst)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	for _, desc := range []bool{false, true} {
		for _, v := range []int64{math.MinInt32, 0, math.MaxInt32} {
			if bytes.Compare(key(Null, desc, true), key(Int(v), desc, true)) >= 0 {
				t.Errorf("NULLS FIRST, desc %v: NULL is not before %d", desc, v)
			}
			if bytes.Compare(key(Null, desc, false), key(Int(v), desc, false)) <= 0 {
				t.Errorf("NULLS LAST, desc %v: NULL is not after %d", desc, v)
			}
		}
	}
	if _, err := AppendKey(nil, JSONOID, Text("1"), false, false); pgerr.Code(err) != pgerrcode.UndefinedFunction {
		t.Errorf("key of json: %v", err)
	}
}

// TestEqualKeys: values that are equal have equal keys.
func TestEqualKeys(t *testing.T) {
	for _, c := range []struct {
		oid  OID
		a, b string
	}{
		{NumericOID, "1.0", "1.00"}, {NumericOID, "0", "-0.000"}, {NumericOID, "100", "1e2"}, {Float8OID, "0", "-0"}, {BpcharOID, "a", "a  "},
		{IntervalOID, "1 mon", "30 days"}, {IntervalOID, "1 day", "24:00"}, {JSONBOID, `{"a": 1.0}`, `{"a": 1.00}`}, {VectorOID, "[0]", "[-0]"},
		{NumericArrayOID, "{1.0,2}", "{1,2.00}"},
	} {
		a, err := ParseText(nil, T(c.oid), c.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseText(nil, T(c.oid), c.b)
		if err != nil {
			t.Fatal(err)
		}
		x, _ := AppendKey(nil, c.oid, a, false, false)
		y, _ := AppendKey(nil, c.oid, b, false, false)
		if !Equal(c.oid, a, b) || !bytes.Equal(x, y) {
			t.Errorf("%s %s and %s: keys %x and %x", TypeName(c.oid), c.a, c.b, x, y)
		}
	}
}

func TestRecord(t *testing.T) {
	record := func(fields ...Datum) Datum {
		return RecordOf(&Record{Types: []Type{T(Int4OID), T(TextOID)}, Fields: fields})
	}
	a := record(Int(1), Text(`x "y\`))
	if got := FormatText(nil, RecordOID, a); got != `(1,"x ""y\\")` {
		t.Errorf("record prints as %s", got)
	}
	if got := FormatText(nil, RecordOID, record(Null, Text(""))); got != `(,"")` {
		t.Errorf("record prints as %s", got)
	}
	binary, err := AppendBinary(nil, RecordOID, record(Int(7), Null))
	want := []byte{0, 0, 0, 2, 0, 0, 0, 23, 0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0, 25, 255, 255, 255, 255}
	if err != nil || !bytes.Equal(binary, want) {
		t.Errorf("record is sent as %x, %v", binary, err)
	}
	order := []Datum{record(Int(-1), Text("b")), record(Int(1), Text("a")), record(Int(1), Text("b")), record(Int(1), Null), record(Null, Text("a"))}
	for i := range order {
		for j := range order {
			x, _ := AppendKey(nil, RecordOID, order[i], false, false)
			y, _ := AppendKey(nil, RecordOID, order[j], false, false)
			if got, want := bytes.Compare(x, y), sign(i-j); got != want || sign(Compare(RecordOID, order[i], order[j])) != want {
				t.Errorf("records %d and %d are ordered %d by key", i, j, got)
			}
		}
	}
	if _, err := ParseText(nil, T(RecordOID), "(1)"); pgerr.Code(err) != pgerrcode.FeatureNotSupported {
		t.Errorf("input of a record: %v", err)
	}
}

func TestFindCast(t *testing.T) {
	for _, c := range []struct {
		from, to OID
		context  CastContext
		method   byte
	}{
		{Int4OID, Int8OID, CastImplicit, 'f'}, {Int8OID, Int4OID, CastAssignment, 'f'}, {TextOID, VarcharOID, CastImplicit, 'b'},
		{Int4OID, TextOID, CastAssignment, 'i'}, {TextOID, Int4OID, CastExplicit, 'i'}, {BoolOID, TextOID, CastAssignment, 'f'},
		{Int4ArrayOID, VectorOID, CastAssignment, 'f'}, {VectorOID, Float4ArrayOID, CastImplicit, 'f'}, {HalfvecOID, Float4ArrayOID, CastAssignment, 'f'},
		{Int4ArrayOID, Int8ArrayOID, CastImplicit, 'f'}, {UnknownOID, VectorOID, CastImplicit, 'i'}, {VectorOID, TextOID, CastAssignment, 'i'},
		{TextOID, VectorOID, CastExplicit, 'i'}, {JSONOID, JSONBOID, CastAssignment, 'i'}, {RecordOID, TextOID, CastAssignment, 'i'},
	} {
		cast, ok := FindCast(c.from, c.to)
		if !ok || cast.Context != c.context || cast.Method != c.method {
			t.Errorf("FindCast(%s, %s) = %+v", TypeName(c.from), TypeName(c.to), cast)
		}
	}
	for _, c := range [][2]OID{{Int4OID, DateOID}, {BoolOID, Int8OID}, {Int8ArrayOID, VectorOID}, {Int4OID, AnyElementOID}, {VectorOID, Int4OID}, {Int4ArrayOID, Int4OID}} {
		if cast, ok := FindCast(c[0], c[1]); ok {
			t.Errorf("FindCast(%s, %s) = %+v, want none", TypeName(c[0]), TypeName(c[1]), cast)
		}
	}
	vectors := []struct{ from, in, to, want string }{
		{"int4[]", "{1,2}", "vector", "[1,2]"}, {"numeric[]", "{1.5}", "vector", "[1.5]"}, {"vector", "[1,2]", "real[]", "{1,2}"},
		{"vector", "[1,0.1]", "halfvec", "[1,0.099975586]"}, {"vector", "[0,2]", "sparsevec", "{2:2}/2"}, {"sparsevec", "{2:2}/3", "vector", "[0,2,0]"},
		{"int4[]", "{}", "vector", "!vector must have at least 1 dimension"}, {"int4[]", "{{1}}", "vector", "!array must be 1-D"},
		{"int4[]", "{NULL}", "vector", "!array must not contain nulls"}, {"double precision[]", "{NaN}", "vector", "!NaN not allowed in vector"},
		{"double precision[]", "{1e300}", "vector", "!infinite value not allowed in vector"}, {"int4[]", "{1,2}", "vector(3)", "!expected 3 dimensions, not 2"},
		{"vector", "[65520]", "halfvec", `!"65520" is out of range for type halfvec`},
	}
	for _, c := range vectors {
		from, to := typeOf(t, c.from), typeOf(t, c.to)
		d, err := ParseText(nil, from, c.in)
		if err != nil {
			t.Fatal(err)
		}
		v, err := CastDatum(nil, from, to, d, true)
		got := ""
		if err != nil {
			got = "!" + pgerr.From(err).Message
		} else {
			got = FormatText(nil, to.OID, v)
		}
		if got != c.want {
			t.Errorf("%s::%s::%s = %s, want %s", c.in, c.from, c.to, got, c.want)
		}
	}
}
