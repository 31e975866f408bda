package funcs

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// numberChar is to_char over a number type.
func numberChar(layout func(p *numberPattern, d types.Datum) (string, error)) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		if a[1].Text() == "" {
			return types.Text(""), nil
		}
		p, err := parseNumberPattern(a[1].Text())
		if err != nil {
			return types.Null, err
		}
		s, err := layout(p, a[0])
		return types.Text(s), err
	}
}

// layoutText lays out a number printed with exactly the template's decimals, sign first.
func (p *numberPattern) layoutText(text string) string {
	number, negative := strings.CutPrefix(text, "-")
	whole, _, _ := strings.Cut(number, ".")
	pre := p.pre + p.multi
	blanks := 0
	switch {
	case len(whole) < pre:
		blanks = pre - len(whole)
	case len(whole) > pre:
		number = strings.Repeat("#", pre) + "." + strings.Repeat("#", p.post)
	}
	q := *p
	q.pre = pre
	return q.write(number, negative, blanks)
}

func (p *numberPattern) layoutRoman(n int64) string {
	s, _ := toRoman(n)
	return p.write(s, false, 0)
}

// noNumber fills a scientific template for a value that has no digits.
func (p *numberPattern) noNumber() string {
	s := []byte(" " + strings.Repeat("#", p.pre+p.post+5))
	s[p.pre+1] = '.'
	return string(s)
}

// layoutScientific prints d.ddde+xx with a blank for a plus sign.
func (p *numberPattern) layoutScientific(v *apd.Decimal) string {
	if !isFiniteNumeric(v) {
		return p.noNumber()
	}
	mantissa, exponent := scientific(v, p.post)
	sign := " "
	if v.Negative && !v.IsZero() {
		sign = "-"
	}
	return fmt.Sprintf("%s%se%+03d", sign, mantissa, exponent)
}

// scientific rounds |v| to post decimals after one digit.
func scientific(v *apd.Decimal, post int) (mantissa string, exponent int64) {
	var r apd.Decimal
	c := apd.BaseContext.WithPrecision(uint32(post) + 1)
	c.Rounding = apd.RoundHalfUp
	if _, err := c.Round(&r, v); err != nil {
		r.Set(v)
	}
	digits := r.Coeff.String()
	if r.IsZero() {
		digits, exponent = "0", 0
	} else {
		exponent = int64(r.Exponent) + int64(len(digits)) - 1
	}
	if len(digits) > post+1 {
		digits = digits[:post+1]
	}
	digits += strings.Repeat("0", post+1-len(digits))
	if post == 0 {
		return digits[:1], exponent
	}
	return digits[:1] + "." + digits[1:], exponent
}

// scientificFloat prints d.ddde+xx with a blank for a plus sign before it.
func scientificFloat(v float64, post int) string {
	s := fmt.Sprintf("%+.*e", post, v)
	if s[0] == '+' {
		return " " + s[1:]
	}
	return s
}

func layoutNumeric(p *numberPattern, d types.Datum) (string, error) {
	v := d.Numeric()
	switch {
	case p.roman:
		n, ok := types.NumericToInt64(v)
		if !isFiniteNumeric(v) || !ok || n != int64(int32(n)) {
			return "", int4Width.outOfRange()
		}
		return p.layoutRoman(n), nil
	case p.scientific:
		return p.layoutScientific(v), nil
	}
	v, err := p.shift(v)
	if err != nil {
		return "", err
	}
	if v, err = types.NumericRound(v, int32(p.post)); err != nil {
		return "", err
	}
	return p.layoutText(types.FormatText(nil, types.NumericOID, types.Numeric(v))), nil
}

// shift multiplies by the power of ten that V asks for.
func (p *numberPattern) shift(v *apd.Decimal) (*apd.Decimal, error) {
	if !p.shifted {
		return v, nil
	}
	factor := types.NumericFromInt64(1)
	for range p.multi {
		var err error
		if factor, err = types.NumericMul(factor, types.NumericFromInt64(10)); err != nil {
			return nil, err
		}
	}
	return types.NumericMul(v, factor)
}

func layoutInt(p *numberPattern, d types.Datum) (string, error) {
	switch {
	case p.roman:
		return p.layoutRoman(d.Int()), nil
	case p.scientific && d.Int() == int64(int32(d.Int())):
		return scientificFloat(float64(d.Int()), p.post), nil // rounds half to even, as integers do in Postgres
	}
	return layoutNumeric(p, types.Numeric(types.NumericFromInt64(d.Int())))
}

// layoutFloat shows no more digits than the type has.
func layoutFloat(digits int) func(p *numberPattern, d types.Datum) (string, error) {
	return func(p *numberPattern, d types.Datum) (string, error) {
		v := d.Float()
		switch {
		case p.roman:
			return p.layoutRoman(int64(math.RoundToEven(v))), nil
		case p.scientific && (math.IsNaN(v) || math.IsInf(v, 0)):
			return p.noNumber(), nil
		case p.scientific:
			return scientificFloat(v, p.post), nil
		}
		v *= math.Pow10(p.multi)
		q := *p
		whole := len(floatDigits(math.Abs(v), 0))
		if whole >= digits {
			q.post = 0
		} else if whole+p.post > digits {
			q.post = digits - whole
		}
		return q.layoutText(floatDigits(v, q.post)), nil
	}
}

// floatDigits is C's %.*f as Postgres has it: names of what is no number count as digits before the point.
func floatDigits(v float64, post int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(v, 'f', post, 64)
}

// numberReader is to_number's walk over the input by a template.
type numberReader struct {
	p        *numberPattern
	rest     string
	out      strings.Builder
	negative bool
	signed   bool
	point    bool
	decimals int
	digits   bool
}

// toNumber is to_number(text, template).
func toNumber(_ *Context, a row) (types.Datum, error) {
	if a[1].Text() == "" {
		return types.Null, nil
	}
	p, err := parseNumberPattern(a[1].Text())
	if err != nil {
		return types.Null, err
	}
	switch {
	case p.scientific:
		return types.Null, pgerr.New(pgerrcode.FeatureNotSupported, "\"EEEE\" not supported for input")
	case p.roman:
		return types.Null, pgerr.New(pgerrcode.FeatureNotSupported, "\"RN\" not supported for input")
	}
	r := numberReader{p: p, rest: a[0].Text()}
	for _, n := range p.nodes {
		if r.rest == "" {
			break
		}
		r.node(n)
	}
	text := r.out.String()
	if r.negative {
		text = "-" + text
	} else {
		text = " " + text
	}
	mod := int32((p.pre+p.multi+r.decimals)<<16|r.decimals) + 4
	v, err := types.ParseText(nil, types.Type{OID: types.NumericOID, Mod: mod}, text)
	if err != nil || !p.shifted {
		return v, err
	}
	factor, err := p.shift(types.NumericFromInt64(1))
	if err != nil {
		return types.Null, err
	}
	return numericResult(types.NumericDiv(v.Numeric(), factor))
}

func (r *numberReader) node(n patternNode) {
	switch n.keyword {
	case "9", "0", ".", "D":
		r.digit()
	case ",", "G":
		if (r.digits || !r.p.fill) && strings.HasPrefix(r.rest, ",") {
			r.rest = r.rest[1:]
		}
	case "L", "":
		r.skip(1)
	case "TH":
		r.skip(2)
	case "MI", "PL", "SG":
		r.sign(n.keyword != "PL", n.keyword != "MI")
	}
}

// skip passes over n characters that are no part of a number.
func (r *numberReader) skip(n int) {
	for ; n > 0 && r.rest != "" && strings.IndexByte("0123456789.,+-", r.rest[0]) < 0; n-- {
		r.rest = r.rest[runeOffset(r.rest, 1):]
	}
}

func (r *numberReader) sign(minus, plus bool) {
	if c := r.rest[0]; c == '-' && minus || c == '+' && plus || c == ' ' {
		r.negative = r.negative || c == '-'
		r.rest = r.rest[1:]
	}
}

// digit reads one digit or the point, after blanks and a sign before the first one.
func (r *numberReader) digit() {
	if !r.digits {
		r.rest = strings.TrimLeft(r.rest, " ")
		if !r.signed && r.rest != "" && !r.p.plus && !r.p.minus && strings.IndexByte("+-<", r.rest[0]) >= 0 {
			r.negative = r.rest[0] != '+'
			r.signed, r.rest = true, r.rest[1:]
		}
	}
	switch {
	case r.rest == "":
	case isDigit(r.rest[0]):
		if r.point && r.decimals == r.p.post {
			return
		}
		if r.point {
			r.decimals++
		}
		r.digits = true
		r.out.WriteByte(r.rest[0])
		r.rest = r.rest[1:]
	case r.rest[0] == '.' && r.p.decimal && !r.point:
		r.point = true
		r.out.WriteByte('.')
		r.rest = r.rest[1:]
	}
	if (r.p.signFirst || r.p.signLast) && !r.signed && r.rest != "" && (r.rest[0] == '-' || r.rest[0] == '+') && r.digits {
		r.negative, r.signed, r.rest = r.rest[0] == '-', true, r.rest[1:]
	}
}

var numberCharFuncs = map[string]Func{
	"int4_to_char": numberChar(layoutInt), "int8_to_char": numberChar(layoutInt), "numeric_to_char": numberChar(layoutNumeric),
	"float4_to_char": numberChar(layoutFloat(6)), "float8_to_char": numberChar(layoutFloat(15)), "numeric_to_number": toNumber,
}
