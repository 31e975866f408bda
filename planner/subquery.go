package planner

import (
	"sort"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
)

// expr plans the subqueries in an expression.
func (p *planner) expr(e bound.Scalar) (bound.Scalar, error) {
	if e == nil || !plan.HasSubquery(e) {
		return e, nil
	}
	var first error
	out := plan.MapShallow(e, func(s bound.Scalar) bound.Scalar {
		sub, ok := s.(*bound.Subquery)
		if !ok || first != nil {
			return s
		}
		sp, err := p.subPlan(sub)
		if err != nil {
			first = err
			return s
		}
		return sp
	})
	return out, first
}

func (p *planner) exprs(es []bound.Scalar) ([]bound.Scalar, error) {
	if es == nil {
		return nil, nil
	}
	out := make([]bound.Scalar, len(es))
	for i, e := range es {
		var err error
		if out[i], err = p.expr(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *planner) exprMap(m map[int16]bound.Scalar) (map[int16]bound.Scalar, error) {
	if m == nil {
		return nil, nil
	}
	out := make(map[int16]bound.Scalar, len(m))
	for k, e := range m {
		var err error
		if out[k], err = p.expr(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *planner) items(items []bound.Item) ([]bound.Item, error) {
	if items == nil {
		return nil, nil
	}
	out := make([]bound.Item, len(items))
	for i, it := range items {
		var err error
		if it.Expr, err = p.expr(it.Expr); err != nil {
			return nil, err
		}
		out[i] = it
	}
	return out, nil
}

func (p *planner) keys(keys []bound.SortKey) ([]bound.SortKey, error) {
	out := make([]bound.SortKey, len(keys))
	for i, k := range keys {
		var err error
		if k.Expr, err = p.expr(k.Expr); err != nil {
			return nil, err
		}
		out[i] = k
	}
	return out, nil
}

func (p *planner) calls(fs []bound.FuncCall) ([]bound.FuncCall, error) {
	out := make([]bound.FuncCall, len(fs))
	for i, f := range fs {
		var err error
		if f.Args, err = p.exprs(f.Args); err != nil {
			return nil, err
		}
		if f.Scalar, err = p.expr(f.Scalar); err != nil {
			return nil, err
		}
		out[i] = f
	}
	return out, nil
}

// subPlan plans one subquery; one that is written twice and depends on nothing outside runs once.
func (p *planner) subPlan(sub *bound.Subquery) (*plan.SubPlan, error) {
	for _, known := range p.shared {
		if bound.Equal(known.Subquery, sub) {
			return known, nil
		}
	}
	made, err := p.newSubPlan(sub)
	if err == nil && len(made.Params) == 0 && !made.IsVolatile && len(sub.Test) == 0 {
		p.shared = append(p.shared, made)
	}
	return made, err
}

// trial plans something of which nothing may be kept: the subqueries planned meanwhile are forgotten by the function that it gives.
func (p *planner) trial() (forget func()) {
	n, shared := p.subplans, p.shared
	return func() { p.subplans, p.shared = n, shared }
}

// newSubPlan plans a subquery. EXISTS needs no columns; the others' are what they compare or give.
func (p *planner) newSubPlan(sub *bound.Subquery) (*plan.SubPlan, error) {
	p.subplans++
	out := &plan.SubPlan{Subquery: sub, Number: p.subplans, IsVolatile: plan.VolatileRel(sub.Rel)}
	cols := sub.Rel.Columns()
	if sub.Kind == bound.SubExists {
		cols = nil
	}
	rel := sub.Rel
	if sub.Kind == bound.SubExists || sub.Kind == bound.SubScalar {
		rel = firstRow(rel, sub.Kind)
	}
	var err error
	if out.Plan, err = p.buildExactly(rel, cols); err != nil {
		return nil, err
	}
	if out.TestExprs, err = p.exprs(sub.Test); err != nil {
		return nil, err
	}
	if out.CompareExpr, err = p.expr(sub.Compare); err != nil {
		return nil, err
	}
	out.Params = subqueryParams(sub)
	sort.Slice(out.Params, func(i, j int) bool { return out.Params[i] < out.Params[j] })
	out.Hashed = sub.Kind == bound.SubAny && len(out.Params) == 0 && isSimpleEquality(sub)
	return out, nil
}

// subqueryParams are the columns of enclosing queries that the subquery's relation and comparison refer to.
func subqueryParams(sub *bound.Subquery) []bound.ColumnID {
	c := *sub
	c.Test = nil
	var out []bound.ColumnID
	for id := range plan.Free(&c) {
		out = append(out, id)
	}
	return out
}

// firstRow lets the plan know that EXISTS looks at one row.
func firstRow(r bound.Rel, kind bound.SubqueryKind) bound.Rel {
	if kind != bound.SubExists {
		return r
	}
	for {
		switch x := r.(type) {
		case *bound.Sort:
			r = x.Input
			continue
		case *bound.Distinct:
			if x.On == nil {
				r = x.Input
				continue
			}
		}
		return r
	}
}

// isSimpleEquality tells whether x = ANY (…) compares one value with one column by an equality whose values' key bytes agree.
func isSimpleEquality(sub *bound.Subquery) bool {
	c, ok := sub.Compare.(*bound.Call)
	if !ok || c.Op != "=" || len(sub.TestCols) != 1 || len(c.Args) != 2 || len(sub.Rel.Columns()) != 1 {
		return false
	}
	left, ok1 := c.Args[0].(*bound.ColRef)
	right, ok2 := c.Args[1].(*bound.ColRef)
	return ok1 && ok2 && left.ID == sub.TestCols[0].ID && right.ID == sub.Rel.Columns()[0].ID && joinable(left.Typ.OID, right.Typ.OID)
}
