package vfs

import (
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// MemFS is a file system in memory that remembers what was made durable, see CrashClone. Safe for concurrent use.
//
// Every node keeps two states: the present one, which callers see, and the durable one. Changes since the last sync are
// lists of operations (writes of a file, edits of names), of which a crash keeps what it likes.
type MemFS struct {
	mu       sync.RWMutex
	root     *memNode
	edits    []*nameOp // unsynced, oldest first
	locks    map[string]bool
	capacity int64 // 0: no limit
}

// memNode is a file or a directory.
type memNode struct {
	dir     bool
	names   map[string]*memNode // directory: present
	durable map[string]*memNode // directory: durable
	file    memData
	mtime   time.Time
}

// nameEdit sets or (node nil) removes one name in one directory; a nameOp is edits that a journal keeps together.
type nameEdit struct {
	dir  *memNode
	name string
	node *memNode
}

type nameOp struct{ edits []nameEdit }

// NewMem makes an empty file system.
func NewMem() *MemFS {
	return &MemFS{root: newMemDir(), locks: map[string]bool{}}
}

func newMemDir() *memNode {
	return &memNode{dir: true, names: map[string]*memNode{}, durable: map[string]*memNode{}, mtime: time.Now()}
}

// SetCapacity makes writes that would bring all files together over n bytes fail with ErrNoSpace; 0 takes the limit away.
func (m *MemFS) SetCapacity(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.capacity = n
}

func pathErr(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

// elements splits a path; the root has none.
func elements(name string) []string {
	name = strings.Trim(clean(name), "/")
	if name == "" || name == "." {
		return nil
	}
	return strings.Split(name, "/")
}

func (m *MemFS) find(op, name string) (*memNode, error) {
	node := m.root
	for _, e := range elements(name) {
		if !node.dir {
			return nil, pathErr(op, name, fs.ErrNotExist)
		}
		next, ok := node.names[e]
		if !ok {
			return nil, pathErr(op, name, fs.ErrNotExist)
		}
		node = next
	}
	return node, nil
}

// parent finds the directory that holds name, and name's last element.
func (m *MemFS) parent(op, name string) (*memNode, string, error) {
	es := elements(name)
	if len(es) == 0 {
		return nil, "", pathErr(op, name, fs.ErrInvalid)
	}
	dir, err := m.find(op, strings.Join(es[:len(es)-1], "/"))
	if err != nil {
		return nil, "", err
	}
	if !dir.dir {
		return nil, "", pathErr(op, name, fs.ErrInvalid)
	}
	return dir, es[len(es)-1], nil
}

// edit changes names now and remembers the change as not yet durable.
func (m *MemFS) edit(edits ...nameEdit) {
	for _, e := range edits {
		if e.node == nil {
			delete(e.dir.names, e.name)
		} else {
			e.dir.names[e.name] = e.node
		}
	}
	m.edits = append(m.edits, &nameOp{edits: edits})
}

// Create implements FS.
func (m *MemFS) Create(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, base, err := m.parent("create", name)
	if err != nil {
		return nil, err
	}
	node := dir.names[base]
	switch {
	case node == nil:
		node = &memNode{mtime: time.Now()}
		m.edit(nameEdit{dir, base, node})
	case node.dir:
		return nil, pathErr("create", name, fs.ErrExist)
	default:
		node.file.truncate(0)
	}
	return &memFile{fs: m, node: node, name: name, writable: true}, nil
}

// Open implements FS.
func (m *MemFS) Open(name string) (File, error) { return m.open(name, false) }

// OpenReadWrite implements FS.
func (m *MemFS) OpenReadWrite(name string) (File, error) { return m.open(name, true) }

func (m *MemFS) open(name string, writable bool) (File, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	node, err := m.find("open", name)
	if err != nil {
		return nil, err
	}
	if node.dir {
		return nil, pathErr("open", name, fs.ErrInvalid)
	}
	return &memFile{fs: m, node: node, name: name, writable: writable}, nil
}

// Remove implements FS.
func (m *MemFS) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, base, err := m.parent("remove", name)
	if err != nil {
		return err
	}
	node := dir.names[base]
	if node == nil {
		return pathErr("remove", name, fs.ErrNotExist)
	}
	if node.dir && len(node.names) > 0 {
		return pathErr("remove", name, fs.ErrInvalid)
	}
	m.edit(nameEdit{dir, base, nil})
	return nil
}

// RemoveAll implements FS. A crash may leave any part of the tree.
func (m *MemFS) RemoveAll(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, base, err := m.parent("remove", name)
	if err != nil || dir.names[base] == nil {
		if len(elements(name)) == 0 {
			return err
		}
		return nil
	}
	m.removeTree(dir, base)
	return nil
}

func (m *MemFS) removeTree(dir *memNode, name string) {
	node := dir.names[name]
	if node.dir {
		for _, child := range slices.Sorted(maps.Keys(node.names)) {
			m.removeTree(node, child)
		}
	}
	m.edit(nameEdit{dir, name, nil})
}

// Rename implements FS.
func (m *MemFS) Rename(oldname, newname string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	from, fromBase, err := m.parent("rename", oldname)
	if err != nil {
		return err
	}
	to, toBase, err := m.parent("rename", newname)
	if err != nil {
		return err
	}
	node := from.names[fromBase]
	if node == nil {
		return pathErr("rename", oldname, fs.ErrNotExist)
	}
	target := to.names[toBase]
	if target == node {
		return nil
	}
	if target != nil && (target.dir != node.dir || len(target.names) > 0) {
		return pathErr("rename", newname, fs.ErrExist)
	}
	m.edit(nameEdit{from, fromBase, nil}, nameEdit{to, toBase, node})
	return nil
}

// Link implements FS.
func (m *MemFS) Link(oldname, newname string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.find("link", oldname)
	if err != nil {
		return err
	}
	if node.dir {
		return pathErr("link", oldname, fs.ErrInvalid)
	}
	dir, base, err := m.parent("link", newname)
	if err != nil {
		return err
	}
	if dir.names[base] != nil {
		return pathErr("link", newname, fs.ErrExist)
	}
	m.edit(nameEdit{dir, base, node})
	return nil
}

// MkdirAll implements FS.
func (m *MemFS) MkdirAll(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	node := m.root
	for _, e := range elements(name) {
		next := node.names[e]
		if next == nil {
			next = newMemDir()
			m.edit(nameEdit{node, e, next})
		}
		if !next.dir {
			return pathErr("mkdir", name, fs.ErrExist)
		}
		node = next
	}
	return nil
}

// List implements FS.
func (m *MemFS) List(name string) ([]string, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	node, err := m.find("list", name)
	if err != nil {
		return nil, err
	}
	if !node.dir {
		return nil, pathErr("list", name, fs.ErrInvalid)
	}
	return slices.Sorted(maps.Keys(node.names)), nil
}

// Stat implements FS.
func (m *MemFS) Stat(name string) (FileInfo, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	node, err := m.find("stat", name)
	if err != nil {
		return FileInfo{}, err
	}
	return FileInfo{Name: path.Base(clean(name)), Size: int64(len(node.file.data)), IsDir: node.dir, ModTime: node.mtime}, nil
}

// SyncDir implements FS.
func (m *MemFS) SyncDir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.find("sync", name)
	if err != nil {
		return err
	}
	if !node.dir {
		return pathErr("sync", name, fs.ErrInvalid)
	}
	// A journal that keeps the last change of this directory keeps every earlier one that shares a directory with it.
	dirs := map[*memNode]bool{node: true}
	keep := make([]bool, len(m.edits))
	for i := len(m.edits) - 1; i >= 0; i-- {
		op := m.edits[i]
		if !slices.ContainsFunc(op.edits, func(e nameEdit) bool { return dirs[e.dir] }) {
			continue
		}
		keep[i] = true
		for _, e := range op.edits {
			dirs[e.dir] = true
		}
	}
	rest := m.edits[:0:0]
	for i, op := range m.edits {
		if keep[i] {
			op.applyDurable()
		} else {
			rest = append(rest, op)
		}
	}
	m.edits = rest
	return nil
}

// SyncAll implements FS.
func (m *MemFS) SyncAll(string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, op := range m.edits {
		op.applyDurable()
	}
	m.edits = nil
	m.walk(m.root, func(n *memNode) { n.file.sync() })
	return nil
}

func (op *nameOp) applyDurable() {
	for _, e := range op.edits {
		if e.node == nil {
			delete(e.dir.durable, e.name)
		} else {
			e.dir.durable[e.name] = e.node
		}
	}
}

// walk visits every node that has a present name; a node with two names is visited twice.
func (m *MemFS) walk(node *memNode, visit func(*memNode)) {
	visit(node)
	for _, child := range node.names {
		m.walk(child, visit)
	}
}

// Lock implements FS.
func (m *MemFS) Lock(name string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := clean(name)
	if m.locks[key] {
		return nil, pathErr("lock", name, ErrLocked)
	}
	dir, base, err := m.parent("lock", name)
	if err != nil {
		return nil, err
	}
	if dir.names[base] == nil {
		m.edit(nameEdit{dir, base, &memNode{mtime: time.Now()}})
	}
	m.locks[key] = true
	return &memLock{fs: m, key: key}, nil
}

type memLock struct {
	fs  *MemFS
	key string
}

func (l *memLock) Close() error {
	l.fs.mu.Lock()
	defer l.fs.mu.Unlock()
	delete(l.fs.locks, l.key)
	return nil
}

// FreeBytes implements FS: what SetCapacity leaves, or a terabyte.
func (m *MemFS) FreeBytes(string) (uint64, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.capacity == 0 {
		return 1 << 40, nil
	}
	return uint64(max(0, m.capacity-m.used())), nil
}

func (m *MemFS) used() int64 {
	total := int64(0)
	seen := map[*memNode]bool{}
	m.walk(m.root, func(n *memNode) {
		if !seen[n] {
			seen[n] = true
			total += int64(len(n.file.data))
		}
	})
	return total
}
