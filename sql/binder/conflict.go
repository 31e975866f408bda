package binder

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
)

// onConflict binds ON CONFLICT.
func (b *binder) onConflict(q *query, t *catalog.Table, s *ast.Insert, w *bound.TableWrite) (*bound.OnConflict, error) {
	c := s.Conflict
	out := &bound.OnConflict{DoUpdate: c.DoUpdate}
	if c.DoUpdate && len(c.Columns) == 0 && c.Constraint == "" {
		return nil, pgerr.New(pgerrcode.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name).").At(int(c.Pos))
	}
	var err error
	if out.Arbiters, err = b.arbiters(q, t, s, w); err != nil || !c.DoUpdate {
		return out, err
	}
	g, existing := b.get(t, aliasOr(s.Table.Alias, t.Name))
	existing.aliased, existing.lateralOK = s.Table.Alias != nil, true
	b.addItem(q, existing)
	b.giveRowID(existing)
	out.Existing, out.Excluded = g, b.tableColumns(t)
	excluded := &item{name: "excluded", aliased: true, cols: out.Excluded, relVisible: true, colsVisible: true, lateralOK: true}
	b.addItem(q, excluded)
	q.visible = []*item{existing, excluded}
	defer func() { q.visible = nil }()
	if out.Set, err = b.assignments(q, t, c.Set, existing.cols); err != nil {
		return nil, err
	}
	if c.SetWhere != nil {
		out.Where, err = b.where(q, c.SetWhere, conflictWhereExpr)
	}
	return out, err
}

// arbiters finds the unique indexes that a conflict target means; nil for none given.
func (b *binder) arbiters(q *query, t *catalog.Table, s *ast.Insert, w *bound.TableWrite) ([]*catalog.Index, error) {
	c := s.Conflict
	if c.Constraint != "" {
		return constraintIndex(t, b.cut(c.Constraint))
	}
	if len(c.Columns) == 0 {
		return nil, nil
	}
	row := &item{name: aliasOr(s.Table.Alias, t.Name), table: t, cols: w.New, relVisible: true, colsVisible: true, lateralOK: true}
	q.visible = []*item{row}
	defer func() { q.visible = nil }()
	want, err := b.conflictKeys(q, t, c.Columns, w)
	if err != nil {
		return nil, err
	}
	var given []bound.Scalar
	if c.Where != nil {
		pred, err := b.where(q, c.Where, IndexPredicateExpr)
		if err != nil {
			return nil, err
		}
		given = conjuncts(pred)
	}
	var found []*catalog.Index
	for i := range w.Indexes {
		x := &w.Indexes[i]
		if x.Index.Unique && !x.Index.Building && sameSet(x.Keys, want) && bound.Implies(given, x.Predicate) {
			found = append(found, x.Index)
		}
	}
	if found == nil {
		return nil, pgerr.New(pgerrcode.InvalidColumnReference, "there is no unique or exclusion constraint matching the ON CONFLICT specification")
	}
	return found, nil
}

// constraintIndex is the index behind a constraint by name.
func constraintIndex(t *catalog.Table, name string) ([]*catalog.Index, error) {
	for _, con := range t.Constraints {
		if con.Name != name {
			continue
		}
		for _, ix := range t.Indexes {
			if con.Index != 0 && ix.OID == con.Index {
				return []*catalog.Index{ix}, nil
			}
		}
		return nil, pgerr.New(pgerrcode.WrongObjectType, "constraint in ON CONFLICT clause has no associated index")
	}
	return nil, pgerr.New(pgerrcode.UndefinedObject, "constraint \"%s\" for table \"%s\" does not exist", name, t.Name)
}

// conflictKeys binds the elements of a conflict target over the new row.
func (b *binder) conflictKeys(q *query, t *catalog.Table, elems []ast.IndexElem, w *bound.TableWrite) (keys []bound.Scalar, err error) {
	for _, e := range elems {
		if e.Desc || e.NullsFirst != nil {
			what := "ASC/DESC"
			if e.NullsFirst != nil {
				what = "NULLS FIRST/LAST"
			}
			return nil, pgerr.New(pgerrcode.InvalidColumnReference, "%s is not allowed in ON CONFLICT clause", what).At(int(e.Pos))
		}
		if e.Column != "" {
			name := b.cut(e.Column)
			c, ok := t.Column(name)
			if !ok {
				return nil, pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" does not exist", name).At(int(e.Pos))
			}
			keys = append(keys, attribute(w.New, c.Num))
			continue
		}
		var s bound.Scalar
		err := q.within(IndexExpr, func() error {
			s, err = b.expr(q, e.Expr)
			return err
		})
		if err != nil {
			return nil, err
		}
		keys = append(keys, s)
	}
	return keys, nil
}

// sameSet tells whether two lists hold the same expressions, in any order.
func sameSet(a, c []bound.Scalar) bool {
	return containsAll(a, c) && containsAll(c, a)
}

func containsAll(list, want []bound.Scalar) bool {
	for _, w := range want {
		if !slices.ContainsFunc(list, func(s bound.Scalar) bool { return bound.Equal(s, w) }) {
			return false
		}
	}
	return true
}

func conjuncts(s bound.Scalar) []bound.Scalar {
	and, ok := s.(*bound.And)
	if !ok {
		return []bound.Scalar{s}
	}
	var out []bound.Scalar
	for _, a := range and.Args {
		out = append(out, conjuncts(a)...)
	}
	return out
}
