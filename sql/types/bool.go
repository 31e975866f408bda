package types

import "strings"

var boolCodec = &codec{
	parse: func(_ *Env, _ Type, s string) (Datum, error) {
		v, ok := parseBool(trimSpace(s))
		if !ok {
			return Datum{}, syntaxError("boolean", s)
		}
		return Bool(v), nil
	},
	format: func(_ *Env, dst []byte, _ OID, d Datum) []byte {
		if d.N != 0 {
			return append(dst, 't')
		}
		return append(dst, 'f')
	},
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		if len(b) != 1 {
			return Datum{}, badBinarySize()
		}
		return Bool(b[0] != 0), nil
	},
	encode:  func(dst []byte, _ OID, d Datum) ([]byte, error) { return append(dst, byte(d.N)), nil },
	compare: compareN,
	key:     func(dst []byte, _ OID, d Datum) ([]byte, error) { return append(dst, byte(d.N)), nil },
}

// parseBool takes the words of boolean and their beginnings that are not ambiguous.
func parseBool(s string) (v, ok bool) {
	s = strings.ToLower(s)
	switch {
	case s == "":
		return false, false
	case s == "1" || s == "on" || strings.HasPrefix("true", s) || strings.HasPrefix("yes", s):
		return true, true
	case s == "0" || len(s) > 1 && strings.HasPrefix("off", s) || strings.HasPrefix("false", s) || strings.HasPrefix("no", s):
		return false, true
	}
	return false, false
}
