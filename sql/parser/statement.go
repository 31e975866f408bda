package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

// stmt converts any statement; what ast has no node for is ast.Unsupported.
func (c *conv) stmt(n *pgq.Node) ast.Stmt {
	switch s := n.GetNode().(type) {
	case *pgq.Node_SelectStmt:
		return c.selectStmt(s.SelectStmt)
	case *pgq.Node_InsertStmt:
		return c.insert(s.InsertStmt)
	case *pgq.Node_UpdateStmt:
		return c.update(s.UpdateStmt)
	case *pgq.Node_DeleteStmt:
		return c.delete(s.DeleteStmt)
	case *pgq.Node_ExplainStmt:
		return &ast.Explain{Options: c.options(s.ExplainStmt.Options), Stmt: c.stmt(s.ExplainStmt.Query)}
	case *pgq.Node_CopyStmt:
		return c.copy(s.CopyStmt)
	case *pgq.Node_TransactionStmt:
		return c.transaction(s.TransactionStmt)
	case *pgq.Node_VariableSetStmt:
		return c.set(s.VariableSetStmt)
	case *pgq.Node_VariableShowStmt:
		return &ast.Show{Name: s.VariableShowStmt.Name}
	case *pgq.Node_ConstraintsSetStmt:
		return c.setConstraints(s.ConstraintsSetStmt)
	case *pgq.Node_PrepareStmt, *pgq.Node_ExecuteStmt, *pgq.Node_DeallocateStmt, *pgq.Node_DeclareCursorStmt, *pgq.Node_FetchStmt,
		*pgq.Node_ClosePortalStmt, *pgq.Node_DiscardStmt:
		return c.prepared(n)
	case *pgq.Node_LockStmt, *pgq.Node_VacuumStmt, *pgq.Node_ReindexStmt, *pgq.Node_ClusterStmt, *pgq.Node_CheckPointStmt,
		*pgq.Node_TruncateStmt, *pgq.Node_DoStmt, *pgq.Node_ListenStmt, *pgq.Node_NotifyStmt, *pgq.Node_UnlistenStmt:
		return c.maintenance(n)
	}
	return c.definition(n)
}

// definition converts DDL.
func (c *conv) definition(n *pgq.Node) ast.Stmt {
	switch s := n.GetNode().(type) {
	case *pgq.Node_CreateStmt:
		return c.createTable(s.CreateStmt)
	case *pgq.Node_CreateTableAsStmt:
		return c.createTableAs(s.CreateTableAsStmt)
	case *pgq.Node_IndexStmt:
		return c.createIndex(s.IndexStmt)
	case *pgq.Node_ViewStmt:
		return c.createView(s.ViewStmt)
	case *pgq.Node_CreateSchemaStmt:
		return c.createSchema(s.CreateSchemaStmt)
	case *pgq.Node_CreateSeqStmt:
		return c.createSequence(s.CreateSeqStmt)
	case *pgq.Node_AlterSeqStmt:
		return c.alterSequence(s.AlterSeqStmt)
	case *pgq.Node_CreateExtensionStmt:
		e := s.CreateExtensionStmt
		return &ast.CreateExtension{Name: e.Extname, IfNotExists: e.IfNotExists, Options: c.options(e.Options)}
	case *pgq.Node_AlterTableStmt:
		return c.alterTable(s.AlterTableStmt)
	case *pgq.Node_RenameStmt:
		return c.rename(s.RenameStmt)
	case *pgq.Node_AlterObjectSchemaStmt:
		return c.alterObjectSchema(s.AlterObjectSchemaStmt)
	case *pgq.Node_AlterOwnerStmt:
		return c.alterOwner(s.AlterOwnerStmt)
	case *pgq.Node_DropStmt:
		return c.drop(s.DropStmt)
	case *pgq.Node_CommentStmt:
		return c.comment(s.CommentStmt)
	case *pgq.Node_CreatedbStmt, *pgq.Node_AlterDatabaseStmt, *pgq.Node_AlterDatabaseSetStmt, *pgq.Node_DropdbStmt:
		return c.database(n)
	case *pgq.Node_CreateRoleStmt, *pgq.Node_AlterRoleStmt, *pgq.Node_AlterRoleSetStmt, *pgq.Node_DropRoleStmt:
		return c.role(n)
	case *pgq.Node_GrantStmt:
		return c.grant(s.GrantStmt)
	case *pgq.Node_GrantRoleStmt:
		return c.grantRole(s.GrantRoleStmt)
	}
	return &ast.Unsupported{Feature: nodeName(n), Pos: ast.Pos(c.start)}
}
