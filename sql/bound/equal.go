package bound

import (
	"reflect"

	"vecgres/sql/funcs"
	"vecgres/sql/types"
)

// Equal tells whether two scalars mean the same: the same columns, parameters, constants and calls in the same shape. Positions and the
// implicit or explicit form of a cast do not matter. Two subqueries are equal when they differ in nothing but the numbers of the columns that
// each makes.
func Equal(a, b Scalar) bool {
	if a == b {
		return true
	}
	if sub, ok := a.(*Subquery); ok {
		other, ok := b.(*Subquery)
		return ok && sameSubquery(sub, other)
	}
	if a == nil || b == nil || reflect.TypeOf(a) != reflect.TypeOf(b) || a.Type() != b.Type() || !equalNode(a, b) {
		return false
	}
	var left, right []Scalar
	Slots(a, func(p *Scalar) { left = append(left, *p) })
	Slots(b, func(p *Scalar) { right = append(right, *p) })
	return equalLists(left, right)
}

func equalLists(a, b []Scalar) bool {
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

// equalNode compares what two nodes of one kind hold beside type and operands.
func equalNode(a, b Scalar) bool {
	switch a := a.(type) {
	case *ColRef:
		return a.ID == b.(*ColRef).ID
	case *Const:
		return EqualDatum(a.Value, b.(*Const).Value)
	case *Param:
		return a.N == b.(*Param).N
	case *Call:
		o := b.(*Call)
		return sameOverload(a.Fn, o.Fn) && a.ArrayVariadic == o.ArrayVariadic
	case *Case:
		o := b.(*Case)
		return len(a.Whens) == len(o.Whens) && (a.Else == nil) == (o.Else == nil)
	case *MinMax:
		return a.Least == b.(*MinMax).Least
	case *NullIf:
		return sameOverload(a.Eq, b.(*NullIf).Eq)
	case *NullTest:
		return a.Not == b.(*NullTest).Not
	case *BoolTest:
		o := b.(*BoolTest)
		return a.Value == o.Value && a.Not == o.Not
	case *IsDistinct:
		o := b.(*IsDistinct)
		return sameOverload(a.Eq, o.Eq) && a.Not == o.Not
	case *InList:
		return sameOverload(a.Eq, b.(*InList).Eq)
	case *AnyAll:
		o := b.(*AnyAll)
		return a.Op == o.Op && a.All == o.All && sameOverload(a.Fn, o.Fn)
	case *ArrayCtor:
		return a.Nested == b.(*ArrayCtor).Nested
	case *Field:
		return a.Index == b.(*Field).Index
	case *Subscript:
		return sameSubscripts(a.Subs, b.(*Subscript).Subs)
	case *SubscriptAssign:
		return sameSubscripts(a.Subs, b.(*SubscriptAssign).Subs)
	case *And, *Or, *Not, *Coalesce, *RowCtor, *Cast:
		return true
	}
	return false // subqueries, the planner's among them, and DEFAULT
}

// sameOverload compares by OID too, since a call that leaves defaults out has a copy of the overload.
func sameOverload(a, b *funcs.Overload) bool {
	return a == b || a != nil && b != nil && a.OID != 0 && a.OID == b.OID
}

func sameSubscripts(a, b []SubscriptItem) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Slice != b[i].Slice || (a[i].Lower == nil) != (b[i].Lower == nil) || (a[i].Upper == nil) != (b[i].Upper == nil) {
			return false
		}
	}
	return true
}

// EqualDatum tells whether two values of one type are the same bits; values that compare equal but print differently (1.0 and 1.00) are not.
func EqualDatum(a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	return a.N == b.N && a.S == b.S && reflect.DeepEqual(a.X, b.X)
}
