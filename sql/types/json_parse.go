package types

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

const jsonDepthMax = 6000 // of nested arrays and objects; beyond it 54001, as Postgres' stack limit gives

// jsonToken is a piece of JSON text.
type jsonToken byte

const (
	jsonEnd      jsonToken = 0
	jsonStringTk jsonToken = '"'
	jsonNumberTk jsonToken = '0'
	jsonTrueTk   jsonToken = 't'
	jsonFalseTk  jsonToken = 'f'
	jsonNullTk   jsonToken = 'n'
	// { } [ ] , : stand for themselves
)

// jsonParser reads JSON text. Without build it only checks, and then, as Postgres does for json, it does not look into escapes.
type jsonParser struct {
	src       string
	build     bool
	canonical bool // numbers' texts become numeric's
	token     jsonToken
	start     int    // of the token
	end       int    // after the token; in an error, after the character that is wrong
	str       string // the value of a string token
	out       []byte // of a string whose escapes are being turned into characters
	high      int    // a high surrogate that waits for its low one
	err       error
	depth     int
}

// ValidateJSON checks the text of a json value. Errors: 22P02 with Postgres' detail and context.
func ValidateJSON(s string) error {
	p := &jsonParser{src: s}
	_, err := p.parse()
	return err
}

// ParseJSON parses the text of a json or jsonb value. Errors: 22P02, and 22P05 for \u0000.
func ParseJSON(s string) (*JSONValue, error) {
	p := &jsonParser{src: s, build: true}
	return p.parse()
}

// NormalizeJSONB is the canonical text of a jsonb value: {"a": 1, "bb": [1, 2]} with keys ordered by length, then bytes, the last
// of equal keys kept, numbers as numeric prints them. Errors: 22P02, 22P05, 22003.
func NormalizeJSONB(s string) (string, error) {
	p := &jsonParser{src: s, build: true, canonical: true}
	v, err := p.parse()
	if err != nil {
		return "", err
	}
	return string(AppendJSONB(make([]byte, 0, len(s)+len(s)/4), v)), nil
}

func (p *jsonParser) parse() (*JSONValue, error) {
	p.next()
	v := p.value()
	if p.err == nil && p.token != jsonEnd {
		p.expected("end of input")
	}
	if p.err != nil {
		return nil, p.err
	}
	return v, nil
}

// fail records the first error; the parser then sees the end.
func (p *jsonParser) fail(code, message, detail string, args ...any) {
	if p.err != nil {
		return
	}
	e := pgerr.New(code, "%s", message).WithDetail(detail, args...)
	e.Where = p.context()
	p.err = e
	p.token = jsonEnd
}

func (p *jsonParser) syntax(detail string, args ...any) {
	p.fail(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type json", detail, args...)
}

func (p *jsonParser) expected(what string) {
	if p.token == jsonEnd && p.err == nil {
		p.end = len(p.src)
		p.syntax("The input string ended unexpectedly.")
		return
	}
	p.syntax("Expected %s, but found \"%s\".", what, p.src[p.start:p.end])
}

// context shows the line up to the error, cut to about 50 bytes.
func (p *jsonParser) context() string {
	line := strings.LastIndexByte(p.src[:p.end], '\n') + 1
	from := line
	for p.end-from >= 50 {
		_, size := utf8.DecodeRuneInString(p.src[from:])
		from += size
	}
	prefix, suffix := "", ""
	if from-line <= 3 {
		from = line
	} else {
		prefix = "..."
	}
	if p.token != jsonEnd && p.end < len(p.src) && p.src[p.end] != '\n' && p.src[p.end] != '\r' {
		suffix = "..."
	}
	n := NumericFromInt64(int64(strings.Count(p.src[:line], "\n")) + 1)
	return "JSON data, line " + string(AppendNumeric(nil, n)) + ": " + prefix + p.src[from:p.end] + suffix
}

// next reads a token.
func (p *jsonParser) next() {
	i := p.end
	for i < len(p.src) && (p.src[i] == ' ' || p.src[i] == '\t' || p.src[i] == '\n' || p.src[i] == '\r') {
		i++
	}
	p.start = i
	if i == len(p.src) {
		p.token, p.end = jsonEnd, i
		return
	}
	switch c := p.src[i]; {
	case c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == ':':
		p.token, p.end = jsonToken(c), i+1
	case c == '"':
		p.token = jsonStringTk
		p.readString()
	case c == '-' || isDigit(c):
		p.token = jsonNumberTk
		p.readNumber()
	default:
		p.readWord()
	}
}

func isJSONWord(c byte) bool { return isAlnum(c) || c == '_' || c >= utf8.RuneSelf }

func (p *jsonParser) readWord() {
	i := p.start
	for i < len(p.src) && isJSONWord(p.src[i]) {
		i++
	}
	p.end = max(i, p.start+1)
	switch p.src[p.start:i] {
	case "true":
		p.token = jsonTrueTk
	case "false":
		p.token = jsonFalseTk
	case "null":
		p.token = jsonNullTk
	default:
		p.token = jsonNullTk
		p.badToken()
	}
}

func (p *jsonParser) badToken() { p.syntax("Token \"%s\" is invalid.", p.src[p.start:p.end]) }

func (p *jsonParser) readNumber() {
	i := p.start
	if p.src[i] == '-' {
		i++
	}
	ok := i < len(p.src) && isDigit(p.src[i])
	if ok && p.src[i] == '0' {
		i++
	} else {
		i = skipDigits(p.src, i)
	}
	digitsAfter := func(i int) int {
		end := skipDigits(p.src, i)
		ok = ok && end > i
		return end
	}
	if i < len(p.src) && p.src[i] == '.' {
		i = digitsAfter(i + 1)
	}
	if i < len(p.src) && p.src[i]|0x20 == 'e' {
		i++
		if i < len(p.src) && (p.src[i] == '+' || p.src[i] == '-') {
			i++
		}
		i = digitsAfter(i)
	}
	for i < len(p.src) && isJSONWord(p.src[i]) {
		ok = false
		i++
	}
	p.end = i
	if !ok {
		p.badToken()
	}
}

// readString goes over a string; only with build its escapes are turned into characters.
func (p *jsonParser) readString() {
	p.out, p.high = p.out[:0], 0
	escapes := false
	for i := p.start + 1; p.err == nil; {
		from := i
		for i < len(p.src) && p.src[i] >= ' ' && p.src[i] != '"' && p.src[i] != '\\' {
			i++
		}
		switch {
		case i > from && p.loneSurrogate(from):
		case i == len(p.src):
			p.end = i
			p.badToken()
		case p.src[i] == '\\':
			escapes = true
			p.out = append(p.out, p.src[from:i]...)
			i = p.readEscape(i + 1)
		case p.src[i] != '"':
			p.end = i
			p.syntax("Character with value 0x%02x must be escaped.", p.src[i])
		case p.loneSurrogate(i):
		default:
			p.end = i + 1
			if p.str = p.src[from:i]; escapes {
				p.str = string(append(p.out, p.str...))
			}
			return
		}
	}
}

// loneSurrogate refuses the character at i if a high surrogate stands before it.
func (p *jsonParser) loneSurrogate(i int) bool {
	if p.high == 0 {
		return false
	}
	_, size := utf8.DecodeRuneInString(p.src[i:])
	p.end = i + size
	p.syntax("Unicode low surrogate must follow a high surrogate.")
	return true
}

// simpleEscapes are the characters after a backslash, with what they stand for.
var simpleEscapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// readEscape reads what follows a backslash, and gives the place after it.
func (p *jsonParser) readEscape(i int) int {
	if i == len(p.src) {
		p.end = i
		p.badToken()
		return i
	}
	if p.src[i] == 'u' {
		p.out, p.high = p.readUnicode(p.out, i+1, p.high)
		return i + 5
	}
	if p.loneSurrogate(i) {
		return i
	}
	c, ok := simpleEscapes[p.src[i]]
	if !ok {
		_, size := utf8.DecodeRuneInString(p.src[i:])
		p.end = i + size
		p.syntax("Escape sequence \"\\%s\" is invalid.", p.src[i:p.end])
	}
	p.out = append(p.out, c)
	return i + 1
}

// readUnicode reads the four digits of \u at i.
func (p *jsonParser) readUnicode(out []byte, i, high int) ([]byte, int) {
	v := 0
	for j := i; j < i+4; j++ {
		if j >= len(p.src) {
			p.end = len(p.src)
			p.badToken()
			return out, 0
		}
		digit := digitValue(p.src[j])
		if digit > 15 {
			_, size := utf8.DecodeRuneInString(p.src[j:])
			p.end = j + size
			p.syntax("\"\\u\" must be followed by four hexadecimal digits.")
			return out, 0
		}
		v = v<<4 | int(digit)
	}
	if !p.build {
		return out, 0
	}
	p.end = i + 4
	switch {
	case v == 0:
		p.fail(pgerrcode.UntranslatableCharacter, "unsupported Unicode escape sequence", "\\u0000 cannot be converted to text.")
		return out, 0
	case v >= 0xD800 && v < 0xDC00:
		if high != 0 {
			p.syntax("Unicode high surrogate must not follow a high surrogate.")
		}
		return out, v
	case v >= 0xDC00 && v < 0xE000:
		if high == 0 {
			p.syntax("Unicode low surrogate must follow a high surrogate.")
		}
		return utf8.AppendRune(out, utf16.DecodeRune(rune(high), rune(v))), 0
	case high != 0:
		p.syntax("Unicode low surrogate must follow a high surrogate.")
	}
	return utf8.AppendRune(out, rune(v)), 0
}

func (p *jsonParser) value() *JSONValue {
	start := p.start
	switch p.token {
	case '{':
		return p.nested((*jsonParser).object, start)
	case '[':
		return p.nested((*jsonParser).array, start)
	case jsonStringTk:
		return p.scalar(JSONValue{Kind: JSONString, Str: p.str})
	case jsonNumberTk:
		return p.number()
	case jsonTrueTk, jsonFalseTk:
		return p.scalar(JSONValue{Kind: JSONBool, Bool: p.token == jsonTrueTk})
	case jsonNullTk:
		return p.scalar(JSONValue{Kind: JSONNull})
	}
	p.expected("JSON value")
	return nil
}

func (p *jsonParser) scalar(v JSONValue) *JSONValue {
	if p.err != nil {
		return nil
	}
	start, end := p.start, p.end
	p.next()
	if !p.build {
		return nil
	}
	v.Raw = p.src[start:end]
	return &v
}

func (p *jsonParser) number() *JSONValue {
	v := p.scalar(JSONValue{Kind: JSONNumber})
	if v == nil || !p.canonical {
		return v
	}
	text, err := canonicalNumber(v.Raw)
	if err != nil && p.err == nil {
		p.err = err
	}
	v.Raw = text
	return v
}

// canonicalNumber is a JSON number as numeric prints it; short integers are so already.
func canonicalNumber(s string) (string, error) {
	if len(s) < 18 && skipDigits(s, 0) == len(s) {
		return s, nil
	}
	n, err := ParseNumeric(s)
	if err != nil {
		return s, err
	}
	return string(AppendNumeric(nil, n)), nil
}

func (p *jsonParser) nested(parse func(*jsonParser) *JSONValue, start int) *JSONValue {
	if p.depth++; p.depth > jsonDepthMax {
		p.fail(pgerrcode.StatementTooComplex, "stack depth limit exceeded", "")
		return nil
	}
	v := parse(p)
	p.depth--
	if v == nil || p.err != nil {
		return nil
	}
	v.Raw = p.src[start:p.end]
	p.next()
	return v
}

// array reads from [ to ], which stays the token.
func (p *jsonParser) array() *JSONValue {
	v := &JSONValue{Kind: JSONArray}
	if p.next(); p.token == ']' {
		return v
	}
	for {
		e := p.value()
		if p.err != nil {
			return nil
		}
		if p.build {
			v.Elems = append(v.Elems, e)
		}
		switch p.token {
		case ',':
			p.next()
		case ']':
			return v
		default:
			p.expected("\",\" or \"]\"")
			return nil
		}
	}
}

// object reads from { to }, which stays the token.
func (p *jsonParser) object() *JSONValue {
	v := &JSONValue{Kind: JSONObject}
	if p.next(); p.token == '}' {
		return v
	}
	for what := "string or \"}\""; ; what = "string" {
		if p.token != jsonStringTk || p.err != nil {
			p.expected(what)
			return nil
		}
		key := p.str
		if p.next(); p.token != ':' {
			p.expected("\":\"")
			return nil
		}
		p.next()
		e := p.value()
		if p.err != nil {
			return nil
		}
		if p.build {
			v.Members = append(v.Members, JSONMember{key, e})
		}
		switch p.token {
		case ',':
			p.next()
		case '}':
			return v
		default:
			p.expected("\",\" or \"}\"")
			return nil
		}
	}
}
