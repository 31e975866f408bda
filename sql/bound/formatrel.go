package bound

import (
	"fmt"
	"strings"
)

func (f *formatter) rel(r Rel, depth int) {
	switch r := r.(type) {
	case nil:
		f.line(depth, "none")
	case *Get:
		f.get(r, depth)
	case *Values:
		f.line(depth, "values [%s]", f.columns(r.Cols))
		for _, row := range r.Rows {
			if len(row) > 0 {
				f.line(depth+1, "(%s)", f.scalars(row))
			}
		}
	case *Join:
		f.join(r, depth)
	case *SetOp:
		f.line(depth, "%s all=%v [%s]", [...]string{"union", "intersect", "except"}[r.Kind], r.All, f.columns(r.Cols))
		f.rel(r.Left, depth+1)
		f.rel(r.Right, depth+1)
	case *With:
		f.line(depth, "with")
		for _, c := range r.CTEs {
			f.cte(c, depth+1)
		}
		f.rel(r.Input, depth+1)
	case *CTERef:
		working := ""
		if r.Working {
			working = " working"
		}
		f.line(depth, "cteref %d %s%s [%s]", r.CTE.ID, r.CTE.Name, working, f.columns(r.Cols))
	case *FuncScan:
		f.funcScan(r, depth)
	default:
		f.unary(r, depth)
	}
}

// unary prints the nodes of one input: the input's columns must be named first.
func (f *formatter) unary(r Rel, depth int) {
	var input Rel
	RelSlots(r, nil, func(p *Rel) { input = *p })
	f.learnAll(input)
	switch r := r.(type) {
	case *Filter:
		f.line(depth, "filter %s", f.scalar(r.Pred))
	case *Project:
		f.line(depth, "project %s", f.items(r.Items))
	case *GroupBy:
		f.groupBy(r, depth)
	case *Window:
		f.line(depth, "window")
		for i := range r.Funcs {
			f.window(&r.Funcs[i], depth+1)
		}
	case *Distinct:
		if r.On == nil {
			f.line(depth, "distinct")
		} else {
			f.line(depth, "distinct on %s", f.scalars(r.On))
		}
	case *Sort:
		f.line(depth, "sort %s", f.keys(r.Keys))
	case *Limit:
		f.limit(r, depth)
	case *ProjectSet:
		f.line(depth, "projectset %s", f.items(r.Items))
		for _, it := range r.Items {
			if c, ok := r.SRFs[it.Col.ID]; ok {
				f.line(depth+1, "%s = %s", f.name(it.Col.ID), f.call(c))
			}
		}
	case *LockRows:
		f.line(depth, "lockrows")
		for _, l := range r.Locks {
			f.line(depth+1, "%s strength=%d wait=%d by %s", l.Get.Table.Name, l.Strength, l.Wait, f.name(l.Get.RowID))
		}
	}
	f.rel(input, depth+1)
}

func (f *formatter) get(r *Get, depth int) {
	text := "get " + r.Table.Schema + "." + r.Table.Name
	if r.Only {
		text = "get only " + r.Table.Schema + "." + r.Table.Name
	}
	if r.Alias != "" && r.Alias != r.Table.Name {
		text += " as " + r.Alias
	}
	if r.RowID != 0 {
		f.names[r.RowID] = "rowid"
		text += fmt.Sprintf(" rowid:%d", r.RowID)
	}
	f.line(depth, "%s [%s]", text, f.columns(r.Cols))
}

func (f *formatter) join(r *Join, depth int) {
	f.learnAll(r.Left)
	f.learnAll(r.Right)
	text := [...]string{"inner", "left", "right", "full", "semi", "anti"}[r.Kind] + " join"
	if r.Lateral {
		text += " lateral"
	}
	if r.On != nil {
		text += " on " + f.scalar(r.On)
	}
	f.line(depth, "%s", text)
	f.rel(r.Left, depth+1)
	f.rel(r.Right, depth+1)
}

func (f *formatter) groupBy(r *GroupBy, depth int) {
	text := "group"
	if r.Scalar {
		text += " scalar"
	}
	if len(r.Keys) > 0 {
		text += " by " + f.items(r.Keys)
	}
	if r.Sets != nil {
		f.learn([]Column{{ID: r.SetCol, Name: "grouping"}})
		text += fmt.Sprintf(" sets %v", r.Sets)
		if r.SetCol != 0 {
			text += " as " + f.name(r.SetCol)
		}
	}
	f.line(depth, "%s", text)
	for i := range r.Aggs {
		a := &r.Aggs[i]
		text := f.aggregate(a.Fn.Name, a.Args, a.Distinct, a.OrderBy)
		if a.Filter != nil {
			text += " filter " + f.scalar(a.Filter)
		}
		f.line(depth+1, "agg %s = %s -- %s", f.columns([]Column{a.Col}), text, a.Text)
	}
}

func (f *formatter) aggregate(name string, args []Scalar, distinct bool, order []SortKey) string {
	text := name + "("
	if distinct {
		text += "distinct "
	}
	text += f.scalars(args)
	if len(order) > 0 {
		text += " order by " + f.keys(order)
	}
	return text + ")"
}

func (f *formatter) window(w *WindowFunc, depth int) {
	text := f.aggregate(w.Name, w.Args, false, nil)
	if w.Filter != nil {
		text += " filter " + f.scalar(w.Filter)
	}
	var parts []string
	if len(w.PartitionBy) > 0 {
		parts = append(parts, "partition by "+f.scalars(w.PartitionBy))
	}
	if len(w.OrderBy) > 0 {
		parts = append(parts, "order by "+f.keys(w.OrderBy))
	}
	parts = append(parts, fmt.Sprintf("frame %#x", w.FrameOptions))
	if w.StartOffset != nil {
		parts = append(parts, "start "+f.scalar(w.StartOffset))
	}
	if w.EndOffset != nil {
		parts = append(parts, "end "+f.scalar(w.EndOffset))
	}
	f.line(depth, "%s = %s over (%s)", f.columns([]Column{w.Col}), text, strings.Join(parts, " "))
}

func (f *formatter) limit(r *Limit, depth int) {
	text := "limit"
	if r.Count != nil {
		text += " " + f.scalar(r.Count)
	}
	if r.WithTies {
		text += " with ties"
	}
	if r.Offset != nil {
		text += " offset " + f.scalar(r.Offset)
	}
	f.line(depth, "%s", text)
}

func (f *formatter) call(c FuncCall) string {
	if c.Scalar != nil {
		return f.scalar(c.Scalar)
	}
	return c.SRF.Name + "(" + f.scalars(c.Args) + ")"
}

func (f *formatter) funcScan(r *FuncScan, depth int) {
	calls := make([]string, len(r.Funcs))
	for i, c := range r.Funcs {
		calls[i] = f.call(c)
	}
	text := "funcscan " + strings.Join(calls, ", ")
	if r.Ordinality {
		text += " with ordinality"
	}
	f.line(depth, "%s [%s]", text, f.columns(r.Cols))
}
