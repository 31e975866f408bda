package types

import (
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

const (
	nameBytesMax = 63   // of name and of identifiers that name a catalog object
	pathBytesMax = 1024 // of a namespace path, which a name with a "$" may be
)

var textCodec = &codec{
	parse:   parseText,
	format:  func(_ *Env, dst []byte, _ OID, d Datum) []byte { return append(dst, d.S...) },
	decode:  decodeText,
	encode:  func(dst []byte, _ OID, d Datum) ([]byte, error) { return append(dst, d.S...), nil },
	compare: compareS,
	key:     keyS,
}

var varcharCodec = &codec{
	parse: textCodec.parse, format: textCodec.format, decode: textCodec.decode, encode: textCodec.encode,
	compare: compareS, key: keyS,
	typmod: varcharTypmod,
}

var bpcharCodec = &codec{
	parse: textCodec.parse, format: textCodec.format, decode: textCodec.decode, encode: textCodec.encode,
	compare: func(_ OID, a, b Datum) int { return strings.Compare(TrimBlanks(a.S), TrimBlanks(b.S)) },
	key:     func(dst []byte, _ OID, d Datum) ([]byte, error) { return appendKeyString(dst, TrimBlanks(d.S)), nil },
	typmod:  bpcharTypmod,
}

var nameCodec = &codec{
	parse: func(_ *Env, _ Type, s string) (Datum, error) {
		if err := CheckText(s); err != nil {
			return Datum{}, err
		}
		return Text(CutName(s)), nil
	},
	format: textCodec.format,
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		s := string(b)
		if err := CheckText(s); err != nil {
			return Datum{}, err
		}
		if len(s) > nameBytesLimit(s) {
			return Datum{}, pgerr.New(pgerrcode.NameTooLong, "identifier too long").
				WithDetail("Identifier must be less than %d characters.", nameBytesMax+1)
		}
		return Text(s), nil
	},
	encode:  textCodec.encode,
	compare: compareS,
	key:     keyS,
}

// charCodec is "char": one byte, which may be no UTF-8; a zero byte is the empty string.
var charCodec = &codec{
	parse: func(_ *Env, _ Type, s string) (Datum, error) {
		if len(s) == 4 && s[0] == '\\' && isOctal(s[1]) && isOctal(s[2]) && isOctal(s[3]) {
			return charOf((s[1]-'0')<<6 | (s[2]-'0')<<3 | (s[3] - '0')), nil
		}
		if s == "" {
			return Text(""), nil
		}
		return charOf(s[0]), nil
	},
	format: func(_ *Env, dst []byte, _ OID, d Datum) []byte {
		if d.S != "" && d.S[0] >= utf8.RuneSelf {
			return appendOctal(dst, d.S[0])
		}
		return append(dst, d.S...)
	},
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		if len(b) != 1 {
			return Datum{}, badBinarySize()
		}
		return charOf(b[0]), nil
	},
	encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
		if d.S == "" {
			return append(dst, 0), nil
		}
		return append(dst, d.S[0]), nil
	},
	compare: compareS,
	key:     keyS,
}

func charOf(c byte) Datum {
	if c == 0 {
		return Datum{}
	}
	return Text(string([]byte{c}))
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

func appendOctal(dst []byte, c byte) []byte {
	return append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
}

func parseText(_ *Env, _ Type, s string) (Datum, error) {
	if err := CheckText(s); err != nil {
		return Datum{}, err
	}
	return Text(s), nil
}

func decodeText(_ *Env, _ Type, b []byte) (Datum, error) {
	s := string(b)
	if err := CheckText(s); err != nil {
		return Datum{}, err
	}
	return Text(s), nil
}

// CheckText is 22021 for a string that is not UTF-8 or has a zero byte. Input functions of string types call it; a session
// should call it for the text of every parameter, as Postgres does.
func CheckText(s string) error {
	if strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
		return nil
	}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if s[i] == 0 || r == utf8.RuneError && size == 1 {
			return badEncoding(s[i:])
		}
		i += size
	}
	return nil
}

// badEncoding names the bytes of the bad character: as many as its first byte announces.
func badEncoding(s string) error {
	n := 1
	switch c := s[0]; {
	case c&0xe0 == 0xc0:
		n = 2
	case c&0xf0 == 0xe0:
		n = 3
	case c&0xf8 == 0xf0:
		n = 4
	}
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := 0; i < min(n, len(s)); i++ {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("0x")
		b.WriteByte(hex[s[i]>>4])
		b.WriteByte(hex[s[i]&15])
	}
	return pgerr.New(pgerrcode.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", b.String())
}

// CutName cuts a string to the 63 bytes of a name, at the end of a character. With a "$" it may be a namespace path, of which two can be
// equal in their first 63 bytes, and 1,024 bytes are kept.
func CutName(s string) string {
	n := nameBytesLimit(s)
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func nameBytesLimit(s string) int {
	if strings.IndexByte(s, '$') >= 0 {
		return pathBytesMax
	}
	return nameBytesMax
}

// TrimBlanks is a char(n) value without the blanks at its end, which mean nothing.
func TrimBlanks(s string) string { return strings.TrimRight(s, " ") }

// cutChars is the prefix of n characters, or s when it is not longer.
func cutChars(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// tooLong cuts s to n characters, which only an explicit cast may do to anything but blanks.
func tooLong(s string, n int, explicit bool, typeName string) (string, error) {
	cut := cutChars(s, n)
	if len(cut) < len(s) && !explicit && TrimBlanks(s[len(cut):]) != "" {
		return "", pgerr.New(pgerrcode.StringDataRightTruncationDataException, "value too long for type %s(%d)", typeName, n)
	}
	return cut, nil
}

func varcharTypmod(t Type, d Datum, explicit bool) (Datum, error) {
	s, err := tooLong(d.S, int(t.Mod-modHeader), explicit, "character varying")
	return Text(s), err
}

func bpcharTypmod(t Type, d Datum, explicit bool) (Datum, error) {
	n := int(t.Mod - modHeader)
	s, err := tooLong(d.S, n, explicit, "character")
	if missing := n - utf8.RuneCountInString(s); err == nil && missing > 0 {
		s += strings.Repeat(" ", missing)
	}
	return Text(s), err
}
