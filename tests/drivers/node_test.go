package drivers

import (
	"os"
	"testing"

	"vecgres/tests/internal/harness"
)

func TestNode(t *testing.T) {
	if _, err := os.Stat("node/node_modules/pg"); err != nil {
		t.Fatalf("node-postgres is missing (%v): run `make deps`", err)
	}
	s := harness.StartVecgres(t)
	out, err := client(t, s, "", "node", "node/check.mjs")
	if err != nil {
		t.Fatalf("node-postgres: %v\n%s", err, out)
	}
	if out != "ok\n" {
		t.Errorf("node-postgres says %q", out)
	}
}
