package pgwire

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgproto3/v2"

	"vecgres/sql/types"
)

// sinkConn takes everything.
type sinkConn struct {
	net.Conn
	n int
}

func (s *sinkConn) Write(p []byte) (int, error)        { s.n += len(p); return len(p), nil }
func (s *sinkConn) Read([]byte) (int, error)           { return 0, io.EOF }
func (s *sinkConn) SetWriteDeadline(_ time.Time) error { return nil }

// TestRowAllocatesNothing checks that a row costs no memory of its own, in either format.
func TestRowAllocatesNothing(t *testing.T) {
	c := &conn{session: &fakeSession{}}
	c.w = writer{conn: &sinkConn{}, open: -1, buf: make([]byte, 0, 2*flushBytes)}
	o := &c.out
	o.reset(c, false)
	fields := []Field{
		{Name: "i", Type: types.T(types.Int4OID)}, {Name: "t", Type: types.T(types.TextOID)}, {Name: "f", Type: types.T(types.Float8OID), Format: 1},
		{Name: "n", Type: types.T(types.TextOID)}, {Name: "v", Type: types.T(types.VectorOID)},
	}
	if err := o.Fields(fields); err != nil {
		t.Fatal(err)
	}
	row := []types.Datum{types.Int(7), types.Text("hello"), types.Float(1.5), types.Null, types.VectorOf([]float32{1, 2.5, -3})}
	if n := testing.AllocsPerRun(100, func() {
		if err := o.Row(row); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a row", n)
	}
	var msg pgproto3.DataRow
	c.w.buf = c.w.buf[:0]
	if err := o.Row(row); err != nil {
		t.Fatal(err)
	}
	if err := msg.Decode(c.w.buf[5:]); err != nil {
		t.Fatal(err)
	}
	want := []string{"7", "hello", "\x3f\xf8\x00\x00\x00\x00\x00\x00", "", "[1,2.5,-3]"}
	for i, v := range msg.Values {
		if string(v) != want[i] || (v == nil) != (i == 3) {
			t.Errorf("column %d: %q, want %q", i, v, want[i])
		}
	}
}

// TestFramerMemory checks that memory follows the bytes received.
func TestFramerMemory(t *testing.T) {
	f := newFramer(bytes.NewReader(append([]byte{'Q', 0x0f, 0xff, 0xff, 0xff}, make([]byte, 1000)...)))
	f.max = 256 << 20
	if n := testing.AllocsPerRun(1, func() { _, _, _ = f.next() }); n > 10 {
		t.Errorf("%v allocations", n)
	}
	if cap(f.body) > 2*growBytes {
		t.Errorf("%d bytes taken for 1000 received", cap(f.body))
	}
	body := strings.Repeat("x", 5<<20)
	data := append([]byte{'Q', 0, 0x50, 0, 4}, body...)
	f = newFramer(bytes.NewReader(append(data, 'S', 0, 0, 0, 4)))
	f.max = 256 << 20
	if kind, got, err := f.next(); err != nil || kind != 'Q' || string(got) != body {
		t.Errorf("%c %d bytes %v", kind, len(got), err)
	}
	if kind, _, err := f.next(); err != nil || kind != 'S' || cap(f.body) > keepBytes {
		t.Errorf("%c %v, %d bytes kept", kind, err, cap(f.body))
	}
	if _, _, err := f.next(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func BenchmarkRow(b *testing.B) {
	c := &conn{session: &fakeSession{}}
	c.w = writer{conn: &sinkConn{}, open: -1}
	c.out.reset(c, false)
	_ = c.out.Fields([]Field{{Type: types.T(types.Int8OID)}, {Type: types.T(types.TextOID)}, {Type: types.T(types.Float4OID)}})
	row := []types.Datum{types.Int(123456), types.Text("some text here"), types.Float(0.25)}
	b.ReportAllocs()
	for b.Loop() {
		if err := c.out.Row(row); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExtendedQuery(b *testing.B) {
	c, _, _ := newFakeServer(b, Config{})
	c.send(b, &pgproto3.Parse{Name: "s", Query: "SELECT $1::text AS a, $2::int4 AS b"})
	c.send(b, &pgproto3.Sync{})
	c.finish(b)
	msg := encodeAll(b, &pgproto3.Bind{PreparedStatement: "s", Parameters: [][]byte{[]byte("x"), []byte("1")}}, &pgproto3.Execute{}, &pgproto3.Sync{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.nc.Write(msg); err != nil {
			b.Fatal(err)
		}
		c.finish(b)
	}
}
