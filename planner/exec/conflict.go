package exec

import (
	"github.com/jackc/pgerrcode"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/engineerr"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
	"vecgres/vecengine"
)

// conflictHandler inserts with ON CONFLICT. Rows in the way are left out by the engine, and then, for DO UPDATE, locked, looked up again
// and changed. A row that vanished between conflict and lock is inserted after all.
type conflictHandler struct {
	node     *bound.OnConflict
	writer   *tableWriter
	options  vecengine.InsertOptions
	existing *target
	set      []evaluator // by live column; nil: unchanged
	where    evaluator
	touched  map[vecengine.RowID]struct{} // rows that this command inserted or changed
	f        frame
}

func (b *builder) conflictHandler(w *tableWriter, n *plan.Insert) (*conflictHandler, error) {
	c := n.Conflict
	h := &conflictHandler{node: c, writer: w, options: vecengine.InsertOptions{OnConflict: vecengine.DuplicateSkip}}
	for _, ix := range c.Arbiters {
		h.options.Arbiters = append(h.options.Arbiters, vecengine.IndexID(ix.ID))
	}
	if !c.DoUpdate {
		return h, nil
	}
	node := &plan.Target{Table: c.Existing.Table}
	for _, col := range c.Existing.Cols {
		node.Attrs = append(node.Attrs, col.AttNum)
	}
	h.existing = newTarget(node, c.Existing.Cols)
	sc := scope{batch: layoutOf(c.Existing.Cols), row: layoutOf(c.Excluded)}
	h.set = make([]evaluator, len(w.live))
	for att, e := range c.Set {
		ev, err := b.compile(e, sc)
		if err != nil {
			return nil, err
		}
		h.set[w.at[att]] = ev
	}
	var err error
	h.where, err = b.compileOptional(c.Where, sc)
	return h, err
}

func (h *conflictHandler) reset() { h.touched = nil }

// insert adds a batch and gives the number of rows inserted or updated.
func (h *conflictHandler) insert(ctx *Context, b *Batch, ret *returning) (int64, error) {
	rows, err := h.writer.encode(b)
	if err != nil {
		return 0, err
	}
	res, err := ctx.Txn.Insert(ctx, h.writer.storage(), rows, h.options)
	if err != nil {
		return 0, h.writer.violation(err, b)
	}
	conflicts := make(map[int]*vecengine.Conflict, len(res.Conflicts))
	for i := range res.Conflicts {
		conflicts[res.Conflicts[i].Input] = &res.Conflicts[i]
	}
	count := int64(res.Inserted)
	row := make([]types.Datum, len(b.Cols))
	f := frame{b: b}
	for k := range b.Rows() {
		f.i = b.Row(k)
		c := conflicts[k]
		if c == nil {
			if err := ret.add(&f); err != nil {
				return 0, err
			}
			continue
		}
		if !h.node.DoUpdate {
			continue
		}
		if err := b.Read(f.i, row); err != nil {
			return 0, err
		}
		n, err := h.resolve(ctx, c, row, ret, res.FirstRow)
		if err != nil {
			return 0, err
		}
		count += n
	}
	return count, nil
}

// twice is Postgres' complaint about a row proposed twice in one command.
func twice() error {
	return pgerr.New(pgerrcode.CardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time").
		WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
}

// retriesMax bounds how often a row that comes and goes is tried.
const retriesMax = 100

// resolve updates the row in the way of a proposed one.
func (h *conflictHandler) resolve(ctx *Context, c *vecengine.Conflict, row []types.Datum, ret *returning, first vecengine.RowID) (int64, error) {
	for range retriesMax {
		if _, again := h.touched[c.Existing]; again || c.SameBatch {
			return 0, twice()
		}
		locked, view, err := ctx.Txn.LockRows(ctx, h.writer.storage(), []vecengine.Loc{{Row: c.Existing}}, vecengine.LockUpdate, vecengine.WaitBlock)
		if err != nil {
			return 0, engineerr.Map(err)
		}
		if locked[0].Outcome == vecengine.LockedDeleted {
			view.Close()
			again, n, err := h.retry(ctx, row, ret)
			if err != nil || again == nil {
				return n, err
			}
			c = again
			continue
		}
		n, err := h.update(ctx, view, locked[0].Loc, row, ret)
		view.Close()
		return n, err
	}
	return 0, engineerr.Map(vecengine.ErrSerialization)
}

// retry proposes a row again on its own; the new conflict, if there is one, is given.
func (h *conflictHandler) retry(ctx *Context, row []types.Datum, ret *returning) (*vecengine.Conflict, int64, error) {
	var one rowsBatch
	one.reset(h.writer.typs)
	one.add(row...)
	b := one.done()
	rows, err := h.writer.encode(b)
	if err != nil {
		return nil, 0, err
	}
	res, err := ctx.Txn.Insert(ctx, h.writer.storage(), rows, h.options)
	if err != nil {
		return nil, 0, h.writer.violation(err, b)
	}
	if len(res.Conflicts) > 0 {
		return &res.Conflicts[0], 0, nil
	}
	h.touch(res.FirstRow)
	return nil, 1, ret.addBatch(b)
}

func (h *conflictHandler) touch(row vecengine.RowID) {
	if h.touched == nil {
		h.touched = map[vecengine.RowID]struct{}{}
	}
	h.touched[row] = struct{}{}
}

// update changes the locked row at loc of view by SET, if WHERE says so.
func (h *conflictHandler) update(ctx *Context, view *vecengine.View, loc vecengine.Loc, excluded []types.Datum, ret *returning) (int64, error) {
	tab, err := tableOf(ctx, view, h.writer)
	if err != nil {
		return 0, err
	}
	old, err := h.existing.fetch(tab, []vecengine.Loc{loc})
	if err != nil {
		return 0, err
	}
	h.f = frame{b: old, row: excluded}
	if h.where != nil {
		d, err := h.where(&h.f)
		if err != nil || d.IsNull() || !d.Bool() {
			return 0, err
		}
	}
	var one rowsBatch
	one.reset(h.writer.typs)
	fresh := make([]types.Datum, len(h.writer.live))
	for i, c := range h.writer.live {
		if h.set[i] != nil {
			fresh[i], err = h.set[i](&h.f)
		} else {
			fresh[i], err = h.oldValue(old, c.Num)
		}
		if err != nil {
			return 0, err
		}
	}
	one.add(fresh...)
	b := one.done()
	rows, err := h.writer.encode(b)
	if err != nil {
		return 0, err
	}
	if err := ctx.Txn.Update(ctx, h.writer.storage(), []vecengine.Loc{loc}, rows); err != nil {
		return 0, h.writer.violation(err, b)
	}
	h.touch(loc.Row)
	return 1, ret.addBatch(b)
}

func (h *conflictHandler) oldValue(old *Batch, att int16) (types.Datum, error) {
	for i, a := range h.existing.node.Attrs {
		if a == att {
			return old.Cols[i].At(0)
		}
	}
	return types.Null, pgerr.Internal(nil, "ON CONFLICT does not read column %d", att)
}

// tableOf opens the written table in the view that a lock gave.
func tableOf(ctx *Context, view *vecengine.View, w *tableWriter) (table, error) {
	if ctx.open != nil {
		return ctx.open(w.table.Storage)
	}
	t, err := view.Table(w.storage())
	if err != nil {
		return nil, engineerr.Map(err)
	}
	return t, nil
}
