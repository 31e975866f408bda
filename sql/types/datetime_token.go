package types

import "strings"

// The words of dates, times and intervals.

// wordKind is what a word in a date or time stands for.
type wordKind byte

const (
	unknownWord wordKind = iota
	monthWord
	weekdayWord
	amPmWord
	adBcWord
	reservedWord // now, today, infinity …
	unitWord
	timeMark // the T before an ISO time
	ignoredWord
	daylightWord // the DST after a zone
	agoWord
)

type word struct {
	kind  wordKind
	value int
}

// The reserved words.
const (
	wordNow = iota + 1
	wordToday
	wordTomorrow
	wordYesterday
	wordZulu // allballs: 00:00 UTC
	wordEpoch
	wordInfinity
	wordNegativeInfinity
)

const (
	wordAM = iota + 1
	wordPM
	wordAD
	wordBC
)

// unit is a part of a date, time or interval.
type unit int

// The units, also as EXTRACT and date_trunc name them.
const (
	unitNone unit = iota
	unitMicrosecond
	unitMillisecond
	unitSecond
	unitMinute
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitQuarter
	unitYear
	unitDecade
	unitCentury
	unitMillennium
	unitJulian
	unitEra
	unitISOYear
	unitDow
	unitISODow
	unitDoy
	unitEpoch
	unitTimezone
	unitTimezoneHour
	unitTimezoneMinute
	unitUnusable // no number may have it
)

// dateWords are the words of dates and times.
var dateWords = buildDateWords()

func buildDateWords() map[string]word {
	words := map[string]word{
		"ad": {adBcWord, wordAD}, "bc": {adBcWord, wordBC}, "am": {amPmWord, wordAM}, "pm": {amPmWord, wordPM},
		"allballs": {reservedWord, wordZulu}, "now": {reservedWord, wordNow}, "today": {reservedWord, wordToday},
		"tomorrow": {reservedWord, wordTomorrow}, "yesterday": {reservedWord, wordYesterday}, "epoch": {reservedWord, wordEpoch},
		"infinity": {reservedWord, wordInfinity}, "+infinity": {reservedWord, wordInfinity},
		"-infinity": {reservedWord, wordNegativeInfinity},
		"at":        {ignoredWord, 0}, "on": {ignoredWord, 0}, "t": {timeMark, 0}, "dst": {daylightWord, 3600},
		"d": {unitWord, int(unitDay)}, "h": {unitWord, int(unitHour)}, "m": {unitWord, int(unitMonth)}, "mm": {unitWord, int(unitMinute)},
		"s": {unitWord, int(unitSecond)}, "y": {unitWord, int(unitYear)},
		"j": {unitWord, int(unitJulian)}, "jd": {unitWord, int(unitJulian)}, "julian": {unitWord, int(unitJulian)},
		"dow": {unitWord, int(unitDow)}, "doy": {unitWord, int(unitDoy)}, "isodow": {unitWord, int(unitISODow)},
		"isoyear": {unitWord, int(unitISOYear)}, "sept": {monthWord, 9},
		"thur": {weekdayWord, 4}, "thurs": {weekdayWord, 4}, "tues": {weekdayWord, 2}, "weds": {weekdayWord, 3},
	}
	for i, name := range monthNames {
		words[strings.ToLower(name)] = word{monthWord, i + 1}
		words[strings.ToLower(name[:3])] = word{monthWord, i + 1}
	}
	for i, name := range weekdayNames {
		words[strings.ToLower(name)] = word{weekdayWord, i}
		words[strings.ToLower(name[:3])] = word{weekdayWord, i}
	}
	return words
}

var monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

var weekdayNames = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

// unitWords are the units of intervals, EXTRACT and date_trunc. Words are cut to ten letters before they are looked up.
var unitWords = map[string]unit{
	"c": unitCentury, "cent": unitCentury, "century": unitCentury, "centuries": unitCentury,
	"d": unitDay, "day": unitDay, "days": unitDay,
	"dec": unitDecade, "decs": unitDecade, "decade": unitDecade, "decades": unitDecade,
	"h": unitHour, "hour": unitHour, "hours": unitHour, "hr": unitHour, "hrs": unitHour,
	"m": unitMinute, "min": unitMinute, "mins": unitMinute, "minute": unitMinute, "minutes": unitMinute,
	"microsecon": unitMicrosecond, "us": unitMicrosecond, "usec": unitMicrosecond, "usecs": unitMicrosecond, "usecond": unitMicrosecond, "useconds": unitMicrosecond,
	"mil": unitMillennium, "mils": unitMillennium, "millennia": unitMillennium, "millennium": unitMillennium,
	"millisecon": unitMillisecond, "ms": unitMillisecond, "msec": unitMillisecond, "msecs": unitMillisecond, "msecond": unitMillisecond, "mseconds": unitMillisecond,
	"mon": unitMonth, "mons": unitMonth, "month": unitMonth, "months": unitMonth,
	"qtr": unitQuarter, "quarter": unitQuarter,
	"s": unitSecond, "sec": unitSecond, "secs": unitSecond, "second": unitSecond, "seconds": unitSecond,
	"timezone": unitTimezone, "timezone_h": unitTimezoneHour, "timezone_m": unitTimezoneMinute,
	"w": unitWeek, "week": unitWeek, "weeks": unitWeek,
	"y": unitYear, "yr": unitYear, "yrs": unitYear, "year": unitYear, "years": unitYear,
}

const wordLettersMax = 10

func lookupUnit(s string) (unit, bool) {
	u, ok := unitWords[s[:min(len(s), wordLettersMax)]]
	return u, ok
}

// fieldKind is what a field of a date's text looks like.
type fieldKind byte

const (
	numberField  fieldKind = iota // 12, 12.5, .5
	dateField                     // 2026-01-02, jan-02-2026, america/new_york
	timeField                     // 12:34:56.7
	zoneField                     // +02:30, -8; in intervals any signed number
	stringField                   // a word
	specialField                  // a word with a sign
)

type field struct {
	kind fieldKind
	text string // in lower case
}

const fieldsMax = 25

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }

func isPunct(c byte) bool { return c > ' ' && c < 0x7f && !isAlnum(c) }

// splitFields cuts a date, time or interval into its fields. ok is false for what cannot be one.
func splitFields(s string) (fields []field, ok bool) {
	s = strings.ToLower(s)
	if len(s) > 128+fieldsMax {
		return nil, false
	}
	for i := 0; i < len(s); {
		var kind fieldKind
		start := i
		switch c := s[i]; {
		case isSpace(c):
			i++
			continue
		case isDigit(c):
			kind, i = numberLike(s, i)
		case c == '.':
			kind, i = numberField, skipDigits(s, i+1)
		case isAlpha(c):
			kind, i = wordLike(s, i)
		case c == '+' || c == '-':
			text, next, k, ok := signedLike(s, i)
			if !ok {
				return nil, false
			}
			if len(fields) >= fieldsMax {
				return nil, false
			}
			fields = append(fields, field{k, text})
			i = next
			continue
		case isPunct(c):
			i++
			continue
		default:
			return nil, false
		}
		if len(fields) >= fieldsMax {
			return nil, false
		}
		fields = append(fields, field{kind, s[start:i]})
	}
	return fields, true
}

func skipDigits(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// numberLike goes over a field that begins with a digit.
func numberLike(s string, i int) (fieldKind, int) {
	i = skipDigits(s, i)
	if i == len(s) {
		return numberField, i
	}
	switch delim := s[i]; delim {
	case ':':
		for i < len(s) && (isDigit(s[i]) || s[i] == ':' || s[i] == '.') {
			i++
		}
		return timeField, i
	case '-', '/', '.':
		i++
		if i < len(s) && isDigit(s[i]) {
			kind := dateField
			if delim == '.' {
				kind = numberField
			}
			i = skipDigits(s, i)
			if i < len(s) && s[i] == delim {
				kind = dateField
				for i < len(s) && (isDigit(s[i]) || s[i] == delim) {
					i++
				}
			}
			return kind, i
		}
		for i < len(s) && (isAlnum(s[i]) || s[i] == delim) {
			i++
		}
		return dateField, i
	}
	return numberField, i
}

// wordLike goes over a word, or a date or zone that begins with one.
func wordLike(s string, i int) (fieldKind, int) {
	start := i
	for i < len(s) && isAlpha(s[i]) {
		i++
	}
	if i == len(s) {
		return stringField, i
	}
	isDate := strings.IndexByte("-/.", s[i]) >= 0
	if s[i] == '+' || isDigit(s[i]) {
		_, known := dateWords[s[start:i]]
		isDate = !known
	}
	if !isDate {
		return stringField, i
	}
	for i < len(s) && (isAlnum(s[i]) || strings.IndexByte("+-/_.:", s[i]) >= 0) {
		i++
	}
	return dateField, i
}

// signedLike goes over a sign, blanks, and a number or word after it, and drops the blanks.
func signedLike(s string, i int) (text string, next int, kind fieldKind, ok bool) {
	sign := s[i : i+1]
	i = skipSpace(s, i+1)
	start := i
	switch {
	case i < len(s) && isDigit(s[i]):
		for i < len(s) && (isDigit(s[i]) || s[i] == ':' || s[i] == '.' || s[i] == '-') {
			i++
		}
		return sign + s[start:i], i, zoneField, true
	case i < len(s) && isAlpha(s[i]):
		for i < len(s) && isAlpha(s[i]) {
			i++
		}
		return sign + s[start:i], i, specialField, true
	}
	return "", 0, 0, false
}
