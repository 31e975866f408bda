package wire

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"vecgres/tests/internal/harness"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// stepTimeout is how long one statement or message may take.
const stepTimeout = time.Minute

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
	t.Cleanup(cancel)
	return ctx
}

func mustExec(t *testing.T, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(deadline(t), sql, args...); err != nil {
		t.Fatalf("%.200s: %v", sql, err)
	}
}

// pgError is the server's error inside err; one without a code when there is none.
func pgError(err error) *pgconn.PgError {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e
	}
	return &pgconn.PgError{}
}

// keeper holds the rows that must survive everything.
type keeper struct {
	server *harness.Server
}

// newKeeper starts a server with a table of three rows and an index on their vectors.
func newKeeper(t *testing.T, args ...string) keeper {
	t.Helper()
	s := harness.StartVecgres(t, args...)
	conn := s.Conn()
	for _, sql := range []string{
		"CREATE EXTENSION vector",
		"CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric(6,2) CHECK (price > 0), e vector(3))",
		"CREATE INDEX ON items USING hnsw (e vector_l2_ops)",
		"INSERT INTO items VALUES (1, 'one', 1.5, '[1,0,0]'), (2, 'two', 2.5, '[0,2,0]'), (3, 'three', NULL, NULL)",
	} {
		mustExec(t, conn, sql)
	}
	return keeper{s}
}

// check reads the rows over a connection: all must be there, in the table and in the index.
func (k keeper) check(t *testing.T, conn *pgx.Conn, after string) {
	t.Helper()
	var all string
	const sql = "SELECT string_agg(concat_ws(':', id, name, price, e), ' ' ORDER BY id) FROM items"
	if err := conn.QueryRow(deadline(t), sql).Scan(&all); err != nil {
		t.Errorf("after %s: %v", after, err)
		return
	}
	if want := "1:one:1.50:[1,0,0] 2:two:2.50:[0,2,0] 3:three"; all != want {
		t.Errorf("after %s the rows are %q, want %q", after, all, want)
	}
	var near int
	if err := conn.QueryRow(deadline(t), "SELECT id FROM items ORDER BY e <-> '[0,1.9,0]' LIMIT 1").Scan(&near); err != nil || near != 2 {
		t.Errorf("after %s the nearest is %d (%v), want 2", after, near, err)
	}
}
