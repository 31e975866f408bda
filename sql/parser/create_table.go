package parser

import (
	"strings"

	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

func (c *conv) createTable(s *pgq.CreateStmt) ast.Stmt {
	out := &ast.CreateTable{
		Table:        c.rangeVar(s.Relation),
		IfNotExists:  s.IfNotExists,
		Temporary:    s.Relation.GetRelpersistence() == "t",
		Unlogged:     s.Relation.GetRelpersistence() == "u",
		OfType:       c.typeNamePtr(s.OfTypename),
		With:         c.options(s.Options),
		OnCommit:     onCommit(s.Oncommit),
		Tablespace:   s.Tablespacename,
		AccessMethod: s.AccessMethod,
	}
	parents := c.rangeVars(s.InhRelations)
	if s.Partbound != nil && len(parents) > 0 {
		out.PartitionOf = parents[0]
	} else {
		out.Inherits = parents
	}
	if s.Partspec != nil {
		out.PartitionBy = strings.ToLower(strings.TrimPrefix(s.Partspec.Strategy.String(), "PARTITION_STRATEGY_"))
	}
	for _, n := range s.TableElts {
		switch e := n.GetNode().(type) {
		case *pgq.Node_ColumnDef:
			out.Columns = append(out.Columns, c.columnDef(e.ColumnDef))
		case *pgq.Node_Constraint:
			out.Constraints = append(out.Constraints, c.constraint(e.Constraint))
		case *pgq.Node_TableLikeClause:
			out.Like = append(out.Like, c.like(e.TableLikeClause))
		default:
			c.unsupported(nodeName(n), nodeLocation(n))
		}
	}
	return out
}

func onCommit(action pgq.OnCommitAction) string {
	switch action {
	case pgq.OnCommitAction_ONCOMMIT_PRESERVE_ROWS:
		return "PRESERVE ROWS"
	case pgq.OnCommitAction_ONCOMMIT_DELETE_ROWS:
		return "DELETE ROWS"
	case pgq.OnCommitAction_ONCOMMIT_DROP:
		return "DROP"
	}
	return ""
}

// likeOptions are the grammar's bits in order from 1.
var likeOptions = [...]string{
	"COMMENTS", "COMPRESSION", "CONSTRAINTS", "DEFAULTS", "GENERATED", "IDENTITY", "INDEXES", "STATISTICS", "STORAGE",
}

// likeAll is the grammar's mask for INCLUDING ALL.
const likeAll = 0x7FFFFFFF

func (c *conv) like(l *pgq.TableLikeClause) ast.LikeClause {
	out := ast.LikeClause{Table: c.rangeVar(l.Relation)}
	if l.Options == likeAll {
		out.Including = []string{"ALL"}
		return out
	}
	for bit, option := range likeOptions {
		if l.Options&(1<<bit) != 0 {
			out.Including = append(out.Including, option)
		}
	}
	return out
}

func (c *conv) createTableAs(s *pgq.CreateTableAsStmt) ast.Stmt {
	if s.Objtype == pgq.ObjectType_OBJECT_MATVIEW {
		return &ast.Unsupported{Feature: "CREATE MATERIALIZED VIEW", Pos: ast.Pos(c.start)}
	}
	into := s.Into
	return &ast.CreateTable{
		Table:        c.rangeVar(into.GetRel()),
		IfNotExists:  s.IfNotExists,
		Temporary:    into.GetRel().GetRelpersistence() == "t",
		Unlogged:     into.GetRel().GetRelpersistence() == "u",
		With:         c.options(into.GetOptions()),
		OnCommit:     onCommit(into.GetOnCommit()),
		Tablespace:   into.GetTableSpaceName(),
		AccessMethod: into.GetAccessMethod(),
		Query:        c.stmt(s.Query),
		ColumnNames:  strs(into.GetColNames()),
		NoData:       into.GetSkipData(),
	}
}
