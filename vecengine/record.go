package vecengine

import (
	"encoding/binary"

	"vecgres/vecengine/column"
)

// A log record is one transaction, or one note of the engine:
//
//	format   u8       recordFormat
//	ts       u64 LE   commit timestamp; 0 in a note
//	ops, to the end, each:
//	  kind u8 | namespace uvarint | length uvarint | payload
//
// Payloads, with T for the table id as uvarint:
//
//	opFloor        timestamp uvarint | next id uvarint      (namespace 0: numbers below these are taken)
//	opCreateSpace  -
//	opDropSpace    -
//	opCreateTable  T | schema
//	opDropTable    T
//	opAlterTable   T | schema
//	opEnds         T | row ids (rising)
//	opRows         T | row ids (rising) | columns: count, each id uvarint and column | keys: count, each index id uvarint and a Bytes column
//	opAdopt        T | segment id uvarint | rows uvarint | data file | dead ordinals (rising) | sidecars: count, each index id uvarint, file
//
// A file is its key, its size as uvarint, and its bytes where it is so small that it has no key. Keys and bytes are preceded by their length.
//
// Within a record the ends of a table come before its rows, because an update ends a version and adds one under the same row id.
// The order of ops is the order in which they are replayed.
const recordFormat = 1

const (
	opFloor       = 1
	opCreateSpace = 2
	opDropSpace   = 3
	opCreateTable = 4
	opDropTable   = 5
	opAlterTable  = 6
	opEnds        = 7
	opRows        = 8
	opAdopt       = 9
)

const recordHeaderBytes = 9

// recordWriter builds a record.
type recordWriter struct{ b []byte }

func newRecord(sizeHint int) *recordWriter {
	b := make([]byte, recordHeaderBytes, recordHeaderBytes+sizeHint)
	b[0] = recordFormat
	return &recordWriter{b}
}

// stamp sets the timestamp, which is known last.
func (w *recordWriter) stamp(ts Timestamp) {
	binary.LittleEndian.PutUint64(w.b[1:], uint64(ts))
}

// opLengthBytes is room for the length of a payload, which is known last: a uvarint padded to this size.
const opLengthBytes = 5

func (w *recordWriter) op(kind byte, ns NamespaceID, payload func(dst []byte) []byte) {
	w.b = append(w.b, kind)
	w.b = binary.AppendUvarint(w.b, uint64(ns))
	at := len(w.b)
	w.b = append(w.b, make([]byte, opLengthBytes)...)
	w.b = payload(w.b)
	n := len(w.b) - at - opLengthBytes
	for i := range opLengthBytes {
		w.b[at+i] = byte(n>>(7*i))&0x7f | 0x80
	}
	w.b[at+opLengthBytes-1] &^= 0x80
}

// recordOp is one op of a record.
type recordOp struct {
	kind    byte
	ns      NamespaceID
	payload []byte
}

// decodeRecord splits a record into its ops, whose payloads alias b.
func decodeRecord(b []byte, each func(op recordOp) error) (Timestamp, error) {
	d := decoder{b: b}
	if d.byte() != recordFormat {
		d.fail("record of another version")
	}
	head := d.take(8)
	if d.err != nil {
		return 0, d.err
	}
	ts := Timestamp(binary.LittleEndian.Uint64(head))
	for len(d.b) > 0 {
		op := recordOp{kind: d.byte(), ns: NamespaceID(d.uvarint())}
		op.payload = d.bytes()
		if d.err == nil && (op.kind < opFloor || op.kind > opAdopt) {
			d.fail("unknown operation")
		}
		if d.err != nil {
			return ts, d.err
		}
		if err := each(op); err != nil {
			return ts, err
		}
	}
	return ts, nil
}

// loggedRows is the payload of opRows.
type loggedRows struct {
	rowIDs  []uint64
	columns []ColumnID
	cols    []column.Column
	indexes []IndexID
	keys    []column.Column
}

func appendRows(dst []byte, t TableID, r *loggedRows) []byte {
	dst = binary.AppendUvarint(dst, uint64(t))
	dst = appendRising(dst, r.rowIDs)
	dst = binary.AppendUvarint(dst, uint64(len(r.columns)))
	for i, id := range r.columns {
		dst = binary.AppendUvarint(dst, uint64(id))
		dst = appendColumn(dst, &r.cols[i])
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.indexes)))
	for i, id := range r.indexes {
		dst = binary.AppendUvarint(dst, uint64(id))
		dst = appendColumn(dst, &r.keys[i])
	}
	return dst
}

func (d *decoder) rows() *loggedRows {
	r := &loggedRows{rowIDs: d.rising()}
	for range d.count(5) {
		r.columns = append(r.columns, ColumnID(d.uvarint()))
		r.cols = append(r.cols, d.column())
	}
	for range d.count(5) {
		r.indexes = append(r.indexes, IndexID(d.uvarint()))
		r.keys = append(r.keys, d.column())
	}
	for i := range r.cols {
		if r.cols[i].Len != len(r.rowIDs) {
			d.fail("rows of another number")
		}
	}
	for i := range r.keys {
		if r.keys[i].Len != len(r.rowIDs) || r.keys[i].Kind != column.Bytes {
			d.fail("keys of another number")
		}
	}
	return r
}

// adoption is the payload of opAdopt: a write set that was spilled into a segment.
type adoption struct {
	id       SegmentID
	rows     uint64
	file     storedFile
	dead     []uint64
	sidecars []adoptedSidecar
}

type adoptedSidecar struct {
	index IndexID
	file  storedFile
}

func appendFile(dst []byte, f storedFile) []byte {
	dst = appendString(dst, f.key)
	dst = binary.AppendUvarint(dst, uint64(f.bytes))
	return appendBytes(dst, f.inline)
}

// file reads what appendFile wrote, inline bytes into memory of their own, aligned for typed access.
func (d *decoder) file() storedFile {
	f := storedFile{key: d.string(), bytes: int64(d.uvarint())}
	if b := d.bytes(); len(b) > 0 {
		f.inline = column.BytesOf(make([]uint64, (len(b)+7)/8))[:len(b):len(b)]
		copy(f.inline, b)
	}
	return f
}

func appendAdoption(dst []byte, t TableID, a *adoption) []byte {
	dst = appendUvarints(dst, uint64(t), uint64(a.id), a.rows)
	dst = appendFile(dst, a.file)
	dst = appendRising(dst, a.dead)
	dst = binary.AppendUvarint(dst, uint64(len(a.sidecars)))
	for _, s := range a.sidecars {
		dst = binary.AppendUvarint(dst, uint64(s.index))
		dst = appendFile(dst, s.file)
	}
	return dst
}

func (d *decoder) adoption() *adoption {
	a := &adoption{id: SegmentID(d.uvarint()), rows: d.uvarint(), file: d.file(), dead: d.rising()}
	for range d.count(4) {
		a.sidecars = append(a.sidecars, adoptedSidecar{IndexID(d.uvarint()), d.file()})
	}
	return a
}
