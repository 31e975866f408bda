package parser

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

// ParseExpr parses a stored expression: a default, a check, an index key. Positions count in "SELECT " and the text, and mean nothing to a client.
func ParseExpr(text string) (ast.Expr, error) {
	sel, err := ParseSelect("SELECT " + text)
	if err != nil {
		return nil, err
	}
	if len(sel.Items) != 1 || sel.Items[0].Alias != "" || len(sel.From) > 0 {
		return nil, pgerr.New(pgerrcode.SyntaxError, "not one expression: %s", text)
	}
	return sel.Items[0].Expr, nil
}

// ParseSelect parses a stored query: a view's.
func ParseSelect(text string) (*ast.Select, error) {
	list, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if len(list) == 1 {
		if sel, ok := list[0].Stmt.(*ast.Select); ok {
			return sel, nil
		}
	}
	return nil, pgerr.New(pgerrcode.SyntaxError, "not one query: %s", text)
}
