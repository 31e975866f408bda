package pgwire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// A conn is one client's connection. Its goroutine runs serve; other goroutines only use interrupt, terminate and drain.
type conn struct {
	srv    *Server
	nc     net.Conn
	in     *framer
	w      writer
	out    output
	bound  bindParts
	names  lastName // of prepared statements
	log    *slog.Logger
	pid    int32
	secret uint32

	session  Session
	changed  [][2]string // settings to tell before ReadyForQuery
	skipping bool        // an extended message failed: ignore all until Sync
	admitted bool        // counted as a session; guarded by srv.mu

	mu       sync.Mutex
	ctx      context.Context // of the running or the next statement
	cancel   context.CancelCauseFunc
	busy     bool
	greeted  bool   // startup is over
	unsynced bool   // extended messages have come since the last Sync: their transaction is open
	draining bool   // end when idle
	ended    bool   // end now
	reason   error  // why, when it is not the usual
	cycles   uint64 // messages begun, to tell long statements
}

// serve runs the connection to its end.
func (c *conn) serve() {
	defer c.close()
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("panic in a session", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			c.w.dropOpen()
			c.sendError(&Fatal{Err: pgerr.New(pgerrcode.InternalError, "internal error")})
		}
	}()
	if err := c.start(); err != nil {
		c.farewell(err)
		return
	}
	for c.session != nil {
		if err := c.step(); err != nil {
			c.farewell(err)
			return
		}
	}
}

// start goes through startup within its time limit.
func (c *conn) start() error {
	_ = c.nc.SetReadDeadline(time.Now().Add(c.srv.cfg.AuthTimeout))
	ctx, _ := c.begin()
	session, err := c.startup(ctx)
	c.session = session // also after an error, so that it is closed
	draining := c.finish()
	if err != nil {
		return err
	}
	if draining {
		return c.ending()
	}
	c.in.max = c.srv.cfg.MessageBytesMax
	return nil
}

// begin marks the connection as busy with a message and gives its context.
func (c *conn) begin() (context.Context, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = true
	c.cycles++
	if c.ctx == nil || c.ctx.Err() != nil && !c.ended {
		c.ctx, c.cancel = context.WithCancelCause(c.srv.ctx)
	}
	return c.ctx, !c.ended
}

// finish marks it as idle, without its read deadline unless it is to end, which it tells.
func (c *conn) finish() (draining bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.greeted = false, true
	if !c.draining && !c.ended {
		_ = c.nc.SetReadDeadline(time.Time{})
	}
	return c.draining || c.ended
}

// step reads a message and runs it. An error ends the connection.
func (c *conn) step() error {
	kind, body, err := c.in.next()
	if err != nil {
		return c.readError(err)
	}
	ctx, ok := c.begin()
	if !ok {
		return c.ending()
	}
	err = c.dispatch(ctx, kind, body)
	c.mu.Lock()
	c.busy = false
	c.unsynced = stillUnsynced(kind, c.unsynced)
	ending := c.ended || c.draining && !c.unsynced
	c.mu.Unlock()
	if err == nil && ending {
		return c.ending()
	}
	return err
}

// stillUnsynced tells whether a message leaves a statement whose implicit transaction ends with a Sync to come. A drain waits for that Sync:
// the client has sent it already, or is about to, and without it the statement that finished would be taken back.
func stillUnsynced(kind byte, before bool) bool {
	switch kind {
	case 'P', 'B', 'D', 'E', 'C':
		return true
	case 'S', 'Q', 'F':
		return false
	}
	return before
}

// ending is what a connection that must end is told.
func (c *conn) ending() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason != nil {
		return c.reason
	}
	return &Fatal{Err: errTerminated}
}

// readError is what to end with when no message came.
func (c *conn) readError(err error) error {
	c.mu.Lock()
	draining := c.draining || c.ended
	c.mu.Unlock()
	if draining && errors.Is(err, os.ErrDeadlineExceeded) {
		return c.ending()
	}
	return err
}

// dispatch runs one message. An error ends the connection; a statement's errors were sent before.
func (c *conn) dispatch(ctx context.Context, kind byte, body []byte) error {
	if c.skipping && kind != 'S' && kind != 'X' {
		return nil
	}
	switch kind {
	case 'Q':
		return c.query(ctx, body)
	case 'P':
		return c.extended(ctx, body, (*conn).parse)
	case 'B':
		return c.extended(ctx, body, (*conn).bind)
	case 'D':
		return c.extended(ctx, body, (*conn).describe)
	case 'E':
		return c.extended(ctx, body, (*conn).execute)
	case 'C':
		return c.extended(ctx, body, (*conn).closeObject)
	case 'H':
		return c.w.flush()
	case 'S':
		return c.sync(ctx)
	case 'F':
		return c.functionCall()
	case 'X':
		return io.EOF
	case 'd', 'c', 'f':
		return nil // what a client still sends after its COPY failed
	}
	return protocolError("unexpected message type %d", kind)
}

// functionCall refuses the function-call protocol; unlike the extended messages it is a query cycle of its own.
func (c *conn) functionCall() error {
	c.sendError(pgerr.Unimplemented("the function-call protocol"))
	return c.readyForQuery(c.session)
}

// farewell says why the connection ends, where there is somebody to tell.
func (c *conn) farewell(err error) {
	var fatal *Fatal
	switch {
	case errors.As(err, &fatal):
		c.sendError(err)
	case errors.Is(err, os.ErrDeadlineExceeded) && c.session == nil:
		c.log.Info("client did not finish its startup in time", slog.String("addr", c.peer()))
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
	default:
		c.log.Debug("connection ended", slog.String("addr", c.peer()), slog.Any("error", err))
	}
}

func (c *conn) peer() string {
	if addr := c.nc.RemoteAddr(); addr != nil {
		return addr.String()
	}
	return ""
}

// close gives the session up and ends the connection.
func (c *conn) close() {
	defer c.srv.forget(c)
	defer c.nc.Close()
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("panic while closing a session", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		}
	}()
	c.mu.Lock()
	if c.cancel != nil {
		c.cancel(fmt.Errorf("session closed"))
	}
	c.mu.Unlock()
	if c.session != nil {
		c.session.Close()
	}
}

// interrupt cancels the statement that runs; it does nothing between statements.
func (c *conn) interrupt(reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy && c.cancel != nil {
		c.cancel(reason)
	}
}

// drain ends the connection when it is idle, at once or after its statement and the Sync that commits it. A client in startup is not waited for.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	if !c.busy && !c.unsynced || !c.greeted {
		_ = c.nc.SetReadDeadline(time.Unix(1, 0))
	}
}

// terminate ends the connection now: its statement is cancelled, and reads stop. The client is told the reason; nil is errTerminated.
func (c *conn) terminate(reason error) {
	if reason == nil {
		reason = errTerminated
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.draining, c.ended, c.reason = true, true, &Fatal{Err: reason}
	if c.cancel != nil {
		c.cancel(c.reason)
	}
	_ = c.nc.SetReadDeadline(time.Unix(1, 0))
}
