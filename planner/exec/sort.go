package exec

import (
	"bytes"
	"container/heap"
	"slices"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// ordering makes sort keys: bytes whose order is the order of the rows.
type ordering struct {
	keys []bound.SortKey
	evs  []evaluator
	buf  []byte
	f    frame
}

func (b *builder) ordering(keys []bound.SortKey, sc scope) (*ordering, error) {
	o := &ordering{keys: keys}
	for _, k := range keys {
		ev, err := b.compile(k.Expr, sc)
		if err != nil {
			return nil, err
		}
		o.evs = append(o.evs, ev)
	}
	return o, nil
}

// key is the sort key of a row of a batch, valid until the next call.
func (o *ordering) key(b *Batch, row int) ([]byte, error) {
	o.f.b, o.f.i = b, row
	o.buf = o.buf[:0]
	for i, ev := range o.evs {
		d, err := ev(&o.f)
		if err != nil {
			return nil, err
		}
		k := &o.keys[i]
		if o.buf, err = types.AppendKey(o.buf, k.Expr.Type().OID, d, k.Desc, k.NullsFirst); err != nil {
			return nil, err
		}
	}
	return o.buf, nil
}

// sortedRow is a kept row with its sort key; seq keeps equal ones in input order.
type sortedRow struct {
	key []byte
	row []types.Datum
	seq int
}

func compareSorted(a, b sortedRow) int {
	if c := bytes.Compare(a.key, b.key); c != 0 {
		return c
	}
	return a.seq - b.seq
}

// sortOp orders all its input, or with a bound the first rows of it in a heap.
type sortOp struct {
	input  Operator
	order  *ordering
	bounds *bounds // TopK
	typs   []types.Type
	rt     *runtime
	rows   []sortedRow
	kept   *rowSet
	bytes  int64
	at     int
	out    rowsBatch
}

func (b *builder) sort(n *plan.Sort) (Operator, error) { return b.sorting(n.Input, n.Keys, nil) }

func (b *builder) topK(n *plan.TopK) (Operator, error) {
	var l bounds
	var err error
	if l.count, err = b.compileOptional(n.Count, scope{}); err != nil {
		return nil, err
	}
	if l.offset, err = b.compileOptional(n.Offset, scope{}); err != nil {
		return nil, err
	}
	return b.sorting(n.Input, n.Keys, &l)
}

func (b *builder) sorting(input plan.Node, keys []bound.SortKey, l *bounds) (Operator, error) {
	in, err := b.operator(input)
	if err != nil {
		return nil, err
	}
	order, err := b.ordering(keys, scopeOf(input.Columns()))
	if err != nil {
		return nil, err
	}
	cols := input.Columns()
	return &sortOp{input: in, order: order, bounds: l, typs: typesOf(cols), rt: b.rt, kept: newRowSet(b.rt, len(cols))}, nil
}

func (s *sortOp) Open(ctx *Context) error {
	s.release()
	k := int64(-1)
	if s.bounds != nil {
		var err error
		if k, err = s.bounds.total(); err != nil {
			return err
		}
	}
	if err := s.input.Open(ctx); err != nil {
		return err
	}
	for {
		b, err := s.input.Next()
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := s.take(b, k); err != nil {
			return err
		}
	}
	slices.SortFunc(s.rows, compareSorted)
	return s.input.Close()
}

// take keeps a batch's rows, or those among the first k.
func (s *sortOp) take(b *Batch, k int64) error {
	if k == 0 {
		return nil
	}
	for i := range b.Rows() {
		row := b.Row(i)
		key, err := s.order.key(b, row)
		if err != nil {
			return err
		}
		if k > 0 && int64(len(s.rows)) >= k {
			if bytes.Compare(key, s.rows[0].key) >= 0 {
				continue
			}
			worst := &s.rows[0]
			worst.key = append(worst.key[:0], key...)
			if err := b.Read(row, worst.row); err != nil {
				return err
			}
			worst.seq = s.at
			s.at++
			heap.Fix((*sortHeap)(&s.rows), 0)
			continue
		}
		if err := s.keep(b, row, key, k > 0); err != nil {
			return err
		}
	}
	return nil
}

func (s *sortOp) keep(b *Batch, row int, key []byte, inHeap bool) error {
	r := s.kept.next()
	if err := b.Read(row, r); err != nil {
		return err
	}
	if err := s.kept.count(r); err != nil {
		return err
	}
	bytes := int64(len(key)) + 56
	s.bytes += bytes
	if err := s.rt.grow(bytes); err != nil {
		return err
	}
	sr := sortedRow{append([]byte(nil), key...), r, s.at}
	s.at++
	if inHeap {
		heap.Push((*sortHeap)(&s.rows), sr)
	} else {
		s.rows = append(s.rows, sr)
	}
	return nil
}

func (s *sortOp) Next() (*Batch, error) {
	if s.at > 0 && len(s.rows) == 0 {
		return nil, nil
	}
	s.out.reset(s.typs)
	n := 0
	for ; n < len(s.rows) && !s.out.full(); n++ {
		s.out.add(s.rows[n].row...)
	}
	s.rows = s.rows[n:]
	return s.out.done(), nil
}

func (s *sortOp) release() {
	s.kept.reset()
	s.rt.shrink(s.bytes)
	s.rows, s.bytes, s.at = nil, 0, 0
}

func (s *sortOp) Close() error {
	s.release()
	return s.input.Close()
}

// sortHeap has the last row of the order at the top.
type sortHeap []sortedRow

func (h sortHeap) Len() int           { return len(h) }
func (h sortHeap) Less(i, j int) bool { return compareSorted(h[i], h[j]) > 0 }
func (h sortHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *sortHeap) Push(x any)        { *h = append(*h, x.(sortedRow)) }
func (h *sortHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
