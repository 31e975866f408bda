package funcs

import (
	"math"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

const (
	microsPerSecond = int64(1_000_000)
	microsPerDay    = 86_400 * microsPerSecond
	// Dates of the Julian calendar's day 0 and of the last day that fits.
	dateMin = -2451545
	dateMax = 2145031948
)

func fieldOverflow(text string) error { return pgerr.New(pgerrcode.DatetimeFieldOverflow, "%s", text) }

func infiniteDate(v int64) bool      { return v == math.MinInt32 || v == math.MaxInt32 }
func infiniteTimestamp(v int64) bool { return v == math.MinInt64 || v == math.MaxInt64 }

// addDays is date + integer.
func addDays(sign int64) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		d := a[0].Int()
		if infiniteDate(d) {
			return a[0], nil
		}
		if d += sign * a[1].Int(); d < dateMin || d > dateMax {
			return types.Null, fieldOverflow("date out of range")
		}
		return types.Int(d), nil
	}
}

// swapped calls fn with its two arguments exchanged.
func swapped(fn Func) Func {
	return func(ctx *Context, a row) (types.Datum, error) { return fn(ctx, row{a[1], a[0]}) }
}

func dateDiff(_ *Context, a row) (types.Datum, error) {
	if infiniteDate(a[0].Int()) || infiniteDate(a[1].Int()) {
		return types.Null, fieldOverflow("cannot subtract infinite dates")
	}
	return types.Int(a[0].Int() - a[1].Int()), nil
}

// plusInterval is timestamp + interval, or minus with negate; tz counts days in the session's time zone.
func plusInterval(tz, negate bool) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		return shiftTimestamp(ctx.Env, a[0].Int(), a[1], tz, negate)
	}
}

func shiftTimestamp(env *types.Env, micros int64, iv types.Datum, tz, negate bool) (types.Datum, error) {
	if negate {
		var err error
		if iv, err = types.IntervalNeg(iv); err != nil {
			return types.Null, err
		}
	}
	v, err := types.TimestampPlusInterval(env, micros, iv, tz)
	return types.Int(v), err
}

// datePlusInterval is date + interval, a timestamp.
func datePlusInterval(negate bool) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		ts, err := types.DateToTimestamp(ctx.Env, a[0].Int(), false)
		if err != nil {
			return types.Null, err
		}
		return shiftTimestamp(ctx.Env, ts, a[1], false, negate)
	}
}

// dateAdd is date_add(timestamptz, interval [, zone]), and date_subtract with negate.
func dateAdd(negate bool) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		env, err := zonedEnv(ctx, a, 2)
		if err != nil {
			return types.Null, err
		}
		return shiftTimestamp(env, a[0].Int(), a[1], true, negate)
	}
}

// zonedEnv is the session's Env with the time zone named by argument i, if there is one.
func zonedEnv(ctx *Context, a row, i int) (*types.Env, error) {
	if i >= len(a) {
		return ctx.Env, nil
	}
	loc, err := types.LoadZone(a[i].Text())
	if err != nil {
		return nil, err
	}
	env := *ctx.Env
	env.Location, env.LocationName = loc, a[i].Text()
	return &env, nil
}

func timestampDiff(_ *Context, a row) (types.Datum, error) {
	return types.TimestampDiff(a[0].Int(), a[1].Int())
}

// timeShift is time ± interval: only the interval's time of day counts, and the result wraps at midnight.
func timeShift(sign int64) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		v := (a[0].Int() + sign*(a[1].Int()%microsPerDay)) % microsPerDay
		if v < 0 {
			v += microsPerDay
		}
		return types.Datum{N: v, X: a[0].X}, nil
	}
}

func timeDiff(_ *Context, a row) (types.Datum, error) {
	return types.Interval(0, 0, a[0].Int()-a[1].Int()), nil
}

// dateAndTime joins a date and a time into a timestamp, or with tz a timestamptz of the session's zone.
func dateAndTime(tz bool) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		ts, err := types.DateToTimestamp(ctx.Env, a[0].Int(), false)
		if err != nil || infiniteTimestamp(ts) {
			return types.Int(ts), err
		}
		ts += a[1].Int()
		if tz {
			ts, err = types.ZonedTimestamp(ts, location(ctx.Env))
		}
		return types.Int(ts), err
	}
}

// dateAndZonedTime joins a date and a timetz into a timestamptz.
func dateAndZonedTime(ctx *Context, a row) (types.Datum, error) {
	ts, err := types.DateToTimestamp(ctx.Env, a[0].Int(), false)
	if err != nil || infiniteTimestamp(ts) {
		return types.Int(ts), err
	}
	return types.Int(ts + a[1].Int() + int64(a[1].TimeZone())*microsPerSecond), nil
}

func location(env *types.Env) *time.Location {
	if env.Location == nil {
		return time.UTC
	}
	return env.Location
}

func interval2(fn func(a, b types.Datum) (types.Datum, error)) Func {
	return func(_ *Context, a row) (types.Datum, error) { return fn(a[0], a[1]) }
}

func interval1(fn func(a types.Datum) (types.Datum, error)) Func {
	return func(_ *Context, a row) (types.Datum, error) { return fn(a[0]) }
}

func intervalScale(fn func(a types.Datum, f float64) (types.Datum, error)) Func {
	return func(_ *Context, a row) (types.Datum, error) { return fn(a[0], a[1].Float()) }
}

func intervalDivide(_ *Context, a row) (types.Datum, error) {
	if a[1].Float() == 0 {
		return types.Null, divisionByZero()
	}
	return types.IntervalDiv(a[0], a[1].Float())
}

// age is age(a, b), or counted from midnight today.
func age(tz bool) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		if len(a) == 2 {
			return types.TimestampAge(ctx.Env, a[0].Int(), a[1].Int(), tz)
		}
		today, err := types.DateToTimestamp(ctx.Env, currentDays(ctx.Env), tz)
		if err != nil {
			return types.Null, err
		}
		return types.TimestampAge(ctx.Env, today, a[0].Int(), tz)
	}
}

// currentDays is today's date in the session's time zone, at the transaction's start.
func currentDays(env *types.Env) int64 {
	return floorDiv(localNow(env), microsPerDay)
}

// localNow is the transaction's start as wall-clock time of the session's zone.
func localNow(env *types.Env) int64 {
	ts, err := types.LocalTimestamp(types.TimeToTimestamp(env.Now), location(env))
	if err != nil {
		return 0
	}
	return ts
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func moment(of func(ctx *Context) time.Time) Func {
	return func(ctx *Context, _ row) (types.Datum, error) { return types.Int(types.TimeToTimestamp(of(ctx))), nil }
}

func timeOfDay(ctx *Context, _ row) (types.Datum, error) {
	return types.Text(time.Now().In(location(ctx.Env)).Format("Mon Jan 02 15:04:05.000000 2006 MST")), nil
}

// extract is extract(field, v) as numeric.
func extract(t types.OID) Func {
	return func(ctx *Context, a row) (types.Datum, error) { return types.Extract(ctx.Env, a[0].Text(), t, a[1]) }
}

// datePart is extract as float8.
func datePart(t types.OID) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		v, err := types.Extract(ctx.Env, a[0].Text(), t, a[1])
		if err != nil || v.IsNull() {
			return v, err
		}
		f, err := types.NumericToFloat64(v.Numeric())
		return types.Float(f), err
	}
}

func dateTrunc(t types.OID) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		env, err := zonedEnv(ctx, a, 2)
		if err != nil {
			return types.Null, err
		}
		return types.DateTrunc(env, a[0].Text(), t, a[1])
	}
}

// dateBin is date_bin(stride, source, origin).
func dateBin(_ *Context, a row) (types.Datum, error) {
	stride, source, origin := a[0].Int(), a[1].Int(), a[2].Int()
	months, days := a[0].MonthsDays()
	switch {
	case infiniteTimestamp(source):
		return a[1], nil
	case infiniteTimestamp(origin):
		return types.Null, fieldOverflow("origin out of range")
	case months != 0:
		return types.Null, pgerr.New(pgerrcode.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years")
	}
	day, ok := mulInt(int64(days), microsPerDay)
	if stride, ok2 := addInt(stride, day); !ok || !ok2 {
		return types.Null, fieldOverflow("interval out of range")
	} else if stride <= 0 {
		return types.Null, fieldOverflow("stride must be greater than zero")
	} else if diff, ok := subInt(source, origin); !ok {
		return types.Null, fieldOverflow("interval out of range")
	} else {
		return types.Int(origin + floorDiv(diff, stride)*stride), nil
	}
}

func makeDate(_ *Context, a row) (types.Datum, error) {
	d, err := types.MakeDate(a[0].Int(), a[1].Int(), a[2].Int())
	return types.Int(d), err
}

func makeTime(_ *Context, a row) (types.Datum, error) {
	t, err := types.MakeTime(a[0].Int(), a[1].Int(), a[2].Float())
	return types.Int(t), err
}

// makeTimestamp is make_timestamp(year, month, day, hour, min, sec).
func makeTimestamp(_ *Context, a row) (types.Datum, error) {
	d, err := types.MakeDate(a[0].Int(), a[1].Int(), a[2].Int())
	if err != nil {
		return types.Null, err
	}
	t, err := types.MakeTime(a[3].Int(), a[4].Int(), a[5].Float())
	if err != nil {
		return types.Null, err
	}
	ts, err := types.DateToTimestamp(nil, d, false)
	return types.Int(ts + t), err
}

// makeTimestamptz is make_timestamp in the session's zone, or the one named last.
func makeTimestamptz(ctx *Context, a row) (types.Datum, error) {
	env, err := zonedEnv(ctx, a, 6)
	if err != nil {
		return types.Null, err
	}
	ts, err := makeTimestamp(ctx, a)
	if err != nil {
		return types.Null, err
	}
	v, err := types.ZonedTimestamp(ts.Int(), location(env))
	return types.Int(v), err
}

// makeInterval is make_interval(years, months, weeks, days, hours, mins, secs).
func makeInterval(_ *Context, a row) (types.Datum, error) {
	outOfRange := fieldOverflow("interval out of range")
	secs := a[6].Float()
	if math.IsNaN(secs) || math.IsInf(secs, 0) {
		return types.Null, outOfRange
	}
	months, days := a[0].Int()*12+a[1].Int(), a[2].Int()*7+a[3].Int()
	micros := math.RoundToEven(secs * float64(microsPerSecond))
	total, ok := addInt(a[4].Int()*3600*microsPerSecond+a[5].Int()*60*microsPerSecond, int64(micros))
	if months != int64(int32(months)) || days != int64(int32(days)) || math.Abs(micros) >= math.MaxInt64 || !ok {
		return types.Null, outOfRange
	}
	return types.Interval(int32(months), int32(days), total), nil
}

// fromEpoch is to_timestamp(float8).
func fromEpoch(_ *Context, a row) (types.Datum, error) {
	const epoch = 946684800 // of 2000-01-01
	s := a[0].Float()
	switch {
	case math.IsNaN(s):
		return types.Null, fieldOverflow("timestamp cannot be NaN")
	case math.IsInf(s, 1):
		return types.Int(math.MaxInt64), nil
	case math.IsInf(s, -1):
		return types.Int(math.MinInt64), nil
	case s < -210866803200 || s >= 9224318016000:
		return types.Null, pgerr.New(pgerrcode.DatetimeFieldOverflow, "timestamp out of range: \"%g\"", s)
	}
	return types.Int(int64(math.RoundToEven((s - epoch) * float64(microsPerSecond)))), nil
}

func isFinite(infinite func(int64) bool) Func {
	return func(_ *Context, a row) (types.Datum, error) { return types.Bool(!infinite(a[0].Int())), nil }
}

// atTimeZone is timezone(zone, v): a timestamp there becomes a timestamptz, and the reverse with local.
func atTimeZone(local bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		loc, err := types.LoadZone(a[0].Text())
		if err != nil {
			return types.Null, err
		}
		return convertZone(a[1], loc, local)
	}
}

func convertZone(v types.Datum, loc *time.Location, local bool) (types.Datum, error) {
	if infiniteTimestamp(v.Int()) {
		return v, nil
	}
	convert := types.ZonedTimestamp
	if local {
		convert = types.LocalTimestamp
	}
	ts, err := convert(v.Int(), loc)
	return types.Int(ts), err
}

// atTimeOffset is timezone(interval, v).
func atTimeOffset(local bool) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		if months, days := a[0].MonthsDays(); months != 0 || days != 0 {
			return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "interval time zone \"%s\" must not include months or days",
				types.FormatText(ctx.Env, types.IntervalOID, a[0]))
		}
		return convertZone(a[1], time.FixedZone("", int(a[0].Int()/microsPerSecond)), local)
	}
}

// timestampOf brings a date, timestamp or timestamptz to a common scale for comparison: wall-clock micros, or UTC when either is a timestamptz.
func timestampOf(ctx *Context, t types.OID, d types.Datum, utc bool) (int64, error) {
	switch {
	case t == types.DateOID && infiniteDate(d.Int()):
		if d.Int() < 0 {
			return math.MinInt64, nil
		}
		return math.MaxInt64, nil
	case t == types.DateOID:
		// A date beyond the timestamps' range still has its place in the order.
		if days := d.Int(); days > math.MaxInt64/microsPerDay-1 {
			return math.MaxInt64 - 1, nil
		}
		return types.DateToTimestamp(ctx.Env, d.Int(), utc)
	case t == types.TimestampOID && utc && !infiniteTimestamp(d.Int()):
		v, err := types.ZonedTimestamp(d.Int(), location(ctx.Env))
		if err != nil { // beyond the range there: still before or after every other moment
			if d.Int() < 0 {
				return math.MinInt64 + 1, nil
			}
			return math.MaxInt64 - 1, nil
		}
		return v, nil
	}
	return d.Int(), nil
}

func compareMoments(left, right types.OID, result func(c int) types.Datum) Func {
	utc := left == types.TimestamptzOID || right == types.TimestamptzOID
	return func(ctx *Context, a row) (types.Datum, error) {
		x, err := timestampOf(ctx, left, a[0], utc)
		if err != nil {
			return types.Null, err
		}
		y, err := timestampOf(ctx, right, a[1], utc)
		if err != nil {
			return types.Null, err
		}
		return result(compareInts(types.Int(x), types.Int(y))), nil
	}
}

var datetimeFuncs = func() map[string]Func {
	t := map[string]Func{
		"date_pli": addDays(1), "date_mii": addDays(-1), "integer_pl_date(integer, date)": swapped(addDays(1)), "date_mi": dateDiff,
		"date_pl_interval": datePlusInterval(false), "date_mi_interval": datePlusInterval(true),
		"interval_pl_date(interval, date)": swapped(datePlusInterval(false)),
		"timestamp_pl_interval":            plusInterval(false, false), "timestamp_mi_interval": plusInterval(false, true),
		"timestamptz_pl_interval": plusInterval(true, false), "timestamptz_mi_interval": plusInterval(true, true),
		"interval_pl_timestamp(interval, timestamp without time zone)": swapped(plusInterval(false, false)),
		"interval_pl_timestamptz(interval, timestamp with time zone)":  swapped(plusInterval(true, false)),
		"timestamptz_pl_interval_at_zone":                              dateAdd(false), "timestamptz_mi_interval_at_zone": dateAdd(true),
		"timestamp_mi": timestampDiff, "time_mi_time": timeDiff, "time_pl_interval": timeShift(1), "time_mi_interval": timeShift(-1),
		"timetz_pl_interval": timeShift(1), "timetz_mi_interval": timeShift(-1),
		"interval_pl_time(interval, time without time zone)": swapped(timeShift(1)),
		"interval_pl_timetz(interval, time with time zone)":  swapped(timeShift(1)),
		"datetimetz_timestamptz":                             dateAndZonedTime, "timetzdate_pl(time with time zone, date)": swapped(dateAndZonedTime),
		"datetime_timestamp": dateAndTime(false), "timedate_pl(time without time zone, date)": swapped(dateAndTime(false)),
		"timestamptz(date, time without time zone)": dateAndTime(true),
		"interval_pl": interval2(types.IntervalAdd), "interval_mi": interval2(types.IntervalSub), "interval_um": interval1(types.IntervalNeg),
		"interval_mul": intervalScale(types.IntervalMul), "mul_d_interval": swapped(intervalScale(types.IntervalMul)), "interval_div": intervalDivide,
		"interval_justify_hours": interval1(types.JustifyHours), "interval_justify_days": interval1(types.JustifyDays),
		"interval_justify_interval": interval1(types.JustifyInterval),
		"timestamp_age":             age(false), "timestamptz_age": age(true),
		"age(timestamp without time zone)": age(false), "age(timestamp with time zone)": age(true),
		"now":                   moment(func(ctx *Context) time.Time { return ctx.Env.Now }),
		"statement_timestamp":   moment(func(ctx *Context) time.Time { return ctx.StatementTime }),
		"clock_timestamp":       moment(func(*Context) time.Time { return time.Now() }),
		"timeofday":             timeOfDay,
		"date_part(text, date)": datePart(types.DateOID), "timestamp_bin": dateBin, "timestamptz_bin": dateBin,
		"interval_trunc": dateTrunc(types.IntervalOID), "timestamp_trunc": dateTrunc(types.TimestampOID),
		"timestamptz_trunc": dateTrunc(types.TimestamptzOID), "timestamptz_trunc_zone": dateTrunc(types.TimestamptzOID),
		"make_date": makeDate, "make_time": makeTime, "make_timestamp": makeTimestamp, "make_timestamptz": makeTimestamptz,
		"make_timestamptz_at_timezone": makeTimestamptz, "make_interval": makeInterval, "float8_timestamptz": fromEpoch,
		"date_finite": isFinite(infiniteDate), "timestamp_finite": isFinite(infiniteTimestamp),
		"interval_finite": isFinite(func(int64) bool { return false }),
		"timestamp_zone":  atTimeZone(false), "timestamptz_zone": atTimeZone(true), "timestamp_izone": atTimeOffset(false), "timestamptz_izone": atTimeOffset(true),
	}
	for prefix, oid := range map[string]types.OID{
		"date": types.DateOID, "time": types.TimeOID, "timetz": types.TimetzOID, "timestamp": types.TimestampOID,
		"timestamptz": types.TimestamptzOID, "interval": types.IntervalOID,
	} {
		t["extract_"+prefix] = extract(oid)
		t[prefix+"_part"] = datePart(oid)
	}
	moments := map[string]types.OID{"date": types.DateOID, "timestamp": types.TimestampOID, "timestamptz": types.TimestamptzOID}
	for left, l := range moments {
		for right, r := range moments {
			if l == r {
				continue
			}
			for name, test := range tests {
				t[left+"_"+name+"_"+right] = compareMoments(l, r, func(c int) types.Datum { return types.Bool(test(c)) })
			}
			t[left+"_cmp_"+right] = compareMoments(l, r, func(c int) types.Datum { return types.Int(int64(c)) })
		}
	}
	return t
}()

// makeIntervalDefaults are make_interval's, all zero.
var makeIntervalDefaults = []types.Datum{
	types.Int(0), types.Int(0), types.Int(0), types.Int(0), types.Int(0), types.Int(0), types.Float(0),
}
