package types

import (
	"github.com/cockroachdb/apd/v3"

	"vecgres/sql/pgerr"
)

// FindCast finds the conversion between two types.
func FindCast(from, to OID) (*Cast, bool) { return nil, false }

// CastDatum converts d.
func CastDatum(env *Env, from, to Type, d Datum, explicit bool) (Datum, error) {
	return d, pgerr.Unimplemented("cast")
}

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

var jsonCodec, jsonbCodec = &codec{}, &codec{}
