package funcs

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

func digest(sum func([]byte) []byte) Func {
	return func(_ *Context, a row) (types.Datum, error) { return types.Bytea(sum([]byte(a[0].Text()))), nil }
}

func md5Hex(_ *Context, a row) (types.Datum, error) {
	sum := md5.Sum([]byte(a[0].Text()))
	return types.Text(hex.EncodeToString(sum[:])), nil
}

// lineLength is where base64 breaks lines, as MIME asks.
const lineLength = 76

func encodeBytes(_ *Context, a row) (types.Datum, error) {
	b := a[0].Text()
	switch strings.ToLower(a[1].Text()) {
	case "hex":
		return types.Text(hex.EncodeToString([]byte(b))), nil
	case "base64":
		s := base64.StdEncoding.EncodeToString([]byte(b))
		var out strings.Builder
		for len(s) > lineLength {
			out.WriteString(s[:lineLength] + "\n")
			s = s[lineLength:]
		}
		return types.Text(out.String() + s), nil
	case "escape":
		return types.Text(escapeBytes(b)), nil
	}
	return types.Null, unknownEncoding(a[1].Text())
}

func unknownEncoding(name string) error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized encoding: \"%s\"", name)
}

func escapeBytes(b string) string {
	var out strings.Builder
	for i := range len(b) {
		switch c := b[i]; {
		case c == 0 || c >= utf8.RuneSelf:
			out.WriteString("\\" + string('0'+c>>6) + string('0'+c>>3&7) + string('0'+c&7))
		case c == '\\':
			out.WriteString(`\\`)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func decodeText(_ *Context, a row) (types.Datum, error) {
	switch strings.ToLower(a[1].Text()) {
	case "hex":
		return decodeHex(a[0].Text())
	case "base64":
		return decodeBase64(a[0].Text())
	case "escape":
		return decodeEscape(a[0].Text())
	}
	return types.Null, unknownEncoding(a[1].Text())
}

func decodeHex(s string) (types.Datum, error) {
	var digits []byte
	for _, r := range s {
		switch {
		case strings.ContainsRune(" \t\n\r", r):
		case r < utf8.RuneSelf && strings.ContainsRune("0123456789abcdefABCDEF", r):
			digits = append(digits, byte(r))
		default:
			return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "invalid hexadecimal digit: \"%c\"", r)
		}
	}
	if len(digits)%2 != 0 {
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
	}
	out := make([]byte, len(digits)/2)
	if _, err := hex.Decode(out, digits); err != nil {
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "invalid hexadecimal data")
	}
	return types.Bytea(out), nil
}

func decodeBase64(s string) (types.Datum, error) {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n\r", r) {
			return -1
		}
		return r
	}, s)
	for i, r := range s {
		if !(r == '+' || r == '/' || r == '=' || isASCIILetter(r) || r >= '0' && r <= '9') {
			return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "invalid symbol \"%c\" found while decoding base64 sequence", r)
		}
		if r == '=' && len(s)-i > 2 {
			return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "unexpected \"=\" while decoding base64 sequence")
		}
	}
	out, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "invalid base64 end sequence").
			WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
	}
	return types.Bytea(out), nil
}

func decodeEscape(s string) (types.Datum, error) {
	var out []byte
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case strings.HasPrefix(s[i:], `\\`):
			out = append(out, '\\')
			i++
		default:
			v, err := uint64(0), error(nil)
			if i+3 < len(s) {
				v, err = strconv.ParseUint(s[i+1:i+4], 8, 8)
			}
			if i+3 >= len(s) || err != nil {
				return types.Null, pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type bytea")
			}
			out = append(out, byte(v))
			i += 3
		}
	}
	return types.Bytea(out), nil
}

// encodingOf normalises a name of one of the encodings that strings can be converted from and to.
func encodingOf(name string) (string, error) {
	switch strings.NewReplacer("-", "", "_", "").Replace(strings.ToUpper(name)) {
	case "UTF8", "UNICODE":
		return "UTF8", nil
	case "LATIN1", "ISO88591":
		return "LATIN1", nil
	case "SQLASCII":
		return "SQL_ASCII", nil
	}
	return "", pgerr.New(pgerrcode.InvalidParameterValue, "invalid source encoding name \"%s\"", name)
}

// convertFrom decodes bytes of an encoding to text.
func convertFrom(_ *Context, a row) (types.Datum, error) {
	enc, err := encodingOf(a[1].Text())
	if err != nil {
		return types.Null, err
	}
	b := a[0].Text()
	if enc == "LATIN1" {
		var out strings.Builder
		for i := range len(b) {
			out.WriteRune(rune(b[i]))
		}
		b = out.String()
	}
	for i, r := range b {
		if _, size := utf8.DecodeRuneInString(b[i:]); r == 0 || r == utf8.RuneError && size == 1 {
			return types.Null, pgerr.New(pgerrcode.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x%02x", b[i])
		}
	}
	return types.Text(b), nil
}

func convertTo(_ *Context, a row) (types.Datum, error) {
	enc, err := encodingOf(a[1].Text())
	if err != nil {
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "invalid destination encoding name \"%s\"", a[1].Text())
	}
	if enc != "LATIN1" {
		return a[0], nil
	}
	var out []byte
	for _, r := range a[0].Text() {
		if r > 0xff {
			return types.Null, pgerr.New(pgerrcode.UntranslatableCharacter,
				"character with byte sequence 0x%s in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\"", strings.ReplaceAll(hexSpaced(string(r)), " ", " 0x"))
		}
		out = append(out, byte(r))
	}
	return types.Bytea(out), nil
}

func hexSpaced(s string) string {
	parts := make([]string, len(s))
	for i := range len(s) {
		parts[i] = hex.EncodeToString([]byte{s[i]})
	}
	return strings.Join(parts, " ")
}

// byteIndex checks a bytea's offset.
func byteIndex(s string, i, size int64) error {
	if i < 0 || i >= size {
		return pgerr.New(pgerrcode.ArraySubscriptError, "index %d out of valid range, 0..%d", i, size-1)
	}
	return nil
}

func getByte(_ *Context, a row) (types.Datum, error) {
	s, i := a[0].Text(), a[1].Int()
	if err := byteIndex(s, i, int64(len(s))); err != nil {
		return types.Null, err
	}
	return types.Int(int64(s[i])), nil
}

func setByte(_ *Context, a row) (types.Datum, error) {
	b, i := []byte(a[0].Text()), a[1].Int()
	if err := byteIndex(a[0].Text(), i, int64(len(b))); err != nil {
		return types.Null, err
	}
	b[i] = byte(a[2].Int())
	return types.Bytea(b), nil
}

func getBit(_ *Context, a row) (types.Datum, error) {
	s, i := a[0].Text(), a[1].Int()
	if err := byteIndex(s, i, int64(len(s))*8); err != nil {
		return types.Null, err
	}
	return types.Int(int64(s[i/8] >> (i % 8) & 1)), nil
}

func setBit(_ *Context, a row) (types.Datum, error) {
	b, i, v := []byte(a[0].Text()), a[1].Int(), a[2].Int()
	if err := byteIndex(a[0].Text(), i, int64(len(b))*8); err != nil {
		return types.Null, err
	}
	if v != 0 && v != 1 {
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "new bit must be 0 or 1")
	}
	b[i/8] = b[i/8]&^(1<<(i%8)) | byte(v)<<(i%8)
	return types.Bytea(b), nil
}

func toHex(mask uint64) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		return types.Text(strconv.FormatUint(uint64(a[0].Int())&mask, 16)), nil
	}
}

var encodeFuncs = map[string]Func{
	"md5_text": md5Hex, "md5_bytea": md5Hex,
	"sha224_bytea":  digest(func(b []byte) []byte { s := sha256.Sum224(b); return s[:] }),
	"sha256_bytea":  digest(func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }),
	"sha384_bytea":  digest(func(b []byte) []byte { s := sha512.Sum384(b); return s[:] }),
	"sha512_bytea":  digest(func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }),
	"binary_encode": encodeBytes, "binary_decode": decodeText, "pg_convert_from": convertFrom, "pg_convert_to": convertTo,
	"byteaGetByte": getByte, "byteaSetByte": setByte, "byteaGetBit": getBit, "byteaSetBit": setBit,
	"to_hex32": toHex(0xffffffff), "to_hex64": toHex(^uint64(0)),
}
