package bound

import "slices"

// Slots calls f with the place of each direct operand of s, in a fixed order. A subquery's relation is not among them (see RelSlots), its Test
// and Compare are. Places that hold nil are left out.
func Slots(s Scalar, f func(*Scalar)) {
	one := func(p *Scalar) {
		if *p != nil {
			f(p)
		}
	}
	list := func(l []Scalar) {
		for i := range l {
			one(&l[i])
		}
	}
	switch e := s.(type) {
	case *Call:
		list(e.Args)
	case *And:
		list(e.Args)
	case *Or:
		list(e.Args)
	case *Not:
		one(&e.X)
	case *Case:
		for i := range e.Whens {
			one(&e.Whens[i].Cond)
			one(&e.Whens[i].Then)
		}
		one(&e.Else)
	case *Coalesce:
		list(e.Args)
	case *MinMax:
		list(e.Args)
	case *NullIf:
		one(&e.Left)
		one(&e.Right)
	case *NullTest:
		one(&e.X)
	case *BoolTest:
		one(&e.X)
	case *IsDistinct:
		one(&e.Left)
		one(&e.Right)
	case *InList:
		one(&e.X)
		list(e.List)
	case *AnyAll:
		one(&e.X)
		one(&e.Array)
	case *Cast:
		one(&e.X)
	case *ArrayCtor:
		list(e.Elems)
	case *RowCtor:
		list(e.Fields)
	case *Field:
		one(&e.X)
	case *Subscript:
		one(&e.X)
		subscriptSlots(e.Subs, one)
	case *SubscriptAssign:
		one(&e.X)
		subscriptSlots(e.Subs, one)
		one(&e.Value)
	case *Subquery:
		list(e.Test)
		one(&e.Compare)
	}
}

func subscriptSlots(subs []SubscriptItem, one func(*Scalar)) {
	for i := range subs {
		one(&subs[i].Lower)
		one(&subs[i].Upper)
	}
}

// Clone copies s with its own operand lists; the operands themselves are shared.
func Clone(s Scalar) Scalar {
	switch e := s.(type) {
	case *ColRef:
		return clone(e)
	case *Const:
		return clone(e)
	case *Param:
		return clone(e)
	case *Default:
		return clone(e)
	case *Call:
		c := clone(e)
		c.Args = slices.Clone(e.Args)
		return c
	case *And:
		return &And{Args: slices.Clone(e.Args)}
	case *Or:
		return &Or{Args: slices.Clone(e.Args)}
	case *Not:
		return clone(e)
	case *Case:
		c := clone(e)
		c.Whens = slices.Clone(e.Whens)
		return c
	case *Coalesce:
		c := clone(e)
		c.Args = slices.Clone(e.Args)
		return c
	case *MinMax:
		c := clone(e)
		c.Args = slices.Clone(e.Args)
		return c
	case *NullIf:
		return clone(e)
	case *NullTest:
		return clone(e)
	case *BoolTest:
		return clone(e)
	case *IsDistinct:
		return clone(e)
	case *InList:
		c := clone(e)
		c.List = slices.Clone(e.List)
		return c
	case *AnyAll:
		return clone(e)
	case *Cast:
		return clone(e)
	case *ArrayCtor:
		c := clone(e)
		c.Elems = slices.Clone(e.Elems)
		return c
	case *RowCtor:
		c := clone(e)
		c.Fields = slices.Clone(e.Fields)
		return c
	case *Field:
		return clone(e)
	case *Subscript:
		c := clone(e)
		c.Subs = slices.Clone(e.Subs)
		return c
	case *SubscriptAssign:
		c := clone(e)
		c.Subs = slices.Clone(e.Subs)
		return c
	case *Subquery:
		c := clone(e)
		c.Test = slices.Clone(e.Test)
		return c
	}
	panic("bound: unknown scalar")
}

func clone[T any](p *T) *T {
	c := *p
	return &c
}

// Walk visits s and its operands, parents first; f returning false keeps it out of the operands. Relations of subqueries are not entered.
func Walk(s Scalar, f func(Scalar) bool) {
	if s == nil || !f(s) {
		return
	}
	Slots(s, func(p *Scalar) { Walk(*p, f) })
}

// Rewrite replaces parts of s: f gives the replacement of a scalar, or nil to go into its operands. What changes is copied, s itself never changes.
// Relations of subqueries are not entered; f may do so with RewriteScalars.
func Rewrite(s Scalar, f func(Scalar) Scalar) Scalar {
	if s == nil {
		return nil
	}
	if r := f(s); r != nil {
		return r
	}
	var operands []Scalar
	changed := false
	Slots(s, func(p *Scalar) {
		n := Rewrite(*p, f)
		changed = changed || n != *p
		operands = append(operands, n)
	})
	if !changed {
		return s
	}
	c := Clone(s)
	i := 0
	Slots(c, func(p *Scalar) {
		*p = operands[i]
		i++
	})
	return c
}

// RelSlots calls scalars with the place of each expression of r itself and inputs with the place of each relation right below it; either may be nil.
// Common table expressions count as inputs of their With.
func RelSlots(r Rel, scalars func(*Scalar), inputs func(*Rel)) {
	v := relVisitor{scalars, inputs}
	switch r := r.(type) {
	case *Values:
		for _, row := range r.Rows {
			v.list(row)
		}
	case *Filter:
		v.rel(&r.Input)
		v.one(&r.Pred)
	case *Project:
		v.rel(&r.Input)
		v.items(r.Items)
	case *Join:
		v.rel(&r.Left)
		v.rel(&r.Right)
		v.one(&r.On)
	case *GroupBy:
		v.rel(&r.Input)
		v.items(r.Keys)
		for i := range r.Aggs {
			v.list(r.Aggs[i].Args)
			v.one(&r.Aggs[i].Filter)
			v.keys(r.Aggs[i].OrderBy)
		}
	case *Window:
		v.rel(&r.Input)
		for i := range r.Funcs {
			w := &r.Funcs[i]
			v.list(w.Args)
			v.one(&w.Filter)
			v.list(w.PartitionBy)
			v.keys(w.OrderBy)
			v.one(&w.StartOffset)
			v.one(&w.EndOffset)
		}
	case *Distinct:
		v.rel(&r.Input)
		v.list(r.On)
	case *Sort:
		v.rel(&r.Input)
		v.keys(r.Keys)
	case *Limit:
		v.rel(&r.Input)
		v.one(&r.Count)
		v.one(&r.Offset)
	case *SetOp:
		v.rel(&r.Left)
		v.rel(&r.Right)
	case *With:
		for _, c := range r.CTEs {
			v.rel(&c.Rel)
			v.rel(&c.Step)
		}
		v.rel(&r.Input)
	case *FuncScan:
		for i := range r.Funcs {
			v.call(&r.Funcs[i])
		}
	case *ProjectSet:
		v.rel(&r.Input)
		v.items(r.Items)
		for _, it := range r.Items {
			if f, ok := r.SRFs[it.Col.ID]; ok {
				v.call(&f)
				r.SRFs[it.Col.ID] = f
			}
		}
	case *LockRows:
		v.rel(&r.Input)
	}
}

type relVisitor struct {
	scalars func(*Scalar)
	inputs  func(*Rel)
}

func (v relVisitor) one(p *Scalar) {
	if *p != nil && v.scalars != nil {
		v.scalars(p)
	}
}

func (v relVisitor) list(l []Scalar) {
	for i := range l {
		v.one(&l[i])
	}
}

func (v relVisitor) items(l []Item) {
	for i := range l {
		v.one(&l[i].Expr)
	}
}

func (v relVisitor) keys(l []SortKey) {
	for i := range l {
		v.one(&l[i].Expr)
	}
}

func (v relVisitor) call(f *FuncCall) {
	v.list(f.Args)
	v.one(&f.Scalar)
}

func (v relVisitor) rel(p *Rel) {
	if *p != nil && v.inputs != nil {
		v.inputs(p)
	}
}

// RewriteScalars applies Rewrite with f to every expression of r and of the relations below it, in place, subqueries' relations included.
func RewriteScalars(r Rel, f func(Scalar) Scalar) {
	enter := func(s Scalar) Scalar {
		if n := f(s); n != nil {
			return n
		}
		if q, ok := s.(*Subquery); ok {
			RewriteScalars(q.Rel, f)
		}
		return nil
	}
	RelSlots(r, func(p *Scalar) { *p = Rewrite(*p, enter) }, func(p *Rel) { RewriteScalars(*p, f) })
}

// WalkRel visits r and the relations below it, parents first, those of subqueries included, and every expression with all that is in it.
// Either function may be nil.
func WalkRel(r Rel, rel func(Rel), scalar func(Scalar)) {
	if rel != nil {
		rel(r)
	}
	RelSlots(r, func(p *Scalar) {
		Walk(*p, func(s Scalar) bool {
			if scalar != nil {
				scalar(s)
			}
			if q, ok := s.(*Subquery); ok {
				WalkRel(q.Rel, rel, scalar)
			}
			return true
		})
	}, func(p *Rel) { WalkRel(*p, rel, scalar) })
}

// FreeColumns are the columns that r refers to and nothing in it produces: its correlation.
func FreeColumns(r Rel) map[ColumnID]bool {
	free, made := map[ColumnID]bool{}, map[ColumnID]bool{}
	WalkRel(r, func(r Rel) {
		for _, c := range produced(r) {
			made[c.ID] = true
		}
	}, func(s Scalar) { reference(s, free, made) })
	for id := range made {
		delete(free, id)
	}
	return free
}

// ColumnsOf are the columns that s refers to outside itself, those that its subqueries refer to included.
func ColumnsOf(s Scalar) map[ColumnID]bool {
	refs := map[ColumnID]bool{}
	Walk(s, func(s Scalar) bool {
		reference(s, refs, nil)
		if q, ok := s.(*Subquery); ok {
			for id := range FreeColumns(q.Rel) {
				refs[id] = true
			}
			if q.Compare != nil {
				for id := range ColumnsOf(q.Compare) {
					refs[id] = true
				}
			}
			for _, c := range slices.Concat(q.TestCols, q.Rel.Columns()) {
				delete(refs, c.ID)
			}
			for _, t := range q.Test {
				for id := range ColumnsOf(t) {
					refs[id] = true
				}
			}
			return false
		}
		return true
	})
	return refs
}

// reference notes what s itself refers to, and the columns that it defines for its own use.
func reference(s Scalar, refs, made map[ColumnID]bool) {
	switch e := s.(type) {
	case *ColRef:
		refs[e.ID] = true
	case *Subquery:
		for _, c := range e.TestCols {
			if made != nil {
				made[c.ID] = true
			}
		}
	}
}

// produced are the columns that r itself adds to those of its inputs; passed ones may be among them.
func produced(r Rel) []Column {
	switch r := r.(type) {
	case *Get:
		if r.RowID != 0 {
			return append(r.Cols[:len(r.Cols):len(r.Cols)], Column{ID: r.RowID, Name: "rowid"})
		}
		return r.Cols
	case *With:
		var cols []Column
		for _, c := range r.CTEs {
			cols = append(cols, c.Cols...)
		}
		return cols
	case *Project:
		return passedOut(r.Items)
	case *ProjectSet:
		return passedOut(r.Items)
	case *Values, *GroupBy, *SetOp, *CTERef, *FuncScan:
		return r.Columns()
	case *Window:
		var cols []Column
		for _, f := range r.Funcs {
			cols = append(cols, f.Col)
		}
		return cols
	}
	return nil
}

// passedOut leaves out the items that pass an input's column through, which may be an outer one only by mistake.
func passedOut(items []Item) []Column {
	var cols []Column
	for _, it := range items {
		if c, ok := it.Expr.(*ColRef); ok && c.ID == it.Col.ID {
			continue
		}
		cols = append(cols, it.Col)
	}
	return cols
}
