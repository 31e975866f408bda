package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"vecgres/tests/internal/harness"
)

func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestSIGTERMDrains: a running statement finishes, idle sessions are told 57P01, nobody new comes in, and the program exits with 0.
func TestSIGTERMDrains(t *testing.T) {
	data := filepath.Join(t.TempDir(), "d")
	p := start(t, "serve", "--listen", "127.0.0.1:0", "--data", data)
	idle, open, busy, watch := p.connect(t), p.connect(t), p.connect(t), p.connect(t)
	ctx := timeout(t, 2*endWithin)
	mustExec(t, busy, "CREATE TABLE kept (a int)")
	mustExec(t, open, "BEGIN")
	mustExec(t, open, "INSERT INTO kept VALUES (2)")
	slow := make(chan error, 1)
	go func() {
		var one int
		slow <- busy.QueryRow(ctx, "INSERT INTO kept SELECT 1 FROM (SELECT pg_sleep(1)) s RETURNING a").Scan(&one)
	}()
	harness.UntilActive(t, watch, busy, "INSERT%pg_sleep%")
	p.signal(t, syscall.SIGTERM)
	for name, c := range map[string]*pgx.Conn{"idle": idle, "in a transaction": open} {
		if code := nextError(ctx, c); code != "57P01" {
			t.Errorf("a session that was %s got %q, not 57P01", name, code)
		}
	}
	if c, err := pgx.Connect(ctx, p.url); err == nil {
		_ = c.Close(ctx)
		t.Error("a new session was let in while draining")
	}
	if err := <-slow; err != nil {
		t.Errorf("the running statement: %v", err)
	}
	if code := p.wait(t); code != 0 {
		t.Errorf("exit %d\n%s", code, p.errs.String())
	}
	again := start(t, "serve", "--listen", "127.0.0.1:0", "--data", data)
	var found []int
	if err := again.connect(t).QueryRow(ctx, "SELECT array_agg(a) FROM kept").Scan(&found); err != nil || fmt.Sprint(found) != "[1]" {
		t.Errorf("after the restart the table has %v (%v): the finished statement's row, and not the open transaction's", found, err)
	}
}

// nextError reads from a connection until the server says an error, without sending anything.
func nextError(ctx context.Context, c *pgx.Conn) string {
	return sqlState(c.PgConn().WaitForNotification(ctx))
}

// TestDrainTimeout: what runs too long is cancelled, and said so.
func TestDrainTimeout(t *testing.T) {
	p := start(t, "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(t.TempDir(), "d"), "--drain-timeout", "200ms")
	busy, watch := p.connect(t), p.connect(t)
	slow := make(chan error, 1)
	go func() {
		_, err := busy.Exec(context.Background(), "SELECT pg_sleep(600)")
		slow <- err
	}()
	harness.UntilActive(t, watch, busy, "SELECT pg_sleep%")
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != 0 {
		t.Errorf("exit %d", code)
	}
	if code := sqlState(<-slow); code != "57P01" && code != "57014" {
		t.Errorf("the statement was ended with %q", code)
	}
	if log := p.errs.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "cancelled") {
		t.Errorf("no warning in the log:\n%s", log)
	}
}

// TestSIGKILLAndRestart: what was acknowledged is there, and the lock of the dead process keeps nobody out.
func TestSIGKILLAndRestart(t *testing.T) {
	s := harness.StartVecgres(t)
	c := s.Conn()
	mustExec(t, c, "CREATE TABLE t (a int PRIMARY KEY)")
	for i := range 20 {
		mustExec(t, c, fmt.Sprintf("INSERT INTO t VALUES (%d)", i))
	}
	mustExec(t, c, "BEGIN")
	mustExec(t, c, "INSERT INTO t VALUES (100)")
	s.Kill()
	s.Restart()
	var n, highest int
	if err := s.Conn().QueryRow(context.Background(), "SELECT count(*), max(a) FROM t").Scan(&n, &highest); err != nil || n != 20 || highest != 19 {
		t.Errorf("%d rows up to %d, %v", n, highest, err)
	}
}

func mustExec(t *testing.T, c *pgx.Conn, sql string) {
	t.Helper()
	if _, err := c.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
