package binder

import (
	"strings"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// tableExpr binds an expression over a table's columns.
func (b *binder) tableExpr(e ast.Expr, t *catalog.Table, cols []bound.Column, c ExprContext) (bound.Scalar, error) {
	q := b.newQuery(nil)
	q.context = c
	if t != nil && cols != nil {
		for _, col := range cols {
			b.nextCol = max(b.nextCol, col.ID+1)
		}
		it := &item{name: t.Name, table: t, cols: cols, relVisible: true, colsVisible: true, newRow: t}
		b.addItem(q, it)
		q.visible = []*item{it}
	}
	s, err := b.expr(q, e)
	if err != nil {
		return nil, err
	}
	switch c {
	case DefaultExpr, GeneratedExpr, AlterUsingExpr, ExecuteParamExpr:
		return s, nil // the caller assigns it to a type of its own
	}
	return b.textIfUnknown(s)
}

// storedExpr parses and binds an expression that the catalog keeps as text. Its mistakes have no position in the statement, and its names do not
// depend on the search path.
func (b *binder) storedExpr(text string, t *catalog.Table, cols []bound.Column, c ExprContext) (bound.Scalar, error) {
	e, err := b.o.ParseExpr(text)
	if err != nil {
		return nil, pgerr.Wrap(err, "expression of table \"%s\"", t.Name)
	}
	saved := b.result.PathDepends
	s, err := b.tableExpr(e, t, cols, c)
	b.result.PathDepends = saved
	if err != nil {
		e := *pgerr.From(err)
		e.Position = 0
		return nil, &e
	}
	return s, nil
}

// tableWrite binds a table's checks, generated columns and index keys over new columns that stand for the row to be stored.
func (b *binder) tableWrite(t *catalog.Table) (bound.TableWrite, error) {
	w := bound.TableWrite{Table: t, New: b.tableColumns(t)}
	for _, con := range t.Constraints {
		if con.Kind != catalog.Check {
			continue
		}
		s, err := b.storedExpr(con.Expr, t, w.New, CheckExpr)
		if err == nil {
			s, err = b.boolean(s, "CHECK", ast.NoPos)
		}
		if err != nil {
			return w, err
		}
		w.Checks = append(w.Checks, bound.CheckExpr{Name: con.Name, Expr: s})
	}
	for c := range t.Live {
		if !c.Generated {
			continue
		}
		s, err := b.storedExpr(c.Default, t, w.New, GeneratedExpr)
		if err == nil {
			s, err = b.assign(s, c.Type, c.Name, ast.NoPos)
		}
		if err != nil {
			return w, err
		}
		if w.Generated == nil {
			w.Generated = map[int16]bound.Scalar{}
		}
		w.Generated[c.Num] = s
	}
	for _, ix := range t.Indexes {
		x, err := b.indexExprs(t, ix, w.New)
		if err != nil {
			return w, err
		}
		w.Indexes = append(w.Indexes, x)
	}
	return w, nil
}

func (b *binder) indexExprs(t *catalog.Table, ix *catalog.Index, cols []bound.Column) (bound.IndexExprs, error) {
	x := bound.IndexExprs{Index: ix}
	for _, k := range ix.Keys {
		if k.Column != 0 {
			x.Keys = append(x.Keys, attribute(cols, k.Column))
			continue
		}
		s, err := b.storedExpr(k.Expr, t, cols, IndexExpr)
		if err != nil {
			return x, err
		}
		x.Keys = append(x.Keys, s)
	}
	if ix.Predicate == "" {
		return x, nil
	}
	s, err := b.storedExpr(ix.Predicate, t, cols, IndexPredicateExpr)
	if err == nil {
		s, err = b.boolean(s, "WHERE", ast.NoPos)
	}
	x.Predicate = s
	return x, err
}

// computedIndexes binds the keys and predicates of a table's indexes on expressions and of its partial ones. One that does not bind serves no
// query: whoever writes the table is told.
func (b *binder) computedIndexes(t *catalog.Table, cols []bound.Column) []bound.IndexExprs {
	var out []bound.IndexExprs
	for _, ix := range t.Indexes {
		if !ix.Computed() {
			continue
		}
		fresh := b.tableColumns(t) // of their own, since binding an expression registers its columns anew
		x, err := b.indexExprs(t, ix, fresh)
		if err != nil {
			continue
		}
		to := make(map[bound.ColumnID]bound.ColumnID, len(fresh))
		for i, c := range fresh {
			to[c.ID] = cols[i].ID
		}
		for i := range x.Keys {
			renumber(&x.Keys[i], to)
		}
		renumber(&x.Predicate, to)
		out = append(out, x)
	}
	return out
}

// renumber makes an expression's references to columns mean others.
func renumber(e *bound.Scalar, to map[bound.ColumnID]bound.ColumnID) {
	if *e == nil {
		return
	}
	if ref, ok := (*e).(*bound.ColRef); ok {
		if id, ok := to[ref.ID]; ok { // else it was reached before: CASE x WHEN … shares x
			*e = &bound.ColRef{ID: id, Typ: ref.Typ}
		}
		return
	}
	bound.Slots(*e, func(p *bound.Scalar) { renumber(p, to) })
}

// attribute is a reference to the column of an attnum among a table's columns.
func attribute(cols []bound.Column, num int16) bound.Scalar {
	for _, c := range cols {
		if c.AttNum == num {
			return ref(c)
		}
	}
	panic("binder: an index names a column that the table does not have")
}

// columnDefault is what a column gets when nothing is given for it; nil for NULL.
func (b *binder) columnDefault(t *catalog.Table, c *catalog.Column) (bound.Scalar, error) {
	switch {
	case c.Generated:
		return nil, nil
	case c.Identity != 0 || c.Sequence != 0 && strings.HasPrefix(c.Default, "nextval("):
		return b.nextValue(c)
	case c.Default == "":
		return nil, nil
	}
	s, err := b.storedExpr(c.Default, t, nil, DefaultExpr)
	if err != nil {
		return nil, err
	}
	return b.assign(s, c.Type, c.Name, ast.NoPos)
}

// nextValue takes the next number of a serial or identity column's own sequence, by its OID, so that renaming it does no harm.
func (b *binder) nextValue(c *catalog.Column) (bound.Scalar, error) {
	fn, _, ret, err := funcs.ResolveFunction("nextval", []types.OID{types.RegclassOID})
	if err != nil {
		return nil, err
	}
	sequence := &bound.Const{Value: types.Int(int64(c.Sequence)), Typ: types.T(types.RegclassOID)}
	return b.assign(b.newCall(fn, "", []bound.Scalar{sequence}, ret, ast.NoPos), c.Type, c.Name, ast.NoPos)
}

// defaultOrNull is columnDefault with NULL spelled out.
func (b *binder) defaultOrNull(t *catalog.Table, c *catalog.Column) (bound.Scalar, error) {
	s, err := b.columnDefault(t, c)
	if err == nil && s == nil {
		s = &bound.Const{Value: types.Null, Typ: c.Type}
	}
	return s, err
}
