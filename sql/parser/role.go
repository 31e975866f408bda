package parser

import (
	"strings"

	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

// role converts CREATE, ALTER and DROP of roles, users and groups.
func (c *conv) role(n *pgq.Node) ast.Stmt {
	switch s := n.GetNode().(type) {
	case *pgq.Node_CreateRoleStmt:
		kind := strings.TrimPrefix(s.CreateRoleStmt.StmtType.String(), "ROLESTMT_")
		return &ast.CreateRole{Kind: kind, Name: s.CreateRoleStmt.Role, Options: c.roleOptions(s.CreateRoleStmt.Options)}
	case *pgq.Node_AlterRoleStmt:
		return c.alterRole(s.AlterRoleStmt)
	case *pgq.Node_AlterRoleSetStmt:
		a := s.AlterRoleSetStmt
		out := &ast.AlterRole{Name: "ALL", Set: c.set(a.Setstmt), Database: a.Database}
		if a.Role != nil {
			out.Name = role(a.Role)
		}
		return out
	case *pgq.Node_DropRoleStmt:
		return &ast.DropRole{Names: roles(s.DropRoleStmt.Roles), IfExists: s.DropRoleStmt.MissingOk}
	}
	return nil
}

// alterRole converts options; ALTER GROUP … ADD or DROP USER is GRANT or REVOKE of the group.
func (c *conv) alterRole(s *pgq.AlterRoleStmt) ast.Stmt {
	out := &ast.AlterRole{Name: role(s.Role), Options: c.roleOptions(s.Options)}
	if s.Action < 0 {
		for _, o := range out.Options {
			if o.Name == "rolemembers" {
				return &ast.GrantRole{Revoke: true, Granted: []string{out.Name}, Roles: o.Roles}
			}
		}
	}
	return out
}

func (c *conv) roleOptions(nodes []*pgq.Node) []ast.RoleOption {
	var out []ast.RoleOption
	for _, n := range nodes {
		d := n.GetDefElem()
		o := ast.RoleOption{Name: d.GetDefname()}
		switch arg := d.GetArg().GetNode().(type) {
		case nil:
			o.Null = true
		case *pgq.Node_Boolean:
			o.Bool = arg.Boolean.Boolval
		case *pgq.Node_Integer:
			o.Int = int64(arg.Integer.Ival)
		case *pgq.Node_String_:
			o.Text = arg.String_.Sval
		case *pgq.Node_List:
			o.Roles = roles(arg.List.Items)
		}
		out = append(out, o)
	}
	return out
}
