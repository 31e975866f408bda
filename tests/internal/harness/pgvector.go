package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// Pgvector is the engine of StartPgvector.
const Pgvector = "pgvector"

// StartPgvector starts a PostgreSQL with pgvector in memory: pglite, which is WebAssembly in node. It has the one database postgres, runs one statement
// at a time, and prints its readiness as "ready PORT".
func StartPgvector(tb testing.TB) *Server {
	tb.Helper()
	dir := filepath.Join(Root(), "tests", "oracle", "pglite")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@electric-sql", "pglite-pgvector")); err != nil {
		tb.Fatalf("pglite is missing (%v): run `make deps`", err)
	}
	s := &Server{Engine: Pgvector, Host: "127.0.0.1", User: "postgres", tb: tb}
	s.start = func(s *Server) (*process, error) {
		cmd := exec.Command("node", "server.mjs")
		cmd.Dir = dir
		out, in, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		cmd.Stdout = in
		p, err := run(cmd)
		in.Close()
		if err != nil {
			out.Close()
			return nil, err
		}
		s.Port, err = waitReady(p, out, regexp.MustCompile(`^ready (\d+)$`))
		return p, err
	}
	return s.launch()
}
