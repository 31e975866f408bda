package funcs

import (
	"strconv"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// A json value's functions give back the part of its own text, a jsonb's the canonical text; both work on the parsed value, whose Raw is that text.

// parseJSON parses a value that is known to be valid.
func parseJSON(d types.Datum) (*types.JSONValue, error) { return types.ParseJSON(d.Text()) }

// jsonPart is a part found, NULL when there is none.
func jsonPart(v *types.JSONValue) types.Datum {
	if v == nil {
		return types.Null
	}
	return types.Text(v.Raw)
}

// jsonText is a part as text: NULL for none and for a JSON null.
func jsonText(v *types.JSONValue) types.Datum {
	if v == nil {
		return types.Null
	}
	s, ok := v.Text()
	if !ok {
		return types.Null
	}
	return types.Text(s)
}

// jsonGet is an accessor: find a part, then show it.
func jsonGet(find func(v *types.JSONValue, a row) *types.JSONValue, show func(*types.JSONValue) types.Datum) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		v, err := parseJSON(a[0])
		if err != nil {
			return types.Null, err
		}
		return show(find(v, a)), nil
	}
}

func findField(v *types.JSONValue, a row) *types.JSONValue { return v.Field(a[1].Text()) }

func findElement(v *types.JSONValue, a row) *types.JSONValue {
	if i := a[1].Int(); v.Kind == types.JSONArray && i >= -int64(len(v.Elems)) && i < int64(len(v.Elems)) {
		return v.Index(int(i))
	}
	return nil
}

// findElementOrScalar takes a jsonb scalar for an array of one, as Postgres stores it.
func findElementOrScalar(v *types.JSONValue, a row) *types.JSONValue {
	if i := a[1].Int(); isJSONScalar(v) && (i == 0 || i == -1) {
		return v
	}
	return findElement(v, a)
}

// spreadTexts are variadic text arguments: an operator over the same function passes them as one text[].
func spreadTexts(a row) []types.Datum {
	if len(a) == 1 {
		if arr, ok := a[0].X.(*types.Array); ok {
			return arr.Elems
		}
	}
	return a
}

// findPath follows a path given as a text[] or as spread texts; a NULL step finds nothing.
func findPath(v *types.JSONValue, a row) *types.JSONValue {
	steps := spreadTexts(a[1:])
	path := make([]string, len(steps))
	for i, s := range steps {
		if s.IsNull() {
			return nil
		}
		path[i] = s.Text()
	}
	return v.Path(path)
}

var jsonTypeNames = map[types.JSONKind]string{
	types.JSONNull: "null", types.JSONString: "string", types.JSONNumber: "number", types.JSONBool: "boolean",
	types.JSONArray: "array", types.JSONObject: "object",
}

func jsonTypeof(_ *Context, a row) (types.Datum, error) {
	v, err := parseJSON(a[0])
	if err != nil {
		return types.Null, err
	}
	return types.Text(jsonTypeNames[v.Kind]), nil
}

func jsonArrayLength(_ *Context, a row) (types.Datum, error) {
	v, err := parseJSON(a[0])
	if err != nil {
		return types.Null, err
	}
	switch v.Kind {
	case types.JSONArray:
		return types.Int(int64(len(v.Elems))), nil
	case types.JSONObject:
		return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "cannot get array length of a non-array")
	}
	return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "cannot get array length of a scalar")
}

// json2 is a test of two jsonb values.
func json2(test func(a, b *types.JSONValue) bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		x, err := parseJSON(a[0])
		if err != nil {
			return types.Null, err
		}
		y, err := parseJSON(a[1])
		if err != nil {
			return types.Null, err
		}
		return types.Bool(test(x, y)), nil
	}
}

func jsonExists(_ *Context, a row) (types.Datum, error) {
	v, err := parseJSON(a[0])
	if err != nil {
		return types.Null, err
	}
	return types.Bool(types.JSONExists(v, a[1].Text())), nil
}

// jsonExistsSome is ?| (all false) and ?& (all true): NULL keys are passed over.
func jsonExistsSome(all bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		v, err := parseJSON(a[0])
		if err != nil {
			return types.Null, err
		}
		for _, key := range textsOf(a[1]) {
			if !key.IsNull() && types.JSONExists(v, key.Text()) != all {
				return types.Bool(!all), nil
			}
		}
		return types.Bool(all), nil
	}
}

// jsonbCast converts a jsonb scalar to a SQL type, as the casts from jsonb do.
func jsonbCast(to types.OID) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		return types.CastDatum(ctx.Env, types.T(types.JSONBOID), types.T(to), a[0], true)
	}
}

var jsonFuncs = func() map[string]Func {
	t := map[string]Func{
		"jsonb_contains":  json2(types.JSONContains),
		"jsonb_contained": json2(func(a, b *types.JSONValue) bool { return types.JSONContains(b, a) }),
		"jsonb_exists":    jsonExists, "jsonb_exists_any": jsonExistsSome(false), "jsonb_exists_all": jsonExistsSome(true),
		"jsonb_bool": jsonbCast(types.BoolOID), "jsonb_int2": jsonbCast(types.Int2OID), "jsonb_int4": jsonbCast(types.Int4OID),
		"jsonb_int8": jsonbCast(types.Int8OID), "jsonb_float4": jsonbCast(types.Float4OID), "jsonb_float8": jsonbCast(types.Float8OID),
		"jsonb_numeric": jsonbCast(types.NumericOID),
	}
	for _, prefix := range []string{"json", "jsonb"} {
		t[prefix+"_object_field"] = jsonGet(findField, jsonPart)
		t[prefix+"_object_field_text"] = jsonGet(findField, jsonText)
		find := findElement
		if prefix == "jsonb" {
			find = findElementOrScalar
		}
		t[prefix+"_array_element"] = jsonGet(find, jsonPart)
		t[prefix+"_array_element_text"] = jsonGet(find, jsonText)
		t[prefix+"_extract_path"] = jsonGet(findPath, jsonPart)
		t[prefix+"_extract_path_text"] = jsonGet(findPath, jsonText)
		t[prefix+"_typeof"] = jsonTypeof
		t[prefix+"_array_length"] = jsonArrayLength
	}
	return t
}()

// jsonSets are the set-returning functions over json and jsonb.
var jsonSets = func() map[string]SetFunc {
	t := map[string]SetFunc{}
	for _, prefix := range []string{"json", "jsonb"} {
		t[prefix+"_object_keys"] = jsonMembers(prefix+"_object_keys", func(m types.JSONMember) row { return row{types.Text(m.Key)} })
		t[prefix+"_each"] = jsonMembers(prefix+"_each", func(m types.JSONMember) row { return row{types.Text(m.Key), jsonPart(m.Value)} })
		t[prefix+"_each_text"] = jsonMembers(prefix+"_each_text", func(m types.JSONMember) row { return row{types.Text(m.Key), jsonText(m.Value)} })
		t[prefix+"_array_elements"] = jsonElements(prefix+"_array_elements", jsonPart)
		t[prefix+"_array_elements_text"] = jsonElements(prefix+"_array_elements_text", jsonText)
	}
	return t
}()

func jsonMembers(name string, show func(types.JSONMember) row) SetFunc {
	return func(_ *Context, a row, emit func(row) error) error {
		v, err := parseJSON(a[0])
		if err != nil {
			return err
		}
		if v.Kind != types.JSONObject {
			return notAnObject(name, v)
		}
		for _, m := range v.Members {
			if err := emit(show(m)); err != nil {
				return err
			}
		}
		return nil
	}
}

func notAnObject(name string, v *types.JSONValue) error {
	what := "a scalar"
	if v.Kind == types.JSONArray {
		what = "an array"
	}
	switch name {
	case "json_each", "json_each_text":
		what = "a non-object"
		if v.Kind == types.JSONArray {
			return pgerr.New(pgerrcode.InvalidParameterValue, "cannot deconstruct an array as an object")
		}
		return pgerr.New(pgerrcode.InvalidParameterValue, "cannot deconstruct a scalar")
	case "jsonb_each", "jsonb_each_text":
		return pgerr.New(pgerrcode.InvalidParameterValue, "cannot call %s on a non-object", name)
	}
	return pgerr.New(pgerrcode.InvalidParameterValue, "cannot call %s on %s", name, what)
}

func jsonElements(name string, show func(*types.JSONValue) types.Datum) SetFunc {
	return func(_ *Context, a row, emit func(row) error) error {
		v, err := parseJSON(a[0])
		if err != nil {
			return err
		}
		switch {
		case v.Kind == types.JSONArray:
		case name[:5] == "json_":
			what := "a scalar"
			if v.Kind == types.JSONObject {
				what = "a non-array"
			}
			return pgerr.New(pgerrcode.InvalidParameterValue, "cannot call %s on %s", name, what)
		case v.Kind == types.JSONObject:
			return pgerr.New(pgerrcode.InvalidParameterValue, "cannot extract elements from an object")
		default:
			return pgerr.New(pgerrcode.InvalidParameterValue, "cannot extract elements from a scalar")
		}
		for _, e := range v.Elems {
			if err := emit(row{show(e)}); err != nil {
				return err
			}
		}
		return nil
	}
}

// pathIndex reads an array subscript of a path step.
func pathIndex(step string, position int) (int64, error) {
	i, err := strconv.ParseInt(step, 10, 32)
	if err != nil {
		return 0, pgerr.New(pgerrcode.InvalidTextRepresentation, "path element at position %d is not an integer: \"%s\"", position, step)
	}
	return i, nil
}
