package vfs

import (
	"io"
	"io/fs"
	"time"
)

// memData is a file's content: as callers see it, as it is durable, and the operations between the two.
type memData struct {
	data    []byte
	durable []byte
	pending []dataOp
}

// dataOp is a write of bytes at off, or (bytes nil) a change of the size to off.
type dataOp struct {
	off   int64
	bytes []byte
}

func (d *memData) write(p []byte, off int64) {
	if len(p) == 0 {
		return
	}
	d.pending = append(d.pending, dataOp{off: off, bytes: append([]byte(nil), p...)})
	d.data = applyOp(d.data, d.pending[len(d.pending)-1])
}

func (d *memData) truncate(size int64) {
	d.pending = append(d.pending, dataOp{off: size})
	d.data = applyOp(d.data, d.pending[len(d.pending)-1])
}

func (d *memData) sync() {
	for _, op := range d.pending {
		d.durable = applyOp(d.durable, op)
	}
	d.pending = nil
}

func applyOp(data []byte, op dataOp) []byte {
	if op.bytes == nil {
		return resize(data, op.off)
	}
	if end := op.off + int64(len(op.bytes)); end > int64(len(data)) {
		data = resize(data, end)
	}
	copy(data[op.off:], op.bytes)
	return data
}

// resize cuts, or extends with zeros. What lies behind the length of a slice is not known to be zero, so it is cleared.
func resize(data []byte, size int64) []byte {
	old := int64(len(data))
	if size <= old {
		return data[:size]
	}
	if size <= int64(cap(data)) {
		data = data[:size]
		clear(data[old:])
		return data
	}
	grown := make([]byte, size, max(size, min(2*old, old+(16<<20))))
	copy(grown, data)
	return grown
}

// memFile is an open file of a MemFS.
type memFile struct {
	fs       *MemFS
	node     *memNode
	name     string
	writable bool
	pos      int64
	closed   bool
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	f.fs.mu.RLock()
	defer f.fs.mu.RUnlock()
	if f.closed {
		return 0, pathErr("read", f.name, fs.ErrClosed)
	}
	if off < 0 {
		return 0, pathErr("read", f.name, fs.ErrInvalid)
	}
	if off >= int64(len(f.node.file.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.node.file.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// change runs a mutation that makes the file size bytes long, if it may and if there is space.
func (f *memFile) change(op string, size int64, mutate func(*memData)) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	switch {
	case f.closed:
		return pathErr(op, f.name, fs.ErrClosed)
	case !f.writable:
		return pathErr(op, f.name, fs.ErrPermission)
	}
	if f.fs.capacity > 0 {
		if grow := size - int64(len(f.node.file.data)); grow > 0 && f.fs.used()+grow > f.fs.capacity {
			return pathErr(op, f.name, ErrNoSpace)
		}
	}
	mutate(&f.node.file)
	f.node.mtime = time.Now()
	return nil
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, pathErr("write", f.name, fs.ErrInvalid)
	}
	if err := f.change("write", off+int64(len(p)), func(d *memData) { d.write(p, off) }); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (f *memFile) Write(p []byte) (int, error) {
	n, err := f.WriteAt(p, f.pos)
	f.pos += int64(n)
	return n, err
}

func (f *memFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return pathErr("sync", f.name, fs.ErrClosed)
	}
	f.node.file.sync()
	return nil
}

func (f *memFile) Datasync() error { return f.Sync() }

func (f *memFile) Preallocate(off, n int64) error {
	return f.change("preallocate", off+n, func(d *memData) {
		if off+n > int64(len(d.data)) {
			d.truncate(off + n)
		}
	})
}

func (f *memFile) Truncate(size int64) error {
	if size < 0 {
		return pathErr("truncate", f.name, fs.ErrInvalid)
	}
	return f.change("truncate", size, func(d *memData) { d.truncate(size) })
}

func (f *memFile) Size() (int64, error) {
	f.fs.mu.RLock()
	defer f.fs.mu.RUnlock()
	return int64(len(f.node.file.data)), nil
}

// Map aliases the present bytes, so later writes may or may not show, as with a real mapping.
func (f *memFile) Map() (Mapping, error) {
	f.fs.mu.RLock()
	defer f.fs.mu.RUnlock()
	if f.closed {
		return nil, pathErr("mmap", f.name, fs.ErrClosed)
	}
	data := f.node.file.data
	return BytesMapping(data[:len(data):len(data)]), nil
}

func (f *memFile) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return pathErr("close", f.name, fs.ErrClosed)
	}
	f.closed = true
	return nil
}
