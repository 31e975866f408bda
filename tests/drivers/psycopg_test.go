package drivers

import (
	"os"
	"testing"

	"vecgres/tests/internal/harness"
)

// debianPython is the interpreter that Debian's python3-psycopg belongs to; $PYTHON names another.
const debianPython = "/usr/bin/python3"

func TestPsycopg(t *testing.T) {
	python := os.Getenv("PYTHON")
	if python == "" {
		python = debianPython
	}
	s := harness.StartVecgres(t)
	out, err := client(t, s, "", python, "-B", "python/check.py")
	if err != nil {
		t.Fatalf("psycopg: %v\n%s", err, out)
	}
	if out != "ok\n" {
		t.Errorf("psycopg says %q", out)
	}
}
