package binder

import "vecgres/sql/ast"

// leftmost is where an expression begins, as far as the parser noted it (Postgres' exprLocation): operators note their own place, so that the left
// operand's may be further to the left.
func leftmost(e ast.Expr) ast.Pos {
	switch e := e.(type) {
	case nil:
		return ast.NoPos
	case *ast.OpExpr:
		return first(e.Pos, leftmost(e.Left))
	case *ast.QuantifiedExpr:
		return first(e.Pos, leftmost(e.Left))
	case *ast.InExpr:
		return first(e.Pos, leftmost(e.Left))
	case *ast.BetweenExpr:
		return first(e.Pos, leftmost(e.X))
	case *ast.DistinctExpr:
		return first(e.Pos, leftmost(e.Left))
	case *ast.NullIfExpr:
		return first(e.Pos, leftmost(e.Left))
	case *ast.BoolExpr:
		if len(e.Args) > 0 {
			return first(e.Pos, leftmost(e.Args[0]))
		}
	case *ast.NullTest:
		return first(e.Pos, leftmost(e.X))
	case *ast.BooleanTest:
		return first(e.Pos, leftmost(e.X))
	case *ast.FuncCall:
		p := e.Pos
		if e.SQLSyntax { // the grammar may have put an argument before the keyword
			for _, a := range e.Args {
				p = first(p, leftmost(a))
			}
		}
		return p
	case *ast.CastExpr:
		return first(first(e.Pos, e.Type.Pos), leftmost(e.X))
	case *ast.CollateExpr:
		return first(e.Pos, leftmost(e.X))
	case *ast.IndirectionExpr:
		return leftmost(e.X)
	case *ast.SubLink:
		return first(e.Pos, leftmost(e.Test))
	default:
		return e.Position()
	}
	return e.Position()
}

// first is the lesser of two positions, unknown ones aside.
func first(a, b ast.Pos) ast.Pos {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}
