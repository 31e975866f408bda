package funcs

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

const unknown = types.UnknownOID

func TestResolveFunction(t *testing.T) {
	oid := func(o ...types.OID) []types.OID { return o }
	for _, c := range []struct {
		name     string
		args     []types.OID
		declared []types.OID
		casts    []types.OID
		ret      types.OID
	}{
		{"abs", oid(types.Int2OID), oid(types.Int2OID), oid(types.Int2OID), types.Int2OID},
		{"abs", oid(unknown), oid(types.Float8OID), oid(types.Float8OID), types.Float8OID},
		{"length", oid(unknown), oid(types.TextOID), oid(types.TextOID), types.Int4OID},
		{"length", oid(types.VarcharOID), oid(types.TextOID), oid(types.TextOID), types.Int4OID},
		{"sqrt", oid(types.Int4OID), oid(types.Float8OID), oid(types.Float8OID), types.Float8OID},
		{"round", oid(types.NumericOID, types.Int4OID), oid(types.NumericOID, types.Int4OID), oid(types.NumericOID, types.Int4OID), types.NumericOID},
		{"array_append", oid(types.Int4ArrayOID, types.NumericOID), nil, oid(types.NumericArrayOID, types.NumericOID), types.NumericArrayOID},
		{"array_append", oid(types.TextArrayOID, unknown), nil, oid(types.TextArrayOID, types.TextOID), types.TextArrayOID},
		{"array_append", oid(unknown, types.Int4OID), nil, oid(types.Int4ArrayOID, types.Int4OID), types.Int4ArrayOID},
		{"array_length", oid(types.Int2VectorOID, types.Int4OID), nil, oid(types.Int2VectorOID, types.Int4OID), types.Int4OID},
		{"concat", oid(types.TextOID, types.Int4OID, unknown), oid(), oid(types.TextOID, types.Int4OID, unknown), types.TextOID},
		{"jsonb_set", oid(types.JSONBOID, types.TextArrayOID, types.JSONBOID), nil, oid(types.JSONBOID, types.TextArrayOID, types.JSONBOID), types.JSONBOID},
		{"l2_distance", oid(types.VectorOID, unknown), oid(types.VectorOID, types.VectorOID), oid(types.VectorOID, types.VectorOID), types.Float8OID},
		{"date_trunc", oid(unknown, types.DateOID), nil, oid(types.TextOID, types.TimestamptzOID), types.TimestamptzOID},
		{"to_json", oid(types.RecordOID), nil, oid(types.RecordOID), types.JSONOID},
	} {
		o, casts, ret, err := ResolveFunction(c.name, c.args)
		if err != nil {
			t.Errorf("%s%v: %v", c.name, c.args, err)
			continue
		}
		if c.declared != nil && !slices.Equal(o.Args, c.declared) || !slices.Equal(casts, c.casts) || ret != c.ret {
			t.Errorf("%s%v: declared %v, casts %v, result %v", c.name, c.args, o.Args, casts, ret)
		}
	}
}

func TestResolveErrors(t *testing.T) {
	for _, c := range []struct {
		resolve       func() error
		code, message string
		hint          string
	}{
		{func() error {
			_, _, _, err := ResolveFunction("foo", []types.OID{types.Int4OID, types.TextOID})
			return err
		}, pgerrcode.UndefinedFunction, "function foo(integer, text) does not exist", "No function matches"},
		{func() error { _, _, _, err := ResolveOperator("+", types.Int4OID, types.TextOID); return err },
			pgerrcode.UndefinedFunction, "operator does not exist: integer + text", "No operator matches the given name and argument types."},
		{func() error { _, _, _, err := ResolveOperator("-", 0, types.TextOID); return err },
			pgerrcode.UndefinedFunction, "operator does not exist: - text", "No operator matches the given name and argument type."},
		{func() error { _, _, _, err := ResolveOperator("+", unknown, unknown); return err },
			pgerrcode.AmbiguousFunction, "operator is not unique: unknown + unknown", "Could not choose a best candidate operator."},
		{func() error { _, _, _, err := ResolveFunction("to_json", []types.OID{unknown}); return err },
			pgerrcode.DatatypeMismatch, "could not determine polymorphic type because input has type unknown", ""},
		{func() error { _, _, _, err := ResolveAggregate("sum", []types.OID{types.TextOID}); return err },
			pgerrcode.UndefinedFunction, "function sum(text) does not exist", "No function matches"},
		{func() error {
			_, _, _, err := ResolveOperator("<->", types.VectorOID, types.Float8ArrayOID)
			return err
		}, pgerrcode.UndefinedFunction, "operator does not exist: vector <-> double precision[]", "No operator matches"},
	} {
		e := pgerr.From(c.resolve())
		if e.Code != c.code || e.Message != c.message || !strings.HasPrefix(e.Hint, c.hint) {
			t.Errorf("got %s %q hint %q, want %s %q", e.Code, e.Message, e.Hint, c.code, c.message)
		}
	}
}

func TestResolveOperator(t *testing.T) {
	for _, c := range []struct {
		name        string
		left, right types.OID
		l, r, ret   types.OID
		function    string
	}{
		{"+", types.Int2OID, types.Int4OID, types.Int2OID, types.Int4OID, types.Int4OID, "int24pl"},
		{"+", types.Int4OID, unknown, types.Int4OID, types.Int4OID, types.Int4OID, "int4pl"},
		{"=", types.TextOID, types.VarcharOID, types.TextOID, types.TextOID, types.BoolOID, "texteq"},
		{"!=", types.Int4OID, types.Int4OID, types.Int4OID, types.Int4OID, types.BoolOID, "int4ne"},
		{"=", types.Int4OID, types.NumericOID, types.NumericOID, types.NumericOID, types.BoolOID, "numeric_eq"},
		{"=", types.Float4OID, types.Float8OID, types.Float4OID, types.Float8OID, types.BoolOID, "float48eq"},
		{"=", types.VarcharOID, unknown, types.TextOID, types.TextOID, types.BoolOID, "texteq"},
		{"=", types.RegclassOID, types.Int4OID, types.OidOID, types.OidOID, types.BoolOID, "oideq"},
		{"=", unknown, unknown, types.TextOID, types.TextOID, types.BoolOID, "texteq"},
		{"<->", types.VectorOID, unknown, types.VectorOID, types.VectorOID, types.Float8OID, "l2_distance"},
		{"<=>", types.VectorOID, types.VectorOID, types.VectorOID, types.VectorOID, types.Float8OID, "cosine_distance"},
		{"||", types.TextOID, types.Int4OID, types.TextOID, types.Int4OID, types.TextOID, "textanycat"},
		{"||", types.Int4ArrayOID, types.Int4OID, types.Int4ArrayOID, types.Int4OID, types.Int4ArrayOID, "array_append"},
		{"=", types.Int4ArrayOID, types.Int4ArrayOID, types.Int4ArrayOID, types.Int4ArrayOID, types.BoolOID, "array_eq"},
		{"~~", types.VarcharOID, unknown, types.TextOID, types.TextOID, types.BoolOID, "textlike"},
		{"->", types.JSONBOID, unknown, types.JSONBOID, types.TextOID, types.JSONBOID, "jsonb_object_field"},
		{"-", types.DateOID, types.DateOID, types.DateOID, types.DateOID, types.Int4OID, "date_mi"},
	} {
		op, casts, ret, err := ResolveOperator(c.name, c.left, c.right)
		if err != nil {
			t.Errorf("%d %s %d: %v", c.left, c.name, c.right, err)
			continue
		}
		if casts[0] != c.l || casts[1] != c.r || ret != c.ret || op.Fn.Name != c.function {
			t.Errorf("%d %s %d: %s casts %v result %d", c.left, c.name, c.right, op.Fn.Name, casts, ret)
		}
	}
}

// TestOperatorsAreConsistent checks that commutators and negators exist and that every comparison's operator works on its types.
func TestOperatorsAreConsistent(t *testing.T) {
	seen := map[uint32]bool{}
	for op := range AllOperators() {
		if seen[op.OID] {
			t.Errorf("operator OID %d twice", op.OID)
		}
		seen[op.OID] = true
		if op.Commutator != "" && op.Left != 0 {
			if !exists(op.Commutator, op.Right, op.Left) {
				t.Errorf("%s(%d,%d): no commutator %s", op.Name, op.Left, op.Right, op.Commutator)
			}
		}
		if op.Negator != "" {
			if !exists(op.Negator, op.Left, op.Right) {
				t.Errorf("%s(%d,%d): no negator %s", op.Name, op.Left, op.Right, op.Negator)
			}
		}
		if op.Fn.Ret != op.Ret {
			t.Errorf("%s(%d,%d) returns %d, its function %d", op.Name, op.Left, op.Right, op.Ret, op.Fn.Ret)
		}
	}
	oids := map[uint32]string{}
	note := func(oid uint32, name string) {
		if other, ok := oids[oid]; ok {
			t.Errorf("OID %d for %s and %s", oid, name, other)
		}
		oids[oid] = name
	}
	for f := range AllFunctions() {
		note(f.OID, f.Name)
	}
	for f := range AllSetReturnings() {
		note(f.OID, f.Name)
	}
	for f := range AllAggregates() {
		note(f.OID, f.Name)
	}
}

func exists(name string, left, right types.OID) bool {
	return slices.ContainsFunc(Operators(name, left == 0), func(o *Operator) bool { return o.Left == left && o.Right == right })
}

func TestDefaultsAreFilled(t *testing.T) {
	ctx := goldenContext(t)
	o, casts, ret, err := ResolveFunction("make_interval", []types.OID{types.Int4OID})
	if err != nil || len(casts) != 1 || len(o.Args) != 1 {
		t.Fatal(o, casts, err)
	}
	d, err := o.Bind([]types.Type{types.T(types.Int4OID)})(ctx, row{types.Int(2)})
	if got := shown(ctx, typedDatum{ret, d}); err != nil || got != "2 years" {
		t.Errorf("make_interval(2) = %s, %v", got, err)
	}
	s, casts, columns, err := ResolveSetReturning("jsonb_path_query", []types.OID{types.JSONBOID, unknown})
	if err != nil || len(casts) != 2 || len(columns) != 1 {
		t.Fatal(casts, columns, err)
	}
	n := 0
	err = s.Bind(nil, columns)(ctx, row{types.Text("[1, 2]"), types.Text("$[*]")}, func(row) error { n++; return nil })
	if err != nil || n != 2 {
		t.Errorf("jsonb_path_query: %d rows, %v", n, err)
	}
}

func TestCommonType(t *testing.T) {
	for _, c := range []struct {
		in   []types.OID
		want types.OID
	}{
		{[]types.OID{types.Int4OID, types.NumericOID, unknown}, types.NumericOID},
		{[]types.OID{types.Float8OID, types.NumericOID}, types.Float8OID},
		{[]types.OID{unknown, unknown}, types.TextOID},
		{[]types.OID{types.VarcharOID, types.TextOID}, types.VarcharOID},
		{[]types.OID{types.TextOID, types.VarcharOID}, types.TextOID},
		{[]types.OID{types.DateOID, types.TimestamptzOID}, types.TimestamptzOID},
	} {
		if got, ok := CommonType(c.in); !ok || got != c.want {
			t.Errorf("CommonType(%v) = %d, %v, want %d", c.in, got, ok, c.want)
		}
	}
	if _, ok := CommonType([]types.OID{types.Int4OID, types.TextOID}); ok {
		t.Error("integer and text have no common type")
	}
}

func TestRecordsFromJSON(t *testing.T) {
	ctx := goldenContext(t)
	f, _, columns, err := ResolveSetReturning("jsonb_to_recordset", []types.OID{types.JSONBOID})
	if err != nil || columns != nil || !f.Record {
		t.Fatal(f, columns, err)
	}
	definition := []ResultColumn{{"a", types.Int4OID}, {"b", types.TextOID}, {"c", types.Int4ArrayOID}, {"d", types.JSONBOID}}
	var got []string
	input := row{types.Text(`[{"a": 1, "b": "x", "c": [1, 2], "d": null}, {"a": "2", "b": {"y": 1}}]`)}
	err = f.Bind(nil, definition)(ctx, input, func(r row) error {
		var parts []string
		for i, c := range definition {
			parts = append(parts, shown(ctx, typedDatum{c.Type, r[i]}))
		}
		got = append(got, strings.Join(parts, " "))
		return nil
	})
	if want := []string{"1 x {1,2} null", `2 {"y": 1} NULL NULL`}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}
