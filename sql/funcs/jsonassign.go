package funcs

import (
	"slices"
	"strconv"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// AssignJSONB is SET container[path…] = value: a copy of the jsonb with one member or element replaced, and what is missing on the way made: objects
// for keys, arrays (with nulls up to the index) for integers. A NULL container starts as the array or object that the first subscript wants; a NULL
// value is JSON's null. Path is text, subscripts that are integers written out; first says whether the first one was. Errors: 22023 where the path
// leads into a scalar, before an array's start, or by a key into an array.
func AssignJSONB(container types.Datum, path []string, first bool, value types.Datum) (types.Datum, error) {
	v := jsonNull
	var err error
	if !value.IsNull() {
		if v, err = parseJSON(value); err != nil {
			return types.Null, err
		}
	}
	old := types.NewJSONObject(nil)
	switch {
	case !container.IsNull():
		if old, err = parseJSON(container); err != nil {
			return types.Null, err
		}
	case first:
		old = types.NewJSONArray(nil)
	}
	changed, err := assignJSON(old, path, 0, v)
	if err != nil {
		return types.Null, err
	}
	return jsonbResult(changed), nil
}

// assignJSON changes old along the path from step on.
func assignJSON(old *types.JSONValue, path []string, step int, value *types.JSONValue) (*types.JSONValue, error) {
	if step == len(path) {
		return value, nil
	}
	key := path[step]
	next := func(old *types.JSONValue) (*types.JSONValue, error) {
		if old == nil {
			return grownJSON(path[step+1:], value)
		}
		return assignJSON(old, path, step+1, value)
	}
	switch old.Kind {
	case types.JSONObject:
		member, err := next(old.Field(key))
		if err != nil {
			return nil, err
		}
		return withMember(old, key, member), nil
	case types.JSONArray:
		i, err := assignedIndex(key, step, len(old.Elems))
		if err != nil {
			return nil, err
		}
		elems := slices.Clone(old.Elems)
		var at *types.JSONValue
		if i < len(elems) {
			at = elems[i]
		}
		elem, err := next(at)
		if err != nil {
			return nil, err
		}
		for len(elems) <= i {
			elems = append(elems, jsonNull)
		}
		elems[i] = elem
		return types.NewJSONArray(elems), nil
	}
	return nil, pgerr.New(pgerrcode.InvalidParameterValue, "cannot replace existing key").
		WithDetail("The path assumes key is a composite object, but it is a scalar value.")
}

// assignedIndex is the place in an array of n elements that a path element means; it may be behind the end.
func assignedIndex(key string, step, n int) (int, error) {
	i, err := pathIndex(key, step+1)
	if err != nil {
		return 0, err
	}
	if i < 0 {
		if i += int64(n); i < 0 {
			return 0, pgerr.New(pgerrcode.InvalidParameterValue, "path element at position %d is out of range: %s", step+1, key)
		}
	}
	return int(i), checkGrown(i)
}

// checkGrown bounds the nulls that an index makes.
func checkGrown(i int64) error {
	if i >= valueBytesMax/4 {
		return requestedTooLarge()
	}
	return nil
}

// grownJSON is value in new containers along the path.
func grownJSON(path []string, value *types.JSONValue) (*types.JSONValue, error) {
	for k := len(path) - 1; k >= 0; k-- {
		i, err := strconv.ParseInt(path[k], 10, 32)
		if err != nil {
			value = types.NewJSONObject([]types.JSONMember{{Key: path[k], Value: value}})
			continue
		}
		if err := checkGrown(i); err != nil {
			return nil, err
		}
		var elems []*types.JSONValue
		for range i {
			elems = append(elems, jsonNull)
		}
		value = types.NewJSONArray(append(elems, value))
	}
	return value, nil
}
