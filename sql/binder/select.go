package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// parts is a select whose clauses are bound and not yet put together: its untyped literals may still be typed by what stands around it.
type parts struct {
	q       *query
	ctes    []*bound.CTE
	rel     bound.Rel // FROM; or, with plain, VALUES or a set operation whose columns the targets are
	plain   bool
	where   bound.Scalar
	targets []*target
	group   *grouping
	having  bound.Scalar

	distinct   bool
	distinctOn []*target
	sort       []sortItem

	limit, offset bound.Scalar
	ties          bool
	locks         []bound.RowLock
}

// target is an item of the target list; junk ones are there for ORDER BY and DISTINCT ON alone.
type target struct {
	expr bound.Scalar
	name string
	pos  ast.Pos
	junk bool
	col  bound.Column // set by finish
}

// topSelect binds a whole statement that is a SELECT.
func (b *binder) topSelect(s *ast.Select) (bound.Statement, error) {
	if s.Into != nil {
		return nil, pgerr.New(pgerrcode.SyntaxError, "SELECT ... INTO is not allowed here").At(int(s.Into.Pos))
	}
	rel, cols, err := b.subselect(nil, s)
	if err != nil {
		return nil, err
	}
	return &bound.Query{Rel: rel, Out: cols}, nil
}

// selectParts binds the clauses of a select in q, in Postgres' order, so that of several mistakes the same one is reported.
func (b *binder) selectParts(s *ast.Select, q *query) (*parts, error) {
	if err := b.enter(); err != nil {
		return nil, err
	}
	defer b.leave()
	if s.Into != nil {
		return nil, pgerr.New(pgerrcode.SyntaxError, "SELECT ... INTO is not allowed here").At(int(s.Into.Pos))
	}
	p := &parts{q: q}
	var err error
	if p.ctes, err = b.with(q, s.With); err != nil {
		return nil, err
	}
	switch {
	case s.Op != ast.SetNone:
		err = b.setOperation(p, s)
	case s.Values != nil:
		err = b.valuesLists(p, s)
	default:
		err = b.plainSelect(p, s)
	}
	if err != nil {
		return nil, err
	}
	return p, b.checkWidth(p)
}

func (b *binder) checkWidth(p *parts) error {
	if len(p.targets) > columnsMax {
		return pgerr.New(pgerrcode.TooManyColumns, "target lists can have at most %d entries", columnsMax)
	}
	return nil
}

func (b *binder) plainSelect(p *parts, s *ast.Select) (err error) {
	q := p.q
	q.locking = s.Locking
	if err := checkLocking(s); err != nil {
		return err
	}
	if err := q.defineWindows(s.Windows); err != nil {
		return err
	}
	if p.rel, err = b.from(q, s.From); err != nil {
		return err
	}
	if err := b.checkLockNames(q); err != nil {
		return err
	}
	if p.targets, err = b.targetList(q, s.Items, selectExpr); err != nil {
		return err
	}
	if s.Where != nil {
		if p.where, err = b.where(q, s.Where, whereExpr); err != nil {
			return err
		}
	}
	if s.Having != nil {
		err = q.within(havingExpr, func() error {
			p.having, err = b.condition(q, s.Having, "HAVING")
			return err
		})
		if err != nil {
			return err
		}
	}
	if p.sort, err = b.orderBy(p, s.OrderBy); err != nil {
		return err
	}
	if p.group, err = b.groupBy(p, s); err != nil {
		return err
	}
	if err := b.distinctClause(p, s); err != nil {
		return err
	}
	if err := b.limitClause(p, s); err != nil {
		return err
	}
	if err := b.unusedWindows(q); err != nil {
		return err
	}
	p.locks = q.locks
	return b.checkLockedTargets(p)
}

// where binds a WHERE condition.
func (b *binder) where(q *query, e ast.Expr, c ExprContext) (s bound.Scalar, err error) {
	err = q.within(c, func() error {
		s, err = b.condition(q, e, "WHERE")
		return err
	})
	return s, err
}

// limitClause binds LIMIT and OFFSET, which are bigints without columns of the query.
func (b *binder) limitClause(p *parts, s *ast.Select) (err error) {
	p.ties = s.WithTies
	if p.offset, err = b.limitValue(p.q, s.Offset, offsetExpr, "OFFSET"); err != nil {
		return err
	}
	if p.limit, err = b.limitValue(p.q, s.Limit, limitExpr, "LIMIT"); err != nil {
		return err
	}
	if s.WithTies && len(s.OrderBy) == 0 {
		return pgerr.New(pgerrcode.SyntaxError, "WITH TIES cannot be specified without ORDER BY clause")
	}
	return nil
}

func (b *binder) limitValue(q *query, e ast.Expr, c ExprContext, construct string) (s bound.Scalar, err error) {
	if e == nil {
		return nil, nil
	}
	err = q.within(c, func() error {
		if s, err = b.expr(q, e); err == nil {
			s, err = b.specific(s, types.Int8OID, construct, leftmost(e))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, b.checkNoColumns(q, s, construct)
}

// checkNoColumns refuses references to the query's own columns.
func (b *binder) checkNoColumns(q *query, s bound.Scalar, construct string) (err error) {
	bound.Walk(s, func(s bound.Scalar) bool {
		if r, ok := s.(*bound.ColRef); ok && err == nil {
			if o := b.columns[r.ID]; o != nil && o.query == q {
				err = pgerr.New(pgerrcode.InvalidColumnReference, "argument of %s must not contain variables", construct).At(int(b.pos[r]))
			}
		}
		return err == nil
	})
	return err
}

// valuesLists binds VALUES as a relation: the columns' types are common to all rows.
func (b *binder) valuesLists(p *parts, s *ast.Select) error {
	rows, err := b.valuesRows(p.q, s.Values)
	if err != nil {
		return err
	}
	v := &bound.Values{Rows: make([][]bound.Scalar, len(rows))}
	for r := range rows {
		v.Rows[r] = make([]bound.Scalar, len(rows[r]))
	}
	if len(s.Locking) > 0 {
		return pgerr.New(pgerrcode.FeatureNotSupported, "FOR %s cannot be applied to VALUES", s.Locking[0].Strength)
	}
	for c := range rows[0] {
		column := make([]operand, len(rows))
		for r := range rows {
			column[r] = rows[r][c]
		}
		values, t, err := b.unify("VALUES", column)
		if err != nil {
			return err
		}
		for r := range rows {
			v.Rows[r][c] = values[r]
		}
		v.Cols = append(v.Cols, b.newColumn("column"+itoa(c+1), t))
	}
	p.over(b, v)
	if p.sort, err = b.orderBy(p, s.OrderBy); err != nil {
		return err
	}
	return b.limitClause(p, s)
}

// over makes p a select of all columns of a relation of its own.
func (p *parts) over(b *binder, rel bound.Rel) {
	p.rel, p.plain = rel, true
	it := &item{name: "*VALUES*", cols: rel.Columns(), colsVisible: true, kind: valuesItem, lateralOK: true}
	b.addItem(p.q, it)
	if _, ok := rel.(*bound.Values); ok {
		p.q.visible = append(p.q.visible, it)
	}
	for _, c := range rel.Columns() {
		p.targets = append(p.targets, &target{expr: ref(c), name: c.Name, pos: ast.NoPos})
	}
}

// valuesRows binds the expressions of VALUES lists, which must be equally long. Stars in them are expanded.
func (b *binder) valuesRows(q *query, lists [][]ast.Expr) ([][]operand, error) {
	var rows [][]operand
	for _, list := range lists {
		var row []operand
		err := q.within(valuesExpr, func() (err error) {
			row, err = b.exprList(q, list)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 && len(row) != len(rows[0]) {
			return nil, pgerr.New(pgerrcode.SyntaxError, "VALUES lists must all be the same length").At(int(listPosition(list)))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func listPosition(list []ast.Expr) ast.Pos {
	for _, e := range list {
		if p := leftmost(e); p >= 0 {
			return p
		}
	}
	return ast.NoPos
}

// exprList binds expressions, t.* among them standing for all of t's columns.
func (b *binder) exprList(q *query, list []ast.Expr) ([]operand, error) {
	var out []operand
	for _, e := range list {
		if isStar(e) {
			ts, err := b.expandStar(q, e)
			if err != nil {
				return nil, err
			}
			for _, t := range ts {
				out = append(out, operand{t.expr, leftmost(e)})
			}
			continue
		}
		s, err := b.expr(q, e)
		if err != nil {
			return nil, err
		}
		out = append(out, operand{s, leftmost(e)})
	}
	return out, nil
}
