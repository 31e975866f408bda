package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// windowSignature is a function that exists over windows alone. anyCompatible arguments share a type, anyElement gives the result's.
type windowSignature struct {
	args []types.OID
	ret  types.OID
}

// windowFunctions are Postgres' window functions that are no aggregates.
var windowFunctions = map[string][]windowSignature{
	"row_number":   {{nil, types.Int8OID}},
	"rank":         {{nil, types.Int8OID}},
	"dense_rank":   {{nil, types.Int8OID}},
	"percent_rank": {{nil, types.Float8OID}},
	"cume_dist":    {{nil, types.Float8OID}},
	"ntile":        {{[]types.OID{types.Int4OID}, types.Int4OID}},
	"lag":          lagSignatures,
	"lead":         lagSignatures,
	"first_value":  {{[]types.OID{types.AnyElementOID}, types.AnyElementOID}},
	"last_value":   {{[]types.OID{types.AnyElementOID}, types.AnyElementOID}},
	"nth_value":    {{[]types.OID{types.AnyElementOID, types.Int4OID}, types.AnyElementOID}},
}

var lagSignatures = []windowSignature{
	{[]types.OID{types.AnyElementOID}, types.AnyElementOID},
	{[]types.OID{types.AnyElementOID, types.Int4OID}, types.AnyElementOID},
	{[]types.OID{types.AnyCompatibleOID, types.Int4OID, types.AnyCompatibleOID}, types.AnyCompatibleOID},
}

// windowCall binds f(…) OVER (…): an aggregate or a window function. Its value is a column that finish defines.
func (b *binder) windowCall(q *query, call *ast.FuncCall, name string) (bound.Scalar, error) {
	if err := b.checkWindowCall(q, call, name); err != nil {
		return nil, err
	}
	w := bound.WindowFunc{Name: name}
	args, err := b.windowArgs(q, call)
	if err != nil {
		return nil, err
	}
	ret, err := b.resolveWindow(&w, call, args)
	if err != nil {
		return nil, err
	}
	if call.Filter != nil {
		if w.Agg == nil {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "FILTER is not implemented for non-aggregate window functions").At(int(call.Pos))
		}
		if w.Filter, err = b.filter(q, call.Filter); err != nil {
			return nil, err
		}
	}
	spec, err := b.window(q, call.Over)
	if err != nil {
		return nil, err
	}
	w.PartitionBy, w.OrderBy, w.FrameOptions = append([]bound.Scalar(nil), spec.partition...), append([]bound.SortKey(nil), spec.order...), spec.frame
	w.StartOffset, w.EndOffset = spec.start, spec.end
	return b.addWindow(q, w, ret, name, call.Pos), nil
}

// addWindow finds or adds a window function of the query.
func (b *binder) addWindow(q *query, w bound.WindowFunc, ret types.Type, name string, pos ast.Pos) bound.Scalar {
	for i := range q.windows {
		if sameWindow(&q.windows[i], &w) {
			return b.colRef(q.windows[i].Col, pos)
		}
	}
	w.Col = b.newColumn(name, ret)
	b.columns[w.Col.ID] = &origin{query: q, col: w.Col, role: windowColumn}
	q.windows = append(q.windows, w)
	return b.colRef(w.Col, pos)
}

func (b *binder) checkWindowCall(q *query, call *ast.FuncCall, name string) error {
	fault := func(code, format string, args ...any) error {
		return pgerr.New(code, format, args...).At(int(call.Pos))
	}
	switch {
	case q.windowLevel > 0:
		return fault(pgerrcode.WindowingError, "window function calls cannot be nested")
	case q.aggLevel > 0:
		return fault(pgerrcode.GroupingError, "aggregate function calls cannot contain window function calls")
	case call.WithinGroup:
		return fault(pgerrcode.FeatureNotSupported, "OVER is not supported for ordered-set aggregate %s", name)
	case call.Distinct:
		return fault(pgerrcode.FeatureNotSupported, "DISTINCT is not implemented for window functions")
	case len(call.OrderBy) > 0:
		return fault(pgerrcode.FeatureNotSupported, "aggregate ORDER BY is not implemented for window functions")
	}
	return q.context.checkWindow(call.Pos)
}

func (b *binder) windowArgs(q *query, call *ast.FuncCall) ([]operand, error) {
	q.windowLevel++
	saved := q.setsForbidden
	q.setsForbidden = "window function calls cannot contain set-returning function calls"
	args, err := b.callArgs(q, call)
	q.windowLevel--
	q.setsForbidden = saved
	return args, err
}

// resolveWindow finds the function and converts its arguments.
func (b *binder) resolveWindow(w *bound.WindowFunc, call *ast.FuncCall, args []operand) (types.Type, error) {
	if sigs, ok := windowFunctions[w.Name]; ok {
		return b.windowOnly(w, sigs, call, args)
	}
	if len(funcs.Aggregates(w.Name)) == 0 {
		if len(funcs.Functions(w.Name)) == 0 && len(funcs.SetReturnings(w.Name)) == 0 {
			return types.Type{}, undefinedFunction(w.Name, args, call.Pos)
		}
		return types.Type{}, pgerr.New(pgerrcode.WrongObjectType, "OVER specified, but %s is not a window function nor an aggregate function", w.Name).At(int(call.Pos))
	}
	agg, casts, ret, err := funcs.ResolveAggregate(w.Name, operandTypes(args))
	if err != nil {
		return types.Type{}, b.functionError(err, call, w.Name)
	}
	if agg.OrderedSet {
		return types.Type{}, pgerr.New(pgerrcode.FeatureNotSupported, "OVER is not supported for ordered-set aggregate %s", w.Name).At(int(call.Pos))
	}
	w.Agg = agg
	w.Args, err = b.convertArgs(args, casts)
	return types.T(ret), err
}

func (b *binder) windowOnly(w *bound.WindowFunc, sigs []windowSignature, call *ast.FuncCall, args []operand) (types.Type, error) {
	for _, sig := range sigs {
		if len(sig.args) != len(args) {
			continue
		}
		elem, ok, err := b.windowElement(sig, args)
		if err != nil {
			return types.Type{}, err
		}
		casts := make([]types.OID, len(args))
		for i, want := range sig.args {
			casts[i] = want
			if want == types.AnyElementOID || want == types.AnyCompatibleOID {
				casts[i] = elem
			} else if t := args[i].s.Type().OID; t != types.UnknownOID && !implicit(t, want) {
				ok = false
			}
		}
		if !ok {
			break
		}
		if w.Args, err = b.convertArgs(args, casts); err != nil {
			return types.Type{}, err
		}
		if sig.ret == types.AnyElementOID || sig.ret == types.AnyCompatibleOID {
			return w.Args[0].Type(), nil
		}
		return types.T(sig.ret), nil
	}
	return types.Type{}, undefinedFunction(w.Name, args, call.Pos)
}

// windowElement is what the polymorphic arguments of a window function stand for.
func (b *binder) windowElement(sig windowSignature, args []operand) (types.OID, bool, error) {
	var poly []operand
	for i, want := range sig.args {
		if want == types.AnyElementOID || want == types.AnyCompatibleOID {
			poly = append(poly, args[i])
		}
	}
	if len(poly) == 0 {
		return 0, true, nil
	}
	if sig.args[0] == types.AnyElementOID && poly[0].s.Type().OID == types.UnknownOID {
		return 0, false, pgerr.New(pgerrcode.DatatypeMismatch, "could not determine polymorphic type because input has type unknown")
	}
	oid, ok, err := b.commonType("", poly)
	return oid, ok, err
}

func sameWindow(a, c *bound.WindowFunc) bool {
	return a.Name == c.Name && a.Agg == c.Agg && a.FrameOptions == c.FrameOptions && equalScalars(a.Args, c.Args) && equalScalars(a.PartitionBy, c.PartitionBy) &&
		equalKeys(a.OrderBy, c.OrderBy) && equalOptional(a.Filter, c.Filter) && equalOptional(a.StartOffset, c.StartOffset) && equalOptional(a.EndOffset, c.EndOffset)
}

func equalScalars(a, c []bound.Scalar) bool {
	if len(a) != len(c) {
		return false
	}
	for i := range a {
		if !bound.Equal(a[i], c[i]) {
			return false
		}
	}
	return true
}

func equalKeys(a, c []bound.SortKey) bool {
	if len(a) != len(c) {
		return false
	}
	for i := range a {
		if a[i].Desc != c[i].Desc || a[i].NullsFirst != c[i].NullsFirst || !bound.Equal(a[i].Expr, c[i].Expr) {
			return false
		}
	}
	return true
}

func equalOptional(a, c bound.Scalar) bool {
	if a == nil || c == nil {
		return a == nil && c == nil
	}
	return bound.Equal(a, c)
}
