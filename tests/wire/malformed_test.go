package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"vecgres/tests/internal/harness"
)

// A raw connection sends bytes as they are.
type raw struct {
	net.Conn
	t *testing.T
}

func dial(t *testing.T, s *harness.Server) raw {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(stepTimeout))
	return raw{c, t}
}

// message frames a body under a type.
func message(typ byte, body ...string) []byte {
	text := strings.Join(body, "")
	b := binary.BigEndian.AppendUint32([]byte{typ}, uint32(len(text)+4))
	return append(b, text...)
}

// startup is a StartupMessage of a protocol version with its options.
func startup(version uint32, options ...string) []byte {
	body := binary.BigEndian.AppendUint32(nil, version)
	for _, o := range options {
		body = append(append(body, o...), 0)
	}
	body = append(body, 0)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)
}

const protocol3 = 3 << 16

// open starts a session and reads to its first ReadyForQuery.
func open(t *testing.T, s *harness.Server, options ...string) raw {
	t.Helper()
	r := dial(t, s)
	r.send(startup(protocol3, append([]string{"user", "postgres", "database", "postgres"}, options...)...))
	if got := r.until('Z'); len(got) == 0 || got[len(got)-1].typ != 'Z' {
		t.Fatalf("no ReadyForQuery after start-up: %v", got)
	}
	return r
}

func (r raw) send(b []byte) {
	r.t.Helper()
	if _, err := r.Write(b); err != nil {
		r.t.Logf("write: %v", err) // the server may have ended the connection already
	}
}

// reply is one message of the server.
type reply struct {
	typ  byte
	body string
}

func (m reply) String() string { return fmt.Sprintf("%c%.80q", m.typ, m.body) }

// field is a field of an ErrorResponse.
func (m reply) field(name byte) string {
	for _, f := range strings.Split(m.body, "\x00") {
		if f != "" && f[0] == name {
			return f[1:]
		}
	}
	return ""
}

func (r raw) read() (reply, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return reply{}, err
	}
	body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
	_, err := io.ReadFull(r, body)
	return reply{head[0], string(body)}, err
}

// until reads to a message of a type, or to the end of the connection.
func (r raw) until(typ byte) []reply {
	var all []reply
	for {
		m, err := r.read()
		if err != nil {
			return all
		}
		all = append(all, m)
		if m.typ == typ {
			return all
		}
	}
}

// firstError is the code of the first ErrorResponse.
func firstError(all []reply) string {
	for _, m := range all {
		if m.typ == 'E' {
			return m.field('C')
		}
	}
	return ""
}

// ended tells whether the server closed the connection.
func (r raw) ended() bool {
	_, err := io.Copy(io.Discard, r)
	var timeout net.Error
	return !(errors.As(err, &timeout) && timeout.Timeout())
}

func TestNegotiation(t *testing.T) {
	s := harness.StartVecgres(t)
	for name, code := range map[string]uint32{"SSLRequest": 80877103, "GSSENCRequest": 80877104} {
		r := dial(t, s)
		r.send(binary.BigEndian.AppendUint32([]byte{0, 0, 0, 8}, code))
		var answer [1]byte
		if _, err := io.ReadFull(r, answer[:]); err != nil || answer[0] != 'N' {
			t.Errorf("%s is answered with %q (%v)", name, answer, err)
		}
		r.send(startup(protocol3, "user", "postgres"))
		if all := r.until('Z'); len(all) < 3 || all[0].typ != 'R' {
			t.Errorf("after %s: %v", name, all)
		}
	}
	// Protocol 3.2 and options that nobody knows are negotiated down, not refused.
	r := dial(t, s)
	r.send(startup(protocol3+2, "user", "postgres", "_pq_.future", "1"))
	all := r.until('Z')
	if len(all) == 0 || all[0].typ != 'v' || !strings.Contains(all[0].body, "_pq_.future") {
		t.Errorf("protocol 3.2 is answered with %v", all)
	}
	for name, options := range map[string][]string{"3D000": {"user", "postgres", "database", "nosuch"}, "28000": {"user", "nobody"}, "42704": {"user", "postgres", "nosuch_setting", "1"}, "22023": {"user", "postgres", "statement_timeout", "soon"}} {
		r := dial(t, s)
		r.send(startup(protocol3, options...))
		all := r.until('E')
		if firstError(all) != name || all[len(all)-1].field('S') != "FATAL" {
			t.Errorf("%v: %v, want FATAL %s", options, all, name)
		}
		if !r.ended() {
			t.Errorf("%v: the connection goes on", options)
		}
	}
	r = dial(t, s)
	r.send(startup(2<<16, "user", "postgres"))
	if all := r.until('E'); firstError(all) != "0A000" {
		t.Errorf("protocol 2: %v", all)
	}
	r = open(t, s)
	r.send(message('Q', "SELECT 1;SELECT 2; ;\x00"))
	tags := ""
	for _, m := range r.until('Z') {
		tags += string(m.typ)
	}
	if tags != "TDCTDCZ" {
		t.Errorf("three statements are answered with %s", tags)
	}
	r.send(message('Q', "\x00"))
	if all := r.until('Z'); len(all) != 2 || all[0].typ != 'I' {
		t.Errorf("an empty query is answered with %v", all)
	}
	r.send(message('X'))
	if !r.ended() {
		t.Error("Terminate does not end the connection")
	}
}

// TestExtendedProtocol checks the order of answers message by message.
func TestExtendedProtocol(t *testing.T) {
	r := open(t, harness.StartVecgres(t))
	sync, execute := message('S'), message('E', "\x00\x00\x00\x00\x00")
	for _, c := range []struct {
		name string
		send [][]byte
		want string
	}{
		{"parse, bind, describe, execute", [][]byte{message('P', "\x00SELECT 1\x00\x00\x00"), message('B', "\x00\x00\x00\x00\x00\x00\x00\x00"), message('D', "P\x00"), execute, sync}, "12TDCZ"},
		{"describe a statement", [][]byte{message('P', "s1\x00SELECT $1::int\x00\x00\x00"), message('D', "Ss1\x00"), sync}, "1tTZ"},
		{"nothing to describe", [][]byte{message('P', "\x00SET work_mem = 4096\x00\x00\x00"), message('D', "S\x00"), sync}, "1tnZ"},
		{"an empty statement", [][]byte{message('P', "\x00\x00\x00\x00"), message('B', "\x00\x00\x00\x00\x00\x00\x00\x00"), execute, sync}, "12IZ"},
		{"a row limit suspends", [][]byte{message('P', "\x00SELECT generate_series(1, 3)\x00\x00\x00"), message('B', "\x00\x00\x00\x00\x00\x00\x00\x00"), message('E', "\x00\x00\x00\x00\x02"), message('E', "\x00\x00\x00\x00\x02"), sync}, "12DDsDCZ"},
		{"skip to Sync after an error", [][]byte{message('P', "\x00SELECT nosuch\x00\x00\x00"), message('B', "\x00\x00\x00\x00\x00\x00\x00\x00"), execute, message('P', "\x00SELECT 1\x00\x00\x00"), sync}, "EZ"},
		{"a statement that is not there", [][]byte{message('B', "\x00nosuch\x00\x00\x00\x00\x00\x00\x00"), sync}, "EZ"},
		{"a portal that is not there", [][]byte{message('E', "nosuch\x00\x00\x00\x00\x00"), sync}, "EZ"},
		{"a name twice", [][]byte{message('P', "s1\x00SELECT 1\x00\x00\x00"), sync}, "EZ"},
		{"close", [][]byte{message('C', "Ss1\x00"), message('C', "Pnosuch\x00"), sync}, "33Z"},
		{"flush", [][]byte{message('P', "\x00SELECT 1\x00\x00\x00"), message('H'), sync}, "1Z"},
		{"two statements in one Parse", [][]byte{message('P', "\x00SELECT 1; SELECT 2\x00\x00\x00"), sync}, "EZ"},
		{"too few parameters", [][]byte{message('P', "\x00SELECT $1::int\x00\x00\x00"), message('B', "\x00\x00\x00\x00\x00\x00\x00\x00"), sync}, "1EZ"},
		{"an unknown format code", [][]byte{message('P', "\x00SELECT 1\x00\x00\x00"), message('B', "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x07"), sync}, "1EZ"},
		{"a binary int of three bytes", [][]byte{message('P', "\x00SELECT $1::int\x00\x00\x00"), message('B', "\x00\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x03abc\x00\x00"), sync}, "1EZ"},
		{"invalid UTF-8 in a query", [][]byte{message('P', "\x00SELECT '\xff'\x00\x00\x00"), sync}, "EZ"},
		{"invalid UTF-8 in a parameter", [][]byte{message('P', "\x00SELECT $1::text\x00\x00\x00"), message('B', "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02\xc3\x28\x00\x00"), execute, sync}, "1EZ"},
		{"only Sync", [][]byte{sync}, "Z"},
	} {
		for _, m := range c.send {
			r.send(m)
		}
		got := ""
		for _, m := range r.until('Z') {
			got += string(m.typ)
		}
		if got != c.want {
			t.Errorf("%s is answered with %s, want %s", c.name, got, c.want)
		}
	}
	r.send(message('Q', "SELECT '\xff'\x00"))
	if all := r.until('Z'); firstError(all) != "22021" {
		t.Errorf("invalid UTF-8 in a simple query: %v", all)
	}
}

// TestMalformed sends messages whose bytes make no sense: that connection ends with 08P01 and no other notices.
func TestMalformed(t *testing.T) {
	k := newKeeper(t)
	bystander := k.server.Conn()
	for name, bytes := range map[string][]byte{
		"an unknown type":              message('~', "hello"),
		"a length below four":          {'Q', 0, 0, 0, 3},
		"a negative length":            {'Q', 0xff, 0xff, 0xff, 0xff},
		"a query without its end":      message('Q', "SELECT 1"),
		"a query with two ends":        message('Q', "SELECT 1\x00rest\x00"),
		"an empty parse":               message('P'),
		"a parse that ends early":      message('P', "\x00SELECT 1\x00\x00\x05"),
		"a bind that ends early":       message('B', "\x00\x00\x00\x01"),
		"a bind with a negative count": message('B', "\x00\x00\xff\xff\xff\xff"),
		"a bind with a long value":     message('B', "\x00\x00\x00\x00\x00\x01\x7f\xff\xff\xffx"),
		"a describe of nothing":        message('D', "X\x00"),
		"a close of nothing":           message('C', ""),
		"an execute that ends early":   message('E', "\x00\x00"),
		"a sync with a body":           message('S', "x"),
		"a password out of place":      message('p', "secret\x00"),
	} {
		r := open(t, k.server)
		r.send(bytes)
		r.send(message('S'))
		r.send(message('X'))
		all := r.until('E')
		if code := firstError(all); code != "08P01" && code != "0A000" {
			t.Errorf("%s: %v, want 08P01", name, all)
		}
	}
	k.check(t, bystander, "malformed messages")
}

// TestOversized sends more than the server takes, before authentication and after.
func TestOversized(t *testing.T) {
	k := newKeeper(t, "--max-message", "1MB")
	bystander := k.server.Conn()
	for name, head := range map[string][]byte{
		"a start-up packet of 2 GB":   {0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0},
		"a start-up packet of 20 kB":  {0, 0, 0x50, 0, 0, 3, 0, 0},
		"a start-up packet of 4 B":    {0, 0, 0, 4},
		"a start-up packet of none":   {0, 0, 0, 0},
		"an HTTP request":             []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"a TLS hello without request": {0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3},
	} {
		r := dial(t, k.server)
		r.send(head)
		if !r.ended() {
			t.Errorf("%s does not end the connection", name)
		}
	}
	r := open(t, k.server)
	r.send([]byte{'Q', 0x7f, 0xff, 0xff, 0xff})
	if all := r.until('E'); firstError(all) != "08P01" && firstError(all) != "54000" {
		t.Errorf("a message of 2 GB: %v", all)
	}
	conn := k.server.Conn()
	_, err := conn.Exec(deadline(t), "INSERT INTO items VALUES (9, '"+strings.Repeat("x", 2<<20)+"')")
	if err == nil {
		t.Error("a message over the limit is taken")
	}
	conn = k.server.Conn()
	mustExec(t, conn, "CREATE TABLE big (t text)")
	mustExec(t, conn, "INSERT INTO big VALUES ($1)", strings.Repeat("x", 900_000))
	var n int
	if err := conn.QueryRow(deadline(t), "SELECT length(t || t || t) FROM big").Scan(&n); err != nil || n != 2_700_000 {
		t.Errorf("a long value has length %d (%v)", n, err)
	}
	k.check(t, bystander, "oversized messages")
}

// TestGarbage sends random bytes, and good sessions with a flipped byte.
func TestGarbage(t *testing.T) {
	k := newKeeper(t)
	bystander := k.server.Conn()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	good := append(startup(protocol3, "user", "postgres"), message('P', "\x00SELECT $1::int + id FROM items ORDER BY e <-> '[1,2,3]'\x00\x00\x01\x00\x00\x00\x17")...)
	good = append(good, message('B', "\x00\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x04\x00\x00\x00\x05\x00\x01\x00\x01")...)
	good = append(append(append(good, message('D', "P\x00")...), message('E', "\x00\x00\x00\x00\x00")...), message('S')...)
	for range 300 {
		bytes := append([]byte(nil), good...)
		if random.IntN(4) == 0 {
			bytes = make([]byte, 1+random.IntN(200))
			for i := range bytes {
				bytes[i] = byte(random.Uint32())
			}
		} else {
			for range 1 + random.IntN(3) {
				bytes[random.IntN(len(bytes))] = byte(random.Uint32())
			}
		}
		r := dial(t, k.server)
		r.send(bytes)
		if c, ok := r.Conn.(*net.TCPConn); ok {
			_ = c.CloseWrite()
		}
		if !r.ended() {
			t.Fatalf("the server holds a connection whose client is gone, after %x", bytes)
		}
	}
	if !k.server.Running() {
		t.Fatal("the server is gone")
	}
	k.check(t, bystander, "garbage")
}
