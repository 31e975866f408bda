//go:build unix

package vfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// OS is the machine's file system.
var OS FS = osFS{}

type osFS struct{}

// osErr makes a full disk recognisable.
func osErr(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}

func (osFS) open(name string, flag int) (File, error) {
	f, err := os.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, osErr(err)
	}
	return &osFile{File: f}, nil
}

func (o osFS) Create(name string) (File, error) {
	return o.open(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}
func (o osFS) Open(name string) (File, error)          { return o.open(name, os.O_RDONLY) }
func (o osFS) OpenReadWrite(name string) (File, error) { return o.open(name, os.O_RDWR) }
func (osFS) Remove(name string) error                  { return osErr(os.Remove(name)) }
func (osFS) RemoveAll(name string) error               { return osErr(os.RemoveAll(name)) }
func (osFS) Rename(oldname, newname string) error      { return osErr(os.Rename(oldname, newname)) }
func (osFS) Link(oldname, newname string) error        { return osErr(os.Link(oldname, newname)) }
func (osFS) MkdirAll(dir string) error                 { return osErr(os.MkdirAll(dir, 0o700)) }

func (osFS) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (osFS) Stat(name string) (FileInfo, error) {
	info, err := os.Stat(name)
	if err != nil {
		return FileInfo{}, err
	}
	return FileInfo{Name: info.Name(), Size: info.Size(), IsDir: info.IsDir(), ModTime: info.ModTime()}, nil
}

func (osFS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return osErr(errors.Join(d.Sync(), d.Close()))
}

func (osFS) SyncAll(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return osErr(errors.Join(syncFS(d), d.Close()))
}

func (osFS) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, osErr(err)
	}
	// flock belongs to the open file, so a second Lock in this process is refused too, and a killed process leaves no lock.
	err = retry(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrLocked
		}
		return nil, &fs.PathError{Op: "lock", Path: name, Err: err}
	}
	return f, nil
}

func (osFS) FreeBytes(name string) (uint64, error) {
	var st unix.Statfs_t
	if err := retry(func() error { return unix.Statfs(name, &st) }); err != nil {
		return 0, &fs.PathError{Op: "statfs", Path: name, Err: err}
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil
}

// osFile adds what os.File lacks. The raw descriptor is used only between the calls of an open file's owner.
type osFile struct{ *os.File }

func (f *osFile) Sync() error                   { return osErr(f.File.Sync()) }
func (f *osFile) Truncate(size int64) error     { return osErr(f.File.Truncate(size)) }
func (f *osFile) Write(p []byte) (int, error)   { n, err := f.File.Write(p); return n, osErr(err) }
func (f *osFile) Datasync() error               { return osErr(f.wrap("fdatasync", datasync(f.File))) }
func (f *osFile) wrap(op string, e error) error { return wrapPath(op, f.Name(), e) }

func (f *osFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	return n, osErr(err)
}

func (f *osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f *osFile) Preallocate(off, n int64) error {
	err := allocate(f.File, off, n)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) || errors.Is(err, errors.ErrUnsupported) {
		err = f.writeZeros(off, n)
	}
	return osErr(f.wrap("preallocate", err))
}

// writeZeros reserves space where the file system cannot: by writing it, beyond the present end only.
func (f *osFile) writeZeros(off, n int64) error {
	size, err := f.Size()
	if err != nil {
		return err
	}
	end := off + n
	zeros := make([]byte, 1<<20)
	for at := max(off, size); at < end; {
		k := min(int64(len(zeros)), end-at)
		if _, err := f.File.WriteAt(zeros[:k], at); err != nil {
			return err
		}
		at += k
	}
	return nil
}

func (f *osFile) Map() (Mapping, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size == 0 {
		return BytesMapping(nil), nil
	}
	if int64(int(size)) != size {
		return nil, f.wrap("mmap", unix.EFBIG)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, f.wrap("mmap", err)
	}
	return &osMapping{data: data}, nil
}

type osMapping struct {
	once sync.Once
	data []byte
}

func (m *osMapping) Bytes() []byte { return m.data }

func (m *osMapping) Close() (err error) {
	m.once.Do(func() { err = unix.Munmap(m.data) })
	return err
}

func wrapPath(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// retry repeats a system call that a signal interrupted.
func retry(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}
