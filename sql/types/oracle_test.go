package types

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgx/v5"

	"vecgres/sql/oracle"
)

// Random values and random texts, compared with a Postgres.

func differential(t *testing.T) (*pgx.Conn, *rand.Rand) {
	oracle.Postgres.Need(t)
	conn := oracle.Postgres.Connect(t)
	return conn, oracle.Rand(t)
}

// compareExpression evaluates an SQL expression over v for many texts.
func compareExpression(t *testing.T, conn *pgx.Conn, expression string, draw func() string, f func(text string) (string, error)) {
	t.Helper()
	in := make([]string, 4000)
	for i := range in {
		in[i] = draw()
	}
	rows, err := conn.Query(context.Background(), "SELECT ("+expression+")::text FROM unnest($1::text[]) WITH ORDINALITY u(v, n) ORDER BY n", in)
	if err != nil {
		t.Fatal(err)
	}
	want, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(expression, err)
	}
	for i, s := range in {
		if got, err := f(s); err != nil || got != want[i] {
			t.Errorf("%s for %q is %s, want %s (%v)", expression, s, got, want[i], err)
		}
	}
}

func TestOracleFloats(t *testing.T) {
	conn, r := differential(t)
	show := func(oid OID) func(string) (string, error) {
		return func(s string) (string, error) {
			d, err := ParseText(nil, T(oid), s)
			return FormatText(nil, oid, d), err
		}
	}
	finite := func(draw func() float64) func() string {
		return func() string {
			for {
				if v := draw(); v-v == 0 {
					return fmt.Sprintf("%.17g", v)
				}
			}
		}
	}
	compareExpression(t, conn, "v::float8", finite(func() float64 { return math.Float64frombits(r.Uint64()) }), show(Float8OID))
	compareExpression(t, conn, "v::float4", finite(func() float64 { return float64(math.Float32frombits(r.Uint32())) }), show(Float4OID))
	compareExpression(t, conn, "v::float8", func() string { return fmt.Sprint(r.Int64() >> r.IntN(60)) }, show(Float8OID))
	compareExpression(t, conn, "v::float4", func() string { return fmt.Sprintf("%de%d", r.IntN(1e8), r.IntN(10)) }, show(Float4OID))
	compareExpression(t, conn, "v::float8::numeric", func() string { return fmt.Sprintf("%de%d", r.IntN(1e5), r.IntN(60)-30) }, func(s string) (string, error) {
		d, err := ParseText(nil, T(Float8OID), s)
		return string(AppendNumeric(nil, NumericFromFloat64(d.Float()))), err
	})
}

func TestOracleNumeric(t *testing.T) {
	conn, r := differential(t)
	draw := func() string {
		s := fmt.Sprint(r.Int64() >> r.IntN(62))
		switch r.IntN(4) {
		case 0:
			return "0.000" + s
		case 1:
			return s
		}
		return s + "." + fmt.Sprint(r.Int64()>>r.IntN(62))
	}
	constant := func(s string) *apd.Decimal {
		v, err := ParseNumeric(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for expression, f := range map[string]func(v *apd.Decimal) (*apd.Decimal, error){
		"sqrt(v::numeric)": NumericSqrt,
		"ln(v::numeric + 0.5)": func(v *apd.Decimal) (*apd.Decimal, error) {
			v, _ = NumericAdd(v, constant("0.5"))
			return NumericLn(v)
		},
		"7.25 / (v::numeric + 0.001)": func(v *apd.Decimal) (*apd.Decimal, error) {
			v, _ = NumericAdd(v, constant("0.001"))
			return NumericDiv(constant("7.25"), v)
		},
		"exp(v::numeric % 50)": func(v *apd.Decimal) (*apd.Decimal, error) {
			v, _ = NumericMod(v, constant("50"))
			return NumericExp(v)
		},
		"(v::numeric % 50 + 0.1) ^ 1.37": func(v *apd.Decimal) (*apd.Decimal, error) {
			v, _ = NumericMod(v, constant("50"))
			v, _ = NumericAdd(v, constant("0.1"))
			return NumericPower(v, constant("1.37"))
		},
	} {
		compareExpression(t, conn, expression, draw, func(s string) (string, error) {
			v, err := f(constant(s))
			if err != nil {
				return "", err
			}
			return string(AppendNumeric(nil, v)), nil
		})
	}
}

// TestOracleText throws the pieces of a type's texts together at random; results and errors must agree.
func TestOracleText(t *testing.T) {
	conn, r := differential(t)
	for name, c := range map[string]struct {
		oid    OID
		pieces string
	}{
		"interval": {IntervalOID, "1 2 -3 1.5 day days mon hour 02:03 -04:05:06.7 year ago sec week +1 0.25 1-2"},
		"text[]":   {TextArrayOID, `{ } { } , a " \ null b [1:2]= {a,b} [0:0]=`},
		"jsonb":    {JSONBOID, `{ } [ ] , : "a" "b" 1 1.50 true null nul "\u00e9" "\ud83d" -`},
		"numeric":  {NumericOID, "1 0 . - e 5 + 00 nan inf 9"}, // no x: Postgres 16 reads hexadecimal digits, 15 does not
		"float8":   {Float8OID, "1 0 . - e 5 + 00 x nan inf 9"},
	} {
		pieces := strings.Fields(c.pieces)
		for range 800 {
			var parts []string
			for range 1 + r.IntN(7) {
				parts = append(parts, pieces[r.IntN(len(pieces))])
			}
			s := strings.Join(parts, []string{"", " "}[r.IntN(2)])
			text, err := rawQuery(conn, "SELECT "+quoteLiteral(s)+"::"+name, false)
			want := string(text)
			if err != nil {
				want = strings.Join(errorColumns(err), " ")
			}
			d, err := ParseText(nil, T(c.oid), s)
			got := textOrError(c.oid, d, err)
			if got != want {
				t.Errorf("%s %q: %q, want %q", name, s, got, want)
			}
		}
	}
}

func textOrError(oid OID, d Datum, err error) string {
	if err != nil {
		return strings.Join(errorColumns(err), " ")
	}
	return FormatText(nil, oid, d)
}
