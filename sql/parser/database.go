package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

// database converts CREATE, ALTER and DROP DATABASE.
func (c *conv) database(n *pgq.Node) ast.Stmt {
	switch s := n.GetNode().(type) {
	case *pgq.Node_CreatedbStmt:
		return &ast.CreateDatabase{Name: s.CreatedbStmt.Dbname, Options: c.options(s.CreatedbStmt.Options)}
	case *pgq.Node_AlterDatabaseStmt:
		return &ast.AlterDatabase{Name: s.AlterDatabaseStmt.Dbname, Options: c.options(s.AlterDatabaseStmt.Options)}
	case *pgq.Node_AlterDatabaseSetStmt:
		return &ast.AlterDatabase{Name: s.AlterDatabaseSetStmt.Dbname, Set: c.set(s.AlterDatabaseSetStmt.Setstmt)}
	case *pgq.Node_DropdbStmt:
		d := s.DropdbStmt
		out := &ast.DropDatabase{Name: d.Dbname, IfExists: d.MissingOk}
		for _, o := range c.options(d.Options) {
			out.Force = out.Force || o.Name == "force"
		}
		return out
	}
	return nil
}
