package exec

import "vecgres/planner/plan"

// distinctOp keeps the first row of every group of equal ones.
type distinctOp struct {
	input Operator
	keys  *hashKeys
	seen  *keySet
	sel   []uint32
}

func (b *builder) distinct(n *plan.Distinct) (Operator, error) {
	in, err := b.operator(n.Input)
	if err != nil {
		return nil, err
	}
	keys := columnKeys(n.Input.Columns())
	if n.On != nil {
		if keys, err = b.hashKeys(n.On, scopeOf(n.Input.Columns())); err != nil {
			return nil, err
		}
	}
	return &distinctOp{input: in, keys: keys, seen: newKeySet(b.rt)}, nil
}

func (o *distinctOp) Open(ctx *Context) error {
	o.seen.reset()
	return o.input.Open(ctx)
}

func (o *distinctOp) Next() (*Batch, error) {
	for {
		b, err := o.input.Next()
		if err != nil || b == nil {
			return nil, err
		}
		o.sel = o.sel[:0]
		for k := range b.Rows() {
			row := b.Row(k)
			key, _, err := o.keys.of(b, row)
			if err != nil {
				return nil, err
			}
			_, fresh, err := o.seen.add(key)
			if err != nil {
				return nil, err
			}
			if fresh {
				o.sel = append(o.sel, uint32(row))
			}
		}
		if len(o.sel) > 0 {
			b.Sel = o.sel
			return b, nil
		}
	}
}

func (o *distinctOp) Close() error {
	o.seen.reset()
	return o.input.Close()
}
