package vecengine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/blob"
	"vecgres/vecengine/log"
	"vecgres/vecengine/manifest"
	"vecgres/vecengine/segment"
	"vecgres/vecengine/vfs"
)

// extraBegins is the manifest's extra that holds (segment id, begin) pairs of spilled segments, each two u64 LE.
const extraBegins = "begins"

// load brings a namespace to the state of its newest commit: what the manifest names, then what the log has on top. Whoever reads has a
// snapshot that is no older, because nothing can be committed to a namespace before it is open.
//
// After an error nothing of it is known, and it may be tried again.
func (ns *namespace) load(ctx context.Context) (err error) {
	ns.manifestMu.Lock()
	defer ns.manifestMu.Unlock()
	m, err := ns.readManifest(ctx)
	if err != nil {
		return err
	}
	r := replay{ns: ns, tables: map[TableID]*replayTable{}, gone: map[TableID]bool{}}
	defer func() {
		if err != nil {
			r.abandon()
		}
	}()
	clear(ns.stored)
	for i := range m.Tables {
		stored := &m.Tables[i]
		ns.stored[TableID(stored.ID)] = stored
		t, err := ns.loadTable(ctx, stored)
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil {
			// Damage stays with the table that has it.
			t = &replayTable{table: &table{id: TableID(stored.ID), ns: ns, broken: fmt.Errorf("table %d: %w", stored.ID, err)}, schema: &Schema{}}
			ns.e.logger.Error("a table is out of reach", "namespace", ns.id, "table", stored.ID, "error", err)
		}
		r.tables[TableID(stored.ID)] = t
	}
	records := ns.e.recovery.take(ns.id)
	if err := r.run(ctx, records); err != nil {
		return err
	}
	if err := r.openSidecars(ctx); err != nil {
		return err
	}
	r.finish()
	ns.e.recovery.done(ns.id)
	switch err := ns.removeLitter(ctx, ns.etag == "" && len(records) == 0); {
	case errors.Is(err, vfs.ErrCorrupt):
		return err
	case err != nil:
		ns.e.logger.Warn("a namespace's litter stays until it is opened again", "namespace", ns.id, "error", err)
	}
	return nil
}

func (ns *namespace) readManifest(ctx context.Context) (*manifest.Manifest, error) {
	key := ns.files.manifestKey()
	data, etag, err := ns.e.store.Get(ctx, key)
	if errors.Is(err, blob.ErrNotFound) {
		return &manifest.Manifest{}, nil
	}
	if err != nil {
		return nil, err
	}
	m, err := manifest.Decode(key, data)
	if err != nil {
		return nil, err
	}
	if m.Namespace != uint64(ns.id) {
		return nil, vfs.Corruptf(key, 0, "it is the manifest of namespace %d", m.Namespace)
	}
	ns.etag, ns.sequence = etag, m.Sequence
	pairs := m.Extras[extraBegins]
	for ; len(pairs) >= 16; pairs = pairs[16:] {
		ns.begins[SegmentID(binary.LittleEndian.Uint64(pairs))] = Timestamp(binary.LittleEndian.Uint64(pairs[8:]))
	}
	return m, nil
}

// replayTable is a table while its namespace is being loaded: parts in the making, without versions.
type replayTable struct {
	*table
	schema  *Schema
	parts   []*replayPart
	last    Timestamp
	touched bool
}

type replayPart struct {
	*part
	n     uint32
	ended *roaring.Bitmap
}

func (p *replayPart) live(ord uint32) bool { return ord < p.n && !p.ended.Contains(ord) }

func (ns *namespace) loadTable(ctx context.Context, stored *manifest.Table) (*replayTable, error) {
	d := decoder{b: stored.Schema}
	schema := d.schema()
	if d.err != nil {
		return nil, fmt.Errorf("%w: %w", vfs.Corruptf(ns.files.manifestKey(), 0, "schema of table %d", stored.ID), d.err)
	}
	t := &table{id: TableID(stored.ID), ns: ns, flushed: Timestamp(stored.FlushedTS)}
	t.nextRow.Store(stored.NextRow)
	r := &replayTable{table: t, schema: schema, last: t.flushed}
	for i := range stored.Segments {
		p, err := ns.loadSegment(ctx, &stored.Segments[i])
		if err != nil {
			r.release()
			return nil, fmt.Errorf("segment %d: %w", stored.Segments[i].ID, err)
		}
		r.parts = append(r.parts, p)
	}
	return r, nil
}

func (ns *namespace) loadSegment(ctx context.Context, stored *manifest.Segment) (*replayPart, error) {
	s, err := ns.openSegment(ctx, storedFile{stored.File, stored.Inline, int64(stored.Bytes)}, SegmentID(stored.ID))
	if err != nil {
		return nil, err
	}
	if begin, ok := ns.begins[SegmentID(stored.ID)]; ok {
		s.beginAt(begin)
	}
	p := &replayPart{part: newSegmentPart(SegmentID(stored.ID), s), n: s.rows, ended: roaring.New()}
	data := stored.EndsInline
	if stored.Ends != "" {
		if data, _, err = ns.e.store.Get(ctx, stored.Ends); err != nil {
			return nil, missing(stored.Ends, err)
		}
	}
	if len(data) == 0 {
		return p, nil
	}
	ends, err := segment.DecodeEnds(stored.Ends, data)
	if err != nil {
		return nil, err
	}
	if ends.Segment != stored.ID {
		return nil, vfs.Corruptf(stored.Ends, 0, "it has the ends of segment %d", ends.Segment)
	}
	for _, x := range ends.List {
		if x.Ordinal >= s.rows {
			return nil, vfs.Corruptf(stored.Ends, 0, "ordinal %d of %d is ended", x.Ordinal, s.rows)
		}
		p.ended.Add(x.Ordinal)
		p.part.ends = append(p.part.ends, partEnd{x.Ordinal, Timestamp(x.Timestamp)})
	}
	s.storedEnds, s.endsFile = len(ends.List), storedFile{key: stored.Ends, inline: stored.EndsInline}
	return p, nil
}

// replay applies the log's records to a namespace's tables.
type replay struct {
	ns     *namespace
	tables map[TableID]*replayTable
	gone   map[TableID]bool // dropped by a later record: nothing before it matters
	ts     Timestamp
	lsn    log.LSN
}

func (r *replay) run(ctx context.Context, records []log.LSN) error {
	reader := r.ns.e.recovery.reader
	for _, pass := range []func(context.Context, recordOp) error{r.noteDrops, r.apply} {
		for _, lsn := range records {
			payload, err := reader.ReadRecord(lsn)
			if err != nil {
				return err
			}
			r.lsn = lsn
			r.ts = Timestamp(binary.LittleEndian.Uint64(payload[1:]))
			_, err = decodeRecord(payload, func(op recordOp) error {
				if op.ns != r.ns.id {
					return nil
				}
				return pass(ctx, op)
			})
			if err != nil {
				return fmt.Errorf("log record at %d: %w", lsn, err)
			}
		}
	}
	return nil
}

func (r *replay) noteDrops(_ context.Context, op recordOp) error {
	if op.kind == opDropTable {
		d := decoder{b: op.payload}
		r.gone[TableID(d.uvarint())] = true
		return d.err
	}
	return nil
}

func (r *replay) apply(ctx context.Context, op recordOp) error {
	d := decoder{b: op.payload}
	if op.kind == opCreateSpace || op.kind == opDropSpace {
		return nil
	}
	id := TableID(d.uvarint())
	t := r.tables[id]
	if d.err != nil || t != nil && r.ts <= t.flushed {
		return d.err
	}
	if r.gone[id] {
		if t != nil {
			t.touch(r)
		}
		return nil
	}
	if op.kind == opCreateTable {
		schema := d.schema()
		if d.err != nil {
			return d.err
		}
		if t == nil {
			fresh := &table{id: id, ns: r.ns}
			fresh.nextRow.Store(1)
			t = &replayTable{table: fresh, schema: schema}
			r.tables[id] = t
		}
		t.touch(r)
		return nil
	}
	if t == nil {
		return fmt.Errorf("vecengine: table %d was never created", id)
	}
	t.touch(r)
	if t.broken != nil {
		return nil
	}
	switch op.kind {
	case opAlterTable:
		t.schema = d.schema()
		if d.err == nil {
			t.takeHead(t.schema)
		}
	case opEnds:
		for _, row := range d.rising() {
			if err := t.end(RowID(row), r.ts); err != nil {
				return err
			}
		}
	case opRows:
		rows := d.rows()
		if d.err == nil {
			t.appendLogged(r.ns.e, rows, r.ts)
		}
	case opAdopt:
		a := d.adoption()
		if d.err == nil {
			return t.adoptLogged(ctx, r.ns, a, r.ts)
		}
	}
	return d.err
}

func (t *replayTable) touch(r *replay) {
	t.last, t.touched = r.ts, true
	t.published = r.lsn
	if t.dirty == 0 {
		t.dirty = r.lsn
	}
}

func (t *replayTable) end(row RowID, ts Timestamp) error {
	for i := len(t.parts) - 1; i >= 0; i-- {
		p := t.parts[i]
		ords, err := p.findRow(row, p.n, nil)
		if err != nil {
			return err
		}
		for _, ord := range ords {
			if p.live(ord) {
				p.ended.Add(ord)
				p.part.ends = append(p.part.ends, partEnd{ord, ts})
				return nil
			}
		}
	}
	return fmt.Errorf("vecengine: row %d of table %d ends without having begun", row, t.id)
}

func (t *replayTable) appendLogged(e *Engine, logged *loggedRows, ts Timestamp) {
	shape := &headShape{}
	for _, id := range logged.indexes {
		shape.keys = append(shape.keys, headKeyShape{id: id})
	}
	for i, id := range logged.columns {
		shape.cols = append(shape.cols, headColumn{id, logged.cols[i].Kind, logged.cols[i].Dim})
	}
	rows := headRows{cols: logged.cols, count: len(logged.rowIDs), rowIDs: logged.rowIDs, begin: ts}
	for i := range logged.keys {
		keys := make([][]byte, rows.count)
		for j := range keys {
			if !logged.keys[i].IsNull(j) {
				keys[j] = notNil(logged.keys[i].BytesAt(j))
			}
		}
		rows.keys = append(rows.keys, keys)
	}
	schema := t.schema.knowing(logged.indexes)
	rows = projectRows(rows, shape, schema)
	t.takeHead(schema)
	if t.open == nil {
		h := newHead(shapeOf(schema), &e.memory, 0)
		t.open = &part{partData: h, head: h, id: e.newHeadID()}
		t.parts = append(t.parts, &replayPart{part: t.open, ended: roaring.New()})
	}
	p := t.parts[len(t.parts)-1]
	p.n = t.open.head.append(rows) + uint32(rows.count)
	for _, row := range logged.rowIDs {
		t.sawRow(row)
	}
}

func (t *table) sawRow(row uint64) {
	if row >= t.nextRow.Load() {
		t.nextRow.Store(row + 1)
	}
}

func (t *replayTable) adoptLogged(ctx context.Context, ns *namespace, a *adoption, ts Timestamp) error {
	s, err := ns.openSegment(ctx, a.file, a.id)
	if err != nil {
		return err
	}
	for _, x := range a.sidecars {
		if err := t.openAdopted(ctx, s, x); err != nil {
			return err
		}
	}
	s.beginAt(ts)
	p := &replayPart{part: newSegmentPart(a.id, s), n: s.rows, ended: roaring.New()}
	for _, ord := range a.dead {
		if ord >= uint64(s.rows) {
			return fmt.Errorf("vecengine: ordinal %d of %d is dead", ord, s.rows)
		}
		p.ended.Add(uint32(ord))
		p.part.ends = append(p.part.ends, partEnd{uint32(ord), ts})
	}
	p.adopted = true
	t.sawRow(s.meta.MaxRow)
	// The open head must stay last, so it takes no more rows.
	t.freezeHead()
	t.parts = append(t.parts, p)
	return nil
}

// openAdopted opens a sidecar of a spilled segment; the log does not tell its kind, but the index does.
func (t *replayTable) openAdopted(ctx context.Context, s *segmentPart, x adoptedSidecar) error {
	def := t.schema.index(x.index)
	switch {
	case def == nil:
		return nil // dropped by the transaction that wrote it
	case def.Computed():
		return s.openStored(ctx, def, vectorsSidecar, x.file)
	}
	return s.openStored(ctx, def, keysSidecar, x.file)
}

// release gives up what a table that does not come to be has opened.
func (t *replayTable) release() {
	for _, p := range t.parts {
		p.release()
	}
	t.open, t.parts = nil, nil
}

// abandon gives everything up after an error.
func (r *replay) abandon() {
	for _, t := range r.tables {
		t.release()
	}
}

// openSidecars opens the indexes of segments, now that it is known which indexes there are: the manifest may name those of an index whose
// creation is only in the log, or was never committed.
func (r *replay) openSidecars(ctx context.Context) error {
	for id, t := range r.tables {
		stored := r.ns.stored[id]
		if stored == nil || r.gone[id] || t.broken != nil {
			continue
		}
		err := t.openSidecars(ctx, stored)
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil {
			t.broken = fmt.Errorf("table %d: %w", id, err)
			r.ns.e.logger.Error("a table is out of reach", "namespace", r.ns.id, "table", id, "error", err)
		}
	}
	return nil
}

// finish makes the tables known, each with one version.
func (r *replay) finish() {
	for id, t := range r.tables {
		if r.gone[id] {
			t.release() // the next flush takes it out of the manifest
		}
		v := &tableVersion{table: t.table, ts: t.last, content: r.ns.e.contents.Add(1), schema: t.schema, dropped: r.gone[id]}
		for _, p := range t.parts {
			v.parts = append(v.parts, newPartRef(p.part, p.n, p.ended))
			if p.seg != nil && !p.adopted {
				p.ref()
				r.ns.parts[p.id] = p.part
			}
		}
		t.mu.Lock()
		t.install(v)
		t.mu.Unlock()
		r.ns.add(t.table)
	}
}

func (t *replayTable) openSidecars(ctx context.Context, stored *manifest.Table) error {
	for i := range stored.Segments {
		s := t.parts[i].seg
		// The vectors of a computed index before the graph that is over them.
		for _, kind := range []sidecarKind{keysSidecar, vectorsSidecar, graphSidecar} {
			for _, x := range stored.Segments[i].Indexes {
				def := t.schema.index(IndexID(x.Index))
				if sidecarKind(x.Kind) != kind || def == nil || !kind.fits(def) {
					continue
				}
				if err := s.openStored(ctx, def, kind, storedFile{x.File, x.Inline, int64(x.Bytes)}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// removeLitter deletes the files of a namespace that neither the manifest nor the log names: what a crash left of seals, merges and spills.
// Where neither knows the namespace at all, files mean that its manifest is lost: they stay, and it is an error.
func (ns *namespace) removeLitter(ctx context.Context, unknown bool) error {
	named := map[string]bool{ns.files.manifestKey(): true}
	for _, t := range ns.stored {
		for _, s := range t.Segments {
			named[s.File], named[s.Ends] = true, true
			for _, x := range s.Indexes {
				named[x.File] = true
			}
		}
	}
	for _, t := range ns.list() {
		for _, r := range t.newest.Load().parts {
			if r.seg != nil {
				for _, key := range r.seg.files() {
					named[key] = true
				}
			}
		}
	}
	var litter []string
	for info, err := range ns.e.store.List(ctx, ns.files.dir+"/") {
		if err != nil {
			return err
		}
		if unknown {
			return vfs.Corruptf(ns.files.manifestKey(), 0, "the manifest is missing; files like %s are there", info.Key)
		}
		if !named[info.Key] {
			litter = append(litter, info.Key)
		}
	}
	if len(litter) > 0 {
		ns.files.deleteLater(litter...)
	}
	return nil
}
