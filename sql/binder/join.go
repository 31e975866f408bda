package binder

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

func (b *binder) join(q *query, j *ast.JoinExpr) (*fromItem, error) {
	left, err := b.tableRef(q, j.Left)
	if err != nil {
		return nil, err
	}
	kind := joinKind(j.Kind)
	setLateral(left.names, true, kind == bound.InnerJoin || kind == bound.LeftJoin)
	depth := len(q.visible)
	q.visible = append(q.visible, left.names...)
	right, err := b.tableRef(q, j.Right)
	q.visible = q.visible[:depth:depth]
	if err != nil {
		return nil, err
	}
	if err := checkConflicts(left.names, right.names, j.Pos); err != nil {
		return nil, err
	}
	names := slices.Concat(left.names, right.names)
	setLateral(names, false, true)
	rel := &bound.Join{Kind: kind, Left: left.rel, Right: right.rel, Lateral: dependsOn(right.rel, left.rel)}
	f := &fromItem{rel: rel, names: names, top: &item{kind: joinItem, colsVisible: true}}
	using := j.Using
	if j.Natural {
		using = commonNames(left.top, right.top)
	}
	if len(using) > 0 {
		if err := b.joinUsing(q, f, rel, left.top, right.top, using, j.UsingAlias); err != nil {
			return nil, err
		}
	} else {
		f.top.cols = slices.Concat(left.top.cols, right.top.cols)
	}
	if j.On != nil {
		if rel.On, err = b.joinOn(q, names, j.On); err != nil {
			return nil, err
		}
	}
	markNullable(kind, left.names, right.names)
	return f, b.nameJoin(q, f, j.Alias)
}

func joinKind(k ast.JoinKind) bound.JoinKind {
	switch k {
	case ast.JoinLeft:
		return bound.LeftJoin
	case ast.JoinRight:
		return bound.RightJoin
	case ast.JoinFull:
		return bound.FullJoin
	}
	return bound.InnerJoin
}

// nameJoin adds the join's own item: with an alias it hides the items joined, without one it takes their unqualified column names over.
func (b *binder) nameJoin(q *query, f *fromItem, alias *ast.Alias) error {
	if alias != nil {
		f.names = nil
		f.top.relVisible = true
	} else {
		for _, it := range f.names {
			it.colsVisible = false
		}
	}
	f.top.merged = alias == nil
	if err := b.applyAlias(f.top, alias); err != nil {
		return err
	}
	f.top.lateralOK = true
	b.addItem(q, f.top)
	f.names = append(f.names, f.top)
	return nil
}

func markNullable(kind bound.JoinKind, left, right []*item) {
	mark := func(items []*item) {
		for _, it := range items {
			it.nullable = true
		}
	}
	if kind == bound.LeftJoin || kind == bound.FullJoin {
		mark(right)
	}
	if kind == bound.RightJoin || kind == bound.FullJoin {
		mark(left)
	}
}

// joinOn binds ON, which sees the joined items alone (and outer queries).
func (b *binder) joinOn(q *query, names []*item, on ast.Expr) (s bound.Scalar, err error) {
	saved := q.visible
	q.visible = names
	err = q.within(joinOnExpr, func() error {
		s, err = b.condition(q, on, "JOIN/ON")
		return err
	})
	q.visible = saved
	return s, err
}

func commonNames(left, right *item) []string {
	var names []string
	for _, l := range left.cols {
		for _, r := range right.cols {
			if l.Name == r.Name && !slices.Contains(names, l.Name) {
				names = append(names, l.Name)
			}
		}
	}
	return names
}

// joinUsing sets the join's condition and columns for USING: each named column once, first, then the rest of both sides.
func (b *binder) joinUsing(q *query, f *fromItem, rel *bound.Join, left, right *item, using []string, alias string) error {
	var on []bound.Scalar
	var merged []bound.Column
	var computed []bound.Item
	for i, name := range using {
		if slices.Contains(using[:i], name) {
			return pgerr.New(pgerrcode.DuplicateColumn, "column name \"%s\" appears more than once in USING clause", name)
		}
		l, err := usingColumn(left, name, "left")
		if err != nil {
			return err
		}
		r, err := usingColumn(right, name, "right")
		if err != nil {
			return err
		}
		eq, err := b.operator("=", operand{ref(*l), ast.NoPos}, operand{ref(*r), ast.NoPos}, ast.NoPos)
		if err != nil {
			return err
		}
		on = append(on, eq)
		x, err := b.mergedColumn(rel.Kind, *l, *r)
		if err != nil {
			return err
		}
		col, plain := b.plainColumn(x)
		if !plain {
			col = b.newColumn(name, x.Type())
			computed = append(computed, bound.Item{Col: col, Expr: x})
		}
		col.Name = name
		merged = append(merged, col)
	}
	rel.On = conjunction(on)
	if computed != nil {
		f.rel = b.computeMerged(q, f, rel, computed)
	}
	f.top.cols = slices.Concat(merged, without(left.cols, using), without(right.cols, using))
	if alias != "" {
		it := &item{name: alias, aliased: true, cols: merged, relVisible: true, kind: joinItem}
		b.addItem(q, it)
		f.names = append(f.names, it)
	}
	return nil
}

func usingColumn(it *item, name, side string) (*bound.Column, error) {
	var found *bound.Column
	for i := range it.cols {
		if it.cols[i].Name != name {
			continue
		}
		if found != nil {
			return nil, pgerr.New(pgerrcode.AmbiguousColumn, "common column name \"%s\" appears more than once in %s table", name, side)
		}
		found = &it.cols[i]
	}
	if found == nil {
		return nil, pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" specified in USING clause does not exist in %s table", name, side)
	}
	return found, nil
}

// mergedColumn is the value of a USING column: the side that is never made up, converted to the common type.
func (b *binder) mergedColumn(kind bound.JoinKind, l, r bound.Column) (bound.Scalar, error) {
	both, t, err := b.unify("JOIN/USING", []operand{{ref(l), ast.NoPos}, {ref(r), ast.NoPos}})
	if err != nil {
		return nil, err
	}
	switch kind {
	case bound.FullJoin:
		return &bound.Coalesce{Args: both, Typ: t}, nil
	case bound.RightJoin:
		return both[1], nil
	case bound.InnerJoin:
		if _, ok := both[0].(*bound.ColRef); !ok {
			if _, ok := both[1].(*bound.ColRef); ok {
				return both[1], nil
			}
		}
	}
	return both[0], nil
}

// plainColumn is the column that x is nothing but a reference to.
func (b *binder) plainColumn(x bound.Scalar) (bound.Column, bool) {
	r, ok := x.(*bound.ColRef)
	if !ok {
		return bound.Column{}, false
	}
	if o := b.columns[r.ID]; o != nil {
		return o.col, true
	}
	return bound.Column{ID: r.ID, Type: r.Typ}, true
}

// computeMerged puts a projection over a join that adds computed USING columns and passes everything else through.
func (b *binder) computeMerged(q *query, f *fromItem, rel bound.Rel, computed []bound.Item) bound.Rel {
	p := &bound.Project{Input: rel, Items: slices.Concat(pass(rel.Columns()), pass(rowIDs(rel)), computed)}
	for _, it := range f.names {
		it.via = append(it.via, p)
	}
	for _, c := range computed {
		b.columns[c.Col.ID] = &origin{query: q, item: f.top, col: c.Col}
	}
	return p
}

// rowIDs are the row locations that joined tables give.
func rowIDs(rel bound.Rel) []bound.Column {
	switch r := rel.(type) {
	case *bound.Get:
		if r.RowID != 0 {
			return []bound.Column{rowIDColumn(r)}
		}
	case *bound.Join:
		return slices.Concat(rowIDs(r.Left), rowIDs(r.Right))
	case *bound.Project:
		return rowIDs(r.Input)
	}
	return nil
}

// pass are the items of a projection that let columns through.
func pass(cols []bound.Column) []bound.Item {
	items := make([]bound.Item, len(cols))
	for i, c := range cols {
		items[i] = bound.Item{Col: c, Expr: ref(c)}
	}
	return items
}

func without(cols []bound.Column, names []string) []bound.Column {
	var out []bound.Column
	for _, c := range cols {
		if !slices.Contains(names, c.Name) {
			out = append(out, c)
		}
	}
	return out
}

// conjunction is the AND of conditions, nil for none.
func conjunction(conds []bound.Scalar) bound.Scalar {
	switch len(conds) {
	case 0:
		return nil
	case 1:
		return conds[0]
	}
	return &bound.And{Args: conds}
}

// condition binds an expression that must be boolean.
func (b *binder) condition(q *query, e ast.Expr, construct string) (bound.Scalar, error) {
	s, err := b.expr(q, e)
	if err != nil {
		return nil, err
	}
	return b.specific(s, types.BoolOID, construct, leftmost(e))
}
