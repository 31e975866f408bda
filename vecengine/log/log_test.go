package log

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vecgres/vecengine/vfs"
)

type entry struct {
	lsn     LSN
	payload string
}

// readAll reads a log to its end.
func readAll(t testing.TB, fsys vfs.FS, from LSN) ([]entry, LSN, error) {
	t.Helper()
	r, err := OpenReader(fsys, "log", from)
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	var out []entry
	for {
		lsn, payload, err := r.Next()
		if err == io.EOF {
			for _, e := range out {
				if p, err := r.ReadRecord(e.lsn); err != nil || string(p) != e.payload {
					t.Fatalf("ReadRecord(%d) = %q, %v", e.lsn, p, err)
				}
			}
			return out, r.End(), nil
		}
		if err != nil {
			return out, r.End(), err
		}
		out = append(out, entry{lsn, string(payload)})
	}
}

func openWriter(t testing.TB, fsys vfs.FS, fileBytes int64) *Writer {
	t.Helper()
	_, end, err := readAll(t, fsys, 0)
	if err != nil {
		t.Fatal(err)
	}
	w, err := OpenWriter(Options{FS: fsys, Dir: "log", FileBytes: fileBytes}, end)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func appendSync(t testing.TB, w *Writer, payload string) entry {
	t.Helper()
	lsn, err := w.Append([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Sync(context.Background(), lsn); err != nil {
		t.Fatal(err)
	}
	return entry{lsn, payload}
}

func wantEntries(t testing.TB, fsys vfs.FS, want []entry) {
	t.Helper()
	got, _, err := readAll(t, fsys, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("record %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestAppendReadReopen(t *testing.T) {
	for _, fsys := range []vfs.FS{vfs.NewMem(), chroot{vfs.OS, t.TempDir()}} {
		var want []entry
		for session := range 4 {
			w := openWriter(t, fsys, 4096)
			for i := range 40 {
				want = append(want, appendSync(t, w, fmt.Sprintf("%d/%d %s", session, i, bytes.Repeat([]byte("x"), i*17))))
			}
			want = append(want, appendSync(t, w, ""), appendSync(t, w, string(make([]byte, 10000)))) // empty; larger than a file
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatalf("closing twice: %v", err)
			}
			if _, err := w.Append(nil); !errors.Is(err, ErrClosed) {
				t.Fatalf("append after close: %v", err)
			}
			wantEntries(t, fsys, want)
		}
		got, _, err := readAll(t, fsys, want[70].lsn)
		if err != nil || len(got) != len(want)-70 || got[0] != want[70] {
			t.Fatalf("reading from the middle: %d records, %v", len(got), err)
		}
	}
}

func TestEmptyAndMissing(t *testing.T) {
	fsys := vfs.NewMem()
	for range 3 { // opening again and again leaves one file
		got, end, err := readAll(t, fsys, 0)
		if err != nil || len(got) != 0 || end != FirstLSN {
			t.Fatalf("%d records, end %d, %v", len(got), end, err)
		}
		w := openWriter(t, fsys, 4096)
		if names, _ := fsys.List("log"); len(names) != 1 {
			t.Fatalf("files %q", names)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	w := openWriter(t, fsys, 4096)
	if err := w.Sync(context.Background(), 99); err == nil {
		t.Fatal("synced a record that was never appended")
	}
	if _, err := w.Append(make([]byte, RecordBytesMax+1)); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
}

func TestTruncateAndRotate(t *testing.T) {
	fsys := vfs.NewMem()
	w := openWriter(t, fsys, 2048)
	var want []entry
	for i := range 60 {
		want = append(want, appendSync(t, w, fmt.Sprintf("%d %0200d", i, i)))
	}
	before := w.Size()
	if err := w.TruncateBefore(want[30].lsn); err != nil {
		t.Fatal(err)
	}
	if w.Size() >= before || w.Start() > want[30].lsn {
		t.Fatalf("size %d of %d, start %d, kept %d", w.Size(), before, w.Start(), want[30].lsn)
	}
	got, _, err := readAll(t, fsys, want[30].lsn)
	if err != nil || len(got) != 30 || got[0] != want[30] {
		t.Fatalf("%d records, %v", len(got), err)
	}
	if _, _, err := readAll(t, fsys, want[0].lsn); !errors.Is(err, ErrTruncated) {
		t.Fatalf("reading what was truncated: %v", err)
	}
	r, err := OpenReader(fsys, "log", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	first, err := w.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.Rotate(); err != nil || again != first {
		t.Fatalf("rotating an empty file: %d, %v", again, err)
	}
	if err := w.TruncateBefore(first); err != nil {
		t.Fatal(err)
	}
	if names, _ := fsys.List("log"); len(names) != 1 {
		t.Fatalf("files %q", names)
	}
	wantEntries(t, fsys, nil)
	if p, err := r.ReadRecord(want[59].lsn); err != nil || string(p) != want[59].payload {
		t.Fatalf("an open reader lost a record: %q, %v", p, err)
	}
	wantEntries(t, fsys, []entry{appendSync(t, w, "on")})
}

// TestCrash appends and syncs at random, cuts the power, and checks that the log is a prefix of what was appended with all that was synced;
// then it goes on in the clone, or (a killed process) in the same file system, for several lives.
func TestCrash(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 3))
		fsys := vfs.NewMem()
		var history []entry // what must or may be in the log
		synced := 0         // how many of them must be
		for life := range 6 {
			got, end, err := readAll(t, fsys, 0)
			if err != nil {
				t.Fatalf("seed %d life %d: %v", seed, life, err)
			}
			if len(got) < synced || len(got) > len(history) {
				t.Fatalf("seed %d life %d: %d records, %d synced, %d appended", seed, life, len(got), synced, len(history))
			}
			for i := range got {
				if got[i] != history[i] {
					t.Fatalf("seed %d life %d: record %d is %d, want %d", seed, life, i, got[i].lsn, history[i].lsn)
				}
			}
			history = got
			w, err := OpenWriter(Options{FS: fsys, Dir: "log", FileBytes: 3000, BufferBytes: 1 + rng.IntN(4000)}, end)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			synced = len(history) // what was read counts from now on
			for range rng.IntN(30) {
				payload := fmt.Sprintf("%d %d %0*d", life, len(history), rng.IntN(900), 0)
				lsn, err := w.Append([]byte(payload))
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				history = append(history, entry{lsn, payload})
				switch rng.IntN(6) {
				case 0, 1:
					if err := w.Sync(context.Background(), lsn); err != nil {
						t.Fatalf("seed %d: %v", seed, err)
					}
					synced = len(history)
				case 2:
					if rng.IntN(3) == 0 {
						if _, err := w.Rotate(); err != nil {
							t.Fatalf("seed %d: %v", seed, err)
						}
						synced = len(history)
					}
				}
			}
			if rng.IntN(4) == 0 {
				if err := w.Close(); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				synced = len(history)
			}
			if rng.IntN(3) > 0 {
				fsys = fsys.CrashClone(rng)
			}
		}
	}
}

// TestCrashWhileTruncating checks that no crash leaves a gap between files.
func TestCrashWhileTruncating(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 4))
		fsys := vfs.NewMem()
		efs := vfs.NewErrFS(fsys, nil)
		w := openWriter(t, efs, 1024)
		var all []entry
		for i := range 30 {
			all = append(all, appendSync(t, w, fmt.Sprintf("%d %0150d", i, i)))
		}
		efs.SetInjector(vfs.OnKinds(vfs.FailFrom(rng.IntN(20), vfs.Fault{}), vfs.OpRemove, vfs.OpSyncDir))
		err := w.TruncateBefore(all[25].lsn)
		if err != nil && !errors.Is(err, vfs.ErrInjected) {
			t.Fatal(err)
		}
		got, _, err := readAll(t, fsys.CrashClone(rng), all[25].lsn)
		if err != nil || len(got) != 5 || got[0] != all[25] {
			t.Fatalf("seed %d: %d records, %v", seed, len(got), err)
		}
	}
}

// TestHole damages acknowledged records in all places: every damage that a later record or file proves is reported.
func TestHole(t *testing.T) {
	mem := vfs.NewMem()
	w := openWriter(t, mem, 2048)
	var all []entry
	for i := range 20 {
		all = append(all, appendSync(t, w, fmt.Sprintf("%d %0200d", i, i)))
	}
	last := fileName("log", w.files[len(w.files)-1].seq)
	lastFirst := w.files[len(w.files)-1].first
	names, _ := mem.List("log")
	for _, name := range names {
		path := "log/" + name
		clean, err := vfs.ReadFile(mem, path)
		if err != nil {
			t.Fatal(err)
		}
		for off := 0; off < len(clean); off += 13 {
			bad := bytes.Clone(clean)
			bad[off] ^= 1 << (off % 8)
			if err := vfs.WriteFile(mem, path, bad); err != nil {
				t.Fatal(err)
			}
			got, _, err := readAll(t, mem, 0)
			for i := range got {
				if got[i] != all[i] {
					t.Fatalf("%s byte %d: wrong record %d", name, off, i)
				}
			}
			var ce *CorruptError
			switch {
			case errors.As(err, &ce):
				if ce.File != path {
					t.Fatalf("%s byte %d: reported in %s", name, off, ce.File)
				}
			case err != nil:
				t.Fatalf("%s byte %d: %v", name, off, err)
			case len(got) < len(all):
				// Nothing in the log can prove that the very last record was acknowledged.
				if path != last || len(got) < len(all)-1 {
					t.Fatalf("%s byte %d: %d of %d records without an error (last file from %d)", name, off, len(got), len(all), lastFirst)
				}
			}
		}
		if err := vfs.WriteFile(mem, path, clean); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil { // the seal proves the last record too
		t.Fatal(err)
	}
	data, _ := vfs.ReadFile(mem, last)
	data[fileHeaderBytes+int64(all[19].lsn-lastFirst)+40] ^= 1
	if err := vfs.WriteFile(mem, last, data); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readAll(t, mem, 0); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("damage before the seal: %v", err)
	}
}

func TestMissingFileIsAHole(t *testing.T) {
	mem := vfs.NewMem()
	w := openWriter(t, mem, 1024)
	for i := range 12 {
		appendSync(t, w, fmt.Sprintf("%d %0300d", i, i))
	}
	names, _ := mem.List("log")
	if err := mem.Remove("log/" + names[1]); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readAll(t, mem, 0); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("a missing file: %v", err)
	}
}

func TestNewerFormat(t *testing.T) {
	mem := vfs.NewMem()
	openWriter(t, mem, 4096)
	names, _ := mem.List("log")
	h := encodeFileHeader(1, FirstLSN)
	h[8] = formatVersion + 1
	putHeaderSum(h)
	if err := vfs.WriteFile(mem, "log/"+names[0], h); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(mem, "log", 0); !errors.Is(err, ErrNewerFormat) {
		t.Fatal(err)
	}
	if _, err := OpenWriter(Options{FS: mem, Dir: "log"}, FirstLSN); !errors.Is(err, ErrNewerFormat) {
		t.Fatal(err)
	}
}

// TestFaults fails every operation in turn: what was acknowledged is in the log, and a poisoned writer stays poisoned.
func TestFaults(t *testing.T) {
	for n := range 120 {
		mem := vfs.NewMem()
		efs := vfs.NewErrFS(mem, nil)
		w := openWriter(t, efs, 2048)
		efs.SetInjector(vfs.OnKinds(vfs.FailNth(n, vfs.Fault{Short: n % 50}), vfs.Mutations...))
		var acked []entry
		failed := false
		for i := range 40 {
			payload := fmt.Sprintf("%d %0150d", i, i)
			lsn, err := w.Append([]byte(payload))
			if err == nil {
				err = w.Sync(context.Background(), lsn)
			}
			if err == nil {
				if failed && w.Err() != nil {
					t.Fatalf("n=%d: acknowledged after %v", n, w.Err())
				}
				acked = append(acked, entry{lsn, payload})
				continue
			}
			failed = true
			if !errors.Is(err, vfs.ErrInjected) {
				t.Fatalf("n=%d: %v", n, err)
			}
			if w.Err() != nil && !errors.Is(err, ErrFailed) {
				t.Fatalf("n=%d: %v is not ErrFailed", n, err)
			}
		}
		w.Close()
		for i, fsys := range []*vfs.MemFS{mem, mem.CrashClone(rand.New(rand.NewPCG(uint64(n), 5)))} {
			got, end, err := readAll(t, fsys, 0)
			if err != nil {
				t.Fatalf("n=%d fs %d: %v", n, i, err)
			}
			if len(got) < len(acked) {
				t.Fatalf("n=%d fs %d: %d records, %d acknowledged", n, i, len(got), len(acked))
			}
			for j := range acked {
				if got[j] != acked[j] {
					t.Fatalf("n=%d fs %d: record %d differs", n, i, j)
				}
			}
			if _, err := OpenWriter(Options{FS: fsys, Dir: "log", FileBytes: 2048}, end); err != nil {
				t.Fatalf("n=%d fs %d: going on: %v", n, i, err)
			}
			// What a new writer found counts, so no power cut may take it, though nobody synced it before.
			wantEntries(t, fsys.CrashClone(rand.New(rand.NewPCG(uint64(n), 6))), got)
		}
	}
}

// TestFullDiskLosesNothing: Append says ErrFull before anything is written, and works again when there is space.
func TestFullDiskLosesNothing(t *testing.T) {
	mem := vfs.NewMem()
	w := openWriter(t, mem, 2048)
	mem.SetCapacity(5000)
	var acked []entry
	var err error
	for range 100 {
		var lsn LSN
		if lsn, err = w.Append(make([]byte, 300)); err != nil {
			break
		}
		if err := w.Sync(context.Background(), lsn); err != nil {
			t.Fatal(err)
		}
		acked = append(acked, entry{lsn, string(make([]byte, 300))})
	}
	if !errors.Is(err, ErrFull) || !errors.Is(err, vfs.ErrNoSpace) || errors.Is(err, ErrFailed) || w.Err() != nil {
		t.Fatalf("full disk: %v, poisoned by %v", err, w.Err())
	}
	wantEntries(t, mem, acked)
	if err := w.TruncateBefore(acked[len(acked)-1].lsn); err != nil {
		t.Fatal(err)
	}
	e := appendSync(t, w, string(make([]byte, 300)))
	got, _, err := readAll(t, mem, e.lsn)
	if err != nil || len(got) != 1 || got[0] != e {
		t.Fatalf("%d records, %v", len(got), err)
	}
}

// TestFullDiskWhileWriting: without preallocation to rely on, a short write poisons, is told as ErrFull, and leaves the log readable.
func TestFullDiskWhileWriting(t *testing.T) {
	mem := vfs.NewMem()
	efs := vfs.NewErrFS(mem, nil)
	w := openWriter(t, efs, 1<<20)
	acked := []entry{appendSync(t, w, "one"), appendSync(t, w, "two")}
	efs.SetInjector(vfs.OnKinds(vfs.DiskFull(100), vfs.OpWrite))
	lsn, err := w.Append(bytes.Repeat([]byte{1}, 5000))
	if err != nil {
		t.Fatal(err)
	}
	if err = w.Sync(context.Background(), lsn); !errors.Is(err, ErrFull) || !errors.Is(err, ErrFailed) {
		t.Fatalf("%v", err)
	}
	if _, err := w.Append(nil); !errors.Is(err, ErrFailed) {
		t.Fatalf("append after failure: %v", err)
	}
	wantEntries(t, mem, acked)
}

// TestGroupCommit: concurrent committers share syncs, and each finds its record durable.
func TestGroupCommit(t *testing.T) {
	mem := vfs.NewMem()
	var syncs atomic.Int64
	efs := vfs.NewErrFS(mem, func(op vfs.Op) *vfs.Fault {
		if op.Kind == vfs.OpSync {
			syncs.Add(1)
			time.Sleep(200 * time.Microsecond)
		}
		return nil
	})
	w := openWriter(t, efs, 1<<20)
	start := syncs.Load()
	var wg sync.WaitGroup
	const writers, each = 16, 25
	for g := range writers {
		wg.Go(func() {
			for i := range each {
				lsn, err := w.Append(fmt.Appendf(nil, "%d.%d", g, i))
				if err == nil {
					err = w.Sync(context.Background(), lsn)
				}
				if err != nil || w.Synced() <= lsn {
					t.Errorf("synced %d of %d: %v", w.Synced(), lsn, err)
				}
			}
		})
	}
	wg.Wait()
	if n := syncs.Load() - start; n > writers*each/2 {
		t.Fatalf("%d syncs for %d commits", n, writers*each)
	}
	got, _, err := readAll(t, mem, 0)
	if err != nil || len(got) != writers*each {
		t.Fatalf("%d records, %v", len(got), err)
	}
}

func TestSyncCancelled(t *testing.T) {
	block := make(chan struct{})
	entered := make(chan struct{}, 1)
	efs := vfs.NewErrFS(vfs.NewMem(), nil)
	w := openWriter(t, efs, 1<<20)
	efs.SetInjector(func(op vfs.Op) *vfs.Fault {
		if op.Kind == vfs.OpSync {
			entered <- struct{}{}
			<-block
		}
		return nil
	})
	first, _ := w.Append([]byte("first"))
	done := make(chan error, 1)
	go func() { done <- w.Sync(context.Background(), first) }()
	<-entered
	second, _ := w.Append([]byte("second"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Sync(ctx, second); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	close(block)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func FuzzLogRecord(f *testing.F) {
	whole := encodeFileHeader(1, FirstLSN)
	lsn := FirstLSN
	for _, p := range []string{"", "payload", "another one"} {
		whole = appendRecord(whole, []byte(p), lsn, FirstLSN, 1, kindData)
		lsn += LSN(recordBytes(len(p)))
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-9])
	f.Add(whole[:fileHeaderBytes])
	f.Add(append(bytes.Clone(whole), make([]byte, 100)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		mem := vfs.NewMem()
		if err := mem.MkdirAll("log"); err != nil {
			t.Fatal(err)
		}
		if err := vfs.WriteFile(mem, fileName("log", 1), data); err != nil {
			t.Fatal(err)
		}
		got, end, err := readAll(t, mem, 0)
		if err != nil {
			return
		}
		// What was read is read again after a new writer cut the tail, whatever it was.
		w, err := OpenWriter(Options{FS: mem, Dir: "log", FileBytes: 4096}, end)
		if err != nil {
			t.Fatal(err)
		}
		wantEntries(t, mem, append(got, appendSync(t, w, "next")))
	})
}

func BenchmarkAppendSync(b *testing.B) {
	fsys := chroot{vfs.OS, b.TempDir()}
	w := openWriter(b, fsys, 64<<20)
	payload := make([]byte, 500)
	for b.Loop() {
		lsn, err := w.Append(payload)
		if err == nil {
			err = w.Sync(context.Background(), lsn)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	w.Close()
}

func BenchmarkAppend(b *testing.B) {
	w := openWriter(b, chroot{vfs.OS, b.TempDir()}, 64<<20)
	payload := make([]byte, 500)
	b.SetBytes(500)
	for b.Loop() {
		if _, err := w.Append(payload); err != nil {
			b.Fatal(err)
		}
	}
	w.Close()
}
