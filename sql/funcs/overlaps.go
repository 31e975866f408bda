package funcs

import (
	"strings"

	"vecgres/sql/types"
)

// OVERLAPS, the predicate over two periods: a period is two times in any order, or a time and its length. An end that is NULL leaves the answer
// unknown unless the other ends decide it.

// period is two times, the earlier first; when only one is known it is the start.
type period struct{ start, end types.Datum }

// newPeriod orders two times; false when neither is known.
func newPeriod(t types.OID, a, b types.Datum) (period, bool) {
	switch {
	case a.IsNull():
		return period{b, types.Null}, !b.IsNull()
	case !b.IsNull() && types.Compare(t, a, b) > 0:
		return period{b, a}, true
	}
	return period{a, b}, true
}

func overlap(t types.OID, a row) types.Datum {
	p, ok := newPeriod(t, a[0], a[1])
	q, ok2 := newPeriod(t, a[2], a[3])
	if !ok || !ok2 {
		return types.Null
	}
	c := types.Compare(t, p.start, q.start)
	if c > 0 {
		p, q = q, p
	}
	switch {
	case c != 0 && !p.end.IsNull() && types.Compare(t, q.start, p.end) < 0:
		return types.Bool(true)
	case p.end.IsNull() || q.end.IsNull():
		return types.Null
	}
	return types.Bool(c == 0)
}

// overlapFunc is overlaps over times of type t; where lengths says so, a period's second value is an interval, added by plus.
func overlapFunc(t types.OID, plus Func, lengths [2]bool) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		ends := row{a[0], a[1], a[2], a[3]}
		for i, isLength := range lengths {
			start, end := a[2*i], &ends[2*i+1]
			if !isLength || end.IsNull() {
				continue
			}
			if start.IsNull() {
				*end = types.Null
				continue
			}
			var err error
			if *end, err = plus(ctx, row{start, *end}); err != nil {
				return types.Null, err
			}
		}
		return overlap(t, ends), nil
	}
}

var overlapFuncs = func() map[string]Func {
	stamps := overlapFunc(types.TimestampOID, nil, [2]bool{})
	t := map[string]Func{
		"overlaps_timestamp": stamps,
		"overlaps_time":      overlapFunc(types.TimeOID, nil, [2]bool{}), "overlaps_timetz": overlapFunc(types.TimetzOID, nil, [2]bool{}),
	}
	for name, of := range map[string]struct {
		t    types.OID
		plus Func
	}{
		"timestamp with time zone":    {types.TimestamptzOID, plusInterval(true, false)},
		"timestamp without time zone": {types.TimestampOID, plusInterval(false, false)},
		"time without time zone":      {types.TimeOID, timeShift(1)},
	} {
		for _, lengths := range [][2]bool{{true, true}, {false, true}, {true, false}} {
			args := []string{name, name, name, name}
			for i, isLength := range lengths {
				if isLength {
					args[2*i+1] = "interval"
				}
			}
			t["overlaps("+strings.Join(args, ", ")+")"] = overlapFunc(of.t, of.plus, lengths)
		}
	}
	return t
}()
