package plan

import "vecgres/sql/bound"

// SubPlan is a planned subquery in an expression. It embeds the subquery that it came from, whose Kind, TestCols and Typ it keeps.
type SubPlan struct {
	*bound.Subquery
	Plan Node
	// Number is its name in EXPLAIN: SubPlan 1, InitPlan 1.
	Number int
	// Params are the columns of enclosing queries that it refers to. With none it runs once for a statement.
	Params []bound.ColumnID
	// Test and Compare are the planned forms of the subquery's.
	TestExprs   []bound.Scalar
	CompareExpr bound.Scalar
	// Hashed: Compare is an equality of the one test value with the one column, HashType's, so that a set decides.
	Hashed bool
	// IsVolatile: results must not be remembered.
	IsVolatile bool
}

// SubPlans lists the subplans in an operator's own expressions.
func SubPlans(n Node) []*SubPlan {
	var out []*SubPlan
	for _, e := range Exprs(n) {
		out = append(out, subPlansIn(e)...)
	}
	return out
}

func subPlansIn(e bound.Scalar) []*SubPlan {
	var out []*SubPlan
	Visit(e, func(s bound.Scalar) bool {
		if sub, ok := s.(*SubPlan); ok {
			out = append(out, sub)
		}
		return true
	})
	return out
}

// Exprs lists an operator's own expressions, nil ones left out.
func Exprs(n Node) []bound.Scalar {
	var out exprList
	switch n := n.(type) {
	case *Scan:
		out.preds(n.Preds)
		out.add(n.Filter)
	case *IndexScan:
		for _, c := range n.Equal {
			out.add(c.Values...)
			out.add(c.Array)
		}
		for _, b := range []*KeyBound{n.Lo, n.Hi} {
			if b != nil {
				out.add(b.Value)
			}
		}
		out.preds(n.Preds)
		out.add(n.Filter)
	case *VectorScan:
		out.add(n.Query, n.Count, n.Offset, n.MaxDistance)
		out.preds(n.Preds)
		out.add(n.Filter)
	case *VirtualScan:
		if n.Lookup != nil {
			out.add(n.Lookup.Values...)
			out.add(n.Lookup.Array)
		}
		out.add(n.Filter)
	case *Values:
		for _, r := range n.Rows {
			out.add(r...)
		}
	case *FuncScan:
		for _, f := range n.Funcs {
			out.add(f.Args...)
			out.add(f.Scalar)
		}
	default:
		out.rowOps(n)
	}
	return out
}

type exprList []bound.Scalar

func (l *exprList) add(es ...bound.Scalar) {
	for _, e := range es {
		if e != nil {
			*l = append(*l, e)
		}
	}
}

func (l *exprList) preds(ps []Pred) {
	for _, p := range ps {
		l.add(p.Args...)
		l.add(p.Array)
	}
}

func (l *exprList) keys(ks []bound.SortKey) {
	for _, k := range ks {
		l.add(k.Expr)
	}
}

func (l *exprList) items(is []bound.Item) {
	for _, it := range is {
		l.add(it.Expr)
	}
}

func (l *exprList) rowOps(n Node) {
	switch n := n.(type) {
	case *Filter:
		l.add(n.Pred)
	case *Project:
		l.items(n.Items)
	case *ProjectSet:
		l.items(n.Items)
		for _, it := range n.Items {
			if f, ok := n.SRFs[it.Col.ID]; ok {
				l.add(f.Args...)
				l.add(f.Scalar)
			}
		}
	case *Limit:
		l.add(n.Count, n.Offset)
		l.keys(n.Keys)
	case *Sort:
		l.keys(n.Keys)
	case *TopK:
		l.keys(n.Keys)
		l.add(n.Count, n.Offset)
	case *Distinct:
		l.add(n.On...)
	case *Aggregate:
		l.items(n.Keys)
		for _, a := range n.Aggs {
			l.add(a.Args...)
			l.add(a.Filter)
			l.keys(a.OrderBy)
		}
	case *Window:
		for _, f := range n.Funcs {
			l.add(f.Args...)
			l.add(f.Filter, f.StartOffset, f.EndOffset)
			l.add(f.PartitionBy...)
			l.keys(f.OrderBy)
		}
	case *HashJoin:
		l.add(n.LeftKeys...)
		l.add(n.RightKeys...)
		l.add(n.On)
	case *NestLoop:
		l.add(n.On)
	default:
		l.modify(n)
	}
}

func (l *exprList) modify(n Node) {
	switch n := n.(type) {
	case *Insert:
		l.write(&n.Write)
		for _, e := range n.Defaults {
			l.add(e)
		}
		if c := n.Conflict; c != nil {
			l.add(c.Where)
			for _, e := range c.Set {
				l.add(e)
			}
		}
		l.items(n.Returning)
	case *Update:
		l.write(&n.Write)
		for _, e := range n.Set {
			l.add(e)
		}
		l.items(n.Returning)
		l.add(n.Recheck)
	case *Delete:
		l.items(n.Returning)
		l.add(n.Recheck)
	case *LockRows:
		l.add(n.Recheck)
	}
}

func (l *exprList) write(w *bound.TableWrite) {
	for _, c := range w.Checks {
		l.add(c.Expr)
	}
	for _, g := range w.Generated {
		l.add(g)
	}
	for _, ix := range w.Indexes {
		l.add(ix.Keys...)
		l.add(ix.Predicate)
	}
}

// Volatile tells whether running the subplan twice on the same parameters may differ.
func (s *SubPlan) Volatile() bool { return s.IsVolatile }
