// Package varint is the encoding of small facts in the engine's files: unsigned varints (LEB128, as encoding/binary has them) and
// byte strings with their length in front. Writing appends to a slice; reading goes through a Reader, which never runs
// past its input, allocates nothing that the input does not hold, and remembers its first error.
package varint

import (
	"encoding/binary"
	"errors"
)

// ErrMalformed is what a Reader finds wrong: the input ends too soon, or a number is out of bounds.
var ErrMalformed = errors.New("malformed encoding")

// AppendBytes appends a length and the bytes.
func AppendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// AppendString is AppendBytes for a string.
func AppendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// Reader decodes from a slice. After an error every method gives zero, so checks can wait for the end.
type Reader struct {
	data []byte
	pos  int
	err  error
}

// NewReader starts at the beginning of data.
func NewReader(data []byte) *Reader { return &Reader{data: data} }

// Err is the first error.
func (r *Reader) Err() error { return r.err }

// Pos is the offset of the next byte.
func (r *Reader) Pos() int { return r.pos }

// Len is the number of bytes left.
func (r *Reader) Len() int { return len(r.data) - r.pos }

// Fail makes the reader fail, when the caller finds a value impossible.
func (r *Reader) Fail() {
	if r.err == nil {
		r.err = ErrMalformed
	}
}

// Uint reads a number.
func (r *Reader) Uint() uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.data[r.pos:])
	if n <= 0 {
		r.Fail()
		return 0
	}
	r.pos += n
	return v
}

// UintMax reads a number of at most max.
func (r *Reader) UintMax(max uint64) uint64 {
	v := r.Uint()
	if v > max {
		r.Fail()
		return 0
	}
	return v
}

// Count reads the number of elements to follow, of which each takes at least size bytes: a count that the rest cannot hold fails, so
// that it may be used to allocate.
func (r *Reader) Count(size int) int {
	v := r.Uint()
	if v > uint64(r.Len()/max(1, size)) {
		r.Fail()
		return 0
	}
	return int(v)
}

// Take reads n bytes as they are; they alias the input, nil when n is 0.
func (r *Reader) Take(n int) []byte {
	if r.err != nil || n < 0 || n > r.Len() {
		r.Fail()
		return nil
	}
	if n == 0 {
		return nil
	}
	b := r.data[r.pos : r.pos+n : r.pos+n]
	r.pos += n
	return b
}

// Skip passes over n bytes.
func (r *Reader) Skip(n int) { r.Take(n) }

// Bytes reads a byte string, which aliases the input; nil when it is empty.
func (r *Reader) Bytes() []byte { return r.Take(r.Count(1)) }

// String reads a byte string as a string of its own.
func (r *Reader) String() string { return string(r.Bytes()) }
