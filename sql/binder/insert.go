package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// insertTarget is one target column of INSERT.
type insertTarget struct {
	col  *catalog.Column
	subs []bound.SubscriptItem
	typ  types.Type // what values are converted to
	pos  ast.Pos
}

// inserter binds one INSERT.
type inserter struct {
	b       *binder
	q       *query
	stmt    *ast.Insert
	table   *catalog.Table
	targets []insertTarget
	out     *bound.Insert
}

func (b *binder) insert(s *ast.Insert, parent *query) (*bound.Insert, error) {
	q, err := b.modifyScope(s.With, parent)
	if err != nil {
		return nil, err
	}
	t, err := b.targetTable(s.Table, inserting)
	if err != nil {
		return nil, err
	}
	i := &inserter{b: b, q: q, stmt: s, table: t, out: &bound.Insert{}}
	if i.out.Write, err = b.tableWrite(t); err != nil {
		return nil, err
	}
	row := b.rowItem(q, t, s.Table, i.out.Write.New)
	if err := i.findTargets(); err != nil {
		return nil, err
	}
	if err := i.source(); err != nil {
		return nil, err
	}
	if err := i.defaults(); err != nil {
		return nil, err
	}
	if s.Conflict != nil {
		if i.out.Conflict, err = b.onConflict(q, t, s, &i.out.Write); err != nil {
			return nil, err
		}
	}
	q.visible = []*item{row}
	i.out.Returning, err = b.returning(q, s.Returning)
	return i.out, err
}

// findTargets resolves the column list; without one all columns in order are meant.
func (i *inserter) findTargets() error {
	if len(i.stmt.Columns) == 0 {
		for c := range i.table.Live {
			i.targets = append(i.targets, insertTarget{col: c, typ: c.Type, pos: ast.NoPos})
		}
		return nil
	}
	whole, parts := map[int16]bool{}, map[int16]bool{}
	for _, ic := range i.stmt.Columns {
		c, err := targetColumn(i.table, i.b.cut(ic.Name), ic.Pos)
		if err != nil {
			return err
		}
		t := insertTarget{col: c, pos: ic.Pos}
		if len(ic.Subscripts) > 0 {
			if t.subs, err = i.b.subscripts(i.q, c.Type, ic.Subscripts, ic.Pos); err != nil {
				return err
			}
		}
		if whole[c.Num] || t.subs == nil && parts[c.Num] {
			return pgerr.New(pgerrcode.DuplicateColumn, "column \"%s\" specified more than once", c.Name).At(int(ic.Pos))
		}
		whole[c.Num], parts[c.Num] = t.subs == nil, true
		t.typ = assignType(c, t.subs)
		i.targets = append(i.targets, t)
	}
	return nil
}

// source binds what gives the rows.
func (i *inserter) source() error {
	s := i.stmt.Source
	switch {
	case s == nil:
		i.out.Source = oneRow()
		return nil
	case s.Values != nil && s.With == nil && len(s.OrderBy) == 0 && s.Limit == nil && s.Offset == nil && len(s.Locking) == 0:
		return i.values(s.Values)
	}
	return i.query(s)
}

// checkWidth compares the number of values with that of the targets; fewer values are right when no columns were listed.
func (i *inserter) checkWidth(n int, pos func(int) ast.Pos, row *bound.RowCtor) error {
	if n > len(i.targets) {
		return pgerr.New(pgerrcode.SyntaxError, "INSERT has more expressions than target columns").At(int(pos(len(i.targets))))
	}
	if n < len(i.targets) && len(i.stmt.Columns) > 0 {
		e := pgerr.New(pgerrcode.SyntaxError, "INSERT has more target columns than expressions").At(int(i.targets[n].pos))
		if n == 1 && row != nil && len(row.Fields) == len(i.targets) {
			e.WithHint("The insertion source is a row expression containing the same number of columns expected by the INSERT. Did you accidentally use extra parentheses?")
		}
		return e
	}
	i.targets = i.targets[:n]
	return nil
}

// takesDefault tells whether the column's values are replaced by its default whatever was given.
func (i *inserter) takesDefault(c *catalog.Column) bool {
	return i.stmt.Overriding == "USER" && c.Identity != 0
}

// checkFixed refuses values for a column that takes DEFAULT alone.
func (i *inserter) checkFixed(c *catalog.Column) error {
	detail := fixedDetail(c)
	if detail == "" || i.takesDefault(c) || c.Identity == 'a' && i.stmt.Overriding == "SYSTEM" {
		return nil
	}
	e := pgerr.New(pgerrcode.GeneratedAlways, "cannot insert a non-DEFAULT value into column \"%s\"", c.Name).WithDetail("%s", detail)
	if c.Identity == 'a' {
		e.WithHint("Use OVERRIDING SYSTEM VALUE to override.")
	}
	return e
}

// query binds INSERT … SELECT.
func (i *inserter) query(s *ast.Select) error {
	b := i.b
	p, err := b.selectParts(s, b.newQuery(i.q))
	if err != nil {
		return err
	}
	arm := &setArm{parts: p}
	if err := i.checkWidth(arm.width(), arm.position, nil); err != nil {
		return err
	}
	for n, t := range i.targets {
		if o := arm.operand(n); o.s.Type().OID == types.UnknownOID {
			if p.targets[n].expr, err = b.assign(o.s, t.typ, t.col.Name, o.pos); err != nil {
				return err
			}
		}
	}
	positions := make([]ast.Pos, len(i.targets))
	for n := range positions {
		positions[n] = arm.position(n)
	}
	rel, cols, err := b.finish(p)
	if err != nil {
		return err
	}
	values := make([]bound.Scalar, len(i.targets))
	for n, t := range i.targets {
		if values[n], err = b.assign(ref(cols[n]), t.typ, t.col.Name, positions[n]); err != nil {
			return err
		}
		if err := i.checkFixed(t.col); err != nil {
			return err
		}
		if i.takesDefault(t.col) {
			if values[n], err = b.defaultOrNull(i.table, t.col); err != nil {
				return err
			}
		}
	}
	project := &bound.Project{Input: rel}
	for n, s := range i.combine(values) {
		project.Items = append(project.Items, bound.Item{Col: b.newColumn(i.columnName(n), s.Type()), Expr: s})
	}
	i.out.Source = project
	if isPassing(project, cols) {
		i.out.Source = rel
	}
	return nil
}

// isPassing tells a projection that gives exactly its input's columns.
func isPassing(p *bound.Project, cols []bound.Column) bool {
	if len(p.Items) != len(cols) {
		return false
	}
	for n, it := range p.Items {
		if r, ok := it.Expr.(*bound.ColRef); !ok || r.ID != cols[n].ID {
			return false
		}
	}
	return true
}

func (i *inserter) columnName(n int) string {
	c, _ := i.table.ColumnByNum(i.out.Targets[n])
	return c.Name
}

// combine folds subscripted targets of one column into one value, and sets the statement's targets.
func (i *inserter) combine(values []bound.Scalar) []bound.Scalar {
	i.out.Targets = i.out.Targets[:0]
	var out []bound.Scalar
	at := map[int16]int{}
	for n, t := range i.targets {
		if t.subs == nil {
			i.out.Targets, out = append(i.out.Targets, t.col.Num), append(out, values[n])
			continue
		}
		k, ok := at[t.col.Num]
		if !ok {
			k = len(out)
			at[t.col.Num] = k
			i.out.Targets, out = append(i.out.Targets, t.col.Num), append(out, bound.Scalar(&bound.Const{Value: types.Null, Typ: t.col.Type}))
		}
		out[k] = assignSubscripts(out[k], t.col, t.subs, values[n])
	}
	return out
}

// defaults binds the defaults of the columns that are no targets.
func (i *inserter) defaults() error {
	given := map[int16]bool{}
	for _, n := range i.out.Targets {
		given[n] = true
	}
	for c := range i.table.Live {
		if given[c.Num] {
			continue
		}
		s, err := i.b.columnDefault(i.table, c)
		if err != nil {
			return err
		}
		if s != nil {
			if i.out.Defaults == nil {
				i.out.Defaults = map[int16]bound.Scalar{}
			}
			i.out.Defaults[c.Num] = s
		}
	}
	return nil
}
