package types

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vecgres/sql/pgerr"
)

func TestCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.Int64Range(-3000000, 3000000).Draw(t, "days")
		year, month, day := DateOf(days)
		if back := DaysOf(year, month, day); back != days {
			t.Fatalf("day %d is %d-%d-%d, which is day %d", days, year, month, day, back)
		}
		goDate := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days))
		if y, m, d := goDate.Date(); int64(y) != year || int64(m) != month || int64(d) != day || int64(goDate.Weekday()) != weekday(days) {
			t.Fatalf("day %d is %d-%d-%d, and by package time %s", days, year, month, day, goDate)
		}
		if y, w := goDate.ISOWeek(); true {
			if year, week := isoWeek(days); int64(y) != year || int64(w) != week {
				t.Fatalf("day %d is in week %d-%d, and by package time %d-%d", days, year, week, y, w)
			}
		}
	})
}

func TestTimestampToTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range(timestampMin, timestampEnd-1).Draw(t, "micros")
		if back := TimeToTimestamp(TimestampToTime(micros)); back != micros {
			t.Fatalf("%d came back as %d", micros, back)
		}
	})
	if got := TimeToTimestamp(time.Date(1999, 12, 31, 23, 59, 59, 999999000, time.UTC)); got != -1 {
		t.Errorf("one microsecond before 2000 is %d", got)
	}
}

func TestNow(t *testing.T) {
	loc, err := LoadZoneName("america/new_york")
	if err != nil {
		t.Fatal(err)
	}
	env := &Env{Location: loc, Now: time.Date(2026, 3, 4, 2, 3, 4, 500000000, time.UTC)} // still the 3rd in New York
	for _, c := range []struct {
		oid      OID
		in, want string
	}{
		{TimestamptzOID, "now", "2026-03-03 21:03:04.5-05"}, {TimestampOID, "now", "2026-03-03 21:03:04.5"}, {DateOID, "now", "2026-03-03"},
		{DateOID, "today", "2026-03-03"}, {DateOID, "tomorrow", "2026-03-04"}, {DateOID, "yesterday", "2026-03-02"},
		{TimestamptzOID, "today", "2026-03-03 00:00:00-05"}, {TimestampOID, "yesterday 04:05", "2026-03-02 04:05:00"},
		{TimestamptzOID, "tomorrow allballs", "2026-03-03 19:00:00-05"}, {TimeOID, "now", "21:03:04.5"}, {TimetzOID, "now", "21:03:04.5-05"},
		{TimetzOID, "12:00", "12:00:00-05"},
	} {
		d, err := ParseText(env, T(c.oid), c.in)
		if err != nil {
			t.Errorf("%s %q: %v", TypeName(c.oid), c.in, err)
			continue
		}
		if got := FormatText(env, c.oid, d); got != c.want {
			t.Errorf("%s %q is %s, want %s", TypeName(c.oid), c.in, got, c.want)
		}
	}
}

func TestMakeDateAndTime(t *testing.T) {
	if days, err := MakeDate(-44, 3, 15); err != nil || FormatText(nil, DateOID, Int(days)) != "0044-03-15 BC" {
		t.Errorf("make_date(-44, 3, 15): %d, %v", days, err)
	}
	if _, err := MakeDate(2026, 2, 29); err == nil || pgerr.From(err).Message != "date field value out of range: 2026-02-29" {
		t.Errorf("make_date(2026, 2, 29): %v", err)
	}
	if micros, err := MakeTime(8, 15, 23.5); err != nil || FormatText(nil, TimeOID, Int(micros)) != "08:15:23.5" {
		t.Errorf("make_time(8, 15, 23.5): %d, %v", micros, err)
	}
	for _, c := range []struct {
		hour, minute int64
		second       float64
	}{{24, 0, 0.000001}, {25, 0, 0}, {1, 60, 0}, {1, 1, -1}, {1, 1, math.NaN()}, {-1, 0, 0}} {
		if _, err := MakeTime(c.hour, c.minute, c.second); err == nil {
			t.Errorf("make_time%v should fail", c)
		}
	}
}

func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		v := HalfFromBits(uint16(h))
		if v != v {
			continue
		}
		if back := HalfBits(v); back != uint16(h) {
			t.Fatalf("half %04x is %v, which is %04x", h, v, back)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float32Range(-70000, 70000).Draw(t, "v")
		if rapid.Bool().Draw(t, "small") {
			v /= 1 << 20
		}
		h := HalfBits(v)
		if h&0x7fff >= 0x7c00 {
			if math.Abs(float64(v)) < 65520 {
				t.Fatalf("%v became infinite", v)
			}
			return
		}
		got := math.Abs(float64(HalfFromBits(h)) - float64(v))
		for _, other := range []uint16{h - 1, h + 1} {
			o := HalfFromBits(other)
			if o-o != 0 {
				continue
			}
			if d := math.Abs(float64(o) - float64(v)); d < got || d == got && h&1 != 0 && other&0x7fff != 0x7fff {
				t.Fatalf("%v became %v, but %v is nearer", v, HalfFromBits(h), o)
			}
		}
	})
}
