package vecengine

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/column"
	"vecgres/vecengine/segment"
)

// BuildKeyIndex adds a supplied index to a table with rows, a key index or a computed vector index: keys is called with batches of the
// columns asked for, of all visible rows, and gives their keys or vectors. A duplicate in a unique index is *DuplicateKeyError. The caller
// holds Share or stronger. Vectors are written as they come, so memory does not grow with the table, but for 12 bytes a row; graphs are built
// before it returns.
//
// Committed rows are flushed first, so that each segment gets a sidecar that the manifest names; the schema that has the index comes with the
// commit. Until then no merge may come between, because a merged segment would lack it.
func (t *Txn) BuildKeyIndex(ctx context.Context, id TableID, def IndexDef, columns []ColumnID, keys func(*column.Batch) (Keys, error)) error {
	w, err := t.alter(ctx, id, Share)
	if err != nil {
		return err
	}
	s := *w.schema
	s.Indexes = append(s.Indexes[:len(s.Indexes):len(s.Indexes)], def)
	if !def.Supplied() {
		return fmt.Errorf("vecengine: index %d is over a column", def.ID)
	}
	if err := s.check(); err != nil {
		return err
	}
	b := &keyBuild{w: w, def: &def, keys: keys, exempt: map[SegmentID]*roaring.Bitmap{}}
	if b.cols, err = columnDefs(w.schema, columns); err != nil {
		return err
	}
	if !w.created {
		if err := w.prepareSegments(ctx, &def); err != nil {
			return err
		}
	}
	version, err := w.version(w.current())
	if err != nil {
		return err
	}
	attached := false
	for _, r := range version.parts {
		if err := guard(func() error { return b.part(ctx, version, r) }); err != nil {
			return err
		}
		attached = attached || r.seg != nil
	}
	if attached {
		if err := w.ns.replaceManifest(ctx, manifestChange{t: w.table}); err != nil {
			return err
		}
	}
	if def.Unique {
		if err := guard(func() error { return b.checkUnique(ctx, version) }); err != nil {
			return err
		}
	}
	if def.Computed() && !w.created {
		if err := w.table.buildLacking(ctx, &s); err != nil {
			return err
		}
	}
	w.setSchema(&s)
	return nil
}

// FillKeyIndex makes what a Building supplied index lacks, beside readers and writers, after the commit that announced it. The transaction has written
// nothing and its caller takes Building off in it afterwards. keys is as for BuildKeyIndex, and so is a duplicate's error.
//
//	outlast   writers who began before the index was announced; all later ones bring keys
//	fill      heads become segments, and each segment that lacks a sidecar gets one that the manifest names: a crash loses none that is finished
//	outlast   writers who looked for duplicates before the last sidecar was there
//	check     two live rows of one key
//
// Merges wait until the transaction ends, since a merged segment would lack the sidecar as soon as one of its sources does.
func (t *Txn) FillKeyIndex(ctx context.Context, id TableID, index IndexID, columns []ColumnID, keys func(*column.Batch) (Keys, error)) error {
	w, err := t.writesFor(ctx, id, ShareUpdateExclusive)
	if err != nil {
		return err
	}
	def := w.schema.index(index)
	if def == nil || !def.Supplied() || !def.Building || w.touched() {
		return fmt.Errorf("vecengine: index %d is not being built", index)
	}
	b := &keyBuild{w: w, def: def, keys: keys, exempt: map[SegmentID]*roaring.Bitmap{}}
	if b.cols, err = columnDefs(w.schema, columns); err != nil {
		return err
	}
	progress := t.e.newProgress(w.table, index)
	defer t.e.endProgress(progress)
	progress.phase("waiting for writers before build", 0)
	if err := t.outlastWriters(ctx, id); err != nil {
		return err
	}
	if err := w.prepareSegments(ctx, def); err != nil {
		return err
	}
	if err := b.fill(ctx, progress); err != nil {
		return err
	}
	if def.Computed() {
		return w.table.buildLacking(ctx, nil)
	}
	if !def.Unique {
		return nil
	}
	progress.phase("waiting for writers before validation", 0)
	if err := t.outlastWriters(ctx, id); err != nil {
		return err
	}
	progress.phase("index validation: scanning index", 0)
	view := t.newestView()
	defer view.Close()
	table, err := view.Table(id)
	if err != nil {
		return err
	}
	return guard(func() error { return b.validate(ctx, table.version) })
}

// outlastWriters waits until the transactions that may have written to a table under its present schema are over.
func (t *Txn) outlastWriters(ctx context.Context, id TableID) error {
	return t.e.locks.outlast(ctx, t.owner, lockID{lockOnTable, uint64(id), 0}, lockMode(Share), t.lockTimeout)
}

// fill makes the missing sidecars, one manifest each.
func (b *keyBuild) fill(ctx context.Context, progress *buildProgress) error {
	view := b.w.txn.newestView()
	defer view.Close()
	table, err := view.Table(b.w.id)
	if err != nil {
		return err
	}
	v := table.version
	progress.phase("building index", v.rows())
	done := 0
	for _, r := range v.parts {
		if !r.supplies(b.def) {
			if err := guard(func() error { return b.part(ctx, v, r) }); err != nil {
				return err
			}
			if err := b.w.ns.replaceManifest(ctx, manifestChange{t: b.w.table}); err != nil {
				return err
			}
		}
		done += r.visible()
		progress.set(done, int(v.rows()))
	}
	return nil
}

// validate looks for duplicates in a version of which every part has the index. Of the parts that writers gave it to, the rows that do not count
// are found first.
func (b *keyBuild) validate(ctx context.Context, v *tableVersion) error {
	for _, r := range v.parts {
		if r.keyIndex(b.def.ID) == nil {
			return errNoKeys(r, b.def.ID)
		}
		if b.exempt[r.id] == nil {
			if err := b.scanKeys(ctx, v, r, func(uint32, []byte) {}); err != nil {
				return err
			}
		}
	}
	return b.checkUnique(ctx, v)
}

// prepareSegments brings all committed rows into segments and keeps them as they are until the transaction is over.
func (w *tableWrites) prepareSegments(ctx context.Context, def *IndexDef) error {
	w.announce([]*IndexDef{def})
	if err := w.table.flush(ctx); err != nil {
		return err
	}
	if w.merging {
		return nil
	}
	if err := w.table.lockBuilding(ctx, w.txn.buildBytes); err != nil {
		return err
	}
	w.merging = true
	w.txn.afterwards = append(w.txn.afterwards, w.table.unlockBuilding)
	w.changed()
	return nil
}

// keyBuild is a BuildKeyIndex under way.
type keyBuild struct {
	w      *tableWrites
	def    *IndexDef
	cols   []*ColumnDef
	keys   func(*column.Batch) (Keys, error)
	exempt map[SegmentID]*roaring.Bitmap // rows that uniqueness does not count
}

// part makes the index of one part.
func (b *keyBuild) part(ctx context.Context, v *tableVersion, r *partRef) error {
	if r.seg != nil && b.def.Computed() {
		return b.vectors(ctx, v, r)
	}
	all := make([][]byte, r.n)
	err := b.scanKeys(ctx, v, r, func(ord uint32, key []byte) { all[ord] = bytes.Clone(key) })
	if err != nil {
		return err
	}
	if r.head != nil {
		return b.w.addHeadValues(r, b.def, all)
	}
	return b.sidecar(ctx, r, all)
}

// scanKeys is scan that notes the rows that uniqueness does not count.
func (b *keyBuild) scanKeys(ctx context.Context, v *tableVersion, r *partRef, each func(ord uint32, key []byte)) error {
	exempt := roaring.New()
	b.exempt[r.id] = exempt
	return b.scan(ctx, v, r, func(ord uint32, key []byte, free bool) error {
		if free {
			exempt.Add(ord)
		}
		each(ord, key)
		return nil
	})
}

// scan makes the keys of one part's visible rows and gives them in order of ordinal.
func (b *keyBuild) scan(ctx context.Context, v *tableVersion, r *partRef, each func(ord uint32, key []byte, exempt bool) error) error {
	scan := tableScan{e: b.w.txn.e, v: &tableVersion{schema: v.schema, parts: []*partRef{r}}, cols: b.cols, locs: true, max: batchRows}
	for {
		batch, err := scan.Next(ctx)
		if err != nil || batch == nil {
			return err
		}
		keys, err := b.keys(&batch.Batch)
		if err != nil {
			return err
		}
		if err := checkBuiltKeys(&keys, batch); err != nil {
			return err
		}
		for i, loc := range batch.Locs {
			at := i
			if keys.Bytes.Len == batch.N && batch.Sel != nil {
				at = int(batch.Sel[i])
			}
			if err := b.def.checkSupplied(&keys.Bytes, at); err != nil {
				return err
			}
			if err := each(loc.Ord, keys.keyOf(at), keys.Exempt != nil && keys.Exempt[at]); err != nil {
				return err
			}
		}
	}
}

// checkBuiltKeys takes keys for all rows of the batch's columns, or for the rows that count.
func checkBuiltKeys(k *Keys, b *ScanBatch) error {
	if k.Bytes.Kind != column.Bytes || k.Bytes.Len != b.N && k.Bytes.Len != b.Rows() || k.Exempt != nil && len(k.Exempt) != k.Bytes.Len {
		return fmt.Errorf("vecengine: %d keys for %d rows", k.Bytes.Len, b.Rows())
	}
	return nil
}

// addHeadValues adds an index to one of the transaction's own heads, with its keys or vectors by ordinal; all committed rows are in
// segments by now.
func (w *tableWrites) addHeadValues(r *partRef, def *IndexDef, values [][]byte) error {
	p := w.own(r.id)
	if p == nil {
		return fmt.Errorf("vecengine: rows were committed to table %d under a lock against it", w.id)
	}
	before := p.shape
	p.shape = before.with(def)
	p.head.addIndex(def, values, p.shape)
	w.txn.onUndo(func() {
		p.head.dropIndex(before)
		p.shape = before
	})
	return nil
}

func (b *keyBuild) sidecar(ctx context.Context, r *partRef, all [][]byte) error {
	c := column.NewBuilder(column.Bytes, 0, len(all))
	for _, key := range all {
		if key == nil {
			c.AppendNull()
		} else {
			c.AppendBytes(key)
		}
	}
	col := c.Finish()
	ns := b.w.ns
	h := segment.Header{Kind: segment.KindKeyIndex, Namespace: uint64(ns.id), Table: uint64(b.w.id), Segment: uint64(r.id), Index: uint64(b.def.ID)}
	return b.attach(ctx, r, keysSidecar, int64(len(col.Data)+16*col.Len), func(dst io.Writer, align int) error {
		_, err := segment.BuildKeyIndexFromColumn(dst, h, segment.KeyIndexOptions{Align: align}, &col)
		return err
	})
}

// vectors writes the vectors of a segment's rows as the caller makes them. Rows that have ended have none.
func (b *keyBuild) vectors(ctx context.Context, v *tableVersion, r *partRef) error {
	size := int64(r.n) * int64(max(16, b.def.Element.RowBytes(b.def.Dim)))
	return b.attach(ctx, r, vectorsSidecar, size, func(dst io.Writer, align int) error {
		w, err := newVectorsWriter(dst, b.w.ns.vectorsHeader(b.w.id, r.id, b.def), align, b.def)
		if err != nil {
			return err
		}
		err = b.scan(ctx, v, r, func(ord uint32, vector []byte, _ bool) error {
			w.skip(int(ord) - w.rows)
			return w.add(vector)
		})
		if err != nil {
			return err
		}
		w.skip(int(r.n) - w.rows)
		return w.finish()
	})
}

// attach writes a sidecar of a segment and opens it.
func (b *keyBuild) attach(ctx context.Context, r *partRef, kind sidecarKind, size int64, write func(io.Writer, int) error) error {
	ns := b.w.ns
	files := newFileSet(ctx, ns)
	defer files.abort()
	f, err := files.add(ns.files.sidecarKey(r.id, b.def.ID, kind), size, write)
	if err != nil {
		return err
	}
	if err := files.commit(); err != nil {
		return ns.e.storeError(err)
	}
	return r.seg.openSidecar(ctx, b.def, kind, *f)
}

// checkUnique walks the new index over all parts and looks for two live rows of one key.
func (b *keyBuild) checkUnique(ctx context.Context, v *tableVersion) error {
	scan := keyScan{v: v, size: batchRows, max: batchRows}
	for _, r := range v.parts {
		c := &partCursor{r: r, keyCursor: r.keyIndex(b.def.ID).cursor(KeyRange{}, false)}
		if err := c.advance(); err != nil {
			return err
		}
		if !c.done {
			scan.cursors = append(scan.cursors, c)
		}
	}
	var last []byte
	for n := 0; len(scan.cursors) > 0; n++ {
		if n%batchRows == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		at := scan.least()
		c := scan.cursors[at]
		if !b.exempt[c.r.id].Contains(c.ord()) {
			if last != nil && bytes.Equal(last, c.key()) {
				return b.duplicate(v, c)
			}
			last = append(last[:0:0], c.key()...)
			if last == nil {
				last = []byte{}
			}
		}
		if err := c.advance(); err != nil {
			return err
		}
		if c.done {
			scan.cursors = append(scan.cursors[:at], scan.cursors[at+1:]...)
		}
	}
	return nil
}

// duplicate describes the row that a cursor stands on.
func (b *keyBuild) duplicate(v *tableVersion, c *partCursor) error {
	row, err := c.r.rowOf(c.ord())
	if err != nil {
		return err
	}
	dup := &DuplicateKeyError{Table: b.w.id, Index: b.def.ID, Input: -1, Existing: row, Row: &column.Batch{N: 1}}
	for _, def := range b.cols {
		col, err := fetchColumn(v, []Loc{{c.r.id, c.ord(), row}}, def)
		if err != nil {
			return err
		}
		dup.Row.Cols = append(dup.Row.Cols, col)
	}
	return dup
}
