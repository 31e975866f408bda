package vecengine

import (
	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/column"
	"vecgres/vecengine/log"
)

// A private head of this size becomes a part of the table as it is; a smaller one is copied into the table's head, because every
// part costs each query something.
const (
	adoptRows  = 4096
	adoptBytes = 4 << 20
)

// publishUpTo installs all commits up to a place that is durable, in order.
func (e *Engine) publishUpTo(lsn log.LSN) {
	e.publishMu.Lock()
	defer e.publishMu.Unlock()
	var replaced []*tableVersion
	for {
		c, ok := e.nextPending(lsn)
		if !ok {
			break
		}
		replaced = append(replaced, c.txn.publish(c.ts, c.lsn)...)
		e.registry.committed.Store(uint64(c.ts))
	}
	// Only now does every new snapshot find the successors.
	e.registry.retire(replaced...)
}

func (e *Engine) nextPending(lsn log.LSN) (pendingCommit, bool) {
	e.commitMu.Lock()
	defer e.commitMu.Unlock()
	if len(e.pending) == 0 || e.pending[0].lsn > lsn {
		return pendingCommit{}, false
	}
	c := e.pending[0]
	e.pending[0] = pendingCommit{}
	e.pending = e.pending[1:]
	return c, true
}

func (t *Txn) publish(ts Timestamp, lsn log.LSN) []*tableVersion {
	var replaced []*tableVersion
	for _, w := range t.order {
		gone := t.spaceDropped(w.ns.id)
		if w.created && (w.dropped || gone) {
			w.discard()
			continue
		}
		if !w.touched() && !w.dropped && !gone {
			continue
		}
		if v := w.publish(ts, lsn, gone); v != nil {
			replaced = append(replaced, v)
		}
	}
	for _, s := range t.spaces {
		if s.dropped && t.spaceDropped(s.ns) {
			replaced = append(replaced, t.e.publishSpaceDrop(s.ns, ts, lsn)...)
		}
	}
	return replaced
}

// publish installs a table's next version and gives the one that it replaces.
func (w *tableWrites) publish(ts Timestamp, lsn log.LSN, gone bool) *tableVersion {
	t := w.table
	t.mu.Lock()
	defer t.mu.Unlock()
	t.published = lsn
	if t.dirty == 0 {
		t.dirty = lsn
	}
	cur := t.newest.Load()
	v := &tableVersion{table: t, ts: ts, schema: w.schema}
	if cur != nil {
		v = cur.successor(ts)
	}
	v.content = w.txn.e.contents.Add(1)
	if w.dropped || gone {
		w.discard()
		return t.publishDrop(v)
	}
	if w.altered {
		v.schema = w.schema
	}
	if w.created {
		w.ns.add(t)
	}
	if cur != nil {
		w.publishEnds(v, cur)
	}
	for _, p := range w.parts {
		w.publishPart(v, p)
	}
	w.parts = nil
	replaced := t.install(v)
	if v.sealSoon() {
		t.ns.e.background.seal(t)
	}
	return replaced
}

// sealSoon is a cheap look whether maintenance should have a closer one.
func (v *tableVersion) sealSoon() bool {
	limit := v.table.state.sealAt.Load()
	if limit == 0 {
		limit = sealRowsMin
		if rows := v.table.ns.e.opts.SealRows; rows > 0 {
			limit = int64(rows)
		}
	}
	rows, bytes := int64(0), int64(0)
	for _, r := range v.parts {
		if r.head != nil || r.adopted {
			rows += int64(r.n)
		}
		if r.head != nil {
			bytes += r.head.arena.bytes
		}
	}
	return rows >= limit || bytes >= sealBytes
}

// publishDrop makes v the last version of a table.
func (t *table) publishDrop(v *tableVersion) *tableVersion {
	v.dropped, v.parts = true, nil
	t.open = nil
	return t.install(v)
}

// publishEnds ends the versions that the transaction ended, wherever they lie now.
func (w *tableWrites) publishEnds(v, cur *tableVersion) {
	ends, missed, err := w.resolve(cur)
	if err != nil || missed > 0 {
		// prepare found them all; only a file that went bad since can bring us here, with the commit durable already.
		w.txn.e.stop(err)
	}
	for i, r := range v.parts {
		b := ends[r.id]
		if b == nil {
			continue
		}
		for it := b.Iterator(); it.HasNext(); {
			r.part.ends = append(r.part.ends, partEnd{it.Next(), v.ts})
		}
		v.parts[i] = newPartRef(r.part, r.n, union(r.ended, b))
	}
}

// takeHead closes the open head when rows of this schema do not fit it.
func (t *table) takeHead(s *Schema) {
	if t.open != nil && !t.open.head.shape.equal(shapeOf(s)) {
		t.freezeHead()
	}
}

// freezeHead lets the next commit start a new head.
func (t *table) freezeHead() {
	if t.open != nil {
		t.open.head.freeze()
		t.open = nil
	}
}

// publishPart makes a private part's rows part of the table.
func (w *tableWrites) publishPart(v *tableVersion, p *ownPart) {
	if p.n == 0 {
		p.unref()
		return
	}
	if p.seg != nil {
		w.adopt(v, p)
		return
	}
	schema := v.schema.knowing(p.shape.supplied())
	if p.shape.equal(shapeOf(schema)) && (p.n >= adoptRows || p.head.arena.bytes >= adoptBytes) {
		w.adopt(v, p)
		return
	}
	for _, rows := range p.liveRuns() {
		v.appendRows(w.txn.e, schema, projectRows(rows, p.shape, schema), uint64(v.ts))
	}
	p.unref()
}

// adopt makes a private part one of the table's. Its rows begin now, and those that the transaction ended itself end now.
func (w *tableWrites) adopt(v *tableVersion, p *ownPart) {
	if p.seg != nil {
		p.seg.beginAt(v.ts)
		p.seg.obsolete.Store(false)
	} else {
		for _, c := range p.head.chunks {
			for i := range c.begins[:c.n] {
				c.begins[i] = uint64(v.ts)
			}
		}
		p.head.freeze()
	}
	if p.ended != nil {
		for it := p.ended.Iterator(); it.HasNext(); {
			p.part.ends = append(p.part.ends, partEnd{it.Next(), v.ts})
		}
	}
	p.adopted = true
	v.parts = append(v.parts, newPartRef(p.part, p.n, p.ended))
	// The reference that the transaction held goes only after install has taken the version's own.
	w.txn.afterwards = append(w.txn.afterwards, p.unref)
}

// appendRows copies rows of a schema's shape into the table's open head, which the version then shows.
func (v *tableVersion) appendRows(e *Engine, schema *Schema, rows headRows, begin uint64) {
	t := v.table
	t.takeHead(schema)
	rows.begin = Timestamp(begin)
	if t.open == nil {
		h := newHead(shapeOf(schema), &e.memory, 0)
		t.open = &part{partData: h, head: h, id: e.newHeadID()}
	}
	first := t.open.head.append(rows)
	n := first + uint32(rows.count)
	for i, r := range v.parts {
		if r.part == t.open {
			v.parts[i] = newPartRef(r.part, n, r.ended)
			return
		}
	}
	var ended *roaring.Bitmap
	v.parts = append(v.parts, newPartRef(t.open, n, ended))
}

// projectRows brings rows into the shape of a schema that changed since they were written.
func projectRows(r headRows, from *headShape, s *Schema) headRows {
	to := shapeOf(s)
	if from.equal(to) {
		return r
	}
	n := 0
	if len(r.cols) > 0 {
		n = r.cols[0].Len
	}
	cols := make([]column.Column, len(to.cols))
	for i, def := range to.cols {
		found := false
		for j, old := range from.cols {
			if old == def {
				cols[i], found = r.cols[j], true
			}
		}
		if !found {
			cols[i] = missingColumn(s.column(def.id), n)
		}
	}
	keys := make([][][]byte, len(to.keys))
	for i, k := range to.keys {
		keys[i] = make([][]byte, r.count)
		for j, old := range from.keys {
			if old.id == k.id {
				keys[i] = r.keys[j]
			}
		}
	}
	r.cols, r.keys = cols, keys
	return r
}
