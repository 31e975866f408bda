package funcs

import (
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// numberPattern is a parsed template of to_char over numbers and to_number.
type numberPattern struct {
	nodes []patternNode

	pre, post          int // digit places before and after the point
	multi              int // digit places after V
	zeroStart, zeroEnd int // first and last place of a 0, counted from 1; 0 for none
	fill, zero         bool
	decimal, shifted   bool // a point, a V
	signFirst          bool // S before the digits
	signLast           bool // S after them
	signDigits         int  // digit places before that S
	bracket            bool // PR
	plus, minus        bool // PL; MI; SG is both
	roman, scientific  bool
}

var numberKeywords = strings.Fields(", . 0 9 B C D EEEE FM G L MI PL PR RN SG SP S TH V")

func numberSyntax(text string) error { return pgerr.New(pgerrcode.SyntaxError, "%s", text) }

// parseNumberPattern splits a template and checks that its parts go together.
func parseNumberPattern(s string) (*numberPattern, error) {
	p := &numberPattern{}
next:
	for s != "" {
		for _, k := range numberKeywords {
			if !strings.HasPrefix(s, k) && !strings.HasPrefix(s, strings.ToLower(k)) {
				continue
			}
			n := patternNode{keyword: k, written: s[:len(k)]}
			s = s[len(k):]
			if err := p.add(n); err != nil {
				return nil, err
			}
			p.nodes = append(p.nodes, n)
			continue next
		}
		p.nodes, s = patternText(p.nodes, s)
	}
	if p.scientific && (p.fill || p.signed() || p.bracket || p.plus || p.minus || p.roman || p.shifted) {
		return nil, pgerr.New(pgerrcode.SyntaxError, "\"EEEE\" is incompatible with other formats").
			WithDetail("\"EEEE\" may only be used together with digit and decimal point patterns.")
	}
	return p, nil
}

func (p *numberPattern) signed() bool { return p.signFirst || p.signLast }

// add notes what a keyword means for the whole template.
func (p *numberPattern) add(n patternNode) error {
	if p.scientific {
		return numberSyntax("\"EEEE\" must be the last pattern used")
	}
	switch n.keyword {
	case "9", "0":
		return p.addDigit(n.keyword)
	case "D", ".":
		if p.decimal {
			return numberSyntax("multiple decimal points")
		}
		if p.shifted {
			return numberSyntax("cannot use \"V\" and decimal point together")
		}
		p.decimal = true
	case "FM":
		p.fill = true
	case "S":
		return p.addSign()
	case "MI", "PL", "SG":
		if p.signed() {
			return numberSyntax("cannot use \"S\" and \"" + n.keyword + "\" together")
		}
		p.minus = p.minus || n.keyword != "PL"
		p.plus = p.plus || n.keyword != "MI"
	case "PR":
		if p.signed() || p.plus || p.minus {
			return numberSyntax("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together")
		}
		p.bracket = true
	case "RN":
		p.roman = true
	case "V":
		if p.decimal {
			return numberSyntax("cannot use \"V\" and decimal point together")
		}
		p.shifted = true
	case "EEEE":
		p.scientific = true
	}
	return nil
}

func (p *numberPattern) addDigit(keyword string) error {
	if p.bracket {
		return numberSyntax("\"" + keyword + "\" must be ahead of \"PR\"")
	}
	if keyword == "9" && p.shifted {
		p.multi++
		return nil
	}
	if keyword == "0" && !p.zero && !p.decimal {
		p.zero, p.zeroStart = true, p.pre+1
	}
	if p.decimal {
		p.post++
	} else {
		p.pre++
	}
	if keyword == "0" {
		p.zeroEnd = p.pre + p.post
	}
	return nil
}

func (p *numberPattern) addSign() error {
	switch {
	case p.signed():
		return numberSyntax("cannot use \"S\" twice")
	case p.plus || p.minus || p.bracket:
		return numberSyntax("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together")
	case p.decimal:
		p.signLast = true
	default:
		p.signFirst, p.signDigits = true, p.pre
	}
	return nil
}

// toRoman is a number from 1 to 3999 in Roman numerals.
func toRoman(n int64) (string, bool) {
	if n < 1 || n > 3999 {
		return strings.Repeat("#", 15), false
	}
	var out strings.Builder
	for _, r := range []struct {
		value   int64
		numeral string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= r.value; n -= r.value {
			out.WriteString(r.numeral)
		}
	}
	return out.String(), true
}

// numberWriter lays a number's digits out by a template.
type numberWriter struct {
	p         *numberPattern
	out       strings.Builder
	number    string // digits and point, without sign
	at        int    // index in number of the next character
	negative  bool
	blanks    int // places before the first digit
	place     int // digit place of the template that comes next
	places    int // index of the last place
	signDone  bool
	started   bool // a digit was written
	relevant  int  // index of the last decimal worth showing in fill mode, -1 when all are
	zeroStart int
}

// write lays out number ("123.45"); blanks is how many digit places are left empty before it.
func (p *numberPattern) write(number string, negative bool, blanks int) string {
	w := &numberWriter{p: p, number: number, negative: negative, blanks: blanks, relevant: -1, zeroStart: p.zeroStart}
	w.prepare()
	for _, n := range p.nodes {
		w.node(n)
	}
	return w.out.String()
}

func (w *numberWriter) prepare() {
	p := w.p
	if w.zeroStart > 0 {
		w.zeroStart--
	}
	switch {
	case p.plus || p.minus:
		w.signDone = p.minus || !p.plus
	case !w.negative && p.fill && !p.signed():
		w.signDone = true
	}
	w.places = p.post + p.pre - 1
	if p.fill && p.decimal {
		w.relevant = w.lastRelevant()
	}
	if !w.signDone && w.blanks == 0 {
		w.places++
	}
}

// lastRelevant finds the last decimal that is not a trailing zero, or that a 0 of the template keeps; the point itself when there is none.
func (w *numberWriter) lastRelevant() int {
	point := strings.IndexByte(w.number, '.')
	if point < 0 {
		return -1
	}
	last := point + len(strings.TrimRight(w.number[point+1:], "0"))
	if w.p.zeroEnd > w.blanks {
		last = max(last, min(len(w.number)-1, w.p.zeroEnd-w.blanks))
	}
	return last
}

func (w *numberWriter) sign() byte {
	if w.negative {
		return '-'
	}
	return '+'
}

func (w *numberWriter) blank() {
	if !w.p.fill {
		w.out.WriteByte(' ')
	}
}

// signLater tells whether S stands after the digits: written there, or with no digit place behind it.
func (w *numberWriter) signLater() bool {
	return w.p.signLast || w.p.signFirst && w.p.signDigits == w.p.pre && !w.p.plus && !w.p.minus
}

func (w *numberWriter) node(n patternNode) {
	switch n.keyword {
	case "":
		w.out.WriteString(n.written)
	case "9", "0", ".", "D":
		w.digit(n.keyword)
	case ",", "G":
		if w.started {
			w.out.WriteByte(',')
		} else {
			w.blank()
		}
	case "L":
		w.out.WriteByte(' ')
	case "RN":
		s := w.number
		if n.written == "rn" {
			s = strings.ToLower(s)
		}
		if !w.p.fill {
			s = strings.Repeat(" ", max(0, 15-utf8.RuneCountInString(s))) + s
		}
		w.out.WriteString(s)
	case "TH":
		if !w.p.roman && !strings.HasPrefix(w.number, "#") && !w.negative && !w.p.decimal {
			w.out.WriteString(ordinalSuffix(w.number, n.written == "TH"))
		}
	case "MI":
		w.signOrBlank('-')
	case "PL":
		w.signOrBlank('+')
	case "SG":
		w.out.WriteByte(w.sign())
	}
}

func (w *numberWriter) signOrBlank(sign byte) {
	if w.sign() == sign {
		w.out.WriteByte(sign)
	} else {
		w.blank()
	}
}

// leadingZero tells "0.5" under a template with decimals and no 0: the zero is shown as a blank.
func (w *numberWriter) leadingZero() bool {
	return !w.p.zero && w.at == 0 && strings.HasPrefix(w.number, "0") && w.p.post != 0
}

func (w *numberWriter) relevantPoint() bool {
	return w.relevant >= 0 && w.number[w.relevant] == '.'
}

func (w *numberWriter) current() byte {
	if w.at < len(w.number) {
		return w.number[w.at]
	}
	return 0
}

// digit writes what one digit place or the point shows, with the sign before the first one.
func (w *numberWriter) digit(keyword string) {
	p := w.p
	if p.roman {
		return
	}
	if !w.signDone && (w.place >= w.blanks || p.zero && w.zeroStart == w.place) && (!w.leadingZero() || w.relevantPoint()) {
		w.writeSign()
	}
	switch {
	case w.place < w.blanks && (w.zeroStart > w.place || !p.zero):
		w.blank()
	case p.zero && w.place < w.blanks && w.zeroStart <= w.place:
		w.out.WriteByte('0')
		w.started = true
	default:
		w.character(keyword)
		if w.at < len(w.number) {
			w.at++
		}
	}
	w.end()
	w.place++
}

func (w *numberWriter) writeSign() {
	p := w.p
	switch {
	case p.signed():
		if w.signLater() {
			return
		}
		w.out.WriteByte(w.sign())
	case p.bracket && !(p.fill && !w.negative):
		if w.negative {
			w.out.WriteByte('<')
		} else {
			w.out.WriteByte(' ')
		}
	case w.negative:
		w.out.WriteByte('-')
	default:
		w.blank()
	}
	w.signDone = true
}

func (w *numberWriter) character(keyword string) {
	c := w.current()
	switch {
	case c == '.':
		if !w.relevantPoint() || w.p.fill {
			w.out.WriteByte('.')
		}
	case w.relevant >= 0 && w.at > w.relevant && keyword != "0":
	case w.leadingZero():
		if !w.p.fill {
			w.out.WriteByte(' ')
		} else if w.relevantPoint() {
			w.out.WriteByte('0')
		}
	case c != 0:
		w.out.WriteByte(c)
		w.started = true
	}
}

// end writes what follows the last place: a closing bracket or a sign.
func (w *numberWriter) end() {
	p := w.p
	end := w.places
	if w.blanks > 0 {
		end++
	}
	if p.decimal {
		end++
	}
	if w.relevant >= 0 && w.relevant == w.at {
		end = w.place
	}
	if w.place+1 != end {
		return
	}
	switch {
	case w.signDone && p.bracket && !(p.fill && !w.negative):
		if w.negative {
			w.out.WriteByte('>')
		} else {
			w.out.WriteByte(' ')
		}
	case p.signed() && w.signLater():
		w.out.WriteByte(w.sign())
	}
}
