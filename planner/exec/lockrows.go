package exec

import (
	"vecgres/planner/plan"
	"vecgres/sql/types"
	"vecgres/vecengine"
)

// lockRowsOp is SELECT … FOR UPDATE and its kin: rows are locked as they pass, and pass in their newest version. It takes one input row at
// a time, so that a LIMIT above locks no more rows than it gives.
type lockRowsOp struct {
	input Operator
	locks []rowLock
	typs  []types.Type
	batch *Batch
	at    int
	out   rowsBatch
	ctx   *Context
}

// rowLock locks the rows of one table.
type rowLock struct {
	locker *rowLocker
	from   []int // by input column: the target's column, or -1
}

func (b *builder) lockRows(n *plan.LockRows) (Operator, error) {
	in, err := b.operator(n.Input)
	if err != nil {
		return nil, err
	}
	cols := n.Input.Columns()
	op := &lockRowsOp{input: in, typs: typesOf(cols)}
	for _, l := range n.Locks {
		locker, err := b.rowLocker(l.Get, cols, n.Recheck)
		if err != nil {
			return nil, err
		}
		locker.strength, locker.wait = vecengine.LockStrength(l.Strength), vecengine.WaitPolicy(l.Wait)
		rl := rowLock{locker: locker, from: make([]int, len(cols))}
		at := layoutOf(l.Get.Cols)
		for i, c := range cols {
			rl.from[i] = -1
			if k, ok := at[c.ID]; ok {
				rl.from[i] = k
			}
		}
		op.locks = append(op.locks, rl)
	}
	return op, nil
}

func (o *lockRowsOp) Open(ctx *Context) error {
	o.ctx, o.batch, o.at = ctx, nil, 0
	return o.input.Open(ctx)
}

func (o *lockRowsOp) Next() (*Batch, error) {
	for {
		if o.batch == nil || o.at >= o.batch.Rows() {
			b, err := o.input.Next()
			if err != nil || b == nil {
				return nil, err
			}
			o.batch, o.at = b, 0
		}
		row := make([]types.Datum, len(o.typs))
		if err := o.batch.Read(o.batch.Row(o.at), row); err != nil {
			return nil, err
		}
		o.at++
		keep, err := o.lock(row)
		if err != nil {
			return nil, err
		}
		if keep {
			o.out.reset(o.typs)
			o.out.add(row...)
			return o.out.done(), nil
		}
	}
}

// lock locks the tables' rows of one input row and brings it up to date; false when it does not count any more.
func (o *lockRowsOp) lock(row []types.Datum) (bool, error) {
	for _, l := range o.locks {
		if _, ok := row[l.locker.locCol].X.(vecengine.Loc); !ok {
			continue
		}
		var one rowsBatch
		one.reset(o.typs)
		one.add(row...)
		l.locker.reset()
		r, err := l.locker.lock(o.ctx, one.done())
		if err != nil {
			return false, err
		}
		ok, err := l.take(r, row)
		r.view.Close()
		if err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// take puts the newest version of a locked row into the input row.
func (l *rowLock) take(r *lockedRows, row []types.Datum) (bool, error) {
	if len(r.locs) == 0 || r.batch != nil && r.batch.Rows() == 0 {
		return false, nil
	}
	row[l.locker.locCol] = types.Datum{X: r.locs[0]}
	if r.batch == nil {
		return true, nil
	}
	for i, from := range l.from {
		if from >= 0 {
			d, err := r.batch.Cols[from].At(0)
			if err != nil {
				return false, err
			}
			row[i] = d
		}
	}
	return true, nil
}

func (o *lockRowsOp) Close() error {
	o.batch = nil
	return o.input.Close()
}
