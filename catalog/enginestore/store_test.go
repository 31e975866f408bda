package enginestore

import (
	"context"
	"testing"

	"vecgres/catalog"
	"vecgres/catalog/catalogtest"
	"vecgres/vecengine"
	"vecgres/vecengine/vfs"
)

func TestStore(t *testing.T) {
	catalogtest.Run(t, func(t *testing.T) catalog.Store {
		engine, err := vecengine.Open(vecengine.Options{FS: vfs.NewMem(), Dir: "data", NoBackground: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := engine.Close(); err != nil {
				t.Error(err)
			}
		})
		store, err := Open(context.Background(), engine)
		if err != nil {
			t.Fatal(err)
		}
		return store
	})
}
