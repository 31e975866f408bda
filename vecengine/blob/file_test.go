package blob_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"vecgres/vecengine/blob"
	"vecgres/vecengine/blob/storetest"
	"vecgres/vecengine/vfs"
)

func openStore(t *testing.T, fsys vfs.FS, root string) *blob.FileStore {
	t.Helper()
	s, err := blob.NewFileStore(fsys, root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFileStore(t *testing.T) {
	t.Run("os", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) blob.Store { return openStore(t, vfs.OS, t.TempDir()+"/store") })
	})
	t.Run("mem", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) blob.Store { return openStore(t, vfs.NewMem(), "store") })
	})
}

// TestAcknowledgedPutsSurviveCrashes checks each acknowledged put in crash clones, and that no object is ever half of one.
func TestAcknowledgedPutsSurviveCrashes(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		mem := vfs.NewMem()
		s := openStore(t, mem, "data/store")
		acked := map[string]string{}
		valid := map[string]map[string]bool{} // every content ever written to a key
		write := func(key, data string) {
			if valid[key] == nil {
				valid[key] = map[string]bool{}
			}
			valid[key][data] = true
		}
		for step := range 30 {
			key := fmt.Sprintf("n%d/o%d", rng.IntN(4), rng.IntN(3))
			data := strings.Repeat(fmt.Sprintf("%d.%d ", seed, step), 1+rng.IntN(400))
			write(key, data)
			switch rng.IntN(3) {
			case 0:
				if _, err := s.Put(ctx, key, []byte(data)); err != nil {
					t.Fatal(err)
				}
			case 1:
				w, err := s.Create(ctx, key)
				if err != nil {
					t.Fatal(err)
				}
				w.Write([]byte(data))
				checkClone(t, mem, rng, seed, acked, valid)
				if err := w.Commit(); err != nil {
					t.Fatal(err)
				}
			case 2:
				b := s.NewBatch()
				b.Put(key, []byte(data))
				extra := fmt.Sprintf("b%d/o", rng.IntN(40))
				write(extra, data)
				b.Put(extra, []byte(data))
				if _, err := b.Commit(ctx); err != nil {
					t.Fatal(err)
				}
				acked[extra] = data
			}
			acked[key] = data
			checkClone(t, mem, rng, seed, acked, valid)
		}
	}
}

func checkClone(t *testing.T, mem *vfs.MemFS, rng *rand.Rand, seed uint64, acked map[string]string, valid map[string]map[string]bool) {
	t.Helper()
	s := openStore(t, mem.CrashClone(rng), "data/store")
	for key, want := range acked {
		data, _, err := s.Get(context.Background(), key)
		if err != nil {
			t.Fatalf("seed %d: %s was acknowledged: %v", seed, key, err)
		}
		if string(data) != want && !valid[key][string(data)] {
			t.Fatalf("seed %d: %s holds %d bytes that nobody wrote", seed, key, len(data))
		}
		if string(data) != want {
			t.Fatalf("seed %d: %s went back to an old object", seed, key)
		}
	}
	for info, err := range s.List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		data, _, _ := s.Get(context.Background(), info.Key)
		if !valid[info.Key][string(data)] {
			t.Fatalf("seed %d: %s is half an object", seed, info.Key)
		}
	}
}

// TestFaultsKeepOldOrNew fails each operation of a put in turn: the object is whole, and an acknowledged one is the new one.
func TestFaultsKeepOldOrNew(t *testing.T) {
	ctx := context.Background()
	for n := range 40 {
		mem := vfs.NewMem()
		s := openStore(t, mem, "s")
		tag, err := s.Put(ctx, "d/k", []byte("old"))
		if err != nil {
			t.Fatal(err)
		}
		efs := vfs.NewErrFS(mem, nil)
		faulty := openStore(t, efs, "s")
		efs.SetInjector(vfs.OnKinds(vfs.FailNth(n, vfs.Fault{Short: 1}), vfs.Mutations...))
		b := faulty.NewBatch()
		b.Put("d/seg", []byte("segment"))
		b.PutIfMatch("d/k", []byte("new"), tag)
		res, err := b.Commit(ctx)
		efs.SetInjector(nil)
		acked := err == nil && res["d/k"].Err == nil
		if err != nil && !errors.Is(err, vfs.ErrInjected) {
			t.Fatalf("n=%d: %v", n, err)
		}
		after := openStore(t, mem.CrashClone(rand.New(rand.NewPCG(uint64(n), 2))), "s")
		data, _, err := after.Get(ctx, "d/k")
		if err != nil {
			t.Fatalf("n=%d: %v", n, err)
		}
		if got := string(data); got != "new" && (acked || got != "old") {
			t.Fatalf("n=%d: acknowledged %v, object %q", n, acked, got)
		}
		if string(data) == "new" {
			if seg, _, err := after.Get(ctx, "d/seg"); err != nil || string(seg) != "segment" {
				t.Fatalf("n=%d: the manifest names a segment that is not there: %q, %v", n, seg, err)
			}
		}
		if acked && n > 30 {
			return // every operation had its turn
		}
	}
}

func TestTempFilesAreRemovedAtOpen(t *testing.T) {
	mem := vfs.NewMem()
	s := openStore(t, mem, "s")
	if _, err := s.Create(context.Background(), "left/behind"); err != nil {
		t.Fatal(err)
	}
	if names, _ := mem.List("s/.tmp"); len(names) != 1 {
		t.Fatalf("temporary files %q", names)
	}
	openStore(t, mem, "s")
	if names, _ := mem.List("s/.tmp"); len(names) != 0 {
		t.Fatalf("temporary files %q", names)
	}
}
