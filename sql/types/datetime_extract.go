package types

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// extractUnit finds the field that EXTRACT names.
func extractUnit(name string, oid OID) (unit, error) {
	lower := strings.ToLower(name)
	if u, ok := lookupUnit(lower); ok {
		return u, nil
	}
	switch w := dateWords[lower]; {
	case w.kind == unitWord:
		return unit(w.value), nil
	case w.kind == reservedWord && w.value == wordEpoch:
		return unitEpoch, nil
	case w.kind == reservedWord:
		return unitNone, unitNotSupported(name, oid)
	}
	return unitNone, unitNotRecognized(name, oid)
}

func unitNotRecognized(name string, oid OID) error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "unit \"%s\" not recognized for type %s", strings.ToLower(name), TypeName(oid))
}

func unitNotSupported(name string, oid OID) *pgerr.Error {
	return pgerr.New(pgerrcode.FeatureNotSupported, "unit \"%s\" not supported for type %s", strings.ToLower(name), TypeName(oid))
}

// scaledNumeric is v×10^-scale.
func scaledNumeric(v int64, scale int32) Datum {
	d := NumericFromInt64(v)
	d.Exponent = -scale
	return Numeric(d)
}

func intNumeric(v int64) Datum { return scaledNumeric(v, 0) }

// Extract is EXTRACT(field FROM v) as numeric, for date, time, timetz, timestamp, timestamptz and interval. For an infinite v it is
// an infinity, or NULL for fields that go round. Errors: 22023 for an unknown field, 0A000 for one that the type does not have.
func Extract(env *Env, name string, oid OID, v Datum) (Datum, error) {
	u, err := extractUnit(name, oid)
	if err != nil {
		return Datum{}, err
	}
	var result Datum
	var ok bool
	switch oid {
	case DateOID:
		if isInfiniteDate(v.N) {
			result, ok = extractInfinite(u, v.N < 0, false)
		} else {
			result, ok = extractDate(u, v.N)
		}
	case TimestampOID, TimestamptzOID:
		switch {
		case isInfiniteTimestamp(v.N):
			result, ok = extractInfinite(u, v.N < 0, true)
		case oid == TimestampOID:
			result, ok, err = extractTimestamp(u, v.N, v.N)
		default:
			result, ok, err = extractTimestampTZ(u, v.N, offsetAt(v.N, orZero(env).loc()))
		}
	case TimeOID:
		result, ok = extractTime(u, v.N, v.N)
	case TimetzOID:
		if result, ok = extractZone(u, -int64(v.TimeZone())); !ok {
			result, ok = extractTime(u, v.N, timetzMoment(v))
		}
	case IntervalOID:
		result, ok = extractInterval(u, v)
	}
	if !ok && err == nil {
		err = unitNotSupported(name, oid)
	}
	return result, err
}

// extractInfinite gives NULL for the fields that go round and an infinity for those that only grow.
func extractInfinite(u unit, negative, hasTime bool) (Datum, bool) {
	switch u {
	case unitYear, unitDecade, unitCentury, unitMillennium, unitJulian, unitISOYear, unitEpoch:
		return Numeric(numericInf(negative)), true
	case unitDay, unitMonth, unitQuarter, unitWeek, unitDow, unitISODow, unitDoy:
		return Null, true
	case unitMicrosecond, unitMillisecond, unitSecond, unitMinute, unitHour, unitTimezone, unitTimezoneHour, unitTimezoneMinute:
		return Null, hasTime
	}
	return Datum{}, false
}

// yearOf turns the astronomical year, which has a year 0, into the one that people count.
func yearOf(year int64) int64 {
	if year > 0 {
		return year
	}
	return year - 1
}

// yearsOf counts the periods of years that begin with year 1: centuries and millennia.
func yearsOf(year, length int64) int64 {
	if year > 0 {
		return (year + length - 1) / length
	}
	return -((length - 1 - (year - 1)) / length)
}

func decadeOf(year int64) int64 {
	if year >= 0 {
		return year / 10
	}
	return -((8 - (year - 1)) / 10)
}

// isoWeek is the week by ISO 8601 and the year that it belongs to.
func isoWeek(days int64) (year, week int64) {
	thursday := days - (weekday(days)+6)%7 + 3 // of the same week
	year, _, _ = DateOf(thursday)
	return year, (thursday-DaysOf(year, 1, 1))/7 + 1
}

func extractDate(u unit, days int64) (Datum, bool) {
	year, month, day := DateOf(days)
	switch u {
	case unitDay:
		return intNumeric(day), true
	case unitMonth:
		return intNumeric(month), true
	case unitQuarter:
		return intNumeric((month-1)/3 + 1), true
	case unitWeek:
		_, week := isoWeek(days)
		return intNumeric(week), true
	case unitYear:
		return intNumeric(yearOf(year)), true
	case unitDecade:
		return intNumeric(decadeOf(year)), true
	case unitCentury:
		return intNumeric(yearsOf(year, 100)), true
	case unitMillennium:
		return intNumeric(yearsOf(year, 1000)), true
	case unitJulian:
		return intNumeric(days + epochJulian), true
	case unitISOYear:
		year, _ = isoWeek(days)
		return intNumeric(yearOf(year)), true
	case unitDow:
		return intNumeric(weekday(days)), true
	case unitISODow:
		return intNumeric((weekday(days)+6)%7 + 1), true
	case unitDoy:
		return intNumeric(days - DaysOf(year, 1, 1) + 1), true
	case unitEpoch:
		return intNumeric((days - unixEpochDays) * secondsPerDay), true
	}
	return Datum{}, false
}

// extractTime reads a time of day; epoch is measured from moment.
func extractTime(u unit, clock, moment int64) (Datum, bool) {
	switch u {
	case unitMicrosecond:
		return intNumeric(clock % microsPerMinute), true
	case unitMillisecond:
		return scaledNumeric(clock%microsPerMinute, 3), true
	case unitSecond:
		return scaledNumeric(clock%microsPerMinute, 6), true
	case unitMinute:
		return intNumeric(clock / microsPerMinute % 60), true
	case unitHour:
		return intNumeric(clock / microsPerHour), true
	case unitEpoch:
		return scaledNumeric(moment, 6), true
	}
	return Datum{}, false
}

// extractTimestamp reads what clocks show; moment is the same in UTC.
func extractTimestamp(u unit, local, moment int64) (Datum, bool, error) {
	days, clock := splitTimestamp(local)
	switch u {
	case unitEpoch:
		v, err := NumericSub(scaledNumeric(moment, 6).Numeric(), scaledNumeric(unixEpochMicros, 6).Numeric())
		return Numeric(v), true, err
	case unitJulian:
		v, err := NumericDiv(NumericFromInt64(clock), NumericFromInt64(microsPerDay))
		if err == nil {
			v, err = NumericAdd(v, NumericFromInt64(days+epochJulian))
		}
		return Numeric(v), true, err
	}
	if v, ok := extractDate(u, days); ok {
		return v, true, nil
	}
	v, ok := extractTime(u, clock, 0)
	return v, ok, nil
}

func extractTimestampTZ(u unit, micros, east int64) (Datum, bool, error) {
	if v, ok := extractZone(u, east); ok {
		return v, true, nil
	}
	return extractTimestamp(u, micros+east*microsPerSecond, micros)
}

func extractZone(u unit, east int64) (Datum, bool) {
	switch u {
	case unitTimezone:
		return intNumeric(east), true
	case unitTimezoneHour:
		return intNumeric(east / 3600), true
	case unitTimezoneMinute:
		return intNumeric(east / 60 % 60), true
	}
	return Datum{}, false
}

func extractInterval(u unit, v Datum) (Datum, bool) {
	months, days := v.MonthsDays()
	years := int64(months / 12)
	switch u {
	case unitDay:
		return intNumeric(int64(days)), true
	case unitMonth:
		return intNumeric(int64(months % 12)), true
	case unitQuarter:
		return intNumeric(int64(months%12/3) + 1), true
	case unitYear:
		return intNumeric(years), true
	case unitDecade:
		return intNumeric(years / 10), true
	case unitCentury:
		return intNumeric(years / 100), true
	case unitMillennium:
		return intNumeric(years / 1000), true
	case unitEpoch:
		// A year is 365.25 days here, a month 30.
		quarterDays := 1461*years + 4*daysPerMonth*int64(months%12) + 4*int64(days)

		sum, err := NumericAdd(NumericFromInt64(quarterDays*(secondsPerDay/4)), scaledNumeric(v.N, 6).Numeric())
		return Numeric(sum), err == nil
	}
	return extractTime(u, v.N, 0)
}

// DateTrunc is date_trunc(unit, v) for timestamp, timestamptz (in the session's time zone) and interval. Errors: 22023, 0A000, 22008.
func DateTrunc(env *Env, name string, oid OID, v Datum) (Datum, error) {
	if oid != IntervalOID && isInfiniteTimestamp(v.N) {
		return v, nil
	}
	u, ok := lookupUnit(strings.ToLower(name))
	if !ok {
		return Datum{}, unitNotRecognized(name, oid)
	}
	if oid == IntervalOID {
		return truncInterval(u, name, v)
	}
	loc := orZero(env).loc()
	local := v.N
	if oid == TimestamptzOID {
		local = localized(v.N, loc)
	}
	truncated, ok := truncTimestamp(u, local)
	if !ok {
		return Datum{}, unitNotSupported(name, oid)
	}
	if oid == TimestamptzOID {
		if u >= unitDay {
			truncated = zoned(truncated, loc)
		} else {
			truncated -= local - v.N
		}
	}
	if !validTimestamp(truncated) {
		return Datum{}, timestampOutOfRange()
	}
	return Int(truncated), nil
}

func truncTimestamp(u unit, local int64) (int64, bool) {
	days, clock := splitTimestamp(local)
	year, month, _ := DateOf(days)
	switch u {
	case unitMicrosecond:
		return local, true
	case unitMillisecond:
		return local - clock%1000, true
	case unitSecond:
		return local - clock%microsPerSecond, true
	case unitMinute:
		return local - clock%microsPerMinute, true
	case unitHour:
		return local - clock%microsPerHour, true
	case unitDay:
		return days * microsPerDay, true
	case unitWeek:
		return (days - (weekday(days)+6)%7) * microsPerDay, true
	case unitMonth:
	case unitQuarter:
		month -= (month - 1) % 3
	case unitYear:
		month = 1
	case unitDecade:
		year, month = decadeOf(year)*10, 1
	case unitCentury:
		year, month = firstYear(yearsOf(year, 100), 100), 1
	case unitMillennium:
		year, month = firstYear(yearsOf(year, 1000), 1000), 1
	default:
		return 0, false
	}
	return DaysOf(year, month, 1) * microsPerDay, true
}

// firstYear is the first year of the nth period of years, as the calendar with a year 0 counts it.
func firstYear(n, length int64) int64 {
	if n > 0 {
		return n*length - length + 1
	}
	return n*length + 1
}

func truncInterval(u unit, name string, v Datum) (Datum, error) {
	months, days := v.MonthsDays()
	switch u {
	case unitMicrosecond:
		return v, nil
	case unitMillisecond:
		return Interval(months, days, v.N/1000*1000), nil
	case unitSecond:
		return Interval(months, days, v.N/microsPerSecond*microsPerSecond), nil
	case unitMinute:
		return Interval(months, days, v.N/microsPerMinute*microsPerMinute), nil
	case unitHour:
		return Interval(months, days, v.N/microsPerHour*microsPerHour), nil
	case unitDay:
		return Interval(months, days, 0), nil
	case unitWeek:
		return Datum{}, unitNotSupported(name, IntervalOID).WithDetail("Months usually have fractional weeks.")
	}
	length := map[unit]int32{unitMonth: 1, unitQuarter: 3, unitYear: 12, unitDecade: 120, unitCentury: 1200, unitMillennium: 12000}[u]
	if length == 0 {
		return Datum{}, unitNotSupported(name, IntervalOID)
	}
	return Interval(months/length*length, 0, 0), nil
}
