package binder

import (
	"vecgres/sql/bound"
)

// finish puts a select's parts together and gives its relation with the visible columns:
//
//	with ← project (visible) ← limit ← lock ← distinct on ← sort ← distinct ← project ← sets ← window ← having ← group ← where ← from
func (b *binder) finish(p *parts) (bound.Rel, []bound.Column, error) {
	for _, t := range p.targets {
		var err error
		if t.expr, err = b.textIfUnknown(t.expr); err != nil {
			return nil, nil, err
		}
	}
	rel := p.rel
	if p.where != nil {
		rel = &bound.Filter{Input: rel, Pred: p.where}
	}
	rel, err := b.finishGroup(p, rel)
	if err != nil {
		return nil, nil, err
	}
	if len(p.q.windows) > 0 {
		rel = &bound.Window{Input: rel, Funcs: p.q.windows}
	}
	rel = finishSets(rel, p.q.sets)
	rel, cols, hidden := b.project(p, rel)
	rel = b.finishOrder(p, rel)
	if hidden {
		rel = &bound.Project{Input: rel, Items: pass(cols)}
	}
	return withNode(p.ctes, rel), cols, nil
}

// project computes the target list; hidden tells that junk columns or row locations are among what it gives.
func (b *binder) project(p *parts, rel bound.Rel) (bound.Rel, []bound.Column, bool) {
	var cols []bound.Column
	if p.plain && !p.hasJunk() && len(p.q.sets) == 0 {
		for _, t := range p.targets {
			t.col, _ = b.plainColumn(t.expr)
			t.col.Name = t.name
			cols = append(cols, t.col)
		}
		return rel, cols, false
	}
	node := &bound.Project{Input: rel}
	hidden := false
	for _, t := range p.targets {
		t.col = b.outputColumn(t)
		node.Items = append(node.Items, bound.Item{Col: t.col, Expr: t.expr})
		if t.junk {
			hidden = true
		} else {
			cols = append(cols, t.col)
		}
	}
	for _, l := range p.locks {
		c := rowIDColumn(l.Get)
		node.Items = append(node.Items, bound.Item{Col: c, Expr: ref(c)})
		hidden = true
	}
	return node, cols, hidden
}

func (p *parts) hasJunk() bool {
	for _, t := range p.targets {
		if t.junk {
			return true
		}
	}
	return false
}

// outputColumn is a target's column, which remembers the table's column that it shows.
func (b *binder) outputColumn(t *target) bound.Column {
	c := b.newColumn(t.name, t.expr.Type())
	if r, ok := t.expr.(*bound.ColRef); ok {
		if o := b.columns[r.ID]; o != nil {
			c.TableOID, c.AttNum = o.col.TableOID, o.col.AttNum
		}
	}
	if shape := b.shapeOf(t.expr); shape != nil {
		b.shapes[c.ID] = shape
	}
	return c
}

// finishOrder adds DISTINCT, ORDER BY, row locks and LIMIT over the projection.
func (b *binder) finishOrder(p *parts, rel bound.Rel) bound.Rel {
	if p.distinct {
		rel = &bound.Distinct{Input: rel}
	}
	if len(p.sort) > 0 {
		s := &bound.Sort{Input: rel}
		for _, k := range p.sort {
			s.Keys = append(s.Keys, bound.SortKey{Expr: ref(k.target.col), Desc: k.desc, NullsFirst: k.nullsFirst})
		}
		rel = s
	}
	if len(p.distinctOn) > 0 {
		d := &bound.Distinct{Input: rel}
		for _, t := range p.distinctOn {
			d.On = append(d.On, ref(t.col))
		}
		rel = d
	}
	if len(p.locks) > 0 {
		rel = &bound.LockRows{Input: rel, Locks: p.locks}
	}
	if p.limit != nil || p.offset != nil {
		rel = &bound.Limit{Input: rel, Count: p.limit, Offset: p.offset, WithTies: p.ties}
	}
	return rel
}

// finishSets puts set-returning functions of the target list over rel, inner calls below the calls whose arguments they are.
func finishSets(rel bound.Rel, sets []*setUse) bound.Rel {
	for level, left := 0, len(sets); left > 0; level++ {
		node := &bound.ProjectSet{Input: rel, Items: pass(rel.Columns()), SRFs: map[bound.ColumnID]bound.FuncCall{}}
		for _, s := range sets {
			if s.level == level {
				node.Items = append(node.Items, bound.Item{Col: s.col})
				node.SRFs[s.col.ID] = s.call
				left--
			}
		}
		if len(node.SRFs) > 0 {
			rel = node
		}
	}
	return rel
}
