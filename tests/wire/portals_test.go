package wire

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"vecgres/tests/internal/harness"
)

// bindVector is a Bind with one binary parameter, a vector.
func bindVector(portal, statement string, v ...float32) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(v))<<16)
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, math.Float32bits(x))
	}
	size := binary.BigEndian.AppendUint32(nil, uint32(len(b)))
	return message('B', portal+"\x00"+statement+"\x00", "\x00\x01\x00\x01\x00\x01", string(size), string(b), "\x00\x00")
}

// values are the first columns of the rows up to ReadyForQuery, in their text form, and the codes of errors.
func (r raw) values() string {
	r.t.Helper()
	var all []string
	for _, m := range r.until('Z') {
		switch m.typ {
		case 'D':
			all = append(all, m.body[6:6+binary.BigEndian.Uint32([]byte(m.body[2:]))])
		case 'E':
			all = append(all, m.field('C'))
		}
	}
	return strings.Join(all, " ")
}

// TestParametersOfPortals binds unnamed portals while older portals and cursors with parameters of their own are half read: none may see another's.
func TestParametersOfPortals(t *testing.T) {
	r := open(t, harness.StartVecgres(t))
	some := func(portal string, rows byte) []byte { return message('E', portal+"\x00\x00\x00\x00", string(rows)) }
	sync := message('S')
	for _, c := range []struct {
		name string
		send [][]byte
		want string
	}{
		{"tables", [][]byte{message('Q', "CREATE EXTENSION vector; CREATE TABLE p (id int, e vector(2)); CREATE TABLE kept (id serial, e vector(2))\x00")}, ""},
		{"rows", [][]byte{message('Q', "INSERT INTO p VALUES (0, '[0,0]'), (1, '[1,0]'), (2, '[2,0]'), (3, '[3,0]')\x00")}, ""},
		{"begin", [][]byte{message('Q', "BEGIN\x00")}, ""},
		{"statements", [][]byte{message('P', "near\x00SELECT id FROM p ORDER BY e <-> $1\x00\x00\x00"), message('P', "keep\x00INSERT INTO kept (e) VALUES ($1) RETURNING e\x00\x00\x00"),
			message('P', "declare\x00DECLARE c CURSOR FOR SELECT id FROM p ORDER BY e <-> $1\x00\x00\x00"), sync}, ""},
		{"a named portal", [][]byte{bindVector("a", "near", 3, 0), some("a", 1), sync}, "3"},
		{"an unnamed one", [][]byte{bindVector("", "near", 0, 0), some("", 1), sync}, "0"},
		{"a cursor", [][]byte{bindVector("", "declare", 2.9, 0), some("", 0), sync}, ""},
		{"another unnamed one, read in two pieces", [][]byte{bindVector("", "near", 1.1, 0), some("", 1), some("", 2), sync}, "1 2 0"},
		{"the named one goes on", [][]byte{some("a", 2), sync}, "2 1"},
		{"rows to keep", [][]byte{bindVector("", "keep", 7, 7), some("", 0), bindVector("", "keep", 8, 8), some("", 0), sync}, "[7,7] [8,8]"},
		{"a vector of another size", [][]byte{message('P', "\x00SELECT $1::vector\x00\x00\x00"), bindVector("", "", 1, 2, 3), some("", 0), bindVector("", "", 4, 5), some("", 0), sync}, "[1,2,3] [4,5]"},
		{"the cursor", [][]byte{message('Q', "FETCH ALL FROM c\x00")}, "3 2 1 0"},
		{"the named one ends", [][]byte{some("a", 0), sync}, "0"},
		{"commit", [][]byte{message('Q', "COMMIT\x00")}, ""},
		{"the rows kept", [][]byte{message('Q', "SELECT e FROM kept ORDER BY id\x00")}, "[7,7] [8,8]"},
	} {
		for _, m := range c.send {
			r.send(m)
		}
		if got := r.values(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestFailedBind binds the unnamed portal wrongly while an older one is there, under a savepoint: the older one is gone, as in Postgres.
func TestFailedBind(t *testing.T) {
	r := open(t, harness.StartVecgres(t))
	execute, sync := message('E', "\x00\x00\x00\x00\x00"), message('S')
	for _, c := range []struct {
		name string
		send [][]byte
		want string
	}{
		{"begin", [][]byte{message('Q', "CREATE EXTENSION vector\x00")}, ""},
		{"begin", [][]byte{message('Q', "BEGIN\x00")}, ""},
		{"statement", [][]byte{message('P', "s\x00SELECT $1::vector\x00\x00\x00"), sync}, ""},
		{"bind", [][]byte{bindVector("", "s", 1), message('P', "save\x00SAVEPOINT x\x00\x00\x00"), message('B', "save\x00save\x00\x00\x00\x00\x00\x00\x00"), message('E', "save\x00\x00\x00\x00\x00"), sync}, ""},
		{"bind wrongly", [][]byte{bindVector("", "s", float32(math.Inf(1))), sync}, "22000"},
		{"go back", [][]byte{message('P', "back\x00ROLLBACK TO x\x00\x00\x00"), message('B', "back\x00back\x00\x00\x00\x00\x00\x00\x00"), message('E', "back\x00\x00\x00\x00\x00"), sync}, ""},
		{"the portal", [][]byte{execute, sync}, "34000"},
		{"the end", [][]byte{message('Q', "ROLLBACK\x00")}, ""},
		{"after it", [][]byte{bindVector("", "s", 2), execute, sync}, "[2]"},
	} {
		for _, m := range c.send {
			r.send(m)
		}
		if got := r.values(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
