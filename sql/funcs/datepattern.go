package funcs

import (
	"strings"
	"unicode/utf8"
)

// patternNode is one element of a to_char or to_timestamp template: a keyword, or text to copy.
type patternNode struct {
	keyword string // in upper case; "" for text
	written string // the keyword as written, whose case matters to names, or the text
	fill    bool   // FM: no padding
	// translate is TM, names in the session's language: here it only drops a name's padding.
	translate bool
	ordinal   string // TH or th after the keyword
	literal   bool   // text that was quoted or escaped
}

// dateKeywords in the order in which they are tried: of two with a common prefix the longer comes first. Each is known in upper and lower case; names
// also capitalised.
var dateKeywords = strings.Fields(`A.D. A.M. AD AM B.C. BC CC DAY DDD DD DY Day Dy D FF1 FF2 FF3 FF4 FF5 FF6 FX HH24 HH12 HH IDDD ID IW
	IYYY IYY IY I J MI MM MONTH MON MS Month Mon OF P.M. PM Q RM SSSSS SSSS SS TZH TZM TZ US WW W Y,YYY YYYY YYY YY Y`)

// matchDateKeyword finds the keyword that s starts with.
func matchDateKeyword(s string) string {
	for _, k := range dateKeywords {
		if strings.HasPrefix(s, k) || strings.HasPrefix(s, strings.ToLower(k)) {
			return k
		}
	}
	return ""
}

// datePattern splits a template. match finds the keyword at the start of a string.
func datePattern(s string) []patternNode {
	var nodes []patternNode
	for s != "" {
		fill, translate := false, false
		for {
			if strings.HasPrefix(s, "FM") || strings.HasPrefix(s, "fm") {
				fill = true
			} else if strings.HasPrefix(s, "TM") || strings.HasPrefix(s, "tm") {
				translate = true
			} else {
				break
			}
			s = s[2:]
		}
		if k := matchDateKeyword(s); k != "" {
			n := patternNode{keyword: strings.ToUpper(k), written: s[:len(k)], fill: fill, translate: translate}
			s = s[len(k):]
			if strings.HasPrefix(s, "TH") || strings.HasPrefix(s, "th") {
				n.ordinal, s = s[:2], s[2:]
			}
			nodes = append(nodes, n)
			continue
		}
		if s != "" {
			nodes, s = patternText(nodes, s)
		}
	}
	return nodes
}

// patternText appends the text at the start of s: a quoted string, or one character, before which \" stands for a quote.
func patternText(nodes []patternNode, s string) ([]patternNode, string) {
	if s[0] == '"' {
		s = s[1:]
		for s != "" && s[0] != '"' {
			if s[0] == '\\' && len(s) > 1 {
				s = s[1:]
			}
			_, size := utf8.DecodeRuneInString(s)
			nodes = append(nodes, patternNode{written: s[:size], literal: true})
			s = s[size:]
		}
		return nodes, strings.TrimPrefix(s, `"`)
	}
	literal := strings.HasPrefix(s, `\"`)
	if literal {
		s = s[1:]
	}
	_, size := utf8.DecodeRuneInString(s)
	return append(nodes, patternNode{written: s[:size], literal: literal}), s[size:]
}

// ordinalSuffix is the English ending for a number in digits.
func ordinalSuffix(digits string, upper bool) string {
	th := "th"
	if n := len(digits); n > 0 && !(n > 1 && digits[n-2] == '1') {
		switch digits[n-1] {
		case '1':
			th = "st"
		case '2':
			th = "nd"
		case '3':
			th = "rd"
		}
	}
	if upper {
		return strings.ToUpper(th)
	}
	return th
}

// cased writes a name as its keyword was written: upper, lower or capitalised.
func cased(name, keyword string) string {
	switch {
	case keyword == strings.ToUpper(keyword):
		return strings.ToUpper(name)
	case keyword == strings.ToLower(keyword):
		return strings.ToLower(name)
	}
	return name
}

var (
	monthNames  = strings.Fields("January February March April May June July August September October November December")
	dayNames    = strings.Fields("Sunday Monday Tuesday Wednesday Thursday Friday Saturday")
	romanMonths = strings.Fields("I II III IV V VI VII VIII IX X XI XII")
)
