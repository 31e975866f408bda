package exec

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// projectOp computes columns. A column that is only passed on keeps its vector.
type projectOp struct {
	input Operator
	from  []int // by output column: the input's column, or -1
	evs   []evaluator
	typs  []types.Type
	vals  [][]types.Datum
	out   Batch
	f     frame
}

func (b *builder) project(n *plan.Project) (Operator, error) {
	in, err := b.operator(n.Input)
	if err != nil {
		return nil, err
	}
	return b.projection(in, n.Input.Columns(), n.Items)
}

func (b *builder) projection(in Operator, cols []bound.Column, items []bound.Item) (*projectOp, error) {
	sc := scopeOf(cols)
	op := &projectOp{input: in, from: make([]int, len(items)), evs: make([]evaluator, len(items)), vals: make([][]types.Datum, len(items))}
	for i, it := range items {
		op.typs = append(op.typs, it.Col.Type)
		op.from[i] = -1
		if ref, ok := it.Expr.(*bound.ColRef); ok {
			if at, ok := sc.batch[ref.ID]; ok {
				op.from[i] = at
				continue
			}
		}
		ev, err := b.compile(it.Expr, sc)
		if err != nil {
			return nil, err
		}
		op.evs[i] = ev
	}
	return op, nil
}

func (o *projectOp) Open(ctx *Context) error { return o.input.Open(ctx) }

func (o *projectOp) Next() (*Batch, error) {
	b, err := o.input.Next()
	if err != nil || b == nil {
		return nil, err
	}
	return o.compute(b)
}

func (o *projectOp) compute(b *Batch) (*Batch, error) {
	o.out.resize(len(o.from))
	o.out.N, o.out.Sel = b.N, b.Sel
	for i, from := range o.from {
		if from >= 0 {
			o.out.Cols[i] = b.Cols[from]
			continue
		}
		if cap(o.vals[i]) < b.N {
			o.vals[i] = make([]types.Datum, b.N)
		}
		vals := o.vals[i][:b.N]
		if err := evaluate(o.evs[i], &o.f, b, vals); err != nil {
			return nil, err
		}
		o.out.Cols[i] = Vec{Typ: o.typs[i], Vals: vals}
	}
	return &o.out, nil
}

// evaluate computes an expression for every row of a batch that counts.
func evaluate(ev evaluator, f *frame, b *Batch, vals []types.Datum) error {
	f.b, f.row = b, nil
	for k := range b.Rows() {
		f.i = b.Row(k)
		d, err := ev(f)
		if err != nil {
			return err
		}
		vals[f.i] = d
	}
	return nil
}

func (o *projectOp) Close() error { return o.input.Close() }
