package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// setArm is one side of a set operation: a select that is not finished yet, or a nested set operation.
type setArm struct {
	parts *parts // nil for a nested one
	rel   bound.Rel
	cols  []bound.Column
	pos   []ast.Pos
}

func (a *setArm) width() int {
	if a.parts == nil {
		return len(a.cols)
	}
	n := 0
	for _, t := range a.parts.targets {
		if !t.junk {
			n++
		}
	}
	return n
}

// operand is column i as an expression, for finding its type.
func (a *setArm) operand(i int) operand {
	if a.parts == nil {
		return operand{ref(a.cols[i]), a.pos[i]}
	}
	t := a.parts.targets[i]
	return operand{t.expr, t.pos}
}

func (a *setArm) name(i int) string {
	if a.parts == nil {
		return a.cols[i].Name
	}
	return a.parts.targets[i].name
}

func (a *setArm) position(i int) ast.Pos {
	if i >= a.width() {
		return ast.NoPos
	}
	return a.operand(i).pos
}

var setOpNames = map[ast.SetOp]string{ast.SetUnion: "UNION", ast.SetIntersect: "INTERSECT", ast.SetExcept: "EXCEPT"}

// setOperation binds a tree of set operations as p's relation, with the clauses that apply to the whole.
func (b *binder) setOperation(p *parts, s *ast.Select) error {
	if len(s.Locking) > 0 {
		return pgerr.New(pgerrcode.FeatureNotSupported, "FOR %s is not allowed with UNION/INTERSECT/EXCEPT", s.Locking[0].Strength)
	}
	arm, err := b.setTree(p.q, s)
	if err != nil {
		return err
	}
	p.over(b, arm.rel)
	for i, t := range p.targets {
		t.pos = arm.pos[i]
	}
	if p.sort, err = b.orderBySet(p, s.OrderBy); err != nil {
		return err
	}
	return b.limitClause(p, s)
}

// setTree binds one set operation with its two arms.
func (b *binder) setTree(q *query, s *ast.Select) (*setArm, error) {
	if err := b.enter(); err != nil {
		return nil, err
	}
	defer b.leave()
	left, err := b.setArm(q, s.Left)
	if err != nil {
		return nil, err
	}
	right, err := b.setArm(q, s.Right)
	if err != nil {
		return nil, err
	}
	construct := setOpNames[s.Op]
	if left.width() != right.width() {
		return nil, pgerr.New(pgerrcode.SyntaxError, "each %s query must have the same number of columns", construct).At(int(right.position(0)))
	}
	out := &setArm{}
	var common []types.Type
	for i := range left.width() {
		pair := []operand{left.operand(i), right.operand(i)}
		oid, _, err := b.commonType(construct, pair)
		if err != nil {
			return nil, err
		}
		t := types.Type{OID: oid, Mod: commonTypmod(oid, pair)}
		for _, arm := range []*setArm{left, right} {
			if err := b.typeArm(construct, arm, i, t); err != nil {
				return nil, err
			}
		}
		common = append(common, t)
		out.cols = append(out.cols, b.newColumn(left.name(i), t))
		out.pos = append(out.pos, left.position(i))
		if !(s.Op == ast.SetUnion && s.All) {
			if err := b.checkEquality(t, left.position(i)); err != nil {
				return nil, err
			}
		}
	}
	node := &bound.SetOp{Kind: setKind(s.Op), All: s.All, Cols: out.cols}
	if node.Left, err = b.finishTyped(left, common); err != nil {
		return nil, err
	}
	if node.Right, err = b.finishTyped(right, common); err != nil {
		return nil, err
	}
	out.rel = node
	return out, nil
}

func setKind(op ast.SetOp) bound.SetOpKind {
	switch op {
	case ast.SetIntersect:
		return bound.Intersect
	case ast.SetExcept:
		return bound.Except
	}
	return bound.Union
}

// setArm binds one side. A nested operation without clauses of its own is part of the tree, anything else is a select in a scope of its own.
func (b *binder) setArm(q *query, s *ast.Select) (*setArm, error) {
	if s.Op != ast.SetNone && s.With == nil && len(s.OrderBy) == 0 && s.Limit == nil && s.Offset == nil && len(s.Locking) == 0 {
		return b.setTree(q, s)
	}
	p, err := b.selectParts(s, b.newQuery(q))
	if err != nil {
		return nil, err
	}
	return &setArm{parts: p}, nil
}

// typeArm types column i of an arm when it is an untyped literal; whether other expressions convert is checked here too.
func (b *binder) typeArm(construct string, a *setArm, i int, t types.Type) error {
	o := a.operand(i)
	c, err := b.toCommon(construct, o, t)
	if err != nil {
		return err
	}
	if a.parts != nil && o.s.Type().OID == types.UnknownOID {
		a.parts.targets[i].expr = c
	}
	return nil
}

func (b *binder) finishArm(a *setArm) (bound.Rel, []bound.Column, error) {
	if a.parts == nil {
		return a.rel, a.cols, nil
	}
	return b.finish(a.parts)
}

func (b *binder) finishTyped(a *setArm, common []types.Type) (bound.Rel, error) {
	rel, cols, err := b.finishArm(a)
	if err != nil {
		return nil, err
	}
	return b.castColumns(rel, cols, common), nil
}

// castColumns puts a projection over rel where its columns are not of the types wanted; the conversions are known to exist.
func (b *binder) castColumns(rel bound.Rel, cols []bound.Column, to []types.Type) bound.Rel {
	p := &bound.Project{Input: rel}
	differs := false
	for i, c := range cols {
		if c.Type == to[i] || c.Type.OID == to[i].OID && to[i].Mod < 0 {
			p.Items = append(p.Items, bound.Item{Col: c, Expr: ref(c)})
			continue
		}
		differs = true
		p.Items = append(p.Items, bound.Item{Col: b.newColumn(c.Name, to[i]), Expr: &bound.Cast{X: ref(c), Typ: to[i], Pos: ast.NoPos}})
	}
	if !differs {
		return rel
	}
	return p
}
