package funcs

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// Changes to jsonb make new values: a JSONValue is never changed.

func jsonbResult(v *types.JSONValue) types.Datum {
	return types.Text(string(types.AppendJSONB(nil, v)))
}

var jsonNull = &types.JSONValue{Kind: types.JSONNull, Raw: "null"}

func isJSONScalar(v *types.JSONValue) bool {
	return v.Kind != types.JSONArray && v.Kind != types.JSONObject
}

// withMember is an object with one member set, or removed when value is nil.
func withMember(v *types.JSONValue, key string, value *types.JSONValue) *types.JSONValue {
	members := slices.DeleteFunc(slices.Clone(v.Members), func(m types.JSONMember) bool { return m.Key == key })
	if value != nil {
		members = append(members, types.JSONMember{Key: key, Value: value})
	}
	return types.NewJSONObject(members)
}

func jsonbConcat(_ *Context, a row) (types.Datum, error) {
	x, err := parseJSON(a[0])
	if err != nil {
		return types.Null, err
	}
	y, err := parseJSON(a[1])
	if err != nil {
		return types.Null, err
	}
	if x.Kind == types.JSONObject && y.Kind == types.JSONObject {
		return jsonbResult(types.NewJSONObject(append(slices.Clone(x.Members), y.Members...))), nil
	}
	return jsonbResult(types.NewJSONArray(append(slices.Clone(asElements(x)), asElements(y)...))), nil
}

// asElements are an array's elements, or the value itself as one.
func asElements(v *types.JSONValue) []*types.JSONValue {
	if v.Kind == types.JSONArray {
		return v.Elems
	}
	return []*types.JSONValue{v}
}

func invalidJSON(text string) error { return pgerr.New(pgerrcode.InvalidParameterValue, "%s", text) }

// jsonbDelete is jsonb - text and jsonb - text[]: removes keys of an object, or equal strings of an array.
func jsonbDelete(_ *Context, a row) (types.Datum, error) {
	v, err := parseJSON(a[0])
	if err != nil {
		return types.Null, err
	}
	if isJSONScalar(v) {
		return types.Null, invalidJSON("cannot delete from scalar")
	}
	keys := spreadTexts(a[1:])
	gone := func(s string) bool {
		return slices.ContainsFunc(keys, func(k types.Datum) bool { return !k.IsNull() && k.Text() == s })
	}
	if v.Kind == types.JSONObject {
		members := slices.DeleteFunc(slices.Clone(v.Members), func(m types.JSONMember) bool { return gone(m.Key) })
		return jsonbResult(types.NewJSONObject(members)), nil
	}
	elems := slices.DeleteFunc(slices.Clone(v.Elems), func(e *types.JSONValue) bool { return e.Kind == types.JSONString && gone(e.Str) })
	return jsonbResult(types.NewJSONArray(elems)), nil
}

func jsonbDeleteIndex(_ *Context, a row) (types.Datum, error) {
	v, err := parseJSON(a[0])
	if err != nil {
		return types.Null, err
	}
	switch {
	case v.Kind == types.JSONObject:
		return types.Null, invalidJSON("cannot delete from object using integer index")
	case isJSONScalar(v):
		return types.Null, invalidJSON("cannot delete from scalar")
	}
	i := a[1].Int()
	if i < 0 {
		i += int64(len(v.Elems))
	}
	if i < 0 || i >= int64(len(v.Elems)) {
		return a[0], nil
	}
	return jsonbResult(types.NewJSONArray(slices.Delete(slices.Clone(v.Elems), int(i), int(i)+1))), nil
}

// pathEdit is one change at the end of a path.
type pathEdit struct {
	path  []types.Datum    // texts; a NULL is an error once it is reached
	value *types.JSONValue // nil deletes
	// create adds a missing member or element; insert adds an element before (or after) the one found and refuses an existing member.
	create, insert, after bool
}

// apply changes v along the path from step on.
func (e *pathEdit) apply(v *types.JSONValue, step int) (*types.JSONValue, error) {
	switch v.Kind {
	case types.JSONObject:
		return e.inObject(v, step)
	case types.JSONArray:
		return e.inArray(v, step)
	}
	return v, nil
}

func (e *pathEdit) last(step int) bool { return step == len(e.path)-1 }

func (e *pathEdit) inObject(v *types.JSONValue, step int) (*types.JSONValue, error) {
	key, err := e.key(step)
	if err != nil {
		return nil, err
	}
	old := v.Field(key)
	switch {
	case !e.last(step):
		if old == nil {
			return v, nil
		}
		changed, err := e.apply(old, step+1)
		if err != nil {
			return nil, err
		}
		return withMember(v, key, changed), nil
	case old != nil && e.insert:
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "cannot replace existing key").
			WithHint("Try using the function jsonb_set to replace key value.")
	case old == nil && !e.create:
		return v, nil
	}
	return withMember(v, key, e.value), nil
}

func (e *pathEdit) inArray(v *types.JSONValue, step int) (*types.JSONValue, error) {
	key, err := e.key(step)
	if err != nil {
		return nil, err
	}
	i, err := pathIndex(key, step+1)
	if err != nil {
		return nil, err
	}
	n := int64(len(v.Elems))
	before := i < 0 && i < -n
	if i < 0 {
		i = max(i+n, 0)
	}
	i = min(i, n)
	exists := i < n && !before
	elems := slices.Clone(v.Elems)
	switch {
	case !e.last(step):
		if !exists {
			return v, nil
		}
		changed, err := e.apply(elems[i], step+1)
		if err != nil {
			return nil, err
		}
		elems[i] = changed
	case e.value == nil:
		if !exists {
			return v, nil
		}
		elems = slices.Delete(elems, int(i), int(i)+1)
	case exists && !e.insert:
		elems[i] = e.value
	case exists && e.after:
		elems = slices.Insert(elems, int(i)+1, e.value)
	case exists || e.insert || e.create:
		elems = slices.Insert(elems, int(i), e.value)
	default:
		return v, nil
	}
	return types.NewJSONArray(elems), nil
}

func (e *pathEdit) key(step int) (string, error) {
	if e.path[step].IsNull() {
		return "", pgerr.New(pgerrcode.NullValueNotAllowedDataException, "path element at position %d is null", step+1)
	}
	return e.path[step].Text(), nil
}

// editJSON runs an edit of a[0] along the path a[1]; scalar is the error's text for a scalar.
func editJSON(a row, scalar string, e pathEdit) (types.Datum, error) {
	v, err := parseJSON(a[0])
	if err != nil {
		return types.Null, err
	}
	if len(a[1].Array().Dims) > 1 {
		return types.Null, pgerr.New(pgerrcode.ArraySubscriptError, "wrong number of array subscripts")
	}
	if isJSONScalar(v) {
		return types.Null, invalidJSON(scalar)
	}
	e.path = textsOf(a[1])
	if empty := len(v.Elems) == 0 && len(v.Members) == 0; len(e.path) == 0 || empty && !e.create {
		return a[0], nil
	}
	if v, err = e.apply(v, 0); err != nil {
		return types.Null, err
	}
	return jsonbResult(v), nil
}

// jsonbSet is jsonb_set(target, path, value, create).
func jsonbSet(_ *Context, a row) (types.Datum, error) {
	value, err := parseJSON(a[2])
	if err != nil {
		return types.Null, err
	}
	return editJSON(a, "cannot set path in scalar", pathEdit{value: value, create: a[3].Bool()})
}

// jsonbSetLax is jsonb_set_lax(target, path, value, create, treatment of a NULL value).
func jsonbSetLax(ctx *Context, a row) (types.Datum, error) {
	if a[0].IsNull() || a[1].IsNull() || a[3].IsNull() {
		return types.Null, nil
	}
	if a[4].IsNull() {
		return types.Null, invalidJSON("null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"")
	}
	if !a[2].IsNull() {
		return jsonbSet(ctx, a)
	}
	switch a[4].Text() {
	case "raise_exception":
		return types.Null, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "JSON value must not be null").
			WithDetail("Exception was raised because null_value_treatment is \"raise_exception\".").
			WithHint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.")
	case "return_target":
		return a[0], nil
	case "delete_key":
		return jsonbDeletePath(ctx, a)
	case "use_json_null":
		return jsonbSet(ctx, row{a[0], a[1], types.Text("null"), a[3]})
	}
	return types.Null, invalidJSON("null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"")
}

// jsonbInsert is jsonb_insert(target, path, value, after).
func jsonbInsert(_ *Context, a row) (types.Datum, error) {
	value, err := parseJSON(a[2])
	if err != nil {
		return types.Null, err
	}
	return editJSON(a, "cannot set path in scalar", pathEdit{value: value, create: true, insert: true, after: a[3].Bool()})
}

func jsonbDeletePath(_ *Context, a row) (types.Datum, error) {
	return editJSON(a, "cannot delete path in scalar", pathEdit{})
}

// stripNulls leaves out members that are null, at every depth.
func stripNulls(v *types.JSONValue) *types.JSONValue {
	switch v.Kind {
	case types.JSONObject:
		var members []types.JSONMember
		for _, m := range v.Members {
			if m.Value.Kind != types.JSONNull {
				members = append(members, types.JSONMember{Key: m.Key, Value: stripNulls(m.Value)})
			}
		}
		return types.NewJSONObject(members)
	case types.JSONArray:
		elems := make([]*types.JSONValue, len(v.Elems))
		for i, e := range v.Elems {
			elems[i] = stripNulls(e)
		}
		return types.NewJSONArray(elems)
	}
	return v
}

func jsonbStripNulls(_ *Context, a row) (types.Datum, error) {
	v, err := parseJSON(a[0])
	if err != nil {
		return types.Null, err
	}
	return jsonbResult(stripNulls(v)), nil
}

// jsonStripNulls writes without any white space, in the text's own order.
func jsonStripNulls(_ *Context, a row) (types.Datum, error) {
	v, err := parseJSON(a[0])
	if err != nil {
		return types.Null, err
	}
	return types.Text(string(appendCompact(nil, v))), nil
}

func appendCompact(dst []byte, v *types.JSONValue) []byte {
	switch v.Kind {
	case types.JSONObject:
		dst = append(dst, '{')
		first := true
		for _, m := range v.Members {
			if m.Value.Kind == types.JSONNull {
				continue
			}
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = append(types.AppendJSONString(dst, m.Key), ':')
			dst = appendCompact(dst, m.Value)
		}
		return append(dst, '}')
	case types.JSONArray:
		dst = append(dst, '[')
		for i, e := range v.Elems {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendCompact(dst, e)
		}
		return append(dst, ']')
	case types.JSONString:
		return types.AppendJSONString(dst, v.Str)
	}
	return append(dst, v.Raw...)
}

func jsonbPretty(_ *Context, a row) (types.Datum, error) {
	v, err := parseJSON(a[0])
	if err != nil {
		return types.Null, err
	}
	return types.Text(string(appendPretty(nil, v, 1))), nil
}

// appendPretty indents by four blanks a level; empty containers keep their two lines.
func appendPretty(dst []byte, v *types.JSONValue, level int) []byte {
	indent := func(n int) { dst = append(append(dst, '\n'), strings.Repeat("    ", n)...) }
	switch v.Kind {
	case types.JSONObject:
		dst = append(dst, '{')
		for i, m := range v.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			indent(level)
			dst = append(types.AppendJSONString(dst, m.Key), ": "...)
			dst = appendPretty(dst, m.Value, level+1)
		}
		indent(level - 1)
		return append(dst, '}')
	case types.JSONArray:
		dst = append(dst, '[')
		for i, e := range v.Elems {
			if i > 0 {
				dst = append(dst, ',')
			}
			indent(level)
			dst = appendPretty(dst, e, level+1)
		}
		indent(level - 1)
		return append(dst, ']')
	}
	return append(dst, v.Raw...)
}

var jsonModifyFuncs = map[string]Func{
	"jsonb_concat": jsonbConcat, "jsonb_delete_idx": jsonbDeleteIndex, "jsonb_delete_path": jsonbDeletePath,
	"jsonb_delete": jsonbDelete, "jsonb_delete_array": jsonbDelete, "jsonb_set": jsonbSet, "jsonb_set_lax": jsonbSetLax, "jsonb_insert": jsonbInsert,
	"jsonb_strip_nulls": jsonbStripNulls, "json_strip_nulls": jsonStripNulls, "jsonb_pretty": jsonbPretty,
}
