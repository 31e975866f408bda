package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// ContainerWriter writes a container from front to back; for one goroutine. The first error stays.
type ContainerWriter struct {
	dst      io.Writer
	align    int64
	pos      int64
	sums     []byte // CRC-32C of each full block
	sum      uint32 // of the block being written
	sections []sectionEntry
	err      error
}

// sectionEntry is a row of the section table.
type sectionEntry struct {
	name     string
	off, len int64
}

// NewContainerWriter writes the header. align is the alignment of sections: a power of two from 64 to 4096; 0 means 4096.
func NewContainerWriter(dst io.Writer, h Header, align int) (*ContainerWriter, error) {
	if align == 0 {
		align = alignMax
	}
	if align < alignMin || align > alignMax || align&(align-1) != 0 {
		return nil, fmt.Errorf("segment: alignment %d", align)
	}
	w := &ContainerWriter{dst: dst, align: int64(align)}
	w.write(encodeHeader(h, align))
	return w, w.err
}

// write passes bytes on and sums them up by blocks.
func (w *ContainerWriter) write(p []byte) {
	if w.err != nil {
		return
	}
	if _, err := w.dst.Write(p); err != nil {
		w.err = err
		return
	}
	for len(p) > 0 {
		n := min(int64(len(p)), blockBytes-w.pos%blockBytes)
		w.sum = crc32.Update(w.sum, castagnoli, p[:n])
		w.pos += n
		p = p[n:]
		if w.pos%blockBytes == 0 {
			w.endBlock()
		}
	}
}

func (w *ContainerWriter) endBlock() {
	w.sums = binary.LittleEndian.AppendUint32(w.sums, w.sum)
	w.sum = 0
}

var zeroPage [alignMax]byte

// pad writes zeros up to a multiple of align.
func (w *ContainerWriter) pad(align int64) {
	w.write(zeroPage[:(align-w.pos%align)%align])
}

// Begin starts a section; the one before ends.
func (w *ContainerWriter) Begin(name string) error { return w.beginShifted(name, 0) }

// beginShifted starts a section shift bytes behind an aligned place.
func (w *ContainerWriter) beginShifted(name string, shift int) error {
	w.endSection()
	if len(name) == 0 || len(name) > 255 || len(w.sections) >= sectionsMax {
		w.fail(fmt.Errorf("segment: section name %q", name))
	}
	for _, s := range w.sections {
		if s.name == name {
			w.fail(fmt.Errorf("segment: two sections %q", name))
		}
	}
	w.pad(w.align)
	w.write(zeroPage[:shift])
	w.sections = append(w.sections, sectionEntry{name: name, off: w.pos})
	return w.err
}

func (w *ContainerWriter) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *ContainerWriter) endSection() {
	if n := len(w.sections); n > 0 {
		s := &w.sections[n-1]
		s.len = w.pos - s.off
	}
}

// Write appends to the current section.
func (w *ContainerWriter) Write(p []byte) (int, error) {
	if w.err == nil && len(w.sections) == 0 {
		w.err = errors.New("segment: bytes before the first section")
	}
	w.write(p)
	if w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}

// section writes a whole section.
func (w *ContainerWriter) section(name string, data []byte) error {
	if err := w.Begin(name); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}

// Finish writes the footer. It neither syncs nor closes dst.
func (w *ContainerWriter) Finish() error {
	w.endSection()
	w.pad(8)
	footerOff := w.pos
	if w.pos%blockBytes != 0 {
		w.endBlock()
	}
	blocks := len(w.sums) / 4
	le := binary.LittleEndian
	footer := le.AppendUint32(w.sums, uint32(len(w.sections)))
	for _, s := range w.sections {
		footer = le.AppendUint64(footer, uint64(s.off))
		footer = le.AppendUint64(footer, uint64(s.len))
		footer = append(footer, byte(len(s.name)))
		footer = append(footer, s.name...)
	}
	tail := make([]byte, 0, tailBytes)
	tail = le.AppendUint64(tail, uint64(footerOff))
	tail = le.AppendUint32(tail, uint32(len(footer)))
	tail = le.AppendUint32(tail, uint32(blocks))
	tail = le.AppendUint32(tail, 0)
	sum := crc32.Update(crc32.Checksum(footer, castagnoli), castagnoli, tail)
	tail = le.AppendUint32(tail, sum)
	tail = append(tail, tailMagic...)
	w.write(footer)
	w.write(tail)
	if w.err != nil {
		return w.err
	}
	w.err = errors.New("segment: the container is finished")
	return nil
}

// Size is the bytes written so far.
func (w *ContainerWriter) Size() int64 { return w.pos }
