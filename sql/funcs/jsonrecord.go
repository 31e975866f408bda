package funcs

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// Rows from JSON: json_to_record and json_to_recordset take the columns of the call's definition list.

// fromJSON converts a part to a SQL type: JSON types keep the text, arrays go element by element, the rest through the text form.
func fromJSON(ctx *Context, t types.OID, v *types.JSONValue) (types.Datum, error) {
	if v == nil || v.Kind == types.JSONNull && t != types.JSONOID && t != types.JSONBOID {
		return types.Null, nil
	}
	switch {
	case t == types.JSONOID:
		return types.Text(v.Raw), nil
	case t == types.JSONBOID:
		return jsonbResult(v), nil
	case elementOf(t) != 0 && v.Kind == types.JSONArray:
		return arrayFromJSON(ctx, elementOf(t), v)
	}
	s := v.Raw
	if v.Kind == types.JSONString {
		s = v.Str
	}
	return types.ParseText(ctx.Env, types.T(t), s)
}

func arrayFromJSON(ctx *Context, elem types.OID, v *types.JSONValue) (types.Datum, error) {
	out := &types.Array{Elem: elem}
	if err := collectJSON(ctx, out, v, 0); err != nil {
		return types.Null, err
	}
	if len(out.Elems) == 0 {
		return newArray(elem, nil), nil
	}
	return types.ArrayOf(out), nil
}

// collectJSON appends nested arrays; each must be as long as its first sibling.
func collectJSON(ctx *Context, out *types.Array, v *types.JSONValue, dim int) error {
	if dim == len(out.Dims) {
		out.Dims, out.Lower = append(out.Dims, int32(len(v.Elems))), append(out.Lower, 1)
	} else if int(out.Dims[dim]) != len(v.Elems) {
		return malformedJSONArray("Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	for _, e := range v.Elems {
		deeper := e.Kind == types.JSONArray
		if len(out.Elems) > 0 && deeper != (dim+1 < len(out.Dims)) {
			return malformedJSONArray("Multidimensional arrays must have sub-arrays with matching dimensions.")
		}
		if deeper {
			if err := collectJSON(ctx, out, e, dim+1); err != nil {
				return err
			}
			continue
		}
		d, err := fromJSON(ctx, out.Elem, e)
		if err != nil {
			return err
		}
		out.Elems = append(out.Elems, d)
	}
	return nil
}

func malformedJSONArray(detail string) error {
	return pgerr.New(pgerrcode.InvalidTextRepresentation, "malformed JSON array").WithDetail("%s", detail)
}

// rowFromJSON picks the columns from an object.
func rowFromJSON(ctx *Context, name string, v *types.JSONValue, columns []ResultColumn) (row, error) {
	if v.Kind != types.JSONObject {
		what := "a scalar"
		if v.Kind == types.JSONArray {
			what = "an array"
		}
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "cannot call %s on %s", name, what)
	}
	out := make(row, len(columns))
	for i, c := range columns {
		d, err := fromJSON(ctx, c.Type, v.Field(c.Name))
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

func jsonToRecord(name string) func([]types.Type, []ResultColumn) SetFunc {
	return func(_ []types.Type, columns []ResultColumn) SetFunc {
		return func(ctx *Context, a row, emit func(row) error) error {
			v, err := parseJSON(a[0])
			if err != nil {
				return err
			}
			r, err := rowFromJSON(ctx, name, v, columns)
			if err != nil {
				return err
			}
			return emit(r)
		}
	}
}

func jsonToRecordset(name string) func([]types.Type, []ResultColumn) SetFunc {
	return func(_ []types.Type, columns []ResultColumn) SetFunc {
		return func(ctx *Context, a row, emit func(row) error) error {
			v, err := parseJSON(a[0])
			if err != nil {
				return err
			}
			if v.Kind != types.JSONArray {
				return pgerr.New(pgerrcode.InvalidParameterValue, "cannot call %s on a non-array", name)
			}
			for _, e := range v.Elems {
				if e.Kind != types.JSONObject {
					return pgerr.New(pgerrcode.InvalidParameterValue, "argument of %s must be an array of objects", name)
				}
				r, err := rowFromJSON(ctx, name, e, columns)
				if err != nil {
					return err
				}
				if err := emit(r); err != nil {
					return err
				}
			}
			return nil
		}
	}
}

var typedSets = map[string]func([]types.Type, []ResultColumn) SetFunc{
	"json_to_record": jsonToRecord("json_to_record"), "jsonb_to_record": jsonToRecord("jsonb_to_record"),
	"json_to_recordset": jsonToRecordset("json_to_recordset"), "jsonb_to_recordset": jsonToRecordset("jsonb_to_recordset"),
}
