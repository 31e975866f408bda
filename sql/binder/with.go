package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// cteScope is a WITH item by name.
type cteScope struct {
	name    string
	cte     *bound.CTE
	working bool // its recursive term is being bound: references read the working table
}

// with binds a WITH clause into q's scope. Items of nested data-modifying statements come before the statement's own.
func (b *binder) with(q *query, w *ast.With) ([]*bound.CTE, error) {
	if w == nil {
		return nil, nil
	}
	items, err := orderCTEs(w)
	if err != nil {
		return nil, err
	}
	var ctes []*bound.CTE
	for i, c := range items {
		q.later = nil
		for _, l := range items[i+1:] {
			q.later = append(q.later, l.Name)
		}
		more, err := b.cte(q, c, w.Recursive)
		if err != nil {
			return nil, err
		}
		ctes = append(ctes, more...)
	}
	q.later = nil
	return ctes, nil
}

func (b *binder) cte(q *query, c *ast.CTE, recursive bool) ([]*bound.CTE, error) {
	cte := &bound.CTE{ID: b.nextCTE, Name: b.cut(c.Name), Materialized: c.Materialized}
	b.nextCTE++
	scope := &cteScope{name: cte.Name, cte: cte}
	s, ok := c.Query.(*ast.Select)
	if !ok {
		return b.modifyingCTE(q, c, scope)
	}
	if s.Into != nil {
		return nil, pgerr.New(pgerrcode.SyntaxError, "SELECT ... INTO is not allowed here").At(int(s.Into.Pos))
	}
	if recursive && refersTo(s, c.Name) {
		if err := b.recursiveCTE(q, c, s, scope); err != nil {
			return nil, err
		}
		return []*bound.CTE{cte}, nil
	}
	rel, cols, err := b.subselect(q, s)
	if err != nil {
		return nil, err
	}
	cte.Rel = rel
	if err := b.cteColumns(cte, cols, c); err != nil {
		return nil, err
	}
	q.ctes = append(q.ctes, scope)
	return []*bound.CTE{cte}, nil
}

// cteColumns makes the item's columns from its query's, under the names given.
func (b *binder) cteColumns(cte *bound.CTE, from []bound.Column, c *ast.CTE) error {
	if len(c.Columns) > len(from) {
		return pgerr.New(pgerrcode.InvalidColumnReference, "WITH query \"%s\" has %d columns available but %d columns specified", c.Name, len(from), len(c.Columns)).At(int(c.Pos))
	}
	for i, f := range from {
		name := f.Name
		if i < len(c.Columns) {
			name = b.cut(c.Columns[i])
		}
		n := b.newColumn(name, f.Type)
		n.TableOID, n.AttNum = f.TableOID, f.AttNum
		b.copyShape(n.ID, f.ID)
		cte.Cols = append(cte.Cols, n)
	}
	return nil
}

// modifyingCTE binds INSERT, UPDATE or DELETE in WITH.
func (b *binder) modifyingCTE(q *query, c *ast.CTE, scope *cteScope) ([]*bound.CTE, error) {
	if q.parent != nil {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "WITH clause containing a data-modifying statement must be at the top level").At(int(c.Pos))
	}
	outer := b.result.With
	b.result.With = nil
	stmt, err := b.statement(c.Query, q)
	inner := b.result.With
	b.result.With = outer
	if err != nil {
		return nil, err
	}
	scope.cte.Stmt = stmt
	if err := b.cteColumns(scope.cte, bound.Output(stmt), c); err != nil {
		return nil, err
	}
	q.ctes = append(q.ctes, scope)
	return append(inner, scope.cte), nil
}

// recursiveCTE binds WITH RECURSIVE x AS (term UNION [ALL] step).
func (b *binder) recursiveCTE(q *query, c *ast.CTE, s *ast.Select, scope *cteScope) error {
	if err := checkRecursion(c, s); err != nil {
		return err
	}
	cte := scope.cte
	sub := b.newQuery(q)
	nested, err := b.with(sub, s.With)
	if err != nil {
		return err
	}
	first, err := b.selectParts(s.Left, b.newQuery(sub))
	if err != nil {
		return err
	}
	positions := make([]ast.Pos, len(first.targets))
	for i, t := range first.targets {
		positions[i] = t.pos
	}
	term, cols, err := b.finish(first)
	if err != nil {
		return err
	}
	if err := b.cteColumns(cte, cols, c); err != nil {
		return err
	}
	cte.UnionAll = s.All
	scope.working = true
	sub.ctes = append(sub.ctes, scope)
	p, err := b.selectParts(s.Right, b.newQuery(sub))
	scope.working = false
	if err != nil {
		return err
	}
	arm := &setArm{parts: p}
	if err := b.matchStep(cte, arm, positions); err != nil {
		return err
	}
	step, stepCols, err := b.finishArm(arm)
	if err != nil {
		return err
	}
	if aggregatesItself(step) {
		return pgerr.New(pgerrcode.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term")
	}
	types := make([]types.Type, len(cte.Cols))
	for i := range types {
		types[i] = cte.Cols[i].Type
	}
	cte.Rel = withNode(nested, term)
	cte.Step = b.castColumns(step, stepCols, types)
	q.ctes = append(q.ctes, scope)
	return nil
}

// matchStep checks the recursive term's columns against the other term's, and types its literals.
func (b *binder) matchStep(cte *bound.CTE, step *setArm, positions []ast.Pos) error {
	if step.width() != len(cte.Cols) {
		return pgerr.New(pgerrcode.SyntaxError, "each UNION query must have the same number of columns").At(int(step.position(0)))
	}
	for i, c := range cte.Cols {
		oid, _, err := b.commonType("UNION", []operand{{ref(c), ast.NoPos}, step.operand(i)})
		if err != nil {
			return err
		}
		if oid != c.Type.OID {
			return pgerr.New(pgerrcode.DatatypeMismatch, "recursive query \"%s\" column %d has type %s in non-recursive term but type %s overall",
				cte.Name, i+1, typeName(c.Type), typeName(types.T(oid))).
				WithHint("Cast the output of the non-recursive term to the correct type.").At(int(positions[i]))
		}
		if err := b.typeArm("UNION", step, i, types.T(oid)); err != nil {
			return err
		}
	}
	return nil
}

// findCTE finds a WITH item visible from q.
func (b *binder) findCTE(q *query, name string, pos ast.Pos) (*cteScope, error) {
	for level := q; level != nil; level = level.parent {
		for i := len(level.ctes) - 1; i >= 0; i-- {
			if c := level.ctes[i]; c.name == name {
				if c.cte.Stmt != nil && bound.Output(c.cte.Stmt) == nil {
					return nil, pgerr.New(pgerrcode.FeatureNotSupported, "WITH query \"%s\" does not have a RETURNING clause", name).At(int(pos))
				}
				return c, nil
			}
		}
	}
	return nil, nil
}

func (b *binder) cteRef(q *query, c *cteScope, r *ast.RangeVar) (*fromItem, error) {
	if l := q.lockOn(aliasOr(r.Alias, c.name)); l != nil && len(l.Of) > 0 {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "FOR %s cannot be applied to a WITH query", l.Strength).At(int(l.Of[0].Pos))
	}
	node := &bound.CTERef{CTE: c.cte, Working: c.working}
	for _, col := range c.cte.Cols {
		n := b.newColumn(col.Name, col.Type)
		n.TableOID, n.AttNum = col.TableOID, col.AttNum
		b.copyShape(n.ID, col.ID)
		node.Cols = append(node.Cols, n)
	}
	return b.single(q, node, &item{name: c.name, cols: node.Cols, relVisible: true, colsVisible: true, kind: cteItem}, r.Alias)
}

func aliasOr(a *ast.Alias, name string) string {
	if a != nil {
		return a.Name
	}
	return name
}

// withNode puts WITH items over a relation.
func withNode(ctes []*bound.CTE, rel bound.Rel) bound.Rel {
	if len(ctes) == 0 {
		return rel
	}
	return &bound.With{CTEs: ctes, Input: rel}
}

// copyShape lets a record column keep its fields' names when it is passed on.
func (b *binder) copyShape(to, from bound.ColumnID) {
	if s, ok := b.shapes[from]; ok {
		b.shapes[to] = s
	}
}

// aggregatesItself tells whether a recursive term groups the rows of its own item.
func aggregatesItself(step bound.Rel) bool {
	found := false
	bound.WalkRel(step, func(r bound.Rel) {
		if g, ok := r.(*bound.GroupBy); ok && len(g.Aggs) > 0 {
			bound.WalkRel(g.Input, func(below bound.Rel) {
				if ref, ok := below.(*bound.CTERef); ok && ref.Working {
					found = true
				}
			}, nil)
		}
	}, nil)
	return found
}
