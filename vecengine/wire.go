package vecengine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"vecgres/vecengine/column"
)

// errWire is wrapped by every decoding error of log records and schemas.
var errWire = errors.New("malformed bytes")

// decoder reads what the append functions of this file write. The first error sticks; reads after it give zeros.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("vecengine: %w: %s", errWire, what)
	}
	d.b = nil
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail("number")
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads a number of things that take at least each bytes, so that a bad number cannot ask for memory.
func (d *decoder) count(each int) int {
	v := d.uvarint()
	if v > uint64(len(d.b)/max(each, 1)) {
		d.fail("count")
		return 0
	}
	return int(v)
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail("byte")
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.fail("length")
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes() []byte { return d.take(d.count(1)) }

func (d *decoder) string() string { return string(d.bytes()) }

func appendBytes(dst, b []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// A column is written as
//
//	kind u8 | dim uvarint | rows uvarint | has NULLs u8 | [validity bitmap] | values
//
// Values are fixed-width data as they are, bits for Bool, and for Bytes one uvarint length a row followed by all bytes.
func appendColumn(dst []byte, c *column.Column) []byte {
	dst = append(dst, byte(c.Kind))
	dst = binary.AppendUvarint(dst, uint64(c.Dim))
	dst = binary.AppendUvarint(dst, uint64(c.Len))
	if c.Valid != nil {
		dst = append(dst, 1)
		dst = append(dst, c.Valid[:(c.Len+7)/8]...)
	} else {
		dst = append(dst, 0)
	}
	switch c.Kind {
	case column.Bytes:
		for i := range c.Len {
			dst = binary.AppendUvarint(dst, uint64(c.Offsets[i+1]-c.Offsets[i]))
		}
		if c.Len > 0 {
			dst = append(dst, c.Data[c.Offsets[0]:c.Offsets[c.Len]]...)
		}
	case column.Bool:
		dst = append(dst, c.Data[:(c.Len+7)/8]...)
	default:
		dst = append(dst, c.Data[:c.Len*c.Kind.Width(c.Dim)]...)
	}
	return dst
}

// column reads a column into memory of its own, aligned for typed access.
func (d *decoder) column() column.Column {
	c := column.Column{Kind: column.Kind(d.byte())}
	if c.Kind < column.Bool || c.Kind > column.Vector {
		d.fail("kind of column")
		return column.Column{}
	}
	dim, rows := d.uvarint(), d.uvarint()
	if dim > math.MaxInt32 || rows > math.MaxInt32 {
		d.fail("size of column")
		return column.Column{}
	}
	c.Dim, c.Len = int(dim), int(rows)
	if d.byte() != 0 {
		c.Valid = append([]byte(nil), d.take((c.Len+7)/8)...)
	}
	switch c.Kind {
	case column.Bytes:
		d.lengths(&c)
	case column.Bool:
		c.Data = append([]byte(nil), d.take((c.Len+7)/8)...)
	default:
		src := d.take(c.Len * c.Kind.Width(c.Dim))
		c.Data = column.BytesOf(make([]uint64, (len(src)+7)/8))[:len(src):len(src)]
		copy(c.Data, src)
	}
	if d.err != nil {
		return column.Column{}
	}
	return c
}

func (d *decoder) lengths(c *column.Column) {
	if c.Len > len(d.b) {
		d.fail("rows of column")
		return
	}
	c.Offsets = make([]int64, c.Len+1)
	at := int64(0)
	for i := range c.Len {
		n := d.uvarint()
		if n > uint64(len(d.b)) {
			d.fail("length of value")
			return
		}
		at += int64(n)
		c.Offsets[i+1] = at
	}
	if at > int64(len(d.b)) {
		d.fail("length of values")
		return
	}
	c.Data = append([]byte(nil), d.take(int(at))...)
}

// appendRising writes numbers that mostly grow as differences.
func appendRising(dst []byte, v []uint64) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(v)))
	last := uint64(0)
	for _, x := range v {
		dst = binary.AppendVarint(dst, int64(x-last))
		last = x
	}
	return dst
}

func (d *decoder) rising() []uint64 {
	out := make([]uint64, d.count(1))
	last := uint64(0)
	for i := range out {
		v, n := binary.Varint(d.b)
		if n <= 0 {
			d.fail("number")
			return nil
		}
		d.b = d.b[n:]
		last += uint64(v)
		out[i] = last
	}
	return out
}

func appendUvarints(dst []byte, v ...uint64) []byte {
	for _, x := range v {
		dst = binary.AppendUvarint(dst, x)
	}
	return dst
}
