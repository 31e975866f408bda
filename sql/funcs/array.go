package funcs

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// newArray is a one-dimensional array with lower bound 1; empty when there are no elements.
func newArray(elem types.OID, elems []types.Datum) types.Datum {
	if len(elems) == 0 {
		return types.ArrayOf(&types.Array{Elem: elem})
	}
	return types.ArrayOf(&types.Array{Elem: elem, Dims: []int32{int32(len(elems))}, Lower: []int32{1}, Elems: elems})
}

func textArray(elems []types.Datum) types.Datum { return newArray(types.TextOID, elems) }

func textsArray(parts []string) types.Datum {
	elems := make([]types.Datum, len(parts))
	for i, p := range parts {
		elems[i] = types.Text(p)
	}
	return textArray(elems)
}

// textsOf are the elements of a text[], with NULLs marked.
func textsOf(d types.Datum) []types.Datum { return d.Array().Elems }

// dimension gives length and lower bound of dimension dim, from 1.
func dimension(a *types.Array, dim int64) (length, lower int64, ok bool) {
	if dim < 1 || dim > int64(len(a.Dims)) {
		return 0, 0, false
	}
	return int64(a.Dims[dim-1]), int64(a.Lower[dim-1]), true
}

// boundFunc is array_length, array_lower or array_upper.
func boundFunc(pick func(length, lower int64) int64) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		length, lower, ok := dimension(a[0].Array(), a[1].Int())
		if !ok {
			return types.Null, nil
		}
		return types.Int(pick(length, lower)), nil
	}
}

func arrayNdims(_ *Context, a row) (types.Datum, error) {
	if n := len(a[0].Array().Dims); n > 0 {
		return types.Int(int64(n)), nil
	}
	return types.Null, nil
}

func arrayDims(_ *Context, a row) (types.Datum, error) {
	arr := a[0].Array()
	if len(arr.Dims) == 0 {
		return types.Null, nil
	}
	var out strings.Builder
	for i, n := range arr.Dims {
		out.WriteString("[" + strconv.Itoa(int(arr.Lower[i])) + ":" + strconv.Itoa(int(arr.Lower[i]+n-1)) + "]")
	}
	return types.Text(out.String()), nil
}

func arrayCardinality(_ *Context, a row) (types.Datum, error) {
	return types.Int(int64(len(a[0].Array().Elems))), nil
}

// arrayArg is an array argument; a NULL is the empty array of the argument's type.
func arrayArg(t types.Type, d types.Datum) *types.Array {
	if d.IsNull() {
		return &types.Array{Elem: elementOf(t.OID)}
	}
	return d.Array()
}

func notOneDimensional() error {
	return pgerr.New(pgerrcode.DataException, "argument must be empty or one-dimensional array")
}

// extend is array_append, and array_prepend with front.
func extend(front bool) func([]types.Type) Func {
	return func(args []types.Type) Func {
		arrayAt, elemAt := 0, 1
		if front {
			arrayAt, elemAt = 1, 0
		}
		return func(_ *Context, a row) (types.Datum, error) {
			arr := arrayArg(args[arrayAt], a[arrayAt])
			if len(arr.Dims) > 1 {
				return types.Null, notOneDimensional()
			}
			elems := make([]types.Datum, 0, len(arr.Elems)+1)
			if front {
				elems = append(append(elems, a[elemAt]), arr.Elems...)
			} else {
				elems = append(append(elems, arr.Elems...), a[elemAt])
			}
			out := newArray(arr.Elem, elems)
			if len(arr.Lower) == 1 {
				out.Array().Lower[0] = arr.Lower[0]
			}
			return out, nil
		}
	}
}

// arrayCat joins two arrays along the first dimension; one of one dimension less counts as an element of the other.
func arrayCat(_ *Context, a row) (types.Datum, error) {
	switch {
	case a[0].IsNull():
		return a[1], nil
	case a[1].IsNull():
		return a[0], nil
	}
	x, y := a[0].Array(), a[1].Array()
	switch {
	case len(x.Dims) == 0:
		return a[1], nil
	case len(y.Dims) == 0:
		return a[0], nil
	}
	outer := x
	dx, dy, lx, ly := x.Dims, y.Dims, x.Lower, y.Lower
	switch len(dx) - len(dy) {
	case 0:
	case 1:
		dy, ly = append([]int32{1}, dy...), append([]int32{1}, ly...)
	case -1:
		dx, lx = append([]int32{1}, dx...), append([]int32{1}, lx...)
		outer = y
	default:
		return types.Null, incompatible("Arrays of %d and %d dimensions are not compatible for concatenation.", len(dx), len(dy))
	}
	for i := 1; i < len(dx); i++ {
		if dx[i] != dy[i] || lx[i] != ly[i] {
			if len(x.Dims) != len(y.Dims) {
				return types.Null, incompatible("Arrays with differing dimensions are not compatible for concatenation.")
			}
			return types.Null, incompatible("Arrays with differing element dimensions are not compatible for concatenation.")
		}
	}
	out := &types.Array{Elem: x.Elem, Dims: append([]int32(nil), dx...), Lower: append([]int32(nil), outer.Lower...)}
	out.Dims[0] += dy[0]
	out.Elems = append(append(out.Elems, x.Elems...), y.Elems...)
	return types.ArrayOf(out), nil
}

func incompatible(detail string, args ...any) error {
	return pgerr.New(pgerrcode.ArraySubscriptError, "cannot concatenate incompatible arrays").WithDetail(detail, args...)
}

// same tells whether two elements are equal, NULLs too.
func same(elem types.OID, a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	return types.Equal(elem, a, b)
}

func arrayRemove(_ *Context, a row) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	arr := a[0].Array()
	if len(arr.Dims) > 1 {
		return types.Null, pgerr.New(pgerrcode.FeatureNotSupported, "removing elements from multidimensional arrays is not supported")
	}
	var kept []types.Datum
	for _, e := range arr.Elems {
		if !same(arr.Elem, e, a[1]) {
			kept = append(kept, e)
		}
	}
	out := newArray(arr.Elem, kept)
	if len(kept) > 0 {
		out.Array().Lower[0] = arr.Lower[0]
	}
	return out, nil
}

func arrayReplace(_ *Context, a row) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	out := *a[0].Array()
	out.Elems = append([]types.Datum(nil), out.Elems...)
	for i, e := range out.Elems {
		if same(out.Elem, e, a[1]) {
			out.Elems[i] = a[2]
		}
	}
	return types.ArrayOf(&out), nil
}

// positions finds the subscripts of a value from subscript start on, at most limit (0: all).
func positions(a row, start int64, limit int) ([]types.Datum, error) {
	arr := a[0].Array()
	if len(arr.Dims) > 1 {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "searching for elements in multidimensional arrays is not supported")
	}
	var found []types.Datum
	for i, e := range arr.Elems {
		subscript := int64(i) + int64(arr.Lower[0])
		if subscript < start || !same(arr.Elem, e, a[1]) {
			continue
		}
		found = append(found, types.Int(subscript))
		if len(found) == limit {
			break
		}
	}
	return found, nil
}

const anySubscript = -1 << 40

func arrayPosition(_ *Context, a row) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	if len(a) == 3 && a[2].IsNull() {
		return types.Null, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "initial position must not be null")
	}
	found, err := positions(a, intArg(a, 2, anySubscript), 1)
	if err != nil || len(found) == 0 {
		return types.Null, err
	}
	return found[0], nil
}

func arrayPositions(_ *Context, a row) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	found, err := positions(a, anySubscript, 0)
	if err != nil {
		return types.Null, err
	}
	return newArray(types.Int4OID, found), nil
}

const (
	arrayDimsMax  = 6
	arrayElemsMax = 1<<27 - 1
)

// arrayFill is array_fill(value, dimensions [, lower bounds]).
func arrayFill(args []types.Type) Func {
	elem := args[0].OID
	return func(_ *Context, a row) (types.Datum, error) {
		dims, err := boundsArg(a[1])
		if err != nil {
			return types.Null, err
		}
		lower := make([]int32, len(dims))
		for i := range lower {
			lower[i] = 1
		}
		if len(a) == 3 {
			if lower, err = boundsArg(a[2]); err != nil {
				return types.Null, err
			}
			if len(lower) != len(dims) {
				return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "wrong number of array subscripts").
					WithDetail("Low bound array has different size than dimensions array.")
			}
		}
		if len(dims) > arrayDimsMax {
			return types.Null, pgerr.New(pgerrcode.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", len(dims), arrayDimsMax)
		}
		n := int64(1)
		for _, d := range dims {
			if n *= int64(d); d < 0 || n > arrayElemsMax {
				return types.Null, pgerr.New(pgerrcode.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", arrayElemsMax)
			}
		}
		if len(dims) == 0 || n == 0 {
			return newArray(elem, nil), nil
		}
		out := &types.Array{Elem: elem, Dims: dims, Lower: lower, Elems: make([]types.Datum, n)}
		for i := range out.Elems {
			out.Elems[i] = a[0]
		}
		return types.ArrayOf(out), nil
	}
}

func boundsArg(d types.Datum) ([]int32, error) {
	if d.IsNull() {
		return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "dimension array or low bound array cannot be null")
	}
	arr := d.Array()
	if len(arr.Dims) > 1 {
		return nil, pgerr.New(pgerrcode.ArraySubscriptError, "wrong number of array subscripts").WithDetail("Dimension array must be one dimensional.")
	}
	out := make([]int32, len(arr.Elems))
	for i, e := range arr.Elems {
		if e.IsNull() {
			return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "dimension values cannot be null")
		}
		out[i] = int32(e.Int())
	}
	return out, nil
}

// trimArray drops the last n elements of the first dimension.
func trimArray(_ *Context, a row) (types.Datum, error) {
	arr, n := a[0].Array(), a[1].Int()
	length := int64(0)
	if len(arr.Dims) > 0 {
		length = int64(arr.Dims[0])
	}
	if n < 0 || n > length {
		return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "number of elements to trim must be between 0 and %d", length)
	}
	if n == length {
		return newArray(arr.Elem, nil), nil
	}
	keep := len(arr.Elems) / int(length) * int(length-n)
	out := &types.Array{Elem: arr.Elem, Dims: append([]int32(nil), arr.Dims...), Lower: append([]int32(nil), arr.Lower...), Elems: arr.Elems[:keep]}
	out.Dims[0] = int32(length - n)
	for i := range out.Lower {
		out.Lower[i] = 1
	}
	return types.ArrayOf(out), nil
}

// containsAll tells whether every element of b is in a; a NULL is in nothing.
func containsAll(a, b *types.Array) bool {
	for _, e := range b.Elems {
		if e.IsNull() || !containsElem(a, e) {
			return false
		}
	}
	return true
}

func containsElem(a *types.Array, e types.Datum) bool {
	for _, x := range a.Elems {
		if !x.IsNull() && types.Equal(a.Elem, x, e) {
			return true
		}
	}
	return false
}

func overlaps(a, b *types.Array) bool {
	for _, e := range b.Elems {
		if !e.IsNull() && containsElem(a, e) {
			return true
		}
	}
	return false
}

func arrayTest(fn func(a, b *types.Array) bool) Func {
	return func(_ *Context, a row) (types.Datum, error) { return types.Bool(fn(a[0].Array(), a[1].Array())), nil }
}

// shuffled is array_shuffle, or with a count array_sample: the first dimension's slices in random order.
func shuffled(_ *Context, a row) (types.Datum, error) {
	arr := a[0].Array()
	if len(arr.Dims) == 0 {
		return a[0], nil
	}
	length := int64(arr.Dims[0])
	n := intArg(a, 1, length)
	if n < 0 || n > length {
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "sample size must be between 0 and %d", length)
	}
	if n == 0 {
		return newArray(arr.Elem, nil), nil
	}
	size := len(arr.Elems) / int(length)
	out := &types.Array{Elem: arr.Elem, Dims: append([]int32(nil), arr.Dims...), Lower: append([]int32(nil), arr.Lower...)}
	out.Dims[0] = int32(n)
	if len(a) == 2 {
		out.Lower[0] = 1
	}
	for _, i := range rand.Perm(int(length))[:n] {
		out.Elems = append(out.Elems, arr.Elems[i*size:(i+1)*size]...)
	}
	return types.ArrayOf(out), nil
}

// widthBucketArray is the number of thresholds that are not above the operand.
func widthBucketArray(_ *Context, a row) (types.Datum, error) {
	arr := a[1].Array()
	if len(arr.Dims) > 1 {
		return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "thresholds must be one-dimensional array")
	}
	low, high := 0, len(arr.Elems)
	for low < high {
		mid := (low + high) / 2
		if arr.Elems[mid].IsNull() {
			return types.Null, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "thresholds array must not contain NULLs")
		}
		if types.Compare(arr.Elem, a[0], arr.Elems[mid]) < 0 {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return types.Int(int64(low)), nil
}

func unnest(_ *Context, a row, emit func(row) error) error {
	for _, e := range a[0].Array().Elems {
		if err := emit(row{e}); err != nil {
			return err
		}
	}
	return nil
}

// generateSubscripts is generate_subscripts(array, dimension [, reverse]).
func generateSubscripts(_ *Context, a row, emit func(row) error) error {
	length, lower, ok := dimension(a[0].Array(), a[1].Int())
	if !ok {
		return nil
	}
	for i := range length {
		v := lower + i
		if len(a) == 3 && a[2].Bool() {
			v = lower + length - 1 - i
		}
		if err := emit(row{types.Int(v)}); err != nil {
			return err
		}
	}
	return nil
}

var arrayFuncs = map[string]Func{
	"array_length": boundFunc(func(length, _ int64) int64 { return length }),
	"array_lower":  boundFunc(func(_, lower int64) int64 { return lower }),
	"array_upper":  boundFunc(func(length, lower int64) int64 { return lower + length - 1 }),
	"array_ndims":  arrayNdims, "array_dims": arrayDims, "array_cardinality": arrayCardinality, "array_cat": arrayCat,
	"array_remove": arrayRemove, "array_replace": arrayReplace, "array_position": arrayPosition, "array_position_start": arrayPosition,
	"array_positions": arrayPositions, "trim_array": trimArray, "array_shuffle": shuffled, "array_sample": shuffled,
	"arraycontains": arrayTest(containsAll), "arraycontained": arrayTest(func(a, b *types.Array) bool { return containsAll(b, a) }),
	"arrayoverlap": arrayTest(overlaps), "width_bucket_array": widthBucketArray,
}

var arrayTyped = map[string]func([]types.Type) Func{
	"array_append": extend(false), "array_prepend": extend(true), "array_fill": arrayFill, "array_fill_with_lower_bounds": arrayFill,
}
