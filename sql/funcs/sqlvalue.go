package funcs

import (
	"vecgres/sql/types"
)

// SQLValue is the function behind a keyword such as CURRENT_DATE or CURRENT_USER, by its lower-case name; false for a name that is none.
// precision is what was written in parentheses, -1 for nothing; it matters to the times alone.
func SQLValue(name string, precision int32) (*Overload, bool) {
	v, ok := sqlValues[name]
	if !ok {
		return nil, false
	}
	o := &Overload{Name: name, Ret: v.ret, Volatility: Stable, Fn: v.fn}
	if precision >= 0 {
		t := types.Type{OID: v.ret, Mod: min(precision, 6)}
		o.RetType = func([]types.Type) types.Type { return t }
		o.Fn = func(ctx *Context, a row) (types.Datum, error) {
			d, err := v.fn(ctx, a)
			if err != nil {
				return types.Null, err
			}
			return types.ApplyTypmod(t, d, true)
		}
	}
	return o, true
}

type sqlValue struct {
	ret types.OID
	fn  Func
}

var sqlValues = map[string]sqlValue{
	"current_date": {types.DateOID, func(ctx *Context, _ row) (types.Datum, error) { return types.Int(currentDays(ctx.Env)), nil }},
	"current_time": {types.TimetzOID, func(ctx *Context, _ row) (types.Datum, error) {
		_, offset := ctx.Env.Now.In(location(ctx.Env)).Zone()
		return types.TimeTZ(timeOf(localNow(ctx.Env)), int32(-offset)), nil
	}},
	"current_timestamp": {types.TimestamptzOID, func(ctx *Context, _ row) (types.Datum, error) {
		return types.Int(types.TimeToTimestamp(ctx.Env.Now)), nil
	}},
	"localtime":      {types.TimeOID, func(ctx *Context, _ row) (types.Datum, error) { return types.Int(timeOf(localNow(ctx.Env))), nil }},
	"localtimestamp": {types.TimestampOID, func(ctx *Context, _ row) (types.Datum, error) { return types.Int(localNow(ctx.Env)), nil }},

	"current_user":    {types.NameOID, systemText(System.CurrentUser)},
	"current_role":    {types.NameOID, systemText(System.CurrentUser)},
	"user":            {types.NameOID, systemText(System.CurrentUser)},
	"session_user":    {types.NameOID, systemText(System.SessionUser)},
	"current_catalog": {types.NameOID, systemText(System.CurrentDatabase)},
	"current_schema":  {types.NameOID, currentSchema},
	"system_user":     {types.TextOID, func(*Context, row) (types.Datum, error) { return types.Null, nil }},
}

// timeOf is a timestamp's time of day.
func timeOf(micros int64) int64 { return micros - floorDiv(micros, microsPerDay)*microsPerDay }
