package funcs

import (
	"math/big"
	"strings"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// sizeUnits are the units of pg_size_pretty, 1024 apart; a value is shown in a unit while its magnitude is below limit there.
var sizeUnits = []string{"bytes", "kB", "MB", "GB", "TB", "PB"}

// prettyInt halves away from zero between units, as Postgres does by keeping one extra bit until the last step.
func prettyInt(_ *Context, a row) (types.Datum, error) {
	return types.Text(pretty(new(big.Int).SetInt64(a[0].Int()))), nil
}

func pretty(v *big.Int) string {
	below := func(v *big.Int, limit int64) bool { return new(big.Int).Abs(v).Cmp(big.NewInt(limit)) < 0 }
	if below(v, 10*1024) {
		return v.String() + " bytes"
	}
	// From here on v counts half units, so that the last division can round.
	v = new(big.Int).Quo(v, big.NewInt(512))
	for unit := 1; ; unit++ {
		if below(v, 20*1024-1) || unit == len(sizeUnits)-1 {
			return halve(v).String() + " " + sizeUnits[unit]
		}
		v = new(big.Int).Quo(v, big.NewInt(1024))
	}
}

// halve divides by two, rounding half away from zero.
func halve(v *big.Int) *big.Int {
	one := big.NewInt(int64(v.Sign()))
	return new(big.Int).Quo(new(big.Int).Add(v, one), big.NewInt(2))
}

func prettyNumeric(_ *Context, a row) (types.Datum, error) {
	v := a[0].Numeric()
	if !isFiniteNumeric(v) {
		return types.Text(types.FormatText(nil, types.NumericOID, a[0]) + " " + sizeUnits[len(sizeUnits)-1]), nil
	}
	if types.NumericCompare(types.NumericAbs(v), types.NumericFromInt64(10*1024)) < 0 {
		return types.Text(types.FormatText(nil, types.NumericOID, a[0]) + " bytes"), nil
	}
	r, err := types.NumericRound(v, 0)
	if err != nil {
		return types.Null, err
	}
	return types.Text(pretty(scaledInt(r, 0))), nil
}

// sizeBytes is pg_size_bytes(text): a number and an optional unit.
func sizeBytes(_ *Context, a row) (types.Datum, error) {
	whole := a[0].Text()
	s := strings.TrimSpace(whole)
	digits := strings.TrimLeft(s, "+-0123456789.")
	numberText := s[:len(s)-len(digits)]
	if exponent := strings.TrimLeft(digits, "eE"); len(digits)-len(exponent) == 1 && exponent != "" && strings.ContainsAny(exponent[:1], "+-0123456789") {
		rest := strings.TrimLeft(exponent[1:], "0123456789")
		numberText, digits = s[:len(s)-len(rest)], rest
	}
	invalid := pgerr.New(pgerrcode.InvalidParameterValue, "invalid size: \"%s\"", whole)
	v, err := types.ParseText(nil, types.T(types.NumericOID), numberText)
	if err != nil || strings.Trim(numberText, "+-.") == "" {
		return types.Null, invalid
	}
	factor := int64(1)
	if unit := strings.TrimSpace(digits); unit != "" {
		if factor = sizeFactor(unit); factor == 0 {
			return types.Null, invalid.WithDetail("Invalid size unit: \"%s\".", unit).
				WithHint("Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".")
		}
	}
	product, err := types.NumericMul(v.Numeric(), types.NumericFromInt64(factor))
	if err != nil {
		return types.Null, err
	}
	n, ok := types.NumericToInt64(product)
	if !ok || product.Form != apd.Finite {
		return types.Null, int8Width.outOfRange()
	}
	return types.Int(n), nil
}

func sizeFactor(unit string) int64 {
	if strings.EqualFold(unit, "B") {
		return 1
	}
	factor := int64(1)
	for _, u := range sizeUnits {
		if strings.EqualFold(u, unit) {
			return factor
		}
		factor *= 1024
	}
	return 0
}

var sizeFuncs = map[string]Func{"pg_size_pretty": prettyInt, "pg_size_pretty_numeric": prettyNumeric, "pg_size_bytes": sizeBytes}
