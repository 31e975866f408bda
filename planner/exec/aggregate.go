package exec

import (
	"bytes"
	"slices"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// aggregateOp groups all its input by hashing, once for every grouping set.
type aggregateOp struct {
	node   *plan.Aggregate
	input  Operator
	rt     *runtime
	typs   []types.Type
	keys   []evaluator
	aggs   []aggregate
	sets   []groupingSet
	groups *rowSet // the keys of each group, and its set's grouping bits
	states [][]accumulator
	bytes  int64
	at     int
	out    rowsBatch
	buf    []byte
	f      frame
	keyRow []types.Datum
}

// groupingSet is one way of grouping: which keys count, and the groups found.
type groupingSet struct {
	on   []bool
	bits int64
	seen *keySet
	ids  []int32 // by number in seen: the group
}

const stateBytes = 96

func (b *builder) aggregate(n *plan.Aggregate) (Operator, error) {
	in, err := b.operator(n.Input)
	if err != nil {
		return nil, err
	}
	sc := scopeOf(n.Input.Columns())
	op := &aggregateOp{node: n, input: in, rt: b.rt, typs: typesOf(n.Cols)}
	for _, k := range n.Keys {
		ev, err := b.compile(k.Expr, sc)
		if err != nil {
			return nil, err
		}
		op.keys = append(op.keys, ev)
	}
	for i := range n.Aggs {
		a, err := b.aggregateCall(&n.Aggs[i], sc)
		if err != nil {
			return nil, err
		}
		op.aggs = append(op.aggs, a)
	}
	op.sets = groupingSets(n, b.rt)
	op.keyRow = make([]types.Datum, len(n.Keys)+1)
	op.groups = newRowSet(b.rt, len(op.keyRow))
	return op, nil
}

func groupingSets(n *plan.Aggregate, rt *runtime) []groupingSet {
	if n.Sets == nil {
		on := make([]bool, len(n.Keys))
		for i := range on {
			on[i] = true
		}
		return []groupingSet{{on: on, seen: newKeySet(rt)}}
	}
	var sets []groupingSet
	for _, keys := range n.Sets {
		s := groupingSet{on: make([]bool, len(n.Keys)), seen: newKeySet(rt)}
		for i := range n.Keys {
			if s.on[i] = slices.Contains(keys, i); !s.on[i] {
				s.bits |= 1 << i
			}
		}
		sets = append(sets, s)
	}
	return sets
}

func (o *aggregateOp) Open(ctx *Context) error {
	o.release()
	if err := o.input.Open(ctx); err != nil {
		return err
	}
	for i := range o.sets {
		if len(o.keys) == 0 || !slices.Contains(o.sets[i].on, true) {
			if o.node.Scalar || o.node.Sets != nil {
				if err := o.startEmpty(&o.sets[i]); err != nil {
					return err
				}
			}
		}
	}
	for {
		b, err := o.input.Next()
		if err != nil {
			return err
		}
		if b == nil {
			return o.input.Close()
		}
		if err := o.take(b); err != nil {
			return err
		}
	}
}

// startEmpty makes the one group of a set without keys, which exists without rows too.
func (o *aggregateOp) startEmpty(s *groupingSet) error {
	for i := range o.keyRow {
		o.keyRow[i] = types.Null
	}
	_, err := o.group(s, nil)
	return err
}

func (o *aggregateOp) take(b *Batch) error {
	o.f.b = b
	if len(o.keys) == 0 && len(o.sets) == 1 {
		return o.takeAll(b)
	}
	values := make([]types.Datum, len(o.keys))
	for k := range b.Rows() {
		o.f.i = b.Row(k)
		for i, ev := range o.keys {
			var err error
			if values[i], err = ev(&o.f); err != nil {
				return err
			}
		}
		for si := range o.sets {
			g, err := o.findGroup(&o.sets[si], values)
			if err != nil {
				return err
			}
			for ai := range o.aggs {
				if err := o.states[g][ai].row(&o.f); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// takeAll adds a batch to the only group.
func (o *aggregateOp) takeAll(b *Batch) error {
	if len(o.states) == 0 {
		if _, err := o.findGroup(&o.sets[0], nil); err != nil {
			return err
		}
	}
	for ai := range o.aggs {
		if err := o.states[0][ai].batch(&o.f, b); err != nil {
			return err
		}
	}
	return nil
}

// findGroup is the group of a row with these keys in a set.
func (o *aggregateOp) findGroup(s *groupingSet, values []types.Datum) (int32, error) {
	o.buf = o.buf[:0]
	for i, v := range values {
		if !s.on[i] {
			o.keyRow[i] = types.Null
			continue
		}
		o.keyRow[i] = v
		var err error
		if o.buf, err = types.AppendKey(o.buf, o.node.Keys[i].Expr.Type().OID, v, false, false); err != nil {
			return 0, err
		}
	}
	return o.group(s, o.buf)
}

func (o *aggregateOp) group(s *groupingSet, key []byte) (int32, error) {
	id, fresh, err := s.seen.add(key)
	if err != nil {
		return 0, err
	}
	if !fresh {
		return s.ids[id], nil
	}
	g := int32(o.groups.n)
	s.ids = append(s.ids, g)
	o.keyRow[len(o.keyRow)-1] = types.Int(s.bits)
	if err := o.groups.add(o.keyRow); err != nil {
		return 0, err
	}
	states := make([]accumulator, len(o.aggs))
	for i := range o.aggs {
		states[i] = o.aggs[i].newState(o.rt)
	}
	o.states = append(o.states, states)
	bytes := int64(len(states)) * stateBytes
	o.bytes += bytes
	return g, o.rt.grow(bytes)
}

func (o *aggregateOp) Next() (*Batch, error) {
	o.out.reset(o.typs)
	row := make([]types.Datum, len(o.typs))
	nk := len(o.keys)
	for ; o.at < o.groups.n && !o.out.full(); o.at++ {
		kept := o.groups.row(o.at)
		copy(row, kept[:nk])
		for i := range o.aggs {
			var err error
			if row[nk+i], err = o.states[o.at][i].result(); err != nil {
				return nil, err
			}
		}
		if o.node.SetCol != 0 {
			row[len(row)-1] = kept[nk]
		}
		o.out.add(row...)
	}
	return o.out.done(), nil
}

func (o *aggregateOp) release() {
	o.groups.reset()
	for i := range o.sets {
		o.sets[i].seen.reset()
		o.sets[i].ids = nil
	}
	o.rt.shrink(o.bytes)
	o.states, o.bytes, o.at = nil, 0, 0
}

func (o *aggregateOp) Close() error {
	o.release()
	return o.input.Close()
}

// aggregate is a compiled aggregate call.
type aggregate struct {
	spec     *bound.Agg
	args     []evaluator
	argTypes []types.Type
	filter   evaluator
	keys     []bound.SortKey // the order that rows are added in: ORDER BY's, and DISTINCT's own where the order shows
	order    []evaluator
	plain    bool // no DISTINCT, FILTER, ORDER BY: rows are added as they come
	countAll bool
}

func (b *builder) aggregateCall(a *bound.Agg, sc scope) (aggregate, error) {
	if a.Fn == nil {
		return aggregate{}, pgerr.Unimplemented("aggregate " + a.Text)
	}
	out := aggregate{spec: a, argTypes: typesOfExprs(a.Args)}
	var err error
	if out.args, err = b.compileAll(a.Args, sc); err != nil {
		return out, err
	}
	if out.filter, err = b.compileOptional(a.Filter, sc); err != nil {
		return out, err
	}
	out.keys = aggregateOrder(a)
	for _, k := range out.keys {
		ev, err := b.compile(k.Expr, sc)
		if err != nil {
			return out, err
		}
		out.order = append(out.order, ev)
	}
	out.plain = !a.Distinct && a.Filter == nil && len(a.OrderBy) == 0
	out.countAll = out.plain && a.Fn.Name == "count" && len(a.Args) == 0
	return out, nil
}

// aggregateOrder is the order in which an aggregate wants its rows. DISTINCT sorts by the arguments, as far as ORDER BY does not: array_agg(DISTINCT x)
// comes in x's order.
func aggregateOrder(a *bound.Agg) []bound.SortKey {
	if !a.Distinct || !a.Fn.Ordered {
		return a.OrderBy
	}
	keys := slices.Clone(a.OrderBy)
	for _, x := range a.Args {
		sorted := func(k bound.SortKey) bool { return plan.Equal(k.Expr, x) }
		if _, constant := x.(*bound.Const); !constant && !slices.ContainsFunc(keys, sorted) {
			keys = append(keys, bound.SortKey{Expr: x})
		}
	}
	return keys
}

// accumulator is an aggregate's state in one group.
type accumulator struct {
	call  *aggregate
	rt    *runtime
	state funcs.AggState
	count int64 // countAll
	args  []types.Datum
	seen  *keySet // DISTINCT
	rows  []orderedArgs
	place []byte // the sort key of a hypothetical-set aggregate's own row, once a row was seen
	buf   []byte
}

// orderedArgs are arguments waiting for their order.
type orderedArgs struct {
	key  []byte
	args []types.Datum
}

func (a *aggregate) newState(rt *runtime) accumulator {
	acc := accumulator{call: a, rt: rt}
	if a.countAll {
		return acc
	}
	acc.state = a.spec.Fn.New(rt.funcs, a.argTypes)
	acc.args = make([]types.Datum, len(a.args))
	if a.spec.Distinct {
		acc.seen = newKeySet(rt)
	}
	return acc
}

// batch adds all rows of a batch.
func (s *accumulator) batch(f *frame, b *Batch) error {
	if s.call.countAll {
		s.count += int64(b.Rows())
		return nil
	}
	for k := range b.Rows() {
		f.i = b.Row(k)
		if err := s.row(f); err != nil {
			return err
		}
	}
	return nil
}

// row adds the row in the frame.
func (s *accumulator) row(f *frame) error {
	c := s.call
	if c.countAll {
		s.count++
		return nil
	}
	if c.filter != nil {
		d, err := c.filter(f)
		if err != nil || d.IsNull() || !d.Bool() {
			return err
		}
	}
	for i, ev := range c.args {
		d, err := ev(f)
		if err != nil {
			return err
		}
		if d.IsNull() && c.spec.Fn.Strict {
			return nil
		}
		s.args[i] = d
	}
	if c.plain {
		return s.state.Add(s.args)
	}
	return s.special(f)
}

// special handles DISTINCT and ORDER BY.
func (s *accumulator) special(f *frame) error {
	c := s.call
	if s.seen != nil {
		s.buf = s.buf[:0]
		for i, d := range s.args {
			var err error
			if s.buf, err = types.AppendKey(s.buf, c.argTypes[i].OID, d, false, false); err != nil {
				return err
			}
		}
		if _, fresh, err := s.seen.add(s.buf); err != nil || !fresh {
			return err
		}
	}
	if len(c.order) == 0 {
		return s.state.Add(s.args)
	}
	values := make([]types.Datum, len(c.order))
	for i, ev := range c.order {
		var err error
		if values[i], err = ev(f); err != nil {
			return err
		}
	}
	key, err := c.sortKey(values)
	if err != nil {
		return err
	}
	if c.spec.Fn.Hypothetical {
		if s.place == nil {
			if s.place, err = c.sortKey(s.args[:len(c.order)]); err != nil {
				return err
			}
		}
		s.rows = append(s.rows, orderedArgs{key: key})
		return s.rt.grow(int64(len(key)) + 48)
	}
	s.rows = append(s.rows, orderedArgs{key, append([]types.Datum(nil), s.args...)})
	return s.rt.grow(int64(len(key)) + rowBytes(s.args))
}

// sortKey makes the bytes that order a row with these values of the keys.
func (c *aggregate) sortKey(values []types.Datum) (key []byte, err error) {
	for i, d := range values {
		k := &c.keys[i]
		if key, err = types.AppendKey(key, k.Expr.Type().OID, d, k.Desc, k.NullsFirst); err != nil {
			return nil, err
		}
	}
	return key, nil
}

func (s *accumulator) result() (types.Datum, error) {
	if s.call.countAll {
		return types.Int(s.count), nil
	}
	slices.SortStableFunc(s.rows, func(a, b orderedArgs) int { return bytes.Compare(a.key, b.key) })
	var last []byte
	for i, r := range s.rows {
		if s.place != nil {
			r.args = []types.Datum{types.Int(int64(bytes.Compare(r.key, s.place))), types.Bool(i == 0 || !bytes.Equal(r.key, last))}
			last = r.key
		}
		if err := s.state.Add(r.args); err != nil {
			return types.Null, err
		}
	}
	s.rows = nil
	return s.state.Result()
}
