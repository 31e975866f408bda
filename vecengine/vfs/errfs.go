package vfs

import (
	"errors"
	"io"
	"math/rand/v2"
	"path"
	"slices"
	"sync"
)

// OpKind is a kind of operation that ErrFS can fail.
type OpKind string

// The kinds of operation.
const (
	OpCreate      OpKind = "create"
	OpOpen        OpKind = "open"
	OpRemove      OpKind = "remove"
	OpRename      OpKind = "rename"
	OpLink        OpKind = "link"
	OpMkdir       OpKind = "mkdir"
	OpList        OpKind = "list"
	OpStat        OpKind = "stat"
	OpSyncDir     OpKind = "syncdir"
	OpSyncAll     OpKind = "syncall"
	OpLock        OpKind = "lock"
	OpRead        OpKind = "read" // ReadAt, and each Map
	OpWrite       OpKind = "write"
	OpSync        OpKind = "sync" // Sync and Datasync
	OpPreallocate OpKind = "preallocate"
	OpTruncate    OpKind = "truncate"
)

// Mutations are the kinds that change what is stored.
var Mutations = []OpKind{OpCreate, OpRemove, OpRename, OpLink, OpMkdir, OpSyncDir, OpSyncAll, OpWrite, OpSync, OpPreallocate, OpTruncate}

// ErrInjected is the error of faults that name no other.
var ErrInjected = errors.New("injected fault")

// Op is an operation about to happen.
type Op struct {
	Kind OpKind
	Path string
	Off  int64 // reads, writes, Preallocate
	N    int64 // bytes, likewise
}

// Fault makes an operation fail.
type Fault struct {
	Err   error
	Short int // a write still writes this many bytes
}

// Injector decides on each operation; nil lets it through. It may be called concurrently.
type Injector func(op Op) *Fault

// ErrFS is an FS whose operations fail as an Injector says. A failed operation does not reach the FS below, but for the
// first bytes of a short write.
type ErrFS struct {
	fs     FS
	mu     sync.Mutex
	inject Injector
}

// NewErrFS wraps an FS; inject may be nil.
func NewErrFS(fsys FS, inject Injector) *ErrFS { return &ErrFS{fs: fsys, inject: inject} }

// SetInjector replaces the injector; nil ends the faults.
func (e *ErrFS) SetInjector(inject Injector) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.inject = inject
}

// fault asks the injector.
func (e *ErrFS) fault(kind OpKind, name string, off, n int64) *Fault {
	e.mu.Lock()
	inject := e.inject
	e.mu.Unlock()
	if inject == nil {
		return nil
	}
	f := inject(Op{Kind: kind, Path: clean(name), Off: off, N: n})
	if f != nil && f.Err == nil {
		f = &Fault{Err: ErrInjected, Short: f.Short}
	}
	return f
}

func (e *ErrFS) check(kind OpKind, name string) error {
	if f := e.fault(kind, name, 0, 0); f != nil {
		return pathErr(string(kind), name, f.Err)
	}
	return nil
}

func (e *ErrFS) file(kind OpKind, name string, open func(string) (File, error)) (File, error) {
	if err := e.check(kind, name); err != nil {
		return nil, err
	}
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	return &errFile{File: f, fs: e, name: name}, nil
}

func (e *ErrFS) do(kind OpKind, name string, op func() error) error {
	if err := e.check(kind, name); err != nil {
		return err
	}
	return op()
}

// Create implements FS.
func (e *ErrFS) Create(name string) (File, error) { return e.file(OpCreate, name, e.fs.Create) }

// Open implements FS.
func (e *ErrFS) Open(name string) (File, error) { return e.file(OpOpen, name, e.fs.Open) }

// OpenReadWrite implements FS.
func (e *ErrFS) OpenReadWrite(name string) (File, error) {
	return e.file(OpOpen, name, e.fs.OpenReadWrite)
}

// Remove implements FS.
func (e *ErrFS) Remove(name string) error {
	return e.do(OpRemove, name, func() error { return e.fs.Remove(name) })
}

// RemoveAll implements FS.
func (e *ErrFS) RemoveAll(name string) error {
	return e.do(OpRemove, name, func() error { return e.fs.RemoveAll(name) })
}

// Rename implements FS; the injector sees the new name.
func (e *ErrFS) Rename(oldname, newname string) error {
	return e.do(OpRename, newname, func() error { return e.fs.Rename(oldname, newname) })
}

// Link implements FS; the injector sees the new name.
func (e *ErrFS) Link(oldname, newname string) error {
	return e.do(OpLink, newname, func() error { return e.fs.Link(oldname, newname) })
}

// MkdirAll implements FS.
func (e *ErrFS) MkdirAll(dir string) error {
	return e.do(OpMkdir, dir, func() error { return e.fs.MkdirAll(dir) })
}

// List implements FS.
func (e *ErrFS) List(dir string) ([]string, error) {
	if err := e.check(OpList, dir); err != nil {
		return nil, err
	}
	return e.fs.List(dir)
}

// Stat implements FS.
func (e *ErrFS) Stat(name string) (FileInfo, error) {
	if err := e.check(OpStat, name); err != nil {
		return FileInfo{}, err
	}
	return e.fs.Stat(name)
}

// SyncDir implements FS.
func (e *ErrFS) SyncDir(dir string) error {
	return e.do(OpSyncDir, dir, func() error { return e.fs.SyncDir(dir) })
}

// SyncAll implements FS.
func (e *ErrFS) SyncAll(dir string) error {
	return e.do(OpSyncAll, dir, func() error { return e.fs.SyncAll(dir) })
}

// Lock implements FS.
func (e *ErrFS) Lock(name string) (io.Closer, error) {
	if err := e.check(OpLock, name); err != nil {
		return nil, err
	}
	return e.fs.Lock(name)
}

// FreeBytes implements FS and never fails by injection.
func (e *ErrFS) FreeBytes(name string) (uint64, error) { return e.fs.FreeBytes(name) }

type errFile struct {
	File
	fs   *ErrFS
	name string
}

func (f *errFile) check(kind OpKind, off, n int64) error {
	if fault := f.fs.fault(kind, f.name, off, n); fault != nil {
		return pathErr(string(kind), f.name, fault.Err)
	}
	return nil
}

func (f *errFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.check(OpRead, off, int64(len(p))); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

func (f *errFile) write(p []byte, off int64, write func([]byte) (int, error)) (int, error) {
	fault := f.fs.fault(OpWrite, f.name, off, int64(len(p)))
	if fault == nil {
		return write(p)
	}
	n := 0
	if k := min(max(0, fault.Short), len(p)); k > 0 {
		var err error
		if n, err = write(p[:k]); err != nil {
			return n, err
		}
	}
	return n, pathErr("write", f.name, fault.Err)
}

func (f *errFile) WriteAt(p []byte, off int64) (int, error) {
	return f.write(p, off, func(q []byte) (int, error) { return f.File.WriteAt(q, off) })
}

func (f *errFile) Write(p []byte) (int, error) { return f.write(p, -1, f.File.Write) }

func (f *errFile) Sync() error {
	if err := f.check(OpSync, 0, 0); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *errFile) Datasync() error {
	if err := f.check(OpSync, 0, 0); err != nil {
		return err
	}
	return f.File.Datasync()
}

func (f *errFile) Preallocate(off, n int64) error {
	if err := f.check(OpPreallocate, off, n); err != nil {
		return err
	}
	return f.File.Preallocate(off, n)
}

func (f *errFile) Truncate(size int64) error {
	if err := f.check(OpTruncate, size, 0); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f *errFile) Map() (Mapping, error) {
	if err := f.check(OpRead, 0, 0); err != nil {
		return nil, err
	}
	return f.File.Map()
}

// OnKinds limits an injector to some kinds of operation; none means all.
func OnKinds(inject Injector, kinds ...OpKind) Injector {
	return func(op Op) *Fault {
		if len(kinds) > 0 && !slices.Contains(kinds, op.Kind) {
			return nil
		}
		return inject(op)
	}
}

// OnPath limits an injector to paths whose last element matches a pattern of path.Match.
func OnPath(inject Injector, pattern string) Injector {
	return func(op Op) *Fault {
		if ok, err := path.Match(pattern, path.Base(op.Path)); err != nil || !ok {
			return nil
		}
		return inject(op)
	}
}

// FailNth fails the nth operation that it sees (from 0) and no other.
func FailNth(n int, fault Fault) Injector {
	var mu sync.Mutex
	return func(Op) *Fault {
		mu.Lock()
		defer mu.Unlock()
		n--
		if n == -1 {
			return &fault
		}
		return nil
	}
}

// FailFrom fails the nth operation that it sees (from 0) and all later ones: the disk is gone.
func FailFrom(n int, fault Fault) Injector {
	var mu sync.Mutex
	return func(Op) *Fault {
		mu.Lock()
		defer mu.Unlock()
		if n > 0 {
			n--
			return nil
		}
		return &fault
	}
}

// FailRandomly fails operations with probability p; equal seeds give equal choices.
func FailRandomly(seed uint64, p float64, fault Fault) Injector {
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(seed, 0))
	return func(Op) *Fault {
		mu.Lock()
		defer mu.Unlock()
		if rng.Float64() < p {
			return &fault
		}
		return nil
	}
}

// DiskFull lets n bytes be written or preallocated, then cuts the write that goes over short with ErrNoSpace and fails later ones.
func DiskFull(n int64) Injector {
	var mu sync.Mutex
	return func(op Op) *Fault {
		if op.Kind != OpWrite && op.Kind != OpPreallocate {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if op.N <= n {
			n -= op.N
			return nil
		}
		short := n
		n = 0
		return &Fault{Err: ErrNoSpace, Short: int(short)}
	}
}
