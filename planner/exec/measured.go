package exec

import (
	"time"

	"vecgres/planner/plan"
)

// measured wraps an operator for EXPLAIN ANALYZE.
type measured struct {
	op     Operator
	actual *plan.Actual
	opened time.Duration // in the current loop, Open's time
	first  bool
}

func newMeasured(op Operator, a *plan.Actual) Operator {
	m := &measured{op: op, actual: a}
	if mod, ok := op.(modifier); ok {
		return &measuredModifier{m, mod}
	}
	return m
}

func (m *measured) Open(ctx *Context) error {
	start := time.Now()
	err := m.op.Open(ctx)
	m.opened = time.Since(start)
	m.actual.Loops++
	m.actual.Total += m.opened
	m.first = true
	return err
}

func (m *measured) Next() (*Batch, error) {
	start := time.Now()
	b, err := m.op.Next()
	took := time.Since(start)
	m.actual.Total += took
	if m.first {
		m.actual.Start += m.opened + took
		m.first = false
	}
	if b != nil {
		m.actual.Rows += int64(b.Rows())
	}
	return b, err
}

func (m *measured) Close() error { return m.op.Close() }

// measuredModifier is measured for an operator that changes rows.
type measuredModifier struct {
	*measured
	mod modifier
}

func (m *measuredModifier) affected() int64 { return m.mod.affected() }
