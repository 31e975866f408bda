package pgwire

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgproto3/v2"
)

var addr = flag.String("addr", "", "network:address of a real server to run the message scripts against, as unix:/tmp/.s.PGSQL.5432")

// TestMessages runs the scripts of testdata/pgtest. "send" sends messages, one a line: a type and JSON. "until" prints what comes back up to
// and with the named messages. "raw" sends bytes in Go syntax. Scripts marked "fake" use statements that a real server does not have.
func TestMessages(t *testing.T) {
	datadriven.Walk(t, "testdata/pgtest", func(t *testing.T, path string) {
		if *addr != "" && strings.Contains(path, "fake") {
			t.Skip("for the fake session alone")
		}
		client := newClient(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "send":
				for _, line := range strings.Split(d.Input, "\n") {
					client.send(t, parseMessage(t, line))
				}
				return ""
			case "until":
				return client.until(t, strings.Split(d.Input, "\n"), d.HasArg("ignore_data"))
			case "reconnect":
				client = newClient(t)
				return ""
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

// testClient is the other side of a connection.
type testClient struct {
	nc    net.Conn
	front *pgproto3.Frontend
	key   pgproto3.BackendKeyData
}

func newClient(t testing.TB) *testClient {
	if *addr != "" {
		network, address, _ := strings.Cut(*addr, ":")
		nc, err := net.Dial(network, address)
		if err != nil {
			t.Fatal(err)
		}
		return greet(t, nc)
	}
	c, _, _ := newFakeServer(t, Config{})
	return c
}

// newFakeServer starts a server with the fake backend and connects to it through a pipe.
func newFakeServer(t testing.TB, cfg Config) (*testClient, *Server, *fakeBackend) {
	backend := &fakeBackend{}
	cfg.Backend = backend
	srv := NewServer(cfg)
	t.Cleanup(func() { srv.Close() })
	return connect(t, srv), srv, backend
}

// dial gives the client's end of a new connection; TCP, since a pipe has no buffer and no deadlines to speak of.
func dial(t testing.TB, srv *Server) net.Conn {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan struct{})
	go func() {
		nc, err := l.Accept()
		close(accepted)
		if err == nil {
			srv.ServeConn(nc)
		}
	}()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	<-accepted
	t.Cleanup(func() { nc.Close() })
	return nc
}

func connect(t testing.TB, srv *Server) *testClient { return greet(t, dial(t, srv)) }

func greet(t testing.TB, nc net.Conn) *testClient {
	c := &testClient{nc: nc, front: pgproto3.NewFrontend(pgproto3.NewChunkReader(nc), nc)}
	c.send(t, &pgproto3.StartupMessage{ProtocolVersion: 196608, Parameters: map[string]string{"user": "postgres", "database": "postgres"}})
	for {
		switch msg := c.receive(t).(type) {
		case *pgproto3.BackendKeyData:
			c.key = *msg
		case *pgproto3.ReadyForQuery:
			return c
		case *pgproto3.ErrorResponse:
			t.Fatalf("startup: %+v", msg)
		}
	}
}

func (c *testClient) send(t testing.TB, msg pgproto3.FrontendMessage) {
	t.Helper()
	if err := c.front.Send(msg); err != nil {
		t.Fatal(err)
	}
}

func (c *testClient) receive(t testing.TB) pgproto3.BackendMessage {
	t.Helper()
	_ = c.nc.SetReadDeadline(time.Now().Add(patience))
	msg, err := c.front.Receive()
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		t.Fatalf("receive: %v", err)
	}
	return msg
}

// until prints messages up to and with the wanted ones, in order; "closed" wants the end of the connection.
func (c *testClient) until(t testing.TB, want []string, ignoreData bool) string {
	var out strings.Builder
	for len(want) > 0 {
		msg := c.receive(t)
		if msg == nil {
			if want[0] != "closed" {
				return out.String() + "connection closed\n"
			}
			out.WriteString("closed\n")
			return out.String()
		}
		name := strings.TrimPrefix(fmt.Sprintf("%T", msg), "*pgproto3.")
		fmt.Fprintln(&out, printMessage(msg))
		if name == want[0] {
			want = want[1:]
		}
	}
	return out.String()
}

// printMessage prints what real servers of several versions agree on.
func printMessage(msg pgproto3.BackendMessage) string {
	switch m := msg.(type) {
	case *pgproto3.ErrorResponse:
		return fmt.Sprintf(`ErrorResponse %s %s %q`, m.Severity, m.Code, m.Message) + position(m.Position)
	case *pgproto3.NoticeResponse:
		return fmt.Sprintf(`NoticeResponse %s %s %q`, m.Severity, m.Code, m.Message)
	case *pgproto3.CopyData:
		return fmt.Sprintf("CopyData %q", m.Data)
	case *pgproto3.CopyInResponse:
		return fmt.Sprintf("CopyInResponse %d %v", m.OverallFormat, m.ColumnFormatCodes)
	case *pgproto3.CopyOutResponse:
		return fmt.Sprintf("CopyOutResponse %d %v", m.OverallFormat, m.ColumnFormatCodes)
	case *pgproto3.RowDescription:
		var out strings.Builder
		for _, f := range m.Fields {
			fmt.Fprintf(&out, " %s:%d:%d:%d", f.Name, f.DataTypeOID, f.DataTypeSize, f.Format)
		}
		return "RowDescription" + out.String()
	case *pgproto3.DataRow:
		parts := make([]string, len(m.Values))
		for i, v := range m.Values {
			if parts[i] = fmt.Sprintf("%q", v); v == nil {
				parts[i] = "NULL"
			}
		}
		return strings.TrimSpace("DataRow " + strings.Join(parts, " "))
	case *pgproto3.ReadyForQuery:
		return "ReadyForQuery " + string(m.TxStatus)
	case *pgproto3.CommandComplete:
		return "CommandComplete " + string(m.CommandTag)
	case *pgproto3.ParameterStatus:
		return "ParameterStatus " + m.Name + "=" + m.Value
	case *pgproto3.ParameterDescription:
		return fmt.Sprintf("ParameterDescription %v", m.ParameterOIDs)
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", msg), "*pgproto3.")
}

func position(p int32) string {
	if p == 0 {
		return ""
	}
	return fmt.Sprintf(" at %d", p)
}

func parseMessage(t *testing.T, line string) pgproto3.FrontendMessage {
	name, text, _ := strings.Cut(line, " ")
	msg, ok := map[string]pgproto3.FrontendMessage{
		"Query": &pgproto3.Query{}, "Parse": &pgproto3.Parse{}, "Bind": &pgproto3.Bind{}, "Describe": &pgproto3.Describe{},
		"Execute": &pgproto3.Execute{}, "Close": &pgproto3.Close{}, "Sync": &pgproto3.Sync{}, "Flush": &pgproto3.Flush{},
		"Terminate": &pgproto3.Terminate{}, "CopyData": &pgproto3.CopyData{}, "CopyDone": &pgproto3.CopyDone{}, "CopyFail": &pgproto3.CopyFail{},
		"FunctionCall": &pgproto3.FunctionCall{},
	}[name]
	if !ok {
		t.Fatalf("unknown message %q", name)
	}
	if data, ok := msg.(*pgproto3.CopyData); ok {
		var s string
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		data.Data = []byte(s)
		return msg
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), msg); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return msg
}
