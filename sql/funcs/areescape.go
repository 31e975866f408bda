package funcs

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// classNames are the character classes, ASCII alone as in collation C.
var classNames = map[string]string{
	"alnum": "[:alnum:]", "alpha": "[:alpha:]", "ascii": "[:ascii:]", "blank": "[:blank:]", "cntrl": "[:cntrl:]", "digit": "[:digit:]",
	"graph": "[:graph:]", "lower": "[:lower:]", "print": "[:print:]", "punct": "[:punct:]", "space": "[:space:]", "upper": "[:upper:]",
	"xdigit": "[:xdigit:]", "word": "[:word:]",
}

// escape parses what follows a backslash outside brackets.
func (p *areParser) escape() (text string, pref preference, constraint bool) {
	if !p.more() {
		p.fail(`invalid escape \ sequence`)
	}
	c := p.src[p.pos]
	switch c {
	case 'd', 'D', 's', 'S', 'w', 'W':
		p.pos++
		return p.classEscape(c), noPreference, false
	case 'A', 'Z', 'y', 'Y', 'm', 'M':
		p.pos++
		p.assertions = true
		return p.constraintEscape(c), noPreference, true
	}
	if c >= '1' && c <= '9' && !p.octalAhead() {
		p.unsupported("a back reference")
	}
	return p.literal(p.characterEscape()), noPreference, false
}

func (p *areParser) octalAhead() bool {
	digits := 0
	for p.pos+digits < len(p.src) && isDigit(p.src[p.pos+digits]) {
		digits++
	}
	n, err := strconv.Atoi(p.src[p.pos : p.pos+digits])
	return digits > 1 && (err != nil || n > p.groups)
}

func (p *areParser) classEscape(c byte) string {
	set := map[byte]string{'d': "[:digit:]", 's': "[:space:]", 'w': "[:word:]"}[c|0x20]
	if c >= 'a' {
		return "[" + set + "]"
	}
	if p.flags.newline && c != 'S' {
		return "[^" + set + `\n]`
	}
	return "[^" + set + "]"
}

// constraintEscape writes word constraints. Go knows the boundary alone, so the start and the end of a word are told apart by what follows or comes
// before, which has to be evident.
func (p *areParser) constraintEscape(c byte) string {
	switch c {
	case 'A':
		return `\A`
	case 'Z':
		return `\z`
	case 'y':
		return `\b`
	case 'Y':
		return `\B`
	case 'm':
		if !p.wordAhead() {
			p.unsupported(`\m before anything but a word character`)
		}
		return `\b`
	}
	if !p.wordBehind() {
		p.unsupported(`\M after anything but a word character`)
	}
	return `\b`
}

func (p *areParser) wordAhead() bool {
	rest := strings.TrimLeft(p.src[p.pos:], "(?:")
	switch {
	case rest == "" || strings.HasPrefix(rest, "[^"):
		return false
	case strings.HasPrefix(rest, `\w`) || strings.HasPrefix(rest, `\d`) || rest[0] == '[':
		return !strings.Contains(rest, "|")
	}
	return isWord(rest[0]) && !strings.Contains(rest, "|")
}

func (p *areParser) wordBehind() bool {
	before := strings.TrimRight(p.src[:p.pos-2], ")+")
	if before == "" || strings.Contains(before, "|") {
		return false
	}
	last := before[len(before)-1]
	if len(before) > 1 && before[len(before)-2] == '\\' {
		return last == 'w' || last == 'd'
	}
	return isWord(last) || last == ']'
}

func isWord(c byte) bool {
	return c == '_' || isDigit(c) || isASCIILetter(rune(c))
}

// characterEscape parses an escape that stands for one character.
func (p *areParser) characterEscape() rune {
	switch c := p.next(); c {
	case 'a':
		return '\a'
	case 'b':
		return '\b'
	case 'B':
		return '\\'
	case 'c':
		if !p.more() {
			p.fail(`invalid escape \ sequence`)
		}
		return p.next() & 0x1f
	case 'e':
		return 0x1b
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'v':
		return '\v'
	case 'u':
		return p.digits(4, 4, 16)
	case 'U':
		return p.digits(8, 8, 16)
	case 'x':
		return p.digits(1, 255, 16)
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		p.pos--
		return p.digits(1, 3, 8)
	default:
		if isWord(byte(c)) && c < utf8.RuneSelf {
			p.fail(`invalid escape \ sequence`)
		}
		return c
	}
}

func (p *areParser) digits(least, most, base int) rune {
	end := p.pos
	for end < len(p.src) && end-p.pos < most && strings.IndexByte("0123456789abcdef"[:base], p.src[end]|0x20&^(p.src[end]&0x10)) >= 0 {
		end++
	}
	v, err := strconv.ParseInt(p.src[p.pos:end], base, 32)
	if end-p.pos < least || err != nil || !utf8.ValidRune(rune(v)) {
		p.fail(`invalid escape \ sequence`)
	}
	p.pos = end
	return rune(v)
}

// bracket parses a bracket expression after its [.
func (p *areParser) bracket() string {
	if p.at("[:<:]]") || p.at("[:>:]]") {
		p.assertions = true
		p.pos += len("[:<:]]")
		return `\b`
	}
	var out strings.Builder
	out.WriteByte('[')
	negated := p.accept("^")
	if negated {
		out.WriteByte('^')
		if p.flags.newline {
			out.WriteString(`\n`)
		}
	}
	for first := true; ; first = false {
		if !p.more() {
			p.fail("brackets [] not balanced")
		}
		if !first && p.accept("]") {
			break
		}
		p.bracketItem(&out)
	}
	out.WriteByte(']')
	return out.String()
}

// bracketItem writes a class, a range or a character.
func (p *areParser) bracketItem(out *strings.Builder) {
	if p.accept("[:") {
		name := p.until(":]")
		class, ok := classNames[name]
		if !ok {
			p.fail("invalid character class")
		}
		if p.flags.fold && (name == "lower" || name == "upper") {
			class = "[:alpha:]"
		}
		out.WriteString(class)
		return
	}
	if p.at(`\`) && p.pos+1 < len(p.src) && strings.IndexByte("dswDSW", p.src[p.pos+1]) >= 0 {
		c := p.src[p.pos+1]
		p.pos += 2
		set := map[byte]string{'d': `\d`, 's': `\s\v`, 'w': `\w`, 'D': `\D`, 'W': `\W`, 'S': `\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{10ffff}`}[c]
		out.WriteString(set)
		return
	}
	low := p.bracketChar()
	high := low
	if p.at("-") && !p.at("-]") {
		p.pos++
		if !p.more() {
			p.fail("brackets [] not balanced")
		}
		high = p.bracketChar()
	}
	if low > high {
		p.fail("invalid character range")
	}
	p.writeRange(out, low, high)
}

func (p *areParser) writeRange(out *strings.Builder, low, high rune) {
	fmt.Fprintf(out, `\x{%x}-\x{%x}`, low, high)
	if !p.flags.fold {
		return
	}
	for r := max(low, 'A'); r <= min(high, 'z'); r++ {
		if isASCIILetter(r) {
			out.WriteRune(r ^ 0x20)
		}
	}
}

func (p *areParser) until(end string) string {
	i := strings.Index(p.src[p.pos:], end)
	if i < 0 {
		p.fail("brackets [] not balanced")
	}
	s := p.src[p.pos : p.pos+i]
	p.pos += i + len(end)
	return s
}

// bracketChar parses one character inside brackets: itself, an escape, [.x.] or [=x=].
func (p *areParser) bracketChar() rune {
	for _, kind := range []string{".", "="} {
		if p.accept("[" + kind) {
			name := p.until(kind + "]")
			if utf8.RuneCountInString(name) != 1 {
				p.fail("invalid collating element")
			}
			r, _ := utf8.DecodeRuneInString(name)
			return r
		}
	}
	if p.accept(`\`) {
		if !p.more() {
			p.fail(`invalid escape \ sequence`)
		}
		return p.characterEscape()
	}
	return p.next()
}
