package types

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// arrayPlace is where the reader of an array's text is, which decides what may come next.
type arrayPlace byte

const (
	beforeArray arrayPlace = iota
	levelStarted
	elementStarted
	quotedStarted
	quotedEnded
	elementDelimited
	levelEnded
	levelDelimited
)

// arrayReader reads the structure of an array's text; elements stay strings until all of it is known to be well-formed.
type arrayReader struct {
	text   string
	shown  string // the part of text that messages show
	at     int
	delim  byte
	place  arrayPlace
	quotes bool // inside a quoted element
	depth  int
	counts [arrayDimsMax]int // items so far at each depth
	shape  [arrayDimsMax]int // items of the first finished level of each depth, -1 before
	dims   int               // greatest depth

	elems   []arrayElement
	current []byte // the element being read
	trim    int    // length of current without unquoted blanks at its end
	escaped bool   // current had quotes or a backslash: it is not NULL
	open    bool   // an element has begun
}

type arrayElement struct {
	text string
	null bool
}

func (r *arrayReader) fail(format string, args ...any) error {
	return pgerr.New(pgerrcode.InvalidTextRepresentation, "malformed array literal: \"%s\"", r.shown).WithDetail(format, args...)
}

func parseArray(env *Env, t Type, s string) (Datum, error) {
	elem, ok := Lookup(ElemOf(t.OID))
	if !ok {
		return Datum{}, pgerr.New(pgerrcode.FeatureNotSupported, "cannot accept a value of type %s", TypeName(t.OID))
	}
	r := &arrayReader{text: s, shown: s, delim: elem.Delim}
	for i := range r.shape {
		r.shape[i] = -1
	}
	a := &Array{Elem: elem.OID}
	if err := r.readBounds(a); err != nil {
		return Datum{}, err
	}
	r.shown = s[r.at:]
	if err := r.readContents(); err != nil {
		return Datum{}, err
	}
	r.shown = s
	if err := r.setShape(a); err != nil {
		return Datum{}, err
	}
	a.Elems = make([]Datum, len(r.elems))
	elemType := T(elem.OID)
	for i, e := range r.elems {
		if e.null {
			a.Elems[i] = Null
			continue
		}
		d, err := ParseText(env, elemType, e.text)
		if err != nil {
			return Datum{}, err
		}
		a.Elems[i] = d
	}
	if len(a.Elems) == 0 {
		a.Elems = nil
	}
	return ArrayOf(a), nil
}

// readBounds reads [2:3][1:2]= if it is there, and stops at the first brace.
func (r *arrayReader) readBounds(a *Array) error {
	for {
		r.at = skipSpace(r.text, r.at)
		if r.at == len(r.text) || r.text[r.at] != '[' {
			break
		}
		r.at++
		if len(a.Dims) >= arrayDimsMax {
			return tooManyDims(len(a.Dims) + 1)
		}
		if err := r.readBound(a); err != nil {
			return err
		}
	}
	atBrace := func() bool { return r.at < len(r.text) && r.text[r.at] == '{' }
	if len(a.Dims) == 0 {
		if !atBrace() {
			return r.fail("Array value must start with \"{\" or dimension information.")
		}
		return nil
	}
	if r.at == len(r.text) || r.text[r.at] != '=' {
		return r.fail("Missing \"%s\" after array dimensions.", "=")
	}
	r.at = skipSpace(r.text, r.at+1)
	if !atBrace() {
		return r.fail("Array contents must start with \"{\".")
	}
	return nil
}

// readBound reads 3] or 2:3] after the bracket.
func (r *arrayReader) readBound(a *Array) error {
	lower := int32(1)
	text := r.boundText()
	if text == "" {
		return r.fail("\"[\" must introduce explicitly-specified array dimensions.")
	}
	if r.at < len(r.text) && r.text[r.at] == ':' {
		lower = boundValue(text)
		r.at++
		if text = r.boundText(); text == "" {
			return r.fail("Missing array dimension value.")
		}
	}
	if r.at == len(r.text) || r.text[r.at] != ']' {
		return r.fail("Missing \"%s\" after array dimensions.", "]")
	}
	r.at++
	upper := boundValue(text)
	if upper < lower {
		return pgerr.New(pgerrcode.ArraySubscriptError, "upper bound cannot be less than lower bound")
	}
	if upper == math.MaxInt32 {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "array lower bound is too large: %d", lower)
	}
	if int64(upper)-int64(lower)+1 > arrayItemsMax {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", arrayItemsMax)
	}
	a.Dims = append(a.Dims, upper-lower+1)
	a.Lower = append(a.Lower, lower)
	return nil
}

func (r *arrayReader) boundText() string {
	start := r.at
	for r.at < len(r.text) && (isDigit(r.text[r.at]) || r.text[r.at] == '-' || r.text[r.at] == '+') {
		r.at++
	}
	return r.text[start:r.at]
}

func boundValue(s string) int32 {
	v, _, _ := scanInt(s, 0)
	return v
}

// setShape takes the dimensions from the contents and compares them with those given in front.
func (r *arrayReader) setShape(a *Array) error {
	if len(r.elems) == 0 {
		if len(a.Dims) > 0 {
			return r.fail("Specified array dimensions do not match array contents.")
		}
		return nil
	}
	dims := make([]int32, r.dims)
	for i := range dims {
		dims[i] = int32(r.shape[i])
	}
	if len(a.Dims) > 0 {
		if !slices.Equal(dims, a.Dims) {
			return r.fail("Specified array dimensions do not match array contents.")
		}
		return nil
	}
	a.Dims = dims
	a.Lower = make([]int32, len(dims))
	for i := range a.Lower {
		a.Lower[i] = 1
	}
	_, err := arrayItems(dims)
	return err
}

// readContents reads from the first brace to its end.
func (r *arrayReader) readContents() error {
	for {
		if r.at == len(r.text) {
			return r.fail("Unexpected end of input.")
		}
		c := r.text[r.at]
		r.at++
		if err := r.step(c); err != nil {
			return err
		}
		if r.depth == 0 {
			break
		}
	}
	if skipSpace(r.text, r.at) != len(r.text) {
		return r.fail("Junk after closing right brace.")
	}
	return nil
}

func (r *arrayReader) in(places ...arrayPlace) bool { return slices.Contains(places, r.place) }

// step handles one character.
func (r *arrayReader) step(c byte) error {
	switch {
	case c == '\\':
		return r.stepEscape()
	case c == '"':
		return r.stepQuote()
	case r.quotes:
		r.add(c, true)
	case c == '{':
		return r.stepOpen()
	case c == '}':
		return r.stepClose()
	case c == r.delim:
		return r.stepDelimiter()
	case isSpace(c):
		if r.open && r.place == elementStarted {
			r.add(c, false)
		}
	default:
		if !r.in(levelStarted, elementStarted, elementDelimited) {
			return r.fail("Unexpected array element.")
		}
		r.place = elementStarted
		r.add(c, true)
	}
	return nil
}

func (r *arrayReader) add(c byte, solid bool) {
	r.open = true
	r.current = append(r.current, c)
	if solid {
		r.trim = len(r.current)
	}
}

func (r *arrayReader) stepEscape() error {
	if !r.in(levelStarted, elementStarted, quotedStarted, elementDelimited) {
		return r.fail("Unexpected \"%c\" character.", '\\')
	}
	if r.place != quotedStarted {
		r.place = elementStarted
	}
	if r.at == len(r.text) {
		return r.fail("Unexpected end of input.")
	}
	r.escaped = true
	r.add(r.text[r.at], true)
	r.at++
	return nil
}

func (r *arrayReader) stepQuote() error {
	if !r.in(levelStarted, quotedStarted, elementDelimited) {
		return r.fail("Unexpected array element.")
	}
	r.quotes = !r.quotes
	r.open, r.escaped = true, true
	if r.place = quotedEnded; r.quotes {
		r.place = quotedStarted
	}
	return nil
}

func (r *arrayReader) stepOpen() error {
	if !r.in(beforeArray, levelStarted, levelDelimited) {
		return r.fail("Unexpected \"%c\" character.", '{')
	}
	r.place = levelStarted
	if r.depth == arrayDimsMax {
		return tooManyDims(r.depth + 1)
	}
	if r.depth > 0 {
		r.counts[r.depth-1]++
	}
	r.counts[r.depth] = 0
	r.depth++
	r.dims = max(r.dims, r.depth)
	return nil
}

func (r *arrayReader) stepClose() error {
	empty := r.depth == 1 && r.place == levelStarted
	if !empty && !r.in(elementStarted, quotedEnded, levelEnded) {
		return r.fail("Unexpected \"%c\" character.", '}')
	}
	r.endElement()
	r.place = levelEnded
	r.depth--
	if n := r.counts[r.depth]; r.shape[r.depth] >= 0 && n != r.shape[r.depth] {
		return r.fail("Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	r.shape[r.depth] = r.counts[r.depth]
	return nil
}

func (r *arrayReader) stepDelimiter() error {
	if !r.in(elementStarted, quotedEnded, levelEnded) {
		return r.fail("Unexpected \"%c\" character.", r.delim)
	}
	if r.place == levelEnded {
		r.place = levelDelimited
		return nil
	}
	r.endElement()
	r.place = elementDelimited
	return nil
}

func (r *arrayReader) endElement() {
	if !r.open {
		return
	}
	text := string(r.current[:r.trim])
	r.elems = append(r.elems, arrayElement{text: text, null: !r.escaped && strings.EqualFold(text, "null")})
	r.counts[r.depth-1]++
	r.current, r.trim, r.escaped, r.open = r.current[:0], 0, false, false
}

// formatArray is array_out.
func formatArray(env *Env, dst []byte, oid OID, d Datum) []byte {
	a := d.Array()
	if len(a.Elems) == 0 {
		return append(dst, "{}"...)
	}
	for _, lower := range a.Lower {
		if lower != 1 {
			dst = appendBounds(dst, a)
			break
		}
	}
	delim := byte(',')
	if info, ok := Lookup(a.Elem); ok {
		delim = info.Delim
	}
	next := 0
	return appendLevel(env, dst, a, 0, &next, delim)
}

func appendBounds(dst []byte, a *Array) []byte {
	for i, lower := range a.Lower {
		dst = append(dst, '[')
		dst = strconv.AppendInt(dst, int64(lower), 10)
		dst = append(dst, ':')
		dst = strconv.AppendInt(dst, int64(lower)+int64(a.Dims[i])-1, 10)
		dst = append(dst, ']')
	}
	return append(dst, '=')
}

func appendLevel(env *Env, dst []byte, a *Array, depth int, next *int, delim byte) []byte {
	dst = append(dst, '{')
	for i := range a.Dims[depth] {
		if i > 0 {
			dst = append(dst, delim)
		}
		if depth+1 < len(a.Dims) {
			dst = appendLevel(env, dst, a, depth+1, next, delim)
			continue
		}
		e := a.Elems[*next]
		*next++
		if e.null {
			dst = append(dst, "NULL"...)
			continue
		}
		start := len(dst)
		dst = quoteArrayElement(AppendText(env, dst, a.Elem, e), start, delim)
	}
	return append(dst, '}')
}

// quoteArrayElement puts quotes around what was appended from start on, if reading it back needs them.
func quoteArrayElement(dst []byte, start int, delim byte) []byte {
	text := dst[start:]
	quote, escapes := len(text) == 0 || len(text) == 4 && strings.EqualFold(string(text), "null"), 0
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			quote = true
			escapes++
		case c == '{' || c == '}' || c == delim || isSpace(c):
			quote = true
		}
	}
	if !quote {
		return dst
	}
	raw := string(text)
	dst = append(slices.Grow(dst[:start], len(raw)+escapes+2), '"')
	for i := 0; i < len(raw); i++ {
		if raw[i] == '"' || raw[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, raw[i])
	}
	return append(dst, '"')
}
