package exec

import (
	"vecgres/planner/plan"
	"vecgres/sql/types"
)

// valuesOp gives rows of expressions.
type valuesOp struct {
	rows [][]evaluator
	typs []types.Type
	out  rowsBatch
	row  []types.Datum
	at   int
}

func (b *builder) values(n *plan.Values) (Operator, error) {
	op := &valuesOp{typs: typesOf(n.Cols), row: make([]types.Datum, len(n.Cols))}
	for _, r := range n.Rows {
		evs, err := b.compileAll(r, scope{})
		if err != nil {
			return nil, err
		}
		op.rows = append(op.rows, evs)
	}
	return op, nil
}

func (v *valuesOp) Open(*Context) error { v.at = 0; return nil }

func (v *valuesOp) Next() (*Batch, error) {
	v.out.reset(v.typs)
	for ; v.at < len(v.rows) && !v.out.full(); v.at++ {
		for i, ev := range v.rows[v.at] {
			var err error
			if v.row[i], err = ev(noRow); err != nil {
				return nil, err
			}
		}
		v.out.add(v.row...)
	}
	return v.out.done(), nil
}

func (v *valuesOp) Close() error { return nil }
