package blob

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"vecgres/vecengine/vfs"
)

// tmpDir holds objects being written. No key can name it.
const tmpDir = ".tmp"

// durableDirsMax bounds the memory of directories known to be durable.
const durableDirsMax = 1 << 15

// FileStore is a Store in a directory. Safe for concurrent use by one process.
type FileStore struct {
	fs    vfs.FS
	root  string
	seq   atomic.Uint64
	seed  maphash.Seed
	locks [64]sync.Mutex // by key: conditional puts compare and swap under them

	dirMu   sync.Mutex
	durable map[string]bool // directories whose names, and those above, are durable
}

var _ Store = (*FileStore)(nil)

// NewFileStore opens or makes a store in a directory, and removes what a crash left half-written. The caller keeps other processes away.
func NewFileStore(fsys vfs.FS, root string) (*FileStore, error) {
	s := &FileStore{fs: fsys, root: path.Clean(root), seed: maphash.MakeSeed(), durable: map[string]bool{}}
	if err := vfs.MkdirAllSync(fsys, s.root); err != nil {
		return nil, err
	}
	tmp := path.Join(s.root, tmpDir)
	if err := fsys.RemoveAll(tmp); err != nil {
		return nil, err
	}
	if err := fsys.MkdirAll(tmp); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *FileStore) path(key string) string { return path.Join(s.root, key) }

func (s *FileStore) lock(key string) *sync.Mutex {
	return &s.locks[maphash.String(s.seed, key)%uint64(len(s.locks))]
}

// keyErr gives an error the key and the store's own sentinels.
func keyErr(op, key string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		err = ErrNotFound
	case errors.Is(err, fs.ErrExist):
		err = ErrExists
	}
	return fmt.Errorf("%s %s: %w", op, key, err)
}

// begin refuses bad keys and cancelled contexts.
func begin(ctx context.Context, op, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s %s: %w", op, key, context.Cause(ctx))
	}
	return nil
}

// writeTemp writes a temporary file and syncs it if told to.
func (s *FileStore) writeTemp(data []byte, sync bool) (string, error) {
	name := s.tempName()
	f, err := s.fs.Create(name)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil && sync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		s.discard(name)
		return "", err
	}
	return name, nil
}

func (s *FileStore) tempName() string {
	return path.Join(s.root, tmpDir, strconv.FormatUint(s.seq.Add(1), 10))
}

// discard removes a temporary file as well as it can; NewFileStore removes the rest.
func (s *FileStore) discard(name string) { _ = s.fs.Remove(name) }

// ensureDir makes a directory of objects durable before anything in it is called durable. A directory that exists may have
// been made by another caller who has not synced it yet, or before a crash, so existence alone proves nothing.
func (s *FileStore) ensureDir(dir string) error {
	s.dirMu.Lock()
	defer s.dirMu.Unlock()
	if dir == s.root || s.durable[dir] {
		return nil
	}
	if err := s.fs.MkdirAll(dir); err != nil {
		return err
	}
	var fresh []string
	for d := dir; d != s.root && !s.durable[d]; d = path.Dir(d) {
		if err := s.fs.SyncDir(path.Dir(d)); err != nil {
			return err
		}
		fresh = append(fresh, d)
	}
	if len(s.durable)+len(fresh) > durableDirsMax {
		clear(s.durable)
	}
	for _, d := range fresh {
		s.durable[d] = true
	}
	return nil
}

// forgetDirs drops what ensureDir knows of dir and below.
func (s *FileStore) forgetDirs(dir string) {
	s.dirMu.Lock()
	defer s.dirMu.Unlock()
	for d := range s.durable {
		if d == dir || strings.HasPrefix(d, dir+"/") {
			delete(s.durable, d)
		}
	}
}

// place gives a temporary file its name by rename, or by link where the name must be free. The directory is not synced yet.
func (s *FileStore) place(temp, key string, absent bool) error {
	dst := s.path(key)
	for try := 0; ; try++ {
		err := s.ensureDir(path.Dir(dst))
		if err == nil && absent {
			err = s.fs.Link(temp, dst)
		} else if err == nil {
			err = s.fs.Rename(temp, dst)
		}
		if err == nil {
			if absent {
				s.discard(temp)
			}
			return nil
		}
		if errors.Is(err, fs.ErrNotExist) && try < 4 { // DeletePrefix took the directory meanwhile
			s.forgetDirs(path.Dir(dst))
			continue
		}
		return err
	}
}

// publish is the whole way of a small object. The caller holds the key's lock if it needs one.
func (s *FileStore) publish(op, key string, data []byte, absent bool) (ETag, error) {
	temp, err := s.writeTemp(data, true)
	if err != nil {
		return "", keyErr(op, key, err)
	}
	if err := s.place(temp, key, absent); err != nil {
		s.discard(temp)
		return "", keyErr(op, key, err)
	}
	if err := s.fs.SyncDir(path.Dir(s.path(key))); err != nil {
		return "", keyErr(op, key, err)
	}
	return tagOf(data), nil
}

// Put implements Store.
func (s *FileStore) Put(ctx context.Context, key string, data []byte) (ETag, error) {
	if err := begin(ctx, "put", key); err != nil {
		return "", err
	}
	mu := s.lock(key)
	mu.Lock()
	defer mu.Unlock()
	return s.publish("put", key, data, false)
}

// PutIfAbsent implements Store.
func (s *FileStore) PutIfAbsent(ctx context.Context, key string, data []byte) (ETag, error) {
	if err := begin(ctx, "put", key); err != nil {
		return "", err
	}
	mu := s.lock(key)
	mu.Lock()
	defer mu.Unlock()
	if _, err := s.fs.Stat(s.path(key)); err == nil { // spares the write; Link decides
		return "", keyErr("put", key, fs.ErrExist)
	}
	return s.publish("put", key, data, true)
}

// PutIfMatch implements Store.
func (s *FileStore) PutIfMatch(ctx context.Context, key string, data []byte, match ETag) (ETag, error) {
	if err := begin(ctx, "put", key); err != nil {
		return "", err
	}
	mu := s.lock(key)
	mu.Lock()
	defer mu.Unlock()
	if err := s.checkTag(key, match); err != nil {
		return "", keyErr("put", key, err)
	}
	return s.publish("put", key, data, false)
}

// checkTag compares the present object's tag.
func (s *FileStore) checkTag(key string, match ETag) error {
	data, err := vfs.ReadFile(s.fs, s.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrConflict
	}
	if err != nil {
		return err
	}
	if tagOf(data) != match {
		return ErrConflict
	}
	return nil
}

// Get implements Store.
func (s *FileStore) Get(ctx context.Context, key string) ([]byte, ETag, error) {
	if err := begin(ctx, "get", key); err != nil {
		return nil, "", err
	}
	data, err := vfs.ReadFile(s.fs, s.path(key))
	if err != nil {
		return nil, "", keyErr("get", key, s.notDir(key, err))
	}
	return data, tagOf(data), nil
}

// notDir turns the failure to read a directory, which is no object, into ErrNotFound.
func (s *FileStore) notDir(key string, err error) error {
	if info, serr := s.fs.Stat(s.path(key)); serr == nil && info.IsDir {
		return ErrNotFound
	}
	return err
}

// GetRange implements Store.
func (s *FileStore) GetRange(ctx context.Context, key string, off, n int64) ([]byte, error) {
	obj, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer obj.Close()
	if off < 0 || n < 0 {
		return nil, keyErr("get", key, fs.ErrInvalid)
	}
	n = max(0, min(n, obj.Size()-off))
	data := make([]byte, n)
	if k, err := obj.ReadAt(data, off); int64(k) < n {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, keyErr("get", key, err)
	}
	return data, nil
}

// Stat implements Store.
func (s *FileStore) Stat(ctx context.Context, key string) (Info, error) {
	if err := begin(ctx, "stat", key); err != nil {
		return Info{}, err
	}
	info, err := s.fs.Stat(s.path(key))
	if err == nil && info.IsDir {
		err = ErrNotFound
	}
	if err != nil {
		return Info{}, keyErr("stat", key, err)
	}
	return Info{Key: key, Size: info.Size}, nil
}

// Delete implements Store.
func (s *FileStore) Delete(ctx context.Context, key string) error {
	if err := begin(ctx, "delete", key); err != nil {
		return err
	}
	mu := s.lock(key)
	mu.Lock()
	defer mu.Unlock()
	name := s.path(key)
	if info, err := s.fs.Stat(name); err == nil && info.IsDir {
		return nil
	}
	err := s.fs.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = s.fs.SyncDir(path.Dir(name))
	}
	return keyErr("delete", key, err)
}

// DeletePrefix implements Store.
func (s *FileStore) DeletePrefix(ctx context.Context, dir string) error {
	if err := begin(ctx, "delete", dir); err != nil {
		return err
	}
	name := s.path(dir)
	if _, err := s.fs.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	// One rename takes the tree out of sight at once and whole; what a crash leaves of it in the temporary directory goes at the next start.
	temp := s.tempName()
	if err := s.fs.Rename(name, temp); err != nil {
		return keyErr("delete", dir, err)
	}
	s.forgetDirs(name)
	if err := s.fs.SyncDir(path.Dir(name)); err != nil {
		return keyErr("delete", dir, err)
	}
	return keyErr("delete", dir, s.fs.RemoveAll(temp))
}

// Copy implements Store with a hard link.
func (s *FileStore) Copy(ctx context.Context, src, dst string) error {
	if err := begin(ctx, "copy", src); err != nil {
		return err
	}
	if err := begin(ctx, "copy", dst); err != nil {
		return err
	}
	mu := s.lock(dst)
	mu.Lock()
	defer mu.Unlock()
	if _, err := s.Stat(ctx, src); err != nil {
		return err
	}
	dir := path.Dir(s.path(dst))
	if err := s.ensureDir(dir); err != nil {
		return keyErr("copy", dst, err)
	}
	if err := s.fs.Link(s.path(src), s.path(dst)); err != nil {
		return keyErr("copy", dst, err)
	}
	return keyErr("copy", dst, s.fs.SyncDir(dir))
}
