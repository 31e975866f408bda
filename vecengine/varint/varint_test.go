package varint

import (
	"encoding/binary"
	"errors"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	buf := binary.AppendUvarint(nil, 1<<63)
	buf = AppendBytes(buf, []byte("bytes"))
	buf = AppendString(buf, "")
	buf = binary.AppendUvarint(buf, 3)
	buf = append(buf, 1, 2, 3)
	r := NewReader(buf)
	if v := r.Uint(); v != 1<<63 {
		t.Fatal(v)
	}
	if b := r.Bytes(); string(b) != "bytes" || cap(b) != 5 {
		t.Fatalf("%q, capacity %d", b, cap(b))
	}
	if s := r.String(); s != "" {
		t.Fatal(s)
	}
	if n := r.Count(1); n != 3 || r.Len() != 3 || r.Pos() != len(buf)-3 || r.Err() != nil {
		t.Fatal(n, r.Len(), r.Pos(), r.Err())
	}
}

func TestBadInput(t *testing.T) {
	for _, read := range []func(*Reader){
		func(r *Reader) { r.Uint(); r.Uint() },
		func(r *Reader) { r.Bytes() },
		func(r *Reader) { r.Count(1) },
		func(r *Reader) { r.UintMax(9) },
	} {
		r := NewReader([]byte{10})
		read(r)
		if !errors.Is(r.Err(), ErrMalformed) {
			t.Fatal(r.Err())
		}
		if r.Uint() != 0 || r.Bytes() != nil {
			t.Fatal("reading goes on after an error")
		}
	}
}
