package vfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
)

// ErrLocked is returned by FS.Lock while somebody else holds the lock.
var ErrLocked = errors.New("file is locked by another process")

// ErrNoSpace is what a full disk gives; errors.Is(err, ErrNoSpace) holds for ENOSPC and EDQUOT from any FS here.
var ErrNoSpace = errors.New("no space left on device")

// ErrCorrupt is the kind of every CorruptError: errors.Is(err, ErrCorrupt).
var ErrCorrupt = errors.New("corrupt file")

// CorruptError says that stored bytes are not what was written. Nothing read from the place is given to the caller.
type CorruptError struct {
	File   string
	Offset int64 // byte offset in File at which the fault was seen
	Reason string
}

// Corruptf makes a CorruptError.
func Corruptf(file string, offset int64, format string, args ...any) error {
	return &CorruptError{File: file, Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is corrupt at byte %d: %s", e.File, e.Offset, e.Reason)
}

// Is makes every CorruptError match ErrCorrupt.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// FileInfo is what Stat tells.
type FileInfo struct {
	Name    string // the last element of the path
	Size    int64
	IsDir   bool
	ModTime time.Time // a hint for people; nothing depends on it
}

// FS is a file system. All methods may be called concurrently.
type FS interface {
	// Create makes an empty file for reading and writing, or empties the one that is there.
	Create(name string) (File, error)
	// Open opens an existing file for reading.
	Open(name string) (File, error)
	// OpenReadWrite opens an existing file for reading and writing.
	OpenReadWrite(name string) (File, error)
	// Remove removes a file or an empty directory.
	Remove(name string) error
	// RemoveAll removes name and what is below it; a missing name is no error.
	RemoveAll(name string) error
	// Rename moves a file or directory; a file at the new name is replaced atomically.
	Rename(oldname, newname string) error
	// Link gives a file a second name; it fails with fs.ErrExist if that name is taken.
	Link(oldname, newname string) error
	// MkdirAll makes a directory and its missing parents. Their names are durable after SyncDir of each parent: see MkdirAllSync.
	MkdirAll(dir string) error
	// List gives the names in a directory, ascending.
	List(dir string) ([]string, error)
	// Stat describes a file or directory.
	Stat(name string) (FileInfo, error)
	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error
	// SyncAll makes everything durable that was written before the call anywhere on the file system that holds dir: data
	// and names. One call replaces thousands of Syncs. It may give errors.ErrUnsupported; then sync one by one.
	SyncAll(dir string) error
	// Lock takes an exclusive lock on a file, which is created if missing, and holds it until Close; ErrLocked if it is taken.
	Lock(name string) (io.Closer, error)
	// FreeBytes is the space that an unprivileged process may still write on the file system that holds name.
	FreeBytes(name string) (uint64, error)
}

// File is an open file. ReadAt and WriteAt may be called concurrently; Write is for one goroutine.
type File interface {
	io.ReaderAt
	io.WriterAt
	// Write writes at the file's own position, which starts at 0 and is moved by Write alone.
	io.Writer
	// Sync makes data and metadata durable.
	Sync() error
	// Datasync makes data durable, and of the metadata only what is needed to read them.
	Datasync() error
	// Preallocate reserves space for n bytes at off, which read as zeros until written; the file grows if needed. ErrNoSpace leaves the file usable.
	Preallocate(off, n int64) error
	// Truncate cuts or extends the file.
	Truncate(size int64) error
	// Size is the file's length in bytes.
	Size() (int64, error)
	// Map maps the whole file for reading. The mapping outlives the File.
	Map() (Mapping, error)
	Close() error
}

// Mapping is a file's bytes, read-only. After Close they must not be touched.
type Mapping interface {
	Bytes() []byte
	Close() error
}

// BytesMapping is a Mapping of a slice in memory.
type BytesMapping []byte

// Bytes is the slice itself.
func (m BytesMapping) Bytes() []byte { return m }

// Close does nothing.
func (m BytesMapping) Close() error { return nil }

// MkdirAllSync makes a directory and its missing parents and makes their names durable.
func MkdirAllSync(fsys FS, dir string) error {
	dir = path.Clean(dir)
	var missing []string
	for d := dir; ; d = path.Dir(d) {
		info, err := fsys.Stat(d)
		if err == nil {
			if !info.IsDir {
				return &fs.PathError{Op: "mkdir", Path: d, Err: fs.ErrExist}
			}
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		missing = append(missing, d)
		if d == path.Dir(d) {
			break
		}
	}
	if len(missing) == 0 { // it may be there because somebody crashed between the two steps below
		return fsys.SyncDir(path.Dir(dir))
	}
	if err := fsys.MkdirAll(dir); err != nil {
		return err
	}
	for i := len(missing) - 1; i >= 0; i-- {
		if err := fsys.SyncDir(path.Dir(missing[i])); err != nil {
			return err
		}
	}
	return nil
}

// ReadFile reads a whole file.
func ReadFile(fsys FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	if n, err := f.ReadAt(data, 0); err != nil && !(err == io.EOF && n == len(data)) {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return data, nil
}

// WriteFile writes a whole file and syncs its data; its name is durable after SyncDir.
func WriteFile(fsys FS, name string, data []byte) error {
	f, err := fsys.Create(name)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// MapFile maps a whole file.
func MapFile(fsys FS, name string) (Mapping, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	m, err := f.Map()
	if cerr := f.Close(); err == nil && cerr != nil {
		m.Close()
		return nil, cerr
	}
	return m, err
}

// clean normalises a name: MemFS and ErrFS see the same spelling of a path whatever the caller wrote.
func clean(name string) string {
	name = path.Clean(name)
	return strings.TrimSuffix(name, "/")
}
