package segment

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync/atomic"
	"unsafe"

	"vecgres/vecengine/invariants"
	"vecgres/vecengine/vfs"
)

// Container is an open container. Safe for concurrent use; Close must not race with readers of its bytes.
type Container struct {
	name     string
	m        vfs.Mapping
	data     []byte // all bytes; 8-byte aligned in memory
	header   Header
	blocks   int
	sums     []byte // little-endian CRC-32C of each block
	end      int64  // of the blocks
	verified []atomic.Uint64
	sections map[string]*section
	order    []string
}

// section is a named range of the container; whole tells that all its blocks are verified.
type section struct {
	off, len int64
	whole    atomic.Bool
}

// OpenContainer opens the bytes of m, of which it becomes the owner (also when it fails). name is for errors. It reads header and
// footer only.
func OpenContainer(name string, m vfs.Mapping, kind FileKind) (*Container, error) {
	c := &Container{name: name, m: m, data: aligned(m.Bytes())}
	err := vfs.GuardFault(name, c.data, func() error { return c.open(kind) })
	if err != nil {
		m.Close()
		return nil, err
	}
	return c, nil
}

// aligned copies bytes that do not lie at a multiple of 8, such as a part of a manifest: columns are read as typed slices.
func aligned(data []byte) []byte {
	if len(data) == 0 || uintptr(unsafe.Pointer(unsafe.SliceData(data)))%8 == 0 {
		return data
	}
	words := make([]uint64, (len(data)+7)/8)
	out := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(data))
	copy(out, data)
	return out
}

func (c *Container) open(kind FileKind) error {
	h, err := decodeHeader(c.name, c.data)
	if err != nil {
		return err
	}
	if h.Kind != kind {
		return vfs.Corruptf(c.name, 12, "the file is of kind %d, want %d", h.Kind, kind)
	}
	c.header = h
	size := int64(len(c.data))
	le := binary.LittleEndian
	tail := c.data[max(0, size-tailBytes):]
	if size < headerBytes+tailBytes || string(tail[24:]) != tailMagic {
		return vfs.Corruptf(c.name, max(0, size-8), "no container's end; the file was cut or is damaged")
	}
	footerOff, footerLen := le.Uint64(tail), int64(le.Uint32(tail[8:]))
	c.blocks = int(le.Uint32(tail[12:]))
	if footerOff != uint64(size-tailBytes-footerLen) || int64(footerOff) < headerBytes {
		return vfs.Corruptf(c.name, size-tailBytes, "the footer's place %d does not fit", footerOff)
	}
	c.end = int64(footerOff)
	footer := c.data[c.end : size-tailBytes]
	if crc32.Update(crc32.Checksum(footer, castagnoli), castagnoli, tail[:20]) != le.Uint32(tail[20:]) {
		return vfs.Corruptf(c.name, c.end, "wrong checksum of the footer")
	}
	if int64(c.blocks) != (c.end+blockBytes-1)/blockBytes || len(footer) < 4*c.blocks+4 {
		return vfs.Corruptf(c.name, c.end, "%d blocks for %d bytes", c.blocks, c.end)
	}
	c.sums = footer[:4*c.blocks]
	c.verified = make([]atomic.Uint64, (c.blocks+63)/64)
	return c.readTable(footer[4*c.blocks:])
}

// readTable decodes the section table.
func (c *Container) readTable(table []byte) error {
	le := binary.LittleEndian
	n := int(le.Uint32(table))
	table = table[4:]
	if n > len(table)/17 {
		return vfs.Corruptf(c.name, c.end, "%d sections do not fit", n)
	}
	c.sections = make(map[string]*section, n)
	for range n {
		if len(table) < 17 || len(table) < 17+int(table[16]) {
			return vfs.Corruptf(c.name, c.end, "the section table ends too soon")
		}
		s := &section{off: int64(le.Uint64(table)), len: int64(le.Uint64(table[8:]))}
		name := string(table[17 : 17+int(table[16])])
		table = table[17+int(table[16]):]
		if s.off < headerBytes || s.len < 0 || s.off > c.end || s.len > c.end-s.off || c.sections[name] != nil {
			return vfs.Corruptf(c.name, c.end, "section %q is out of place", name)
		}
		c.sections[name] = s
		c.order = append(c.order, name)
	}
	return nil
}

// Header is the container's identity.
func (c *Container) Header() Header { return c.header }

// Name is the name given to OpenContainer.
func (c *Container) Name() string { return c.name }

// Bytes is the file's length.
func (c *Container) Bytes() int64 { return int64(len(c.data)) }

// Sections are the names of the sections in file order.
func (c *Container) Sections() []string { return c.order }

// SectionLen is the length of a section, and whether it exists.
func (c *Container) SectionLen(name string) (int64, bool) {
	s := c.sections[name]
	if s == nil {
		return 0, false
	}
	return s.len, true
}

// Section verifies a whole section at its first use and gives its bytes, which must not be changed.
func (c *Container) Section(name string) ([]byte, error) {
	s := c.sections[name]
	if s == nil {
		return nil, fmt.Errorf("%w: %s has no %q", ErrNoSection, c.name, name)
	}
	if !s.whole.Load() {
		if err := c.verify(s.off, s.len); err != nil {
			return nil, err
		}
		s.whole.Store(true)
	}
	return c.data[s.off : s.off+s.len : s.off+s.len], nil
}

// SectionRange verifies the blocks that hold n bytes at off of a section, and gives those bytes.
func (c *Container) SectionRange(name string, off, n int64) ([]byte, error) {
	s := c.sections[name]
	if s == nil {
		return nil, fmt.Errorf("%w: %s has no %q", ErrNoSection, c.name, name)
	}
	return c.sectionRange(s, off, n)
}

func (c *Container) sectionRange(s *section, off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off > s.len || n > s.len-off {
		return nil, vfs.Corruptf(c.name, s.off, "bytes %d to %d of a section of %d", off, off+n, s.len)
	}
	from := s.off + off
	invariants.Check(from+n <= c.end, "segment: bytes up to %d of %d", from+n, c.end)
	if !s.whole.Load() {
		if err := c.verify(from, n); err != nil {
			return nil, err
		}
	}
	return c.data[from : from+n : from+n], nil
}

// unverified gives a section's bytes before any checksum; the caller calls sectionRange before it reads some.
func (c *Container) unverified(s *section) []byte { return c.data[s.off : s.off+s.len : s.off+s.len] }

// verify checks the blocks that hold n bytes at off.
func (c *Container) verify(off, n int64) error {
	if n == 0 {
		return nil
	}
	for b, last := off/blockBytes, (off+n-1)/blockBytes; b <= last; b++ {
		word, bit := &c.verified[b/64], uint64(1)<<(b%64)
		if word.Load()&bit != 0 {
			continue
		}
		if err := c.verifyBlock(b); err != nil {
			return err
		}
		word.Or(bit)
	}
	return nil
}

func (c *Container) verifyBlock(b int64) error {
	start := b * blockBytes
	block := c.data[start:min(start+blockBytes, c.end)]
	return vfs.GuardFault(c.name, c.data, func() error {
		if crc32.Checksum(block, castagnoli) != binary.LittleEndian.Uint32(c.sums[4*b:]) {
			return vfs.Corruptf(c.name, start, "wrong checksum of the block of %d bytes", len(block))
		}
		return nil
	})
}

// Verify checks every block of the file anew, also those verified before.
func (c *Container) Verify() error {
	for b := range int64(c.blocks) {
		if err := c.verifyBlock(b); err != nil {
			return err
		}
	}
	return nil
}

// Close gives the mapping back.
func (c *Container) Close() error { return c.m.Close() }
