package vfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path"
	"path/filepath"
	"slices"
	"testing"
)

// TestConformance runs the same checks on the real file system, on MemFS, and on both behind ErrFS without faults.
func TestConformance(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) (FS, string){
		"os":     func(t *testing.T) (FS, string) { return OS, t.TempDir() },
		"mem":    func(t *testing.T) (FS, string) { return NewMem(), "" },
		"errmem": func(t *testing.T) (FS, string) { return NewErrFS(NewMem(), nil), "" },
		"erros":  func(t *testing.T) (FS, string) { return NewErrFS(OS, nil), t.TempDir() },
	} {
		for what, test := range map[string]func(*testing.T, FS, string){
			"Files": testFiles, "Names": testNames, "Link": testLink, "Lock": testLock, "Map": testMap, "Dirs": testDirs,
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				fsys, root := open(t)
				test(t, fsys, root)
			})
		}
	}
}

func ok(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("error is %v, want %v", err, target)
	}
}

func testFiles(t *testing.T, fsys FS, root string) {
	name := path.Join(root, "f")
	f, err := fsys.Create(name)
	ok(t, err)
	_, err = f.Write([]byte("hello "))
	ok(t, err)
	_, err = f.Write([]byte("world"))
	ok(t, err)
	_, err = f.WriteAt([]byte("W"), 6)
	ok(t, err, f.Sync(), f.Datasync())
	_, err = f.WriteAt([]byte("!"), 20) // a hole reads as zeros
	ok(t, err)
	got := make([]byte, 30)
	n, err := f.ReadAt(got, 0)
	if n != 21 || err != io.EOF || string(got[:n]) != "hello World\x00\x00\x00\x00\x00\x00\x00\x00\x00!" {
		t.Fatalf("%q, %v", got[:n], err)
	}
	ok(t, f.Truncate(5), f.Truncate(8))
	if n, _ := f.ReadAt(got, 0); string(got[:n]) != "hello\x00\x00\x00" {
		t.Fatalf("%q after cutting and extending", got[:n])
	}
	ok(t, f.Preallocate(0, 1000), f.Preallocate(0, 100))
	if size, err := f.Size(); size != 1000 || err != nil {
		t.Fatalf("size %d, %v", size, err)
	}
	if _, err := f.ReadAt(got, 1000); err != io.EOF {
		t.Fatalf("read at the end: %v", err)
	}
	ok(t, f.Close())
	if data, err := ReadFile(fsys, name); len(data) != 1000 || err != nil || string(data[:5]) != "hello" {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	r, err := fsys.Open(name)
	ok(t, err)
	if _, err := r.WriteAt([]byte("x"), 0); err == nil {
		t.Fatal("wrote to a file opened for reading")
	}
	ok(t, r.Close())
	ok(t, WriteFile(fsys, name, []byte("short")))
	if data, err := ReadFile(fsys, name); string(data) != "short" || err != nil {
		t.Fatalf("%q, %v", data, err)
	}
	ok(t, fsys.SyncDir(root+"/."))
	if err := fsys.SyncAll(path.Join(root, ".")); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.Fatal(err)
	}
	if free, err := fsys.FreeBytes(path.Join(root, ".")); free == 0 || err != nil {
		t.Fatal(free, err)
	}
}

func testNames(t *testing.T, fsys FS, root string) {
	at := func(name string) string { return path.Join(root, name) }
	_, err := fsys.Open(at("none"))
	want(t, err, fs.ErrNotExist)
	_, err = fsys.OpenReadWrite(at("none"))
	want(t, err, fs.ErrNotExist)
	_, err = fsys.Stat(at("none"))
	want(t, err, fs.ErrNotExist)
	_, err = fsys.Create(at("no/dir"))
	want(t, err, fs.ErrNotExist)
	want(t, fsys.Remove(at("none")), fs.ErrNotExist)
	want(t, fsys.Rename(at("none"), at("x")), fs.ErrNotExist)
	ok(t, WriteFile(fsys, at("a"), []byte("A")), WriteFile(fsys, at("b"), []byte("B")))
	ok(t, fsys.Rename(at("a"), at("b")), fsys.MkdirAll(at("d/e")), fsys.MkdirAll(at("d/e")))
	ok(t, WriteFile(fsys, at("d/e/f"), nil), fsys.Rename(at("b"), at("d/g")))
	if data, err := ReadFile(fsys, at("d/g")); string(data) != "A" || err != nil {
		t.Fatalf("%q, %v", data, err)
	}
	names, err := fsys.List(at("d"))
	if err != nil || !slices.Equal(names, []string{"e", "g"}) {
		t.Fatal(names, err)
	}
	if fsys.Remove(at("d")) == nil {
		t.Fatal("removed a directory that is not empty")
	}
	info, err := fsys.Stat(at("d/g"))
	ok(t, err)
	if info.Size != 1 || info.IsDir || info.Name != "g" || info.ModTime.IsZero() {
		t.Fatalf("%+v", info)
	}
	ok(t, fsys.RemoveAll(at("d")), fsys.RemoveAll(at("d")))
	if names, err := fsys.List(path.Join(root, ".")); err != nil || len(names) != 0 {
		t.Fatal(names, err)
	}
}

func testLink(t *testing.T, fsys FS, root string) {
	a, b := path.Join(root, "a"), path.Join(root, "b")
	ok(t, WriteFile(fsys, a, []byte("one")), fsys.Link(a, b))
	want(t, fsys.Link(a, b), fs.ErrExist)
	ok(t, fsys.Remove(a))
	if data, err := ReadFile(fsys, b); string(data) != "one" || err != nil {
		t.Fatalf("%q, %v", data, err)
	}
}

func testLock(t *testing.T, fsys FS, root string) {
	name := path.Join(root, "LOCK")
	l, err := fsys.Lock(name)
	ok(t, err)
	_, err = fsys.Lock(name)
	want(t, err, ErrLocked)
	ok(t, l.Close())
	l, err = fsys.Lock(name)
	ok(t, err)
	ok(t, l.Close())
}

func testMap(t *testing.T, fsys FS, root string) {
	name := path.Join(root, "m")
	ok(t, WriteFile(fsys, name, nil))
	m, err := MapFile(fsys, name)
	ok(t, err)
	if len(m.Bytes()) != 0 {
		t.Fatal("bytes in an empty file")
	}
	ok(t, m.Close())
	ok(t, WriteFile(fsys, name, bytes.Repeat([]byte("x"), 10000)))
	m, err = MapFile(fsys, name)
	ok(t, err, fsys.Remove(name))
	if string(m.Bytes()[9990:]) != "xxxxxxxxxx" {
		t.Fatal("the mapping went with the name")
	}
	ok(t, m.Close(), m.Close())
}

func testDirs(t *testing.T, fsys FS, root string) {
	at := path.Join(root, "p/q/r")
	ok(t, MkdirAllSync(fsys, at), MkdirAllSync(fsys, at))
	if info, err := fsys.Stat(at); err != nil || !info.IsDir {
		t.Fatal(info, err)
	}
	ok(t, WriteFile(fsys, path.Join(root, "file"), nil))
	want(t, MkdirAllSync(fsys, path.Join(root, "file")), fs.ErrExist)
}

// TestCrashClone checks the promises: what was synced is there; what was not is, sector by sector, a state that the file went through; and
// every outcome happens.
func TestCrashClone(t *testing.T) {
	outcomes := map[string]int{}
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 1))
		m := NewMem()
		ok(t, MkdirAllSync(m, "d"))
		f, err := m.Create("d/f")
		ok(t, err)
		_, err = f.Write(bytes.Repeat([]byte("1"), 2000))
		ok(t, err, f.Sync(), m.SyncDir("d"))
		_, err = f.WriteAt(bytes.Repeat([]byte("2"), 1500), 300)
		ok(t, err)
		_, err = f.WriteAt(bytes.Repeat([]byte("3"), 600), 1800)
		ok(t, err, WriteFile(m, "d/new", []byte("synced data, unsynced name")))
		c := m.CrashClone(rng)
		data, err := ReadFile(c, "d/f")
		if err != nil || len(data) != 2000 && len(data) != 2400 {
			t.Fatalf("seed %d: %d bytes, %v", seed, len(data), err)
		}
		kept := ""
		for s := 0; s < len(data); s += sectorBytes {
			sector := data[s:min(s+sectorBytes, len(data))]
			has2, has3 := bytes.IndexByte(sector, '2') >= 0, bytes.IndexByte(sector, '3') >= 0
			kept += fmt.Sprint(b2i(has2) + 2*b2i(has3))
			for i, ch := range sector {
				at := s + i
				in2, in3 := at >= 300 && at < 1800, at >= 1800 && at < 2400
				good := ch == '1' && at < 2000 && !(in2 && has2) && !(in3 && has3) || ch == '2' && in2 && has2 || ch == '3' && in3 && has3 ||
					ch == 0 && at >= 2000 && !has3
				if !good {
					t.Fatalf("seed %d: byte %d is %q in a sector with 2: %v, 3: %v", seed, at, ch, has2, has3)
				}
			}
		}
		outcomes[kept]++
		got, err := ReadFile(c, "d/new")
		switch {
		case errors.Is(err, fs.ErrNotExist):
			outcomes["no name"]++
		case err != nil || string(got) != "synced data, unsynced name":
			t.Fatalf("seed %d: %q, %v", seed, got, err)
		default:
			outcomes["name"]++
		}
		if again, err := ReadFile(m, "d/new"); err != nil || len(again) == 0 {
			t.Fatal("the original changed", err)
		}
	}
	if len(outcomes) < 12 || outcomes["name"] < 50 || outcomes["no name"] < 50 || outcomes["0000"] < 50 {
		t.Fatalf("outcomes %v", outcomes)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestCrashCloneNames: a rename is there or not, never half; a synced one is there; RemoveAll may leave anything.
func TestCrashCloneNames(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 2))
		m := NewMem()
		ok(t, MkdirAllSync(m, "a"), MkdirAllSync(m, "b"))
		ok(t, WriteFile(m, "a/tmp", []byte("new")), WriteFile(m, "b/cur", []byte("old")), m.SyncDir("a"), m.SyncDir("b"))
		ok(t, m.Rename("a/tmp", "b/cur"))
		c := m.CrashClone(rng)
		cur, err := ReadFile(c, "b/cur")
		_, terr := c.Stat("a/tmp")
		if err != nil || (string(cur) == "new") != errors.Is(terr, fs.ErrNotExist) {
			t.Fatalf("seed %d: %q, %v, %v", seed, cur, err, terr)
		}
		seen[string(cur)]++
		ok(t, m.SyncDir("b"))
		c = m.CrashClone(rng)
		if cur, _ := ReadFile(c, "b/cur"); string(cur) != "new" {
			t.Fatalf("seed %d: a synced rename is lost", seed)
		}
		ok(t, m.MkdirAll("x/y"), WriteFile(m, "x/y/z", []byte("z")))
		if data, err := ReadFile(m.CrashClone(rng), "x/y/z"); err == nil {
			seen["deep "+string(data)]++
		}
		ok(t, m.RemoveAll("b"))
		if _, err := m.CrashClone(rng).Stat("b/cur"); err == nil {
			seen["unremoved"]++
		}
		ok(t, m.SyncAll("."))
		if _, err := m.CrashClone(rng).Stat("b"); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("seed %d: %v after SyncAll", seed, err)
		}
	}
	for _, what := range []string{"old", "new", "deep z", "unremoved"} {
		if seen[what] < 10 {
			t.Fatalf("outcomes %v", seen)
		}
	}
}

// TestCrashCloneTruncate: a cut that was not synced may leave old bytes, zeros, or the shorter file; growth after it never shows old bytes that were cut.
func TestCrashCloneTruncate(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 3))
		m := NewMem()
		ok(t, WriteFile(m, "f", bytes.Repeat([]byte("o"), 3000)), m.SyncDir("."))
		f, err := m.OpenReadWrite("f")
		ok(t, err, f.Truncate(1000))
		_, err = f.WriteAt(bytes.Repeat([]byte("n"), 100), 2900)
		ok(t, err)
		if err := f.Sync(); seed%2 == 0 && err == nil {
			data, _ := ReadFile(m.CrashClone(rng), "f")
			if len(data) != 3000 || bytes.Count(data, []byte("o")) != 1000 || bytes.Count(data, []byte("n")) != 100 {
				t.Fatalf("seed %d: synced, but %d bytes", seed, len(data))
			}
			continue
		}
		m = NewMem()
		ok(t, WriteFile(m, "f", bytes.Repeat([]byte("o"), 3000)), m.SyncDir("."))
		f, err = m.OpenReadWrite("f")
		ok(t, err, f.Truncate(1000))
		data, _ := ReadFile(m.CrashClone(rng), "f")
		if len(data) != 3000 && len(data) != 1000 || string(data[:1000]) != string(bytes.Repeat([]byte("o"), 1000)) {
			t.Fatalf("seed %d: %d bytes", seed, len(data))
		}
	}
}

func TestCrashCloneRepeatsItsSeed(t *testing.T) {
	m := NewMem()
	for i := range 20 {
		f, err := m.Create(fmt.Sprint("f", i))
		ok(t, err)
		_, err = f.Write(make([]byte, 5000))
		ok(t, err)
	}
	dump := func() string {
		out := ""
		c := m.CrashClone(rand.New(rand.NewPCG(9, 9)))
		names, _ := c.List(".")
		for _, n := range names {
			data, _ := ReadFile(c, n)
			out += fmt.Sprint(n, len(data), " ")
		}
		return out
	}
	if a, b := dump(), dump(); a != b {
		t.Fatalf("%s\n%s", a, b)
	}
}

func TestMemCapacity(t *testing.T) {
	m := NewMem()
	m.SetCapacity(100)
	f, err := m.Create("f")
	ok(t, err)
	_, err = f.Write(make([]byte, 90))
	ok(t, err)
	_, err = f.Write(make([]byte, 20))
	want(t, err, ErrNoSpace)
	want(t, f.Preallocate(0, 200), ErrNoSpace)
	if free, _ := m.FreeBytes("f"); free != 10 {
		t.Fatal(free)
	}
	ok(t, f.Truncate(0))
	_, err = f.WriteAt(make([]byte, 100), 0)
	ok(t, err)
}

func TestErrFS(t *testing.T) {
	m := NewMem()
	boom := errors.New("boom")
	e := NewErrFS(m, nil)
	f, err := e.Create("f")
	ok(t, err)
	e.SetInjector(OnKinds(FailNth(1, Fault{Err: boom, Short: 2}), OpWrite))
	_, err = f.Write([]byte("aaaa"))
	ok(t, err, f.Sync())
	n, err := f.Write([]byte("bbbb"))
	if n != 2 || !errors.Is(err, boom) {
		t.Fatal(n, err)
	}
	if data, _ := ReadFile(m, "f"); string(data) != "aaaabb" {
		t.Fatalf("%q", data)
	}
	e.SetInjector(OnPath(OnKinds(FailFrom(0, Fault{}), OpSync, OpRename), "f*"))
	want(t, f.Sync(), ErrInjected)
	want(t, f.Datasync(), ErrInjected)
	want(t, e.Rename("x", "dir/f2"), ErrInjected)
	want(t, e.Rename("f", "missing/g"), fs.ErrNotExist)
	e.SetInjector(DiskFull(10))
	want(t, f.Preallocate(0, 50), ErrNoSpace)
	n, err = f.WriteAt([]byte("cc"), 0)
	if n != 0 || !errors.Is(err, ErrNoSpace) {
		t.Fatal(n, err)
	}
	e.SetInjector(FailFrom(0, Fault{Err: boom}))
	for name, err := range map[string]error{
		"create": second(e.Create("g")), "open": second(e.Open("f")), "openrw": second(e.OpenReadWrite("f")), "remove": e.Remove("f"),
		"removeall": e.RemoveAll("f"), "link": e.Link("f", "h"), "mkdir": e.MkdirAll("d"), "list": second(e.List(".")),
		"stat": second(e.Stat("f")), "syncdir": e.SyncDir("."), "syncall": e.SyncAll("."), "lock": second(e.Lock("l")),
		"truncate": f.Truncate(0), "read": second(f.ReadAt(nil, 0)), "map": second(f.Map()),
	} {
		if !errors.Is(err, boom) {
			t.Errorf("%s: %v", name, err)
		}
	}
	count := 0
	e.SetInjector(FailRandomly(1, 0.5, Fault{}))
	for range 1000 {
		if _, err := e.Stat("f"); err != nil {
			count++
		}
	}
	if count < 400 || count > 600 {
		t.Fatalf("%d of 1000 failed", count)
	}
}

func second[T any](_ T, err error) error { return err }

func TestGuardFault(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	ok(t, WriteFile(OS, name, make([]byte, 3*4096)))
	m, err := MapFile(OS, name)
	ok(t, err)
	defer m.Close()
	f, err := OS.OpenReadWrite(name)
	ok(t, err, f.Truncate(4096), f.Close())
	err = GuardFault("the file", m.Bytes(), func() error {
		if m.Bytes()[5000] != 0 {
			t.Error("read something")
		}
		return nil
	})
	var ce *CorruptError
	if !errors.As(err, &ce) || ce.File != "the file" || ce.Offset < 4096 || ce.Offset > 5000 {
		t.Fatal(err)
	}
	defer func() {
		if recover() != "mine" {
			t.Fatal("another panic was swallowed")
		}
	}()
	_ = GuardFault("f", nil, func() error { panic("mine") })
}
