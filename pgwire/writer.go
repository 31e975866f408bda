package pgwire

import (
	"encoding/binary"
	"math"
	"net"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"

	"vecgres/sql/pgerr"
)

const (
	// flushBytes is where a buffer is sent though nobody asked.
	flushBytes = 64 << 10
)

// A writer collects messages in one buffer, which is used again. Its first error stays: the client is gone.
type writer struct {
	conn    net.Conn
	timeout time.Duration
	since   time.Time // when the write deadline was last moved
	buf     []byte
	open    int // where an unfinished message began, -1 for none
	err     error
}

// begin starts a message and gives its mark for end and drop.
func (w *writer) begin(kind byte) (mark int) {
	mark = len(w.buf)
	w.open = mark
	w.buf = append(w.buf, kind, 0, 0, 0, 0)
	return mark
}

// end fills in the length of the message that began at mark.
func (w *writer) end(mark int) error {
	w.open = -1
	n := len(w.buf) - mark - 1
	if n > math.MaxInt32 {
		w.drop(mark)
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "message to the client would have %d bytes", n)
	}
	binary.BigEndian.PutUint32(w.buf[mark+1:], uint32(n))
	return w.flushLarge()
}

// drop takes back what was written since mark.
func (w *writer) drop(mark int) {
	w.open = -1
	w.buf = w.buf[:mark]
}

// dropOpen takes back a message that a panic left unfinished.
func (w *writer) dropOpen() {
	if w.open >= 0 {
		w.drop(w.open)
	}
}

// send adds a message of a rare kind.
func (w *writer) send(msg pgproto3.BackendMessage) error {
	buf, err := msg.Encode(w.buf)
	if err != nil {
		return pgerr.Internal(err, "message cannot be encoded")
	}
	w.buf = buf
	return w.flushLarge()
}

func (w *writer) int16(v int16) { w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(v)) }
func (w *writer) int32(v int32) { w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(v)) }

// text writes a string and its end. A NUL within would end it early and shift all that follows.
func (w *writer) text(s string) {
	for i := 0; i < len(s); i++ {
		if s[i] != 0 {
			w.buf = append(w.buf, s[i])
		}
	}
	w.buf = append(w.buf, 0)
}

func (w *writer) flushLarge() error {
	if len(w.buf) >= flushBytes {
		return w.flush()
	}
	return w.err
}

// flush sends what was collected. A client that does not read for the timeout has gone. (Moving the deadline costs more than looking at the
// clock, so that it is left alone for a sixteenth of the timeout.)
func (w *writer) flush() error {
	if w.err == nil && len(w.buf) > 0 {
		if now := time.Now(); now.Sub(w.since) > w.timeout/16 {
			w.since = now
			_ = w.conn.SetWriteDeadline(now.Add(w.timeout))
		}
		if _, err := w.conn.Write(w.buf); err != nil {
			w.err = &lostError{err}
		}
	}
	w.buf = w.buf[:0]
	if cap(w.buf) > keepBytes {
		w.buf = nil
	}
	return w.err
}

// A lostError is a connection that can no longer be read or written. There is nobody to tell.
type lostError struct{ cause error }

func (e *lostError) Error() string { return "connection to client lost: " + e.cause.Error() }

// Unwrap gives the code 08006 beside the cause, so that nobody on the way takes it for an internal error.
func (e *lostError) Unwrap() []error { return []error{errClientGone, e.cause} }
