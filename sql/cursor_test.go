package sql

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

func testCursor(n int, scroll bool) *portal {
	list := &rowList{}
	for i := range n {
		list.rows = append(list.rows, []types.Datum{{N: int64(i + 1)}})
	}
	return &portal{rows: list, cursor: &cursor{scroll: scroll}}
}

func fetchText(t *testing.T, p *portal, direction string, count int64) string {
	t.Helper()
	rows, err := p.fetch(direction, count)
	if err != nil {
		return pgerr.Code(err)
	}
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprint(r[0].Int()))
	}
	return strings.Join(out, " ")
}

// TestCursorAgainstModel moves cursors at random and compares with an index into a slice.
func TestCursorAgainstModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		n := r.IntN(8)
		p := testCursor(n, true)
		at := 0 // 0 before the first row, n+1 after the last
		var history []string
		for range 30 {
			direction := []string{"FORWARD", "BACKWARD", "RELATIVE", "ABSOLUTE"}[r.IntN(4)]
			count := int64(r.IntN(2*n+5) - n - 2)
			var want []string
			at, want = model(n, at, direction, count)
			history = append(history, fmt.Sprintf("%s %d", direction, count))
			if got := fetchText(t, p, direction, count); got != strings.Join(want, " ") {
				t.Fatalf("%d rows, %s: %q, want %q", n, strings.Join(history, ", "), got, strings.Join(want, " "))
			}
		}
	}
}

// model is what Postgres' manual says of FETCH.
func model(n, at int, direction string, count int64) (int, []string) {
	c := int(count)
	row := func(i int) []string {
		if i < 1 || i > n {
			return nil
		}
		return []string{fmt.Sprint(i)}
	}
	switch direction {
	case "RELATIVE":
		at = min(max(at+c, 0), n+1)
		return at, row(at)
	case "ABSOLUTE":
		if c < 0 {
			c = n + 1 + c
		}
		at = min(max(c, 0), n+1)
		return at, row(at)
	case "BACKWARD":
		c = -c
	}
	if c == 0 {
		return at, row(at)
	}
	var out []string
	for ; c > 0; c-- {
		if at = min(at+1, n+1); at > n {
			break
		}
		out = append(out, row(at)...)
	}
	for ; c < 0; c++ {
		if at = max(at-1, 0); at == 0 {
			break
		}
		out = append(out, row(at)...)
	}
	return at, out
}

func TestCursorWithoutScroll(t *testing.T) {
	p := testCursor(5, false)
	if got := fetchText(t, p, "FORWARD", 2); got != "1 2" {
		t.Errorf("FETCH 2: %q", got)
	}
	if got := fetchText(t, p, "FORWARD", 0); got != "2" {
		t.Errorf("FETCH 0: %q", got)
	}
	if p.cursor.seen[0] != nil {
		t.Error("a row that cannot be fetched again is kept")
	}
	for _, back := range []struct {
		direction string
		count     int64
	}{{"BACKWARD", 1}, {"FORWARD", -1}, {"RELATIVE", -1}, {"ABSOLUTE", 1}} {
		if got := fetchText(t, p, back.direction, back.count); got != pgerrcode.ObjectNotInPrerequisiteState {
			t.Errorf("%s %d: %q", back.direction, back.count, got)
		}
	}
	if got := fetchText(t, p, "ABSOLUTE", 4); got != "4" {
		t.Errorf("FETCH ABSOLUTE 4: %q", got)
	}
	if got := fetchText(t, p, "FORWARD", 100); got != "5" {
		t.Errorf("FETCH 100: %q", got)
	}
}

func TestCompletionTags(t *testing.T) {
	for _, c := range []struct {
		p    portal
		want string
	}{
		{portal{tag: "SELECT", sent: 3}, "SELECT 3"},
		{portal{tag: "FETCH", sent: 0}, "FETCH 0"},
		{portal{tag: "INSERT", affected: 4}, "INSERT 0 4"},
		{portal{tag: "MOVE", affected: 2}, "MOVE 2"},
		{portal{tag: "COPY", affected: 9}, "COPY 9"},
		{portal{tag: "CREATE TABLE"}, "CREATE TABLE"},
	} {
		c.p.prepared = &prepared{}
		for range 2 { // the second time from what the first one kept
			if got := c.p.completion(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		}
	}
}
