package exec

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// nestLoopOp compares each left row with all right ones. Without parameters the right rows are kept; with parameters the right side is
// opened anew for each left row, its values in slots.
type nestLoopOp struct {
	node        *plan.NestLoop
	left, right Operator
	pass        func(f *frame) error
	on          *selection // over right batches, with the left row beside
	rt          *runtime
	ctx         *Context
	out         joinOutput

	rows    *rowSet // without parameters
	loaded  bool
	source  rowsBatch // kept rows as batches
	typs    []types.Type
	pos     int
	matched []bool
	base    int // position in rows of the current right batch's first row

	batch *Batch
	at    int
	begun bool
	hit   bool
	rb    *Batch
	rat   int
	tail  int
	f     frame
}

func (b *builder) nestLoop(n *plan.NestLoop) (Operator, error) {
	left, err := b.operator(n.Left)
	if err != nil {
		return nil, err
	}
	lc, rc := n.Left.Columns(), n.Right.Columns()
	op := &nestLoopOp{node: n, left: left, rt: b.rt, out: newJoinOutput(lc, rc, n.Kind), typs: typesOf(rc), rows: newRowSet(b.rt, len(rc))}
	err = b.compiler.with(n.Params, func() error {
		op.right, err = b.operator(n.Right)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(n.Params) > 0 {
		if op.pass, err = b.compiler.pass(n.Params, scopeOf(lc)); err != nil {
			return nil, err
		}
	}
	op.on, err = b.selection(n.On, scope{batch: layoutOf(rc), row: layoutOf(lc)})
	return op, err
}

func (o *nestLoopOp) Open(ctx *Context) error {
	o.release()
	o.ctx = ctx
	return o.left.Open(ctx)
}

// load keeps the right rows, when the first left row asks for them.
func (o *nestLoopOp) load() error {
	if o.loaded {
		return nil
	}
	o.loaded = true
	if err := o.right.Open(o.ctx); err != nil {
		return err
	}
	if err := o.rows.drain(o.right); err != nil {
		return err
	}
	if o.node.Kind == bound.FullJoin {
		o.matched = make([]bool, o.rows.n)
	}
	return o.right.Close()
}

func (o *nestLoopOp) Next() (*Batch, error) {
	o.out.reset(o.out.typs)
	for !o.out.full() {
		if o.batch == nil || o.at >= o.batch.Rows() {
			if o.tail >= 0 {
				return o.unmatched()
			}
			if o.out.batch.N > 0 && o.batch != nil {
				break // who asks may have enough, and the left side may have to work for more
			}
			if err := o.nextLeft(); err != nil {
				return nil, err
			}
			if o.batch == nil && o.tail < 0 {
				break
			}
			continue
		}
		if err := o.row(); err != nil {
			return nil, err
		}
	}
	return o.out.done(), nil
}

func (o *nestLoopOp) nextLeft() (err error) {
	if err := o.rt.canceled(); err != nil {
		return err
	}
	o.batch, err = o.left.Next()
	o.at, o.begun = 0, false
	if err == nil && o.batch == nil && o.node.Kind == bound.FullJoin {
		o.tail = 0
		err = o.load()
	}
	return err
}

// row goes on with the current left row.
func (o *nestLoopOp) row() error {
	if !o.begun {
		if err := o.start(); err != nil {
			return err
		}
	}
	kind := o.node.Kind
	for !o.out.full() {
		if o.rb == nil || o.rat >= o.rb.Rows() {
			rb, err := o.nextRight()
			if err != nil {
				return err
			}
			if rb == nil {
				o.endRow()
				return nil
			}
			o.rb, o.rat = rb, 0
			continue
		}
		o.hit = true
		if kind == bound.SemiJoin || kind == bound.AntiJoin {
			o.endRow()
			return nil
		}
		at := o.rb.Row(o.rat)
		o.rat++
		if o.matched != nil {
			o.matched[o.base+at] = true
		}
		if err := o.rb.Read(at, o.rightRow()); err != nil {
			return err
		}
		o.out.add2(o.out.leftRow, o.rightRow())
	}
	return nil
}

// rightRow is the buffer for one right row.
func (o *nestLoopOp) rightRow() []types.Datum {
	if o.f.row == nil {
		o.f.row = make([]types.Datum, len(o.typs))
	}
	return o.f.row
}

// start begins a left row.
func (o *nestLoopOp) start() error {
	row := o.batch.Row(o.at)
	if err := o.batch.Read(row, o.out.leftRow); err != nil {
		return err
	}
	o.begun, o.hit, o.rb, o.pos = true, false, nil, 0
	if o.pass == nil {
		return o.load()
	}
	if err := o.pass(&frame{b: o.batch, i: row}); err != nil {
		return err
	}
	return o.right.Open(o.ctx)
}

func (o *nestLoopOp) endRow() {
	o.out.finishLeft(o.node.Kind, o.hit)
	o.at++
	o.begun = false
}

// nextRight gives the next right rows that satisfy the condition.
func (o *nestLoopOp) nextRight() (*Batch, error) {
	for {
		if err := o.rt.canceled(); err != nil {
			return nil, err
		}
		var b *Batch
		var err error
		if o.pass == nil {
			o.base = o.pos
			b, o.pos = o.rows.emit(&o.source, o.typs, o.pos)
		} else {
			b, err = o.right.Next()
		}
		if err != nil || b == nil {
			return nil, err
		}
		if err := o.on.apply(b, o.out.leftRow); err != nil {
			return nil, err
		}
		if b.Rows() > 0 {
			return b, nil
		}
	}
}

// unmatched gives the right rows of a FULL JOIN that nothing matched.
func (o *nestLoopOp) unmatched() (*Batch, error) {
	left := make([]types.Datum, len(o.out.leftRow))
	for i := range left {
		left[i] = types.Null
	}
	for ; o.tail < o.rows.n && !o.out.full(); o.tail++ {
		if !o.matched[o.tail] {
			o.out.add2(left, o.rows.row(o.tail))
		}
	}
	return o.out.done(), nil
}

func (o *nestLoopOp) release() {
	o.rows.reset()
	o.loaded, o.matched, o.batch, o.rb, o.begun, o.at, o.tail = false, nil, nil, nil, false, 0, -1
}

func (o *nestLoopOp) Close() error {
	o.release()
	return closeAll(o.left, o.right)
}
