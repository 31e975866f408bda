package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
)

func (b *binder) update(s *ast.Update, parent *query) (*bound.Update, error) {
	q, err := b.modifyScope(s.With, parent)
	if err != nil {
		return nil, err
	}
	t, err := b.targetTable(s.Table, updating)
	if err != nil {
		return nil, err
	}
	u := &bound.Update{}
	if u.Write, err = b.tableWrite(t); err != nil {
		return nil, err
	}
	target, err := b.targetItem(q, t, s.Table)
	if err != nil {
		return nil, err
	}
	u.Target = target.get
	if u.Source, err = b.targetSource(q, target, s.From, s.Where); err != nil {
		return nil, err
	}
	if u.Returning, err = b.returningNew(q, target, t, s, u.Write.New); err != nil {
		return nil, err
	}
	u.Set, err = b.assignments(q, t, s.Set, target.cols)
	return u, err
}

// returningNew binds UPDATE's RETURNING: the target's columns are those of the row as stored, FROM's are as they were.
func (b *binder) returningNew(q *query, target *item, t *catalog.Table, s *ast.Update, cols []bound.Column) ([]bound.Item, error) {
	if len(s.Returning) == 0 {
		return nil, nil
	}
	saved := q.visible
	q.visible = append([]*item{b.rowItem(q, t, s.Table, cols)}, saved[1:]...)
	items, err := b.returning(q, s.Returning)
	q.visible = saved
	return items, err
}

// targetItem makes the item of the table that UPDATE or DELETE changes; its rows come with their location.
func (b *binder) targetItem(q *query, t *catalog.Table, r *ast.RangeVar) (*item, error) {
	g, it := b.get(t, aliasOr(r.Alias, t.Name))
	g.Only = r.Only
	if err := b.applyAlias(it, r.Alias); err != nil {
		return nil, err
	}
	it.target = true
	b.addItem(q, it)
	b.giveRowID(it)
	return it, nil
}

// targetSource binds FROM (or USING) and WHERE over the target. Items of FROM do not see the target.
func (b *binder) targetSource(q *query, target *item, from []ast.TableExpr, where ast.Expr) (bound.Rel, error) {
	q.visible = []*item{target}
	target.lateralOnly, target.lateralOK = true, false
	rel := bound.Rel(target.get)
	if len(from) > 0 {
		other, err := b.from(q, from)
		if err != nil {
			return nil, err
		}
		rel = &bound.Join{Kind: bound.InnerJoin, Left: target.get, Right: other}
	}
	target.lateralOnly, target.lateralOK = false, true
	if where == nil {
		return rel, nil
	}
	pred, err := b.where(q, where, whereExpr)
	if err != nil {
		return nil, err
	}
	return &bound.Filter{Input: rel, Pred: pred}, nil
}

// assignments binds SET. Old are the target's columns before the change, for subscripted assignments.
func (b *binder) assignments(q *query, t *catalog.Table, set []ast.Assignment, old []bound.Column) (map[int16]bound.Scalar, error) {
	out := map[int16]bound.Scalar{}
	whole := map[int16]bool{}
	sources := map[ast.Expr][]cell{}
	for i := range set {
		a := &set[i]
		if isSystemName(a.Column) {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot assign to system column \"%s\"", a.Column).At(int(a.Pos))
		}
		c, err := targetColumn(t, b.cut(a.Column), a.Pos)
		if err != nil {
			return nil, err
		}
		if _, twice := out[c.Num]; twice && (whole[c.Num] || len(a.Subscripts) == 0) {
			return nil, pgerr.New(pgerrcode.SyntaxError, "multiple assignments to same column \"%s\"", c.Name)
		}
		value, err := b.assignmentValue(q, a, sources)
		if err != nil {
			return nil, err
		}
		if value.s == nil {
			if value.s, err = b.setDefault(t, c, a); err != nil {
				return nil, err
			}
			whole[c.Num] = true
			out[c.Num] = value.s
			continue
		}
		if detail := fixedDetail(c); detail != "" {
			return nil, pgerr.New(pgerrcode.GeneratedAlways, "column \"%s\" can only be updated to DEFAULT", c.Name).WithDetail("%s", detail)
		}
		if out[c.Num], err = b.assignment(q, c, a, value, out[c.Num], old); err != nil {
			return nil, err
		}
		whole[c.Num] = len(a.Subscripts) == 0
	}
	for num, s := range out {
		if s == nil { // a generated column set to DEFAULT is computed anyway
			delete(out, num)
		}
	}
	return out, nil
}

func isSystemName(name string) bool {
	switch name {
	case "tableoid", "ctid", "xmin", "xmax", "cmin", "cmax":
		return true
	}
	return false
}

// assignment converts a value and puts it into its column; before is what earlier assignments made of a subscripted column.
func (b *binder) assignment(q *query, c *catalog.Column, a *ast.Assignment, value cell, before bound.Scalar, old []bound.Column) (bound.Scalar, error) {
	var subs []bound.SubscriptItem
	var err error
	if len(a.Subscripts) > 0 {
		err = q.within(updateExpr, func() error {
			subs, err = b.subscripts(q, c.Type, a.Subscripts, a.Pos)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	s, err := b.assign(value.s, assignType(c, subs), c.Name, value.pos)
	if err != nil {
		return nil, err
	}
	if before == nil {
		before = attribute(old, c.Num)
	}
	return assignSubscripts(before, c, subs, s), nil
}

// setDefault is the value of SET c = DEFAULT; nil for a generated column.
func (b *binder) setDefault(t *catalog.Table, c *catalog.Column, a *ast.Assignment) (bound.Scalar, error) {
	if len(a.Subscripts) > 0 {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot set an array element to DEFAULT").At(int(a.Pos))
	}
	if c.Generated {
		return nil, nil
	}
	return b.defaultOrNull(t, c)
}

// assignmentValue binds the right side of an assignment; a nil scalar is DEFAULT. Targets of one row source share it.
func (b *binder) assignmentValue(q *query, a *ast.Assignment, sources map[ast.Expr][]cell) (v cell, err error) {
	err = q.within(updateExpr, func() error {
		if a.MultiSource == nil {
			v, err = b.setValue(q, a.Value)
			return err
		}
		fields, ok := sources[a.MultiSource]
		if !ok {
			if fields, err = b.multiSource(q, a); err != nil {
				return err
			}
			sources[a.MultiSource] = fields
		}
		v = fields[a.Field]
		return nil
	})
	return v, err
}

func (b *binder) setValue(q *query, e ast.Expr) (cell, error) {
	if d, ok := e.(*ast.SetToDefault); ok {
		return cell{pos: d.Pos}, nil
	}
	o, err := b.operandOf(q, e)
	return cell(o), err
}

// multiSource binds the source of (a, b) = …: a row constructor or a subquery of one row.
func (b *binder) multiSource(q *query, a *ast.Assignment) ([]cell, error) {
	pos := leftmost(a.MultiSource)
	mismatch := pgerr.New(pgerrcode.SyntaxError, "number of columns does not match number of values").At(int(pos))
	switch e := a.MultiSource.(type) {
	case *ast.RowExpr:
		var cells []cell
		for _, f := range e.Fields {
			if isStar(f) {
				operands, err := b.exprList(q, []ast.Expr{f})
				if err != nil {
					return nil, err
				}
				for _, o := range operands {
					cells = append(cells, cell(o))
				}
				continue
			}
			v, err := b.setValue(q, f)
			if err != nil {
				return nil, err
			}
			cells = append(cells, v)
		}
		if len(cells) != a.Fields {
			return nil, mismatch
		}
		return cells, nil
	case *ast.SubLink:
		if e.Kind != ast.SubScalar {
			break
		}
		rel, cols, err := b.subselect(q, e.Query)
		if err != nil {
			return nil, err
		}
		if len(cols) != a.Fields {
			return nil, mismatch
		}
		record := b.recordSubquery(rel, cols)
		cells := make([]cell, len(cols))
		for i, c := range cols {
			cells[i] = cell{&bound.Field{X: record, Index: i, Typ: c.Type}, pos}
		}
		return cells, nil
	}
	return nil, pgerr.New(pgerrcode.FeatureNotSupported, "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression").At(int(pos))
}
