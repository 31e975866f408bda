package exec

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// hashJoinOp keeps the right input in a hash table and probes it with the left one, in its order.
type hashJoinOp struct {
	node        *plan.HashJoin
	left, right Operator
	leftKeys    *hashKeys
	rightKeys   *hashKeys
	on          evaluator
	rt          *runtime
	out         joinOutput

	rows    *rowSet
	keys    *keySet
	first   []int32 // by key number: its first row
	last    []int32 // and its last
	next    []int32 // by row: the next one with the same key, -1 at the end
	matched []bool  // FULL JOIN
	bytes   int64

	batch *Batch
	at    int   // row of batch being probed
	chain int32 // its next candidate, -1 when none
	hit   bool  // the row has had a match
	begun bool
	tail  int // FULL JOIN: unmatched right rows from here on; -1 before
	f     frame
}

// joinOutput makes a join's result batches.
type joinOutput struct {
	rowsBatch
	typs    []types.Type
	leftRow []types.Datum
	nulls   []types.Datum // a right row of NULLs
}

func newJoinOutput(left, right []bound.Column, kind bound.JoinKind) joinOutput {
	cols := left
	if kind != bound.SemiJoin && kind != bound.AntiJoin {
		cols = append(left[:len(left):len(left)], right...)
	}
	o := joinOutput{typs: typesOf(cols), leftRow: make([]types.Datum, len(left)), nulls: make([]types.Datum, len(right))}
	for i := range o.nulls {
		o.nulls[i] = types.Null
	}
	return o
}

func (b *builder) hashJoin(n *plan.HashJoin) (Operator, error) {
	left, err := b.operator(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := b.operator(n.Right)
	if err != nil {
		return nil, err
	}
	lc, rc := n.Left.Columns(), n.Right.Columns()
	op := &hashJoinOp{node: n, left: left, right: right, rt: b.rt, out: newJoinOutput(lc, rc, n.Kind)}
	op.rows, op.keys = newRowSet(b.rt, len(rc)), newKeySet(b.rt)
	if op.leftKeys, err = b.hashKeys(n.LeftKeys, scopeOf(lc)); err != nil {
		return nil, err
	}
	if op.rightKeys, err = b.hashKeys(n.RightKeys, scopeOf(rc)); err != nil {
		return nil, err
	}
	op.on, err = b.compileOptional(n.On, scope{batch: layoutOf(lc), row: layoutOf(rc)})
	return op, err
}

func (o *hashJoinOp) Open(ctx *Context) error {
	o.release()
	if err := o.right.Open(ctx); err != nil {
		return err
	}
	for {
		b, err := o.right.Next()
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := o.keep(b); err != nil {
			return err
		}
	}
	if err := o.right.Close(); err != nil {
		return err
	}
	if o.node.Kind == bound.FullJoin {
		o.matched = make([]bool, o.rows.n)
	}
	return o.left.Open(ctx)
}

// keep adds a batch to the hash table. Rows with a NULL key match nothing and are kept for FULL JOIN alone.
func (o *hashJoinOp) keep(b *Batch) error {
	for k := range b.Rows() {
		row := b.Row(k)
		key, null, err := o.rightKeys.of(b, row)
		if err != nil {
			return err
		}
		if null && o.node.Kind != bound.FullJoin {
			continue
		}
		r := o.rows.next()
		if err := b.Read(row, r); err != nil {
			return err
		}
		if err := o.rows.count(r); err != nil {
			return err
		}
		n := int32(len(o.next))
		o.next = append(o.next, -1)
		o.bytes += 8
		if err := o.rt.grow(8); err != nil {
			return err
		}
		if null {
			continue
		}
		id, fresh, err := o.keys.add(key)
		if err != nil {
			return err
		}
		if fresh {
			o.first, o.last = append(o.first, n), append(o.last, n)
		} else {
			o.next[o.last[id]] = n
			o.last[id] = n
		}
	}
	return nil
}

func (o *hashJoinOp) Next() (*Batch, error) {
	if err := o.rt.canceled(); err != nil {
		return nil, err
	}
	o.out.reset(o.out.typs)
	for !o.out.full() {
		if o.batch == nil || o.at >= o.batch.Rows() {
			if o.tail >= 0 {
				o.unmatched()
				break
			}
			if o.out.batch.N > 0 && o.batch != nil {
				break // who asks may have enough, and the left side may have to work for more
			}
			var err error
			if o.batch, err = o.left.Next(); err != nil {
				return nil, err
			}
			o.at, o.begun = 0, false
			if o.batch == nil {
				if o.node.Kind != bound.FullJoin {
					break
				}
				o.tail = 0
			}
			continue
		}
		if err := o.probe(); err != nil {
			return nil, err
		}
	}
	return o.out.done(), nil
}

// probe goes on with the current left row until it is done or the output is full.
func (o *hashJoinOp) probe() error {
	row := o.batch.Row(o.at)
	if !o.begun {
		key, null, err := o.leftKeys.of(o.batch, row)
		if err != nil {
			return err
		}
		o.begun, o.hit, o.chain = true, false, -1
		if !null {
			if id := o.keys.find(key); id >= 0 {
				o.chain = o.first[id]
			}
		}
		if err := o.batch.Read(row, o.out.leftRow); err != nil {
			return err
		}
	}
	kind := o.node.Kind
	for o.chain >= 0 && !o.out.full() {
		n := o.chain
		o.chain = o.next[n]
		right := o.rows.row(int(n))
		ok, err := o.satisfied(row, right)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		o.hit = true
		if kind == bound.SemiJoin || kind == bound.AntiJoin {
			o.chain = -1
			break
		}
		if o.matched != nil {
			o.matched[n] = true
		}
		o.out.add2(o.out.leftRow, right)
	}
	if o.chain < 0 {
		o.out.finishLeft(kind, o.hit)
		o.at++
		o.begun = false
	}
	return nil
}

// finishLeft gives what a left row gives once all its matches are known.
func (o *joinOutput) finishLeft(kind bound.JoinKind, hit bool) {
	switch kind {
	case bound.SemiJoin:
		if hit {
			o.add(o.leftRow...)
		}
	case bound.AntiJoin:
		if !hit {
			o.add(o.leftRow...)
		}
	case bound.LeftJoin, bound.FullJoin:
		if !hit {
			o.add2(o.leftRow, o.nulls)
		}
	}
}

func (o *hashJoinOp) satisfied(row int, right []types.Datum) (bool, error) {
	if o.on == nil {
		return true, nil
	}
	o.f = frame{b: o.batch, i: row, row: right}
	d, err := o.on(&o.f)
	return err == nil && !d.IsNull() && d.Bool(), err
}

// unmatched gives the right rows of a FULL JOIN that nothing matched.
func (o *hashJoinOp) unmatched() {
	left := make([]types.Datum, len(o.out.leftRow))
	for i := range left {
		left[i] = types.Null
	}
	for ; o.tail < o.rows.n && !o.out.full(); o.tail++ {
		if !o.matched[o.tail] {
			o.out.add2(left, o.rows.row(o.tail))
		}
	}
}

func (o *hashJoinOp) release() {
	o.rows.reset()
	o.keys.reset()
	o.rt.shrink(o.bytes)
	o.first, o.last, o.next, o.matched, o.bytes = nil, nil, nil, nil, 0
	o.batch, o.at, o.begun, o.tail = nil, 0, false, -1
}

func (o *hashJoinOp) Close() error {
	o.release()
	return closeAll(o.left, o.right)
}
