package ddl

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/pgerr"
)

func lower(s string) string { return strings.ToLower(s) }

func renameTag(kind string) string {
	if kind == "COLUMN" || kind == "CONSTRAINT" {
		return "TABLE"
	}
	return kind
}

func (c *Context) rename(st *ast.Rename) error {
	switch st.Kind {
	case "TABLE", "VIEW", "COLUMN", "CONSTRAINT":
		return c.renameInTable(st)
	case "INDEX":
		return c.renameIndex(st)
	case "SEQUENCE":
		return c.renameSequence(st)
	case "SCHEMA":
		return c.renameSchema(st)
	case "ROLE":
		return c.renameRole(st)
	case "DATABASE":
		return c.renameDatabase(st)
	}
	return pgerr.Unimplemented("ALTER " + st.Kind + " RENAME")
}

func (c *Context) renameInTable(st *ast.Rename) error {
	t, err := c.findTable(st.Table.Name, true)
	if err != nil {
		return err
	}
	if t == nil {
		if ix, _, err := c.findIndex(st.Table.Name); err == nil && ix != nil && st.Kind == "TABLE" {
			return c.renameIndex(st)
		}
		if q, err := c.findSequence(st.Table.Name); err == nil && q != nil && st.Kind == "TABLE" {
			return c.renameSequence(st)
		}
		if st.IfExists {
			c.skip(pgerrcode.SuccessfulCompletion, "relation %q does not exist, skipping", st.Table.Name.Last())
			return nil
		}
		return pgerr.New(pgerrcode.UndefinedTable, "relation %q does not exist", st.Table.Name.Last()).At(int(st.Table.Pos))
	}
	if t, err = c.lockTable(t, accessExclusive); err != nil {
		return err
	}
	nt := mutable(t)
	name := c.cutName(st.NewName)
	switch st.Kind {
	case "COLUMN":
		err = c.renameColumn(nt, st.Column, name)
	case "CONSTRAINT":
		err = renameConstraint(nt, st.Column, name)
	default:
		nt.Name = name
	}
	if err != nil {
		return err
	}
	if err := c.Catalog.PutTable(c, nt); err != nil || nt.Name == t.Name {
		return err
	}
	return c.renameInViews(t, name)
}

// renameInViews makes the views over a relation speak of its new name.
func (c *Context) renameInViews(t *catalog.Table, name string) error {
	views, err := c.Catalog.ViewsOver(t)
	if err != nil {
		return err
	}
	for _, v := range views {
		err := c.renameInView(v, func(rv *ast.RangeVar) bool {
			same := rv.Name.Parts[0] == t.Schema && rv.Name.Parts[1] == t.Name
			if same {
				rv.Name.Parts[1] = name
			}
			return same
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Context) renameColumn(t *catalog.Table, from, to string) error {
	col, ok := t.Column(from)
	if !ok {
		return pgerr.New(pgerrcode.UndefinedColumn, "column %q does not exist", from)
	}
	if _, taken := t.Column(to); taken {
		return pgerr.New(pgerrcode.DuplicateColumn, "column %q of relation %q already exists", to, t.Name)
	}
	if v, err := c.viewOfColumn(t, from); err != nil {
		return err
	} else if v != nil {
		return pgerr.Unimplemented("renaming a column that a view (" + v.Name + ") reads")
	}
	old := *t
	old.Columns = slices.Clone(t.Columns)
	t.Columns[col.Num-1].Name = to
	return c.renameInTexts(&old, t, from, to)
}

// renameInTexts rewrites the stored expressions that name a column.
func (c *Context) renameInTexts(old, t *catalog.Table, from, to string) error {
	num, _ := old.Column(from)
	again := func(text string) (string, error) {
		if !c.mentions(old, text, num.Num) {
			return text, nil
		}
		e, err := c.Binder(nil).ParseExpr(text)
		if err != nil {
			return "", err
		}
		ast.Walk(e, func(x any) bool {
			if ref, ok := x.(*ast.ColumnRef); ok && ref.Name.Last() == from {
				ref.Name.Parts[len(ref.Name.Parts)-1] = to
			}
			return true
		})
		return ast.FormatExpr(e), nil
	}
	var err error
	for i := range t.Columns {
		if col := &t.Columns[i]; col.Generated {
			if col.Default, err = again(col.Default); err != nil {
				return err
			}
		}
	}
	for i, k := range t.Constraints {
		changed := *k
		if changed.Expr, err = again(k.Expr); err != nil {
			return err
		}
		t.Constraints[i] = &changed
	}
	for i, ix := range t.Indexes {
		changed := *ix
		changed.Keys = slices.Clone(ix.Keys)
		if changed.Predicate, err = again(ix.Predicate); err != nil {
			return err
		}
		for j := range changed.Keys {
			if changed.Keys[j].Expr, err = again(changed.Keys[j].Expr); err != nil {
				return err
			}
		}
		t.Indexes[i] = &changed
	}
	return nil
}

func renameConstraint(t *catalog.Table, from, to string) error {
	at := slices.IndexFunc(t.Constraints, func(k *catalog.Constraint) bool { return k.Name == from })
	if at < 0 {
		return pgerr.New(pgerrcode.UndefinedObject, "constraint %q for table %q does not exist", from, t.Name)
	}
	if err := constraintExists(t, to); err != nil {
		return err
	}
	changed := *t.Constraints[at]
	changed.Name = to
	t.Constraints[at] = &changed
	for i, ix := range t.Indexes {
		if ix.OID == changed.Index {
			renamed := *ix
			renamed.Name = to
			t.Indexes[i] = &renamed
		}
	}
	return nil
}

func (c *Context) renameIndex(st *ast.Rename) error {
	ix, t, err := c.findIndex(st.Table.Name)
	if err != nil {
		return err
	}
	if ix == nil {
		return c.missing(&ast.Drop{Kind: "RELATION", IfExists: st.IfExists}, st.Table.Name)
	}
	// A build of the index ends first, and another session's ALTER; writers go on.
	if t, err = c.lockTable(t, shareUpdateExclusive); err != nil {
		return err
	}
	nt := mutable(t)
	name := c.cutName(st.NewName)
	for i, now := range nt.Indexes {
		if now.OID == ix.OID {
			renamed := *now
			renamed.Name = name
			nt.Indexes[i] = &renamed
		}
	}
	for i, k := range nt.Constraints {
		if k.Index == ix.OID {
			renamed := *k
			renamed.Name = name
			nt.Constraints[i] = &renamed
		}
	}
	return c.Catalog.PutTable(c, nt)
}

func (c *Context) renameSequence(st *ast.Rename) error {
	q, err := c.findSequence(st.Table.Name)
	if err != nil {
		return err
	}
	if q == nil {
		return c.missing(&ast.Drop{Kind: "SEQUENCE", IfExists: st.IfExists}, st.Table.Name)
	}
	renamed := *q
	renamed.Name = c.cutName(st.NewName)
	if err := c.Catalog.PutSequence(&renamed); err != nil {
		return err
	}
	if q.OwnedBy == 0 {
		return nil
	}
	t, err := c.Catalog.TableByOID(q.OwnedBy)
	if err != nil || t == nil {
		return err
	}
	nt := mutable(t)
	if col := &nt.Columns[q.OwnedByColumn-1]; col.Sequence == q.OID {
		col.Default = nextvalDefault(&renamed)
	}
	return c.Catalog.PutTable(c, nt)
}

// renameSchema renames a namespace within its parent, or, given a path, moves it with all below it.
func (c *Context) renameSchema(st *ast.Rename) error {
	n, err := c.findSchema(st.Object)
	if err != nil {
		return err
	}
	if n.Builtin {
		return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied for schema %s", n.Path)
	}
	if _, err := catalog.SplitPath(st.NewName); err != nil {
		return err
	}
	if strings.HasPrefix(st.NewName, "pg_") {
		return pgerr.New(pgerrcode.ReservedName, "unacceptable schema name %q", st.NewName).
			WithDetail("The prefix \"pg_\" is reserved for system schemas.")
	}
	renamed := *n
	renamed.Path = st.NewName
	if err := c.Catalog.PutNamespace(&renamed); err != nil {
		return err
	}
	if err := c.moveViews(&renamed, n.Path); err != nil {
		return err
	}
	return c.rewriteSequenceDefaults(&renamed)
}

// rewriteSequenceDefaults makes the defaults of serial columns name their sequences' new schema, below too.
func (c *Context) rewriteSequenceDefaults(n *catalog.Namespace) error {
	tables, err := c.Catalog.Tables(n)
	if err != nil {
		return err
	}
	for _, t := range tables {
		nt, changed := mutable(t), false
		for i := range nt.Columns {
			col := &nt.Columns[i]
			if col.Sequence == 0 || col.Dropped {
				continue
			}
			q, err := c.Catalog.SequenceByOID(col.Sequence)
			if err != nil {
				return err
			}
			if q != nil {
				col.Default, changed = nextvalDefault(q), true
			}
		}
		if changed {
			if err := c.Catalog.PutTable(c, nt); err != nil {
				return err
			}
		}
	}
	return c.eachChild(n, c.rewriteSequenceDefaults)
}

// moveViews makes the views of a namespace that was at another path, and of those below, speak of the relations' new schemas.
func (c *Context) moveViews(n *catalog.Namespace, from string) error {
	return c.moveViewsBelow(n, from, n.Path)
}

func (c *Context) moveViewsBelow(n *catalog.Namespace, from, to string) error {
	tables, err := c.Catalog.Tables(n)
	if err != nil {
		return err
	}
	foreign, err := c.Catalog.ViewsInto(n)
	if err != nil {
		return err
	}
	for _, v := range slices.Concat(tables, foreign) {
		if v.Kind != catalog.KindView {
			continue
		}
		err := c.renameInView(v, func(rv *ast.RangeVar) bool {
			rest, below := strings.CutPrefix(rv.Name.Parts[0], from)
			if !below || rest != "" && !strings.HasPrefix(rest, catalog.PathSeparator) {
				return false
			}
			rv.Name.Parts[0] = to + rest
			return true
		})
		if err != nil {
			return err
		}
	}
	return c.eachChild(n, func(child *catalog.Namespace) error { return c.moveViewsBelow(child, from, to) })
}

// eachChild calls fn for the namespaces right below one.
func (c *Context) eachChild(n *catalog.Namespace, fn func(*catalog.Namespace) error) error {
	after := ""
	for {
		children, err := c.Catalog.Children(n.ID, after, childrenPage)
		if err != nil || len(children) == 0 {
			return err
		}
		for _, child := range children {
			if err := fn(child); err != nil {
				return err
			}
			after = child.Path[strings.LastIndex(child.Path, catalog.PathSeparator)+1:]
		}
	}
}

func (c *Context) alterOwner(st *ast.AlterOwner) error {
	role, err := c.findRole(st.Owner)
	if err != nil {
		return err
	}
	switch st.Kind {
	case "SCHEMA":
		n, err := c.findSchema(st.Object.Last())
		if err != nil {
			return err
		}
		owned := *n
		owned.Owner = role.OID
		return c.Catalog.PutNamespace(&owned)
	case "DATABASE":
		d, err := c.findDatabase(st.Object.Last())
		if err != nil {
			return err
		}
		owned := *d
		owned.Owner = role.OID
		return c.Catalog.PutDatabase(&owned)
	case "TABLE", "VIEW":
		t, err := binder.LookupTable(st.Object, c.Binder(nil))
		if err != nil {
			return err
		}
		nt := mutable(t)
		nt.Owner = role.OID
		return c.Catalog.PutTable(c, nt)
	}
	return pgerr.Unimplemented("ALTER " + st.Kind + " OWNER TO")
}
