package exec

import (
	"github.com/jackc/pgerrcode"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// frame is the row that an expression is evaluated for: a row of a batch, a kept row, or both side by side (a join's two inputs).
type frame struct {
	b   *Batch
	i   int
	row []types.Datum
}

// evaluator computes an expression for the row in a frame.
type evaluator func(f *frame) (types.Datum, error)

// scope says where the columns that an expression refers to lie in its frame.
type scope struct{ batch, row layout }

// compiler turns expressions into evaluators. What a scope does not have is read from a slot, which an enclosing operator fills.
type compiler struct {
	rt       *runtime
	build    *builder
	slotOf   map[bound.ColumnID]int
	declared plan.ColSet // columns that enclosing operators pass in slots at this place
	alone    map[*plan.SubPlan]evaluator
}

// slot gives the slot of a passed column.
func (c *compiler) slot(id bound.ColumnID) int {
	s, ok := c.slotOf[id]
	if !ok {
		s = len(c.rt.slots)
		c.slotOf[id] = s
		c.rt.slots = append(c.rt.slots, types.Null)
	}
	return s
}

func (c *compiler) colRef(e *bound.ColRef, sc scope) (evaluator, error) {
	if p, ok := sc.batch[e.ID]; ok {
		return func(f *frame) (types.Datum, error) { return f.b.Cols[p].At(f.i) }, nil
	}
	if p, ok := sc.row[e.ID]; ok {
		return func(f *frame) (types.Datum, error) { return f.row[p], nil }, nil
	}
	if !c.declared.Has(e.ID) {
		return nil, pgerr.Internal(nil, "column %d is not in the operator's inputs", e.ID)
	}
	rt, s := c.rt, c.slot(e.ID)
	return func(*frame) (types.Datum, error) { return rt.slots[s], nil }, nil
}

// pass compiles the assignment of columns of a scope to slots, for an inner plan; columns that come from further out have been passed already.
func (c *compiler) pass(params []bound.ColumnID, sc scope) (func(f *frame) error, error) {
	type assignment struct {
		slot  int
		value evaluator
	}
	var todo []assignment
	for _, id := range params {
		_, inBatch := sc.batch[id]
		_, inRow := sc.row[id]
		if !inBatch && !inRow {
			continue
		}
		v, err := c.colRef(&bound.ColRef{ID: id}, sc)
		if err != nil {
			return nil, err
		}
		todo = append(todo, assignment{c.slot(id), v})
	}
	rt := c.rt
	return func(f *frame) error {
		for _, a := range todo {
			d, err := a.value(f)
			if err != nil {
				return err
			}
			rt.slots[a.slot] = d
		}
		return nil
	}, nil
}

// with runs fn while params are declared as passed.
func (c *compiler) with(params []bound.ColumnID, fn func() error) error {
	saved := c.declared
	c.declared = plan.ColSet{}
	for id := range saved {
		c.declared.Add(id)
	}
	c.declared.Add(params...)
	err := fn()
	c.declared = saved
	return err
}

func (c *compiler) compileAll(es []bound.Scalar, sc scope) ([]evaluator, error) {
	out := make([]evaluator, len(es))
	for i, e := range es {
		var err error
		if out[i], err = c.compile(e, sc); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// compileOptional is compile, and nil for nil.
func (c *compiler) compileOptional(e bound.Scalar, sc scope) (evaluator, error) {
	if e == nil {
		return nil, nil
	}
	return c.compile(e, sc)
}

// compile makes the evaluator of an expression.
func (c *compiler) compile(e bound.Scalar, sc scope) (evaluator, error) {
	switch e := e.(type) {
	case *bound.ColRef:
		return c.colRef(e, sc)
	case *bound.Const:
		v := e.Value
		return func(*frame) (types.Datum, error) { return v, nil }, nil
	case *bound.Param:
		rt, n := c.rt, e.N-1
		return func(*frame) (types.Datum, error) {
			if n >= len(rt.params) {
				return types.Null, pgerr.New(pgerrcode.UndefinedParameter, "there is no parameter $%d", n+1)
			}
			return rt.params[n], nil
		}, nil
	case *bound.Call:
		return c.call(e, sc)
	case *bound.And:
		return c.and(e.Args, sc)
	case *bound.Or:
		return c.or(e.Args, sc)
	case *bound.Not:
		return c.not(e.X, sc)
	case *bound.Cast:
		return c.cast(e, sc)
	case *plan.SubPlan:
		return c.subPlan(e, sc)
	}
	return c.compileRest(e, sc)
}

func (c *compiler) compileRest(e bound.Scalar, sc scope) (evaluator, error) {
	switch e := e.(type) {
	case *bound.Case:
		return c.caseOf(e, sc)
	case *bound.Coalesce:
		return c.coalesce(e, sc)
	case *bound.MinMax:
		return c.minMax(e, sc)
	case *bound.NullIf:
		return c.nullIf(e, sc)
	case *bound.NullTest:
		return c.nullTest(e, sc)
	case *bound.BoolTest:
		return c.boolTest(e, sc)
	case *bound.IsDistinct:
		return c.isDistinct(e, sc)
	case *bound.InList:
		return c.inList(e, sc)
	case *bound.AnyAll:
		return c.anyAll(e, sc)
	case *bound.ArrayCtor:
		return c.arrayCtor(e, sc)
	case *bound.RowCtor:
		return c.rowCtor(e, sc)
	case *bound.Field:
		return c.field(e, sc)
	case *bound.Subscript:
		return c.subscript(e, sc)
	case *bound.SubscriptAssign:
		return c.subscriptAssign(e, sc)
	}
	return nil, pgerr.Internal(nil, "expression %T cannot be evaluated", e)
}

// noRow is the frame of expressions that refer to no row. Nobody writes to it.
var noRow = &frame{}
