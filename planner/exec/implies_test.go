package exec_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"vecgres/planner/rules"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/parser"
)

// conditions makes random conditions over columns a int, n numeric, s text and ok bool, whose values are few.
type conditions struct{ *rand.Rand }

func (r conditions) pick(of ...string) string { return of[r.IntN(len(of))] }

func (r conditions) number() string {
	return r.pick("0", "1", "2", "3", "1.5", "NULL", "2::bigint", "1::smallint")
}

func (r conditions) list() string {
	return strings.Join([]string{r.number(), r.number(), r.number()}[:1+r.IntN(3)], ", ")
}

func (r conditions) leaf() string {
	op := r.pick("=", "=", "<>", "<", "<=", ">", ">=")
	switch r.IntN(12) {
	case 0:
		return r.pick("a", "n", "a + 1", "s", "lower(s)", "ok", "coalesce(a, 1)") + r.pick(" IS NULL", " IS NOT NULL")
	case 1:
		return r.pick("s", "lower(s)") + " " + op + " " + r.pick("'a'", "'b'", "'B'", "NULL")
	case 2:
		return "ok" + r.pick("", " IS TRUE", " IS FALSE", " IS NOT TRUE", " IS NOT FALSE", " IS UNKNOWN", " IS NOT UNKNOWN", " = true", " = false", " <> true", " = NULL")
	case 3:
		return r.pick("a", "n") + r.pick(" IN (", " NOT IN (") + r.list() + ")"
	case 4:
		return "a = " + r.pick("ANY", "ALL") + "(" + r.pick("'{1,2}'", "'{1,NULL}'", "'{}'", "'{0,1,3}'", "NULL") + "::int[])"
	case 5:
		return r.pick("a", "n") + " BETWEEN " + r.number() + " AND " + r.number()
	case 6:
		return r.number() + " " + op + " " + r.pick("a", "n")
	case 7:
		return "a IS " + r.pick("", "NOT ") + "DISTINCT FROM " + r.number()
	}
	return r.pick("a", "n", "a + 1", "coalesce(a, 1)") + " " + op + " " + r.number()
}

func (r conditions) tree(depth int) string {
	if depth == 0 {
		return r.leaf()
	}
	switch r.IntN(6) {
	case 0:
		return "NOT (" + r.tree(depth-1) + ")"
	case 1:
		return "((" + r.tree(depth-1) + ")" + r.pick(" IS TRUE", " IS FALSE", " IS NOT TRUE", " = true", " = false") + ")"
	case 2:
		return "(" + r.tree(depth-1) + " AND " + r.tree(depth-1) + ")"
	case 3:
		return "(" + r.tree(depth-1) + " OR " + r.tree(depth-1) + ")"
	}
	return r.leaf()
}

// TestImpliesIsSound asks of random conditions whether one implies the other, and looks for a row that says otherwise wherever it is said to.
func TestImpliesIsSound(t *testing.T) {
	seed := rand.Uint64()
	r := conditions{rand.New(rand.NewPCG(seed, 0))}
	d := newDatabase(t)
	if err := d.catalog.Exec("CREATE TABLE t (id serial PRIMARY KEY, a int, n numeric, s text, ok bool)"); err != nil {
		t.Fatal(err)
	}
	d.do(`INSERT INTO t (id, a, n, s, ok) SELECT row_number() OVER (), a, n, s, ok FROM (VALUES (NULL::int), (0), (1), (2), (3), (4)) a(a), (VALUES (NULL::numeric), (0), (1), (1.5), (2), (4)) n(n),
		(VALUES (NULL::text), ('a'), ('B'), ('b')) s(s), (VALUES (NULL::bool), (true), (false)) ok(ok)`)
	if got := d.do("SELECT count(*) FROM t"); !strings.Contains(got, "432") {
		t.Fatalf("the table has %s", got)
	}
	table := d.catalog.Table("t")
	var cols []bound.Column
	for c := range table.Live {
		cols = append(cols, bound.Column{ID: bound.ColumnID(c.Num), Name: c.Name, Type: c.Type, AttNum: c.Num})
	}
	bind := func(text string) bound.Scalar {
		e, err := parser.ParseExpr(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		s, err := binder.BindExpr(e, table, cols, d.catalog.Options())
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return rules.Fold(s, nil)
	}
	proved := 0
	for range 20_000 {
		given, pred := r.tree(r.IntN(3)), r.tree(r.IntN(3))
		if !bound.Implies([]bound.Scalar{bind(given)}, bind(pred)) {
			continue
		}
		if proved++; proved > 400 {
			break
		}
		query := fmt.Sprintf("SELECT a, n, s, ok FROM t WHERE (%s) AND (%s) IS NOT TRUE LIMIT 1", given, pred)
		if got := d.do(query); got != "0 rows\n" {
			t.Fatalf("seed %d: %s does not imply %s: %s", seed, given, pred, got)
		}
	}
	if proved < 100 {
		t.Errorf("seed %d: only %d implications were proved", seed, proved)
	}
}
