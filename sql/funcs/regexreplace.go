package funcs

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// replaceRegex replaces match n of s from byte offset from on (every one when n is 0).
func (r *regex) replace(s string, from int, replacement string, n int64) string {
	var out strings.Builder
	end := 0
	for i, m := range r.all(s, from, int(n)) {
		if n > 0 && int64(i+1) < n {
			continue
		}
		out.WriteString(s[end:m[0]])
		expandReplacement(&out, s, m, replacement)
		end = m[1]
	}
	out.WriteString(s[end:])
	return out.String()
}

// expandReplacement writes a replacement with \1 to \9 (captures), \& (the match) and \\.
func expandReplacement(out *strings.Builder, s string, m []int, replacement string) {
	for {
		i := strings.IndexByte(replacement, '\\')
		if i < 0 || i+1 == len(replacement) {
			out.WriteString(replacement)
			return
		}
		out.WriteString(replacement[:i])
		c := replacement[i+1]
		group := -1
		switch {
		case c == '&':
			group = 0
		case c >= '1' && c <= '9':
			group = int(c - '0')
		case c == '\\':
			out.WriteByte('\\')
		default:
			out.WriteString(replacement[i : i+2])
		}
		if group >= 0 && 2*group < len(m) && m[2*group] >= 0 {
			out.WriteString(s[m[2*group]:m[2*group+1]])
		}
		replacement = replacement[i+2:]
	}
}

// regexpReplace is regexp_replace(string, pattern, replacement [, flags]).
func regexpReplace(_ *Context, a row) (types.Datum, error) {
	letters := textArg(a, 3, "")
	if letters != "" && isDigit(letters[0]) {
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "invalid regular expression option: \"%c\"", letters[0]).
			WithHint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
	}
	r, global, err := regexOf(a[1].Text(), letters)
	if err != nil {
		return types.Null, err
	}
	n := int64(1)
	if global {
		n = 0
	}
	return types.Text(r.replace(a[0].Text(), 0, a[2].Text(), n)), nil
}

// regexpReplaceFrom is regexp_replace(string, pattern, replacement, start [, n [, flags]]).
func regexpReplaceFrom(_ *Context, a row) (types.Datum, error) {
	s := a[0].Text()
	from, err := startArg(s, a[3].Int())
	if err != nil {
		return types.Null, err
	}
	n := intArg(a, 4, 1)
	if n < 0 {
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for parameter \"n\": %d", n)
	}
	r, global, err := regexOf(a[1].Text(), textArg(a, 5, ""))
	if err != nil || from < 0 {
		return a[0], err
	}
	if global && len(a) == 4 {
		n = 0
	}
	return types.Text(r.replace(s, from, a[2].Text(), n)), nil
}

// regexFuncs are the symbols of regular expression functions; the operators are with LIKE's.
var regexFuncs = func() map[string]Func {
	t := map[string]Func{
		"textregexreplace_noopt": regexpReplace, "textregexreplace": regexpReplace, "textregexsubstr": substringRegex,
		"substring(text, text, text)": substringSimilar,
	}
	for name, f := range map[string]Func{
		"regexp_match": regexpMatch, "regexp_like": regexpLike, "regexp_count": regexpCount, "regexp_instr": regexpInstr,
		"regexp_substr": regexpSubstr, "regexp_split_to_array": regexpSplitToArray, "textregexreplace_extended": regexpReplaceFrom,
	} {
		for _, suffix := range []string{"", "_no_flags", "_no_start", "_no_n", "_no_endoption", "_no_subexpr"} {
			t[name+suffix] = f
		}
	}
	return t
}()
