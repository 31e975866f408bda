package types

import (
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// fault is what is wrong with a date's or interval's text.
type fault int

const (
	noFault fault = iota
	badFormat
	fieldOverflow
	monthDayOverflow // perhaps because day and month were taken for each other
	intervalOverflow
	zoneOverflow
	unknownZone
)

// faultError words a fault as Postgres does.
func faultError(f fault, typeName, s string) error {
	switch f {
	case fieldOverflow, monthDayOverflow:
		e := pgerr.New(pgerrcode.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s)
		if f == monthDayOverflow {
			e.WithHint("Perhaps you need a different \"datestyle\" setting.")
		}
		return e
	case intervalOverflow:
		return pgerr.New(pgerrcode.IntervalFieldOverflow, "interval field value out of range: \"%s\"", s)
	case zoneOverflow:
		return pgerr.New(pgerrcode.InvalidTimeZoneDisplacementValue, "time zone displacement out of range: \"%s\"", s)
	}
	return pgerr.New(pgerrcode.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typeName, s)
}

// parts says which parts of a date and time a text has given.
type parts uint32

const (
	partYear parts = 1 << iota
	partMonth
	partDay
	partDayOfYear
	partHour
	partMinute
	partSecond
	partZone
	partDaylight
	partAmPm
	partAdBc
	partWeekday
	partSwapped // of choosePart alone: day and year are both set already

	dateParts = partYear | partMonth | partDay
	timeParts = partHour | partMinute | partSecond
)

// dateOrder is how day, month and year follow each other in dates of numbers.
type dateOrder byte

const (
	orderMDY dateOrder = iota
	orderDMY
	orderYMD
)

func (env *Env) dateOrder() dateOrder {
	style := strings.ToUpper(env.DateStyle)
	switch {
	case strings.Contains(style, "DMY"), strings.Contains(style, "EURO"):
		return orderDMY
	case strings.Contains(style, "YMD"):
		return orderYMD
	}
	return orderMDY
}

// dateText is a date and time while its text is read.
type dateText struct {
	env      *Env
	order    dateOrder
	timeOnly bool // time or timetz: a date may be there but need not

	have       parts
	year       int64
	month      int64
	day        int64
	dayOfYear  int64
	hour       int64
	minute     int64
	second     int64
	micros     int64 // of the second
	twoDigits  bool  // the year has one or two digits
	textMonth  bool
	julian     bool
	bc         bool
	amPm       int
	special    int            // wordEpoch, wordInfinity, wordNegativeInfinity
	east       int64          // seconds east of Greenwich, if have has partZone and zone is nil
	zone       *time.Location // a zone with rules
	badZone    string         // the name of an unknown zone
	afterLabel unit           // a label whose value comes next: unitJulian, or unitHour after a T
	labelled   bool
}

// parseDateText reads a text in any of the forms that Postgres takes.
func parseDateText(env *Env, s string, timeOnly bool) (*dateText, fault) {
	fields, ok := splitFields(s)
	if !ok || len(fields) == 0 {
		return nil, badFormat
	}
	d := &dateText{env: env, order: env.dateOrder(), timeOnly: timeOnly}
	for i := range fields {
		got, f := d.readField(fields, i)
		if f != noFault {
			return d, f
		}
		if got&d.have != 0 {
			return d, badFormat
		}
		d.have |= got
	}
	if d.labelled {
		return d, badFormat
	}
	if d.special != 0 {
		return d, noFault
	}
	return d, d.finish()
}

func (d *dateText) readField(fields []field, i int) (parts, fault) {
	text := fields[i].text
	switch fields[i].kind {
	case dateField:
		return d.readDateField(fields, i)
	case timeField:
		if d.labelled && d.afterLabel != unitHour {
			return 0, badFormat
		}
		d.labelled = false
		return d.readClock(text)
	case zoneField:
		east, f := parseZoneOffset(text)
		d.east = east
		return partZone, f
	case numberField:
		if d.labelled {
			return d.readLabelled(text)
		}
		if d.timeOnly {
			return d.readTimeNumber(fields, i)
		}
		return d.readNumberField(text)
	}
	return d.readWord(text)
}

// readDateField reads 2026-01-02 and the like; after a date it may be a zone's name or a time with a zone, 040506-08.
func (d *dateText) readDateField(fields []field, i int) (parts, fault) {
	text := fields[i].text
	isTime := d.labelled || d.have&(partMonth|partDay) == partMonth|partDay
	if d.labelled && d.afterLabel == unitJulian {
		return d.readLabelled(text)
	}
	if d.timeOnly && !isTime {
		isTime = !(i == 0 && len(fields) >= 2 && (fields[len(fields)-1].kind == dateField || fields[1].kind == timeField))
	}
	if !isTime {
		return d.readDate(text)
	}
	if !isDigit(text[0]) && !d.labelled {
		return d.readZoneName(text)
	}
	d.labelled = false
	if !isDigit(text[0]) || d.have&timeParts == timeParts {
		return 0, badFormat
	}
	dash := strings.IndexByte(text, '-')
	if dash < 0 {
		return 0, badFormat
	}
	east, f := parseZoneOffset(text[dash:])
	if f != noFault {
		return 0, f
	}
	got, f := d.readDigits(text[:dash], d.have|dateParts)
	d.east = east
	return got | partZone, f
}

func (d *dateText) readZoneName(text string) (parts, fault) {
	loc, err := LoadZoneName(text)
	if err != nil && d.timeOnly && d.have&timeParts == 0 {
		return 0, badFormat
	}
	if err != nil {
		d.badZone = text
		return 0, unknownZone
	}
	d.zone = loc
	return partZone, noFault
}

// readLabelled reads the number after J or T.
func (d *dateText) readLabelled(text string) (parts, fault) {
	d.labelled = false
	if d.afterLabel == unitHour {
		got, f := d.readDigits(text, d.have|dateParts)
		if f == noFault && got != timeParts {
			f = badFormat
		}
		return got, f
	}
	whole, fraction, hasFraction := strings.Cut(text, ".")
	days, err := strconv.ParseInt(whole, 10, 32)
	if err != nil {
		return 0, numberFault(err)
	}
	d.year, d.month, d.day = DateOf(days - epochJulian)
	d.julian = true
	if !hasFraction {
		return dateParts, noFault
	}
	f, err := strconv.ParseFloat("0."+fraction, 64)
	if err != nil {
		return 0, badFormat
	}
	d.setClock(int64(f * microsPerDay))
	return dateParts | timeParts, noFault
}

func (d *dateText) setClock(micros int64) {
	d.hour, d.minute = micros/microsPerHour, micros/microsPerMinute%60
	d.second, d.micros = micros/microsPerSecond%60, micros%microsPerSecond
}

func numberFault(err error) fault {
	if e, ok := err.(*strconv.NumError); ok && e.Err == strconv.ErrRange {
		return fieldOverflow
	}
	return badFormat
}

// readClock reads 04:05, 04:05:06.789.
func (d *dateText) readClock(text string) (parts, fault) {
	c, f := parseClock(text, intervalFull)
	if f != noFault {
		return 0, f
	}
	d.hour, d.minute, d.second, d.micros = c.hour, c.minute, c.second, c.micros
	if d.clock() > microsPerDay || d.hour > 24 {
		return 0, fieldOverflow
	}
	return timeParts, noFault
}

func (d *dateText) clock() int64 {
	return d.hour*microsPerHour + d.minute*microsPerMinute + d.second*microsPerSecond + d.micros
}

// readWord reads a word, which may be a zone.
func (d *dateText) readWord(text string) (parts, fault) {
	if east, ok := zoneAbbrevs()[text]; ok {
		d.east = int64(east)
		return partZone, noFault
	}
	w := dateWords[text]
	if d.timeOnly && (w.kind == monthWord || w.kind == weekdayWord) {
		return 0, badFormat
	}
	switch w.kind {
	case reservedWord:
		return d.readReserved(w.value)
	case monthWord:
		got := partMonth
		if d.have&partMonth != 0 && !d.textMonth && d.have&partDay == 0 && d.month >= 1 && d.month <= 31 {
			d.day = d.month // what seemed the month was the day
			got = partDay
		}
		d.textMonth, d.month = true, int64(w.value)
		return got, noFault
	case weekdayWord:
		return partWeekday, noFault
	case amPmWord:
		d.amPm = w.value
		return partAmPm, noFault
	case adBcWord:
		d.bc = w.value == wordBC
		return partAdBc, noFault
	case daylightWord:
		d.east += int64(w.value)
		return partDaylight, noFault
	case ignoredWord:
		return 0, noFault
	case timeMark:
		if !d.timeOnly && d.have&dateParts != dateParts {
			return 0, badFormat
		}
		d.labelled, d.afterLabel = true, unitHour
		return 0, noFault
	case unitWord:
		if unit(w.value) != unitJulian {
			return 0, badFormat
		}
		d.labelled, d.afterLabel = true, unitJulian
		return 0, noFault
	}
	if got, f := d.readZoneName(text); f == noFault {
		return got, f
	}
	return 0, badFormat
}

func (d *dateText) readReserved(value int) (parts, fault) {
	now := d.env.Now
	if now.IsZero() {
		now = time.Now()
	}
	local := localized(TimeToTimestamp(now), d.env.loc())
	days, ofDay := splitTimestamp(local)
	switch value {
	case wordNow:
		d.setDate(days)
		d.setClock(ofDay)
		d.east = offsetAt(TimeToTimestamp(now), d.env.loc())
		return dateParts | timeParts | partZone, noFault
	case wordToday, wordTomorrow, wordYesterday:
		switch value {
		case wordTomorrow:
			days++
		case wordYesterday:
			days--
		}
		d.setDate(days)
		return dateParts, noFault
	case wordZulu:
		d.setClock(0)
		d.east = 0
		return timeParts | partZone, noFault
	}
	if d.timeOnly {
		return 0, badFormat
	}
	d.special = value
	return dateParts | timeParts | partZone, noFault
}

func (d *dateText) setDate(days int64) {
	d.year, d.month, d.day = DateOf(days)
	d.julian = true // the year is right as it stands
}

// finish checks and completes what the fields gave.
func (d *dateText) finish() fault {
	if f := d.finishDate(); f != noFault {
		return f
	}
	switch {
	case d.amPm != 0 && d.hour > 12:
		return fieldOverflow
	case d.amPm == wordAM && d.hour == 12:
		d.hour = 0
	case d.amPm == wordPM && d.hour != 12:
		d.hour += 12
	}
	if d.minute < 0 || d.minute > 59 || d.second < 0 || d.second > 60 || d.clock() > microsPerDay {
		return fieldOverflow
	}
	if d.timeOnly && d.have&timeParts != timeParts || !d.timeOnly && d.have&dateParts != dateParts {
		return badFormat
	}
	if d.timeOnly && d.zone != nil && d.have&dateParts != dateParts && !isFixedZone(d.zone) {
		return badFormat // its offset depends on the date
	}
	if d.have&partDaylight != 0 && (d.zone != nil || d.have&partZone == 0) {
		return badFormat
	}
	return noFault
}

func (d *dateText) finishDate() fault {
	if d.have&partYear != 0 && !d.julian {
		switch {
		case d.bc && d.year <= 0:
			return fieldOverflow
		case d.bc:
			d.year = -(d.year - 1)
		case d.twoDigits && d.year < 70:
			d.year += 2000
		case d.twoDigits && d.year < 100:
			d.year += 1900
		case !d.twoDigits && d.year <= 0:
			return fieldOverflow
		}
	}
	if d.have&partDayOfYear != 0 {
		d.year, d.month, d.day = DateOf(DaysOf(d.year, 1, 1) + d.dayOfYear - 1)
	}
	if d.have&partMonth != 0 && (d.month < 1 || d.month > 12) {
		return monthDayOverflow
	}
	if d.have&partDay != 0 && (d.day < 1 || d.day > 31) {
		return monthDayOverflow
	}
	if d.have&dateParts == dateParts && d.day > daysInMonth(d.year, d.month) {
		return fieldOverflow
	}
	return noFault
}

// error words a fault of this text.
func (d *dateText) error(f fault, typeName, s string) error {
	if f == unknownZone {
		return pgerr.New(pgerrcode.InvalidParameterValue, "time zone \"%s\" not recognized", d.badZone)
	}
	return faultError(f, typeName, s)
}

// local is the date and time in microseconds, without the zone; ok is false beyond what an int64 holds.
func (d *dateText) local() (micros int64, ok bool) {
	days := DaysOf(d.year, d.month, d.day)
	if days < dateMin || days > timestampEnd/microsPerDay+1 {
		return 0, false
	}
	micros = days*microsPerDay + d.clock()
	return micros, days < 0 || micros >= 0
}

// moment is the date and time as a timestamptz.
func (d *dateText) moment() (micros int64, ok bool) {
	local, ok := d.local()
	if !ok {
		return 0, false
	}
	switch {
	case d.zone != nil:
		return zoned(local, d.zone), true
	case d.have&partZone != 0:
		return local - d.east*microsPerSecond, true
	}
	return zoned(local, d.env.loc()), true
}
