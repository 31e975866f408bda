package blob

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
)

// List implements Store: a walk of the directories that can hold the prefix.
func (s *FileStore) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		dir := ""
		if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
			dir = prefix[:i]
		}
		if dir != "" && checkKey(dir) != nil {
			return // nothing can be there
		}
		s.list(ctx, dir, prefix, yield)
	}
}

// entry is a name in a directory; sort is what its keys begin with, because "a.x" comes before "a/b" but after "a".
type entry struct {
	key, sort string
	size      int64
	dir       bool
}

// list yields what is below dir and tells whether to go on.
func (s *FileStore) list(ctx context.Context, dir, prefix string, yield func(Info, error) bool) bool {
	names, err := s.fs.List(s.path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return yield(Info{}, keyErr("list", prefix, err)) && false
	}
	var entries []entry
	for _, name := range names {
		key := path.Join(dir, name)
		if name[0] == '.' || !strings.HasPrefix(key, prefix) && !strings.HasPrefix(prefix, key+"/") {
			continue
		}
		info, err := s.fs.Stat(s.path(key))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			return yield(Info{}, keyErr("list", prefix, err)) && false
		}
		e := entry{key: key, sort: key, size: info.Size, dir: info.IsDir}
		if e.dir {
			e.sort += "/"
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.sort, b.sort) })
	for _, e := range entries {
		if e.dir {
			if !s.list(ctx, e.key, prefix, yield) {
				return false
			}
		} else if strings.HasPrefix(e.key, prefix) && !yield(Info{Key: e.key, Size: e.size}, nil) {
			return false
		}
	}
	return true
}
