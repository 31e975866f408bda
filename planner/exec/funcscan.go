package exec

import (
	"iter"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/types"
)

// setCall is a compiled call of a set-returning function, or of a scalar one, which gives one row.
type setCall struct {
	rt     *runtime
	args   []evaluator
	fn     funcs.SetFunc
	strict bool
	scalar evaluator
	width  int
}

func (b *builder) setCall(f *bound.FuncCall, cols []bound.Column, sc scope) (*setCall, error) {
	c := &setCall{rt: b.rt, width: f.NumCols}
	var err error
	if f.SRF == nil {
		c.scalar, err = b.compile(f.Scalar, sc)
		return c, err
	}
	if c.args, err = b.compileAll(f.Args, sc); err != nil {
		return nil, err
	}
	argTypes := f.ArgTypes
	if argTypes == nil {
		argTypes = typesOfExprs(f.Args)
	}
	result := make([]funcs.ResultColumn, len(cols))
	for i, col := range cols {
		result[i] = funcs.ResultColumn{Name: col.Name, Type: col.Type.OID}
	}
	if f.Columns != nil {
		result = f.Columns
	}
	c.fn, c.strict = f.SRF.Bind(argTypes, result), f.SRF.Strict
	return c, nil
}

// chunkRows is how many rows a function makes before it is suspended.
const chunkRows = 128

// rows runs the function for the row in the frame. It gives its rows in chunks, row-major, as long as they are asked for.
func (c *setCall) rows(f *frame) iter.Seq2[[]types.Datum, error] {
	return func(yield func([]types.Datum, error) bool) {
		if c.scalar != nil {
			c.scalarRow(f, yield)
			return
		}
		args := make([]types.Datum, len(c.args))
		for i, ev := range c.args {
			var err error
			if args[i], err = ev(f); err != nil {
				yield(nil, err)
				return
			}
			if args[i].IsNull() && c.strict {
				return
			}
		}
		var chunk []types.Datum
		err := c.fn(c.rt.funcs, args, func(row []types.Datum) error {
			chunk = append(chunk, row...)
			if len(chunk) >= chunkRows*c.width {
				if !yield(chunk, nil) {
					return errStopped
				}
				chunk = chunk[:0]
			}
			return nil
		})
		switch {
		case err == errStopped:
		case err != nil:
			yield(nil, err)
		case len(chunk) > 0:
			yield(chunk, nil)
		}
	}
}

// scalarRow gives a scalar function's value as a row; a record's fields are its columns.
func (c *setCall) scalarRow(f *frame, yield func([]types.Datum, error) bool) {
	d, err := c.scalar(f)
	if r, ok := d.X.(*types.Record); ok && err == nil && c.width > 1 {
		yield(r.Fields, nil)
		return
	}
	row := []types.Datum{d}
	for len(row) < c.width {
		row = append(row, types.Null)
	}
	yield(row, err)
}

type stopped struct{}

func (stopped) Error() string { return "nobody wants more rows" }

var errStopped error = stopped{}

// setReader pulls a function's rows one by one.
type setReader struct {
	width int
	next  func() ([]types.Datum, error, bool)
	stop  func()
	chunk []types.Datum
	done  bool
}

func newSetReader(seq iter.Seq2[[]types.Datum, error], width int) *setReader {
	next, stop := iter.Pull2(seq)
	return &setReader{width: width, next: next, stop: stop}
}

// row is the next row, nil at the end.
func (r *setReader) row() ([]types.Datum, error) {
	if r.done {
		return nil, nil
	}
	if len(r.chunk) == 0 {
		chunk, err, ok := r.next()
		if err != nil || !ok {
			r.done = true
			return nil, err
		}
		r.chunk = chunk
	}
	row := r.chunk[:r.width:r.width]
	r.chunk = r.chunk[r.width:]
	return row, nil
}

// funcScanOp zips the rows of functions; shorter ones are filled up with NULLs.
type funcScanOp struct {
	node    *plan.FuncScan
	rt      *runtime
	calls   []*setCall
	readers []*setReader
	typs    []types.Type
	out     rowsBatch
	n       int64
	buf     []types.Datum
	ended   bool
}

func (b *builder) funcScan(n *plan.FuncScan) (Operator, error) {
	op := &funcScanOp{node: n, rt: b.rt, typs: typesOf(n.Cols), buf: make([]types.Datum, len(n.Cols))}
	at := 0
	for i := range n.Funcs {
		f := &n.Funcs[i]
		c, err := b.setCall(f, n.Cols[at:at+f.NumCols], scope{})
		if err != nil {
			return nil, err
		}
		at += f.NumCols
		op.calls = append(op.calls, c)
	}
	return op, nil
}

func (o *funcScanOp) Open(*Context) error {
	o.stop()
	o.n, o.ended = 0, false
	for _, c := range o.calls {
		o.readers = append(o.readers, newSetReader(c.rows(noRow), c.width))
	}
	return nil
}

func (o *funcScanOp) Next() (*Batch, error) {
	if err := o.rt.canceled(); err != nil {
		return nil, err
	}
	o.out.reset(o.typs)
	for !o.ended && !o.out.full() {
		any, at := false, 0
		for _, r := range o.readers {
			row, err := r.row()
			if err != nil {
				return nil, err
			}
			any = any || row != nil
			fill(o.buf[at:at+r.width], row)
			at += r.width
		}
		if !any {
			o.ended = true
			break
		}
		o.n++
		if o.node.Ordinality {
			o.buf[at] = types.Int(o.n)
		}
		o.out.add(o.buf...)
	}
	return o.out.done(), nil
}

// fill copies a row, or NULLs for none.
func fill(dst, row []types.Datum) {
	if row != nil {
		copy(dst, row)
		return
	}
	for i := range dst {
		dst[i] = types.Null
	}
}

func (o *funcScanOp) stop() {
	for _, r := range o.readers {
		r.stop()
	}
	o.readers = o.readers[:0]
}

func (o *funcScanOp) Close() error {
	o.stop()
	o.ended = true
	return nil
}

// projectSetOp is a select list with set-returning functions: for each input row as many rows as the longest function gives.
type projectSetOp struct {
	input Operator
	rt    *runtime
	items []setItem
	typs  []types.Type
	out   rowsBatch
	row   []types.Datum
	batch *Batch
	at    int
	begun bool
	f     frame
}

// setItem is one column: an expression, or a function.
type setItem struct {
	ev     evaluator
	call   *setCall
	reader *setReader
	record []types.Type // of a function of several columns: its rows are one record
}

// recordTypes are the fields of the record that a function of several columns gives in a select list; nil when it gives a plain value.
func recordTypes(f *bound.FuncCall, col bound.Column) []types.Type {
	if len(f.Columns) < 2 && col.Type.OID != types.RecordOID || len(f.Columns) == 0 {
		return nil
	}
	var typs []types.Type
	for _, c := range f.Columns {
		typs = append(typs, types.T(c.Type))
	}
	return typs
}

func (b *builder) projectSet(n *plan.ProjectSet) (Operator, error) {
	in, err := b.operator(n.Input)
	if err != nil {
		return nil, err
	}
	sc := scopeOf(n.Input.Columns())
	op := &projectSetOp{input: in, rt: b.rt, typs: typesOf(n.Cols), row: make([]types.Datum, len(n.Items))}
	for _, it := range n.Items {
		var item setItem
		if f, ok := n.SRFs[it.Col.ID]; ok {
			f.NumCols = max(f.NumCols, len(f.Columns), 1)
			item.call, err = b.setCall(&f, []bound.Column{it.Col}, sc)
			item.record = recordTypes(&f, it.Col)
		} else {
			item.ev, err = b.compile(it.Expr, sc)
		}
		if err != nil {
			return nil, err
		}
		op.items = append(op.items, item)
	}
	return op, nil
}

func (o *projectSetOp) Open(ctx *Context) error {
	o.stop()
	o.batch, o.at = nil, 0
	return o.input.Open(ctx)
}

func (o *projectSetOp) Next() (*Batch, error) {
	if err := o.rt.canceled(); err != nil {
		return nil, err
	}
	o.out.reset(o.typs)
	for !o.out.full() {
		if o.batch == nil || o.at >= o.batch.Rows() {
			b, err := o.input.Next()
			if err != nil {
				return nil, err
			}
			if b == nil {
				break
			}
			o.batch, o.at = b, 0
		}
		if err := o.expand(); err != nil {
			return nil, err
		}
	}
	return o.out.done(), nil
}

// expand goes on with the current input row.
func (o *projectSetOp) expand() error {
	if !o.begun {
		o.f = frame{b: o.batch, i: o.batch.Row(o.at)}
		for i := range o.items {
			it := &o.items[i]
			if it.call != nil {
				it.reader = newSetReader(it.call.rows(&o.f), it.call.width)
				continue
			}
			var err error
			if o.row[i], err = it.ev(&o.f); err != nil {
				return err
			}
		}
		o.begun = true
	}
	for !o.out.full() {
		any := false
		for i := range o.items {
			if it := &o.items[i]; it.reader != nil {
				row, err := it.reader.row()
				if err != nil {
					return err
				}
				any = any || row != nil
				if it.record != nil && row != nil {
					row = []types.Datum{types.RecordOf(&types.Record{Types: it.record, Fields: append([]types.Datum(nil), row...)})}
				}
				fill(o.row[i:i+1], row)
			}
		}
		if !any {
			o.stop()
			o.at++
			return nil
		}
		o.out.add(o.row...)
	}
	return nil
}

func (o *projectSetOp) stop() {
	for i := range o.items {
		if r := o.items[i].reader; r != nil {
			r.stop()
			o.items[i].reader = nil
		}
	}
	o.begun = false
}

func (o *projectSetOp) Close() error {
	o.stop()
	o.batch = nil
	return o.input.Close()
}
