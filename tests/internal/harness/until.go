package harness

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// untilTimeout is how long Until asks: the machine may be busy.
const untilTimeout = 2 * time.Minute

// Until asks a server the same question again and again until the answer is true. What a test must wait for is asked for, and not slept for.
func Until(tb testing.TB, conn *pgx.Conn, question string, args ...any) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), untilTimeout)
	defer cancel()
	for yes := false; !yes; time.Sleep(2 * time.Millisecond) {
		if err := conn.QueryRow(ctx, question, args...).Scan(&yes); err != nil {
			tb.Fatalf("%s: %v", question, err)
		}
	}
}

// UntilBlocked returns when the session of another connection waits for a lock.
func UntilBlocked(tb testing.TB, conn, other *pgx.Conn) {
	tb.Helper()
	Until(tb, conn, fmt.Sprintf("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %d AND NOT granted)", other.PgConn().PID()))
}

// UntilActive returns when a statement of another connection's session runs that is like a pattern.
func UntilActive(tb testing.TB, conn, other *pgx.Conn, like string) {
	tb.Helper()
	Until(tb, conn, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active' AND query LIKE $2)", other.PgConn().PID(), like)
}
