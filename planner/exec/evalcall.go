package exec

import (
	"cmp"
	"math"
	"strings"

	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/types"
)

// call compiles a function or operator call. Comparisons of numbers, which make up most of what queries evaluate row by row, are done in
// place; everything else goes through the overload's Func with one argument buffer per call site.
func (c *compiler) call(e *bound.Call, sc scope) (evaluator, error) {
	args, err := c.compileAll(e.Args, sc)
	if err != nil {
		return nil, err
	}
	if ev := compareInPlace(e, args); ev != nil {
		return ev, nil
	}
	if ev := arithmeticInPlace(e, args); ev != nil {
		return ev, nil
	}
	if e.ArrayVariadic && e.Fn.Variadic != 0 {
		return c.spreadCall(e, args), nil
	}
	fn := e.Fn.Bind(typesOfExprs(e.Args))
	rt, strict := c.rt, e.Fn.Strict
	buf := make([]types.Datum, len(args))
	return func(f *frame) (types.Datum, error) {
		for i, a := range args {
			d, err := a(f)
			if err != nil {
				return types.Null, err
			}
			if strict && d.IsNull() {
				return types.Null, nil
			}
			buf[i] = d
		}
		return fn(rt.funcs, buf)
	}, nil
}

// spreadCall calls a variadic function whose last argument is an array of its variadic arguments.
func (c *compiler) spreadCall(e *bound.Call, args []evaluator) evaluator {
	rt, fixed := c.rt, len(args)-1
	fixedTypes := typesOfExprs(e.Args[:fixed])
	return func(f *frame) (types.Datum, error) {
		values := make([]types.Datum, 0, len(args)+4)
		for _, a := range args {
			d, err := a(f)
			if err != nil || d.IsNull() && e.Fn.Strict {
				return types.Null, err
			}
			values = append(values, d)
		}
		last := values[fixed]
		if last.IsNull() {
			return types.Null, nil
		}
		argTypes := append([]types.Type(nil), fixedTypes...)
		values = append(values[:fixed], last.Array().Elems...)
		for range last.Array().Elems {
			argTypes = append(argTypes, types.T(last.Array().Elem))
		}
		if e.Fn.Strict {
			for _, v := range values {
				if v.IsNull() {
					return types.Null, nil
				}
			}
		}
		return e.Fn.Bind(argTypes)(rt.funcs, values)
	}
}

func typesOfExprs(es []bound.Scalar) []types.Type {
	t := make([]types.Type, len(es))
	for i, e := range es {
		t[i] = e.Type()
	}
	return t
}

// numberClass says how a type's values compare: 'i' as N, 'f' as floats, 's' as S, 0 otherwise.
func numberClass(oid types.OID) byte {
	switch oid {
	case types.Int2OID, types.Int4OID, types.Int8OID, types.OidOID, types.DateOID, types.TimestampOID, types.TimestamptzOID, types.TimeOID:
		return 'i'
	case types.Float4OID, types.Float8OID:
		return 'f'
	case types.TextOID, types.VarcharOID, types.NameOID, types.ByteaOID, types.UUIDOID:
		return 's'
	}
	return 0
}

// comparisonClass tells whether a call is a builtin comparison of two values of one class, and which.
func comparisonClass(e *bound.Call) byte {
	if len(e.Args) != 2 || e.Fn == nil || e.Fn.OID == 0 || e.Fn.Ret != types.BoolOID {
		return 0
	}
	switch e.Op {
	case "=", "<>", "<", "<=", ">", ">=":
	default:
		return 0
	}
	a, b := e.Args[0].Type().OID, e.Args[1].Type().OID
	class := numberClass(a)
	if class == 0 || class != numberClass(b) {
		return 0
	}
	if a != b && !(isInt(a) && isInt(b)) && class != 'f' {
		return 0 // date with timestamp, timestamp with timestamptz: not as numbers
	}
	return class
}

func isInt(oid types.OID) bool {
	return oid == types.Int2OID || oid == types.Int4OID || oid == types.Int8OID
}

func compareInPlace(e *bound.Call, args []evaluator) evaluator {
	want, ok := wanted[e.Op]
	if !ok {
		return nil
	}
	switch comparisonClass(e) {
	case 'i':
		return comparing(args, types.Datum.Int, cmp.Compare[int64], want)
	case 'f':
		return comparing(args, types.Datum.Float, compareFloats, want)
	case 's':
		return comparing(args, types.Datum.Text, strings.Compare, want)
	}
	return nil
}

// comparing compares two values by their Go values; want tells which results of the comparison are true.
func comparing[T any](args []evaluator, value func(types.Datum) T, compare func(a, b T) int, want [3]bool) evaluator {
	left, right := args[0], args[1]
	return func(f *frame) (types.Datum, error) {
		a, err := left(f)
		if err != nil || a.IsNull() {
			return types.Null, err
		}
		b, err := right(f)
		if err != nil || b.IsNull() {
			return types.Null, err
		}
		return types.Bool(want[compare(value(a), value(b))+1]), nil
	}
}

// compareFloats is Postgres' order: NaN equals itself and is above all.
func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	}
	return -1
}

// equality calls the function of an = operator on two values that are not NULL; a NULL result is false.
func equality(rt *runtime, fn *funcs.Overload, left, right types.Type) func(a, b types.Datum) (types.Datum, error) {
	bind := fn.Bind([]types.Type{left, right})
	buf := make([]types.Datum, 2)
	return func(a, b types.Datum) (types.Datum, error) {
		if fn.Strict && (a.IsNull() || b.IsNull()) {
			return types.Null, nil
		}
		buf[0], buf[1] = a, b
		return bind(rt.funcs, buf)
	}
}

// cast compiles a conversion.
func (c *compiler) cast(e *bound.Cast, sc scope) (evaluator, error) {
	x, err := c.compile(e.X, sc)
	if err != nil {
		return nil, err
	}
	from, to, explicit, rt := e.X.Type(), e.Typ, e.Explicit, c.rt
	if from.OID == to.OID && (to.Mod < 0 || to.Mod == from.Mod) {
		return x, nil
	}
	convert := func(d types.Datum) (types.Datum, error) { return types.CastDatum(rt.funcs.Env, from, to, d, explicit) }
	if from.OID == to.OID {
		convert = func(d types.Datum) (types.Datum, error) { return types.ApplyTypmod(to, d, explicit) }
	} else if conv, ok := types.FindCast(from.OID, to.OID); ok && conv != nil && conv.Func != nil {
		convert = func(d types.Datum) (types.Datum, error) { return conv.Func(rt.funcs.Env, d, to, explicit) }
	}
	return func(f *frame) (types.Datum, error) {
		d, err := x(f)
		if err != nil || d.IsNull() {
			return types.Null, err
		}
		return convert(d)
	}, nil
}
