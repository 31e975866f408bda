package enginestore

import (
	"context"
	"errors"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/pgerr"
	"vecgres/vecengine"
	"vecgres/vecengine/vfs"
)

func bootstrapped(t *testing.T, fs vfs.FS) (*vecengine.Engine, *Store, *catalog.Catalog) {
	t.Helper()
	engine, err := vecengine.Open(vecengine.Options{FS: fs, Dir: "data", NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	store, err := Open(t.Context(), engine)
	if err != nil {
		t.Fatal(err)
	}
	cat := catalog.New(store)
	if err := cat.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	return engine, store, cat
}

// TestMissingFacts takes the manifest of a schema away after a checkpoint: the schema is damaged then, not empty.
func TestMissingFacts(t *testing.T) {
	mem := vfs.NewMem()
	engine, store, cat := bootstrapped(t, mem)
	tx := store.Begin(vecengine.ReadCommitted)
	public, err := sessionSnapshot(t, cat, tx).NamespaceByPath("public")
	if err != nil {
		t.Fatal(err)
	}
	tx.Rollback()
	tx.Close()
	if err := engine.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	if n := removeManifest(t, mem, uint64(public.ID)); n != 1 {
		t.Fatalf("%d manifests removed", n)
	}
	engine, store, cat = bootstrapped(t, mem)
	defer engine.Close()
	tx = store.Begin(vecengine.ReadCommitted)
	defer tx.Close()
	defer tx.Rollback()
	if _, err := sessionSnapshot(t, cat, tx).TableByName(public, "t"); pgerr.Code(err) != pgerrcode.DataCorrupted {
		t.Fatalf("a schema whose facts are lost: %v", err)
	}
}

// removeManifest removes a namespace's manifest and tells how many there were.
func removeManifest(t *testing.T, fs vfs.FS, ns uint64) int {
	t.Helper()
	n := 0
	var walk func(dir string)
	walk = func(dir string) {
		names, err := fs.List(dir)
		if err != nil {
			return // a file
		}
		for _, name := range names {
			full := path.Join(dir, name)
			if name == "manifest" && strings.HasSuffix(dir, "/"+strconv.FormatUint(ns, 10)) {
				if err := fs.Remove(full); err != nil {
					t.Fatal(err)
				}
				n++
				continue
			}
			walk(full)
		}
	}
	walk("data/ns")
	return n
}

// TestFactsAreReadUnderTheStatement cancels a statement's context.
func TestFactsAreReadUnderTheStatement(t *testing.T) {
	engine, store, _ := bootstrapped(t, vfs.NewMem())
	defer engine.Close()
	tx := store.Begin(vecengine.ReadCommitted)
	defer tx.Close()
	defer tx.Rollback()
	ctx, cancel := context.WithCancel(t.Context())
	tx.Within(ctx)
	cancel()
	err := tx.Scan(catalog.SystemNamespace, nil, nil, func(_, _ []byte) bool { return true })
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("a scan of a statement that was cancelled: %v", err)
	}
}

// TestLockTableErrors tells a table that is locked from a table that is not there.
func TestLockTableErrors(t *testing.T) {
	engine, store, _ := bootstrapped(t, vfs.NewMem())
	defer engine.Close()
	a, b := store.Begin(vecengine.ReadCommitted), store.Begin(vecengine.ReadCommitted)
	for _, tx := range []*Tx{a, b} {
		defer tx.Close()
		defer tx.Rollback()
	}
	id := catalog.StorageID(factTable(catalog.SystemNamespace))
	if err := a.LockTable(t.Context(), catalog.SystemNamespace, id, int(vecengine.AccessExclusive), true); err != nil {
		t.Fatal(err)
	}
	if err := b.LockTable(t.Context(), catalog.SystemNamespace, id, int(vecengine.AccessShare), true); !errors.Is(err, catalog.ErrLocked) {
		t.Errorf("a locked table: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.LockTable(ctx, catalog.SystemNamespace, id, int(vecengine.AccessShare), false); errors.Is(err, catalog.ErrLocked) || err == nil {
		t.Errorf("a wait that was cancelled: %v", err)
	}
}
