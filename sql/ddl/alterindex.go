package ddl

import (
	"maps"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

// alterIndex is ALTER INDEX … SET (…) and RESET (…). Graphs that exist stay as they are; what is built from now on, by merges or REINDEX, follows.
func (c *Context) alterIndex(st *ast.AlterTable) error {
	name := st.Table.Name
	ix, t, err := c.findIndex(name)
	if err != nil {
		return err
	}
	if ix == nil {
		if other, err := c.findTable(name, true); err == nil && other != nil {
			return pgerr.New(pgerrcode.WrongObjectType, "%q is not an index", name.Last())
		}
		return c.missing(&ast.Drop{Kind: "RELATION", IfExists: st.IfExists}, name)
	}
	if t, err = c.lockTable(t, share); err != nil {
		return err
	}
	nt := mutable(t)
	for i, old := range nt.Indexes {
		if old.OID != ix.OID {
			continue
		}
		changed := *old
		if changed.Options = maps.Clone(old.Options); changed.Options == nil {
			changed.Options = map[string]string{}
		}
		for j := range st.Cmds {
			if err := alterOptions(&changed, &st.Cmds[j]); err != nil {
				return err
			}
		}
		nt.Indexes[i] = &changed
	}
	return c.Catalog.PutTable(c, nt)
}

// alterOptions applies one action to an index's parameters.
func alterOptions(ix *catalog.Index, cmd *ast.AlterCmd) error {
	switch cmd.Kind {
	case "SET OPTIONS":
		given, err := indexOptions(cmd.Options)
		if err != nil {
			return err
		}
		maps.Copy(ix.Options, given)
		_, err = ix.ParsedOptions()
		return err
	case "RESET OPTIONS":
		for _, o := range cmd.Options {
			if o.Given {
				return pgerr.New(pgerrcode.SyntaxError, "RESET must not include values for parameters")
			}
			delete(ix.Options, o.Name)
		}
		return nil
	case "OWNER":
		return nil // the table's
	}
	return pgerr.Unimplemented("ALTER INDEX " + cmd.Kind)
}

// altersOptions tells whether ALTER TABLE does only what ALTER INDEX does as well.
func altersOptions(st *ast.AlterTable) bool {
	for _, cmd := range st.Cmds {
		if cmd.Kind != "SET OPTIONS" && cmd.Kind != "RESET OPTIONS" {
			return false
		}
	}
	return true
}
