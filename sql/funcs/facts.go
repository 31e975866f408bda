package funcs

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"vecgres/sql/types"
)

// The facts of pg_proc and pg_operator that implementations are joined to, tab-separated, types as OIDs:
//
//	pg_proc.tsv      oid name kind(f,s,a) args variadic defaults ret strict volatility argnames outcolumns symbol
//	pg_operator.tsv  oid name left right ret function commutator negator
//
// pg_proc.tsv's rows come from Postgres' own catalog; extra.tsv holds, in the same form, functions newer than the export and those of vectors, and
// extra_operator.tsv their operators. The symbol is prosrc (so that aliases share one implementation), or name(argument types) where Postgres
// defines the function in SQL and for aggregates.
var (
	//go:embed facts/pg_proc.tsv
	procFacts string
	//go:embed facts/extra.tsv
	extraFacts string
	//go:embed facts/pg_operator.tsv
	operatorFacts string
	//go:embed facts/extra_operator.tsv
	extraOperatorFacts string
)

// fact is one row of pg_proc.
type fact struct {
	oid        uint32
	name       string
	kind       byte
	args       []types.OID
	variadic   types.OID
	defaults   int
	ret        types.OID
	strict     bool
	volatility Volatility
	argNames   []string
	columns    []ResultColumn
	symbol     string
}

// The tables by symbol: what the family files implement.
var (
	scalars = merge(intFuncs, floatFuncs, numericFuncs, compareFuncs, textFuncs, likeFuncs, regexFuncs, encodeFuncs, formatFuncs, arrayFuncs,
		jsonFuncs, jsonModifyFuncs, jsonBuildFuncs, datetimeFuncs, systemFuncs, sizeFuncs, hashFuncs, vectorFuncs, sparseFuncs, toCharFuncs, dateParseFuncs, numberCharFuncs,
		jsonPathFuncs, overlapFuncs)
	typed = merge(formatTyped, arrayTyped, jsonBuildTyped, systemTyped)
	sets  = merge(seriesSets, jsonSets, jsonPathSets)
)

func merge[V any](tables ...map[string]V) map[string]V {
	all := map[string]V{}
	for _, t := range tables {
		for k, v := range t {
			if _, twice := all[k]; twice {
				panic("funcs: two implementations of " + k)
			}
			all[k] = v
		}
	}
	return all
}

func init() {
	byOID := map[uint32]*Overload{}
	for _, text := range []string{procFacts, extraFacts} {
		for f := range facts(text) {
			register(f, byOID)
		}
	}
	for _, text := range []string{operatorFacts, extraOperatorFacts} {
		registerOperators(text, byOID)
	}
}

// facts reads the rows of a file in pg_proc.tsv's form.
func facts(text string) func(yield func(*fact) bool) {
	return func(yield func(*fact) bool) {
		for line := range strings.Lines(text) {
			c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			if len(c) != 12 {
				panic("funcs: bad fact: " + line)
			}
			f := &fact{
				oid: uint32(number(c[0])), name: c[1], kind: c[2][0], args: oids(c[3]), variadic: types.OID(number(c[4])), defaults: number(c[5]),
				ret: types.OID(number(c[6])), strict: c[7] == "t", volatility: Volatility(c[8][0]), columns: resultColumns(c[10]), symbol: c[11],
			}
			if c[9] != "" {
				f.argNames = strings.Split(c[9], ",")
			}
			if f.variadic != 0 {
				f.args = f.args[:len(f.args)-1]
			}
			if !yield(f) {
				return
			}
		}
	}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(fmt.Sprintf("funcs: bad number %q in facts", s))
	}
	return n
}

func oids(s string) []types.OID {
	var out []types.OID
	for _, f := range strings.Fields(s) {
		out = append(out, types.OID(number(f)))
	}
	return out
}

func resultColumns(s string) []ResultColumn {
	if s == "" {
		return nil
	}
	var out []ResultColumn
	for _, c := range strings.Split(s, ",") {
		name, t, _ := strings.Cut(c, ":")
		out = append(out, ResultColumn{Name: name, Type: types.OID(number(t))})
	}
	return out
}

// register joins a fact to its implementation. A fact without one is a mistake in the tables.
func register(f *fact, byOID map[uint32]*Overload) {
	switch f.kind {
	case 's':
		registry.srfs[f.name] = append(registry.srfs[f.name], f.setReturning())
	case 'a':
		registry.aggs[f.name] = append(registry.aggs[f.name], f.aggregate())
	default:
		o := f.overload()
		registry.funcs[f.name] = append(registry.funcs[f.name], o)
		byOID[f.oid] = o
	}
}

func (f *fact) overload() *Overload {
	o := &Overload{
		OID: f.oid, Name: f.name, Args: f.args, Variadic: f.variadic, Ret: f.ret, Strict: f.strict, Volatility: f.volatility,
		ArgNames: f.argNames, Defaults: f.defaults, Fill: defaultValues[f.symbol],
	}
	if !f.implement(o) || len(o.Fill) < o.Defaults {
		panic("funcs: no implementation or defaults of " + f.symbol)
	}
	return o
}

// implement sets the overload's Fn or Typed.
func (f *fact) implement(o *Overload) bool {
	if fn, ok := scalars[f.symbol]; ok {
		o.Fn = fn
		return true
	}
	if fn, ok := typed[f.symbol]; ok {
		o.Typed = fn
		return true
	}
	if castSymbols[f.symbol] && len(f.args) == 1 {
		o.Fn = castFunc(f.args[0], f.ret)
		return true
	}
	if catalogFunctions[f.name] {
		o.Fn = askCatalog(f.name)
		return true
	}
	return false
}

func (f *fact) setReturning() *SetReturning {
	s := &SetReturning{
		OID: f.oid, Name: f.name, Args: f.args, Variadic: f.variadic, Columns: f.columns, Strict: f.strict, Volatility: f.volatility, ArgNames: f.argNames,
	}
	if s.Columns == nil {
		if s.Record = f.ret == types.RecordOID; !s.Record {
			s.Columns = []ResultColumn{{Name: f.name, Type: f.ret}}
		}
	}
	s.Fn, s.Typed = sets[f.symbol], typedSets[f.symbol]
	s.Defaults, s.Fill = f.defaults, defaultValues[f.symbol]
	if catalogSets[f.name] && s.Fn == nil {
		s.Fn = askCatalogRows(f.name)
	}
	if s.Fn == nil && s.Typed == nil || len(s.Fill) < s.Defaults {
		panic("funcs: no implementation of " + f.symbol)
	}
	return s
}

func registerOperators(text string, byOID map[uint32]*Overload) {
	for line := range strings.Lines(text) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(c) != 8 {
			panic("funcs: bad operator: " + line)
		}
		op := &Operator{
			OID: uint32(number(c[0])), Name: c[1], Left: types.OID(number(c[2])), Right: types.OID(number(c[3])), Ret: types.OID(number(c[4])),
			Fn: byOID[uint32(number(c[5]))], Commutator: c[6], Negator: c[7],
		}
		if op.Fn == nil {
			panic("funcs: operator without function: " + line)
		}
		table := registry.binary
		if op.Left == 0 {
			table = registry.prefix
		}
		table[op.Name] = append(table[op.Name], op)
	}
}

// castSymbols are the functions behind pg_cast, which types implements.
var castSymbols = words(`bittoint4 bittoint8 bool_int4 booltext bpchar_name char_bpchar char_text chartoi4 date_timestamp date_timestamptz dtof
	dtoi2 dtoi4 dtoi8 float4_numeric float8_numeric ftod ftoi2 ftoi4 ftoi8 i2tod i2tof i2toi4 i4tochar i4tod i4tof i4toi2 i8tod i8tof i8tooid
	int28 int2_numeric int48 int4_bool int4_numeric int82 int84 int8_numeric interval_time name_bpchar name_text numeric_float4
	numeric_float8 numeric_int2 numeric_int4 numeric_int8 oidtoi8 text_char text_name text_regclass time_interval time_timetz
	timestamp_date timestamp_time timestamp_timestamptz timestamptz_date timestamptz_time timestamptz_timestamp timestamptz_timetz
	timetz_time xid8toxid`)

func castFunc(from, to types.OID) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		return types.CastDatum(ctx.Env, types.T(from), types.T(to), a[0], true)
	}
}

// defaultValues are those of parameters that may be left out, by symbol.
var defaultValues = map[string][]types.Datum{
	"make_interval": makeIntervalDefaults, "parse_ident": {types.Bool(true)}, "jsonb_set": {types.Bool(true)},
	"jsonb_set_lax": {types.Bool(true), types.Text("use_json_null")}, "jsonb_insert": {types.Bool(false)},
	"drandom_normal": {types.Float(0), types.Float(1)}, "pg_terminate_backend": {types.Int(0)},
	"jsonb_path_exists": jsonPathDefaults, "jsonb_path_exists_tz": jsonPathDefaults, "jsonb_path_match": jsonPathDefaults,
	"jsonb_path_match_tz": jsonPathDefaults, "jsonb_path_query_array": jsonPathDefaults, "jsonb_path_query_array_tz": jsonPathDefaults,
	"jsonb_path_query_first": jsonPathDefaults, "jsonb_path_query_first_tz": jsonPathDefaults, "jsonb_path_query": jsonPathDefaults,
	"jsonb_path_query_tz": jsonPathDefaults,
}
