package funcs

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// stringAgg joins values by the delimiter of the row that is appended.
type stringAgg struct {
	buf []byte
	any bool
}

func (s *stringAgg) Add(args []types.Datum) error {
	if args[0].IsNull() {
		return nil
	}
	if s.any && !args[1].IsNull() {
		s.buf = append(s.buf, args[1].Text()...)
	}
	s.any = true
	s.buf = append(s.buf, args[0].Text()...)
	if len(s.buf) > valueBytesMax {
		return requestedTooLarge()
	}
	return nil
}

func (s *stringAgg) Result() (types.Datum, error) {
	if !s.any {
		return types.Null, nil
	}
	return types.Bytea(s.buf), nil
}

// arrayAgg collects values, NULLs too.
type arrayAgg struct {
	elem  types.OID
	elems []types.Datum
}

func (s *arrayAgg) Add(args []types.Datum) error {
	s.elems = append(s.elems, args[0])
	return nil
}

func (s *arrayAgg) Result() (types.Datum, error) {
	if s.elems == nil {
		return types.Null, nil
	}
	return newArray(s.elem, s.elems), nil
}

// arrayAggArrays stacks arrays of one shape into an array of one more dimension.
type arrayAggArrays struct {
	first *types.Array
	n     int32
	elems []types.Datum
}

func (s *arrayAggArrays) Add(args []types.Datum) error {
	if args[0].IsNull() {
		return pgerr.New(pgerrcode.NullValueNotAllowedDataException, "cannot accumulate null arrays")
	}
	a := args[0].Array()
	if len(a.Dims) == 0 {
		return pgerr.New(pgerrcode.ArraySubscriptError, "cannot accumulate empty arrays")
	}
	if s.first == nil {
		s.first = a
	}
	differ := len(a.Dims) != len(s.first.Dims)
	for i := 0; !differ && i < len(a.Dims); i++ {
		differ = a.Dims[i] != s.first.Dims[i] || a.Lower[i] != s.first.Lower[i]
	}
	if differ {
		return pgerr.New(pgerrcode.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
	}
	s.n++
	s.elems = append(s.elems, a.Elems...)
	return nil
}

func (s *arrayAggArrays) Result() (types.Datum, error) {
	if s.first == nil {
		return types.Null, nil
	}
	return types.ArrayOf(&types.Array{
		Elem: s.first.Elem, Elems: s.elems,
		Dims: append([]int32{s.n}, s.first.Dims...), Lower: append([]int32{1}, s.first.Lower...),
	}), nil
}

// jsonAgg builds the text of an array.
type jsonAgg struct {
	w      jsonWriter
	t      types.OID
	binary bool
	strict bool // leave NULLs out
	buf    []byte
}

func (s *jsonAgg) Add(args []types.Datum) error {
	if s.strict && args[0].IsNull() {
		return nil
	}
	if s.buf == nil {
		s.buf = append(s.buf, '[')
	} else {
		s.buf = append(s.buf, ", "...)
		if !args[0].IsNull() && (s.t == types.RecordOID || elementOf(s.t) != 0) {
			s.buf = append(s.buf, "\n "...)
		}
	}
	s.buf = s.w.value(s.buf, s.t, args[0], false)
	return nil
}

func (s *jsonAgg) Result() (types.Datum, error) {
	if s.buf == nil {
		return types.Null, nil
	}
	return finishJSON(append(s.buf, ']'), s.binary)
}

// jsonObjectAgg builds the text of an object.
type jsonObjectAgg struct {
	w          jsonWriter
	key, value types.OID
	binary     bool
	strict     bool // leave NULL values out
	unique     bool
	seen       map[string]bool
	buf        []byte
}

func (s *jsonObjectAgg) Add(args []types.Datum) error {
	if args[0].IsNull() {
		if s.binary {
			return pgerr.New(pgerrcode.InvalidParameterValue, "field name must not be null")
		}
		return pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null value not allowed for object key")
	}
	if s.strict && args[1].IsNull() {
		return nil
	}
	if s.buf == nil {
		s.buf = append(s.buf, "{ "...)
	} else {
		s.buf = append(s.buf, ", "...)
	}
	at := len(s.buf)
	var err error
	if s.buf, err = s.w.key(s.buf, s.key, args[0]); err != nil {
		return err
	}
	if s.unique {
		k := string(s.buf[at:])
		if s.seen[k] {
			return pgerr.New(pgerrcode.DuplicateJSONObjectKeyValue, "duplicate JSON object key value: %s", k)
		}
		if s.seen == nil {
			s.seen = map[string]bool{}
		}
		s.seen[k] = true
	}
	s.buf = s.w.value(append(s.buf, " : "...), s.value, args[1], false)
	return nil
}

func (s *jsonObjectAgg) Result() (types.Datum, error) {
	if s.buf == nil {
		return types.Null, nil
	}
	return finishJSON(append(s.buf, " }"...), s.binary)
}

func jsonAggSpec(binary, strict bool) aggregateSpec {
	return aggregateSpec{ordered: true, make: func(ctx *Context, args []types.Type) AggState {
		return &jsonAgg{w: jsonWriter{ctx}, t: args[0].OID, binary: binary, strict: strict}
	}}
}

func jsonObjectAggSpec(binary, strict, unique bool) aggregateSpec {
	return aggregateSpec{ordered: true, make: func(ctx *Context, args []types.Type) AggState {
		return &jsonObjectAgg{w: jsonWriter{ctx}, key: args[0].OID, value: args[1].OID, binary: binary, strict: strict, unique: unique}
	}}
}

var collectAggregates = map[string]aggregateSpec{
	"string_agg": {ordered: true, make: func(*Context, []types.Type) AggState { return &stringAgg{} }},
	"array_agg(anynonarray)": {ordered: true, make: func(_ *Context, args []types.Type) AggState {
		return &arrayAgg{elem: args[0].OID}
	}},
	"array_agg(anyarray)": {ordered: true, make: func(*Context, []types.Type) AggState { return &arrayAggArrays{} }},
	"json_agg":            jsonAggSpec(false, false), "jsonb_agg": jsonAggSpec(true, false),
	"json_agg_strict": jsonAggSpec(false, true), "jsonb_agg_strict": jsonAggSpec(true, true),
	"json_object_agg": jsonObjectAggSpec(false, false, false), "jsonb_object_agg": jsonObjectAggSpec(true, false, false),
	"json_object_agg_strict": jsonObjectAggSpec(false, true, false), "jsonb_object_agg_strict": jsonObjectAggSpec(true, true, false),
	"json_object_agg_unique": jsonObjectAggSpec(false, false, true), "jsonb_object_agg_unique": jsonObjectAggSpec(true, false, true),
	"json_object_agg_unique_strict": jsonObjectAggSpec(false, true, true), "jsonb_object_agg_unique_strict": jsonObjectAggSpec(true, true, true),
}
