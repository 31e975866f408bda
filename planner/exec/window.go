package exec

import (
	"bytes"
	"slices"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// windowOp keeps all its input and computes window functions over it, one specification after the other. Rows come out in the order of
// the last specification.
type windowOp struct {
	input Operator
	rt    *runtime
	rows  *rowSet // the input's columns, and one for each function
	width int     // of the input
	specs []windowSpec
	order []int
	typs  []types.Type
	at    int
	out   rowsBatch
}

// windowSpec is a partitioning and order that some functions share.
type windowSpec struct {
	partition []evaluator
	partTypes []types.OID
	order     []evaluator
	keys      []bound.SortKey
	funcs     []*windowFunc
}

func (b *builder) window(n *plan.Window) (Operator, error) {
	in, err := b.operator(n.Input)
	if err != nil {
		return nil, err
	}
	cols := n.Input.Columns()
	op := &windowOp{input: in, rt: b.rt, width: len(cols), typs: typesOf(n.Cols)}
	op.rows = newRowSet(b.rt, len(n.Cols))
	sc := scope{row: layoutOf(cols)}
	var shared []*bound.WindowFunc // by spec: the first function with it
	for i := range n.Funcs {
		f := &n.Funcs[i]
		s := slices.IndexFunc(shared, func(o *bound.WindowFunc) bool { return sameWindow(o, f) })
		if s < 0 {
			spec, err := b.windowSpec(f, sc)
			if err != nil {
				return nil, err
			}
			s = len(op.specs)
			op.specs, shared = append(op.specs, spec), append(shared, f)
		}
		wf, err := b.windowFunc(f, len(cols)+i, sc)
		if err != nil {
			return nil, err
		}
		op.specs[s].funcs = append(op.specs[s].funcs, wf)
	}
	return op, nil
}

// sameWindow tells whether two functions partition and order alike.
func sameWindow(a, b *bound.WindowFunc) bool {
	if len(a.PartitionBy) != len(b.PartitionBy) || len(a.OrderBy) != len(b.OrderBy) {
		return false
	}
	for i := range a.PartitionBy {
		if !plan.Equal(a.PartitionBy[i], b.PartitionBy[i]) {
			return false
		}
	}
	for i, k := range a.OrderBy {
		o := b.OrderBy[i]
		if k.Desc != o.Desc || k.NullsFirst != o.NullsFirst || !plan.Equal(k.Expr, o.Expr) {
			return false
		}
	}
	return true
}

func (b *builder) windowSpec(f *bound.WindowFunc, sc scope) (windowSpec, error) {
	s := windowSpec{keys: f.OrderBy}
	var err error
	if s.partition, err = b.compileAll(f.PartitionBy, sc); err != nil {
		return s, err
	}
	for _, p := range f.PartitionBy {
		s.partTypes = append(s.partTypes, p.Type().OID)
	}
	for _, k := range f.OrderBy {
		ev, err := b.compile(k.Expr, sc)
		if err != nil {
			return s, err
		}
		s.order = append(s.order, ev)
	}
	return s, nil
}

// windowRow is a row's place: its partition's and its order's key.
type windowRow struct {
	row              int
	partition, order []byte
}

func (o *windowOp) Open(ctx *Context) error {
	o.rows.reset()
	o.at, o.order = 0, nil
	if err := o.input.Open(ctx); err != nil {
		return err
	}
	for {
		b, err := o.input.Next()
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		for k := range b.Rows() {
			r := o.rows.next()
			if err := b.Read(b.Row(k), r[:o.width]); err != nil {
				return err
			}
			if err := o.rows.count(r); err != nil {
				return err
			}
		}
	}
	if err := o.input.Close(); err != nil {
		return err
	}
	for i := range o.specs {
		if err := o.compute(&o.specs[i]); err != nil {
			return err
		}
	}
	return nil
}

// compute sorts by a specification and runs its functions on every partition.
func (o *windowOp) compute(s *windowSpec) error {
	rows, err := o.placed(s)
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b windowRow) int {
		if c := bytes.Compare(a.partition, b.partition); c != 0 {
			return c
		}
		if c := bytes.Compare(a.order, b.order); c != 0 {
			return c
		}
		return a.row - b.row
	})
	o.order = o.order[:0]
	for _, r := range rows {
		o.order = append(o.order, r.row)
	}
	for lo := 0; lo < len(rows); {
		hi := lo + 1
		for hi < len(rows) && bytes.Equal(rows[hi].partition, rows[lo].partition) {
			hi++
		}
		p := newPartition(o, s, rows[lo:hi])
		for _, f := range s.funcs {
			if err := f.run(p); err != nil {
				return err
			}
		}
		lo = hi
		if err := o.rt.canceled(); err != nil {
			return err
		}
	}
	return nil
}

func (o *windowOp) placed(s *windowSpec) ([]windowRow, error) {
	rows := make([]windowRow, o.rows.n)
	var total int64
	for i := range rows {
		f := frame{row: o.rows.row(i)}
		r := &rows[i]
		r.row = i
		for k, ev := range s.partition {
			d, err := ev(&f)
			if err != nil {
				return nil, err
			}
			if r.partition, err = types.AppendKey(r.partition, s.partTypes[k], d, false, false); err != nil {
				return nil, err
			}
		}
		for k, ev := range s.order {
			d, err := ev(&f)
			if err != nil {
				return nil, err
			}
			key := &s.keys[k]
			if r.order, err = types.AppendKey(r.order, key.Expr.Type().OID, d, key.Desc, key.NullsFirst); err != nil {
				return nil, err
			}
		}
		total += int64(len(r.partition)+len(r.order)) + 56
	}
	if err := o.rt.grow(total); err != nil {
		return nil, err
	}
	o.rt.shrink(total)
	return rows, nil
}

func (o *windowOp) Next() (*Batch, error) {
	o.out.reset(o.typs)
	for ; o.at < len(o.order) && !o.out.full(); o.at++ {
		o.out.add(o.rows.row(o.order[o.at])...)
	}
	return o.out.done(), nil
}

func (o *windowOp) Close() error {
	o.rows.reset()
	o.order = nil
	return o.input.Close()
}

// partition is the rows of one partition in order, with their peer groups.
type partition struct {
	op    *windowOp
	spec  *windowSpec
	rows  []windowRow
	group []int // by row: its peer group's number
	start []int // by group: its first row; one more entry at the end
}

func newPartition(o *windowOp, s *windowSpec, rows []windowRow) *partition {
	p := &partition{op: o, spec: s, rows: rows, group: make([]int, len(rows))}
	for i := range rows {
		if i == 0 || !bytes.Equal(rows[i].order, rows[i-1].order) {
			p.start = append(p.start, i)
		}
		p.group[i] = len(p.start) - 1
	}
	p.start = append(p.start, len(rows))
	return p
}

// data is a row's values.
func (p *partition) data(i int) []types.Datum { return p.op.rows.row(p.rows[i].row) }

func (p *partition) len() int { return len(p.rows) }
