package types

import (
	"math"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// Dates and times count from 2000-01-01 00:00, as Postgres does. The calendar is Gregorian at all times.
const (
	microsPerSecond = 1000000
	microsPerMinute = 60 * microsPerSecond
	microsPerHour   = 60 * microsPerMinute
	microsPerDay    = 24 * microsPerHour
	secondsPerDay   = 86400
	daysPerMonth    = 30 // of an interval whose months must be counted in days
	monthsPerYear   = 12

	epochJulian     = 2451545 // 2000-01-01 as a Julian day
	unixEpochDays   = -10957  // 1970-01-01
	unixEpochMicros = unixEpochDays * microsPerDay

	// The first moment, and the first after the last: 4714-11-24 BC and 294277-01-01.
	timestampMin = -211813488000000000
	timestampEnd = 9223371331200000000

	dateMin = -epochJulian             // 4714-11-24 BC
	dateEnd = 2147483494 - epochJulian // 5874898-01-01
)

// The infinities.
const (
	TimestampInfinity         int64 = math.MaxInt64
	TimestampNegativeInfinity int64 = math.MinInt64
	DateInfinity              int64 = math.MaxInt32
	DateNegativeInfinity      int64 = math.MinInt32
)

func isInfiniteTimestamp(micros int64) bool {
	return micros == TimestampInfinity || micros == TimestampNegativeInfinity
}

func isInfiniteDate(days int64) bool { return days == DateInfinity || days == DateNegativeInfinity }

func validTimestamp(micros int64) bool { return micros >= timestampMin && micros < timestampEnd }

func validDate(days int64) bool { return days >= dateMin && days < dateEnd }

func timestampOutOfRange() error {
	return pgerr.New(pgerrcode.DatetimeFieldOverflow, "timestamp out of range")
}

func dateOutOfRange() error { return pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range") }

// DaysOf is the date of a day in the Gregorian calendar; year 0 is 1 BC. The day may lie outside its month.
func DaysOf(year, month, day int64) int64 {
	// Years begin in March, so that the leap day is the last. Source: the days-from-civil algorithm, H. Hinnant, "chrono-Compatible
	// Low-Level Date Algorithms".
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	yearOfEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return era*146097 + dayOfEra - 730425
}

// DateOf is the inverse of DaysOf.
func DateOf(days int64) (year, month, day int64) {
	days += 730425
	era := floorDiv(days, 146097)
	dayOfEra := days - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	m := (5*dayOfYear + 2) / 153
	day = dayOfYear - (153*m+2)/5 + 1
	month, year = m+3, yearOfEra+era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

func isLeap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysInMonth(year, month int64) int64 {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if isLeap(year) {
			return 29
		}
		return 28
	}
	return 31
}

// splitTimestamp is the day and the microseconds since its midnight.
func splitTimestamp(micros int64) (days, ofDay int64) {
	days = floorDiv(micros, microsPerDay)
	return days, micros - days*microsPerDay
}

// TimestampToTime is the moment of a finite timestamp, in UTC.
func TimestampToTime(micros int64) time.Time {
	seconds := floorDiv(micros, microsPerSecond)
	return time.Unix(seconds-unixEpochDays*secondsPerDay, (micros-seconds*microsPerSecond)*1000).UTC()
}

// TimeToTimestamp is a moment in microseconds since 2000-01-01 UTC, rounded down.
func TimeToTimestamp(t time.Time) int64 {
	return (t.Unix()+unixEpochDays*secondsPerDay)*microsPerSecond + int64(t.Nanosecond())/1000
}

// DateToTimestamp is the midnight that begins a date; with tz it is midnight in the session's time zone. Errors: 22008.
func DateToTimestamp(env *Env, days int64, tz bool) (int64, error) {
	switch {
	case days == DateInfinity:
		return TimestampInfinity, nil
	case days == DateNegativeInfinity:
		return TimestampNegativeInfinity, nil
	case days < timestampMin/microsPerDay || days >= timestampEnd/microsPerDay:
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range for timestamp")
	}
	micros := days * microsPerDay
	if !tz {
		return micros, nil
	}
	micros = zoned(micros, orZero(env).loc())
	if !validTimestamp(micros) {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range for timestamp")
	}
	return micros, nil
}

// MakeDate is make_date(); a negative year is BC. Errors: 22008.
func MakeDate(year, month, day int64) (int64, error) {
	y := year
	if y < 0 {
		y++
	}
	if year == 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(y, month) {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date field value out of range: %d-%02d-%02d", year, month, day)
	}
	days := DaysOf(y, month, day)
	if !validDate(days) {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range: %d-%02d-%02d", year, month, day)
	}
	return days, nil
}

// MakeTime is make_time(): microseconds since midnight. Errors: 22008.
func MakeTime(hour, minute int64, second float64) (int64, error) {
	micros := math.RoundToEven(second * microsPerSecond)
	total := hour*microsPerHour + minute*microsPerMinute
	if hour < 0 || hour > 24 || minute < 0 || minute > 59 || !(micros >= 0 && micros <= microsPerMinute) || total+int64(micros) > microsPerDay {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "time field value out of range: %d:%02d:%02g", hour, minute, second)
	}
	return total + int64(micros), nil
}
