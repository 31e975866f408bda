package harness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgresBin is where Debian keeps PostgreSQL 15's server programs; $POSTGRES_BIN names another folder.
const postgresBin = "/usr/lib/postgresql/15/bin"

// postgresSettings make a throw-away cluster fast and its answers the same everywhere.
var postgresSettings = map[string]string{
	"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off", "max_wal_size": "256MB",
	"shared_buffers": "32MB", "max_connections": "50", "timezone": "UTC", "datestyle": "ISO, MDY", "log_timezone": "UTC",
	"listen_addresses": "127.0.0.1", "max_prepared_transactions": "0", "jit": "off", "logging_collector": "off",
	"log_min_messages": "panic", "wal_level": "minimal", "max_wal_senders": "0", "log_checkpoints": "off",
}

// StartPostgres makes a cluster of Debian's PostgreSQL 15 in a temporary folder (C locale, UTF8, trust, no fsync) and
// starts it. As root it runs under the user postgres, since the server refuses root.
func StartPostgres(tb testing.TB) *Server {
	tb.Helper()
	bin := os.Getenv("POSTGRES_BIN")
	if bin == "" {
		bin = postgresBin
	}
	if _, err := os.Stat(filepath.Join(bin, "initdb")); err != nil {
		tb.Fatalf("the oracle PostgreSQL 15 is missing (%v): run `make deps`, or set POSTGRES_BIN", err)
	}
	owner, err := postgresOwner()
	if err != nil {
		tb.Fatalf("no user for PostgreSQL: %v", err)
	}
	base, err := os.MkdirTemp("", "vecgres-pg-")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(base) })
	if owner != nil {
		if err := os.Chown(base, int(owner.Uid), int(owner.Gid)); err != nil {
			tb.Fatal(err)
		}
	}
	s := &Server{Engine: Postgres, Host: "127.0.0.1", Dir: filepath.Join(base, "data"), User: "postgres", tb: tb}
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir = base
		cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
		if owner != nil {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
		}
		return cmd
	}
	initdb := command("initdb", "-D", s.Dir, "-U", s.User, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		tb.Fatalf("initdb: %v\n%s", err, out)
	}
	s.start = func(s *Server) (*process, error) {
		return startPostgres(s, base, command)
	}
	return s.launch()
}

// postgresOwner is the user that the server runs as; nil for our own.
func postgresOwner() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

// startPostgres starts the server, with another port when the one it was given was taken meanwhile.
func startPostgres(s *Server, sockets string, command func(string, ...string) *exec.Cmd) (*process, error) {
	var last error
	for range 3 {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		args := []string{"-D", s.Dir, "-p", strconv.Itoa(port), "-k", sockets}
		for name, value := range postgresSettings {
			args = append(args, "-c", name+"="+value)
		}
		p, err := run(command("postgres", args...))
		if err != nil {
			return nil, err
		}
		s.Port = port
		if last = waitAccepting(s, p); last == nil {
			return p, nil
		}
		_ = p.end(syscall.SIGQUIT)
	}
	return nil, last
}

// waitAccepting returns when the server takes connections.
func waitAccepting(s *Server, p *process) error {
	for deadline := time.Now().Add(startTimeout); ; {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			err = conn.Close(ctx)
		}
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("ended before it was ready: %v\n%s", p.err, p.log)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("not ready within %v\n%s", startTimeout, p.log), err)
		}
	}
}

// freePort finds a loopback port that nobody uses now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
