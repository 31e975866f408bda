package isolation

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"

	"vecgres/tests/internal/harness"
)

// cancelBar is how soon a cancelled statement must answer. The best try counts, since the machine may be busy: a statement that looks for its end too
// seldom is late in all of them.
const (
	cancelBar   = 50 * time.Millisecond
	cancelTries = 40
)

// TestCancelAnswersSoon cancels statements in the midst of everything that may take long.
func TestCancelAnswersSoon(t *testing.T) {
	srv := harness.StartVecgres(t)
	admin := connect(t, srv, "setup", "public", false)
	run(t, admin, `CREATE EXTENSION vector`,
		`CREATE TABLE n (i int, g int, s text)`,
		`INSERT INTO n SELECT i, i % 1000, 'text ' || i FROM generate_series(1, 300000) i`,
		`CREATE TABLE e (id int PRIMARY KEY, v vector(64))`,
		`INSERT INTO e SELECT i, (SELECT array_agg(random() + (i + j) * 0)::real[]::vector FROM generate_series(1, 64) j) FROM generate_series(1, 20000) i`,
		`CREATE TABLE w (id int, v vector(2))`, `INSERT INTO w SELECT i, ARRAY[i, i % 7]::real[]::vector FROM generate_series(1, 5000) i`,
		`CREATE INDEX ON w USING hnsw (v vector_l2_ops)`,
		`CREATE TABLE locked (id int PRIMARY KEY)`, `INSERT INTO locked VALUES (1)`)
	holder := connect(t, srv, "holder", "public", false)
	run(t, holder, `BEGIN`, `DELETE FROM locked`, `INSERT INTO locked VALUES (2)`)
	for _, c := range []struct {
		name, statement string
	}{
		{"row lock", `SELECT * FROM locked WHERE id = 1 FOR UPDATE`},
		{"key lock", `INSERT INTO locked VALUES (2)`},
		{"table lock", `ALTER TABLE locked ADD COLUMN x int`},
		{"sleep", `SELECT pg_sleep(60)`},
		{"function scan", `SELECT count(*) FROM generate_series(1, 4000000000)`},
		{"nested loop", `SELECT count(*) FROM n a, n b WHERE a.i + b.i < 0`},
		{"hash join", `SELECT count(*) FROM n a JOIN n b USING (g) JOIN n c USING (g)`},
		{"sort", `SELECT count(*) FROM (SELECT a.s FROM n a, generate_series(1, 50) ORDER BY a.s DESC, a.i OFFSET 1) x`},
		{"aggregate", `SELECT count(*) FROM (SELECT a.i, b, count(*) FROM n a, generate_series(1, 200) b GROUP BY a.i, b) x`},
		{"distinct", `SELECT count(*) FROM (SELECT DISTINCT a.s, b FROM n a, generate_series(1, 200) b) x`},
		{"window", `SELECT count(*) FROM (SELECT rank() OVER (ORDER BY a.s) FROM n a, generate_series(1, 100)) x`},
		{"recursive", `WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r`},
		{"insert", `INSERT INTO n SELECT i, i, 's' FROM generate_series(1, 100000000) i`},
		{"update", `UPDATE n SET s = s || (SELECT count(*) FROM generate_series(1, 1000 + n.g * 0))`},
		{"one expression", `SELECT length(repeat(s, 100)) FROM n WHERE repeat(s, 100) LIKE '%x%y%z%'`},
		{"distances", `SELECT count(*) FROM e a, e b WHERE a.v <-> b.v < -1`},
		{"exact searches", `SELECT count(*) FROM e a, e c, LATERAL (SELECT id FROM e b ORDER BY b.v <-> a.v + c.v LIMIT 5) x`},
		{"walks", `SELECT count(*) FROM n, LATERAL (SELECT id FROM w ORDER BY w.v <-> ARRAY[n.g, 1]::real[]::vector LIMIT 100) x`},
		{"update of many", `UPDATE n SET s = s || 'x'`},
		{"index build", `CREATE INDEX ON e USING hnsw (v vector_l2_ops) WITH (m = 64, ef_construction = 1000)`},
		{"btree build", `CREATE INDEX ON n (s, i, g)`},
		{"rows to the client", `SELECT a.s FROM n a, n b`},
	} {
		t.Run(c.name, func(t *testing.T) {
			best := time.Hour
			for range cancelTries {
				took, err := cancelled(t, srv, c.statement)
				var e *pgconn.PgError
				if !errors.As(err, &e) || e.Code != pgerrcode.QueryCanceled {
					t.Fatalf("%s: ended with %v", c.statement, err)
				}
				if best = min(best, took); best <= cancelBar {
					break
				}
			}
			if best > cancelBar {
				t.Errorf("%s: answered %v after it was cancelled, in the best of %d tries", c.statement, best, cancelTries)
			}
		})
	}
	run(t, holder, `ROLLBACK`)
	if got := ask(t, admin, `SELECT count(*) FROM n`); got != "300000\nSELECT 1\n" {
		t.Errorf("after cancelled writes: %s", got)
	}
}

// cancelled runs a statement, cancels it after a while, and tells how long its end took from then on.
func cancelled(t *testing.T, srv *harness.Server, statement string) (time.Duration, error) {
	t.Helper()
	s := connect(t, srv, "runner", "public", false)
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	defer s.conn.Close(ctx)
	other := connect(t, srv, "canceller", "public", false)
	defer other.conn.Close(ctx)
	ended := make(chan error, 1)
	go func() {
		r := s.conn.ExecParams(ctx, statement, nil, nil, nil, nil)
		for r.NextRow() {
		}
		_, err := r.Close()
		ended <- err
	}()
	for active := false; !active && len(ended) == 0; { // a cancel before the statement has begun would be nobody's
		answer := ask(t, other, fmt.Sprintf("SELECT count(*) FROM pg_stat_activity WHERE pid = %d AND state = 'active'", s.conn.PID()))
		active = answer == "1\nSELECT 1\n"
	}
	select {
	case err := <-ended:
		return 0, err
	case <-time.After(waitTime):
	}
	began := time.Now()
	if err := s.conn.CancelRequest(ctx); err != nil {
		t.Fatal(err)
	}
	err := <-ended
	return time.Since(began), err
}

func run(t *testing.T, s *session, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	defer cancel()
	for _, st := range statements {
		if _, err := s.conn.Exec(ctx, st).ReadAll(); err != nil {
			t.Fatalf("%s: %v", st, err)
		}
	}
}

func ask(t *testing.T, s *session, statement string) string {
	t.Helper()
	s.start([]string{statement})
	out, ok := s.finished(patience)
	if !ok {
		t.Fatalf("%s: no answer", statement)
	}
	return out
}
