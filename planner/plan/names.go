package plan

import (
	"fmt"
	"strings"

	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// names give columns the names that EXPLAIN shows: the table's alias before it where the plan reads more than one table. A column that a
// projection or aggregate computes shows as its expression.
type names struct {
	text      map[bound.ColumnID]string
	exprs     map[bound.ColumnID]bound.Scalar
	aggs      map[bound.ColumnID]*bound.Agg
	qualified bool
	depth     int
}

func newNames(root Node) *names {
	n := &names{text: map[bound.ColumnID]string{}, exprs: map[bound.ColumnID]bound.Scalar{}, aggs: map[bound.ColumnID]*bound.Agg{}}
	tables := 0
	Walk(root, func(x Node) {
		if t := targetOf(x); t != nil {
			tables++
		}
		if _, ok := x.(*CTEScan); ok {
			tables++
		}
	})
	n.qualified = tables > 1
	Walk(root, n.note)
	return n
}

// targetOf is the table that an operator reads, nil for none.
func targetOf(n Node) *Target {
	switch n := n.(type) {
	case *Scan:
		return &n.Target
	case *IndexScan:
		return &n.Target
	case *VectorScan:
		return &n.Target
	case *CountScan:
		return &n.Target
	case *VirtualScan:
		return &n.Target
	}
	return nil
}

// alias is how a table is called in the query.
func (t *Target) alias() string {
	if t.Alias != "" {
		return t.Alias
	}
	return t.Table.Name
}

func (n *names) note(x Node) {
	prefix := ""
	if t := targetOf(x); t != nil {
		prefix = t.alias() + "."
		for _, c := range t.All {
			n.column(prefix, c)
		}
		if v, ok := x.(*VectorScan); ok && v.Distance.ID != 0 {
			n.exprs[v.Distance.ID] = v.Order
		}
		return
	}
	switch x := x.(type) {
	case *Project:
		for _, it := range x.Items {
			if ref, ok := it.Expr.(*bound.ColRef); ok && ref.ID == it.Col.ID {
				continue
			}
			n.exprs[it.Col.ID] = it.Expr
		}
	case *Aggregate:
		for _, k := range x.Keys {
			n.exprs[k.Col.ID] = k.Expr
		}
		for i := range x.Aggs {
			n.aggs[x.Aggs[i].Col.ID] = &x.Aggs[i]
		}
	case *CTEScan:
		for _, c := range x.Cols {
			n.column(x.Name+".", c)
		}
	case *Insert:
		for _, c := range x.Write.New {
			n.column("", c)
		}
		if x.Conflict != nil {
			for _, c := range x.Conflict.Excluded {
				n.text[c.ID] = "excluded." + c.Name
			}
			if x.Conflict.Existing != nil {
				for _, c := range x.Conflict.Existing.Cols {
					n.column(x.Write.Table.Name+".", c)
				}
			}
		}
	case *Update:
		for _, c := range append(x.Write.New[:len(x.Write.New):len(x.Write.New)], x.Target.Cols...) {
			n.column("", c)
		}
	case *Delete:
		for _, c := range x.Target.Cols {
			n.column("", c)
		}
	default:
		for _, c := range x.Columns() {
			if _, ok := n.text[c.ID]; !ok {
				n.text[c.ID] = quoteName(c.Name)
			}
		}
	}
}

func (n *names) column(prefix string, c bound.Column) {
	name := quoteName(c.Name)
	if n.qualified {
		name = prefix + name
	}
	n.text[c.ID] = name
}

func (n *names) aggregate(a *bound.Agg) string {
	if a.Text != "" && len(a.Args) == 0 {
		return a.Text
	}
	args := make([]string, len(a.Args))
	for i, e := range a.Args {
		args[i] = n.expr(e)
	}
	if len(args) == 0 {
		args = []string{"*"}
	}
	name := "aggregate"
	if a.Fn != nil {
		name = a.Fn.Name
	}
	distinct := ""
	if a.Distinct {
		distinct = "DISTINCT "
	}
	return name + "(" + distinct + strings.Join(args, ", ") + ")"
}

const nameDepthMax = 20

// of is a column's text.
func (n *names) of(id bound.ColumnID) string {
	if e, ok := n.exprs[id]; ok && n.depth < nameDepthMax {
		n.depth++
		defer func() { n.depth-- }()
		text := n.expr(e)
		if _, plain := e.(*bound.ColRef); !plain && !strings.HasPrefix(text, "(") {
			text = "(" + text + ")"
		}
		return text
	}
	if a, ok := n.aggs[id]; ok {
		return n.aggregate(a)
	}
	if t, ok := n.text[id]; ok {
		return t
	}
	return fmt.Sprintf("$%d", id)
}

// subPlanColumn is where the IDs of stand-ins for subplans start, downwards.
const subPlanColumn bound.ColumnID = -1

// expr is an expression's text. Subplans show by their names.
func (n *names) expr(e bound.Scalar) string {
	var subs []*SubPlan
	e = MapShallow(e, func(s bound.Scalar) bound.Scalar {
		if sub, ok := s.(*SubPlan); ok {
			subs = append(subs, sub)
			return &bound.ColRef{ID: subPlanColumn - bound.ColumnID(len(subs)-1), Typ: types.T(types.BoolOID)}
		}
		return s
	})
	return bound.ScalarText(e, func(id bound.ColumnID) string {
		if i := int(subPlanColumn - id); id < 0 && i < len(subs) {
			return subs[i].text(n)
		}
		return n.of(id)
	})
}

// label is the subplan's name above its plan.
func (s *SubPlan) label() string {
	if len(s.Params) == 0 && (s.Kind == bound.SubScalar || s.Kind == bound.SubExists || s.Kind == bound.SubArray) {
		return fmt.Sprintf("InitPlan %d (returns $%d)", s.Number, s.Number-1)
	}
	return fmt.Sprintf("SubPlan %d", s.Number)
}

// text is the subplan in an expression.
func (s *SubPlan) text(n *names) string {
	switch {
	case strings.HasPrefix(s.label(), "InitPlan"):
		return fmt.Sprintf("$%d", s.Number-1)
	case s.Hashed:
		return fmt.Sprintf("(hashed SubPlan %d)", s.Number)
	}
	return fmt.Sprintf("(SubPlan %d)", s.Number)
}
