package parser

import (
	"strings"

	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
)

// grant converts GRANT and REVOKE of privileges. ALL PRIVILEGES (columns) is the privilege "ALL" with its columns.
func (c *conv) grant(s *pgq.GrantStmt) ast.Stmt {
	if s.Targtype == pgq.GrantTargetType_ACL_TARGET_DEFAULTS {
		return &ast.Unsupported{Feature: "ALTER DEFAULT PRIVILEGES", Pos: ast.Pos(c.start)}
	}
	out := &ast.Grant{
		Revoke:      !s.IsGrant,
		Kind:        objectKind(s.Objtype),
		AllIn:       s.Targtype == pgq.GrantTargetType_ACL_TARGET_ALL_IN_SCHEMA,
		Roles:       roles(s.Grantees),
		GrantOption: s.GrantOption,
		Cascade:     cascade(s.Behavior),
	}
	for _, n := range s.Privileges {
		p := n.GetAccessPriv()
		privilege := strings.ToUpper(p.GetPrivName())
		if privilege == "" {
			privilege = "ALL"
		}
		out.Privileges = append(out.Privileges, privilege)
		out.Columns = append(out.Columns, strs(p.GetCols()))
	}
	for _, n := range s.Objects {
		out.Objects = append(out.Objects, objectName(n))
	}
	return out
}

func (c *conv) grantRole(s *pgq.GrantRoleStmt) ast.Stmt {
	out := &ast.GrantRole{Revoke: !s.IsGrant, Roles: roles(s.GranteeRoles), Cascade: cascade(s.Behavior)}
	for _, n := range s.GrantedRoles {
		out.Granted = append(out.Granted, n.GetAccessPriv().GetPrivName())
	}
	for _, o := range c.options(s.Opt) {
		if o.Name == "admin" && o.Value != "false" {
			out.AdminOption = true
		}
	}
	return out
}
