package exec

import (
	"errors"

	"github.com/jackc/pgerrcode"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/engineerr"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
	"vecgres/vecengine"
)

// lockedRows are rows of an input batch after they were locked: the newest versions of the target's columns, which replace what the
// input says of them, beside the input's rows.
type lockedRows struct {
	view  *vecengine.View
	tab   table
	locs  []vecengine.Loc
	batch *Batch          // the target's columns, row k of locs; nil when not fetched
	rows  [][]types.Datum // the input's rows, parallel
	fresh []bool          // a newer version than the statement's snapshot
}

// rowLocker locks the rows of batches, each row of the table once a command, and applies Postgres' READ COMMITTED rule: a row that somebody
// changed meanwhile counts in its newest version, if that still satisfies the conditions.
type rowLocker struct {
	rt       *runtime
	table    vecengine.TableID
	name     string
	locCol   int
	target   *target
	recheck  evaluator
	always   bool // fetch the target's columns even when no row changed
	strength vecengine.LockStrength
	wait     vecengine.WaitPolicy
	done     map[vecengine.RowID]struct{}
}

func (b *builder) rowLocker(get *bound.Get, input []bound.Column, recheck bound.Scalar) (*rowLocker, error) {
	node := &plan.Target{Table: get.Table}
	for _, c := range get.Cols {
		node.Attrs = append(node.Attrs, c.AttNum)
	}
	at, ok := layoutOf(input)[get.RowID]
	if !ok {
		return nil, pgerr.Internal(nil, "the rows of %q come without their locations", get.Table.Name)
	}
	l := &rowLocker{rt: b.rt, table: vecengine.TableID(get.Table.Storage), name: get.Table.Name, locCol: at, target: newTarget(node, get.Cols)}
	var err error
	l.recheck, err = b.compileOptional(recheck, scope{batch: layoutOf(get.Cols), row: layoutOf(input)})
	return l, err
}

func (l *rowLocker) reset() { l.done = map[vecengine.RowID]struct{}{} }

// lock locks a batch's rows that this command has not had yet. The caller closes the result's view. No rows: nil.
func (l *rowLocker) lock(ctx *Context, b *Batch) (*lockedRows, error) {
	var locs []vecengine.Loc
	var at []int
	for k := range b.Rows() {
		row := b.Row(k)
		d, err := b.Cols[l.locCol].At(row)
		if err != nil {
			return nil, err
		}
		loc, ok := d.X.(vecengine.Loc)
		if !ok {
			continue // an outer join's row of NULLs
		}
		if _, again := l.done[loc.Row]; again {
			continue
		}
		l.done[loc.Row] = struct{}{}
		locs, at = append(locs, loc), append(at, row)
	}
	if len(locs) == 0 {
		return nil, nil
	}
	outcomes, view, err := ctx.Txn.LockRows(ctx, l.table, locs, l.strength, l.wait)
	if err != nil {
		return nil, l.lockError(err)
	}
	r := &lockedRows{view: view}
	any := false
	for i, o := range outcomes {
		if o.Outcome != vecengine.LockedSame && o.Outcome != vecengine.LockedUpdated {
			continue
		}
		row := make([]types.Datum, len(b.Cols))
		if err := b.Read(at[i], row); err != nil {
			view.Close()
			return nil, err
		}
		changed := o.Outcome == vecengine.LockedUpdated
		any = any || changed
		r.locs, r.rows, r.fresh = append(r.locs, o.Loc), append(r.rows, row), append(r.fresh, changed)
	}
	if err := l.fetch(ctx, r, any); err != nil {
		view.Close()
		return nil, err
	}
	return r, nil
}

func (l *rowLocker) lockError(err error) error {
	if errors.Is(err, vecengine.ErrLockNotAvailable) {
		return pgerr.New(pgerrcode.LockNotAvailable, "could not obtain lock on row in relation \"%s\"", l.name)
	}
	return engineerr.Map(err)
}

// fetch reads the newest versions, when they are needed, and leaves out the changed rows that no longer satisfy the conditions.
func (l *rowLocker) fetch(ctx *Context, r *lockedRows, changed bool) error {
	if len(r.locs) == 0 || !l.always && !changed {
		return nil
	}
	var err error
	if ctx.open != nil {
		r.tab, err = ctx.open(l.target.node.Table.Storage)
	} else {
		r.tab, err = r.view.Table(l.table)
	}
	if err != nil {
		return engineerr.Map(err)
	}
	if r.batch, err = l.target.fetch(r.tab, r.locs); err != nil {
		return err
	}
	if !changed || l.recheck == nil {
		return nil
	}
	sel := []uint32{}
	for k := range r.locs {
		keep := true
		if r.fresh[k] {
			d, err := l.recheck(&frame{b: r.batch, i: k, row: r.rows[k]})
			if err != nil {
				return err
			}
			keep = !d.IsNull() && d.Bool()
		}
		if keep {
			sel = append(sel, uint32(k))
		}
	}
	if len(sel) < len(r.locs) {
		r.batch.Sel = sel
	}
	return nil
}

// updateOp is UPDATE. It does all its work when opened.
type updateOp struct {
	node   *plan.Update
	input  Operator
	writer *tableWriter
	locker *rowLocker
	set    []evaluator // by live column; nil: unchanged
	old    []int       // by live column: the target's column
	ret    *returning
	count  int64
	batch  Batch
}

func (b *builder) update(n *plan.Update) (Operator, error) {
	in, err := b.operator(n.Input)
	if err != nil {
		return nil, err
	}
	op := &updateOp{node: n, input: in}
	if op.writer, err = b.tableWriter(&n.Write); err != nil {
		return nil, err
	}
	cols := n.Input.Columns()
	if op.locker, err = b.rowLocker(n.Target, cols, n.Recheck); err != nil {
		return nil, err
	}
	op.locker.always, op.locker.strength = true, vecengine.LockNoKeyUpdate
	if n.Keys {
		op.locker.strength = vecengine.LockUpdate
	}
	sc := scope{batch: layoutOf(n.Target.Cols), row: layoutOf(cols)}
	op.set, op.old = make([]evaluator, len(op.writer.live)), make([]int, len(op.writer.live))
	for i, c := range op.writer.live {
		op.old[i] = -1
		for k, tc := range n.Target.Cols {
			if tc.AttNum == c.Num {
				op.old[i] = k
			}
		}
		if e, ok := n.Set[c.Num]; ok {
			if op.set[i], err = b.compile(e, sc); err != nil {
				return nil, err
			}
		} else if op.old[i] < 0 {
			return nil, pgerr.Internal(nil, "UPDATE does not read column %q", c.Name)
		}
	}
	op.ret, err = b.returning(n.Returning, scope{batch: layoutOf(n.Write.New), row: layoutOf(cols)})
	return op, err
}

func (o *updateOp) affected() int64 { return o.count }

func (o *updateOp) Open(ctx *Context) error {
	o.count = 0
	o.ret.reset()
	o.locker.reset()
	return eachLocked(ctx, o.input, o.locker, o.apply)
}

// eachLocked opens an input, locks its rows batch by batch and hands them on.
func eachLocked(ctx *Context, input Operator, l *rowLocker, apply func(*Context, *lockedRows) error) error {
	if err := input.Open(ctx); err != nil {
		return err
	}
	for {
		b, err := input.Next()
		if err != nil {
			return err
		}
		if b == nil {
			return input.Close()
		}
		r, err := l.lock(ctx, b)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		err = apply(ctx, r)
		r.view.Close()
		if err != nil {
			return err
		}
	}
}

// apply makes the new versions of locked rows and writes them.
func (o *updateOp) apply(ctx *Context, r *lockedRows) error {
	if r.batch == nil || r.batch.Rows() == 0 {
		return nil
	}
	b := &o.batch
	b.resize(len(o.writer.live))
	b.N, b.Sel = r.batch.N, r.batch.Sel
	for i := range o.writer.live {
		if o.set[i] == nil {
			b.Cols[i] = r.batch.Cols[o.old[i]]
			continue
		}
		vals := make([]types.Datum, b.N)
		for k := range b.Rows() {
			row := b.Row(k)
			d, err := o.set[i](&frame{b: r.batch, i: row, row: r.rows[row]})
			if err != nil {
				return err
			}
			vals[row] = d
		}
		b.Cols[i] = Vec{Typ: o.writer.typs[i], Vals: vals}
	}
	rows, err := o.writer.encode(b)
	if err != nil {
		return err
	}
	locs := make([]vecengine.Loc, b.Rows())
	for k := range locs {
		locs[k] = r.locs[b.Row(k)]
	}
	if err := ctx.Txn.Update(ctx, o.writer.storage(), locs, rows); err != nil {
		return o.writer.violation(err, b)
	}
	o.count += int64(len(locs))
	return o.returnRows(b, r)
}

func (o *updateOp) returnRows(b *Batch, r *lockedRows) error {
	if o.ret == nil {
		return nil
	}
	for k := range b.Rows() {
		row := b.Row(k)
		if err := o.ret.add(&frame{b: b, i: row, row: r.rows[row]}); err != nil {
			return err
		}
	}
	return nil
}

func (o *updateOp) Next() (*Batch, error) { return o.ret.next(), nil }

func (o *updateOp) Close() error {
	o.ret.reset()
	return o.input.Close()
}

// deleteOp is DELETE. It does all its work when opened.
type deleteOp struct {
	input  Operator
	table  vecengine.TableID
	locker *rowLocker
	ret    *returning
	count  int64
}

func (b *builder) delete(n *plan.Delete) (Operator, error) {
	in, err := b.operator(n.Input)
	if err != nil {
		return nil, err
	}
	cols := n.Input.Columns()
	op := &deleteOp{input: in, table: vecengine.TableID(n.Table.Storage)}
	if op.locker, err = b.rowLocker(n.Target, cols, n.Recheck); err != nil {
		return nil, err
	}
	op.locker.strength, op.locker.always = vecengine.LockUpdate, n.Returning != nil
	op.ret, err = b.returning(n.Returning, scope{batch: layoutOf(n.Target.Cols), row: layoutOf(cols)})
	return op, err
}

func (o *deleteOp) affected() int64 { return o.count }

func (o *deleteOp) Open(ctx *Context) error {
	o.count = 0
	o.ret.reset()
	o.locker.reset()
	return eachLocked(ctx, o.input, o.locker, o.apply)
}

func (o *deleteOp) apply(ctx *Context, r *lockedRows) error {
	locs := r.locs
	if r.batch != nil && r.batch.Sel != nil {
		locs = make([]vecengine.Loc, len(r.batch.Sel))
		for k, i := range r.batch.Sel {
			locs[k] = r.locs[i]
		}
	}
	if len(locs) == 0 {
		return nil
	}
	if err := ctx.Txn.Delete(ctx, o.table, locs); err != nil {
		return engineerr.Map(err)
	}
	o.count += int64(len(locs))
	if o.ret == nil {
		return nil
	}
	for k := range r.batch.Rows() {
		row := r.batch.Row(k)
		if err := o.ret.add(&frame{b: r.batch, i: row, row: r.rows[row]}); err != nil {
			return err
		}
	}
	return nil
}

func (o *deleteOp) Next() (*Batch, error) { return o.ret.next(), nil }

func (o *deleteOp) Close() error {
	o.ret.reset()
	return o.input.Close()
}
