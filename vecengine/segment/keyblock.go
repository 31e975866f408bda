package segment

import (
	"bytes"
	"encoding/binary"
	"sort"
)

// Key blocks hold sorted distinct keys, each as the length it shares with the key before, the length of the rest, and the rest. Every
// restartInterval-th key shares nothing, and the block ends with the offsets of those (u32 each) and their number (u32), so
// that a search halves the restarts and then walks at most restartInterval keys.
const (
	keyBlockBytes   = 4 << 10
	restartInterval = 16
)

// keyBlockBuilder fills one block.
type keyBlockBuilder struct {
	buf      []byte
	restarts []uint32
	n        int
	last     []byte
}

func (b *keyBlockBuilder) add(key []byte) {
	shared := 0
	if b.n%restartInterval == 0 {
		b.restarts = append(b.restarts, uint32(len(b.buf)))
	} else {
		shared = commonPrefix(b.last, key)
	}
	b.buf = binary.AppendUvarint(b.buf, uint64(shared))
	b.buf = binary.AppendUvarint(b.buf, uint64(len(key)-shared))
	b.buf = append(b.buf, key[shared:]...)
	b.last = append(b.last[:0], key...)
	b.n++
}

// finish gives the block's bytes, valid until reset.
func (b *keyBlockBuilder) finish() []byte {
	for _, r := range b.restarts {
		b.buf = binary.LittleEndian.AppendUint32(b.buf, r)
	}
	return binary.LittleEndian.AppendUint32(b.buf, uint32(len(b.restarts)))
}

func (b *keyBlockBuilder) reset() {
	b.buf, b.restarts, b.n = b.buf[:0], b.restarts[:0], 0
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// keyBlock is a block being read. Malformed bytes (with a right checksum: a fault of the writer) give ok == false, never a panic.
type keyBlock struct {
	keys     []byte // entries
	restarts []byte
}

func openKeyBlock(data []byte) (keyBlock, bool) {
	if len(data) < 4 {
		return keyBlock{}, false
	}
	n := int(binary.LittleEndian.Uint32(data[len(data)-4:]))
	if n < 1 || n > (len(data)-4)/4 {
		return keyBlock{}, false
	}
	cut := len(data) - 4 - 4*n
	return keyBlock{keys: data[:cut], restarts: data[cut : len(data)-4]}, true
}

func (b *keyBlock) restartOffset(i int) int {
	return int(min(uint32(len(b.keys)), binary.LittleEndian.Uint32(b.restarts[4*i:])))
}

// next decodes the entry at off onto key, which holds the key before.
func (b *keyBlock) next(off int, key []byte) (out []byte, after int, ok bool) {
	shared, n := binary.Uvarint(b.keys[off:])
	if n <= 0 || shared > uint64(len(key)) {
		return key, 0, false
	}
	off += n
	rest, n := binary.Uvarint(b.keys[off:])
	if n <= 0 || rest > uint64(len(b.keys)-off-n) {
		return key, 0, false
	}
	off += n
	return append(key[:shared], b.keys[off:off+int(rest)]...), off + int(rest), true
}

// restartKey is the whole key at a restart.
func (b *keyBlock) restartKey(i int) ([]byte, bool) {
	off := b.restartOffset(i)
	shared, n := binary.Uvarint(b.keys[off:])
	if n <= 0 || shared != 0 {
		return nil, false
	}
	off += n
	rest, n := binary.Uvarint(b.keys[off:])
	if n <= 0 || rest > uint64(len(b.keys)-off-n) {
		return nil, false
	}
	off += n
	return b.keys[off : off+int(rest)], true
}

// seek finds the first of n keys at or after key: its place in the block (n if there is none), and whether it equals key.
func (b *keyBlock) seek(key []byte, n int) (place int, equal, ok bool) {
	ok = true
	r := sort.Search(len(b.restarts)/4, func(i int) bool {
		k, good := b.restartKey(i)
		ok = ok && good
		return bytes.Compare(k, key) > 0
	}) - 1
	if !ok {
		return 0, false, false
	}
	if r < 0 {
		return 0, false, true
	}
	off := b.restartOffset(r)
	var scratch [128]byte
	cur := scratch[:0]
	for place = r * restartInterval; place < n && off < len(b.keys); place++ {
		var good bool
		if cur, off, good = b.next(off, cur); !good {
			return 0, false, false
		}
		if c := bytes.Compare(cur, key); c >= 0 {
			return place, c == 0, true
		}
	}
	return place, false, place == n
}

// all decodes n keys into one buffer; key i is arena[ends[i]:ends[i+1]].
func (b *keyBlock) all(n int, arena []byte, ends []int) ([]byte, []int, bool) {
	arena, ends = arena[:0], append(ends[:0], 0)
	var cur []byte
	off, ok := 0, true
	for range n {
		if off >= len(b.keys) {
			return arena, ends, false
		}
		if cur, off, ok = b.next(off, cur); !ok {
			return arena, ends, false
		}
		arena = append(arena, cur...)
		ends = append(ends, len(arena))
	}
	return arena, ends, off == len(b.keys)
}
