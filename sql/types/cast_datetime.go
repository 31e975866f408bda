package types

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// Casts between dates, times and intervals.

func init() {
	addCast(DateOID, TimestampOID, CastImplicit, func(env *Env, d Datum) (Datum, error) {
		v, err := DateToTimestamp(env, d.N, false)
		return Int(v), err
	})
	addCast(DateOID, TimestamptzOID, CastImplicit, func(env *Env, d Datum) (Datum, error) {
		v, err := DateToTimestamp(env, d.N, true)
		return Int(v), err
	})
	addCast(TimestampOID, TimestamptzOID, CastImplicit, func(env *Env, d Datum) (Datum, error) {
		v, err := ZonedTimestamp(d.N, env.loc())
		return Int(v), err
	})
	addCast(TimestamptzOID, TimestampOID, CastAssignment, func(env *Env, d Datum) (Datum, error) {
		v, err := LocalTimestamp(d.N, env.loc())
		return Int(v), err
	})
	addCast(TimestampOID, DateOID, CastAssignment, func(_ *Env, d Datum) (Datum, error) { return timestampDate(d.N), nil })
	addCast(TimestamptzOID, DateOID, CastAssignment, func(env *Env, d Datum) (Datum, error) {
		if isInfiniteTimestamp(d.N) {
			return timestampDate(d.N), nil
		}
		return timestampDate(localized(d.N, env.loc())), nil
	})
	addCast(TimestampOID, TimeOID, CastAssignment, clockOf(func(_ *Env, v int64) Datum {
		_, clock := splitTimestamp(v)
		return Int(clock)
	}))
	addCast(TimestamptzOID, TimeOID, CastAssignment, clockOf(func(env *Env, v int64) Datum {
		_, clock := splitTimestamp(localized(v, env.loc()))
		return Int(clock)
	}))
	addCast(TimestamptzOID, TimetzOID, CastAssignment, clockOf(func(env *Env, v int64) Datum {
		east := offsetAt(v, env.loc())
		_, clock := splitTimestamp(v + east*microsPerSecond)
		return TimeTZ(clock, int32(-east))
	}))
	addCast(TimeOID, IntervalOID, CastImplicit, func(_ *Env, d Datum) (Datum, error) { return Interval(0, 0, d.N), nil })
	addCast(IntervalOID, TimeOID, CastAssignment, func(_ *Env, d Datum) (Datum, error) {
		_, clock := splitTimestamp(d.N)
		return Int(clock), nil
	})
	addCast(TimetzOID, TimeOID, CastAssignment, func(_ *Env, d Datum) (Datum, error) { return Int(d.N), nil })
	addCast(TimeOID, TimetzOID, CastImplicit, func(env *Env, d Datum) (Datum, error) {
		t := dateText{env: env, have: timeParts}
		t.setClock(d.N)
		east, f := t.timeOffset()
		if f != noFault {
			return Datum{}, pgerr.New(pgerrcode.DatetimeFieldOverflow, "time out of range")
		}
		return TimeTZ(d.N, int32(-east)), nil
	})
	for _, oid := range []OID{TimeOID, TimetzOID, TimestampOID, TimestamptzOID, IntervalOID} {
		addCast(oid, oid, CastImplicit, same)
	}
}

func timestampDate(micros int64) Datum {
	switch micros {
	case TimestampInfinity:
		return Int(DateInfinity)
	case TimestampNegativeInfinity:
		return Int(DateNegativeInfinity)
	}
	days, _ := splitTimestamp(micros)
	return Int(days)
}

// clockOf gives NULL for an infinite timestamp, which has no time of day.
func clockOf(f func(env *Env, micros int64) Datum) castFunc {
	return func(env *Env, d Datum) (Datum, error) {
		if isInfiniteTimestamp(d.N) {
			return Null, nil
		}
		return f(env, d.N), nil
	}
}
