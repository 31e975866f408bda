package segment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"vecgres/vecengine/column"
)

// arrowType is the storage type of a kind.
func arrowType(k column.Kind) arrow.DataType {
	switch k {
	case column.Bool:
		return arrow.FixedWidthTypes.Boolean
	case column.Int16:
		return arrow.PrimitiveTypes.Int16
	case column.Int32:
		return arrow.PrimitiveTypes.Int32
	case column.Int64:
		return arrow.PrimitiveTypes.Int64
	case column.Float32:
		return arrow.PrimitiveTypes.Float32
	case column.Float64:
		return arrow.PrimitiveTypes.Float64
	case column.Fixed16:
		return &arrow.FixedSizeBinaryType{ByteWidth: 16}
	}
	return arrow.BinaryTypes.LargeBinary
}

func arrowField(m ColumnMeta) arrow.Field {
	var keys, values []string
	if m.ExtensionName != "" {
		keys, values = append(keys, "ARROW:extension:name"), append(values, m.ExtensionName)
	}
	if m.ExtensionMetadata != "" {
		keys, values = append(keys, "ARROW:extension:metadata"), append(values, m.ExtensionMetadata)
	}
	keys, values = append(keys, "vecgres:column"), append(values, fmt.Sprint(m.ID))
	return arrow.Field{Name: m.Name, Type: arrowType(m.Kind), Nullable: true, Metadata: arrow.NewMetadata(keys, values)}
}

// arrowColumn wraps a column's buffers without copying.
func arrowColumn(m ColumnMeta, c *collector) (arrow.Array, error) {
	valid, offsets, data, err := c.buffers()
	if err != nil {
		return nil, err
	}
	bufs := []*memory.Buffer{nil, memory.NewBufferBytes(data)}
	if valid != nil {
		bufs[0] = memory.NewBufferBytes(valid)
	}
	if m.Kind == column.Bytes {
		bufs = []*memory.Buffer{bufs[0], memory.NewBufferBytes(offsets), bufs[1]}
	}
	return array.MakeFromData(array.NewData(arrowType(m.Kind), c.n, bufs, nil, c.nulls, 0)), nil
}

// arrowAlign is the alignment that Arrow recommends for buffers; the format, and its Go encoder, only promise 8.
const arrowAlign = 64

// writeArrow writes the columns as one Arrow IPC file of one record batch into the section "columns", and tells where each buffer
// lies in it.
//
// Buffers of fixed-width columns are aligned to 64 in the file, in three steps: they are padded to 64 here; columns of
// Bytes, whose buffers the encoder cuts to their exact length, come after all others (Writer.Finish sorts them) and are aligned to
// 8; and the file is laid out twice, first without writing, to learn where the batch's body begins, by which the section is shifted.
func writeArrow(w *ContainerWriter, metas []ColumnMeta, cols []*collector, rows int) ([]columnBufs, error) {
	fields := make([]arrow.Field, len(metas))
	arrays := make([]arrow.Array, len(metas))
	for i, m := range metas {
		fields[i] = arrowField(m)
		var err error
		if arrays[i], err = arrowColumn(m, cols[i]); err != nil {
			return nil, err
		}
	}
	rec := array.NewRecordBatch(arrow.NewSchema(fields, nil), arrays, int64(rows))
	plan := newLocator(io.Discard, cols)
	if err := encodeArrow(plan, rec); err != nil {
		return nil, err
	}
	shift := 0
	if plan.first >= 0 {
		shift = int((arrowAlign - plan.first%arrowAlign) % arrowAlign)
	}
	if err := w.beginShifted(sectionColumns, shift); err != nil {
		return nil, err
	}
	real := newLocator(w, cols)
	if err := encodeArrow(real, rec); err != nil {
		return nil, err
	}
	if real.pos != plan.pos || real.first != plan.first {
		return nil, errors.New("segment: the Arrow encoder is not repeatable")
	}
	return real.extents(metas, cols)
}

func encodeArrow(dst io.Writer, rec arrow.RecordBatch) (err error) {
	defer func() { // the library panics on input that it thinks impossible
		if r := recover(); r != nil {
			err = fmt.Errorf("segment: arrow: %v", r)
		}
	}()
	fw, err := ipc.NewFileWriter(dst, ipc.WithSchema(rec.Schema()))
	if err != nil {
		return err
	}
	if err := fw.Write(rec); err != nil {
		return err
	}
	return fw.Close()
}

// locator notes the place at which each of our buffers passes by. The encoder writes buffers as they are; those
// that it makes itself (the bitmap of a column that is NULL throughout) are not found, and not needed.
type locator struct {
	dst    io.Writer
	pos    int64
	first  int64 // place of the first buffer; -1 if there is none
	places map[*byte]int64
}

func newLocator(dst io.Writer, cols []*collector) *locator {
	l := &locator{dst: dst, first: -1, places: map[*byte]int64{}}
	for _, c := range cols {
		valid, offsets, data, _ := c.buffers()
		for _, b := range [][]byte{valid, offsets, data} {
			if len(b) > 0 {
				l.places[unsafe.SliceData(b)] = -1
			}
		}
	}
	return l
}

func (l *locator) Write(p []byte) (int, error) {
	if at, ours := l.places[unsafe.SliceData(p)]; ours && len(p) > 0 && at < 0 {
		l.places[unsafe.SliceData(p)] = l.pos
		if l.first < 0 {
			l.first = l.pos
		}
	}
	n, err := l.dst.Write(p)
	l.pos += int64(n)
	return n, err
}

// extents looks each column's buffers up.
func (l *locator) extents(metas []ColumnMeta, cols []*collector) ([]columnBufs, error) {
	out := make([]columnBufs, len(cols))
	for i, c := range cols {
		valid, offsets, data, err := c.buffers()
		if err != nil {
			return nil, err
		}
		if c.nulls == c.n {
			valid = nil
		}
		for _, b := range []struct {
			bytes []byte
			len   int64 // without padding
			to    *extent
		}{{valid, c.valid.size(), &out[i].valid}, {offsets, c.offsets.size(), &out[i].offsets}, {data, c.data.size(), &out[i].data}} {
			if len(b.bytes) == 0 || c.n == 0 {
				continue
			}
			at := l.places[unsafe.SliceData(b.bytes)]
			if at < 0 {
				return nil, fmt.Errorf("segment: the Arrow encoder copied a buffer of column %d", metas[i].ID)
			}
			*b.to = extent{at, b.len}
		}
	}
	return out, nil
}

// ArrowFile gives the segment's columns (all but vectors) as an Arrow IPC file; it aliases the mapping.
func (r *Reader) ArrowFile() ([]byte, error) { return r.c.Section(sectionColumns) }

// ArrowReader opens the Arrow file with the Arrow library, for tools and tests.
func (r *Reader) ArrowReader() (*ipc.FileReader, error) {
	data, err := r.ArrowFile()
	if err != nil {
		return nil, err
	}
	return ipc.NewFileReader(bytes.NewReader(data))
}
