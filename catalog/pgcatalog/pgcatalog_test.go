package pgcatalog

import (
	"context"
	"iter"
	"strconv"
	"strings"
	"testing"

	"vecgres/catalog"
	"vecgres/catalog/memstore"
	"vecgres/sql/types"
)

type session struct{}

func (session) Settings() iter.Seq[catalog.Setting] {
	return func(yield func(catalog.Setting) bool) {
		yield(catalog.Setting{Name: "work_mem", Value: "4MB", VarType: "integer"})
	}
}
func (session) Activity() []catalog.Activity                    { return []catalog.Activity{{PID: 7, State: "active"}} }
func (session) PreparedStatements() []catalog.PreparedStatement { return nil }

type engine struct{}

func (engine) TableStats(catalog.StorageID) (rows, dead, bytes int64, segments int, ok bool) {
	return 10, 1, 8192, 1, true
}
func (engine) IndexBytes(catalog.StorageID, uint64) int64 { return 1024 }
func (engine) Locks() []catalog.Lock {
	return []catalog.Lock{{PID: 7, Kind: "advisory", Advisory: [2]uint64{11, 3<<32 | 4}, Mode: 7, Granted: true}}
}
func (engine) RecallStats() []catalog.RecallStat { return nil }
func (engine) BuildProgress() []catalog.BuildProgress {
	return []catalog.BuildProgress{{Phase: "building graph", Done: 1, Total: 2}}
}

// withTable runs fn over a database with a table of every kind of thing.
func withTable(t *testing.T, fn func(cat *catalog.Catalog, env *catalog.VirtualEnv, table *catalog.Table)) {
	store := memstore.New()
	cat := catalog.New(store)
	if err := Register(cat); err != nil {
		t.Fatal(err)
	}
	if err := cat.Bootstrap(context.Background()); err != nil {
		t.Fatal(err)
	}
	err := store.Autonomous(context.Background(), func(tx catalog.Tx) error {
		db, err := cat.Snapshot(tx, nil).DatabaseByName("postgres")
		if err != nil {
			return err
		}
		s := cat.Snapshot(tx, db)
		n, err := s.NamespaceByPath("public")
		if err != nil {
			return err
		}
		table := &catalog.Table{OID: 20000, Namespace: n.ID, Name: "Items", Kind: catalog.KindTable, Owner: catalog.BootstrapRoleOID, Storage: 5,
			Columns: []catalog.Column{{Num: 1, Name: "id", Type: types.T(types.Int8OID), NotNull: true, Default: "7"},
				{Num: 2, Name: "v", Type: types.Type{OID: types.VectorOID, Mod: 3}, Comment: "a vector"}},
			Indexes: []*catalog.Index{
				{OID: 20001, ID: 1, Name: "items_pkey", Table: 20000, Method: "btree", Unique: true, Primary: true, Keys: []catalog.IndexKey{{Column: 1, Type: types.T(types.Int8OID), OpClass: "int8_ops"}}},
				{OID: 20002, ID: 2, Name: "items_v_idx", Table: 20000, Method: "hnsw", Options: map[string]string{"m": "8"},
					Keys: []catalog.IndexKey{{Column: 2, Type: types.Type{OID: types.VectorOID, Mod: 3}, OpClass: "vector_l2_ops"}}}},
			Constraints: []*catalog.Constraint{{OID: 20003, Name: "items_pkey", Kind: catalog.PrimaryKey, Columns: []int16{1}, Index: 20001},
				{OID: 20004, Name: "positive", Kind: catalog.Check, Columns: []int16{1}, Expr: "id > 0"}}}
		if err := s.CreateTable(table); err != nil {
			return err
		}
		fn(cat, &catalog.VirtualEnv{Reader: s, Session: session{}, Engine: engine{}}, table)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// read gives a relation's rows as text, one map a row.
func read(t *testing.T, env *catalog.VirtualEnv, name string, lookup map[int16]types.Datum) []map[string]string {
	t.Helper()
	n, err := env.Reader.NamespaceByPath("pg_catalog")
	if err != nil {
		t.Fatal(err)
	}
	rel, err := env.Reader.TableByName(n, name)
	if err != nil || rel == nil {
		t.Fatalf("%s: %v, %v", name, rel, err)
	}
	var out []map[string]string
	err = rel.Virtual.Rows(context.Background(), env, lookup, func(row []types.Datum) error {
		if len(row) != len(rel.Columns) {
			t.Fatalf("%s: a row of %d values for %d columns", name, len(row), len(rel.Columns))
		}
		m := map[string]string{}
		for i, d := range row {
			if !d.IsNull() {
				m[rel.Columns[i].Name] = types.FormatText(&types.Env{}, rel.Columns[i].Type.OID, d)
			}
		}
		out = append(out, m)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

func TestEveryRelationCanBeRead(t *testing.T) {
	withTable(t, func(_ *catalog.Catalog, env *catalog.VirtualEnv, _ *catalog.Table) {
		count := 0
		for line := range strings.Lines(columnList) {
			if name, _, ok := strings.Cut(line, "\t"); ok && !strings.HasPrefix(line, "#") {
				read(t, env, name, nil)
				count++
			}
		}
		if count < 130 {
			t.Errorf("only %d relations", count)
		}
	})
}

func TestFactsShow(t *testing.T) {
	withTable(t, func(_ *catalog.Catalog, env *catalog.VirtualEnv, _ *catalog.Table) {
		oid := map[int16]types.Datum{1: types.Int(20000)}
		class := read(t, env, "pg_class", oid)
		if len(class) != 1 || class[0]["relname"] != "Items" || class[0]["relkind"] != "r" || class[0]["relchecks"] != "1" || class[0]["reltuples"] != "10" {
			t.Errorf("pg_class: %v", class)
		}
		index := read(t, env, "pg_class", map[int16]types.Datum{1: types.Int(20002)})
		if len(index) != 1 || index[0]["relkind"] != "i" || index[0]["relam"] != "16020" || index[0]["reloptions"] != "{m=8}" {
			t.Errorf("pg_class of an index: %v", index)
		}
		attributes := read(t, env, "pg_attribute", oid)
		if len(attributes) != 2 || attributes[1]["attname"] != "v" || attributes[1]["atttypmod"] != "3" || attributes[0]["attnotnull"] != "t" {
			t.Errorf("pg_attribute: %v", attributes)
		}
		indexes := read(t, env, "pg_index", nil)
		if len(indexes) != 2 || indexes[0]["indkey"] != "1" || indexes[0]["indisprimary"] != "t" || indexes[1]["indclass"] != "16030" {
			t.Errorf("pg_index: %v", indexes)
		}
		constraints := read(t, env, "pg_constraint", nil)
		if len(constraints) != 2 || constraints[0]["contype"] != "p" || constraints[0]["conkey"] != "{1}" {
			t.Errorf("pg_constraint: %v", constraints)
		}
	})
}

func TestFunctions(t *testing.T) {
	withTable(t, func(_ *catalog.Catalog, env *catalog.VirtualEnv, table *catalog.Table) {
		path := []string{"public"}
		for _, c := range []struct {
			name string
			args []types.Datum
			want string
		}{
			{"pg_get_indexdef", []types.Datum{types.Int(20001)}, `CREATE UNIQUE INDEX items_pkey ON "Items" USING btree (id)`},
			{"pg_get_indexdef", []types.Datum{types.Int(20002), types.Int(0), types.Bool(true)}, `CREATE INDEX items_v_idx ON "Items" USING hnsw (v vector_l2_ops) WITH (m='8')`},
			{"pg_get_indexdef", []types.Datum{types.Int(20002), types.Int(1), types.Bool(true)}, "v"},
			{"pg_get_constraintdef", []types.Datum{types.Int(20003)}, "PRIMARY KEY (id)"},
			{"pg_get_constraintdef", []types.Datum{types.Int(20004)}, "CHECK ((id > 0))"},
			{"col_description", []types.Datum{types.Int(20000), types.Int(2)}, "a vector"},
			{"pg_get_userbyid", []types.Datum{types.Int(10)}, "postgres"},
		} {
			got, err := Function(context.Background(), env, path, c.name, c.args)
			if err != nil || got.IsNull() || got.Text() != c.want {
				t.Errorf("%s%v = %q, %v; want %q", c.name, c.args, got.S, err, c.want)
			}
		}
		indexes := int64(len(table.Indexes))
		for _, c := range []struct {
			name string
			oid  int64
			want int64
		}{
			{"pg_relation_size", 20000, 8192}, {"pg_table_size", 20000, 8192}, {"pg_relation_size", 20001, 1024},
			{"pg_indexes_size", 20000, 1024 * indexes}, {"pg_total_relation_size", 20000, 8192 + 1024*indexes}, {"pg_total_relation_size", 20001, 1024},
		} {
			if got, err := Function(context.Background(), env, path, c.name, []types.Datum{types.Int(c.oid)}); err != nil || got.Int() != c.want {
				t.Errorf("%s(%d) = %d, %v; want %d", c.name, c.oid, got.Int(), err, c.want)
			}
		}
		for text, want := range map[string]uint32{`"Items"`: 20000, `public."Items"`: 20000, "items_pkey": 20001, "pg_class": 1259, "20002": 20002} {
			if got, err := RegOID(env.Reader, path, types.RegclassOID, text); err != nil || got != want {
				t.Errorf("%s::regclass = %d, %v; want %d", text, got, err, want)
			}
		}
		if name, ok := RegName(env.Reader, path, types.RegclassOID, 20000); !ok || name != `"Items"` {
			t.Errorf("the table's name is %q, %v", name, ok)
		}
		if name, ok := RegName(env.Reader, nil, types.RegclassOID, 20000); !ok || name != `public."Items"` {
			t.Errorf("off the path, the table's name is %q, %v", name, ok)
		}
	})
}

// TestVectorOpClasses compares pg_opclass with the operator classes that CREATE INDEX knows.
func TestVectorOpClasses(t *testing.T) {
	rows := 0
	text, err := staticRows.ReadFile("static/pg_opclass.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		c := strings.Split(strings.TrimSpace(line), "\t")
		method, ok := map[string]string{"16020": "hnsw", "16022": "ivfflat"}[c[1]]
		if !ok {
			continue
		}
		rows++
		class, ok := catalog.VectorOpClass(method, c[2], 0)
		if !ok || strconv.Itoa(int(class.Type)) != c[6] || class.Default != (c[7] == "t") {
			t.Errorf("pg_opclass has %v, CREATE INDEX %+v", c, class)
		}
	}
	known := 0
	for range catalog.VectorOpClasses {
		known++
	}
	if rows != known {
		t.Errorf("pg_opclass has %d operator classes of hnsw and ivfflat, CREATE INDEX %d", rows, known)
	}
}
