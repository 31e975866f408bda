package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// modification names what a statement does to its table, in errors.
type modification struct{ verb, hint string }

var (
	inserting = modification{"insert into", "To enable inserting into the view, provide an INSTEAD OF INSERT trigger or an unconditional ON INSERT DO INSTEAD rule."}
	updating  = modification{"update", "To enable updating the view, provide an INSTEAD OF UPDATE trigger or an unconditional ON UPDATE DO INSTEAD rule."}
	deleting  = modification{"delete from", "To enable deleting from the view, provide an INSTEAD OF DELETE trigger or an unconditional ON DELETE DO INSTEAD rule."}
)

// modifyScope makes the scope of INSERT, UPDATE or DELETE with its WITH items, which belong to the whole statement.
func (b *binder) modifyScope(w *ast.With, parent *query) (*query, error) {
	if err := b.enter(); err != nil {
		return nil, err
	}
	defer b.leave()
	q := b.newQuery(parent)
	ctes, err := b.with(q, w)
	if err != nil {
		return nil, err
	}
	b.result.With = append(b.result.With, ctes...)
	return q, nil
}

// targetTable resolves the table that a statement changes.
func (b *binder) targetTable(r *ast.RangeVar, m modification) (*catalog.Table, error) {
	t, err := b.lookupTable(r.Name)
	if err != nil {
		return nil, err
	}
	switch {
	case t.Kind == catalog.KindView:
		return nil, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "cannot %s view \"%s\"", m.verb, t.Name).
			WithDetail("Views are not automatically updatable.").WithHint("%s", m.hint)
	case t.Virtual != nil:
		return nil, pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", t.Name)
	}
	return t, nil
}

// rowItem is the item for the row as it will be stored, for RETURNING.
func (b *binder) rowItem(q *query, t *catalog.Table, r *ast.RangeVar, cols []bound.Column) *item {
	it := &item{name: aliasOr(r.Alias, t.Name), aliased: r.Alias != nil, table: t, cols: cols, relVisible: true, colsVisible: true, lateralOK: true, newRow: t}
	b.addItem(q, it)
	return it
}

// returning binds RETURNING; nil when there is none.
func (b *binder) returning(q *query, items []ast.SelectItem) ([]bound.Item, error) {
	if len(items) == 0 {
		return nil, nil
	}
	targets, err := b.targetList(q, items, returningExpr)
	if err != nil {
		return nil, err
	}
	out := make([]bound.Item, len(targets))
	for i, t := range targets {
		if t.expr, err = b.textIfUnknown(t.expr); err != nil {
			return nil, err
		}
		out[i] = bound.Item{Col: b.outputColumn(t), Expr: t.expr}
	}
	return out, nil
}

// targetColumn finds a column to be assigned to.
func targetColumn(t *catalog.Table, name string, pos ast.Pos) (*catalog.Column, error) {
	if c, ok := t.Column(name); ok {
		return c, nil
	}
	return nil, pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", name, t.Name).At(int(pos))
}

// fixedDetail tells why a column takes DEFAULT alone, "" when it takes values.
func fixedDetail(c *catalog.Column) string {
	switch {
	case c.Generated:
		return "Column \"" + c.Name + "\" is a generated column."
	case c.Identity == 'a':
		return "Column \"" + c.Name + "\" is an identity column defined as GENERATED ALWAYS."
	}
	return ""
}

// assignType is what a value assigned to a column, or to a subscripted part of it, must be.
func assignType(c *catalog.Column, subs []bound.SubscriptItem) types.Type {
	if len(subs) == 0 {
		return c.Type
	}
	return subscriptType(c.Type, subs)
}

// assignSubscripts is the container old with the subscripted part replaced.
func assignSubscripts(old bound.Scalar, c *catalog.Column, subs []bound.SubscriptItem, value bound.Scalar) bound.Scalar {
	if len(subs) == 0 {
		return value
	}
	return &bound.SubscriptAssign{X: old, Subs: subs, Value: value, Typ: c.Type}
}
