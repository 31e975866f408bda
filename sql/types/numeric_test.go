package types

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgx/v5"

	"vecgres/sql/oracle"
)

type numericOp struct {
	sql string // with %[1]s and %[2]s for the arguments
	f   func(a, b *apd.Decimal) (*apd.Decimal, error)
}

func scaleOf(b *apd.Decimal) int32 {
	n, _ := NumericToInt64(b)
	return int32(n)
}

func plain(f func(*apd.Decimal) *apd.Decimal) func(a, b *apd.Decimal) (*apd.Decimal, error) {
	return func(a, _ *apd.Decimal) (*apd.Decimal, error) { return f(a), nil }
}

func unary(f func(*apd.Decimal) (*apd.Decimal, error)) func(a, b *apd.Decimal) (*apd.Decimal, error) {
	return func(a, _ *apd.Decimal) (*apd.Decimal, error) { return f(a) }
}

var numericOps = map[string]numericOp{
	"+":     {"%[1]s + %[2]s", NumericAdd},
	"-":     {"%[1]s - %[2]s", NumericSub},
	"*":     {"%[1]s * %[2]s", NumericMul},
	"/":     {"%[1]s / %[2]s", NumericDiv},
	"%":     {"%[1]s %% %[2]s", NumericMod},
	"^":     {"%[1]s ^ %[2]s", NumericPower},
	"div":   {"div(%[1]s, %[2]s)", NumericDivTrunc},
	"log":   {"log(%[1]s, %[2]s)", NumericLog},
	"round": {"round(%[1]s, %[2]s::int4)", func(a, b *apd.Decimal) (*apd.Decimal, error) { return NumericRound(a, scaleOf(b)) }},
	"trunc": {"trunc(%[1]s, %[2]s::int4)", func(a, b *apd.Decimal) (*apd.Decimal, error) { return NumericTrunc(a, scaleOf(b)) }},
	"sqrt":  {"sqrt(%[1]s)", unary(NumericSqrt)},
	"exp":   {"exp(%[1]s)", unary(NumericExp)},
	"ln":    {"ln(%[1]s)", unary(NumericLn)},
	"ceil":  {"ceil(%[1]s)", plain(NumericCeil)},
	"floor": {"floor(%[1]s)", plain(NumericFloor)},
	"neg":   {"- %[1]s", plain(NumericNeg)},
	"abs":   {"abs(%[1]s)", plain(NumericAbs)},
	"trim":  {"trim_scale(%[1]s)", plain(NumericTrimScale)},
	"cmp": {"(CASE WHEN %[1]s < %[2]s THEN -1 WHEN %[1]s > %[2]s THEN 1 ELSE 0 END)", func(a, b *apd.Decimal) (*apd.Decimal, error) {
		return NumericFromInt64(int64(NumericCompare(a, b))), nil
	}},
}

// TestNumericOperators compares results and their scales with Postgres'. Powers to integers are in TestNumericPowerInteger: Postgres
// 16 chooses other scales for them than 15.
func TestNumericOperators(t *testing.T) {
	ask := func(conn *pgx.Conn, in []string) []string {
		sql := fmt.Sprintf(numericOps[in[0]].sql, quoteLiteral(in[1])+"::numeric", quoteLiteral(in[2])+"::numeric")
		text, err := rawQuery(conn, "SELECT "+sql, false)
		if err != nil {
			return errorColumns(err)
		}
		return []string{string(text)}
	}
	goldenFile(t, "numericop.tsv", 3, oracle.Postgres.Connect(t), ask, func(_ *Env, in []string) []string {
		a, err := ParseNumeric(in[1])
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseNumeric(in[2])
		if err != nil {
			t.Fatal(err)
		}
		before := string(AppendNumeric(nil, a)) + " " + string(AppendNumeric(nil, b))
		v, err := numericOps[in[0]].f(a, b)
		if after := string(AppendNumeric(nil, a)) + " " + string(AppendNumeric(nil, b)); before != after {
			t.Errorf("%q changed its arguments to %s", in, after)
		}
		if err != nil {
			return errorColumns(err)
		}
		return []string{string(AppendNumeric(nil, v))}
	})
}

func TestNumericPowerInteger(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"2.0", "3", "8.0000000000000000"},
		{"10.0", "10", "10000000000.000000"},
		{"10", "100", "1" + zeros(100)},
		{"0.5", "10", "0.0009765625000000000"},
		{"2", "-3", "0.1250000000000000"},
		{"0", "0", "1.0000000000000000"},
		{"0", "5", "0.0000000000000000"},
		{"1.5", "2", "2.2500000000000000"},
		{"3", "1", "3.0000000000000000"},
		{"-2", "3", "-8.0000000000000000"},
		{"-2", "2.0", "4.0000000000000000"},
		{"1.2", "345", "2077446682327378559843444695.6"},
		{"7", "-1", "0.1428571428571429"},
		{"1.000000000123", "-2147483648", "0.7678656556403084"},
		{"0.1", "2000", "0." + zeros(1000)},
	} {
		a, _ := ParseNumeric(c.a)
		b, _ := ParseNumeric(c.b)
		v, err := NumericPower(a, b)
		if err != nil {
			t.Errorf("%s ^ %s: %v", c.a, c.b, err)
			continue
		}
		if got := string(AppendNumeric(nil, v)); got != c.want {
			t.Errorf("%s ^ %s = %s, want %s", c.a, c.b, got, c.want)
		}
	}
	if _, err := NumericPower(NumericFromInt64(10), NumericFromInt64(131072)); err == nil {
		t.Error("10 ^ 131072 should overflow")
	}
}

func zeros(n int) string { return fmt.Sprintf("%0*d", n, 0) }
