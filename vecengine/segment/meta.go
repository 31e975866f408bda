package segment

import (
	"encoding/binary"

	"vecgres/vecengine/column"
	"vecgres/vecengine/varint"
	"vecgres/vecengine/vfs"
)

// RowsMax is the most rows of a segment: ordinals are below 1<<31.
const RowsMax = 1<<31 - 1

// ColumnMeta describes a stored column.
type ColumnMeta struct {
	ID   uint32 // unique in the table, never reused
	Name string // for readers of the Arrow file
	Kind column.Kind
	Dim  int // Vector only
	// ExtensionName and ExtensionMetadata go into the Arrow field as ARROW:extension:name and :metadata; empty means none.
	ExtensionName     string
	ExtensionMetadata string
	// Nulls is the number of NULLs; Writer counts them.
	Nulls int
}

// Meta describes a segment.
type Meta struct {
	Namespace, Table, Segment uint64
	Rows                      int
	MinRow, MaxRow            uint64 // row ids; 0 when there are no rows
	MinBegin, MaxBegin        uint64 // commit timestamps
	Columns                   []ColumnMeta
}

// Names of the sections of a data file.
const (
	sectionMeta    = "meta"
	sectionColumns = "columns"
	sectionRowIDs  = "rowids"
	sectionBegins  = "begins"
	sectionVector  = "vec."     // and the column id in decimal
	sectionVecNull = "vecnull." // likewise
)

// extent is a range of the "columns" section; of no length when the buffer is absent.
type extent struct{ off, len int64 }

// columnBufs tells where a column's Arrow buffers lie, so that reading a column needs no Arrow decoder.
type columnBufs struct{ valid, offsets, data extent }

func encodeMeta(m *Meta, bufs []columnBufs) []byte {
	b := binary.AppendUvarint(nil, uint64(m.Rows))
	for _, v := range []uint64{m.MinRow, m.MaxRow, m.MinBegin, m.MaxBegin, uint64(len(m.Columns))} {
		b = binary.AppendUvarint(b, v)
	}
	for i, c := range m.Columns {
		for _, v := range []uint64{uint64(c.ID), uint64(c.Kind), uint64(c.Dim), uint64(c.Nulls)} {
			b = binary.AppendUvarint(b, v)
		}
		b = varint.AppendString(b, c.Name)
		b = varint.AppendString(b, c.ExtensionName)
		b = varint.AppendString(b, c.ExtensionMetadata)
		for _, e := range []extent{bufs[i].valid, bufs[i].offsets, bufs[i].data} {
			b = binary.AppendUvarint(b, uint64(e.off))
			b = binary.AppendUvarint(b, uint64(e.len))
		}
	}
	return b
}

// decodeMeta reads the meta section. Its bytes are verified, so a fault in it is a fault of the writer, but still no panic.
func decodeMeta(c *Container) (*Meta, []columnBufs, error) {
	data, err := c.Section(sectionMeta)
	if err != nil {
		return nil, nil, err
	}
	h := c.Header()
	r := varint.NewReader(data)
	m := &Meta{Namespace: h.Namespace, Table: h.Table, Segment: h.Segment, Rows: int(r.UintMax(RowsMax))}
	m.MinRow, m.MaxRow, m.MinBegin, m.MaxBegin = r.Uint(), r.Uint(), r.Uint(), r.Uint()
	n := r.Count(13)
	m.Columns = make([]ColumnMeta, n)
	bufs := make([]columnBufs, n)
	columnsLen, _ := c.SectionLen(sectionColumns)
	for i := range m.Columns {
		m.Columns[i] = ColumnMeta{
			ID: uint32(r.UintMax(1<<32 - 1)), Kind: column.Kind(r.UintMax(uint64(column.Vector))), Dim: int(r.UintMax(1 << 24)),
			Nulls: int(r.UintMax(uint64(m.Rows))), Name: r.String(), ExtensionName: r.String(), ExtensionMetadata: r.String(),
		}
		for _, e := range []*extent{&bufs[i].valid, &bufs[i].offsets, &bufs[i].data} {
			e.off = int64(r.UintMax(uint64(columnsLen)))
			e.len = int64(r.UintMax(uint64(columnsLen - e.off)))
		}
		if m.Columns[i].Kind == column.Invalid {
			r.Fail()
		}
	}
	if r.Err() != nil || r.Len() != 0 {
		return nil, nil, vfs.Corruptf(c.Name(), c.sections[sectionMeta].off+int64(r.Pos()), "the description of the segment is malformed")
	}
	return m, bufs, nil
}
