package exec

import "vecgres/planner/plan"

// filterOp keeps the rows whose condition is true.
type filterOp struct {
	input Operator
	sel   *selection
}

func (b *builder) filter(n *plan.Filter) (Operator, error) {
	in, err := b.operator(n.Input)
	if err != nil {
		return nil, err
	}
	sel, err := b.selection(n.Pred, scopeOf(n.Input.Columns()))
	if err != nil {
		return nil, err
	}
	return &filterOp{in, sel}, nil
}

func (o *filterOp) Open(ctx *Context) error { return o.input.Open(ctx) }

func (o *filterOp) Next() (*Batch, error) {
	for {
		b, err := o.input.Next()
		if err != nil || b == nil {
			return nil, err
		}
		if err := o.sel.apply(b, nil); err != nil {
			return nil, err
		}
		if b.Rows() > 0 {
			return b, nil
		}
	}
}

func (o *filterOp) Close() error { return o.input.Close() }
