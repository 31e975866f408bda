package enginestore

import (
	"context"
	"testing"

	"vecgres/catalog"
	"vecgres/sql/types"
	"vecgres/vecengine"
	"vecgres/vecengine/vfs"
)

// TestSequenceSavepoint rolls the first values of a sequence back within the transaction that made it: what is given after that must
// be noted before the commit, or a restart gives it again.
func TestSequenceSavepoint(t *testing.T) {
	ctx := context.Background()
	engine, err := vecengine.Open(vecengine.Options{FS: vfs.NewMem(), Dir: "data", NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	store, err := Open(ctx, engine)
	if err != nil {
		t.Fatal(err)
	}
	cat := catalog.New(store)
	if err := cat.Bootstrap(ctx); err != nil {
		t.Fatal(err)
	}
	tx := store.Begin(vecengine.ReadCommitted)
	defer tx.Close()
	s := sessionSnapshot(t, cat, tx)
	public, err := s.NamespaceByPath("public")
	if err != nil {
		t.Fatal(err)
	}
	oid, err := s.NewOID()
	if err != nil {
		t.Fatal(err)
	}
	q := &catalog.Sequence{OID: oid, Namespace: public.ID, Name: "q", Type: types.Int8OID, Start: 1, Increment: 1, Min: 1, Max: 1000,
		Cache: 1, Counter: s.NewID()}
	if err := s.PutSequence(q); err != nil {
		t.Fatal(err)
	}
	mark := tx.Savepoint()
	if v, err := s.NextValue(ctx, q); v != 1 || err != nil {
		t.Fatalf("%d, %v", v, err)
	}
	tx.RollbackTo(mark)
	last := int64(0)
	for want := int64(2); want < 80; want++ {
		if last, err = s.NextValue(ctx, q); last != want || err != nil {
			t.Fatalf("%d, %v, want %d", last, err, want)
		}
	}
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}

	again := store.Begin(vecengine.ReadCommitted)
	defer again.Close()
	defer again.Rollback()
	if v, err := sessionSnapshot(t, cat, again).NextValue(ctx, q); v != last+1 || err != nil {
		t.Errorf("after the commit: %d, %v, want %d", v, err, last+1)
	}
	if v, err := sessionSnapshot(t, catalog.New(store), again).NextValue(ctx, q); v <= last+1 || err != nil {
		t.Errorf("after a restart: %d, %v; %d was given", v, err, last+1)
	}
}

func sessionSnapshot(t *testing.T, cat *catalog.Catalog, tx catalog.Tx) *catalog.Snapshot {
	t.Helper()
	db, err := cat.Snapshot(tx, nil).DatabaseByName("postgres")
	if err != nil || db == nil {
		t.Fatalf("database postgres: %v, %v", db, err)
	}
	return cat.Snapshot(tx, db)
}
