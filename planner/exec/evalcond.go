package exec

import (
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

func (c *compiler) and(args []bound.Scalar, sc scope) (evaluator, error) {
	return c.logic(args, sc, false)
}
func (c *compiler) or(args []bound.Scalar, sc scope) (evaluator, error) {
	return c.logic(args, sc, true)
}

// logic is AND and OR: the deciding value ends the evaluation, a NULL is remembered.
func (c *compiler) logic(args []bound.Scalar, sc scope, deciding bool) (evaluator, error) {
	evs, err := c.compileAll(args, sc)
	if err != nil {
		return nil, err
	}
	return func(f *frame) (types.Datum, error) {
		null := false
		for _, ev := range evs {
			d, err := ev(f)
			if err != nil {
				return types.Null, err
			}
			if d.IsNull() {
				null = true
			} else if d.Bool() == deciding {
				return d, nil
			}
		}
		if null {
			return types.Null, nil
		}
		return types.Bool(!deciding), nil
	}, nil
}

func (c *compiler) not(x bound.Scalar, sc scope) (evaluator, error) {
	ev, err := c.compile(x, sc)
	if err != nil {
		return nil, err
	}
	return func(f *frame) (types.Datum, error) {
		d, err := ev(f)
		if err != nil || d.IsNull() {
			return types.Null, err
		}
		return types.Bool(!d.Bool()), nil
	}, nil
}

func (c *compiler) caseOf(e *bound.Case, sc scope) (evaluator, error) {
	conds, thens := make([]evaluator, len(e.Whens)), make([]evaluator, len(e.Whens))
	var err error
	for i, w := range e.Whens {
		if conds[i], err = c.compile(w.Cond, sc); err != nil {
			return nil, err
		}
		if thens[i], err = c.compile(w.Then, sc); err != nil {
			return nil, err
		}
	}
	otherwise, err := c.compileOptional(e.Else, sc)
	if err != nil {
		return nil, err
	}
	return func(f *frame) (types.Datum, error) {
		for i, cond := range conds {
			d, err := cond(f)
			if err != nil {
				return types.Null, err
			}
			if !d.IsNull() && d.Bool() {
				return thens[i](f)
			}
		}
		if otherwise == nil {
			return types.Null, nil
		}
		return otherwise(f)
	}, nil
}

func (c *compiler) coalesce(e *bound.Coalesce, sc scope) (evaluator, error) {
	evs, err := c.compileAll(e.Args, sc)
	if err != nil {
		return nil, err
	}
	return func(f *frame) (types.Datum, error) {
		for _, ev := range evs {
			if d, err := ev(f); err != nil || !d.IsNull() {
				return d, err
			}
		}
		return types.Null, nil
	}, nil
}

func (c *compiler) minMax(e *bound.MinMax, sc scope) (evaluator, error) {
	evs, err := c.compileAll(e.Args, sc)
	if err != nil {
		return nil, err
	}
	oid := e.Typ.OID
	return func(f *frame) (types.Datum, error) {
		best := types.Null
		for _, ev := range evs {
			d, err := ev(f)
			if err != nil {
				return types.Null, err
			}
			if d.IsNull() {
				continue
			}
			if best.IsNull() || (types.Compare(oid, d, best) < 0) == e.Least && types.Compare(oid, d, best) != 0 {
				best = d
			}
		}
		return best, nil
	}, nil
}

func (c *compiler) nullIf(e *bound.NullIf, sc scope) (evaluator, error) {
	left, err := c.compile(e.Left, sc)
	if err != nil {
		return nil, err
	}
	right, err := c.compile(e.Right, sc)
	if err != nil {
		return nil, err
	}
	lt, rt := e.Left.Type(), e.Right.Type()
	cmpLeft, cmpRight := lt, rt
	if len(e.EqArgs) == 2 {
		cmpLeft, cmpRight = e.EqArgs[0], e.EqArgs[1]
	}
	eq := equality(c.rt, e.Eq, cmpLeft, cmpRight)
	run := c.rt
	return func(f *frame) (types.Datum, error) {
		a, err := left(f)
		if err != nil || a.IsNull() {
			return types.Null, err
		}
		b, err := right(f)
		if err != nil || b.IsNull() {
			return a, err
		}
		x, err := castFor(run, a, lt, cmpLeft)
		if err != nil {
			return types.Null, err
		}
		y, err := castFor(run, b, rt, cmpRight)
		if err != nil {
			return types.Null, err
		}
		if same, err := eq(x, y); err != nil || !same.IsNull() && same.Bool() {
			return types.Null, err
		}
		return a, nil
	}, nil
}

func castFor(rt *runtime, d types.Datum, from, to types.Type) (types.Datum, error) {
	if from.OID == to.OID {
		return d, nil
	}
	return types.CastDatum(rt.funcs.Env, from, to, d, false)
}

func (c *compiler) nullTest(e *bound.NullTest, sc scope) (evaluator, error) {
	x, err := c.compile(e.X, sc)
	if err != nil {
		return nil, err
	}
	return func(f *frame) (types.Datum, error) {
		d, err := x(f)
		if err != nil {
			return types.Null, err
		}
		if r, ok := d.X.(*types.Record); ok && !d.IsNull() {
			return types.Bool(recordTest(r, !e.Not)), nil
		}
		return types.Bool(d.IsNull() != e.Not), nil
	}, nil
}

// recordTest tells whether all fields are NULL, or none is.
func recordTest(r *types.Record, null bool) bool {
	for _, f := range r.Fields {
		if f.IsNull() != null {
			return false
		}
	}
	return true
}

func (c *compiler) boolTest(e *bound.BoolTest, sc scope) (evaluator, error) {
	x, err := c.compile(e.X, sc)
	if err != nil {
		return nil, err
	}
	return func(f *frame) (types.Datum, error) {
		d, err := x(f)
		if err != nil {
			return types.Null, err
		}
		var is bool
		switch e.Value {
		case 't':
			is = !d.IsNull() && d.Bool()
		case 'f':
			is = !d.IsNull() && !d.Bool()
		default:
			is = d.IsNull()
		}
		return types.Bool(is != e.Not), nil
	}, nil
}

func (c *compiler) isDistinct(e *bound.IsDistinct, sc scope) (evaluator, error) {
	left, err := c.compile(e.Left, sc)
	if err != nil {
		return nil, err
	}
	right, err := c.compile(e.Right, sc)
	if err != nil {
		return nil, err
	}
	eq := equality(c.rt, e.Eq, e.Left.Type(), e.Right.Type())
	return func(f *frame) (types.Datum, error) {
		a, err := left(f)
		if err != nil {
			return types.Null, err
		}
		b, err := right(f)
		if err != nil {
			return types.Null, err
		}
		distinct := a.IsNull() != b.IsNull()
		if !a.IsNull() && !b.IsNull() {
			same, err := eq(a, b)
			if err != nil {
				return types.Null, err
			}
			distinct = same.IsNull() || !same.Bool()
		}
		return types.Bool(distinct != e.Not), nil
	}, nil
}

// inList is x = any of a list. A long list of constants whose types share their key bytes with x's is made a set once.
func (c *compiler) inList(e *bound.InList, sc scope) (evaluator, error) {
	x, err := c.compile(e.X, sc)
	if err != nil {
		return nil, err
	}
	list, err := c.compileAll(e.List, sc)
	if err != nil {
		return nil, err
	}
	if ev := constantSet(e, x); ev != nil {
		return ev, nil
	}
	itemType := e.X.Type()
	if len(e.List) > 0 {
		itemType = e.List[0].Type()
	}
	eq := equality(c.rt, e.Eq, e.X.Type(), itemType)
	return func(f *frame) (types.Datum, error) {
		d, err := x(f)
		if err != nil || d.IsNull() {
			return types.Null, err
		}
		null := false
		for _, item := range list {
			v, err := item(f)
			if err != nil {
				return types.Null, err
			}
			same, err := eq(d, v)
			if err != nil {
				return types.Null, err
			}
			if same.IsNull() {
				null = true
			} else if same.Bool() {
				return same, nil
			}
		}
		if null {
			return types.Null, nil
		}
		return types.Bool(false), nil
	}, nil
}

const setListMin = 8

func constantSet(e *bound.InList, x evaluator) evaluator {
	xt := e.X.Type().OID
	if len(e.List) < setListMin {
		return nil
	}
	set, null := make(map[string]struct{}, len(e.List)), false
	for _, item := range e.List {
		k, ok := item.(*bound.Const)
		if !ok || !sameKeys(xt, k.Typ.OID) {
			return nil
		}
		if k.Value.IsNull() {
			null = true
			continue
		}
		key, err := types.AppendKey(nil, k.Typ.OID, k.Value, false, false)
		if err != nil {
			return nil
		}
		set[string(key)] = struct{}{}
	}
	var buf []byte
	return func(f *frame) (types.Datum, error) {
		d, err := x(f)
		if err != nil || d.IsNull() {
			return types.Null, err
		}
		if buf, err = types.AppendKey(buf[:0], xt, d, false, false); err != nil {
			return types.Null, err
		}
		if _, ok := set[string(buf)]; ok {
			return types.Bool(true), nil
		}
		if null {
			return types.Null, nil
		}
		return types.Bool(false), nil
	}
}

// sameKeys tells whether equal values of two types have equal key bytes.
func sameKeys(a, b types.OID) bool { return a == b || isInt(a) && isInt(b) }

// anyAll is x op ANY/ALL (array).
func (c *compiler) anyAll(e *bound.AnyAll, sc scope) (evaluator, error) {
	x, err := c.compile(e.X, sc)
	if err != nil {
		return nil, err
	}
	array, err := c.compile(e.Array, sc)
	if err != nil {
		return nil, err
	}
	test := equality(c.rt, e.Fn, e.X.Type(), types.T(types.ElemOf(e.Array.Type().OID)))
	return func(f *frame) (types.Datum, error) {
		a, err := array(f)
		if err != nil || a.IsNull() {
			return types.Null, err
		}
		d, err := x(f)
		if err != nil {
			return types.Null, err
		}
		null := false
		for _, el := range a.Array().Elems {
			r, err := test(d, el)
			if err != nil {
				return types.Null, err
			}
			if r.IsNull() {
				null = true
			} else if r.Bool() != e.All {
				return r, nil
			}
		}
		if null {
			return types.Null, nil
		}
		return types.Bool(e.All), nil
	}, nil
}
