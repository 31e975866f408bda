package pgwire

import (
	"bytes"
	"encoding/binary"
)

// A message reads the parts of a frontend message's body, one after another:
//
//	string  bytes, 0
//	int16   2 bytes, big-endian, as all numbers
//	int32   4 bytes
//	bytes   as many as were announced
//
// What it gives lies in the body. A part that would reach past the end makes the message malformed, and it and all later ones zero; done tells.
type message struct {
	rest      []byte
	malformed bool
}

// done is the error of a message that was malformed or has something left.
func (m *message) done() error {
	if m.malformed || len(m.rest) > 0 {
		return protocolError("invalid message format")
	}
	return nil
}

func (m *message) bytes(n int) []byte {
	if n < 0 || n > len(m.rest) {
		m.malformed, m.rest = true, nil
		return nil
	}
	out := m.rest[:n:n]
	m.rest = m.rest[n:]
	return out
}

func (m *message) string() []byte {
	end := bytes.IndexByte(m.rest, 0)
	out := m.bytes(end)
	m.bytes(1)
	return out
}

func (m *message) byte() byte {
	if b := m.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// count is an int16 that counts, which goes up to 65,535.
func (m *message) count() int {
	if b := m.bytes(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (m *message) int32() int32 {
	if b := m.bytes(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

// formats reads a count and as many format codes into dst.
func (m *message) formats(dst []int16) []int16 {
	for range m.count() {
		dst = append(dst, int16(m.count()))
		if m.malformed {
			break
		}
	}
	return dst
}

// values reads a count and as many values into dst, each with its length, -1 for NULL, which becomes nil. An empty value is not nil.
func (m *message) values(dst [][]byte) [][]byte {
	for range m.count() {
		var v []byte
		if n := m.int32(); n != -1 {
			v = m.bytes(int(n))
		}
		if m.malformed {
			break
		}
		dst = append(dst, v)
	}
	return dst
}
