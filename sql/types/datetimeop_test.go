package types

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"vecgres/sql/oracle"
)

var errNoSuchOp = errors.New("no such operation")

// TestDateTimeOperators: operation, type of the second argument, arguments.
func TestDateTimeOperators(t *testing.T) {
	ask := func(conn *pgx.Conn, in []string) []string {
		op, typ, a, b := in[0], in[1], quoteLiteral(in[2]), quoteLiteral(in[3])
		sql := map[string]string{
			"trunc":   fmt.Sprintf("date_trunc(%s, %s::%s)", a, b, typ),
			"extract": fmt.Sprintf("extract(%s from %s::%s)", in[2], b, typ),
			"+":       fmt.Sprintf("%s::%s + %s::interval", a, typ, b),
			"-":       fmt.Sprintf("%s::%s - %s::%s", a, typ, b, typ),
			"age":     fmt.Sprintf("age(%s::%s, %s::%s)", a, typ, b, typ),
			"*":       fmt.Sprintf("%s::interval * %s::float8", a, b),
			"/":       fmt.Sprintf("%s::interval / %s::float8", a, b),
			"justify": fmt.Sprintf("justify_interval(%s::interval)", a),
			"hours":   fmt.Sprintf("justify_hours(%s::interval)", a),
			"days":    fmt.Sprintf("justify_days(%s::interval)", a),
			"zone":    fmt.Sprintf("%s::%s AT TIME ZONE %s", a, typ, b),
			"cmp":     fmt.Sprintf("(CASE WHEN %[1]s::%[3]s < %[2]s::%[3]s THEN -1 WHEN %[1]s::%[3]s > %[2]s::%[3]s THEN 1 ELSE 0 END)", a, b, typ),
		}[op]
		text, err := rawQuery(conn, "SELECT "+sql, false)
		if err != nil {
			return errorColumns(err)
		}
		return []string{string(text)}
	}
	goldenFile(t, "datetimeop.tsv", 4, oracle.Postgres.Connect(t), ask, func(env *Env, in []string) []string {
		oid, v, err := dateTimeOp(t, env, in)
		switch {
		case err != nil:
			return errorColumns(err)
		case v.IsNull():
			return []string{""}
		}
		return []string{FormatText(env, oid, v)}
	})
}

func dateTimeOp(t *testing.T, env *Env, in []string) (OID, Datum, error) {
	oid := typeOf(t, in[1]).OID
	parse := func(oid OID, s string) Datum {
		d, err := ParseText(env, T(oid), s)
		if err != nil {
			t.Fatal(in, err)
		}
		return d
	}
	tz := oid == TimestamptzOID
	switch in[0] {
	case "trunc":
		v, err := DateTrunc(env, in[2], oid, parse(oid, in[3]))
		return oid, v, err
	case "extract":
		v, err := Extract(env, in[2], oid, parse(oid, in[3]))
		return NumericOID, v, err
	case "+":
		if oid == IntervalOID {
			v, err := IntervalAdd(parse(oid, in[2]), parse(IntervalOID, in[3]))
			return oid, v, err
		}
		v, err := TimestampPlusInterval(env, parse(oid, in[2]).N, parse(IntervalOID, in[3]), tz)
		return oid, Int(v), err
	case "-":
		if oid == IntervalOID {
			v, err := IntervalSub(parse(oid, in[2]), parse(oid, in[3]))
			return oid, v, err
		}
		v, err := TimestampDiff(parse(oid, in[2]).N, parse(oid, in[3]).N)
		return IntervalOID, v, err
	case "age":
		v, err := TimestampAge(env, parse(oid, in[2]).N, parse(oid, in[3]).N, tz)
		return IntervalOID, v, err
	case "*":
		v, err := IntervalMul(parse(IntervalOID, in[2]), parse(Float8OID, in[3]).Float())
		return IntervalOID, v, err
	case "/":
		v, err := IntervalDiv(parse(IntervalOID, in[2]), parse(Float8OID, in[3]).Float())
		return IntervalOID, v, err
	case "justify":
		v, err := JustifyInterval(parse(IntervalOID, in[2]))
		return IntervalOID, v, err
	case "hours":
		v, err := JustifyHours(parse(IntervalOID, in[2]))
		return IntervalOID, v, err
	case "days":
		v, err := JustifyDays(parse(IntervalOID, in[2]))
		return IntervalOID, v, err
	case "zone":
		loc, err := LoadZone(in[3])
		if err != nil {
			return 0, Datum{}, err
		}
		if tz {
			v, err := LocalTimestamp(parse(oid, in[2]).N, loc)
			return TimestampOID, Int(v), err
		}
		v, err := ZonedTimestamp(parse(oid, in[2]).N, loc)
		return TimestamptzOID, Int(v), err
	case "cmp":
		return Int4OID, Int(int64(Compare(oid, parse(oid, in[2]), parse(oid, in[3])))), nil
	}
	return 0, Datum{}, errNoSuchOp
}
