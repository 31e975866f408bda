package vecengine

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"vecgres/vecengine/blob"
	"vecgres/vecengine/log"
	"vecgres/vecengine/manifest"
	"vecgres/vecengine/segment"
	"vecgres/vecengine/vfs"
)

// manifestChange is what a flush, a merge or an index build wants the manifest to say about one table.
type manifestChange struct {
	t       *table
	add     []*part
	remove  []SegmentID
	flushed *flushPoint // nil: as before
	gone    bool        // the table was dropped
	prepare func()      // runs first, under the manifest's lock; may be nil
	// publish makes the change visible, after the manifest is durable and before anybody else may replace it: ends that are
	// committed in between are then in the lists of the parts that the next replacement reads.
	publish func()
}

// flushPoint is the moment up to which a table's manifest entry has everything.
type flushPoint struct {
	ts      Timestamp
	lsn     log.LSN
	schema  *Schema
	nextRow uint64
}

// replaceManifest makes changes durable, then publishes them. Files that the new manifest no longer names are deleted; whoever has
// them mapped keeps them.
func (ns *namespace) replaceManifest(ctx context.Context, changes ...manifestChange) error {
	ns.manifestMu.Lock()
	defer ns.manifestMu.Unlock()
	if ns.state.Load() == spaceDropped {
		return ErrNoNamespace
	}
	next := maps.Clone(ns.stored)
	parts := maps.Clone(ns.parts)
	files := newFileSet(ctx, ns)
	defer files.abort()
	counts := map[*segmentPart]int{}
	for _, c := range changes {
		if c.prepare != nil {
			c.prepare()
		}
		if c.gone {
			delete(next, c.t.id)
			continue
		}
		for _, p := range c.add {
			parts[p.id] = p
			if p.seg.uniform != 0 {
				ns.begins[p.id] = p.seg.uniform
			}
		}
		entry, err := ns.tableEntry(next[c.t.id], c, parts, files, counts)
		if err != nil {
			return err
		}
		next[c.t.id] = entry
	}
	if err := files.commit(); err != nil {
		return ns.e.storeError(err)
	}
	if err := ns.e.noteIDs(); err != nil {
		return err
	}
	before := ns.fileNames()
	if err := ns.putManifest(ctx, next); err != nil {
		return ns.e.storeError(err)
	}
	ns.stored = next
	ns.keepParts(parts, counts)
	after := ns.fileNames()
	var litter []string
	for name := range before {
		if !after[name] {
			litter = append(litter, name)
		}
	}
	for _, c := range changes {
		if c.publish != nil {
			c.publish()
		}
	}
	if len(litter) > 0 {
		ns.files.deleteLater(litter...)
	}
	return nil
}

// tableEntry makes a table's entry out of the one before.
func (ns *namespace) tableEntry(old *manifest.Table, c manifestChange, parts map[SegmentID]*part, files *fileSet,
	counts map[*segmentPart]int) (*manifest.Table, error) {
	entry := &manifest.Table{ID: uint64(c.t.id)}
	if old != nil {
		*entry = *old
	}
	if f := c.flushed; f != nil {
		entry.Schema = appendSchema(nil, f.schema)
		entry.NextRow, entry.FlushedTS, entry.FlushedLSN = f.nextRow, uint64(f.ts), uint64(f.lsn)
	}
	var ids []SegmentID
	if old != nil {
		for _, s := range old.Segments {
			if !slices.Contains(c.remove, SegmentID(s.ID)) {
				ids = append(ids, SegmentID(s.ID))
			}
		}
	}
	for _, p := range c.add {
		if !slices.Contains(ids, p.id) {
			ids = append(ids, p.id)
		}
	}
	entry.Segments = make([]manifest.Segment, len(ids))
	for i, id := range ids {
		s, err := ns.segmentEntry(c.t, parts[id], Timestamp(entry.FlushedTS), files, counts)
		if err != nil {
			return nil, err
		}
		entry.Segments[i] = s
	}
	return entry, nil
}

// segmentEntry describes a segment with its ends up to a flush point: later ends are in the log.
func (ns *namespace) segmentEntry(t *table, p *part, upTo Timestamp, files *fileSet, counts map[*segmentPart]int) (manifest.Segment,
	error) {
	s := p.seg
	out := manifest.Segment{ID: uint64(p.id), Rows: uint64(s.rows), File: s.file.key, Inline: s.file.inline, Bytes: uint64(s.file.bytes)}
	t.mu.Lock()
	wanted := t.wantedIndexes()
	t.mu.Unlock()
	for x := range s.sidecars.Load().all() {
		if wanted[x.index] && (x.damage == nil || x.kind != graphSidecar) {
			out.Indexes = append(out.Indexes, manifest.IndexFile{Index: uint64(x.index), Kind: uint32(x.kind), File: x.file.key,
				Inline: x.file.inline, Bytes: uint64(x.file.bytes)})
		}
	}
	slices.SortFunc(out.Indexes, func(a, b manifest.IndexFile) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Kind, b.Kind))
	})
	t.mu.Lock()
	var ends []segment.End
	for _, x := range p.ends {
		if x.ts <= upTo {
			ends = append(ends, segment.End{Ordinal: x.ord, Timestamp: uint64(x.ts)})
		}
	}
	t.mu.Unlock()
	counts[s] = len(ends)
	if len(ends) == s.storedEnds {
		out.Ends, out.EndsInline = s.endsFile.key, s.endsFile.inline
		return out, nil
	}
	slices.SortFunc(ends, func(a, b segment.End) int { return cmp.Compare(a.Ordinal, b.Ordinal) })
	data, err := segment.EncodeEnds(uint64(p.id), ends)
	if err != nil {
		return out, err
	}
	f := storedFile{inline: data}
	if len(data) > inlineBytes {
		f = storedFile{key: ns.files.endsKey(p.id, upTo)}
		files.batch.Put(f.key, data)
	}
	out.Ends, out.EndsInline = f.key, f.inline
	return out, nil
}

// wantedIndexes are those whose sidecars are kept. The caller holds the table's lock.
func (t *table) wantedIndexes() map[IndexID]bool {
	wanted := map[IndexID]bool{}
	if v := t.newest.Load(); v != nil {
		for _, x := range v.schema.Indexes {
			wanted[x.ID] = true
		}
	}
	for _, id := range t.building {
		wanted[id] = true
	}
	return wanted
}

func (ns *namespace) putManifest(ctx context.Context, tables map[TableID]*manifest.Table) error {
	m := manifest.Manifest{Namespace: uint64(ns.id), Sequence: ns.sequence + 1}
	var begins []byte
	for _, id := range slices.Sorted(maps.Keys(tables)) {
		m.Tables = append(m.Tables, *tables[id])
		for _, s := range tables[id].Segments {
			if begin := ns.begins[SegmentID(s.ID)]; begin != 0 {
				begins = binary.LittleEndian.AppendUint64(begins, s.ID)
				begins = binary.LittleEndian.AppendUint64(begins, uint64(begin))
			}
		}
	}
	if begins != nil {
		m.Extras = map[string][]byte{extraBegins: begins}
	}
	key := ns.files.manifestKey()
	data := m.Encode()
	var etag blob.ETag
	var err error
	if ns.etag == "" {
		etag, err = ns.e.store.PutIfAbsent(ctx, key, data)
	} else {
		etag, err = ns.e.store.PutIfMatch(ctx, key, data, ns.etag)
	}
	if err != nil {
		return ns.failedPut(ctx, err)
	}
	ns.etag = etag
	ns.sequence++
	return nil
}

// failedPut looks what a failed replacement has left. Only where it is certainly the old manifest, for lack of space, may work go on:
// otherwise the new one may be there, with or without being durable, and what it names must stay as it is until a restart.
func (ns *namespace) failedPut(ctx context.Context, cause error) error {
	if errors.Is(cause, blob.ErrConflict) || errors.Is(cause, blob.ErrExists) {
		cause = fmt.Errorf("vecengine: somebody else writes to namespace %d: %w", ns.id, cause)
	}
	_, etag, err := ns.e.store.Get(ctx, ns.files.manifestKey())
	old := err == nil && etag == ns.etag || errors.Is(err, blob.ErrNotFound) && ns.etag == ""
	if old && (errors.Is(cause, vfs.ErrNoSpace) || ctx.Err() != nil) {
		return cause
	}
	ns.e.stop(cause)
	return fmt.Errorf("%w: %w", ErrStopped, cause)
}

// fileNames are the store keys that the manifest names.
func (ns *namespace) fileNames() map[string]bool {
	names := map[string]bool{}
	for _, t := range ns.stored {
		for _, s := range t.Segments {
			names[s.File], names[s.Ends] = true, true
			for _, x := range s.Indexes {
				names[x.File] = true
			}
		}
	}
	delete(names, "")
	return names
}

// keepParts holds a reference to every part that the manifest names, and gives up the others.
func (ns *namespace) keepParts(parts map[SegmentID]*part, counts map[*segmentPart]int) {
	kept := map[SegmentID]*part{}
	for _, t := range ns.stored {
		for i := range t.Segments {
			s := &t.Segments[i]
			p := parts[SegmentID(s.ID)]
			if p == nil {
				continue // of a broken table
			}
			kept[p.id] = p
			if ns.parts[p.id] == nil {
				p.ref()
			}
			if n, ok := counts[p.seg]; ok {
				p.seg.endsFile, p.seg.storedEnds = storedFile{key: s.Ends, inline: s.EndsInline}, n
			}
		}
	}
	for id, p := range ns.parts {
		if kept[id] == nil {
			delete(ns.begins, id)
			p.unref()
		}
	}
	ns.parts = kept
}

// storeError names what the store said in the engine's terms.
func (e *Engine) storeError(err error) error {
	if errors.Is(err, vfs.ErrNoSpace) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
