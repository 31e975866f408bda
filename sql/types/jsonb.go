package types

import (
	"cmp"
	"encoding/binary"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// jsonCodec keeps the text as it was given. json has no order in Postgres, nor here.
var jsonCodec = &codec{
	parse: func(_ *Env, _ Type, s string) (Datum, error) {
		if err := CheckText(s); err != nil {
			return Datum{}, err
		}
		return Text(s), ValidateJSON(s)
	},
	format: textCodec.format,
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		s := string(b)
		if err := CheckText(s); err != nil {
			return Datum{}, err
		}
		return Text(s), ValidateJSON(s)
	},
	encode: textCodec.encode,
}

const jsonbVersion = 1 // the first byte of the binary form; the text follows

var jsonbCodec = &codec{
	parse:  func(_ *Env, _ Type, s string) (Datum, error) { return parseJSONB(s) },
	format: textCodec.format,
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		if len(b) == 0 {
			return Datum{}, shortBinary()
		}
		if b[0] != jsonbVersion {
			return Datum{}, pgerr.New(pgerrcode.InternalError, "unsupported jsonb version number %d", b[0])
		}
		return parseJSONB(string(b[1:]))
	},
	encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
		return append(append(dst, jsonbVersion), d.S...), nil
	},
	compare: compareJSONB,
	key:     keyJSONB,
}

func parseJSONB(s string) (Datum, error) {
	if err := CheckText(s); err != nil {
		return Datum{}, err
	}
	text, err := NormalizeJSONB(s)
	return Text(text), err
}

func compareJSONB(_ OID, a, b Datum) int {
	if a.S == b.S {
		return 0
	}
	x, errX := ParseJSON(a.S)
	y, errY := ParseJSON(b.S)
	if errX != nil || errY != nil { // neither is a jsonb
		return strings.Compare(a.S, b.S)
	}
	return CompareJSON(x, y)
}

// CompareJSON is jsonb's btree order: objects are greatest, then arrays, booleans, numbers, strings, null; but an empty array by
// itself is less than any scalar by itself. Containers of one kind are ordered by their size, then by their contents.
func CompareJSON(a, b *JSONValue) int {
	if c := cmp.Compare(topRank(a), topRank(b)); c != 0 {
		return c
	}
	return compareNested(a, b)
}

func topRank(v *JSONValue) int {
	if v.Kind == JSONArray && len(v.Elems) == 0 {
		return -1
	}
	return int(v.Kind)
}

func compareNested(a, b *JSONValue) int {
	if a.Kind != b.Kind {
		return cmp.Compare(a.Kind, b.Kind)
	}
	switch a.Kind {
	case JSONArray:
		if c := cmp.Compare(len(a.Elems), len(b.Elems)); c != 0 {
			return c
		}
		for i := range a.Elems {
			if c := compareNested(a.Elems[i], b.Elems[i]); c != 0 {
				return c
			}
		}
		return 0
	case JSONObject:
		if c := cmp.Compare(len(a.Members), len(b.Members)); c != 0 {
			return c
		}
		for i := range a.Members {
			if c := strings.Compare(a.Members[i].Key, b.Members[i].Key); c != 0 {
				return c
			}
			if c := compareNested(a.Members[i].Value, b.Members[i].Value); c != 0 {
				return c
			}
		}
		return 0
	}
	return compareJSONScalars(a, b)
}

func compareJSONScalars(a, b *JSONValue) int {
	switch a.Kind {
	case JSONString:
		return strings.Compare(a.Str, b.Str)
	case JSONBool:
		return cmp.Compare(Bool(a.Bool).N, Bool(b.Bool).N)
	case JSONNumber:
		if a.Raw == b.Raw {
			return 0
		}
		x, errX := a.Numeric()
		y, errY := b.Numeric()
		if errX != nil || errY != nil {
			return strings.Compare(a.Raw, b.Raw)
		}
		return NumericCompare(x, y)
	}
	return 0
}

// Key bytes of a jsonb: a byte for the kind, 1 for an empty array at the top; then a string's or number's key, a bool's byte, or the
// size of a container as 4 bytes and its contents, an object's with each key in front of its value.
const (
	jsonKeyEmptyArray = 1
	jsonKeyKinds      = 2 // plus the kind
)

func keyJSONB(dst []byte, _ OID, d Datum) ([]byte, error) {
	v, err := ParseJSON(d.S)
	if err != nil {
		return dst, err
	}
	if v.Kind == JSONArray && len(v.Elems) == 0 {
		return append(dst, jsonKeyEmptyArray), nil
	}
	return appendKeyJSON(dst, v)
}

func appendKeyJSON(dst []byte, v *JSONValue) ([]byte, error) {
	dst = append(dst, jsonKeyKinds+byte(v.Kind))
	var err error
	switch v.Kind {
	case JSONString:
		dst = appendKeyString(dst, v.Str)
	case JSONNumber:
		n, err := v.Numeric()
		if err != nil {
			return dst, err
		}
		dst = appendKeyNumeric(dst, n)
	case JSONBool:
		dst = append(dst, byte(Bool(v.Bool).N))
	case JSONArray:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(v.Elems)))
		for _, e := range v.Elems {
			if dst, err = appendKeyJSON(dst, e); err != nil {
				return dst, err
			}
		}
	case JSONObject:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(v.Members)))
		for _, m := range v.Members {
			if dst, err = appendKeyJSON(appendKeyString(dst, m.Key), m.Value); err != nil {
				return dst, err
			}
		}
	}
	return dst, nil
}
