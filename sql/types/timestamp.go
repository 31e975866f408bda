package types

import (
	"encoding/binary"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// timestampCodec is timestamp, or timestamptz with zoned.
func timestampCodec(name string, zoned bool) *codec {
	return &codec{
		parse: func(env *Env, _ Type, s string) (Datum, error) {
			v, err := parseTimestamp(env, s, name, zoned)
			return Datum{N: v}, err
		},
		format: func(env *Env, dst []byte, _ OID, d Datum) []byte {
			if zoned {
				return appendTimestampTZ(env, dst, d.N)
			}
			return appendTimestamp(env, dst, d.N)
		},
		decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
			if len(b) != 8 {
				return Datum{}, badBinarySize()
			}
			v := int64(binary.BigEndian.Uint64(b))
			if !isInfiniteTimestamp(v) && !validTimestamp(v) {
				return Datum{}, timestampOutOfRange()
			}
			return Datum{N: v}, nil
		},
		encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
			return binary.BigEndian.AppendUint64(dst, uint64(d.N)), nil
		},
		compare: compareN,
		key:     keyN,
		typmod: func(t Type, d Datum, _ bool) (Datum, error) {
			if isInfiniteTimestamp(d.N) {
				return d, nil
			}
			return Datum{N: roundMicros(d.N, t.Mod)}, nil
		},
	}
}

func parseTimestamp(env *Env, s, name string, zoned bool) (int64, error) {
	d, f := parseDateText(env, s, false)
	if f != noFault {
		return 0, d.error(f, name, s)
	}
	switch d.special {
	case wordInfinity:
		return TimestampInfinity, nil
	case wordNegativeInfinity:
		return TimestampNegativeInfinity, nil
	case wordEpoch:
		return unixEpochMicros, nil
	}
	v, ok := d.local()
	if zoned {
		v, ok = d.moment()
	}
	if !ok || !validTimestamp(v) {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
	}
	return v, nil
}

// roundMicros rounds to a number of digits of the second, half away from zero.
func roundMicros(micros int64, digits int32) int64 {
	if digits < 0 || digits >= timePrecisionMax {
		return micros
	}
	scale := int64(1)
	for range timePrecisionMax - digits {
		scale *= 10
	}
	if micros >= 0 {
		return (micros + scale/2) / scale * scale
	}
	return -((-micros + scale/2) / scale * scale)
}

func appendInfinity(dst []byte, negative bool) []byte {
	if negative {
		dst = append(dst, '-')
	}
	return append(dst, "infinity"...)
}

func appendTimestamp(env *Env, dst []byte, micros int64) []byte {
	if isInfiniteTimestamp(micros) {
		return appendInfinity(dst, micros < 0)
	}
	return appendDateTime(env, dst, micros, nil)
}

func appendTimestampTZ(env *Env, dst []byte, micros int64) []byte {
	if isInfiniteTimestamp(micros) {
		return appendInfinity(dst, micros < 0)
	}
	loc := env.loc()
	if loc == time.UTC {
		return appendDateTime(env, dst, micros, &zoneText{abbrev: "UTC"})
	}
	abbrev, east := TimestampToTime(micros).In(loc).Zone()
	return appendDateTime(env, dst, micros+int64(east)*microsPerSecond, &zoneText{abbrev: abbrev, east: int64(east)})
}

// zoneText is how a zone is written after a time.
type zoneText struct {
	abbrev string
	east   int64
}

// dateFormat is the first word of DateStyle.
type dateFormat byte

const (
	formatISO dateFormat = iota
	formatSQL
	formatPostgres
	formatGerman
)

func (env *Env) dateFormat() dateFormat {
	if env.DateStyle == "" {
		return formatISO
	}
	switch env.DateStyle[0] | 0x20 {
	case 's':
		return formatSQL
	case 'p':
		return formatPostgres
	case 'g':
		return formatGerman
	}
	return formatISO
}

// appendDateTime prints a date and time that clocks show, with its zone if there is one.
func appendDateTime(env *Env, dst []byte, local int64, zone *zoneText) []byte {
	days, ofDay := splitTimestamp(local)
	year, month, day := DateOf(days)
	style := env.dateFormat()
	if style == formatPostgres {
		dst = append(dst, weekdayNames[weekday(days)][:3]...)
		dst = append(dst, ' ')
		if env.dateOrder() == orderDMY {
			dst = appendPadded(dst, day, 2)
			dst = append(append(dst, ' '), monthNames[month-1][:3]...)
		} else {
			dst = append(append(dst, monthNames[month-1][:3]...), ' ')
			dst = appendPadded(dst, day, 2)
		}
		dst = append(dst, ' ')
		dst = appendClock(dst, ofDay)
		dst = append(dst, ' ')
		dst = appendYear(dst, year)
	} else {
		dst = appendYMD(env, dst, style, year, month, day)
		dst = append(dst, ' ')
		dst = appendClock(dst, ofDay)
	}
	if zone != nil {
		dst = appendZone(dst, style, zone)
	}
	return appendBC(dst, year)
}

func appendZone(dst []byte, style dateFormat, zone *zoneText) []byte {
	if style != formatISO && zone.abbrev != "" {
		return append(append(dst, ' '), zone.abbrev...)
	}
	if style == formatPostgres {
		dst = append(dst, ' ')
	}
	return appendOffset(dst, zone.east)
}

// appendOffset prints seconds east of Greenwich as +02, +05:30, -00:44:30.
func appendOffset(dst []byte, east int64) []byte {
	sign := byte('+')
	if east < 0 {
		sign, east = '-', -east
	}
	dst = appendPadded(append(dst, sign), east/3600, 2)
	if east%3600 != 0 {
		dst = appendPadded(append(dst, ':'), east/60%60, 2)
	}
	if east%60 != 0 {
		dst = appendPadded(append(dst, ':'), east%60, 2)
	}
	return dst
}

// weekday is 0 for Sunday.
func weekday(days int64) int64 {
	return ((days+6)%7 + 7) % 7 // 2000-01-01 was a Saturday
}

func appendYear(dst []byte, year int64) []byte {
	if year <= 0 {
		year = 1 - year
	}
	return appendPadded(dst, year, 4)
}

func appendBC(dst []byte, year int64) []byte {
	if year <= 0 {
		return append(dst, " BC"...)
	}
	return dst
}

// appendYMD prints the date of every style but the date and time of style Postgres.
func appendYMD(env *Env, dst []byte, style dateFormat, year, month, day int64) []byte {
	if style == formatISO {
		dst = append(appendYear(dst, year), '-')
		dst = append(appendPadded(dst, month, 2), '-')
		return appendPadded(dst, day, 2)
	}
	sep := byte('-')
	switch style {
	case formatSQL:
		sep = '/'
	case formatGerman:
		sep = '.'
	}
	first, second := month, day
	if style == formatGerman || env.dateOrder() == orderDMY {
		first, second = day, month
	}
	dst = append(appendPadded(dst, first, 2), sep)
	dst = append(appendPadded(dst, second, 2), sep)
	return appendYear(dst, year)
}

// appendClock prints a time of day, without zeros at the end of the fraction.
func appendClock(dst []byte, micros int64) []byte {
	dst = append(appendPadded(dst, micros/microsPerHour, 2), ':')
	dst = append(appendPadded(dst, micros/microsPerMinute%60, 2), ':')
	dst = appendPadded(dst, micros/microsPerSecond%60, 2)
	return appendFraction(dst, micros%microsPerSecond)
}

func appendFraction(dst []byte, micros int64) []byte {
	if micros == 0 {
		return dst
	}
	dst = appendPadded(append(dst, '.'), micros, 6)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// appendPadded prints a number that is not negative with zeros in front.
func appendPadded(dst []byte, v int64, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for v > 0 || width > 0 {
		i--
		buf[i] = byte('0' + v%10)
		v /= 10
		width--
	}
	return append(dst, buf[i:]...)
}
