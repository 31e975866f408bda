package binder

import (
	"reflect"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

// orderCTEs gives the items of a WITH clause in the order of binding. With RECURSIVE an item may refer to later ones, not in a circle.
func orderCTEs(w *ast.With) ([]*ast.CTE, error) {
	for i := range w.CTEs {
		for j := range i {
			if w.CTEs[i].Name == w.CTEs[j].Name {
				return nil, pgerr.New(pgerrcode.DuplicateAlias, "WITH query name \"%s\" specified more than once", w.CTEs[i].Name).At(int(w.CTEs[i].Pos))
			}
		}
	}
	const seen, done = 1, 2
	state := make([]int, len(w.CTEs))
	var order []*ast.CTE
	var visit func(i int) error
	visit = func(i int) error {
		if state[i] == done {
			return nil
		}
		if state[i] == seen {
			return pgerr.New(pgerrcode.FeatureNotSupported, "mutual recursion between WITH items is not implemented").At(int(w.CTEs[i].Pos))
		}
		state[i] = seen
		if w.Recursive {
			for j := range w.CTEs {
				if j != i && refersTo(w.CTEs[i].Query, w.CTEs[j].Name) {
					if err := visit(j); err != nil {
						return err
					}
				}
			}
		}
		state[i] = done
		order = append(order, &w.CTEs[i])
		return nil
	}
	for i := range w.CTEs {
		if err := visit(i); err != nil {
			return nil, err
		}
	}
	return order, nil
}

// place is where in a recursive term a reference stands.
type place uint8

const (
	inFrom place = iota
	inSubquery
	inOuterJoin
	inIntersect
	inExcept
)

var placeNames = map[place]string{inSubquery: "a subquery", inOuterJoin: "an outer join", inIntersect: "INTERSECT", inExcept: "EXCEPT"}

// reference is one use of a WITH item's name.
type reference struct {
	place place
	pos   ast.Pos
}

func refersTo(stmt any, name string) bool { return len(references(stmt, name)) > 0 }

// references finds the uses of an unqualified relation name in a statement or a part of one. A WITH clause inside that defines the name hides it.
// The tree is walked by reflection: this runs for WITH RECURSIVE alone, and misses no node that the grammar gains.
func references(node any, name string) []reference {
	f := refFinder{name: name}
	f.walk(reflect.ValueOf(node), inFrom)
	return f.found
}

type refFinder struct {
	name  string
	found []reference
}

func (f *refFinder) walk(v reflect.Value, p place) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			f.walk(v.Elem(), p)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			f.node(v, p)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f.walk(v.Field(i), p)
		}
	case reflect.Slice:
		if k := v.Type().Elem().Kind(); k == reflect.String || k == reflect.Int32 {
			return
		}
		for i := range v.Len() {
			f.walk(v.Index(i), p)
		}
	}
}

func (f *refFinder) node(v reflect.Value, p place) {
	switch n := v.Interface().(type) {
	case *ast.RangeVar:
		if len(n.Name.Parts) == 1 && n.Name.Parts[0] == f.name {
			f.found = append(f.found, reference{p, n.Pos})
		}
		return
	case *ast.SubLink:
		p = inSubquery
	case *ast.Select:
		if hides(n.With, f.name) {
			return
		}
		switch n.Op {
		case ast.SetIntersect:
			p = inIntersect
		case ast.SetExcept: // only the right side makes the set shrink
			f.walk(reflect.ValueOf(n.Left), p)
			f.walk(reflect.ValueOf(n.Right), inExcept)
			return
		}
	case *ast.JoinExpr:
		left, right := p, p
		if n.Kind == ast.JoinLeft || n.Kind == ast.JoinFull {
			right = inOuterJoin
		}
		if n.Kind == ast.JoinRight || n.Kind == ast.JoinFull {
			left = inOuterJoin
		}
		f.walk(reflect.ValueOf(n.Left), left)
		f.walk(reflect.ValueOf(n.Right), right)
		f.walk(reflect.ValueOf(&n.On).Elem(), p)
		return
	}
	f.walk(v.Elem(), p)
}

func hides(w *ast.With, name string) bool {
	if w == nil {
		return false
	}
	for i := range w.CTEs {
		if w.CTEs[i].Name == name {
			return true
		}
	}
	return false
}

// checkRecursion checks the form that a recursive item must have.
func checkRecursion(c *ast.CTE, s *ast.Select) error {
	fault := func(format string, args ...any) *pgerr.Error {
		return pgerr.New(pgerrcode.InvalidRecursion, format, args...)
	}
	if s.Op != ast.SetUnion {
		return fault("recursive query \"%s\" does not have the form non-recursive-term UNION [ALL] recursive-term", c.Name).At(int(c.Pos))
	}
	if refs := references(s.With, c.Name); len(refs) > 0 {
		return fault("recursive reference to query \"%s\" must not appear within a subquery", c.Name).At(int(refs[0].pos))
	}
	if refs := references(s.Left, c.Name); len(refs) > 0 {
		return fault("recursive reference to query \"%s\" must not appear within its non-recursive term", c.Name).At(int(refs[0].pos))
	}
	for i, r := range references(s.Right, c.Name) {
		if r.place != inFrom {
			return fault("recursive reference to query \"%s\" must not appear within %s", c.Name, placeNames[r.place]).At(int(r.pos))
		}
		if i > 0 {
			return fault("recursive reference to query \"%s\" must not appear more than once", c.Name).At(int(r.pos))
		}
	}
	return checkRecursiveClauses(s)
}

// checkRecursiveClauses refuses what would apply to the whole of a recursive query.
func checkRecursiveClauses(s *ast.Select) error {
	refuse := func(what string, pos ast.Pos) error {
		return pgerr.New(pgerrcode.FeatureNotSupported, "%s in a recursive query is not implemented", what).At(int(pos))
	}
	switch {
	case len(s.OrderBy) > 0:
		return refuse("ORDER BY", leftmost(s.OrderBy[0].Expr))
	case s.Offset != nil:
		return refuse("OFFSET", leftmost(s.Offset))
	case s.Limit != nil:
		return refuse("LIMIT", leftmost(s.Limit))
	case len(s.Locking) > 0:
		return refuse("FOR UPDATE/SHARE", ast.NoPos)
	}
	return nil
}
