package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// sortItem is a key of ORDER BY: a target, perhaps a junk one.
type sortItem struct {
	target           *target
	desc, nullsFirst bool
	pos              ast.Pos
}

// orderBy binds ORDER BY over p's targets: names of output columns, positions, or expressions over the input.
func (b *binder) orderBy(p *parts, items []ast.SortItem) (keys []sortItem, err error) {
	err = p.q.within(orderByExpr, func() error {
		for _, it := range items {
			t, err := b.findTarget(p, it.Expr, "ORDER BY")
			if err != nil {
				return err
			}
			keys, err = b.addSortKey(keys, t, it)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return keys, err
}

// orderBySet binds ORDER BY of a set operation, which knows output names and positions alone.
func (b *binder) orderBySet(p *parts, items []ast.SortItem) (keys []sortItem, err error) {
	for _, it := range items {
		t, err := b.namedTarget(p, it.Expr, "ORDER BY")
		if err != nil {
			return nil, err
		}
		if t == nil {
			if err := b.checkSetSortName(p, it.Expr); err != nil {
				return nil, err
			}
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
				WithDetail("Only result column names can be used, not expressions or functions.").
				WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.").At(int(leftmost(it.Expr)))
		}
		if keys, err = b.addSortKey(keys, t, it); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// checkSetSortName gives names that exist nowhere their own error.
func (b *binder) checkSetSortName(p *parts, e ast.Expr) error {
	if r, ok := e.(*ast.ColumnRef); ok && !r.Star {
		q := b.newQuery(p.q.parent)
		_, err := b.columnRef(q, r)
		return err
	}
	return nil
}

func (b *binder) addSortKey(keys []sortItem, t *target, it ast.SortItem) ([]sortItem, error) {
	var err error
	if t.expr, err = b.textIfUnknown(t.expr); err != nil {
		return nil, err
	}
	k := sortItem{target: t, desc: it.Desc, pos: leftmost(it.Expr)}
	switch it.Using {
	case "", "<":
	case ">":
		k.desc = true
	default:
		return nil, pgerr.New(pgerrcode.WrongObjectType, "operator %s is not a valid ordering operator", it.Using).
			WithHint("Ordering operators must be \"<\" or \">\" members of btree operator families.").At(int(k.pos))
	}
	k.nullsFirst = k.desc
	if it.NullsFirst != nil {
		k.nullsFirst = *it.NullsFirst
	}
	if err := b.checkOrdering(t.expr.Type(), k.pos); err != nil {
		return nil, err
	}
	for _, have := range keys {
		if have.target == t {
			return keys, nil // a key that is there already decides nothing
		}
	}
	return append(keys, k), nil
}

// findTarget finds the target that an item of ORDER BY, GROUP BY or DISTINCT ON means, adding a junk one for an expression that is no target
// (findTargetlistEntrySQL92).
func (b *binder) findTarget(p *parts, e ast.Expr, clause string) (*target, error) {
	t, err := b.namedTarget(p, e, clause)
	if err != nil || t != nil {
		return t, err
	}
	s, err := b.expr(p.q, e)
	if err != nil {
		return nil, err
	}
	for _, t := range p.targets {
		if bound.Equal(t.expr, s) {
			return t, nil
		}
	}
	t = &target{expr: s, name: columnName(e), pos: leftmost(e), junk: true}
	p.targets = append(p.targets, t)
	return t, nil
}

// namedTarget finds a target by output name or position; nil when e is another expression.
func (b *binder) namedTarget(p *parts, e ast.Expr, clause string) (*target, error) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		if len(e.Name.Parts) != 1 || e.Star {
			return nil, nil
		}
		return b.targetByName(p, b.cut(e.Name.Parts[0]), clause, e.Pos)
	case *ast.Const:
		if e.Kind != ast.ConstInt {
			return nil, pgerr.New(pgerrcode.SyntaxError, "non-integer constant in %s", clause).At(int(e.Pos))
		}
		n := int64(0)
		for _, t := range p.targets {
			if !t.junk {
				if n++; n == e.Int {
					return t, b.checkGroupTarget(p, t, clause, e.Pos)
				}
			}
		}
		return nil, pgerr.New(pgerrcode.InvalidColumnReference, "%s position %d is not in select list", clause, e.Int).At(int(e.Pos))
	}
	return nil, nil
}

func (b *binder) targetByName(p *parts, name, clause string, pos ast.Pos) (*target, error) {
	if clause == "GROUP BY" {
		// GROUP BY prefers the input's columns, as SQL99 wants it; ORDER BY the output's, as SQL92 does.
		if s, err := b.column(p.q, name, true, pos); err != nil || s != nil {
			return nil, err
		}
	}
	var found *target
	for _, t := range p.targets {
		if t.junk || t.name != name {
			continue
		}
		if found == nil {
			found = t
		} else if !bound.Equal(found.expr, t.expr) {
			return nil, pgerr.New(pgerrcode.AmbiguousColumn, "%s \"%s\" is ambiguous", clause, name).At(int(pos))
		}
	}
	if found == nil {
		return nil, nil
	}
	return found, b.checkGroupTarget(p, found, clause, pos)
}

// checkGroupTarget refuses a target with aggregates or window functions in GROUP BY.
func (b *binder) checkGroupTarget(p *parts, t *target, clause string, pos ast.Pos) error {
	if clause != "GROUP BY" {
		return nil
	}
	switch b.rolesIn(p.q, t.expr) {
	case aggColumn, groupingColumn:
		return pgerr.New(pgerrcode.GroupingError, "aggregate functions are not allowed in GROUP BY").At(int(b.rolePosition(t)))
	case windowColumn:
		return pgerr.New(pgerrcode.WindowingError, "window functions are not allowed in GROUP BY").At(int(b.rolePosition(t)))
	}
	return nil
}

func (b *binder) rolePosition(t *target) ast.Pos { return b.position(t.expr, t.pos) }

// rolesIn tells the first kind of computed column of q that s refers to, fromColumn for none.
func (b *binder) rolesIn(q *query, s bound.Scalar) columnRole {
	role := fromColumn
	bound.Walk(s, func(s bound.Scalar) bool {
		if r, ok := s.(*bound.ColRef); ok && role == fromColumn {
			if o := b.columns[r.ID]; o != nil && o.query == q && o.role != srfColumn {
				role = o.role
			}
		}
		return true
	})
	return role
}

// checkOrdering refuses to sort by a type without an order.
func (b *binder) checkOrdering(t types.Type, pos ast.Pos) error {
	if hasOperator("<", t.OID) {
		return nil
	}
	return pgerr.New(pgerrcode.UndefinedFunction, "could not identify an ordering operator for type %s", typeName(t)).
		WithHint("Use an explicit ordering operator or modify the query.").At(int(pos))
}

// checkEquality refuses to group by a type without equality.
func (b *binder) checkEquality(t types.Type, pos ast.Pos) error {
	if hasOperator("=", t.OID) {
		return nil
	}
	return pgerr.New(pgerrcode.UndefinedFunction, "could not identify an equality operator for type %s", typeName(t)).At(int(pos))
}

// hasOperator tells whether a type's values compare with each other. Arrays do when their elements do, records field by field.
func hasOperator(name string, t types.OID) bool {
	switch t {
	case types.RecordOID, types.UnknownOID, types.VarcharOID, types.BpcharOID, types.NameOID, types.RegclassOID:
		return true
	}
	if e := types.ElemOf(t); e != 0 {
		return hasOperator(name, e)
	}
	op, _, _, err := funcs.ResolveOperator(name, t, t)
	return err == nil && op != nil
}
