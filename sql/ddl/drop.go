package ddl

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

func (c *Context) drop(st *ast.Drop) error {
	switch st.Kind {
	case "SCHEMA":
		return c.dropSchemas(st)
	case "EXTENSION":
		return c.dropExtensions(st)
	case "TABLE", "VIEW":
		return c.dropRelations(st)
	}
	for _, name := range st.Names {
		var err error
		switch st.Kind {
		case "INDEX":
			err = c.dropIndex(st, name)
		case "SEQUENCE":
			err = c.dropSequence(st, name)
		default:
			if st.IfExists {
				c.skip(pgerrcode.SuccessfulCompletion, "%s %q does not exist, skipping", lower(st.Kind), name.Last())
				continue
			}
			return pgerr.Unimplemented("DROP " + st.Kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// missing is what DROP says of an object that does not exist.
func (c *Context) missing(st *ast.Drop, name ast.Name) error {
	kind := lower(st.Kind)
	if st.IfExists {
		c.skip(pgerrcode.SuccessfulCompletion, "%s %q does not exist, skipping", kind, name.Last())
		return nil
	}
	code := pgerrcode.UndefinedTable
	if st.Kind == "INDEX" {
		code = pgerrcode.UndefinedObject
	}
	return pgerr.New(code, "%s %q does not exist", kind, name.Last())
}

// searchSchemas are where an unqualified name may be, or the one schema that a qualified name says; nil when that does not exist.
func (c *Context) searchSchemas(name ast.Name) ([]*catalog.Namespace, error) {
	paths := c.Binder(nil).SearchPath
	if path := name.Schema(); path != "" {
		paths = []string{path}
	}
	var found []*catalog.Namespace
	for _, path := range paths {
		n, err := c.Catalog.NamespaceByPath(path)
		if err != nil {
			return nil, err
		}
		if n != nil {
			found = append(found, n)
		}
	}
	return found, nil
}

// dropRelations is DROP TABLE and DROP VIEW.
func (c *Context) dropRelations(st *ast.Drop) error {
	var targets []object
	for _, name := range st.Names {
		t, err := c.relationToDrop(st, name)
		if err != nil {
			return err
		}
		if t != nil {
			targets = append(targets, object{table: t})
		}
	}
	return c.dropObjects(targets, st.Cascade)
}

// relationToDrop finds and locks a relation; nil when it does not exist and need not.
func (c *Context) relationToDrop(st *ast.Drop, name ast.Name) (*catalog.Table, error) {
	t, err := c.findTable(name, true)
	if err != nil {
		if pgerr.Code(err) == pgerrcode.WrongObjectType { // an index
			err = pgerr.New(pgerrcode.WrongObjectType, "%q is not a %s", name.Last(), lower(st.Kind)).WithHint("Use DROP INDEX to remove an index.")
		}
		return nil, err
	}
	if t == nil {
		return nil, c.missing(st, name)
	}
	if want := map[string]catalog.RelKind{"TABLE": catalog.KindTable, "VIEW": catalog.KindView}[st.Kind]; t.Kind != want {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "%q is not a %s", t.Name, lower(st.Kind)).
			WithHint("Use DROP %s to remove a %s.", strings.ToUpper(kindName(t.Kind)), kindName(t.Kind))
	}
	return c.lockTable(t, accessExclusive)
}

func (c *Context) dropTable(t *catalog.Table) error {
	owned, err := c.ownedSequences(t)
	if err != nil {
		return err
	}
	for _, q := range owned {
		if err := c.Catalog.DropSequence(q); err != nil {
			return err
		}
	}
	return c.Catalog.DropTable(t)
}

// ownedSequences are the sequences that a table's columns own, by serial, identity or OWNED BY.
func (c *Context) ownedSequences(t *catalog.Table) ([]*catalog.Sequence, error) {
	ns, err := c.Catalog.NamespaceByOID(t.NamespaceOID)
	if err != nil {
		return nil, err
	}
	all, err := c.Catalog.Sequences(ns)
	if err != nil {
		return nil, err
	}
	var owned []*catalog.Sequence
	for _, q := range all {
		if q.OwnedBy == t.OID {
			owned = append(owned, q)
		}
	}
	return owned, nil
}

// speaksOf tells whether a view's query has a reference of a column's name.
func (c *Context) speaksOf(v *catalog.Table, column string) bool {
	query, err := c.Binder(nil).ParseSelect(v.ViewQuery)
	if err != nil {
		return true
	}
	found := false
	ast.Walk(query, func(n any) bool {
		if ref, ok := n.(*ast.ColumnRef); ok && !ref.Star && ref.Name.Last() == column {
			found = true
		}
		return !found
	})
	return found
}

func (c *Context) findIndex(name ast.Name) (*catalog.Index, *catalog.Table, error) {
	schemas, err := c.searchSchemas(name)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range schemas {
		ix, t, err := c.Catalog.IndexByName(n, name.Last())
		if ix != nil || err != nil {
			return ix, t, err
		}
	}
	return nil, nil, nil
}

func (c *Context) dropIndex(st *ast.Drop, name ast.Name) error {
	ix, t, err := c.findIndex(name)
	if err != nil {
		return err
	}
	if ix == nil {
		if other, err := c.findTable(name, true); err == nil && other != nil {
			return pgerr.New(pgerrcode.WrongObjectType, "%q is not an index", name.Last()).WithHint("Use DROP TABLE to remove a table.")
		}
		return c.missing(st, name)
	}
	for _, k := range t.Constraints {
		if k.Index == ix.OID {
			return pgerr.New(pgerrcode.DependentObjectsStillExist, "cannot drop index %s because constraint %s on table %s requires it", ix.Name, k.Name, t.Name).
				WithHint("You can drop constraint %s on table %s instead.", k.Name, t.Name)
		}
	}
	if t, err = c.lockTable(t, accessExclusive); err != nil {
		return err
	}
	nt := mutable(t)
	nt.Indexes = slices.DeleteFunc(nt.Indexes, func(x *catalog.Index) bool { return x.OID == ix.OID })
	return c.Catalog.PutTable(c, nt)
}

func (c *Context) findSequence(name ast.Name) (*catalog.Sequence, error) {
	schemas, err := c.searchSchemas(name)
	if err != nil {
		return nil, err
	}
	for _, n := range schemas {
		q, err := c.Catalog.SequenceByName(n, name.Last())
		if q != nil || err != nil {
			return q, err
		}
	}
	return nil, nil
}

func (c *Context) dropSequence(st *ast.Drop, name ast.Name) error {
	q, err := c.findSequence(name)
	if err != nil {
		return err
	}
	if q == nil {
		return c.missing(st, name)
	}
	if q.OwnedBy != 0 {
		if err := c.releaseSequence(q, st.Cascade); err != nil {
			return err
		}
	}
	if err := c.releaseDefaults(q, st.Cascade); err != nil {
		return err
	}
	return c.Catalog.DropSequence(q)
}

// releaseSequence takes a sequence's default away from the column that uses it.
func (c *Context) releaseSequence(q *catalog.Sequence, cascade bool) error {
	t, err := c.Catalog.TableByOID(q.OwnedBy)
	if err != nil || t == nil {
		return err
	}
	col, ok := t.ColumnByNum(q.OwnedByColumn)
	if !ok || col.Sequence != q.OID {
		return nil
	}
	if q.Identity || !cascade {
		return pgerr.New(pgerrcode.DependentObjectsStillExist, "cannot drop sequence %s because other objects depend on it", q.Name).
			WithDetail("default value for column %s of table %s depends on sequence %s", col.Name, t.Name, q.Name).
			WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
	}
	nt := mutable(t)
	nt.Columns[col.Num-1].Default, nt.Columns[col.Num-1].Sequence = "", 0
	return c.Catalog.PutTable(c, nt)
}

// releaseDefaults takes a sequence out of the defaults of its schema's tables that name it, or refuses.
func (c *Context) releaseDefaults(q *catalog.Sequence, cascade bool) error {
	ns, err := c.Catalog.NamespaceByOID(q.NamespaceOID)
	if err != nil {
		return err
	}
	tables, err := c.Catalog.Tables(ns)
	if err != nil {
		return err
	}
	for _, t := range tables {
		nt, changed := mutable(t), false
		for i := range nt.Columns {
			col := &nt.Columns[i]
			if col.Dropped || col.Sequence != 0 || !c.namesSequence(col.Default, q) {
				continue
			}
			if !cascade {
				return pgerr.New(pgerrcode.DependentObjectsStillExist, "cannot drop sequence %s because other objects depend on it", q.Name).
					WithDetail("default value for column %s of table %s depends on sequence %s", col.Name, t.Name, q.Name).
					WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
			}
			c.skip(pgerrcode.SuccessfulCompletion, "drop cascades to default value for column %s of table %s", col.Name, t.Name)
			col.Default, changed = "", true
		}
		if changed {
			if err := c.Catalog.PutTable(c, nt); err != nil {
				return err
			}
		}
	}
	return nil
}

// namesSequence tells whether a default's text holds a string that names a sequence.
func (c *Context) namesSequence(text string, q *catalog.Sequence) bool {
	if !strings.Contains(text, "nextval") {
		return false
	}
	e, err := c.Binder(nil).ParseExpr(text)
	if err != nil {
		return false
	}
	found := false
	ast.Walk(e, func(n any) bool {
		if k, ok := n.(*ast.Const); ok && k.Kind == ast.ConstString {
			name := k.Text[strings.LastIndexByte(k.Text, '.')+1:]
			found = found || strings.Trim(name, `"`) == q.Name
		}
		return !found
	})
	return found
}

// truncate gives each table new, empty storage.
func (c *Context) truncate(st *ast.Truncate) error {
	for _, rv := range st.Tables {
		t, err := c.findTable(rv.Name, false)
		if err != nil {
			return err
		}
		if t.Kind != catalog.KindTable {
			return pgerr.New(pgerrcode.WrongObjectType, "%q is not a table", t.Name)
		}
		if t, err = c.lockTable(t, accessExclusive); err != nil {
			return err
		}
		nt := mutable(t)
		nt.Storage = catalog.StorageID(c.Catalog.NewID())
		if err := c.Catalog.CreateStorage(nt); err != nil {
			return err
		}
		if err := c.Catalog.PutTable(c, nt); err != nil {
			return err
		}
		if st.Restart {
			if err := c.restartSequences(nt); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Context) restartSequences(t *catalog.Table) error {
	for col := range t.Live {
		if col.Sequence == 0 {
			continue
		}
		q, err := c.Catalog.SequenceByOID(col.Sequence)
		if err != nil {
			return err
		}
		if q == nil || q.OwnedBy != t.OID {
			continue
		}
		fresh := *q
		fresh.Counter = c.Catalog.NewID() // a new counter, so that a rollback finds the old one untouched
		if err := c.Catalog.PutSequence(&fresh); err != nil {
			return err
		}
	}
	return nil
}
