package funcs

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// Postgres' regular expressions (ARE, after Tcl) become Go's. Three things differ and are translated:
//   - greediness belongs to the whole expression: the first quantified atom decides whether the overall match is the longest or the shortest. The
//     quantifiers are therefore written with a marker, and the markers are resolved once the whole expression's preference is known. A longest match
//     with lazy quantifiers inside is what Go's leftmost-first rule gives in all but contrived cases;
//   - . and [^…] match a newline unless the n flag is given, and case folding knows ASCII alone (collation C);
//   - escapes and bracket expressions have their own spelling.
//
// What Go's linear-time matcher cannot do, back references and look-around, is 0A000.

// areFlags are the options of a regular expression.
type areFlags struct {
	fold     bool // i
	newline  bool // n, m, p: . and [^ leave newlines out
	anchors  bool // n, m, w: ^ and $ match at lines
	expanded bool // x
	literal  bool // q
	global   bool // g, where the function allows it
}

const (
	markGreedy = '\x01'
	markLazy   = '\x02'
)

// areParser translates one expression by recursive descent.
type areParser struct {
	src        string
	pos        int
	flags      areFlags
	groups     int
	assertions bool // has ^ $ \b and the like, whose result depends on what is around a substring
}

// preference is an expression's: none, longest or shortest.
type preference byte

const (
	noPreference preference = iota
	longest
	shortest
)

type areError string

func (p *areParser) fail(text string) { panic(areError(text)) }
func (p *areParser) unsupported(what string) {
	panic(pgerr.Unimplemented(what + " in a regular expression"))
}
func (p *areParser) more() bool            { return p.pos < len(p.src) }
func (p *areParser) at(prefix string) bool { return strings.HasPrefix(p.src[p.pos:], prefix) }
func (p *areParser) accept(prefix string) (ok bool) {
	if ok = p.at(prefix); ok {
		p.pos += len(prefix)
	}
	return ok
}

func (p *areParser) next() rune {
	r, size := utf8.DecodeRuneInString(p.src[p.pos:])
	p.pos += size
	return r
}

// translateARE gives Go's spelling of an ARE, whether the overall match is the longest one, and whether it has assertions.
func translateARE(src string, flags areFlags) (pattern string, long bool, assertions bool, err error) {
	p := &areParser{src: src, flags: flags}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case areError:
			err = pgerr.New(pgerrcode.InvalidRegularExpression, "invalid regular expression: %s", string(e))
		case *pgerr.Error:
			err = e
		default:
			panic(e)
		}
	}()
	p.director()
	if p.flags.literal {
		var out strings.Builder
		for _, r := range p.src[p.pos:] {
			out.WriteString(p.literal(r))
		}
		return out.String(), true, false, nil
	}
	body, pref := p.alternatives(0)
	if p.more() {
		p.fail("parentheses () not balanced")
	}
	mixed := pref != shortest && strings.ContainsRune(body, markLazy)
	greedy, lazy := "", ""
	if pref == shortest {
		greedy, lazy = "?", "?"
	} else if mixed {
		lazy = "?"
	}
	body = strings.NewReplacer(string(markGreedy), greedy, string(markLazy), lazy).Replace(body)
	return body, pref != shortest && !mixed, p.assertions, nil
}

// director reads what may precede an ARE: ***= (literal), ***: and embedded options (?i).
func (p *areParser) director() {
	switch {
	case p.accept("***="):
		p.flags.literal = true
	case p.accept("***:"):
	case p.at("***"):
		p.fail("quantifier operand invalid")
	}
	if end := strings.IndexByte(p.src[p.pos:], ')'); !p.flags.literal && p.at("(?") && end > 2 && isLetters(p.src[p.pos+2:p.pos+end]) {
		f, err := parseFlags(p.src[p.pos+2:p.pos+end], p.flags)
		if err != nil || f.global {
			p.fail("invalid embedded option")
		}
		p.flags = f
		p.pos += end + 1
	}
}

func isLetters(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

// alternatives parses branches separated by |.
func (p *areParser) alternatives(depth int) (string, preference) {
	if depth > 200 {
		p.fail("regular expression is too complex")
	}
	body, pref := p.branch(depth)
	for p.accept("|") {
		next, _ := p.branch(depth)
		body += "|" + next
		pref = longest
	}
	return body, pref
}

// branch parses quantified atoms; the first that has a preference decides.
func (p *areParser) branch(depth int) (string, preference) {
	var out strings.Builder
	pref := noPreference
	for p.skipSpace(); p.more() && !p.at("|") && !p.at(")"); p.skipSpace() {
		atom, own, constraint := p.atom(depth)
		quantifier, quantified := p.quantifier(constraint)
		if quantified != noPreference {
			own = quantified
		}
		if pref == noPreference {
			pref = own
		}
		out.WriteString(atom + quantifier)
	}
	return out.String(), pref
}

// skipSpace passes over white space and comments of the expanded syntax.
func (p *areParser) skipSpace() {
	for p.more() {
		switch {
		case p.at("(?#"):
			end := strings.IndexByte(p.src[p.pos:], ')')
			if end < 0 {
				p.fail("parentheses () not balanced")
			}
			p.pos += end + 1
		case p.flags.expanded && strings.IndexByte(" \t\n\r\f\v", p.src[p.pos]) >= 0:
			p.pos++
		case p.flags.expanded && p.at("#"):
			end := strings.IndexByte(p.src[p.pos:], '\n')
			if end < 0 {
				end = len(p.src) - p.pos
			}
			p.pos += end
		default:
			return
		}
	}
}

// quantifier parses * + ? {m,n} and their lazy forms. A fixed count has no preference.
func (p *areParser) quantifier(constraint bool) (string, preference) {
	p.skipSpace()
	if !p.more() {
		return "", noPreference
	}
	text, fixed := "", false
	switch c := p.src[p.pos]; {
	case c == '*' || c == '+' || c == '?':
		text = string(c)
		p.pos++
	case c == '{' && p.pos+1 < len(p.src) && isDigit(p.src[p.pos+1]):
		text, fixed = p.bounds()
	default:
		return "", noPreference
	}
	if constraint {
		p.fail("quantifier operand invalid")
	}
	pref, mark := longest, string(markGreedy)
	if p.accept("?") {
		pref, mark = shortest, string(markLazy)
	}
	if p.more() && strings.IndexByte("*+?", p.src[p.pos]) >= 0 {
		p.fail("quantifier operand invalid")
	}
	if fixed {
		pref = noPreference
	}
	return text + mark, pref
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (p *areParser) bounds() (text string, fixed bool) {
	p.pos++
	low := p.count()
	high, open := low, false
	ranged := p.accept(",")
	if ranged {
		if open = p.at("}"); !open {
			high = p.count()
		}
	}
	if !p.accept("}") {
		p.fail("braces {} not balanced")
	}
	switch {
	case low > 255 || high > 255 || low > high:
		p.fail("invalid repetition count(s)")
	case open:
		return fmt.Sprintf("{%d,}", low), false
	}
	return fmt.Sprintf("{%d,%d}", low, high), !ranged
}

func (p *areParser) count() int {
	start := p.pos
	for p.more() && isDigit(p.src[p.pos]) {
		p.pos++
	}
	n, err := strconv.Atoi(p.src[start:p.pos])
	if err != nil {
		if p.more() {
			p.fail("invalid repetition count(s)")
		}
		p.fail("braces {} not balanced")
	}
	return n
}

// atom parses one atom or constraint.
func (p *areParser) atom(depth int) (text string, pref preference, constraint bool) {
	switch r := p.next(); r {
	case '(':
		text, pref = p.group(depth)
		return text, pref, false
	case '[':
		return p.bracket(), noPreference, false
	case '\\':
		return p.escape()
	case '.':
		if p.flags.newline {
			return `[^\n]`, noPreference, false
		}
		return `(?s:.)`, noPreference, false
	case '^', '$':
		p.assertions = true
		return p.anchor(r), noPreference, true
	case '*', '+', '?':
		p.fail("quantifier operand invalid")
	case '{':
		if p.more() && isDigit(p.src[p.pos]) {
			p.fail("quantifier operand invalid")
		}
		return `\{`, noPreference, false
	default:
		return p.literal(r), noPreference, false
	}
	return "", noPreference, false
}

func (p *areParser) anchor(r rune) string {
	switch {
	case p.flags.anchors:
		return "(?m:" + string(r) + ")"
	case r == '^':
		return `\A`
	}
	return `\z`
}

func (p *areParser) group(depth int) (string, preference) {
	open := "("
	switch {
	case p.accept("?:"):
		open = "(?:"
	case p.at("?=") || p.at("?!") || p.at("?<"):
		p.unsupported("look-around")
	case p.at("?"):
		p.fail("quantifier operand invalid")
	default:
		p.groups++
	}
	body, pref := p.alternatives(depth + 1)
	if !p.accept(")") {
		p.fail("parentheses () not balanced")
	}
	return open + body + ")", pref
}

// literal writes one character, in both cases when folding.
func (p *areParser) literal(r rune) string {
	if p.flags.fold && isASCIILetter(r) {
		return "[" + string(r) + string(r^0x20) + "]"
	}
	if r == utf8.RuneError || strings.ContainsRune(`\.+*?()|[]{}^$#&-~`, r) || r < ' ' {
		return fmt.Sprintf(`\x{%x}`, r)
	}
	return string(r)
}

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
