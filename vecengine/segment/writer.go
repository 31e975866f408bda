package segment

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"

	"vecgres/vecengine/column"
	"vecgres/vecengine/vfs"
)

// WriterOptions tune a Writer.
type WriterOptions struct {
	Align int // of sections, see NewContainerWriter; use 64 for a segment that will be inlined in a manifest
	// Spool, when given, makes scratch files into which column buffers that outgrow SpoolBytes (0: 64 MiB) are collected before the
	// Arrow part is written; the writer closes them, the caller removes them. Without it columns other than vectors stay in memory.
	Spool      func() (vfs.File, error)
	SpoolBytes int64
}

// Writer writes the data file of one segment: SetRows, then AddColumn for each column, then Finish. For one goroutine.
// Vectors stream to the file as they come. The other columns are one Arrow record batch, so that each is contiguous in the file;
// they are collected first.
type Writer struct {
	c       *ContainerWriter
	opts    WriterOptions
	meta    Meta
	rowsSet bool
	bufs    []columnBufs
	arrow   []*collector // columns of the Arrow part
}

// NewWriter starts a data file.
func NewWriter(dst io.Writer, namespace, table, segment uint64, opts WriterOptions) (*Writer, error) {
	if opts.SpoolBytes <= 0 {
		opts.SpoolBytes = 64 << 20
	}
	c, err := NewContainerWriter(dst, Header{Kind: KindData, Namespace: namespace, Table: table, Segment: segment}, opts.Align)
	if err != nil {
		return nil, err
	}
	return &Writer{c: c, opts: opts, meta: Meta{Namespace: namespace, Table: table, Segment: segment}}, nil
}

// SetRows gives row ids and begin timestamps, equally long; rows are sorted by (row id, begin), strictly ascending as a pair.
func (w *Writer) SetRows(rowIDs, begins []uint64) error {
	n := len(rowIDs)
	switch {
	case w.rowsSet:
		return errors.New("segment: rows are set twice")
	case n != len(begins) || n > RowsMax:
		return fmt.Errorf("segment: %d row ids, %d begins", n, len(begins))
	}
	for i := 1; i < n; i++ {
		if rowIDs[i] < rowIDs[i-1] || rowIDs[i] == rowIDs[i-1] && begins[i] <= begins[i-1] {
			return fmt.Errorf("segment: row %d (%d from %d) is out of order", i, rowIDs[i], begins[i])
		}
	}
	w.rowsSet = true
	w.meta.Rows = n
	if n > 0 {
		w.meta.MinRow, w.meta.MaxRow = rowIDs[0], rowIDs[n-1]
		w.meta.MinBegin, w.meta.MaxBegin = slices.Min(begins), slices.Max(begins)
	}
	if err := w.c.section(sectionRowIDs, column.BytesOf(rowIDs)); err != nil {
		return err
	}
	return w.c.section(sectionBegins, column.BytesOf(begins))
}

// Chunks makes the chunks of AddColumn from columns in memory.
func Chunks(cols ...*column.Column) iter.Seq2[*column.Column, error] {
	return func(yield func(*column.Column, error) bool) {
		for _, c := range cols {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// AddColumn writes one column, given in chunks which together have as many rows as SetRows had. A chunk's memory may be used
// again when the next one is asked for.
func (w *Writer) AddColumn(m ColumnMeta, chunks iter.Seq2[*column.Column, error]) error {
	if !w.rowsSet {
		return errors.New("segment: a column before the rows")
	}
	if m.Kind == column.Invalid || m.Kind > column.Vector || m.Kind == column.Vector && m.Dim <= 0 {
		return fmt.Errorf("segment: column %d of kind %d, dimension %d", m.ID, m.Kind, m.Dim)
	}
	if slices.ContainsFunc(w.meta.Columns, func(o ColumnMeta) bool { return o.ID == m.ID }) {
		return fmt.Errorf("segment: two columns %d", m.ID)
	}
	col := newCollector(m.Kind, m.Dim, &w.opts)
	if m.Kind == column.Vector {
		if err := w.c.Begin(sectionVector + strconv.Itoa(int(m.ID))); err != nil {
			return err
		}
		col.slab = w.c
	}
	for chunk, err := range chunks {
		if err == nil {
			err = col.add(chunk)
		}
		if err != nil {
			return errors.Join(err, col.close())
		}
	}
	if col.n != w.meta.Rows {
		return errors.Join(fmt.Errorf("segment: column %d has %d rows, want %d", m.ID, col.n, w.meta.Rows), col.close())
	}
	m.Nulls = col.nulls
	w.meta.Columns = append(w.meta.Columns, m)
	w.bufs = append(w.bufs, columnBufs{})
	if m.Kind != column.Vector {
		col.place = len(w.meta.Columns) - 1
		w.arrow = append(w.arrow, col)
		return nil
	}
	if col.nulls == 0 {
		return nil
	}
	return w.c.section(sectionVecNull+strconv.Itoa(int(m.ID)), col.valid.mem)
}

// Finish writes what is left and gives the description. It neither syncs nor closes dst.
func (w *Writer) Finish() (Meta, error) {
	if !w.rowsSet {
		return Meta{}, errors.New("segment: finished without rows")
	}
	defer func() {
		for _, col := range w.arrow {
			_ = col.close() // scratch files
		}
	}()
	isBytes := func(c *collector) bool { return c.kind == column.Bytes }
	variable := slices.DeleteFunc(slices.Clone(w.arrow), func(c *collector) bool { return !isBytes(c) })
	w.arrow = append(slices.DeleteFunc(w.arrow, isBytes), variable...) // see writeArrow
	metas := make([]ColumnMeta, len(w.arrow))
	for i, col := range w.arrow {
		metas[i] = w.meta.Columns[col.place]
	}
	bufs, err := writeArrow(w.c, metas, w.arrow, w.meta.Rows)
	if err != nil {
		return Meta{}, err
	}
	for i, col := range w.arrow {
		w.bufs[col.place] = bufs[i]
	}
	if err := w.c.section(sectionMeta, encodeMeta(&w.meta, w.bufs)); err != nil {
		return Meta{}, err
	}
	if err := w.c.Finish(); err != nil {
		return Meta{}, err
	}
	return w.meta, nil
}

// Size is the bytes written so far; after Finish, the file's length.
func (w *Writer) Size() int64 { return w.c.Size() }
