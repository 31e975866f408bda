package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

// distinctClause binds DISTINCT and DISTINCT ON, and checks them against ORDER BY.
func (b *binder) distinctClause(p *parts, s *ast.Select) error {
	switch {
	case !s.Distinct && s.DistinctOn == nil:
		return nil
	case s.DistinctOn == nil:
		return b.plainDistinct(p)
	}
	return p.q.within(distinctOnExpr, func() error { return b.distinctOn(p, s.DistinctOn) })
}

// plainDistinct compares whole rows, so that the order can only be by what is in them.
func (b *binder) plainDistinct(p *parts) (err error) {
	p.distinct = true
	for _, k := range p.sort {
		if k.target.junk {
			return pgerr.New(pgerrcode.InvalidColumnReference, "for SELECT DISTINCT, ORDER BY expressions must appear in select list").At(int(k.pos))
		}
	}
	for _, t := range p.targets {
		if t.expr, err = b.textIfUnknown(t.expr); err != nil {
			return err
		}
		if err := b.checkEquality(t.expr.Type(), t.pos); err != nil {
			return err
		}
	}
	return nil
}

// distinctOn keeps the first row of each group, so that the order must begin with the group's keys; keys that ORDER BY leaves out follow it.
func (b *binder) distinctOn(p *parts, exprs []ast.Expr) error {
	for _, e := range exprs {
		t, err := b.findTarget(p, e, "SELECT DISTINCT ON")
		if err != nil {
			return err
		}
		if t.expr, err = b.textIfUnknown(t.expr); err != nil {
			return err
		}
		if err := b.checkEquality(t.expr.Type(), leftmost(e)); err != nil {
			return err
		}
		if !p.isDistinctOn(t) {
			p.distinctOn = append(p.distinctOn, t)
		}
	}
	mismatch := func(pos ast.Pos) error {
		return pgerr.New(pgerrcode.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions").At(int(pos))
	}
	sorted, skipped := map[*target]bool{}, false
	for _, k := range p.sort {
		switch {
		case !p.isDistinctOn(k.target):
			skipped = true
		case skipped:
			return mismatch(k.pos)
		default:
			sorted[k.target] = true
		}
	}
	for i, t := range p.distinctOn {
		if sorted[t] {
			continue
		}
		if skipped {
			return mismatch(leftmost(exprs[min(i, len(exprs)-1)]))
		}
		p.sort = append(p.sort, sortItem{target: t, pos: t.pos})
	}
	return nil
}

func (p *parts) isDistinctOn(t *target) bool {
	for _, d := range p.distinctOn {
		if d == t {
			return true
		}
	}
	return false
}
