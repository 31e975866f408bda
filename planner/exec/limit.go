package exec

import (
	"github.com/jackc/pgerrcode"

	"vecgres/planner/plan"
	"vecgres/sql/pgerr"
)

// bounds are the compiled expressions of LIMIT and OFFSET.
type bounds struct{ count, offset evaluator }

// eval gives LIMIT and OFFSET; count is -1 for none.
func (l bounds) eval() (count, offset int64, err error) {
	offset, err = limitValue(l.offset, 0, pgerrcode.InvalidRowCountInResultOffsetClause, "OFFSET must not be negative")
	if err != nil {
		return 0, 0, err
	}
	count, err = limitValue(l.count, -1, pgerrcode.InvalidRowCountInLimitClause, "LIMIT must not be negative")
	return count, offset, err
}

// total is count + offset, -1 for no limit.
func (l bounds) total() (int64, error) {
	count, offset, err := l.eval()
	if err != nil || count < 0 {
		return -1, err
	}
	if sum := count + offset; sum >= 0 {
		return sum, nil
	}
	return -1, nil
}

func limitValue(ev evaluator, none int64, code, message string) (int64, error) {
	if ev == nil {
		return none, nil
	}
	d, err := ev(noRow)
	if err != nil {
		return 0, err
	}
	if d.IsNull() {
		return none, nil
	}
	if d.N < 0 {
		return 0, pgerr.New(code, "%s", message)
	}
	return d.N, nil
}

// limitOp passes a window of the rows.
type limitOp struct {
	input  Operator
	bounds bounds
	ties   *ordering // WITH TIES
	left   int64     // rows still to give, -1 for all
	skip   int64
	last   []byte // the last row's key, with ties
	done   bool
	sel    []uint32
}

func (b *builder) limit(n *plan.Limit) (Operator, error) {
	in, err := b.operator(n.Input)
	if err != nil {
		return nil, err
	}
	op := &limitOp{input: in}
	if op.bounds.count, err = b.compileOptional(n.Count, scope{}); err != nil {
		return nil, err
	}
	if op.bounds.offset, err = b.compileOptional(n.Offset, scope{}); err != nil {
		return nil, err
	}
	if n.WithTies {
		op.ties, err = b.ordering(n.Keys, scopeOf(n.Input.Columns()))
	}
	return op, err
}

func (o *limitOp) Open(ctx *Context) (err error) {
	o.done, o.last = false, nil
	if o.left, o.skip, err = o.bounds.eval(); err != nil {
		return err
	}
	if o.left == 0 {
		o.done = true
	}
	return o.input.Open(ctx)
}

func (o *limitOp) Next() (*Batch, error) {
	for !o.done {
		b, err := o.input.Next()
		if err != nil || b == nil {
			return nil, err
		}
		n := int64(b.Rows())
		if o.skip >= n {
			o.skip -= n
			continue
		}
		from := o.skip
		o.skip = 0
		if o.left < 0 || o.left > n-from {
			if o.left > 0 {
				o.left -= n - from
			}
			o.cut(b, from, n)
			return b, nil
		}
		return o.final(b, from, n)
	}
	return nil, nil
}

// final gives the last rows, and those that tie with the last one.
func (o *limitOp) final(b *Batch, from, n int64) (*Batch, error) {
	to := from + o.left
	if o.ties == nil {
		o.done = true
		o.cut(b, from, to)
		return b, nil
	}
	if o.last == nil {
		key, err := o.ties.key(b, b.Row(int(to-1)))
		if err != nil {
			return nil, err
		}
		o.last = append([]byte{}, key...)
	}
	for ; to < n; to++ {
		key, err := o.ties.key(b, b.Row(int(to)))
		if err != nil {
			return nil, err
		}
		if string(key) != string(o.last) {
			o.done = true
			break
		}
	}
	o.left = 0
	o.cut(b, from, to)
	if b.Rows() == 0 {
		return nil, nil
	}
	return b, nil
}

// cut keeps the rows from up to before to.
func (o *limitOp) cut(b *Batch, from, to int64) {
	if from == 0 && to == int64(b.Rows()) {
		return
	}
	if b.Sel != nil {
		b.Sel = b.Sel[from:to]
		return
	}
	o.sel = o.sel[:0]
	for i := from; i < to; i++ {
		o.sel = append(o.sel, uint32(i))
	}
	b.Sel = o.sel
}

func (o *limitOp) Close() error { return o.input.Close() }
