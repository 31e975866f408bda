package vecengine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"vecgres/vecengine/flat"
	"vecgres/vecengine/hnsw"
	"vecgres/vecengine/log"
)

// A head is sealed when scanning it costs more than sealNanos a query, or when it has sealRows rows or sealBytes bytes.
const (
	sealNanos   = 50_000
	sealRowsMin = 1024
	sealRows    = 64 << 10
	sealBytes   = 16 << 20
	// A table that nobody wrote to for idleSeal is sealed, unless it is so small that its scan costs nothing.
	idleSeal    = 5 * time.Second
	idleRowsMin = 1024
)

// sealLimit is the number of head rows at which a table with this schema is sealed.
func (e *Engine) sealLimit(s *Schema) int {
	if e.opts.SealRows > 0 {
		return e.opts.SealRows
	}
	limit := sealRows
	for i := range s.Columns {
		if dim := s.Columns[i].Dim; dim > 0 {
			ns := flat.Calibrate().ScanFloat.RowNs(4*dim, sealBytes)
			limit = min(limit, max(sealRowsMin, int(sealNanos/ns)))
		}
	}
	for _, x := range s.computedIndexes() {
		ns := flat.Calibrate().ScanFloat.RowNs(hnsw.RowBytes(x.Element, x.Dim), sealBytes)
		limit = min(limit, max(sealRowsMin, int(sealNanos/ns)))
	}
	return limit
}

// smallMerge is the number of rows up to which a merge does not have to wait for a large one of another table.
const smallMerge = 50_000

// maintState is what the background knows about a table between two looks.
type maintState struct {
	seen   atomic.Uint64 // content version at the last look
	since  atomic.Int64  // when it was first seen, unix nanoseconds
	due    atomic.Bool   // it is in the list of tables to be sealed
	sealAt atomic.Int64  // head rows from which a look is worth it; 0: not known yet
	// toMerge: the segments have changed since the merger last looked.
	toMerge, toBuild atomic.Bool
	searchedAt       atomic.Int64 // when its vectors were last searched, unix nanoseconds
}

// flusher is a round of the first background goroutine; all looks at every open table.
func (e *Engine) flusher(ctx context.Context, all bool) {
	e.runQueue(ctx)
	for e.pressure.Swap(false) {
		if err := e.flushLargest(ctx); err != nil {
			e.complain(ctx, "memory could not be given back", nil, err)
			break
		}
	}
	b := &e.background
	b.mu.Lock()
	due := b.due
	b.due = nil
	b.mu.Unlock()
	if all {
		e.tables.Range(func(_, v any) bool {
			due = append(due, v.(*table))
			return true
		})
	}
	now := time.Now()
	for _, t := range due {
		t.state.due.Store(false)
		if ctx.Err() != nil || e.Err() != nil {
			return
		}
		if err := t.maintainHead(ctx, now); err != nil {
			e.complain(ctx, "a head could not be flushed", t, err)
		}
	}
	if e.log.Size() > e.opts.LogBytes && e.Err() == nil {
		if err := e.shortenLog(ctx, e.opts.LogBytes/2); err != nil {
			e.complain(ctx, "the commit log could not be shortened", nil, err)
		}
	}
}

// complainAgain is how long the same complaint is not repeated: what fails each second would fill the log.
const complainAgain = 10 * time.Minute

// complaint is what failed last at one place, and when it was told.
type complaint struct {
	text string
	told time.Time
}

// complain tells what background work met: loudly, and once, until something else fails there.
func (e *Engine) complain(ctx context.Context, what string, t *table, err error) {
	if ctx.Err() != nil || errors.Is(err, ErrNoNamespace) {
		return
	}
	if errors.Is(err, ErrMemory) { // tried again at every tick
		now := time.Now().Unix()
		if last := e.shortAt.Load(); now-last < 60 || !e.shortAt.CompareAndSwap(last, now) {
			return
		}
	}
	args, place := []any{"error", err}, what
	if t != nil {
		args, place = append(args, "table", t.id), fmt.Sprint(what, t.id)
	}
	now := complaint{err.Error(), time.Now()}
	if was, ok := e.complaints.Swap(place, now); ok {
		if was := was.(complaint); was.text == now.text && now.told.Sub(was.told) < complainAgain {
			e.complaints.Store(place, was)
			return
		}
	}
	e.logger.Error(what, args...)
}

// maintainHead seals the head when it is large or idle.
func (t *table) maintainHead(ctx context.Context, now time.Time) error {
	v := t.newest.Load()
	if v == nil {
		return nil
	}
	if t.state.seen.Swap(v.content) != v.content {
		t.state.since.Store(now.UnixNano())
	}
	t.state.sealAt.Store(int64(t.ns.e.sealLimit(v.schema)))
	if !v.dropped && !t.sealDue(t.idle(now)) {
		return nil
	}
	return t.flush(ctx)
}

func (t *table) idle(now time.Time) bool {
	since := t.state.since.Load()
	return since != 0 && now.Sub(time.Unix(0, since)) >= idleSeal
}

// merger and builder are rounds of the other two.
func (e *Engine) merger(ctx context.Context, all bool)  { e.mergeTables(ctx, all, false) }
func (e *Engine) builder(ctx context.Context, all bool) { e.mergeTables(ctx, all, true) }

func (e *Engine) mergeTables(ctx context.Context, all, large bool) {
	now := time.Now()
	e.tables.Range(func(_, v any) bool {
		t := v.(*table)
		changed := t.state.toMerge.Swap(false)
		if large {
			changed = t.state.toBuild.Swap(false)
		}
		if changed || all && t.idle(now) {
			if err := t.mergeDue(ctx, now, large); err != nil {
				e.complain(ctx, "segments could not be merged", t, err)
			}
		}
		return ctx.Err() == nil && e.Err() == nil
	})
}

// mergeDue merges what the size tiers say, and what an idle table needs to become one segment with all its graphs.
func (t *table) mergeDue(ctx context.Context, now time.Time, large bool) error {
	if t.current() == nil || t.broken != nil {
		return nil
	}
	if !t.maint.merging.tryLock() {
		// An index is being built, or another merge runs: look again at the next occasion.
		if large {
			t.state.toBuild.Store(true)
		} else {
			t.state.toMerge.Store(true)
		}
		return nil
	}
	defer t.unlockMerging()
	size := func(pick func([]*partRef) []*partRef) func([]*partRef) []*partRef {
		return func(parts []*partRef) []*partRef {
			chosen := pick(parts)
			rows := 0
			for _, r := range chosen {
				rows += int(r.n)
			}
			if rows > smallMerge != large {
				return nil
			}
			return chosen
		}
	}
	for {
		more, err := t.mergeLocked(ctx, size(pickMerge))
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if t.idle(now) {
		if _, err := t.mergeLocked(ctx, size(pickIdle)); err != nil {
			return err
		}
	}
	if v := t.current(); v != nil && (large || v.rows() <= smallMerge) {
		return t.buildLacking(ctx, nil)
	}
	return nil
}

// idleDeadShare is the share of dead rows that a table at rest is not left with: space and graphs stay within 1.25 times what the living need. While
// it is written to, only a segment of which more than half is dead is rewritten, since each rewriting builds a graph.
const idleDeadShare = 0.2

// pickIdle chooses the merges of a table that nobody writes to: towards one segment, but a large one is rewritten only when the others
// together are worth it, or the dead.
func pickIdle(parts []*partRef) []*partRef {
	total, largest, dead := 0, 0, 0
	for _, r := range parts {
		total += r.visible()
		largest = max(largest, r.visible())
		dead += int(r.dead)
	}
	if dead > idleRowsMin && float64(dead) > idleDeadShare*float64(total+dead) {
		return parts
	}
	if len(parts) < 2 || total-largest < largest/8 {
		return nil
	}
	return parts
}

// sealDue looks at the sizes of the table's heads.
func (t *table) sealDue(idle bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.newest.Load()
	if v.dropped {
		return false
	}
	rows, bytes, ends := 0, int64(0), 0
	for _, r := range v.parts {
		if idle { // what ended since the last flush cannot be merged away before the next
			for i := len(r.part.ends) - 1; i >= 0 && r.part.ends[i].ts > t.flushed; i-- {
				ends++
			}
		}
		if r.head != nil {
			rows += int(r.n)
			bytes += r.head.bytes()
		} else if r.adopted {
			rows += int(r.n)
		}
	}
	return rows >= t.ns.e.sealLimit(v.schema) || bytes >= sealBytes || idle && max(rows, ends) >= idleRowsMin
}

// Maintain seals and merges a table now until nothing is left to do: one segment, with all its indexes built.
func (e *Engine) Maintain(ctx context.Context, id TableID) error { return e.MaintainWithin(ctx, id, 0) }

// MaintainWithin is Maintain in which no build takes more than buildBytes of memory, 0 for half of the engine's: a table whose graph would take more
// gets several segments. *MemoryError when there is one that is too large already.
func (e *Engine) MaintainWithin(ctx context.Context, id TableID, buildBytes int64) error {
	t := e.table(id)
	if t == nil || t.newest.Load() == nil {
		return ErrNoTable
	}
	e.runQueue(ctx)
	if err := t.flush(ctx); err != nil {
		return err
	}
	if err := t.makeOne(ctx, buildBytes); err != nil {
		return err
	}
	e.runQueue(ctx)
	return nil
}

// makeOne merges all segments and builds what is lacking.
func (t *table) makeOne(ctx context.Context, buildBytes int64) error {
	if err := t.lockBuilding(ctx, buildBytes); err != nil {
		return err
	}
	defer t.unlockBuilding()
	if _, err := t.mergeLocked(ctx, pickAll); err != nil {
		return err
	}
	return t.buildLacking(ctx, nil)
}

// Checkpoint flushes all heads to segments and shortens the log.
func (e *Engine) Checkpoint(ctx context.Context) error {
	if err := e.Err(); err != nil {
		return err
	}
	e.runQueue(ctx)
	return e.shortenLog(ctx, 0)
}

// shortenLog flushes what keeps the log longer than keep bytes, oldest first, and unlinks what is no longer needed.
func (e *Engine) shortenLog(ctx context.Context, keep int64) error {
	target := e.log.End()
	if log.LSN(keep) < target {
		target -= log.LSN(keep)
	} else {
		return nil
	}
	var stuck []error // namespaces that cannot be opened or flushed hold the log at their records, but not the others
	if first, spaces := e.recovery.oldest(); first != 0 && first < target {
		for _, id := range spaces {
			if err := e.OpenNamespace(ctx, id); err != nil && !errors.Is(err, ErrNoNamespace) {
				stuck = append(stuck, err)
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
	}
	late := map[*namespace][]*table{}
	e.tables.Range(func(_, v any) bool {
		t := v.(*table)
		t.mu.Lock()
		if t.dirty != 0 && t.dirty < target {
			late[t.ns] = append(late[t.ns], t)
		}
		t.mu.Unlock()
		return true
	})
	for ns, tables := range late {
		slices.SortFunc(tables, func(a, b *table) int { return cmp.Compare(a.id, b.id) })
		if err := ns.flush(ctx, tables); err != nil && !errors.Is(err, ErrNoNamespace) {
			if e.Err() != nil || errors.Is(err, ErrFull) || ctx.Err() != nil {
				return err
			}
			stuck = append(stuck, err)
		}
	}
	return errors.Join(append(stuck, e.cutLog())...)
}

// cutLog unlinks the log before the oldest record that somebody needs.
func (e *Engine) cutLog() error {
	if _, err := e.log.Rotate(); err != nil {
		return e.logError(err)
	}
	floor, err := e.ids.repeat(e)
	if err != nil {
		return err
	}
	// No commit may pass from pending to published while we look, or it would be seen in neither place.
	e.publishMu.Lock()
	defer e.publishMu.Unlock()
	e.commitMu.Lock()
	if len(e.pending) > 0 {
		floor = min(floor, e.pending[0].lsn)
	}
	e.commitMu.Unlock()
	need := func(lsn log.LSN) {
		if lsn != 0 {
			floor = min(floor, lsn)
		}
	}
	first, _ := e.recovery.oldest()
	need(first)
	e.tables.Range(func(_, v any) bool {
		t := v.(*table)
		t.mu.Lock()
		need(t.dirty)
		need(t.flushing)
		t.mu.Unlock()
		return true
	})
	e.spaces.Range(func(_, v any) bool {
		need(log.LSN(v.(*namespace).dropLSN.Load()))
		return true
	})
	return e.log.TruncateBefore(floor)
}
