package sql

import (
	"context"
	"math"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// cursor is a portal that DECLARE made. The rows read so far are kept when it may scroll; at is the row that it stands on, from 1; 0 is before the
// first, and one past the last is after it.
type cursor struct {
	scroll bool
	binary bool // FETCH by the simple protocol gives binary
	seen   [][]types.Datum
	at     int
	ended  bool
}

func (s *Session) runDeclare(ctx context.Context, p *portal, st *ast.DeclareCursor) error {
	if st.Hold {
		return pgerr.Unimplemented("DECLARE CURSOR WITH HOLD")
	}
	if s.txn == nil || !s.txn.block {
		return errNoBlock("DECLARE CURSOR")
	}
	if _, ok := s.portals[st.Name]; ok {
		return pgerr.New(pgerrcode.DuplicateCursor, "cursor %q already exists", st.Name)
	}
	if err := s.beginStatement(ctx); err != nil {
		return err
	}
	target := p.inner(st.Query)
	if err := s.readyPlan(ctx, target); err != nil {
		return err
	}
	port := &portal{prepared: target, values: p.values, cursor: &cursor{scroll: !st.NoScroll, binary: st.Binary}, started: true, level: len(s.txn.savepoints)}
	if err := s.open(ctx, port, target.plan); err != nil {
		return err
	}
	s.portals[st.Name] = port
	return nil
}

func noCursor(name string) error {
	return pgerr.New(pgerrcode.InvalidCursorName, "cursor %q does not exist", name)
}

func (s *Session) runCloseCursor(name string) error {
	if name == "" {
		for n, p := range s.portals {
			if p.cursor != nil {
				s.drop(n, p)
			}
		}
		return nil
	}
	p, ok := s.portals[name]
	if !ok {
		return noCursor(name)
	}
	s.drop(name, p)
	return nil
}

func (s *Session) runFetch(ctx context.Context, p *portal, st *ast.Fetch) error {
	port, ok := s.portals[st.Cursor]
	if !ok {
		return noCursor(st.Cursor)
	}
	if err := s.makeCursor(ctx, port); err != nil {
		return err
	}
	port.runUnder(ctx)
	rows, err := port.fetch(st.Direction, st.Count)
	if err != nil {
		return err
	}
	if st.Move {
		p.tag, p.affected = "MOVE", int64(len(rows))
		return nil
	}
	if p.simple && port.cursor.binary {
		p.formats = []int16{1}
	}
	p.fields, p.rows, p.tag = p.formatted(fieldsOf(port.plan.Out)), &rowList{rows: rows}, "FETCH"
	return nil
}

// makeCursor lets FETCH go on with a portal of the extended protocol. Rows already sent are not kept.
func (s *Session) makeCursor(ctx context.Context, p *portal) error {
	if p.cursor != nil {
		return nil
	}
	if p.plan == nil {
		return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "portal %q cannot be run", p.name)
	}
	if !p.started {
		if err := s.start(ctx, p, nil); err != nil {
			return err
		}
	}
	p.cursor = &cursor{seen: make([][]types.Datum, p.total), at: int(p.total), ended: p.done}
	p.done = false
	return nil
}

// step moves one row forward; false at the end.
func (p *portal) step() (bool, error) {
	c := p.cursor
	if c.at < len(c.seen) {
		c.at++
		return true, nil
	}
	if c.ended {
		c.at = len(c.seen) + 1
		return false, nil
	}
	row, ok, err := p.rows.Next()
	if err != nil {
		return false, err
	}
	if !ok {
		c.ended, c.at = true, len(c.seen)+1
		return false, nil
	}
	if !c.scroll && len(c.seen) > 0 {
		c.seen[len(c.seen)-1] = nil // the place is counted, the row is let go
	}
	c.seen = append(c.seen, append([]types.Datum(nil), row...))
	c.at = len(c.seen)
	return true, nil
}

func (p *portal) fetch(direction string, count int64) ([][]types.Datum, error) {
	c := p.cursor
	switch direction {
	case "FORWARD":
		if count < 0 {
			return p.backward(-count)
		}
		return p.forward(count)
	case "BACKWARD":
		if count < 0 {
			return p.forward(-count)
		}
		return p.backward(count)
	case "RELATIVE":
		return p.absolute(int64(c.at) + count)
	case "ABSOLUTE":
		if count < 0 {
			for {
				if ok, err := p.step(); err != nil || !ok {
					if err != nil {
						return nil, err
					}
					break
				}
			}
			count += int64(len(c.seen)) + 1
		}
		return p.absolute(count)
	}
	return nil, pgerr.Unimplemented("FETCH " + direction)
}

func (p *portal) forward(count int64) ([][]types.Datum, error) {
	c := p.cursor
	if count == 0 {
		return p.here(), nil
	}
	var out [][]types.Datum
	for n := int64(0); n < count; n++ {
		ok, err := p.step()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		out = append(out, c.seen[c.at-1])
	}
	return out, nil
}

func (p *portal) here() [][]types.Datum {
	c := p.cursor
	if c.at < 1 || c.at > len(c.seen) {
		return nil
	}
	return c.seen[c.at-1 : c.at]
}

var errNoScroll = pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "cursor can only scan forward").WithHint("Declare it with SCROLL option to enable backward scan.")

func (p *portal) backward(count int64) ([][]types.Datum, error) {
	c := p.cursor
	if count == 0 {
		return p.here(), nil
	}
	if !c.scroll {
		return nil, errNoScroll
	}
	var out [][]types.Datum
	for n := int64(0); n < count && c.at > 0; n++ {
		c.at--
		if c.at > 0 {
			out = append(out, c.seen[c.at-1])
		}
	}
	return out, nil
}

// absolute goes to a row, reading on where it must.
func (p *portal) absolute(to int64) ([][]types.Datum, error) {
	c := p.cursor
	to = max(0, min(to, math.MaxInt32))
	if int(to) < c.at && !c.scroll {
		return nil, errNoScroll
	}
	if int(to) <= len(c.seen) {
		c.at = int(to)
		return p.here(), nil
	}
	for c.at < int(to) {
		ok, err := p.step()
		if err != nil || !ok {
			return nil, err
		}
	}
	return p.here(), nil
}
