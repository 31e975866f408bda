package exec

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// appendOp gives its parts' rows one after the other.
type appendOp struct {
	parts []Operator
	ctx   *Context
	at    int
	open  bool
}

func (b *builder) append(n *plan.Append) (Operator, error) {
	op := &appendOp{}
	for _, p := range n.Parts {
		part, err := b.operator(p)
		if err != nil {
			return nil, err
		}
		op.parts = append(op.parts, part)
	}
	return op, nil
}

func (o *appendOp) Open(ctx *Context) error {
	o.ctx, o.at, o.open = ctx, 0, false
	return nil
}

func (o *appendOp) Next() (*Batch, error) {
	for ; o.at < len(o.parts); o.at++ {
		p := o.parts[o.at]
		if !o.open {
			if err := p.Open(o.ctx); err != nil {
				return nil, err
			}
			o.open = true
		}
		b, err := p.Next()
		if err != nil || b != nil {
			return b, err
		}
		if err := p.Close(); err != nil {
			return nil, err
		}
		o.open = false
	}
	return nil, nil
}

func (o *appendOp) Close() error {
	o.at = len(o.parts)
	return closeAll(o.parts...)
}

// setOpOp is UNION, INTERSECT and EXCEPT by hashing.
//
//	UNION          rows of both sides, the first of equal ones
//	INTERSECT      left rows as often as both sides have them: counts of the right side are used up
//	EXCEPT         left rows more often than the right side has them
//
// Without ALL each row comes once.
type setOpOp struct {
	node        *plan.SetOp
	left, right Operator
	ctx         *Context
	lk, rk      *hashKeys
	seen        *keySet
	counts      []int64 // by key number: how many the right side has left
	given       *keySet // without ALL: those given
	second      bool    // UNION: on the right side
	sel         []uint32
	typs        []types.Type
}

func (b *builder) setOp(n *plan.SetOp) (Operator, error) {
	left, err := b.operator(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := b.operator(n.Right)
	if err != nil {
		return nil, err
	}
	return &setOpOp{
		node: n, left: left, right: right, lk: columnKeys(n.Left.Columns()), rk: columnKeys(n.Right.Columns()),
		seen: newKeySet(b.rt), given: newKeySet(b.rt), typs: typesOf(n.Cols),
	}, nil
}

func (o *setOpOp) Open(ctx *Context) error {
	o.release()
	o.ctx = ctx
	if o.node.Kind != bound.Union {
		if err := o.countRight(ctx); err != nil {
			return err
		}
	}
	return o.left.Open(ctx)
}

func (o *setOpOp) countRight(ctx *Context) error {
	if err := o.right.Open(ctx); err != nil {
		return err
	}
	for {
		b, err := o.right.Next()
		if err != nil {
			return err
		}
		if b == nil {
			return o.right.Close()
		}
		for k := range b.Rows() {
			key, _, err := o.rk.of(b, b.Row(k))
			if err != nil {
				return err
			}
			id, fresh, err := o.seen.add(key)
			if err != nil {
				return err
			}
			if fresh {
				o.counts = append(o.counts, 0)
			}
			o.counts[id]++
		}
	}
}

func (o *setOpOp) Next() (*Batch, error) {
	for {
		b, err := o.input()
		if err != nil || b == nil {
			return nil, err
		}
		keys := o.lk
		if o.second {
			keys = o.rk
		}
		o.sel = o.sel[:0]
		for k := range b.Rows() {
			row := b.Row(k)
			key, _, err := keys.of(b, row)
			if err != nil {
				return nil, err
			}
			keep, err := o.keep(key)
			if err != nil {
				return nil, err
			}
			if keep {
				o.sel = append(o.sel, uint32(row))
			}
		}
		if len(o.sel) > 0 {
			b.Sel = o.sel
			return b, nil
		}
	}
}

// input gives the next batch of the side being read.
func (o *setOpOp) input() (*Batch, error) {
	if o.second {
		return o.right.Next()
	}
	b, err := o.left.Next()
	if err != nil || b != nil || o.node.Kind != bound.Union {
		return b, err
	}
	o.second = true
	if err := o.right.Open(o.ctx); err != nil {
		return nil, err
	}
	return o.right.Next()
}

// keep tells whether a row with this key is given.
func (o *setOpOp) keep(key []byte) (bool, error) {
	if o.node.Kind != bound.Union {
		id := o.seen.find(key)
		inRight := id >= 0 && o.counts[id] > 0
		if o.node.All && inRight {
			o.counts[id]--
		}
		if inRight != (o.node.Kind == bound.Intersect) {
			return false, nil
		}
		if o.node.All {
			return true, nil
		}
	}
	_, fresh, err := o.given.add(key)
	return fresh, err
}

func (o *setOpOp) release() {
	o.seen.reset()
	o.given.reset()
	o.counts, o.second = nil, false
}

func (o *setOpOp) Close() error {
	o.release()
	return closeAll(o.left, o.right)
}
