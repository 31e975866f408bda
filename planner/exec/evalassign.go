package exec

import (
	"strconv"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// elementsMax is the most elements that an array may grow to.
const elementsMax = 1<<27 - 1

// subscriptAssign compiles SET a[i] = v, SET a[i:j] = v and SET j['k'] = v.
func (c *compiler) subscriptAssign(e *bound.SubscriptAssign, sc scope) (evaluator, error) {
	x, err := c.compile(e.X, sc)
	if err != nil {
		return nil, err
	}
	value, err := c.compile(e.Value, sc)
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
	assign, kind := setElementOf, "array"
	switch {
	case e.Typ.OID == types.JSONBOID && slice:
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "jsonb subscript does not support slices")
	case e.Typ.OID == types.JSONBOID:
		assign, kind = setInJSON, "jsonb"
	case slice:
		assign = setSliceOf
	}
	return func(f *frame) (types.Datum, error) {
		old, err := x(f)
		if err != nil {
			return types.Null, err
		}
		v, err := value(f)
		if err != nil {
			return types.Null, err
		}
		subs, null, err := evalSubscripts(f, e.Subs, lowers, uppers)
		if err != nil {
			return types.Null, err
		}
		if null {
			return types.Null, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "%s subscript in assignment must not be null", kind)
		}
		return assign(e, old, subs, v)
	}, nil
}

// arrayOrEmpty is the array to be changed; NULL counts as an empty one.
func arrayOrEmpty(e *bound.SubscriptAssign, old types.Datum) *types.Array {
	if old.IsNull() {
		return &types.Array{Elem: types.ElemOf(e.Typ.OID)}
	}
	return old.Array()
}

func setElementOf(e *bound.SubscriptAssign, old types.Datum, s subscripts, v types.Datum) (types.Datum, error) {
	index := make([]int64, len(s.upper))
	for i, b := range s.upper {
		index[i] = b.d.N
	}
	return setElement(arrayOrEmpty(e, old), index, v)
}

// setInJSON hands the path on as text.
func setInJSON(e *bound.SubscriptAssign, old types.Datum, s subscripts, v types.Datum) (types.Datum, error) {
	path := make([]string, len(s.upper))
	first := false
	for i, item := range e.Subs {
		key := item.Upper
		if key == nil {
			key = item.Lower
		}
		if !isInt(key.Type().OID) {
			path[i] = s.upper[i].d.Text()
			continue
		}
		path[i] = strconv.FormatInt(s.upper[i].d.N, 10)
		first = first || i == 0
	}
	return funcs.AssignJSONB(old, path, first, v)
}

// setSliceOf is a copy of an array with a slice replaced by the first values of another. A NULL source changes nothing.
func setSliceOf(e *bound.SubscriptAssign, old types.Datum, s subscripts, v types.Datum) (types.Datum, error) {
	a := arrayOrEmpty(e, old)
	if v.IsNull() {
		return types.ArrayOf(a), nil
	}
	for i, item := range e.Subs {
		if !item.Slice { // an index beside slices means 1:index
			s.lower[i] = bounded{types.Int(1), true}
		}
	}
	from := v.Array().Elems
	if len(a.Dims) == 0 {
		return sliceOfEmpty(a, s, from)
	}
	if len(s.upper) > len(a.Dims) {
		return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "wrong number of array subscripts")
	}
	lower, count, items := make([]int64, len(a.Dims)), make([]int, len(a.Dims)), int64(1)
	for k, dim := range a.Dims {
		lo, hi := int64(a.Lower[k]), int64(a.Lower[k])+int64(dim)-1
		first, last := lo, hi
		if k < len(s.lower) && s.lower[k].ok {
			lo = s.lower[k].d.N
		}
		if k < len(s.upper) && s.upper[k].ok {
			hi = s.upper[k].d.N
		}
		if lo > hi {
			return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "upper bound cannot be less than lower bound")
		}
		if len(a.Dims) > 1 && (lo < first || hi > last) {
			return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "array subscript out of range")
		}
		lower[k], count[k] = lo, int(hi-lo+1)
		items = min(items*(hi-lo+1), 1<<40)
	}
	if items > int64(len(from)) {
		return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "source array too small")
	}
	return pasteSlice(a, lower, count, from)
}

// sliceOfEmpty makes an array of a slice assigned to an empty one.
func sliceOfEmpty(a *types.Array, s subscripts, from []types.Datum) (types.Datum, error) {
	out, items := &types.Array{Elem: a.Elem}, int64(1)
	for k := range s.upper {
		if !s.lower[k].ok || !s.upper[k].ok {
			return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "array slice subscript must provide both boundaries").
				WithDetail("When assigning to a slice of an empty array value, slice boundaries must be fully specified.")
		}
		lo, n := s.lower[k].d.N, s.upper[k].d.N-s.lower[k].d.N+1
		if n < 1 {
			return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "upper bound cannot be less than lower bound")
		}
		items = min(items*n, 1<<40)
		out.Dims, out.Lower = append(out.Dims, int32(n)), append(out.Lower, int32(lo))
	}
	if items > int64(len(from)) {
		return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "source array too small")
	}
	out.Elems = append(out.Elems, from[:items]...)
	return types.ArrayOf(out), nil
}

// pasteSlice writes values over count elements a dimension from lower on. A one-dimensional array grows.
func pasteSlice(a *types.Array, lower []int64, count []int, from []types.Datum) (types.Datum, error) {
	if len(a.Dims) == 1 {
		grown, err := grownVector(a, lower[0], lower[0]+int64(count[0])-1)
		if err != nil {
			return types.Null, err
		}
		copy(grown.Elems[lower[0]-int64(grown.Lower[0]):], from[:count[0]])
		return types.ArrayOf(grown), nil
	}
	out := *a
	out.Elems = append([]types.Datum(nil), a.Elems...)
	var paste func(dim, base int)
	paste = func(dim, base int) {
		for i := range count[dim] {
			at := base*int(a.Dims[dim]) + int(lower[dim]-int64(a.Lower[dim])) + i
			if dim == len(count)-1 {
				out.Elems[at], from = from[0], from[1:]
			} else {
				paste(dim+1, at)
			}
		}
	}
	paste(0, 0)
	return types.ArrayOf(&out), nil
}

// setElement is a copy of an array with one element replaced. A one-dimensional array grows, NULLs between; others do not.
func setElement(a *types.Array, index []int64, v types.Datum) (types.Datum, error) {
	if len(a.Dims) == 0 {
		out := &types.Array{Elem: a.Elem, Elems: []types.Datum{v}}
		for _, i := range index {
			out.Dims, out.Lower = append(out.Dims, 1), append(out.Lower, int32(i))
		}
		return types.ArrayOf(out), nil
	}
	if len(index) != len(a.Dims) {
		return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "wrong number of array subscripts")
	}
	if len(index) == 1 {
		return setInVector(a, index[0], v)
	}
	at := 0
	for k, dim := range a.Dims {
		i := index[k] - int64(a.Lower[k])
		if i < 0 || i >= int64(dim) {
			return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "array subscript out of range")
		}
		at = at*int(dim) + int(i)
	}
	out := *a
	out.Elems = append([]types.Datum(nil), a.Elems...)
	out.Elems[at] = v
	return types.ArrayOf(&out), nil
}

func setInVector(a *types.Array, index int64, v types.Datum) (types.Datum, error) {
	out, err := grownVector(a, index, index)
	if err != nil {
		return types.Null, err
	}
	out.Elems[index-int64(out.Lower[0])] = v
	return types.ArrayOf(out), nil
}

// grownVector is a copy of a one-dimensional array with room from index first to last, NULLs where it had none.
func grownVector(a *types.Array, first, last int64) (*types.Array, error) {
	lo := min(int64(a.Lower[0]), first)
	hi := max(int64(a.Lower[0])+int64(a.Dims[0])-1, last)
	if hi-lo >= elementsMax {
		return nil, pgerr.New(pgerrcode.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", elementsMax)
	}
	out := &types.Array{Elem: a.Elem, Dims: []int32{int32(hi - lo + 1)}, Lower: []int32{int32(lo)}, Elems: make([]types.Datum, hi-lo+1)}
	for i := range out.Elems {
		out.Elems[i] = types.Null
	}
	copy(out.Elems[int64(a.Lower[0])-lo:], a.Elems)
	return out, nil
}
