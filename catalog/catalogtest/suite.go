// Package catalogtest is the suite that every catalog.Store passes, driven through the catalog itself.
package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// Run runs the suite; open gives a new, empty store each time.
func Run(t *testing.T, open func(t *testing.T) catalog.Store) {
	for name, test := range map[string]func(*testing.T, *fixture){
		"Bootstrap": testBootstrap, "Namespaces": testNamespaces, "Paths": testPaths, "Places": testPlaces, "Move": testMove, "Tables": testTables,
		"Roles": testRoles, "Sequences": testSequences, "Rollback": testRollback, "Facts": testFacts, "Databases": testDatabases, "Views": testViews,
	} {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			cat := catalog.New(store)
			if err := cat.Bootstrap(context.Background()); err != nil {
				t.Fatal(err)
			}
			test(t, &fixture{t, store, cat})
		})
	}
}

type fixture struct {
	t     *testing.T
	store catalog.Store
	cat   *catalog.Catalog
}

// try runs fn in a transaction as a session of database postgres.
func (f *fixture) try(fn func(s *catalog.Snapshot) error) error {
	return f.store.Autonomous(context.Background(), func(tx catalog.Tx) error {
		db, err := f.cat.Snapshot(tx, nil).DatabaseByName("postgres")
		if err != nil {
			return err
		}
		if db == nil {
			return errors.New("no database postgres")
		}
		return fn(f.cat.Snapshot(tx, db))
	})
}

func (f *fixture) do(fn func(s *catalog.Snapshot) error) {
	f.t.Helper()
	if err := f.try(fn); err != nil {
		f.t.Fatal(err)
	}
}

// fails wants a SQLSTATE.
func (f *fixture) fails(code string, fn func(s *catalog.Snapshot) error) {
	f.t.Helper()
	if err := f.try(fn); err == nil || pgerr.Code(err) != code {
		f.t.Errorf("error %v, want SQLSTATE %s", err, code)
	}
}

func create(path string) func(*catalog.Snapshot) error {
	return func(s *catalog.Snapshot) error {
		return s.CreateNamespace(&catalog.Namespace{Path: path, Owner: catalog.BootstrapRoleOID})
	}
}

func testBootstrap(t *testing.T, f *fixture) {
	if err := f.cat.Bootstrap(context.Background()); err != nil {
		t.Fatalf("a second time: %v", err)
	}
	f.do(func(s *catalog.Snapshot) error {
		r, err := s.RoleByName("postgres")
		if err != nil || r == nil || !r.Superuser || r.OID != catalog.BootstrapRoleOID {
			t.Errorf("role postgres: %+v, %v", r, err)
		}
		n, err := s.NamespaceByPath("public")
		if err != nil || n == nil || n.OID != catalog.PublicNamespaceOID {
			t.Errorf("schema public: %+v, %v", n, err)
		}
		byOID, err := s.NamespaceByOID(catalog.PublicNamespaceOID)
		if err != nil || byOID == nil || byOID.Path != "public" {
			t.Errorf("schema public by OID: %+v, %v", byOID, err)
		}
		return nil
	})
}

func paths(t *testing.T, s *catalog.Snapshot) []string {
	var out []string
	for n, err := range s.Namespaces() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n.Path)
	}
	return out
}

func testNamespaces(t *testing.T, f *fixture) {
	f.fails(pgerrcode.InvalidSchemaName, create("a$b"))
	for _, p := range []string{"a", "a$c", "a$b", "a$b$x", "B"} {
		f.do(create(p))
	}
	f.fails(pgerrcode.DuplicateSchema, create("a$b"))
	f.do(func(s *catalog.Snapshot) error {
		if got, want := paths(t, s), []string{"B", "a", "a$b", "a$b$x", "a$c", "public"}; !slices.Equal(got, want) {
			t.Errorf("namespaces %v, want %v", got, want)
		}
		n, err := s.NamespaceByPath("a$b$x")
		if err != nil || n == nil {
			t.Fatalf("a$b$x: %v, %v", n, err)
		}
		same, err := s.NamespaceByOID(n.OID)
		if err != nil || same == nil || same.Path != "a$b$x" {
			t.Errorf("a$b$x by OID: %+v, %v", same, err)
		}
		return nil
	})
	drop := func(path string) func(*catalog.Snapshot) error {
		return func(s *catalog.Snapshot) error {
			n, err := s.NamespaceByPath(path)
			if err != nil {
				return err
			}
			return s.DropNamespace(n)
		}
	}
	f.fails(pgerrcode.DependentObjectsStillExist, drop("a$b"))
	f.do(drop("a$b$x"))
	f.do(drop("a$b"))
	f.do(func(s *catalog.Snapshot) error {
		if n, err := s.NamespaceByPath("a$b"); n != nil || err != nil {
			t.Errorf("a$b after its drop: %+v, %v", n, err)
		}
		return nil
	})
}

func testPaths(t *testing.T, f *fixture) {
	long := strings.Repeat("x", 63)
	f.do(create(long + "1"))
	f.do(create(long + "2"))
	f.do(create("a"))
	for _, p := range []string{"a$", "$a", "a$$b", "a$ü", "a$b c"} {
		f.fails(pgerrcode.InvalidName, create(p))
	}
	f.fails(pgerrcode.NameTooLong, create(strings.Repeat("a", catalog.PathBytesMax+1)))
	f.do(func(s *catalog.Snapshot) error {
		one, _ := s.NamespaceByPath(long + "1")
		two, _ := s.NamespaceByPath(long + "2")
		if one == nil || two == nil || one.ID == two.ID {
			t.Errorf("two paths equal in 63 bytes: %+v and %+v", one, two)
		}
		return nil
	})
}

func testMove(t *testing.T, f *fixture) {
	for _, p := range []string{"a", "a$b", "a$b$x", "c"} {
		f.do(create(p))
	}
	move := func(from, to string) func(*catalog.Snapshot) error {
		return func(s *catalog.Snapshot) error {
			n, err := s.NamespaceByPath(from)
			if err != nil {
				return err
			}
			moved := *n
			moved.Path = to
			return s.PutNamespace(&moved)
		}
	}
	f.fails(pgerrcode.InvalidName, move("a$b", "a$b$x$b"))
	f.fails(pgerrcode.DuplicateSchema, move("a$b", "c"))
	f.do(move("a$b", "c$d"))
	f.do(func(s *catalog.Snapshot) error {
		if got, want := paths(t, s), []string{"a", "c", "c$d", "c$d$x", "public"}; !slices.Equal(got, want) {
			t.Errorf("after the move %v, want %v", got, want)
		}
		return nil
	})
}

// makeTable makes table t in public with a primary key.
func makeTable(s *catalog.Snapshot, name string) (*catalog.Table, error) {
	n, err := s.NamespaceByPath("public")
	if err != nil {
		return nil, err
	}
	oid, err := s.NewOID()
	if err != nil {
		return nil, err
	}
	index, err := s.NewOID()
	if err != nil {
		return nil, err
	}
	missing := types.Int(7)
	t := &catalog.Table{OID: oid, Namespace: n.ID, Name: name, Kind: catalog.KindTable, Owner: catalog.BootstrapRoleOID, Storage: catalog.StorageID(s.NewID()),
		Columns: []catalog.Column{{Num: 1, Name: "id", Type: types.T(types.Int8OID), NotNull: true}, {Num: 2, Name: "n", Type: types.T(types.Int4OID), Missing: &missing}},
		Indexes: []*catalog.Index{{OID: index, ID: s.NewID(), Name: name + "_pkey", Table: oid, Method: "btree", Unique: true, Primary: true,
			Keys: []catalog.IndexKey{{Column: 1, Type: types.T(types.Int8OID), OpClass: "int8_ops"}}}}}
	return t, s.CreateTable(t)
}

func testTables(t *testing.T, f *fixture) {
	var made *catalog.Table
	f.do(func(s *catalog.Snapshot) (err error) {
		made, err = makeTable(s, "t")
		return err
	})
	f.fails(pgerrcode.DuplicateTable, func(s *catalog.Snapshot) error {
		_, err := makeTable(s, "t")
		return err
	})
	f.do(func(s *catalog.Snapshot) error {
		got, err := s.TableByOID(made.OID)
		if err != nil || got == nil {
			return fmt.Errorf("by OID: %v, %v", got, err)
		}
		if got.Schema != "public" || len(got.Columns) != 2 || got.Columns[1].Missing == nil || got.Columns[1].Missing.Int() != 7 || got.PrimaryKeyIndex() == nil {
			t.Errorf("read back as %+v", got)
		}
		ix, of, err := s.IndexByOID(made.Indexes[0].OID)
		if err != nil || ix == nil || of.OID != made.OID {
			t.Errorf("index by OID: %+v, %v", ix, err)
		}
		renamed := *got
		renamed.Name = "u"
		return s.PutTable(context.Background(), &renamed)
	})
	f.do(func(s *catalog.Snapshot) error {
		n, _ := s.NamespaceByPath("public")
		old, err := s.TableByName(n, "t")
		if old != nil || err != nil {
			t.Errorf("the old name finds %+v, %v", old, err)
		}
		u, err := s.TableByName(n, "u")
		if err != nil || u == nil {
			return fmt.Errorf("the new name finds %v, %v", u, err)
		}
		if u.Version == made.Version {
			t.Error("a change kept the version")
		}
		if err := s.DropTable(u); err != nil {
			return err
		}
		gone, err := s.TableByName(n, "u")
		if gone != nil || err != nil {
			t.Errorf("after its drop %+v, %v", gone, err)
		}
		_, err = makeTable(s, "u")
		return err
	})
}

func testRoles(t *testing.T, f *fixture) {
	f.do(func(s *catalog.Snapshot) error {
		return s.PutRole(&catalog.Role{Name: "ann", Login: true, Settings: map[string]string{"search_path": "x"}})
	})
	f.fails(pgerrcode.DuplicateObject, func(s *catalog.Snapshot) error { return s.PutRole(&catalog.Role{Name: "ann"}) })
	f.do(func(s *catalog.Snapshot) error {
		r, err := s.RoleByName("ann")
		if err != nil || r == nil || r.Settings["search_path"] != "x" {
			return fmt.Errorf("ann: %+v, %v", r, err)
		}
		renamed := *r
		renamed.Name = "bea"
		return s.PutRole(&renamed)
	})
	f.do(func(s *catalog.Snapshot) error {
		if r, err := s.RoleByName("ann"); r != nil || err != nil {
			t.Errorf("ann after the rename: %+v, %v", r, err)
		}
		r, err := s.RoleByName("bea")
		if err != nil || r == nil {
			return fmt.Errorf("bea: %v, %v", r, err)
		}
		return s.DropRole(r.OID)
	})
	f.do(func(s *catalog.Snapshot) error {
		list, err := s.Roles()
		if len(list) != 1 {
			t.Errorf("%d roles are left", len(list))
		}
		return err
	})
}

func testSequences(t *testing.T, f *fixture) {
	ctx := context.Background()
	var q *catalog.Sequence
	f.do(func(s *catalog.Snapshot) error {
		n, err := s.NamespaceByPath("public")
		if err != nil {
			return err
		}
		oid, err := s.NewOID()
		if err != nil {
			return err
		}
		q = &catalog.Sequence{OID: oid, Namespace: n.ID, Name: "q", Type: types.Int8OID, Start: 1, Increment: 1, Min: 1, Max: 40, Cache: 1, Counter: s.NewID()}
		if err := s.PutSequence(q); err != nil {
			return err
		}
		v, err := s.NextValue(ctx, q) // not committed yet: the value comes from this very transaction
		if v != 1 {
			t.Errorf("first value %d", v)
		}
		return err
	})
	for want := int64(2); want <= 40; want++ {
		f.do(func(s *catalog.Snapshot) error {
			v, err := s.NextValue(ctx, q)
			if v != want {
				t.Errorf("value %d, want %d", v, want)
			}
			return err
		})
	}
	f.fails(pgerrcode.SequenceGeneratorLimitExceeded, func(s *catalog.Snapshot) error {
		_, err := s.NextValue(ctx, q)
		return err
	})
	f.do(func(s *catalog.Snapshot) error { return s.SetValue(ctx, q, 5, false) })
	f.do(func(s *catalog.Snapshot) error {
		v, err := s.NextValue(ctx, q)
		if v != 5 {
			t.Errorf("after setval(5, false): %d", v)
		}
		return err
	})
	// A block taken under one increment is not given under another.
	wide := *q
	wide.Increment = 10
	for _, want := range []int64{15, 25, 35} {
		f.do(func(s *catalog.Snapshot) error {
			v, err := s.NextValue(ctx, &wide)
			if v != want {
				t.Errorf("by tens: %d, want %d", v, want)
			}
			return err
		})
	}
	// Another catalog over the same store, as after a restart, never gives a value twice.
	again := &fixture{t, f.store, catalog.New(f.store)}
	again.do(func(s *catalog.Snapshot) error {
		v, err := s.NextValue(ctx, q)
		if v <= 35 {
			t.Errorf("after a restart: %d", v)
		}
		return err
	})
}

func testRollback(t *testing.T, f *fixture) {
	failed := errors.New("undo")
	if err := f.try(func(s *catalog.Snapshot) error {
		if err := create("gone")(s); err != nil {
			return err
		}
		if _, err := makeTable(s, "gone"); err != nil {
			return err
		}
		return failed
	}); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	f.do(func(s *catalog.Snapshot) error {
		n, err := s.NamespaceByPath("gone")
		if n != nil || err != nil {
			t.Errorf("namespace after a rollback: %+v, %v", n, err)
		}
		public, _ := s.NamespaceByPath("public")
		table, err := s.TableByName(public, "gone")
		if table != nil {
			t.Errorf("table after a rollback: %+v", table)
		}
		return err
	})
}

func testFacts(t *testing.T, f *fixture) {
	f.do(func(s *catalog.Snapshot) error { return create("n")(s) })
	var id catalog.NamespaceID
	f.do(func(s *catalog.Snapshot) error {
		n, err := s.NamespaceByPath("n")
		id = n.ID
		return err
	})
	with := func(fn func(tx catalog.Tx) error) {
		t.Helper()
		if err := f.store.Autonomous(context.Background(), fn); err != nil {
			t.Fatal(err)
		}
	}
	with(func(tx catalog.Tx) error {
		for i := range 300 {
			if err := tx.Insert(id, fmt.Appendf(nil, "k%03d", i), fmt.Appendf(nil, "v%d", i)); err != nil {
				return err
			}
		}
		if err := tx.Insert(id, []byte("k000"), nil); !errors.Is(err, catalog.ErrExists) {
			t.Errorf("a second insert: %v", err)
		}
		return tx.Put(id, []byte("k001"), []byte("new"))
	})
	with(func(tx catalog.Tx) error {
		v, ok, err := tx.Get(id, []byte("k001"))
		if !ok || string(v) != "new" {
			t.Errorf("k001 is %q, %v", v, ok)
		}
		if err != nil {
			return err
		}
		if err := tx.Delete(id, []byte("k002")); err != nil {
			return err
		}
		n, last := 0, ""
		err = tx.Scan(id, []byte("k"), []byte("k000"), func(key, value []byte) bool {
			if string(key) <= last {
				t.Errorf("%s after %s", key, last)
			}
			n, last = n+1, string(key)
			return true
		})
		if n != 298 {
			t.Errorf("scanned %d facts after k000, want 298", n)
		}
		return err
	})
}

func testDatabases(t *testing.T, f *fixture) {
	f.do(func(s *catalog.Snapshot) error {
		return s.CreateDatabase(&catalog.Database{Name: "other", Owner: catalog.BootstrapRoleOID, AllowConnections: true})
	})
	f.fails(pgerrcode.DuplicateDatabase, func(s *catalog.Snapshot) error {
		return s.CreateDatabase(&catalog.Database{Name: "other"})
	})
	f.do(func(s *catalog.Snapshot) error {
		list, err := s.Databases()
		if len(list) != 2 {
			t.Errorf("%d databases", len(list))
		}
		if err != nil {
			return err
		}
		d, err := s.DatabaseByName("other")
		if err != nil || d == nil {
			return fmt.Errorf("other: %v, %v", d, err)
		}
		return s.DropDatabase(d)
	})
	f.do(func(s *catalog.Snapshot) error {
		if d, err := s.DatabaseByName("other"); d != nil || err != nil {
			t.Errorf("after its drop %+v, %v", d, err)
		}
		return nil
	})
}
