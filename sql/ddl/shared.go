package ddl

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// findRole finds a role by name, or the one that CURRENT_USER and SESSION_USER stand for.
func (c *Context) findRole(name string) (*catalog.Role, error) {
	switch strings.ToLower(name) {
	case "current_user", "current_role":
		return c.Role, nil
	case "session_user":
		return c.User, nil
	}
	r, err := c.Catalog.RoleByName(name)
	if err == nil && r == nil {
		err = pgerr.New(pgerrcode.UndefinedObject, "role %q does not exist", name)
	}
	return r, err
}

func (c *Context) mayCreateRoles() error {
	if c.Role.Superuser || c.Role.CreateRole {
		return nil
	}
	return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to create role")
}

func (c *Context) createRole(st *ast.CreateRole) error {
	if err := c.mayCreateRoles(); err != nil {
		return err
	}
	if strings.HasPrefix(st.Name, "pg_") || st.Name == "public" || st.Name == "none" {
		return pgerr.New(pgerrcode.ReservedName, "role name %q is reserved", st.Name)
	}
	existing, err := c.Catalog.RoleByName(st.Name)
	if err != nil {
		return err
	}
	if existing != nil {
		return pgerr.New(pgerrcode.DuplicateObject, "role %q already exists", st.Name)
	}
	r := &catalog.Role{Name: c.cutName(st.Name), Inherit: true, Login: st.Kind == "USER", ConnectionLimit: -1}
	members, err := c.roleOptions(r, st.Options)
	if err != nil {
		return err
	}
	if err := c.Catalog.PutRole(r); err != nil {
		return err
	}
	for _, m := range members {
		joined := *m
		joined.MemberOf = append(slices.Clone(m.MemberOf), r.OID)
		if err := c.Catalog.PutRole(&joined); err != nil {
			return err
		}
	}
	return nil
}

// roleOptions applies options to a role and gives the roles that are to become its members.
func (c *Context) roleOptions(r *catalog.Role, options []ast.RoleOption) (members []*catalog.Role, err error) {
	for _, o := range options {
		switch o.Name {
		case "superuser":
			if o.Bool && !c.Role.Superuser {
				return nil, pgerr.New(pgerrcode.InsufficientPrivilege, "must be superuser to create superusers")
			}
			r.Superuser = o.Bool
		case "createdb":
			r.CreateDB = o.Bool
		case "createrole":
			r.CreateRole = o.Bool
		case "canlogin":
			r.Login = o.Bool
		case "inherit":
			r.Inherit = o.Bool
		case "isreplication":
			r.Replication = o.Bool
		case "bypassrls":
			r.BypassRLS = o.Bool
		case "connectionlimit":
			r.ConnectionLimit = int32(o.Int)
		case "password":
			if !o.Null {
				return nil, pgerr.Unimplemented("a password of a role")
			}
			r.Password = ""
		case "validUntil":
			d, err := types.ParseText(&types.Env{}, types.T(types.TimestamptzOID), o.Text)
			if err != nil {
				return nil, err
			}
			until := d.Int()
			r.ValidUntil = &until
		case "addroleto":
			for _, name := range o.Roles {
				up, err := c.findRole(name)
				if err != nil {
					return nil, err
				}
				r.MemberOf = append(r.MemberOf, up.OID)
			}
		case "rolemembers", "adminmembers":
			for _, name := range o.Roles {
				m, err := c.findRole(name)
				if err != nil {
					return nil, err
				}
				members = append(members, m)
			}
		default:
			return nil, pgerr.Unimplemented("role option " + o.Name)
		}
	}
	return members, nil
}

func (c *Context) alterRole(st *ast.AlterRole) error {
	if st.Name == "ALL" || st.Database != "" {
		return pgerr.Unimplemented("ALTER ROLE ALL and IN DATABASE")
	}
	r, err := c.findRole(st.Name)
	if err != nil {
		return err
	}
	if r.OID != c.Role.OID {
		if err := c.mayCreateRoles(); err != nil {
			return err
		}
	}
	changed := *r
	changed.MemberOf, changed.Settings = slices.Clone(r.MemberOf), maps.Clone(r.Settings)
	if st.Set != nil {
		applySetting(&changed.Settings, st.Set)
		return c.Catalog.PutRole(&changed)
	}
	if _, err := c.roleOptions(&changed, st.Options); err != nil {
		return err
	}
	return c.Catalog.PutRole(&changed)
}

// applySetting stores what ALTER ROLE … SET says.
func applySetting(settings *map[string]string, set *ast.Set) {
	if *settings == nil {
		*settings = map[string]string{}
	}
	switch {
	case set.All:
		clear(*settings)
	case set.Default:
		delete(*settings, strings.ToLower(set.Name))
	default:
		(*settings)[strings.ToLower(set.Name)] = strings.Join(set.Values, ", ")
	}
}

func (c *Context) dropRole(st *ast.DropRole) error {
	if err := c.mayCreateRoles(); err != nil {
		return err
	}
	for _, name := range st.Names {
		r, err := c.Catalog.RoleByName(name)
		if err != nil {
			return err
		}
		if r == nil {
			if st.IfExists {
				c.skip(pgerrcode.SuccessfulCompletion, "role %q does not exist, skipping", name)
				continue
			}
			return pgerr.New(pgerrcode.UndefinedObject, "role %q does not exist", name)
		}
		if r.OID == c.User.OID || r.OID == c.Role.OID {
			return pgerr.New(pgerrcode.ObjectInUse, "current user cannot be dropped")
		}
		if r.OID == catalog.BootstrapRoleOID {
			return pgerr.New(pgerrcode.DependentObjectsStillExist, "cannot drop role %s because it is required by the database system", name)
		}
		if err := c.ownsNothing(r); err != nil {
			return err
		}
		if err := c.Catalog.DropRole(r.OID); err != nil {
			return err
		}
	}
	return nil
}

// ownsNothing refuses to drop a role that owns databases or schemas of this one.
func (c *Context) ownsNothing(r *catalog.Role) error {
	needed := func(what string) error {
		return pgerr.New(pgerrcode.DependentObjectsStillExist, "role %q cannot be dropped because some objects depend on it", r.Name).
			WithDetail("owner of %s", what)
	}
	databases, err := c.Catalog.Databases()
	if err != nil {
		return err
	}
	for _, d := range databases {
		if d.Owner == r.OID {
			return needed("database " + d.Name)
		}
	}
	for n, err := range c.Catalog.Namespaces() {
		if err != nil {
			return err
		}
		if n.Builtin {
			continue
		}
		if n.Owner == r.OID {
			return needed("schema " + n.Path)
		}
		tables, err := c.Catalog.Tables(n)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if t.Owner == r.OID {
				return needed("table " + n.Path + "." + t.Name)
			}
		}
	}
	return nil
}

func (c *Context) grantRole(st *ast.GrantRole) error {
	if err := c.mayCreateRoles(); err != nil {
		return err
	}
	for _, name := range st.Roles {
		member, err := c.findRole(name)
		if err != nil {
			return err
		}
		changed := *member
		changed.MemberOf = slices.Clone(member.MemberOf)
		for _, granted := range st.Granted {
			up, err := c.findRole(granted)
			if err != nil {
				return err
			}
			changed.MemberOf = slices.DeleteFunc(changed.MemberOf, func(o catalog.OID) bool { return o == up.OID })
			if !st.Revoke {
				if up.OID == member.OID {
					return pgerr.New(pgerrcode.InvalidGrantOperation, "role %q is a member of role %q", up.Name, member.Name)
				}
				changed.MemberOf = append(changed.MemberOf, up.OID)
			}
		}
		if err := c.Catalog.PutRole(&changed); err != nil {
			return err
		}
	}
	return nil
}

func (c *Context) renameRole(st *ast.Rename) error {
	if err := c.mayCreateRoles(); err != nil {
		return err
	}
	r, err := c.findRole(st.Object)
	if err != nil {
		return err
	}
	if r.OID == c.User.OID {
		return pgerr.New(pgerrcode.FeatureNotSupported, "session user cannot be renamed")
	}
	changed := *r
	changed.Name = c.cutName(st.NewName)
	return c.Catalog.PutRole(&changed)
}

func (c *Context) findDatabase(name string) (*catalog.Database, error) {
	d, err := c.Catalog.DatabaseByName(name)
	if err == nil && d == nil {
		err = pgerr.New(pgerrcode.InvalidCatalogName, "database %q does not exist", name)
	}
	return d, err
}

func (c *Context) mayCreateDatabases() error {
	if c.Role.Superuser || c.Role.CreateDB {
		return nil
	}
	return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to create database")
}

func (c *Context) createDatabase(st *ast.CreateDatabase) error {
	if err := c.mayCreateDatabases(); err != nil {
		return err
	}
	d := &catalog.Database{Name: c.cutName(st.Name), Owner: c.Role.OID, AllowConnections: true, ConnectionLimit: -1}
	for _, o := range st.Options {
		switch strings.ToLower(o.Name) {
		case "owner":
			r, err := c.findRole(o.Value)
			if err != nil {
				return err
			}
			d.Owner = r.OID
		case "encoding":
			if v := strings.ToUpper(strings.NewReplacer("-", "", "'", "").Replace(o.Value)); v != "UTF8" && v != "6" && v != "UNICODE" {
				return pgerr.Unimplemented("encoding " + o.Value)
			}
		case "template":
			if v := o.Value; v != "template0" && v != "template1" && v != "" {
				return pgerr.Unimplemented("CREATE DATABASE from template " + v)
			}
		case "lc_collate", "lc_ctype", "locale", "strategy", "tablespace", "connection_limit", "allow_connections", "is_template", "locale_provider", "icu_locale", "collation_version", "oid":
			// one collation, one place: nothing depends on these
		default:
			return pgerr.New(pgerrcode.SyntaxError, "option %q not recognized", o.Name).At(int(o.Pos))
		}
	}
	return c.Catalog.CreateDatabase(d)
}

func (c *Context) dropDatabase(st *ast.DropDatabase) error {
	d, err := c.Catalog.DatabaseByName(st.Name)
	if err != nil {
		return err
	}
	if d == nil {
		if st.IfExists {
			c.skip(pgerrcode.SuccessfulCompletion, "database %q does not exist, skipping", st.Name)
			return nil
		}
		return pgerr.New(pgerrcode.InvalidCatalogName, "database %q does not exist", st.Name)
	}
	if !c.Role.Superuser && d.Owner != c.Role.OID {
		return pgerr.New(pgerrcode.InsufficientPrivilege, "must be owner of database %s", d.Name)
	}
	if d.OID == c.Catalog.Database().OID {
		return pgerr.New(pgerrcode.ObjectInUse, "cannot drop the currently open database")
	}
	if n := c.waitDisconnected(d); n > 0 {
		return pgerr.New(pgerrcode.ObjectInUse, "database %q is being accessed by other users", d.Name).
			WithDetail("There are %d other sessions using the database.", n)
	}
	return c.Catalog.DropDatabase(d)
}

// disconnectWait is how long DROP DATABASE waits for sessions that are just ending, as Postgres does.
const disconnectWait = 5 * time.Second

// waitDisconnected counts the other sessions of a database once they have had time to end.
func (c *Context) waitDisconnected(d *catalog.Database) int {
	for end := time.Now().Add(disconnectWait); ; time.Sleep(20 * time.Millisecond) {
		n := c.Connected(uint32(d.OID))
		if n == 0 || time.Now().After(end) || c.Err() != nil {
			return n
		}
	}
}

func (c *Context) alterDatabase(st *ast.AlterDatabase) error {
	if st.Set != nil {
		return pgerr.Unimplemented("ALTER DATABASE SET")
	}
	d, err := c.findDatabase(st.Name)
	if err != nil {
		return err
	}
	changed := *d
	for _, o := range st.Options {
		switch strings.ToLower(o.Name) {
		case "allow_connections":
			changed.AllowConnections = o.Value == "true" || o.Value == "on" || o.Value == "1"
		case "connection_limit", "is_template":
		default:
			return pgerr.Unimplemented("ALTER DATABASE option " + o.Name)
		}
	}
	return c.Catalog.PutDatabase(&changed)
}

func (c *Context) renameDatabase(st *ast.Rename) error {
	if err := c.mayCreateDatabases(); err != nil {
		return err
	}
	d, err := c.findDatabase(st.Object)
	if err != nil {
		return err
	}
	if d.OID == c.Catalog.Database().OID {
		return pgerr.New(pgerrcode.FeatureNotSupported, "current database cannot be renamed")
	}
	changed := *d
	changed.Name = c.cutName(st.NewName)
	return c.Catalog.PutDatabase(&changed)
}
