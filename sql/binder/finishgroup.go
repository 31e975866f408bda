package binder

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// grouped rewrites expressions over a query's input into expressions over its groups.
type grouped struct {
	b    *binder
	q    *query
	node *bound.GroupBy
	keys int // how many keys GROUP BY itself has; columns that depend on a grouped primary key follow them
	err  error
}

// finishGroup puts GROUP BY, aggregates and HAVING over rel, when the query has any of them, and makes everything above refer to them.
func (b *binder) finishGroup(p *parts, rel bound.Rel) (bound.Rel, error) {
	q := p.q
	if p.group == nil && p.having == nil && len(q.aggs) == 0 && len(q.groupings) == 0 {
		return rel, nil
	}
	g := &grouped{b: b, q: q, node: &bound.GroupBy{Aggs: q.aggs}}
	if p.group != nil {
		rel = b.setsBelow(p, rel)
		for _, k := range p.group.keys {
			g.addKey(k)
		}
		g.node.Sets = p.group.sets
	}
	g.node.Input, g.keys = rel, len(g.node.Keys)
	switch {
	case g.keys == 0 && len(g.node.Sets) <= 1:
		g.node.Scalar, g.node.Sets = true, nil
	case g.node.Sets != nil && len(q.groupings) > 0:
		g.node.SetCol = b.newColumn("grouping", types.T(types.Int4OID)).ID
	}
	g.rewriteAll(p)
	if g.err != nil {
		return nil, g.err
	}
	if p.having != nil {
		return &bound.Filter{Input: g.node, Pred: p.having}, nil
	}
	return g.node, nil
}

// setsBelow computes set-returning functions that GROUP BY groups by before grouping.
func (b *binder) setsBelow(p *parts, rel bound.Rel) bound.Rel {
	used := map[bound.ColumnID]bool{}
	for _, k := range p.group.keys {
		for id := range bound.ColumnsOf(k) {
			used[id] = true
		}
	}
	var below, above []*setUse
	for _, s := range p.q.sets {
		if used[s.col.ID] {
			below = append(below, s)
		} else {
			above = append(above, s)
		}
	}
	p.q.sets = above
	return finishSets(rel, below)
}

// addKey makes a column of a key; a plain column keeps its name and origin.
func (g *grouped) addKey(k bound.Scalar) bound.Column {
	c := g.b.newColumn("key", k.Type())
	if r, ok := k.(*bound.ColRef); ok {
		if o := g.b.columns[r.ID]; o != nil {
			c.Name, c.TableOID, c.AttNum = o.col.Name, o.col.TableOID, o.col.AttNum
		}
	}
	if shape := g.b.shapeOf(k); shape != nil {
		g.b.shapes[c.ID] = shape
	}
	g.b.columns[c.ID] = &origin{query: g.q, col: c, role: aggColumn}
	g.node.Keys = append(g.node.Keys, bound.Item{Col: c, Expr: k})
	return c
}

// rewriteAll rewrites all that is computed above the grouping.
func (g *grouped) rewriteAll(p *parts) {
	for _, t := range p.targets {
		t.expr = g.rewrite(t.expr)
	}
	p.having = g.rewrite(p.having)
	for i := range p.q.windows {
		w := &p.q.windows[i]
		g.list(w.Args)
		g.list(w.PartitionBy)
		for j := range w.OrderBy {
			w.OrderBy[j].Expr = g.rewrite(w.OrderBy[j].Expr)
		}
		w.Filter = g.rewrite(w.Filter)
	}
	for _, s := range p.q.sets {
		g.list(s.call.Args)
	}
}

func (g *grouped) list(l []bound.Scalar) {
	for i := range l {
		l[i] = g.rewrite(l[i])
	}
}

func (g *grouped) rewrite(s bound.Scalar) bound.Scalar {
	return bound.Rewrite(s, func(s bound.Scalar) bound.Scalar { return g.replace(s, false) })
}

// replace gives what stands for s above the grouping: a key, the value of GROUPING, a column that depends on a key. Others are entered.
func (g *grouped) replace(s bound.Scalar, inSubquery bool) bound.Scalar {
	if g.err != nil {
		return s
	}
	for i := range g.keys {
		if k := &g.node.Keys[i]; bound.Equal(k.Expr, s) {
			r := ref(k.Col)
			g.b.pos[r] = g.b.pos[s]
			return r
		}
	}
	switch e := s.(type) {
	case *bound.ColRef:
		return g.column(e, inSubquery)
	case *bound.Subquery:
		bound.RewriteScalars(e.Rel, func(s bound.Scalar) bound.Scalar { return g.replace(s, true) })
	}
	return nil
}

// column checks a reference that is no key itself.
func (g *grouped) column(r *bound.ColRef, inSubquery bool) bound.Scalar {
	o := g.b.columns[r.ID]
	if o == nil || o.query != g.q {
		return nil
	}
	switch o.role {
	case fromColumn:
	case groupingColumn:
		s, err := g.grouping(g.q.groupings[r.ID])
		g.err = err
		return s
	default:
		return nil
	}
	if c, ok := g.dependent(r.ID, o); ok {
		return ref(c)
	}
	name := o.col.Name
	if o.item != nil && o.item.name != "" {
		name = o.item.name + "." + name
	}
	format := "column \"%s\" must appear in the GROUP BY clause or be used in an aggregate function"
	if inSubquery {
		format = "subquery uses ungrouped column \"%s\" from outer query"
	}
	g.err = pgerr.New(pgerrcode.GroupingError, format, name).At(int(g.b.position(r, ast.NoPos)))
	return r
}

// dependent finds or adds the key for a column whose table's whole primary key is grouped by: it has one value in each group.
func (g *grouped) dependent(id bound.ColumnID, o *origin) (bound.Column, bool) {
	for _, k := range g.node.Keys[g.keys:] {
		if r := k.Expr.(*bound.ColRef); r.ID == id {
			return k.Col, true
		}
	}
	if o.item == nil || o.item.get == nil || !g.hasPrimaryKey(o.item) {
		return bound.Column{}, false
	}
	c := g.addKey(&bound.ColRef{ID: id, Typ: o.col.Type})
	for i := range g.node.Sets {
		g.node.Sets[i] = append(slices.Clip(g.node.Sets[i]), len(g.node.Keys)-1)
	}
	return c, true
}

// hasPrimaryKey tells whether every grouping set has all columns of an item's primary key.
func (g *grouped) hasPrimaryKey(it *item) bool {
	for _, con := range it.table.Constraints {
		if con.Kind != catalog.PrimaryKey || con.Deferrable {
			continue
		}
		for _, num := range con.Columns {
			if !g.groupsBy(it, num) {
				return false
			}
		}
		return true
	}
	return false
}

func (g *grouped) groupsBy(it *item, num int16) bool {
	for i := range g.keys {
		r, ok := g.node.Keys[i].Expr.(*bound.ColRef)
		if !ok {
			continue
		}
		if o := g.b.columns[r.ID]; o != nil && o.item == it && o.col.AttNum == num && g.inAllSets(i) {
			return true
		}
	}
	return false
}

func (g *grouped) inAllSets(key int) bool {
	for _, s := range g.node.Sets {
		if !slices.Contains(s, key) {
			return false
		}
	}
	return true
}
