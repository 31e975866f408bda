package plan

import "vecgres/sql/bound"

// RelInputs are a relation's immediate inputs, CTEs first.
func RelInputs(r bound.Rel) []bound.Rel {
	switch r := r.(type) {
	case *bound.Filter:
		return []bound.Rel{r.Input}
	case *bound.Project:
		return []bound.Rel{r.Input}
	case *bound.Join:
		return []bound.Rel{r.Left, r.Right}
	case *bound.GroupBy:
		return []bound.Rel{r.Input}
	case *bound.Window:
		return []bound.Rel{r.Input}
	case *bound.Distinct:
		return []bound.Rel{r.Input}
	case *bound.Sort:
		return []bound.Rel{r.Input}
	case *bound.Limit:
		return []bound.Rel{r.Input}
	case *bound.SetOp:
		return []bound.Rel{r.Left, r.Right}
	case *bound.With:
		var in []bound.Rel
		for _, c := range r.CTEs {
			for _, x := range []bound.Rel{c.Rel, c.Step} {
				if x != nil {
					in = append(in, x)
				}
			}
		}
		return append(in, r.Input)
	case *bound.ProjectSet:
		return []bound.Rel{r.Input}
	case *bound.LockRows:
		return []bound.Rel{r.Input}
	}
	return nil
}

// WalkRel calls rel for r and every relation below, and scalar for every expression in them; subqueries are entered. Either may be nil.
func WalkRel(r bound.Rel, rel func(bound.Rel), scalar func(bound.Scalar)) {
	if r == nil {
		return
	}
	if rel != nil {
		rel(r)
	}
	for _, e := range RelExprs(r) {
		if scalar != nil {
			scalar(e)
		}
		Visit(e, func(s bound.Scalar) bool {
			if sub, ok := s.(*bound.Subquery); ok {
				if scalar != nil && sub.Compare != nil {
					scalar(sub.Compare)
				}
				WalkRel(sub.Rel, rel, scalar)
			}
			return true
		})
	}
	for _, in := range RelInputs(r) {
		WalkRel(in, rel, scalar)
	}
}

// RelExprs lists a relation's own expressions.
func RelExprs(r bound.Rel) []bound.Scalar {
	var l exprList
	switch r := r.(type) {
	case *bound.Values:
		for _, row := range r.Rows {
			l.add(row...)
		}
	case *bound.Filter:
		l.add(r.Pred)
	case *bound.Project:
		l.items(r.Items)
	case *bound.Join:
		l.add(r.On)
	case *bound.GroupBy:
		l.items(r.Keys)
		for _, a := range r.Aggs {
			l.add(a.Args...)
			l.add(a.Filter)
			l.keys(a.OrderBy)
		}
	case *bound.Window:
		for _, f := range r.Funcs {
			l.add(f.Args...)
			l.add(f.Filter, f.StartOffset, f.EndOffset)
			l.add(f.PartitionBy...)
			l.keys(f.OrderBy)
		}
	case *bound.Distinct:
		l.add(r.On...)
	case *bound.Sort:
		l.keys(r.Keys)
	case *bound.Limit:
		l.add(r.Count, r.Offset)
	case *bound.FuncScan:
		for _, f := range r.Funcs {
			l.add(f.Args...)
			l.add(f.Scalar)
		}
	case *bound.ProjectSet:
		l.items(r.Items)
		for _, f := range r.SRFs {
			l.add(f.Args...)
			l.add(f.Scalar)
		}
	}
	return l
}

// Produced is the set of columns made anywhere inside a relation, those within subqueries of its expressions included.
func Produced(r bound.Rel) ColSet {
	s := ColSet{}
	WalkRel(r, func(r bound.Rel) { addProduced(s, r) }, nil)
	return s
}

func addProduced(s ColSet, r bound.Rel) {
	switch r := r.(type) {
	case *bound.Get:
		for _, c := range r.Cols {
			s.Add(c.ID)
		}
		if r.RowID != 0 {
			s.Add(r.RowID)
		}
	case *bound.With:
		for _, c := range r.CTEs {
			for _, col := range c.Cols {
				s.Add(col.ID)
			}
		}
	default:
		for _, c := range r.Columns() {
			s.Add(c.ID)
		}
	}
}

// FreeRel is the set of columns that a relation refers to without producing them: those of enclosing queries.
func FreeRel(r bound.Rel) ColSet {
	s := ColSet{}
	made := Produced(r)
	WalkRel(r, nil, func(e bound.Scalar) {
		Visit(e, func(x bound.Scalar) bool {
			switch x := x.(type) {
			case *bound.ColRef:
				s.Add(x.ID)
			case *bound.Subquery:
				for _, c := range x.TestCols {
					made.Add(c.ID)
				}
			case *SubPlan:
				s.Add(x.Params...)
			}
			return true
		})
	})
	for id := range made {
		delete(s, id)
	}
	return s
}

// VolatileRel tells whether a relation calls a volatile function or changes rows.
func VolatileRel(r bound.Rel) bool {
	found := false
	WalkRel(r, func(r bound.Rel) {
		switch r := r.(type) {
		case *bound.With:
			for _, c := range r.CTEs {
				found = found || c.Stmt != nil
			}
		case *bound.LockRows:
			found = true
		case *bound.FuncScan:
			for _, f := range r.Funcs {
				found = found || f.SRF != nil && f.SRF.Volatility == 'v'
			}
		case *bound.ProjectSet:
			for _, f := range r.SRFs {
				found = found || f.SRF != nil && f.SRF.Volatility == 'v'
			}
		}
	}, func(e bound.Scalar) {
		Visit(e, func(x bound.Scalar) bool {
			if c, ok := x.(*bound.Call); ok && c.Fn != nil && c.Fn.Volatility == 'v' {
				found = true
			}
			return !found
		})
	})
	return found
}

// MapRel rebuilds a relation bottom-up: scalar, when not nil, is applied to every expression (Map's way), rel, when not nil, to every
// relation after its inputs. What does not change is shared.
func MapRel(r bound.Rel, rel func(bound.Rel) bound.Rel, scalar func(bound.Scalar) bound.Scalar) bound.Rel {
	if r == nil {
		return nil
	}
	m := relMapper{rel: rel, expr1: func(e bound.Scalar) bound.Scalar {
		return Map(e, func(s bound.Scalar) bound.Scalar {
			if sub, ok := s.(*bound.Subquery); ok && rel != nil {
				if r := MapRel(sub.Rel, rel, nil); r != sub.Rel {
					c := *sub
					c.Rel = r
					s = &c
				}
			}
			if scalar != nil {
				return scalar(s)
			}
			return s
		})
	}}
	return m.apply(r)
}

// relMapper applies expr1 once to every expression of a tree, and rel, when not nil, to its relations bottom-up.
type relMapper struct {
	rel     func(bound.Rel) bound.Rel
	expr1   func(bound.Scalar) bound.Scalar
	changed bool
}

func (m relMapper) apply(r bound.Rel) bound.Rel {
	m.changed = false
	out := m.inputs(r)
	if m.rel != nil {
		out = m.rel(out)
	}
	return out
}

func (m *relMapper) in(r bound.Rel) bound.Rel {
	if r == nil {
		return nil
	}
	out := m.apply(r)
	if out != r {
		m.changed = true
	}
	return out
}

func (m *relMapper) expr(e bound.Scalar) bound.Scalar {
	if e == nil {
		return nil
	}
	out := m.expr1(e)
	if out != e {
		m.changed = true
	}
	return out
}

func (m *relMapper) exprs(es []bound.Scalar) []bound.Scalar {
	if es == nil {
		return nil
	}
	out := make([]bound.Scalar, len(es))
	for i, e := range es {
		out[i] = m.expr(e)
	}
	return out
}

func (m *relMapper) keys(ks []bound.SortKey) []bound.SortKey {
	if ks == nil {
		return nil
	}
	out := make([]bound.SortKey, len(ks))
	for i, k := range ks {
		k.Expr = m.expr(k.Expr)
		out[i] = k
	}
	return out
}

func (m *relMapper) items(is []bound.Item) []bound.Item {
	if is == nil {
		return nil
	}
	out := make([]bound.Item, len(is))
	for i, it := range is {
		it.Expr = m.expr(it.Expr)
		out[i] = it
	}
	return out
}

func (m *relMapper) call(f bound.FuncCall) bound.FuncCall {
	f.Args, f.Scalar = m.exprs(f.Args), m.expr(f.Scalar)
	return f
}

func (m *relMapper) calls(fs []bound.FuncCall) []bound.FuncCall {
	out := make([]bound.FuncCall, len(fs))
	for i, f := range fs {
		out[i] = m.call(f)
	}
	return out
}

func (m *relMapper) callMap(fs map[bound.ColumnID]bound.FuncCall) map[bound.ColumnID]bound.FuncCall {
	out := make(map[bound.ColumnID]bound.FuncCall, len(fs))
	for id, f := range fs {
		out[id] = m.call(f)
	}
	return out
}

// inputs gives r with its inputs and expressions mapped; r itself when nothing changed.
func (m *relMapper) inputs(r bound.Rel) bound.Rel {
	c := m.copyOf(r)
	if m.changed {
		return c
	}
	return r
}

func (m *relMapper) copyOf(r bound.Rel) bound.Rel {
	switch r := r.(type) {
	case *bound.Values:
		rows := make([][]bound.Scalar, len(r.Rows))
		for i, row := range r.Rows {
			rows[i] = m.exprs(row)
		}
		return &bound.Values{Rows: rows, Cols: r.Cols}
	case *bound.Filter:
		return &bound.Filter{Input: m.in(r.Input), Pred: m.expr(r.Pred)}
	case *bound.Project:
		return &bound.Project{Input: m.in(r.Input), Items: m.items(r.Items)}
	case *bound.Join:
		return &bound.Join{Kind: r.Kind, Left: m.in(r.Left), Right: m.in(r.Right), On: m.expr(r.On), Lateral: r.Lateral}
	case *bound.GroupBy:
		c := *r
		c.Input, c.Keys = m.in(r.Input), m.items(r.Keys)
		c.Aggs = make([]bound.Agg, len(r.Aggs))
		for i, a := range r.Aggs {
			a.Args, a.Filter, a.OrderBy = m.exprs(a.Args), m.expr(a.Filter), m.keys(a.OrderBy)
			c.Aggs[i] = a
		}
		return &c
	case *bound.Window:
		c := &bound.Window{Input: m.in(r.Input), Funcs: make([]bound.WindowFunc, len(r.Funcs))}
		for i, f := range r.Funcs {
			f.Args, f.Filter = m.exprs(f.Args), m.expr(f.Filter)
			f.PartitionBy, f.OrderBy = m.exprs(f.PartitionBy), m.keys(f.OrderBy)
			f.StartOffset, f.EndOffset = m.expr(f.StartOffset), m.expr(f.EndOffset)
			c.Funcs[i] = f
		}
		return c
	case *bound.Distinct:
		return &bound.Distinct{Input: m.in(r.Input), On: m.exprs(r.On)}
	case *bound.Sort:
		return &bound.Sort{Input: m.in(r.Input), Keys: m.keys(r.Keys)}
	case *bound.Limit:
		return &bound.Limit{Input: m.in(r.Input), Count: m.expr(r.Count), Offset: m.expr(r.Offset), WithTies: r.WithTies}
	case *bound.SetOp:
		c := *r
		c.Left, c.Right = m.in(r.Left), m.in(r.Right)
		return &c
	case *bound.FuncScan:
		return &bound.FuncScan{Funcs: m.calls(r.Funcs), Ordinality: r.Ordinality, Cols: r.Cols}
	case *bound.ProjectSet:
		return &bound.ProjectSet{Input: m.in(r.Input), Items: m.items(r.Items), SRFs: m.callMap(r.SRFs)}
	case *bound.LockRows:
		return &bound.LockRows{Input: m.in(r.Input), Locks: r.Locks}
	case *bound.With:
		return m.with(r)
	}
	return r
}

func (m *relMapper) with(r *bound.With) bound.Rel {
	c := &bound.With{CTEs: make([]*bound.CTE, len(r.CTEs))}
	for i, cte := range r.CTEs {
		x := *cte
		if x.Rel != nil {
			x.Rel = m.in(x.Rel)
		}
		if x.Step != nil {
			x.Step = m.in(x.Step)
		}
		c.CTEs[i] = &x
	}
	c.Input = m.in(r.Input)
	return c
}
