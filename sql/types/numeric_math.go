package types

import (
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// Roots, powers, exponentials and logarithms. The scales of their results follow Postgres 16: enough for 16 significant
// digits by an estimate of the result's size, and never less than the arguments'.

const (
	numericResultScaleMax = 2000 // exp() and power() overflow at three times as many digits' worth of e
	log10E                = 0.434294481903252
	ln10                  = 2.302585092994046
	guardDigits           = 12 // computed beyond what is asked for
)

var numericOne = NumericFromInt64(1)

func badLog(format string) error {
	return pgerr.New(pgerrcode.InvalidArgumentForLogarithm, "%s", format)
}

func badPower(message string) error {
	return pgerr.New(pgerrcode.InvalidArgumentForPowerFunction, "%s", message)
}

// contextOf computes with a number of significant digits.
func contextOf(digits int64) *apd.Context {
	return &apd.Context{Precision: uint32(max(digits, 1)), MaxExponent: apd.MaxExponent, MinExponent: apd.MinExponent, Rounding: apd.RoundHalfUp}
}

// settle rounds what apd computed to a scale.
func settle(v *apd.Decimal, scale int64) (*apd.Decimal, error) {
	if v.Form != apd.Finite {
		return nil, numericOverflow()
	}
	if v.Exponent > 0 {
		return makeNumericUp(v, scale)
	}
	return roundNumeric(v, scale)
}

// makeNumericUp is settle for a number with zeros left out at the end of its integer part.
func makeNumericUp(v *apd.Decimal, scale int64) (*apd.Decimal, error) {
	whole, err := makeNumeric(v.Negative, new(apd.BigInt).Set(&v.Coeff), -int64(v.Exponent))
	if err != nil {
		return nil, err
	}
	return roundNumeric(whole, scale)
}

// NumericSqrt is the square root. Errors: 2201F for a negative number.
func NumericSqrt(v *apd.Decimal) (*apd.Decimal, error) {
	switch {
	case isNaN(v):
		return v, nil
	case v.Negative:
		return nil, badPower("cannot take square root of a negative number")
	case isInf(v):
		return v, nil
	}
	_, weight := leadingGroup(v)
	scale := clampScale(numericSigDigits-(weight*numericGroup/2+1), v)
	// One digit more than asked for, then half up: the root's floor has the digits of the root.
	up := 2*(scale+1) + int64(v.Exponent)
	c := new(apd.BigInt).Set(&v.Coeff)
	if up >= 0 {
		c.Mul(c, pow10(up))
	} else {
		c.Quo(c, pow10(-up))
	}
	return makeNumeric(false, roundQuo(c.Sqrt(c), numericTenCoeff), scale)
}

var numericTenCoeff = apd.NewBigInt(10)

// NumericExp is e^v. Errors: 22003.
func NumericExp(v *apd.Decimal) (*apd.Decimal, error) {
	switch {
	case isNaN(v):
		return v, nil
	case isInf(v) && v.Negative:
		return &apd.Decimal{}, nil
	case isInf(v):
		return v, nil
	}
	weight := min(max(approximate(v)*log10E, -numericResultScaleMax), numericResultScaleMax)
	return expScale(v, clampScale(numericSigDigits-int64(weight), v))
}

// approximate is the number as a float64, infinite when it is too great.
func approximate(v *apd.Decimal) float64 {
	var buf [64]byte
	f, _ := strconv.ParseFloat(string(AppendNumeric(buf[:0], v)), 64)
	return f
}

func expScale(v *apd.Decimal, scale int64) (*apd.Decimal, error) {
	f := approximate(v)
	if math.Abs(f) >= numericResultScaleMax*3 {
		if f > 0 {
			return nil, numericOverflow()
		}
		return makeNumeric(false, new(apd.BigInt), scale)
	}
	var result apd.Decimal
	digits := scale + int64(f*log10E) + guardDigits
	if digits < 1 {
		return makeNumeric(false, new(apd.BigInt), scale)
	}
	if _, err := contextOf(digits).Exp(&result, v); err != nil {
		return nil, numericOverflow()
	}
	return settle(&result, scale)
}

// lnWeight estimates the exponent of ln(v), as Postgres does to choose scales.
func lnWeight(v *apd.Decimal) int64 {
	if v.Negative || v.Coeff.Sign() == 0 {
		return 0
	}
	if f := approximate(v); f >= 0.9 && f <= 1.1 {
		x, err := NumericSub(v, numericOne)
		if err != nil || x.Coeff.Sign() == 0 {
			return 0
		}
		group, weight := leadingGroup(x)
		return weight*numericGroup + int64(math.Log10(float64(group)))
	}
	digits, exponent := leadingDigits(v, 2)
	return int64(math.Log10(math.Abs(math.Log(digits) + float64(exponent)*ln10)))
}

// leadingDigits is v as digits×10^exponent, with the digits of its first groups only.
func leadingDigits(v *apd.Decimal, groups int) (digits float64, exponent int64) {
	encoded, weight := base10000(v.Coeff.Append(nil, 10), int(-v.Exponent))
	exponent = int64(weight) * numericGroup
	for i := 0; i < len(encoded) && i < groups; i++ {
		if i > 0 {
			digits *= 10000
			exponent -= numericGroup
		}
		digits += float64(encoded[i])
	}
	return digits, exponent
}

func checkLog(v *apd.Decimal) error {
	switch {
	case v.Negative:
		return badLog("cannot take logarithm of a negative number")
	case v.Form == apd.Finite && v.Coeff.Sign() == 0:
		return badLog("cannot take logarithm of zero")
	}
	return nil
}

// NumericLn is the natural logarithm. Errors: 2201E.
func NumericLn(v *apd.Decimal) (*apd.Decimal, error) {
	if isNaN(v) {
		return v, nil
	}
	if err := checkLog(v); err != nil {
		return nil, err
	}
	if isInf(v) {
		return v, nil
	}
	scale := clampScale(numericSigDigits-lnWeight(v), v)
	result, err := lnDigits(v, scale+max(lnWeight(v), 0)+guardDigits)
	if err != nil {
		return nil, err
	}
	return settle(result, scale)
}

// lnDigits is ln(v) with a number of significant digits; its exponent may be anything.
func lnDigits(v *apd.Decimal, digits int64) (*apd.Decimal, error) {
	var result apd.Decimal
	if _, err := contextOf(digits).Ln(&result, v); err != nil {
		return nil, numericOverflow()
	}
	return &result, nil
}

// NumericLog is the logarithm of v to a base. Errors: 2201E, 22012 for base 1.
func NumericLog(base, v *apd.Decimal) (*apd.Decimal, error) {
	if isNaN(base) || isNaN(v) {
		return numericNaN, nil
	}
	if err := checkLog(base); err != nil {
		return nil, err
	}
	if err := checkLog(v); err != nil {
		return nil, err
	}
	switch {
	case isInf(base) && isInf(v):
		return numericNaN, nil
	case isInf(base):
		return &apd.Decimal{}, nil
	case isInf(v):
		return v, nil
	}
	scale := clampScale(numericSigDigits-(lnWeight(v)-lnWeight(base)), base, v)
	digits := scale + max(lnWeight(v)-lnWeight(base), 0) + 2*guardDigits
	lnBase, err := lnDigits(base, digits)
	if err != nil {
		return nil, err
	}
	lnV, err := lnDigits(v, digits)
	if err != nil {
		return nil, err
	}
	if lnBase.Coeff.Sign() == 0 {
		return nil, divisionByZero()
	}
	var result apd.Decimal
	if _, err := contextOf(digits).Quo(&result, lnV, lnBase); err != nil {
		return nil, numericOverflow()
	}
	return settle(&result, scale)
}

// NumericPower is a^b. Errors: 2201F, 22012, 22003.
func NumericPower(a, b *apd.Decimal) (*apd.Decimal, error) {
	if isNaN(a) || isNaN(b) {
		if NumericSign(b) == 0 && !isNaN(b) || !isNaN(a) && NumericCompare(a, numericOne) == 0 {
			return numericOne, nil
		}
		return numericNaN, nil
	}
	integral := isInf(b) || NumericMinScale(b) == 0
	switch {
	case NumericSign(a) == 0 && NumericSign(b) < 0:
		return nil, badPower("zero raised to a negative power is undefined")
	case NumericSign(a) < 0 && !integral:
		return nil, badPower("a negative number raised to a non-integer power yields a complex result")
	case isInf(a) || isInf(b):
		return powerInfinite(a, b), nil
	}
	if n, ok := NumericToInt64(b); ok && integral && n >= math.MinInt32 && n <= math.MaxInt32 {
		return powerInteger(a, n, b)
	}
	return powerReal(a, b)
}

func powerInfinite(a, b *apd.Decimal) *apd.Decimal {
	zero := &apd.Decimal{}
	magnitude := NumericCompare(NumericAbs(a), numericOne)
	switch {
	case NumericCompare(a, numericOne) == 0 || NumericSign(b) == 0:
		return numericOne
	case NumericSign(a) == 0:
		return zero
	case isInf(b) && magnitude == 0:
		return numericOne
	case isInf(b) && (magnitude > 0) == (NumericSign(b) > 0):
		return numericPosInf
	case isInf(b) || NumericSign(b) < 0:
		return zero
	case a.Negative && isOdd(b):
		return numericNegInf
	}
	return numericPosInf
}

func isOdd(v *apd.Decimal) bool {
	return new(apd.BigInt).Quo(&v.Coeff, pow10(int64(-v.Exponent))).Bit(0) == 1
}

// powerInteger multiplies by squaring, with as many digits as the result needs.
func powerInteger(a *apd.Decimal, n int64, b *apd.Decimal) (*apd.Decimal, error) {
	var weight float64 // of the result, in decimal digits
	if a.Coeff.Sign() != 0 {
		digits, exponent := leadingDigits(a, 4)
		weight = float64(n) * (math.Log10(digits) + float64(exponent))
	}
	switch {
	case weight > numericDigitsMax:
		return nil, numericOverflow()
	case weight+1 < -numericDisplayScaleMax:
		return makeNumeric(false, new(apd.BigInt), numericDisplayScaleMax)
	}
	scale := clampScale(numericSigDigits-int64(weight), a, b)
	switch {
	case n == 0:
		return roundNumeric(numericOne, scale)
	case n == 1:
		return roundNumeric(a, scale)
	case n == -1:
		return divScale(numericOne, a, scale)
	case a.Coeff.Sign() == 0:
		return makeNumeric(false, new(apd.BigInt), scale)
	}
	digits := scale + int64(math.Abs(weight)) + guardDigits + 11 // each squaring may lose a digit's worth of half units
	coeff, exponent := powerDigits(&a.Coeff, int64(a.Exponent), uint64(max(n, -n)), digits)
	negative := a.Negative && n%2 != 0
	if n < 0 {
		return invertPower(negative, coeff, exponent, scale)
	}
	return settleWide(negative, coeff, exponent, scale)
}

// powerDigits is (coeff×10^exponent)^n, rounded to a number of digits on the way.
func powerDigits(coeff *apd.BigInt, exponent int64, n uint64, digits int64) (*apd.BigInt, int64) {
	result, resultExponent := apd.NewBigInt(1), int64(0)
	base := new(apd.BigInt).Set(coeff)
	for {
		if n&1 != 0 {
			result.Mul(result, base)
			result, resultExponent = dropDigits(result, resultExponent+exponent, digits)
		}
		if n >>= 1; n == 0 {
			return result, resultExponent
		}
		base.Mul(base, base)
		base, exponent = dropDigits(base, 2*exponent, digits)
	}
}

func dropDigits(c *apd.BigInt, exponent, digits int64) (*apd.BigInt, int64) {
	if extra := digitCount(c) - digits; extra > 0 {
		return roundQuo(c, pow10(extra)), exponent + extra
	}
	return c, exponent
}

// settleWide makes a numeric of coeff×10^exponent, rounded to a scale.
func settleWide(negative bool, coeff *apd.BigInt, exponent, scale int64) (*apd.Decimal, error) {
	if digitCount(coeff)+exponent > numericDigitsMax {
		return nil, numericOverflow()
	}
	drop := -exponent - scale
	switch {
	case drop > digitCount(coeff):
		coeff = new(apd.BigInt)
	case drop > 0:
		coeff = roundQuo(coeff, pow10(drop))
	default:
		coeff.Mul(coeff, pow10(-drop))
	}
	return makeNumeric(negative, coeff, scale)
}

// invertPower is 1/(coeff×10^exponent) rounded to a scale.
func invertPower(negative bool, coeff *apd.BigInt, exponent, scale int64) (*apd.Decimal, error) {
	up := scale - exponent
	if up < 0 {
		return makeNumeric(negative, new(apd.BigInt), scale)
	}
	return makeNumeric(negative, roundQuo(new(apd.BigInt).Set(pow10(up)), coeff), scale)
}

// powerReal is e^(b·ln a).
func powerReal(a, b *apd.Decimal) (*apd.Decimal, error) {
	if a.Coeff.Sign() == 0 {
		return makeNumeric(false, new(apd.BigInt), numericSigDigits)
	}
	negative := a.Negative && isOdd(b)
	a = NumericAbs(a)
	rough, err := lnDigits(a, 8+guardDigits)
	if err != nil {
		return nil, err
	}
	var product apd.Decimal
	if _, err := contextOf(8+guardDigits).Mul(&product, rough, b); err != nil {
		return nil, numericOverflow()
	}
	f, _ := product.Float64()
	if math.Abs(f) > numericResultScaleMax*3.01 {
		if f > 0 {
			return nil, numericOverflow()
		}
		return makeNumeric(false, new(apd.BigInt), numericDisplayScaleMax)
	}
	weight := int64(f * log10E)
	scale := clampScale(numericSigDigits-weight, a, b)
	digits := scale + max(weight, 0) + digitCount(&b.Coeff) + 2*guardDigits
	ln, err := lnDigits(a, digits)
	if err != nil {
		return nil, err
	}
	if _, err := contextOf(digits).Mul(&product, ln, b); err != nil {
		return nil, numericOverflow()
	}
	var result apd.Decimal
	if _, err := contextOf(scale+weight+guardDigits).Exp(&result, &product); err != nil {
		return nil, numericOverflow()
	}
	result.Negative = negative
	return settle(&result, scale)
}
