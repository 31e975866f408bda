package funcs

import (
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// Like matches s against a LIKE pattern: % any run, _ one character, \ takes the next one literally.
// Source of the loop: the usual two-pointer glob match, which goes back only to the last %, so it is linear in len(s)·len(pattern) at worst.
func Like(s, pattern string) (bool, error) {
	starS, starP := -1, -1
	i, j := 0, 0
	for i < len(s) || j < len(pattern) {
		if j < len(pattern) {
			if pattern[j] == '%' {
				j++
				if endsInEscape(s[i:], pattern[j:]) {
					return false, trailingEscape()
				}
				starS, starP = i, j
				continue
			}
			n, m, err := likeOne(s[i:], pattern[j:])
			if err != nil {
				return false, err
			}
			if n > 0 {
				i, j = i+n, j+m
				continue
			}
		}
		if starP < 0 || starS >= len(s) {
			return false, nil
		}
		_, size := utf8.DecodeRuneInString(s[starS:])
		starS += size
		i, j = starS, starP
	}
	return true, nil
}

// endsInEscape tells whether all that is left of a pattern after a %, and after the % and _ behind it that s has characters for, is an escape with
// nothing to escape: Postgres then complains before it looks for a match.
func endsInEscape(s, pattern string) bool {
	if s == "" {
		return false
	}
	for pattern != "" && (pattern[0] == '%' || pattern[0] == '_') {
		if pattern[0] == '_' {
			if s == "" {
				return false
			}
			_, size := utf8.DecodeRuneInString(s)
			s = s[size:]
		}
		pattern = pattern[1:]
	}
	return pattern == "\\"
}

func trailingEscape() error {
	return pgerr.New(pgerrcode.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
}

// likeOne matches one pattern element at the start of s: the bytes taken of s (0: no match) and of the pattern.
func likeOne(s, pattern string) (n, m int, err error) {
	if s == "" {
		return 0, 0, nil
	}
	switch c := pattern[0]; {
	case c == '_':
		_, size := utf8.DecodeRuneInString(s)
		return size, 1, nil
	case c == '\\':
		if len(pattern) == 1 {
			return 0, 0, trailingEscape()
		}
		if s[0] == pattern[1] {
			return 1, 2, nil
		}
	case s[0] == c:
		return 1, 1, nil
	}
	return 0, 0, nil
}

func like(fold func(string) string, want bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		ok, err := Like(fold(a[0].Text()), fold(a[1].Text()))
		return types.Bool(ok == want), err
	}
}

func unfolded(s string) string { return s }

func invalidEscape() error {
	return pgerr.New(pgerrcode.InvalidEscapeSequence, "invalid escape string").WithHint("Escape string must be empty or one character.")
}

// likeEscape rewrites a pattern with another escape character, or none, to the backslash.
func likeEscape(_ *Context, a row) (types.Datum, error) {
	pattern, escape := a[0].Text(), a[1].Text()
	if utf8.RuneCountInString(escape) > 1 {
		return types.Null, invalidEscape()
	}
	if escape == "\\" {
		return a[0], nil
	}
	var out strings.Builder
	for pattern != "" {
		switch {
		case escape != "" && strings.HasPrefix(pattern, escape):
			pattern = pattern[len(escape):]
			if pattern == "" {
				return types.Null, trailingEscape()
			}
			out.WriteByte('\\')
		case pattern[0] == '\\':
			out.WriteByte('\\')
		}
		_, size := utf8.DecodeRuneInString(pattern)
		out.WriteString(pattern[:size])
		pattern = pattern[size:]
	}
	return types.Text(out.String()), nil
}

// similarEscape turns a SIMILAR TO pattern into a regular expression. A NULL escape gives NULL; with one argument it is the backslash.
func similarEscape(_ *Context, a row) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	escape := "\\"
	if len(a) == 2 {
		if a[1].IsNull() {
			return types.Null, nil
		}
		escape = a[1].Text()
	}
	if utf8.RuneCountInString(escape) > 1 {
		return types.Null, invalidEscape()
	}
	return types.Text("^(?:" + similarBody(a[0].Text(), escape) + ")$"), nil
}

func similarBody(pattern, escape string) string {
	var out strings.Builder
	inSet := false
	for pattern != "" {
		if escape != "" && strings.HasPrefix(pattern, escape) {
			if pattern = pattern[len(escape):]; pattern == "" {
				break
			}
			_, size := utf8.DecodeRuneInString(pattern)
			out.WriteString("\\" + pattern[:size])
			pattern = pattern[size:]
			continue
		}
		c := pattern[0]
		pattern = pattern[1:]
		switch {
		case inSet:
			inSet = c != ']'
			if c == '\\' {
				out.WriteByte('\\')
			}
			out.WriteByte(c)
		case c == '[':
			inSet = true
			out.WriteByte(c)
		case c == '%':
			out.WriteString(".*")
		case c == '_':
			out.WriteByte('.')
		case c == '(':
			out.WriteString("(?:")
		case strings.IndexByte(`\.^$`, c) >= 0:
			out.WriteString("\\" + string(c))
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

var likeFuncs = func() map[string]Func {
	t := map[string]Func{
		"like_escape": likeEscape, "like_escape_bytea": likeEscape,
		"similar_to_escape_1": similarEscape, "similar_to_escape_2": similarEscape, "similar_escape": similarEscape,
	}
	for _, prefix := range []string{"text", "name", "bpchar", "bytea"} {
		t[prefix+"like"], t[prefix+"nlike"] = like(unfolded, true), like(unfolded, false)
		t[prefix+"iclike"], t[prefix+"icnlike"] = like(asciiLower, true), like(asciiLower, false)
		t[prefix+"regexeq"], t[prefix+"regexne"] = regexTest("", true), regexTest("", false)
		t[prefix+"icregexeq"], t[prefix+"icregexne"] = regexTest("i", true), regexTest("i", false)
	}
	return t
}()
