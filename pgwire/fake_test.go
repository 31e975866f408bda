package pgwire

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// fakeBackend makes sessions that know a handful of statements by heart, as a real server answers them, so that the same message
// scripts run against both.
type fakeBackend struct {
	mu       sync.Mutex
	sessions []*fakeSession
	refuse   error
}

func (b *fakeBackend) Authenticate(context.Context, *StartupParams) (AuthMethod, error) {
	return Trust{}, nil
}

func (b *fakeBackend) NewSession(_ context.Context, p *StartupParams) (Session, error) {
	if b.refuse != nil {
		return nil, b.refuse
	}
	s := &fakeSession{params: p, status: 'I', statements: map[string]*fakeStatement{}, portals: map[string]*fakePortal{}}
	b.mu.Lock()
	b.sessions = append(b.sessions, s)
	b.mu.Unlock()
	return s, nil
}

// last is the newest session.
func (b *fakeBackend) last() *fakeSession {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.sessions) == 0 {
		return nil
	}
	return b.sessions[len(b.sessions)-1]
}

type fakeStatement struct {
	sql    string
	params []types.OID
}

type fakePortal struct {
	sql     string
	values  [][]byte
	formats []int16
	next    int // rows already sent
}

type fakeSession struct {
	params     *StartupParams
	status     byte
	statements map[string]*fakeStatement
	portals    map[string]*fakePortal
	started    chan struct{} // closed when a sleep begins, if set
	wake       chan struct{} // ends a nap when it is closed; without it a nap ends at once
	mu         sync.Mutex
	closed     bool
	lastErr    error
}

func (s *fakeSession) Settings() [][2]string {
	return [][2]string{{"client_encoding", "UTF8"}, {"server_version", "16.0"}}
}
func (s *fakeSession) TxStatus() byte  { return s.status }
func (s *fakeSession) Env() *types.Env { return &types.Env{} }

// begun tells startSleep that the statement runs.
func (s *fakeSession) begun() {
	if s.started != nil {
		close(s.started)
		s.started = nil
	}
}

func (s *fakeSession) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

func (s *fakeSession) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *fakeSession) Query(ctx context.Context, sql string, out Output) error {
	parts := strings.Split(sql, ";")
	empty := true
	for _, part := range parts {
		if strings.TrimSpace(part) == "" {
			continue
		}
		empty = false
		if err := s.run(ctx, &fakePortal{sql: strings.TrimSpace(part)}, 0, out); err != nil {
			s.abort()
			return err
		}
	}
	if empty {
		return out.Empty()
	}
	return nil
}

func (s *fakeSession) abort() {
	if s.status == 'T' {
		s.status = 'E'
	}
}

func errAborted() error {
	return pgerr.New(pgerrcode.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")
}

func int4(name string) []Field {
	return []Field{{Name: name, Type: types.Type{OID: types.Int4OID, Mod: -1}}}
}

// fieldsOf describes a statement's result; nil for none.
func fieldsOf(sql string) []Field {
	switch {
	case strings.HasPrefix(sql, "SELECT generate_series"):
		return int4("generate_series")
	case sql == "SELECT $1::text AS a, $2::int4 AS b":
		return []Field{{Name: "a", Type: types.Type{OID: types.TextOID, Mod: -1}}, {Name: "b", Type: types.Type{OID: types.Int4OID, Mod: -1}}}
	case sql == "SELECT":
		return []Field{}
	case strings.HasPrefix(sql, "SELECT"):
		return int4("?column?")
	}
	return nil
}

// run carries out one statement of a portal.
func (s *fakeSession) run(ctx context.Context, p *fakePortal, maxRows int, out Output) error {
	fields := withFormats(fieldsOf(p.sql), p.formats)
	if s.status == 'E' && p.sql != "ROLLBACK" && p.sql != "COMMIT" {
		return errAborted()
	}
	switch sql := p.sql; {
	case sql == "":
		return out.Empty()
	case sql == "BEGIN":
		s.status = 'T'
		return out.Complete("BEGIN")
	case sql == "COMMIT" && s.status == 'T':
		s.status = 'I'
		return out.Complete("COMMIT")
	case sql == "ROLLBACK", sql == "COMMIT":
		if s.status == 'I' {
			out.Notice(pgerr.NewNotice(pgerr.SeverityWarning, pgerrcode.NoActiveSQLTransaction, "there is no transaction in progress"))
		}
		s.status = 'I'
		return out.Complete("ROLLBACK")
	case sql == "SELECT 1/0":
		return pgerr.New(pgerrcode.DivisionByZero, "division by zero")
	case sql == "SELECT 1":
		return rows(out, fields, maxRows, p, []types.Datum{types.Int(1)})
	case sql == "SELECT":
		return rows(out, fields, maxRows, p, []types.Datum{})
	case strings.HasPrefix(sql, "SELECT generate_series(1, "):
		var n int
		fmt.Sscanf(sql, "SELECT generate_series(1, %d)", &n)
		list := make([][]types.Datum, n)
		for i := range list {
			list[i] = []types.Datum{types.Int(int64(i + 1))}
		}
		return rows(out, fields, maxRows, p, list...)
	case strings.HasPrefix(sql, "SELECT $1::text"):
		return s.echo(out, fields, maxRows, p)
	case strings.HasPrefix(sql, "COPY"):
		return s.copy(sql, out)
	case strings.HasPrefix(sql, "SET application_name = "):
		out.ParameterStatus("application_name", strings.Trim(strings.TrimPrefix(sql, "SET application_name = "), "'"))
		return out.Complete("SET")
	case sql == "DROP TABLE IF EXISTS nosuch":
		out.Notice(pgerr.NewNotice(pgerr.SeverityNotice, pgerrcode.SuccessfulCompletion, `table "nosuch" does not exist, skipping`))
		return out.Complete("DROP TABLE")
	}
	return s.special(ctx, p.sql, out, fields)
}

// special are statements that no real server has.
func (s *fakeSession) special(ctx context.Context, sql string, out Output, fields []Field) error {
	switch sql {
	case "sleep":
		s.begun()
		<-ctx.Done()
		s.mu.Lock()
		s.lastErr = context.Cause(ctx)
		s.mu.Unlock()
		return ctx.Err()
	case "nap":
		s.begun()
		if s.wake != nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-s.wake:
			}
		}
		return out.Complete("NAP")
	case "panic":
		panic("at the disco")
	case "panic in a row":
		_ = out.Fields(int4("x"))
		o := out.(*output)
		o.c.w.begin('D')
		panic("halfway")
	case "fatal":
		return &Fatal{Err: pgerr.New(pgerrcode.CrashShutdown, "bad day")}
	case "secret":
		return fmt.Errorf("secret path /etc/shadow")
	case "big":
		if err := out.Fields([]Field{{Name: "t", Type: types.Type{OID: types.TextOID, Mod: -1}}}); err != nil {
			return err
		}
		for range 100 {
			if err := out.Row([]types.Datum{types.Text(strings.Repeat("x", 100_000))}); err != nil {
				return err
			}
		}
		return out.Complete("SELECT 100")
	}
	return pgerr.New(pgerrcode.SyntaxError, "syntax error at or near \"%s\"", strings.Fields(sql)[0]).At(0)
}

func (s *fakeSession) echo(out Output, fields []Field, maxRows int, p *fakePortal) error {
	row := make([]types.Datum, 2)
	for i := range row {
		if i >= len(p.values) || p.values[i] == nil {
			row[i] = types.Null
			continue
		}
		row[i] = types.Text(string(p.values[i]))
		if i == 1 {
			var n int64
			fmt.Sscan(string(p.values[i]), &n)
			row[i] = types.Int(n)
		}
	}
	return rows(out, fields, maxRows, p, row)
}

// copy counts lines in, and sends two out.
func (s *fakeSession) copy(sql string, out Output) error {
	if strings.Contains(sql, "TO STDOUT") {
		w, err := out.CopyOut(strings.Contains(sql, "binary"), 1)
		if err != nil {
			return err
		}
		for _, line := range []string{"1\n", "2\n"} {
			if err := w.Write([]byte(line)); err != nil {
				return err
			}
		}
		if err := w.Done(); err != nil {
			return err
		}
		return out.Complete("COPY 2")
	}
	in, err := out.CopyIn(strings.Contains(sql, "binary"), 1)
	if err != nil {
		return err
	}
	lines := 0
	for {
		data, err := in.Read()
		if err == io.EOF {
			return out.Complete(fmt.Sprintf("COPY %d", lines))
		}
		if err != nil {
			return err
		}
		if strings.Contains(string(data), "bad") {
			return pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type integer: \"bad\"")
		}
		lines += strings.Count(string(data), "\n")
	}
}

// rows sends what is left of a portal's rows up to its limit.
func rows(out Output, fields []Field, maxRows int, p *fakePortal, list ...[]types.Datum) error {
	if err := out.Fields(fields); err != nil {
		return err
	}
	sent := 0
	for p.next < len(list) {
		if maxRows > 0 && sent == maxRows {
			return out.Suspended()
		}
		if err := out.Row(list[p.next]); err != nil {
			return err
		}
		p.next++
		sent++
	}
	if maxRows > 0 && sent == maxRows { // as Postgres: it has not looked for the end yet
		return out.Suspended()
	}
	return out.Complete(fmt.Sprintf("SELECT %d", sent))
}

func withFormats(fields []Field, formats []int16) []Field {
	for i := range fields {
		switch {
		case len(formats) == 1:
			fields[i].Format = formats[0]
		case i < len(formats):
			fields[i].Format = formats[i]
		}
	}
	return fields
}

func (s *fakeSession) Parse(_ context.Context, name, sql string, params []types.OID) error {
	if strings.Contains(sql, ";") {
		return pgerr.New(pgerrcode.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	if strings.HasPrefix(sql, "SELEC ") {
		return pgerr.New(pgerrcode.SyntaxError, "syntax error at or near \"SELEC\"").At(0)
	}
	if s.statements[name] != nil && name != "" {
		return pgerr.New(pgerrcode.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", name)
	}
	if s.status == 'E' && sql != "ROLLBACK" && sql != "COMMIT" {
		return errAborted()
	}
	if strings.Contains(sql, "$1::text") {
		params = []types.OID{types.TextOID, types.Int4OID}
	}
	s.statements[name] = &fakeStatement{sql: sql, params: params}
	return nil
}

func (s *fakeSession) Bind(_ context.Context, portal, statement string, _ []int16, values [][]byte, formats []int16) error {
	st, err := s.statement(statement)
	if err != nil {
		return err
	}
	if len(values) != len(st.params) {
		return pgerr.New(pgerrcode.ProtocolViolation, "bind message supplies %d parameters, but prepared statement \"%s\" requires %d", len(values), statement, len(st.params))
	}
	if st.sql == "SELECT 1/0" { // folded while it is planned
		return pgerr.New(pgerrcode.DivisionByZero, "division by zero")
	}
	kept := make([][]byte, len(values))
	for i, v := range values {
		kept[i] = bytes.Clone(v)
	}
	s.portals[portal] = &fakePortal{sql: st.sql, values: kept, formats: slices.Clone(formats)}
	return nil
}

func (s *fakeSession) statement(name string) (*fakeStatement, error) {
	if st := s.statements[name]; st != nil {
		return st, nil
	}
	if name == "" {
		return nil, pgerr.New(pgerrcode.InvalidSQLStatementName, "unnamed prepared statement does not exist")
	}
	return nil, pgerr.New(pgerrcode.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", name)
}

func (s *fakeSession) portal(name string) (*fakePortal, error) {
	if p := s.portals[name]; p != nil {
		return p, nil
	}
	return nil, pgerr.New(pgerrcode.InvalidCursorName, "portal \"%s\" does not exist", name)
}

func (s *fakeSession) DescribeStatement(_ context.Context, name string) ([]types.OID, []Field, error) {
	st, err := s.statement(name)
	if err != nil {
		return nil, nil, err
	}
	return st.params, fieldsOf(st.sql), nil
}

func (s *fakeSession) DescribePortal(_ context.Context, name string) ([]Field, error) {
	p, err := s.portal(name)
	if err != nil {
		return nil, err
	}
	return withFormats(fieldsOf(p.sql), p.formats), nil
}

func (s *fakeSession) Execute(ctx context.Context, name string, maxRows int, out Output) error {
	p, err := s.portal(name)
	if err != nil {
		return err
	}
	return s.run(ctx, p, maxRows, out)
}

func (s *fakeSession) CloseStatement(name string) error { delete(s.statements, name); return nil }
func (s *fakeSession) ClosePortal(name string) error    { delete(s.portals, name); return nil }

func (s *fakeSession) Sync(_ context.Context, failed bool) error {
	if failed {
		s.abort()
	}
	if s.status == 'I' {
		clear(s.portals)
	}
	return nil
}
