package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

// lockModes are the names that pg_locks shows, by the grammar's number.
var lockModes = [...]string{
	1: "AccessShareLock", 2: "RowShareLock", 3: "RowExclusiveLock", 4: "ShareUpdateExclusiveLock",
	5: "ShareLock", 6: "ShareRowExclusiveLock", 7: "ExclusiveLock", 8: "AccessExclusiveLock",
}

// maintenance converts the statements that tend tables, and LISTEN and DO.
func (c *conv) maintenance(n *pgq.Node) ast.Stmt {
	switch s := n.GetNode().(type) {
	case *pgq.Node_LockStmt:
		out := &ast.LockTable{Tables: c.rangeVars(s.LockStmt.Relations), NoWait: s.LockStmt.Nowait}
		if mode := int(s.LockStmt.Mode); mode > 0 && mode < len(lockModes) {
			out.Mode = lockModes[mode]
		}
		return out
	case *pgq.Node_VacuumStmt:
		return c.vacuum(s.VacuumStmt)
	case *pgq.Node_ReindexStmt:
		return c.reindex(s.ReindexStmt)
	case *pgq.Node_ClusterStmt:
		return &ast.Cluster{Table: c.rangeVar(s.ClusterStmt.Relation), Index: s.ClusterStmt.Indexname}
	case *pgq.Node_TruncateStmt:
		t := s.TruncateStmt
		return &ast.Truncate{Tables: c.rangeVars(t.Relations), Restart: t.RestartSeqs, Cascade: cascade(t.Behavior)}
	case *pgq.Node_CheckPointStmt:
		return &ast.Checkpoint{}
	case *pgq.Node_DoStmt:
		return &ast.Do{}
	case *pgq.Node_ListenStmt:
		return &ast.Notify{Kind: "LISTEN", Channel: s.ListenStmt.Conditionname}
	case *pgq.Node_NotifyStmt:
		return &ast.Notify{Kind: "NOTIFY", Channel: s.NotifyStmt.Conditionname, Payload: s.NotifyStmt.Payload}
	case *pgq.Node_UnlistenStmt:
		return &ast.Notify{Kind: "UNLISTEN", Channel: s.UnlistenStmt.Conditionname}
	}
	return nil
}

func (c *conv) vacuum(s *pgq.VacuumStmt) ast.Stmt {
	out := &ast.Vacuum{Analyze: !s.IsVacuumcmd, Options: c.options(s.Options)}
	for _, n := range s.Rels {
		rel := n.GetVacuumRelation()
		out.Tables = append(out.Tables, c.rangeVar(rel.GetRelation()))
		out.Columns = append(out.Columns, strs(rel.GetVaCols()))
	}
	return out
}

func (c *conv) reindex(s *pgq.ReindexStmt) ast.Stmt {
	out := &ast.Reindex{Table: c.rangeVar(s.Relation), Name: s.Name}
	switch s.Kind {
	case pgq.ReindexObjectType_REINDEX_OBJECT_INDEX:
		out.Kind = "INDEX"
	case pgq.ReindexObjectType_REINDEX_OBJECT_TABLE:
		out.Kind = "TABLE"
	case pgq.ReindexObjectType_REINDEX_OBJECT_SCHEMA:
		out.Kind = "SCHEMA"
	case pgq.ReindexObjectType_REINDEX_OBJECT_SYSTEM:
		out.Kind = "SYSTEM"
	default:
		out.Kind = "DATABASE"
	}
	for _, o := range c.options(s.Params) {
		out.Concurrently = out.Concurrently || o.Name == "concurrently"
	}
	return out
}
