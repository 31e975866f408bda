package funcs

import (
	"regexp"
	"sync"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// regex is a compiled Postgres regular expression.
type regex struct {
	re *regexp.Regexp
	// tail matches at the start of a string only; nil when assertions forbid matching a substring on its own or when no match can be empty.
	tail *regexp.Regexp
}

// regexCache keeps compiled expressions; it is emptied when full, which a workload of constant patterns never reaches.
var regexCache = struct {
	sync.RWMutex
	m map[regexKey]*regex
}{m: map[regexKey]*regex{}}

type regexKey struct {
	pattern string
	flags   areFlags
}

const regexCacheMax = 512

// compileRegex translates and compiles a pattern with flags already parsed.
func compileRegex(pattern string, flags areFlags) (*regex, error) {
	flags.global = false
	key := regexKey{pattern, flags}
	regexCache.RLock()
	r := regexCache.m[key]
	regexCache.RUnlock()
	if r != nil {
		return r, nil
	}
	r, err := buildRegex(pattern, flags)
	if err != nil {
		return nil, err
	}
	regexCache.Lock()
	defer regexCache.Unlock()
	if len(regexCache.m) >= regexCacheMax {
		clear(regexCache.m)
	}
	regexCache.m[key] = r
	return r, nil
}

func buildRegex(pattern string, flags areFlags) (*regex, error) {
	source, long, assertions, err := translateARE(pattern, flags)
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, pgerr.New(pgerrcode.InvalidRegularExpression, "invalid regular expression: regular expression is too complex")
	}
	r := &regex{re: re}
	if !assertions && re.MatchString("") {
		r.tail = regexp.MustCompile(`\A(?:` + source + `)`)
	}
	if long {
		re.Longest()
		if r.tail != nil {
			r.tail.Longest()
		}
	}
	return r, nil
}

// parseFlags adds option letters to flags.
func parseFlags(letters string, f areFlags) (areFlags, error) {
	for _, c := range letters {
		switch c {
		case 'g':
			f.global = true
		case 'i':
			f.fold = true
		case 'c':
			f.fold = false
		case 'n', 'm':
			f.newline, f.anchors = true, true
		case 's':
			f.newline, f.anchors = false, false
		case 'p':
			f.newline, f.anchors = true, false
		case 'w':
			f.newline, f.anchors = false, true
		case 'x':
			f.expanded = true
		case 't':
			f.expanded = false
		case 'q':
			f.literal = true
		case 'e':
		case 'b':
			return f, pgerr.Unimplemented("basic regular expression syntax")
		default:
			return f, pgerr.New(pgerrcode.InvalidParameterValue, "invalid regular expression option: \"%c\"", c)
		}
	}
	return f, nil
}

// regexOf compiles pattern with the flags argument of a call ("" for none); global tells whether the g flag was given.
func regexOf(pattern, letters string) (r *regex, global bool, err error) {
	f, err := parseFlags(letters, areFlags{})
	if err != nil {
		return nil, false, err
	}
	r, err = compileRegex(pattern, f)
	return r, f.global, err
}

func regexTest(letters string, want bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		r, _, err := regexOf(a[1].Text(), letters)
		if err != nil {
			return types.Null, err
		}
		return types.Bool(r.re.MatchString(a[0].Text()) == want), nil
	}
}

// all finds every match from byte offset from on, as Postgres counts them: an empty match right behind another match counts too, which Go leaves out.
// At most limit when it is positive. Each match is in FindSubmatchIndex' form.
func (r *regex) all(s string, from, limit int) [][]int {
	var out [][]int
	end := from
	for _, m := range r.re.FindAllStringSubmatchIndex(s, -1) {
		if m[0] < from {
			continue
		}
		if e := r.emptyAt(s, end, m[0]); e != nil && len(out) > 0 {
			out = append(out, e)
		}
		out, end = append(out, m), m[1]
		if m[0] == m[1] {
			end = -1
		}
		if limit > 0 && len(out) >= limit {
			return out[:limit]
		}
	}
	if e := r.emptyAt(s, end, len(s)+1); e != nil && len(out) > 0 {
		out = append(out, e)
	}
	return out
}

// emptyAt is the empty match at byte offset at, if there is one before the next match begins.
func (r *regex) emptyAt(s string, at, next int) []int {
	if r.tail == nil || at < 0 || at >= next {
		return nil
	}
	m := r.tail.FindStringSubmatchIndex(s[at:])
	if m == nil || m[0] != m[1] {
		return nil
	}
	for i := range m {
		if m[i] >= 0 {
			m[i] += at
		}
	}
	return m
}

// captures are a match's parenthesised parts as text[], or the whole match when there are none.
func captures(s string, m []int) types.Datum {
	if len(m) == 2 {
		return textArray([]types.Datum{types.Text(s[m[0]:m[1]])})
	}
	parts := make([]types.Datum, 0, len(m)/2-1)
	for i := 2; i < len(m); i += 2 {
		parts = append(parts, slicePart(s, m[i], m[i+1]))
	}
	return textArray(parts)
}

func slicePart(s string, from, to int) types.Datum {
	if from < 0 {
		return types.Null
	}
	return types.Text(s[from:to])
}

// textArg is the i-th argument, or otherwise when it was not given.
func textArg(a row, i int, otherwise string) string {
	if i < len(a) {
		return a[i].Text()
	}
	return otherwise
}

func intArg(a row, i int, otherwise int64) int64 {
	if i < len(a) {
		return a[i].Int()
	}
	return otherwise
}

func noGlobal(name string, global bool, instead string) error {
	if !global {
		return nil
	}
	e := pgerr.New(pgerrcode.InvalidParameterValue, "%s() does not support the \"global\" option", name)
	if instead != "" {
		e = e.WithHint("Use the %s function instead.", instead)
	}
	return e
}

func regexpMatch(_ *Context, a row) (types.Datum, error) {
	r, global, err := regexOf(a[1].Text(), textArg(a, 2, ""))
	if err == nil {
		err = noGlobal("regexp_match", global, "regexp_matches")
	}
	if err != nil {
		return types.Null, err
	}
	m := r.re.FindStringSubmatchIndex(a[0].Text())
	if m == nil {
		return types.Null, nil
	}
	return captures(a[0].Text(), m), nil
}

func regexpMatches(_ *Context, a row, emit func(row) error) error {
	r, global, err := regexOf(a[1].Text(), textArg(a, 2, ""))
	if err != nil {
		return err
	}
	limit := 1
	if global {
		limit = 0
	}
	for _, m := range r.all(a[0].Text(), 0, limit) {
		if err := emit(row{captures(a[0].Text(), m)}); err != nil {
			return err
		}
	}
	return nil
}

func regexpLike(_ *Context, a row) (types.Datum, error) {
	r, global, err := regexOf(a[1].Text(), textArg(a, 2, ""))
	if err == nil {
		err = noGlobal("regexp_like", global, "")
	}
	if err != nil {
		return types.Null, err
	}
	return types.Bool(r.re.MatchString(a[0].Text())), nil
}

func positiveArg(name string, v int64) error {
	if v <= 0 {
		return pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for parameter \"%s\": %d", name, v)
	}
	return nil
}

// startArg turns a start position in characters into a byte offset; past the end is -1.
func startArg(s string, start int64) (int, error) {
	if err := positiveArg("start", start); err != nil {
		return 0, err
	}
	if start > int64(utf8.RuneCountInString(s))+1 {
		return -1, nil
	}
	return runeOffset(s, start-1), nil
}

// regexpCount is regexp_count(string, pattern [, start [, flags]]).
func regexpCount(_ *Context, a row) (types.Datum, error) {
	s := a[0].Text()
	from, err := startArg(s, intArg(a, 2, 1))
	if err != nil {
		return types.Null, err
	}
	r, global, err := regexOf(a[1].Text(), textArg(a, 3, ""))
	if err == nil {
		err = noGlobal("regexp_count", global, "")
	}
	if err != nil || from < 0 {
		return types.Int(0), err
	}
	return types.Int(int64(len(r.all(s, from, 0)))), nil
}

// nthMatch finds match n from start on, for regexp_instr and regexp_substr; sub is the capture wanted. Nil when there is none.
func nthMatch(name string, a row, n int64, letters string, sub int64) ([]int, error) {
	s := a[0].Text()
	from, err := startArg(s, intArg(a, 2, 1))
	if err != nil {
		return nil, err
	}
	if err := positiveArg("n", n); err != nil {
		return nil, err
	}
	if sub < 0 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for parameter \"subexpr\": %d", sub)
	}
	r, global, err := regexOf(a[1].Text(), letters)
	if err == nil {
		err = noGlobal(name, global, "")
	}
	if err != nil || from < 0 {
		return nil, err
	}
	all := r.all(s, from, int(n))
	if int64(len(all)) < n || 2*sub >= int64(len(all[n-1])) {
		return nil, nil
	}
	m := all[n-1][2*sub : 2*sub+2]
	if m[0] < 0 {
		return nil, nil
	}
	return m, nil
}

// regexpInstr is regexp_instr(string, pattern [, start [, n [, endoption [, flags [, subexpr]]]]]).
func regexpInstr(_ *Context, a row) (types.Datum, error) {
	for i, name := range []string{"start", "n"} {
		if err := positiveArg(name, intArg(a, 2+i, 1)); err != nil {
			return types.Null, err
		}
	}
	end := intArg(a, 4, 0)
	if end != 0 && end != 1 {
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for parameter \"endoption\": %d", end)
	}
	m, err := nthMatch("regexp_instr", a, intArg(a, 3, 1), textArg(a, 5, ""), intArg(a, 6, 0))
	if m == nil {
		return types.Int(0), err
	}
	return types.Int(int64(utf8.RuneCountInString(a[0].Text()[:m[end]])) + 1), nil
}

// regexpSubstr is regexp_substr(string, pattern [, start [, n [, flags [, subexpr]]]]).
func regexpSubstr(_ *Context, a row) (types.Datum, error) {
	m, err := nthMatch("regexp_substr", a, intArg(a, 3, 1), textArg(a, 4, ""), intArg(a, 5, 0))
	if m == nil {
		return types.Null, err
	}
	return types.Text(a[0].Text()[m[0]:m[1]]), nil
}

// substringRegex is substring(string FROM pattern): the first capture, or the whole match.
func substringRegex(_ *Context, a row) (types.Datum, error) {
	r, _, err := regexOf(a[1].Text(), "")
	if err != nil {
		return types.Null, err
	}
	m := r.re.FindStringSubmatchIndex(a[0].Text())
	switch {
	case m == nil:
		return types.Null, nil
	case len(m) > 2:
		return slicePart(a[0].Text(), m[2], m[3]), nil
	}
	return types.Text(a[0].Text()[m[0]:m[1]]), nil
}

// substringSimilar is substring(string SIMILAR pattern ESCAPE escape): the part of the pattern between two escape-doublequotes.
func substringSimilar(ctx *Context, a row) (types.Datum, error) {
	pattern, escape := a[1].Text(), a[2].Text()
	if utf8.RuneCountInString(escape) > 1 {
		return types.Null, invalidEscape()
	}
	parts := splitEscapedQuotes(pattern, escape)
	if len(parts) > 3 {
		return types.Null, pgerr.New(pgerrcode.InvalidUseOfEscapeCharacter, "SQL regular expression may not contain more than two escape-double-quote separators")
	}
	source := "^(?:" + similarBody(pattern, escape) + ")$"
	if len(parts) == 3 {
		source = "^(?:" + similarBody(parts[0], escape) + "){1,1}?(" + similarBody(parts[1], escape) + "){1,1}(?:" + similarBody(parts[2], escape) + ")$"
	}
	return substringRegex(ctx, row{a[0], types.Text(source)})
}

func splitEscapedQuotes(pattern, escape string) []string {
	if escape == "" {
		return []string{pattern}
	}
	var parts []string
	start := 0
	for i := 0; i < len(pattern); {
		if len(pattern) > i+len(escape) && pattern[i:i+len(escape)] == escape {
			if pattern[i+len(escape)] == '"' {
				parts = append(parts, pattern[start:i])
				start = i + len(escape) + 1
			}
			i += len(escape) + 1
			continue
		}
		i++
	}
	return append(parts, pattern[start:])
}

// regexpSplit cuts s at matches; matches that are empty at the ends or right behind another do not count.
func regexpSplit(name string, a row) ([]string, error) {
	s := a[0].Text()
	r, global, err := regexOf(a[1].Text(), textArg(a, 2, ""))
	if err == nil {
		err = noGlobal(name, global, "")
	}
	if err != nil {
		return nil, err
	}
	var out []string
	end := 0
	for _, m := range r.all(s, 0, 0) {
		if m[0] >= len(s) || m[1] <= end {
			continue
		}
		out = append(out, s[end:m[0]])
		end = m[1]
	}
	return append(out, s[end:]), nil
}

func regexpSplitToArray(_ *Context, a row) (types.Datum, error) {
	parts, err := regexpSplit("regexp_split_to_array", a)
	if err != nil {
		return types.Null, err
	}
	return textsArray(parts), nil
}

func regexpSplitToTable(_ *Context, a row, emit func(row) error) error {
	parts, err := regexpSplit("regexp_split_to_table", a)
	for i := 0; err == nil && i < len(parts); i++ {
		err = emit(row{types.Text(parts[i])})
	}
	return err
}
