package ddl

import (
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
	return pgerr.New(pgerrcode.UndefinedObject, "data type %s has no default operator class for access method %q", types.FormatType(types.T(t.OID)), method).
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

func (c *Context) createIndex(st *ast.CreateIndex) error {
	if st.Method == "ivfflat" || st.Method == "gin" || st.Method == "gist" || st.Method == "hash" || st.Method == "brin" || st.Method == "spgist" {
		return pgerr.Unimplemented("index method " + st.Method).At(int(st.Pos))
	}
	if st.Method != "btree" && st.Method != "hnsw" {
		return pgerr.New(pgerrcode.UndefinedObject, "access method %q does not exist", st.Method).At(int(st.Pos))
	}
	t, err := c.findTable(st.Table.Name, false)
	if err != nil {
		return err
	}
	if t.Kind != catalog.KindTable {
		return pgerr.New(pgerrcode.WrongObjectType, "cannot create index on relation %q", t.Name).
			WithDetail("This operation is not supported for views.")
	}
	if t, err = c.lockTable(t, share); err != nil {
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
	return c.buildIndex(d.table, ix)
}

// buildIndex builds an index over a table's rows and stores it; nt is the table's new facts, without the index.
func (c *Context) buildIndex(nt *catalog.Table, ix *catalog.Index) error {
	nt.Indexes = append(nt.Indexes, ix)
	if ix.Method == "btree" {
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
		return nil, pgerr.Unimplemented("tablespaces")
	}
	if len(st.Elems) > indexKeysMax {
		return nil, pgerr.New(pgerrcode.TooManyColumns, "cannot use more than %d columns in an index", indexKeysMax)
	}
	ix := &catalog.Index{ID: c.Catalog.NewID(), Table: d.table.OID, Method: st.Method, Unique: st.Unique, NullsNotDistinct: st.NullsNotDistinct, Options: optionMap(st.With)}
	name, skip, err := c.indexName(d, st)
	if err != nil || skip {
		return nil, err
	}
	ix.Name = name
	if st.Method == "hnsw" && len(st.Elems) > 1 {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "access method %q does not support multicolumn indexes", st.Method)
	}
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
	if st.Method == "hnsw" {
		if err := checkVectorIndex(d.table, ix); err != nil {
			return nil, err
		}
	}
	ix.OID, err = c.Catalog.NewOID()
	return ix, err
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
				part := "expr"
				if call, ok := e.Expr.(*ast.FuncCall); ok {
					part = call.Name.Last()
				}
				parts = append(parts, part)
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
		key.Expr, key.Type = e.ExprText, scalar.Type()
	}
	var err error
	key.OpClass, err = opClass(method, e.OpClass.Last(), key.Type)
	return key, err
}

// vectorOpClasses are hnsw's.
var vectorOpClasses = []string{"vector_l2_ops", "vector_ip_ops", "vector_cosine_ops", "vector_l1_ops"}

func opClass(method, name string, t types.Type) (string, error) {
	if method == "hnsw" {
		if name == "" {
			return "", noOpClass(t, method)
		}
		if !slices.Contains(vectorOpClasses, name) {
			return "", pgerr.New(pgerrcode.UndefinedObject, "operator class %q does not exist for access method %q", name, method)
		}
		if t.OID != types.VectorOID {
			return "", pgerr.New(pgerrcode.DatatypeMismatch, "operator class %q does not accept data type %s", name, types.FormatType(types.T(t.OID)))
		}
		return name, nil
	}
	if !types.Orderable(t.OID) {
		return "", noOpClass(t, method)
	}
	def := btreeOpClass(t.OID)
	switch name {
	case "", def:
		return def, nil
	case "text_pattern_ops", "varchar_pattern_ops", "bpchar_pattern_ops", "varchar_ops", "bpchar_ops", "text_ops":
		return name, nil
	}
	return "", pgerr.New(pgerrcode.UndefinedObject, "operator class %q does not exist for access method %q", name, method)
}

func checkVectorIndex(t *catalog.Table, ix *catalog.Index) error {
	switch {
	case ix.Unique:
		return pgerr.New(pgerrcode.FeatureNotSupported, "access method %q does not support unique indexes", ix.Method)
	case len(ix.Include) > 0:
		return pgerr.New(pgerrcode.FeatureNotSupported, "access method %q does not support included columns", ix.Method)
	case ix.Predicate != "":
		return pgerr.Unimplemented("partial hnsw indexes")
	case ix.Keys[0].Column == 0:
		return pgerr.Unimplemented("hnsw indexes on expressions")
	}
	for name := range ix.Options {
		if name != "m" && name != "ef_construction" {
			return pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized parameter %q", name)
		}
	}
	col, _ := t.ColumnByNum(ix.Keys[0].Column)
	if col.Type.Mod < 1 {
		return pgerr.New(pgerrcode.InvalidParameterValue, "column does not have dimensions")
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
				names = append(names, "expr")
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

// reindex builds indexes again: the storage is merged and what segments lack is built.
func (c *Context) reindex(st *ast.Reindex) error {
	switch st.Kind {
	case "TABLE":
		t, err := c.findTable(st.Table.Name, false)
		if err != nil {
			return err
		}
		return c.maintain(t)
	case "INDEX":
		ns, err := c.targetSchema(st.Table.Name)
		if err != nil {
			return err
		}
		_, t, err := c.Catalog.IndexByName(ns, st.Table.Name.Last())
		if err != nil {
			return err
		}
		if t == nil {
			return pgerr.New(pgerrcode.UndefinedTable, "relation %q does not exist", st.Table.Name.Last())
		}
		return c.maintain(t)
	}
	return pgerr.Unimplemented("REINDEX " + st.Kind)
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
