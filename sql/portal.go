package sql

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgerrcode"

	"vecgres/planner/exec"
	"vecgres/sql/client"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// portal is a statement bound to its parameters, perhaps half run. SQL's cursors are portals too.
type portal struct {
	*prepared
	values  []types.Datum
	formats []int16 // as in Bind: none, one for all, one for each
	fields  []client.Field

	started  bool
	done     bool
	rows     rowSource
	exec     *exec.Context
	tag      string
	affected int64
	sent     int64   // rows of this Execute
	total    int64   // rows of all of them
	cursor   *cursor // DECLARE made it
	level    int     // how many savepoints there were when it was made
	room     *execution
}

// rowSource gives rows one by one; a row is valid until the next call.
type rowSource interface {
	Next() (row []types.Datum, ok bool, err error)
	Close() error
}

// rowList is rows that are there already.
type rowList struct {
	rows [][]types.Datum
	at   int
}

func (l *rowList) Next() ([]types.Datum, bool, error) {
	if l.at == len(l.rows) {
		return nil, false, nil
	}
	l.at++
	return l.rows[l.at-1], true, nil
}

func (l *rowList) Close() error { return nil }

// formatted gives fields the formats of Bind.
func (p *portal) formatted(fields []client.Field) []client.Field {
	if len(p.formats) == 0 || len(fields) == 0 {
		return fields
	}
	last := &p.prepared.shown
	if len(last.of) == len(fields) && &last.of[0] == &fields[0] && slices.Equal(last.formats, p.formats) {
		return last.fields
	}
	out := append([]client.Field(nil), fields...)
	for i := range out {
		out[i].Format = formatOf(p.formats, i)
	}
	*last = shownFields{of: fields, formats: slices.Clone(p.formats), fields: out}
	return out
}

// shownFields are a statement's fields with the formats of its last Bind, which the next one is likely to ask for again.
type shownFields struct {
	of, fields []client.Field
	formats    []int16
}

// countedTag is the tag of a statement's last completion, whose number is likely to come again.
type countedTag struct {
	tag   string
	count int64
	text  string
}

func (c *countedTag) of(tag string, count int64) string {
	if c.text == "" || c.tag != tag || c.count != count {
		*c = countedTag{tag, count, tag + " " + strconv.FormatInt(count, 10)}
	}
	return c.text
}

func formatOf(formats []int16, i int) int16 {
	switch {
	case len(formats) == 0:
		return 0
	case len(formats) == 1:
		return formats[0]
	case i < len(formats):
		return formats[i]
	}
	return 0
}

// completion is the command tag.
func (p *portal) completion() string {
	switch p.tag {
	case "SELECT", "FETCH":
		return p.completed.of(p.tag, p.sent)
	case "INSERT":
		return p.completed.of("INSERT 0", p.count())
	case "UPDATE", "DELETE", "COPY", "MOVE":
		return p.completed.of(p.tag, p.count())
	}
	return p.tag
}

// count is the number of rows in the tag: with RETURNING those that this Execute has sent, as in Postgres.
func (p *portal) count() int64 {
	if p.fields != nil {
		return p.sent
	}
	return p.affected
}

// next gives the next row; of a cursor the one after its place.
func (p *portal) next() ([]types.Datum, bool, error) {
	if p.cursor == nil {
		return p.rows.Next()
	}
	ok, err := p.step()
	if err != nil || !ok {
		return nil, false, err
	}
	return p.cursor.seen[p.cursor.at-1], true, nil
}

// release gives a portal's resources up.
func (s *Session) release(p *portal) {
	if p.rows != nil {
		_ = p.rows.Close() // a reader's close has nothing to tell
		p.rows = nil
	}
	if p.exec != nil {
		p.exec.View.Close()
		*p.exec = exec.Context{} // its memory may be kept, which must not keep what the view saw
		p.exec = nil
	}
}

// newPortal gives a portal for a Bind. That of an unnamed portal which handles rows is used again with its memory: the one before is closed, and nothing
// that it made outlives it. (A utility statement may hand its values on, to a cursor for one.)
func (s *Session) newPortal(name string, p *prepared, values int) *portal {
	if name != "" || p.plan == nil {
		return &portal{prepared: p, values: make([]types.Datum, values)}
	}
	old := &s.unnamed
	room := old.values[:cap(old.values)]
	for len(room) < values {
		room = append(room, types.Null)
	}
	*old = portal{prepared: p, values: room[:values], formats: old.formats[:0], room: old.room}
	return old
}

// What a session without a portal keeps for the next unnamed one: so many values, and of their vectors so many elements.
const (
	keptValues   = 1024
	keptElements = 1 << 16
)

// drop ends a portal. Of the unnamed one's memory, vectors wait for the next, unless they are many.
func (s *Session) drop(name string, p *portal) {
	s.release(p)
	delete(s.portals, name)
	if p != &s.unnamed {
		return
	}
	if cap(p.values) > keptValues {
		p.values = nil
	}
	elements := 0
	for i, v := range p.values {
		vector, _ := v.X.([]float32)
		if elements += len(vector); vector == nil || elements > keptElements {
			p.values[i] = types.Null
		}
	}
}

// closePortals drops the portals made after so many savepoints.
func (s *Session) closePortals(level int) {
	for name, p := range s.portals {
		if p.level >= level {
			s.drop(name, p)
		}
	}
}

// Bind makes a portal of a prepared statement and its parameters' values. Nothing of the arguments is kept.
func (s *Session) Bind(ctx context.Context, name, statement string, paramFormats []int16, values [][]byte, resultFormats []int16) (err error) {
	s.begin(nil, "")
	defer func() { err = s.statementFailed(ctx, s.statementText(statement), err, recover()) }()
	p, ok := s.statements[statement]
	if !ok {
		return noStatement(statement)
	}
	if s.txn != nil && s.txn.failed && (p.stmt == nil || !endsFailedBlock(p.stmt.Stmt)) {
		return errInFailed
	}
	if err := checkBind(name, p, paramFormats, values, resultFormats); err != nil {
		return err
	}
	if err := s.ensureTransaction(); err != nil {
		return err
	}
	if old := s.portals[name]; old != nil {
		if name != "" {
			return pgerr.New(pgerrcode.DuplicateCursor, "cursor %q already exists", name)
		}
		s.drop(name, old)
	}
	port := s.newPortal(name, p, len(values))
	port.formats = append(port.formats, resultFormats...)
	for i, v := range values {
		format := formatOf(paramFormats, i)
		if port.values[i], err = s.paramValue(p.params[i], format, v, port.values[i]); err != nil {
			return inParameter(err, name, i, format)
		}
	}
	if p.plan != nil {
		if err := s.beginStatement(ctx); err != nil {
			return err
		}
		if err := s.readyPlan(ctx, p); err != nil {
			return err
		}
	}
	port.fields = port.formatted(p.fields)
	port.level = len(s.txn.savepoints)
	s.portals[name] = port
	return nil
}

func checkBind(name string, p *prepared, paramFormats []int16, values [][]byte, resultFormats []int16) error {
	if len(values) != len(p.params) {
		return pgerr.New(pgerrcode.ProtocolViolation, "bind message supplies %d parameters, but prepared statement %q requires %d", len(values), p.name, len(p.params))
	}
	if n := len(paramFormats); n > 1 && n != len(values) {
		return pgerr.New(pgerrcode.ProtocolViolation, "bind message has %d parameter formats but %d parameters", n, len(values))
	}
	if n := len(resultFormats); n > 1 && n != len(p.fields) {
		return pgerr.New(pgerrcode.ProtocolViolation, "bind message has %d result formats but query has %d columns", n, len(p.fields))
	}
	for _, list := range [][]int16{paramFormats, resultFormats} {
		for _, f := range list {
			if f != 0 && f != 1 {
				return pgerr.New(pgerrcode.InvalidParameterValue, "unsupported format code: %d", f)
			}
		}
	}
	return nil
}

// inParameter tells which parameter has the fault. Its value is not shown.
func inParameter(err error, portal string, i int, format int16) error {
	e := *pgerr.From(err)
	e.Where = fmt.Sprintf("portal %q parameter $%d", portal, i+1)
	if portal == "" {
		e.Where = fmt.Sprintf("unnamed portal parameter $%d", i+1)
	}
	if format == 0 {
		e.Where += " = '...'"
	}
	return &e
}

// paramValue decodes a parameter, perhaps into the memory of old, its value in a portal that is gone.
func (s *Session) paramValue(oid types.OID, format int16, v []byte, old types.Datum) (types.Datum, error) {
	if v == nil {
		return types.Null, nil
	}
	if format == 1 {
		return types.DecodeBinaryOver(s.Env(), types.T(oid), v, old)
	}
	text := string(v)
	if err := types.CheckText(text); err != nil {
		return types.Null, err
	}
	return types.ParseText(s.Env(), types.T(oid), text)
}

// DescribePortal gives the fields with their formats; nil means no rows.
func (s *Session) DescribePortal(_ context.Context, name string) ([]client.Field, error) {
	p, ok := s.portals[name]
	if !ok {
		return nil, noPortal(name)
	}
	p.told = true
	return p.fields, nil
}

func noPortal(name string) error {
	return pgerr.New(pgerrcode.InvalidCursorName, "portal %q does not exist", name)
}

// Execute runs a portal for at most max rows, 0 for all.
func (s *Session) Execute(ctx context.Context, name string, max int, out client.Output) (err error) {
	p, ok := s.portals[name]
	if !ok {
		return noPortal(name)
	}
	s.begin(out, p.text)
	ctx, cancel := s.statementContext(ctx)
	defer cancel()
	defer func() { err = s.statementFailed(ctx, p.text, err, recover()) }()
	if p.stmt == nil {
		return out.Empty()
	}
	if p.done {
		p.sent, p.affected = 0, 0
		return out.Complete(p.completion())
	}
	if !p.started {
		if err := s.start(ctx, p, out); err != nil {
			return err
		}
	}
	if p.fields != nil {
		if err := out.Fields(p.fields); err != nil {
			return err
		}
	}
	p.sent = 0
	before := p.total
	p.done, err = s.pump(ctx, p, max, out)
	p.total = before + p.sent
	if p.cursor != nil {
		p.done = false // it may go back
	} else if p.done {
		s.release(p)
	}
	return err
}

// ClosePortal drops a portal; one that is not there is no error.
func (s *Session) ClosePortal(name string) error {
	if p, ok := s.portals[name]; ok {
		s.drop(name, p)
	}
	return nil
}

// Sync ends the implicit transaction.
func (s *Session) Sync(ctx context.Context, failed bool) (err error) {
	s.begin(nil, "")
	defer s.rest()
	defer s.reportSettings()
	defer func() { err = s.statementFailed(ctx, "", err, recover()) }()
	if failed {
		s.fail(ctx)
		return nil
	}
	return s.endImplicit(ctx)
}
