package blob

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"path"

	"vecgres/vecengine/vfs"
)

// fileObject is an open file of a FileStore.
type fileObject struct {
	vfs.File
	size int64
}

func (o *fileObject) Size() int64 { return o.size }

// Open implements Store.
func (s *FileStore) Open(ctx context.Context, key string) (Object, error) {
	if err := begin(ctx, "open", key); err != nil {
		return nil, err
	}
	if info, err := s.fs.Stat(s.path(key)); err == nil && info.IsDir {
		return nil, keyErr("open", key, ErrNotFound)
	}
	f, err := s.fs.Open(s.path(key))
	if err != nil {
		return nil, keyErr("open", key, err)
	}
	size, err := f.Size()
	if err != nil {
		return nil, keyErr("open", key, errors.Join(err, f.Close()))
	}
	return &fileObject{File: f, size: size}, nil
}

// fileWriter writes a temporary file. It belongs to a batch, or publishes by itself.
type fileWriter struct {
	store *FileStore
	batch *fileBatch // nil: alone
	key   string
	temp  string
	f     vfs.File // nil once closed
	buf   *bufio.Writer
	err   error
	done  bool
}

// Create implements Store.
func (s *FileStore) Create(ctx context.Context, key string) (Writer, error) {
	return s.create(ctx, key, nil)
}

func (s *FileStore) create(ctx context.Context, key string, batch *fileBatch) (*fileWriter, error) {
	if err := begin(ctx, "create", key); err != nil {
		return nil, err
	}
	temp := s.tempName()
	f, err := s.fs.Create(temp)
	if err != nil {
		return nil, keyErr("create", key, err)
	}
	return &fileWriter{store: s, batch: batch, key: key, temp: temp, f: f, buf: bufio.NewWriterSize(f, 64<<10)}, nil
}

func (w *fileWriter) Write(p []byte) (int, error) {
	if w.done {
		return 0, keyErr("write", w.key, fs.ErrClosed)
	}
	n, err := w.buf.Write(p)
	if err != nil {
		w.err = err
		return n, keyErr("write", w.key, err)
	}
	return n, nil
}

// closeFile flushes, syncs if told to, and closes.
func (w *fileWriter) closeFile(sync bool) error {
	if w.f == nil {
		return w.err
	}
	err := w.err
	if err == nil {
		err = w.buf.Flush()
	}
	if err == nil && sync {
		err = w.f.Sync()
	}
	err = errors.Join(err, w.f.Close())
	w.f, w.err = nil, err
	return err
}

func (w *fileWriter) Commit() error {
	if w.done {
		return keyErr("commit", w.key, fs.ErrClosed)
	}
	w.done = true
	if w.batch != nil {
		if w.err == nil {
			w.err = w.buf.Flush()
		}
		if w.err != nil {
			err := w.err
			w.drop()
			return keyErr("commit", w.key, err)
		}
		return w.batch.add(w)
	}
	if err := w.closeFile(true); err != nil {
		w.drop()
		return keyErr("commit", w.key, err)
	}
	mu := w.store.lock(w.key)
	mu.Lock()
	defer mu.Unlock()
	if err := w.store.place(w.temp, w.key, false); err != nil {
		w.drop()
		return keyErr("commit", w.key, err)
	}
	return keyErr("commit", w.key, w.store.fs.SyncDir(path.Dir(w.store.path(w.key))))
}

func (w *fileWriter) Abort() {
	if !w.done {
		w.done = true
		w.drop()
	}
}

// drop closes and removes the temporary file.
func (w *fileWriter) drop() {
	if w.f != nil {
		_ = w.f.Close()
		w.f = nil
	}
	w.store.discard(w.temp)
}
