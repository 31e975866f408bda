package pgwire

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgproto3/v2"
)

// attack sends bytes to a server over a pipe, reads whatever comes back, and then checks that the connection ended, that its session was
// given up, and that another connection still works.
func attack(t *testing.T, srv *Server, backend *fakeBackend, other *testClient, data []byte) {
	client, server := net.Pipe()
	done := make(chan struct{})
	go func() {
		srv.ServeConn(server)
		close(done)
	}()
	go func() { _, _ = io.Copy(io.Discard, client) }()
	_ = client.SetWriteDeadline(time.Now().Add(patience))
	_, _ = client.Write(data)
	client.Close()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the connection does not end")
	}
	backend.mu.Lock()
	for _, s := range backend.sessions[1:] {
		if !s.isClosed() {
			t.Error("a session is left open")
		}
	}
	backend.sessions = backend.sessions[:1]
	backend.mu.Unlock()
	if code := other.query(t, "SELECT 1"); code != "" {
		t.Fatalf("the other connection: %q", code)
	}
}

func encodeAll(t testing.TB, messages ...pgproto3.FrontendMessage) []byte {
	var out []byte
	for _, msg := range messages {
		var err error
		if out, err = msg.Encode(out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func FuzzReceive(f *testing.F) {
	f.Add(encodeAll(f, &pgproto3.Query{String: "SELECT 1"}, &pgproto3.Terminate{}))
	f.Add(encodeAll(f, &pgproto3.Parse{Name: "s", Query: "SELECT $1::text AS a, $2::int4 AS b", ParameterOIDs: []uint32{25, 23}},
		&pgproto3.Bind{PreparedStatement: "s", Parameters: [][]byte{[]byte("x"), nil}, ResultFormatCodes: []int16{0, 1}},
		&pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{MaxRows: 1}, &pgproto3.Close{ObjectType: 'S', Name: "s"}, &pgproto3.Sync{}))
	f.Add(encodeAll(f, &pgproto3.Query{String: "COPY t FROM STDIN"}, &pgproto3.CopyData{Data: []byte("1\n")}, &pgproto3.CopyDone{}))
	f.Add(encodeAll(f, &pgproto3.Query{String: "COPY t FROM STDIN"}, &pgproto3.CopyFail{Message: "x"}, &pgproto3.Flush{}))
	f.Add(encodeAll(f, &pgproto3.FunctionCall{Function: 1, Arguments: [][]byte{nil}}, &pgproto3.Query{String: "panic"}))
	f.Add([]byte("B\x00\x00\x00\x10\x00\x00\x00\x00\x00\x01\xff\xff\xff\xfe\x00\x00"))
	f.Add([]byte("Q\x7f\xff\xff\xff"))
	other, srv, backend := newFakeServer(f, Config{MessageBytesMax: 1 << 20})
	hello := startup(196608, "user", "u")
	f.Fuzz(func(t *testing.T, data []byte) {
		attack(t, srv, backend, other, append(append([]byte{}, hello...), data...))
	})
}

func FuzzStartup(f *testing.F) {
	f.Add(startup(196608, "user", "u", "options", "-c a=b"))
	f.Add(startup(196610, "user", "u", "_pq_.x", ""))
	f.Add(append([]byte{0, 0, 0, 8}, binary.BigEndian.AppendUint32(nil, sslCode)...))
	f.Add(append([]byte{0, 0, 0, 16}, append(binary.BigEndian.AppendUint32(nil, cancelCode), 0, 0, 0, 1, 2, 3, 4, 5)...))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	other, srv, backend := newFakeServer(f, Config{})
	f.Fuzz(func(t *testing.T, data []byte) { attack(t, srv, backend, other, data) })
}
