package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func (c *conv) createSchema(s *pgq.CreateSchemaStmt) ast.Stmt {
	out := &ast.CreateSchema{Name: s.Schemaname, IfNotExists: s.IfNotExists, Pos: ast.Pos(c.start)}
	if s.Authrole != nil {
		out.Authorization = role(s.Authrole)
	}
	for _, n := range s.SchemaElts {
		out.Elements = append(out.Elements, c.stmt(n))
	}
	return out
}

// drop converts DROP of everything but databases, roles and tablespaces, which have statements of their own.
func (c *conv) drop(s *pgq.DropStmt) ast.Stmt {
	out := &ast.Drop{
		Kind: objectKind(s.RemoveType), IfExists: s.MissingOk, Cascade: cascade(s.Behavior), Concurrently: s.Concurrent,
	}
	for _, n := range s.Objects {
		out.Names = append(out.Names, objectName(n))
	}
	return out
}

// comment keeps the text; an empty one removes the comment as NULL does.
func (c *conv) comment(s *pgq.CommentStmt) ast.Stmt {
	out := &ast.Comment{Kind: objectKind(s.Objtype), Object: objectName(s.Object)}
	if s.Comment != "" {
		out.Text = &s.Comment
	}
	return out
}
