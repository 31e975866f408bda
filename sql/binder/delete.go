package binder

import (
	"vecgres/sql/ast"
	"vecgres/sql/bound"
)

func (b *binder) delete(s *ast.Delete, parent *query) (*bound.Delete, error) {
	q, err := b.modifyScope(s.With, parent)
	if err != nil {
		return nil, err
	}
	t, err := b.targetTable(s.Table, deleting)
	if err != nil {
		return nil, err
	}
	target, err := b.targetItem(q, t, s.Table)
	if err != nil {
		return nil, err
	}
	d := &bound.Delete{Table: t, Target: target.get}
	if d.Source, err = b.targetSource(q, target, s.Using, s.Where); err != nil {
		return nil, err
	}
	d.Returning, err = b.returning(q, s.Returning)
	return d, err
}
