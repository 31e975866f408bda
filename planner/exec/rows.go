package exec

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/engineerr"
	"vecgres/sql/types"
)

// Program is a plan made ready to run, for one goroutine at a time.
type Program struct {
	root     Operator
	rt       *runtime
	analyzed bool
}

// modifier is an operator that changes rows. It does all its work in Open.
type modifier interface{ affected() int64 }

// Rows is a running statement. Next and Batch may be mixed only at batch ends.
type Rows struct {
	plan    *plan.Plan
	program *Program
	out     []types.Datum
	batch   *Batch
	at      int
	ended   bool
	failed  bool
	count   int64
}

// Run starts a plan. INSERT, UPDATE and DELETE have done all their work when it returns, whatever is read of their rows.
// The caller closes Rows, and may stop reading and go on later (a portal's row limit) as long as ctx.View is open.
// Errors have SQLSTATEs.
func Run(ctx *Context, p *plan.Plan) (*Rows, error) {
	var pr *Program
	if ctx.Analysis == nil {
		pr, _ = p.Idle.Get().(*Program)
	}
	if pr == nil {
		var err error
		if pr, err = Build(p, ctx.Analysis); err != nil {
			return nil, err
		}
	}
	return pr.run(ctx, p)
}

func (pr *Program) run(ctx *Context, p *plan.Plan) (*Rows, error) {
	rt := pr.rt
	rt.ctx, rt.funcs, rt.params, rt.limit, rt.mem = ctx, ctx.Funcs, ctx.Params, ctx.memLimit(), 0
	rt.epoch++
	rt.budget = ctx.Memory
	opened := false
	defer func() {
		if !opened { // after a panic too, when nobody gets Rows to close
			rt.release()
		}
	}()
	r := &Rows{plan: p, program: pr}
	if err := pr.root.Open(ctx); err != nil {
		r.failed = true
		r.Close()
		return nil, engineerr.Map(err)
	}
	opened = true
	return r, nil
}

// Columns are the statement's result columns, nil when it has none.
func (r *Rows) Columns() []bound.Column { return r.plan.Out }

// Batch gives the next rows as a batch, valid until the next call; nil at the end.
func (r *Rows) Batch() (*Batch, error) {
	if r.ended {
		return nil, nil
	}
	b, err := r.program.root.Next()
	if err != nil {
		r.ended, r.failed = true, true
		return nil, engineerr.Map(err)
	}
	if b == nil {
		r.ended = true
		return nil, nil
	}
	r.count += int64(b.Rows())
	return b, nil
}

// Next gives the next row, valid until the next call (its strings and vectors as long as the View is open).
func (r *Rows) Next() (row []types.Datum, ok bool, err error) {
	for r.batch == nil || r.at >= r.batch.Rows() {
		if r.batch, err = r.Batch(); err != nil || r.batch == nil {
			return nil, false, err
		}
		r.at = 0
	}
	if len(r.out) != len(r.batch.Cols) {
		r.out = make([]types.Datum, len(r.batch.Cols))
	}
	if err := r.batch.Read(r.batch.Row(r.at), r.out); err != nil {
		return nil, false, engineerr.Map(err)
	}
	r.at++
	return r.out, true, nil
}

// Affected is the number of rows that INSERT, UPDATE or DELETE changed; for others the rows given so far. It may be asked after Close.
func (r *Rows) Affected() int64 {
	if r.program != nil && r.plan.Tag != "SELECT" {
		if m, ok := r.program.root.(modifier); ok {
			return m.affected()
		}
	}
	return r.count
}

// Close ends the run. It may be called at any time, and twice.
func (r *Rows) Close() error {
	pr := r.program
	if pr == nil {
		return nil
	}
	r.count = r.Affected()
	r.program, r.batch, r.ended = nil, nil, true
	err := pr.root.Close()
	pr.rt.release()
	pr.rt.ctx, pr.rt.funcs, pr.rt.params = nil, nil, nil
	clear(pr.rt.slots)
	if err == nil && !r.failed && !pr.analyzed {
		r.plan.Idle.Put(pr)
	}
	return engineerr.Map(err)
}
