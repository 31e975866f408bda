package plan

import (
	"reflect"

	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// Visit calls fn for e and, while fn says so, for the expressions in it, parents first. Of a subquery it enters the test expressions alone.
func Visit(e bound.Scalar, fn func(bound.Scalar) bool) {
	if e == nil || !fn(e) {
		return
	}
	switch e := e.(type) {
	case *SubPlan:
		for _, t := range e.TestExprs {
			Visit(t, fn)
		}
		return
	case *bound.Subquery:
		for _, t := range e.Test {
			Visit(t, fn)
		}
		return
	}
	mapArgs(e, func(s bound.Scalar) bound.Scalar {
		Visit(s, fn)
		return s
	})
}

// Map rebuilds e bottom-up: fn is given every expression after its arguments were mapped and gives what stands in its place.
// Subqueries' relations are mapped as well. What does not change is shared with e.
func Map(e bound.Scalar, fn func(bound.Scalar) bound.Scalar) bound.Scalar {
	if e == nil {
		return nil
	}
	return fn(mapArgs(e, func(s bound.Scalar) bound.Scalar { return Map(s, fn) }))
}

func mapList(es []bound.Scalar, fn func(bound.Scalar) bound.Scalar) ([]bound.Scalar, bool) {
	var out []bound.Scalar
	for i, e := range es {
		m := e
		if e != nil {
			m = fn(e)
		}
		if m != e && out == nil {
			out = append(make([]bound.Scalar, 0, len(es)), es[:i]...)
		}
		if out != nil {
			out = append(out, m)
		}
	}
	if out == nil {
		return es, false
	}
	return out, true
}

func mapOne(e bound.Scalar, fn func(bound.Scalar) bound.Scalar, changed *bool) bound.Scalar {
	if e == nil {
		return nil
	}
	m := fn(e)
	if m != e {
		*changed = true
	}
	return m
}

// mapArgs gives e with fn applied to its immediate arguments; e itself when nothing changed.
func mapArgs(e bound.Scalar, fn func(bound.Scalar) bound.Scalar) bound.Scalar {
	changed := false
	one := func(s bound.Scalar) bound.Scalar { return mapOne(s, fn, &changed) }
	switch e := e.(type) {
	case *bound.Call:
		if args, ok := mapList(e.Args, fn); ok {
			c := *e
			c.Args = args
			return &c
		}
	case *bound.And:
		if args, ok := mapList(e.Args, fn); ok {
			return &bound.And{Args: args}
		}
	case *bound.Or:
		if args, ok := mapList(e.Args, fn); ok {
			return &bound.Or{Args: args}
		}
	case *bound.Coalesce:
		if args, ok := mapList(e.Args, fn); ok {
			return &bound.Coalesce{Args: args, Typ: e.Typ}
		}
	case *bound.MinMax:
		if args, ok := mapList(e.Args, fn); ok {
			return &bound.MinMax{Least: e.Least, Args: args, Typ: e.Typ}
		}
	case *bound.RowCtor:
		if args, ok := mapList(e.Fields, fn); ok {
			return &bound.RowCtor{Fields: args, Names: e.Names}
		}
	case *bound.ArrayCtor:
		if args, ok := mapList(e.Elems, fn); ok {
			c := *e
			c.Elems = args
			return &c
		}
	case *bound.Not:
		if x := one(e.X); changed {
			return &bound.Not{X: x}
		}
	case *bound.NullTest:
		if x := one(e.X); changed {
			return &bound.NullTest{X: x, Not: e.Not}
		}
	case *bound.BoolTest:
		if x := one(e.X); changed {
			return &bound.BoolTest{X: x, Value: e.Value, Not: e.Not}
		}
	case *bound.Cast:
		if x := one(e.X); changed {
			c := *e
			c.X = x
			return &c
		}
	case *bound.Field:
		if x := one(e.X); changed {
			return &bound.Field{X: x, Index: e.Index, Typ: e.Typ}
		}
	default:
		return mapArgsRest(e, fn, &changed, one)
	}
	return e
}

func mapArgsRest(e bound.Scalar, fn func(bound.Scalar) bound.Scalar, changed *bool, one func(bound.Scalar) bound.Scalar) bound.Scalar {
	switch e := e.(type) {
	case *bound.Case:
		c := *e
		c.Whens = make([]bound.When, len(e.Whens))
		for i, w := range e.Whens {
			c.Whens[i] = bound.When{Cond: one(w.Cond), Then: one(w.Then)}
		}
		if c.Else = one(e.Else); *changed {
			return &c
		}
	case *bound.NullIf:
		c := *e
		if c.Left, c.Right = one(e.Left), one(e.Right); *changed {
			return &c
		}
	case *bound.IsDistinct:
		c := *e
		if c.Left, c.Right = one(e.Left), one(e.Right); *changed {
			return &c
		}
	case *bound.InList:
		c := *e
		c.X = one(e.X)
		list, ok := mapList(e.List, fn)
		if c.List = list; ok || *changed {
			return &c
		}
	case *bound.AnyAll:
		c := *e
		if c.X, c.Array = one(e.X), one(e.Array); *changed {
			return &c
		}
	case *bound.Subscript:
		c := *e
		c.X = one(e.X)
		c.Subs = make([]bound.SubscriptItem, len(e.Subs))
		for i, s := range e.Subs {
			c.Subs[i] = bound.SubscriptItem{Slice: s.Slice, Lower: one(s.Lower), Upper: one(s.Upper)}
		}
		if *changed {
			return &c
		}
	case *bound.SubscriptAssign:
		c := *e
		c.X, c.Value = one(e.X), one(e.Value)
		c.Subs = make([]bound.SubscriptItem, len(e.Subs))
		for i, s := range e.Subs {
			c.Subs[i] = bound.SubscriptItem{Slice: s.Slice, Lower: one(s.Lower), Upper: one(s.Upper)}
		}
		if *changed {
			return &c
		}
	case *bound.Subquery:
		c := *e
		test, ok := mapList(e.Test, fn)
		c.Test, c.Compare = test, one(e.Compare)
		c.Rel = relMapper{expr1: fn}.apply(e.Rel)
		if ok || *changed || c.Rel != e.Rel {
			return &c
		}
	case *SubPlan:
		c := *e
		if test, ok := mapList(e.TestExprs, fn); ok {
			c.TestExprs = test
			return &c
		}
	}
	return e
}

// Substitute replaces references to columns by expressions.
func Substitute(e bound.Scalar, by map[bound.ColumnID]bound.Scalar) bound.Scalar {
	if len(by) == 0 {
		return e
	}
	return Map(e, func(s bound.Scalar) bound.Scalar {
		if c, ok := s.(*bound.ColRef); ok {
			if r, ok := by[c.ID]; ok {
				return r
			}
		}
		return s
	})
}

// ColSet is a set of columns.
type ColSet map[bound.ColumnID]struct{}

// Add puts columns into the set.
func (s ColSet) Add(ids ...bound.ColumnID) {
	for _, id := range ids {
		s[id] = struct{}{}
	}
}

// Has tells whether the set has the column.
func (s ColSet) Has(id bound.ColumnID) bool { _, ok := s[id]; return ok }

// Covers tells whether every column of other is in s.
func (s ColSet) Covers(other ColSet) bool {
	for id := range other {
		if !s.Has(id) {
			return false
		}
	}
	return true
}

// Meets tells whether the sets have a column in common.
func (s ColSet) Meets(other ColSet) bool {
	for id := range other {
		if s.Has(id) {
			return true
		}
	}
	return false
}

// ColsOf is the set of some columns.
func ColsOf(cols []bound.Column) ColSet {
	s := make(ColSet, len(cols))
	for _, c := range cols {
		s[c.ID] = struct{}{}
	}
	return s
}

// Free is the set of columns that an expression refers to, those that its subqueries produce themselves left out.
func Free(es ...bound.Scalar) ColSet {
	s := ColSet{}
	for _, e := range es {
		addFree(s, e)
	}
	return s
}

func addFree(s ColSet, e bound.Scalar) {
	Visit(e, func(x bound.Scalar) bool {
		switch x := x.(type) {
		case *bound.ColRef:
			s.Add(x.ID)
		case *bound.Subquery:
			inner := FreeRel(x.Rel)
			addFree(inner, x.Compare)
			for _, c := range x.TestCols {
				delete(inner, c.ID)
			}
			for _, c := range x.Rel.Columns() {
				delete(inner, c.ID)
			}
			for id := range inner {
				s.Add(id)
			}
		case *SubPlan:
			s.Add(x.Params...)
		}
		return true
	})
}

// Volatile tells whether evaluating e twice could differ or have an effect.
func Volatile(e bound.Scalar) bool {
	found := false
	Visit(e, func(x bound.Scalar) bool {
		switch x := x.(type) {
		case *bound.Call:
			found = found || x.Fn != nil && x.Fn.Volatility == 'v'
		case *bound.Subquery:
			found = found || VolatileRel(x.Rel)
		}
		return !found
	})
	return found
}

// HasSubquery tells whether e contains a subquery.
func HasSubquery(e bound.Scalar) bool {
	found := false
	Visit(e, func(x bound.Scalar) bool {
		switch x.(type) {
		case *bound.Subquery, *SubPlan:
			found = true
		}
		return !found
	})
	return found
}

// Equal tells whether two expressions are the same computation over the same columns.
func Equal(a, b bound.Scalar) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || reflect.TypeOf(a) != reflect.TypeOf(b) {
		return false
	}
	switch a := a.(type) {
	case *bound.ColRef:
		return a.ID == b.(*bound.ColRef).ID
	case *bound.Param:
		return a.N == b.(*bound.Param).N
	case *bound.Const:
		return equalConst(a, b.(*bound.Const))
	case *bound.Cast:
		b := b.(*bound.Cast)
		return a.Typ == b.Typ && a.Explicit == b.Explicit && Equal(a.X, b.X)
	case *bound.Call:
		b := b.(*bound.Call)
		return a.Fn == b.Fn && a.Fn.Volatility != 'v' && a.ArrayVariadic == b.ArrayVariadic && a.Typ == b.Typ && equalLists(a.Args, b.Args)
	case *bound.Not:
		return Equal(a.X, b.(*bound.Not).X)
	case *bound.And:
		return equalLists(a.Args, b.(*bound.And).Args)
	case *bound.Or:
		return equalLists(a.Args, b.(*bound.Or).Args)
	case *bound.Coalesce:
		return equalLists(a.Args, b.(*bound.Coalesce).Args)
	case *bound.NullTest:
		b := b.(*bound.NullTest)
		return a.Not == b.Not && Equal(a.X, b.X)
	case *bound.Subquery:
		return !Volatile(a) && bound.Equal(a, b)
	}
	return false
}

func equalLists(a, b []bound.Scalar) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalConst(a, b *bound.Const) bool {
	if a.Typ != b.Typ || a.Value.IsNull() != b.Value.IsNull() {
		return false
	}
	return a.Value.IsNull() || reflect.DeepEqual(a.Value, b.Value)
}

// Conjuncts splits a condition at its ANDs; a constant true has none.
func Conjuncts(e bound.Scalar) []bound.Scalar {
	switch e := e.(type) {
	case nil:
		return nil
	case *bound.And:
		var out []bound.Scalar
		for _, a := range e.Args {
			out = append(out, Conjuncts(a)...)
		}
		return out
	case *bound.Const:
		if !e.Value.IsNull() && e.Value.Bool() {
			return nil
		}
	}
	return []bound.Scalar{e}
}

// Conjunction is the inverse of Conjuncts; nil for none.
func Conjunction(es []bound.Scalar) bound.Scalar {
	switch len(es) {
	case 0:
		return nil
	case 1:
		return es[0]
	}
	return &bound.And{Args: es}
}

// True is the constant.
func True() bound.Scalar { return &bound.Const{Value: types.Bool(true), Typ: types.T(types.BoolOID)} }

// Ref refers to a column.
func Ref(c bound.Column) bound.Scalar { return &bound.ColRef{ID: c.ID, Typ: c.Type} }

// MapShallow is Map that leaves the relations of subqueries alone.
func MapShallow(e bound.Scalar, fn func(bound.Scalar) bound.Scalar) bound.Scalar {
	if e == nil {
		return nil
	}
	if sub, ok := e.(*bound.Subquery); ok {
		if test, changed := mapList(sub.Test, func(s bound.Scalar) bound.Scalar { return MapShallow(s, fn) }); changed {
			c := *sub
			c.Test = test
			e = &c
		}
		return fn(e)
	}
	return fn(mapArgs(e, func(s bound.Scalar) bound.Scalar { return MapShallow(s, fn) }))
}
