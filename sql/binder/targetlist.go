package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// targetList binds a select list or RETURNING.
func (b *binder) targetList(q *query, items []ast.SelectItem, c ExprContext) (targets []*target, err error) {
	err = q.within(c, func() error {
		for _, it := range items {
			if isStar(it.Expr) {
				more, err := b.expandStar(q, it.Expr)
				if err != nil {
					return err
				}
				targets = append(targets, more...)
				continue
			}
			s, err := b.expr(q, it.Expr)
			if err != nil {
				return err
			}
			name := b.cut(it.Alias)
			if name == "" {
				name = columnName(it.Expr)
			}
			targets = append(targets, &target{expr: s, name: name, pos: leftmost(it.Expr)})
		}
		return nil
	})
	return targets, err
}

// isStar tells *, t.* and (x).*.
func isStar(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ColumnRef:
		return e.Star
	case *ast.IndirectionExpr:
		return e.Star
	}
	return false
}

// expandStar gives the columns that a star stands for.
func (b *binder) expandStar(q *query, e ast.Expr) ([]*target, error) {
	if x, ok := e.(*ast.IndirectionExpr); ok {
		return b.expandRow(q, x)
	}
	r := e.(*ast.ColumnRef)
	if len(r.Name.Parts) > 0 {
		it, err := b.qualifier(q, r.Name.Parts, starName(r), r.Pos)
		if err != nil {
			return nil, err
		}
		return b.itemTargets(it, r.Pos), nil
	}
	var targets []*target
	found := false
	for _, it := range q.visible {
		if it.colsVisible {
			found = true
			targets = append(targets, b.itemTargets(it, r.Pos)...)
		}
	}
	if !found {
		return nil, pgerr.New(pgerrcode.SyntaxError, "SELECT * with no tables specified is not valid").At(int(r.Pos))
	}
	return targets, nil
}

func (b *binder) itemTargets(it *item, pos ast.Pos) []*target {
	targets := make([]*target, len(it.cols))
	for i, c := range it.cols {
		targets[i] = &target{expr: b.colRef(c, pos), name: c.Name, pos: pos}
	}
	return targets
}

// expandRow gives the fields of (x).*.
func (b *binder) expandRow(q *query, x *ast.IndirectionExpr) ([]*target, error) {
	s, err := b.expr(q, x.X)
	if err != nil {
		return nil, err
	}
	pos := leftmost(x)
	if row, ok := s.(*bound.RowCtor); ok {
		targets := make([]*target, len(row.Fields))
		for i, f := range row.Fields {
			targets[i] = &target{expr: f, name: fieldName(row, i), pos: pos}
		}
		return targets, nil
	}
	shape := b.shapeOf(s)
	if shape == nil {
		if s.Type().OID == types.RecordOID {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "record type has not been registered").At(int(pos))
		}
		return nil, pgerr.New(pgerrcode.WrongObjectType, "type %s is not composite", typeName(s.Type())).At(int(pos))
	}
	targets := make([]*target, len(shape))
	for i, c := range shape {
		targets[i] = &target{expr: &bound.Field{X: s, Index: i, Typ: c.Type}, name: c.Name, pos: pos}
	}
	return targets, nil
}

func fieldName(row *bound.RowCtor, i int) string {
	if row.Names != nil {
		return row.Names[i]
	}
	return "f" + itoa(i+1)
}

// shapeOf are the fields of a record, nil when they are not known.
func (b *binder) shapeOf(s bound.Scalar) []bound.Column {
	switch e := s.(type) {
	case *bound.ColRef:
		return b.shapes[e.ID]
	case *bound.RowCtor:
		cols := make([]bound.Column, len(e.Fields))
		for i, f := range e.Fields {
			cols[i] = bound.Column{Name: fieldName(e, i), Type: f.Type()}
		}
		return cols
	case *bound.Case:
		if e.Typ.OID == types.RecordOID && e.Else != nil {
			return b.shapeOf(e.Else)
		}
	case *bound.Subquery:
		if cols := e.Rel.Columns(); e.Kind == bound.SubScalar && len(cols) == 1 {
			return b.shapes[cols[0].ID]
		}
	}
	return nil
}

// IndexColumnName is the name that an index's key gets from its expression, "expr" where it suggests none.
func IndexColumnName(e ast.Expr) string {
	if name, strength := figureName(e); strength > 0 {
		return name
	}
	return "expr"
}

// columnName is the name that an expression gives its column (FigureColname).
func columnName(e ast.Expr) string {
	if name, _ := figureName(e); name != "" {
		return name
	}
	return "?column?"
}

// figureName gives a name and how strongly it is meant: a cast's type name (1) yields to anything, others (2) do not.
func figureName(e ast.Expr) (string, int) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		return e.Name.Last(), 2
	case *ast.IndirectionExpr:
		if e.Field != "" {
			return e.Field, 2
		}
		return figureName(e.X)
	case *ast.FuncCall:
		return e.Name.Last(), 2
	case *ast.NullIfExpr:
		return "nullif", 2
	case *ast.CastExpr:
		if name, strength := figureName(e.X); strength > 1 {
			return name, strength
		}
		return e.Type.Name.Last(), 1
	case *ast.CollateExpr:
		return figureName(e.X)
	case *ast.GroupingFunc:
		return "grouping", 2
	case *ast.SubLink:
		return subLinkName(e)
	case *ast.CaseExpr:
		if name, strength := figureName(e.Else); strength > 1 {
			return name, strength
		}
		return "case", 1
	case *ast.ArrayExpr:
		return "array", 2
	case *ast.RowExpr:
		return "row", 2
	case *ast.CoalesceExpr:
		return "coalesce", 2
	case *ast.MinMaxExpr:
		if e.Least {
			return "least", 2
		}
		return "greatest", 2
	case *ast.SQLValueFunction:
		return e.Name, 2
	}
	return "", 0
}

func subLinkName(e *ast.SubLink) (string, int) {
	switch e.Kind {
	case ast.SubExists:
		return "exists", 2
	case ast.SubArray:
		return "array", 2
	case ast.SubScalar:
		s := e.Query
		for s.Op != ast.SetNone {
			s = s.Left
		}
		if s.Values != nil {
			return "column1", 2
		}
		if len(s.Items) == 0 {
			return "", 0
		}
		if a := s.Items[0].Alias; a != "" {
			return a, 2
		}
		return columnName(s.Items[0].Expr), 2
	}
	return "", 0
}
