package funcs

import (
	"math"
	"math/bits"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// row is the arguments of one call.
type row = []types.Datum

// width is what differs between the integer types.
type width struct {
	min, max int64
	name     string
	bits     uint
}

var (
	int2Width = width{math.MinInt16, math.MaxInt16, "smallint", 16}
	int4Width = width{math.MinInt32, math.MaxInt32, "integer", 32}
	int8Width = width{math.MinInt64, math.MaxInt64, "bigint", 64}
)

func (w width) outOfRange() error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "%s out of range", w.name)
}

func divisionByZero() error { return pgerr.New(pgerrcode.DivisionByZero, "division by zero") }

// check makes an integer of the width from an exact result; ok false means that int64 itself overflowed.
func (w width) check(v int64, ok bool) (types.Datum, error) {
	if !ok || v < w.min || v > w.max {
		return types.Null, w.outOfRange()
	}
	return types.Int(v), nil
}

// intBinary is an integer operator with its overflow check.
func intBinary(w width, op func(a, b int64) (int64, bool)) Func {
	return func(_ *Context, a row) (types.Datum, error) { return w.check(op(a[0].Int(), a[1].Int())) }
}

func intUnary(w width, op func(a int64) (int64, bool)) Func {
	return func(_ *Context, a row) (types.Datum, error) { return w.check(op(a[0].Int())) }
}

// intPlain is an integer function that cannot overflow.
func intPlain(op func(a, b int64) int64) Func {
	return func(_ *Context, a row) (types.Datum, error) { return types.Int(op(a[0].Int(), a[1].Int())), nil }
}

func addInt(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

func subInt(a, b int64) (int64, bool) {
	c := a - b
	return c, (c < a) == (b > 0)
}

func mulInt(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	if a == math.MinInt64 && b == -1 || b == math.MinInt64 && a == -1 {
		return 0, false
	}
	c := a * b
	return c, c/b == a
}

func negInt(a int64) (int64, bool) { return -a, a != math.MinInt64 }

func absInt(a int64) (int64, bool) {
	if a < 0 {
		return negInt(a)
	}
	return a, true
}

func intDivide(w width) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		x, y := a[0].Int(), a[1].Int()
		switch y {
		case 0:
			return types.Null, divisionByZero()
		case -1:
			return w.check(negInt(x))
		}
		return types.Int(x / y), nil
	}
}

func intModulo(_ *Context, a row) (types.Datum, error) {
	switch y := a[1].Int(); y {
	case 0:
		return types.Null, divisionByZero()
	case -1:
		return types.Int(0), nil
	default:
		return types.Int(a[0].Int() % y), nil
	}
}

// gcdInt is the greatest common divisor; false when it is the one that int64 cannot hold.
func gcdInt(a, b int64) (int64, bool) {
	for b != 0 {
		if b == -1 {
			return 1, true
		}
		a, b = b, a%b
	}
	return absInt(a)
}

func lcmInt(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	g, ok := gcdInt(a, b)
	if !ok {
		return 0, false
	}
	m, ok := mulInt(a/g, b)
	if !ok {
		return 0, false
	}
	return absInt(m)
}

// shift wraps as the machine's instruction does: the count is taken modulo the register's width, and smallint shifts as an integer.
func shift(w width, left bool) Func {
	mask := uint64(31)
	if w.bits == 64 {
		mask = 63
	}
	return intPlain(func(a, b int64) int64 {
		n := uint64(b) & mask
		if !left {
			return a >> n
		}
		switch w.bits {
		case 16:
			return int64(int16(int32(a) << n))
		case 32:
			return int64(int32(a) << n)
		}
		return a << n
	})
}

func identity(_ *Context, a row) (types.Datum, error) { return a[0], nil }

// intFuncs are the symbols of the integer types, for each width and each pair of widths.
var intFuncs = func() map[string]Func {
	t := map[string]Func{}
	for pair, w := range map[string]width{
		"int2": int2Width, "int4": int4Width, "int8": int8Width, "int24": int4Width, "int42": int4Width,
		"int28": int8Width, "int82": int8Width, "int48": int8Width, "int84": int8Width,
	} {
		t[pair+"pl"] = intBinary(w, addInt)
		t[pair+"mi"] = intBinary(w, subInt)
		t[pair+"mul"] = intBinary(w, mulInt)
		t[pair+"div"] = intDivide(w)
	}
	for name, w := range map[string]width{"int2": int2Width, "int4": int4Width, "int8": int8Width} {
		t[name+"mod"] = intModulo
		t[name+"um"] = intUnary(w, negInt)
		t[name+"up"] = identity
		t[name+"abs"] = intUnary(w, absInt)
		t[name+"gcd"] = intBinary(w, gcdInt)
		t[name+"lcm"] = intBinary(w, lcmInt)
		t[name+"and"] = intPlain(func(a, b int64) int64 { return a & b })
		t[name+"or"] = intPlain(func(a, b int64) int64 { return a | b })
		t[name+"xor"] = intPlain(func(a, b int64) int64 { return a ^ b })
		t[name+"not"] = intUnary(w, func(a int64) (int64, bool) { return ^a, true })
		t[name+"shl"] = shift(w, true)
		t[name+"shr"] = shift(w, false)
		t[name+"larger"] = intPlain(func(a, b int64) int64 { return max(a, b) })
		t[name+"smaller"] = intPlain(func(a, b int64) int64 { return min(a, b) })
		t[name+"inc"] = intUnary(w, func(a int64) (int64, bool) { return addInt(a, 1) })
	}
	t["bytea_bit_count"] = func(_ *Context, a row) (types.Datum, error) {
		n := 0
		for _, b := range []byte(a[0].Text()) {
			n += bits.OnesCount8(b)
		}
		return types.Int(int64(n)), nil
	}
	return t
}()
