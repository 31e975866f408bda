package differential

import (
	"math/rand"
	"strings"
)

// A kind is a type of the grammar, by its SQL name.
type kind string

// kinds are what a query's columns may be.
var kinds = []kind{"int", "int", "text", "numeric", "bool", "bigint", "date", "timestamp", "float8", "int[]", "jsonb"}

// declared is a kind as a column of a table.
func (k kind) declared() string {
	if k == "numeric" {
		return "numeric(8,2)"
	}
	return string(k)
}

// literals are values of a kind as they stand in a VALUES list.
var literals = map[kind][]string{
	"int":       {"0", "1", "2", "3", "4", "5", "(-1)", "7", "10"},
	"bigint":    {"0", "1", "2", "3", "5", "(-3)", "100", "3000000000"},
	"text":      {"'a'", "'b'", "'ab'", "'abc'", "''", "'A'", "'x y'", "'1'", "'zz'", "'a%'"},
	"numeric":   {"0", "1.5", "2.25", "(-3)", "10.10", "1", "2", "99.99"},
	"bool":      {"true", "false"},
	"float8":    {"0", "1.5", "(-2.5)", "1e10", "1", "2", "3.25"},
	"timestamp": {"'2024-01-11 03:00'", "'2024-02-29 00:00'", "'2024-06-15 09:30'", "'2023-12-31 23:59'"},
	"date":      {"'2024-01-11'", "'2024-02-29'", "'2024-06-15'", "'2023-12-31'", "'2024-09-19'"},
	"int[]":     {"'{}'", "'{1}'", "'{1,2}'", "'{3,NULL,5}'", "'{2,2,1}'", "'{NULL}'"},
	"jsonb":     {`'{"a":1}'`, `'{"a":"x","b":[1,2]}'`, "'[1,2,3]'", `'"s"'`, "'5'", "'null'", "'{}'", `'{"a":null}'`},
}

// anyOf are templates for every kind. In a template %kind stands for an expression of that kind, %same for one of the template's own,
// %rows(kind) for a one-column SELECT, %one(kind) for a SELECT of one aggregate, and {x|y} for x or y.
var anyOf = []string{
	"case when %bool then %same when %bool then %same else %same end", "coalesce(%same, %same)", "nullif(%same, %same)", "(select %same)",
}

// orderedOnly are those for kinds with an order that Postgres' greatest and aggregates know.
var orderedOnly = []string{"{greatest|least}(%same, %same)", "(%one(same))"}

var templates = map[kind][]string{
	"int": {"(%int {+|-|*} %int)", "(%int {/|%%} nullif(%int, 0))", "length(%text)", "abs(%int)", "(- %int)", "cardinality(%int[])", "array_length(%int[], 1)",
		"(%int[])[%int]", "strpos(%text, %text)", "(%date - %date)", "sign(%int)::int", "(%bool)::int", "extract(month from %date)::int",
		"array_position(%int[], %int)", "(%int {&||} %int)", "ascii(%text)"},
	"bigint":  {"(%bigint {+|-} %{int|bigint})", "%int::bigint", "abs(%bigint)", "(%bigint / nullif(%int, 0))"},
	"numeric": {"(%numeric {+|-|*} %{int|numeric})", "round(%numeric, 1)", "%{int|bigint}::numeric", "{trunc|ceil|floor|round|abs}(%numeric)", "(%numeric {/|%%} nullif(%numeric, 0))"},
	"float8":  {"(%float8 {+|-} %float8)", "%{int|numeric|bigint}::float8", "sqrt(abs(%float8))", "{floor|round}(%float8)", "extract(epoch from %timestamp)::float8"},
	"text": {"(%text || %{text|int})", "{upper|lower|trim|reverse|initcap|quote_literal}(%text)", "substr(%text, %int)", "{left|right}(%text, %int)",
		"(%{int|bool|numeric|date|timestamp|int[]|jsonb|float8})::text", "replace(%text, %text, %text)", "concat(%text, %{int|text|bool})", "(%jsonb ->> {'a'|'b'|0|1})",
		"to_char(%date, 'YYYY-MM')", "lpad(%text, 3, %text)", "array_to_string(%int[], ',')", "jsonb_typeof(%jsonb)", "split_part(%text, 'a', 1)", "concat_ws(%text, %text, %int)"},
	"bool": {"(%int {=|<>|<|<=|>|>=} %int)", "(%text {=|<>|<|<=|>|>=} %text)", "(%numeric {=|<|>=} %{int|float8|bigint})", "(%date {=|<|>} %{date|timestamp})", "(%bool and %bool)", "(%bool or %bool)",
		"(not %bool)", "(%{int|text|date|int[]} is {|not }null)", "(%int is {|not }distinct from %int)", "(%int {|not }in (%int, %int))", "(%text {|not }in (%text, %text, %text))",
		"(%{int} {|not }between {|symmetric }%int and %int)", "(%text {|not }{like|ilike} {'a%%'|'%%b'|'_'|'%%'})", "(%bool is {|not }{true|false|unknown})",
		"(%int = any(%int[]))", "(%int {<|<>|>=} all(%int[]))", "(%int[] {&&|@>|<@|=|<} %int[])", "(%jsonb {@>|<@|=} %jsonb)", "(%jsonb ? 'a')",
		"(%int {in|not in|= any|< all} (%rows(int)))", "({|not }exists (%rows(int)))", "((%int, %text) {=|<|<>|>=} (%int, %text))", "((%int, (select %text)) = (%int, %text))"},
	"timestamp": {"(%timestamp + interval '{1 day|1 month|-3 hours}')", "%date::timestamp", "date_trunc('{month|day|year|hour}', %timestamp)"},
	"date":      {"(%date + %int)", "%timestamp::date"},
	"int[]":     {"(%int[] || %{int|int[]})", "array[%int, %int]", "array_remove(%int[], %int)", "(%int[])[%int:%int]", "array_append(%int[], %int)", "array_replace(%int[], %int, %int)"},
	"jsonb":     {"(%jsonb -> '{a|b}')", "to_jsonb(%{int|text|bool|int[]})", "jsonb_build_object('a', %int, 'b', %text)", "(%jsonb -> {0|-1|1})", "jsonb_build_array(%int, %text)"},
}

// aggregates of a kind over expressions of it.
var aggregates = map[kind][]string{
	"int":    {"{min|max}(%int)", "count(%text)::int", "count(distinct %int)::int", "sum(%int)::int"},
	"bigint": {"{min|max}(%bigint)", "count(%int)", "count(*)"}, "numeric": {"{sum|avg|min|max}(%numeric)", "sum(distinct %numeric)", "avg(%int)"},
	"float8": {"{min|max}(%float8)"}, "text": {"{min|max}(%text)"}, "bool": {"{bool_and|bool_or|every}(%bool)"}, "date": {"{min|max}(%date)"},
	"timestamp": {"{min|max}(%timestamp)"}, "int[]": {"{min|max}(%int[])"},
}

// A scope is the columns that an expression may speak of.
type scope []column

type column struct {
	name string
	kind kind
}

// A generator makes queries from its random source.
type generator struct {
	*rand.Rand
	aliases, depth int
}

func pick[T any](g *generator, list []T) T { return list[g.Intn(len(list))] }

func (g *generator) chance(p float64) bool { return g.Float64() < p }

// literal is a value for a VALUES list.
func (g *generator) literal(k kind) string {
	if g.chance(0.18) {
		return "NULL"
	}
	return pick(g, literals[k])
}

// expr is an expression of a kind, at most depth templates deep.
func (g *generator) expr(sc scope, k kind, depth int) string {
	if depth <= 0 || g.chance(0.25) {
		var fit []string
		for _, c := range sc {
			if c.kind == k {
				fit = append(fit, c.name)
			}
		}
		if len(fit) > 0 && g.chance(0.8) {
			return pick(g, fit)
		}
		return g.literal(k) + "::" + k.declared()
	}
	list := templates[k]
	if g.chance(0.2) {
		list = anyOf
	} else if g.chance(0.07) && len(aggregates[k]) > 0 && g.depth < 2 {
		list = orderedOnly
	}
	return g.fill(pick(g, list), sc, k, depth-1)
}

// fill replaces a template's alternatives and placeholders.
func (g *generator) fill(t string, sc scope, same kind, depth int) string {
	t = g.choose(t)
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(t, "%")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if strings.HasPrefix(rest, "%") {
			out.WriteByte('%')
			t = rest[1:]
			continue
		}
		name, tail := placeholder(rest)
		t = tail
		form, inner, nested := strings.Cut(strings.TrimSuffix(name, ")"), "(")
		k := kind(form)
		if nested {
			k = kind(inner)
		}
		if k == "same" {
			k = same
		}
		switch {
		case nested && form == "rows":
			out.WriteString(g.rows(sc, g.expr, k, depth))
		case nested && form == "one":
			out.WriteString(g.rows(sc, g.aggregate, k, depth))
		default:
			out.WriteString(g.expr(sc, k, depth))
		}
	}
}

// choose replaces each {x|y} by one of its alternatives; "||" within stands for the operator |.
func (g *generator) choose(t string) string {
	for {
		from := strings.IndexByte(t, '{')
		for from > 0 && t[from-1] == '\'' && strings.HasPrefix(t[from:], "{}") {
			return t
		}
		if from < 0 {
			return t
		}
		to := from + strings.IndexByte(t[from:], '}')
		t = t[:from] + pick(g, strings.Split(t[from+1:to], "|")) + t[to+1:]
	}
}

// placeholder splits a template behind a % into a kind or form and what follows it.
func placeholder(s string) (name, rest string) {
	n := 0
	for n < len(s) && (s[n] >= 'a' && s[n] <= 'z' || s[n] >= '0' && s[n] <= '9') {
		n++
	}
	switch {
	case strings.HasPrefix(s[n:], "[]"):
		n += 2
	case (s[:n] == "rows" || s[:n] == "one") && strings.HasPrefix(s[n:], "("):
		n += strings.IndexByte(s[n:], ')') + 1
	}
	return s[:n], s[n:]
}

// aggregate is an aggregate of a kind.
func (g *generator) aggregate(sc scope, k kind, depth int) string {
	a := g.fill(pick(g, aggregates[k]), sc, k, depth)
	if g.chance(0.2) && strings.HasSuffix(a, ")") {
		a += " filter (where " + g.expr(sc, "bool", 1) + ")"
	}
	return a
}
