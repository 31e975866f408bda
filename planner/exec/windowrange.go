package exec

import (
	"math"

	"vecgres/sql/types"
)

// rangeMove is how RANGE … PRECEDING and FOLLOWING move a value of the order column's type by an offset; nil for types without it.
// Sums beyond a type's range stop at its end.
func rangeMove(rt *runtime, oid types.OID) func(v, offset types.Datum, back bool) (types.Datum, error) {
	switch {
	case isInt(oid):
		return moveInt
	case numberClass(oid) == 'f':
		return moveFloat
	case oid == types.NumericOID:
		return moveNumeric
	case oid == types.DateOID, oid == types.TimestampOID, oid == types.TimestamptzOID:
		return func(v, offset types.Datum, back bool) (types.Datum, error) { return moveTime(rt, oid, v, offset, back) }
	}
	return nil
}

func moveInt(v, offset types.Datum, back bool) (types.Datum, error) {
	op, end := byte('+'), int64(math.MaxInt64)
	if back {
		op, end = '-', math.MinInt64
	}
	r, ok := intOp(op, v.N, offset.N)
	if !ok {
		r = end
	}
	return types.Int(r), nil
}

func moveFloat(v, offset types.Datum, back bool) (types.Datum, error) {
	d := offset.Float()
	if back {
		d = -d
	}
	return types.Float(v.Float() + d), nil
}

func moveNumeric(v, offset types.Datum, back bool) (types.Datum, error) {
	op := types.NumericAdd
	if back {
		op = types.NumericSub
	}
	r, err := op(v.Numeric(), offset.Numeric())
	if err != nil {
		return types.Null, err
	}
	return types.Numeric(r), nil
}

// microsPerDay turns days into microseconds.
const microsPerDay = 24 * 60 * 60 * 1000000

// moveTime moves a date or timestamp by an interval. A date's result is compared as the day that it falls into, a fraction counting up.
func moveTime(rt *runtime, oid types.OID, v, offset types.Datum, back bool) (types.Datum, error) {
	if back {
		var err error
		if offset, err = types.IntervalNeg(offset); err != nil {
			return types.Null, err
		}
	}
	if oid != types.DateOID {
		n, err := types.TimestampPlusInterval(rt.funcs.Env, v.N, offset, oid == types.TimestamptzOID)
		return types.Int(n), err
	}
	if v.N == math.MinInt32 || v.N == math.MaxInt32 {
		return v, nil
	}
	n, err := types.TimestampPlusInterval(rt.funcs.Env, v.N*microsPerDay, offset, false)
	if err != nil {
		return types.Null, err
	}
	day := n / microsPerDay
	if n%microsPerDay < 0 {
		day--
	}
	if back && n%microsPerDay != 0 {
		day++ // days at or after a moment within a day begin with the next one
	}
	return types.Int(day), nil
}

// negative tells whether an offset for an order column of a type (0: a number of rows or groups) is below zero.
func negative(order types.OID, d types.Datum) bool {
	switch {
	case numberClass(order) == 'f':
		return d.Float() < 0
	case order == types.NumericOID:
		return d.Numeric().Negative && !d.Numeric().IsZero()
	case order == types.DateOID, order == types.TimestampOID, order == types.TimestamptzOID:
		return types.Compare(types.IntervalOID, d, types.Interval(0, 0, 0)) < 0
	}
	return d.N < 0
}
