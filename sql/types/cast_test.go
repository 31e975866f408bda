package types

import (
	"os"
	"strings"
	"testing"
)

// TestCastMatrix compares the matrix with Postgres' pg_cast for the types that there are (testdata/pg_cast.tsv: source, target, context,
// method), both ways.
func TestCastMatrix(t *testing.T) {
	data, err := os.ReadFile("testdata/pg_cast.tsv")
	if err != nil {
		t.Fatal(err)
	}
	want := map[castKey]string{}
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		from, ok := ByName(f[0])
		to, ok2 := ByName(f[1])
		if !ok || !ok2 {
			t.Fatalf("unknown type in %q", line)
		}
		want[castKey{from.OID, to.OID}] = f[2] + f[3]
	}
	for key, w := range want {
		c, ok := castMatrix[key]
		if !ok {
			t.Errorf("no cast from %s to %s", TypeName(key.from), TypeName(key.to))
			continue
		}
		if got := string([]byte{byte(c.Context), c.Method}); got != w {
			t.Errorf("cast from %s to %s is %s, in Postgres %s", TypeName(key.from), TypeName(key.to), got, w)
		}
	}
	for _, c := range Casts() {
		vector := c.From >= VectorOID || c.To >= VectorOID
		if _, ok := want[castKey{c.From, c.To}]; !ok && !vector {
			t.Errorf("Postgres has no cast from %s to %s", TypeName(c.From), TypeName(c.To))
		}
	}
}
