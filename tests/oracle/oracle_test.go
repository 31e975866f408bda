// Package oracle starts the servers whose answers are right, PostgreSQL 15 and PostgreSQL with pgvector, and runs the tests of the packages below that
// compare with them (package vecgres/sql/oracle). Other comparisons with PostgreSQL start one by themselves: tests/sqllogic, tests/isolation,
// tests/differential.
//
//	make oracle             runs them
//	make oracle REWRITE=1   writes golden files anew; the diff is the review
package oracle

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"vecgres/sql/oracle"
	"vecgres/tests/internal/harness"
)

// ask runs the tests of packages with a server to compare with.
func ask(t *testing.T, server oracle.Server, url string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"test", "-count=1"}, args...)...)
	cmd.Dir = harness.Root()
	cmd.Env = append(os.Environ(), string(server)+"="+url)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(cmd.Args[1:], " "), err, out)
	}
	t.Logf("%s", out)
}

func TestPostgres(t *testing.T) {
	s := harness.StartPostgres(t)
	ask(t, oracle.Postgres, s.URL("postgres"), "./sql/types", "./sql/funcs", "./sql/copyfmt", "./sql/binder", "./planner/exec")
}

// TestPgvector runs one package at a time: so does the server, statements.
func TestPgvector(t *testing.T) {
	s := harness.StartPgvector(t)
	ask(t, oracle.Pgvector, s.URL("postgres"), "-p", "1", "./sql/types", "./sql/funcs")
}
