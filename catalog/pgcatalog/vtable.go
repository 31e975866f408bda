package pgcatalog

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"vecgres/catalog"
	"vecgres/sql/types"
)

//go:embed columns.tsv
var columnList string

//go:embed vecgres.tsv
var ownColumnList string

//go:embed static/*.tsv
var staticRows embed.FS

// producer yields a relation's rows as structs.
type producer struct {
	row  reflect.Type
	rows func(q *query, yield func(any) error) error
}

// query is one reading of a relation.
type query struct {
	context.Context
	*catalog.VirtualEnv
	lookup map[string]types.Datum // equality conditions by column name
}

// oid is a lookup condition on an OID column.
func (q *query) oid(column string) (catalog.OID, bool) {
	d, ok := q.lookup[column]
	if !ok || d.IsNull() {
		return 0, false
	}
	return catalog.OID(uint32(d.Int())), true
}

// text is a lookup condition on a name or text column.
func (q *query) text(column string) (string, bool) {
	d, ok := q.lookup[column]
	if !ok || d.IsNull() {
		return "", false
	}
	return d.Text(), true
}

// live makes a producer of rows of type T.
func live[T any](rows func(q *query, yield func(*T) error) error) producer {
	return producer{row: reflect.TypeFor[T](), rows: func(q *query, yield func(any) error) error {
		return rows(q, func(r *T) error { return yield(r) })
	}}
}

// Register adds pg_catalog, and the schema vecgres of what Postgres has no place for, to a catalog.
func Register(c *catalog.Catalog) error {
	for _, schema := range []struct {
		name string
		oid  catalog.OID
		list string
	}{{"pg_catalog", catalog.CatalogNamespaceOID, columnList}, {"vecgres", catalog.VecgresNamespaceOID, ownColumnList}} {
		var relations []*catalog.Table
		for line := range strings.Lines(schema.list) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			t, err := relationOf(schema.name, strings.TrimRight(line, "\n"))
			if err != nil {
				return err
			}
			relations = append(relations, t)
		}
		c.AddBuiltin(schema.name, schema.oid, relations)
	}
	return nil
}

// relationOf makes a relation of its line in columns.tsv or vecgres.tsv.
func relationOf(schema, line string) (*catalog.Table, error) {
	f := strings.Split(line, "\t")
	if len(f) != 4 {
		return nil, fmt.Errorf("pgcatalog: bad line %q", line)
	}
	oid, err := strconv.ParseUint(f[1], 10, 32)
	if err != nil {
		return nil, fmt.Errorf("pgcatalog: bad line %q: %w", line, err)
	}
	t := &catalog.Table{OID: catalog.OID(oid), Name: f[0], Kind: catalog.RelKind(f[2][0])}
	for i, def := range strings.Split(f[3], ",") {
		name, typ, _ := strings.Cut(def, ":")
		t.Columns = append(t.Columns, catalog.Column{Num: int16(i + 1), Name: name, Type: typeNamed(typ)})
	}
	t.Virtual = &catalog.VirtualTable{Schema: schema, Name: t.Name, OID: t.OID, Columns: t.Columns}
	if p, ok := producers[t.Name]; ok {
		t.Virtual.Rows, err = p.bind(t)
		return t, err
	}
	fixed, err := readStatic(t)
	if err != nil {
		return nil, err
	}
	t.Virtual.Rows = func(_ context.Context, _ *catalog.VirtualEnv, _ map[int16]types.Datum, yield func([]types.Datum) error) error {
		for _, row := range fixed {
			if err := yield(row); err != nil {
				return err
			}
		}
		return nil
	}
	return t, nil
}

// typeNamed is a column's type; what vecgres has no type for is shown as text.
func typeNamed(name string) types.Type {
	base, array := strings.CutSuffix(name, "[]")
	base = strings.Trim(base, `"`)
	if strings.HasPrefix(name, `"char"`) {
		base = "char"
	}
	var oid types.OID
	if base == "char" {
		oid = types.CharOID
	} else if info, ok := types.ByName(base); ok && info.Kind != 'p' {
		oid = info.OID
	} else {
		oid = types.TextOID
	}
	if array {
		if info, ok := types.Lookup(oid); ok && info.Array != 0 {
			oid = info.Array
		}
	}
	return types.T(oid)
}

// bind makes a producer's structs rows of a relation: each column is found among the struct's tags once.
func (p producer) bind(t *catalog.Table) (func(context.Context, *catalog.VirtualEnv, map[int16]types.Datum, func([]types.Datum) error) error, error) {
	fields := make([]int, len(t.Columns))
	used := 0
	for i, col := range t.Columns {
		fields[i] = -1
		for j := range p.row.NumField() {
			if p.row.Field(j).Tag.Get("pg") == col.Name {
				fields[i] = j
				used++
			}
		}
	}
	if used != p.row.NumField() {
		return nil, fmt.Errorf("pgcatalog: %s has fields that are no columns of %s", p.row, t.Name)
	}
	return func(ctx context.Context, env *catalog.VirtualEnv, lookup map[int16]types.Datum, yield func([]types.Datum) error) error {
		q := &query{Context: ctx, VirtualEnv: env, lookup: map[string]types.Datum{}}
		for num, v := range lookup {
			q.lookup[t.Columns[num-1].Name] = v
		}
		row := make([]types.Datum, len(fields))
		return p.rows(q, func(r any) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			v := reflect.ValueOf(r).Elem()
			for i, j := range fields {
				row[i] = types.Null
				if j >= 0 {
					row[i] = datumOf(v.Field(j).Interface(), t.Columns[i].Type)
				}
			}
			return yield(row)
		})
	}, nil
}

// datumOf is a field's value: a nil pointer or slice is NULL.
func datumOf(v any, t types.Type) types.Datum {
	switch v := v.(type) {
	case string:
		return types.Text(v)
	case *string:
		if v == nil {
			return types.Null
		}
		return types.Text(*v)
	case bool:
		return types.Bool(v)
	case catalog.OID:
		return types.Int(int64(v))
	case types.OID:
		return types.Int(int64(v))
	case int16:
		return types.Int(int64(v))
	case int32:
		return types.Int(int64(v))
	case int64:
		return types.Int(v)
	case *catalog.OID:
		if v == nil {
			return types.Null
		}
		return types.Int(int64(*v))
	case *int64:
		if v == nil {
			return types.Null
		}
		return types.Int(*v)
	case float64:
		return types.Float(v)
	case *float64:
		if v == nil {
			return types.Null
		}
		return types.Float(*v)
	case byte:
		return types.Text(string(rune(v)))
	case []string:
		return arrayOf(v, t, types.Text)
	case []int16:
		return arrayOf(v, t, func(n int16) types.Datum { return types.Int(int64(n)) })
	case []catalog.OID:
		return arrayOf(v, t, func(n catalog.OID) types.Datum { return types.Int(int64(n)) })
	}
	panic(fmt.Sprintf("pgcatalog: a field of type %T", v))
}

func arrayOf[T any](list []T, t types.Type, datum func(T) types.Datum) types.Datum {
	if list == nil {
		return types.Null
	}
	a := &types.Array{Elem: types.TextOID}
	if info, ok := types.Lookup(t.OID); ok && info.Elem != 0 {
		a.Elem = info.Elem
	}
	lower := int32(1)
	if t.OID == types.Int2VectorOID || t.OID == types.OidVectorOID {
		lower = 0
	}
	if len(list) > 0 {
		a.Dims, a.Lower = []int32{int32(len(list))}, []int32{lower}
	}
	for _, v := range list {
		a.Elems = append(a.Elems, datum(v))
	}
	return types.ArrayOf(a)
}

// readStatic reads a relation's fixed rows; a relation without a file has none. The first line names the columns given; \N is NULL.
func readStatic(t *catalog.Table) ([][]types.Datum, error) {
	text, err := staticRows.ReadFile("static/" + t.Name + ".tsv")
	if err != nil {
		return nil, nil // no rows
	}
	lines := strings.Split(strings.TrimRight(string(bytes.TrimSpace(text)), "\n"), "\n")
	header := strings.Split(lines[0], "\t")
	var rows [][]types.Datum
	for _, line := range lines[1:] {
		values := strings.Split(line, "\t")
		if len(values) != len(header) {
			return nil, fmt.Errorf("pgcatalog: static/%s.tsv: %q has %d values, not %d", t.Name, line, len(values), len(header))
		}
		row := make([]types.Datum, len(t.Columns))
		for i := range row {
			row[i] = types.Null
		}
		for i, name := range header {
			col, ok := t.Column(name)
			if !ok {
				return nil, fmt.Errorf("pgcatalog: static/%s.tsv: no column %q", t.Name, name)
			}
			if values[i] == `\N` {
				continue
			}
			if row[col.Num-1], err = types.ParseText(&types.Env{}, col.Type, values[i]); err != nil {
				return nil, fmt.Errorf("pgcatalog: static/%s.tsv: column %s: %w", t.Name, name, err)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}
