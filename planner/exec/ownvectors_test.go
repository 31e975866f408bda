package exec_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"vecgres/planner/plan"
	"vecgres/vecengine"
)

// TestOwnVectorsAgainstScan asks the same of a table with indexes on expressions, partial ones and ones over every type of vectors, and of a
// table without: after random changes, some of them in segments, the distances must be the same. Tables are small, so searches are exact,
// and values whole, so distances are too.
func TestOwnVectorsAgainstScan(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	d := newDatabase(t)
	const columns = "(id int PRIMARY KEY, tenant int, name text, v vector(4), h halfvec(4), s sparsevec(4), b bit(8))"
	err := d.catalog.Exec("CREATE TABLE with_ix " + columns + "; CREATE TABLE without " + columns + `;
		CREATE INDEX ON with_ix USING hnsw (h halfvec_l2_ops); CREATE INDEX ON with_ix USING hnsw (h halfvec_l1_ops) WHERE tenant = 3;
		CREATE INDEX ON with_ix USING ivfflat (h halfvec_ip_ops); CREATE INDEX ON with_ix USING hnsw (s sparsevec_l2_ops);
		CREATE INDEX ON with_ix USING hnsw (s sparsevec_ip_ops) WHERE name > 'b'; CREATE INDEX ON with_ix USING hnsw (b bit_hamming_ops);
		CREATE INDEX ON with_ix USING hnsw (b bit_jaccard_ops) WHERE tenant IN (1, 2); CREATE INDEX ON with_ix USING hnsw (v vector_l2_ops) WHERE tenant = 2 OR tenant = 3;
		CREATE INDEX ON with_ix USING hnsw ((v::halfvec(4)) halfvec_l1_ops); CREATE INDEX ON with_ix USING hnsw ((binary_quantize(v)::bit(4)) bit_hamming_ops) WHERE v IS NOT NULL;
		CREATE INDEX ON with_ix USING hnsw ((subvector(v, 1, 2)::vector(2)) vector_l2_ops) WHERE tenant = 1`)
	if err != nil {
		t.Fatal(err)
	}
	both := func(sql string) {
		if a, b := d.do(fmt.Sprintf(sql, "with_ix")), d.do(fmt.Sprintf(sql, "without")); a != b || strings.HasPrefix(a, "error") {
			t.Fatalf("seed %d: %s: %s, %s", seed, sql, a, b)
		}
	}
	num := func() int { return r.IntN(9) - 4 }
	insert := func(from, n int) {
		var values []string
		for i := range n {
			v := fmt.Sprintf("'[%d,%d,%d,%d]'", num(), num(), num(), 1+r.IntN(3))
			if r.IntN(12) == 0 {
				v = "NULL"
			}
			values = append(values, fmt.Sprintf("(%d, %d, '%c', %s, %s, %s::vector::sparsevec, %d::bit(8))", from+i, r.IntN(5), 'a'+r.IntN(4), v, v, v, r.IntN(256)))
		}
		both("INSERT INTO %s VALUES " + strings.Join(values, ", "))
	}
	insert(0, 250)
	conds := []string{"true", "tenant = 1", "tenant = 2", "tenant = 3", "tenant IN (1, 2)", "tenant = 3 AND name = 'c'", "name > 'b'", "name >= 'c' AND tenant < 4", "v IS NOT NULL",
		"tenant = 2 AND h IS NULL", "name = 'b' AND id % 3 = 1", "tenant = 4 OR tenant = 3"}
	used := 0
	for i := range 500 {
		switch i % 50 {
		case 10:
			both(fmt.Sprintf("UPDATE %%s SET tenant = %d, v = '[%d,%d,1,2]' WHERE id %%%% 11 = %d", r.IntN(4), num(), num(), r.IntN(11)))
		case 20:
			both(fmt.Sprintf("UPDATE %%s SET h = NULL, name = 'c' WHERE id %%%% 17 = %d AND tenant <> 2", r.IntN(17)))
		case 30:
			both(fmt.Sprintf("DELETE FROM %%s WHERE id %%%% 19 = %d", r.IntN(19)))
		case 40:
			insert(1000+i*10, 20)
			for _, name := range []string{"with_ix", "without"} {
				if err := d.engine.Maintain(context.Background(), vecengine.TableID(d.catalog.Table(name).Storage)); err != nil {
					t.Fatal(err)
				}
			}
		}
		dist := []string{
			fmt.Sprintf("h <-> '[%d,%d,%d,1]'", num(), num(), num()), fmt.Sprintf("h <+> '[%d,%d,%d,1]'", num(), num(), num()), fmt.Sprintf("'[%d,%d,%d,1]' <#> h", num(), num(), num()),
			fmt.Sprintf("s <-> '{1:%d,3:2}/4'", 1+r.IntN(4)), fmt.Sprintf("s <#> '{2:%d}/4'", 1+r.IntN(4)), fmt.Sprintf("b <~> %d::bit(8)", r.IntN(256)),
			fmt.Sprintf("b <%%> %d::bit(8)", r.IntN(256)), fmt.Sprintf("v <-> '[%d,%d,%d,1]'", num(), num(), num()), fmt.Sprintf("v::halfvec(4) <+> '[%d,0,1,%d]'", num(), num()),
			fmt.Sprintf("binary_quantize(v)::bit(4) <~> %d::bit(4)", r.IntN(16)), fmt.Sprintf("subvector(v, 1, 2)::vector(2) <-> '[%d,%d]'", num(), num()), "h <-> NULL",
		}[r.IntN(12)]
		cond := conds[r.IntN(len(conds))]
		if r.IntN(4) == 0 {
			cond += fmt.Sprintf(" AND %s <= %d", dist, r.IntN(9)-1)
		}
		order := dist
		if r.IntN(4) == 0 {
			order = "1 - (" + dist + ") DESC"
		}
		query := fmt.Sprintf("SELECT %s AS d FROM @ WHERE %s ORDER BY %s LIMIT %d OFFSET %d", dist, cond, order, 1+r.IntN(30), r.IntN(2)*r.IntN(5))
		sql := strings.Replace(query, "@", "with_ix", 1)
		if got, want := d.do(sql), d.do(strings.Replace(query, "@", "without", 1)); got != want {
			p, _ := d.plan(sql)
			t.Fatalf("seed %d: %s\n%s\ngave\n%swant\n%s", seed, sql, strings.Join(plan.Format(p, plan.FormatOptions{}), "\n"), got, want)
		}
		p, err := d.plan(sql)
		if err != nil {
			t.Fatal(err)
		}
		plan.Walk(p.Root, func(n plan.Node) {
			if x, ok := n.(*plan.VectorScan); ok && x.Own {
				used++
			}
		})
	}
	if used < 50 {
		t.Errorf("indexes with vectors of their own served %d of 500 queries", used)
	}
}
