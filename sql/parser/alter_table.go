package parser

import (
	"strings"

	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func (c *conv) alterTable(s *pgq.AlterTableStmt) ast.Stmt {
	out := &ast.AlterTable{Table: c.rangeVar(s.Relation), Kind: objectKind(s.Objtype), IfExists: s.MissingOk}
	for _, n := range s.Cmds {
		out.Cmds = append(out.Cmds, c.alterCmd(n.GetAlterTableCmd()))
	}
	return out
}

// alterKinds are the names of the actions; any other keeps the grammar's.
var alterKinds = map[pgq.AlterTableType]string{
	pgq.AlterTableType_AT_AddColumn:               "ADD COLUMN",
	pgq.AlterTableType_AT_AddColumnToView:         "ADD COLUMN",
	pgq.AlterTableType_AT_DropColumn:              "DROP COLUMN",
	pgq.AlterTableType_AT_AlterColumnType:         "ALTER TYPE",
	pgq.AlterTableType_AT_ColumnDefault:           "SET DEFAULT",
	pgq.AlterTableType_AT_SetNotNull:              "SET NOT NULL",
	pgq.AlterTableType_AT_DropNotNull:             "DROP NOT NULL",
	pgq.AlterTableType_AT_DropExpression:          "DROP EXPRESSION",
	pgq.AlterTableType_AT_AddConstraint:           "ADD CONSTRAINT",
	pgq.AlterTableType_AT_AlterConstraint:         "ALTER CONSTRAINT",
	pgq.AlterTableType_AT_DropConstraint:          "DROP CONSTRAINT",
	pgq.AlterTableType_AT_ValidateConstraint:      "VALIDATE CONSTRAINT",
	pgq.AlterTableType_AT_AddIdentity:             "ADD IDENTITY",
	pgq.AlterTableType_AT_DropIdentity:            "DROP IDENTITY",
	pgq.AlterTableType_AT_SetIdentity:             "SET IDENTITY",
	pgq.AlterTableType_AT_SetRelOptions:           "SET OPTIONS",
	pgq.AlterTableType_AT_ResetRelOptions:         "RESET OPTIONS",
	pgq.AlterTableType_AT_SetOptions:              "SET COLUMN OPTIONS",
	pgq.AlterTableType_AT_ResetOptions:            "RESET COLUMN OPTIONS",
	pgq.AlterTableType_AT_ChangeOwner:             "OWNER",
	pgq.AlterTableType_AT_SetStatistics:           "SET STATISTICS",
	pgq.AlterTableType_AT_SetStorage:              "SET STORAGE",
	pgq.AlterTableType_AT_SetCompression:          "SET COMPRESSION",
	pgq.AlterTableType_AT_SetLogged:               "SET LOGGED",
	pgq.AlterTableType_AT_SetUnLogged:             "SET UNLOGGED",
	pgq.AlterTableType_AT_SetTableSpace:           "SET TABLESPACE",
	pgq.AlterTableType_AT_SetAccessMethod:         "SET ACCESS METHOD",
	pgq.AlterTableType_AT_ClusterOn:               "CLUSTER ON",
	pgq.AlterTableType_AT_DropCluster:             "SET WITHOUT CLUSTER",
	pgq.AlterTableType_AT_DropOids:                "SET WITHOUT OIDS",
	pgq.AlterTableType_AT_EnableTrig:              "ENABLE TRIGGER",
	pgq.AlterTableType_AT_EnableTrigAll:           "ENABLE TRIGGER ALL",
	pgq.AlterTableType_AT_EnableTrigUser:          "ENABLE TRIGGER USER",
	pgq.AlterTableType_AT_DisableTrig:             "DISABLE TRIGGER",
	pgq.AlterTableType_AT_DisableTrigAll:          "DISABLE TRIGGER ALL",
	pgq.AlterTableType_AT_DisableTrigUser:         "DISABLE TRIGGER USER",
	pgq.AlterTableType_AT_AddInherit:              "INHERIT",
	pgq.AlterTableType_AT_DropInherit:             "NO INHERIT",
	pgq.AlterTableType_AT_ReplicaIdentity:         "REPLICA IDENTITY",
	pgq.AlterTableType_AT_EnableRowSecurity:       "ENABLE RLS",
	pgq.AlterTableType_AT_DisableRowSecurity:      "DISABLE RLS",
	pgq.AlterTableType_AT_ForceRowSecurity:        "FORCE RLS",
	pgq.AlterTableType_AT_NoForceRowSecurity:      "NO FORCE RLS",
	pgq.AlterTableType_AT_AttachPartition:         "ATTACH PARTITION",
	pgq.AlterTableType_AT_DetachPartition:         "DETACH PARTITION",
	pgq.AlterTableType_AT_AddOf:                   "OF",
	pgq.AlterTableType_AT_DropOf:                  "NOT OF",
	pgq.AlterTableType_AT_EnableAlwaysTrig:        "ENABLE ALWAYS TRIGGER",
	pgq.AlterTableType_AT_EnableReplicaTrig:       "ENABLE REPLICA TRIGGER",
	pgq.AlterTableType_AT_EnableRule:              "ENABLE RULE",
	pgq.AlterTableType_AT_DisableRule:             "DISABLE RULE",
	pgq.AlterTableType_AT_EnableAlwaysRule:        "ENABLE ALWAYS RULE",
	pgq.AlterTableType_AT_EnableReplicaRule:       "ENABLE REPLICA RULE",
	pgq.AlterTableType_AT_DetachPartitionFinalize: "DETACH PARTITION FINALIZE",
}

func (c *conv) alterCmd(cmd *pgq.AlterTableCmd) ast.AlterCmd {
	kind, ok := alterKinds[cmd.GetSubtype()]
	if !ok {
		kind = strings.TrimPrefix(cmd.GetSubtype().String(), "AT_")
	}
	out := ast.AlterCmd{Kind: kind, Name: cmd.GetName(), Cascade: cascade(cmd.GetBehavior()), Pos: ast.NoPos}
	switch kind {
	case "ADD COLUMN":
		out.IfNotExists = cmd.MissingOk
	default:
		out.IfExists = cmd.GetMissingOk()
	}
	if cmd.GetNewowner() != nil {
		out.Role = role(cmd.Newowner)
	}
	c.alterDef(&out, cmd.GetDef())
	return out
}

// alterDef takes what an action is given, which the grammar holds by kind of node.
func (c *conv) alterDef(out *ast.AlterCmd, def *pgq.Node) {
	switch out.Kind {
	case "ADD COLUMN":
		column := c.columnDef(def.GetColumnDef())
		out.Column, out.Name, out.Pos = &column, column.Name, column.Pos
	case "ALTER TYPE":
		column := def.GetColumnDef()
		out.Type = c.typeNamePtr(column.GetTypeName())
		out.Using = c.expr(column.GetRawDefault())
		out.ExprText = exprText(out.Using)
		out.Pos = ast.Pos(column.GetLocation())
		if collate := column.GetCollClause(); collate != nil {
			out.Column = &ast.ColumnDef{Name: out.Name, Type: *out.Type, Collation: name(collate.Collname, collate.Location), Pos: out.Pos}
		}
	case "SET DEFAULT":
		if def == nil || def.Node == nil {
			out.Kind = "DROP DEFAULT"
			return
		}
		out.Expr = c.expr(def)
		out.ExprText = exprText(out.Expr)
	case "ADD CONSTRAINT", "ALTER CONSTRAINT", "ADD IDENTITY":
		constraint := c.constraint(def.GetConstraint())
		out.Constraint, out.Pos = &constraint, constraint.Pos
		if out.Name == "" {
			out.Name = constraint.Name
		}
	case "SET IDENTITY":
		out.Sequence = c.sequenceOptions(listItems(def))
	case "SET OPTIONS", "RESET OPTIONS", "SET COLUMN OPTIONS", "RESET COLUMN OPTIONS":
		out.Options = c.options(listItems(def))
	default:
		c.alterOther(out, def)
	}
}

// alterOther keeps the plain value of an action that has one.
func (c *conv) alterOther(out *ast.AlterCmd, def *pgq.Node) {
	switch d := def.GetNode().(type) {
	case *pgq.Node_String_, *pgq.Node_Integer:
		value, number := c.optionValue(def, -1)
		out.Options = []ast.Option{{Name: strings.ToLower(out.Kind), Value: value, Given: true, Number: number, Pos: ast.NoPos}}
	case *pgq.Node_RangeVar:
		out.Options = []ast.Option{{Name: strings.ToLower(out.Kind), Value: rangeVarName(d.RangeVar).String(), Given: true, Pos: ast.Pos(d.RangeVar.Location)}}
	case *pgq.Node_ReplicaIdentityStmt:
		out.Options = []ast.Option{{Name: "identity", Value: d.ReplicaIdentityStmt.IdentityType, Given: true, Pos: ast.NoPos}}
		out.Name = d.ReplicaIdentityStmt.Name
	}
}
