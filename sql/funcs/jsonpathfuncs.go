package funcs

import (
	"errors"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// runJSONPath is the common part of the jsonb_path functions: (target, path [, vars [, silent]]). With silent errors of evaluation give ok false.
func runJSONPath(a row, silent bool) (items []*types.JSONValue, ok bool, err error) {
	target, err := parseJSON(a[0])
	if err != nil {
		return nil, false, err
	}
	path, err := parseJSONPath(a[1].Text())
	if err != nil {
		return nil, false, err
	}
	vars := types.NewJSONObject(nil)
	if len(a) > 2 {
		if vars, err = parseJSON(a[2]); err != nil {
			return nil, false, err
		}
		if vars.Kind != types.JSONObject {
			return nil, false, pgerr.New(pgerrcode.InvalidParameterValue, "\"vars\" argument is not an object").
				WithDetail("Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.")
		}
	}
	items, err = path.run(target, vars)
	var e pathError
	if errors.As(err, &e) {
		if silent {
			return nil, false, nil
		}
		return nil, false, e.err
	}
	return items, err == nil, err
}

func isSilent(a row) bool { return len(a) > 3 && a[3].Bool() }

// pathExists is jsonb_path_exists and, always silent, the operator @?.
func pathExists(silent bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		items, ok, err := runJSONPath(a, silent || isSilent(a))
		if err != nil || !ok {
			return types.Null, err
		}
		return types.Bool(len(items) > 0), nil
	}
}

// pathMatch is jsonb_path_match and, always silent, the operator @@.
func pathMatch(silent bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		silent := silent || isSilent(a)
		items, ok, err := runJSONPath(a, silent)
		if err != nil || !ok {
			return types.Null, err
		}
		if len(items) == 1 {
			switch items[0].Kind {
			case types.JSONBool:
				return types.Bool(items[0].Bool), nil
			case types.JSONNull:
				return types.Null, nil
			}
		}
		if silent {
			return types.Null, nil
		}
		return types.Null, pgerr.New(pgerrcode.SingletonSQLJSONItemRequired, "single boolean result is expected")
	}
}

func pathQueryArray(_ *Context, a row) (types.Datum, error) {
	items, _, err := runJSONPath(a, isSilent(a))
	if err != nil {
		return types.Null, err
	}
	return jsonbResult(types.NewJSONArray(items)), nil
}

func pathQueryFirst(_ *Context, a row) (types.Datum, error) {
	items, _, err := runJSONPath(a, isSilent(a))
	if err != nil || len(items) == 0 {
		return types.Null, err
	}
	return jsonbResult(items[0]), nil
}

func pathQuery(_ *Context, a row, emit func(row) error) error {
	items, _, err := runJSONPath(a, isSilent(a))
	for i := 0; err == nil && i < len(items); i++ {
		err = emit(row{jsonbResult(items[i])})
	}
	return err
}

var jsonPathFuncs = map[string]Func{
	"jsonb_path_exists": pathExists(false), "jsonb_path_exists_tz": pathExists(false), "jsonb_path_exists_opr": pathExists(true),
	"jsonb_path_match": pathMatch(false), "jsonb_path_match_tz": pathMatch(false), "jsonb_path_match_opr": pathMatch(true),
	"jsonb_path_query_array": pathQueryArray, "jsonb_path_query_array_tz": pathQueryArray,
	"jsonb_path_query_first": pathQueryFirst, "jsonb_path_query_first_tz": pathQueryFirst,
}

var jsonPathSets = map[string]SetFunc{"jsonb_path_query": pathQuery, "jsonb_path_query_tz": pathQuery}

// jsonPathDefaults are those of vars and silent.
var jsonPathDefaults = []types.Datum{types.Text("{}"), types.Bool(false)}
