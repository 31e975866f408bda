package parser

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"
	cparser "github.com/pganalyze/pg_query_go/v5/parser"

	"vecgres/sql/pgerr"
)

// errorCodes gives the SQLSTATE of the grammar's messages, which arrive without one. What is not listed is 42601.
var errorCodes = []struct{ part, code string }{
	{"not yet implemented", pgerrcode.FeatureNotSupported},
	{"not implemented", pgerrcode.FeatureNotSupported},
	{"is not supported", pgerrcode.FeatureNotSupported},
	{"are not supported", pgerrcode.FeatureNotSupported},
	{"memory exhausted", pgerrcode.StatementTooComplex},
	{"recursion depth", pgerrcode.StatementTooComplex},
	{"stack depth", pgerrcode.StatementTooComplex},
	{"precision for type float", pgerrcode.InvalidParameterValue},
	{"frame start cannot", pgerrcode.WindowingError},
	{"frame end cannot", pgerrcode.WindowingError},
	{"frame starting from", pgerrcode.WindowingError},
	{"unsafe use of", pgerrcode.NonstandardUseOfEscapeCharacter},
	{"invalid Unicode escape", pgerrcode.SyntaxError},
	{"invalid escape string", pgerrcode.InvalidEscapeSequence},
	{"invalid byte sequence", pgerrcode.CharacterNotInRepertoire},
	{"out of memory", pgerrcode.OutOfMemory},
}

// syntaxError is pg_query's error as ours. Its cursor counts characters of the text that was parsed.
func syntaxError(err error, long longIdents) error {
	message := err.Error()
	code := pgerrcode.SyntaxError
	for _, known := range errorCodes {
		if strings.Contains(message, known.part) {
			code = known.code
			break
		}
	}
	if code == pgerrcode.StatementTooComplex {
		return tooComplex()
	}
	out := pgerr.New(code, "%s", long.restoreMessage(message))
	var fault *cparser.Error
	if errors.As(err, &fault) && fault.Cursorpos > 0 {
		out.At(byteOffset(long.text, fault.Cursorpos-1))
	}
	return out
}

// byteOffset is where the nth character of text begins, n from 0.
func byteOffset(text string, n int) int {
	for at := range text {
		if n == 0 {
			return at
		}
		n--
	}
	return len(text)
}

// tooComplex is the error for text that nests deeper than the grammar's stack allows.
func tooComplex() *pgerr.Error {
	return pgerr.New(pgerrcode.StatementTooComplex, "statement is too complex").
		WithDetail("Expressions, joins or subqueries are nested too deeply.")
}

// checkText refuses what no database in UTF8 can hold.
func checkText(query string) error {
	if utf8.ValidString(query) && strings.IndexByte(query, 0) < 0 {
		return nil
	}
	for at := 0; at < len(query); {
		r, size := utf8.DecodeRuneInString(query[at:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			return pgerr.New(pgerrcode.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", badBytes(query[at:])).At(at)
		}
		at += size
	}
	return nil
}

// badBytes prints the sequence as Postgres does: as many bytes as its first byte announces.
func badBytes(text string) string {
	n := 1
	switch first := text[0]; {
	case first >= 0xf8:
	case first >= 0xf0:
		n = 4
	case first >= 0xe0:
		n = 3
	case first >= 0xc0:
		n = 2
	}
	const digits = "0123456789abcdef"
	var out []byte
	for i := 0; i < min(n, len(text)); i++ {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, '0', 'x', digits[text[i]>>4], digits[text[i]&15])
	}
	return string(out)
}
