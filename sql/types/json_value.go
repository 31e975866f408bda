package types

import (
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// JSONKind is what a JSON value is.
type JSONKind byte

// The kinds, in jsonb's order.
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
	Raw     string // the value's own text in what was parsed; for a jsonb that is canonical
	Str     string // a string's value without escapes
	Bool    bool
	Elems   []*JSONValue // of an array
	Members []JSONMember // of an object, in the order of the text: in jsonb the canonical order
}

// JSONMember is a key with its value.
type JSONMember struct {
	Key   string
	Value *JSONValue
}

// Numeric is the value of a number. Errors: 22003 for a json number beyond numeric's limits, which a jsonb never is.
func (v *JSONValue) Numeric() (*apd.Decimal, error) { return ParseNumeric(v.Raw) }

// NewJSONObject makes an object; it is kept as jsonb would, so later members win over earlier ones with their key.
func NewJSONObject(members []JSONMember) *JSONValue {
	return withRaw(&JSONValue{Kind: JSONObject, Members: canonicalMembers(members)})
}

// NewJSONArray makes an array.
func NewJSONArray(elems []*JSONValue) *JSONValue {
	return withRaw(&JSONValue{Kind: JSONArray, Elems: elems})
}

// NewJSONString makes a string.
func NewJSONString(s string) *JSONValue { return withRaw(&JSONValue{Kind: JSONString, Str: s}) }

// NewJSONNumber makes a number; NaN and infinities, which JSON does not have, become strings, as in Postgres.
func NewJSONNumber(n *apd.Decimal) *JSONValue {
	text := string(AppendNumeric(nil, n))
	if n.Form != apd.Finite {
		return NewJSONString(text)
	}
	return &JSONValue{Kind: JSONNumber, Raw: text}
}

// NewJSONBool makes true or false.
func NewJSONBool(b bool) *JSONValue { return withRaw(&JSONValue{Kind: JSONBool, Bool: b}) }

func withRaw(v *JSONValue) *JSONValue {
	v.Raw = string(AppendJSONB(nil, v))
	return v
}

// compareJSONKeys is jsonb's order of keys: length, then bytes.
func compareJSONKeys(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// canonicalMembers orders members by key and keeps the last of equal ones; members that are so already are not copied.
func canonicalMembers(members []JSONMember) []JSONMember {
	sorted := true
	for i := 1; i < len(members) && sorted; i++ {
		sorted = compareJSONKeys(members[i-1].Key, members[i].Key) < 0
	}
	if sorted {
		return members
	}
	members = slices.Clone(members)
	slices.SortStableFunc(members, func(a, b JSONMember) int { return compareJSONKeys(a.Key, b.Key) })
	kept := members[:0]
	for i, m := range members {
		if i+1 < len(members) && members[i+1].Key == m.Key {
			continue
		}
		kept = append(kept, m)
	}
	return kept
}

// AppendJSONB appends the canonical text, as jsonb prints it.
func AppendJSONB(dst []byte, v *JSONValue) []byte {
	switch v.Kind {
	case JSONString:
		return AppendJSONString(dst, v.Str)
	case JSONNumber:
		text, _ := canonicalNumber(v.Raw)
		return append(dst, text...)
	case JSONBool:
		return strconv.AppendBool(dst, v.Bool)
	case JSONArray:
		dst = append(dst, '[')
		for i, e := range v.Elems {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = AppendJSONB(dst, e)
		}
		return append(dst, ']')
	case JSONObject:
		dst = append(dst, '{')
		for i, m := range canonicalMembers(v.Members) {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(AppendJSONString(dst, m.Key), ": "...)
			dst = AppendJSONB(dst, m.Value)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// AppendJSONString appends s as a JSON string literal, escaped as Postgres does: only what must be.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			const digits = "0123456789abcdef"
			dst = append(dst, `\u00`...)
			dst = append(dst, digits[c>>4], digits[c&15])
		}
	}
	return append(append(dst, s[from:]...), '"')
}

// Field is the member of an object with that key (the last one in a json), nil when there is none or v is no object.
func (v *JSONValue) Field(key string) *JSONValue {
	for i := len(v.Members) - 1; i >= 0; i-- {
		if v.Members[i].Key == key {
			return v.Members[i].Value
		}
	}
	return nil
}

// Index is the element of an array, counted from the end when i is negative; nil when there is none or v is no array.
func (v *JSONValue) Index(i int) *JSONValue {
	if i < 0 {
		i += len(v.Elems)
	}
	if i < 0 || i >= len(v.Elems) {
		return nil
	}
	return v.Elems[i]
}

// Path is #>: keys lead into objects, integers into arrays; nil when there is nothing.
func (v *JSONValue) Path(path []string) *JSONValue {
	for _, step := range path {
		switch v.Kind {
		case JSONObject:
			v = v.Field(step)
		case JSONArray:
			i, err := strconv.ParseInt(strings.TrimLeft(step, " \t\n\v\f\r"), 10, 32)
			if err != nil {
				return nil
			}
			v = v.Index(int(i))
		default:
			return nil
		}
		if v == nil {
			return nil
		}
	}
	return v
}

// Text is what ->> gives: a string without quotes, the text of anything else; ok is false for a JSON null, which is NULL.
func (v *JSONValue) Text() (text string, ok bool) {
	switch v.Kind {
	case JSONNull:
		return "", false
	case JSONString:
		return v.Str, true
	}
	return v.Raw, true
}

// JSONExists is v ? key: a member's key, an element that is that string, or that string itself.
func JSONExists(v *JSONValue, key string) bool {
	switch v.Kind {
	case JSONObject:
		return v.Field(key) != nil
	case JSONArray:
		return slices.ContainsFunc(v.Elems, func(e *JSONValue) bool { return e.Kind == JSONString && e.Str == key })
	case JSONString:
		return v.Str == key
	}
	return false
}

// JSONContains is a @> b. An array contains a scalar that is one of its elements, at the top alone.
func JSONContains(a, b *JSONValue) bool {
	if a.Kind == JSONArray && b.Kind < JSONArray {
		return slices.ContainsFunc(a.Elems, func(e *JSONValue) bool { return equalJSONScalars(e, b) })
	}
	return deepContains(a, b)
}

func equalJSONScalars(a, b *JSONValue) bool {
	return a.Kind == b.Kind && a.Kind < JSONArray && compareJSONScalars(a, b) == 0
}

func deepContains(a, b *JSONValue) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case JSONObject:
		for _, m := range b.Members {
			e := a.Field(m.Key)
			if e == nil || !deepContains(e, m.Value) {
				return false
			}
		}
		return true
	case JSONArray:
		for _, want := range b.Elems {
			if !slices.ContainsFunc(a.Elems, func(e *JSONValue) bool { return deepContains(e, want) }) {
				return false
			}
		}
		return true
	}
	return compareJSONScalars(a, b) == 0
}
