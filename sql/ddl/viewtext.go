package ddl

import (
	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
)

// viewText is a view's query as it is stored: relations qualified, so that a later search path finds the same ones, and a star in its target list
// replaced by the columns that it stands for now, so that a column added later does not come in.
func (c *Context) viewText(query *ast.Select, out []bound.Column) (string, error) {
	if err := c.qualify(query); err != nil {
		return "", err
	}
	if hasStar(query) && uniqueNames(out) {
		outer := &ast.Select{Pos: ast.NoPos, From: []ast.TableExpr{&ast.RangeSubselect{Query: query, Alias: &ast.Alias{Name: "rows"}, Pos: ast.NoPos}}}
		for _, col := range out {
			outer.Items = append(outer.Items, ast.SelectItem{Expr: columnRef(col.Name), Pos: ast.NoPos})
		}
		query = outer
	}
	return ast.FormatStmt(query), nil
}

// qualify gives every relation of a query its schema, but for the names of WITH items.
func (c *Context) qualify(query *ast.Select) error {
	items := map[string]bool{}
	ast.Walk(query, func(n any) bool {
		if s, ok := n.(*ast.Select); ok && s.With != nil {
			for _, cte := range s.With.CTEs {
				items[cte.Name] = true
			}
		}
		return true
	})
	var failed error
	ast.Walk(query, func(n any) bool {
		rv, ok := n.(*ast.RangeVar)
		if !ok || len(rv.Name.Parts) > 1 || items[rv.Name.Last()] || failed != nil {
			return failed == nil
		}
		t, err := binder.LookupTable(rv.Name, c.Binder(nil))
		if err != nil {
			failed = err
			return false
		}
		if rv.Alias == nil {
			rv.Alias = &ast.Alias{Name: rv.Name.Last()}
		}
		rv.Name.Parts = []string{t.Schema, t.Name}
		return true
	})
	return failed
}

// viewOfColumn is a view that reads a column, nil for none.
func (c *Context) viewOfColumn(t *catalog.Table, column string) (*catalog.Table, error) {
	views, err := c.Catalog.ViewsOver(t)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		if c.speaksOf(v, column) {
			return v, nil
		}
	}
	return nil, nil
}

// renameInView stores a view's text anew after rename has changed the relations in it that have another name now.
func (c *Context) renameInView(v *catalog.Table, rename func(*ast.RangeVar) bool) error {
	query, err := c.Binder(nil).ParseSelect(v.ViewQuery)
	if err != nil {
		return err
	}
	changed := false
	ast.Walk(query, func(n any) bool {
		if rv, ok := n.(*ast.RangeVar); ok && len(rv.Name.Parts) == 2 && rename(rv) {
			changed = true
		}
		return true
	})
	if !changed {
		return nil
	}
	nv := mutable(v)
	nv.ViewQuery = ast.FormatStmt(query)
	return c.Catalog.PutTable(c, nv)
}

func hasStar(s *ast.Select) bool {
	if s.Left != nil && s.Right != nil {
		return hasStar(s.Left) || hasStar(s.Right)
	}
	for _, it := range s.Items {
		if ref, ok := it.Expr.(*ast.ColumnRef); ok && ref.Star {
			return true
		}
	}
	return false
}

func uniqueNames(cols []bound.Column) bool {
	seen := map[string]bool{}
	for _, c := range cols {
		if seen[c.Name] {
			return false
		}
		seen[c.Name] = true
	}
	return true
}
