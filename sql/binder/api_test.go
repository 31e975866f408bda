package binder_test

import (
	"fmt"
	"strings"
	"testing"

	"vecgres/planner/plantest"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/parser"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

func testCatalog(t testing.TB) *plantest.Catalog {
	m := plantest.NewCatalog()
	if err := m.Exec(`CREATE TABLE items (id serial PRIMARY KEY, name text, price numeric(10,2), twice int GENERATED ALWAYS AS (id * 2) STORED, embedding vector(3), CHECK (price > 0));
		CREATE UNIQUE INDEX items_lower ON items (lower(name)) WHERE price > 1;
		CREATE TABLE orders (id int, item_id int, amount float8)`); err != nil {
		t.Fatal(err)
	}
	return m
}

func bindText(m *plantest.Catalog, sql string) (*bound.Result, error) {
	stmts, err := parser.Parse(sql)
	if err != nil {
		return nil, err
	}
	return binder.Bind(stmts[0].Stmt, m.Options())
}

func TestDependencies(t *testing.T) {
	m := testCatalog(t)
	if err := m.Exec("CREATE VIEW v AS SELECT id FROM items"); err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string][]string{
		"SELECT * FROM v, public.orders":                              {"v", "items", "orders"},
		"SELECT (SELECT count(*) FROM orders) FROM items":             {"items", "orders"},
		"INSERT INTO items (name) SELECT 'a' FROM orders":             {"items", "orders"},
		"WITH d AS (DELETE FROM orders RETURNING id) SELECT * FROM d": {"orders"},
		"SELECT 1": nil,
	} {
		r, err := bindText(m, sql)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Depends) != len(want) {
			t.Errorf("%s depends on %v, want %v", sql, r.Depends, want)
		}
		for _, name := range want {
			d := bound.Dependency{OID: m.Table(name).OID, Version: 1}
			found := false
			for _, have := range r.Depends {
				found = found || have == d
			}
			if !found {
				t.Errorf("%s does not depend on %s", sql, name)
			}
		}
	}
}

func TestPathDependsAndVolatile(t *testing.T) {
	m := testCatalog(t)
	for sql, want := range map[string][2]bool{
		"SELECT id FROM items":                         {true, false},
		"SELECT id FROM public.items":                  {false, false},
		"SELECT random() FROM public.items":            {false, true},
		"SELECT 'items'::regclass":                     {true, false},
		"INSERT INTO public.items (name) VALUES ('a')": {false, true},
		"SELECT now()":                                 {false, false},
	} {
		r, err := bindText(m, sql)
		if err != nil {
			t.Fatal(sql, err)
		}
		if r.PathDepends != want[0] || r.Volatile != want[1] {
			t.Errorf("%s: PathDepends %v, Volatile %v", sql, r.PathDepends, r.Volatile)
		}
	}
}

func TestBindExpr(t *testing.T) {
	m := testCatalog(t)
	table := m.Table("items")
	var cols []bound.Column
	for c := range table.Live {
		cols = append(cols, bound.Column{ID: bound.ColumnID(c.Num) + 100, Name: c.Name, Type: c.Type, TableOID: uint32(table.OID), AttNum: c.Num})
	}
	for _, c := range []struct {
		text    string
		context binder.ExprContext
		want    string
	}{
		{"id + 1 > 2 AND items.name = 'a'", binder.CheckExpr, "(((id:101 + 1) > 2) AND (name:102 = 'a'::text))"},
		{"lower(name)", binder.IndexExpr, "lower(name:102)"},
		{"'x'", binder.DefaultExpr, "'x'::unknown"}, // the caller assigns it to the column's type
		{"'x'", binder.IndexExpr, "'x'::text"},
		{"name", binder.DefaultExpr, "0A000 cannot use column reference in DEFAULT expression"},
		{"count(*) > 1", binder.CheckExpr, "42803 aggregate functions are not allowed in check constraints"},
		{"id > (SELECT 1)", binder.CheckExpr, "0A000 cannot use subquery in check constraint"},
		{"rank() OVER ()", binder.IndexExpr, "42P20 window functions are not allowed in index expressions"},
		{"generate_series(1, id)", binder.GeneratedExpr, "0A000 set-returning functions are not allowed in column generation expressions"},
		{"nosuch", binder.AlterUsingExpr, "42703 column \"nosuch\" does not exist"},
		{"$1", binder.CheckExpr, "42P02 there is no parameter $1"},
	} {
		e, err := parser.ParseExpr(c.text)
		if err != nil {
			t.Fatal(err)
		}
		o := m.Options()
		o.Context = c.context
		got := ""
		if s, err := binder.BindExpr(e, table, cols, o); err != nil {
			got = pgerr.Code(err) + " " + pgerr.From(err).Message
		} else {
			got = bound.FormatScalar(s, cols)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

func TestWriteInfo(t *testing.T) {
	m := testCatalog(t)
	w, err := binder.WriteInfo(m.Table("items"), m.Options())
	if err != nil {
		t.Fatal(err)
	}
	if len(w.New) != 5 || w.New[0].ID != 1 || w.New[4].Type != (types.Type{OID: types.VectorOID, Mod: 3}) {
		t.Errorf("new columns %v", w.New)
	}
	if got := bound.FormatScalar(w.Checks[0].Expr, w.New); got != "(price:3 > (0)::numeric)" {
		t.Errorf("check %s", got)
	}
	if got := bound.FormatScalar(w.Generated[4], w.New); got != "(id:1 * 2)" {
		t.Errorf("generated %s", got)
	}
	last := w.Indexes[len(w.Indexes)-1]
	if got := bound.FormatScalar(last.Keys[0], w.New) + " where " + bound.FormatScalar(last.Predicate, w.New); got != "lower(name:2) where (price:3 > (1)::numeric)" {
		t.Errorf("index %s", got)
	}
}

func TestResolveType(t *testing.T) {
	m := testCatalog(t)
	for text, want := range map[string]string{
		"int":                               "integer",
		"varchar(10)":                       "character varying(10)",
		"numeric(10,2)[]":                   "numeric(10,2)[]",
		"numeric(5,-2)":                     "numeric(5,-2)",
		"char":                              "character(1)",
		"\"char\"":                          "\"char\"",
		"timestamp(3)":                      "timestamp(3) without time zone",
		"interval day to second":            "interval day to second",
		"interval(3)":                       "interval(3)",
		"vector(3)":                         "vector(3)",
		"public.vector(3)":                  "vector(3)",
		"information_schema.sql_identifier": "name",
		"nosuch":                            "42704 type \"nosuch\" does not exist",
		"public.int4":                       "42704 type \"public.int4\" does not exist",
		"nosuch.int4":                       "3F000 schema \"nosuch\" does not exist",
		"int(3)":                            "42601 type modifier is not allowed for type \"int4\"",
		"vector(0)":                         "22023 dimensions for type vector must be at least 1",
	} {
		e, err := parser.ParseExpr("NULL::" + text)
		if err != nil {
			if !strings.HasPrefix(want, "42601") {
				t.Error(text, err)
			}
			continue
		}
		got := ""
		typ, err := binder.ResolveType(e.(*ast.CastExpr).Type, m.Options())
		if err != nil {
			got = pgerr.Code(err) + " " + pgerr.From(err).Message
		} else {
			got = types.FormatType(typ)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestCoerceTo(t *testing.T) {
	o := testCatalog(t).Options()
	one := &bound.Const{Value: types.Int(1), Typ: types.T(types.Int4OID)}
	s, err := binder.CoerceTo(one, types.T(types.Int8OID), types.CastImplicit, o)
	if err != nil || s.Type().OID != types.Int8OID {
		t.Errorf("int4 to int8: %v %v", s, err)
	}
	if _, err := binder.CoerceTo(one, types.T(types.TextOID), types.CastImplicit, o); pgerr.Code(err) != "42804" {
		t.Errorf("int4 to text implicitly: %v", err)
	}
	if _, err := binder.CoerceTo(one, types.T(types.DateOID), types.CastExplicit, o); pgerr.Code(err) != "42846" {
		t.Errorf("int4 to date: %v", err)
	}
}

func TestLookupTable(t *testing.T) {
	m := testCatalog(t)
	for text, want := range map[string]string{
		"items":                 "public.items",
		"public.items":          "public.items",
		"postgres.public.items": "public.items",
		"pg_class":              "pg_catalog.pg_class",
		"nosuch":                "42P01 at 15",
		"a.b.c.d":               "42601 at 15",
		"other.public.items":    "0A000 at 15",
		"items_pkey":            "42809 at 15",
	} {
		stmts, err := parser.Parse("SELECT * FROM " + text)
		if err != nil {
			if pgerr.Code(err) != want[:5] {
				t.Error(text, err)
			}
			continue
		}
		name := stmts[0].Stmt.(*ast.Select).From[0].(*ast.RangeVar).Name
		got := ""
		table, err := binder.LookupTable(name, m.Options())
		if err != nil {
			got = fmt.Sprintf("%s at %d", pgerr.Code(err), pgerr.From(err).Position)
		} else {
			got = table.Schema + "." + table.Name
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestDepth binds what nests deeper than the binder goes: an error, in bounded time.
func TestDepth(t *testing.T) {
	m := testCatalog(t)
	const n = 4000
	var chain ast.Expr = &ast.Const{Kind: ast.ConstInt, Int: 1}
	for range n {
		chain = &ast.OpExpr{Op: "+", Left: chain, Right: &ast.Const{Kind: ast.ConstInt, Int: 1}}
	}
	sub := &ast.Select{Items: []ast.SelectItem{{Expr: &ast.Const{Kind: ast.ConstInt, Int: 1}}}}
	from := sub
	for range n {
		sub = &ast.Select{Items: []ast.SelectItem{{Expr: &ast.SubLink{Kind: ast.SubScalar, Query: sub}}}}
		from = &ast.Select{Items: []ast.SelectItem{{Expr: &ast.ColumnRef{Star: true}}}, From: []ast.TableExpr{&ast.RangeSubselect{Query: from, Alias: &ast.Alias{Name: "s"}}}}
	}
	for _, s := range []*ast.Select{{Items: []ast.SelectItem{{Expr: chain}}}, sub, from} {
		if _, err := binder.Bind(s, m.Options()); pgerr.Code(err) != "54001" {
			t.Errorf("depth %d: %v", n, err)
		}
	}
}

// FuzzBind binds whatever parses: no panic, and finished trees hold together.
func FuzzBind(f *testing.F) {
	for _, s := range postgresStatements(f) {
		f.Add(s.sql)
	}
	m := testCatalog(f)
	f.Fuzz(func(t *testing.T, sql string) {
		stmts, err := parser.Parse(sql)
		if err != nil {
			return
		}
		for _, s := range stmts {
			switch s.Stmt.(type) {
			case *ast.Select, *ast.Insert, *ast.Update, *ast.Delete:
				if r, err := binder.Bind(s.Stmt, m.Options()); err == nil {
					checkTree(r)
					bound.Format(r)
				} else if pgerr.Code(err) == "XX000" && pgerr.From(err).Cause == nil {
					t.Errorf("%q: %v", sql, err)
				}
			}
		}
	})
}

func BenchmarkBind(b *testing.B) {
	m := testCatalog(b)
	for name, sql := range map[string]string{
		"topk":   "SELECT id, name FROM items WHERE price < $2 ORDER BY embedding <-> $1 LIMIT 10",
		"insert": "INSERT INTO items (name, price, embedding) VALUES ($1, $2, $3)",
		"join":   "SELECT i.name, sum(o.amount) FROM items i JOIN orders o ON o.item_id = i.id WHERE i.price > 1 GROUP BY i.name ORDER BY 2 DESC LIMIT 5",
	} {
		stmts, err := parser.Parse(sql)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := binder.Bind(stmts[0].Stmt, m.Options()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
