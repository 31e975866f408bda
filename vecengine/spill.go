package vecengine

import (
	"context"
	"time"
)

// A write set that grows past Options.SpillBytes is written into segments of the namespace's folder. They are private: only the commit's
// record names them, so a crash before it leaves litter, and a rollback deletes them. Their rows' begin is not known yet: the record's
// timestamp is it, which the manifest then keeps beside the segment.

// spillIfLarge writes the transaction's open head of a table into a segment when it is large.
func (e *Engine) spillIfLarge(ctx context.Context, w *tableWrites) error {
	if len(w.parts) == 0 {
		return nil
	}
	p := w.parts[len(w.parts)-1]
	if p.head == nil || p.head.arena.bytes < e.opts.SpillBytes {
		return nil
	}
	return w.spill(ctx, p)
}

// spill puts a private segment into the place of a private head. Rows that the transaction ended itself go along, because a rollback to a
// savepoint may bring them back.
func (w *tableWrites) spill(ctx context.Context, p *ownPart) error {
	if !p.shape.equal(shapeOf(w.schema)) {
		return nil // written before an ALTER in the same transaction
	}
	source := &rowSource{ref: newPartRef(p.part, p.n, nil)}
	build := segmentBuild{ns: w.ns, table: w.table, schema: w.schema, sources: []*rowSource{source}, provisional: true}
	s, err := build.write(ctx)
	if err != nil || s == nil {
		return err
	}
	s.obsolete.Store(true)
	ended := p.ended
	p.was, p.remap = p.id, source.remap
	p.part.unref()
	p.part = newSegmentPart(build.id, s)
	p.ref()
	p.n, p.ended, p.lent = s.rows, nil, false
	if ended != nil {
		for it := ended.Iterator(); it.HasNext(); {
			p.mutableEnded().Add(p.remap[it.Next()])
		}
	}
	w.changed()
	w.announceKeys()
	return nil
}

// keyIntent is a transaction's claim on all keys of one of its parts: it stands for a lock on each.
type keyIntent struct {
	txn  uint64
	part *part
	n    uint32
}

func txnLock(id uint64) lockID { return lockID{lockOnKey, 0, id} }

// announceKeys replaces the transaction's key locks on the table by intents, so that a COPY of any size does not fill the lock table.
// Whoever takes a key's lock afterwards finds the intent.
func (w *tableWrites) announceKeys() {
	t := w.txn
	uniques := map[IndexID]bool{}
	for _, x := range w.schema.keyIndexes() {
		uniques[x.ID] = x.Unique
	}
	// Nobody else knows the name of this lock, so it is granted at once.
	if _, err := t.e.locks.acquire(context.Background(), t.owner, txnLock(t.id), lockKeyExclusive, WaitError, 0); err != nil {
		return
	}
	table := w.table
	table.mu.Lock()
	var intents []keyIntent
	if old := table.intents.Load(); old != nil {
		for _, in := range *old {
			if in.txn != t.id {
				intents = append(intents, in)
			}
		}
	}
	for _, p := range w.parts {
		intents = append(intents, keyIntent{t.id, p.part, p.n})
		p.ref()
		t.afterwards = append(t.afterwards, p.part.unref)
	}
	table.intents.Store(&intents)
	table.mu.Unlock()
	if !w.intent {
		w.intent = true
		t.beforeRelease = append(t.beforeRelease, func() { table.dropIntents(t.id) })
	}
	t.e.locks.releaseMany(t.owner, func(id lockID) bool { return id.kind == lockOnKey && uniques[IndexID(id.a)] })
}

func (t *table) dropIntents(txn uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var kept []keyIntent
	for _, in := range *t.intents.Load() {
		if in.txn != txn {
			kept = append(kept, in)
		}
	}
	if kept == nil {
		t.intents.Store(nil)
		return
	}
	t.intents.Store(&kept)
}

// intended finds another transaction that has claimed a key by an intent.
func (w *tableWrites) intended(index IndexID, key []byte) (txn uint64, ok bool, err error) {
	if w.table.intents.Load() == nil {
		return 0, false, nil
	}
	// Under the lock the transaction cannot end, so its parts stay.
	w.table.mu.Lock()
	defer w.table.mu.Unlock()
	list := w.table.intents.Load()
	if list == nil {
		return 0, false, nil
	}
	for _, in := range *list {
		if in.txn == w.txn.id {
			continue
		}
		x := in.part.keyIndex(index)
		if x == nil {
			continue
		}
		ords, err := x.lookup(key, in.n, nil)
		if err != nil || len(ords) > 0 {
			return in.txn, len(ords) > 0, err
		}
	}
	return 0, false, nil
}

// adoption describes a spilled segment to the log.
func (p *ownPart) adoption() *adoption {
	a := &adoption{id: p.id, rows: uint64(p.seg.rows), file: p.seg.file}
	if p.ended != nil {
		for it := p.ended.Iterator(); it.HasNext(); {
			a.dead = append(a.dead, uint64(it.Next()))
		}
	}
	for x := range p.seg.sidecars.Load().all() {
		a.sidecars = append(a.sidecars, adoptedSidecar{x.index, x.file})
	}
	return a
}

// admitShare of the memory limit may be in heads before writers wait for the background to flush some, and refuseShare before they are refused.
const (
	admitShare  = 0.6
	refuseShare = 0.9
	admitPause  = 2 * time.Millisecond
	admitWait   = 30 * time.Second
)

// admit slows a writer down while heads fill the memory. ErrMemory when it does not help.
func (e *Engine) admit(ctx context.Context, w *tableWrites) error {
	if !e.memory.headsOver(admitShare) {
		return nil
	}
	if n := len(w.parts); n > 0 && w.parts[n-1].head != nil && w.parts[n-1].n > 0 {
		// The writer's own rows first: they are the ones that nobody else can give back.
		if err := w.spill(ctx, w.parts[n-1]); err != nil {
			return err
		}
	}
	deadline := time.Now().Add(admitWait)
	for e.memory.headsOver(admitShare) {
		if e.opts.NoBackground {
			if err := e.flushLargest(ctx); err != nil {
				return err
			}
		} else {
			e.pressure.Store(true)
			e.background.signal()
		}
		if !e.memory.headsOver(refuseShare) && time.Now().After(deadline.Add(-admitWait+50*time.Millisecond)) {
			return nil // a short pause is enough of a brake below the limit
		}
		if time.Now().After(deadline) {
			return ErrMemory
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(admitPause):
		}
		if e.opts.NoBackground && e.memory.headsOver(refuseShare) {
			return ErrMemory
		}
	}
	return nil
}

// flushLargest flushes the table with the largest heads.
func (e *Engine) flushLargest(ctx context.Context) error {
	var largest *table
	most := int64(0)
	e.tables.Range(func(_, v any) bool {
		t := v.(*table)
		bytes := int64(0)
		t.mu.Lock()
		if v := t.newest.Load(); v != nil {
			for _, r := range v.parts {
				if r.head != nil {
					bytes += r.head.bytes()
				}
			}
		}
		t.mu.Unlock()
		if bytes > most {
			largest, most = t, bytes
		}
		return true
	})
	if largest == nil {
		return nil
	}
	return largest.flush(ctx)
}
