package exec

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

func (c *compiler) arrayCtor(e *bound.ArrayCtor, sc scope) (evaluator, error) {
	elems, err := c.compileAll(e.Elems, sc)
	if err != nil {
		return nil, err
	}
	elem := types.ElemOf(e.Typ.OID)
	return func(f *frame) (types.Datum, error) {
		values := make([]types.Datum, len(elems))
		for i, ev := range elems {
			if values[i], err = ev(f); err != nil {
				return types.Null, err
			}
		}
		if e.Nested {
			return nestArrays(elem, values)
		}
		a := &types.Array{Elem: elem}
		if len(values) > 0 {
			a.Dims, a.Lower, a.Elems = []int32{int32(len(values))}, []int32{1}, values
		}
		return types.ArrayOf(a), nil
	}, nil
}

// nestArrays makes an array of one more dimension; NULL arrays count as empty ones.
func nestArrays(elem types.OID, values []types.Datum) (types.Datum, error) {
	out := &types.Array{Elem: elem}
	var first *types.Array
	for i, v := range values {
		sub := &types.Array{Elem: elem}
		if !v.IsNull() {
			sub = v.Array()
		}
		if i == 0 {
			first = sub
		} else if !equalDims(first.Dims, sub.Dims) {
			return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "multidimensional arrays must have array expressions with matching dimensions")
		}
		out.Elems = append(out.Elems, sub.Elems...)
	}
	if first != nil && len(first.Dims) > 0 {
		out.Dims = append([]int32{int32(len(values))}, first.Dims...)
		out.Lower = append([]int32{1}, first.Lower...)
	}
	return types.ArrayOf(out), nil
}

func equalDims(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (c *compiler) rowCtor(e *bound.RowCtor, sc scope) (evaluator, error) {
	fields, err := c.compileAll(e.Fields, sc)
	if err != nil {
		return nil, err
	}
	typs := typesOfExprs(e.Fields)
	return func(f *frame) (types.Datum, error) {
		values := make([]types.Datum, len(fields))
		for i, ev := range fields {
			if values[i], err = ev(f); err != nil {
				return types.Null, err
			}
		}
		return types.RecordOf(&types.Record{Types: typs, Names: e.Names, Fields: values}), nil
	}, nil
}

func (c *compiler) field(e *bound.Field, sc scope) (evaluator, error) {
	x, err := c.compile(e.X, sc)
	if err != nil {
		return nil, err
	}
	return func(f *frame) (types.Datum, error) {
		d, err := x(f)
		if err != nil || d.IsNull() {
			return types.Null, err
		}
		r := d.Record()
		if e.Index >= len(r.Fields) {
			return types.Null, nil
		}
		return r.Fields[e.Index], nil
	}, nil
}

// subscripts are the evaluated bounds of x[…]; absent ones are not ok.
type subscripts struct{ lower, upper []bounded }

type bounded struct {
	d  types.Datum
	ok bool
}

func (c *compiler) subscript(e *bound.Subscript, sc scope) (evaluator, error) {
	x, err := c.compile(e.X, sc)
	if err != nil {
		return nil, err
	}
	lowers, uppers := make([]evaluator, len(e.Subs)), make([]evaluator, len(e.Subs))
	slice := false
	for i, s := range e.Subs {
		slice = slice || s.Slice
		if lowers[i], err = c.compileOptional(s.Lower, sc); err != nil {
			return nil, err
		}
		if uppers[i], err = c.compileOptional(s.Upper, sc); err != nil {
			return nil, err
		}
	}
	json := e.X.Type().OID == types.JSONBOID
	return func(f *frame) (types.Datum, error) {
		d, err := x(f)
		if err != nil || d.IsNull() {
			return types.Null, err
		}
		subs, null, err := evalSubscripts(f, e.Subs, lowers, uppers)
		if err != nil || null {
			return types.Null, err
		}
		switch {
		case json:
			return jsonSubscript(d, e.Subs, subs)
		case slice:
			return sliceArray(d.Array(), subs), nil
		}
		return elementAt(d.Array(), subs), nil
	}, nil
}

// evalSubscripts evaluates the bounds. A single index is in upper.
func evalSubscripts(f *frame, items []bound.SubscriptItem, lowers, uppers []evaluator) (subscripts, bool, error) {
	s := subscripts{make([]bounded, len(items)), make([]bounded, len(items))}
	for i, item := range items {
		lo, hi := lowers[i], uppers[i]
		if !item.Slice && hi == nil {
			lo, hi = nil, lo
		}
		for _, x := range []struct {
			ev  evaluator
			dst *bounded
		}{{lo, &s.lower[i]}, {hi, &s.upper[i]}} {
			if x.ev == nil {
				continue
			}
			d, err := x.ev(f)
			if err != nil || d.IsNull() {
				return s, true, err
			}
			*x.dst = bounded{d, true}
		}
	}
	return s, false, nil
}

// elementAt is a[i][j]…: NULL outside of the bounds or with another number of subscripts.
func elementAt(a *types.Array, s subscripts) types.Datum {
	if len(s.upper) != len(a.Dims) {
		return types.Null
	}
	at := 0
	for k, dim := range a.Dims {
		i := s.upper[k].d.N - int64(a.Lower[k])
		if i < 0 || i >= int64(dim) {
			return types.Null
		}
		at = at*int(dim) + int(i)
	}
	return a.Elems[at]
}

// sliceArray is a[lo:hi]…; an index without colon means 1:index, as in Postgres. An empty slice is the empty array.
func sliceArray(a *types.Array, s subscripts) types.Datum {
	out := &types.Array{Elem: a.Elem}
	n := len(a.Dims)
	if n == 0 || len(s.upper) > n {
		return types.ArrayOf(out)
	}
	from, count := make([]int, n), make([]int, n)
	for k := range a.Dims {
		first, last := int64(a.Lower[k]), int64(a.Lower[k])+int64(a.Dims[k])-1
		lo, hi := first, last
		if k < len(s.upper) {
			if s.lower[k].ok {
				lo = max(first, s.lower[k].d.N)
			}
			if s.upper[k].ok {
				hi = min(last, s.upper[k].d.N)
			}
		}
		if hi < lo {
			return types.ArrayOf(out)
		}
		from[k], count[k] = int(lo-first), int(hi-lo+1)
		out.Dims, out.Lower = append(out.Dims, int32(count[k])), append(out.Lower, 1)
	}
	copySlice(out, a, from, count, 0, 0)
	return types.ArrayOf(out)
}

func copySlice(out, a *types.Array, from, count []int, dim, base int) {
	for i := range count[dim] {
		at := base*int(a.Dims[dim]) + from[dim] + i
		if dim == len(count)-1 {
			out.Elems = append(out.Elems, a.Elems[at])
		} else {
			copySlice(out, a, from, count, dim+1, at)
		}
	}
}

// jsonSubscript is x['key'][0] of a jsonb.
func jsonSubscript(d types.Datum, items []bound.SubscriptItem, s subscripts) (types.Datum, error) {
	v, err := types.ParseJSON(d.S)
	if err != nil {
		return types.Null, err
	}
	for i, item := range items {
		if item.Slice {
			return types.Null, pgerr.New(pgerrcode.DatatypeMismatch, "jsonb subscript does not support slices")
		}
		at := s.upper[i].d
		if key := item.Upper; key != nil && isInt(key.Type().OID) || key == nil && item.Lower != nil && isInt(item.Lower.Type().OID) {
			v = v.Index(int(at.N))
		} else {
			v = v.Field(at.S)
		}
		if v == nil {
			return types.Null, nil
		}
	}
	return types.Text(string(types.AppendJSONB(nil, v))), nil
}
