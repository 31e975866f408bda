package exec

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
	"vecgres/vecengine"
)

// rowMaker makes batches of new rows from source columns and defaults.
type rowMaker struct {
	writer   *tableWriter
	source   []int       // by live column: the source column, or -1
	defaults []evaluator // by live column; nil: NULL
	batch    Batch
	f        frame
}

func (b *builder) rowMaker(w *tableWriter, targets []int16, defaults map[int16]bound.Scalar) (*rowMaker, error) {
	m := &rowMaker{writer: w, source: make([]int, len(w.live)), defaults: make([]evaluator, len(w.live))}
	for i, c := range w.live {
		m.source[i] = -1
		for s, att := range targets {
			if att == c.Num {
				m.source[i] = s
			}
		}
		if d, ok := defaults[c.Num]; ok && m.source[i] < 0 && d != nil {
			ev, err := b.compile(d, scope{})
			if err != nil {
				return nil, err
			}
			m.defaults[i] = ev
		}
	}
	return m, nil
}

// rows makes the new rows of a source batch. Generated columns stay NULL until the writer fills them in.
func (m *rowMaker) rows(src *Batch) (*Batch, error) {
	b := &m.batch
	b.resize(len(m.source))
	b.N, b.Sel = src.N, src.Sel
	for i, s := range m.source {
		if s >= 0 {
			b.Cols[i] = src.Cols[s]
			continue
		}
		vals := make([]types.Datum, src.N)
		if m.defaults[i] != nil {
			if err := evaluate(m.defaults[i], &m.f, src, vals); err != nil {
				return nil, err
			}
		} else {
			for k := range vals {
				vals[k] = types.Null
			}
		}
		b.Cols[i] = Vec{Typ: m.writer.typs[i], Vals: vals}
	}
	return b, nil
}

// insertOp is INSERT. It does all its work when opened.
type insertOp struct {
	node     *plan.Insert
	input    Operator
	rt       *runtime
	writer   *tableWriter
	maker    *rowMaker
	conflict *conflictHandler
	ret      *returning
	count    int64
}

func (b *builder) insert(n *plan.Insert) (Operator, error) {
	in, err := b.operator(n.Input)
	if err != nil {
		return nil, err
	}
	op := &insertOp{node: n, input: in, rt: b.rt}
	if op.writer, err = b.tableWriter(&n.Write); err != nil {
		return nil, err
	}
	if op.maker, err = b.rowMaker(op.writer, n.Targets, n.Defaults); err != nil {
		return nil, err
	}
	if op.ret, err = b.returning(n.Returning, scopeOf(n.Write.New)); err != nil {
		return nil, err
	}
	if n.Conflict != nil {
		op.conflict, err = b.conflictHandler(op.writer, n)
	}
	return op, err
}

func (o *insertOp) affected() int64 { return o.count }

func (o *insertOp) Open(ctx *Context) error {
	o.ret.reset()
	o.count = 0
	if o.conflict != nil {
		o.conflict.reset()
	}
	if err := o.input.Open(ctx); err != nil {
		return err
	}
	for {
		src, err := o.input.Next()
		if err != nil {
			return err
		}
		if src == nil {
			return o.input.Close()
		}
		b, err := o.maker.rows(src)
		if err != nil {
			return err
		}
		if err := o.write(ctx, b); err != nil {
			return err
		}
	}
}

func (o *insertOp) write(ctx *Context, b *Batch) error {
	if o.conflict != nil {
		n, err := o.conflict.insert(ctx, b, o.ret)
		o.count += n
		return err
	}
	rows, err := o.writer.encode(b)
	if err != nil {
		return err
	}
	if _, err := ctx.Txn.Insert(ctx, o.writer.storage(), rows, vecengine.InsertOptions{}); err != nil {
		return o.writer.violation(err, b)
	}
	o.count += int64(b.Rows())
	return o.ret.addBatch(b)
}

func (o *insertOp) Next() (*Batch, error) { return o.ret.next(), nil }

func (o *insertOp) Close() error {
	o.ret.reset()
	return o.input.Close()
}

// Inserter adds rows from outside of a plan: COPY FROM. For one goroutine.
type Inserter struct {
	ctx    *Context
	writer *tableWriter
	maker  *rowMaker
	vals   [][]types.Datum
	batch  Batch
	bytes  int64
	count  int64
}

// Rows and bytes at which an Inserter hands its rows over.
const (
	inserterRows  = 2048
	inserterBytes = 8 << 20
)

// NewInserter prepares to add rows of the targets' columns (attnums), in that order, already of the columns' types. Defaults fills the
// other columns. Errors of Add, Flush and Close have SQLSTATEs; after one the transaction must be rolled back.
func NewInserter(ctx *Context, write *bound.TableWrite, targets []int16, defaults map[int16]bound.Scalar) (*Inserter, error) {
	rt := &runtime{ctx: ctx, funcs: ctx.Funcs, params: ctx.Params, limit: ctx.memLimit()}
	b := &builder{compiler: &compiler{rt: rt, slotOf: map[bound.ColumnID]int{}}}
	b.compiler.build = b
	w, err := b.tableWriter(write)
	if err != nil {
		return nil, err
	}
	m, err := b.rowMaker(w, targets, defaults)
	if err != nil {
		return nil, err
	}
	ins := &Inserter{ctx: ctx, writer: w, maker: m, vals: make([][]types.Datum, len(targets)), batch: Batch{Cols: make([]Vec, len(targets))}}
	for i, att := range targets {
		ins.batch.Cols[i].Typ = w.typs[w.at[att]]
	}
	return ins, nil
}

// Add adds a row; the values' strings and vectors must stay unchanged until the next Flush.
func (ins *Inserter) Add(row []types.Datum) error {
	for i := range row {
		ins.vals[i] = append(ins.vals[i], row[i])
	}
	ins.batch.N++
	ins.bytes += rowBytes(row)
	if ins.batch.N >= inserterRows || ins.bytes >= inserterBytes {
		return ins.Flush()
	}
	return nil
}

// Pending is the number of rows added and not yet handed over: after an error the fault is in one of them.
func (ins *Inserter) Pending() int { return ins.batch.N }

// Flush hands the rows over to the transaction.
func (ins *Inserter) Flush() error {
	if ins.batch.N == 0 {
		return nil
	}
	for i := range ins.vals {
		ins.batch.Cols[i].Vals = ins.vals[i]
	}
	b, err := ins.maker.rows(&ins.batch)
	if err != nil {
		return err
	}
	rows, err := ins.writer.encode(b)
	if err != nil {
		return err
	}
	if _, err := ins.ctx.Txn.Insert(ins.ctx, ins.writer.storage(), rows, vecengine.InsertOptions{}); err != nil {
		return ins.writer.violation(err, b)
	}
	ins.count += int64(ins.batch.N)
	for i := range ins.vals {
		clear(ins.vals[i])
		ins.vals[i] = ins.vals[i][:0]
	}
	ins.batch.N, ins.bytes = 0, 0
	return nil
}

// Close flushes.
func (ins *Inserter) Close() error { return ins.Flush() }

// Count is the number of rows handed over.
func (ins *Inserter) Count() int64 { return ins.count }
