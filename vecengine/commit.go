package vecengine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"vecgres/vecengine/column"
	"vecgres/vecengine/log"
)

// A commit goes through three steps, so that a crash between any two leaves it whole or not there at all:
//
//	append   under commitMu: the timestamp is taken and the record put into the log's buffer, so log order is timestamp order
//	sync     the log makes the record durable, together with those of other transactions
//	publish  under publishMu, in log order: new table versions are installed, then registry.committed moves
//
// Locks are given up after the last step: whoever waited for one then finds the published versions.

// pendingCommit is a transaction between append and publish.
type pendingCommit struct {
	txn *Txn
	ts  Timestamp
	lsn log.LSN
}

// Commit makes the transaction durable and visible, in that order. An error means that it is not committed and was rolled back, except
// *IndeterminateError (the sync failed). A read-only transaction costs nothing. Once the record is in the log, ctx no longer counts.
func (t *Txn) Commit(ctx context.Context) error {
	if t.done {
		return errDone
	}
	if !t.hasWrites() {
		t.end()
		return nil
	}
	lsn, err := t.appendCommit(ctx)
	if err != nil {
		t.Rollback()
		return err
	}
	if err := t.e.log.Sync(context.WithoutCancel(ctx), lsn); err != nil {
		t.e.stop(err)
		t.end() // neither published nor discarded: files that the record names must stay
		return &IndeterminateError{Cause: err}
	}
	t.e.publishUpTo(lsn)
	t.end()
	return nil
}

func (t *Txn) hasWrites() bool {
	for _, w := range t.order {
		if w.touched() || w.dropped {
			return true
		}
	}
	return len(t.spaces) > 0
}

func (t *Txn) appendCommit(ctx context.Context) (log.LSN, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if err := t.e.Err(); err != nil {
		return 0, err
	}
	if err := t.e.noteIDs(); err != nil {
		return 0, err
	}
	err := guard(func() error {
		for _, w := range t.order {
			if err := w.prepare(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	rec, err := t.record()
	if err != nil {
		return 0, err
	}
	e := t.e
	e.commitMu.Lock()
	defer e.commitMu.Unlock()
	ts := e.lastTS + 1
	rec.stamp(ts)
	lsn, err := e.log.Append(rec.b)
	if err != nil {
		return 0, e.logError(err)
	}
	e.lastTS = ts
	e.pending = append(e.pending, pendingCommit{t, ts, lsn})
	return lsn, nil
}

// logError names what the log said in the engine's terms.
func (e *Engine) logError(err error) error {
	switch {
	case errors.Is(err, log.ErrFull):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case errors.Is(err, log.ErrFailed):
		e.stop(err)
		return fmt.Errorf("%w: %w", ErrStopped, err)
	}
	return err
}

// prepare finds all versions that the transaction ended while it can still be refused.
func (w *tableWrites) prepare() error {
	if len(w.endList) == 0 || w.dropped {
		return nil
	}
	v := w.current()
	if v == nil {
		return ErrNoTable
	}
	_, missed, err := w.resolve(v)
	if err == nil && missed > 0 {
		panic("vecengine: a locked row's version was ended by somebody else")
	}
	return err
}

// record encodes the transaction.
func (t *Txn) record() (*recordWriter, error) {
	size := 64
	for _, w := range t.order {
		for _, p := range w.parts {
			if p.head != nil {
				size += int(p.n)*(p.shape.rowWidth+16) + 256
			}
		}
		size += 4 * len(w.endList)
	}
	rec := newRecord(size)
	for _, s := range t.spaces {
		if !s.dropped {
			rec.op(opCreateSpace, s.ns, func(dst []byte) []byte { return dst })
		}
	}
	for _, w := range t.order {
		if err := w.record(rec, t.spaceDropped(w.ns.id)); err != nil {
			return nil, err
		}
	}
	for _, s := range t.spaces {
		if s.dropped {
			rec.op(opDropSpace, s.ns, func(dst []byte) []byte { return dst })
		}
	}
	return rec, nil
}

func (w *tableWrites) record(rec *recordWriter, gone bool) error {
	ns := w.ns.id
	if w.dropped || gone {
		if !w.created {
			rec.op(opDropTable, ns, func(dst []byte) []byte { return binary.AppendUvarint(dst, uint64(w.id)) })
		}
		return nil
	}
	if w.created || w.altered {
		kind := byte(opAlterTable)
		if w.created {
			kind = opCreateTable
		}
		rec.op(kind, ns, func(dst []byte) []byte {
			return appendSchema(binary.AppendUvarint(dst, uint64(w.id)), w.schema)
		})
	}
	if len(w.endList) > 0 {
		rows := make([]uint64, len(w.endList))
		for i, loc := range w.endList {
			rows[i] = uint64(loc.Row)
		}
		rec.op(opEnds, ns, func(dst []byte) []byte {
			return appendRising(binary.AppendUvarint(dst, uint64(w.id)), rows)
		})
	}
	for _, p := range w.parts {
		if p.seg != nil {
			rec.op(opAdopt, ns, func(dst []byte) []byte { return appendAdoption(dst, w.id, p.adoption()) })
			continue
		}
		for _, rows := range p.liveRuns() {
			logged, err := p.logged(rows)
			if err != nil {
				return err
			}
			rec.op(opRows, ns, func(dst []byte) []byte { return appendRows(dst, w.id, logged) })
		}
	}
	return nil
}

// liveRuns lists the rows of a private head that the transaction did not end again, a chunk at a time.
func (p *ownPart) liveRuns() []headRows {
	var out []headRows
	for _, c := range p.head.chunks {
		if c.n == 0 {
			continue
		}
		r := headRows{count: c.n, rowIDs: c.rowIDs[:c.n], cols: make([]column.Column, len(c.cols))}
		for i := range c.cols {
			r.cols[i] = c.cols[i].slice(0, c.n, true)
		}
		r.keys = p.head.valuesOf(c)
		if p.ended != nil && p.ended.CardinalityInRange(uint64(c.base), uint64(c.base+c.n)) > 0 {
			r = p.withoutEnded(r, c.base)
		}
		if r.count > 0 {
			out = append(out, r)
		}
	}
	return out
}

func (p *ownPart) withoutEnded(r headRows, base int) headRows {
	all := r
	r.sel, r.rowIDs = []uint32{}, nil
	r.keys = make([][][]byte, len(all.keys))
	for i := range all.count {
		if p.ended.Contains(uint32(base + i)) {
			continue
		}
		r.sel = append(r.sel, uint32(i))
		r.rowIDs = append(r.rowIDs, all.rowIDs[i])
		for x := range all.keys {
			r.keys[x] = append(r.keys[x], all.keys[x][i])
		}
	}
	r.count = len(r.sel)
	return r
}

// logged gives rows in the shape of the log.
func (p *ownPart) logged(r headRows) (*loggedRows, error) {
	out := &loggedRows{rowIDs: r.rowIDs, indexes: p.shape.indexes()}
	for i, def := range p.shape.cols {
		out.columns = append(out.columns, def.id)
		c := r.cols[i]
		if r.sel != nil {
			b := column.NewBuilder(def.kind, def.dim, r.count)
			b.AppendRows(&c, r.sel)
			c = b.Finish()
		}
		out.cols = append(out.cols, c)
	}
	for x := range p.shape.keys {
		b := column.NewBuilder(column.Bytes, 0, r.count)
		for _, key := range r.keys[x] {
			if key == nil {
				b.AppendNull()
			} else {
				b.AppendBytes(key)
			}
		}
		out.keys = append(out.keys, b.Finish())
	}
	return out, nil
}
