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

// The code section, little endian:
//
//	 0  8  magic "VGINT8\0" and version 1
//	 8  1  metric
//	 9  3  zero
//	12  4  dim
//	16  8  n
//	24  4  stride, bytes
//	28  4  scale, float32
//	32  4  bound, float32
//	36  4  rms, float32
//	40  8  where rows start: a multiple of 64
//	48  4  length of the worst row's coding error, strays left out, float32
//	52  4  length of the longest coded row, float32
//	56  4  number of strays
//	60  4  zero
//	64     offset, dim float32
//	       zero up to the start of rows
//	       rows, n · stride: dim codes, zero, a float32 term in the last four bytes
//	       strays: ordinals of rows, ascending, 4 bytes each
//
// Rows are used where they lie, so the section should start on a cache line in its file.
const (
	codesMagic  = "VGINT8\x00\x01"
	codesHeader = 64
)

func rowsStart(dim int) int { return (codesHeader + 4*dim + 63) &^ 63 }

// EncodedSize is how many bytes WriteTo writes.
func (c *Codes) EncodedSize() int64 {
	return int64(rowsStart(c.dim)) + int64(len(c.slab.Data)) + 4*int64(len(c.strays))
}

// WriteTo writes the code section.
func (c *Codes) WriteTo(w io.Writer) (int64, error) {
	head := make([]byte, rowsStart(c.dim))
	copy(head, codesMagic)
	head[8] = byte(c.metric)
	le := binary.LittleEndian
	le.PutUint32(head[12:], uint32(c.dim))
	le.PutUint64(head[16:], uint64(c.n))
	le.PutUint32(head[24:], uint32(c.slab.Stride))
	le.PutUint32(head[28:], math.Float32bits(c.scale))
	le.PutUint32(head[32:], math.Float32bits(c.bound))
	le.PutUint32(head[36:], math.Float32bits(c.rms))
	le.PutUint64(head[40:], uint64(len(head)))
	le.PutUint32(head[48:], math.Float32bits(c.rowError))
	le.PutUint32(head[52:], math.Float32bits(c.normMax))
	le.PutUint32(head[56:], uint32(len(c.strays)))
	for j, x := range c.offset {
		le.PutUint32(head[codesHeader+4*j:], math.Float32bits(x))
	}
	tail := make([]byte, 0, 4*len(c.strays))
	for _, row := range c.strays {
		tail = le.AppendUint32(tail, row)
	}
	total := int64(0)
	for _, b := range [][]byte{head, c.slab.Data, tail} {
		n, err := w.Write(b)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// Open reads a code section. The rows stay in b, which must not change or go away while the Codes are in
// use. Bad bytes give an error wrapping ErrCorrupt.
func Open(b []byte) (*Codes, error) {
	if !littleEndian() {
		return nil, fmt.Errorf("%w: this machine is big endian", errors.ErrUnsupported)
	}
	if len(b) < codesHeader || string(b[:8]) != codesMagic {
		return nil, fmt.Errorf("%w: no header of version 1", ErrCorrupt)
	}
	le := binary.LittleEndian
	c := &Codes{
		metric: distance.Metric(b[8]),
		dim:    int(le.Uint32(b[12:])),
		scale:  math.Float32frombits(le.Uint32(b[28:])),
		bound:  math.Float32frombits(le.Uint32(b[32:])),
		rms:    math.Float32frombits(le.Uint32(b[36:])),

		rowError: math.Float32frombits(le.Uint32(b[48:])),
		normMax:  math.Float32frombits(le.Uint32(b[52:])),
	}
	n, stride, start := le.Uint64(b[16:]), le.Uint32(b[24:]), le.Uint64(b[40:])
	if !Int8.Supports(c.metric, distance.Float32, c.dim) {
		return nil, fmt.Errorf("%w: metric %s of %d dimensions", ErrCorrupt, c.metric, c.dim)
	}
	if int(stride) != Stride(c.dim) || start != uint64(rowsStart(c.dim)) {
		return nil, fmt.Errorf("%w: stride %d, rows at %d for %d dimensions", ErrCorrupt, stride, start, c.dim)
	}
	if !(c.scale > 0) || math.IsInf(float64(c.scale), 0) || !(c.bound >= 0) || !(c.rms >= 0) || !(c.rowError >= 0) || !(c.normMax >= 0) {
		return nil, fmt.Errorf("%w: scale %v, bound %v, rms %v, worst row %v, longest row %v", ErrCorrupt, c.scale, c.bound, c.rms, c.rowError, c.normMax)
	}
	strays := uint64(le.Uint32(b[56:]))
	if rest := uint64(len(b)); rest < start+4*strays || n != (rest-start-4*strays)/uint64(stride) || rest != start+n*uint64(stride)+4*strays {
		return nil, fmt.Errorf("%w: %d bytes for %d rows and %d strays", ErrCorrupt, len(b), n, strays)
	}
	c.n = int(n)
	if err := c.readStrays(b[len(b)-4*int(strays):]); err != nil {
		return nil, err
	}
	b = b[:len(b)-4*int(strays)]
	c.offset = make([]float32, c.dim)
	for j := range c.offset {
		c.offset[j] = math.Float32frombits(le.Uint32(b[codesHeader+4*j:]))
	}
	if c.metric == distance.InnerProduct {
		c.offDot = distance.Dot(c.offset, c.offset)
	}
	c.setSlab(b[start:], int(stride))
	return c, nil
}

func (c *Codes) readStrays(b []byte) error {
	for ; len(b) > 0; b = b[4:] {
		row := binary.LittleEndian.Uint32(b)
		if last := len(c.strays) - 1; uint64(row) >= uint64(c.n) || last >= 0 && row <= c.strays[last] {
			return fmt.Errorf("%w: stray %d of %d rows", ErrCorrupt, row, c.n)
		}
		c.strays = append(c.strays, row)
	}
	return nil
}

func littleEndian() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}
