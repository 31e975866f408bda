package funcs

import (
	"math/big"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// numeric2 is a numeric function of two arguments.
func numeric2(fn func(a, b *apd.Decimal) (*apd.Decimal, error)) Func {
	return func(_ *Context, a row) (types.Datum, error) { return numericResult(fn(a[0].Numeric(), a[1].Numeric())) }
}

// numeric1 is a numeric function of one argument.
func numeric1(fn func(a *apd.Decimal) (*apd.Decimal, error)) Func {
	return func(_ *Context, a row) (types.Datum, error) { return numericResult(fn(a[0].Numeric())) }
}

// numericTotal is a numeric function of one argument that cannot fail.
func numericTotal(fn func(a *apd.Decimal) *apd.Decimal) Func {
	return func(_ *Context, a row) (types.Datum, error) { return types.Numeric(fn(a[0].Numeric())), nil }
}

func numericResult(v *apd.Decimal, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, err
	}
	return types.Numeric(v), nil
}

// numericScaled is round and trunc: the digits to keep default to none.
func numericScaled(fn func(a *apd.Decimal, scale int32) (*apd.Decimal, error)) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		return numericResult(fn(a[0].Numeric(), int32(intArg(a, 1, 0))))
	}
}

func log10Numeric(a *apd.Decimal) (*apd.Decimal, error) {
	return types.NumericLog(types.NumericFromInt64(10), a)
}

func isFiniteNumeric(a *apd.Decimal) bool { return a.Form == apd.Finite }

// factorial is n! for n up to the largest whose result fits numeric.
func factorial(_ *Context, a row) (types.Datum, error) {
	const max = 32177
	n := a[0].Int()
	switch {
	case n < 0:
		return types.Null, pgerr.New(pgerrcode.NumericValueOutOfRange, "factorial of a negative number is undefined")
	case n > max:
		return types.Null, pgerr.New(pgerrcode.NumericValueOutOfRange, "value overflows numeric format")
	}
	v := new(big.Int).MulRange(1, max0(n))
	return types.Numeric(decimalOf(v, 0)), nil
}

func max0(n int64) int64 {
	if n == 0 {
		return 1
	}
	return n
}

// decimalOf is v·10^exponent.
func decimalOf(v *big.Int, exponent int32) *apd.Decimal {
	d := &apd.Decimal{Negative: v.Sign() < 0, Exponent: exponent}
	d.Coeff.SetMathBigInt(new(big.Int).Abs(v))
	return d
}

// scaledInt is d·10^scale as an integer; scale is at least d's own.
func scaledInt(d *apd.Decimal, scale int32) *big.Int {
	v := new(big.Int).Set(d.Coeff.MathBigInt())
	v.Mul(v, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale+d.Exponent)), nil))
	if d.Negative {
		v.Neg(v)
	}
	return v
}

// gcdNumeric works on the operands as integers of their common scale.
func gcdNumeric(a, b *apd.Decimal) (*apd.Decimal, error) {
	if !isFiniteNumeric(a) || !isFiniteNumeric(b) {
		return &apd.Decimal{Form: apd.NaN}, nil
	}
	scale := max(types.NumericScale(a), types.NumericScale(b))
	x, y := scaledInt(a, scale), scaledInt(b, scale)
	return decimalOf(new(big.Int).GCD(nil, nil, x.Abs(x), y.Abs(y)), -scale), nil
}

func lcmNumeric(a, b *apd.Decimal) (*apd.Decimal, error) {
	if !isFiniteNumeric(a) || !isFiniteNumeric(b) {
		return &apd.Decimal{Form: apd.NaN}, nil
	}
	scale := max(types.NumericScale(a), types.NumericScale(b))
	x, y := scaledInt(a, scale), scaledInt(b, scale)
	if x.Sign() == 0 || y.Sign() == 0 {
		return decimalOf(new(big.Int), -scale), nil
	}
	g := new(big.Int).GCD(nil, nil, new(big.Int).Abs(x), new(big.Int).Abs(y))
	return decimalOf(x.Abs(x.Mul(x.Quo(x, g), y)), -scale), nil
}

func widthBucketNumeric(_ *Context, a row) (types.Datum, error) {
	x, low, high, n := a[0].Numeric(), a[1].Numeric(), a[2].Numeric(), a[3].Int()
	if n <= 0 {
		return types.Null, bucketError("count must be greater than zero")
	}
	if x.Form == apd.NaN || low.Form == apd.NaN || high.Form == apd.NaN {
		return types.Null, bucketError("operand, lower bound, and upper bound cannot be NaN")
	}
	if !isFiniteNumeric(low) || !isFiniteNumeric(high) {
		return types.Null, bucketError("lower and upper bounds must be finite")
	}
	direction := types.NumericCompare(low, high)
	if direction == 0 {
		return types.Null, bucketError("lower bound cannot equal upper bound")
	}
	if types.NumericCompare(low, x)*direction < 0 {
		return types.Int(0), nil
	}
	if types.NumericCompare(high, x)*direction >= 0 {
		return int4Width.check(addInt(n, 1))
	}
	scale := max(types.NumericScale(x), types.NumericScale(low), types.NumericScale(high))
	l := scaledInt(low, scale)
	v := new(big.Int).Sub(scaledInt(x, scale), l)
	width := new(big.Int).Sub(scaledInt(high, scale), l)
	v.Quo(v.Mul(v, big.NewInt(n)), width)
	return int4Width.check(addInt(v.Int64(), 1))
}

func scaleFunc(fn func(*apd.Decimal) int32) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		if !isFiniteNumeric(a[0].Numeric()) {
			return types.Null, nil
		}
		return types.Int(int64(fn(a[0].Numeric()))), nil
	}
}

func signNumeric(a *apd.Decimal) *apd.Decimal {
	if a.Form == apd.NaN {
		return a
	}
	return types.NumericFromInt64(int64(types.NumericSign(a)))
}

var numericFuncs = map[string]Func{
	"numeric_add": numeric2(types.NumericAdd), "numeric_sub": numeric2(types.NumericSub), "numeric_mul": numeric2(types.NumericMul),
	"numeric_div": numeric2(types.NumericDiv), "numeric_mod": numeric2(types.NumericMod), "numeric_div_trunc": numeric2(types.NumericDivTrunc),
	"numeric_power": numeric2(types.NumericPower), "numeric_gcd": numeric2(gcdNumeric), "numeric_lcm": numeric2(lcmNumeric),
	"numeric_uminus": numericTotal(types.NumericNeg), "numeric_uplus": identity, "numeric_abs": numericTotal(types.NumericAbs),
	"numeric_sign": numericTotal(signNumeric), "numeric_ceil": numericTotal(types.NumericCeil), "numeric_floor": numericTotal(types.NumericFloor),
	"numeric_round": numericScaled(types.NumericRound), "numeric_trunc": numericScaled(types.NumericTrunc),
	"round(numeric)": numericScaled(types.NumericRound), "trunc(numeric)": numericScaled(types.NumericTrunc),
	"numeric_sqrt": numeric1(types.NumericSqrt), "numeric_exp": numeric1(types.NumericExp), "numeric_ln": numeric1(types.NumericLn),
	"numeric_log": numeric2(types.NumericLog), "log(numeric)": numeric1(log10Numeric), "log10(numeric)": numeric1(log10Numeric),
	"numeric_fac": factorial, "numeric_scale": scaleFunc(types.NumericScale), "numeric_min_scale": scaleFunc(types.NumericMinScale),
	"numeric_trim_scale": numericTotal(types.NumericTrimScale), "width_bucket_numeric": widthBucketNumeric,
	"numeric_inc": numeric1(func(a *apd.Decimal) (*apd.Decimal, error) { return types.NumericAdd(a, types.NumericFromInt64(1)) }),
}
