package exec_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"vecgres/planner/plan"
)

// TestPartialIndexesAgainstScan asks random questions of a table with partial indexes and indexes on expressions, and of one without: after
// random inserts, updates and deletes both must give the same rows, and the indexes must have served some of them.
func TestPartialIndexesAgainstScan(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	d := newDatabase(t)
	const columns = "(id int PRIMARY KEY, name text, tenant int, price numeric, active bool)"
	err := d.catalog.Exec("CREATE TABLE with_ix " + columns + "; CREATE TABLE without " + columns + `;
		CREATE INDEX ix_lower ON with_ix (lower(name) DESC); CREATE INDEX ix_five ON with_ix (price) WHERE tenant = 5;
		CREATE INDEX ix_active ON with_ix (price DESC NULLS LAST, id) WHERE active; CREATE INDEX ix_range ON with_ix (tenant) WHERE price > 5 AND price < 15;
		CREATE INDEX ix_sum ON with_ix ((tenant + id), (price IS NULL)); CREATE INDEX ix_some ON with_ix (name) WHERE tenant IN (1, 2, 3) OR price IS NOT NULL`)
	if err != nil {
		t.Fatal(err)
	}
	both := func(sql string) {
		if a, b := d.do(fmt.Sprintf(sql, "with_ix")), d.do(fmt.Sprintf(sql, "without")); a != b {
			t.Fatalf("seed %d: %s: %s, %s", seed, sql, a, b)
		}
	}
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	var values []string
	for i := range 400 {
		values = append(values, fmt.Sprintf("(%d, '%s%d', %s, %s, %s)", i, pick("a", "A", "b", "Xy"), r.IntN(9),
			pick("1", "2", "3", "5", "NULL"), pick("NULL", "2", "5", "7.50", "14", "15", "20"), pick("true", "false", "NULL")))
	}
	both("INSERT INTO %s VALUES " + strings.Join(values, ", "))
	conds := []string{"lower(name) = 'a3'", "lower(name) IN ('a1', 'b2', 'xy3')", "lower(name) > 'b'", "lower(name) LIKE 'x%%'", "tenant = 5", "tenant = 5 AND price >= 7.5",
		"active", "NOT active", "active IS NOT FALSE", "active = true AND price < 10", "price = 7.5", "price BETWEEN 6 AND 14", "price > 5 AND tenant = 2", "tenant + id = 100",
		"tenant + id < 20 AND price IS NULL", "tenant = 2 AND name > 'b'", "tenant IN (1, 3) AND name = 'a1'", "price > 3 AND name LIKE 'A%%'", "price IS NULL", "tenant IS NULL",
		"tenant = 5 OR tenant = 3"}
	orders := []string{"", "ORDER BY lower(name), id", "ORDER BY lower(name) DESC, id LIMIT 7", "ORDER BY price DESC NULLS LAST, id LIMIT 9", "ORDER BY price, id", "ORDER BY tenant + id, id LIMIT 5"}
	used := 0
	for i := range 400 {
		cond := conds[r.IntN(len(conds))]
		if r.IntN(2) == 0 {
			cond += " AND " + conds[r.IntN(len(conds))]
		}
		switch {
		case i%20 == 7:
			both(fmt.Sprintf("UPDATE %%s SET tenant = %s, price = %s WHERE %s AND id %%%% 7 = %d", pick("5", "1", "NULL"), pick("price + 1", "NULL", "7.5"), cond, r.IntN(7)))
		case i%40 == 19:
			both(fmt.Sprintf("DELETE FROM %%s WHERE %s AND id %%%% 9 = %d", cond, r.IntN(9)))
		}
		query := strings.ReplaceAll(fmt.Sprintf("SELECT * FROM @ WHERE %s %s", cond, orders[r.IntN(len(orders))]), "%%", "%")
		sql := strings.Replace(query, "@", "with_ix", 1)
		if got, want := inOrder(sql, d.do(sql)), inOrder(sql, d.do(strings.Replace(query, "@", "without", 1))); got != want {
			t.Fatalf("seed %d: %s\ngave\n%swant\n%s", seed, sql, got, want)
		}
		p, err := d.plan(sql)
		if err != nil {
			t.Fatal(err)
		}
		plan.Walk(p.Root, func(n plan.Node) {
			if x, ok := n.(*plan.IndexScan); ok && x.Index.Computed() {
				used++
			}
		})
	}
	if used == 0 {
		t.Error("no partial index and no index on an expression was used")
	}
}
