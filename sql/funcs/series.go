package funcs

import (
	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

func stepZero() error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "step size cannot equal zero")
}

// every how many rows a series looks whether its statement was cancelled.
const cancelCheckRows = 1024

// seriesInt is generate_series(start, stop [, step]); a series that would leave the type ends there.
func seriesInt(w width) SetFunc {
	return func(ctx *Context, a row, emit func(row) error) error {
		v, stop, step := a[0].Int(), a[1].Int(), intArg(a, 2, 1)
		if step == 0 {
			return stepZero()
		}
		for i := 0; step > 0 && v <= stop || step < 0 && v >= stop; i++ {
			if err := emitSeries(ctx, i, types.Int(v), emit); err != nil {
				return err
			}
			next, ok := addInt(v, step)
			if !ok || next < w.min || next > w.max {
				return nil
			}
			v = next
		}
		return nil
	}
}

func emitSeries(ctx *Context, i int, d types.Datum, emit func(row) error) error {
	if i%cancelCheckRows == 0 && ctx.Context != nil && ctx.Err() != nil {
		return canceled(ctx)
	}
	return emit(row{d})
}

func seriesNumeric(ctx *Context, a row, emit func(row) error) error {
	step := types.NumericFromInt64(1)
	if len(a) == 3 {
		step = a[2].Numeric()
	}
	v, stop := a[0].Numeric(), a[1].Numeric()
	for i, name := range []string{"start", "stop", "step size"} {
		d := []*apd.Decimal{v, stop, step}[i]
		switch {
		case d.Form == apd.NaN:
			return pgerr.New(pgerrcode.InvalidParameterValue, "%s value cannot be NaN", name[:min(len(name), 9)])
		case d.Form == apd.Infinite:
			return pgerr.New(pgerrcode.InvalidParameterValue, "%s value cannot be infinity", name)
		}
	}
	direction := types.NumericSign(step)
	if direction == 0 {
		return stepZero()
	}
	for i := 0; types.NumericCompare(v, stop)*direction <= 0; i++ {
		if err := emitSeries(ctx, i, types.Numeric(v), emit); err != nil {
			return err
		}
		var err error
		if v, err = types.NumericAdd(v, step); err != nil {
			return err
		}
	}
	return nil
}

// seriesTimestamp is generate_series over timestamps; with tz days are counted in the session's zone, or the one named by the fourth argument.
func seriesTimestamp(tz bool) SetFunc {
	return func(ctx *Context, a row, emit func(row) error) error {
		env, err := zonedEnv(ctx, a, 3)
		if err != nil {
			return err
		}
		v, stop := a[0].Int(), a[1].Int()
		zero := types.Interval(0, 0, 0)
		direction := types.Compare(types.IntervalOID, a[2], zero)
		if direction == 0 {
			return stepZero()
		}
		for i := 0; direction > 0 && v <= stop || direction < 0 && v >= stop; i++ {
			if err := emitSeries(ctx, i, types.Int(v), emit); err != nil {
				return err
			}
			if infiniteTimestamp(v) {
				return nil
			}
			if v, err = types.TimestampPlusInterval(env, v, a[2], tz); err != nil {
				return err
			}
		}
		return nil
	}
}

var seriesSets = map[string]SetFunc{
	"generate_series_int4": seriesInt(int4Width), "generate_series_step_int4": seriesInt(int4Width),
	"generate_series_int8": seriesInt(int8Width), "generate_series_step_int8": seriesInt(int8Width),
	"generate_series_numeric": seriesNumeric, "generate_series_step_numeric": seriesNumeric,
	"generate_series_timestamp": seriesTimestamp(false), "generate_series_timestamptz": seriesTimestamp(true),
	"generate_series_timestamptz_at_zone": seriesTimestamp(true),
	"array_unnest":                        unnest, "generate_subscripts": generateSubscripts, "generate_subscripts_nodir": generateSubscripts,
	"regexp_matches": regexpMatches, "regexp_matches_no_flags": regexpMatches,
	"regexp_split_to_table": regexpSplitToTable, "regexp_split_to_table_no_flags": regexpSplitToTable,
	"text_to_table": stringToTable, "text_to_table_null": stringToTable, "pg_options_to_table": optionsToTable,
}
