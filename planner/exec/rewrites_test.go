package exec_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"vecgres/planner/plan"
)

// rewrites are statements over the tables items, docs and q of which every part that sorts by a distance can be a vector search; Q is the
// query vector, D the distance operator. Ties are broken, so that there is one answer.
var rewrites = []string{
	"SELECT id, e D Q FROM items ORDER BY e D Q, id LIMIT 7",
	"SELECT id, 1 - (e D Q) AS s FROM items WHERE e IS NOT NULL ORDER BY s DESC, id LIMIT 7",
	"SELECT id, (e D Q) * -1 AS s FROM items WHERE e IS NOT NULL ORDER BY (e D Q) * -1 DESC, id LIMIT 7 OFFSET 3",
	"SELECT * FROM (SELECT id, e D Q AS d FROM items) s ORDER BY d, id LIMIT 7",
	"WITH s AS (SELECT id, e D Q AS d FROM items WHERE label < 3) SELECT * FROM s ORDER BY d, id LIMIT 7",
	"SELECT id FROM items WHERE e D Q < 2.5 ORDER BY e D Q, id LIMIT 7",
	"SELECT id FROM items WHERE e D Q < 'NaN' ORDER BY e D Q, id LIMIT 7",
	"SELECT id FROM items WHERE e D Q < 'Infinity' ORDER BY e D Q, id LIMIT 7",
	"SELECT id FROM items WHERE e D (SELECT v FROM q WHERE id = 3) < 2.5 ORDER BY e D (SELECT v FROM q WHERE id = 3), id LIMIT 7",
	"SELECT id FROM items ORDER BY e D Q, id LIMIT (SELECT 3) OFFSET 1 + 1",
	"SELECT q.id, n.id FROM q, LATERAL (SELECT id FROM items ORDER BY e D q.v, id LIMIT 3) n ORDER BY 1, 2",
	"SELECT q.id, n.id FROM q LEFT JOIN LATERAL (SELECT id FROM items WHERE label = q.id % 4 ORDER BY e D q.v, id LIMIT 3) n ON true ORDER BY 1, 2",
	"SELECT q.id, ARRAY(SELECT id FROM items ORDER BY e D q.v, id LIMIT 3), (SELECT id FROM items ORDER BY e D q.v, id LIMIT 1) FROM q ORDER BY 1",
	"SELECT id FROM items WHERE id IN (SELECT item FROM picked) ORDER BY e D Q, id LIMIT 7",
	"SELECT id FROM items WHERE id NOT IN (SELECT item FROM picked WHERE item IS NOT NULL) ORDER BY e D Q, id LIMIT 7",
	"SELECT id FROM items i WHERE EXISTS (SELECT 1 FROM docs d WHERE d.id = i.doc AND d.kind = 'rare') ORDER BY e D Q, id LIMIT 7",
	"SELECT id FROM items i WHERE NOT EXISTS (SELECT 1 FROM docs d WHERE d.id = i.doc AND d.kind = 'often') ORDER BY e D Q, id LIMIT 7",
	"SELECT id FROM items i WHERE EXISTS (SELECT 1 FROM docs d WHERE d.id = i.doc AND d.label = i.label) ORDER BY e D Q, id LIMIT 7",
	"SELECT id FROM items i WHERE name IN (SELECT kind FROM docs) AND doc IN (SELECT id FROM docs WHERE label < 3) ORDER BY e D Q, id LIMIT 7",
	"SELECT id FROM items WHERE price IN (SELECT label::numeric + 0.5 FROM docs WHERE kind = 'rare') ORDER BY e D Q, id LIMIT 7",
	"SELECT id FROM items WHERE id = ANY (ARRAY[3, 5, 7, 11, 13, 17, 19, 23]) ORDER BY e D Q, id LIMIT 7",
	"SELECT doc, min(d) FROM (SELECT doc, e D Q AS d FROM items WHERE e IS NOT NULL ORDER BY e D Q, id LIMIT 30) s GROUP BY doc ORDER BY 2, 1 LIMIT 5",
	"SELECT DISTINCT ON (doc) doc, d FROM (SELECT doc, e D Q AS d FROM items ORDER BY e D Q, id LIMIT 30) s ORDER BY doc, d LIMIT 5",
	"(SELECT id, e D Q AS d FROM items WHERE label = 1 ORDER BY e D Q, id LIMIT 5) UNION ALL (SELECT id, e D Q FROM items WHERE label = 2 ORDER BY e D Q, id LIMIT 5) ORDER BY d, id LIMIT 6",
	"SELECT i.id, d.kind FROM items i JOIN docs d ON d.id = i.doc WHERE d.kind = 'rare' ORDER BY i.e D Q, i.id LIMIT 7",
	"SELECT i.id, d.kind FROM items i JOIN docs d ON d.id = i.doc AND d.label > i.label ORDER BY i.e D Q, i.id LIMIT 7",
	"SELECT i.id, d.kind, p.item FROM items i JOIN docs d ON d.id = i.doc JOIN picked p ON p.item = i.id WHERE d.label < 4 ORDER BY i.e D Q, i.id LIMIT 7",
	"SELECT i.id, d.kind FROM items i LEFT JOIN docs d ON d.id = i.doc AND d.kind = 'rare' ORDER BY i.e D Q, i.id LIMIT 7",
	"SELECT id, rank() OVER (ORDER BY e D Q), row_number() OVER (ORDER BY e D Q) - 1 AS n FROM items ORDER BY e D Q LIMIT 7",
	`WITH near AS (SELECT id, row_number() OVER (ORDER BY e D Q, id) AS r FROM items ORDER BY e D Q, id LIMIT 10),
		cheap AS (SELECT id, row_number() OVER (ORDER BY price, id) AS r FROM items ORDER BY price, id LIMIT 10)
		SELECT coalesce(near.id, cheap.id) AS id, coalesce(1.0 / (60 + near.r), 0.0) + coalesce(1.0 / (60 + cheap.r), 0.0) AS score
		FROM near FULL OUTER JOIN cheap ON near.id = cheap.id ORDER BY score DESC, 1 LIMIT 8`,
	"SELECT id FROM items WHERE label = 3 AND 1 - (e D Q) > -1.5 ORDER BY 1 - (e D Q) DESC, id LIMIT 7",
	"SELECT id, 1 / (1.5 + (e D Q)) AS s FROM items WHERE e IS NOT NULL ORDER BY 2 * (3 + (e D Q)) - 1, id LIMIT 7",
	"SELECT round((e D Q)::numeric, 2) AS s FROM items WHERE e IS NOT NULL ORDER BY s LIMIT 7",
	"SELECT (e D Q)::real FROM items ORDER BY (e D Q)::real LIMIT 7",
	"SELECT id, (SELECT count(*) FROM docs), e D (SELECT v FROM q WHERE id = 2) FROM items ORDER BY e D (SELECT v FROM q WHERE id = 2), id LIMIT 3",
}

// TestRewrites compares statements over a table whose vectors can be searched with the same over a copy whose vectors cannot, because they have
// no declared dimension: those are scanned and sorted.
func TestRewrites(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	d := newDatabase(t)
	err := d.catalog.Exec(`CREATE TABLE items (id int PRIMARY KEY, doc int, label int, name text, price numeric, e vector(3));
		CREATE TABLE plain (id int PRIMARY KEY, doc int, label int, name text, price numeric, e vector);
		CREATE TABLE docs (id int PRIMARY KEY, kind text, label int); CREATE TABLE picked (item int); CREATE TABLE q (id int PRIMARY KEY, v vector(3))`)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		e, doc := fmt.Sprintf("'[%d,%d,%d]'", r.IntN(6), r.IntN(6), 1+r.IntN(6)), fmt.Sprint(r.IntN(60))
		if r.IntN(12) == 0 {
			e = "NULL"
		}
		if r.IntN(12) == 0 {
			doc = "NULL"
		}
		kinds := []string{"'rare'", "'often'", "NULL", "'x'"}
		row := fmt.Sprintf("(%d, %s, %d, %s, %d.5, %s)", i, doc, r.IntN(6), kinds[r.IntN(4)], r.IntN(20), e)
		d.do("INSERT INTO items VALUES " + row)
		d.do("INSERT INTO plain VALUES " + row)
	}
	d.do("INSERT INTO docs SELECT g, CASE WHEN g % 10 = 0 THEN 'rare' WHEN g % 2 = 0 THEN 'often' END, g % 7 FROM generate_series(0, 49) g")
	d.do("INSERT INTO picked SELECT g * 7 FROM generate_series(0, 40) g UNION ALL SELECT NULL")
	for i := range 5 {
		d.do(fmt.Sprintf("INSERT INTO q VALUES (%d, '[%d,%d,%d]')", i, r.IntN(6), r.IntN(6), r.IntN(6)))
	}
	for _, sql := range rewrites {
		for _, op := range []string{"<->", "<#>", "<+>"} {
			sql := strings.NewReplacer(" D ", " "+op+" ", "Q", fmt.Sprintf("'[%d,%d,%d]'", r.IntN(6), r.IntN(6), 1+r.IntN(6))).Replace(sql)
			scanned := strings.ReplaceAll(sql, "FROM items", "FROM plain")
			if vectorScans(t, d, sql) == 0 || vectorScans(t, d, scanned) != 0 {
				t.Errorf("%s\nis not the other way to find rows than\n%s", sql, scanned)
			}
			if got, want := d.do(sql), d.do(scanned); got != want {
				t.Errorf("seed %d: %s\ngave\n%swant\n%s", seed, sql, got, want)
			}
		}
	}
}

// vectorScans counts the searches of a statement's plan, those of its subqueries included.
func vectorScans(t *testing.T, d *database, sql string) int {
	t.Helper()
	p, err := d.plan(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	n := 0
	for _, line := range plan.Format(p, plan.FormatOptions{NoCosts: true}) {
		if strings.Contains(line, "Vector Scan on") {
			n++
		}
	}
	return n
}
