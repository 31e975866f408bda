package funcs

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"vecgres/sql/oracle"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// The golden files hold "expression => result" lines whose results come from a real Postgres; where package oracle has one, it is asked whether they
// still do. The expressions are a small part of SQL, which this file evaluates by ResolveFunction and ResolveOperator: literals, casts, calls and one operator
// between operands (use parentheses for more).
const goldenZone = "America/New_York"

func goldenContext(t *testing.T) *Context {
	t.Helper()
	loc, err := time.LoadLocation(goldenZone)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2024, 2, 29, 12, 34, 56, 789e6, time.UTC)
	return &Context{
		Context: context.Background(), StatementTime: now,
		Env: &types.Env{Location: loc, LocationName: goldenZone, DateStyle: "ISO, MDY", IntervalStyle: "postgres", ByteaOutput: "hex", ExtraFloatDigits: 1, Now: now},
	}
}

// typedDatum is a value with its type; UnknownOID for an untyped literal.
type typedDatum struct {
	t types.OID
	d types.Datum
}

// expression parses and evaluates at once. Errors are panics of type evalError.
type expression struct {
	ctx *Context
	src string
	pos int
	// columns are the values of the names x, y and z.
	columns map[string]typedDatum
}

type evalError struct{ err error }

func check[T any](v T, err error) T {
	if err != nil {
		panic(evalError{err})
	}
	return v
}

func (e *expression) space() {
	for e.pos < len(e.src) && e.src[e.pos] == ' ' {
		e.pos++
	}
}

func (e *expression) accept(s string) bool {
	e.space()
	if strings.HasPrefix(e.src[e.pos:], s) {
		e.pos += len(s)
		return true
	}
	return false
}

var (
	operatorPattern = regexp.MustCompile(`^(?:[-+*/<>=~!@#%^&|?]+)`)
	namePattern     = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z_0-9]*`)
	numberRegexp    = regexp.MustCompile(`^[0-9]+(\.[0-9]*)?(e-?[0-9]+)?`)
	castPattern     = regexp.MustCompile(`^::((?:[a-z0-9_]+|"char")(?:\([0-9, ]+\))?(?:\[\])?)`)
)

// value is one operand or an operator with its operands.
func (e *expression) value() typedDatum {
	e.space()
	var left typedDatum
	if op := operatorPattern.FindString(e.src[e.pos:]); op != "" {
		e.pos += len(op)
		left = e.operator(op, nil, e.operand())
	} else {
		left = e.operand()
	}
	e.space()
	if op := operatorPattern.FindString(e.src[e.pos:]); op != "" && op != "=>" {
		e.pos += len(op)
		right := e.signed()
		return e.operator(op, &left, right)
	}
	return left
}

// signed is an operand that may have a sign.
func (e *expression) signed() typedDatum {
	if e.accept("-") {
		return e.operator("-", nil, e.operand())
	}
	return e.operand()
}

func (e *expression) operand() typedDatum {
	v := e.primary()
	for e.pos < len(e.src) {
		m := castPattern.FindStringSubmatch(e.src[e.pos:])
		if m == nil {
			break
		}
		e.pos += len(m[0])
		v = e.cast(v, typeOf(m[1]))
	}
	return v
}

func typeOf(name string) types.Type {
	mod := int32(-1)
	base := name
	if strings.HasPrefix(name, "char(") {
		base, name = "bpchar", "bp"+name
	}
	if i := strings.IndexByte(name, '('); i > 0 {
		base = name[:i]
		args := strings.Split(name[i+1:strings.IndexByte(name, ')')], ",")
		var mods []int32
		for _, a := range args {
			n, _ := strconv.Atoi(strings.TrimSpace(a))
			mods = append(mods, int32(n))
		}
		info, ok := types.ByName(base)
		if !ok {
			panic("no type " + name)
		}
		mod = check(types.TypmodIn(info.OID, mods))
	}
	info, ok := types.ByName(base)
	if !ok {
		panic("no type " + name)
	}
	return types.Type{OID: info.OID, Mod: mod}
}

func (e *expression) cast(v typedDatum, t types.Type) typedDatum {
	switch {
	case v.d.IsNull():
	case v.t == types.UnknownOID:
		v.d = check(types.ParseText(e.ctx.Env, t, v.d.Text()))
	default:
		v.d = check(types.CastDatum(e.ctx.Env, types.T(v.t), t, v.d, true))
	}
	return typedDatum{t.OID, v.d}
}

func (e *expression) primary() typedDatum {
	e.space()
	rest := e.src[e.pos:]
	switch {
	case strings.HasPrefix(rest, "'"):
		return typedDatum{types.UnknownOID, types.Text(e.quoted())}
	case strings.HasPrefix(rest, "E'"):
		e.pos++
		return typedDatum{types.UnknownOID, types.Text(strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`).Replace(e.quoted()))}
	case e.accept("("):
		v := e.value()
		e.accept(")")
		return v
	}
	if n := numberRegexp.FindString(rest); n != "" {
		e.pos += len(n)
		if v, err := strconv.ParseInt(n, 10, 64); err == nil {
			if v == int64(int32(v)) {
				return typedDatum{types.Int4OID, types.Int(v)}
			}
			return typedDatum{types.Int8OID, types.Int(v)}
		}
		return typedDatum{types.NumericOID, check(types.ParseText(nil, types.T(types.NumericOID), n))}
	}
	name := namePattern.FindString(rest)
	e.pos += len(name)
	switch v, ok := e.columns[name]; {
	case ok:
		return v
	case name == "NULL":
		return typedDatum{types.UnknownOID, types.Null}
	case name == "true" || name == "false":
		return typedDatum{types.BoolOID, types.Bool(name == "true")}
	}
	if name == "" || !e.accept("(") {
		panic("cannot read: " + rest)
	}
	args, variadic := e.arguments()
	return e.call(name, args, variadic)
}

func (e *expression) quoted() string {
	end := e.pos + 1
	for e.src[end] != '\'' || strings.HasPrefix(e.src[end:], "''") {
		if e.src[end] == '\'' {
			end++
		}
		end++
	}
	s := strings.ReplaceAll(e.src[e.pos+1:end], "''", "'")
	e.pos = end + 1
	return s
}

func (e *expression) arguments() (args []typedDatum, variadic bool) {
	for !e.accept(")") {
		variadic = e.accept("VARIADIC ")
		args = append(args, e.value())
		e.accept(",")
	}
	return args, variadic
}

// coerce casts arguments to what resolution asks for.
func (e *expression) coerce(args []typedDatum, to []types.OID) (row, []types.Type, bool) {
	out := make(row, len(args))
	ts := make([]types.Type, len(args))
	anyNull := false
	for i, a := range args {
		ts[i] = types.T(to[i])
		if a.t == to[i] {
			out[i] = a.d
		} else {
			out[i] = e.cast(a, ts[i]).d
		}
		anyNull = anyNull || out[i].IsNull()
	}
	return out, ts, anyNull
}

func typesOf(args []typedDatum) []types.OID {
	out := make([]types.OID, len(args))
	for i, a := range args {
		out[i] = a.t
	}
	return out
}

func (e *expression) call(name string, args []typedDatum, variadic bool) typedDatum {
	resolve := ResolveFunction
	if variadic {
		resolve = ResolveVariadic
	}
	o, casts, ret, err := resolve(name, typesOf(args))
	if err != nil {
		panic(evalError{err})
	}
	return e.run(o, args, casts, ret)
}

func (e *expression) run(o *Overload, args []typedDatum, casts []types.OID, ret types.OID) typedDatum {
	values, ts, anyNull := e.coerce(args, casts)
	if o.Strict && anyNull {
		return typedDatum{ret, types.Null}
	}
	return typedDatum{ret, check(o.Bind(ts)(e.ctx, values))}
}

func (e *expression) operator(op string, left *typedDatum, right typedDatum) typedDatum {
	leftType := types.Unspecified
	args := []typedDatum{right}
	if left != nil {
		leftType = left.t
		args = []typedDatum{*left, right}
	}
	o, casts, ret, err := ResolveOperator(op, leftType, right.t)
	if err != nil {
		panic(evalError{err})
	}
	return e.run(o.Fn, args, casts, ret)
}

// shown is a result as the golden files write it.
func shown(ctx *Context, v typedDatum) string {
	if v.d.IsNull() {
		return "NULL"
	}
	return types.FormatText(ctx.Env, v.t, v.d)
}

// outcome runs fn and shows its result or error.
func outcome(fn func() string) (s string) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case evalError:
			p := pgerr.From(e.err)
			s = "ERROR " + p.Code + ": " + p.Message
			if p.Cause != nil {
				s += " caused by " + p.Cause.Error()
			}
		default:
			s = fmt.Sprint("PANIC: ", e)
		}
		s = strings.ReplaceAll(s, "\n", "⏎")
	}()
	return fn()
}

// golden reads lines of a file, runs each by run and compares. The server, where it is there, is asked for sql(expression) too.
func golden(t *testing.T, server oracle.Server, path string, sql func(expr string) string, run func(expr string) string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(read(t, path), "\n"), "\n")
	ask := asker(t, server)
	cases := 0
	for i, line := range lines {
		expr, want, ok := strings.Cut(line, " => ")
		if line == "" || strings.HasPrefix(line, "--") || !ok && !oracle.Rewrite() {
			continue
		}
		if ask != nil && !strings.Contains(want, keepMarker) {
			theirs := ask(sql(expr))
			if theirs != want && !oracle.Rewrite() {
				t.Errorf("%s:%d: %s\n file   %s\n server %s", path, i+1, expr, want, theirs)
			}
			want, lines[i] = theirs, expr+" => "+theirs
		}
		want, _, _ = strings.Cut(want, keepMarker)
		cases++
		got := outcome(func() string { return run(expr) })
		if got != want && !lastDigit(got, want) {
			t.Errorf("%s:%d: %s\n got %s\nwant %s", path, i+1, expr, got, want)
		}
	}
	if ask != nil && oracle.Rewrite() {
		write(t, path, strings.Join(lines, "\n")+"\n")
	}
	t.Logf("%s: %d cases", path, cases)
}

// lastDigit tells floats that differ by a bit or two: Go's functions and those of the C library round their last digit differently.
func lastDigit(got, want string) bool {
	g, err1 := strconv.ParseFloat(got, 64)
	w, err2 := strconv.ParseFloat(want, 64)
	return err1 == nil && err2 == nil && len(want) > 15 && math.Abs(g-w) <= 5e-16*math.Abs(w)
}

// keepMarker ends a line whose result is ours and not Postgres 15's, with the reason.
const keepMarker = " -- ours: "

// asker gives a function that tells what a server makes of a query of one value; nil without a server.
func asker(t *testing.T, server oracle.Server) func(sql string) string {
	t.Helper()
	conn := server.Connect(t)
	if conn == nil {
		return nil
	}
	ctx := context.Background()
	const outcome = `CREATE OR REPLACE FUNCTION pg_temp.outcome(q text) RETURNS text LANGUAGE plpgsql AS $f$
DECLARE r text; c text; m text;
BEGIN EXECUTE q INTO r; RETURN coalesce(r, 'NULL');
EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS c = RETURNED_SQLSTATE, m = MESSAGE_TEXT; RETURN 'ERROR ' || c || ': ' || m; END $f$`
	for _, s := range []string{"SET client_min_messages = warning", "SET statement_timeout = '1min'", "SET timezone = '" + goldenZone + "'", outcome} {
		if _, err := conn.Exec(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	return func(sql string) (answer string) {
		if err := conn.QueryRow(ctx, "SELECT replace(pg_temp.outcome($1), E'\\n', '⏎')", sql).Scan(&answer); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return answer
	}
}

// grammarNames are functions whose plain call Postgres' grammar takes for syntax of its own.
var grammarNames = regexp.MustCompile(`\b(extract|position|numeric|varchar)\(`)

func scalarSQL(expr string) string {
	if !strings.Contains(expr, "::") || !strings.Contains(expr, "numeric(") {
		expr = grammarNames.ReplaceAllString(expr, `pg_catalog."$1"(`)
	}
	return "SELECT CASE WHEN v IS NULL THEN NULL ELSE format('%s', v) END FROM (SELECT " + expr + " AS v) s"
}

func TestGoldenExpressions(t *testing.T) {
	ctx := goldenContext(t)
	for _, file := range []string{"numbers", "strings", "datetime", "formatting", "arrays", "json", "resolution", "operators", "calls"} {
		golden(t, oracle.Postgres, "testdata/"+file+".golden", scalarSQL, func(expr string) string {
			e := &expression{ctx: ctx, src: expr}
			return shown(ctx, e.value())
		})
	}
}

// TestGoldenVectors asks pgvector.
func TestGoldenVectors(t *testing.T) {
	ctx := goldenContext(t)
	golden(t, oracle.Pgvector, "testdata/vectors.golden", scalarSQL, func(expr string) string {
		e := &expression{ctx: ctx, src: expr}
		return shown(ctx, e.value())
	})
	golden(t, oracle.Pgvector, "testdata/vectoraggregates.golden", aggregateSQL, func(expr string) string { return runAggregate(ctx, expr) })
}

// TestGoldenSets runs set-returning functions: rows are separated by |, columns shown as a record.
func TestGoldenSets(t *testing.T) {
	ctx := goldenContext(t)
	sql := func(expr string) string {
		return "SELECT string_agg(CASE WHEN t IS NULL THEN 'NULL' ELSE format('%s', t) END, '|') FROM " + expr + " t"
	}
	golden(t, oracle.Postgres, "testdata/sets.golden", sql, func(expr string) string {
		name, rest, _ := strings.Cut(expr, "(")
		e := &expression{ctx: ctx, src: rest}
		args, _ := e.arguments()
		f, casts, columns, err := ResolveSetReturning(name, typesOf(args))
		if err != nil {
			panic(evalError{err})
		}
		values, ts, anyNull := e.coerce(args, casts)
		var rows []string
		if !f.Strict || !anyNull {
			err = f.Bind(ts, columns)(ctx, values, func(r []types.Datum) error {
				if len(r) == 1 {
					rows = append(rows, shown(ctx, typedDatum{columns[0].Type, r[0]}))
					return nil
				}
				rec := &types.Record{Fields: append(row(nil), r...)}
				for _, c := range columns {
					rec.Types = append(rec.Types, types.T(c.Type))
				}
				rows = append(rows, shown(ctx, typedDatum{types.RecordOID, types.RecordOf(rec)}))
				return nil
			})
		}
		if err != nil {
			panic(evalError{err})
		}
		if len(rows) == 0 {
			return "NULL"
		}
		return strings.Join(rows, "|")
	})
}

var aggregateLine = regexp.MustCompile(`^(\w+)\((.*?)\)(?: within group \(order by (\w)\))? from (.*)$`)

// aggregateSQL is the query of a line of TestGoldenAggregates.
func aggregateSQL(expr string) string {
	call, from, _ := strings.Cut(expr, " from ")
	parts := strings.Split(from, "; ")
	var names, columnTypes, rows []string
	for _, c := range strings.Split(parts[0], ",") {
		n, ty, _ := strings.Cut(c, ":")
		names, columnTypes = append(names, n), append(columnTypes, ty)
	}
	for _, p := range parts[1:] {
		var r []string
		for i, v := range strings.Split(p, " , ") {
			if v != "NULL" {
				v = "'" + v + "'"
			}
			r = append(r, v+"::"+columnTypes[i])
		}
		rows = append(rows, "("+strings.Join(r, ",")+")")
	}
	source := "(VALUES " + strings.Join(rows, ",") + ") AS s(" + strings.Join(names, ",") + ")"
	if len(rows) == 0 {
		var nulls []string
		for _, ty := range columnTypes {
			nulls = append(nulls, "NULL::"+ty)
		}
		source = "(SELECT " + strings.Join(nulls, ",") + " WHERE false) AS s(" + strings.Join(names, ",") + ")"
	}
	return "SELECT CASE WHEN v IS NULL THEN NULL ELSE format('%s', v) END FROM (SELECT " + call + " AS v FROM " + source + ") q"
}

// TestGoldenAggregates runs "agg(args) from x:type,y:type; v1,v2; …" with rows separated by semicolons.
func TestGoldenAggregates(t *testing.T) {
	ctx := goldenContext(t)
	golden(t, oracle.Postgres, "testdata/aggregates.golden", aggregateSQL, func(expr string) string { return runAggregate(ctx, expr) })
}

func runAggregate(ctx *Context, expr string) string {
	m := aggregateLine.FindStringSubmatch(expr)
	if m == nil {
		panic("cannot read " + expr)
	}
	parts := strings.Split(m[4], "; ")
	var names []string
	var columnTypes []types.Type
	for _, c := range strings.Split(parts[0], ",") {
		n, ty, _ := strings.Cut(c, ":")
		names, columnTypes = append(names, n), append(columnTypes, typeOf(ty))
	}
	argsOf := func(values []typedDatum) []typedDatum {
		e := &expression{ctx: ctx, columns: map[string]typedDatum{}}
		for i, n := range names {
			e.columns[n] = values[i]
		}
		e.src = m[2] + ")"
		if m[1] == "count" && m[2] == "*" {
			e.src = ")"
		}
		args, _ := e.arguments()
		if m[3] != "" {
			args = append(args, e.columns[m[3]])
		}
		return args
	}
	empty := make([]typedDatum, len(names))
	for i, t := range columnTypes {
		empty[i] = typedDatum{t.OID, types.Null}
	}
	agg, casts, ret, err := ResolveAggregate(m[1], typesOf(argsOf(empty)))
	if err != nil {
		panic(evalError{err})
	}
	argTypes := make([]types.Type, len(casts))
	for i, c := range casts {
		argTypes[i] = types.T(c)
	}
	state := agg.New(ctx, argTypes)
	for _, p := range parts[1:] {
		values := make([]typedDatum, len(names))
		for i, v := range strings.Split(p, " , ") {
			values[i] = typedDatum{columnTypes[i].OID, types.Null}
			if v != "NULL" {
				values[i].d = check(types.ParseText(ctx.Env, columnTypes[i], v))
			}
		}
		e := &expression{ctx: ctx}
		row, _, anyNull := e.coerce(argsOf(values), casts)
		if anyNull && agg.Strict {
			continue
		}
		if err := state.Add(row); err != nil {
			panic(evalError{err})
		}
		_, _ = state.Result() // must not disturb what follows
	}
	return shown(ctx, typedDatum{ret, check(state.Result())})
}
