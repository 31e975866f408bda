package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"vecgres/vecengine/vfs"
)

// syncAllMin is the number of files or directories from which one sync of the whole file system is used instead of one each.
const syncAllMin = 16

// fileBatch is a Batch of a FileStore.
type fileBatch struct {
	store  *FileStore
	plain  []*fileWriter // committed streams
	puts   []batchPut
	conds  []batchPut
	closed bool
}

// batchPut is a small object; absent and match are of conditional ones.
type batchPut struct {
	key    string
	data   []byte
	absent bool
	match  ETag
	temp   string
}

// NewBatch implements Store.
func (s *FileStore) NewBatch() Batch { return &fileBatch{store: s} }

func (b *fileBatch) Create(ctx context.Context, key string) (Writer, error) {
	if b.closed {
		return nil, keyErr("create", key, fs.ErrClosed)
	}
	return b.store.create(ctx, key, b)
}

// add takes a finished stream. Few files stay open, to be synced by their own descriptors; many are closed, and one SyncAll does for all.
func (b *fileBatch) add(w *fileWriter) error {
	if b.closed {
		w.drop()
		return keyErr("commit", w.key, fs.ErrClosed)
	}
	if len(b.plain) >= syncAllMin {
		if err := w.closeFile(false); err != nil {
			w.drop()
			return keyErr("commit", w.key, err)
		}
	}
	b.plain = append(b.plain, w)
	return nil
}

func (b *fileBatch) Put(key string, data []byte) {
	b.puts = append(b.puts, batchPut{key: key, data: data})
}

func (b *fileBatch) PutIfAbsent(key string, data []byte) {
	b.conds = append(b.conds, batchPut{key: key, data: data, absent: true})
}

func (b *fileBatch) PutIfMatch(key string, data []byte, match ETag) {
	b.conds = append(b.conds, batchPut{key: key, data: data, match: match})
}

// Commit implements Batch: temporary files, one sync, names, one sync; then the same for the conditional ones.
func (b *fileBatch) Commit(ctx context.Context) (map[string]PutResult, error) {
	if b.closed {
		return nil, fmt.Errorf("batch: %w", fs.ErrClosed)
	}
	defer b.Abort()
	for _, p := range slices.Concat(b.puts, b.conds) {
		if err := begin(ctx, "put", p.key); err != nil {
			return nil, err
		}
	}
	if err := b.writeTemps(); err != nil {
		return nil, err
	}
	if err := b.placePlain(); err != nil {
		return nil, err
	}
	return b.placeConds()
}

// writeTemps makes every object's bytes durable under temporary names.
func (b *fileBatch) writeTemps() error {
	s := b.store
	each := len(b.plain)+len(b.puts)+len(b.conds) < syncAllMin
	for _, list := range [][]batchPut{b.puts, b.conds} {
		for i := range list {
			temp, err := s.writeTemp(list[i].data, each)
			if err != nil {
				return keyErr("put", list[i].key, err)
			}
			list[i].temp = temp
		}
	}
	for _, w := range b.plain {
		if err := w.closeFile(each); err != nil {
			return keyErr("commit", w.key, err)
		}
	}
	if each {
		return nil
	}
	err := s.fs.SyncAll(s.root)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	for _, temp := range b.temps() {
		if err := syncFile(s.fs, temp); err != nil {
			return err
		}
	}
	return nil
}

func (b *fileBatch) temps() []string {
	var out []string
	for _, w := range b.plain {
		out = append(out, w.temp)
	}
	for _, p := range slices.Concat(b.puts, b.conds) {
		out = append(out, p.temp)
	}
	return out
}

func syncFile(fsys vfs.FS, name string) error {
	f, err := fsys.OpenReadWrite(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// placePlain names the plain objects and makes the names durable.
func (b *fileBatch) placePlain() error {
	dirs := map[string]bool{}
	place := func(temp, key string) error {
		mu := b.store.lock(key)
		mu.Lock()
		defer mu.Unlock()
		dirs[path.Dir(b.store.path(key))] = true
		return keyErr("commit", key, b.store.place(temp, key, false))
	}
	for _, w := range b.plain {
		if err := place(w.temp, w.key); err != nil {
			return err
		}
	}
	for _, p := range b.puts {
		if err := place(p.temp, p.key); err != nil {
			return err
		}
	}
	return b.syncDirs(dirs)
}

// placeConds names the conditional objects whose condition holds and makes the names durable.
func (b *fileBatch) placeConds() (map[string]PutResult, error) {
	results := map[string]PutResult{}
	dirs := map[string]bool{}
	for _, p := range b.conds {
		if err := b.placeCond(p); err != nil {
			results[p.key] = PutResult{Err: keyErr("put", p.key, err)}
			continue
		}
		dirs[path.Dir(b.store.path(p.key))] = true
		results[p.key] = PutResult{ETag: tagOf(p.data)}
	}
	return results, b.syncDirs(dirs)
}

func (b *fileBatch) placeCond(p batchPut) error {
	mu := b.store.lock(p.key)
	mu.Lock()
	defer mu.Unlock()
	if !p.absent {
		if err := b.store.checkTag(p.key, p.match); err != nil {
			return err
		}
	}
	return b.store.place(p.temp, p.key, p.absent)
}

// syncDirs makes the names in dirs durable.
func (b *fileBatch) syncDirs(dirs map[string]bool) error {
	if len(dirs) >= syncAllMin {
		if err := b.store.fs.SyncAll(b.store.root); !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	for dir := range dirs {
		if err := b.store.fs.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// Abort implements Batch. Temporary files that were placed are gone from their temporary names already.
func (b *fileBatch) Abort() {
	if b.closed {
		return
	}
	b.closed = true
	for _, w := range b.plain {
		w.drop()
	}
	for _, p := range slices.Concat(b.puts, b.conds) {
		if p.temp != "" {
			b.store.discard(p.temp)
		}
	}
}
