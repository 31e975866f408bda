package pgcatalog

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// call is one call of a function that reads the catalog.
type call struct {
	context.Context
	*catalog.VirtualEnv
	path []string
	args []types.Datum
}

func (c *call) oid(i int) catalog.OID { return catalog.OID(uint32(c.args[i].Int())) }

// setsOfRelations are set-returning functions whose rows are those of a relation of pg_catalog.
var setsOfRelations = map[string]catalog.OID{"pg_show_all_settings": 12104}

// Rows computes a set-returning function that reads the catalog, by its SQL name. What it does not know is 0A000.
func Rows(ctx context.Context, env *catalog.VirtualEnv, name string, emit func(row []types.Datum) error) error {
	oid, ok := setsOfRelations[name]
	if !ok {
		return pgerr.Unimplemented("function " + name)
	}
	t, err := env.Reader.TableByOID(oid)
	if err != nil {
		return err
	}
	return t.Virtual.Rows(ctx, env, nil, emit)
}

// Function computes a function that reads the catalog, by its SQL name; path is the search path. What it does not know is 0A000.
func Function(ctx context.Context, env *catalog.VirtualEnv, path []string, name string, args []types.Datum) (types.Datum, error) {
	f, ok := functions[name]
	if !ok {
		if strings.HasPrefix(name, "has_") || name == "pg_has_role" {
			return hasPrivilege(&call{ctx, env, path, args})
		}
		return types.Null, pgerr.Unimplemented("function " + name)
	}
	return f(&call{ctx, env, path, args})
}

var functions map[string]func(*call) (types.Datum, error)

func init() {
	functions = map[string]func(*call) (types.Datum, error){
		"pg_get_indexdef":                    getIndexdef,
		"pg_get_constraintdef":               getConstraintdef,
		"pg_get_expr":                        getExpr,
		"pg_get_viewdef":                     getViewdef,
		"pg_get_userbyid":                    getUserByID,
		"pg_get_serial_sequence":             getSerialSequence,
		"pg_get_function_arguments":          functionArguments,
		"pg_get_function_result":             functionResult,
		"pg_get_function_identity_arguments": functionArguments,
		"pg_get_ruledef":                     null,
		"pg_get_triggerdef":                  null,
		"pg_get_partkeydef":                  null,
		"pg_get_statisticsobjdef_columns":    null,
		"pg_get_functiondef":                 null,
		"pg_get_function_sqlbody":            null,
		"pg_table_is_visible":                tableIsVisible,
		"pg_type_is_visible":                 visible,
		"pg_function_is_visible":             visible,
		"pg_operator_is_visible":             visible,
		"pg_opclass_is_visible":              visible,
		"pg_opfamily_is_visible":             visible,
		"pg_collation_is_visible":            visible,
		"pg_conversion_is_visible":           visible,
		"pg_statistics_obj_is_visible":       visible,
		"pg_ts_config_is_visible":            visible,
		"pg_ts_dict_is_visible":              visible,
		"pg_ts_parser_is_visible":            visible,
		"pg_ts_template_is_visible":          visible,
		"obj_description":                    objDescription,
		"col_description":                    colDescription,
		"shobj_description":                  shobjDescription,
		"pg_relation_size":                   relationSize,
		"pg_table_size":                      relationSize,
		"pg_total_relation_size":             totalSize,
		"pg_indexes_size":                    indexesSize,
		"pg_database_size":                   databaseSize,
		"pg_relation_is_publishable":         func(*call) (types.Datum, error) { return types.Bool(false), nil },
		"pg_tablespace_location":             func(*call) (types.Datum, error) { return types.Text(""), nil },
		"pg_relation_filenode":               relationFilenode,
		"to_regclass":                        toReg(types.RegclassOID),
		"to_regtype":                         toReg(types.RegtypeOID),
		"to_regnamespace":                    toReg(types.RegnamespaceOID),
		"to_regrole":                         toReg(types.RegroleOID),
		"to_regproc":                         toReg(types.RegprocOID),
	}
}

func null(*call) (types.Datum, error)    { return types.Null, nil }
func visible(*call) (types.Datum, error) { return types.Bool(true), nil }

// hasPrivilege answers has_*_privilege: privileges are not divided yet, so whoever may log in may do everything.
func hasPrivilege(*call) (types.Datum, error) { return types.Bool(true), nil }

func quoted(name string) string { return funcs.QuoteIdent(name) }

// indexDefinition is CREATE INDEX as pg_get_indexdef prints it.
func indexDefinition(schema string, t *catalog.Table, ix *catalog.Index, qualify, pretty bool) string {
	var b strings.Builder
	b.WriteString("CREATE ")
	if ix.Unique {
		b.WriteString("UNIQUE ")
	}
	table := quoted(t.Name)
	if qualify {
		table = quoted(schema) + "." + table
	}
	b.WriteString("INDEX " + quoted(ix.Name) + " ON " + table + " USING " + ix.Method + " (")
	for i := range ix.Keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(indexKey(t, ix, i, true))
	}
	b.WriteString(")")
	if len(ix.Include) > 0 {
		b.WriteString(" INCLUDE (" + columnNames(t, ix.Include) + ")")
	}
	if ix.NullsNotDistinct {
		b.WriteString(" NULLS NOT DISTINCT")
	}
	if len(ix.Options) > 0 {
		var list []string
		for _, k := range optionNames(ix.Options) {
			list = append(list, k+"='"+ix.Options[k]+"'")
		}
		b.WriteString(" WITH (" + strings.Join(list, ", ") + ")")
	}
	if ix.Predicate != "" {
		if pretty {
			b.WriteString(" WHERE " + bare(ix.Predicate))
		} else {
			b.WriteString(" WHERE " + predicateText(ix.Predicate))
		}
	}
	return b.String()
}

// bare is an expression without parentheses around the whole of it, as the pretty forms show one.
func bare(expr string) string {
	if strings.HasPrefix(expr, "(") && isCall("f"+expr) {
		return expr[1 : len(expr)-1]
	}
	return expr
}

// predicateText is a partial index's predicate in a definition: in parentheses, unless it is a column or a call.
func predicateText(pred string) string {
	simple := strings.Trim(pred, "abcdefghijklmnopqrstuvwxyz_0123456789") == ""
	if simple || isCall(pred) || bare(pred) != pred {
		return pred
	}
	return "(" + pred + ")"
}

func parenthesized(expr string) string {
	if strings.HasPrefix(expr, "(") && strings.HasSuffix(expr, ")") {
		return expr
	}
	return "(" + expr + ")"
}

// isCall tells an expression that is one function call, which stands in a definition without parentheses around it.
func isCall(expr string) bool {
	open := strings.IndexByte(expr, '(')
	if open <= 0 || strings.Trim(expr[:open], "abcdefghijklmnopqrstuvwxyz_0123456789.") != "" {
		return false
	}
	depth := 0
	for i := open; i < len(expr); i++ {
		switch expr[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i == len(expr)-1
			}
		case '\'', '"': // quoted parentheses: skip to the end of the quotes
			end := strings.IndexByte(expr[i+1:], expr[i])
			if end < 0 {
				return false
			}
			i += end + 1
		}
	}
	return false
}

// indexKey is one key of a definition; full adds operator class and order where they are not the default.
func indexKey(t *catalog.Table, ix *catalog.Index, i int, full bool) string {
	k := ix.Keys[i]
	text := k.Expr
	if !isCall(text) {
		text = "(" + text + ")"
	}
	if col, ok := t.ColumnByNum(k.Column); ok {
		text = quoted(col.Name)
	}
	if !full {
		return text
	}
	if !defaultOpclass(ix.Method, k) {
		text += " " + k.OpClass
	}
	if k.Desc {
		text += " DESC"
	}
	if k.NullsFirst && !k.Desc {
		text += " NULLS FIRST"
	} else if k.Desc && !k.NullsFirst {
		text += " NULLS LAST"
	}
	return text
}

// defaultOpclass tells an operator class that a definition need not name.
func defaultOpclass(method string, k catalog.IndexKey) bool {
	if class, ok := catalog.VectorOpClass(method, k.OpClass, 0); ok {
		return class.Default
	}
	return method == "btree" && !strings.HasSuffix(k.OpClass, "_pattern_ops")
}

func columnNames(t *catalog.Table, nums []int16) string {
	var names []string
	for _, n := range nums {
		if col, ok := t.ColumnByNum(n); ok {
			names = append(names, quoted(col.Name))
		}
	}
	return strings.Join(names, ", ")
}

func getIndexdef(c *call) (types.Datum, error) {
	ix, t, err := c.Reader.IndexByOID(c.oid(0))
	if err != nil || ix == nil {
		return types.Null, err
	}
	if len(c.args) == 3 {
		if n := int(c.args[1].Int()); n > 0 {
			switch {
			case n <= len(ix.Keys):
				return types.Text(indexKey(t, ix, n-1, false)), nil
			case n <= len(ix.Keys)+len(ix.Include):
				return types.Text(columnNames(t, ix.Include[n-len(ix.Keys)-1:][:1])), nil
			}
			return types.Text(""), nil
		}
	}
	return types.Text(indexDefinition(t.Schema, t, ix, !c.tableVisible(t), len(c.args) == 3 && c.args[2].Bool())), nil
}

func getConstraintdef(c *call) (types.Datum, error) {
	var found types.Datum
	oid := c.oid(0)
	err := eachTable(c.Reader, func(t *catalog.Table) bool {
		for _, k := range t.Constraints {
			if k.OID == oid {
				found = types.Text(constraintDefinition(t, k, len(c.args) > 1 && c.args[1].Bool()))
				return false
			}
		}
		return true
	})
	if err != nil || found.S == "" {
		return types.Null, err
	}
	return found, nil
}

// eachTable visits the stored tables of the current database until visit says no.
func eachTable(r catalog.Reader, visit func(*catalog.Table) bool) error {
	for n, err := range r.Namespaces() {
		if err != nil {
			return err
		}
		if n.Builtin {
			continue
		}
		tables, err := r.Tables(n)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if !visit(t) {
				return nil
			}
		}
	}
	return nil
}

func constraintDefinition(t *catalog.Table, k *catalog.Constraint, pretty bool) string {
	var text string
	switch k.Kind {
	case catalog.Check:
		text = "CHECK (" + parenthesized(k.Expr) + ")"
		if pretty {
			text = "CHECK (" + bare(k.Expr) + ")"
		}
	case catalog.PrimaryKey:
		text = "PRIMARY KEY (" + columnNames(t, k.Columns) + ")"
	case catalog.Unique:
		text = "UNIQUE (" + columnNames(t, k.Columns) + ")"
		for _, ix := range t.Indexes {
			if ix.OID == k.Index && ix.NullsNotDistinct {
				text = "UNIQUE NULLS NOT DISTINCT (" + columnNames(t, k.Columns) + ")"
			}
		}
	}
	for _, ix := range t.Indexes {
		if ix.OID == k.Index && k.Index != 0 && len(ix.Include) > 0 {
			text += " INCLUDE (" + columnNames(t, ix.Include) + ")"
		}
	}
	if k.NotValid {
		text += " NOT VALID"
	}
	return text
}

// getExpr shows what adbin, conbin and the like hold: here they are texts already. A sequence's name is qualified only where the search path
// would not find it.
func getExpr(c *call) (types.Datum, error) {
	if c.args[0].IsNull() {
		return types.Null, nil
	}
	text := c.args[0].Text()
	const before, after = "nextval('", "'::regclass)"
	if name, ok := strings.CutPrefix(text, before); ok {
		if name, ok = strings.CutSuffix(name, after); ok {
			oid, err := RegOID(c.Reader, c.path, types.RegclassOID, strings.ReplaceAll(name, "''", "'"))
			if err == nil {
				if shown, ok := RegName(c.Reader, c.path, types.RegclassOID, oid); ok {
					text = before + strings.ReplaceAll(shown, "'", "''") + after
				}
			}
		}
	}
	return types.Text(text), nil
}

func getViewdef(c *call) (types.Datum, error) {
	t, err := c.Reader.TableByOID(c.oid(0))
	if err != nil || t == nil || t.ViewQuery == "" {
		return types.Null, err
	}
	return types.Text(" " + strings.TrimSuffix(t.ViewQuery, ";") + ";"), nil
}

func roleName(r catalog.Reader, oid catalog.OID) string {
	role, err := r.RoleByOID(oid)
	if err != nil || role == nil {
		return "unknown (OID=" + strconv.FormatUint(uint64(oid), 10) + ")"
	}
	return role.Name
}

func getUserByID(c *call) (types.Datum, error) {
	return types.Text(roleName(c.Reader, c.oid(0))), nil
}

func getSerialSequence(c *call) (types.Datum, error) {
	oid, err := RegOID(c.Reader, c.path, types.RegclassOID, c.args[0].Text())
	if err != nil {
		return types.Null, err
	}
	t, err := c.Reader.TableByOID(catalog.OID(oid))
	if err != nil || t == nil {
		return types.Null, err
	}
	col, ok := t.Column(c.args[1].Text())
	if !ok {
		return types.Null, pgerr.New(pgerrcode.UndefinedColumn, "column %q of relation %q does not exist", c.args[1].Text(), t.Name)
	}
	if col.Sequence == 0 {
		return types.Null, nil
	}
	s, err := c.Reader.SequenceByOID(col.Sequence)
	if err != nil || s == nil {
		return types.Null, err
	}
	return types.Text(quoted(s.Schema) + "." + quoted(s.Name)), nil
}

func functionArguments(c *call) (types.Datum, error) {
	for f := range funcs.AllFunctions() {
		if catalog.OID(f.OID) == c.oid(0) {
			return types.Text(typeNames(f.Args)), nil
		}
	}
	for f := range funcs.AllAggregates() {
		if catalog.OID(f.OID) == c.oid(0) {
			return types.Text(typeNames(f.Args)), nil
		}
	}
	return types.Text(""), nil
}

func typeNames(oids []types.OID) string {
	names := make([]string, len(oids))
	for i, o := range oids {
		names[i] = types.TypeName(o)
	}
	return strings.Join(names, ", ")
}

func functionResult(c *call) (types.Datum, error) {
	for f := range funcs.AllFunctions() {
		if catalog.OID(f.OID) == c.oid(0) {
			return types.Text(types.TypeName(f.Ret)), nil
		}
	}
	return types.Null, nil
}

// tableVisible tells whether the name alone finds the table by the search path.
func (c *call) tableVisible(t *catalog.Table) bool {
	return relationVisible(c.Reader, c.path, t.NamespaceOID, t.Name)
}

func tableIsVisible(c *call) (types.Datum, error) {
	q := &query{Context: c.Context, VirtualEnv: c.VirtualEnv}
	r, err := classByOID(q, c.oid(0))
	if err != nil || r == nil {
		return types.Null, err
	}
	return types.Bool(relationVisible(c.Reader, c.path, r.Namespace, r.Name)), nil
}

func objDescription(c *call) (types.Datum, error) {
	class := ""
	if len(c.args) > 1 {
		class = c.args[1].Text()
	}
	switch class {
	case "pg_namespace":
		n, err := c.Reader.NamespaceByOID(c.oid(0))
		if err != nil || n == nil || n.Comment == "" {
			return types.Null, err
		}
		return types.Text(n.Comment), nil
	case "pg_class", "":
		t, err := c.Reader.TableByOID(c.oid(0))
		if err != nil {
			return types.Null, err
		}
		if t != nil && t.Comment != "" {
			return types.Text(t.Comment), nil
		}
		ix, _, err := c.Reader.IndexByOID(c.oid(0))
		if err != nil || ix == nil || ix.Comment == "" {
			return types.Null, err
		}
		return types.Text(ix.Comment), nil
	}
	return types.Null, nil
}

func colDescription(c *call) (types.Datum, error) {
	t, err := c.Reader.TableByOID(c.oid(0))
	if err != nil || t == nil {
		return types.Null, err
	}
	col, ok := t.ColumnByNum(int16(c.args[1].Int()))
	if !ok || col.Comment == "" {
		return types.Null, nil
	}
	return types.Text(col.Comment), nil
}

func shobjDescription(c *call) (types.Datum, error) {
	list, err := c.Reader.Databases()
	if err != nil {
		return types.Null, err
	}
	for _, d := range list {
		if d.OID == c.oid(0) && d.Comment != "" {
			return types.Text(d.Comment), nil
		}
	}
	r, err := c.Reader.RoleByOID(c.oid(0))
	if err != nil || r == nil || r.Comment == "" {
		return types.Null, err
	}
	return types.Text(r.Comment), nil
}

// relationSize is the size of a table or an index alone.
func relationSize(c *call) (types.Datum, error) {
	t, err := c.Reader.TableByOID(c.oid(0))
	if err != nil {
		return types.Null, err
	}
	if t != nil {
		return types.Int(dataBytes(c, t)), nil
	}
	ix, t, err := c.Reader.IndexByOID(c.oid(0))
	if err != nil || ix == nil || c.Engine == nil {
		return types.Int(0), err
	}
	return types.Int(c.Engine.IndexBytes(t.Storage, ix.ID)), nil
}

// indexesSize is the size of a table's indexes, totalSize that of the table with them.
func indexesSize(c *call) (types.Datum, error) {
	t, err := c.Reader.TableByOID(c.oid(0))
	if err != nil || t == nil {
		return types.Int(0), err
	}
	return types.Int(indexBytes(c, t)), nil
}

func totalSize(c *call) (types.Datum, error) {
	t, err := c.Reader.TableByOID(c.oid(0))
	if err != nil || t == nil {
		return relationSize(c)
	}
	return types.Int(dataBytes(c, t) + indexBytes(c, t)), nil
}

func dataBytes(c *call, t *catalog.Table) int64 {
	if t.Storage == 0 || c.Engine == nil {
		return 0
	}
	_, _, bytes, _, _ := c.Engine.TableStats(t.Storage)
	return bytes
}

func indexBytes(c *call, t *catalog.Table) int64 {
	bytes := int64(0)
	if t.Storage != 0 && c.Engine != nil {
		for _, ix := range t.Indexes {
			bytes += c.Engine.IndexBytes(t.Storage, ix.ID)
		}
	}
	return bytes
}

func databaseSize(c *call) (types.Datum, error) {
	var total int64
	err := eachTable(c.Reader, func(t *catalog.Table) bool {
		total += dataBytes(c, t) + indexBytes(c, t)
		return true
	})
	return types.Int(total), err
}

func relationFilenode(c *call) (types.Datum, error) {
	t, err := c.Reader.TableByOID(c.oid(0))
	if err != nil || t == nil {
		return types.Null, err
	}
	return types.Int(int64(uint32(t.Storage))), nil
}

// toReg is to_regclass and its like: NULL for what does not exist.
func toReg(typ types.OID) func(*call) (types.Datum, error) {
	return func(c *call) (types.Datum, error) {
		oid, err := RegOID(c.Reader, c.path, typ, c.args[0].Text())
		if err != nil {
			return types.Null, nil
		}
		return types.Int(int64(oid)), nil
	}
}
