package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"vecgres/vecengine/column"
	"vecgres/vecengine/vfs"
)

// collector gathers one column's chunks into Arrow buffers.
type collector struct {
	place   int // of the column in Meta.Columns
	kind    column.Kind
	dim     int
	n       int
	nulls   int
	valid   spool // bits; written from the first NULL on
	offsets spool // Bytes: int64
	data    spool
	slab    io.Writer // Vector: where the floats go at once
	end     int64     // Bytes: the last offset
}

func newCollector(kind column.Kind, dim int, opts *WriterOptions) *collector {
	c := &collector{kind: kind, dim: dim}
	for _, s := range []*spool{&c.offsets, &c.data} {
		s.limit, s.make = opts.SpoolBytes, opts.Spool
	}
	return c
}

// add appends a chunk, after checking that its buffers are as long as it says.
func (c *collector) add(chunk *column.Column) error {
	if chunk.Kind != c.kind || c.kind == column.Vector && chunk.Dim != c.dim {
		return fmt.Errorf("segment: a chunk of %s(%d) in a column of %s(%d)", chunk.Kind, chunk.Dim, c.kind, c.dim)
	}
	if chunk.Valid != nil && len(chunk.Valid)*8 < chunk.Len || c.n+chunk.Len > RowsMax {
		return errors.New("segment: a malformed chunk")
	}
	c.addValid(chunk)
	if err := c.addValues(chunk); err != nil {
		return err
	}
	c.n += chunk.Len
	return nil
}

func (c *collector) addValid(chunk *column.Column) {
	nulls := chunk.NullCount()
	if nulls == 0 && c.nulls == 0 {
		return
	}
	if c.nulls == 0 { // the first NULL: all before are present
		c.valid.mem = appendBits(nil, 0, nil, c.n)
	}
	c.nulls += nulls
	var bits []byte
	if nulls > 0 {
		bits = chunk.Valid
	}
	c.valid.mem = appendBits(c.valid.mem, c.n, bits, chunk.Len)
}

func (c *collector) addValues(chunk *column.Column) error {
	n := chunk.Len
	switch c.kind {
	case column.Bool:
		if len(chunk.Data)*8 < n {
			return errors.New("segment: a malformed chunk")
		}
		c.data.mem = appendBits(c.data.mem, c.n, chunk.Data, n)
		return nil
	case column.Bytes:
		return c.addBytes(chunk)
	}
	size := n * c.kind.Width(c.dim)
	if len(chunk.Data) < size {
		return errors.New("segment: a malformed chunk")
	}
	if c.slab != nil {
		_, err := c.slab.Write(chunk.Data[:size])
		return err
	}
	return c.data.write(chunk.Data[:size])
}

func (c *collector) addBytes(chunk *column.Column) error {
	if len(chunk.Offsets) < chunk.Len+1 {
		return errors.New("segment: a malformed chunk")
	}
	offs := chunk.Offsets[:chunk.Len+1]
	for i := 1; i < len(offs); i++ {
		if offs[i] < offs[i-1] {
			return errors.New("segment: a malformed chunk")
		}
	}
	first, last := offs[0], offs[len(offs)-1]
	if first < 0 || last > int64(len(chunk.Data)) {
		return errors.New("segment: a malformed chunk")
	}
	out := make([]byte, 0, 8*len(offs))
	if c.n == 0 && c.offsets.size() == 0 {
		out = binary.LittleEndian.AppendUint64(out, 0)
	}
	for _, o := range offs[1:] {
		out = binary.LittleEndian.AppendUint64(out, uint64(c.end+o-first))
	}
	c.end += last - first
	if err := c.offsets.write(out); err != nil {
		return err
	}
	return c.data.write(chunk.Data[first:last])
}

// buffers gives validity (nil without NULLs), offsets and data. Those that Arrow's encoder leaves as long as they are, all but the
// ones of Bytes, come with zeros up to a multiple of 64.
func (c *collector) buffers() (valid, offsets, data []byte, err error) {
	pad := int64(arrowAlign)
	if c.kind == column.Bytes {
		pad = 1
		if c.offsets.size() == 0 { // no rows at all
			c.offsets.mem = make([]byte, 8)
		}
	}
	if c.nulls > 0 {
		if valid, err = c.valid.bytes(arrowAlign); err != nil {
			return nil, nil, nil, err
		}
	}
	if offsets, err = c.offsets.bytes(1); err == nil {
		data, err = c.data.bytes(pad)
	}
	return valid, offsets, data, err
}

func (c *collector) close() error { return errors.Join(c.offsets.close(), c.data.close()) }

// appendBits appends n bits of src (nil: ones) to dst, which holds at bits. Bits behind the last one are zero.
func appendBits(dst []byte, at int, src []byte, n int) []byte {
	if at%8 == 0 {
		full := n / 8
		if src != nil {
			dst = append(dst, src[:full]...)
		} else {
			for range full {
				dst = append(dst, 0xff)
			}
		}
		if rest := n % 8; rest > 0 {
			last := byte(0xff)
			if src != nil {
				last = src[full]
			}
			dst = append(dst, last&(1<<rest-1))
		}
		return dst
	}
	for i := range n {
		if (at+i)%8 == 0 {
			dst = append(dst, 0)
		}
		if src == nil || src[i>>3]&(1<<(i&7)) != 0 {
			dst[(at+i)>>3] |= 1 << ((at + i) & 7)
		}
	}
	return dst
}

// spool is a growing buffer that moves to a scratch file when it gets large.
type spool struct {
	mem    []byte
	limit  int64
	make   func() (vfs.File, error)
	f      vfs.File
	n      int64 // bytes in f
	m      vfs.Mapping
	padded []byte // what bytes gave, when not in a file
}

func (s *spool) size() int64 { return s.n + int64(len(s.mem)) }

func (s *spool) write(p []byte) error {
	if s.f == nil && (s.make == nil || s.size()+int64(len(p)) <= s.limit) {
		s.mem = append(s.mem, p...)
		return nil
	}
	if s.f == nil {
		f, err := s.make()
		if err != nil {
			return err
		}
		s.f = f
		mem := s.mem
		s.mem = nil
		if err := s.write(mem); err != nil {
			return err
		}
	}
	k, err := s.f.WriteAt(p, s.n)
	s.n += int64(k)
	return err
}

// bytes gives all that was written, mapped if it is in a file, and zeros up to a multiple of pad. Nothing may be written after it.
func (s *spool) bytes(pad int64) ([]byte, error) {
	zeros := zeroPage[:(pad-s.size()%pad)%pad]
	if s.f == nil {
		// Built once and kept: the caller recognises buffers by their address.
		if s.padded == nil {
			s.padded = append(s.mem, zeros...)
		}
		return s.padded, nil
	}
	if s.m == nil {
		if _, err := s.f.WriteAt(zeros, s.n); err != nil {
			return nil, err
		}
		m, err := s.f.Map()
		if err != nil {
			return nil, err
		}
		s.m = m
	}
	return s.m.Bytes()[:s.n+int64(len(zeros))], nil
}

func (s *spool) close() error {
	var errs []error
	if s.m != nil {
		errs = append(errs, s.m.Close())
	}
	if s.f != nil {
		errs = append(errs, s.f.Close())
	}
	*s = spool{}
	return errors.Join(errs...)
}
