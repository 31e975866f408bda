// Package infoschema is the schema information_schema: views in SQL over pg_catalog, embedded, with the columns that the standard and Postgres give
// them. There is no Go for any column.
//
// A file views/NAME.sql begins with a comment of its columns as name:type, and then holds one SELECT.
package infoschema

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"vecgres/catalog"
	"vecgres/sql/types"
)

//go:embed views/*.sql
var views embed.FS

// firstViewOID numbers the views, in the order of their names, within the range that Postgres gives to initdb.
const firstViewOID catalog.OID = 13100

// Register adds information_schema to a catalog.
func Register(c *catalog.Catalog) error {
	entries, err := fs.ReadDir(views, "views")
	if err != nil {
		return err
	}
	var relations []*catalog.Table
	for i, entry := range entries {
		t, err := viewOf(entry.Name(), firstViewOID+catalog.OID(i))
		if err != nil {
			return err
		}
		relations = append(relations, t)
	}
	c.AddBuiltin("information_schema", catalog.InfoSchemaOID, relations)
	return nil
}

// viewOf reads a view from its file.
func viewOf(file string, oid catalog.OID) (*catalog.Table, error) {
	text, err := views.ReadFile("views/" + file)
	if err != nil {
		return nil, err
	}
	head, query, ok := strings.Cut(string(text), "\n")
	list, isHead := strings.CutPrefix(head, "-- ")
	if !ok || !isHead {
		return nil, fmt.Errorf("infoschema: %s does not begin with its columns", file)
	}
	t := &catalog.Table{OID: oid, Name: strings.TrimSuffix(file, ".sql"), Kind: catalog.KindView, ViewQuery: strings.TrimSpace(query)}
	for i, def := range strings.Fields(list) {
		name, typ, _ := strings.Cut(def, ":")
		info, ok := types.ByName(typ)
		if !ok {
			return nil, fmt.Errorf("infoschema: %s: no type %q", file, typ)
		}
		t.Columns = append(t.Columns, catalog.Column{Num: int16(i + 1), Name: name, Type: types.T(info.OID)})
	}
	return t, nil
}
