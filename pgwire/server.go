package pgwire

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"
)

// A Server serves connections of any number of listeners. Its methods are safe for concurrent use.
type Server struct {
	cfg  Config
	ctx  context.Context // parent of every statement's
	stop context.CancelFunc

	mu        sync.Mutex
	conns     map[int32]*conn // by pid
	listeners map[net.Listener]bool
	sessions  int // admitted connections
	lastPID   int32
	closing   bool
	watching  bool
	wg        sync.WaitGroup // connections
}

// unauthenticatedMax is how many connections there may be beyond the sessions, to hold those in startup and cancel requests.
const unauthenticatedMax = 100

// NewServer makes a server; it does nothing until Serve or ServeConn.
func NewServer(cfg Config) *Server {
	ctx, stop := context.WithCancel(context.Background())
	return &Server{
		cfg: cfg.withDefaults(), ctx: ctx, stop: stop,
		conns: map[int32]*conn{}, listeners: map[net.Listener]bool{},
	}
}

// Serve accepts connections until the listener fails or the server shuts down, which is no error. It closes the listener.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	if !s.addListener(l) {
		return nil
	}
	for {
		nc, err := l.Accept()
		if err != nil {
			if s.isClosing() {
				return nil
			}
			var temporary interface{ Temporary() bool }
			if errors.As(err, &temporary) && temporary.Temporary() { // such as too many open files
				s.cfg.Logger.Warn("accept failed", slog.Any("error", err))
				time.Sleep(50 * time.Millisecond)
				continue
			}
			return err
		}
		go s.ServeConn(nc)
	}
}

// ServeConn serves one connection to its end and closes it.
func (s *Server) ServeConn(nc net.Conn) {
	c := &conn{srv: s, nc: nc, in: newFramer(nc), log: s.cfg.Logger}
	c.w = writer{conn: nc, timeout: s.cfg.WriteTimeout, open: -1}
	if !s.register(c) {
		nc.Close()
		return
	}
	defer s.wg.Done()
	c.serve()
}

func (s *Server) addListener(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.listeners[l] = true
	return true
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// register gives a connection its key. It is false when the server shuts down or holds too many connections already.
func (s *Server) register(c *conn) bool {
	var secret [4]byte
	_, _ = rand.Read(secret[:]) // never fails
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || len(s.conns) >= s.cfg.ConnectionsMax+unauthenticatedMax {
		return false
	}
	for {
		s.lastPID = s.lastPID&0x7fffffff + 1
		if s.lastPID > 0 && s.conns[s.lastPID] == nil {
			break
		}
	}
	c.pid, c.secret = s.lastPID, binary.BigEndian.Uint32(secret[:])
	c.log = c.log.With(slog.Int("pid", int(c.pid)))
	s.conns[c.pid] = c
	s.wg.Add(1)
	if !s.watching {
		s.watching = true
		go s.watch()
	}
	return true
}

// admit counts a connection as a session, unless there are too many.
func (s *Server) admit(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions >= s.cfg.ConnectionsMax {
		return false
	}
	s.sessions++
	c.admitted = true
	return true
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c.pid)
	if c.admitted {
		s.sessions--
	}
}

// cancel carries out a cancel request. A wrong key is ignored, and the client told nothing either way.
func (s *Server) cancel(pid int32, secret uint32) {
	s.mu.Lock()
	c := s.conns[pid]
	s.mu.Unlock()
	if c != nil && c.secret == secret {
		c.interrupt(errCancelled)
	}
}

// Sessions is how many sessions there are.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// Shutdown stops accepting and ends idle connections with 57P01. Running statements finish until ctx is done; then they are cancelled.
// It returns when every connection has ended, or a moment after ctx is done, with ctx's error if statements had to be cancelled.
func (s *Server) Shutdown(ctx context.Context) error {
	for _, c := range s.beginClosing() {
		c.drain()
	}
	done := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		s.stop()
		return nil
	case <-ctx.Done():
	}
	s.each(func(c *conn) { c.terminate(nil) })
	select {
	case <-done:
	case <-time.After(lingerMax):
		// A client that reads nothing, or a statement deaf to its context: the connections are cut.
		s.each(func(c *conn) { c.nc.Close() })
	}
	s.stop()
	return ctx.Err()
}

// lingerMax is how long cancelled statements may take to notice.
const lingerMax = 2 * time.Second

// Close ends everything at once.
func (s *Server) Close() error {
	for _, c := range s.beginClosing() {
		c.terminate(nil)
		c.nc.Close()
	}
	s.wg.Wait()
	s.stop()
	return nil
}

// beginClosing closes the listeners and gives the connections there are.
func (s *Server) beginClosing() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for l := range s.listeners {
		l.Close()
	}
	clear(s.listeners)
	return s.all()
}

// all gives the connections; mu is held.
func (s *Server) all() []*conn {
	out := make([]*conn, 0, len(s.conns))
	for _, c := range s.conns {
		out = append(out, c)
	}
	return out
}

func (s *Server) each(do func(*conn)) {
	s.mu.Lock()
	conns := s.all()
	s.mu.Unlock()
	for _, c := range conns {
		do(c)
	}
}
