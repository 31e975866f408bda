package pgcatalog

import (
	"slices"

	"vecgres/catalog"
)

type pgDatabase struct {
	OID        catalog.OID `pg:"oid"`
	Name       string      `pg:"datname"`
	DBA        catalog.OID `pg:"datdba"`
	Encoding   int32       `pg:"encoding"`
	Provider   string      `pg:"datlocprovider"`
	IsTemplate bool        `pg:"datistemplate"`
	AllowConn  bool        `pg:"datallowconn"`
	ConnLimit  int32       `pg:"datconnlimit"`
	Tablespace catalog.OID `pg:"dattablespace"`
	Collate    string      `pg:"datcollate"`
	CType      string      `pg:"datctype"`
}

// utf8Encoding is PG_UTF8.
const utf8Encoding = 6

func databases(q *query, yield func(*pgDatabase) error) error {
	list, err := q.Reader.Databases()
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := yield(&pgDatabase{d.OID, d.Name, d.Owner, utf8Encoding, "c", d.IsTemplate, d.AllowConnections, d.ConnectionLimit, 1663, "C", "C"}); err != nil {
			return err
		}
	}
	return nil
}

type pgShdescription struct {
	Obj   catalog.OID `pg:"objoid"`
	Class catalog.OID `pg:"classoid"`
	Text  string      `pg:"description"`
}

func sharedDescriptions(q *query, yield func(*pgShdescription) error) error {
	dbs, err := q.Reader.Databases()
	if err != nil {
		return err
	}
	for _, d := range dbs {
		if d.Comment == "" {
			continue
		}
		if err := yield(&pgShdescription{d.OID, databaseRelation, d.Comment}); err != nil {
			return err
		}
	}
	list, err := q.Reader.Roles()
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.Comment == "" {
			continue
		}
		if err := yield(&pgShdescription{r.OID, roleRelation, r.Comment}); err != nil {
			return err
		}
	}
	return nil
}

type pgRoles struct {
	Name        string      `pg:"rolname"`
	Super       bool        `pg:"rolsuper"`
	Inherit     bool        `pg:"rolinherit"`
	CreateRole  bool        `pg:"rolcreaterole"`
	CreateDB    bool        `pg:"rolcreatedb"`
	Login       bool        `pg:"rolcanlogin"`
	Replication bool        `pg:"rolreplication"`
	ConnLimit   int32       `pg:"rolconnlimit"`
	Password    string      `pg:"rolpassword"`
	ValidUntil  *int64      `pg:"rolvaliduntil"`
	BypassRLS   bool        `pg:"rolbypassrls"`
	Config      []string    `pg:"rolconfig"`
	OID         catalog.OID `pg:"oid"`
}

func (q *query) eachRole(yield func(*catalog.Role) error) error {
	list, err := q.Reader.Roles()
	if err != nil {
		return err
	}
	for _, r := range list {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

func roles(q *query, yield func(*pgRoles) error) error {
	return q.eachRole(func(r *catalog.Role) error {
		return yield(&pgRoles{r.Name, r.Superuser, r.Inherit, r.CreateRole, r.CreateDB, r.Login, r.Replication, r.ConnectionLimit, "********",
			r.ValidUntil, r.BypassRLS, optionList(r.Settings), r.OID})
	})
}

type pgAuthid struct {
	OID         catalog.OID `pg:"oid"`
	Name        string      `pg:"rolname"`
	Super       bool        `pg:"rolsuper"`
	Inherit     bool        `pg:"rolinherit"`
	CreateRole  bool        `pg:"rolcreaterole"`
	CreateDB    bool        `pg:"rolcreatedb"`
	Login       bool        `pg:"rolcanlogin"`
	Replication bool        `pg:"rolreplication"`
	BypassRLS   bool        `pg:"rolbypassrls"`
	ConnLimit   int32       `pg:"rolconnlimit"`
	ValidUntil  *int64      `pg:"rolvaliduntil"`
}

func authids(q *query, yield func(*pgAuthid) error) error {
	return q.eachRole(func(r *catalog.Role) error {
		return yield(&pgAuthid{r.OID, r.Name, r.Superuser, r.Inherit, r.CreateRole, r.CreateDB, r.Login, r.Replication, r.BypassRLS, r.ConnectionLimit, r.ValidUntil})
	})
}

type pgUser struct {
	Name       string      `pg:"usename"`
	ID         catalog.OID `pg:"usesysid"`
	CreateDB   bool        `pg:"usecreatedb"`
	Super      bool        `pg:"usesuper"`
	Repl       bool        `pg:"userepl"`
	BypassRLS  bool        `pg:"usebypassrls"`
	Password   string      `pg:"passwd"`
	ValidUntil *int64      `pg:"valuntil"`
	Config     []string    `pg:"useconfig"`
}

func users(q *query, yield func(*pgUser) error) error {
	return q.eachRole(func(r *catalog.Role) error {
		if !r.Login {
			return nil
		}
		return yield(&pgUser{r.Name, r.OID, r.CreateDB, r.Superuser, r.Replication, r.BypassRLS, "********", r.ValidUntil, optionList(r.Settings)})
	})
}

type pgAuthMembers struct {
	OID     catalog.OID `pg:"oid"`
	Role    catalog.OID `pg:"roleid"`
	Member  catalog.OID `pg:"member"`
	Grantor catalog.OID `pg:"grantor"`
	Admin   bool        `pg:"admin_option"`
	Inherit bool        `pg:"inherit_option"`
	Set     bool        `pg:"set_option"`
}

func members(q *query, yield func(*pgAuthMembers) error) error {
	return q.eachRole(func(r *catalog.Role) error {
		for _, up := range r.MemberOf {
			if err := yield(&pgAuthMembers{r.OID<<8 ^ up, up, r.OID, catalog.BootstrapRoleOID, false, r.Inherit, true}); err != nil {
				return err
			}
		}
		return nil
	})
}

type pgDbRoleSetting struct {
	Database catalog.OID `pg:"setdatabase"`
	Role     catalog.OID `pg:"setrole"`
	Config   []string    `pg:"setconfig"`
}

func roleSettings(q *query, yield func(*pgDbRoleSetting) error) error {
	return q.eachRole(func(r *catalog.Role) error {
		if len(r.Settings) == 0 {
			return nil
		}
		return yield(&pgDbRoleSetting{0, r.OID, optionList(r.Settings)})
	})
}

// vectorComment is what pgvector's control file says of it.
const vectorComment = "vector data type and ivfflat and hnsw access methods"

type pgExtension struct {
	OID         catalog.OID `pg:"oid"`
	Name        string      `pg:"extname"`
	Owner       catalog.OID `pg:"extowner"`
	Namespace   catalog.OID `pg:"extnamespace"`
	Relocatable bool        `pg:"extrelocatable"`
	Version     string      `pg:"extversion"`
}

func extensionRows(q *query, yield func(*pgExtension) error) error {
	list, err := q.Reader.Extensions()
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := yield(&pgExtension{e.OID, e.Name, catalog.BootstrapRoleOID, e.Namespace, true, e.Version}); err != nil {
			return err
		}
	}
	return nil
}

type pgAvailableExtensions struct {
	Name      string  `pg:"name"`
	Default   string  `pg:"default_version"`
	Installed *string `pg:"installed_version"`
	Comment   string  `pg:"comment"`
}

func availableExtensions(q *query, yield func(*pgAvailableExtensions) error) error {
	r := &pgAvailableExtensions{Name: "vector", Default: "0.8.0", Comment: vectorComment}
	list, err := q.Reader.Extensions()
	if err != nil {
		return err
	}
	if at := slices.IndexFunc(list, func(e *catalog.Extension) bool { return e.Name == r.Name }); at >= 0 {
		r.Installed = &list[at].Version
	}
	return yield(r)
}
