package vecengine

import (
	"bytes"
	"testing"

	"vecgres/vecengine/column"
)

func FuzzLogRecord(f *testing.F) {
	rec := newRecord(100)
	rows := testRows(testRow{1, "a", 2, 3}, testRow{2, "", -1, -1})
	s := testSchema()
	rec.op(opCreateTable, 7, func(dst []byte) []byte { return appendSchema(appendUvarints(dst, 70), &s) })
	rec.op(opEnds, 7, func(dst []byte) []byte { return appendRising(appendUvarints(dst, 70), []uint64{5, 3, 9}) })
	rec.op(opRows, 7, func(dst []byte) []byte {
		return appendRows(dst, 70, &loggedRows{rowIDs: []uint64{1, 2}, columns: []ColumnID{1, 2, 3, 4}, cols: rows.Cols,
			indexes: []IndexID{idxID}, keys: []column.Column{rows.Keys[0].Bytes}})
	})
	rec.op(opAdopt, 7, func(dst []byte) []byte {
		return appendAdoption(dst, 70, &adoption{id: 9, rows: 3, file: storedFile{key: "x", bytes: 5}, dead: []uint64{1},
			sidecars: []adoptedSidecar{{idxID, storedFile{inline: []byte("keys"), bytes: 4}}}})
	})
	rec.stamp(42)
	f.Add(rec.b)
	f.Add([]byte{})
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 8, 1, 3, 1, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = decodeRecord(b, func(op recordOp) error {
			d := decoder{b: op.payload}
			d.uvarint()
			switch op.kind {
			case opCreateTable, opAlterTable:
				if s := d.schema(); d.err == nil {
					again := decoder{b: appendSchema(nil, s)}
					if again.schema(); again.err != nil {
						t.Fatalf("a schema does not survive: %v", again.err)
					}
				}
			case opEnds:
				d.rising()
			case opRows:
				if r := d.rows(); d.err == nil {
					again := decoder{b: appendRows(nil, 1, r)}
					again.uvarint()
					if again.rows(); again.err != nil {
						t.Fatalf("rows do not survive: %v", again.err)
					}
				}
			case opAdopt:
				if a := d.adoption(); d.err == nil {
					if again := appendAdoption(nil, 1, a); len(again) == 0 {
						t.Fatal("nothing written")
					}
				}
			}
			return nil
		})
	})
}

func TestRecordRoundTrip(t *testing.T) {
	rows := testRows(testRow{1, "a", 2, 3}, testRow{2, "", -1, -1}, testRow{3, "ccc", 0, 0})
	for i := range rows.Cols {
		d := decoder{b: appendColumn(nil, &rows.Cols[i])}
		c := d.column()
		if d.err != nil || len(d.b) != 0 {
			t.Fatalf("column %d: %v, %d bytes left", i, d.err, len(d.b))
		}
		if !bytes.Equal(appendColumn(nil, &c), appendColumn(nil, &rows.Cols[i])) {
			t.Fatalf("column %d changed", i)
		}
	}
	part := sliceColumn(&rows.Cols[1], 1, 3)
	d := decoder{b: appendColumn(nil, &part)}
	if c := d.column(); d.err != nil || !c.IsNull(0) || string(c.BytesAt(1)) != "ccc" {
		t.Fatalf("a slice of a column reads %v", c)
	}
}
