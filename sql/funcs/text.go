package funcs

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// valueBytesMax is Postgres' limit on one value: 1 GB less one byte.
const valueBytesMax = 1<<30 - 1

func requestedTooLarge() error {
	return pgerr.New(pgerrcode.ProgramLimitExceeded, "requested length too large")
}

// text1 is a text function of one text.
func text1(fn func(string) string) Func {
	return func(_ *Context, a row) (types.Datum, error) { return types.Text(fn(a[0].Text())), nil }
}

func textInt(fn func(string) int) Func {
	return func(_ *Context, a row) (types.Datum, error) { return types.Int(int64(fn(a[0].Text()))), nil }
}

func textBool(fn func(s, t string) bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		return types.Bool(fn(a[0].Text(), a[1].Text())), nil
	}
}

func concatText(_ *Context, a row) (types.Datum, error) {
	if len(a[0].Text())+len(a[1].Text()) > valueBytesMax {
		return types.Null, requestedTooLarge()
	}
	return types.Text(a[0].Text() + a[1].Text()), nil
}

// runeOffset is the byte offset of the n-th character, or the length when there are fewer.
func runeOffset(s string, n int64) int {
	if n <= 0 {
		return 0
	}
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// sliceRange clips substring(FROM start FOR length) to 0-based [from, to); length is ignored when open.
func sliceRange(start, length int64, open bool) (from, to int64, err error) {
	from, to = max(start-1, 0), math.MaxInt64
	if !open {
		if length < 0 {
			return 0, 0, pgerr.New(pgerrcode.SubstringError, "negative substring length not allowed")
		}
		to = max(start-1+length, from)
	}
	return from, to, nil
}

func substringText(_ *Context, a row) (types.Datum, error) {
	open := len(a) == 2
	var length int64
	if !open {
		length = a[2].Int()
	}
	from, to, err := sliceRange(a[1].Int(), length, open)
	if err != nil {
		return types.Null, err
	}
	s := a[0].Text()
	s = s[runeOffset(s, from):]
	if !open {
		s = s[:runeOffset(s, to-from)]
	}
	return types.Text(s), nil
}

func substringBytea(_ *Context, a row) (types.Datum, error) {
	open := len(a) == 2
	var length int64
	if !open {
		length = a[2].Int()
	}
	from, to, err := sliceRange(a[1].Int(), length, open)
	if err != nil {
		return types.Null, err
	}
	s := a[0].Text()
	size := int64(len(s))
	return types.Text(s[min(from, size):min(to, size)]), nil
}

// overlay replaces count units (by default as many as r has) of s from start by r; slice finds the offset of a unit and length counts them.
func overlay(slice func(s string, n int64) int, length func(string) int) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		s, r, start := a[0].Text(), a[1].Text(), a[2].Int()
		count := intArg(a, 3, int64(length(r)))
		if start <= 0 {
			return types.Null, pgerr.New(pgerrcode.SubstringError, "negative substring length not allowed")
		}
		if start+count != int64(int32(start+count)) {
			return types.Null, int4Width.outOfRange()
		}
		return types.Text(s[:slice(s, start-1)] + r + s[slice(s, start+count-1):]), nil
	}
}

func byteOffset(s string, n int64) int { return int(min(max(n, 0), int64(len(s)))) }

// leftRight are left (keep the first n characters, or all but the last -n) and right.
func leftText(_ *Context, a row) (types.Datum, error) {
	s, n := a[0].Text(), a[1].Int()
	if n < 0 {
		n = max(int64(utf8.RuneCountInString(s))+n, 0)
	}
	return types.Text(s[:runeOffset(s, n)]), nil
}

func rightText(_ *Context, a row) (types.Datum, error) {
	s, n := a[0].Text(), a[1].Int()
	if n < 0 {
		n = -n
	} else {
		n = max(int64(utf8.RuneCountInString(s))-n, 0)
	}
	return types.Text(s[runeOffset(s, n):]), nil
}

// pad is lpad and rpad.
func pad(left bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		s, n, fill := a[0].Text(), max(a[1].Int(), 0), " "
		if len(a) == 3 {
			fill = a[2].Text()
		}
		if n*utf8.UTFMax > valueBytesMax {
			return types.Null, requestedTooLarge()
		}
		missing := n - int64(utf8.RuneCountInString(s))
		if missing <= 0 {
			return types.Text(s[:runeOffset(s, n)]), nil
		}
		if fill == "" {
			return a[0], nil
		}
		size := int64(utf8.RuneCountInString(fill))
		padding := strings.Repeat(fill, int(missing/size)) + fill[:runeOffset(fill, missing%size)]
		if left {
			return types.Text(padding + s), nil
		}
		return types.Text(s + padding), nil
	}
}

// trim is the btrim, ltrim, rtrim family; characters to trim default to the blank.
func trim(fn func(s, cutset string) string) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		set := " "
		if len(a) == 2 {
			set = a[1].Text()
		}
		return types.Text(fn(a[0].Text(), set)), nil
	}
}

// trimBytes is trim over bytes.
func trimBytes(left, right bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		s, set := a[0].Text(), a[1].Text()
		for left && s != "" && strings.IndexByte(set, s[0]) >= 0 {
			s = s[1:]
		}
		for right && s != "" && strings.IndexByte(set, s[len(s)-1]) >= 0 {
			s = s[:len(s)-1]
		}
		return types.Text(s), nil
	}
}

func repeatText(_ *Context, a row) (types.Datum, error) {
	s, n := a[0].Text(), max(a[1].Int(), 0)
	if int64(len(s))*n > valueBytesMax {
		return types.Null, requestedTooLarge()
	}
	return types.Text(strings.Repeat(s, int(n))), nil
}

func replaceText(_ *Context, a row) (types.Datum, error) {
	if a[1].Text() == "" {
		return a[0], nil
	}
	return types.Text(strings.ReplaceAll(a[0].Text(), a[1].Text(), a[2].Text())), nil
}

func reverseText(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

func splitPart(_ *Context, a row) (types.Datum, error) {
	s, sep, n := a[0].Text(), a[1].Text(), a[2].Int()
	if n == 0 {
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "field position must not be zero")
	}
	parts := []string{s}
	if sep != "" {
		parts = strings.Split(s, sep)
	}
	if n < 0 {
		n += int64(len(parts)) + 1
	}
	if n < 1 || n > int64(len(parts)) || s == "" {
		return types.Text(""), nil
	}
	return types.Text(parts[n-1]), nil
}

// positionText is strpos and position: counted in characters from 1, 0 when not found.
func positionText(_ *Context, a row) (types.Datum, error) {
	i := strings.Index(a[0].Text(), a[1].Text())
	if i < 0 {
		return types.Int(0), nil
	}
	return types.Int(int64(utf8.RuneCountInString(a[0].Text()[:i])) + 1), nil
}

func positionBytea(_ *Context, a row) (types.Datum, error) {
	return types.Int(int64(strings.Index(a[0].Text(), a[1].Text()) + 1)), nil
}

func translateText(_ *Context, a row) (types.Datum, error) {
	from, to := []rune(a[1].Text()), []rune(a[2].Text())
	return types.Text(strings.Map(func(r rune) rune {
		for i, f := range from {
			if f != r {
				continue
			}
			if i < len(to) {
				return to[i]
			}
			return -1
		}
		return r
	}, a[0].Text())), nil
}

// initcap capitalises each word; in the C collation only ASCII letters have a case, as for upper and lower.
func initcap(s string) string {
	b := []byte(s)
	inWord := false
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z' && !inWord:
			b[i] = c - 'a' + 'A'
		case c >= 'A' && c <= 'Z' && inWord:
			b[i] = c - 'A' + 'a'
		}
		inWord = c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)))
	}
	return string(b)
}

// asciiUpper and asciiLower change ASCII letters alone: databases have collation C.
func asciiUpper(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, s)
}

func asciiCode(_ *Context, a row) (types.Datum, error) {
	if a[0].Text() == "" {
		return types.Int(0), nil
	}
	r, _ := utf8.DecodeRuneInString(a[0].Text())
	return types.Int(int64(r)), nil
}

func chr(_ *Context, a row) (types.Datum, error) {
	n := a[0].Int()
	switch {
	case n < 0:
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "character number must be positive")
	case n == 0:
		return types.Null, pgerr.New(pgerrcode.ProgramLimitExceeded, "null character not permitted")
	case n > unicode.MaxRune:
		return types.Null, pgerr.New(pgerrcode.ProgramLimitExceeded, "requested character too large for encoding: %d", n)
	case !utf8.ValidRune(rune(n)):
		return types.Null, pgerr.New(pgerrcode.ProgramLimitExceeded, "requested character not valid for encoding: %d", n)
	}
	return types.Text(string(rune(n))), nil
}

func paddedLen(s string) int { return utf8.RuneCountInString(strings.TrimRight(s, " ")) }

// textFuncs are the symbols of plain string functions.
var textFuncs = map[string]Func{
	"textcat": concatText, "byteacat": concatText,
	"textlen": textInt(utf8.RuneCountInString), "bpcharlen": textInt(paddedLen), "textoctetlen": textInt(func(s string) int { return len(s) }),
	"bpcharoctetlen": textInt(func(s string) int { return len(s) }), "byteaoctetlen": textInt(func(s string) int { return len(s) }),
	"bit_length(text)": textInt(func(s string) int { return len(s) * 8 }), "bit_length(bytea)": textInt(func(s string) int { return len(s) * 8 }),
	"lower": text1(asciiLower), "upper": text1(asciiUpper), "initcap": text1(initcap), "text_reverse": text1(reverseText),
	"text_substr": substringText, "text_substr_no_len": substringText, "bytea_substr": substringBytea, "bytea_substr_no_len": substringBytea,
	"textoverlay": overlay(runeOffset, utf8.RuneCountInString), "textoverlay_no_len": overlay(runeOffset, utf8.RuneCountInString), "byteaoverlay": overlay(byteOffset, func(s string) int { return len(s) }), "byteaoverlay_no_len": overlay(byteOffset, func(s string) int { return len(s) }),
	"text_left": leftText, "text_right": rightText, "lpad": pad(true), "rpad": pad(false), "lpad(text, integer)": pad(true), "rpad(text, integer)": pad(false),
	"btrim": trim(strings.Trim), "btrim1": trim(strings.Trim), "ltrim": trim(strings.TrimLeft), "ltrim1": trim(strings.TrimLeft),
	"rtrim": trim(strings.TrimRight), "rtrim1": trim(strings.TrimRight),
	"byteatrim": trimBytes(true, true), "bytealtrim": trimBytes(true, false), "byteartrim": trimBytes(false, true),
	"repeat": repeatText, "replace_text": replaceText, "split_part": splitPart, "textpos": positionText, "byteapos": positionBytea,
	"translate": translateText, "ascii": asciiCode, "chr": chr,
	"text_starts_with": textBool(strings.HasPrefix),
}
