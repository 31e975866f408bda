package binder

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
)

// pathMax is the longest schema path, in bytes.
const pathMax = 1024

// lookupTable resolves a relation's name and notes the dependency.
func (b *binder) lookupTable(name ast.Name) (*catalog.Table, error) {
	t, err := b.findTable(name)
	if err != nil {
		return nil, err
	}
	b.depends[bound.Dependency{OID: t.OID, Version: t.Version}] = true
	return t, nil
}

func (b *binder) findTable(name ast.Name) (*catalog.Table, error) {
	rel := b.cut(name.Last())
	switch len(name.Parts) {
	case 1:
		return b.searchTable(rel, name.Pos)
	case 2:
	case 3:
		if db := b.o.Catalog.Database(); db != nil && db.Name != name.Parts[0] {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cross-database references are not implemented: \"%s\"", strings.Join(name.Parts, ".")).At(int(name.Pos))
		}
	default:
		return nil, pgerr.New(pgerrcode.SyntaxError, "improper relation name (too many dotted names): %s", strings.Join(name.Parts, ".")).At(int(name.Pos))
	}
	schema := name.Schema()
	if len(schema) > pathMax {
		return nil, pgerr.New(pgerrcode.NameTooLong, "schema path of %d bytes is longer than %d", len(schema), pathMax).At(int(name.Pos))
	}
	undefined := pgerr.New(pgerrcode.UndefinedTable, "relation \"%s.%s\" does not exist", schema, rel).At(int(name.Pos))
	ns, err := b.o.Catalog.NamespaceByPath(schema)
	if err != nil {
		return nil, at(err, name.Pos)
	}
	if ns == nil {
		return nil, undefined
	}
	t, err := b.tableIn(ns, rel, name.Pos)
	if err == nil && t == nil {
		err = undefined
	}
	return t, err
}

// searchTable looks through the search path.
func (b *binder) searchTable(rel string, pos ast.Pos) (*catalog.Table, error) {
	b.result.PathDepends = true
	path := b.o.SearchPath
	if !slices.Contains(path, "pg_catalog") {
		path = append([]string{"pg_catalog"}, path...)
	}
	for _, schema := range path {
		ns, err := b.o.Catalog.NamespaceByPath(schema)
		if err != nil {
			return nil, err
		}
		if ns == nil {
			continue
		}
		t, err := b.tableIn(ns, rel, pos)
		if err != nil || t != nil {
			return t, err
		}
	}
	return nil, pgerr.New(pgerrcode.UndefinedTable, "relation \"%s\" does not exist", rel).At(int(pos))
}

// tableIn looks in one schema, and tells indexes and sequences apart from what is not there.
func (b *binder) tableIn(ns *catalog.Namespace, rel string, pos ast.Pos) (*catalog.Table, error) {
	t, err := b.o.Catalog.TableByName(ns, rel)
	if err != nil || t != nil {
		return t, err
	}
	ix, _, err := b.o.Catalog.IndexByName(ns, rel)
	if err != nil {
		return nil, err
	}
	if ix != nil {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "cannot open relation \"%s\"", rel).
			WithDetail("This operation is not supported for indexes.").At(int(pos))
	}
	s, err := b.o.Catalog.SequenceByName(ns, rel)
	if err != nil {
		return nil, err
	}
	if s != nil {
		return nil, pgerr.Unimplemented("reading a sequence as a relation").At(int(pos))
	}
	return nil, nil
}

// get makes the node and the item of a table's columns.
func (b *binder) get(t *catalog.Table, alias string) (*bound.Get, *item) {
	g := &bound.Get{Table: t, Alias: alias}
	g.Cols = b.tableColumns(t)
	g.Indexes = b.computedIndexes(t, g.Cols)
	return g, &item{
		name: alias, table: t, cols: g.Cols[:len(g.Cols):len(g.Cols)], get: g, relVisible: true, colsVisible: true,
	}
}

// tableColumns are new columns standing for a table's live ones.
func (b *binder) tableColumns(t *catalog.Table) []bound.Column {
	cols := make([]bound.Column, 0, len(t.Columns))
	for c := range t.Live {
		n := b.newColumn(c.Name, c.Type)
		n.TableOID, n.AttNum = uint32(t.OID), c.Num
		cols = append(cols, n)
	}
	return cols
}
