package types

import (
	"math"
	"strconv"
	"strings"
)

// clockText is hours, minutes and seconds as a text gave them.
type clockText struct{ hour, minute, second, micros int64 }

// parseClock reads hh:mm, hh:mm:ss, hh:mm:ss.fff, mm:ss.fff; with fields of minute to second also mm:ss.
func parseClock(s string, fields int32) (c clockText, f fault) {
	number := func(text string, bits int) int64 {
		v, err := strconv.ParseInt(text, 10, bits)
		if err != nil && f == noFault {
			f = numberFault(err)
		}
		return v
	}
	whole, fraction, hasFraction := strings.Cut(s, ".")
	list := strings.Split(whole, ":")
	if len(list) < 2 || len(list) > 3 {
		return c, badFormat
	}
	c.hour, c.minute = number(list[0], 64), number(list[1], 32)
	if len(list) == 3 {
		c.second = number(list[2], 32)
	} else if hasFraction || fields == maskMinute|maskSecond {
		c.hour, c.minute, c.second = 0, c.hour, c.minute
	}
	if hasFraction {
		micros, err := fractionMicros(fraction)
		if err != nil {
			return c, badFormat
		}
		c.micros = micros
	}
	if f == noFault && (c.hour < 0 || c.minute < 0 || c.minute > 59 || c.second < 0 || c.second > 60) {
		f = fieldOverflow
	}
	return c, f
}

// intervalText is an interval while its text is read.
type intervalText struct {
	years, months, days, micros int64
	overflow                    bool
}

func (t *intervalText) addMicros(v, scale int64, fraction float64) {
	product, ok := mulMicros(v, scale)
	if !ok {
		t.overflow = true
		return
	}
	sum, ok := addMicros(t.micros, product)
	if !ok {
		t.overflow = true
		return
	}
	t.micros = sum
	t.addFraction(fraction, scale)
}

// addFraction adds a part of a unit of scale microseconds, rounded.
func (t *intervalText) addFraction(fraction float64, scale int64) {
	if fraction == 0 {
		return
	}
	fraction *= float64(scale)
	whole := int64(fraction)
	switch rest := fraction - float64(whole); {
	case rest > 0.5:
		whole++
	case rest < -0.5:
		whole--
	}
	sum, ok := addMicros(t.micros, whole)
	t.micros, t.overflow = sum, t.overflow || !ok
}

func (t *intervalText) addDays(v, scale int64, fraction float64) {
	product, ok := mulMicros(v, scale)
	fraction *= float64(scale)
	extra := int64(fraction)
	sum := t.days + product + extra
	if !ok || product != int64(int32(product)) || sum != int64(int32(sum)) {
		t.overflow = true
		return
	}
	t.days = sum
	t.addFraction(fraction-float64(extra), microsPerDay)
}

func (t *intervalText) addMonths(v int64, fraction float64) {
	sum := t.months + v
	if v != int64(int32(v)) || sum != int64(int32(sum)) {
		t.overflow = true
		return
	}
	t.months = sum
	t.addDays(0, daysPerMonth, fraction)
}

func (t *intervalText) addYears(v, scale int64, fraction float64) {
	product, ok := mulMicros(v, scale)
	years := t.years + product
	months := t.months + int64(math.RoundToEven(fraction*float64(scale)*monthsPerYear))
	if !ok || product != int64(int32(product)) || years != int64(int32(years)) || months != int64(int32(months)) {
		t.overflow = true
		return
	}
	t.years, t.months = years, months
}

// add adds v units and a fraction of one.
func (t *intervalText) add(u unit, v int64, fraction float64) fault {
	switch u {
	case unitMicrosecond:
		t.addMicros(v, 1, fraction)
	case unitMillisecond:
		t.addMicros(v, 1000, fraction)
	case unitSecond:
		t.addMicros(v, microsPerSecond, fraction)
	case unitMinute:
		t.addMicros(v, microsPerMinute, fraction)
	case unitHour:
		t.addMicros(v, microsPerHour, fraction)
	case unitDay:
		t.addDays(v, 1, fraction)
	case unitWeek:
		t.addDays(v, 7, fraction)
	case unitMonth:
		t.addMonths(v, fraction)
	case unitYear:
		t.addYears(v, 1, fraction)
	case unitDecade:
		t.addYears(v, 10, fraction)
	case unitCentury:
		t.addYears(v, 100, fraction)
	case unitMillennium:
		t.addYears(v, 1000, fraction)
	default:
		return badFormat
	}
	if t.overflow {
		return fieldOverflow
	}
	return noFault
}

// parseInterval reads any form that Postgres takes. The modifier tells what a last number without a unit is.
func parseInterval(env *Env, mod int32, s string) (Datum, error) {
	t := &intervalText{}
	fields, ok := splitFields(s)
	f := badFormat
	if ok {
		kept, _ := splitIntervalMod(mod)
		f = t.readFields(fields, kept, env.IntervalStyle == "sql_standard")
	}
	if f == badFormat {
		t = &intervalText{}
		f = t.readISO(s)
	}
	if f == fieldOverflow {
		f = intervalOverflow
	}
	if f != noFault {
		return Datum{}, faultError(f, "interval", s)
	}
	return intervalOf(t.years*monthsPerYear+t.months, t.days, t.micros)
}

// lastUnit is what a number without unit at the end means under a modifier.
func lastUnit(fields int32) unit {
	switch fields {
	case maskYear:
		return unitYear
	case maskMonth, maskYear | maskMonth:
		return unitMonth
	case maskDay:
		return unitDay
	case maskHour, maskDay | maskHour:
		return unitHour
	case maskMinute, maskHour | maskMinute, maskDay | maskHour | maskMinute:
		return unitMinute
	}
	return unitSecond
}

// allNegative tells whether the standard's rule applies that a sign in front of the first field is every field's.
func allNegative(fields []field) bool {
	if len(fields) == 0 || fields[0].text[0] != '-' {
		return false
	}
	for _, f := range fields[1:] {
		if f.text[0] == '-' || f.text[0] == '+' {
			return false
		}
	}
	return true
}

// readFields reads the fields from the last to the first, so that a unit is known before its number.
func (t *intervalText) readFields(fields []field, kept int32, standard bool) fault {
	forceNegative := standard && allNegative(fields)
	var have uint32
	next := unitNone // the unit of the number that comes next
	ago := false
	for i := len(fields) - 1; i >= 0; i-- {
		text := fields[i].text
		var got uint32
		f := noFault
		switch fields[i].kind {
		case stringField, specialField:
			if u, ok := lookupUnit(text); ok {
				next = u
				continue
			}
			if text != "ago" {
				return badFormat
			}
			ago, next = true, unitUnusable
			continue
		case timeField:
			got, f = t.readClock(text, kept, forceNegative)
			next = unitDay
		default:
			if fields[i].kind == zoneField && strings.Contains(text, ":") {
				if got, f = t.readClock(text, kept, forceNegative); f == noFault {
					next = unitDay
					break
				}
			}
			if next == unitNone {
				next = lastUnit(kept)
			}
			got, next, f = t.readNumber(text, next, forceNegative)
		}
		if f != noFault {
			return f
		}
		if got&have != 0 {
			return badFormat
		}
		have |= got
	}
	if have == 0 {
		return badFormat
	}
	if ago {
		return t.negate()
	}
	return noFault
}

func unitBit(u unit) uint32 { return 1 << u }

const secondBits = 1<<unitSecond | 1<<unitMillisecond | 1<<unitMicrosecond

// readClock reads a time with an optional sign.
func (t *intervalText) readClock(text string, kept int32, forceNegative bool) (uint32, fault) {
	negative := text[0] == '-'
	c, f := parseClock(strings.TrimLeft(text, "+-"), kept)
	if f != noFault {
		return 0, f
	}
	micros, ok := mulMicros(c.hour, microsPerHour)
	sum, ok2 := addMicros(micros, c.minute*microsPerMinute+c.second*microsPerSecond+c.micros)
	if !ok || !ok2 {
		return 0, fieldOverflow
	}
	if negative || forceNegative {
		sum = -sum
	}
	t.micros = sum // a time replaces what smaller units there may be; have refuses both
	return unitBit(unitHour) | unitBit(unitMinute) | secondBits, noFault
}

// readNumber reads a number in a unit, or years-months; it gives the unit for a number further to the left.
func (t *intervalText) readNumber(text string, u unit, forceNegative bool) (got uint32, next unit, f fault) {
	negative := text[0] == '-'
	v, rest, f := leadingInt(text)
	if f != noFault {
		return 0, u, f
	}
	fraction := 0.0
	switch {
	case rest == "":
	case rest[0] == '-':
		end := skipDigits(rest, 1)
		months, err := strconv.ParseInt(rest[1:end], 10, 32)
		switch {
		case err != nil:
			return 0, u, numberFault(err)
		case months >= monthsPerYear:
			return 0, u, fieldOverflow
		case end != len(rest):
			return 0, u, badFormat
		}
		if negative {
			months = -months
		}
		years, inRange := mulMicros(v, monthsPerYear)
		sum, sumInRange := addMicros(years, months)
		if !inRange || !sumInRange {
			return 0, u, fieldOverflow
		}
		v = sum
		u = unitMonth
	case rest[0] == '.':
		if fraction, f = parseFraction(rest[1:]); f != noFault {
			return 0, u, f
		}
		if negative {
			fraction = -fraction
		}
	default:
		return 0, u, badFormat
	}
	if forceNegative && v > 0 {
		v = -v
	}
	if forceNegative && fraction > 0 {
		fraction = -fraction
	}
	got = unitBit(u)
	if u == unitSecond && fraction != 0 {
		got = secondBits
	}
	f = t.add(u, v, fraction)
	if u == unitHour {
		u = unitDay
	}
	return got, u, f
}

// leadingInt reads the integer at the beginning, which may be empty before a point.
func leadingInt(s string) (v int64, rest string, f fault) {
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	end := skipDigits(s, i)
	if end == i {
		if end < len(s) && s[end] == '.' {
			return 0, s[end:], noFault
		}
		return 0, "", badFormat
	}
	v, err := strconv.ParseInt(s[:end], 10, 64)
	if err != nil {
		return 0, "", fieldOverflow
	}
	return v, s[end:], noFault
}

func parseFraction(digits string) (float64, fault) {
	if digits == "" {
		return 0, noFault
	}
	if skipDigits(digits, 0) != len(digits) {
		return 0, badFormat
	}
	v, err := strconv.ParseFloat("0."+digits, 64)
	if err != nil {
		return 0, badFormat
	}
	return v, noFault
}

func (t *intervalText) negate() fault {
	if t.years == math.MinInt32 || t.months == math.MinInt32 || t.days == math.MinInt32 || t.micros == math.MinInt64 {
		return fieldOverflow
	}
	t.years, t.months, t.days, t.micros = -t.years, -t.months, -t.days, -t.micros
	return noFault
}

// isoReader reads ISO 8601: P1Y2M3W4DT5H6M7.8S, the alternative P0001-02-03T04:05:06, or the basic P00010203T040506.
type isoReader struct {
	rest string
	f    fault
}

// number reads a number with its fraction, and how many digits its integer has.
func (r *isoReader) number() (v int64, fraction float64, digits int) {
	n := scanISONumber(r.rest)
	if n == 0 {
		r.fail(badFormat)
		return 0, 0, 0
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(f) > 1e15 {
		r.fail(fieldOverflow)
		return 0, 0, 0
	}
	v = int64(f)
	return v, f - float64(v), skipDigits(strings.TrimPrefix(text, "-"), 0)
}

func (r *isoReader) fail(f fault) {
	if r.f == noFault {
		r.f = f
	}
}

// take goes past a byte, which is 0 at the end.
func (r *isoReader) take() byte {
	if r.rest == "" {
		return 0
	}
	c := r.rest[0]
	r.rest = r.rest[1:]
	return c
}

func scanISONumber(s string) int {
	if s == "" || !(isDigit(s[0]) || s[0] == '-' || s[0] == '.') {
		return 0
	}
	i := skipDigits(s, 1)
	if i < len(s) && s[i] == '.' && s[0] != '.' {
		i = skipDigits(s, i+1)
	}
	if strings.Trim(s[:i], "-.") == "" {
		return 0
	}
	return scanExponent(s, i, 'e')
}

func (t *intervalText) readISO(s string) fault {
	if len(s) < 2 || s[0] != 'P' {
		return badFormat
	}
	r := &isoReader{rest: s[1:]}
	datePart, haveField := true, false
	for r.rest != "" && r.f == noFault {
		if r.rest[0] == 'T' {
			r.rest = r.rest[1:]
			datePart, haveField = false, false
			continue
		}
		v, fraction, digits := r.number()
		mark := r.take()
		var done bool
		if datePart {
			done = t.isoDate(r, mark, v, fraction, digits, haveField)
			if mark == 'T' {
				datePart, haveField = false, false
				continue
			}
		} else {
			done = t.isoTime(r, mark, v, fraction, digits, haveField)
		}
		if done {
			break
		}
		haveField = true
	}
	return r.f
}

// isoDate handles a number before the T; done ends the reading.
func (t *intervalText) isoDate(r *isoReader, mark byte, v int64, fraction float64, digits int, haveField bool) (done bool) {
	switch mark {
	case 'Y':
		r.fail(t.add(unitYear, v, fraction))
	case 'M':
		r.fail(t.add(unitMonth, v, fraction))
	case 'W':
		r.fail(t.add(unitWeek, v, fraction))
	case 'D':
		r.fail(t.add(unitDay, v, fraction))
	case 'T', 0, '-':
		if haveField {
			r.fail(badFormat)
			return true
		}
		if digits == 8 && mark != '-' {
			r.fail(t.add(unitYear, v/10000, 0))
			r.fail(t.add(unitMonth, v/100%100, 0))
			r.fail(t.add(unitDay, v%100, fraction))
			return mark == 0
		}
		r.fail(t.add(unitYear, v, fraction))
		if mark == '-' {
			return t.isoYearMonthDay(r)
		}
		return mark == 0
	default:
		r.fail(badFormat)
	}
	return false
}

// isoYearMonthDay reads the rest of 0001-02-03.
func (t *intervalText) isoYearMonthDay(r *isoReader) (done bool) {
	v, fraction, _ := r.number()
	r.fail(t.add(unitMonth, v, fraction))
	if r.rest == "" || r.rest[0] == 'T' {
		return r.rest == ""
	}
	if r.take() != '-' {
		r.fail(badFormat)
		return true
	}
	v, fraction, _ = r.number()
	r.fail(t.add(unitDay, v, fraction))
	if r.rest != "" && r.rest[0] != 'T' {
		r.fail(badFormat)
	}
	return r.rest == ""
}

// isoTime handles a number after the T.
func (t *intervalText) isoTime(r *isoReader, mark byte, v int64, fraction float64, digits int, haveField bool) (done bool) {
	switch mark {
	case 'H':
		r.fail(t.add(unitHour, v, fraction))
	case 'M':
		r.fail(t.add(unitMinute, v, fraction))
	case 'S':
		r.fail(t.add(unitSecond, v, fraction))
	case 0, ':':
		if haveField {
			r.fail(badFormat)
			return true
		}
		if digits == 6 && mark == 0 {
			r.fail(t.add(unitHour, v/10000, 0))
			r.fail(t.add(unitMinute, v/100%100, 0))
			r.fail(t.add(unitSecond, v%100, fraction))
			return true
		}
		r.fail(t.add(unitHour, v, fraction))
		if mark == ':' {
			t.isoMinuteSecond(r)
		}
		return true
	default:
		r.fail(badFormat)
	}
	return false
}

// isoMinuteSecond reads the rest of 04:05:06.
func (t *intervalText) isoMinuteSecond(r *isoReader) {
	v, fraction, _ := r.number()
	r.fail(t.add(unitMinute, v, fraction))
	if r.rest == "" {
		return
	}
	if r.take() != ':' {
		r.fail(badFormat)
		return
	}
	v, fraction, _ = r.number()
	r.fail(t.add(unitSecond, v, fraction))
	if r.rest != "" {
		r.fail(badFormat)
	}
}
