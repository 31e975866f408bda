package types

import (
	"time"

	"github.com/cockroachdb/apd/v3"

	"vecgres/sql/pgerr"
)

var codecs oidTable[codec]

func isPlainText(oid OID) bool {
	return oid == TextOID || oid == VarcharOID || oid == BpcharOID || oid == UnknownOID || oid == NameOID || oid == JSONOID || oid == JSONBOID
}

// FormatType is format_type(): character varying(10), numeric(10,2), timestamp(3) without time zone, integer[], vector(3).
func FormatType(t Type) string { return "" }

// TypmodIn is the type's typmodin function.
func TypmodIn(oid OID, mods []int32) (int32, error) { return -1, nil }

// FindCast finds the conversion between two types.
func FindCast(from, to OID) (*Cast, bool) { return nil, false }

// CastDatum converts d.
func CastDatum(env *Env, from, to Type, d Datum, explicit bool) (Datum, error) {
	return d, pgerr.Unimplemented("cast")
}

// ParseNumeric is numeric_in.
func ParseNumeric(s string) (*apd.Decimal, error) { return nil, nil }

// AppendNumeric is numeric_out.
func AppendNumeric(dst []byte, v *apd.Decimal) []byte { return dst }

// NumericAdd and the rest are Postgres' operators on numeric with its result scales.
func NumericAdd(a, b *apd.Decimal) (*apd.Decimal, error)             { return nil, nil }
func NumericSub(a, b *apd.Decimal) (*apd.Decimal, error)             { return nil, nil }
func NumericMul(a, b *apd.Decimal) (*apd.Decimal, error)             { return nil, nil }
func NumericDiv(a, b *apd.Decimal) (*apd.Decimal, error)             { return nil, nil }
func NumericDivTrunc(a, b *apd.Decimal) (*apd.Decimal, error)        { return nil, nil }
func NumericMod(a, b *apd.Decimal) (*apd.Decimal, error)             { return nil, nil }
func NumericPower(a, b *apd.Decimal) (*apd.Decimal, error)           { return nil, nil }
func NumericRound(a *apd.Decimal, scale int32) (*apd.Decimal, error) { return nil, nil }
func NumericTrunc(a *apd.Decimal, scale int32) (*apd.Decimal, error) { return nil, nil }
func NumericCeil(a *apd.Decimal) *apd.Decimal                        { return nil }
func NumericFloor(a *apd.Decimal) *apd.Decimal                       { return nil }
func NumericNeg(a *apd.Decimal) *apd.Decimal                         { return nil }
func NumericAbs(a *apd.Decimal) *apd.Decimal                         { return nil }
func NumericSign(a *apd.Decimal) int                                 { return 0 }
func NumericCompare(a, b *apd.Decimal) int                           { return 0 }
func NumericSqrt(a *apd.Decimal) (*apd.Decimal, error)               { return nil, nil }
func NumericExp(a *apd.Decimal) (*apd.Decimal, error)                { return nil, nil }
func NumericLn(a *apd.Decimal) (*apd.Decimal, error)                 { return nil, nil }
func NumericLog(base, a *apd.Decimal) (*apd.Decimal, error)          { return nil, nil }
func NumericFromInt64(v int64) *apd.Decimal                          { return nil }
func NumericFromFloat64(v float64) *apd.Decimal                      { return nil } // 15 digits
func NumericFromFloat32(v float32) *apd.Decimal                      { return nil } // 6 digits
func NumericToFloat64(a *apd.Decimal) (float64, error)               { return 0, nil }
func NumericToInt64(a *apd.Decimal) (int64, bool)                    { return 0, false } // rounded half away from zero
func NumericScale(a *apd.Decimal) int32                              { return 0 }
func NumericMinScale(a *apd.Decimal) int32                           { return 0 }
func NumericTrimScale(a *apd.Decimal) *apd.Decimal                   { return nil }

// TimestampPlusInterval adds an interval to a timestamp; with tz days and months are counted in the session's time zone.
func TimestampPlusInterval(env *Env, micros int64, iv Datum, tz bool) (int64, error) { return 0, nil }

// TimestampDiff is timestamp - timestamp: days and microseconds.
func TimestampDiff(a, b int64) (Datum, error) { return Datum{}, nil }

// TimestampAge is age(a, b) in years, months, days.
func TimestampAge(env *Env, a, b int64, tz bool) (Datum, error) { return Datum{}, nil }

// TimestampToTime is the moment (UTC) of a finite timestamp.
func TimestampToTime(micros int64) time.Time { return time.Time{} }

// TimeToTimestamp is the inverse.
func TimeToTimestamp(t time.Time) int64 { return 0 }

// DateToTimestamp is midnight of a date; tz takes it in the session's time zone.
func DateToTimestamp(env *Env, days int64, tz bool) (int64, error) { return 0, nil }

// LocalTimestamp is a timestamptz as wall-clock time in loc (AT TIME ZONE), ZonedTimestamp the inverse.
func LocalTimestamp(micros int64, loc *time.Location) (int64, error) { return 0, nil }
func ZonedTimestamp(micros int64, loc *time.Location) (int64, error) { return 0, nil }

// LoadZone finds a time zone by IANA name, abbreviation or POSIX-like offset, in any letter case.
func LoadZone(name string) (*time.Location, error)         { return nil, nil }
func MakeDate(year, month, day int64) (int64, error)       { return 0, nil }
func MakeTime(hour, min int64, sec float64) (int64, error) { return 0, nil }
func JustifyInterval(iv Datum) (Datum, error)              { return iv, nil }
func JustifyHours(iv Datum) (Datum, error)                 { return iv, nil }
func JustifyDays(iv Datum) (Datum, error)                  { return iv, nil }
func IntervalAdd(a, b Datum) (Datum, error)                { return a, nil }
func IntervalSub(a, b Datum) (Datum, error)                { return a, nil }
func IntervalNeg(a Datum) (Datum, error)                   { return a, nil }
func IntervalMul(a Datum, f float64) (Datum, error)        { return a, nil }
func IntervalDiv(a Datum, f float64) (Datum, error)        { return a, nil }

// IntervalCompareKey is the interval in microseconds with months of 30 days, as a 128-bit number.
func IntervalCompareKey(iv Datum) (hi int64, lo uint64) { return 0, 0 }

// DateTrunc is date_trunc(unit, v) for timestamp, timestamptz and interval (oid tells which).
func DateTrunc(env *Env, unit string, oid OID, v Datum) (Datum, error) { return v, nil }

// Extract is EXTRACT(field FROM v) as numeric (NULL for an undefined part of an infinite value), for date, time, timetz, timestamp, timestamptz, interval.
func Extract(env *Env, field string, oid OID, v Datum) (Datum, error) { return v, nil }

// JSONKind is what a JSON value is.
type JSONKind byte

// The kinds, in jsonb's order of scalars.
const (
	JSONNull JSONKind = iota
	JSONString
	JSONNumber
	JSONBool
	JSONArray
	JSONObject
)

// JSONValue is a parsed json or jsonb value. It is not changed after it was made.
type JSONValue struct {
	Kind    JSONKind
	Raw     string // the value's own text in what was parsed, for a jsonb canonical
	Str     string // a string's value without escapes
	Bool    bool
	Number  *apd.Decimal
	Elems   []*JSONValue // of an array
	Members []JSONMember // of an object, in the order of the text (jsonb: canonical order)
}

// JSONMember is a key with its value.
type JSONMember struct {
	Key   string
	Value *JSONValue
}

// ParseJSON parses a json or jsonb value's text.
func ParseJSON(s string) (*JSONValue, error) { return nil, nil }

// ValidateJSON checks the text of a json value.
func ValidateJSON(s string) error { return nil }

// NormalizeJSONB is the canonical text of a jsonb value.
func NormalizeJSONB(s string) (string, error) { return s, nil }

// AppendJSONB appends the canonical text.
func AppendJSONB(dst []byte, v *JSONValue) []byte { return dst }

// AppendJSONString appends s as a JSON string literal, escaped as Postgres does.
func AppendJSONString(dst []byte, s string) []byte  { return dst }
func NewJSONObject(members []JSONMember) *JSONValue { return nil }
func NewJSONArray(elems []*JSONValue) *JSONValue    { return nil }
func NewJSONString(s string) *JSONValue             { return nil }
func NewJSONNumber(v *apd.Decimal) *JSONValue       { return nil }
func NewJSONBool(v bool) *JSONValue                 { return nil }

// Field is the member of an object with that key (the last one), nil when there is none or v is no object.
func (v *JSONValue) Field(key string) *JSONValue { return nil }

// Index is the element of an array, counted from the end when negative; nil when there is none.
func (v *JSONValue) Index(i int) *JSONValue { return nil }

// Path is #>.
func (v *JSONValue) Path(path []string) *JSONValue { return nil }

// Text is what ->> gives: false for a JSON null.
func (v *JSONValue) Text() (string, bool) { return "", false }

// JSONContains is a @> b on jsonb.
func JSONContains(a, b *JSONValue) bool { return false }

// JSONExists is the ? operator.
func JSONExists(v *JSONValue, key string) bool { return false }

// CompareJSON is jsonb's btree order.
func CompareJSON(a, b *JSONValue) int { return 0 }
