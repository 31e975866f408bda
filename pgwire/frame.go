package pgwire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

const (
	readBytes = 16 << 10 // bufio's buffer; bodies up to this are read in place
	growBytes = 64 << 10 // the step by which a larger body's memory grows, doubling as bytes arrive
	keepBytes = 1 << 20  // a buffer larger than this is not kept for the next message
)

// A framer reads messages: a type byte, a length that counts itself, a body.
type framer struct {
	r       *bufio.Reader
	body    []byte // for bodies larger than the reader's buffer
	pending int    // bytes of the last body still lying in the reader
	max     int    // the largest body for now
}

func newFramer(r io.Reader) *framer {
	return &framer{r: bufio.NewReaderSize(r, readBytes), max: startupBytesMax}
}

// A protocolError is malformed input: it is sent as FATAL and the connection ends, since nothing after it can be trusted.
func protocolError(format string, args ...any) error {
	return &Fatal{Err: pgerr.New(pgerrcode.ProtocolViolation, format, args...)}
}

// next reads a message. The body is valid until the next call. io.EOF means that the client closed between messages;
// io.ErrUnexpectedEOF that it did within one.
func (f *framer) next() (kind byte, body []byte, err error) {
	f.release()
	kind, err = f.r.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	limit := f.bodyMax(kind)
	if limit < 0 {
		return 0, nil, protocolError("invalid frontend message type %d", kind)
	}
	n, err := f.length()
	if err != nil {
		return 0, nil, err
	}
	if n < 0 || n > limit {
		return 0, nil, badLength(n, limit)
	}
	body, err = f.read(n)
	return kind, body, err
}

// startup reads a packet without a type byte, as they come before authentication.
func (f *framer) startup() ([]byte, error) {
	f.release()
	n, err := f.length()
	if err != nil {
		return nil, err
	}
	if n < 4 || n > startupBytesMax {
		return nil, protocolError("invalid length of startup packet")
	}
	return f.read(n)
}

// length reads a length and gives what is left of it after itself.
func (f *framer) length() (int, error) {
	b, err := f.r.Peek(4)
	if err != nil {
		return 0, unexpected(err)
	}
	n := int(int32(binary.BigEndian.Uint32(b))) - 4
	_, err = f.r.Discard(4)
	return n, err
}

// unexpected makes an end of input within a message one that says so.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// bodyMax is the cap for a type of message, -1 for an unknown type.
func (f *framer) bodyMax(kind byte) int {
	switch kind {
	case 'Q', 'P', 'B', 'd', 'F':
		return f.max
	case 'C', 'D', 'E', 'X', 'f', 'p':
		return min(f.max, smallBytesMax)
	case 'H', 'S', 'c':
		return 0
	}
	return -1
}

func badLength(n, limit int) error {
	if n < 0 {
		return protocolError("invalid message length")
	}
	return &Fatal{Err: pgerr.New(pgerrcode.ProtocolViolation, "invalid message length").
		WithDetail("The message has %d bytes; the limit is %d.", n, limit)}
}

// read reads n bytes. Small bodies are not copied; the memory of large ones grows with what has arrived.
func (f *framer) read(n int) ([]byte, error) {
	if n <= f.r.Size() {
		body, err := f.r.Peek(n)
		if err != nil {
			return nil, unexpected(err)
		}
		f.pending = n
		return body, nil
	}
	buf := f.body[:0]
	for len(buf) < n {
		step := min(n-len(buf), max(growBytes, len(buf)))
		if cap(buf)-len(buf) < step {
			grown := make([]byte, len(buf), min(n, len(buf)+step))
			copy(grown, buf)
			buf = grown
		}
		got, err := io.ReadFull(f.r, buf[len(buf):len(buf)+step])
		buf = buf[:len(buf)+got]
		if err != nil {
			return nil, unexpected(err)
		}
	}
	f.body = buf
	return buf, nil
}

// release gives up the last body.
func (f *framer) release() {
	if f.pending > 0 {
		_, _ = f.r.Discard(f.pending) // it was peeked, so it is there
		f.pending = 0
	}
	if cap(f.body) > keepBytes {
		f.body = nil
	}
}
