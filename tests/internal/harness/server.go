package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Names of the engines, as scripts say them after onlyif and skipif.
const (
	Vecgres  = "vecgres"
	Postgres = "postgres"
)

// startTimeout is how long a server may take until it accepts connections.
const startTimeout = time.Minute

// stopTimeout is how long a server may take to end after it was asked to.
const stopTimeout = time.Minute

// A Server is a running database server that belongs to one test. Its methods are for the test's goroutine.
type Server struct {
	Engine string // Vecgres or Postgres
	Host   string
	Port   int
	Dir    string // data directory
	User   string

	tb      testing.TB
	start   func(s *Server) (*process, error)
	process *process
}

// process is one run of a server's program.
type process struct {
	cmd  *exec.Cmd
	log  *logBuffer
	done chan struct{} // closed when the program ended
	err  error         // how it ended; read after done
}

// run starts a command; what it writes to standard error goes to the log.
func run(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, log: &logBuffer{}, done: make(chan struct{})}
	cmd.Stderr = p.log
	if cmd.Stdout == nil {
		cmd.Stdout = p.log
	}
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// end sends a signal and waits.
func (p *process) end(sig os.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return p.err
	case <-time.After(stopTimeout):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("did not end within %v of %v", stopTimeout, sig)
	}
}

// launch starts the server for the first time and registers its end.
func (s *Server) launch() *Server {
	s.tb.Helper()
	p, err := s.start(s)
	if err != nil {
		s.tb.Fatalf("%s does not start: %v", s.Engine, err)
	}
	s.process = p
	s.tb.Cleanup(func() {
		if s.process != nil {
			_ = s.process.end(s.stopSignal())
		}
		if s.tb.Failed() {
			s.tb.Logf("log of %s:\n%s", s.Engine, s.Log())
		}
	})
	return s
}

// stopSignal asks for a fast and orderly end.
func (s *Server) stopSignal() os.Signal {
	if s.Engine == Postgres {
		return syscall.SIGINT // fast shutdown; SIGTERM would wait for clients
	}
	return syscall.SIGTERM
}

// Stop ends the server in order and fails the test when it does not end well.
func (s *Server) Stop() {
	s.tb.Helper()
	p := s.process
	s.process = nil
	if err := p.end(s.stopSignal()); err != nil {
		s.tb.Fatalf("%s stopped with: %v\n%s", s.Engine, err, p.log)
	}
}

// Kill ends the server as a power cut would: SIGKILL.
func (s *Server) Kill() {
	s.tb.Helper()
	p := s.process
	s.process = nil
	if err := p.end(syscall.SIGKILL); err == nil {
		s.tb.Fatalf("%s ended by itself before it was killed\n%s", s.Engine, p.log)
	}
}

// Restart starts the server again on the same directory and port, after Stop or Kill.
func (s *Server) Restart() {
	s.tb.Helper()
	p, err := s.start(s)
	if err != nil {
		s.tb.Fatalf("%s does not start again: %v", s.Engine, err)
	}
	s.process = p
}

// Running tells whether the program is still there.
func (s *Server) Running() bool {
	if s.process == nil {
		return false
	}
	select {
	case <-s.process.done:
		return false
	default:
		return true
	}
}

// Log is the end of what the current run wrote to its log.
func (s *Server) Log() string {
	if s.process == nil {
		return ""
	}
	return s.process.log.String()
}

// Addr is host:port.
func (s *Server) Addr() string { return fmt.Sprintf("%s:%d", s.Host, s.Port) }

// URL is a connection string for a database, with further settings as key, value pairs.
func (s *Server) URL(database string, settings ...string) string {
	q := url.Values{"sslmode": {"disable"}}
	for i := 0; i+1 < len(settings); i += 2 {
		q.Set(settings[i], settings[i+1])
	}
	query := strings.ReplaceAll(q.Encode(), "+", "%20") // libpq takes no plus for a space
	return (&url.URL{Scheme: "postgresql", User: url.User(s.User), Host: s.Addr(), Path: "/" + database, RawQuery: query}).String()
}

// Env is the environment by which libpq programs find the server.
func (s *Server) Env() []string {
	return append(os.Environ(), "PGHOST="+s.Host, fmt.Sprintf("PGPORT=%d", s.Port), "PGUSER="+s.User, "PGDATABASE=postgres",
		"PGSSLMODE=disable", "PGCONNECT_TIMEOUT=10", "LC_ALL=C.UTF-8", "PGTZ=UTC", "PSQLRC=/dev/null", "PAGER=")
}

// Conn opens a connection to the database postgres, closed when the test ends.
func (s *Server) Conn(settings ...string) *pgx.Conn {
	s.tb.Helper()
	return s.ConnFor(s.tb, settings...)
}

// ConnFor is Conn for a test below the one that the server belongs to.
func (s *Server) ConnFor(tb testing.TB, settings ...string) *pgx.Conn {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres", settings...))
	if err != nil {
		tb.Fatalf("connect to %s: %v", s.Engine, err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	})
	return conn
}

// logBuffer keeps the end of a log. Safe for concurrent use.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

const logBytesMax = 64 << 10

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Write(p)
	if over := l.buf.Len() - logBytesMax; over > 0 {
		l.buf.Next(over)
	}
	return len(p), nil
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
