package ddl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/planner/exec"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// columnsMax is Postgres' limit of columns in a table.
const columnsMax = 1600

// draft is a table while its definition is read: facts so far, the constraints that wait for all columns, and the sequences to make.
type draft struct {
	table       *catalog.Table
	namespace   *catalog.Namespace
	constraints []ast.Constraint
	sequences   []*catalog.Sequence
	names       map[string]bool // relation and constraint names taken by the draft itself
}

func unsupportedTable(st *ast.CreateTable) error {
	switch {
	case st.Temporary:
		return pgerr.Unimplemented("a temporary table")
	case len(st.Inherits) > 0:
		return pgerr.Unimplemented("table inheritance")
	case st.PartitionBy != "" || st.PartitionOf != nil:
		return pgerr.Unimplemented("table partitioning")
	case st.OfType != nil:
		return pgerr.Unimplemented("CREATE TABLE OF type")
	case st.OnCommit != "":
		return pgerr.Unimplemented("ON COMMIT")
	case st.Tablespace != "" && st.Tablespace != "pg_default":
		return pgerr.Unimplemented("a tablespace")
	}
	for _, o := range st.With {
		if o.Name == "namespace_template" {
			return pgerr.Unimplemented("a template table").At(int(o.Pos))
		}
	}
	return nil
}

// newDraft checks where a table goes; a nil draft means that it exists and is to be skipped.
func (c *Context) newDraft(st *ast.CreateTable) (*draft, error) {
	if err := unsupportedTable(st); err != nil {
		return nil, err
	}
	ns, err := c.targetSchema(st.Table.Name)
	if err != nil {
		return nil, err
	}
	name := c.cutName(st.Table.Name.Last())
	taken, err := c.relationExists(ns, name)
	if err != nil {
		return nil, err
	}
	if taken {
		if st.IfNotExists {
			c.skip(pgerrcode.DuplicateTable, "relation %q already exists, skipping", name)
			return nil, nil
		}
		return nil, pgerr.New(pgerrcode.DuplicateTable, "relation %q already exists", name)
	}
	oid, err := c.Catalog.NewOID()
	if err != nil {
		return nil, err
	}
	t := &catalog.Table{OID: oid, Namespace: ns.ID, NamespaceOID: ns.OID, Schema: ns.Path, Name: name, Kind: catalog.KindTable, Owner: c.Role.OID,
		Storage: catalog.StorageID(c.Catalog.NewID()), Options: optionMap(st.With), Unlogged: st.Unlogged}
	return &draft{table: t, namespace: ns, names: map[string]bool{name: true}}, nil
}

func (c *Context) relationExists(ns *catalog.Namespace, name string) (bool, error) {
	if t, err := c.Catalog.TableByName(ns, name); t != nil || err != nil {
		return t != nil, err
	}
	if ix, _, err := c.Catalog.IndexByName(ns, name); ix != nil || err != nil {
		return ix != nil, err
	}
	q, err := c.Catalog.SequenceByName(ns, name)
	return q != nil, err
}

func (c *Context) createTable(st *ast.CreateTable) error {
	d, err := c.newDraft(st)
	if d == nil || err != nil {
		return err
	}
	for _, like := range st.Like {
		if err := c.copyLike(d, like); err != nil {
			return err
		}
	}
	for i := range st.Columns {
		if err := c.addColumn(d, &st.Columns[i]); err != nil {
			return err
		}
	}
	d.constraints = append(d.constraints, st.Constraints...)
	return c.finish(d)
}

// finish resolves the constraints of a draft and stores everything.
func (c *Context) finish(d *draft) error {
	if len(d.table.Columns) > columnsMax {
		return pgerr.New(pgerrcode.TooManyColumns, "tables can have at most %d columns", columnsMax)
	}
	for i := range d.constraints {
		if err := c.addConstraint(d, &d.constraints[i]); err != nil {
			return err
		}
	}
	if err := c.checkDefaults(d.table); err != nil {
		return err
	}
	if err := c.Catalog.CreateTable(d.table); err != nil {
		return err
	}
	for _, q := range d.sequences {
		if err := c.Catalog.PutSequence(q); err != nil {
			return err
		}
	}
	return nil
}

// serialTypes are the grammar's types that stand for an integer with a sequence.
var serialTypes = map[string]types.OID{"smallserial": types.Int2OID, "serial2": types.Int2OID, "serial": types.Int4OID, "serial4": types.Int4OID,
	"bigserial": types.Int8OID, "serial8": types.Int8OID}

// addColumn adds a column of a definition to a draft; its table-wide constraints wait.
func (c *Context) addColumn(d *draft, def *ast.ColumnDef) error {
	name := c.cutName(def.Name)
	if slices.ContainsFunc(d.table.Columns, func(x catalog.Column) bool { return !x.Dropped && x.Name == name }) {
		return pgerr.New(pgerrcode.DuplicateColumn, "column %q specified more than once", name).At(int(def.Pos))
	}
	if systemColumns[name] {
		return pgerr.New(pgerrcode.DuplicateColumn, "column name %q conflicts with a system column name", name).At(int(def.Pos))
	}
	if err := checkCollation(def.Collation); err != nil {
		return err
	}
	col := catalog.Column{Num: int16(len(d.table.Columns) + 1), Name: name}
	serial := types.OID(0)
	if len(def.Type.Name.Parts) == 1 && def.Type.Array == 0 {
		serial = serialTypes[def.Type.Name.Last()]
	}
	if serial != 0 {
		col.Type, col.NotNull = types.T(serial), true
	} else {
		t, err := binder.ResolveType(def.Type, c.Binder(nil))
		if err != nil {
			return err
		}
		if err := storable(t, name, def.Type.Pos); err != nil {
			return err
		}
		col.Type = t
	}
	d.table.Columns = append(d.table.Columns, col)
	at := &d.table.Columns[len(d.table.Columns)-1]
	if serial != 0 {
		if err := c.attachSequence(d, at, nil); err != nil {
			return err
		}
	}
	for i := range def.Constraints {
		if err := c.columnConstraint(d, at, &def.Constraints[i], serial != 0); err != nil {
			return err
		}
	}
	return nil
}

var systemColumns = map[string]bool{"tableoid": true, "ctid": true, "xmin": true, "xmax": true, "cmin": true, "cmax": true}

func checkCollation(name ast.Name) error {
	switch strings.ToLower(name.Last()) {
	case "", "default", "c", "posix", "ucs_basic", "c.utf-8":
		return nil
	}
	return pgerr.Unimplemented(fmt.Sprintf("collation %q", name.Last())).At(int(name.Pos))
}

// storable refuses pseudo-types.
func storable(t types.Type, column string, pos ast.Pos) error {
	info, ok := types.Lookup(t.OID)
	if !ok || info.Kind == 'p' {
		return pgerr.New(pgerrcode.InvalidTableDefinition, "column %q has pseudo-type %s", column, types.FormatType(t)).At(int(pos))
	}
	return nil
}

// columnConstraint applies a column's own constraint at once, or queues it as the table's.
func (c *Context) columnConstraint(d *draft, col *catalog.Column, k *ast.Constraint, serial bool) error {
	twice := func(what string) error {
		return pgerr.New(pgerrcode.SyntaxError, "multiple %s specified for column %q of table %q", what, col.Name, d.table.Name).At(int(k.Pos))
	}
	switch k.Kind {
	case ast.ConstraintNotNull:
		col.NotNull = true
	case ast.ConstraintNull:
		if col.NotNull {
			return pgerr.New(pgerrcode.SyntaxError, "conflicting NULL/NOT NULL declarations for column %q of table %q", col.Name, d.table.Name).At(int(k.Pos))
		}
	case ast.ConstraintDefault:
		if col.Default != "" && !serial {
			return twice("default values")
		}
		if col.Default != "" || col.Generated {
			return twice("default values")
		}
		col.Default = k.ExprText
	case ast.ConstraintGenerated:
		if col.Default != "" {
			return pgerr.New(pgerrcode.SyntaxError, "both default and generation expression specified for column %q of table %q", col.Name, d.table.Name).At(int(k.Pos))
		}
		col.Default, col.Generated = k.ExprText, true
	case ast.ConstraintIdentity:
		if col.Default != "" {
			return pgerr.New(pgerrcode.SyntaxError, "both default and identity specified for column %q of table %q", col.Name, d.table.Name).At(int(k.Pos))
		}
		return c.makeIdentity(d, col, k)
	default:
		k := *k
		k.Columns = []string{col.Name}
		d.constraints = append(d.constraints, k)
	}
	return nil
}

func (c *Context) makeIdentity(d *draft, col *catalog.Column, k *ast.Constraint) error {
	switch col.Type.OID {
	case types.Int2OID, types.Int4OID, types.Int8OID:
	default:
		return pgerr.New(pgerrcode.InvalidParameterValue, "identity column type must be smallint, integer, or bigint").At(int(k.Pos))
	}
	col.NotNull, col.Identity = true, 'd'
	if k.Always {
		col.Identity = 'a'
	}
	return c.attachSequence(d, col, k.Sequence)
}

// attachSequence makes the sequence of a serial or identity column, and the default that reads it.
func (c *Context) attachSequence(d *draft, col *catalog.Column, options []ast.SequenceOption) error {
	oid, err := c.Catalog.NewOID()
	if err != nil {
		return err
	}
	q := &catalog.Sequence{OID: oid, Namespace: d.namespace.ID, NamespaceOID: d.namespace.OID, Schema: d.namespace.Path, Owner: c.Role.OID,
		Type: col.Type.OID, Counter: c.Catalog.NewID(), OwnedBy: d.table.OID, OwnedByColumn: col.Num, Identity: col.Identity != 0}
	if q.Name, err = c.freeName(d, joinName(d.table.Name, col.Name, "seq")); err != nil {
		return err
	}
	if err := c.sequenceOptions(q, options, true); err != nil {
		return err
	}
	col.Sequence = oid
	col.Default = nextvalDefault(q)
	d.sequences = append(d.sequences, q)
	return nil
}

// joinName makes the name of an object that belongs to a table, cutting the longer part first, as Postgres does.
func joinName(table, column, suffix string) string {
	const most = 63
	over := len(suffix) + 1
	if column != "" {
		over++
	}
	for len(table)+len(column)+over > most {
		if len(table) > len(column) {
			table = table[:len(table)-1]
		} else {
			column = column[:len(column)-1]
		}
	}
	if column != "" {
		table += "_" + column
	}
	return table + "_" + suffix
}

// freeName adds a number to a name that is taken in the draft or its schema.
func (c *Context) freeName(d *draft, base string) (string, error) {
	for n := 0; ; n++ {
		name := base
		if n > 0 {
			name = base + strconv.Itoa(n)
		}
		taken, err := c.relationExists(d.namespace, name)
		if err != nil {
			return "", err
		}
		if !taken && !d.names[name] {
			d.names[name] = true
			return name, nil
		}
	}
}

func quoteIdent(name string) string {
	return funcs.QuoteIdent(name)
}

// checkDefaults binds every default and generation expression once, so that a bad one is an error now, and stores defaults in one spelling.
func (c *Context) checkDefaults(t *catalog.Table) error {
	o := c.Binder(nil)
	for i := range t.Columns {
		col := &t.Columns[i]
		if col.Dropped || col.Default == "" || col.Sequence != 0 {
			continue
		}
		scalar, err := c.bindDefault(t, col, o)
		if err != nil {
			return err
		}
		if k, ok := scalar.(*bound.Const); ok && k.Value.IsNull() {
			col.Default = "" // DEFAULT NULL is none
		} else if !col.Generated {
			col.Default = canonicalDefault(t, col, scalar, o)
		}
	}
	return nil
}

// canonicalDefault is a default as pg_get_expr shows it, with its constants' types, where that text means the very same; else the text as it is.
func canonicalDefault(t *catalog.Table, col *catalog.Column, scalar bound.Scalar, o *binder.Options) string {
	if namesObject(scalar) {
		return col.Default
	}
	shown := scalar
	if cast, ok := scalar.(*bound.Cast); ok && !cast.Explicit {
		shown = cast.X // the assignment makes it again
	}
	if k, ok := shown.(*bound.Const); ok {
		shown = &bound.Const{Value: k.Value, Typ: types.T(k.Typ.OID)} // and the modifier
	}
	spelled := *col
	spelled.Default = bound.ScalarText(shown, func(bound.ColumnID) string { return "?" })
	if again, err := binder.ColumnDefault(t, &spelled, o); err == nil && bound.Equal(scalar, again) {
		return spelled.Default
	}
	return col.Default
}

// namesObject tells whether an expression holds the OID of a catalog object, which a text should name instead.
func namesObject(s bound.Scalar) bool {
	found := false
	bound.Walk(s, func(x bound.Scalar) bool {
		if k, ok := x.(*bound.Const); ok {
			switch k.Typ.OID {
			case types.RegclassOID, types.RegtypeOID, types.RegprocOID, types.RegprocedureOID, types.RegnamespaceOID, types.RegroleOID, types.RegoperOID:
				found = true
			}
		}
		return !found
	})
	return found
}

// bindDefault is a column's default cast to its type; a generated column's expression may refer to the others.
func (c *Context) bindDefault(t *catalog.Table, col *catalog.Column, o *binder.Options) (bound.Scalar, error) {
	if !col.Generated {
		return binder.ColumnDefault(t, col, o)
	}
	e, err := o.ParseExpr(col.Default)
	if err != nil {
		return nil, err
	}
	o.Context = binder.GeneratedExpr
	scalar, err := binder.BindExpr(e, t, tableColumns(t), o)
	if err != nil {
		return nil, err
	}
	if volatilityOf(scalar) != funcs.Immutable {
		return nil, pgerr.New(pgerrcode.InvalidObjectDefinition, "generation expression is not immutable")
	}
	to, err := binder.CoerceTo(scalar, col.Type, types.CastAssignment, o)
	if err != nil {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "column %q is of type %s but default expression is of type %s", col.Name,
			types.FormatType(col.Type), types.FormatType(scalar.Type())).WithHint("You will need to rewrite or cast the expression.")
	}
	return to, nil
}

// tableColumns stand for a row of the table: IDs are attnums.
func tableColumns(t *catalog.Table) []bound.Column {
	var cols []bound.Column
	for col := range t.Live {
		cols = append(cols, bound.Column{ID: bound.ColumnID(col.Num), Name: col.Name, Type: col.Type, TableOID: uint32(t.OID), AttNum: col.Num})
	}
	return cols
}

// volatilityOf is the least stable of an expression's functions.
func volatilityOf(s bound.Scalar) funcs.Volatility {
	found := funcs.Immutable
	bound.Walk(s, func(x bound.Scalar) bool {
		if call, ok := x.(*bound.Call); ok {
			switch call.Fn.Volatility {
			case funcs.Volatile:
				found = funcs.Volatile
			case funcs.Stable:
				if found == funcs.Immutable {
					found = funcs.Stable
				}
			}
		}
		return true
	})
	return found
}

// evalDefault is the value of a default that needs no row.
func (c *Context) evalDefault(s bound.Scalar) (types.Datum, error) {
	x := c.Exec()
	defer x.View.Close()
	return exec.Eval(x.Funcs, s)
}

// copyLike adds the columns of LIKE, and what INCLUDING asks for.
func (c *Context) copyLike(d *draft, like ast.LikeClause) error {
	src, err := c.findTable(like.Table.Name, false)
	if err != nil {
		return err
	}
	with := func(what string) bool {
		return slices.Contains(like.Including, "ALL") || slices.Contains(like.Including, what)
	}
	nums := map[int16]string{}
	for col := range src.Live {
		nums[col.Num] = col.Name
		copied := catalog.Column{Num: int16(len(d.table.Columns) + 1), Name: col.Name, Type: col.Type, NotNull: col.NotNull}
		if with("DEFAULTS") && col.Identity == 0 && !col.Generated {
			copied.Default = col.Default
		}
		if with("GENERATED") && col.Generated {
			copied.Default, copied.Generated = col.Default, true
		}
		d.table.Columns = append(d.table.Columns, copied)
		if with("IDENTITY") && col.Identity != 0 {
			at := &d.table.Columns[len(d.table.Columns)-1]
			at.Identity = col.Identity
			if err := c.attachSequence(d, at, nil); err != nil {
				return err
			}
		}
	}
	for _, k := range src.Constraints {
		if k.Kind == catalog.Check && with("CONSTRAINTS") {
			if err := c.addCheck(d, k.Name, k.Expr); err != nil {
				return err
			}
		}
	}
	if with("INDEXES") {
		return c.copyIndexes(d, src, nums)
	}
	return nil
}

// createTableAs is CREATE TABLE … AS.
func (c *Context) createTableAs(st *ast.CreateTable) (string, error) {
	d, err := c.newDraft(st)
	if err != nil {
		return "", err
	}
	if d == nil {
		return "CREATE TABLE AS", nil
	}
	query, ok := st.Query.(*ast.Select)
	if !ok {
		return "", pgerr.Unimplemented("CREATE TABLE AS of this kind of statement")
	}
	n, err := c.fillAs(d, query, st.ColumnNames, st.NoData)
	if err != nil {
		return "", err
	}
	if st.NoData {
		return "CREATE TABLE AS", nil
	}
	return "SELECT " + strconv.FormatInt(n, 10), nil
}

// selectInto is SELECT … INTO.
func (c *Context) selectInto(st *ast.Select) (string, error) {
	d, err := c.newDraft(&ast.CreateTable{Table: st.Into})
	if err != nil {
		return "", err
	}
	query := *st
	query.Into = nil
	n, err := c.fillAs(d, &query, nil, false)
	return "SELECT " + strconv.FormatInt(n, 10), err
}

func (c *Context) fillAs(d *draft, query *ast.Select, names []string, noData bool) (int64, error) {
	res, err := binder.Bind(query, c.Binder(nil))
	if err != nil {
		return 0, err
	}
	out := bound.Output(res.Stmt)
	if len(names) > len(out) {
		return 0, pgerr.New(pgerrcode.SyntaxError, "too many column names were specified")
	}
	for i, col := range out {
		name := col.Name
		if i < len(names) {
			name = c.cutName(names[i])
		}
		if slices.ContainsFunc(d.table.Columns, func(x catalog.Column) bool { return x.Name == name }) {
			return 0, pgerr.New(pgerrcode.DuplicateColumn, "column %q specified more than once", name)
		}
		t := col.Type
		if t.OID == types.UnknownOID {
			t = types.T(types.TextOID)
		}
		if err := storable(t, name, ast.NoPos); err != nil {
			return 0, err
		}
		d.table.Columns = append(d.table.Columns, catalog.Column{Num: int16(i + 1), Name: name, Type: t})
	}
	if err := c.finish(d); err != nil || noData {
		return 0, err
	}
	target := &ast.RangeVar{Name: ast.Name{Parts: []string{d.table.Schema, d.table.Name}, Pos: ast.NoPos}, Pos: ast.NoPos}
	return c.Query(c, &ast.Insert{Table: target, Source: query})
}
