package exec

import (
	"math"
	"math/bits"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// arithmeticInPlace compiles +, - and * of integers and of float8 without a call; nil for all other calls. Overflows are 22003 as the
// functions report them.
func arithmeticInPlace(e *bound.Call, args []evaluator) evaluator {
	if len(args) != 2 || e.Fn == nil || e.Fn.OID == 0 || e.Op != "+" && e.Op != "-" && e.Op != "*" {
		return nil
	}
	a, b, ret := e.Args[0].Type().OID, e.Args[1].Type().OID, e.Typ.OID
	switch {
	case isInt(a) && isInt(b) && isInt(ret):
		return intArithmetic(e.Op[0], ret, args)
	case a == types.Float8OID && b == a && ret == a:
		return floatArithmetic(e.Op[0], args)
	}
	return nil
}

func intArithmetic(op byte, ret types.OID, args []evaluator) evaluator {
	lo, hi := intRange(types.T(ret))
	name := map[types.OID]string{types.Int2OID: "smallint", types.Int4OID: "integer", types.Int8OID: "bigint"}[ret]
	left, right := args[0], args[1]
	return func(f *frame) (types.Datum, error) {
		x, err := left(f)
		if err != nil || x.IsNull() {
			return types.Null, err
		}
		y, err := right(f)
		if err != nil || y.IsNull() {
			return types.Null, err
		}
		r, ok := intOp(op, x.N, y.N)
		if !ok || r < lo || r > hi {
			return types.Null, pgerr.New(pgerrcode.NumericValueOutOfRange, "%s out of range", name)
		}
		return types.Int(r), nil
	}
}

// intOp computes in 64 bits and tells whether the result fits.
func intOp(op byte, x, y int64) (int64, bool) {
	switch op {
	case '+':
		r := x + y
		return r, (r > x) == (y > 0)
	case '-':
		r := x - y
		return r, (r < x) == (y > 0)
	}
	high, low := bits.Mul64(magnitude(x), magnitude(y))
	if (x < 0) != (y < 0) {
		return -int64(low), high == 0 && low <= 1<<63
	}
	return int64(low), high == 0 && low < 1<<63
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func floatArithmetic(op byte, args []evaluator) evaluator {
	left, right := args[0], args[1]
	return func(f *frame) (types.Datum, error) {
		a, err := left(f)
		if err != nil || a.IsNull() {
			return types.Null, err
		}
		b, err := right(f)
		if err != nil || b.IsNull() {
			return types.Null, err
		}
		x, y := a.Float(), b.Float()
		var r float64
		switch op {
		case '+':
			r = x + y
		case '-':
			r = x - y
		default:
			if r = x * y; r == 0 && x != 0 && y != 0 {
				return types.Null, pgerr.New(pgerrcode.NumericValueOutOfRange, "value out of range: underflow")
			}
		}
		if math.IsInf(r, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
			return types.Null, pgerr.New(pgerrcode.NumericValueOutOfRange, "value out of range: overflow")
		}
		return types.Float(r), nil
	}
}
