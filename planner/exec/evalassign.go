package exec

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// elementsMax is the most elements that an array may grow to.
const elementsMax = 1<<27 - 1

// subscriptAssign compiles SET a[i] = v. Assignments to slices and to jsonb are not there yet.
func (c *compiler) subscriptAssign(e *bound.SubscriptAssign, sc scope) (evaluator, error) {
	if e.Typ.OID == types.JSONBOID {
		return nil, pgerr.Unimplemented("assignment to a jsonb subscript")
	}
	for _, s := range e.Subs {
		if s.Slice {
			return nil, pgerr.Unimplemented("assignment to an array slice")
		}
	}
	x, err := c.compile(e.X, sc)
	if err != nil {
		return nil, err
	}
	value, err := c.compile(e.Value, sc)
	if err != nil {
		return nil, err
	}
	at := make([]evaluator, len(e.Subs))
	for i, s := range e.Subs {
		index := s.Upper
		if index == nil {
			index = s.Lower
		}
		if at[i], err = c.compile(index, sc); err != nil {
			return nil, err
		}
	}
	elem := types.ElemOf(e.Typ.OID)
	return func(f *frame) (types.Datum, error) {
		old, err := x(f)
		if err != nil {
			return types.Null, err
		}
		v, err := value(f)
		if err != nil {
			return types.Null, err
		}
		index := make([]int64, len(at))
		for i, ev := range at {
			d, err := ev(f)
			if err != nil {
				return types.Null, err
			}
			if d.IsNull() {
				return types.Null, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "array subscript in assignment must not be null")
			}
			index[i] = d.N
		}
		a := &types.Array{Elem: elem}
		if !old.IsNull() {
			a = old.Array()
		}
		return setElement(a, index, v)
	}, nil
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
	lo := min(int64(a.Lower[0]), index)
	hi := max(int64(a.Lower[0])+int64(a.Dims[0])-1, index)
	if hi-lo >= elementsMax {
		return types.Null, pgerr.New(pgerrcode.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", elementsMax)
	}
	out := &types.Array{Elem: a.Elem, Dims: []int32{int32(hi - lo + 1)}, Lower: []int32{int32(lo)}, Elems: make([]types.Datum, hi-lo+1)}
	for i := range out.Elems {
		out.Elems[i] = types.Null
	}
	copy(out.Elems[int64(a.Lower[0])-lo:], a.Elems)
	out.Elems[index-lo] = v
	return types.ArrayOf(out), nil
}
