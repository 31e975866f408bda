package ddl

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// extensions that CREATE EXTENSION knows, with their versions. Their types and functions are always there.
var extensions = map[string]string{"vector": "0.8.0", "plpgsql": "1.0"}

func (c *Context) createExtension(st *ast.CreateExtension) error {
	version, ok := extensions[st.Name]
	if !ok {
		return pgerr.New(pgerrcode.UndefinedFile, "extension %q is not available", st.Name).
			WithHint("The extension must first be installed on the system where PostgreSQL is running.")
	}
	existing, err := c.Catalog.Extensions()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(existing, func(e *catalog.Extension) bool { return e.Name == st.Name }) {
		if st.IfNotExists {
			c.skip(pgerrcode.DuplicateObject, "extension %q already exists, skipping", st.Name)
			return nil
		}
		return pgerr.New(pgerrcode.DuplicateObject, "extension %q already exists", st.Name)
	}
	e := &catalog.Extension{Name: st.Name, Version: version, Namespace: catalog.PublicNamespaceOID}
	for _, o := range st.Options {
		if o.Name != "schema" {
			continue
		}
		n, err := c.findSchema(o.Value)
		if err != nil {
			return err
		}
		e.Namespace = n.OID
	}
	return c.Catalog.PutExtension(e)
}

// dropExtensions is DROP EXTENSION: columns of the extension's types stand in its way.
func (c *Context) dropExtensions(st *ast.Drop) error {
	existing, err := c.Catalog.Extensions()
	if err != nil {
		return err
	}
	for _, name := range st.Names {
		at := slices.IndexFunc(existing, func(e *catalog.Extension) bool { return e.Name == name.Last() })
		if at < 0 {
			if st.IfExists {
				c.skip(pgerrcode.SuccessfulCompletion, "extension %q does not exist, skipping", name.Last())
				continue
			}
			return pgerr.New(pgerrcode.UndefinedObject, "extension %q does not exist", name.Last())
		}
		if name.Last() == "vector" {
			if err := c.noVectorColumns(st.Cascade); err != nil {
				return err
			}
		}
		if err := c.Catalog.DropExtension(existing[at]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Context) noVectorColumns(cascade bool) error {
	for n, err := range c.Catalog.Namespaces() {
		if err != nil {
			return err
		}
		if n.Builtin {
			continue
		}
		tables, err := c.Catalog.Tables(n)
		if err != nil {
			return err
		}
		for _, t := range tables {
			for col := range t.Live {
				if col.Type.OID != types.VectorOID && col.Type.OID != types.VectorArrayOID {
					continue
				}
				if cascade {
					return pgerr.Unimplemented("DROP EXTENSION vector CASCADE")
				}
				return pgerr.New(pgerrcode.DependentObjectsStillExist, "cannot drop extension vector because other objects depend on it").
					WithDetail("column %s of table %s depends on type vector", col.Name, t.Name).
					WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
			}
		}
	}
	return nil
}

// createView stores the query as text; its columns are the query's, under the names given.
func (c *Context) createView(st *ast.CreateView) error {
	if st.Temporary {
		return pgerr.Unimplemented("a temporary view")
	}
	if st.CheckOption != "" {
		return pgerr.Unimplemented("WITH CHECK OPTION")
	}
	ns, err := c.targetSchema(st.View.Name)
	if err != nil {
		return err
	}
	name := c.cutName(st.View.Name.Last())
	v := &catalog.Table{Namespace: ns.ID, NamespaceOID: ns.OID, Schema: ns.Path, Name: name, Kind: catalog.KindView, Owner: c.Role.OID,
		Options: optionMap(st.Options)}
	o := c.Binder(nil)
	o.FixedParams = true
	res, err := binder.Bind(st.Query, o)
	if err != nil {
		return err
	}
	for _, d := range res.Depends {
		v.DependsOn = append(v.DependsOn, d.OID)
	}
	if err := c.viewColumns(v, bound.Output(res.Stmt), st.Columns); err != nil {
		return err
	}
	if v.ViewQuery, err = c.viewText(st.Query, bound.Output(res.Stmt)); err != nil {
		return err
	}
	old, err := c.Catalog.TableByName(ns, name)
	if err != nil {
		return err
	}
	if old == nil {
		if taken, err := c.relationExists(ns, name); err != nil || taken {
			if err == nil {
				err = pgerr.New(pgerrcode.DuplicateTable, "relation %q already exists", name)
			}
			return err
		}
		if v.OID, err = c.Catalog.NewOID(); err != nil {
			return err
		}
		return c.Catalog.CreateTable(v)
	}
	if !st.Replace {
		return pgerr.New(pgerrcode.DuplicateTable, "relation %q already exists", name)
	}
	if old.Kind != catalog.KindView {
		return pgerr.New(pgerrcode.WrongObjectType, "%q is not a view", name)
	}
	if err := sameViewColumns(old, v); err != nil {
		return err
	}
	v.OID, v.Comment = old.OID, old.Comment
	return c.Catalog.PutTable(c, v)
}

func (c *Context) viewColumns(v *catalog.Table, out []bound.Column, names []string) error {
	if len(names) > len(out) {
		return pgerr.New(pgerrcode.SyntaxError, "CREATE VIEW specifies more column names than columns")
	}
	for i, col := range out {
		name := col.Name
		if i < len(names) {
			name = c.cutName(names[i])
		}
		if _, ok := v.Column(name); ok {
			return pgerr.New(pgerrcode.DuplicateColumn, "column %q specified more than once", name)
		}
		t := col.Type
		if t.OID == types.UnknownOID {
			t = types.T(types.TextOID)
		}
		v.Columns = append(v.Columns, catalog.Column{Num: int16(i + 1), Name: name, Type: t})
	}
	return nil
}

func sameViewColumns(old, v *catalog.Table) error {
	if len(v.Columns) < len(old.Columns) {
		return pgerr.New(pgerrcode.InvalidTableDefinition, "cannot drop columns from view")
	}
	for i, col := range old.Columns {
		if v.Columns[i].Name != col.Name {
			return pgerr.New(pgerrcode.InvalidTableDefinition, "cannot change name of view column %q to %q", col.Name, v.Columns[i].Name).
				WithHint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
		}
		if v.Columns[i].Type != col.Type {
			return pgerr.New(pgerrcode.InvalidTableDefinition, "cannot change data type of view column %q from %s to %s", col.Name,
				types.FormatType(col.Type), types.FormatType(v.Columns[i].Type))
		}
	}
	return nil
}

func (c *Context) comment(st *ast.Comment) error {
	text := ""
	if st.Text != nil {
		text = *st.Text
	}
	switch st.Kind {
	case "SCHEMA":
		n, err := c.findSchema(st.Object.Last())
		if err != nil {
			return err
		}
		changed := *n
		changed.Comment = text
		return c.Catalog.PutNamespace(&changed)
	case "DATABASE":
		d, err := c.findDatabase(st.Object.Last())
		if err != nil {
			return err
		}
		changed := *d
		changed.Comment = text
		return c.Catalog.PutDatabase(&changed)
	case "ROLE":
		r, err := c.findRole(st.Object.Last())
		if err != nil {
			return err
		}
		changed := *r
		changed.Comment = text
		return c.Catalog.PutRole(&changed)
	case "TABLE", "VIEW", "COLUMN", "INDEX", "CONSTRAINT":
		return c.commentInTable(st, text)
	case "SEQUENCE":
		q, err := c.findSequence(st.Object)
		if err != nil {
			return err
		}
		if q == nil {
			return c.missing(&ast.Drop{Kind: "SEQUENCE"}, st.Object)
		}
		changed := *q
		changed.Comment = text
		return c.Catalog.PutSequence(&changed)
	case "EXTENSION":
		return nil
	}
	return pgerr.Unimplemented("COMMENT ON " + st.Kind)
}

// commentInTable waits for a build of the table's indexes as Postgres does: it holds the facts that the build changes at its end.
func (c *Context) commentInTable(st *ast.Comment, text string) error {
	if st.Kind == "INDEX" {
		ix, t, err := c.findIndex(st.Object)
		if err != nil {
			return err
		}
		if ix == nil {
			return c.missing(&ast.Drop{Kind: "INDEX"}, st.Object)
		}
		if t, err = c.lockTable(t, shareUpdateExclusive); err != nil {
			return err
		}
		nt := mutable(t)
		for i, now := range nt.Indexes {
			if now.OID == ix.OID {
				changed := *now
				changed.Comment = text
				nt.Indexes[i] = &changed
			}
		}
		return c.Catalog.PutTable(c, nt)
	}
	name, part := st.Object, ""
	if st.Kind == "COLUMN" || st.Kind == "CONSTRAINT" {
		part = name.Last()
		name.Parts = name.Parts[:len(name.Parts)-1]
	}
	t, err := c.findTable(name, false)
	if err != nil {
		return err
	}
	if t, err = c.lockTable(t, shareUpdateExclusive); err != nil {
		return err
	}
	nt := mutable(t)
	switch st.Kind {
	case "COLUMN":
		col, ok := nt.Column(part)
		if !ok {
			return pgerr.New(pgerrcode.UndefinedColumn, "column %q of relation %q does not exist", part, t.Name)
		}
		col.Comment = text
	case "CONSTRAINT":
		at := slices.IndexFunc(nt.Constraints, func(k *catalog.Constraint) bool { return k.Name == part })
		if at < 0 {
			return pgerr.New(pgerrcode.UndefinedObject, "constraint %q for table %q does not exist", part, t.Name)
		}
		changed := *nt.Constraints[at]
		changed.Comment = text
		nt.Constraints[at] = &changed
	default:
		nt.Comment = text
	}
	return c.Catalog.PutTable(c, nt)
}
