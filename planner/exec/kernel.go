package exec

import (
	"cmp"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/types"
	"vecgres/vecengine/column"
)

// selector appends to out the rows of a batch that satisfy a condition, out of those in sel (nil: all n rows).
type selector func(f *frame, sel []uint32, out []uint32) ([]uint32, error)

// selection filters batches by a list of conditions, each applied to what the ones before it left.
type selection struct {
	conds []selector
	bufs  [2][]uint32
	f     frame
}

// selection compiles a condition over a batch; nil for none.
func (c *compiler) selection(pred bound.Scalar, sc scope) (*selection, error) {
	if pred == nil {
		return nil, nil
	}
	s := &selection{}
	for _, conj := range plan.Conjuncts(pred) {
		sel, err := c.selector(conj, sc)
		if err != nil {
			return nil, err
		}
		s.conds = append(s.conds, sel)
	}
	return s, nil
}

// apply narrows b.Sel; the memory of the new one belongs to s. row is the kept row beside the batch, nil for none.
func (s *selection) apply(b *Batch, row []types.Datum) error {
	if s == nil {
		return nil
	}
	s.f = frame{b: b, row: row}
	for i, cond := range s.conds {
		out, err := cond(&s.f, b.Sel, s.bufs[i&1][:0])
		if err != nil {
			return err
		}
		if out == nil {
			out = []uint32{}
		}
		s.bufs[i&1] = out
		b.Sel = out
		if len(out) == 0 {
			return nil
		}
	}
	return nil
}

func (c *compiler) selector(cond bound.Scalar, sc scope) (selector, error) {
	ev, err := c.compile(cond, sc)
	if err != nil {
		return nil, err
	}
	rows := rowSelector(ev)
	call, ok := cond.(*bound.Call)
	if !ok {
		return rows, nil
	}
	class := comparisonClass(call)
	if class == 0 {
		return rows, nil
	}
	left, right := call.Args[0], call.Args[1]
	op := call.Op
	if _, ok := left.(*bound.ColRef); !ok {
		left, right, op = right, left, mirrored[op]
	}
	ref, ok := left.(*bound.ColRef)
	if !ok || len(sc.row) > 0 {
		return rows, nil
	}
	at, ok := sc.batch[ref.ID]
	if !ok || plan.Free(right).Meets(setOf(sc.batch)) || plan.HasSubquery(right) || plan.Volatile(right) {
		return rows, nil
	}
	value, err := c.compile(right, sc)
	if err != nil {
		return nil, err
	}
	return kernelSelector(at, op, class, value, rows), nil
}

func setOf(l layout) plan.ColSet {
	s := plan.ColSet{}
	for id := range l {
		s.Add(id)
	}
	return s
}

var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// rowSelector evaluates a condition row by row.
func rowSelector(ev evaluator) selector {
	return func(f *frame, sel []uint32, out []uint32) ([]uint32, error) {
		if sel == nil {
			for i := range f.b.N {
				f.i = i
				d, err := ev(f)
				if err != nil {
					return nil, err
				}
				if !d.IsNull() && d.Bool() {
					out = append(out, uint32(i))
				}
			}
			return out, nil
		}
		for _, i := range sel {
			f.i = int(i)
			d, err := ev(f)
			if err != nil {
				return nil, err
			}
			if !d.IsNull() && d.Bool() {
				out = append(out, i)
			}
		}
		return out, nil
	}
}

// kernelSelector compares a column in the engine's form with a value that is the same for the whole batch; other forms go row by row.
func kernelSelector(at int, op string, class byte, value evaluator, rows selector) selector {
	return func(f *frame, sel []uint32, out []uint32) ([]uint32, error) {
		v := &f.b.Cols[at]
		if !v.columnar() {
			return rows(f, sel, out)
		}
		d, err := value(f)
		if err != nil || d.IsNull() {
			return out, err
		}
		switch c := &v.Col; {
		case class == 'i' && c.Kind == column.Int32:
			return compareInts[int32](c, op, d.N, sel, out), nil
		case class == 'i' && c.Kind == column.Int64:
			return compareInts[int64](c, op, d.N, sel, out), nil
		case class == 'i' && c.Kind == column.Int16:
			return compareInts[int16](c, op, d.N, sel, out), nil
		case class == 'f' && c.Kind == column.Float64:
			return compareFloatColumn[float64](c, op, d.Float(), sel, out), nil
		case class == 'f' && c.Kind == column.Float32:
			return compareFloatColumn[float32](c, op, d.Float(), sel, out), nil
		case class == 's' && c.Kind == column.Bytes:
			return compareBytes(c, op, d.S, sel, out), nil
		}
		return rows(f, sel, out)
	}
}

// each calls keep for the rows in question that are not NULL and collects those kept.
func each(c *column.Column, sel, out []uint32, keep func(i int) bool) []uint32 {
	if sel == nil {
		for i := range c.Len {
			if !c.IsNull(i) && keep(i) {
				out = append(out, uint32(i))
			}
		}
		return out
	}
	for _, i := range sel {
		if !c.IsNull(int(i)) && keep(int(i)) {
			out = append(out, i)
		}
	}
	return out
}

func compareInts[T int16 | int32 | int64](c *column.Column, op string, x int64, sel, out []uint32) []uint32 {
	vals := column.Values[T](c)
	switch op {
	case "=":
		return each(c, sel, out, func(i int) bool { return int64(vals[i]) == x })
	case "<>":
		return each(c, sel, out, func(i int) bool { return int64(vals[i]) != x })
	case "<":
		return each(c, sel, out, func(i int) bool { return int64(vals[i]) < x })
	case "<=":
		return each(c, sel, out, func(i int) bool { return int64(vals[i]) <= x })
	case ">":
		return each(c, sel, out, func(i int) bool { return int64(vals[i]) > x })
	}
	return each(c, sel, out, func(i int) bool { return int64(vals[i]) >= x })
}

func compareFloatColumn[T float32 | float64](c *column.Column, op string, x float64, sel, out []uint32) []uint32 {
	vals, want := column.Values[T](c), wanted[op]
	return each(c, sel, out, func(i int) bool { return want[compareFloats(float64(vals[i]), x)+1] })
}

func compareBytes(c *column.Column, op string, x string, sel, out []uint32) []uint32 {
	if op == "=" {
		return each(c, sel, out, func(i int) bool { return string(c.BytesAt(i)) == x })
	}
	want := wanted[op]
	return each(c, sel, out, func(i int) bool { return want[cmp.Compare(string(c.BytesAt(i)), x)+1] })
}

// wanted tells for each comparison which results of a three-way comparison (below, equal, above) satisfy it.
var wanted = map[string][3]bool{
	"=": {false, true, false}, "<>": {true, false, true}, "<": {true, false, false},
	"<=": {true, true, false}, ">": {false, false, true}, ">=": {false, true, true},
}
