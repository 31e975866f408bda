package segment

import (
	"context"
	"sort"
	"strconv"
	"sync/atomic"

	"vecgres/vecengine/blob"
	"vecgres/vecengine/column"
	"vecgres/vecengine/vfs"
)

// Reader reads a data file. Safe for concurrent use; Close must not race with readers of its columns.
type Reader struct {
	c       *Container
	meta    *Meta
	bufs    []columnBufs
	checked []atomic.Bool // by column: its offsets were checked
	vectors map[uint32]*section
	rowIDs  []uint64 // not verified yet when opened; use RowIDs
	begins  []uint64
}

// Open opens a data file's bytes, of which it becomes the owner (also when it fails). It reads header, footer and description only.
func Open(name string, m vfs.Mapping) (*Reader, error) {
	c, err := OpenContainer(name, m, KindData)
	if err != nil {
		return nil, err
	}
	r := &Reader{c: c, vectors: map[uint32]*section{}}
	if err := r.open(); err != nil {
		c.Close()
		return nil, err
	}
	return r, nil
}

// OpenObject opens a data file of a store.
func OpenObject(ctx context.Context, store blob.Store, key string) (*Reader, error) {
	m, err := mapObject(ctx, store, key)
	if err != nil {
		return nil, err
	}
	return Open(key, m)
}

func mapObject(ctx context.Context, store blob.Store, key string) (vfs.Mapping, error) {
	obj, err := store.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer obj.Close()
	return obj.Map()
}

func (r *Reader) open() (err error) {
	if r.meta, r.bufs, err = decodeMeta(r.c); err != nil {
		return err
	}
	r.checked = make([]atomic.Bool, len(r.bufs))
	n := int64(r.meta.Rows)
	for name, dst := range map[string]*[]uint64{sectionRowIDs: &r.rowIDs, sectionBegins: &r.begins} {
		s := r.c.sections[name]
		if s == nil || s.len != 8*n || s.off%8 != 0 {
			return vfs.Corruptf(r.c.name, r.c.end, "section %q does not fit %d rows", name, n)
		}
		*dst = column.Values[uint64](&column.Column{Data: r.c.unverified(s)})
	}
	for i, m := range r.meta.Columns {
		if err := r.checkShape(m, &r.bufs[i]); err != nil {
			return err
		}
	}
	return nil
}

// checkShape compares a column's extents with its kind and the number of rows.
func (r *Reader) checkShape(m ColumnMeta, b *columnBufs) error {
	n := int64(r.meta.Rows)
	bad := func() error {
		return vfs.Corruptf(r.c.name, r.c.sections[sectionMeta].off, "column %d does not fit %d rows", m.ID, n)
	}
	if m.Kind == column.Vector {
		s := r.c.sections[sectionVector+strconv.Itoa(int(m.ID))]
		if s == nil || m.Dim <= 0 || s.len != n*int64(m.Dim)*4 || s.off%8 != 0 {
			return bad()
		}
		if l, ok := r.c.SectionLen(sectionVecNull + strconv.Itoa(int(m.ID))); m.Nulls > 0 && (!ok || l < (n+7)/8) {
			return bad()
		}
		r.vectors[m.ID] = s
		return nil
	}
	if n == 0 {
		return nil
	}
	want := n * int64(m.Kind.Width(m.Dim))
	if m.Kind == column.Bool {
		want = (n + 7) / 8
	}
	base := int64(0)
	if s := r.c.sections[sectionColumns]; s != nil {
		base = s.off
	}
	switch {
	case m.Kind == column.Bytes && (b.offsets.len != 8*(n+1) || (base+b.offsets.off)%8 != 0),
		m.Kind != column.Bytes && (b.data.len != want || (base+b.data.off)%8 != 0),
		m.Nulls > 0 && int64(m.Nulls) < n && b.valid.len < (n+7)/8:
		return bad()
	}
	return nil
}

// Meta describes the segment.
func (r *Reader) Meta() *Meta { return r.meta }

// N is the number of rows.
func (r *Reader) N() int { return r.meta.Rows }

// RowIDs are the row ids by ordinal, ascending; an id repeats when several versions of a row are here.
func (r *Reader) RowIDs() ([]uint64, error) {
	_, err := r.c.Section(sectionRowIDs)
	return r.rowIDs, err
}

// Begins are the commit timestamps by ordinal.
func (r *Reader) Begins() ([]uint64, error) {
	_, err := r.c.Section(sectionBegins)
	return r.begins, err
}

// FindRow gives the ordinals [lo, hi) of a row id's versions, oldest first; lo == hi when it is not here, lo then being where it would be.
func (r *Reader) FindRow(rowID uint64) (lo, hi int, err error) {
	ids, err := r.RowIDs()
	if err != nil {
		return 0, 0, err
	}
	lo = lowerBound(ids, rowID)
	for hi = lo; hi < len(ids) && ids[hi] == rowID; hi++ {
	}
	return lo, hi, nil
}

// lowerBound is the first place whose id is at least id: a few steps of interpolation, because ids mostly count up, then halving.
func lowerBound(ids []uint64, id uint64) int {
	lo, hi := 0, len(ids) // the answer is in [lo, hi]
	for range 4 {
		if hi-lo < 16 {
			break
		}
		first, last := ids[lo], ids[hi-1]
		if id <= first {
			return lo
		}
		if id > last {
			return hi
		}
		guess := lo + int(float64(id-first)/float64(last-first)*float64(hi-1-lo))
		guess = min(max(guess, lo), hi-1)
		// Bracket the answer around the guess: where ids count up nearly evenly, both probes hold.
		if ids[guess] < id {
			lo = guess + 1
			if p := guess + 16; p < hi && ids[p] >= id {
				hi = p
			}
		} else {
			hi = guess
			if p := guess - 16; p >= lo && ids[p] < id {
				lo = p + 1
			}
		}
	}
	return lo + sort.Search(hi-lo, func(i int) bool { return ids[lo+i] >= id })
}

// Column gives a column that aliases the file, vector columns too; false when the segment has none of that id (it was added
// later). At first use the blocks that hold it are verified.
func (r *Reader) Column(id uint32) (column.Column, bool, error) {
	for i := range r.meta.Columns {
		if m := &r.meta.Columns[i]; m.ID == id {
			c, err := r.column(i, m)
			return c, true, err
		}
	}
	return column.Column{}, false, nil
}

func (r *Reader) column(i int, m *ColumnMeta) (column.Column, error) {
	n := r.meta.Rows
	out := column.Column{Kind: m.Kind, Dim: m.Dim, Len: n}
	if n == 0 {
		if m.Kind == column.Bytes {
			out.Offsets = []int64{0}
		}
		return out, nil
	}
	var err error
	if m.Kind == column.Vector {
		if out.Data, err = r.c.Section(sectionVector + strconv.Itoa(int(m.ID))); err == nil && m.Nulls > 0 {
			out.Valid, err = r.c.Section(sectionVecNull + strconv.Itoa(int(m.ID)))
		}
		return out, err
	}
	b := &r.bufs[i]
	if out.Data, err = r.extent(b.data); err != nil {
		return out, err
	}
	if m.Nulls == n {
		out.Valid = make([]byte, (n+7)/8)
	} else if m.Nulls > 0 {
		if out.Valid, err = r.extent(b.valid); err != nil {
			return out, err
		}
	}
	if m.Kind != column.Bytes {
		return out, nil
	}
	offs, err := r.extent(b.offsets)
	if err != nil {
		return out, err
	}
	out.Offsets = column.Values[int64](&column.Column{Data: offs})
	return out, r.checkOffsets(i, out.Offsets, int64(len(out.Data)))
}

func (r *Reader) extent(e extent) ([]byte, error) {
	if e.len == 0 {
		return nil, nil
	}
	return r.c.SectionRange(sectionColumns, e.off, e.len)
}

// checkOffsets makes sure, once, that no value lies outside the data.
func (r *Reader) checkOffsets(i int, offs []int64, size int64) error {
	if r.checked[i].Load() {
		return nil
	}
	prev := int64(0)
	for _, o := range offs {
		if o < prev {
			prev = size + 1
			break
		}
		prev = o
	}
	if offs[0] != 0 || prev > size {
		return vfs.Corruptf(r.c.name, r.c.sections[sectionColumns].off+r.bufs[i].offsets.off, "offsets of column %d are out of order", r.meta.Columns[i].ID)
	}
	r.checked[i].Store(true)
	return nil
}

// Vectors gives a vector column as one slab of n*dim floats, verified as a whole at first use; false when the segment has none of that id.
func (r *Reader) Vectors(id uint32) (slab []float32, dim int, ok bool, err error) {
	c, ok, err := r.Column(id)
	if !ok || err != nil || c.Kind != column.Vector {
		return nil, 0, ok && c.Kind == column.Vector, err
	}
	return column.Values[float32](&c), c.Dim, true, nil
}

// VectorsUnverified is Vectors without reading the slab: call VerifyVectors for rows before looking at them. It is for walks
// that touch few rows of a cold segment.
func (r *Reader) VectorsUnverified(id uint32) (slab []float32, dim int, ok bool) {
	s := r.vectors[id]
	if s == nil {
		return nil, 0, false
	}
	for i := range r.meta.Columns {
		if r.meta.Columns[i].ID == id {
			dim = r.meta.Columns[i].Dim
		}
	}
	return column.Values[float32](&column.Column{Data: r.c.unverified(s)}), dim, true
}

// VerifyVectors verifies the blocks that hold rows [lo, hi) of a vector column; blocks verified before cost a bit test.
func (r *Reader) VerifyVectors(id uint32, lo, hi int) error {
	s := r.vectors[id]
	if s == nil || r.meta.Rows == 0 {
		return nil
	}
	row := s.len / int64(r.meta.Rows)
	_, err := r.c.sectionRange(s, int64(lo)*row, int64(hi-lo)*row)
	return err
}

// Container gives access to sections, names and checks.
func (r *Reader) Container() *Container { return r.c }

// Verify checks every block.
func (r *Reader) Verify() error { return r.c.Verify() }

// Close gives the mapping back.
func (r *Reader) Close() error { return r.c.Close() }
