package pgwire

import (
	"io"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// copyResponse announces COPY data: its format for the whole and for each column.
func (c *conn) copyResponse(kind byte, binary bool, columns int) error {
	format := int16(formatText)
	if binary {
		format = formatBinary
	}
	mark := c.w.begin(kind)
	c.w.buf = append(c.w.buf, byte(format))
	c.w.int16(int16(columns))
	for range columns {
		c.w.int16(format)
	}
	return c.w.end(mark)
}

// CopyIn implements Output: it asks for data and sends the request at once, since the client waits for it.
func (o *output) CopyIn(binary bool, columns int) (CopyIn, error) {
	if err := o.c.copyResponse('G', binary, columns); err != nil {
		return nil, err
	}
	if err := o.c.w.flush(); err != nil {
		return nil, err
	}
	return &copyIn{c: o.c}, nil
}

// CopyOut implements Output.
func (o *output) CopyOut(binary bool, columns int) (CopyOut, error) {
	if err := o.c.copyResponse('H', binary, columns); err != nil {
		return nil, err
	}
	return &copyOut{c: o.c}, nil
}

// copyIn reads the client's data while a statement runs.
type copyIn struct {
	c    *conn
	done error // io.EOF after CopyDone, or the error that ended the data
}

// Read implements CopyIn. Flush and Sync within the data are ignored, as clients send them after Execute without waiting.
func (r *copyIn) Read() ([]byte, error) {
	for r.done == nil {
		kind, body, err := r.c.in.next()
		if err != nil {
			r.done = r.readError(err)
			break
		}
		switch kind {
		case 'd':
			return body, r.cancelled()
		case 'c':
			r.done = io.EOF
		case 'f':
			r.done = copyFailed(body)
		case 'H', 'S':
		case 'X':
			r.done = &lostError{io.EOF}
		default:
			r.done = protocolError("unexpected message type 0x%02X during COPY from stdin", kind)
		}
	}
	return nil, r.done
}

// cancelled is the reason why the statement was cancelled while its data came.
func (r *copyIn) cancelled() error {
	r.c.mu.Lock()
	ctx := r.c.ctx
	r.c.mu.Unlock()
	if ctx.Err() != nil {
		return cause(ctx, ctx.Err())
	}
	return nil
}

func (r *copyIn) readError(err error) error {
	if err := r.cancelled(); err != nil {
		return err
	}
	if isFatal(err) {
		return err
	}
	return &lostError{err}
}

func copyFailed(body []byte) error {
	m := message{rest: body}
	reason := m.string()
	if err := m.done(); err != nil {
		return err
	}
	return pgerr.New(pgerrcode.QueryCanceled, "COPY from stdin failed: %s", reason)
}

// copyOut sends data to the client.
type copyOut struct{ c *conn }

// Write implements CopyOut.
func (o *copyOut) Write(data []byte) error {
	mark := o.c.w.begin('d')
	o.c.w.buf = append(o.c.w.buf, data...)
	return o.c.w.end(mark)
}

// Done implements CopyOut.
func (o *copyOut) Done() error { return o.c.w.end(o.c.w.begin('c')) }
