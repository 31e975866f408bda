package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

// rename converts ALTER … RENAME of relations, their columns and constraints, and of what has a single name.
func (c *conv) rename(s *pgq.RenameStmt) ast.Stmt {
	out := &ast.Rename{Kind: objectKind(s.RenameType), Table: c.rangeVar(s.Relation), NewName: s.Newname, IfExists: s.MissingOk}
	switch {
	case s.RenameType == pgq.ObjectType_OBJECT_COLUMN, s.RenameType == pgq.ObjectType_OBJECT_TABCONSTRAINT:
		out.Column = s.Subname
	case s.Relation != nil && s.Subname == "":
	case s.Relation == nil && s.Subname != "":
		out.Object = s.Subname
	default:
		return &ast.Unsupported{Feature: "ALTER " + out.Kind + " … RENAME", Pos: ast.Pos(c.start)}
	}
	return out
}

func (c *conv) alterObjectSchema(s *pgq.AlterObjectSchemaStmt) ast.Stmt {
	if s.Relation == nil {
		return &ast.Unsupported{Feature: "ALTER " + objectKind(s.ObjectType) + " … SET SCHEMA", Pos: ast.Pos(c.start)}
	}
	return &ast.AlterSchemaOf{Kind: objectKind(s.ObjectType), Table: c.rangeVar(s.Relation), Schema: s.Newschema, IfExists: s.MissingOk}
}

func (c *conv) alterOwner(s *pgq.AlterOwnerStmt) ast.Stmt {
	out := &ast.AlterOwner{Kind: objectKind(s.ObjectType), Object: objectName(s.Object), Owner: role(s.Newowner)}
	if s.Relation != nil {
		out.Object = rangeVarName(s.Relation)
	}
	return out
}
