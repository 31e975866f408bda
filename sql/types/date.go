package types

import (
	"cmp"
	"encoding/binary"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

var dateCodec = &codec{
	parse: func(env *Env, _ Type, s string) (Datum, error) {
		v, err := parseDate(env, s)
		return Datum{N: v}, err
	},
	format: func(env *Env, dst []byte, _ OID, d Datum) []byte {
		if isInfiniteDate(d.N) {
			return appendInfinity(dst, d.N < 0)
		}
		year, month, day := DateOf(d.N)
		return appendBC(appendYMD(env, dst, env.dateFormat(), year, month, day), year)
	},
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		if len(b) != 4 {
			return Datum{}, badBinarySize()
		}
		v := int64(int32(binary.BigEndian.Uint32(b)))
		if !isInfiniteDate(v) && !validDate(v) {
			return Datum{}, dateOutOfRange()
		}
		return Datum{N: v}, nil
	},
	encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
		return binary.BigEndian.AppendUint32(dst, uint32(d.N)), nil
	},
	compare: compareN,
	key:     keyN,
}

func parseDate(env *Env, s string) (int64, error) {
	d, f := parseDateText(env, s, false)
	if f != noFault {
		return 0, d.error(f, "date", s)
	}
	switch d.special {
	case wordInfinity:
		return DateInfinity, nil
	case wordNegativeInfinity:
		return DateNegativeInfinity, nil
	case wordEpoch:
		return unixEpochDays, nil
	}
	days := DaysOf(d.year, d.month, d.day)
	if !validDate(days) {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range: \"%s\"", s)
	}
	return days, nil
}

var timeCodec = &codec{
	parse: func(env *Env, _ Type, s string) (Datum, error) {
		d, f := parseDateText(env, s, true)
		if f != noFault {
			return Datum{}, d.error(f, "time", s)
		}
		return Datum{N: d.clock()}, nil
	},
	format: func(_ *Env, dst []byte, _ OID, d Datum) []byte { return appendClock(dst, d.N) },
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		if len(b) != 8 {
			return Datum{}, badBinarySize()
		}
		return decodeClock(b)
	},
	encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
		return binary.BigEndian.AppendUint64(dst, uint64(d.N)), nil
	},
	compare: compareN,
	key:     keyN,
	typmod: func(t Type, d Datum, _ bool) (Datum, error) {
		return Datum{N: roundMicros(d.N, t.Mod)}, nil
	},
}

func decodeClock(b []byte) (Datum, error) {
	v := int64(binary.BigEndian.Uint64(b))
	if v < 0 || v > microsPerDay {
		return Datum{}, pgerr.New(pgerrcode.DatetimeFieldOverflow, "time out of range")
	}
	return Datum{N: v}, nil
}

var timetzCodec = &codec{
	parse: func(env *Env, _ Type, s string) (Datum, error) {
		d, f := parseDateText(env, s, true)
		if f != noFault {
			return Datum{}, d.error(f, "time with time zone", s)
		}
		east, f := d.timeOffset()
		if f != noFault {
			return Datum{}, d.error(f, "time with time zone", s)
		}
		return TimeTZ(d.clock(), int32(-east)), nil
	},
	format: func(_ *Env, dst []byte, _ OID, d Datum) []byte {
		return appendOffset(appendClock(dst, d.N), -int64(d.TimeZone()))
	},
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		if len(b) != 12 {
			return Datum{}, badBinarySize()
		}
		d, err := decodeClock(b)
		zone := int32(binary.BigEndian.Uint32(b[8:]))
		if err == nil && (zone <= -16*3600 || zone >= 16*3600) {
			err = pgerr.New(pgerrcode.InvalidTimeZoneDisplacementValue, "time zone displacement out of range")
		}
		return TimeTZ(d.N, zone), err
	},
	encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
		dst = binary.BigEndian.AppendUint64(dst, uint64(d.N))
		return binary.BigEndian.AppendUint32(dst, uint32(d.TimeZone())), nil
	},
	compare: func(_ OID, a, b Datum) int {
		if c := cmp.Compare(timetzMoment(a), timetzMoment(b)); c != 0 {
			return c
		}
		return cmp.Compare(a.TimeZone(), b.TimeZone())
	},
	key: func(dst []byte, _ OID, d Datum) ([]byte, error) {
		return appendKeyInt(appendKeyInt(dst, timetzMoment(d)), int64(d.TimeZone())), nil
	},
	typmod: func(t Type, d Datum, _ bool) (Datum, error) {
		return TimeTZ(roundMicros(d.N, t.Mod), d.TimeZone()), nil
	},
}

// timetzMoment is the time in UTC, by which timetz is ordered first.
func timetzMoment(d Datum) int64 { return d.N + int64(d.TimeZone())*microsPerSecond }

// timeOffset finds the offset of a timetz: a zone with rules needs a date, for which today is taken if it is the session's.
func (d *dateText) timeOffset() (east int64, f fault) {
	loc := d.zone
	switch {
	case loc == nil && d.have&partZone != 0:
		return d.east, noFault
	case loc == nil:
		loc = d.env.loc()
	}
	if d.have&dateParts != dateParts {
		clock := *d
		if _, f := d.readReserved(wordToday); f != noFault {
			return 0, f
		}
		d.hour, d.minute, d.second, d.micros = clock.hour, clock.minute, clock.second, clock.micros
	}
	local, ok := d.local()
	if !ok {
		return 0, fieldOverflow
	}
	return offsetOfLocal(local, loc), noFault
}
