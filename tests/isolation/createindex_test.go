package isolation

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"

	"vecgres/tests/internal/harness"
)

// started runs a statement without waiting for it.
func started(s *session, statement string) chan error {
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
		defer cancel()
		_, err := s.conn.Exec(ctx, statement).ReadAll()
		done <- err
	}()
	return done
}

func finished(t *testing.T, done chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(3 * patience):
		t.Fatal("the statement did not end")
		return nil
	}
}

// value is a query's one value.
func value(t *testing.T, s *session, query string) string {
	t.Helper()
	text, _, _ := strings.Cut(ask(t, s, query), "\n")
	return text
}

// becomes waits until a query gives an answer.
func becomes(t *testing.T, s *session, query, want string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for got := ""; got != want; time.Sleep(5 * time.Millisecond) {
		if got = value(t, s, query); got != want && time.Now().After(deadline) {
			t.Fatalf("%s: %q, not %q", query, got, want)
		}
	}
}

const indexState = `SELECT coalesce(string_agg(indisvalid::text, ','), 'none') FROM pg_index WHERE indexrelid = (SELECT oid FROM pg_class WHERE relname = 'ix')`

// TestCreateIndexBesideWriters builds indexes while a transaction that has written stays open: nobody else waits, and the index ends up with every row.
func TestCreateIndexBesideWriters(t *testing.T) {
	srv := harness.StartVecgres(t)
	admin := connect(t, srv, "setup", "public", false)
	writer, builder := connect(t, srv, "writer", "public", false), connect(t, srv, "builder", "public", false)
	run(t, admin, `CREATE EXTENSION vector`, `CREATE TABLE t (i int, v vector(2))`, `INSERT INTO t SELECT i, ARRAY[i, i]::real[]::vector FROM generate_series(1, 500) i`)
	for _, create := range []string{`CREATE INDEX ix ON t (i)`, `CREATE UNIQUE INDEX CONCURRENTLY ix ON t (i)`, `CREATE UNIQUE INDEX ix ON t ((i + 1))`,
		`CREATE INDEX CONCURRENTLY ix ON t (i) WHERE i % 2 = 0`} {
		run(t, writer, `BEGIN`, `INSERT INTO t VALUES (1001, '[1,1]')`)
		done := started(builder, create)
		becomes(t, admin, indexState, "false")
		run(t, admin, `INSERT INTO t VALUES (1002, '[1,1]')`, `UPDATE t SET i = 1003 WHERE i = 500`, `DELETE FROM t WHERE i = 499`)
		run(t, writer, `INSERT INTO t VALUES (1004, '[1,1]')`, `UPDATE t SET i = 1005 WHERE i = 1001`, `COMMIT`)
		if err := finished(t, done); err != nil {
			t.Fatalf("%s: %v", create, err)
		}
		if got := value(t, admin, indexState); got != "true" {
			t.Fatalf("%s: indisvalid %s", create, got)
		}
		for _, row := range []string{"1", "1002", "1003", "1004", "1005"} {
			if got := value(t, admin, `SELECT count(*) FROM t WHERE i = `+row); got != "1" {
				t.Errorf("%s: %s rows have %s", create, got, row)
			}
		}
		run(t, admin, `DROP INDEX ix`, `DELETE FROM t WHERE i IN (1002, 1004, 1005)`, `UPDATE t SET i = 500 WHERE i = 1003`, `INSERT INTO t VALUES (499, '[1,1]')`)
	}
}

// TestCreateIndexBesideNames renames and describes an index while it is built: they wait for the build, and both succeed.
func TestCreateIndexBesideNames(t *testing.T) {
	srv := harness.StartVecgres(t)
	admin := connect(t, srv, "setup", "public", false)
	writer, builder, other := connect(t, srv, "writer", "public", false), connect(t, srv, "builder", "public", false), connect(t, srv, "other", "public", false)
	run(t, admin, `CREATE TABLE t (i int)`, `INSERT INTO t SELECT i FROM generate_series(1, 500) i`)
	for _, beside := range []string{`ALTER INDEX ix RENAME TO renamed`, `COMMENT ON INDEX ix IS 'x'`, `COMMENT ON TABLE t IS 'x'`, `COMMENT ON COLUMN t.i IS 'x'`} {
		run(t, writer, `BEGIN`, `INSERT INTO t VALUES (1001)`)
		built := started(builder, `CREATE INDEX CONCURRENTLY ix ON t (i)`)
		becomes(t, admin, indexState, "false")
		named := started(other, beside)
		becomes(t, admin, `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query = '`+strings.ReplaceAll(beside, "'", "''")+`'`, "1")
		run(t, writer, `COMMIT`)
		if err := finished(t, built); err != nil {
			t.Fatalf("the build beside %s: %v", beside, err)
		}
		if err := finished(t, named); err != nil {
			t.Fatalf("%s: %v", beside, err)
		}
		if got := value(t, admin, `SELECT string_agg(indisvalid::text, ',') FROM pg_index WHERE indrelid = 't'::regclass`); got != "true" {
			t.Fatalf("after %s: indisvalid %s", beside, got)
		}
		run(t, admin, `DROP INDEX IF EXISTS ix, renamed`)
	}
}

// TestCreateIndexFails takes the index away again: for a duplicate, which it tells, and when it is cancelled.
func TestCreateIndexFails(t *testing.T) {
	srv := harness.StartVecgres(t)
	admin := connect(t, srv, "setup", "public", false)
	writer, builder := connect(t, srv, "writer", "public", false), connect(t, srv, "builder", "public", false)
	run(t, admin, `CREATE TABLE t (i int)`, `INSERT INTO t SELECT i FROM generate_series(1, 100) i`)
	run(t, writer, `BEGIN`, `INSERT INTO t VALUES (7)`)
	done := started(builder, `CREATE UNIQUE INDEX ix ON t (i)`)
	becomes(t, admin, indexState, "false")
	run(t, writer, `COMMIT`)
	var e *pgconn.PgError
	if err := finished(t, done); !errors.As(err, &e) || e.Code != pgerrcode.UniqueViolation || e.Detail != "Key (i)=(7) is duplicated." {
		t.Fatalf("%v", err)
	}
	if got := value(t, admin, indexState); got != "none" {
		t.Fatalf("indisvalid %s", got)
	}
	run(t, writer, `BEGIN`, `INSERT INTO t VALUES (7)`)
	done = started(builder, `CREATE INDEX CONCURRENTLY ix ON t (i)`)
	becomes(t, admin, indexState, "false")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := builder.conn.CancelRequest(ctx); err != nil {
		t.Fatal(err)
	}
	if err := finished(t, done); !errors.As(err, &e) || e.Code != pgerrcode.QueryCanceled {
		t.Fatalf("%v", err)
	}
	if got := value(t, admin, indexState); got != "none" {
		t.Fatalf("indisvalid %s", got)
	}
	run(t, writer, `COMMIT`)
	run(t, admin, `CREATE INDEX ix ON t (i)`, `BEGIN`, `CREATE INDEX other ON t (i)`, `ROLLBACK`)
	if _, err := admin.conn.Exec(ctx, `BEGIN; CREATE INDEX CONCURRENTLY other ON t (i)`).ReadAll(); !errors.As(err, &e) || !strings.Contains(e.Message, "cannot run inside a transaction block") {
		t.Fatalf("%v", err)
	}
	run(t, admin, `ROLLBACK`)
}

// TestCreateIndexResumes kills the server while an index is built; the next run finishes it.
func TestCreateIndexResumes(t *testing.T) {
	srv := harness.StartVecgres(t)
	admin := connect(t, srv, "setup", "public", false)
	writer, builder := connect(t, srv, "writer", "public", false), connect(t, srv, "builder", "public", false)
	run(t, admin, `CREATE TABLE t (i int)`, `INSERT INTO t SELECT i FROM generate_series(1, 100) i`)
	run(t, writer, `BEGIN`, `INSERT INTO t VALUES (101)`)
	done := started(builder, `CREATE UNIQUE INDEX ix ON t (i)`)
	becomes(t, admin, indexState, "false")
	run(t, admin, `INSERT INTO t VALUES (102)`)
	srv.Kill()
	if err := finished(t, done); err == nil {
		t.Fatal("the statement outlived the server")
	}
	srv.Restart()
	admin = connect(t, srv, "again", "public", false)
	becomes(t, admin, indexState, "true")
	if got := value(t, admin, `SELECT count(*) FROM t WHERE i = 102`); got != "1" {
		t.Fatalf("%s rows", got)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var e *pgconn.PgError
	if _, err := admin.conn.Exec(ctx, `INSERT INTO t VALUES (50)`).ReadAll(); !errors.As(err, &e) || e.Code != pgerrcode.UniqueViolation {
		t.Fatalf("%v", err)
	}
}
