package binder

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
)

// fromItem is a bound item of FROM: its relation, the names that it brings, and the item whose columns are the relation's for * and USING.
type fromItem struct {
	rel   bound.Rel
	names []*item
	top   *item
}

// from binds a FROM list and makes its names visible in q. Nothing in FROM is one row of no columns.
func (b *binder) from(q *query, list []ast.TableExpr) (bound.Rel, error) {
	var rel bound.Rel
	first := len(q.visible)
	for _, te := range list {
		f, err := b.tableRef(q, te)
		if err != nil {
			return nil, err
		}
		if err := checkConflicts(q.visible, f.names, te.Position()); err != nil {
			return nil, err
		}
		setLateral(f.names, true, true)
		q.visible = append(q.visible, f.names...)
		rel = crossJoin(rel, f.rel)
	}
	setLateral(q.visible[first:], false, true)
	if rel == nil {
		rel = oneRow()
	}
	return rel, nil
}

func oneRow() bound.Rel { return &bound.Values{Rows: [][]bound.Scalar{{}}} }

// crossJoin joins the items of a FROM list; the right one may refer to the left.
func crossJoin(left, right bound.Rel) bound.Rel {
	if left == nil {
		return right
	}
	return &bound.Join{Kind: bound.InnerJoin, Left: left, Right: right, Lateral: dependsOn(right, left)}
}

// dependsOn tells whether right refers to columns of left.
func dependsOn(right, left bound.Rel) bool {
	if g, ok := right.(*bound.Get); ok && g != nil {
		return false
	}
	free := bound.FreeColumns(right)
	if len(free) == 0 {
		return false
	}
	for _, c := range left.Columns() {
		if free[c.ID] {
			return true
		}
	}
	return false
}

func (b *binder) tableRef(q *query, te ast.TableExpr) (*fromItem, error) {
	if err := b.enter(); err != nil {
		return nil, err
	}
	defer b.leave()
	switch t := te.(type) {
	case *ast.RangeVar:
		return b.rangeVar(q, t)
	case *ast.RangeSubselect:
		return b.rangeSubselect(q, t)
	case *ast.RangeFunction:
		return b.rangeFunction(q, t)
	case *ast.JoinExpr:
		return b.join(q, t)
	}
	return nil, pgerr.Internal(nil, "binder: unknown item %T in FROM", te)
}

// single makes the fromItem of one relation with one item, after its alias has been applied.
func (b *binder) single(q *query, rel bound.Rel, it *item, alias *ast.Alias) (*fromItem, error) {
	if err := b.applyAlias(it, alias); err != nil {
		return nil, err
	}
	b.addItem(q, it)
	return &fromItem{rel: rel, names: []*item{it}, top: it}, nil
}

// applyAlias renames an item and its columns.
func (b *binder) applyAlias(it *item, alias *ast.Alias) error {
	if alias == nil {
		return nil
	}
	it.name, it.aliased = b.cut(alias.Name), true
	if len(alias.Columns) == 0 {
		return nil
	}
	if len(alias.Columns) > len(it.cols) {
		what := "table"
		if it.kind == joinItem {
			what = "join expression"
		}
		return pgerr.New(pgerrcode.InvalidColumnReference, "%s \"%s\" has %d columns available but %d columns specified", what, it.name, len(it.cols), len(alias.Columns))
	}
	it.cols = append([]bound.Column(nil), it.cols...)
	for i, n := range alias.Columns {
		it.cols[i].Name = b.cut(n)
	}
	return nil
}

func (b *binder) rangeVar(q *query, r *ast.RangeVar) (*fromItem, error) {
	if len(r.Name.Parts) == 1 {
		c, err := b.findCTE(q, b.cut(r.Name.Last()), r.Pos)
		if err != nil {
			return nil, err
		}
		if c != nil {
			return b.cteRef(q, c, r)
		}
	}
	t, err := b.lookupTable(r.Name)
	if err != nil {
		return nil, forwardReference(err, q, r)
	}
	name := t.Name
	if r.Alias != nil {
		name = r.Alias.Name
	}
	if t.Kind == catalog.KindView && t.Virtual == nil {
		rel, cols, err := b.view(q, t, name, r.Pos)
		if err != nil {
			return nil, err
		}
		return b.single(q, rel, &item{name: t.Name, table: t, cols: cols, relVisible: true, colsVisible: true}, r.Alias)
	}
	g, it := b.get(t, name)
	g.Only = r.Only
	f, err := b.single(q, g, it, r.Alias)
	if err != nil {
		return nil, err
	}
	return f, b.lockItem(q, it)
}

// forwardReference explains a missing table that is a WITH item further on.
func forwardReference(err error, q *query, r *ast.RangeVar) error {
	e := pgerr.From(err)
	for level := q; level != nil && len(r.Name.Parts) == 1 && e.Code == pgerrcode.UndefinedTable; level = level.parent {
		if slices.Contains(level.later, r.Name.Last()) {
			return e.WithDetail("There is a WITH item named \"%s\", but it cannot be referenced from this part of the query.", r.Name.Last()).
				WithHint("Use WITH RECURSIVE, or re-order the WITH items to remove forward references.")
		}
	}
	return err
}

func (b *binder) rangeSubselect(q *query, r *ast.RangeSubselect) (*fromItem, error) {
	name := "unnamed_subquery"
	if r.Alias != nil {
		name = r.Alias.Name
	}
	saved := q.lateralActive
	q.lateralActive = r.Lateral
	var rel bound.Rel
	var cols []bound.Column
	err := q.within(fromSubselectExpr, func() (err error) {
		rel, cols, err = b.subselect(q, withLocking(q, r.Query, name))
		return err
	})
	q.lateralActive = saved
	if err != nil {
		return nil, err
	}
	return b.single(q, rel, &item{name: name, cols: cols, relVisible: r.Alias != nil, colsVisible: true, kind: subqueryItem}, r.Alias)
}

// subselect binds a query inside another one and finishes it.
func (b *binder) subselect(parent *query, s *ast.Select) (bound.Rel, []bound.Column, error) {
	p, err := b.selectParts(s, b.newQuery(parent))
	if err != nil {
		return nil, nil, err
	}
	return b.finish(p)
}

// view binds a view's query with new columns of the view's names, as a scope of its own.
func (b *binder) view(q *query, t *catalog.Table, name string, pos ast.Pos) (bound.Rel, []bound.Column, error) {
	for _, oid := range b.views {
		if oid == t.OID {
			return nil, nil, pgerr.New(pgerrcode.InvalidObjectDefinition, "infinite recursion detected in rules for relation \"%s\"", t.Name).At(int(pos))
		}
	}
	s, err := b.o.ParseSelect(t.ViewQuery)
	if err != nil {
		return nil, nil, pgerr.Wrap(err, "view \"%s\"", t.Name)
	}
	b.views = append(b.views, t.OID)
	saved := b.result.PathDepends
	rel, from, err := b.subselect(nil, withLocking(q, s, name))
	b.result.PathDepends = saved // the stored text is qualified
	b.views = b.views[:len(b.views)-1]
	if err != nil {
		e := *pgerr.From(err)
		e.Position = 0 // it is in the view's text, not in the statement's
		return nil, nil, &e
	}
	p := &bound.Project{Input: rel}
	cols := b.tableColumns(t)
	if len(cols) != len(from) {
		return nil, nil, pgerr.Internal(nil, "view %s.%s gives %d columns, not %d", t.Schema, t.Name, len(from), len(cols))
	}
	for i := range cols {
		x, err := b.coerce(ref(from[i]), cols[i].Type, 'e', ast.NoPos)
		if err != nil || x == nil {
			x, cols[i].Type = ref(from[i]), from[i].Type
		}
		p.Items = append(p.Items, bound.Item{Col: cols[i], Expr: x})
	}
	return p, cols, nil
}
