package types

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

var intervalCodec = &codec{
	parse: func(env *Env, t Type, s string) (Datum, error) { return parseInterval(env, t.Mod, s) },
	format: func(env *Env, dst []byte, _ OID, d Datum) []byte {
		return appendInterval(dst, d, env.IntervalStyle)
	},
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		if len(b) != 16 {
			return Datum{}, badBinarySize()
		}
		be := binary.BigEndian
		return Interval(int32(be.Uint32(b[12:])), int32(be.Uint32(b[8:])), int64(be.Uint64(b))), nil
	},
	encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
		months, days := d.MonthsDays()
		dst = binary.BigEndian.AppendUint64(dst, uint64(d.N))
		dst = binary.BigEndian.AppendUint32(dst, uint32(days))
		return binary.BigEndian.AppendUint32(dst, uint32(months)), nil
	},
	compare: func(_ OID, a, b Datum) int { return CompareIntervals(a, b) },
	key: func(dst []byte, _ OID, d Datum) ([]byte, error) {
		hi, lo := IntervalCompareKey(d)
		return binary.BigEndian.AppendUint64(appendKeyInt(dst, hi), lo), nil
	},
	typmod: intervalTypmod,
}

// IntervalCompareKey is the interval in microseconds, with days of 24 hours and months of 30 days, as a 128-bit number in two's
// complement. Intervals with equal keys are equal.
func IntervalCompareKey(d Datum) (hi int64, lo uint64) {
	months, days := d.MonthsDays()
	total := int64(months)*daysPerMonth + int64(days)
	negative := total < 0
	if negative {
		total = -total
	}
	h, l := bits.Mul64(uint64(total), microsPerDay)
	if negative {
		var carry uint64
		l, carry = bits.Add64(^l, 1, 0)
		h = ^h + carry
	}
	l, carry := bits.Add64(l, uint64(d.N), 0)
	h, _ = bits.Add64(h, uint64(d.N>>63), carry)
	return int64(h), l
}

// CompareIntervals orders intervals by IntervalCompareKey.
func CompareIntervals(a, b Datum) int {
	hiA, loA := IntervalCompareKey(a)
	hiB, loB := IntervalCompareKey(b)
	switch {
	case hiA != hiB:
		if hiA < hiB {
			return -1
		}
		return 1
	case loA != loB:
		if loA < loB {
			return -1
		}
		return 1
	}
	return 0
}

func intervalOutOfRange() error {
	return pgerr.New(pgerrcode.DatetimeFieldOverflow, "interval out of range")
}

// An interval's modifier: the fields that it keeps in the upper half, the digits of the second in the lower one.
const (
	intervalFull          int32 = 0x7FFF
	intervalFullPrecision int32 = 0xFFFF

	maskMonth  int32 = 1 << 1
	maskYear   int32 = 1 << 2
	maskDay    int32 = 1 << 3
	maskHour   int32 = 1 << 10
	maskMinute int32 = 1 << 11
	maskSecond int32 = 1 << 12
)

// intervalFields are the masks that the grammar makes, with their names.
var intervalFields = map[int32]string{
	maskYear: " year", maskMonth: " month", maskDay: " day", maskHour: " hour", maskMinute: " minute", maskSecond: " second",
	maskYear | maskMonth: " year to month", maskDay | maskHour: " day to hour", maskDay | maskHour | maskMinute: " day to minute",
	maskDay | maskHour | maskMinute | maskSecond: " day to second", maskHour | maskMinute: " hour to minute",
	maskHour | maskMinute | maskSecond: " hour to second", maskMinute | maskSecond: " minute to second", intervalFull: "",
}

func intervalModIn(mods []int32) (int32, error) {
	if len(mods) != 1 && len(mods) != 2 {
		return -1, badMod("invalid INTERVAL type modifier")
	}
	if _, ok := intervalFields[mods[0]]; !ok {
		return -1, badMod("invalid INTERVAL type modifier")
	}
	precision := intervalFullPrecision
	switch {
	case len(mods) == 1 && mods[0] == intervalFull:
		return -1, nil
	case len(mods) == 2 && mods[1] < 0:
		return -1, badMod("INTERVAL(%d) precision must not be negative", mods[1])
	case len(mods) == 2:
		precision = min(mods[1], timePrecisionMax)
	}
	return mods[0]<<16 | precision, nil
}

func splitIntervalMod(mod int32) (fields, precision int32) {
	if mod < 0 {
		return intervalFull, intervalFullPrecision
	}
	return mod >> 16 & 0x7fff, mod & 0xffff
}

func formatIntervalMod(mod int32) string {
	fields, precision := splitIntervalMod(mod)
	text := intervalFields[fields]
	if precision != intervalFullPrecision {
		text += formatMod(precision)
	}
	return text
}

// intervalTypmod drops the fields below the least that the modifier keeps.
func intervalTypmod(t Type, d Datum, _ bool) (Datum, error) {
	fields, precision := splitIntervalMod(t.Mod)
	months, days := d.MonthsDays()
	micros := d.N
	switch fields {
	case maskYear:
		months, days, micros = months/12*12, 0, 0
	case maskMonth, maskYear | maskMonth:
		days, micros = 0, 0
	case maskDay:
		micros = 0
	case maskHour, maskDay | maskHour:
		micros = micros / microsPerHour * microsPerHour
	case maskMinute, maskDay | maskHour | maskMinute, maskHour | maskMinute:
		micros = micros / microsPerMinute * microsPerMinute
	}
	if precision != intervalFullPrecision {
		micros = roundMicros(micros, precision)
	}
	return Interval(months, days, micros), nil
}

// intervalParts are the fields as they are printed; all but the last may have any sign.
type intervalParts struct {
	year, month, day, hour, minute, second, micros int64
}

func splitInterval(d Datum) intervalParts {
	months, days := d.MonthsDays()
	return intervalParts{
		year: int64(months / 12), month: int64(months % 12), day: int64(days),
		hour: d.N / microsPerHour, minute: d.N / microsPerMinute % 60, second: d.N / microsPerSecond % 60, micros: d.N % microsPerSecond,
	}
}

func appendInterval(dst []byte, d Datum, style string) []byte {
	p := splitInterval(d)
	switch style {
	case "sql_standard":
		return p.appendSQL(dst)
	case "iso_8601":
		return p.appendISO(dst)
	case "postgres_verbose":
		return p.appendVerbose(dst)
	}
	return p.appendPostgres(dst)
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// appendSeconds prints seconds with their fraction, without sign.
func (p intervalParts) appendSeconds(dst []byte, width int) []byte {
	if p.second == 0 && width == 0 {
		dst = append(dst, '0')
	} else {
		dst = appendPadded(dst, abs(p.second), width)
	}
	return appendFraction(dst, abs(p.micros))
}

func (p intervalParts) negativeTime() bool {
	return p.hour < 0 || p.minute < 0 || p.second < 0 || p.micros < 0
}

func (p intervalParts) hasTime() bool {
	return p.hour != 0 || p.minute != 0 || p.second != 0 || p.micros != 0
}

// appendPostgres prints 1 year 2 mons -3 days +04:05:06: a plus follows a minus.
func (p intervalParts) appendPostgres(dst []byte) []byte {
	start, wasNegative := len(dst), false
	for _, u := range [...]struct {
		v    int64
		name string
	}{{p.year, " year"}, {p.month, " mon"}, {p.day, " day"}} {
		if u.v == 0 {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		if wasNegative && u.v > 0 {
			dst = append(dst, '+')
		}
		dst = append(strconv.AppendInt(dst, u.v, 10), u.name...)
		if u.v != 1 {
			dst = append(dst, 's')
		}
		wasNegative = u.v < 0
	}
	if len(dst) > start && !p.hasTime() {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	switch {
	case p.negativeTime():
		dst = append(dst, '-')
	case wasNegative:
		dst = append(dst, '+')
	}
	return p.appendTime(dst, 2)
}

// appendTime prints hours:minutes:seconds without sign.
func (p intervalParts) appendTime(dst []byte, hourWidth int) []byte {
	dst = append(appendPadded(dst, abs(p.hour), hourWidth), ':')
	dst = append(appendPadded(dst, abs(p.minute), 2), ':')
	return p.appendSeconds(dst, 2)
}

// appendVerbose prints @ 1 year 2 mons ago: the first field's sign is told by ago, the others' are relative to it.
func (p intervalParts) appendVerbose(dst []byte) []byte {
	dst = append(dst, '@')
	first, ago := true, false
	sign := func(v int64) int64 {
		if first {
			ago, first = v < 0, false
			return abs(v)
		}
		if ago {
			return -v
		}
		return v
	}
	for _, u := range [...]struct {
		v    int64
		name string
	}{{p.year, " year"}, {p.month, " mon"}, {p.day, " day"}, {p.hour, " hour"}, {p.minute, " min"}} {
		if u.v == 0 {
			continue
		}
		v := sign(u.v)
		dst = append(strconv.AppendInt(append(dst, ' '), v, 10), u.name...)
		if v != 1 {
			dst = append(dst, 's')
		}
	}
	if p.second != 0 || p.micros != 0 {
		dst = append(dst, ' ')
		direction := int64(1)
		if p.second < 0 || p.micros < 0 {
			direction = -1
		}
		if sign(direction) < 0 {
			dst = append(dst, '-')
		}
		dst = append(p.appendSeconds(dst, 0), " sec"...)
		if abs(p.second) != 1 || p.micros != 0 {
			dst = append(dst, 's')
		}
	}
	if first {
		dst = append(dst, " 0"...)
	}
	if ago {
		dst = append(dst, " ago"...)
	}
	return dst
}

func (p intervalParts) appendISO(dst []byte) []byte {
	if p == (intervalParts{}) {
		return append(dst, "PT0S"...)
	}
	field := func(v int64, unit byte) {
		if v != 0 {
			dst = append(strconv.AppendInt(dst, v, 10), unit)
		}
	}
	dst = append(dst, 'P')
	field(p.year, 'Y')
	field(p.month, 'M')
	field(p.day, 'D')
	if p.hasTime() {
		dst = append(dst, 'T')
	}
	field(p.hour, 'H')
	field(p.minute, 'M')
	if p.second != 0 || p.micros != 0 {
		if p.second < 0 || p.micros < 0 {
			dst = append(dst, '-')
		}
		dst = append(p.appendSeconds(dst, 0), 'S')
	}
	return dst
}

// appendSQL prints the standard's forms, 1-2 or 3 4:05:06, with one sign in front if all fields have it, and otherwise all of them
// with their signs.
func (p intervalParts) appendSQL(dst []byte) []byte {
	fields := [...]int64{p.year, p.month, p.day, p.hour, p.minute, p.second, p.micros}
	negative, positive := false, false
	for _, v := range fields {
		negative = negative || v < 0
		positive = positive || v > 0
	}
	yearMonth := p.year != 0 || p.month != 0
	dayTime := p.day != 0 || p.hasTime()
	switch {
	case !negative && !positive:
		return append(dst, '0')
	case negative && positive || yearMonth && dayTime:
		return p.appendSigned(dst)
	case negative:
		dst = append(dst, '-')
	}
	if yearMonth {
		dst = append(strconv.AppendInt(dst, abs(p.year), 10), '-')
		return strconv.AppendInt(dst, abs(p.month), 10)
	}
	if p.day != 0 {
		dst = append(strconv.AppendInt(dst, abs(p.day), 10), ' ')
	}
	return p.appendTime(dst, 1)
}

func (p intervalParts) appendSigned(dst []byte) []byte {
	sign := func(negative bool) {
		if negative {
			dst = append(dst, '-')
		} else {
			dst = append(dst, '+')
		}
	}
	sign(p.year < 0 || p.month < 0)
	dst = append(strconv.AppendInt(dst, abs(p.year), 10), '-')
	dst = append(strconv.AppendInt(dst, abs(p.month), 10), ' ')
	sign(p.day < 0)
	dst = append(strconv.AppendInt(dst, abs(p.day), 10), ' ')
	sign(p.negativeTime())
	return p.appendTime(dst, 1)
}

// intervalOf checks that months and days fit.
func intervalOf(months, days, micros int64) (Datum, error) {
	if months != int64(int32(months)) || days != int64(int32(days)) {
		return Datum{}, intervalOutOfRange()
	}
	return Interval(int32(months), int32(days), micros), nil
}

func addMicros(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (sum > a) == (b > 0)
}

func mulMicros(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	product := a * b
	return product, product/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
}
