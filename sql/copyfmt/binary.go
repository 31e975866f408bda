package copyfmt

import (
	"encoding/binary"
	"io"
)

// The binary format:
//
//	"PGCOPY\n\377\r\n\0"  flags int32  extension length int32, extension
//	a tuple: field count int16, then for each field its length int32 (-1 NULL) and bytes
//	the end: -1 int16
const signature = "PGCOPY\n\xff\r\n\x00"

const (
	flagOIDs     = 1 << 16
	criticalBits = 16 // flags from this bit on change the format
)

func (r *Reader) signature() error {
	head, err := r.in.take(len(signature))
	if err != nil {
		return err
	}
	if string(head) != signature {
		return r.bad("COPY file signature not recognized")
	}
	flags, ok, err := r.int32()
	switch {
	case err != nil:
		return err
	case !ok:
		return r.bad("invalid COPY file header (missing flags)")
	case flags&flagOIDs != 0:
		return r.bad("invalid COPY file header (WITH OIDS)")
	case uint32(flags)>>criticalBits != 0:
		return r.bad("unrecognized critical flags in COPY file header")
	}
	return r.extension()
}

// extension skips the header's extension, whose bytes are not kept.
func (r *Reader) extension() error {
	n, ok, err := r.int32()
	if err != nil {
		return err
	}
	if !ok || n < 0 {
		return r.bad("invalid COPY file header (missing length)")
	}
	for left := int(n); left > 0; {
		got, err := r.in.take(min(left, 4096))
		if err != nil {
			return err
		}
		if len(got) == 0 {
			return r.bad("invalid COPY file header (wrong length)")
		}
		left -= len(got)
	}
	return nil
}

// int32 reads a number; ok is false at the end of the data.
func (r *Reader) int32() (v int32, ok bool, err error) {
	b, err := r.in.take(4)
	if err != nil || len(b) < 4 {
		return 0, false, err
	}
	return int32(binary.BigEndian.Uint32(b)), true, nil
}

// nextTuple reads a tuple. Fields are copied, since the buffer moves as a tuple's later fields arrive.
func (r *Reader) nextTuple() ([]Field, error) {
	r.lineNo++
	r.fields, r.room = r.fields[:0], r.room[:0]
	if cap(r.room) > keepBytes {
		r.room = nil
	}
	head, err := r.in.take(2)
	if err != nil {
		return nil, err
	}
	if len(head) == 0 { // Postgres takes the data's end for the format's
		r.done = true
		return nil, io.EOF
	}
	if len(head) < 2 {
		return nil, r.bad("unexpected EOF in COPY data")
	}
	count := int(int16(binary.BigEndian.Uint16(head)))
	if count == -1 {
		return nil, r.trailer()
	}
	if count != len(r.columns) {
		return nil, r.bad("row field count is %d, expected %d", count, len(r.columns))
	}
	r.lengths = r.lengths[:0]
	for range count {
		n, err := r.tupleField()
		if err != nil {
			return nil, err
		}
		r.lengths = append(r.lengths, n)
	}
	r.placeFields(r.lengths)
	return r.fields, nil
}

// trailer ends the data; nothing may follow.
func (r *Reader) trailer() error {
	r.done = true
	more, err := r.in.take(1)
	if err != nil {
		return err
	}
	if len(more) > 0 {
		return r.bad("received copy data after EOF marker")
	}
	return io.EOF
}

// tupleField copies a field to the end of the room and gives its length, -1 for NULL.
func (r *Reader) tupleField() (int, error) {
	n, ok, err := r.int32()
	switch {
	case err != nil:
		return 0, err
	case !ok:
		return 0, r.bad("unexpected EOF in COPY data")
	case n == -1:
		return -1, nil
	case n < 0:
		return 0, r.bad("invalid field size")
	}
	// What was announced is read as it comes, so that a length alone takes no memory.
	for left := int(n); left > 0; {
		got, err := r.in.take(min(left, 64<<10))
		if err != nil {
			return 0, err
		}
		if len(got) == 0 {
			return 0, r.bad("unexpected EOF in COPY data")
		}
		r.room = append(r.room, got...)
		left -= len(got)
	}
	return int(n), nil
}

// placeFields makes the fields once the room has stopped growing.
func (r *Reader) placeFields(lengths []int) {
	at := 0
	for _, n := range lengths {
		if n < 0 {
			r.fields = append(r.fields, Field{Null: true})
			continue
		}
		r.fields = append(r.fields, Field{Data: r.room[at : at+n : at+n]})
		at += n
	}
}
