package parser

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"
	pgq "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"

	"vecgres/sql/pgerr"
)

const (
	// identMax is where Postgres cuts an identifier.
	identMax = 63
	// pathMax is the longest schema path, and so the longest identifier that may be meant.
	pathMax = 1024
)

// longIdents is a query text whose long identifiers were replaced by quoted placeholders of the same length (blanks follow), so that
// every position stays what it was.
type longIdents struct {
	text  string
	mark  string            // what every placeholder's name begins with; "" when there are none
	names map[string]string // placeholder → the identifier as folded
	texts map[string]string // placeholder → the token as written
}

// mayHaveLongIdent is a quick test that may say yes for nothing: a run of identifier characters, or something between two double
// quotes, longer than Postgres keeps.
func mayHaveLongIdent(query string) bool {
	if len(query) <= identMax {
		return false
	}
	run, quote := 0, -1
	for i := 0; i < len(query); i++ {
		c := query[i]
		if c == '"' {
			if quote >= 0 && i-quote-1 > identMax {
				return true
			}
			quote = i
		}
		if identByte(c) {
			run++
			if run > identMax {
				return true
			}
		} else {
			run = 0
		}
	}
	return false
}

func identByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

// setLongIdentsAside replaces the identifiers that are longer than identMax.
func setLongIdentsAside(query string, tokens []*pgq.ScanToken) (longIdents, error) {
	out := longIdents{text: query, names: map[string]string{}, texts: map[string]string{}}
	mark := fmt.Sprintf("\x01%08x_", rand.Uint32())
	var text []byte
	for i, token := range tokens {
		name, end, ok := identifier(query, tokens, i)
		if !ok || len(name) <= identMax {
			continue
		}
		start := int(token.Start)
		if len(name) > pathMax {
			return out, pgerr.New(pgerrcode.NameTooLong, "identifier is too long").
				WithDetail("It has %d bytes; the longest schema path has %d.", len(name), pathMax).At(start)
		}
		if text == nil {
			text = []byte(query)
		}
		placeholder := mark + strconv.Itoa(len(out.names))
		out.names[placeholder] = name
		out.texts[placeholder] = query[start:end]
		n := copy(text[start:end], `"`+placeholder+`"`)
		for j := start + n; j < end; j++ {
			text[j] = ' '
		}
	}
	if text != nil {
		out.text, out.mark = string(text), mark
	}
	return out, nil
}

// identifier is the name that token i stands for as the scanner would fold it, and where its text ends, a UESCAPE clause included.
// It is false for other tokens and for names with bad escapes, which the grammar itself refuses.
func identifier(query string, tokens []*pgq.ScanToken, i int) (name string, end int, ok bool) {
	start := int(tokens[i].Start)
	if start < 0 || start >= len(query) {
		return "", 0, false
	}
	switch tokens[i].Token {
	case pgq.Token_IDENT:
		if query[start] == '"' {
			return quoted(query, start)
		}
		end = start
		for end < len(query) && identByte(query[end]) {
			end++
		}
		return foldASCII(query[start:end]), end, true
	case pgq.Token_UIDENT:
		raw, end, ok := quoted(query, start+len(`U&`))
		if !ok {
			return "", 0, false
		}
		escape := byte('\\')
		if i+2 < len(tokens) && tokens[i+1].Token == pgq.Token_UESCAPE && tokens[i+2].Token == pgq.Token_SCONST {
			s, e := int(tokens[i+2].Start), int(tokens[i+2].End)
			if e-s != len(`'x'`) || e > len(query) {
				return "", 0, false
			}
			escape, end = query[s+1], e
		}
		name, ok = unescape(raw, escape)
		return name, end, ok
	}
	return "", 0, false
}

// quoted reads an identifier in double quotes, which begins at start.
func quoted(query string, start int) (name string, end int, ok bool) {
	if start >= len(query) || query[start] != '"' {
		return "", 0, false
	}
	var out strings.Builder
	for i := start + 1; i < len(query); i++ {
		if query[i] != '"' {
			out.WriteByte(query[i])
			continue
		}
		if i+1 < len(query) && query[i+1] == '"' {
			out.WriteByte('"')
			i++
			continue
		}
		return out.String(), i + 1, true
	}
	return "", 0, false
}

// foldASCII lower-cases as the scanner does in a UTF8 database.
func foldASCII(text string) string {
	out := []byte(text)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}

// unescape replaces \XXXX and \+XXXXXX by their characters. It is false for what the grammar refuses.
func unescape(raw string, escape byte) (string, bool) {
	if strings.IndexByte("0123456789abcdefABCDEF+'\""+space, escape) >= 0 {
		return "", false
	}
	var out strings.Builder
	var high rune // a surrogate waiting for its other half
	for i := 0; i < len(raw); {
		if raw[i] != escape {
			if high != 0 {
				return "", false
			}
			out.WriteByte(raw[i])
			i++
			continue
		}
		if i+1 < len(raw) && raw[i+1] == escape {
			out.WriteByte(escape)
			i += 2
			continue
		}
		from, digits := i+1, 4
		if from < len(raw) && raw[from] == '+' {
			from, digits = from+1, 6
		}
		if from+digits > len(raw) {
			return "", false
		}
		code, err := strconv.ParseUint(raw[from:from+digits], 16, 32)
		if err != nil {
			return "", false
		}
		i = from + digits
		r := rune(code)
		switch {
		case high != 0:
			if r = utf16.DecodeRune(high, r); r == utf8.RuneError {
				return "", false
			}
			high = 0
		case r >= 0xd800 && r < 0xdc00:
			high = r
			continue
		}
		if r == 0 || !utf8.ValidRune(r) {
			return "", false
		}
		out.WriteRune(r)
	}
	return out.String(), high == 0
}

// restoreMessage puts the tokens as written back into an error's message.
func (l longIdents) restoreMessage(message string) string {
	if l.mark == "" {
		return message
	}
	for placeholder, text := range l.texts {
		message = strings.ReplaceAll(message, `"`+placeholder+`"`, text)
	}
	return message
}

// restoreTree puts the identifiers back into every string of the tree.
func (l longIdents) restoreTree(tree *pgq.ParseResult) {
	if l.mark != "" {
		l.restore(tree.ProtoReflect())
	}
}

func (l longIdents) restore(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsList() && field.Kind() == protoreflect.MessageKind:
			list := value.List()
			for i := range list.Len() {
				l.restore(list.Get(i).Message())
			}
		case field.IsList():
		case field.Kind() == protoreflect.MessageKind:
			l.restore(value.Message())
		case field.Kind() == protoreflect.StringKind:
			if name, ok := l.names[value.String()]; ok {
				m.Set(field, protoreflect.ValueOfString(name))
			}
		}
		return true
	})
}
