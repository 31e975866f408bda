package differential

import (
	"fmt"
	"slices"
	"strings"
)

// tables are what queries read; every one has an int and a text.
var tables = map[string]scope{
	"t1": {{"a", "int"}, {"b", "int"}, {"c", "text"}, {"d", "numeric"}, {"e", "bool"}},
	"t2": {{"a", "int"}, {"x", "bigint"}, {"y", "text"}, {"z", "float8"}, {"s", "timestamp"}},
	"t3": {{"k", "int"}, {"l", "int[]"}, {"m", "jsonb"}, {"n", "date"}, {"o", "text"}},
}

var tableNames = []string{"t1", "t2", "t3"}

// setup is the statements that make the tables, with rows, and indexes on some columns.
func (g *generator) setup() []string {
	var out []string
	for _, name := range tableNames {
		var defs, rows []string
		for _, c := range tables[name] {
			defs = append(defs, c.name+" "+c.kind.declared())
		}
		for range 8 + g.Intn(18) {
			var values []string
			for _, c := range tables[name] {
				values = append(values, g.literal(c.kind))
			}
			rows = append(rows, "("+strings.Join(values, ", ")+")")
		}
		out = append(out, "CREATE TABLE "+name+" ("+strings.Join(defs, ", ")+")", "INSERT INTO "+name+" VALUES "+strings.Join(rows, ", "))
	}
	for _, index := range []string{"t1 (a)", "t1 (c)", "t2 (a, x)", "t2 (s)", "t3 (k)", "t3 ((k + 1)) WHERE k > 2"} {
		if g.chance(0.5) {
			out = append(out, "CREATE INDEX ON "+index)
		}
	}
	return out
}

// A query is a SELECT as clauses.
type query struct {
	distinct      bool
	items         []string
	keys          int // the first items are what it groups by; -1 without GROUP BY
	from          []string
	where, having []string
	set           string // what follows it: a set operation
	order         []string
	limit, offset string
}

func (q *query) String() string {
	var b strings.Builder
	b.WriteString("select ")
	if q.distinct {
		b.WriteString("distinct ")
	}
	b.WriteString(strings.Join(q.items, ", ") + " from " + strings.Join(q.from, " "))
	if len(q.where) > 0 {
		b.WriteString(" where " + strings.Join(q.where, " and "))
	}
	for i := range max(q.keys, 0) {
		if i == 0 {
			b.WriteString(" group by 1")
		} else {
			fmt.Fprintf(&b, ", %d", i+1)
		}
	}
	if len(q.having) > 0 {
		b.WriteString(" having " + strings.Join(q.having, " and "))
	}
	b.WriteString(q.set)
	for i := range q.items {
		b.WriteString([]string{" order by ", ", "}[min(i, 1)])
		fmt.Fprintf(&b, "%d%s", i+1, q.order[i])
	}
	if q.limit != "" {
		b.WriteString(" limit " + q.limit)
	}
	if q.offset != "" {
		b.WriteString(" offset " + q.offset)
	}
	return b.String()
}

// smaller lists the queries that have one clause less.
func (q *query) smaller() []*query {
	var out []*query
	less := func(change func(*query)) {
		c := *q
		change(&c)
		out = append(out, &c)
	}
	if q.set != "" {
		less(func(c *query) { c.set = "" })
	}
	if q.distinct {
		less(func(c *query) { c.distinct = false })
	}
	if q.limit != "" {
		less(func(c *query) { c.limit = "" })
	}
	if q.offset != "" {
		less(func(c *query) { c.offset = "" })
	}
	for i := range q.where {
		less(func(c *query) { c.where = without(c.where, i) })
	}
	for i := range q.having {
		less(func(c *query) { c.having = without(c.having, i) })
	}
	for i := len(q.from) - 1; i > 0; i-- {
		less(func(c *query) { c.from = without(c.from, i) })
	}
	for i := range q.items {
		if len(q.items) > 1 && q.set == "" {
			less(func(c *query) {
				c.items, c.order = without(c.items, i), without(c.order, i)
				if i < c.keys {
					c.keys--
				}
			})
		}
	}
	for i, o := range q.order {
		if o != "" {
			less(func(c *query) { c.order = slices.Clone(c.order); c.order[i] = "" })
		}
	}
	return out
}

func without(list []string, i int) []string { return slices.Delete(slices.Clone(list), i, i+1) }

// query makes a query; outer are the columns of enclosing ones. It gives the kinds of its columns too.
func (g *generator) query(outer scope) (*query, []kind) {
	q := &query{keys: -1}
	from, sc := g.source(outer)
	q.from = from
	all := append(slices.Clone(sc), outer...)
	for range g.Intn(3) {
		q.where = append(q.where, g.expr(all, "bool", 1+g.Intn(3)))
	}
	var out []kind
	add := func(k kind, e string) { q.items, out = append(q.items, e), append(out, k) }
	want := make([]kind, 1+g.Intn(4))
	for i := range want {
		want[i] = pick(g, kinds)
	}
	switch p := g.Float64(); {
	case p < 0.3:
		if p < 0.22 {
			for _, k := range want[:min(2, len(want))] {
				add(k, g.expr(sc, k, g.Intn(2)))
			}
			q.keys = len(q.items)
		}
		for _, k := range want {
			if len(aggregates[k]) > 0 {
				add(k, g.aggregate(sc, k, 1))
			}
		}
		add("bigint", "count(*)")
		if g.chance(0.3) {
			q.having = append(q.having, fmt.Sprintf("count(*) > %d", g.Intn(3)))
		}
	case p < 0.4:
		for _, k := range want[:min(2, len(want))] {
			add(k, g.expr(all, k, 1))
		}
		add("int", g.fill("{min|max|sum}(%int)", sc, "int", 1)+" over (partition by "+g.expr(sc, "text", 0)+g.choose("{| order by "+g.expr(sc, "int", 0)+"}")+")::int")
	default:
		for _, k := range want {
			add(k, g.expr(all, k, g.Intn(4)))
		}
		q.distinct = g.chance(0.2)
	}
	if g.chance(0.1) {
		f, s := g.source(nil)
		var items []string
		for _, k := range out {
			items = append(items, g.expr(s, k, 1))
		}
		q.set = g.choose(" {union|union all|intersect|except|except all|intersect all} ") + "select " + strings.Join(items, ", ") + " from " + strings.Join(f, " ") +
			" where " + g.expr(s, "bool", 1)
	}
	for range q.items {
		q.order = append(q.order, g.choose("{| desc}{|| nulls first| nulls last}"))
	}
	if g.chance(0.4) {
		q.limit = fmt.Sprint(g.Intn(7))
	}
	if g.chance(0.2) {
		q.offset = fmt.Sprint(g.Intn(5))
	}
	return q, out
}

// source is a FROM clause, a table expression and its joins, and the columns that it gives.
func (g *generator) source(outer scope) ([]string, scope) {
	first, sc := g.item(outer)
	from := []string{first}
	for range pick(g, []int{0, 0, 0, 1, 1, 2}) {
		item, more := g.item(outer)
		join := pick(g, []string{"join", "left join", "right join", "full join", "cross join"})
		on := ""
		if join != "cross join" {
			on = " on " + joinCondition(g, sc, more)
			if join != "full join" && g.chance(0.3) {
				on += " and " + g.expr(append(slices.Clone(sc), more...), "bool", 1)
			}
		}
		from, sc = append(from, join+" "+item+on), append(slices.Clone(sc), more...)
	}
	return from, sc
}

func joinCondition(g *generator, left, right scope) string {
	var pairs []string
	for _, l := range left {
		for _, r := range right {
			if l.kind == r.kind && (l.kind == "int" || l.kind == "text") {
				pairs = append(pairs, l.name+" = "+r.name)
			}
		}
	}
	if len(pairs) == 0 {
		return "true"
	}
	return pick(g, pairs)
}

// item is a table or a subquery under an alias.
func (g *generator) item(outer scope) (string, scope) {
	alias := g.alias()
	var sc scope
	if g.depth >= 2 || g.chance(0.8) {
		name := pick(g, tableNames)
		for _, c := range tables[name] {
			sc = append(sc, column{alias + "." + c.name, c.kind})
		}
		return name + " " + alias, sc
	}
	g.depth++
	defer func() { g.depth-- }()
	sub, out := g.query(nil)
	names := make([]string, len(out))
	for i, k := range out {
		names[i] = fmt.Sprintf("c%d", i)
		sc = append(sc, column{alias + "." + names[i], k})
	}
	return "(" + sub.String() + ") " + alias + " (" + strings.Join(names, ", ") + ")", sc
}

func (g *generator) alias() string {
	g.aliases++
	return fmt.Sprintf("q%d", g.aliases)
}

// rows is a subquery of one column, which one makes.
func (g *generator) rows(sc scope, one func(scope, kind, int) string, k kind, depth int) string {
	if g.depth >= 2 {
		return "select " + g.expr(nil, k, 0)
	}
	g.depth++
	defer func() { g.depth-- }()
	name, alias := pick(g, tableNames), g.alias()
	var own scope
	for _, c := range tables[name] {
		own = append(own, column{alias + "." + c.name, c.kind})
	}
	return "select " + one(own, k, min(depth, 1)) + " from " + name + " " + alias + " where " + g.expr(append(own, sc...), "bool", depth)
}
