package rules

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/types"
)

// fold replaces immutable expressions of constants by their values and simplifies AND, OR, NOT and CASE with constant parts. An expression
// whose evaluation fails is left for the executor, which reports the error if it gets there.
func fold(r bound.Rel, t *Trace) bound.Rel {
	return mapLevel(r, func(r bound.Rel) bound.Rel {
		return mapOwn(r, func(e bound.Scalar) bound.Scalar { return Fold(e, t) })
	})
}

// mapOwn applies fn to a relation's own expressions.
func mapOwn(r bound.Rel, fn func(bound.Scalar) bound.Scalar) bound.Rel {
	items := func(in []bound.Item) []bound.Item {
		out := make([]bound.Item, len(in))
		for i, it := range in {
			if it.Expr != nil {
				it.Expr = fn(it.Expr)
			}
			out[i] = it
		}
		return out
	}
	keys := func(in []bound.SortKey) []bound.SortKey {
		out := make([]bound.SortKey, len(in))
		for i, k := range in {
			k.Expr = fn(k.Expr)
			out[i] = k
		}
		return out
	}
	switch x := r.(type) {
	case *bound.Filter:
		return &bound.Filter{Input: x.Input, Pred: fn(x.Pred)}
	case *bound.Project:
		return &bound.Project{Input: x.Input, Items: items(x.Items)}
	case *bound.Join:
		if x.On == nil {
			return x
		}
		return &bound.Join{Kind: x.Kind, Left: x.Left, Right: x.Right, On: fn(x.On), Lateral: x.Lateral}
	case *bound.Sort:
		return &bound.Sort{Input: x.Input, Keys: keys(x.Keys)}
	case *bound.GroupBy:
		c := *x
		c.Keys = items(x.Keys)
		return &c
	case *bound.Limit:
		c := *x
		if c.Count != nil {
			c.Count = fn(c.Count)
		}
		if c.Offset != nil {
			c.Offset = fn(c.Offset)
		}
		return &c
	}
	return r
}

// Fold folds one expression.
func Fold(e bound.Scalar, t *Trace) bound.Scalar {
	if e == nil {
		return nil
	}
	return plan.Map(e, func(e bound.Scalar) bound.Scalar {
		out := foldNode(e)
		if out != e {
			t.fired("fold")
		}
		return out
	})
}

func foldNode(e bound.Scalar) bound.Scalar {
	switch x := e.(type) {
	case *bound.Call:
		return foldCall(x)
	case *bound.Cast:
		return foldCast(x)
	case *bound.And:
		return foldLogic(x.Args, false, x)
	case *bound.Or:
		return foldLogic(x.Args, true, x)
	case *bound.Not:
		if c, ok := x.X.(*bound.Const); ok {
			if c.Value.IsNull() {
				return c
			}
			return boolConst(!c.Value.Bool())
		}
		if n, ok := x.X.(*bound.Not); ok {
			return n.X
		}
	case *bound.NullTest:
		if c, ok := x.X.(*bound.Const); ok && c.Typ.OID != types.RecordOID {
			return boolConst(c.Value.IsNull() != x.Not)
		}
	}
	return e
}

func boolConst(v bool) bound.Scalar {
	return &bound.Const{Value: types.Bool(v), Typ: types.T(types.BoolOID)}
}

// foldLogic drops the neutral constants of AND (true) or OR (false); the deciding one is the whole.
func foldLogic(args []bound.Scalar, deciding bool, whole bound.Scalar) bound.Scalar {
	var left []bound.Scalar
	for _, a := range args {
		c, ok := a.(*bound.Const)
		if !ok || c.Value.IsNull() {
			left = append(left, a)
			continue
		}
		if c.Value.Bool() == deciding {
			return c
		}
	}
	switch {
	case len(left) == len(args):
		return whole
	case len(left) == 0:
		return boolConst(!deciding)
	case len(left) == 1:
		return left[0]
	case deciding:
		return &bound.Or{Args: left}
	}
	return &bound.And{Args: left}
}

var foldContext = &funcs.Context{Env: &types.Env{}}

func foldCall(e *bound.Call) bound.Scalar {
	if e.Fn == nil || e.Fn.Volatility != funcs.Immutable || e.ArrayVariadic || !settingsFree(e.Typ.OID) {
		return e
	}
	args, argTypes := make([]types.Datum, len(e.Args)), make([]types.Type, len(e.Args))
	for i, a := range e.Args {
		c, ok := a.(*bound.Const)
		if !ok || !settingsFree(c.Typ.OID) {
			return e
		}
		if c.Value.IsNull() && e.Fn.Strict {
			return &bound.Const{Value: types.Null, Typ: e.Typ}
		}
		args[i], argTypes[i] = c.Value, c.Typ
	}
	v, err := e.Fn.Bind(argTypes)(foldContext, args)
	if err != nil {
		return e
	}
	return &bound.Const{Value: v, Typ: e.Typ}
}

func foldCast(e *bound.Cast) bound.Scalar {
	c, ok := e.X.(*bound.Const)
	if !ok || !settingsFree(c.Typ.OID) || !settingsFree(e.Typ.OID) {
		return e
	}
	if c.Value.IsNull() {
		return &bound.Const{Value: types.Null, Typ: e.Typ}
	}
	v, err := types.CastDatum(foldContext.Env, c.Typ, e.Typ, c.Value, e.Explicit)
	if err != nil {
		return e
	}
	return &bound.Const{Value: v, Typ: e.Typ}
}

// settingsFree tells the types whose text forms do not depend on a session's settings.
func settingsFree(oid types.OID) bool {
	switch oid {
	case types.BoolOID, types.Int2OID, types.Int4OID, types.Int8OID, types.Float4OID, types.Float8OID, types.NumericOID, types.TextOID,
		types.VarcharOID, types.BpcharOID, types.UUIDOID, types.JSONBOID, types.VectorOID:
		return true
	}
	return false
}
