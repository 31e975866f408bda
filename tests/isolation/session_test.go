package isolation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"vecgres/tests/internal/harness"
)

// askTime is how often a server is asked whether a session waits for a lock.
const askTime = 5 * time.Millisecond

// waitTime is how long a session that waits for a lock is watched, to see that it does not go on.
const waitTime = 100 * time.Millisecond

// patience is how long an answer that must come is waited for: the machine may be busy.
const patience = time.Minute

// session is one named client of a script. Statements run in a goroutine of their own, so that one may wait.
type session struct {
	name     string
	conn     *pgconn.PgConn
	extended bool
	notices  []string
	running  chan string // gives the answer; nil when nothing runs
}

func connect(t testing.TB, srv *harness.Server, name, schema string, extended bool) *session {
	t.Helper()
	s := &session{name: name, extended: extended}
	cfg, err := pgconn.ParseConfig(srv.URL("postgres", "search_path", schema, "application_name", name))
	if err != nil {
		t.Fatal(err)
	}
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		s.notices = append(s.notices, fmt.Sprintf("%s %s: %s\n", n.Severity, n.Code, n.Message))
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if s.conn, err = pgconn.ConnectConfig(ctx, cfg); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// start sends statements, one message after the other.
func (s *session) start(statements []string) {
	answer := make(chan string, 1)
	s.running = answer
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
		defer cancel()
		var out strings.Builder
		for _, st := range statements {
			s.execute(ctx, st, &out)
		}
		answer <- out.String()
	}()
}

// finished gives the answer when it comes in time.
func (s *session) finished(within time.Duration) (string, bool) {
	select {
	case out := <-s.running:
		s.running = nil
		return out, true
	case <-time.After(within):
		return "", false
	}
}

func (s *session) execute(ctx context.Context, statement string, out *strings.Builder) {
	var err error
	if s.extended {
		r := s.conn.ExecParams(ctx, statement, nil, nil, nil, nil)
		err = s.result(r, out)
	} else {
		results := s.conn.Exec(ctx, statement)
		for results.NextResult() {
			if err := s.result(results.ResultReader(), out); err != nil {
				break // told again by Close
			}
		}
		err = results.Close()
	}
	s.flushNotices(out)
	if err != nil {
		out.WriteString(describe(err))
	}
}

func (s *session) result(r *pgconn.ResultReader, out *strings.Builder) error {
	var rows strings.Builder
	for r.NextRow() {
		for i, v := range r.Values() {
			if i > 0 {
				rows.WriteByte('|')
			}
			if v == nil {
				rows.WriteString("NULL")
			} else {
				rows.Write(v)
			}
		}
		rows.WriteByte('\n')
	}
	tag, err := r.Close()
	if err != nil {
		return err
	}
	s.flushNotices(out)
	out.WriteString(rows.String())
	if tag.String() != "" {
		out.WriteString(tag.String() + "\n")
	}
	return nil
}

func (s *session) flushNotices(out *strings.Builder) {
	for _, n := range s.notices {
		out.WriteString(n)
	}
	s.notices = nil
}

// describe prints an error as both servers tell it. Details that name processes or numbers of transactions are left out.
func describe(err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return "connection lost\n"
	}
	text := fmt.Sprintf("%s %s: %s\n", e.Severity, e.Code, e.Message)
	if e.Detail != "" && !strings.Contains(e.Detail, "Process") {
		text += "DETAIL: " + e.Detail + "\n"
	}
	return text
}
