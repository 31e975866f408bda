package binder

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// aggregateCall binds an aggregate. It belongs to the innermost query whose columns it uses, and its value is a column of that query's grouping.
func (b *binder) aggregateCall(q *query, call *ast.FuncCall, name string) (bound.Scalar, error) {
	agg := bound.Agg{Distinct: call.Distinct}
	args, err := b.aggregateArgs(q, call, &agg)
	if err != nil {
		return nil, err
	}
	ret, err := b.resolveAggregate(&agg, call, name, args)
	if err != nil {
		return nil, err
	}
	if call.Filter != nil {
		q.aggLevel++
		agg.Filter, err = b.filter(q, call.Filter)
		q.aggLevel--
		if err != nil {
			return nil, err
		}
	}
	owner, err := b.aggregateOwner(q, &agg, call.Pos)
	if err != nil {
		return nil, err
	}
	if err := owner.context.checkAggregate(call.Pos); err != nil {
		return nil, err
	}
	return b.addAggregate(owner, agg, name, ret, call), nil
}

// checkAggregateForm checks that the call is written as the aggregate found wants it.
func checkAggregateForm(fn *funcs.Aggregate, call *ast.FuncCall) error {
	fault := func(format string) error {
		return pgerr.New(pgerrcode.WrongObjectType, format, fn.Name).At(int(call.Pos))
	}
	switch {
	case fn.OrderedSet && !call.WithinGroup:
		return fault("WITHIN GROUP is required for ordered-set aggregate %s")
	case !fn.OrderedSet && call.WithinGroup:
		return fault("%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP")
	case !call.Star && len(call.Args) == 0 && !call.WithinGroup:
		return fault("%s(*) must be used to call a parameterless aggregate function")
	}
	return nil
}

// aggregateArgs binds the arguments and the order. Of an ordered-set aggregate the sorted values are arguments too, after the direct ones.
func (b *binder) aggregateArgs(q *query, call *ast.FuncCall, agg *bound.Agg) ([]operand, error) {
	q.aggLevel++
	saved := q.setsForbidden
	q.setsForbidden = "aggregate function calls cannot contain set-returning function calls"
	defer func() {
		q.aggLevel--
		q.setsForbidden = saved
	}()
	args, err := b.callArgs(q, call)
	if err != nil {
		return nil, err
	}
	for _, it := range call.OrderBy {
		if call.WithinGroup {
			s, err := b.expr(q, it.Expr)
			if err != nil {
				return nil, err
			}
			args = append(args, operand{s, leftmost(it.Expr)})
			agg.OrderBy = append(agg.OrderBy, bound.SortKey{Desc: it.Desc, NullsFirst: nullsFirst(it)})
			continue
		}
		k, err := b.sortKey(q, it)
		if err != nil {
			return nil, err
		}
		agg.OrderBy = append(agg.OrderBy, k)
	}
	return args, nil
}

func nullsFirst(it ast.SortItem) bool {
	if it.NullsFirst != nil {
		return *it.NullsFirst
	}
	return it.Desc
}

func (b *binder) resolveAggregate(agg *bound.Agg, call *ast.FuncCall, name string, args []operand) (types.Type, error) {
	fn, casts, ret, err := funcs.ResolveAggregate(name, operandTypes(args))
	if err != nil {
		return types.Type{}, b.functionError(err, call, name)
	}
	if err := checkAggregateForm(fn, call); err != nil {
		return types.Type{}, err
	}
	agg.Fn = fn
	if fn.Hypothetical {
		if err := b.hypotheticalArgs(args, len(agg.OrderBy), call); err != nil {
			return types.Type{}, err
		}
		casts = operandTypes(args)
	}
	if agg.Args, err = b.convertArgs(args, casts); err != nil {
		return types.Type{}, err
	}
	if call.WithinGroup {
		direct := len(agg.Args) - len(agg.OrderBy)
		for i := range agg.OrderBy {
			agg.OrderBy[i].Expr = agg.Args[direct+i]
			if err := b.checkOrdering(agg.Args[direct+i].Type(), args[direct+i].pos); err != nil {
				return types.Type{}, err
			}
		}
	} else if err := b.checkAggregateOrder(agg, args); err != nil {
		return types.Type{}, err
	}
	return types.T(ret), nil
}

// hypotheticalArgs gives each direct argument and the sorted value that it is to be compared with their common type.
func (b *binder) hypotheticalArgs(args []operand, sorted int, call *ast.FuncCall) error {
	direct := len(args) - sorted
	if direct != sorted {
		return pgerr.From(undefinedFunction(call.Name.Last(), args, call.Pos)).
			WithHint("To use the hypothetical-set aggregate %s, the number of hypothetical direct arguments (here %d) must match the number of ordering columns (here %d).",
				call.Name.Last(), direct, sorted)
	}
	for i := range sorted {
		pair, _, err := b.unify("WITHIN GROUP", []operand{args[direct+i], args[i]})
		if err != nil {
			return err
		}
		args[direct+i].s, args[i].s = pair[0], pair[1]
	}
	return nil
}

// checkAggregateOrder makes DISTINCT and ORDER BY agree: distinct values can only be sorted by themselves.
func (b *binder) checkAggregateOrder(agg *bound.Agg, args []operand) error {
	for i := range agg.OrderBy { // a key that was written as an argument has become the argument as converted
		for j, a := range args {
			if bound.Equal(agg.OrderBy[i].Expr, a.s) {
				agg.OrderBy[i].Expr = agg.Args[j]
			}
		}
	}
	if !agg.Distinct {
		return nil
	}
	for i, a := range agg.Args {
		if err := b.checkEquality(a.Type(), args[i].pos); err != nil {
			return err
		}
	}
	for _, k := range agg.OrderBy {
		found := false
		for _, a := range agg.Args {
			found = found || bound.Equal(a, k.Expr)
		}
		if !found {
			return pgerr.New(pgerrcode.InvalidColumnReference, "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list").
				At(int(b.position(k.Expr, ast.NoPos)))
		}
	}
	return nil
}

// filter binds FILTER (WHERE …).
func (b *binder) filter(q *query, e ast.Expr) (s bound.Scalar, err error) {
	err = q.within(filterExpr, func() error {
		s, err = b.condition(q, e, "FILTER")
		return err
	})
	return s, err
}

// aggregateOwner finds the query that an aggregate belongs to: the innermost one with a column in it, the current one when there is none.
func (b *binder) aggregateOwner(q *query, agg *bound.Agg, pos ast.Pos) (*query, error) {
	used := map[bound.ColumnID]bool{}
	collect := func(s bound.Scalar) {
		if s != nil {
			for id := range bound.ColumnsOf(s) {
				used[id] = true
			}
		}
	}
	for _, a := range agg.Args {
		collect(a)
	}
	for _, k := range agg.OrderBy {
		collect(k.Expr)
	}
	collect(agg.Filter)
	owner := q
	if len(used) > 0 {
		for owner = q; owner != nil && !b.usesColumnsOf(owner, used, fromColumn) && !b.usesColumnsOf(owner, used, aggColumn); owner = owner.parent {
		}
		if owner == nil {
			owner = q
		}
	}
	if b.usesColumnsOf(owner, used, aggColumn) {
		return nil, pgerr.New(pgerrcode.GroupingError, "aggregate function calls cannot be nested").At(int(b.innerPosition(owner, agg, aggColumn, pos)))
	}
	if b.usesColumnsOf(owner, used, windowColumn) {
		return nil, pgerr.New(pgerrcode.GroupingError, "aggregate function calls cannot contain window function calls").At(int(pos))
	}
	return owner, nil
}

// innerPosition is where the first column of a role stands within an aggregate.
func (b *binder) innerPosition(q *query, agg *bound.Agg, role columnRole, pos ast.Pos) ast.Pos {
	for _, a := range agg.Args {
		bound.Walk(a, func(s bound.Scalar) bool {
			if r, ok := s.(*bound.ColRef); ok {
				if o := b.columns[r.ID]; o != nil && o.query == q && o.role == role {
					pos = b.position(r, pos)
				}
			}
			return true
		})
	}
	return pos
}

func (b *binder) usesColumnsOf(q *query, used map[bound.ColumnID]bool, role columnRole) bool {
	for id := range used {
		if o := b.columns[id]; o != nil && o.query == q && o.role == role {
			return true
		}
	}
	return false
}

// addAggregate finds or adds an aggregate of a query.
func (b *binder) addAggregate(q *query, agg bound.Agg, name string, ret types.Type, call *ast.FuncCall) bound.Scalar {
	for i := range q.aggs {
		if sameAggregate(&q.aggs[i], &agg) {
			return b.colRef(q.aggs[i].Col, call.Pos)
		}
	}
	agg.Text = b.aggregateText(name, &agg, call)
	agg.Col = b.newColumn(name, ret)
	b.columns[agg.Col.ID] = &origin{query: q, col: agg.Col, role: aggColumn}
	q.aggs = append(q.aggs, agg)
	return b.colRef(agg.Col, call.Pos)
}

func sameAggregate(a, c *bound.Agg) bool {
	return a.Fn == c.Fn && a.Distinct == c.Distinct && equalScalars(a.Args, c.Args) && equalKeys(a.OrderBy, c.OrderBy) && equalOptional(a.Filter, c.Filter)
}

// aggregateText prints an aggregate as EXPLAIN does.
func (b *binder) aggregateText(name string, agg *bound.Agg, call *ast.FuncCall) string {
	column := func(id bound.ColumnID) string {
		if o := b.columns[id]; o != nil {
			return o.col.Name
		}
		return "?"
	}
	var t strings.Builder
	t.WriteString(name + "(")
	if agg.Distinct {
		t.WriteString("DISTINCT ")
	}
	if call.Star {
		t.WriteString("*")
	}
	for i, a := range agg.Args {
		if i > 0 {
			t.WriteString(", ")
		}
		t.WriteString(bound.ScalarText(a, column))
	}
	for i, k := range agg.OrderBy {
		if i == 0 {
			t.WriteString(" ORDER BY ")
		} else {
			t.WriteString(", ")
		}
		t.WriteString(bound.ScalarText(k.Expr, column))
		if k.Desc {
			t.WriteString(" DESC")
		}
	}
	t.WriteString(")")
	if agg.Filter != nil {
		t.WriteString(" FILTER (WHERE " + bound.ScalarText(agg.Filter, column) + ")")
	}
	return t.String()
}
