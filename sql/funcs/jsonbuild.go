package funcs

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// jsonWriter turns SQL values into the text of json. Build functions put blanks around : and after ,; whole rows and arrays have none.
type jsonWriter struct {
	ctx *Context
}

// value appends d of type t. Pretty puts the elements of an outermost array or record on lines of their own.
func (w jsonWriter) value(dst []byte, t types.OID, d types.Datum, pretty bool) []byte {
	if d.IsNull() {
		return append(dst, "null"...)
	}
	switch t {
	case types.BoolOID:
		return strconv.AppendBool(dst, d.Bool())
	case types.Int2OID, types.Int4OID, types.Int8OID:
		return strconv.AppendInt(dst, d.Int(), 10)
	case types.Float4OID, types.Float8OID, types.NumericOID:
		s := output(w.ctx, t, d)
		if isJSONNumber(s) {
			return append(dst, s...)
		}
		return types.AppendJSONString(dst, s)
	case types.JSONOID, types.JSONBOID:
		return append(dst, d.Text()...)
	case types.DateOID, types.TimestampOID, types.TimestamptzOID:
		return types.AppendJSONString(dst, isoText(w.ctx, t, d))
	case types.RecordOID:
		return w.record(dst, d.Record(), pretty)
	}
	if elementOf(t) != 0 {
		return w.array(dst, d.Array(), pretty)
	}
	return types.AppendJSONString(dst, castText(w.ctx, t, d))
}

// isJSONNumber tells a number's text from NaN and the infinities.
func isJSONNumber(s string) bool {
	return s != "" && (isDigit(s[0]) || s[0] == '-' && len(s) > 1 && isDigit(s[1]))
}

// isoText is the XSD form that JSON uses: T between date and time, the zone as ±hh:mm.
func isoText(ctx *Context, t types.OID, d types.Datum) string {
	env := *ctx.Env
	env.DateStyle = "ISO, MDY"
	s := types.FormatText(&env, t, d)
	if t == types.DateOID || strings.Contains(s, "infinity") {
		return s
	}
	s = strings.Replace(s, " ", "T", 1)
	if t == types.TimestamptzOID {
		clock, era := s, ""
		if i := strings.IndexByte(s, ' '); i >= 0 {
			clock, era = s[:i], s[i:]
		}
		if i := strings.LastIndexAny(clock, "+-"); i > 0 && !strings.Contains(clock[i:], ":") {
			clock += ":00"
		}
		s = clock + era
	}
	return s
}

func (w jsonWriter) record(dst []byte, r *types.Record, pretty bool) []byte {
	separator := ","
	if pretty {
		separator = ",\n "
	}
	dst = append(dst, '{')
	for i, f := range r.Fields {
		if i > 0 {
			dst = append(dst, separator...)
		}
		dst = append(types.AppendJSONString(dst, fieldName(r, i)), ':')
		dst = w.value(dst, r.Types[i].OID, f, false)
	}
	return append(dst, '}')
}

// fieldName is a record's column name; anonymous rows have f1, f2 …
func fieldName(r *types.Record, i int) string {
	if r.Names != nil {
		return r.Names[i]
	}
	return "f" + strconv.Itoa(i+1)
}

func (w jsonWriter) array(dst []byte, a *types.Array, pretty bool) []byte {
	if len(a.Elems) == 0 {
		return append(dst, "[]"...)
	}
	dst, _ = w.dimension(dst, a, 0, a.Elems, pretty)
	return dst
}

func (w jsonWriter) dimension(dst []byte, a *types.Array, dim int, elems []types.Datum, pretty bool) ([]byte, []types.Datum) {
	separator := ","
	if pretty {
		separator = ",\n "
	}
	dst = append(dst, '[')
	for i := range a.Dims[dim] {
		if i > 0 {
			dst = append(dst, separator...)
		}
		if dim+1 < len(a.Dims) {
			dst, elems = w.dimension(dst, a, dim+1, elems, false)
		} else {
			dst = w.value(dst, a.Elem, elems[0], false)
			elems = elems[1:]
		}
	}
	return append(dst, ']'), elems
}

// key appends an object's key, which is text of any scalar.
func (w jsonWriter) key(dst []byte, t types.OID, d types.Datum) ([]byte, error) {
	switch {
	case d.IsNull():
		return dst, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null value not allowed for object key")
	case t == types.JSONOID, t == types.JSONBOID, t == types.RecordOID, elementOf(t) != 0:
		return dst, pgerr.New(pgerrcode.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
	case t == types.DateOID, t == types.TimestampOID, t == types.TimestamptzOID:
		return types.AppendJSONString(dst, isoText(w.ctx, t, d)), nil
	}
	return types.AppendJSONString(dst, castText(w.ctx, t, d)), nil
}

// finish is the result of a json function, or of its jsonb twin.
func finishJSON(text []byte, binary bool) (types.Datum, error) {
	if !binary {
		return types.Text(string(text)), nil
	}
	s, err := types.NormalizeJSONB(string(text))
	return types.Text(s), err
}

func toJSON(binary bool) func([]types.Type) Func {
	return func(args []types.Type) Func {
		return func(ctx *Context, a row) (types.Datum, error) {
			pretty := len(a) == 2 && a[1].Bool()
			return finishJSON(jsonWriter{ctx}.value(nil, args[0].OID, a[0], pretty), binary)
		}
	}
}

// buildObject is json_build_object(key, value, …).
func buildObject(binary bool) func([]types.Type) Func {
	return func(args []types.Type) Func {
		return func(ctx *Context, a row) (types.Datum, error) {
			if len(a)%2 != 0 {
				return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "argument list must have even number of elements").
					WithHint("The arguments of %s() must consist of alternating keys and values.", buildName(binary))
			}
			w := jsonWriter{ctx}
			dst := []byte{'{'}
			for i := 0; i < len(a); i += 2 {
				if i > 0 {
					dst = append(dst, ", "...)
				}
				if a[i].IsNull() {
					if binary {
						return types.Null, pgerr.New(pgerrcode.InvalidParameterValue, "argument %d: key must not be null", i+1)
					}
					return types.Null, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null value not allowed for object key")
				}
				var err error
				if dst, err = w.key(dst, args[i].OID, a[i]); err != nil {
					return types.Null, err
				}
				dst = w.value(append(dst, " : "...), args[i+1].OID, a[i+1], false)
			}
			return finishJSON(append(dst, '}'), binary)
		}
	}
}

func buildName(binary bool) string {
	if binary {
		return "jsonb_build_object"
	}
	return "json_build_object"
}

// buildArray is json_build_array(…).
func buildArray(binary bool) func([]types.Type) Func {
	return func(args []types.Type) Func {
		return func(ctx *Context, a row) (types.Datum, error) {
			dst := []byte{'['}
			for i, d := range a {
				if i > 0 {
					dst = append(dst, ", "...)
				}
				dst = jsonWriter{ctx}.value(dst, args[i].OID, d, false)
			}
			return finishJSON(append(dst, ']'), binary)
		}
	}
}

// objectOfTexts is json_object(text[]) with keys and values in turn, or as pairs in two dimensions, and json_object(keys, values).
func objectOfTexts(binary bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		keys, values, err := pairsOf(a)
		if err != nil {
			return types.Null, err
		}
		dst := []byte{'{'}
		for i, k := range keys {
			if k.IsNull() {
				return types.Null, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null value not allowed for object key")
			}
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(types.AppendJSONString(dst, k.Text()), " : "...)
			if values[i].IsNull() {
				dst = append(dst, "null"...)
			} else {
				dst = types.AppendJSONString(dst, values[i].Text())
			}
		}
		return finishJSON(append(dst, '}'), binary)
	}
}

func pairsOf(a row) (keys, values []types.Datum, err error) {
	bad := func(text string) error { return pgerr.New(pgerrcode.ArraySubscriptError, "%s", text) }
	if len(a) == 2 {
		if len(a[0].Array().Dims) > 1 || len(a[0].Array().Dims) != len(a[1].Array().Dims) {
			return nil, nil, bad("wrong number of array subscripts")
		}
		if len(textsOf(a[0])) != len(textsOf(a[1])) {
			return nil, nil, bad("mismatched array dimensions")
		}
		return textsOf(a[0]), textsOf(a[1]), nil
	}
	arr := a[0].Array()
	switch dims := arr.Dims; {
	case len(dims) > 2:
		return nil, nil, bad("wrong number of array subscripts")
	case len(dims) == 2 && dims[1] != 2:
		return nil, nil, bad("array must have two columns")
	case len(dims) == 1 && dims[0]%2 != 0:
		return nil, nil, bad("array must have even number of elements")
	}
	for i := 0; i < len(arr.Elems); i += 2 {
		keys, values = append(keys, arr.Elems[i]), append(values, arr.Elems[i+1])
	}
	return keys, values, nil
}

var jsonBuildFuncs = map[string]Func{
	"json_object": objectOfTexts(false), "json_object_two_arg": objectOfTexts(false),
	"jsonb_object": objectOfTexts(true), "jsonb_object_two_arg": objectOfTexts(true),
}

var jsonBuildTyped = map[string]func([]types.Type) Func{
	"to_json": toJSON(false), "to_jsonb": toJSON(true), "array_to_json": toJSON(false), "array_to_json_pretty": toJSON(false),
	"row_to_json": toJSON(false), "row_to_json_pretty": toJSON(false),
	"json_build_object": buildObject(false), "json_build_object_noargs": buildObject(false),
	"jsonb_build_object": buildObject(true), "jsonb_build_object_noargs": buildObject(true),
	"json_build_array": buildArray(false), "json_build_array_noargs": buildArray(false),
	"jsonb_build_array": buildArray(true), "jsonb_build_array_noargs": buildArray(true),
}
