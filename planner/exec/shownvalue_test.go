package exec_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestCosineOrder has rows come in the order of the distances that are shown, ties by key, where many vectors differ in nothing but their length, so
// that distances in float32 differ and those in float64 do not, or the other way about.
func TestCosineOrder(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	d := newDatabase(t)
	if err := d.catalog.Exec(`CREATE TABLE items (a int, b text, e vector(3), PRIMARY KEY (a, b)); CREATE TABLE plain (a int, b text, e vector, PRIMARY KEY (a, b))`); err != nil {
		t.Fatal(err)
	}
	for i := range 600 {
		k := float64(1+r.IntN(50)) / 7
		row := fmt.Sprintf("(%d, 'b%d', '[%g,%g,%g]')", r.IntN(20), i, k*float64(r.IntN(3)), k*float64(r.IntN(3)), k*float64(1+r.IntN(3)))
		d.do("INSERT INTO items VALUES " + row)
		d.do("INSERT INTO plain VALUES " + row)
	}
	for range 20 {
		q := fmt.Sprintf("'[%d,%d,%d]'", r.IntN(5), r.IntN(5), 1+r.IntN(5))
		for _, sql := range []string{
			"SELECT a, b, e <=> " + q + " AS d FROM items ORDER BY d, a, b LIMIT 700",
			"SELECT a, b, 1 - (e <=> " + q + ") AS s FROM items ORDER BY e <=> " + q + ", a, b LIMIT 700",
			"SELECT a, b, e <=> " + q + " AS d FROM items WHERE e <=> " + q + " < 0.25 ORDER BY d, a, b LIMIT 700",
		} {
			if got, want := d.do(sql), d.do(strings.ReplaceAll(sql, "items", "plain")); got != want {
				t.Errorf("seed %d: %s\ngave\n%swant\n%s", seed, sql, got, want)
			}
		}
		last := -1.0
		for line := range strings.Lines(d.do("SELECT e <=> " + q + " FROM items ORDER BY 1 LIMIT 50")) {
			v, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
			if err != nil || v < last {
				t.Errorf("seed %d: %v after %v (%v)", seed, v, last, err)
			}
			last = v
		}
	}
}
