package sql

import (
	"context"
	"testing"

	"vecgres/planner/exec"
	"vecgres/planner/plan"
	"vecgres/sql/funcs"
	"vecgres/sql/types"
)

// TestDropKeepsLittle drops the unnamed portal with parameters of several sizes: what waits for the next one is vectors, and few of them.
func TestDropKeepsLittle(t *testing.T) {
	for _, c := range []struct {
		name      string
		values    int
		elements  int // of each
		wantKept  int
		wantSpace bool
	}{
		{"one vector", 1, 1536, 1, true},
		{"as many as fit", 64, 1024, 64, true},
		{"more than fit", 500, 1536, keptElements / 1536, true},
		{"more values than fit", keptValues + 1, 3, 0, false},
	} {
		s := &Session{portals: map[string]*portal{}}
		p := s.newPortal("", &prepared{plan: &plan.Plan{}}, c.values)
		for i := range p.values {
			p.values[i] = types.VectorOf(make([]float32, c.elements))
		}
		s.portals[""] = p
		s.drop("", p)
		kept := 0
		for _, v := range s.unnamed.values {
			if !v.IsNull() {
				kept++
			}
		}
		if kept != c.wantKept || (s.unnamed.values != nil) != c.wantSpace || len(s.portals) != 0 {
			t.Errorf("%s: %d of %d values are kept, room for %d", c.name, kept, c.values, cap(s.unnamed.values))
		}
	}
	s := &Session{portals: map[string]*portal{}}
	s.unnamed.values = []types.Datum{types.Text("a text"), types.VectorOf([]float32{1})}
	s.drop("", &s.unnamed)
	if v := s.unnamed.values; !v[0].IsNull() || v[1].IsNull() {
		t.Errorf("of a text and a vector %v are kept", v)
	}
}

// TestRunUnder goes on with a portal under the context of a later message, which its functions wait under too.
func TestRunUnder(t *testing.T) {
	first, later := context.WithValue(t.Context(), t, 1), context.WithValue(t.Context(), t, 2)
	y := &system{ctx: first}
	p := &portal{exec: &exec.Context{Context: first, Funcs: &funcs.Context{Context: first, System: y}}}
	p.runUnder(later)
	for name, ctx := range map[string]context.Context{"operators": p.exec.Context, "functions": p.exec.Funcs.Context, "the session's functions": y.ctx} {
		if ctx != later {
			t.Errorf("%s run under the first message's context", name)
		}
	}
}
