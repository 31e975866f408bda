// Package oracle gives tests a real server whose answers are right. Two environment variables name them, as connection strings:
//
//	VECGRES_ORACLE            PostgreSQL 15
//	VECGRES_ORACLE_PGVECTOR   a PostgreSQL with pgvector 0.8
//	VECGRES_ORACLE_REWRITE    if set, golden files are written anew with what they answer; the diff is the review
//
// `make oracle` starts both and runs every test that asks them; so does `make test`. Without the variables those tests compare with their golden files
// alone, or are skipped where they draw their questions at random.
package oracle

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A Server is the name of the variable that names a server.
type Server string

// The servers.
const (
	Postgres Server = "VECGRES_ORACLE"
	Pgvector Server = "VECGRES_ORACLE_PGVECTOR"
)

// Rewrite tells whether golden files are to be written anew.
func Rewrite() bool { return os.Getenv("VECGRES_ORACLE_REWRITE") != "" }

// Given tells whether the server is there.
func (s Server) Given() bool { return os.Getenv(string(s)) != "" }

// Need skips a test that is nothing without the server.
func (s Server) Need(tb testing.TB) {
	tb.Helper()
	if !s.Given() {
		tb.Skipf("%s is not set (make oracle)", s)
	}
}

// Rand draws the questions of a random comparison: the same ones in every run, so that a run finds nothing that the last one did not, or, with
// VECGRES_SOAK=n (`make soak`), new ones.
func Rand(tb testing.TB) *rand.Rand {
	seed := uint64(1)
	if os.Getenv("VECGRES_SOAK") != "" {
		seed = rand.Uint64()
	}
	tb.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// timeout is how long a server may take for what is not the test itself.
const timeout = time.Minute

// Connect opens a connection to an empty database of the test's own (an empty schema where the extension is in the only database); nil when there is
// no such server. Both end with the test.
func (s Server) Connect(tb testing.TB) *pgx.Conn {
	tb.Helper()
	if !s.Given() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	at, err := url.Parse(os.Getenv(string(s)))
	if err != nil {
		tb.Fatalf("%s is no connection URL: %v", s, err)
	}
	name := fmt.Sprintf("oracle_%016x", rand.Uint64())
	if s == Pgvector {
		conn := connect(ctx, tb, at)
		mustExec(ctx, tb, conn, "DISCARD ALL") // its connections may share one session
		mustExec(ctx, tb, conn, "CREATE EXTENSION IF NOT EXISTS vector")
		mustExec(ctx, tb, conn, "CREATE SCHEMA "+name)
		mustExec(ctx, tb, conn, "SET search_path = "+name+", public")
		return conn
	}
	admin := connect(ctx, tb, at)
	mustExec(ctx, tb, admin, "CREATE DATABASE "+name+" TEMPLATE template0")
	tb.Cleanup(func() {
		_, _ = admin.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
		_ = admin.Close(context.Background())
	})
	own := *at
	own.Path = "/" + name
	return connect(ctx, tb, &own)
}

func connect(ctx context.Context, tb testing.TB, at *url.URL) *pgx.Conn {
	tb.Helper()
	config, err := pgx.ParseConfig(at.String())
	if err != nil {
		tb.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // no named statements
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func mustExec(ctx context.Context, tb testing.TB, conn *pgx.Conn, sql string) {
	tb.Helper()
	if _, err := conn.Exec(ctx, sql); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}
