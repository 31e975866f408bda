package funcs

import (
	"math"
	"math/rand/v2"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// RandomSource is implemented by a System that keeps a session's random numbers, so that setseed repeats them. Without it random() draws from the
// process's generator and setseed is 0A000.
type RandomSource interface {
	Random() *rand.Rand
}

func floatOverflow() error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "value out of range: overflow")
}

func floatUnderflow() error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "value out of range: underflow")
}

func inputOutOfRange() error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "input is out of range")
}

// floatType rounds a result to the type and reports what no longer fits.
type floatType struct{ single bool }

func (f floatType) round(v float64) float64 {
	if f.single {
		return float64(float32(v))
	}
	return v
}

// result checks v, computed from the operands, for overflow, and for underflow when zero was not to be expected.
func (f floatType) result(v float64, infOK, zeroOK bool) (types.Datum, error) {
	v = f.round(v)
	if math.IsInf(v, 0) && !infOK {
		return types.Null, floatOverflow()
	}
	if v == 0 && !zeroOK {
		return types.Null, floatUnderflow()
	}
	return types.Float(v), nil
}

func isInf(vs ...float64) bool {
	for _, v := range vs {
		if math.IsInf(v, 0) {
			return true
		}
	}
	return false
}

func (f floatType) add(_ *Context, a row) (types.Datum, error) {
	x, y := a[0].Float(), a[1].Float()
	return f.result(x+y, isInf(x, y), true)
}

func (f floatType) sub(_ *Context, a row) (types.Datum, error) {
	x, y := a[0].Float(), a[1].Float()
	return f.result(x-y, isInf(x, y), true)
}

func (f floatType) mul(_ *Context, a row) (types.Datum, error) {
	x, y := a[0].Float(), a[1].Float()
	return f.result(x*y, isInf(x, y), x == 0 || y == 0)
}

func (f floatType) div(_ *Context, a row) (types.Datum, error) {
	x, y := a[0].Float(), a[1].Float()
	if y == 0 && !math.IsNaN(x) {
		return types.Null, divisionByZero()
	}
	return f.result(x/y, math.IsInf(x, 0), x == 0 || math.IsInf(y, 0))
}

// float1 is a function of one float that cannot fail.
func float1(fn func(float64) float64) Func {
	return func(_ *Context, a row) (types.Datum, error) { return types.Float(fn(a[0].Float())), nil }
}

// float1Checked is a function of one finite or infinite float with a domain; infinities in may give infinities out.
func float1Checked(valid func(float64) bool, fn func(float64) float64) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		x := a[0].Float()
		if math.IsNaN(x) {
			return a[0], nil
		}
		if !valid(x) {
			return types.Null, inputOutOfRange()
		}
		v := fn(x)
		if math.IsInf(v, 0) && !math.IsInf(x, 0) {
			return types.Null, floatOverflow()
		}
		return types.Float(v), nil
	}
}

// cotangent is a function that is infinite at zero, which is no overflow.
func cotangent(valid func(float64) bool, fn func(float64) float64) Func {
	checked := float1Checked(valid, fn)
	return func(ctx *Context, a row) (types.Datum, error) {
		if x := a[0].Float(); x == 0 {
			return types.Float(1 / x), nil
		}
		return checked(ctx, a)
	}
}

func anyFloat(float64) bool     { return true }
func finite(x float64) bool     { return !math.IsInf(x, 0) }
func withinOne(x float64) bool  { return x >= -1 && x <= 1 }
func atLeastOne(x float64) bool { return x >= 1 }

func sqrtFloat(_ *Context, a row) (types.Datum, error) {
	x := a[0].Float()
	if x < 0 {
		return types.Null, pgerr.New(pgerrcode.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
	}
	return types.Float(math.Sqrt(x)), nil
}

// powFloat is POSIX pow with SQL's errors.
func powFloat(_ *Context, a row) (types.Datum, error) {
	x, y := a[0].Float(), a[1].Float()
	switch {
	case y == 0 || x == 1:
		return types.Float(1), nil
	case math.IsNaN(x) || math.IsNaN(y):
		return types.Float(math.NaN()), nil
	case x == 0 && y < 0:
		return types.Null, zeroToNegativePower()
	case x < 0 && math.Floor(y) != y:
		return types.Null, complexPower()
	}
	return floatType{}.result(math.Pow(x, y), isInf(x, y), x == 0 || isInf(x, y))
}

func zeroToNegativePower() error {
	return pgerr.New(pgerrcode.InvalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
}

func complexPower() error {
	return pgerr.New(pgerrcode.InvalidArgumentForPowerFunction, "a negative number raised to a non-integer power yields a complex result")
}

func expFloat(_ *Context, a row) (types.Datum, error) {
	x := a[0].Float()
	return floatType{}.result(math.Exp(x), math.IsInf(x, 0) || math.IsNaN(x), math.IsInf(x, -1))
}

func logFloat(fn func(float64) float64) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		x := a[0].Float()
		if err := logDomain(x == 0, x < 0); err != nil {
			return types.Null, err
		}
		return types.Float(fn(x)), nil
	}
}

func logDomain(zero, negative bool) error {
	switch {
	case zero:
		return pgerr.New(pgerrcode.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	case negative:
		return pgerr.New(pgerrcode.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
	}
	return nil
}

// naturalLog is math.Log, which on amd64 loses the exponent of subnormal numbers.
func naturalLog(x float64) float64 {
	if x > 0 && x < 0x1p-1022 {
		return math.Log(x*0x1p52) - 52*math.Ln2
	}
	return math.Log(x)
}

// decimalLog is exact for powers of ten, where math.Log10 may be one bit off.
func decimalLog(x float64) float64 {
	v := naturalLog(x) / math.Ln10
	if r := math.Round(v); math.Abs(v-r) < 1e-9 && math.Pow10(int(r)) == x {
		return r
	}
	return v
}

func atan2Float(_ *Context, a row) (types.Datum, error) {
	return types.Float(math.Atan2(a[0].Float(), a[1].Float())), nil
}

func signFloat(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

func random(ctx *Context, _ row) (types.Datum, error) {
	if s, ok := ctx.System.(RandomSource); ok {
		return types.Float(s.Random().Float64()), nil
	}
	return types.Float(rand.Float64()), nil
}

func randomNormal(ctx *Context, a row) (types.Datum, error) {
	z := 0.0
	if s, ok := ctx.System.(RandomSource); ok {
		z = s.Random().NormFloat64()
	} else {
		z = rand.NormFloat64()
	}
	return types.Float(a[0].Float() + a[1].Float()*z), nil
}

func setseed(ctx *Context, a row) (types.Datum, error) {
	seed := a[0].Float()
	if seed < -1 || seed > 1 || math.IsNaN(seed) {
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "setseed parameter %v is out of allowed range [-1,1]", seed)
	}
	s, ok := ctx.System.(RandomSource)
	if !ok {
		return types.Null, pgerr.Unimplemented("setseed")
	}
	*s.Random() = *rand.New(rand.NewPCG(math.Float64bits(seed), 0x9e3779b97f4a7c15))
	return types.Text(""), nil
}

// widthBucketFloat is the number of the histogram's bucket that x falls in.
func widthBucketFloat(_ *Context, a row) (types.Datum, error) {
	x, low, high, n := a[0].Float(), a[1].Float(), a[2].Float(), a[3].Int()
	if n <= 0 {
		return types.Null, bucketError("count must be greater than zero")
	}
	if math.IsNaN(x) || math.IsNaN(low) || math.IsNaN(high) {
		return types.Null, bucketError("operand, lower bound, and upper bound cannot be NaN")
	}
	if isInf(low, high) {
		return types.Null, bucketError("lower and upper bounds must be finite")
	}
	if low == high {
		return types.Null, bucketError("lower bound cannot equal upper bound")
	}
	before, after := x < low, x >= high
	if low > high {
		before, after = x > low, x <= high
	}
	switch {
	case before:
		return types.Int(0), nil
	case after:
		return int4Width.check(addInt(n, 1))
	}
	// Halved, so that bounds of opposite sign cannot overflow.
	v := int64((x/2-low/2)/(high/2-low/2)*float64(n)) + 1
	return types.Int(min(v, n)), nil
}

func bucketError(text string) error {
	return pgerr.New(pgerrcode.InvalidArgumentForWidthBucketFunction, "%s", text)
}

// floatFuncs are the symbols of the float types.
var floatFuncs = func() map[string]Func {
	t := map[string]Func{
		"dsqrt": sqrtFloat, "dcbrt": float1(math.Cbrt), "dpow": powFloat, "dexp": expFloat, "dlog1": logFloat(naturalLog), "dlog10": logFloat(decimalLog),
		"dround": float1(math.RoundToEven), "dceil": float1(math.Ceil), "dfloor": float1(math.Floor), "dtrunc": float1(math.Trunc), "dsign": float1(signFloat),
		"dsin": float1Checked(finite, math.Sin), "dcos": float1Checked(finite, math.Cos), "dtan": float1Checked(finite, math.Tan),
		"dcot":  cotangent(finite, func(x float64) float64 { return 1 / math.Tan(x) }),
		"dasin": float1Checked(withinOne, math.Asin), "dacos": float1Checked(withinOne, math.Acos), "datan": float1(math.Atan), "datan2": atan2Float,
		"dsinh": float1(math.Sinh), "dcosh": float1(math.Cosh), "dtanh": float1(math.Tanh), "dasinh": float1(math.Asinh),
		"dacosh": float1Checked(atLeastOne, math.Acosh), "datanh": atanh,
		"degrees": float1Checked(anyFloat, func(x float64) float64 { return x / (math.Pi / 180) }),
		"radians": float1Checked(anyFloat, func(x float64) float64 { return x * (math.Pi / 180) }),
		"dpi":     func(*Context, row) (types.Datum, error) { return types.Float(math.Pi), nil },
		"drandom": random, "drandom_normal": randomNormal, "setseed": setseed, "width_bucket_float8": widthBucketFloat,
		"derf": float1(math.Erf), "derfc": float1(math.Erfc),
		"dsind": degreeFunc(sind), "dcosd": degreeFunc(cosd), "dtand": degreeFunc(tand), "dcotd": cotangent(finite, cotd),
		"dasind": float1Checked(withinOne, asind), "dacosd": float1Checked(withinOne, acosd), "datand": float1(atand),
		"datan2d": func(_ *Context, a row) (types.Datum, error) {
			return types.Float(atan2d(a[0].Float(), a[1].Float())), nil
		},
	}
	for name, f := range map[string]floatType{"float4": {true}, "float8": {}, "float48": {}, "float84": {}} {
		t[name+"pl"], t[name+"mi"], t[name+"mul"], t[name+"div"] = f.add, f.sub, f.mul, f.div
	}
	for _, name := range []string{"float4", "float8"} {
		t[name+"um"] = float1(func(x float64) float64 { return -x })
		t[name+"up"] = identity
		t[name+"abs"] = float1(math.Abs)
		t[name+"larger"] = pick(compareFloats, 1)
		t[name+"smaller"] = pick(compareFloats, -1)
	}
	return t
}()

// atanh is infinite at the ends of its domain, where that is no overflow.
func atanh(ctx *Context, a row) (types.Datum, error) {
	if x := a[0].Float(); math.Abs(x) == 1 {
		return types.Float(math.Inf(int(x))), nil
	}
	return float1Checked(withinOne, math.Atanh)(ctx, a)
}

// compareFloats orders floats as SQL does: NaN equals NaN and is above everything.
func compareFloats(a, b types.Datum) int {
	x, y := a.Float(), b.Float()
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return 0
	case math.IsNaN(x) && math.IsNaN(y):
		return 0
	case math.IsNaN(x):
		return 1
	}
	return -1
}
