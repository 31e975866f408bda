package planner_test

import (
	"testing"

	"vecgres/planner/plantest"
	"vecgres/planner/rules"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/parser"
)

// TestImplies proves predicates from conditions as Postgres' predicate_implied_by does.
func TestImplies(t *testing.T) {
	m := plantest.NewCatalog()
	if err := m.Exec("CREATE TABLE t (a int, b bigint, s text, v varchar(5), n numeric, ok bool, x vector(2))"); err != nil {
		t.Fatal(err)
	}
	table := m.Table("t")
	var cols []bound.Column
	for c := range table.Live {
		cols = append(cols, bound.Column{ID: bound.ColumnID(c.Num), Name: c.Name, Type: c.Type, AttNum: c.Num})
	}
	bind := func(text string) bound.Scalar {
		e, err := parser.ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		s, err := binder.BindExpr(e, table, cols, m.Options())
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return rules.Fold(s, nil)
	}
	for _, c := range []struct {
		given, pred string
		want        bool
	}{
		{"a = 5", "a = 5", true}, {"a = 5", "a = 6", false}, {"a = 5", "a > 4", true}, {"a = 5", "a >= 6", false}, {"a = 5", "a <> 4", true},
		{"a > 5", "a > 5", true}, {"a > 5", "a >= 5", true}, {"a >= 5", "a > 5", false}, {"a > 6", "a > 5", true}, {"a > 4", "a > 5", false},
		{"a < 5", "a <> 5", true}, {"a <= 5", "a <> 5", false}, {"a <= 4", "a < 5", true}, {"5 > a", "a < 6", true}, {"a > 5", "a < 6", false},
		{"a = 5", "a = 5::bigint", true}, {"a < 3::smallint", "a < 5::bigint", true}, {"n = 1.0", "n = 1.00", true}, {"n > 2", "n > 1.5", true},
		{"s = 'b'", "s > 'a'", true}, {"v = 'b'", "v = 'b'", true}, {"s = 'b'", "s = 'c'", false},
		{"a = 1 AND s = 'x'", "s = 'x'", true}, {"a = 1 AND s = 'x'", "s = 'x' AND a > 0", true}, {"a = 1", "a = 1 AND s = 'x'", false},
		{"a = 1", "a = 1 OR s = 'x'", true}, {"a = 1 OR a = 2", "a < 3", true}, {"a = 1 OR s = 'x'", "a = 1", false}, {"a = 1 OR s = 'x'", "s = 'x' OR a = 1 OR ok", true},
		{"a = 1", "a IN (1, 2)", true}, {"a IN (1, 2)", "a IN (3, 2, 1)", true}, {"a IN (1, 4)", "a IN (3, 2, 1)", false}, {"a IN (1, 2)", "a > 0", true},
		{"a = ANY('{1,2,NULL}')", "a < 3", true}, {"a = ANY('{1,2}')", "a IN (1, 2)", true}, {"a = ALL('{1,2}')", "a IN (1, 2)", false},
		{"a > 5", "a IS NOT NULL", true}, {"a + 1 = b", "b IS NOT NULL", true}, {"a IS NULL", "a IS NOT NULL", false}, {"NOT (a = 1)", "a IS NOT NULL", true},
		{"lower(s) = 'x'", "s IS NOT NULL", true}, {"lower(s) = 'x'", "lower(s) IS NOT NULL", true}, {"coalesce(a, 1) = 1", "a IS NOT NULL", false},
		{"a IS DISTINCT FROM 1", "a IS NOT NULL", false}, {"a IN (1, 2)", "a IS NOT NULL", true}, {"a NOT IN (1, 2)", "a IS NOT NULL", true}, {"a = $1", "a IS NOT NULL", true},
		{"lower(s) IS NOT NULL", "s IS NOT NULL", true}, {"s IS NOT NULL", "lower(s) IS NOT NULL", false}, {"x <-> '[1,2]' < 1", "x IS NOT NULL", true},
		{"ok", "ok IS TRUE", true}, {"ok", "ok = true", true}, {"ok IS TRUE", "ok", true}, {"NOT ok", "ok = false", true}, {"ok IS FALSE", "NOT ok", true},
		{"ok IS NOT FALSE", "ok", false}, {"NOT ok", "ok", false}, {"NOT (ok IS TRUE)", "NOT ok", false}, {"ok IS NOT TRUE", "ok = false", false}, {"ok", "ok IS NOT NULL", true},
		{"a = $1", "a = $1", true}, {"a = $1", "a = 5", false}, {"a = b", "a = b", true}, {"a = NULL", "a = 5", false}, {"a = 5", "a = NULL", false},
	} {
		if got := bound.Implies([]bound.Scalar{bind(c.given)}, bind(c.pred)); got != c.want {
			t.Errorf("%s implies %s: %v, want %v", c.given, c.pred, got, c.want)
		}
	}
}
