package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/tests/internal/pgvector"
	"vecgres/vecengine/distance"
)

// server is a running vecgres with a data directory of its own.
type server struct {
	cmd   *exec.Cmd
	url   string
	dir   string
	ended chan error
}

var connection = regexp.MustCompile(`postgresql://[^"\s]+`)

// startServer starts the real program on a new data directory in the cache's file system, so that a sync is one.
func (r *runner) startServer(ctx context.Context) (*server, error) {
	dir, err := os.MkdirTemp(r.cache.Dir, "data-")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir}
	if err := s.start(ctx, r.o.server); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// serveTable starts a server on the set's first rows, indexed, with a session in which sql has run too. The session goes before the server.
func (r *runner) serveTable(ctx context.Context, set *dataset.Set, rows int, sql ...string) (*server, *session, error) {
	s, err := r.startServer(ctx)
	if err != nil {
		return nil, nil, err
	}
	c, err := s.connect(ctx)
	if err != nil {
		s.end()
		return nil, nil, err
	}
	err = c.load(ctx, set, rows)
	if err == nil {
		err = c.exec(ctx, append([]string{createIndex(set.Metric)}, sql...)...)
	}
	if err != nil {
		c.close()
		s.end()
		return nil, nil, err
	}
	return s, c, nil
}

func (s *server) start(ctx context.Context, binary string) error {
	s.cmd = exec.CommandContext(ctx, binary, "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(s.dir, "data"), "--log-level", "warn")
	s.cmd.Stderr = os.Stderr
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ready := make(chan string, 1)
	s.ended = make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if url := connection.FindString(lines.Text()); url != "" {
				ready <- url
			}
		}
		s.ended <- s.cmd.Wait()
	}()
	select {
	case s.url = <-ready:
		return nil
	case err := <-s.ended:
		s.ended <- err
		return fmt.Errorf("the server ended before it was ready: %v", err)
	case <-time.After(time.Minute):
		return errors.New("the server was not ready within a minute")
	}
}

// stop asks the server to end and waits.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		s.ended <- err
		return err
	case <-time.After(time.Minute):
		return errors.New("the server did not end within a minute of SIGTERM")
	}
}

// restart ends the server in order and starts it on the same data.
func (s *server) restart(ctx context.Context, binary string) error {
	if err := s.stop(); err != nil {
		return err
	}
	return s.start(ctx, binary)
}

// end kills the server, if it still runs, and removes its data.
func (s *server) end() {
	if s.ended != nil {
		if s.cmd.Process.Kill() == nil {
			<-s.ended
		}
	}
	os.RemoveAll(s.dir)
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// quiet waits until the server has had next to nothing to do for two seconds: background merges are over.
func (s *server) quiet(ctx context.Context) error {
	deadline := time.Now().Add(3 * time.Minute)
	for calm := 0; calm < 4; {
		before, err := measure.ProcessCPU(s.pid())
		if err != nil {
			return err
		}
		if err := sleep(ctx, 500*time.Millisecond); err != nil {
			return err
		}
		after, err := measure.ProcessCPU(s.pid())
		if err != nil {
			return err
		}
		if calm++; after-before > 25*time.Millisecond {
			calm = 0
		}
		if time.Now().After(deadline) {
			return errors.New("the server did not come to rest within three minutes")
		}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// session is a connection with the statements of the benchmarks.
type session struct{ *pgconn.PgConn }

func (s *server) connect(ctx context.Context) (*session, error) {
	c, err := pgconn.Connect(ctx, s.url)
	if err != nil {
		return nil, err
	}
	return &session{c}, nil
}

func (c *session) close() { c.PgConn.Close(context.Background()) }

// exec runs statements without results, one after another.
func (c *session) exec(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql).ReadAll(); err != nil {
			return fmt.Errorf("%.200s: %w", sql, err)
		}
	}
	return nil
}

// operator is SQL's for a metric, and its operator class.
func operator(m distance.Metric) (op, class string) {
	if m == distance.Cosine {
		return "<=>", "vector_cosine_ops"
	}
	return "<->", "vector_l2_ops"
}

// createIndex is the statement that indexes the table of load.
func createIndex(m distance.Metric) string {
	_, class := operator(m)
	return fmt.Sprintf("CREATE INDEX ON items USING hnsw (v %s) WITH (m = %d, ef_construction = %d)", class, graphM, graphEfc)
}

// load makes the table items and copies the first rows of a set into it.
func (c *session) load(ctx context.Context, s *dataset.Set, rows int) error {
	ddl := fmt.Sprintf("CREATE TABLE items (id bigint PRIMARY KEY, v vector(%d))", s.Train.Dim)
	if err := c.exec(ctx, "CREATE EXTENSION IF NOT EXISTS vector", ddl); err != nil {
		return err
	}
	in, out := io.Pipe()
	go func() {
		buf := append([]byte("PGCOPY\n\xff\r\n\x00"), make([]byte, 8)...)
		for i := range rows {
			buf = binary.BigEndian.AppendUint16(buf, 2)
			buf = binary.BigEndian.AppendUint32(buf, 8)
			buf = binary.BigEndian.AppendUint64(buf, uint64(i))
			v := s.Train.Row(uint32(i))
			buf = binary.BigEndian.AppendUint32(buf, uint32(4+4*len(v)))
			buf = pgvector.AppendBinary(buf, v)
			if len(buf) > 64<<10 {
				if _, err := out.Write(buf); err != nil {
					return // the other end has gone
				}
				buf = buf[:0]
			}
		}
		_, err := out.Write(binary.BigEndian.AppendUint16(buf, 0xffff))
		out.CloseWithError(err)
	}()
	defer in.Close()
	tag, err := c.CopyFrom(ctx, in, "COPY items FROM STDIN WITH (FORMAT binary)")
	if err == nil && tag.RowsAffected() != int64(rows) {
		err = fmt.Errorf("%d rows copied of %d", tag.RowsAffected(), rows)
	}
	return err
}

// prepareSearch prepares the statement that search runs.
func (c *session) prepareSearch(ctx context.Context, m distance.Metric) error {
	op, _ := operator(m)
	_, err := c.Prepare(ctx, "search", fmt.Sprintf("SELECT id FROM items ORDER BY v %s $1 LIMIT %d", op, dataset.K), nil)
	return err
}

var binaryFormat = []int16{1}

// search runs the prepared top-k with a binary parameter and binary results, and appends the ids to dst.
func (c *session) search(ctx context.Context, parameter []byte, dst []int64) ([]int64, error) {
	r := c.ExecPrepared(ctx, "search", [][]byte{parameter}, binaryFormat, binaryFormat)
	for r.NextRow() {
		if v := r.Values(); len(v) == 1 && len(v[0]) == 8 {
			dst = append(dst, int64(binary.BigEndian.Uint64(v[0])))
		}
	}
	_, err := r.Close()
	return dst, err
}
