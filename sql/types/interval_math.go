package types

import (
	"math"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// IntervalAdd is a + b, part by part. Errors: 22008.
func IntervalAdd(a, b Datum) (Datum, error) {
	monthsA, daysA := a.MonthsDays()
	monthsB, daysB := b.MonthsDays()
	micros, ok := addMicros(a.N, b.N)
	if !ok {
		return Datum{}, intervalOutOfRange()
	}
	return intervalOf(int64(monthsA)+int64(monthsB), int64(daysA)+int64(daysB), micros)
}

// IntervalSub is a - b.
func IntervalSub(a, b Datum) (Datum, error) {
	monthsA, daysA := a.MonthsDays()
	monthsB, daysB := b.MonthsDays()
	micros := a.N - b.N
	if (micros < a.N) != (b.N > 0) {
		return Datum{}, intervalOutOfRange()
	}
	return intervalOf(int64(monthsA)-int64(monthsB), int64(daysA)-int64(daysB), micros)
}

// IntervalNeg is -a.
func IntervalNeg(a Datum) (Datum, error) {
	months, days := a.MonthsDays()
	if a.N == math.MinInt64 {
		return Datum{}, intervalOutOfRange()
	}
	return intervalOf(-int64(months), -int64(days), -a.N)
}

// IntervalMul is a * f; parts of months become days, parts of days time. Errors: 22008.
func IntervalMul(a Datum, f float64) (Datum, error) {
	return scaleInterval(a, func(v float64) float64 { return v * f })
}

// IntervalDiv is a / f. Errors: 22012, 22008.
func IntervalDiv(a Datum, f float64) (Datum, error) {
	if f == 0 {
		return Datum{}, divisionByZero()
	}
	return scaleInterval(a, func(v float64) float64 { return v / f })
}

// scaleInterval multiplies each part and hands what is left of it down, rounded so that the error of a float does not show.
func scaleInterval(a Datum, scale func(float64) float64) (Datum, error) {
	months, days := a.MonthsDays()
	scaledMonths, scaledDays := scale(float64(months)), scale(float64(days))
	if !fitsInt32(scaledMonths) || !fitsInt32(scaledDays) {
		return Datum{}, intervalOutOfRange()
	}
	wholeMonths, wholeDays := int64(scaledMonths), int64(scaledDays)
	monthDays := roundToMicros((scaledMonths - float64(wholeMonths)) * daysPerMonth)
	seconds := roundToMicros((scaledDays - float64(wholeDays) + monthDays - math.Trunc(monthDays)) * secondsPerDay)
	if math.Abs(seconds) >= secondsPerDay {
		wholeDays += int64(seconds / secondsPerDay)
		seconds -= math.Trunc(seconds/secondsPerDay) * secondsPerDay
	}
	wholeDays += int64(monthDays)
	micros := math.RoundToEven(scale(float64(a.N)) + seconds*microsPerSecond)
	if !(micros >= -(1<<63) && micros < 1<<63) {
		return Datum{}, intervalOutOfRange()
	}
	return intervalOf(wholeMonths, wholeDays, int64(micros))
}

func fitsInt32(v float64) bool { return v >= math.MinInt32 && v <= math.MaxInt32 }

func roundToMicros(v float64) float64 { return math.RoundToEven(v*microsPerSecond) / microsPerSecond }

// JustifyHours turns each 24 hours into a day, with the signs of both alike. Errors: 22008.
func JustifyHours(iv Datum) (Datum, error) {
	months, days := iv.MonthsDays()
	whole := iv.N / microsPerDay
	d, micros := int64(days)+whole, iv.N-whole*microsPerDay
	d, micros = alignSigns(d, micros, microsPerDay)
	return intervalOf(int64(months), d, micros)
}

// JustifyDays turns each 30 days into a month, with the signs of both alike.
func JustifyDays(iv Datum) (Datum, error) {
	months, days := iv.MonthsDays()
	m, d := int64(months)+int64(days/daysPerMonth), int64(days%daysPerMonth)
	m, d = alignSigns(m, d, daysPerMonth)
	return intervalOf(m, d, iv.N)
}

// JustifyInterval does both, with all signs alike.
func JustifyInterval(iv Datum) (Datum, error) {
	months, days := iv.MonthsDays()
	m, d, micros := int64(months), int64(days), iv.N
	if d > 0 && micros > 0 || d < 0 && micros < 0 {
		m += d / daysPerMonth
		d %= daysPerMonth
	}
	d += micros / microsPerDay
	micros %= microsPerDay
	m += d / daysPerMonth
	d %= daysPerMonth
	switch {
	case m > 0 && (d < 0 || d == 0 && micros < 0):
		d += daysPerMonth
		m--
	case m < 0 && (d > 0 || d == 0 && micros > 0):
		d -= daysPerMonth
		m++
	}
	d, micros = alignSigns(d, micros, microsPerDay)
	return intervalOf(m, d, micros)
}

// alignSigns moves one unit of size between two parts whose signs differ.
func alignSigns(high, low, size int64) (int64, int64) {
	switch {
	case high > 0 && low < 0:
		return high - 1, low + size
	case high < 0 && low > 0:
		return high + 1, low - size
	}
	return high, low
}

// TimestampPlusInterval adds months, then days, then microseconds. With tz the timestamp is a timestamptz, whose months and days
// are counted on the session's clocks. Errors: 22008.
func TimestampPlusInterval(env *Env, micros int64, iv Datum, tz bool) (int64, error) {
	if isInfiniteTimestamp(micros) {
		return micros, nil
	}
	months, days := iv.MonthsDays()
	if months != 0 || days != 0 {
		env = orZero(env)
		local := micros
		if tz {
			local = localized(micros, env.loc())
		}
		day, ofDay := splitTimestamp(local)
		if months != 0 {
			day = addMonths(day, int64(months))
		}
		day += int64(days)
		if day < dateMin-1 || day > timestampEnd/microsPerDay+1 {
			return 0, timestampOutOfRange()
		}
		if micros = day*microsPerDay + ofDay; tz {
			micros = zoned(micros, env.loc())
		}
		if !validTimestamp(micros) {
			return 0, timestampOutOfRange()
		}
	}
	sum, ok := addMicros(micros, iv.N)
	if !ok || !validTimestamp(sum) {
		return 0, timestampOutOfRange()
	}
	return sum, nil
}

// addMonths keeps the day of the month, or takes the month's last.
func addMonths(days, months int64) int64 {
	year, month, day := DateOf(days)
	total := year*12 + month - 1 + months
	year = floorDiv(total, 12)
	month = total - year*12 + 1
	return DaysOf(year, month, min(day, daysInMonth(year, month)))
}

// TimestampDiff is a - b in days and microseconds, as timestamp - timestamp gives it. Errors: 22008 for infinities.
func TimestampDiff(a, b int64) (Datum, error) {
	if isInfiniteTimestamp(a) || isInfiniteTimestamp(b) {
		return Datum{}, pgerr.New(pgerrcode.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
	}
	micros := a - b
	if (micros < a) != (b > 0) {
		return Datum{}, intervalOutOfRange()
	}
	return JustifyHours(Interval(0, 0, micros))
}

// TimestampAge is age(a, b): the difference in years, months, days and time as a person would count it. With tz both are counted
// on the session's clocks. Errors: 22008.
func TimestampAge(env *Env, a, b int64, tz bool) (Datum, error) {
	if isInfiniteTimestamp(a) || isInfiniteTimestamp(b) {
		return Datum{}, timestampOutOfRange()
	}
	if tz {
		loc := orZero(env).loc()
		eastA, eastB := offsetAt(a, loc), offsetAt(b, loc)
		a, b = a+eastA*microsPerSecond, b+eastB*microsPerSecond
	}
	negative := a < b
	later, earlier := a, b
	if negative {
		later, earlier = b, a
	}
	dayA, timeA := splitTimestamp(later)
	dayB, timeB := splitTimestamp(earlier)
	yearA, monthA, ofMonthA := DateOf(dayA)
	yearB, monthB, ofMonthB := DateOf(dayB)
	micros, days, months := timeA-timeB, ofMonthA-ofMonthB, (yearA-yearB)*12+monthA-monthB
	if micros < 0 {
		micros += microsPerDay
		days--
	}
	if days < 0 {
		// The days borrowed are those of the month that the earlier date lies in, or of the later one when counting backwards.
		if negative {
			days += daysInMonth(yearA, monthA)
		} else {
			days += daysInMonth(yearB, monthB)
		}
		months--
	}
	if negative {
		micros, days, months = -micros, -days, -months
	}
	return intervalOf(months, days, micros)
}
