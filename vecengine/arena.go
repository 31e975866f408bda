package vecengine

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapFrom is the size from which an arena asks the kernel for memory instead of the Go heap: small heads of many tables must not
// use up the kernel's limit of mappings, large ones must not make the garbage collector wait for twice their size.
const mapFrom = 64 << 10

// keyBlockBytes is the size of the blocks that small byte strings are packed into.
const keyBlockBytes = 16 << 10

// arena owns the memory of one head. It is not safe for concurrent use; its memory is, until free.
type arena struct {
	budget *Memory
	bytes  int64
	mapped [][]byte
	block  []byte // the rest of the current block for byte strings
}

// alloc gives n zeroed bytes, aligned to 8.
func (a *arena) alloc(n int) []byte {
	if n == 0 {
		return nil
	}
	a.bytes += int64(n)
	if a.budget != nil {
		a.budget.addHeads(int64(n))
	}
	if n >= mapFrom {
		if b, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE); err == nil {
			a.mapped = append(a.mapped, b)
			return b
		}
	}
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
}

// keep copies a byte string into the arena. The copy of an empty string is empty, not nil.
func (a *arena) keep(b []byte) []byte {
	if len(b) == 0 {
		return []byte{}
	}
	if len(b) > keyBlockBytes/4 {
		c := a.alloc(len(b))
		copy(c, b)
		return c
	}
	if len(b) > len(a.block) {
		a.block = a.alloc(a.blockSize(len(b)))
	}
	c := a.block[:len(b):len(b)]
	a.block = a.block[len(b):]
	copy(c, b)
	return c
}

// blockSize makes the first blocks small, so that a one-row transaction does not clear 16 KiB.
func (a *arena) blockSize(need int) int {
	return max(need, min(keyBlockBytes, max(256, int(a.bytes))))
}

// free gives everything back. Nothing that came from the arena may be touched afterwards.
func (a *arena) free() {
	for _, b := range a.mapped {
		// An error here means that the slice is no mapping, which alloc rules out; leaking is the only other choice.
		_ = unix.Munmap(b)
	}
	if a.budget != nil {
		a.budget.addHeads(-a.bytes)
	}
	*a = arena{budget: a.budget}
}
