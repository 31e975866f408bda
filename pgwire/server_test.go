package pgwire

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"

	"vecgres/sql/pgerr"
)

// patience is how long what must come is waited for: the machine may be busy.
const patience = time.Minute

// query runs a simple query and gives the error's code, "" for none, and the last transaction status; "closed" when the connection ended.
func (c *testClient) query(t testing.TB, sql string) (code string) {
	t.Helper()
	c.send(t, &pgproto3.Query{String: sql})
	return c.finish(t)
}

func (c *testClient) finish(t testing.TB) (code string) {
	t.Helper()
	for {
		switch msg := c.receive(t).(type) {
		case nil:
			return code + " closed"
		case *pgproto3.ErrorResponse:
			code = msg.Code
		case *pgproto3.ReadyForQuery:
			return code
		}
	}
}

// startSleep sends a statement that waits, and returns once it runs.
func (c *testClient) startSleep(t testing.TB, s *fakeSession, sql string) {
	t.Helper()
	started := make(chan struct{})
	s.started = started
	c.send(t, &pgproto3.Query{String: sql})
	select {
	case <-started:
	case <-time.After(patience):
		t.Fatal("the statement does not run")
	}
}

func cancelRequest(t testing.TB, srv *Server, pid, secret uint32) {
	nc := dial(t, srv)
	buf, err := (&pgproto3.CancelRequest{ProcessID: pid, SecretKey: secret}).Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(buf); err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Read(make([]byte, 1)); err == nil {
		t.Error("a cancel request was answered")
	}
}

func TestCancel(t *testing.T) {
	c, srv, backend := newFakeServer(t, Config{})
	c.startSleep(t, backend.last(), "sleep")
	cancelRequest(t, srv, c.key.ProcessID, c.key.SecretKey+1)
	cancelRequest(t, srv, c.key.ProcessID+1, c.key.SecretKey)
	if srv.Sessions() != 1 {
		t.Errorf("%d sessions", srv.Sessions())
	}
	cancelRequest(t, srv, c.key.ProcessID, c.key.SecretKey)
	if code := c.finish(t); code != pgerrcode.QueryCanceled {
		t.Errorf("cancelled: %q", code)
	}
	// Between statements a cancel request does nothing, and the next context is a fresh one.
	cancelRequest(t, srv, c.key.ProcessID, c.key.SecretKey)
	if code := c.query(t, "nap"); code != "" {
		t.Errorf("after cancel: %q", code)
	}
	c.startSleep(t, backend.last(), "sleep")
	backend.last().params.Cancel()
	if code := c.finish(t); code != pgerrcode.QueryCanceled {
		t.Errorf("cancelled by the session: %q", code)
	}
	c.startSleep(t, backend.last(), "sleep")
	backend.last().params.Terminate(nil)
	if code := c.finish(t); code != pgerrcode.AdminShutdown+" closed" {
		t.Errorf("terminated: %q", code)
	}
}

func TestTerminateIdle(t *testing.T) {
	c, _, backend := newFakeServer(t, Config{})
	backend.last().params.Terminate(nil)
	if code := c.finish(t); code != pgerrcode.AdminShutdown+" closed" {
		t.Errorf("terminated: %q", code)
	}
}

// TestClientGone checks that a statement ends when its client has gone.
func TestClientGone(t *testing.T) {
	c, srv, backend := newFakeServer(t, Config{ClientCheck: 10 * time.Millisecond})
	s := backend.last()
	c.startSleep(t, s, "sleep")
	c.nc.Close()
	waitFor(t, "the session to close", s.isClosed)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !errors.Is(s.lastErr, errClientGone) {
		t.Errorf("cause %v", s.lastErr)
	}
	waitFor(t, "the session to be forgotten", func() bool { return srv.Sessions() == 0 })
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("waited too long for %s", what)
}

func TestShutdown(t *testing.T) {
	idle, srv, backend := newFakeServer(t, Config{})
	inStartup := dial(t, srv)
	running := connect(t, srv)
	wake := make(chan struct{})
	backend.last().wake = wake
	running.startSleep(t, backend.last(), "nap")
	waiting := connect(t, srv)
	waiting.send(t, &pgproto3.Query{String: "COPY t FROM STDIN"})
	waiting.receive(t)
	stuck := connect(t, srv)
	stuck.startSleep(t, backend.last(), "sleep")

	ctx, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	done := make(chan error)
	go func() { done <- srv.Shutdown(ctx) }()
	if code := idle.finish(t); code != pgerrcode.AdminShutdown+" closed" {
		t.Errorf("idle: %q", code)
	}
	close(wake)
	if got := running.until(t, []string{"ReadyForQuery", "closed"}, false); !strings.Contains(got, "CommandComplete NAP\nReadyForQuery I\nErrorResponse FATAL 57P01") {
		t.Errorf("running: %q", got)
	}
	giveUp()
	if code := stuck.finish(t); code != pgerrcode.AdminShutdown+" closed" {
		t.Errorf("stuck: %q", code)
	}
	if code := waiting.finish(t); code != pgerrcode.AdminShutdown+" closed" {
		t.Errorf("waiting for COPY data: %q", code)
	}
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v", err)
	}
	if n, err := inStartup.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes in startup", n)
	}
	for _, s := range backend.sessions {
		if !s.isClosed() {
			t.Error("a session is not closed")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Serve(l); err != nil {
		t.Errorf("Serve after Shutdown: %v", err)
	}
}

func TestServe(t *testing.T) {
	srv := NewServer(Config{Backend: &fakeBackend{}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- srv.Serve(l) }()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			nc, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			c := greet(t, nc)
			for range 20 {
				if code := c.query(t, "SELECT 1"); code != "" {
					t.Error(code)
				}
			}
		})
	}
	wg.Wait()
	if err := srv.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// exchange writes bytes and gives all that comes back until the connection ends.
func exchange(t testing.TB, srv *Server, data []byte) []byte {
	t.Helper()
	nc := dial(t, srv)
	if _, err := nc.Write(data); err != nil {
		t.Fatal(err)
	}
	_ = nc.(*net.TCPConn).CloseWrite()
	_ = nc.SetReadDeadline(time.Now().Add(patience))
	out, err := io.ReadAll(nc)
	if err != nil && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Fatal(err)
	}
	return out
}

func startup(version uint32, pairs ...string) []byte {
	body := binary.BigEndian.AppendUint32(nil, version)
	for _, s := range pairs {
		body = append(append(body, s...), 0)
	}
	body = append(body, 0)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)
}

func TestStartup(t *testing.T) {
	backend := &fakeBackend{}
	srv := NewServer(Config{Backend: backend})
	defer srv.Close()
	short := func(code uint32) []byte {
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 8), code)
	}
	good := startup(196608, "user", "u", "options", `-c a=1 --b-c=x\ y -cd=2`, "application_name", "app", "a", "9")
	for name, c := range map[string]struct {
		data []byte
		want string // a part of the answer
	}{
		"ssl":             {short(sslCode), "N"},
		"gss, ssl, start": {append(append(short(gssCode), short(sslCode)...), good...), "NNR\x00\x00\x00\x08\x00\x00\x00\x00S"},
		"ssl for ever":    {bytes.Repeat(short(sslCode), 9), "08P01\x00Mtoo many encryption requests"},
		"ready":           {good, "Z\x00\x00\x00\x05I"},
		"status":          {good, "server_version\x0016.0\x00"},
		"3.2":             {startup(196610, "user", "u"), "v\x00\x00\x00\x0c\x00\x03\x00\x00\x00\x00\x00\x00R"},
		"_pq_":            {startup(196608, "user", "u", "_pq_.x", "1"), "v\x00\x00\x00\x13\x00\x03\x00\x00\x00\x00\x00\x01_pq_.x\x00R"},
		"2.0":             {startup(131072, "user", "u"), "0A000\x00Munsupported frontend protocol 2.0: server supports 3.0 to 3.0"},
		"no user":         {startup(196608, "database", "d"), "28000\x00Mno PostgreSQL user name specified in startup packet"},
		"replication":     {startup(196608, "user", "u", "replication", "database"), "0A000"},
		"no end":          {append([]byte{0, 0, 0, 12}, startup(196608, "user")[4:12]...), "08P01"},
		"cut":             {startup(196608, "user", "u")[:12], ""},
		"bad options":     {startup(196608, "user", "u", "options", "-x"), "42601\x00Minvalid command-line argument for server process: -x"},
		"not utf8":        {startup(196608, "user", "\xff"), "22021"},
		"huge":            {[]byte{0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0}, "08P01\x00Minvalid length of startup packet"},
		"above the cap":   {[]byte{0, 0, 0x40, 5, 0, 3, 0, 0}, "08P01\x00Minvalid length of startup packet"},
		"tiny":            {[]byte{0, 0, 0, 4}, "08P01"},
		"http":            {[]byte("GET / HTTP/1.1\r\n\r\n"), "08P01"},
	} {
		if got := string(exchange(t, srv, c.data)); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q in it", name, got, c.want)
		}
	}
	exchange(t, srv, good)
	p := backend.last().params
	want := map[string]string{"a": "9", "b_c": "x y", "d": "2", "application_name": "app"}
	if len(p.Options) != len(want) {
		t.Errorf("options %v", p.Options)
	}
	for k, v := range want {
		if p.Options[k] != v {
			t.Errorf("option %s = %q, want %q", k, p.Options[k], v)
		}
	}
	if p.User != "u" || p.Database != "u" || !p.Loopback || p.RemoteAddr != "127.0.0.1" || p.RemotePort == 0 || p.PID == 0 {
		t.Errorf("%+v", p)
	}
	backend.refuse = pgerr.New(pgerrcode.InvalidCatalogName, "database \"u\" does not exist")
	if got := string(exchange(t, srv, good)); !strings.Contains(got, "SFATAL\x00VFATAL\x00C3D000\x00Mdatabase \"u\" does not exist") {
		t.Errorf("refused: %q", got)
	}
}

func TestConnectionLimit(t *testing.T) {
	c, srv, _ := newFakeServer(t, Config{ConnectionsMax: 2})
	second := connect(t, srv)
	if got := string(exchange(t, srv, startup(196608, "user", "u"))); !strings.Contains(got, "53300\x00Msorry, too many clients already") {
		t.Errorf("%q", got)
	}
	second.nc.Close()
	waitFor(t, "a place", func() bool { return srv.Sessions() == 1 })
	connect(t, srv)
	if code := c.query(t, "SELECT 1"); code != "" {
		t.Error(code)
	}
}

// TestMalformed checks that malformed messages end their connection with 08P01, and no other.
func TestMalformed(t *testing.T) {
	other, srv, _ := newFakeServer(t, Config{MessageBytesMax: 1 << 20})
	message := func(kind byte, length uint32, body string) string {
		return string(kind) + string(binary.BigEndian.AppendUint32(nil, length)) + body
	}
	whole := func(kind byte, body string) string { return message(kind, uint32(len(body)+4), body) }
	for name, data := range map[string]string{
		"unknown type":          whole('z', ""),
		"password":              whole('p', "x\x00"),
		"negative length":       message('Q', 0x80000000, ""),
		"length 3":              message('Q', 3, ""),
		"oversized":             message('Q', 1<<20+5, "x"),
		"oversized small kind":  message('S', 20_000, ""),
		"query without end":     whole('Q', "SELECT 1"),
		"bind value below -1":   whole('B', "\x00\x00\x00\x00\x00\x01\xff\xff\xff\xfe\x00\x00"),
		"bind value beyond":     whole('B', "\x00\x00\x00\x00\x00\x01\x7f\xff\xff\xff\x00\x00"),
		"bind without formats":  whole('B', "\x00\x00\xff\xff"),
		"bind empty":            whole('B', ""),
		"parse without types":   whole('P', "\x00x\x00\x00\x05"),
		"describe empty":        whole('D', ""),
		"execute without limit": whole('E', "\x00"),
		"close of what":         whole('C', "Zx\x00"),
		"copy fail without end": whole('Q', "COPY t FROM STDIN\x00") + whole('f', "x"),
	} {
		t.Run(name, func(t *testing.T) {
			got := string(exchange(t, srv, []byte(string(startup(196608, "user", "u"))+data)))
			if !strings.Contains(got, "SFATAL\x00VFATAL\x00C08P01\x00") {
				t.Errorf("%q", got)
			}
			if code := other.query(t, "SELECT 1"); code != "" {
				t.Errorf("the other connection: %q", code)
			}
		})
	}
	// A message that ends early is the client's going away: there is nobody to tell.
	got := string(exchange(t, srv, []byte(string(startup(196608, "user", "u"))+message('Q', 100, "SEL"))))
	if !strings.HasSuffix(got, "Z\x00\x00\x00\x05I") {
		t.Errorf("%q", got)
	}
}

// TestPanicEndsOneConnection checks that the stack is logged and that the others go on.
func TestPanicEndsOneConnection(t *testing.T) {
	var logs syncBuffer
	other, srv, _ := newFakeServer(t, Config{Logger: slog.New(slog.NewTextHandler(&logs, nil))})
	c := connect(t, srv)
	if code := c.query(t, "panic"); code != "XX000 closed" {
		t.Errorf("%q", code)
	}
	if code := other.query(t, "SELECT 1"); code != "" {
		t.Errorf("%q", code)
	}
	if text := logs.String(); !strings.Contains(text, "at the disco") || !strings.Contains(text, "fake_test.go") {
		t.Errorf("log %q", text)
	}
	waitFor(t, "the session to end", func() bool { return srv.Sessions() == 1 })
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// TestSlowReader checks that a client that does not read loses its connection.
func TestSlowReader(t *testing.T) {
	c, srv, backend := newFakeServer(t, Config{WriteTimeout: 50 * time.Millisecond})
	_ = c.nc.(*net.TCPConn).SetReadBuffer(4096)
	s := backend.last()
	c.send(t, &pgproto3.Query{String: "big"})
	waitFor(t, "the connection to end", s.isClosed)
	waitFor(t, "the place to be free", func() bool { return srv.Sessions() == 0 })
}

// TestLargeMessages reads and sends messages larger than every buffer.
func TestLargeMessages(t *testing.T) {
	c, _, _ := newFakeServer(t, Config{})
	c.send(t, &pgproto3.Query{String: "big"})
	rows := 0
	for {
		switch msg := c.receive(t).(type) {
		case *pgproto3.DataRow:
			if len(msg.Values[0]) != 100_000 {
				t.Fatalf("%d bytes", len(msg.Values[0]))
			}
			rows++
			continue
		case *pgproto3.ReadyForQuery:
		default:
			continue
		}
		break
	}
	if rows != 100 {
		t.Errorf("%d rows", rows)
	}
	big := strings.Repeat("y", 3<<20)
	for range 2 {
		c.send(t, &pgproto3.Parse{Query: "SELECT $1::text AS a, $2::int4 AS b"})
		c.send(t, &pgproto3.Bind{Parameters: [][]byte{[]byte(big), []byte("5")}})
		c.send(t, &pgproto3.Execute{})
		c.send(t, &pgproto3.Sync{})
		for done := false; !done; {
			switch msg := c.receive(t).(type) {
			case *pgproto3.DataRow:
				if string(msg.Values[0]) != big || string(msg.Values[1]) != "5" {
					t.Error("the values came back changed")
				}
			case *pgproto3.ErrorResponse:
				t.Error(msg.Message)
			case *pgproto3.ReadyForQuery:
				done = true
			}
		}
	}
}

// TestBindKeepsValues checks that a portal's values survive later messages in the same buffer.
func TestBindKeepsValues(t *testing.T) {
	c, _, _ := newFakeServer(t, Config{})
	c.send(t, &pgproto3.Parse{Name: "s", Query: "SELECT $1::text AS a, $2::int4 AS b"})
	c.send(t, &pgproto3.Bind{DestinationPortal: "one", PreparedStatement: "s", Parameters: [][]byte{[]byte("first"), nil}})
	c.send(t, &pgproto3.Bind{DestinationPortal: "two", PreparedStatement: "s", Parameters: [][]byte{[]byte("other"), nil}})
	c.send(t, &pgproto3.Execute{Portal: "one"})
	c.send(t, &pgproto3.Execute{Portal: "two"})
	c.send(t, &pgproto3.Sync{})
	got := c.until(t, []string{"ReadyForQuery"}, false)
	if !strings.Contains(got, "DataRow \"first\" NULL\nCommandComplete SELECT 1\nDataRow \"other\" NULL") {
		t.Errorf("%s", got)
	}
}

// TestPipeline sends thousands of messages before reading anything, beside a reader, as drivers do.
func TestPipeline(t *testing.T) {
	c, _, _ := newFakeServer(t, Config{})
	const n = 5000
	go func() {
		for range n {
			for _, msg := range []pgproto3.FrontendMessage{&pgproto3.Parse{Query: "SELECT 1"}, &pgproto3.Bind{}, &pgproto3.Execute{}} {
				if c.front.Send(msg) != nil {
					return
				}
			}
		}
		_ = c.front.Send(&pgproto3.Sync{})
	}()
	rows := 0
	for {
		msg := c.receive(t)
		if _, ok := msg.(*pgproto3.DataRow); ok {
			rows++
		}
		if _, ok := msg.(*pgproto3.ReadyForQuery); ok {
			break
		}
	}
	if rows != n {
		t.Errorf("%d rows", rows)
	}
}
