package pgcatalog

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// searched is the path with pg_catalog where Postgres looks for it: first, unless the path names it.
func searched(path []string) []string {
	if slices.Contains(path, "pg_catalog") {
		return path
	}
	return append([]string{"pg_catalog"}, path...)
}

// findRelation is the OID of the relation that a name finds in one schema.
func findRelation(r catalog.Reader, n *catalog.Namespace, name string) (catalog.OID, error) {
	t, err := r.TableByName(n, name)
	if err != nil {
		return 0, err
	}
	if t != nil {
		return t.OID, nil
	}
	ix, _, err := r.IndexByName(n, name)
	if err != nil {
		return 0, err
	}
	if ix != nil {
		return ix.OID, nil
	}
	s, err := r.SequenceByName(n, name)
	if err != nil || s == nil {
		return 0, err
	}
	return s.OID, nil
}

func relationVisible(r catalog.Reader, path []string, ns catalog.OID, name string) bool {
	for _, p := range searched(path) {
		n, err := r.NamespaceByPath(p)
		if err != nil || n == nil {
			continue
		}
		if n.OID == ns {
			return true
		}
		if oid, err := findRelation(r, n, name); err == nil && oid != 0 {
			return false
		}
	}
	return false
}

// RegName is the text form of a reg* value: a name, qualified where the search path would not find it; false when there is no such object.
func RegName(r catalog.Reader, path []string, typ types.OID, oid uint32) (string, bool) {
	switch typ {
	case types.RegclassOID:
		q := &query{VirtualEnv: &catalog.VirtualEnv{Reader: r}}
		c, err := classByOID(q, catalog.OID(oid))
		if err != nil || c == nil {
			return "", false
		}
		if relationVisible(r, path, c.Namespace, c.Name) {
			return quoted(c.Name), true
		}
		n, err := r.NamespaceByOID(c.Namespace)
		if err != nil || n == nil {
			return "", false
		}
		return quoted(n.Path) + "." + quoted(c.Name), true
	case types.RegtypeOID:
		if _, ok := types.Lookup(types.OID(oid)); !ok {
			return "", false
		}
		return types.TypeName(types.OID(oid)), true
	case types.RegnamespaceOID:
		n, err := r.NamespaceByOID(catalog.OID(oid))
		if err != nil || n == nil {
			return "", false
		}
		return quoted(n.Path), true
	case types.RegroleOID:
		role, err := r.RoleByOID(catalog.OID(oid))
		if err != nil || role == nil {
			return "", false
		}
		return quoted(role.Name), true
	case types.RegprocOID, types.RegprocedureOID:
		name, ok := procNames()[oid]
		return name, ok
	}
	return "", false
}

// procNames are the functions' names by OID.
var procNames = sync.OnceValue(func() map[uint32]string {
	m := map[uint32]string{uint32(arraySubscriptOID): "array_subscript_handler"}
	for oid, name := range ioProcNames() {
		m[oid] = name
	}
	for f := range funcs.AllFunctions() {
		m[f.OID] = f.Name
	}
	for f := range funcs.AllSetReturnings() {
		m[f.OID] = f.Name
	}
	for f := range funcs.AllAggregates() {
		m[f.OID] = f.Name
	}
	return m
})

// RegOID reads the text form of a reg* value: a number, or a name found by the search path. Errors have Postgres' codes.
func RegOID(r catalog.Reader, path []string, typ types.OID, text string) (uint32, error) {
	text = strings.TrimSpace(text)
	if text == "-" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return uint32(n), nil
	}
	if typ == types.RegtypeOID {
		return regtype(text)
	}
	parts, err := splitName(text)
	if err != nil {
		return 0, err
	}
	switch typ {
	case types.RegclassOID:
		return regclass(r, path, text, parts)
	case types.RegnamespaceOID:
		n, err := r.NamespaceByPath(parts[len(parts)-1])
		if err == nil && n == nil {
			err = pgerr.New(pgerrcode.InvalidSchemaName, "schema %q does not exist", text)
		}
		if err != nil {
			return 0, err
		}
		return uint32(n.OID), nil
	case types.RegroleOID:
		role, err := r.RoleByName(parts[0])
		if err == nil && role == nil {
			err = pgerr.New(pgerrcode.UndefinedObject, "role %q does not exist", text)
		}
		if err != nil {
			return 0, err
		}
		return uint32(role.OID), nil
	case types.RegprocOID:
		if list := funcs.Functions(parts[len(parts)-1]); len(list) == 1 {
			return list[0].OID, nil
		} else if len(list) > 1 {
			return 0, pgerr.New(pgerrcode.AmbiguousFunction, "more than one function named %q", text)
		}
		if oid, ok := ioProcOID(parts[len(parts)-1]); ok {
			return oid, nil
		}
		return 0, pgerr.New(pgerrcode.UndefinedFunction, "function %q does not exist", text)
	}
	return 0, pgerr.Unimplemented("this kind of catalog name")
}

func regtype(text string) (uint32, error) {
	name := strings.ToLower(strings.TrimPrefix(text, "pg_catalog."))
	array := strings.HasSuffix(name, "[]")
	name = strings.Trim(strings.TrimSuffix(name, "[]"), `"`)
	if i := strings.IndexByte(name, '('); i > 0 {
		name = strings.TrimSpace(name[:i])
	}
	info, ok := types.ByName(name)
	if !ok {
		return 0, pgerr.New(pgerrcode.UndefinedObject, "type %q does not exist", text)
	}
	if array {
		return uint32(info.Array), nil
	}
	return uint32(info.OID), nil
}

func regclass(r catalog.Reader, path []string, text string, parts []string) (uint32, error) {
	undefined := func() error {
		return pgerr.New(pgerrcode.UndefinedTable, "relation %q does not exist", strings.Join(parts, "."))
	}
	schemas := searched(path)
	if len(parts) > 1 {
		schemas = parts[len(parts)-2 : len(parts)-1]
	}
	for _, p := range schemas {
		n, err := r.NamespaceByPath(p)
		if err != nil {
			return 0, err
		}
		if n == nil {
			continue
		}
		oid, err := findRelation(r, n, parts[len(parts)-1])
		if err != nil {
			return 0, err
		}
		if oid != 0 {
			return uint32(oid), nil
		}
	}
	return 0, undefined()
}

// splitName divides a qualified name as SQL would: unquoted parts fold to lower case.
func splitName(text string) ([]string, error) {
	invalid := pgerr.New(pgerrcode.InvalidName, "invalid name syntax")
	var parts []string
	for rest := text; ; {
		var part string
		if strings.HasPrefix(rest, `"`) {
			var b strings.Builder
			i := 1
			for ; ; i++ {
				if i >= len(rest) {
					return nil, invalid
				}
				if rest[i] == '"' {
					if i+1 < len(rest) && rest[i+1] == '"' {
						i++
					} else {
						break
					}
				}
				b.WriteByte(rest[i])
			}
			part, rest = b.String(), rest[i+1:]
		} else {
			end := strings.IndexByte(rest, '.')
			if end < 0 {
				end = len(rest)
			}
			part, rest = strings.ToLower(strings.TrimSpace(rest[:end])), rest[end:]
		}
		if part == "" {
			return nil, invalid
		}
		parts = append(parts, part)
		if rest == "" {
			return parts, nil
		}
		if rest[0] != '.' {
			return nil, invalid
		}
		rest = rest[1:]
	}
}

// opclassOID is the OID of an operator class by method and name, of the fixed rows.
func opclassOID(method, name string) catalog.OID {
	return opclasses()[method+"."+name]
}

var opclasses = sync.OnceValue(func() map[string]catalog.OID {
	m := map[string]catalog.OID{}
	text, err := staticRows.ReadFile("static/pg_opclass.tsv")
	if err != nil {
		return m
	}
	methods := map[string]string{"403": "btree", "16020": "hnsw", "16022": "ivfflat"}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(line, "\t")
		oid, err := strconv.ParseUint(f[0], 10, 32)
		if err != nil {
			continue // the header
		}
		m[methods[f[1]]+"."+f[2]] = catalog.OID(oid)
	}
	return m
})
