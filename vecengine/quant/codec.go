package quant

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"unsafe"

	"vecgres/vecengine/distance"
)

// ErrCorrupt is wrapped by every error about bytes that are no code section.
var ErrCorrupt = errors.New("quant: corrupt code section")

// A code section starts with a magic that tells its kind. All are little endian, their rows start at a multiple of 64 and are used where
// they lie, so a section should start on a cache line in its file. Common to all:
//
//	 0  8  magic: "VGINT8\0", "VGHALF\0" or "VGBITS\0", and version 1
//	 8  1  metric
//	 9  3  zero
//	12  4  dim
//	16  8  n
//	24  4  stride, bytes
//	40  8  where rows start
//
// Int8:
//
//	28  4  scale, float32
//	32  4  bound, float32
//	36  4  rms, float32
//	48  4  length of the worst row's coding error, strays left out, float32
//	52  4  length of the longest coded row, float32
//	56  4  number of strays
//	60  4  zero
//	64     offset, dim float32
//	       zero up to the start of rows
//	       rows, n · stride: dim codes, zero, a float32 term in the last four bytes
//	       strays: ordinals of rows, ascending, 4 bytes each
//
// Half:
//
//	28  4  scale, float32, a power of two
//	32  4  size of the worst row's coding error, float32
//	36  4  length of the longest row, float32
//	48 16  zero
//	       rows, n · stride: dim binary16; NaN for a row without a distance
//
// Binary:
//
//	28  4  bound, float32
//	32  4  length of the worst row's coding error, float32
//	36  4  length of the longest coded row, float32
//	48 16  zero
//	64     centre, dim float32
//	       zero up to the start of rows
//	       rows, n · stride: signs, zero, four float32 in the last 16 bytes (see binaryCodes)
const (
	int8Magic   = "VGINT8\x00\x01"
	halfMagic   = "VGHALF\x00\x01"
	binaryMagic = "VGBITS\x00\x01"
	codesHeader = 64
)

// rowsStart is where rows start behind a header with so many values.
func rowsStart(values int) int { return (codesHeader + 4*values + 63) &^ 63 }

// head is the part of a section before the rows.
func (c *Codes) head() []byte {
	le := binary.LittleEndian
	m, dim, n := c.shape()
	magic, fields, values, strays := int8Magic, map[int]float32{}, []float32(nil), 0
	switch c.kind {
	case Int8:
		fields = map[int]float32{28: c.int8.scale, 32: c.int8.bound, 36: c.int8.rms, 48: c.int8.rowError, 52: c.int8.normMax}
		values = c.int8.offset
		strays = len(c.int8.strays)
	case Half:
		magic, fields = halfMagic, map[int]float32{28: c.half.scale, 32: c.half.rowError, 36: c.half.normMax}
	case Binary:
		magic, fields = binaryMagic, map[int]float32{28: c.binary.bound, 32: c.binary.rowError, 36: c.binary.normMax}
		values = c.binary.centre
	}
	head := make([]byte, rowsStart(len(values)))
	copy(head, magic)
	head[8] = byte(m)
	le.PutUint32(head[12:], uint32(dim))
	le.PutUint64(head[16:], uint64(n))
	le.PutUint32(head[24:], uint32(c.RowBytes()))
	le.PutUint64(head[40:], uint64(len(head)))
	le.PutUint32(head[56:], uint32(strays))
	for at, x := range fields {
		le.PutUint32(head[at:], math.Float32bits(x))
	}
	for j, x := range values {
		le.PutUint32(head[codesHeader+4*j:], math.Float32bits(x))
	}
	return head
}

// EncodedSize is how many bytes WriteTo writes.
func (c *Codes) EncodedSize() int64 {
	values := c.Dim()
	if c.kind == Half {
		values = 0
	}
	return int64(rowsStart(values)) + int64(c.Bytes()) + int64(len(c.tail()))
}

// tail is the part of a section behind the rows.
func (c *Codes) tail() []byte {
	if c.kind != Int8 {
		return nil
	}
	tail := make([]byte, 0, 4*len(c.int8.strays))
	for _, row := range c.int8.strays {
		tail = binary.LittleEndian.AppendUint32(tail, row)
	}
	return tail
}

// WriteTo writes the code section.
func (c *Codes) WriteTo(w io.Writer) (int64, error) {
	total := int64(0)
	for _, b := range [][]byte{c.head(), c.rows(), c.tail()} {
		n, err := w.Write(b)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// section is a code section whose sizes have been checked.
type section struct {
	b      []byte
	metric distance.Metric
	dim, n int
	stride int
	rows   []byte
	tail   []byte
}

// Open reads a code section. The rows stay in b, which must not change or go away while the Codes are in
// use. Bad bytes give an error wrapping ErrCorrupt.
func Open(b []byte) (*Codes, error) {
	if !littleEndian() {
		return nil, fmt.Errorf("%w: this machine is big endian", errors.ErrUnsupported)
	}
	if len(b) < codesHeader {
		return nil, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(b))
	}
	c := new(Codes)
	switch string(b[:8]) {
	case int8Magic:
		c.kind = Int8
	case halfMagic:
		c.kind = Half
	case binaryMagic:
		c.kind = Binary
	default:
		return nil, fmt.Errorf("%w: no header of version 1", ErrCorrupt)
	}
	s, err := openSection(c.kind, b)
	if err != nil {
		return nil, err
	}
	switch c.kind {
	case Int8:
		c.int8, err = openInt8(s)
	case Half:
		c.half, err = openHalf(s)
	case Binary:
		c.binary, err = openBinary(s)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// openSection checks what is common to all kinds.
func openSection(k Kind, b []byte) (section, error) {
	le := binary.LittleEndian
	s := section{b: b, metric: distance.Metric(b[8]), dim: int(le.Uint32(b[12:]))}
	n, stride, start := le.Uint64(b[16:]), le.Uint32(b[24:]), le.Uint64(b[40:])
	if !k.Supports(s.metric, distance.Float32, s.dim) {
		return s, fmt.Errorf("%w: %s codes for %s of %d dimensions", ErrCorrupt, k, s.metric, s.dim)
	}
	values := s.dim
	if k == Half {
		values = 0
	}
	if int(stride) != k.RowBytes(s.dim) || start != uint64(rowsStart(values)) {
		return s, fmt.Errorf("%w: stride %d, rows at %d for %d dimensions", ErrCorrupt, stride, start, s.dim)
	}
	tail := uint64(0)
	if k == Int8 {
		tail = 4 * uint64(le.Uint32(b[56:]))
	}
	if rest := uint64(len(b)); rest < start+tail || n != (rest-start-tail)/uint64(stride) || rest != start+n*uint64(stride)+tail {
		return s, fmt.Errorf("%w: %d bytes for %d rows and %d behind them", ErrCorrupt, len(b), n, tail)
	}
	end := uint64(len(b)) - tail
	s.n, s.stride, s.rows, s.tail = int(n), int(stride), b[start:end:end], b[end:]
	return s, nil
}

// strays are the ordinals behind the rows.
func (s *section) strays(err *error) (strays []uint32) {
	for b := s.tail; len(b) > 0; b = b[4:] {
		row := binary.LittleEndian.Uint32(b)
		if last := len(strays) - 1; uint64(row) >= uint64(s.n) || last >= 0 && row <= strays[last] {
			*err = fmt.Errorf("%w: stray %d of %d rows", ErrCorrupt, row, s.n)
		}
		strays = append(strays, row)
	}
	return strays
}

// field is the float32 at an offset of the header. It is an error if it is negative or NaN.
func (s *section) field(at int, err *error) float32 {
	x := math.Float32frombits(binary.LittleEndian.Uint32(s.b[at:]))
	if !(x >= 0) {
		*err = fmt.Errorf("%w: %v at byte %d of the header", ErrCorrupt, x, at)
	}
	return x
}

// values are the dim floats behind the header.
func (s *section) values() []float32 {
	v := make([]float32, s.dim)
	for j := range v {
		v[j] = math.Float32frombits(binary.LittleEndian.Uint32(s.b[codesHeader+4*j:]))
	}
	return v
}

func openInt8(s section) (c *int8Codes, err error) {
	c = &int8Codes{
		metric: s.metric, dim: s.dim, n: s.n,
		scale: s.field(28, &err), bound: s.field(32, &err), rms: s.field(36, &err),
		rowError: s.field(48, &err), normMax: s.field(52, &err), strays: s.strays(&err), offset: s.values(),
	}
	if err == nil && (c.scale == 0 || math.IsInf(float64(c.scale), 0)) {
		err = fmt.Errorf("%w: scale %v", ErrCorrupt, c.scale)
	}
	if c.metric == distance.InnerProduct {
		c.offDot = distance.Dot(c.offset, c.offset)
	}
	c.setSlab(s.rows, s.stride)
	return c, err
}

func openHalf(s section) (c *halfCodes, err error) {
	c = &halfCodes{
		metric: s.metric, scale: s.field(28, &err), rowError: s.field(32, &err), normMax: s.field(36, &err),
		slab: distance.Slab{Element: distance.Half, Dim: s.dim, Bytes: s.rows},
	}
	if fraction, _ := math.Frexp(float64(c.scale)); err == nil && fraction != 0.5 { // zero and infinity have none
		err = fmt.Errorf("%w: scale %v", ErrCorrupt, c.scale)
	}
	return c, err
}

func openBinary(s section) (c *binaryCodes, err error) {
	c = newBinaryCodes(s.metric, s.dim, s.n, s.values())
	c.bound, c.rowError, c.normMax = s.field(28, &err), s.field(32, &err), s.field(36, &err)
	c.rows = distance.CodeSlab{Data: s.rows, Stride: s.stride}
	return c, err
}

func littleEndian() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}
