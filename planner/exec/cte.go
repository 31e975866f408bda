package exec

import (
	"vecgres/planner/plan"
	"vecgres/sql/types"
)

// cteState is a CTE of an open With: its rows so far. Readers pull more as they need them.
type cteState struct {
	op   Operator
	rows *rowSet
	ctx  *Context
	open bool
	done bool
}

// has makes sure that row i exists, if the CTE has so many.
func (s *cteState) has(i int) (bool, error) {
	for i >= s.rows.n && !s.done {
		if !s.open {
			s.open = true
			if err := s.op.Open(s.ctx); err != nil {
				return false, err
			}
		}
		b, err := s.op.Next()
		if err != nil {
			return false, err
		}
		if b == nil {
			s.done = true
			return false, s.op.Close()
		}
		if err := s.rows.addBatch(b); err != nil {
			return false, err
		}
	}
	return i < s.rows.n, nil
}

// withOp opens the scope of some CTEs.
type withOp struct {
	node   *plan.With
	rt     *runtime
	input  Operator
	states []*cteState
}

func (b *builder) withCTEs(n *plan.With) (Operator, error) {
	op := &withOp{node: n, rt: b.rt}
	for _, c := range n.CTEs {
		in, err := b.operator(c.Plan)
		if err != nil {
			return nil, err
		}
		op.states = append(op.states, &cteState{op: in, rows: newRowSet(b.rt, len(c.Plan.Columns()))})
	}
	var err error
	op.input, err = b.operator(n.Input)
	return op, err
}

// Open starts every CTE anew. Data-modifying ones run to their end now, in order.
func (o *withOp) Open(ctx *Context) error {
	if o.rt.ctes == nil {
		o.rt.ctes = map[int]*cteState{}
	}
	for i, c := range o.node.CTEs {
		s := o.states[i]
		s.rows.reset()
		s.ctx, s.open, s.done = ctx, false, false
		o.rt.ctes[c.ID] = s
		if c.Writes {
			for n := 0; ; n++ {
				if more, err := s.has(n); err != nil {
					return err
				} else if !more {
					break
				}
			}
		}
	}
	return o.input.Open(ctx)
}

func (o *withOp) Next() (*Batch, error) { return o.input.Next() }

func (o *withOp) Close() error {
	err := o.input.Close()
	for _, s := range o.states {
		if e := s.op.Close(); e != nil && err == nil {
			err = e
		}
		s.rows.reset()
		s.done = true
	}
	return err
}

func (o *withOp) affected() int64 {
	if m, ok := o.input.(modifier); ok {
		return m.affected()
	}
	return 0
}

// cteScanOp reads a CTE's rows, or the working rows of a recursion.
type cteScanOp struct {
	node *plan.CTEScan
	rt   *runtime
	typs []types.Type
	at   int
	out  rowsBatch
}

func (b *builder) cteScan(n *plan.CTEScan) (Operator, error) {
	return &cteScanOp{node: n, rt: b.rt, typs: typesOf(n.Cols)}, nil
}

func (o *cteScanOp) Open(*Context) error { o.at = 0; return nil }

func (o *cteScanOp) Next() (*Batch, error) {
	var b *Batch
	if o.node.Working {
		b, o.at = o.rt.working[o.node.CTE].emit(&o.out, o.typs, o.at)
		return b, nil
	}
	s := o.rt.ctes[o.node.CTE]
	o.out.reset(o.typs)
	for !o.out.full() {
		if o.at >= s.rows.n && o.out.batch.N > 0 {
			break
		}
		more, err := s.has(o.at)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		o.out.add(s.rows.row(o.at)...)
		o.at++
	}
	return o.out.done(), nil
}

func (o *cteScanOp) Close() error { return nil }

// recursiveUnionOp runs the step on the last rows until it gives none.
type recursiveUnionOp struct {
	node        *plan.RecursiveUnion
	first, step Operator
	rt          *runtime
	ctx         *Context
	keys        *hashKeys
	seen        *keySet
	last, next  *rowSet
	typs        []types.Type
	stepping    bool
	sel         []uint32
}

func (b *builder) recursiveUnion(n *plan.RecursiveUnion) (Operator, error) {
	first, err := b.operator(n.First)
	if err != nil {
		return nil, err
	}
	step, err := b.operator(n.Step)
	if err != nil {
		return nil, err
	}
	w := len(n.Cols)
	return &recursiveUnionOp{
		node: n, first: first, step: step, rt: b.rt, keys: columnKeys(n.Cols), seen: newKeySet(b.rt),
		last: newRowSet(b.rt, w), next: newRowSet(b.rt, w), typs: typesOf(n.Cols),
	}, nil
}

func (o *recursiveUnionOp) Open(ctx *Context) error {
	o.release()
	o.ctx = ctx
	return o.first.Open(ctx)
}

func (o *recursiveUnionOp) Next() (*Batch, error) {
	for {
		op := o.first
		if o.stepping {
			op = o.step
		}
		b, err := op.Next()
		if err != nil {
			return nil, err
		}
		if b == nil {
			if err := op.Close(); err != nil {
				return nil, err
			}
			if o.next.n == 0 {
				return nil, nil
			}
			if err := o.turn(); err != nil {
				return nil, err
			}
			continue
		}
		if !o.node.All {
			if err := o.unseen(b); err != nil {
				return nil, err
			}
		}
		if b.Rows() > 0 {
			return b, o.next.addBatch(b)
		}
	}
}

// turn makes the new rows the working ones and opens the step on them.
func (o *recursiveUnionOp) turn() error {
	if err := o.rt.canceled(); err != nil {
		return err
	}
	o.last.reset()
	o.last, o.next = o.next, o.last
	if o.rt.working == nil {
		o.rt.working = map[int]*rowSet{}
	}
	o.rt.working[o.node.CTE] = o.last
	o.stepping = true
	return o.step.Open(o.ctx)
}

// unseen leaves in b the rows that were not given before.
func (o *recursiveUnionOp) unseen(b *Batch) error {
	o.sel = o.sel[:0]
	for k := range b.Rows() {
		row := b.Row(k)
		key, _, err := o.keys.of(b, row)
		if err != nil {
			return err
		}
		_, fresh, err := o.seen.add(key)
		if err != nil {
			return err
		}
		if fresh {
			o.sel = append(o.sel, uint32(row))
		}
	}
	b.Sel = o.sel
	return nil
}

func (o *recursiveUnionOp) release() {
	o.seen.reset()
	o.last.reset()
	o.next.reset()
	o.stepping = false
}

func (o *recursiveUnionOp) Close() error {
	o.release()
	return closeAll(o.first, o.step)
}
