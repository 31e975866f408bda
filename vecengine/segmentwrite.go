package vecengine

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"iter"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/blob"
	"vecgres/vecengine/column"
	"vecgres/vecengine/segment"
)

// Files up to inlineBytes lie in the manifest itself, so that a small namespace is one file.
const inlineBytes = 16 << 10

// copyBytes is how much of a column is copied at a time.
const copyBytes = 1 << 20

// rowSource is a part that goes into a new segment.
type rowSource struct {
	ref  *partRef
	drop *roaring.Bitmap // rows left out; nil: none
	// remap tells each row's ordinal in the new segment, or segment.Dropped.
	remap []uint32
}

// segmentBuild writes one segment out of the rows of some parts.
type segmentBuild struct {
	ns      *namespace
	table   *table
	schema  *Schema
	id      SegmentID
	sources []*rowSource
	rows    []sourceRow
	// provisional: the commit of the rows is not known yet, so begins only number the versions of a row.
	provisional bool
}

// sourceRow is a row of a source, with what rows are sorted by.
type sourceRow struct {
	row, begin uint64
	source     uint32
	ord        uint32
}

// collect lists the rows in the order of the new segment and fills the remaps.
func (b *segmentBuild) collect() error {
	total := 0
	for _, s := range b.sources {
		total += int(s.ref.n)
	}
	b.rows = make([]sourceRow, 0, total)
	for i, s := range b.sources {
		s.remap = make([]uint32, s.ref.n)
		for lo := uint32(0); lo < s.ref.n; {
			u, err := s.ref.run(lo, s.ref.n)
			if err != nil {
				return err
			}
			for ord := u.lo; ord < u.hi; ord++ {
				s.remap[ord] = segment.Dropped
				if s.drop == nil || !s.drop.Contains(ord) {
					b.rows = append(b.rows, sourceRow{u.rowIDs[ord-u.lo], u.begins[ord-u.lo], uint32(i), ord})
				}
			}
			lo = u.hi
		}
	}
	slices.SortFunc(b.rows, func(x, y sourceRow) int {
		return cmp.Or(cmp.Compare(x.row, y.row), cmp.Compare(x.begin, y.begin), cmp.Compare(x.source, y.source), cmp.Compare(x.ord, y.ord))
	})
	if b.provisional {
		for i := range b.rows {
			b.rows[i].begin = 0
			if i > 0 && b.rows[i].row == b.rows[i-1].row {
				b.rows[i].begin = b.rows[i-1].begin + 1
			}
		}
	}
	for i, r := range b.rows {
		b.sources[r.source].remap[r.ord] = uint32(i)
	}
	return nil
}

// write makes the data file and the key indexes durable and opens them. It gives nil when no row is left.
func (b *segmentBuild) write(ctx context.Context) (s *segmentPart, err error) {
	err = guard(func() error {
		s, err = b.writeFiles(ctx)
		return err
	})
	return s, err
}

func (b *segmentBuild) writeFiles(ctx context.Context) (*segmentPart, error) {
	if err := b.collect(); err != nil || len(b.rows) == 0 {
		return nil, err
	}
	b.id = SegmentID(b.ns.e.NextID())
	files := newFileSet(ctx, b.ns)
	defer files.abort()
	data, err := files.add(b.ns.files.segmentKey(b.id), b.sizeHint(), b.writeData(ctx))
	if err != nil {
		return nil, err
	}
	indexes := b.writtenIndexes()
	sidecars := make([]*storedFile, len(indexes))
	for i, x := range indexes {
		kind, size, write := keysSidecar, int64(24), b.writeKeys(x.ID)
		if x.Computed() {
			kind, size, write = vectorsSidecar, int64(max(16, x.Element.RowBytes(x.Dim))), b.writeVectors(ctx, x)
		}
		if sidecars[i], err = files.add(b.ns.files.sidecarKey(b.id, x.ID, kind), int64(len(b.rows))*size, write); err != nil {
			return nil, err
		}
	}
	if err := files.commit(); err != nil {
		return nil, b.ns.e.storeError(err)
	}
	s, err := b.ns.openSegment(ctx, *data, b.id)
	if err != nil {
		return nil, err
	}
	for i, x := range indexes {
		kind := keysSidecar
		if x.Computed() {
			kind = vectorsSidecar
		}
		if err := s.openSidecar(ctx, x, kind, *sidecars[i]); err != nil {
			s.release()
			return nil, err
		}
	}
	return s, nil
}

// writtenIndexes are the supplied indexes that the new segment gets: all, but for those being built that a source lacks.
func (b *segmentBuild) writtenIndexes() []*IndexDef {
	return slices.DeleteFunc(b.schema.suppliedIndexes(), func(x *IndexDef) bool {
		return x.Building && slices.ContainsFunc(b.sources, func(s *rowSource) bool { return !s.ref.supplies(x) })
	})
}

func (b *segmentBuild) sizeHint() int64 {
	return int64(len(b.rows)) * int64(shapeOf(b.schema).rowWidth+8)
}

func (b *segmentBuild) writeData(ctx context.Context) func(io.Writer, int) error {
	return func(dst io.Writer, align int) error {
		w, err := segment.NewWriter(dst, uint64(b.ns.id), uint64(b.table.id), uint64(b.id), segment.WriterOptions{Align: align})
		if err != nil {
			return err
		}
		rowIDs, begins := make([]uint64, len(b.rows)), make([]uint64, len(b.rows))
		for i, r := range b.rows {
			rowIDs[i], begins[i] = r.row, r.begin
		}
		if err := w.SetRows(rowIDs, begins); err != nil {
			return err
		}
		for i := range b.schema.Columns {
			def := &b.schema.Columns[i]
			meta := segment.ColumnMeta{ID: uint32(def.ID), Name: def.Name, Kind: def.Kind, Dim: def.Dim,
				ExtensionName: def.Extension, ExtensionMetadata: def.Metadata}
			if err := w.AddColumn(meta, b.columnChunks(ctx, def)); err != nil {
				return err
			}
		}
		_, err = w.Finish()
		return err
	}
}

// columnChunks gives a column of the new segment piece by piece.
func (b *segmentBuild) columnChunks(ctx context.Context, def *ColumnDef) iter.Seq2[*column.Column, error] {
	some := max(256, copyBytes/max(1, def.Kind.Width(def.Dim)+16))
	return func(yield func(*column.Column, error) bool) {
		cursors := make([]columnCursor, len(b.sources))
		for i, s := range b.sources {
			cursors[i] = columnCursor{r: s.ref, def: def}
		}
		for rows := range slices.Chunk(b.rows, min(some, 64<<10)) {
			if ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			out := column.NewBuilder(def.Kind, def.Dim, len(rows))
			for _, r := range rows {
				c, i, err := cursors[r.source].at(r.ord)
				if err != nil {
					yield(nil, err)
					return
				}
				out.AppendFrom(c, i)
			}
			c := out.Finish()
			if !yield(&c, nil) {
				return
			}
		}
	}
}

// columnCursor reads a column of a part at rising, or jumping, ordinals.
type columnCursor struct {
	r   *partRef
	def *ColumnDef
	u   run
	c   column.Column
}

func (k *columnCursor) at(ord uint32) (*column.Column, int, error) {
	if ord < k.u.lo || ord >= k.u.hi {
		var err error
		if k.u, err = k.r.run(ord, k.r.n); err != nil {
			return nil, 0, err
		}
		if k.c, err = k.r.columnOf(k.def, k.u.lo, k.u.hi); err != nil {
			return nil, 0, err
		}
	}
	return &k.c, int(ord - k.u.lo), nil
}

// writeKeys writes a key index of the new segment: merged from sidecars where all sources have them, else sorted from the heads' keys.
func (b *segmentBuild) writeKeys(id IndexID) func(io.Writer, int) error {
	return func(dst io.Writer, align int) error {
		h := segment.Header{Kind: segment.KindKeyIndex, Namespace: uint64(b.ns.id), Table: uint64(b.table.id), Segment: uint64(b.id), Index: uint64(id)}
		opts := segment.KeyIndexOptions{Align: align}
		var sidecars []segment.Source
		keys := make([][]byte, 0)
		for _, s := range b.sources {
			switch x := s.ref.keyIndex(id).(type) {
			case *segmentKeys:
				sidecars = append(sidecars, segment.Source{Index: x.index, Remap: s.remap})
			case headKeys:
				if len(keys) == 0 {
					keys = make([][]byte, len(b.rows))
				}
				refs := x.refs(s.ref.n)
				for ord, to := range s.remap {
					if to != segment.Dropped {
						keys[to] = refs[ord]
					}
				}
			case damagedKeys:
				return x.cause
			default:
				return errNoKeys(s.ref, id)
			}
		}
		if len(sidecars) == len(b.sources) {
			_, err := segment.MergeKeyIndexes(dst, h, opts, sidecars)
			return err
		}
		c := column.NewBuilder(column.Bytes, 0, len(keys))
		for _, key := range keys {
			if key == nil {
				c.AppendNull()
			} else {
				c.AppendBytes(key)
			}
		}
		col := c.Finish()
		_, err := segment.BuildKeyIndexFromColumn(dst, h, opts, &col)
		return err
	}
}

// fileSet writes some files of a namespace and makes them durable together.
type fileSet struct {
	ctx   context.Context
	ns    *namespace
	batch blob.Batch
}

func newFileSet(ctx context.Context, ns *namespace) *fileSet {
	return &fileSet{ctx: ctx, ns: ns, batch: ns.e.store.NewBatch()}
}

// add writes a file. A small one stays in memory, to be put into the manifest.
func (f *fileSet) add(key string, sizeHint int64, write func(dst io.Writer, align int) error) (*storedFile, error) {
	if sizeHint <= inlineBytes {
		var buf bytes.Buffer
		if err := write(&buf, 64); err != nil {
			return nil, err
		}
		if buf.Len() <= inlineBytes {
			return &storedFile{inline: buf.Bytes(), bytes: int64(buf.Len())}, nil
		}
	}
	w, err := f.batch.Create(f.ctx, key)
	if err != nil {
		return nil, f.ns.e.storeError(err)
	}
	defer w.Abort()
	count := &countingWriter{w: w}
	out := bufio.NewWriterSize(count, 256<<10)
	if err := write(out, 0); err != nil {
		return nil, f.ns.e.storeError(err)
	}
	if err := out.Flush(); err != nil {
		return nil, f.ns.e.storeError(err)
	}
	if err := w.Commit(); err != nil {
		return nil, f.ns.e.storeError(err)
	}
	return &storedFile{key: key, bytes: count.n}, nil
}

func (f *fileSet) commit() error {
	_, err := f.batch.Commit(f.ctx)
	return err
}

func (f *fileSet) abort() { f.batch.Abort() }

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
