package types

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// floatCodec is float4 or float8. Both lie in a Datum as a float64.
func floatCodec(name string, bits int) *codec {
	return &codec{
		parse: func(_ *Env, _ Type, s string) (Datum, error) {
			v, err := parseFloat(s, name, bits)
			return Float(v), err
		},
		format: func(env *Env, dst []byte, _ OID, d Datum) []byte { return appendFloatEnv(env, dst, d.Float(), bits) },
		decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
			if len(b) != bits/8 {
				return Datum{}, badBinarySize()
			}
			if bits == 32 {
				return Float(float64(math.Float32frombits(uint32(bigEndian(b))))), nil
			}
			return Float(math.Float64frombits(bigEndian(b))), nil
		},
		encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
			if bits == 32 {
				return appendBigEndian(dst, uint64(math.Float32bits(float32(d.Float()))), 4), nil
			}
			return appendBigEndian(dst, uint64(d.N), 8), nil
		},
		compare: func(_ OID, a, b Datum) int { return CompareFloats(a.Float(), b.Float()) },
		key:     keyFloat,
	}
}

// CompareFloats orders floats as Postgres does: NaN equals NaN and is greater than any number.
func CompareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case a == a: // b is NaN
		return -1
	case b == b:
		return 1
	}
	return 0
}

// scanFloat finds the longest prefix of s that strtod would read, without leading blanks; 0 for none.
func scanFloat(s string) int {
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	if i < len(s) && s[i]|0x20 >= 'i' {
		return scanFloatWord(s, i)
	}
	if i+2 < len(s) && s[i] == '0' && s[i+1]|0x20 == 'x' {
		if n := scanHexFloat(s, i+2); n > 0 {
			return n
		}
	}
	start := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	digits := i - start
	if i < len(s) && s[i] == '.' {
		dot := i
		i++
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		digits += i - dot - 1
	}
	if digits == 0 {
		return 0
	}
	return scanExponent(s, i, 'e')
}

// scanExponent goes past an exponent at i, if there is one with digits.
func scanExponent(s string, i int, letter byte) int {
	if i >= len(s) || s[i]|0x20 != letter {
		return i
	}
	j := i + 1
	if j < len(s) && (s[j] == '-' || s[j] == '+') {
		j++
	}
	if j >= len(s) || !isDigit(s[j]) {
		return i
	}
	for j < len(s) && isDigit(s[j]) {
		j++
	}
	return j
}

func scanFloatWord(s string, i int) int {
	for _, word := range [...]string{"infinity", "inf", "nan"} {
		if len(s)-i >= len(word) && strings.EqualFold(s[i:i+len(word)], word) {
			return i + len(word)
		}
	}
	return 0
}

func scanHexFloat(s string, i int) int {
	digits := 0
	for i < len(s) && digitValue(s[i]) < 16 {
		i++
		digits++
	}
	if i < len(s) && s[i] == '.' {
		i++
		for i < len(s) && digitValue(s[i]) < 16 {
			i++
			digits++
		}
	}
	if digits == 0 {
		return 0
	}
	return scanExponent(s, i, 'p')
}

// convertFloat is strtod on a text that scanFloat found. inRange is false for overflow, and for a number that is not zero but came out as zero.
func convertFloat(s string, bits int) (v float64, inRange bool) {
	if isHexText(s) && !strings.ContainsAny(s, "pP") {
		s += "p0"
	}
	if len(s) <= 4 && s[len(s)-1]|0x20 == 'n' {
		return math.NaN(), true // with a sign, which strconv does not take
	}
	v, err := strconv.ParseFloat(s, bits)
	if err != nil {
		return v, false
	}
	if v == 0 && !isZeroText(s) {
		return v, false
	}
	return v, true
}

// isHexText tells a number that begins with 0x, after a sign.
func isHexText(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	return len(s) > 1 && s[1]|0x20 == 'x'
}

// isZeroText tells whether the mantissa of a number's text is zero.
func isZeroText(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i] | 0x20; {
		case s[i] >= '1' && s[i] <= '9':
			return false
		case c == 'e' && !isHexText(s), c == 'p':
			return true
		case c >= 'a' && c <= 'f':
			return false
		}
	}
	return true
}

func parseFloat(s, name string, bits int) (float64, error) {
	text := trimSpace(s)
	n := scanFloat(text)
	if n == 0 {
		return 0, syntaxError(name, s)
	}
	v, ok := convertFloat(text[:n], bits)
	if !ok {
		return 0, pgerr.New(pgerrcode.NumericValueOutOfRange, "\"%s\" is out of range for type %s", text[:n], name)
	}
	if n != len(text) {
		return 0, syntaxError(name, s)
	}
	return v, nil
}

// appendFloatEnv prints a float under extra_float_digits.
func appendFloatEnv(env *Env, dst []byte, v float64, bits int) []byte {
	if env.ExtraFloatDigitsSet && env.ExtraFloatDigits <= 0 && v-v == 0 {
		digits := 15
		if bits == 32 {
			digits = 6
		}
		return strconv.AppendFloat(dst, v, 'g', max(1, digits+env.ExtraFloatDigits), bits)
	}
	return AppendFloat(dst, v, bits)
}

// AppendFloat prints the shortest decimal that reads back as v (bits is 32 or 64), in fixed notation for exponents from -4 to 14
// (5 for 32 bits), as Postgres does by default.
func AppendFloat(dst []byte, v float64, bits int) []byte {
	switch {
	case v != v:
		return append(dst, "NaN"...)
	case v > math.MaxFloat64:
		return append(dst, "Infinity"...)
	case v < -math.MaxFloat64:
		return append(dst, "-Infinity"...)
	}
	abs := math.Abs(v)
	fixedMin, fixedMax, exactMax := 1e-4, 1e15, float64(1<<53)
	if bits == 32 {
		fixedMin, fixedMax, exactMax = float64(float32(1e-4)), 1e6, 1<<24
	}
	if v == 0 || abs >= fixedMin && abs < fixedMax {
		return strconv.AppendFloat(dst, v, 'f', -1, bits)
	}
	if abs > exactMax {
		return appendLargeFloat(dst, v, bits)
	}
	return strconv.AppendFloat(dst, v, 'e', -1, bits)
}

// appendLargeFloat is for integers beyond the mantissa. There a short decimal may lie exactly halfway between two floats: strconv
// takes it when rounding to even brings it back, while Postgres never does, and needs one digit more.
func appendLargeFloat(dst []byte, v float64, bits int) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'e', -1, bits)
	for digits := mantissaDigits(dst[start:]); isHalfway(dst[start:], v, bits) && digits < 17; digits++ {
		dst = strconv.AppendFloat(dst[:start], v, 'e', digits, bits)
	}
	return dst
}

func mantissaDigits(b []byte) (n int) {
	for _, c := range b {
		if c == 'e' {
			return n
		}
		if isDigit(c) {
			n++
		}
	}
	return n
}

// isHalfway tells whether the decimal text lies exactly between v and one of its neighbours.
func isHalfway(text []byte, v float64, bits int) bool {
	exp := math.Ilogb(v)
	if exp > 90 { // no short decimal has so many factors of 2
		return false
	}
	decimal, _, err := big.ParseFloat(string(text), 10, 200, big.ToNearestEven)
	if err != nil {
		return false
	}
	up, down := math.Nextafter(v, math.Inf(1)), math.Nextafter(v, math.Inf(-1))
	if bits == 32 {
		up = float64(math.Nextafter32(float32(v), float32(math.Inf(1))))
		down = float64(math.Nextafter32(float32(v), float32(math.Inf(-1))))
	}
	for _, neighbour := range [...]float64{up, down} {
		sum := new(big.Float).SetPrec(200).Add(big.NewFloat(v), big.NewFloat(neighbour))
		if sum.Quo(sum, big.NewFloat(2)).Cmp(decimal) == 0 {
			return true
		}
	}
	return false
}
