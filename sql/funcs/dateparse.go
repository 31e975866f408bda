package funcs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// dateParser reads a string by a template: to_date and to_timestamp.
type dateParser struct {
	src    string
	rest   string
	fixed  bool // FX: blanks count
	fields map[string]int64
	half   int // 1 AM, 2 PM
	bc     bool
	twelve bool // a 12-hour clock field was seen
	sign   int64
	digits int // of the year field
	mode   byte
}

func invalidFormat(format string, args ...any) *pgerr.Error {
	return pgerr.New(pgerrcode.InvalidDatetimeFormat, format, args...)
}

func isBlank(c byte) bool { return strings.IndexByte(" \t\n\r\f\v", c) >= 0 }

// isSeparator tells the ASCII characters that separate fields: neither letters nor digits.
func isSeparator(c byte) bool {
	return c > ' ' && c < 0x7f && !isASCIILetter(rune(c)) && !isDigit(c)
}

func (p *dateParser) skipBlanks() (n int) {
	for p.rest != "" && isBlank(p.rest[0]) {
		p.rest = p.rest[1:]
		n++
	}
	return n
}

// parse runs over the template. A separator in it matches one separator or blank of the input, or nothing; blanks before fields do not count.
func (p *dateParser) parse(nodes []patternNode) error {
	extra := 0
	for i, n := range nodes {
		if p.rest == "" {
			break
		}
		if n.keyword == "FX" {
			p.fixed = true
			continue
		}
		if !p.fixed && (n.keyword != "" || i == 0) {
			extra += p.skipBlanks()
		}
		switch {
		case n.keyword != "":
			if err := p.field(nodes, i); err != nil {
				return err
			}
			if !p.fixed {
				extra = p.skipBlanks()
			}
		case !n.literal && (isBlank(n.written[0]) || isSeparator(n.written[0])):
			if p.fixed {
				p.skipRune()
				continue
			}
			extra--
			if p.rest != "" && (isBlank(p.rest[0]) || isSeparator(p.rest[0])) {
				p.rest = p.rest[1:]
				extra++
			}
		case !p.fixed && extra > 0:
			extra--
		default:
			p.skipRune()
		}
	}
	return nil
}

func (p *dateParser) skipRune() {
	_, size := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[size:]
}

// set stores a field; a second, different value contradicts the first.
func (p *dateParser) set(name string, v int64, n patternNode) error {
	if old, ok := p.fields[name]; ok && old != v {
		return invalidFormat("conflicting values for \"%s\" field in formatting string", n.written).
			WithDetail("This value contradicts a previous setting for the same field type.")
	}
	p.fields[name] = v
	return nil
}

// digitKeywords are fields that read digits, which end a number before them at its width.
var digitKeywords = words(`CC DDD DD D FF1 FF2 FF3 FF4 FF5 FF6 HH24 HH12 HH IDDD ID IW IYYY IYY IY I J MI MM MS Q SSSSS SSSS SS US WW W
	Y,YYY YYYY YYY YY Y`)

// open tells whether a number may run past its width: in fill mode, or when no digit can follow it.
func open(nodes []patternNode, i int) bool {
	if nodes[i].fill || nodes[i].ordinal != "" || i+1 == len(nodes) {
		return true
	}
	next := nodes[i+1]
	if next.keyword != "" {
		return !digitKeywords[next.keyword]
	}
	return !isDigit(next.written[0])
}

// number reads an integer of width characters, or as long as it is.
func (p *dateParser) number(nodes []patternNode, i, width int) (v int64, used int, err error) {
	n := nodes[i]
	p.skipBlanks()
	s := p.rest
	free := open(nodes, i)
	if !free {
		s = s[:runeOffset(s, int64(width))]
		if got := utf8.RuneCountInString(s); got < width {
			return 0, 0, invalidFormat("source string too short for \"%s\" formatting field", n.written).
				WithDetail("Field requires %d characters, but only %d remain.", width, got).
				WithHint("If your source string is not fixed-width, try using the \"FM\" modifier.")
		}
	}
	end := 0
	if end < len(s) && (s[0] == '-' || s[0] == '+') {
		end++
	}
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	v, perr := strconv.ParseInt(strings.TrimPrefix(s[:end], "+"), 10, 64)
	switch {
	case end == 0 || end == 1 && !isDigit(s[0]):
		return 0, 0, invalidFormat("invalid value \"%s\" for \"%s\"", s[:runeOffset(s, int64(width))], n.written).WithDetail("Value must be an integer.")
	case !free && end < len(s):
		return 0, 0, invalidFormat("invalid value \"%s\" for \"%s\"", s, n.written).
			WithDetail("Field requires %d characters, but only %d could be parsed.", width, end).
			WithHint("If your source string is not fixed-width, try using the \"FM\" modifier.")
	case perr != nil || v < math.MinInt32 || v > math.MaxInt32:
		return 0, 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "value for \"%s\" in source string is out of range", n.written).
			WithDetail("Value must be in the range %d to %d.", math.MinInt32, math.MaxInt32)
	}
	p.rest = p.rest[end:]
	return v, end, nil
}

// choice reads one of several names, in any case; complete ones before their abbreviations.
func (p *dateParser) choice(n patternNode, names []string, abbreviated bool) (int, error) {
	for i, name := range names {
		if abbreviated {
			name = name[:3]
		}
		if len(p.rest) >= len(name) && strings.EqualFold(p.rest[:len(name)], name) {
			p.rest = p.rest[len(name):]
			return i, nil
		}
	}
	word := p.rest
	if i := strings.IndexFunc(word, func(r rune) bool { return r == ' ' }); i >= 0 {
		word = word[:i]
	}
	return 0, invalidFormat("invalid value \"%s\" for \"%s\"", word, n.written).WithDetail("The given value did not match any of the allowed values for this field.")
}

// numberFields are the plain ones: the field that they set and their width.
var numberFields = map[string]struct {
	name  string
	width int
}{
	"HH24": {"hour", 4 - 2}, "HH12": {"hour", 2}, "HH": {"hour", 2}, "MI": {"min", 2}, "SS": {"sec", 2}, "SSSS": {"second of day", 5}, "SSSSS": {"second of day", 5},
	"MM": {"month", 2}, "DD": {"day", 2}, "DDD": {"yearday", 3}, "IDDD": {"iso yearday", 3}, "D": {"weekday", 1}, "ID": {"iso weekday", 1},
	"WW": {"week", 2}, "IW": {"iso week", 2}, "W": {"week of month", 1}, "CC": {"century", 2}, "J": {"julian", 7}, "Q": {"", 1},
	"YYYY": {"year", 4}, "YYY": {"year", 3}, "YY": {"year", 2}, "Y": {"year", 1},
	"IYYY": {"iso year", 4}, "IYY": {"iso year", 3}, "IY": {"iso year", 2}, "I": {"iso year", 1},
}

func (p *dateParser) field(nodes []patternNode, i int) error {
	n := nodes[i]
	if err := p.setMode(n); err != nil {
		return err
	}
	if f, ok := numberFields[n.keyword]; ok {
		v, used, err := p.number(nodes, i, f.width)
		if err != nil {
			return err
		}
		if strings.HasPrefix(n.keyword, "HH") && n.keyword != "HH24" {
			p.twelve = true
		}
		if strings.HasSuffix(f.name, "year") {
			p.digits = len(n.keyword)
			if f.width < 4 && used <= f.width {
				v = nearYear(v, f.width)
			}
		}
		p.skipOrdinal(n)
		if f.name == "" {
			return nil
		}
		return p.set(f.name, v, n)
	}
	return p.otherField(nodes, i)
}

// setMode refuses to mix ISO week fields with Gregorian ones.
func (p *dateParser) setMode(n patternNode) error {
	mode := byte('g')
	switch k := n.keyword; {
	case k[0] == 'I':
		mode = 'i'
	case !strings.Contains(" CC DAY DDD DD DY D J MM MONTH MON Q RM WW W Y,YYY YYYY YYY YY Y ", " "+k+" "):
		return nil
	}
	if p.mode != 0 && p.mode != mode {
		return invalidFormat("invalid combination of date conventions").
			WithHint("Do not mix Gregorian and ISO week date conventions in a formatting template.")
	}
	p.mode = mode
	return nil
}

func (p *dateParser) skipOrdinal(n patternNode) {
	if n.ordinal != "" && len(p.rest) >= 2 {
		p.rest = p.rest[2:]
	}
}

// nearYear completes a year of fewer than four digits to the one nearest to 2020.
func nearYear(v int64, width int) int64 {
	switch {
	case v < 0:
		return v
	case v < 70:
		return v + 2000
	case v < 100:
		return v + 1900
	case width == 3 && v < 520:
		return v + 2000
	case width == 3 && v < 1000:
		return v + 1000
	}
	return v
}

func (p *dateParser) otherField(nodes []patternNode, i int) error {
	n := nodes[i]
	switch k := n.keyword; k {
	case "A.M.", "P.M.", "AM", "PM":
		v, err := p.choice(n, []string{"A.M.", "P.M.", "AM", "PM"}, false)
		p.half, p.twelve = v%2+1, true
		return err
	case "A.D.", "B.C.", "AD", "BC":
		v, err := p.choice(n, []string{"A.D.", "B.C.", "AD", "BC"}, false)
		p.bc = v%2 == 1
		return err
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		return p.fraction(nodes, i)
	case "MONTH":
		v, err := p.choice(n, monthNames, false)
		if err != nil {
			return err
		}
		return p.set("month", int64(v)+1, n)
	case "MON":
		v, err := p.choice(n, monthNames, true)
		if err != nil {
			return err
		}
		return p.set("month", int64(v)+1, n)
	case "RM":
		v, err := p.roman(n)
		if err != nil {
			return err
		}
		return p.set("month", v, n)
	case "DAY", "DY":
		v, err := p.choice(n, dayNames, k == "DY")
		if err != nil {
			return err
		}
		return p.set("weekday", int64(v)+1, n)
	case "Y,YYY":
		return p.groupedYear(n)
	case "TZH", "TZM":
		return p.zone(nodes, i)
	}
	return pgerr.New(pgerrcode.FeatureNotSupported, "formatting field \"%s\" is only supported in to_char", n.written)
}

func (p *dateParser) roman(n patternNode) (int64, error) {
	for i := len(romanMonths) - 1; i >= 0; i-- {
		// VIII before VII before VI: longer numerals of one start come last in the list.
		for _, m := range []int{i} {
			if name := romanMonths[m]; len(p.rest) >= len(name) && strings.EqualFold(p.rest[:len(name)], name) && !romanGoesOn(p.rest[len(name):]) {
				p.rest = p.rest[len(name):]
				return int64(m) + 1, nil
			}
		}
	}
	return 0, invalidFormat("invalid value \"%s\" for \"%s\"", p.rest, n.written).WithDetail("The given value did not match any of the allowed values for this field.")
}

func romanGoesOn(s string) bool { return s != "" && strings.IndexByte("IVXivx", s[0]) >= 0 }

// fraction reads decimals of a second: the digits read count from the point, so that 1 in MS is 100 ms.
func (p *dateParser) fraction(nodes []patternNode, i int) error {
	n := nodes[i]
	width := map[string]int{"MS": 3, "US": 6}[n.keyword]
	if width == 0 {
		width = int(n.keyword[2] - '0')
	}
	v, used, err := p.number(nodes, i, width)
	if err != nil {
		return err
	}
	for ; used < 6; used++ {
		v *= 10
	}
	for ; used > 6; used-- {
		v /= 10
	}
	name := "fraction"
	if n.keyword == "MS" {
		name = "milliseconds"
	}
	return p.set(name, v, n)
}

func (p *dateParser) groupedYear(n patternNode) error {
	var thousands, rest int64
	if c, err := fmt.Sscanf(p.rest, "%d,%03d", &thousands, &rest); err != nil || c < 2 {
		return invalidFormat("invalid input string for \"Y,YYY\"")
	}
	p.rest = strings.TrimLeft(p.rest, "0123456789")
	p.rest = p.rest[1:]
	for i := 0; i < 3 && p.rest != "" && isDigit(p.rest[0]); i++ {
		p.rest = p.rest[1:]
	}
	p.digits = 4
	p.skipOrdinal(n)
	return p.set("year", thousands*1000+rest, n)
}

func (p *dateParser) zone(nodes []patternNode, i int) error {
	n := nodes[i]
	if n.keyword == "TZH" {
		p.sign = 1
		if p.rest != "" && strings.IndexByte("+- ", p.rest[0]) >= 0 {
			if p.rest[0] == '-' {
				p.sign = -1
			}
			p.rest = p.rest[1:]
		}
	}
	v, _, err := p.number(nodes, i, 2)
	if err != nil {
		return err
	}
	return p.set(n.keyword, v, n)
}

func (p *dateParser) get(name string, otherwise int64) int64 {
	if v, ok := p.fields[name]; ok {
		return v
	}
	return otherwise
}

func (p *dateParser) overflow() error {
	return pgerr.New(pgerrcode.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", p.src)
}

// clock is the time of day that was read.
func (p *dateParser) clock() (micros int64, err error) {
	hour, min, sec := p.get("hour", 0), p.get("min", 0), p.get("sec", 0)
	if v, ok := p.fields["second of day"]; ok {
		hour, min, sec = v/3600, v/60%60, v%60
	}
	if p.twelve {
		if hour < 1 || hour > 12 {
			if _, ok := p.fields["hour"]; ok {
				return 0, invalidFormat("hour \"%d\" is invalid for the 12-hour clock", hour).
					WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
			}
		}
		if p.half == 2 && hour < 12 {
			hour += 12
		} else if p.half != 2 && hour == 12 {
			hour = 0
		}
	}
	if hour < 0 || hour > 23 || min < 0 || min > 59 || sec < 0 || sec > 59 {
		return 0, p.overflow()
	}
	return (hour*3600+min*60+sec)*microsPerSecond + p.get("milliseconds", 0) + p.get("fraction", 0), nil
}

// yearRead joins year and century; 0 and years BC are astronomical.
func (p *dateParser) yearRead(name string) (int64, bool) {
	year, ok := p.fields[name]
	century, hasCentury := p.fields["century"]
	switch {
	case ok && hasCentury && p.digits <= 2:
		year %= 100
		if p.bc {
			century = -century
		}
		switch {
		case century < 0:
			year = (century+1)*100 - year + 1
		case year != 0:
			year += (century - 1) * 100
		default:
			year = century * 100
		}
		return year, true
	case ok:
		if p.bc {
			year = -year
		}
		if year < 0 {
			year++
		}
		return year, true
	case hasCentury:
		if p.bc {
			century = -century
		}
		if century >= 0 {
			return (century-1)*100 + 1, true
		}
		return century*100 + 1, true
	}
	return 0, false
}

// date is the day that was read, since 2000-01-01; what is missing is January, the first, and the year 1 BC.
func (p *dateParser) date() (int64, error) {
	const epoch = 2451545
	if j, ok := p.fields["julian"]; ok {
		return j - epoch, nil
	}
	if week, ok := p.fields["iso week"]; ok {
		year, _ := p.yearRead("iso year")
		weekday := p.get("iso weekday", 1)
		if d, ok := p.fields["weekday"]; ok {
			weekday = (d+5)%7 + 1
		}
		return isoMonday(year) + (week-1)*7 + weekday - 1, nil
	}
	if yearday, ok := p.fields["iso yearday"]; ok {
		year, _ := p.yearRead("iso year")
		return isoMonday(year) + yearday - 1, nil
	}
	year, _ := p.yearRead("year")
	if y, ok := p.yearRead("iso year"); ok && p.mode == 'i' {
		year = y
	}
	month, day := p.get("month", 1), p.get("day", 1)
	if week, ok := p.fields["week"]; ok {
		return p.dayOfYear(year, (week-1)*7+1)
	}
	if week, ok := p.fields["week of month"]; ok {
		day = (week-1)*7 + 1
	}
	if yearday, ok := p.fields["yearday"]; ok && month <= 1 && day <= 1 {
		return p.dayOfYear(year, yearday)
	}
	t := time.Date(int(year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC)
	if month < 1 || month > 12 || day < 1 || t.Month() != time.Month(month) {
		return 0, p.overflow()
	}
	return julianDay(year, month, day) - epoch, nil
}

func (p *dateParser) dayOfYear(year, day int64) (int64, error) {
	if _, ok := p.fields["year"]; !ok {
		return 0, invalidFormat("cannot calculate day of year without year information")
	}
	length := int64(time.Date(int(year), 12, 31, 0, 0, 0, 0, time.UTC).YearDay())
	if day < 1 || day > length {
		return 0, p.overflow()
	}
	return julianDay(year, 1, 1) - 2451545 + day - 1, nil
}

// isoMonday is the Monday of an ISO year's first week, in days since 2000-01-01.
func isoMonday(year int64) int64 {
	fourth := julianDay(year, 1, 4) - 2451545
	weekday := ((fourth+5)%7 + 7) % 7 // 2000-01-01 was a Saturday; Monday is 0
	return fourth - weekday
}

func readDate(a row) (*dateParser, error) {
	p := &dateParser{src: a[0].Text(), rest: a[0].Text(), fields: map[string]int64{}, sign: 1}
	return p, p.parse(datePattern(a[1].Text()))
}

// toDate is to_date(text, template).
func toDate(_ *Context, a row) (types.Datum, error) {
	p, err := readDate(a)
	if err != nil {
		return types.Null, err
	}
	if _, err := p.clock(); err != nil {
		return types.Null, err
	}
	d, err := p.date()
	if err == nil && (d < dateMin || d > dateMax) {
		err = pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range: \"%s\"", p.src)
	}
	return types.Int(d), err
}

// toTimestamp is to_timestamp(text, template), in the session's zone unless the string has one.
func toTimestamp(ctx *Context, a row) (types.Datum, error) {
	p, err := readDate(a)
	if err != nil {
		return types.Null, err
	}
	clock, err := p.clock()
	if err != nil {
		return types.Null, err
	}
	d, err := p.date()
	if err != nil {
		return types.Null, err
	}
	ts, err := types.DateToTimestamp(ctx.Env, d, false)
	if err != nil {
		return types.Null, err
	}
	ts += clock
	if _, ok := p.fields["TZH"]; ok {
		return types.Int(ts - p.sign*(p.get("TZH", 0)*3600+p.get("TZM", 0)*60)*microsPerSecond), nil
	}
	ts, err = types.ZonedTimestamp(ts, location(ctx.Env))
	return types.Int(ts), err
}

var dateParseFuncs = map[string]Func{"to_date": toDate, "to_timestamp": toTimestamp}
