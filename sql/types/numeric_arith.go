package types

import (
	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// The scales of results. Postgres wants 16 significant digits of a quotient or a root, and counts digits in groups of four.
const (
	numericSigDigits       = 16
	numericDisplayScaleMax = 1000
	numericGroup           = 4
)

func divisionByZero() error { return pgerr.New(pgerrcode.DivisionByZero, "division by zero") }

// signed is the coefficient with its sign, a new number.
func signed(v *apd.Decimal) *apd.BigInt {
	c := new(apd.BigInt).Set(&v.Coeff)
	if v.Negative {
		c.Neg(c)
	}
	return c
}

// alignCoeffs brings two numbers to the greater scale: new signed coefficients.
func alignCoeffs(a, b *apd.Decimal) (x, y *apd.BigInt, scale int64) {
	x, y = signed(a), signed(b)
	scale = int64(max(-a.Exponent, -b.Exponent))
	if up := scale + int64(a.Exponent); up > 0 {
		x.Mul(x, pow10(up))
	}
	if up := scale + int64(b.Exponent); up > 0 {
		y.Mul(y, pow10(up))
	}
	return x, y, scale
}

// roundQuo is a/b for a ≥ 0 and b > 0, rounded half up.
func roundQuo(a, b *apd.BigInt) *apd.BigInt {
	q, r := new(apd.BigInt), new(apd.BigInt)
	q.QuoRem(a, b, r)
	if r.Lsh(r, 1).Cmp(b) >= 0 {
		q.Add(q, apd.NewBigInt(1))
	}
	return q
}

// NumericAdd is a + b with the greater of the two scales. Errors: 22003.
func NumericAdd(a, b *apd.Decimal) (*apd.Decimal, error) {
	if a.Form != apd.Finite || b.Form != apd.Finite {
		return addSpecial(a, b), nil
	}
	x, y, scale := alignCoeffs(a, b)
	return makeSigned(x.Add(x, y), scale)
}

func addSpecial(a, b *apd.Decimal) *apd.Decimal {
	switch {
	case isNaN(a) || isNaN(b) || isInf(a) && isInf(b) && a.Negative != b.Negative:
		return numericNaN
	case isInf(a):
		return a
	}
	return b
}

// NumericSub is a - b.
func NumericSub(a, b *apd.Decimal) (*apd.Decimal, error) { return NumericAdd(a, NumericNeg(b)) }

// NumericMul is a * b with the sum of the scales.
func NumericMul(a, b *apd.Decimal) (*apd.Decimal, error) {
	negative := a.Negative != b.Negative
	if a.Form != apd.Finite || b.Form != apd.Finite {
		if isNaN(a) || isNaN(b) || NumericSign(a) == 0 || NumericSign(b) == 0 {
			return numericNaN, nil
		}
		return numericInf(negative), nil
	}
	coeff := new(apd.BigInt).Mul(&a.Coeff, &b.Coeff)
	scale := -int64(a.Exponent) - int64(b.Exponent)
	if scale > numericScaleBits {
		coeff = roundQuo(coeff, pow10(scale-numericScaleBits))
		scale = numericScaleBits
	}
	return makeNumeric(negative, coeff, scale)
}

// NumericDiv is a / b with the scale that Postgres chooses. Errors: 22012, 22003.
func NumericDiv(a, b *apd.Decimal) (*apd.Decimal, error) {
	if v, err := divSpecial(a, b); v != nil || err != nil {
		return v, err
	}
	return divScale(a, b, divisionScale(a, b))
}

// divSpecial handles NaN, infinities and a divisor of zero; both results are nil for ordinary numbers.
func divSpecial(a, b *apd.Decimal) (*apd.Decimal, error) {
	switch {
	case isNaN(a) || isNaN(b):
		return numericNaN, nil
	case isInf(a) && isInf(b):
		return numericNaN, nil
	case isInf(b):
		return &apd.Decimal{}, nil
	case b.Coeff.Sign() == 0:
		return nil, divisionByZero()
	case isInf(a):
		return numericInf(a.Negative != b.Negative), nil
	}
	return nil, nil
}

// divScale is a / b rounded to scale.
func divScale(a, b *apd.Decimal, scale int64) (*apd.Decimal, error) {
	// a/b × 10^scale = (ca/cb) × 10^(scale + sb - sa)
	num, den := &a.Coeff, &b.Coeff
	if up := scale - int64(b.Exponent) + int64(a.Exponent); up >= 0 {
		num = new(apd.BigInt).Mul(num, pow10(up))
	} else {
		den = new(apd.BigInt).Mul(den, pow10(-up))
	}
	return makeNumeric(a.Negative != b.Negative, roundQuo(num, den), scale)
}

// leadingGroup is the first group of four digits that is not zero, and its weight; 0 and 0 for zero.
func leadingGroup(v *apd.Decimal) (group, weight int64) {
	n := digitCount(&v.Coeff)
	if n == 0 {
		return 0, 0
	}
	exponent := n + int64(v.Exponent) - 1 // of the first digit
	weight = floorDiv(exponent, numericGroup)
	want := exponent - weight*numericGroup + 1 // digits in the first group
	lead := new(apd.BigInt)
	if n >= want {
		lead.Quo(&v.Coeff, pow10(n-want))
	} else {
		lead.Mul(&v.Coeff, pow10(want-n))
	}
	return lead.Int64(), weight
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// divisionScale is Postgres' select_div_scale: at least 16 significant digits, not less than either scale.
func divisionScale(a, b *apd.Decimal) int64 {
	groupA, weightA := leadingGroup(a)
	groupB, weightB := leadingGroup(b)
	weight := weightA - weightB
	if groupA <= groupB {
		weight--
	}
	return clampScale(numericSigDigits-weight*numericGroup, a, b)
}

// clampScale keeps a result's scale at least the arguments' and within the display limits.
func clampScale(scale int64, args ...*apd.Decimal) int64 {
	for _, v := range args {
		scale = max(scale, int64(-v.Exponent))
	}
	return min(max(scale, 0), numericDisplayScaleMax)
}

// NumericDivTrunc is div(a, b): the quotient cut to an integer.
func NumericDivTrunc(a, b *apd.Decimal) (*apd.Decimal, error) {
	if v, err := divSpecial(a, b); v != nil || err != nil {
		return v, err
	}
	x, y, _ := alignCoeffs(a, b)
	return makeSigned(x.Quo(x, y), 0)
}

// NumericMod is a % b with the sign of a and the greater of the scales. Errors: 22012.
func NumericMod(a, b *apd.Decimal) (*apd.Decimal, error) {
	switch {
	case isNaN(a) || isNaN(b):
		return numericNaN, nil
	case b.Form == apd.Finite && b.Coeff.Sign() == 0:
		return nil, divisionByZero()
	case isInf(a):
		return numericNaN, nil
	case isInf(b):
		return a, nil
	}
	x, y, scale := alignCoeffs(a, b)
	return makeSigned(x.Rem(x, y), scale)
}

// roundNumeric rounds half away from zero to a scale, which may be negative; the result's scale is at least 0.
func roundNumeric(v *apd.Decimal, scale int64) (*apd.Decimal, error) {
	have := int64(-v.Exponent)
	switch {
	case v.Form != apd.Finite || scale == have:
		return v, nil
	case scale > have:
		return makeNumeric(v.Negative, new(apd.BigInt).Mul(&v.Coeff, pow10(scale-have)), scale)
	case have-scale > digitCount(&v.Coeff):
		return makeNumeric(false, new(apd.BigInt), max(scale, 0))
	}
	return makeNumeric(v.Negative, roundQuo(&v.Coeff, pow10(have-scale)), scale)
}

// numericRoundMax bounds the scale that round() and trunc() take, as Postgres does.
const numericRoundMax = 2000

// NumericRound is round(v, scale), half away from zero.
func NumericRound(v *apd.Decimal, scale int32) (*apd.Decimal, error) {
	return roundNumeric(v, int64(min(max(scale, -numericRoundMax), numericRoundMax)))
}

// NumericTrunc is trunc(v, scale), towards zero.
func NumericTrunc(v *apd.Decimal, scale int32) (*apd.Decimal, error) {
	want := int64(min(max(scale, -numericRoundMax), numericRoundMax))
	have := int64(-v.Exponent)
	switch {
	case v.Form != apd.Finite || want == have:
		return v, nil
	case want > have:
		return roundNumeric(v, want)
	case have-want > digitCount(&v.Coeff):
		return makeNumeric(false, new(apd.BigInt), max(want, 0))
	}
	return makeNumeric(v.Negative, new(apd.BigInt).Quo(&v.Coeff, pow10(have-want)), want)
}

// NumericCeil is the least integer that is not less than v.
func NumericCeil(v *apd.Decimal) *apd.Decimal { return truncAway(v, false) }

// NumericFloor is the greatest integer that is not greater than v.
func NumericFloor(v *apd.Decimal) *apd.Decimal { return truncAway(v, true) }

// truncAway cuts the fraction; what it cut from a number of the given sign counts as one more.
func truncAway(v *apd.Decimal, negative bool) *apd.Decimal {
	if v.Form != apd.Finite || v.Exponent >= 0 {
		return v
	}
	q, r := new(apd.BigInt), new(apd.BigInt)
	q.QuoRem(&v.Coeff, pow10(int64(-v.Exponent)), r)
	if r.Sign() != 0 && v.Negative == negative {
		q.Add(q, apd.NewBigInt(1))
	}
	d := &apd.Decimal{Negative: v.Negative && q.Sign() != 0}
	d.Coeff.Set(q)
	return d
}

// NumericNeg is -v.
func NumericNeg(v *apd.Decimal) *apd.Decimal {
	if isNaN(v) || v.Form == apd.Finite && v.Coeff.Sign() == 0 {
		return v
	}
	d := new(apd.Decimal).Set(v)
	d.Negative = !v.Negative
	return d
}

// NumericAbs is the absolute value.
func NumericAbs(v *apd.Decimal) *apd.Decimal {
	if v.Negative && !isNaN(v) {
		return NumericNeg(v)
	}
	return v
}

// NumericSign is -1, 0 or 1; 0 for NaN.
func NumericSign(v *apd.Decimal) int {
	switch {
	case isNaN(v) || v.Form == apd.Finite && v.Coeff.Sign() == 0:
		return 0
	case v.Negative:
		return -1
	}
	return 1
}
