package exec

import (
	"github.com/jackc/pgerrcode"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// subPlan is a subquery in an expression. Without parameters it runs once for a statement; with parameters once for each distinct
// combination of their values, of which it remembers a number.
type subPlan struct {
	node    *plan.SubPlan
	op      Operator
	rt      *runtime
	pass    func(f *frame) error
	keys    []evaluator // the parameters' values, for the memory; nil: nothing is remembered
	oids    []types.OID
	test    []evaluator
	compare evaluator // over the test values (row) and the subquery's rows (batch)
	hashed  *keySet   // Hashed and without parameters: the set of values
	oid     types.OID // of the hashed values
	elem    types.OID

	epoch  uint64
	value  types.Datum // the scalar, existence or array, without parameters
	rows   *rowSet     // the rows for ANY and ALL, without parameters
	null   bool        // the hashed set has a NULL
	memory map[string]types.Datum
	buf    []byte
	out    rowsBatch
	typs   []types.Type
}

// rememberedMax is how many results a correlated subquery remembers.
const rememberedMax = 4096

// subPlan compiles a subplan; one that depends on nothing outside is compiled once, wherever its value is used.
func (c *compiler) subPlan(e *plan.SubPlan, sc scope) (evaluator, error) {
	alone := len(e.Params) == 0 && len(e.TestExprs) == 0
	if ev, ok := c.alone[e]; ok && alone {
		return ev, nil
	}
	ev, err := c.newSubPlan(e, sc)
	if err == nil && alone {
		if c.alone == nil {
			c.alone = map[*plan.SubPlan]evaluator{}
		}
		c.alone[e] = ev
	}
	return ev, err
}

func (c *compiler) newSubPlan(e *plan.SubPlan, sc scope) (evaluator, error) {
	s := &subPlan{node: e, rt: c.rt, typs: typesOf(e.Plan.Columns())}
	err := c.with(e.Params, func() (err error) {
		s.op, err = c.build.operator(e.Plan)
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.pass, err = c.pass(e.Params, sc); err != nil {
		return nil, err
	}
	if err := c.subPlanKeys(s, sc); err != nil {
		return nil, err
	}
	if e.Kind == bound.SubArray {
		s.elem = types.ElemOf(e.Typ.OID)
	}
	if e.Kind != bound.SubAny && e.Kind != bound.SubAll {
		return s.eval, nil
	}
	if s.test, err = c.compileAll(e.TestExprs, sc); err != nil {
		return nil, err
	}
	inner := scope{batch: layoutOf(e.Plan.Columns()), row: layoutOf(e.TestCols)}
	if s.compare, err = c.compile(e.CompareExpr, inner); err != nil {
		return nil, err
	}
	s.rows = newRowSet(c.rt, len(s.typs))
	if e.Hashed && len(e.Params) == 0 {
		s.hashed, s.oid = newKeySet(c.rt), e.Plan.Columns()[0].Type.OID
	}
	return s.evalCompared, nil
}

// subPlanKeys prepares the memory of a correlated subquery whose parameters all have key bytes.
func (c *compiler) subPlanKeys(s *subPlan, sc scope) error {
	for _, id := range s.node.Params {
		typ, ok := paramType(s.node, id)
		if !ok || !types.Orderable(typ) {
			s.keys = nil
			return nil
		}
		ev, err := c.colRef(&bound.ColRef{ID: id}, sc)
		if err != nil {
			return err
		}
		s.keys, s.oids = append(s.keys, ev), append(s.oids, typ)
	}
	return nil
}

// paramType finds the type of a parameter among the subplan's expressions.
func paramType(n *plan.SubPlan, id bound.ColumnID) (oid types.OID, ok bool) {
	note := func(e bound.Scalar) {
		plan.Visit(e, func(s bound.Scalar) bool {
			if ref, is := s.(*bound.ColRef); is && ref.ID == id && ref.Typ.OID != 0 {
				oid, ok = ref.Typ.OID, true
			}
			return !ok
		})
	}
	plan.Walk(n.Plan, func(x plan.Node) {
		for _, e := range plan.Exprs(x) {
			note(e)
		}
	})
	note(n.CompareExpr)
	return oid, ok
}

// eval is a scalar subquery, EXISTS or ARRAY.
func (s *subPlan) eval(f *frame) (types.Datum, error) {
	if len(s.node.Params) == 0 {
		if s.epoch != s.rt.epoch {
			v, err := s.run()
			if err != nil {
				return types.Null, err
			}
			s.epoch, s.value = s.rt.epoch, v
		}
		return s.value, nil
	}
	key, err := s.remembered(f)
	if err != nil {
		return types.Null, err
	}
	if key != nil {
		if v, ok := s.memory[string(key)]; ok {
			return v, nil
		}
	}
	if err := s.pass(f); err != nil {
		return types.Null, err
	}
	v, err := s.run()
	if err == nil && key != nil && len(s.memory) < rememberedMax {
		s.memory[string(key)] = v
	}
	return v, err
}

// remembered is the key of the parameters' values; nil when results are not remembered.
func (s *subPlan) remembered(f *frame) ([]byte, error) {
	if s.keys == nil || s.node.Volatile() {
		return nil, nil
	}
	if s.epoch != s.rt.epoch || s.memory == nil {
		s.epoch, s.memory = s.rt.epoch, map[string]types.Datum{}
	}
	s.buf = s.buf[:0]
	for i, ev := range s.keys {
		d, err := ev(f)
		if err != nil {
			return nil, err
		}
		if s.buf, err = types.AppendKey(s.buf, s.oids[i], d, false, false); err != nil {
			return nil, err
		}
	}
	return append([]byte{}, s.buf...), nil
}

// run opens the plan and reduces its rows to a value.
func (s *subPlan) run() (v types.Datum, err error) {
	if err := s.op.Open(s.rt.ctx); err != nil {
		s.op.Close()
		return types.Null, err
	}
	switch s.node.Kind {
	case bound.SubExists:
		b, e := s.op.Next()
		v, err = types.Bool(b != nil), e
	case bound.SubArray:
		v, err = s.array()
	default:
		v, err = s.scalar()
	}
	if e := s.op.Close(); err == nil {
		err = e
	}
	return v, err
}

func (s *subPlan) scalar() (types.Datum, error) {
	v := types.Null
	for n := 0; ; {
		b, err := s.op.Next()
		if err != nil || b == nil {
			return v, err
		}
		if n += b.Rows(); n > 1 {
			return v, pgerr.New(pgerrcode.CardinalityViolation, "more than one row returned by a subquery used as an expression")
		}
		if v, err = b.Cols[0].At(b.Row(0)); err != nil {
			return v, err
		}
	}
}

func (s *subPlan) array() (types.Datum, error) {
	a := &types.Array{Elem: s.elem}
	for {
		b, err := s.op.Next()
		if err != nil {
			return types.Null, err
		}
		if b == nil {
			break
		}
		for k := range b.Rows() {
			d, err := b.Cols[0].At(b.Row(k))
			if err != nil {
				return types.Null, err
			}
			a.Elems = append(a.Elems, d)
		}
	}
	if len(a.Elems) > 0 {
		a.Dims, a.Lower = []int32{int32(len(a.Elems))}, []int32{1}
	}
	return types.ArrayOf(a), nil
}

// evalCompared is ANY or ALL.
func (s *subPlan) evalCompared(f *frame) (types.Datum, error) {
	values := make([]types.Datum, len(s.test))
	for i, ev := range s.test {
		var err error
		if values[i], err = ev(f); err != nil {
			return types.Null, err
		}
	}
	if len(s.node.Params) > 0 {
		if err := s.pass(f); err != nil {
			return types.Null, err
		}
		return s.compareStream(values)
	}
	if s.epoch != s.rt.epoch {
		if err := s.load(); err != nil {
			return types.Null, err
		}
	}
	if s.hashed != nil {
		return s.lookUp(values[0])
	}
	acc := comparison{all: s.node.Kind == bound.SubAll}
	for at := 0; ; {
		var b *Batch
		if b, at = s.rows.emit(&s.out, s.typs, at); b == nil {
			return acc.result(), nil
		}
		if done, err := acc.batch(s.compare, b, values); err != nil || done {
			return acc.result(), err
		}
	}
}

// load keeps the rows of an uncorrelated subquery, or their set.
func (s *subPlan) load() error {
	s.rows.reset()
	s.null = false
	if s.hashed != nil {
		s.hashed.reset()
	}
	if err := s.op.Open(s.rt.ctx); err != nil {
		return err
	}
	defer s.op.Close()
	s.epoch = s.rt.epoch
	if s.hashed == nil {
		return s.rows.drain(s.op)
	}
	for {
		b, err := s.op.Next()
		if err != nil || b == nil {
			return err
		}
		for k := range b.Rows() {
			d, err := b.Cols[0].At(b.Row(k))
			if err != nil {
				return err
			}
			if d.IsNull() {
				s.null = true
				continue
			}
			if s.buf, err = types.AppendKey(s.buf[:0], s.oid, d, false, false); err != nil {
				return err
			}
			if _, _, err := s.hashed.add(s.buf); err != nil {
				return err
			}
		}
	}
}

// lookUp is x = ANY (set).
func (s *subPlan) lookUp(x types.Datum) (types.Datum, error) {
	if len(s.hashed.ids) == 0 && !s.null {
		return types.Bool(false), nil
	}
	if x.IsNull() {
		return types.Null, nil
	}
	var err error
	if s.buf, err = types.AppendKey(s.buf[:0], s.node.TestExprs[0].Type().OID, x, false, false); err != nil {
		return types.Null, err
	}
	switch {
	case s.hashed.find(s.buf) >= 0:
		return types.Bool(true), nil
	case s.null:
		return types.Null, nil
	}
	return types.Bool(false), nil
}

// compareStream compares with the rows of a correlated subquery as they come.
func (s *subPlan) compareStream(values []types.Datum) (types.Datum, error) {
	if err := s.op.Open(s.rt.ctx); err != nil {
		return types.Null, err
	}
	defer s.op.Close()
	acc := comparison{all: s.node.Kind == bound.SubAll}
	for {
		b, err := s.op.Next()
		if err != nil {
			return types.Null, err
		}
		if b == nil {
			return acc.result(), nil
		}
		if done, err := acc.batch(s.compare, b, values); err != nil || done {
			return acc.result(), err
		}
	}
}

// comparison reduces ANY's and ALL's comparisons to one value.
type comparison struct {
	all, null, decided bool
}

// batch compares with every row of a batch, until the result is known.
func (a *comparison) batch(compare evaluator, b *Batch, values []types.Datum) (bool, error) {
	f := frame{b: b, row: values}
	for k := range b.Rows() {
		f.i = b.Row(k)
		d, err := compare(&f)
		if err != nil {
			return false, err
		}
		if d.IsNull() {
			a.null = true
		} else if d.Bool() != a.all {
			a.decided = true
			return true, nil
		}
	}
	return false, nil
}

func (a *comparison) result() types.Datum {
	switch {
	case a.decided:
		return types.Bool(!a.all)
	case a.null:
		return types.Null
	}
	return types.Bool(a.all)
}
