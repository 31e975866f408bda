package types

import (
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// The limits of numeric: digits before and after the decimal point.
const (
	numericDigitsMax = 131072
	numericScaleBits = 16383 // the greatest display scale that can be stored
)

// The special numerics. They are shared and must not be changed.
var (
	numericNaN    = &apd.Decimal{Form: apd.NaN}
	numericPosInf = &apd.Decimal{Form: apd.Infinite}
	numericNegInf = &apd.Decimal{Form: apd.Infinite, Negative: true}
)

func numericInf(negative bool) *apd.Decimal {
	if negative {
		return numericNegInf
	}
	return numericPosInf
}

func isNaN(v *apd.Decimal) bool { return v.Form == apd.NaN || v.Form == apd.NaNSignaling }

func isInf(v *apd.Decimal) bool { return v.Form == apd.Infinite }

func numericOverflow() error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "value overflows numeric format")
}

// smallPowers are the powers of ten that most scales need.
var smallPowers = func() (p [64]*apd.BigInt) {
	p[0] = apd.NewBigInt(1)
	for i := 1; i < len(p); i++ {
		p[i] = new(apd.BigInt).Mul(p[i-1], apd.NewBigInt(10))
	}
	return p
}()

// pow10 is 10^n, not to be changed.
func pow10(n int64) *apd.BigInt {
	if n < int64(len(smallPowers)) {
		return smallPowers[n]
	}
	return new(apd.BigInt).Exp(apd.NewBigInt(10), apd.NewBigInt(n), nil)
}

// digitCount is the number of decimal digits of a coefficient, 0 for zero.
func digitCount(c *apd.BigInt) int64 {
	if c.Sign() == 0 {
		return 0
	}
	return apd.NumDigits(c)
}

// makeNumeric makes ±coeff×10^-scale; it owns coeff. Errors: 22003 beyond the limits.
func makeNumeric(negative bool, coeff *apd.BigInt, scale int64) (*apd.Decimal, error) {
	if scale < 0 {
		if coeff.Sign() != 0 {
			if digitCount(coeff)-scale > numericDigitsMax {
				return nil, numericOverflow()
			}
			coeff.Mul(coeff, pow10(-scale))
		}
		scale = 0
	}
	if scale > numericScaleBits || digitCount(coeff)-scale > numericDigitsMax {
		return nil, numericOverflow()
	}
	d := &apd.Decimal{Negative: negative && coeff.Sign() != 0, Exponent: int32(-scale)}
	d.Coeff.Set(coeff)
	return d, nil
}

// makeSigned is makeNumeric with the sign in the coefficient.
func makeSigned(coeff *apd.BigInt, scale int64) (*apd.Decimal, error) {
	negative := coeff.Sign() < 0
	return makeNumeric(negative, coeff.Abs(coeff), scale)
}

// ParseNumeric is numeric_in without a modifier: decimal with exponent, 0x, 0o, 0b, underscores between digits, NaN and
// infinities. Errors: 22P02, 22003.
func ParseNumeric(s string) (*apd.Decimal, error) {
	text := trimSpace(s)
	unsigned := strings.TrimLeft(text[:min(1, len(text))], "+-") + text[min(1, len(text)):]
	negative := strings.HasPrefix(text, "-")
	switch {
	case unsigned == "":
		return nil, syntaxError("numeric", s)
	case strings.EqualFold(text, "nan"):
		return numericNaN, nil
	case strings.EqualFold(unsigned, "infinity"), strings.EqualFold(unsigned, "inf"):
		return numericInf(negative), nil
	}
	if base, prefix := integerBase(unsigned); base != 10 {
		return parseNumericBase(s, unsigned[prefix:], base, negative)
	}
	return parseDecimal(s, unsigned, negative)
}

func parseNumericBase(s, digits string, base uint64, negative bool) (*apd.Decimal, error) {
	digits = strings.TrimPrefix(digits, "_")
	clean, ok := cleanDigits(digits, base)
	if !ok {
		return nil, syntaxError("numeric", s)
	}
	if len(clean) > numericDigitsMax*4 {
		return nil, numericOverflow()
	}
	coeff, ok := new(apd.BigInt).SetString(clean, int(base))
	if !ok {
		return nil, syntaxError("numeric", s)
	}
	return makeNumeric(negative, coeff, 0)
}

// cleanDigits checks digits with single underscores between them and gives them without.
func cleanDigits(s string, base uint64) (string, bool) {
	if s == "" || s[0] == '_' || s[len(s)-1] == '_' || strings.Contains(s, "__") {
		return "", false
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '_' && digitValue(s[i]) >= base {
			return "", false
		}
	}
	return strings.ReplaceAll(s, "_", ""), true
}

// parseDecimal reads digits [. digits] [e exponent].
func parseDecimal(s, text string, negative bool) (*apd.Decimal, error) {
	mantissa, exponentText := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponentText = text[:i], text[i+1:]
		if exponentText == "" {
			return nil, syntaxError("numeric", s)
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	ok1, ok2 := true, true
	if whole != "" {
		whole, ok1 = cleanDigits(whole, 10)
	}
	if fraction != "" {
		fraction, ok2 = cleanDigits(fraction, 10)
	}
	if !ok1 || !ok2 || whole == "" && fraction == "" {
		return nil, syntaxError("numeric", s)
	}
	exponent, err := parseNumericExponent(s, exponentText)
	if err != nil {
		return nil, err
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	scale := int64(len(fraction)) - exponent
	if scale > numericScaleBits || digits != "" && int64(len(digits))-scale > numericDigitsMax {
		return nil, numericOverflow()
	}
	coeff := new(apd.BigInt)
	if len(digits) <= 18 {
		v, _ := strconv.ParseInt(digits, 10, 64)
		coeff.SetInt64(v)
	} else {
		coeff.SetString(digits, 10)
	}
	return makeNumeric(negative, coeff, scale)
}

func parseNumericExponent(s, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	digits := text
	if digits[0] == '-' || digits[0] == '+' {
		digits = digits[1:]
	}
	clean, ok := cleanDigits(digits, 10)
	if !ok {
		return 0, syntaxError("numeric", s)
	}
	v, err := strconv.ParseInt(clean, 10, 64)
	if err != nil || v >= math.MaxInt32/2 {
		return 0, numericOverflow()
	}
	if text[0] == '-' {
		v = -v
	}
	return v, nil
}

// AppendNumeric is numeric_out: every digit of the display scale, never an exponent.
func AppendNumeric(dst []byte, v *apd.Decimal) []byte {
	switch {
	case isNaN(v):
		return append(dst, "NaN"...)
	case isInf(v) && v.Negative:
		return append(dst, "-Infinity"...)
	case isInf(v):
		return append(dst, "Infinity"...)
	}
	if v.Negative {
		dst = append(dst, '-')
	}
	start := len(dst)
	if v.Coeff.IsUint64() {
		dst = strconv.AppendUint(dst, v.Coeff.Uint64(), 10)
	} else {
		dst = v.Coeff.Append(dst, 10)
	}
	scale := int(-v.Exponent)
	if scale <= 0 {
		return dst
	}
	if missing := scale + 1 - (len(dst) - start); missing > 0 {
		dst = append(dst, strings.Repeat("0", missing)...)
		copy(dst[start+missing:], dst[start:len(dst)-missing])
		for i := range missing {
			dst[start+i] = '0'
		}
	}
	point := len(dst) - scale
	dst = append(dst, 0)
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

// NumericFromInt64 has scale 0.
func NumericFromInt64(v int64) *apd.Decimal {
	d := &apd.Decimal{Negative: v < 0}
	if v < 0 {
		d.Coeff.SetUint64(-uint64(v))
	} else {
		d.Coeff.SetUint64(uint64(v))
	}
	return d
}

// NumericFromFloat64 is the cast of a float8: its first 15 digits.
func NumericFromFloat64(v float64) *apd.Decimal { return numericFromFloat(v, 15) }

// NumericFromFloat32 is the cast of a float4: its first 6 digits.
func NumericFromFloat32(v float32) *apd.Decimal { return numericFromFloat(float64(v), 6) }

func numericFromFloat(v float64, digits int) *apd.Decimal {
	switch {
	case v != v:
		return numericNaN
	case math.IsInf(v, 0):
		return numericInf(v < 0)
	}
	var buf [32]byte
	d, err := ParseNumeric(string(strconv.AppendFloat(buf[:0], v, 'g', digits, 64)))
	if err != nil {
		return numericNaN // no float64 exceeds numeric's limits
	}
	return d
}

// NumericToFloat64 is the nearest float8. Errors: 22003 beyond its range.
func NumericToFloat64(v *apd.Decimal) (float64, error) {
	return numericToFloat(v, "double precision", 64)
}

func numericToFloat(v *apd.Decimal, typeName string, bits int) (float64, error) {
	switch {
	case isNaN(v):
		return math.NaN(), nil
	case isInf(v) && v.Negative:
		return math.Inf(-1), nil
	case isInf(v):
		return math.Inf(1), nil
	}
	var buf [64]byte
	return parseFloat(string(AppendNumeric(buf[:0], v)), typeName, bits)
}

// NumericToInt64 rounds half away from zero; ok is false for NaN, infinities and what does not fit.
func NumericToInt64(v *apd.Decimal) (n int64, ok bool) {
	if v.Form != apd.Finite {
		return 0, false
	}
	coeff := &v.Coeff
	if v.Exponent < 0 {
		coeff = roundQuo(coeff, pow10(int64(-v.Exponent)))
	}
	if !coeff.IsUint64() {
		return 0, false
	}
	u := coeff.Uint64()
	switch {
	case v.Negative && u <= 1<<63:
		return -int64(u), true
	case !v.Negative && u < 1<<63:
		return int64(u), true
	}
	return 0, false
}

// NumericScale is the display scale: digits after the decimal point.
func NumericScale(v *apd.Decimal) int32 { return -v.Exponent }

// NumericMinScale is the least scale that holds the value: min_scale().
func NumericMinScale(v *apd.Decimal) int32 { return -NumericTrimScale(v).Exponent }

// NumericTrimScale drops the zeros at the end of the fraction: trim_scale().
func NumericTrimScale(v *apd.Decimal) *apd.Decimal {
	if v.Form != apd.Finite || v.Exponent >= 0 {
		return v
	}
	if v.Coeff.Sign() == 0 {
		return &apd.Decimal{}
	}
	text := v.Coeff.Append(nil, 10)
	drop := 0
	for drop < int(-v.Exponent) && text[len(text)-1-drop] == '0' {
		drop++
	}
	if drop == 0 {
		return v
	}
	d := &apd.Decimal{Negative: v.Negative, Exponent: v.Exponent + int32(drop)}
	d.Coeff.Quo(&v.Coeff, pow10(int64(drop)))
	return d
}
