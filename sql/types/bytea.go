package types

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

var byteaCodec = &codec{
	parse: func(_ *Env, _ Type, s string) (Datum, error) {
		if strings.HasPrefix(s, `\x`) {
			return parseByteaHex(s[2:])
		}
		return parseByteaEscape(s)
	},
	format: func(env *Env, dst []byte, _ OID, d Datum) []byte {
		if env.ByteaOutput == "escape" {
			return appendByteaEscape(dst, d.S)
		}
		dst = append(dst, `\x`...)
		const digits = "0123456789abcdef"
		for i := 0; i < len(d.S); i++ {
			dst = append(dst, digits[d.S[i]>>4], digits[d.S[i]&15])
		}
		return dst
	},
	decode:  func(_ *Env, _ Type, b []byte) (Datum, error) { return Bytea(b), nil },
	encode:  func(dst []byte, _ OID, d Datum) ([]byte, error) { return append(dst, d.S...), nil },
	compare: compareS,
	key:     keyS,
}

// parseByteaHex reads pairs of hexadecimal digits with blanks between the pairs.
func parseByteaHex(s string) (Datum, error) {
	b := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); {
		if c := s[i]; c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			i++
			continue
		}
		high := digitValue(s[i])
		if high > 15 {
			return Datum{}, badHexDigit(s[i:])
		}
		if i+1 == len(s) {
			return Datum{}, pgerr.New(pgerrcode.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
		}
		low := digitValue(s[i+1])
		if low > 15 {
			return Datum{}, badHexDigit(s[i+1:])
		}
		b = append(b, byte(high<<4|low))
		i += 2
	}
	return Text(string(b)), nil
}

func badHexDigit(s string) error {
	_, size := utf8.DecodeRuneInString(s)
	return pgerr.New(pgerrcode.InvalidParameterValue, "invalid hexadecimal digit: \"%s\"", s[:size])
}

// parseByteaEscape reads \\ and \ooo; other bytes stand for themselves.
func parseByteaEscape(s string) (Datum, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return Text(s), nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		switch {
		case s[i] != '\\':
			b = append(b, s[i])
			i++
		case i+3 < len(s) && s[i+1] <= '3' && isOctal(s[i+1]) && isOctal(s[i+2]) && isOctal(s[i+3]):
			b = append(b, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 4
		case i+1 < len(s) && s[i+1] == '\\':
			b = append(b, '\\')
			i += 2
		default:
			return Datum{}, pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
	}
	return Text(string(b)), nil
}

func appendByteaEscape(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			dst = append(dst, `\\`...)
		case c < 0x20 || c > 0x7e:
			dst = appendOctal(dst, c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

var uuidCodec = &codec{
	parse: func(_ *Env, _ Type, s string) (Datum, error) {
		v, ok := parseUUID(s)
		if !ok {
			return Datum{}, syntaxError("uuid", s)
		}
		return Text(v), nil
	},
	format: func(_ *Env, dst []byte, _ OID, d Datum) []byte { return AppendUUID(dst, d.S) },
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		if len(b) != 16 {
			return Datum{}, badBinarySize()
		}
		return Bytea(b), nil
	},
	encode:  func(dst []byte, _ OID, d Datum) ([]byte, error) { return append(dst, d.S...), nil },
	compare: compareS,
	key:     func(dst []byte, _ OID, d Datum) ([]byte, error) { return append(dst, d.S...), nil },
}

// parseUUID takes 32 digits with an optional hyphen after every four, and optional braces around.
func parseUUID(s string) (string, bool) {
	if strings.HasPrefix(s, "{") {
		inner, ok := strings.CutSuffix(s[1:], "}")
		if !ok {
			return "", false
		}
		s = inner
	}
	var b [16]byte
	for i := range b {
		if len(s) < 2 {
			return "", false
		}
		high, low := digitValue(s[0]), digitValue(s[1])
		if high > 15 || low > 15 {
			return "", false
		}
		b[i] = byte(high<<4 | low)
		s = s[2:]
		if i%2 == 1 && i < 15 && s != "" && s[0] == '-' {
			s = s[1:]
		}
	}
	return string(b[:]), s == ""
}

// AppendUUID prints 16 raw bytes in the standard form.
func AppendUUID(dst []byte, raw string) []byte {
	for i := 0; i < len(raw); i++ {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, []byte{raw[i]})
	}
	return dst
}
