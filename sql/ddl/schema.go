package ddl

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

func (c *Context) createSchema(st *ast.CreateSchema) error {
	path, owner := st.Name, c.Role.OID
	if st.Authorization != "" {
		role, err := c.findRole(st.Authorization)
		if err != nil {
			return err
		}
		owner = role.OID
		if path == "" {
			path = role.Name
		}
	}
	if _, err := catalog.SplitPath(path); err != nil {
		return pgerr.From(err).At(int(st.Pos))
	}
	if strings.HasPrefix(path, "pg_") {
		return pgerr.New(pgerrcode.ReservedName, "unacceptable schema name %q", path).
			WithDetail("The prefix \"pg_\" is reserved for system schemas.")
	}
	existing, err := c.Catalog.NamespaceByPath(path)
	if err != nil {
		return err
	}
	if existing != nil {
		if st.IfNotExists {
			c.skip(pgerrcode.DuplicateSchema, "schema %q already exists, skipping", path)
			return nil
		}
		return pgerr.New(pgerrcode.DuplicateSchema, "schema %q already exists", path)
	}
	n := &catalog.Namespace{Path: path, Owner: owner}
	if err := c.Catalog.CreateNamespace(n); err != nil {
		return err
	}
	for _, element := range st.Elements {
		if err := inSchema(element, path); err != nil {
			return err
		}
		if _, err := Run(c, element); err != nil {
			return err
		}
	}
	return nil
}

// inSchema qualifies the object that an element of CREATE SCHEMA makes.
func inSchema(element ast.Stmt, path string) error {
	var rv *ast.RangeVar
	switch e := element.(type) {
	case *ast.CreateTable:
		rv = e.Table
	case *ast.CreateView:
		rv = e.View
	case *ast.CreateSequence:
		rv = e.Name
	case *ast.CreateIndex:
		rv = e.Table
	default:
		return pgerr.Unimplemented("this element of CREATE SCHEMA")
	}
	if s := rv.Name.Schema(); s != "" && s != path {
		return pgerr.New(pgerrcode.InvalidSchemaDefinition, "CREATE specifies a schema (%s) different from the one being created (%s)", s, path)
	}
	rv.Name.Parts = []string{path, rv.Name.Last()}
	return nil
}

// dropSchemas is DROP SCHEMA.
func (c *Context) dropSchemas(st *ast.Drop) error {
	var targets []object
	for _, name := range st.Names {
		path := name.Last()
		n, err := c.Catalog.NamespaceByPath(path)
		if err != nil {
			return err
		}
		if n == nil {
			if st.IfExists {
				c.skip(pgerrcode.SuccessfulCompletion, "schema %q does not exist, skipping", path)
				continue
			}
			return pgerr.New(pgerrcode.InvalidSchemaName, "schema %q does not exist", path)
		}
		if n.Builtin {
			return pgerr.New(pgerrcode.DependentObjectsStillExist, "cannot drop schema %s because it is required by the database system", path)
		}
		targets = append(targets, object{schema: n})
	}
	return c.dropObjects(targets, st.Cascade)
}

// childrenPage is how many children of a namespace are read at a time.
const childrenPage = 1000

// dropSchema drops a namespace with its tables and all below it.
func (c *Context) dropSchema(n *catalog.Namespace) error {
	for {
		children, err := c.Catalog.Children(n.ID, "", childrenPage)
		if err != nil {
			return err
		}
		if len(children) == 0 {
			return c.Catalog.DropNamespace(n)
		}
		for _, child := range children {
			if err := c.dropSchema(child); err != nil {
				return err
			}
		}
	}
}

func kindName(k catalog.RelKind) string {
	switch k {
	case catalog.KindView:
		return "view"
	case catalog.KindSequence:
		return "sequence"
	case catalog.KindIndex:
		return "index"
	}
	return "table"
}
