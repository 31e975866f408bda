package binder

import (
	"vecgres/sql/ast"
	"vecgres/sql/bound"
)

// withoutSets binds the arguments of a construct that may leave some of them out, where a set-returning function would have no meaning.
func (q *query) withoutSets(construct string, f func() error) error {
	saved := q.setsForbidden
	if saved == "" {
		q.setsForbidden = "set-returning functions are not allowed in " + construct
	}
	err := f()
	q.setsForbidden = saved
	return err
}

// caseExpr binds CASE; the simple form compares its argument with each WHEN.
func (b *binder) caseExpr(q *query, e *ast.CaseExpr) (s bound.Scalar, err error) {
	err = q.withoutSets("CASE", func() error {
		s, err = b.caseArms(q, e)
		return err
	})
	return s, err
}

func (b *binder) caseArms(q *query, e *ast.CaseExpr) (bound.Scalar, error) {
	var arg *operand
	if e.Arg != nil {
		o, err := b.operandOf(q, e.Arg)
		if err == nil {
			o.s, err = b.textIfUnknown(o.s)
		}
		if err != nil {
			return nil, err
		}
		arg = &o
	}
	c := &bound.Case{}
	var results []operand
	for _, w := range e.Whens {
		cond, err := b.caseCondition(q, arg, w.When)
		if err != nil {
			return nil, err
		}
		then, err := b.operandOf(q, w.Then)
		if err != nil {
			return nil, err
		}
		c.Whens = append(c.Whens, bound.When{Cond: cond})
		results = append(results, then)
	}
	if e.Else != nil {
		o, err := b.operandOf(q, e.Else)
		if err != nil {
			return nil, err
		}
		// Postgres looks at ELSE first when it settles the type.
		results = append([]operand{o}, results...)
	}
	values, t, err := b.unify("CASE", results)
	if err != nil {
		return nil, err
	}
	if e.Else != nil {
		c.Else, values = values[0], values[1:]
	}
	for i := range c.Whens {
		c.Whens[i].Then = values[i]
	}
	c.Typ = t
	return c, nil
}

func (b *binder) caseCondition(q *query, arg *operand, when ast.Expr) (bound.Scalar, error) {
	if arg == nil {
		return b.condition(q, when, "CASE/WHEN")
	}
	w, err := b.operandOf(q, when)
	if err != nil {
		return nil, err
	}
	s, err := b.operator("=", *arg, w, w.pos)
	if err != nil {
		return nil, err
	}
	return b.boolean(s, "CASE/WHEN", w.pos)
}

func (b *binder) coalesce(q *query, e *ast.CoalesceExpr) (bound.Scalar, error) {
	var args []operand
	err := q.withoutSets("COALESCE", func() (err error) {
		args, err = b.operands(q, e.Args)
		return err
	})
	if err != nil {
		return nil, err
	}
	values, t, err := b.unify("COALESCE", args)
	if err != nil {
		return nil, err
	}
	return &bound.Coalesce{Args: values, Typ: t}, nil
}

func (b *binder) minMax(q *query, e *ast.MinMaxExpr) (bound.Scalar, error) {
	args, err := b.operands(q, e.Args)
	if err != nil {
		return nil, err
	}
	construct := "GREATEST"
	if e.Least {
		construct = "LEAST"
	}
	values, t, err := b.unify(construct, args)
	if err != nil {
		return nil, err
	}
	if err := b.checkOrdering(t, e.Pos); err != nil {
		return nil, err
	}
	return &bound.MinMax{Least: e.Least, Args: values, Typ: t}, nil
}

func (b *binder) operands(q *query, list []ast.Expr) ([]operand, error) {
	var out []operand
	for _, e := range list {
		o, err := b.operandOf(q, e)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}
