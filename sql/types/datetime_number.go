package types

import (
	"math"
	"strconv"
	"strings"
)

// The numbers of dates and times: which part of a date each is, and those that run several parts together.

// readNumberField reads a number that is a date or time run together, or one part of a date.
func (d *dateText) readNumberField(text string) (parts, fault) {
	point := strings.IndexByte(text, '.')
	switch {
	case point >= 0 && d.have&dateParts == 0:
		return d.readDate(text)
	case point > 2:
		return d.readDigits(text, d.have)
	case len(text) >= 6 && (d.have&dateParts == 0 || d.have&timeParts == 0):
		return d.readDigits(text, d.have)
	}
	return d.readNumber(text, d.have, d.textMonth)
}

// readTimeNumber is readNumberField for time and timetz.
func (d *dateText) readTimeNumber(fields []field, i int) (parts, fault) {
	text := fields[i].text
	point := strings.IndexByte(text, '.')
	switch {
	case point >= 0 && i == 0 && len(fields) >= 2 && fields[len(fields)-1].kind == dateField:
		return d.readDate(text)
	case point > 2, point < 0 && len(text) > 4:
		return d.readDigits(text, d.have|dateParts)
	case point >= 0:
		return 0, badFormat
	}
	return d.readNumber(text, d.have|dateParts, false)
}

// readDate reads a date whose parts stand together, with anything between them.
func (d *dateText) readDate(text string) (parts, fault) {
	var numbers []string
	have, got := d.have, parts(0)
	textMonth := false
	for text != "" {
		for text != "" && !isAlnum(text[0]) {
			text = text[1:]
		}
		if text == "" {
			return 0, badFormat
		}
		n := 1
		for n < len(text) && isDigit(text[n]) == isDigit(text[0]) && isAlnum(text[n]) {
			n++
		}
		part := text[:n]
		text = text[min(n, len(text)):]
		if text != "" && !isAlnum(text[0]) {
			text = text[1:]
		}
		if isDigit(part[0]) {
			numbers = append(numbers, part)
			continue
		}
		w := dateWords[part]
		switch {
		case w.kind == ignoredWord:
		case w.kind != monthWord || have&partMonth != 0:
			return 0, badFormat
		default:
			d.month, textMonth = int64(w.value), true
			have, got = have|partMonth, got|partMonth
		}
	}
	for _, number := range numbers {
		more, f := d.readNumber(number, have, textMonth)
		if f != noFault {
			return 0, f
		}
		if have&more != 0 {
			return 0, badFormat
		}
		have, got = have|more, got|more
	}
	if have&^(partDayOfYear|partZone) != dateParts {
		return 0, badFormat
	}
	return got, noFault
}

// readNumber decides which part of a date a number is, by what is there already and the order of dates.
func (d *dateText) readNumber(text string, have parts, textMonth bool) (parts, fault) {
	whole, fraction, hasFraction := strings.Cut(text, ".")
	v, err := strconv.ParseInt(whole, 10, 32)
	if err != nil {
		return 0, numberFault(err)
	}
	if hasFraction {
		if len(whole) > 2 {
			return d.readDigits(text, have|dateParts)
		}
		if d.micros, err = fractionMicros(fraction); err != nil {
			return 0, badFormat
		}
	}
	if len(text) == 3 && have&dateParts == partYear && v >= 1 && v <= 366 {
		d.dayOfYear = v
		return partDayOfYear | partMonth | partDay, noFault
	}
	if have&dateParts == dateParts {
		return d.readDigits(text, have)
	}
	part := d.choosePart(have, textMonth, len(text), v)
	switch part {
	case partYear:
		d.year = v
		d.twoDigits = len(text) <= 2
	case partMonth:
		d.month = v
	case partDay:
		d.day = v
	case partSwapped:
		return partDay, noFault
	default:
		return 0, badFormat
	}
	return part, noFault
}

func (d *dateText) choosePart(have parts, textMonth bool, length int, v int64) parts {
	switch have & dateParts {
	case 0:
		switch {
		case length >= 3 || d.order == orderYMD:
			return partYear
		case d.order == orderDMY:
			return partDay
		}
		return partMonth
	case partYear, partDay:
		return partMonth
	case partMonth:
		if textMonth && (length >= 3 || d.order == orderYMD) {
			return partYear
		}
		return partDay
	case partYear | partMonth:
		if textMonth && length >= 3 && d.twoDigits { // what seemed the year was the day
			d.day, d.year, d.twoDigits = d.year, v, false
			return partSwapped
		}
		return partDay
	case partMonth | partDay:
		return partYear
	}
	return 0
}

// fractionMicros rounds the digits after a point to microseconds; a whole second is 1000000.
func fractionMicros(digits string) (int64, error) {
	if digits == "" {
		return 0, nil
	}
	if strings.Trim(digits, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	f, err := strconv.ParseFloat("0."+digits, 64)
	return int64(math.RoundToEven(f * microsPerSecond)), err
}

// readDigits reads a date or time run together: 20260102, 260102, 040506.789, 0405.
func (d *dateText) readDigits(text string, have parts) (parts, fault) {
	whole, fraction, hasFraction := strings.Cut(text, ".")
	if whole == "" || strings.Trim(whole, "0123456789") != "" {
		return 0, badFormat
	}
	number := func(s string) int64 {
		v, _ := strconv.ParseInt(s, 10, 32)
		return v
	}
	n := len(whole)
	if hasFraction {
		micros, err := fractionMicros(fraction)
		if err != nil {
			return 0, badFormat
		}
		d.micros = micros
	} else if have&dateParts != dateParts && n >= 6 {
		year, err := strconv.ParseInt(whole[:n-4], 10, 32)
		if err != nil {
			return 0, fieldOverflow
		}
		d.year, d.month, d.day = year, number(whole[n-4:n-2]), number(whole[n-2:])
		if n == 6 {
			d.twoDigits = true
		}
		return dateParts, noFault
	}
	if have&timeParts == timeParts {
		return 0, badFormat
	}
	switch n {
	case 6:
		d.hour, d.minute, d.second = number(whole[:2]), number(whole[2:4]), number(whole[4:])
		return timeParts, noFault
	case 4:
		d.hour, d.minute, d.second = number(whole[:2]), number(whole[2:]), 0
		return timeParts, noFault
	}
	return 0, badFormat
}

// parseZoneOffset reads +hh, +hhmm, +hh:mm, +hh:mm:ss as seconds east of Greenwich. What follows is looked at last.
func parseZoneOffset(s string) (east int64, f fault) {
	sign := int64(1)
	if s[0] == '-' {
		sign = -1
	}
	var v [3]int64
	rest := s[1:]
	for i := range v {
		end := skipDigits(rest, 0)
		n, err := strconv.ParseInt(rest[:end], 10, 32)
		if err != nil {
			if numberFault(err) == fieldOverflow {
				return 0, zoneOverflow
			}
			return 0, badFormat
		}
		v[i], rest = n, rest[end:]
		if i == 0 && rest == "" && len(s) > 3 {
			v[0], v[1] = n/100, n%100
		}
		if rest == "" || rest[0] != ':' || i == len(v)-1 {
			break
		}
		rest = rest[1:]
	}
	switch {
	case v[0] > 15 || v[1] > 59 || v[2] > 59:
		return 0, zoneOverflow
	case rest != "":
		return 0, badFormat
	}
	return sign * (v[0]*3600 + v[1]*60 + v[2]), noFault
}
