// Package ddl runs the statements that change the catalog: each reads names through the binder, checks, and writes facts and storage through
// one catalog.Snapshot, in the session's transaction, so that all of them roll back.
//
// Statements that must read rows (a new CHECK, a type change) plan an ordinary query for it. A rewrite makes new storage, fills it with an ordinary
// INSERT of the old rows, and the facts then name the new storage.
//
// A Context is for one statement and one goroutine.
package ddl

import (
	"context"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/planner/exec"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// Context is what a statement needs of its session.
type Context struct {
	context.Context
	Catalog       *catalog.Snapshot
	Role, User    *catalog.Role
	Binder        func(paramTypes []types.OID) *binder.Options
	CurrentSchema func() (*catalog.Namespace, error) // nil: the search path names none that exists
	Exec          func() *exec.Context               // a new one, whose View the caller closes
	Refresh       func()                             // a new snapshot, after a wait for a lock
	Notice        func(*pgerr.Notice)
	Connected     func(database uint32) int // other sessions of a database
	Maintain      func(ctx context.Context, s catalog.StorageID) error
	Query         func(ctx context.Context, st ast.Stmt) (rows int64, err error) // runs a statement that handles rows
	Rows          func(s catalog.StorageID) int64                                // of a table now
	TryLock       func(t *catalog.Table, mode int) (bool, error)                 // false: somebody is in the way
	// Next ends the transaction, by a commit or not, and goes on in a new one, to which Catalog and Refresh then belong; the context is for the
	// statement from then on. Nil where the statement is one of several in a transaction.
	Next func(ctx context.Context, commit bool) error
}

// Table locks of Postgres' manual, table 13.2.
const (
	shareUpdateExclusive = 4
	share                = 5
	accessExclusive      = 8
)

// command is a kind of statement: its tag, and whether it must run outside transaction blocks.
type command struct {
	tag     string
	outside bool
	run     func() (string, error) // a tag that differs from the command's own; "" for that
}

// dispatch names what to do about a statement.
func (c *Context) dispatch(st ast.Stmt) (command, bool) {
	plain := func(tag string, run func() error) (command, bool) {
		return command{tag: tag, run: func() (string, error) { return "", run() }}, true
	}
	switch st := st.(type) {
	case *ast.CreateTable:
		if st.Query != nil {
			return command{tag: "CREATE TABLE AS", run: func() (string, error) { return c.createTableAs(st) }}, true
		}
		return plain("CREATE TABLE", func() error { return c.createTable(st) })
	case *ast.Select:
		return command{tag: "SELECT INTO", run: func() (string, error) { return c.selectInto(st) }}, st.Into != nil
	case *ast.AlterTable:
		return plain("ALTER "+st.Kind, func() error { return c.alterTable(st) })
	case *ast.Rename:
		return plain("ALTER "+renameTag(st.Kind), func() error { return c.rename(st) })
	case *ast.AlterOwner:
		return plain("ALTER "+st.Kind, func() error { return c.alterOwner(st) })
	case *ast.AlterSchemaOf:
		return plain("ALTER "+st.Kind, func() error { return pgerr.Unimplemented("ALTER " + st.Kind + " SET SCHEMA") })
	case *ast.CreateIndex:
		cmd, ok := plain("CREATE INDEX", func() error { return c.createIndex(st) })
		cmd.outside = st.Concurrently
		return cmd, ok
	case *ast.Drop:
		cmd, ok := plain("DROP "+st.Kind, func() error { return c.drop(st) })
		cmd.outside = st.Concurrently
		return cmd, ok
	case *ast.CreateSchema:
		return plain("CREATE SCHEMA", func() error { return c.createSchema(st) })
	case *ast.CreateSequence:
		return plain("CREATE SEQUENCE", func() error { return c.createSequence(st) })
	case *ast.AlterSequence:
		return plain("ALTER SEQUENCE", func() error { return c.alterSequence(st) })
	case *ast.CreateView:
		return plain("CREATE VIEW", func() error { return c.createView(st) })
	case *ast.CreateExtension:
		return plain("CREATE EXTENSION", func() error { return c.createExtension(st) })
	case *ast.Truncate:
		return plain("TRUNCATE TABLE", func() error { return c.truncate(st) })
	case *ast.Comment:
		return plain("COMMENT", func() error { return c.comment(st) })
	case *ast.Reindex:
		return plain("REINDEX", func() error { return c.reindex(st) })
	case *ast.Cluster:
		return plain("CLUSTER", func() error { return c.cluster(st) })
	}
	return c.dispatchShared(st, plain)
}

// dispatchShared names what to do about databases, roles and privileges.
func (c *Context) dispatchShared(st ast.Stmt, plain func(string, func() error) (command, bool)) (command, bool) {
	outside := func(cmd command, ok bool) (command, bool) {
		cmd.outside = true
		return cmd, ok
	}
	switch st := st.(type) {
	case *ast.CreateDatabase:
		return outside(plain("CREATE DATABASE", func() error { return c.createDatabase(st) }))
	case *ast.DropDatabase:
		return outside(plain("DROP DATABASE", func() error { return c.dropDatabase(st) }))
	case *ast.AlterDatabase:
		return plain("ALTER DATABASE", func() error { return c.alterDatabase(st) })
	case *ast.CreateRole:
		return plain("CREATE ROLE", func() error { return c.createRole(st) })
	case *ast.AlterRole:
		return plain("ALTER ROLE", func() error { return c.alterRole(st) })
	case *ast.DropRole:
		return plain("DROP ROLE", func() error { return c.dropRole(st) })
	case *ast.GrantRole:
		return plain(map[bool]string{false: "GRANT ROLE", true: "REVOKE ROLE"}[st.Revoke], func() error { return c.grantRole(st) })
	case *ast.Grant:
		return plain(map[bool]string{false: "GRANT", true: "REVOKE"}[st.Revoke], func() error { return pgerr.Unimplemented("granting or revoking a privilege") })
	case *ast.Do:
		return plain("DO", func() error { return pgerr.Unimplemented("DO") })
	}
	return command{}, false
}

// Tag is a statement's command tag before it runs, as errors name it.
func Tag(st ast.Stmt) string {
	cmd, ok := (&Context{}).dispatch(st)
	if !ok {
		return "statement"
	}
	switch st := st.(type) {
	case *ast.CreateIndex:
		if st.Concurrently {
			return cmd.tag + " CONCURRENTLY"
		}
	case *ast.Drop:
		if st.Concurrently {
			return cmd.tag + " CONCURRENTLY"
		}
	}
	return cmd.tag
}

// OutsideBlocks tells the statements that cannot run inside a transaction block.
func OutsideBlocks(st ast.Stmt) bool {
	cmd, _ := (&Context{}).dispatch(st)
	return cmd.outside
}

// Run runs a statement and gives its tag.
func Run(c *Context, st ast.Stmt) (string, error) {
	cmd, ok := c.dispatch(st)
	if !ok {
		return "", pgerr.Unimplemented("this kind of statement")
	}
	tag, err := cmd.run()
	if err != nil {
		return "", err
	}
	if tag == "" {
		tag = cmd.tag
	}
	return tag, nil
}

func (c *Context) skip(code, format string, args ...any) {
	c.Notice(pgerr.NewNotice(pgerr.SeverityNotice, code, format, args...))
}

// cutName cuts a relation's, column's or constraint's name to what Postgres keeps of one, with its notice. Schema paths are never cut.
func (c *Context) cutName(name string) string {
	const most = 63
	if len(name) <= most {
		return name
	}
	cut := most
	for cut > 0 && name[cut]&0xc0 == 0x80 {
		cut--
	}
	c.skip(pgerrcode.NameTooLong, "identifier %q will be truncated to %q", name, name[:cut])
	return name[:cut]
}

// targetSchema is where CREATE puts an object: the schema named, or the first of the search path.
func (c *Context) targetSchema(name ast.Name) (*catalog.Namespace, error) {
	if len(name.Parts) > 2 && name.Parts[0] != c.Catalog.Database().Name {
		return nil, pgerr.Unimplemented("cross-database reference").At(int(name.Pos))
	}
	path := name.Schema()
	if path == "" {
		n, err := c.CurrentSchema()
		if err == nil && n == nil {
			err = pgerr.New(pgerrcode.InvalidSchemaName, "no schema has been selected to create in").At(int(name.Pos))
		}
		return n, err
	}
	n, err := c.findSchema(path)
	if err != nil {
		return nil, pgerr.From(err).At(int(name.Pos))
	}
	if n.Builtin {
		return nil, pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to create in schema %q", path).
			WithDetail("System catalog modifications are currently disallowed.")
	}
	return n, nil
}

func (c *Context) findSchema(path string) (*catalog.Namespace, error) {
	n, err := c.Catalog.NamespaceByPath(path)
	if err == nil && n == nil {
		err = pgerr.New(pgerrcode.InvalidSchemaName, "schema %q does not exist", path)
	}
	return n, err
}

// findTable resolves a table, view or sequence-less relation by name; with missingOK nil is a table that does not exist.
func (c *Context) findTable(name ast.Name, missingOK bool) (*catalog.Table, error) {
	t, err := binder.LookupTable(name, c.Binder(nil))
	if err != nil && missingOK {
		switch pgerr.Code(err) {
		case pgerrcode.UndefinedTable, pgerrcode.InvalidSchemaName:
			return nil, nil
		}
	}
	return t, err
}

// lockTable takes the strongest lock and reads the table's facts again, which may have changed while it waited.
func (c *Context) lockTable(t *catalog.Table, mode int) (*catalog.Table, error) {
	if t.Virtual != nil || t.Namespace == 0 {
		return nil, pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied: %q is a system catalog", t.Name)
	}
	if t.Storage == 0 {
		return t, nil
	}
	if err := c.Catalog.LockTable(c, t, mode); err != nil {
		return nil, err
	}
	c.Refresh()
	again, err := c.Catalog.TableByOID(t.OID)
	if err == nil && again == nil {
		err = pgerr.New(pgerrcode.UndefinedTable, "relation %q does not exist", t.Name)
	}
	return again, err
}

// mutable is a copy of a table whose lists may be changed.
func mutable(t *catalog.Table) *catalog.Table {
	c := *t
	c.Columns = append([]catalog.Column(nil), t.Columns...)
	c.Constraints = append([]*catalog.Constraint(nil), t.Constraints...)
	c.Indexes = append([]*catalog.Index(nil), t.Indexes...)
	options := make(map[string]string, len(t.Options))
	for k, v := range t.Options {
		options[k] = v
	}
	c.Options = options
	return &c
}

// optionMap makes WITH (…) a map.
func optionMap(list []ast.Option) map[string]string {
	m := map[string]string{}
	for _, o := range list {
		m[o.Name] = o.Value
		if !o.Given {
			m[o.Name] = "true"
		}
	}
	return m
}
