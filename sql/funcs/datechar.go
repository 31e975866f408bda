package funcs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// brokenTime is a moment or an interval in fields, as to_char shows them.
type brokenTime struct {
	year, month, day, hour, min, sec int64
	micros                           int64
	yearDay, weekDay                 int64 // day of the year from 1, of the week from Sunday 0
	zone                             string
	offset                           int // seconds east of Greenwich
	interval                         bool
}

// breakTimestamp splits wall-clock micros; years follow the astronomical count (0 is 1 BC).
func breakTimestamp(micros int64) brokenTime {
	t := types.TimestampToTime(micros)
	return brokenTime{
		year: int64(t.Year()), month: int64(t.Month()), day: int64(t.Day()), hour: int64(t.Hour()), min: int64(t.Minute()), sec: int64(t.Second()),
		micros: int64(t.Nanosecond() / 1000), yearDay: int64(t.YearDay()), weekDay: int64(t.Weekday()),
	}
}

func breakInterval(iv types.Datum) brokenTime {
	months, days := iv.MonthsDays()
	const hour, minute = 3600 * microsPerSecond, 60 * microsPerSecond
	t := brokenTime{interval: true, year: int64(months / 12), month: int64(months % 12), day: int64(days)}
	v := iv.Int()
	t.hour, v = v/hour, v%hour
	t.min, v = v/minute, v%minute
	t.sec, t.micros = v/microsPerSecond, v%microsPerSecond
	t.yearDay = (t.year*12+t.month)*30 + t.day
	return t
}

// toChar is to_char over timestamp, timestamptz and interval; of an infinite value or with an empty template it is NULL.
func toChar(t types.OID) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		if a[1].Text() == "" || t != types.IntervalOID && infiniteTimestamp(a[0].Int()) {
			return types.Null, nil
		}
		var b brokenTime
		switch t {
		case types.IntervalOID:
			b = breakInterval(a[0])
		case types.TimestampOID:
			b = breakTimestamp(a[0].Int())
		default:
			loc := location(ctx.Env)
			local, err := types.LocalTimestamp(a[0].Int(), loc)
			if err != nil {
				return types.Null, err
			}
			b = breakTimestamp(local)
			b.zone, b.offset = types.TimestampToTime(a[0].Int()).In(loc).Zone()
		}
		s, err := b.format(datePattern(a[1].Text()))
		return types.Text(s), err
	}
}

func (t *brokenTime) format(nodes []patternNode) (string, error) {
	var out strings.Builder
	for _, n := range nodes {
		if n.keyword == "" {
			out.WriteString(n.written)
			continue
		}
		s, err := t.field(n)
		if err != nil {
			return "", err
		}
		out.WriteString(s)
		if n.ordinal != "" && s != "" {
			out.WriteString(ordinalSuffix(strings.TrimSpace(s), n.ordinal == "TH"))
		}
	}
	return out.String(), nil
}

// padded writes a number with leading zeros, one place more when it is negative, or without in fill mode.
func padded(n patternNode, width int, v int64) string {
	if n.fill {
		return strconv.FormatInt(v, 10)
	}
	if v < 0 {
		width++
	}
	return fmt.Sprintf("%0*d", width, v)
}

// paddedDay is padded without the place for a sign, as days of an interval are shown.
func paddedDay(n patternNode, width int, v int64) string {
	if n.fill {
		width = 0
	}
	return fmt.Sprintf("%0*d", width, v)
}

func paddedName(n patternNode, width int, name string) string {
	name = cased(name, n.written)
	if n.fill || n.translate {
		return name
	}
	return fmt.Sprintf("%-*s", width, name)
}

// positiveYear counts years BC upwards too.
func (t *brokenTime) positiveYear(year int64) int64 {
	if t.interval || year > 0 {
		return year
	}
	return 1 - year
}

// field writes one keyword. What has no meaning for an interval is an error.
func (t *brokenTime) field(n patternNode) (string, error) {
	if s, ok := t.clockField(n); ok {
		return s, nil
	}
	if t.interval && strings.Contains(" TZ TZH TZM OF A.D. AD B.C. BC MONTH MON DAY DY D ID ", " "+n.keyword+" ") {
		return "", pgerr.New(pgerrcode.InvalidDatetimeFormat, "invalid format specification for an interval value").
			WithHint("Intervals are not tied to specific calendar dates.")
	}
	if s, ok := t.zoneField(n); ok {
		return s, nil
	}
	if s, ok := t.yearField(n); ok {
		return s, nil
	}
	return t.dayField(n), nil
}

func (t *brokenTime) clockField(n patternNode) (string, bool) {
	switch n.keyword {
	case "HH", "HH12":
		h := t.hour % 12
		if h == 0 {
			h = 12
		}
		return padded(n, 2, h), true
	case "HH24":
		return padded(n, 2, t.hour), true
	case "MI":
		return padded(n, 2, t.min), true
	case "SS":
		return padded(n, 2, t.sec), true
	case "SSSS", "SSSSS":
		return strconv.FormatInt(t.hour*3600+t.min*60+t.sec, 10), true
	case "MS":
		return fmt.Sprintf("%03d", t.micros/1000), true
	case "US":
		return fmt.Sprintf("%06d", t.micros), true
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		digits := int(n.keyword[2] - '0')
		return fmt.Sprintf("%0*d", digits, t.micros/int64(math.Pow10(6-digits))), true
	case "A.M.", "P.M.":
		return cased(t.half("A.M.", "P.M."), n.written), true
	case "AM", "PM":
		return cased(t.half("AM", "PM"), n.written), true
	case "FX":
		return "", true
	}
	return "", false
}

func (t *brokenTime) half(am, pm string) string {
	if t.hour%24 >= 12 {
		return pm
	}
	return am
}

func (t *brokenTime) zoneField(n patternNode) (string, bool) {
	sign, offset := byte('+'), t.offset
	if offset < 0 {
		sign, offset = '-', -offset
	}
	switch n.keyword {
	case "TZ":
		return cased(t.zone, n.written), true
	case "TZH":
		return fmt.Sprintf("%c%02d", sign, offset/3600), true
	case "TZM":
		return fmt.Sprintf("%02d", offset/60%60), true
	case "OF":
		s := fmt.Sprintf("%c%02d", sign, offset/3600)
		if m := offset / 60 % 60; m != 0 {
			s += fmt.Sprintf(":%02d", m)
		}
		return s, true
	}
	return "", false
}

func (t *brokenTime) yearField(n patternNode) (string, bool) {
	year := t.year
	if n.keyword[0] == 'I' {
		year, _ = t.isoWeek()
	}
	y := t.positiveYear(year)
	switch n.keyword {
	case "A.D.", "B.C.":
		return cased(t.era("A.D.", "B.C."), n.written), true
	case "AD", "BC":
		return cased(t.era("AD", "BC"), n.written), true
	case "CC":
		return padded(n, 2, t.century()), true
	case "Y,YYY":
		return fmt.Sprintf("%d,%03d", y/1000, y%1000), true
	case "YYYY", "IYYY":
		return t.paddedYear(n, 4, y), true
	case "YYY", "IYY":
		return t.paddedYear(n, 3, y%1000), true
	case "YY", "IY":
		return t.paddedYear(n, 2, y%100), true
	case "Y", "I":
		return t.paddedYear(n, 1, y%10), true
	}
	return "", false
}

// paddedYear is padded, but what makes place for a sign is the calendar year's, an ISO year's digits too.
func (t *brokenTime) paddedYear(n patternNode, width int, y int64) string {
	if t.positiveYear(t.year) < 0 {
		width++
	}
	return paddedDay(n, width, y)
}

func (t *brokenTime) era(ad, bc string) string {
	if t.year <= 0 {
		return bc
	}
	return ad
}

func (t *brokenTime) century() int64 {
	switch {
	case t.interval:
		return t.year / 100
	case t.year > 0:
		return (t.year-1)/100 + 1
	}
	return t.year/100 - 1
}

// isoWeek is the ISO 8601 year and week. Those of an interval are those of the date that its fields would be, as in Postgres.
func (t *brokenTime) isoWeek() (year, week int64) {
	y, w := time.Date(int(t.year), time.Month(t.month), int(t.day), 0, 0, 0, 0, time.UTC).ISOWeek()
	return int64(y), int64(w)
}

func (t *brokenTime) dayField(n patternNode) string {
	switch n.keyword {
	case "MONTH":
		return paddedName(n, 9, monthNames[t.month-1])
	case "MON":
		return cased(monthNames[t.month-1][:3], n.written)
	case "MM":
		return padded(n, 2, t.month)
	case "DAY":
		return paddedName(n, 9, dayNames[t.weekDay])
	case "DY":
		return cased(dayNames[t.weekDay][:3], n.written)
	case "DDD":
		return paddedDay(n, 3, t.yearDay)
	case "IDDD":
		_, week := t.isoWeek()
		return padded(n, 3, (week-1)*7+(t.weekDay+6)%7+1)
	case "DD":
		return paddedDay(n, 2, t.day)
	case "D":
		return padded(n, 1, t.weekDay+1)
	case "ID":
		return padded(n, 1, (t.weekDay+6)%7+1)
	case "WW":
		return padded(n, 2, (t.yearDay-1)/7+1)
	case "IW":
		_, week := t.isoWeek()
		return padded(n, 2, week)
	case "W":
		return padded(n, 1, (t.day-1)/7+1)
	case "Q":
		if t.month == 0 {
			return ""
		}
		return padded(n, 1, (t.month-1)/3+1)
	case "RM":
		return t.romanMonth(n)
	case "J":
		return strconv.FormatInt(julianDay(t.year, t.month, t.day), 10)
	}
	return ""
}

func (t *brokenTime) romanMonth(n patternNode) string {
	if t.month == 0 && t.year == 0 {
		return ""
	}
	month := t.month
	switch {
	case month == 0 && t.year < 0:
		month = 1
	case month == 0:
		month = 12
	case month < 0:
		month += 13 // counted from the end
	}
	return paddedName(n, 4, romanMonths[month-1])
}

// julianDay counts days from noon of 24 November 4714 BC, proleptic Gregorian.
func julianDay(year, month, day int64) int64 {
	const epoch = 2451545 // of 2000-01-01
	t := time.Date(int(year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC)
	return floorDiv(t.Unix()-946684800, 86400) + epoch
}

var toCharFuncs = map[string]Func{
	"timestamp_to_char": toChar(types.TimestampOID), "timestamptz_to_char": toChar(types.TimestamptzOID), "interval_to_char": toChar(types.IntervalOID),
}
