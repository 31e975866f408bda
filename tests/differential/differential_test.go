package differential

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"

	"vecgres/tests/internal/harness"
)

var (
	seed  = flag.Int64("seed", 1, "of the tables and queries")
	count = flag.Int("queries", 400, "how many queries")
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// TestAgainstPostgres compares random queries. The first difference of each kind ends as a shrunk query.
func TestAgainstPostgres(t *testing.T) {
	settings := []string{"TimeZone", "UTC", "statement_timeout", "5s"}
	pg := harness.StartPostgres(t).ConnFor(t, settings...).PgConn()
	vg := harness.StartVecgres(t).ConnFor(t, settings...).PgConn()
	g := &generator{Rand: rand.New(rand.NewSource(*seed))}
	for _, sql := range g.setup() {
		for _, c := range []*pgconn.PgConn{pg, vg} {
			if _, err := c.Exec(context.Background(), sql).ReadAll(); err != nil {
				t.Fatalf("seed %d: %s: %v", *seed, sql, err)
			}
		}
	}
	differ := func(q *query) (want, got string, yes bool) {
		want, got = outcome(t, pg, q.String()), outcome(t, vg, q.String())
		return want, got, want != got && !isTimeout(want) && !isTimeout(got)
	}
	failed, refused := 0, map[string]int{}
	for n := range *count {
		g.aliases, g.depth = 0, 0
		q, _ := g.query(nil)
		want, got, yes := differ(q)
		if strings.HasPrefix(want, "error") {
			failed++
		}
		if !yes {
			continue
		}
		if strings.HasPrefix(got, "error "+pgerrcode.FeatureNotSupported) {
			refused[got]++
			continue
		}
		for again := true; again; {
			again = false
			for _, s := range q.smaller() {
				if w, o, yes := differ(s); yes && strings.HasPrefix(w, "error") == strings.HasPrefix(want, "error") && strings.HasPrefix(o, "error") == strings.HasPrefix(got, "error") {
					q, want, got, again = s, w, o, true
					break
				}
			}
		}
		t.Errorf("seed %d, query %d:\n%s\nPostgres: %s\nvecgres: %s", *seed, n, q, shown(want), shown(got))
	}
	if failed > *count/4 {
		t.Errorf("seed %d: %d of %d queries fail in Postgres: the generator is of little use", *seed, failed, *count)
	}
	t.Logf("seed %d: %d queries, %d fail in Postgres", *seed, *count, failed)
	for text, n := range refused {
		t.Logf("%d times %s", n, text)
	}
}

// outcome is a statement's rows as a bag, or its SQLSTATE and text.
func outcome(t *testing.T, c *pgconn.PgConn, sql string) string {
	results, err := c.Exec(context.Background(), sql).ReadAll()
	if err != nil {
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			t.Fatalf("%s: %v", sql, err)
		}
		if e.Code == pgerrcode.FeatureNotSupported || e.Code == pgerrcode.InternalError {
			return "error " + e.Code + " " + e.Message
		}
		return "error " + e.Code
	}
	var rows []string
	for _, values := range results[0].Rows {
		row := make([]string, len(values))
		for i, v := range values {
			row[i] = "NULL"
			if v != nil {
				row[i] = plain(string(v))
			}
		}
		rows = append(rows, strings.Join(row, " | "))
	}
	slices.Sort(rows)
	return fmt.Sprintf("%d rows\n%s", len(rows), strings.Join(rows, "\n"))
}

// plain is a number without the zeros at its end: equal numerics of different scales may stand in either order.
func plain(v string) string {
	whole, fraction, ok := strings.Cut(v, ".")
	digits := strings.Trim(strings.TrimPrefix(whole, "-"), "0123456789") == "" && strings.Trim(fraction, "0123456789") == ""
	if !ok || !digits {
		return v
	}
	return strings.TrimSuffix(strings.TrimRight(v, "0"), ".")
}

func isTimeout(outcome string) bool {
	return strings.HasPrefix(outcome, "error "+pgerrcode.QueryCanceled)
}

func shown(outcome string) string {
	if len(outcome) > 1500 {
		return outcome[:1500] + " …"
	}
	return outcome
}
