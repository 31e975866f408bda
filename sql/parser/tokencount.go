package parser

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// tokensMax bounds the memory of one parse: pg_query's tree, its message and ours took about 600 bytes a token together where this was
// measured. Literals count once whatever their length.
const tokensMax = 1_000_000

// checkSize refuses a text of more than tokensMax tokens. Shorter texts than that cannot have as many and are not read.
func checkSize(query string) error {
	if len(query) <= tokensMax || countTokens(query, tokensMax) <= tokensMax {
		return nil
	}
	return pgerr.New(pgerrcode.ProgramLimitExceeded, "statement is too large").
		WithDetail("It has more than %d tokens.", tokensMax).WithHint("Use several statements, or COPY.")
}

// countTokens counts tokens up to a little above most. It knows where literals and comments end, and counts every other run of word
// characters and every other character as one token, which is never too few.
func countTokens(query string, most int) int {
	n := 0
	for i := 0; i < len(query) && n <= most; {
		switch c := query[i]; {
		case strings.IndexByte(space, c) >= 0:
			i++
		case c == '\'':
			i = endOfString(query, i)
			n++
		case c == '"':
			i = after(query, i+1, `"`)
			n++
		case c == '-' && strings.HasPrefix(query[i:], "--"):
			i = after(query, i, "\n")
		case c == '/' && strings.HasPrefix(query[i:], "/*"):
			i = endOfComment(query, i)
		case c == '$':
			i = endOfDollar(query, i)
			n++
		case identByte(c):
			for i++; i < len(query) && identByte(query[i]); i++ {
			}
			n++
		default:
			i++
			n++
		}
	}
	return n
}

// after is where text continues after the next end from at on, its own end when there is none.
func after(text string, at int, end string) int {
	if n := strings.Index(text[min(at, len(text)):], end); n >= 0 {
		return at + n + len(end)
	}
	return len(text)
}

// endOfString is where a literal that begins at the quote ends; a backslash keeps the next character in E'…'.
func endOfString(text string, quote int) int {
	escapes := quote > 0 && text[quote-1]|0x20 == 'e' && (quote == 1 || !identByte(text[quote-2]))
	for i := quote + 1; i < len(text); i++ {
		switch {
		case text[i] == '\'' && i+1 < len(text) && text[i+1] == '\'':
			i++
		case text[i] == '\'':
			return i + 1
		case escapes && text[i] == '\\':
			i++
		}
	}
	return len(text)
}

func endOfComment(text string, at int) int {
	depth := 0
	for i := at; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(text[i:], "*/"):
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// endOfDollar is where $tag$…$tag$ ends, or a lone dollar or parameter.
func endOfDollar(text string, at int) int {
	end := at + 1
	for end < len(text) && identByte(text[end]) && text[end] != '$' {
		end++
	}
	if end == len(text) || text[end] != '$' || text[at+1] >= '0' && text[at+1] <= '9' {
		return at + 1
	}
	return after(text, end+1, text[at:end+1])
}
