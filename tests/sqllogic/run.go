package sqllogic

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// protocol is how a record reaches the server.
type protocol int

const (
	simple   protocol = iota // one Query message, text
	extended                 // Parse, Bind, Execute; text
	binary                   // the same; binary results
)

func (p protocol) String() string {
	return [...]string{"simple", "extended", "binary"}[p]
}

// statementTimeout is how long one record may take.
const statementTimeout = 20 * time.Second

// sessionSettings make answers independent of the server's surroundings.
var sessionSettings = []string{"TimeZone", "UTC", "DateStyle", "ISO, MDY", "IntervalStyle", "postgres", "extra_float_digits", "1"}

// A runner gives a script's records to a server, over one session for each name that the script has.
type runner struct {
	engine   string
	url      string
	protocol protocol
	sessions map[string]*pgconn.PgConn
}

// session opens, or finds, a session.
func (r *runner) session(ctx context.Context, name string) (*pgconn.PgConn, error) {
	if c := r.sessions[name]; c != nil {
		return c, nil
	}
	c, err := pgconn.Connect(ctx, r.url)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if r.sessions == nil {
		r.sessions = map[string]*pgconn.PgConn{}
	}
	r.sessions[name] = c
	return c, nil
}

func (r *runner) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, c := range r.sessions {
		_ = c.Close(ctx)
	}
}

// run executes one record. An error is a failure of the connection, not of the record.
func (r *runner) run(rec *record) (*outcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), statementTimeout)
	defer cancel()
	conn, err := r.session(ctx, rec.session)
	if err != nil {
		return nil, err
	}
	o := &outcome{}
	var fields []pgconn.FieldDescription
	var rows [][][]byte
	var tag pgconn.CommandTag
	if r.protocol == simple {
		fields, rows, tag, err = r.simple(ctx, conn, rec.sql)
	} else {
		fields, rows, tag, err = r.extended(ctx, conn, rec.sql)
	}
	if err != nil && !errors.As(err, &o.err) {
		return nil, err
	}
	if conn.IsClosed() {
		return nil, fmt.Errorf("the server closed the connection after: %w", err)
	}
	o.tag = tag.String()
	o.take(fields, rows, rec)
	return o, nil
}

// simple sends a Query message; of several results the last one counts.
func (r *runner) simple(ctx context.Context, conn *pgconn.PgConn, sql string) (fields []pgconn.FieldDescription, rows [][][]byte, tag pgconn.CommandTag, err error) {
	results := conn.Exec(ctx, sql)
	for results.NextResult() {
		fields, rows, tag = collect(results.ResultReader())
	}
	return fields, rows, tag, results.Close()
}

// extended sends the statement through the unnamed prepared statement.
func (r *runner) extended(ctx context.Context, conn *pgconn.PgConn, sql string) ([]pgconn.FieldDescription, [][][]byte, pgconn.CommandTag, error) {
	var formats []int16
	if r.protocol == binary {
		formats = []int16{1}
	}
	reader := conn.ExecParams(ctx, sql, nil, nil, nil, formats)
	fields, rows, tag := collect(reader)
	_, err := reader.Close()
	return fields, rows, tag, err
}

// collect reads a result to its end; its error comes again when its owner is closed.
func collect(reader *pgconn.ResultReader) (fields []pgconn.FieldDescription, rows [][][]byte, tag pgconn.CommandTag) {
	fields = append(fields, reader.FieldDescriptions()...)
	for reader.NextRow() {
		var row [][]byte
		for _, v := range reader.Values() {
			if v != nil {
				v = append([]byte{}, v...)
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	if len(fields) == 0 {
		fields = append(fields, reader.FieldDescriptions()...)
	}
	tag, _ = reader.Close()
	return fields, rows, tag
}
