package bound

import (
	"reflect"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/types"
)

// sameSubquery tells whether two subqueries are the same but for the numbers of the columns that they make: what one that is written twice
// becomes. Of columns of enclosing queries both must use the same ones.
func sameSubquery(a, b *Subquery) bool {
	n := &renaming{to: map[ColumnID]ColumnID{}, from: map[ColumnID]ColumnID{}}
	return n.same(reflect.ValueOf(a), reflect.ValueOf(b))
}

// renaming pairs the columns that two trees make.
type renaming struct{ to, from map[ColumnID]ColumnID }

// made pairs two columns that stand at the same place.
func (n *renaming) made(a, b ColumnID) bool {
	to, known := n.to[a]
	from, taken := n.from[b]
	if known || taken {
		return known && taken && to == b && from == a
	}
	n.to[a], n.from[b] = b, a
	return true
}

// used tells whether two references are to columns of the same pair, or to one column from outside.
func (n *renaming) used(a, b ColumnID) bool {
	if to, ok := n.to[a]; ok {
		return to == b
	}
	_, taken := n.from[b]
	return !taken && a == b
}

var (
	columnIDType = reflect.TypeFor[ColumnID]()
	posType      = reflect.TypeFor[ast.Pos]()
	datumType    = reflect.TypeFor[types.Datum]()
	colRefType   = reflect.TypeFor[*ColRef]()
	cteType      = reflect.TypeFor[*CTE]()
	tableType    = reflect.TypeFor[*catalog.Table]()
	lockType     = reflect.TypeFor[*LockRows]()
	setType      = reflect.TypeFor[*ProjectSet]()
	thisPackage  = reflect.TypeFor[Filter]().PkgPath()
)

// same compares values of the trees. Fields of a relation come in an order in which columns are made before they are used.
func (n *renaming) same(a, b reflect.Value) bool {
	if !a.IsValid() || !b.IsValid() {
		return a.IsValid() == b.IsValid()
	}
	if a.Type() != b.Type() {
		return false
	}
	switch a.Type() {
	case columnIDType:
		return n.made(ColumnID(a.Int()), ColumnID(b.Int()))
	case datumType:
		return EqualDatum(a.Interface().(types.Datum), b.Interface().(types.Datum))
	case posType:
		return true
	case lockType, setType:
		return false
	case colRefType:
		return n.used(a.Interface().(*ColRef).ID, b.Interface().(*ColRef).ID)
	case cteType, tableType:
		return a.Pointer() == b.Pointer()
	}
	switch a.Kind() {
	case reflect.Interface:
		return n.same(a.Elem(), b.Elem())
	case reflect.Pointer:
		if a.Pointer() == b.Pointer() && a.Type().Elem().PkgPath() != thisPackage {
			return true
		}
		return !a.IsNil() && !b.IsNil() && a.Type().Elem().PkgPath() == thisPackage && n.same(a.Elem(), b.Elem()) || a.IsNil() && b.IsNil()
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Type().Field(i).Name != "Text" && !n.same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if a.Len() != b.Len() || a.IsNil() != b.IsNil() {
			return false
		}
		for i := range a.Len() {
			if !n.same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map, reflect.Func, reflect.Chan:
		return a.IsNil() && b.IsNil()
	}
	return a.Equal(b)
}
