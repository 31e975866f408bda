package ddl

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/planner/exec"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// indexKeysMax is Postgres' limit of columns in an index.
const indexKeysMax = 32

func numbered(base string, n int) string {
	if n == 0 {
		return base
	}
	return base + strconv.Itoa(n)
}

// plainKey is an index key over a column, in btree's default operator class.
func plainKey(col *catalog.Column, desc bool, nullsFirst *bool) (catalog.IndexKey, error) {
	if !types.Orderable(col.Type.OID) {
		return catalog.IndexKey{}, noOpClass(col.Type, "btree")
	}
	k := catalog.IndexKey{Column: col.Num, Type: col.Type, OpClass: btreeOpClass(col.Type.OID), Desc: desc, NullsFirst: desc}
	if nullsFirst != nil {
		k.NullsFirst = *nullsFirst
	}
	return k, nil
}

func noOpClass(t types.Type, method string) error {
	return pgerr.New(pgerrcode.UndefinedObject, "data type %s has no default operator class for access method %q", types.TypeName(t.OID), method).
		WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
}

// btreeOpClass is the name of a type's default operator class.
func btreeOpClass(oid types.OID) string {
	switch oid {
	case types.VarcharOID:
		return "text_ops"
	}
	info, ok := types.Lookup(oid)
	if !ok {
		return ""
	}
	if info.Elem != 0 && info.Category == 'A' {
		return "array_ops"
	}
	return info.Name + "_ops"
}

// checkMethod refuses an access method that is not there, and what a vector one does not do.
func checkMethod(st *ast.CreateIndex) error {
	switch st.Method {
	case "btree":
		return nil
	case "hnsw", "ivfflat":
	case "gin", "gist", "hash", "brin", "spgist":
		return pgerr.Unimplemented("index method " + st.Method).At(int(st.Pos))
	default:
		return pgerr.New(pgerrcode.UndefinedObject, "access method %q does not exist", st.Method).At(int(st.Pos))
	}
	refused := ""
	switch {
	case st.Unique:
		refused = "unique indexes"
	case len(st.Including) > 0:
		refused = "included columns"
	case len(st.Elems) > 1:
		refused = "multicolumn indexes"
	case st.Elems[0].Desc:
		refused = "ASC/DESC options"
	case st.Elems[0].NullsFirst != nil:
		refused = "NULLS FIRST/LAST options"
	default:
		return nil
	}
	return pgerr.New(pgerrcode.FeatureNotSupported, "access method %q does not support %s", st.Method, refused)
}

func (c *Context) createIndex(st *ast.CreateIndex) error {
	if err := checkMethod(st); err != nil {
		return err
	}
	t, err := c.findTable(st.Table.Name, false)
	if err != nil {
		return err
	}
	if t.Kind != catalog.KindTable {
		return pgerr.New(pgerrcode.WrongObjectType, "cannot create index on relation %q", t.Name).
			WithDetail("This operation is not supported for views.")
	}
	beside, err := c.buildsBeside(st, t)
	if err != nil {
		return err
	}
	mode := share
	if beside {
		mode = shareUpdateExclusive
	}
	if t, err = c.lockTable(t, mode); err != nil {
		return err
	}
	ns, err := c.Catalog.NamespaceByOID(t.NamespaceOID)
	if err != nil {
		return err
	}
	d := &draft{table: mutable(t), namespace: ns, names: map[string]bool{}}
	ix, err := c.indexOf(d, st)
	if err != nil || ix == nil {
		return err
	}
	if beside {
		return c.buildIndexBeside(d.table, ix)
	}
	return c.buildIndex(d.table, ix)
}

// supplied tells the indexes whose keys or vectors the executor makes; the engine finds the others' vectors itself.
func supplied(ix *catalog.Index) bool { return ix.Method == "btree" || ix.OwnVectors() }

// buildIndex builds an index over a table's rows and stores it; nt is the table's new facts, without the index.
func (c *Context) buildIndex(nt *catalog.Table, ix *catalog.Index) error {
	nt.Indexes = append(nt.Indexes, ix)
	if supplied(ix) {
		if err := c.buildKeys(nt, ix); err != nil {
			return err
		}
	}
	return c.Catalog.PutTable(c, nt)
}

func (c *Context) buildKeys(nt *catalog.Table, ix *catalog.Index) error {
	x := c.Exec()
	defer x.View.Close()
	write, err := binder.WriteInfo(nt, c.Binder(nil))
	if err != nil {
		return err
	}
	return exec.BuildIndex(x, write, ix)
}

// indexOf makes an index of its definition; nil when it exists and is to be skipped.
func (c *Context) indexOf(d *draft, st *ast.CreateIndex) (*catalog.Index, error) {
	if st.Tablespace != "" && st.Tablespace != "pg_default" {
		return nil, pgerr.Unimplemented("a tablespace")
	}
	if len(st.Elems) > indexKeysMax {
		return nil, pgerr.New(pgerrcode.TooManyColumns, "cannot use more than %d columns in an index", indexKeysMax)
	}
	options, err := indexOptions(st.With)
	if err != nil {
		return nil, err
	}
	ix := &catalog.Index{ID: c.Catalog.NewID(), Table: d.table.OID, Method: st.Method, Unique: st.Unique, NullsNotDistinct: st.NullsNotDistinct, Options: options}
	name, skip, err := c.indexName(d, st)
	if err != nil || skip {
		return nil, err
	}
	ix.Name = name
	for i := range st.Elems {
		key, err := c.indexKey(d.table, st.Method, &st.Elems[i])
		if err != nil {
			return nil, err
		}
		ix.Keys = append(ix.Keys, key)
	}
	for _, name := range st.Including {
		col, ok := d.table.Column(name)
		if !ok {
			return nil, undefinedColumn(name)
		}
		ix.Include = append(ix.Include, col.Num)
	}
	if st.Where != nil {
		if err := c.checkPredicate(d.table, st); err != nil {
			return nil, err
		}
		ix.Predicate = st.WhereText
	}
	if err := checkIndex(ix); err != nil {
		return nil, err
	}
	ix.OID, err = c.Catalog.NewOID()
	return ix, err
}

// indexOptions are an index's WITH (…); a parameter given twice is 22023.
func indexOptions(list []ast.Option) (map[string]string, error) {
	m := optionMap(list)
	if len(m) == len(list) {
		return m, nil
	}
	seen := map[string]bool{}
	for _, o := range list {
		if seen[o.Name] {
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, "parameter %q specified more than once", o.Name)
		}
		seen[o.Name] = true
	}
	return m, nil
}

func undefinedColumn(name string) error {
	return pgerr.New(pgerrcode.UndefinedColumn, "column %q does not exist", name)
}

// indexName is the name given, or one made as Postgres makes it; skip tells that IF NOT EXISTS found one.
func (c *Context) indexName(d *draft, st *ast.CreateIndex) (name string, skip bool, err error) {
	if st.Name == "" {
		var parts []string
		for _, e := range st.Elems {
			switch {
			case e.Column != "":
				parts = append(parts, e.Column)
			default:
				parts = append(parts, binder.IndexColumnName(e.Expr))
			}
		}
		name, err = c.freeName(d, joinName(d.table.Name, strings.Join(parts, "_"), "idx"))
		return name, false, err
	}
	name = c.cutName(st.Name)
	taken, err := c.relationExists(d.namespace, name)
	if err != nil || !taken {
		return name, false, err
	}
	if st.IfNotExists {
		c.skip(pgerrcode.DuplicateTable, "relation %q already exists, skipping", name)
		return "", true, nil
	}
	return "", false, pgerr.New(pgerrcode.DuplicateTable, "relation %q already exists", name)
}

func (c *Context) indexKey(t *catalog.Table, method string, e *ast.IndexElem) (catalog.IndexKey, error) {
	if err := checkCollation(e.Collation); err != nil {
		return catalog.IndexKey{}, err
	}
	key := catalog.IndexKey{Desc: e.Desc, NullsFirst: e.Desc}
	if e.NullsFirst != nil {
		key.NullsFirst = *e.NullsFirst
	}
	if e.Column != "" {
		col, ok := t.Column(e.Column)
		if !ok {
			return key, pgerr.From(undefinedColumn(e.Column)).At(int(e.Pos))
		}
		key.Column, key.Type = col.Num, col.Type
	} else {
		o := c.Binder(nil)
		o.Context = binder.IndexExpr
		scalar, err := binder.BindExpr(e.Expr, t, tableColumns(t), o)
		if err != nil {
			return key, err
		}
		if volatilityOf(scalar) != funcs.Immutable {
			return key, pgerr.New(pgerrcode.InvalidObjectDefinition, "functions in index expression must be marked IMMUTABLE")
		}
		key.Expr, key.Name, key.Type = e.ExprText, binder.IndexColumnName(e.Expr), scalar.Type()
	}
	if len(e.OpClassOptions) > 0 {
		return key, pgerr.New(pgerrcode.InvalidParameterValue, "operator class %s has no options", qualifiedOpClass(method, e.OpClass.Last()))
	}
	var err error
	key.OpClass, err = opClass(method, e.OpClass.Last(), key.Type)
	return key, err
}

// qualifiedOpClass names an operator class with its schema.
func qualifiedOpClass(method, name string) string {
	if catalog.IsVectorMethod(method) {
		return "public." + name
	}
	return "pg_catalog." + name
}

// opClass finds the operator class of a key by name, "" for the default one of its type.
func opClass(method, name string, t types.Type) (string, error) {
	if !catalog.IsVectorMethod(method) {
		return btreeClass(name, t.OID)
	}
	oid := t.OID
	if oid == types.VarbitOID {
		oid = types.BitOID // binary coercible; checkIndex refuses it
	}
	class, ok := catalog.VectorOpClass(method, name, oid)
	switch {
	case !ok && name == "":
		return "", noOpClass(t, method)
	case !ok:
		return "", noSuchOpClass(name, method)
	case class.Type != oid:
		return "", wrongOpClass(name, t.OID)
	}
	return class.Name, nil
}

func noSuchOpClass(name, method string) error {
	return pgerr.New(pgerrcode.UndefinedObject, "operator class %q does not exist for access method %q", name, method)
}

func wrongOpClass(name string, oid types.OID) error {
	return pgerr.New(pgerrcode.DatatypeMismatch, "operator class %q does not accept data type %s", name, types.TypeName(oid))
}

// btreeClass is opClass for btree.
func btreeClass(name string, oid types.OID) (string, error) {
	if name == "" {
		if !types.Orderable(oid) {
			return "", noOpClass(types.T(oid), "btree")
		}
		return btreeOpClass(oid), nil
	}
	base, ok := strings.CutSuffix(strings.Replace(name, "_pattern_ops", "_ops", 1), "_ops")
	if !ok {
		return "", noSuchOpClass(name, "btree")
	}
	if base == "array" {
		if info, ok := types.Lookup(oid); !ok || !info.IsArray() || !types.Orderable(oid) {
			return "", wrongOpClass(name, oid)
		}
		return name, nil
	}
	info, ok := types.ByName(base)
	if !ok || !types.Orderable(info.OID) || info.IsArray() {
		return "", noSuchOpClass(name, "btree")
	}
	text := func(oid types.OID) bool { return oid == types.TextOID || oid == types.VarcharOID }
	if info.OID != oid && !(text(info.OID) && text(oid)) {
		return "", wrongOpClass(name, oid)
	}
	return name, nil
}

// checkIndex checks an index's options, and what a vector index can hold.
func checkIndex(ix *catalog.Index) error {
	o, err := ix.ParsedOptions()
	if err != nil || !ix.IsVector() {
		return err
	}
	switch t := ix.Keys[0].Type; {
	case t.OID == types.VarbitOID:
		return pgerr.New(pgerrcode.FeatureNotSupported, "type not supported for %s index", ix.Method)
	case t.Mod < 1:
		return pgerr.New(pgerrcode.InvalidParameterValue, "column does not have dimensions")
	case ix.Method == "hnsw" && o.EfConstruction < 2*o.M:
		return pgerr.New(pgerrcode.InvalidParameterValue, "ef_construction must be greater than or equal to 2 * m")
	}
	return nil
}

func (c *Context) checkPredicate(t *catalog.Table, st *ast.CreateIndex) error {
	o := c.Binder(nil)
	o.Context = binder.IndexPredicateExpr
	scalar, err := binder.BindExpr(st.Where, t, tableColumns(t), o)
	if err != nil {
		return err
	}
	if scalar.Type().OID != types.BoolOID {
		return pgerr.New(pgerrcode.DatatypeMismatch, "argument of WHERE must be type boolean, not type %s", types.FormatType(scalar.Type()))
	}
	if volatilityOf(scalar) != funcs.Immutable {
		return pgerr.New(pgerrcode.InvalidObjectDefinition, "functions in index predicate must be marked IMMUTABLE")
	}
	return nil
}

// copyIndexes adds the indexes of LIKE … INCLUDING INDEXES under new names; nums are the source's columns by attnum.
func (c *Context) copyIndexes(d *draft, src *catalog.Table, nums map[int16]string) error {
	for _, ix := range src.Indexes {
		copied := *ix
		copied.ID, copied.Table = c.Catalog.NewID(), d.table.OID
		copied.Keys = slices.Clone(ix.Keys)
		var names []string
		var attnums []int16
		for i := range copied.Keys {
			if name, ok := nums[copied.Keys[i].Column]; ok {
				col, _ := d.table.Column(name)
				copied.Keys[i].Column = col.Num
				names, attnums = append(names, name), append(attnums, col.Num)
			} else {
				names = append(names, cmp.Or(copied.Keys[i].Name, "expr"))
			}
		}
		suffix := "idx"
		kind := catalog.ConstraintKind(0)
		for _, k := range src.Constraints {
			if k.Index == ix.OID {
				kind, suffix = k.Kind, "key"
			}
		}
		base := joinName(d.table.Name, strings.Join(names, "_"), suffix)
		if ix.Primary {
			base = joinName(d.table.Name, "", "pkey")
		}
		var err error
		if copied.Name, err = c.freeName(d, base); err != nil {
			return err
		}
		if kind != 0 {
			err = c.storeKey(d, &copied, kind, attnums)
		} else if copied.OID, err = c.Catalog.NewOID(); err == nil {
			d.table.Indexes = append(d.table.Indexes, &copied)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// reindex builds an index, or all of a table, again out of the rows: with the parameters that they have now, and whatever has become of their
// files.
func (c *Context) reindex(st *ast.Reindex) error {
	switch st.Kind {
	case "TABLE":
		t, err := c.findTable(st.Table.Name, false)
		if err != nil {
			return err
		}
		return c.rebuild(t, func(*catalog.Index) bool { return true })
	case "INDEX":
		ns, err := c.targetSchema(st.Table.Name)
		if err != nil {
			return err
		}
		ix, t, err := c.Catalog.IndexByName(ns, st.Table.Name.Last())
		if err != nil {
			return err
		}
		if t == nil {
			return pgerr.New(pgerrcode.UndefinedTable, "relation %q does not exist", st.Table.Name.Last())
		}
		return c.rebuild(t, func(x *catalog.Index) bool { return x.OID == ix.OID })
	}
	return pgerr.Unimplemented("REINDEX " + st.Kind)
}

// rebuild builds some of a table's indexes again. One that is being built for the first time is left to that.
func (c *Context) rebuild(t *catalog.Table, wanted func(*catalog.Index) bool) error {
	if t.Storage == 0 {
		return nil
	}
	t, err := c.lockTable(t, share)
	if err != nil {
		return err
	}
	write, err := binder.WriteInfo(t, c.Binder(nil))
	if err != nil {
		return err
	}
	x := c.Exec()
	defer x.View.Close()
	for _, ix := range t.Indexes {
		if wanted(ix) && !ix.Building {
			if err := exec.RebuildIndex(x, write, ix); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Context) maintain(t *catalog.Table) error {
	if t.Storage == 0 {
		return nil
	}
	return c.Maintain(c, t.Storage)
}

// cluster merges a table's segments; rows lie in the order of their ids.
func (c *Context) cluster(st *ast.Cluster) error {
	if st.Table == nil {
		return nil
	}
	t, err := c.findTable(st.Table.Name, false)
	if err != nil {
		return err
	}
	return c.maintain(t)
}
