package funcs

import (
	"cmp"
	"strings"

	"vecgres/sql/types"
)

// order compares two values that are not NULL.
type order func(a, b types.Datum) int

func compareInts(a, b types.Datum) int  { return cmp.Compare(a.Int(), b.Int()) }
func compareBytes(a, b types.Datum) int { return strings.Compare(a.Text(), b.Text()) }

// comparePadded is bpchar's order: trailing blanks do not count.
func comparePadded(a, b types.Datum) int {
	return strings.Compare(strings.TrimRight(a.Text(), " "), strings.TrimRight(b.Text(), " "))
}

func compareAs(t types.OID) order {
	return func(a, b types.Datum) int { return types.Compare(t, a, b) }
}

func compareArrays(a, b types.Datum) int {
	t := arrayOf(a.Array().Elem)
	return types.Compare(t, a, b)
}

// tests are the comparison operators by the name they have in symbols.
var tests = map[string]func(c int) bool{
	"eq": func(c int) bool { return c == 0 },
	"ne": func(c int) bool { return c != 0 },
	"lt": func(c int) bool { return c < 0 },
	"le": func(c int) bool { return c <= 0 },
	"gt": func(c int) bool { return c > 0 },
	"ge": func(c int) bool { return c >= 0 },
}

func compareWith(o order, test func(int) bool) Func {
	return func(_ *Context, a row) (types.Datum, error) { return types.Bool(test(o(a[0], a[1]))), nil }
}

func compareCode(o order) Func {
	return func(_ *Context, a row) (types.Datum, error) { return types.Int(int64(o(a[0], a[1]))), nil }
}

// pick is the larger (sign 1) or smaller (sign -1) of two values; the second when they are equal.
func pick(o order, sign int) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		if o(a[0], a[1])*sign > 0 {
			return a[0], nil
		}
		return a[1], nil
	}
}

// compareFuncs are the symbols of comparisons: prefix + test, a three-way comparison, larger and smaller.
var compareFuncs = func() map[string]Func {
	t := map[string]Func{}
	for prefix, o := range map[string]order{
		"int2": compareInts, "int4": compareInts, "int8": compareInts, "int24": compareInts, "int42": compareInts, "int28": compareInts,
		"int82": compareInts, "int48": compareInts, "int84": compareInts, "oid": compareInts, "tid": compareInts, "bool": compareInts, "xid8": compareInts,
		"float4": compareFloats, "float8": compareFloats, "float48": compareFloats, "float84": compareFloats,
		"text": compareBytes, "text_": compareBytes, "text_pattern_": compareBytes, "name": compareBytes, "char": compareBytes, "bytea": compareBytes,
		"bpchar": comparePadded, "bpchar_pattern_": comparePadded, "uuid_": compareBytes,
		"numeric_": compareAs(types.NumericOID), "interval_": compareAs(types.IntervalOID), "date_": compareInts, "time_": compareInts,
		"timestamp_": compareInts, "jsonb_": compareAs(types.JSONBOID), "array_": compareArrays, "record_": compareAs(types.RecordOID),
		"oidvector": compareArrays, "vector_": compareAs(types.VectorOID),
	} {
		for name, test := range tests {
			t[prefix+name] = compareWith(o, test)
		}
	}
	for name, test := range tests {
		t["name"+name+"text"] = compareWith(compareBytes, test)
		t["text"+name+"name"] = compareWith(compareBytes, test)
	}
	for symbol, o := range map[string]order{
		"btint2cmp": compareInts, "btint4cmp": compareInts, "btint8cmp": compareInts, "btint24cmp": compareInts, "btint42cmp": compareInts,
		"btint28cmp": compareInts, "btint82cmp": compareInts, "btint48cmp": compareInts, "btint84cmp": compareInts, "btoidcmp": compareInts,
		"bttidcmp": compareInts, "btboolcmp": compareInts, "btfloat4cmp": compareFloats, "btfloat8cmp": compareFloats, "btfloat48cmp": compareFloats,
		"btfloat84cmp": compareFloats, "bttextcmp": compareBytes, "btnamecmp": compareBytes, "btcharcmp": compareBytes, "byteacmp": compareBytes,
		"bpcharcmp": comparePadded, "uuid_cmp": compareBytes, "numeric_cmp": compareAs(types.NumericOID), "interval_cmp": compareAs(types.IntervalOID),
		"date_cmp": compareInts, "time_cmp": compareInts, "timestamp_cmp": compareInts, "jsonb_cmp": compareAs(types.JSONBOID),
		"xid8cmp": compareInts, "btbpchar_pattern_cmp": comparePadded, "bttext_pattern_cmp": compareBytes, "btnametextcmp": compareBytes,
		"bttextnamecmp": compareBytes, "btarraycmp": compareArrays, "btrecordcmp": compareAs(types.RecordOID), "vector_cmp": compareAs(types.VectorOID),
	} {
		t[symbol] = compareCode(o)
	}
	for prefix, o := range map[string]order{
		"text_": compareBytes, "bpchar_": comparePadded, "numeric_": compareAs(types.NumericOID), "date_": compareInts, "time_": compareInts,
		"timestamp_": compareInts, "interval_": compareAs(types.IntervalOID), "oid": compareInts, "tid": compareInts, "array_": compareArrays,
		"timetz_": compareAs(types.TimetzOID), "xid8_": compareInts,
	} {
		t[prefix+"larger"] = pick(o, 1)
		t[prefix+"smaller"] = pick(o, -1)
	}
	t["xideq"], t["xidneq"], t["cideq"] = t["oideq"], t["oidne"], t["oideq"]
	return t
}()
