package differential

import (
	"math/rand"
	"testing"
)

// TestSmaller checks that shrinking ends: every smaller query is shorter, and its order names each of its columns.
func TestSmaller(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewSource(3))}
	for range 500 {
		q, out := g.query(nil)
		if len(out) != len(q.items) || len(q.order) != len(q.items) {
			t.Fatalf("%d kinds and %d orders for %d columns: %s", len(out), len(q.order), len(q.items), q)
		}
		for _, s := range q.smaller() {
			if len(s.String()) >= len(q.String()) || len(s.order) != len(s.items) {
				t.Fatalf("not smaller:\n%s\n%s", q, s)
			}
		}
	}
}
