package wire

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// badStatement is a statement that must fail in a certain way.
type badStatement struct {
	sql      string
	args     []any
	code     string
	message  string // "" for any
	position int32
}

var long = strings.Repeat("x", 100)

// badStatements is point 6 of what must hold, and what stands near it.
var badStatements = []badStatement{
	{sql: "INSERT INTO items VALUES (9, 'x', 1, '[1,2]')", code: "22000", message: "expected 3 dimensions, not 2"},
	{sql: "INSERT INTO items VALUES (9, 'x', 1, $1)", args: []any{"[1,2,3,4]"}, code: "22000", message: "expected 3 dimensions, not 4"},
	{sql: "UPDATE items SET e = '[1]' WHERE id = 1", code: "22000", message: "expected 3 dimensions, not 1"},
	{sql: "SELECT id FROM items ORDER BY e <-> '[1,2]' LIMIT 1", code: "22000"},
	{sql: "SELECT id FROM items ORDER BY e <-> $1 LIMIT 1", args: []any{"[1,2]"}, code: "22000"},
	{sql: "INSERT INTO items VALUES (9, 'x', 1, '[1,NaN,3]')", code: "22000", message: "NaN not allowed in vector"},
	{sql: "INSERT INTO items VALUES (9, 'x', 1, '[1,Infinity,3]')", code: "22000", message: "infinite value not allowed in vector"},
	{sql: "INSERT INTO items VALUES (9, 'x', 1, '[1,oops,3]')", code: "22P02", message: `invalid input syntax for type vector: "[1,oops,3]"`},
	{sql: "INSERT INTO items VALUES (9, 'x', 1, '[]')", code: "22000"},
	{sql: "SELECT nosuch FROM items", code: "42703", message: `column "nosuch" does not exist`, position: 8},
	{sql: "INSERT INTO items (id, nosuch) VALUES (9, 1)", code: "42703", position: 24},
	{sql: "SELECT * FROM nosuch", code: "42P01", message: `relation "nosuch" does not exist`, position: 15},
	{sql: "SELECT * FROM nosuch.items", code: "42P01", position: 15},
	{sql: "SELECT id FROM items WHERE", code: "42601", message: "syntax error at end of input", position: 27},
	{sql: "SELEC id FROM items", code: "42601", message: `syntax error at or near "SELEC"`, position: 1},
	{sql: "SELECT id FROM items WHERE id = 'never closed", code: "42601", position: 33},
	{sql: "INSERT INTO items VALUES (1, 'again', 1, NULL)", code: "23505", message: `duplicate key value violates unique constraint "items_pkey"`},
	{sql: "INSERT INTO items VALUES (8, 'ok', 1, NULL), (2, 'again', 1, NULL)", code: "23505"},
	{sql: "UPDATE items SET id = 2 WHERE id = 1", code: "23505"},
	{sql: "INSERT INTO items (id) VALUES (9)", code: "23502", message: `null value in column "name" of relation "items" violates not-null constraint`},
	{sql: "UPDATE items SET name = NULL", code: "23502"},
	{sql: "INSERT INTO items VALUES (9, 'x', -1, NULL)", code: "23514"},
	{sql: "INSERT INTO items VALUES ('abc', 'x', 1, NULL)", code: "22P02", message: `invalid input syntax for type integer: "abc"`, position: 27},
	{sql: "INSERT INTO items VALUES ($1, 'x', 1, NULL)", args: []any{"abc"}, code: "22P02"},
	{sql: "SELECT * FROM items WHERE id = 'abc'", code: "22P02", position: 32},
	{sql: "INSERT INTO items VALUES (99999999999, 'x', 1, NULL)", code: "22003", message: "integer out of range"},
	{sql: "INSERT INTO items VALUES (9, 'x', 123456.78, NULL)", code: "22003", message: "numeric field overflow"},
	{sql: "INSERT INTO items VALUES (9, 'x', true)", code: "42804"},
	{sql: "INSERT INTO items VALUES (9, 'x', 1, NULL, 5)", code: "42601"},
	{sql: "INSERT INTO items VALUES (9, E'a\\000b', 1, NULL)", code: "22021"},
	{sql: "INSERT INTO items VALUES (9, E'\\xff', 1, NULL)", code: "22021"},
	{sql: "INSERT INTO items VALUES (9, convert_from('\\xc328', 'UTF8'), 1, NULL)", code: "22021"},
	{sql: "SELECT 1 / (id - 1) FROM items", code: "22012"},
	{sql: "SELECT (SELECT id FROM items)", code: "21000"},
	{sql: "SELECT upper(id, 1) FROM items", code: "42883"},
	{sql: "DELETE FROM items WHERE id / 0 = 1", code: "22012"},
	{sql: "DROP TABLE nosuch", code: "42P01"},
	{sql: "CREATE TABLE items (x int)", code: "42P07"},
	{sql: "CREATE SCHEMA a$b$c", code: "3F000"},
	{sql: `CREATE SCHEMA "a$ b"`, code: "42602"},
	{sql: `CREATE SCHEMA "public$` + strings.Repeat("n", 1100) + `"`, code: "42622"},
	{sql: "ALTER TABLE items ADD COLUMN e vector(3)", code: "42701"},
	{sql: "CREATE INDEX ON items USING hnsw (name vector_l2_ops)", code: "42804"},
	{sql: "COPY items FROM STDIN WITH (FORMAT nosuch)", code: "22023"},
	{sql: "SELECT " + strings.Repeat("(", 20000) + "1" + strings.Repeat(")", 20000), code: "54001"},
	{sql: "SELECT '" + long + "'::varchar(5)::int", code: "22P02"},
	{sql: "SELECT repeat('x', 2000000000)", code: "54000"},
	{sql: "SELECT (ARRAY(SELECT generate_series(1, 3)))[1]::date", code: "42846"},
	{sql: "SELECT 1; SELECT 1 FROM nosuch; SELECT 2", code: "42P01"},
	{sql: "INSERT INTO items SELECT * FROM items", code: "23505"},
}

// TestBadStatements sends each in a transaction block and by itself, and looks at the table after each.
func TestBadStatements(t *testing.T) {
	k := newKeeper(t)
	conn := k.server.Conn()
	for _, bad := range badStatements {
		t.Run(fmt.Sprintf("%.60s", bad.sql), func(t *testing.T) {
			for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeDescribeExec} {
				if strings.Contains(bad.sql, "; ") && mode != pgx.QueryExecModeSimpleProtocol {
					continue
				}
				_, err := conn.Exec(deadline(t), bad.sql, append([]any{mode}, bad.args...)...)
				e := pgError(err)
				switch {
				case e.Code == "" && err != nil:
					t.Fatalf("%v: the connection broke: %v", mode, err)
				case e.Code != bad.code:
					t.Errorf("%v: %v, want SQLSTATE %s", mode, err, bad.code)
				case bad.message != "" && e.Message != bad.message:
					t.Errorf("%v: message %q, want %q", mode, e.Message, bad.message)
				case bad.position != 0 && len(bad.args) == 0 && e.Position != bad.position:
					t.Errorf("%v: position %d, want %d", mode, e.Position, bad.position)
				}
				k.check(t, conn, bad.sql[:min(60, len(bad.sql))])
			}
		})
	}
	// None of them stayed, in memory or in the log.
	k.server.Kill()
	k.server.Restart()
	k.check(t, k.server.Conn(), "a kill and restart")
}

// TestTwoLongPaths checks that paths which are equal in their first 63 bytes are two namespaces, over every way in which a
// name can come: identifier, quoted, literal, setting, startup option, COPY.
func TestTwoLongPaths(t *testing.T) {
	k := newKeeper(t)
	conn := k.server.Conn()
	stem := "app$" + strings.Repeat("t", 70)
	mustExec(t, conn, "CREATE SCHEMA app")
	for i := range 2 {
		path := fmt.Sprint(stem, i)
		mustExec(t, conn, "CREATE SCHEMA "+path)
		mustExec(t, conn, "CREATE TABLE "+path+".t (v text)")
		if _, err := conn.CopyFrom(deadline(t), pgx.Identifier{path, "t"}, []string{"v"}, pgx.CopyFromRows([][]any{{path}})); err != nil {
			t.Fatal(err)
		}
	}
	k.server.Kill()
	k.server.Restart()
	for i := range 2 {
		path := fmt.Sprint(stem, i)
		conn := k.server.Conn("search_path", path)
		for _, sql := range []string{"SELECT v FROM t", "SELECT v FROM " + path + ".t", `SELECT v FROM "` + path + `".t`, "SELECT current_schema()",
			"SELECT nspname FROM pg_namespace WHERE nspname = '" + path + "'", "SELECT table_schema FROM information_schema.tables WHERE table_schema = '" + path + "'"} {
			var got string
			if err := conn.QueryRow(deadline(t), sql).Scan(&got); err != nil || got != path {
				t.Errorf("%s: %q (%v), want %s", sql, got, err, path)
			}
		}
	}
	conn = k.server.Conn()
	mustExec(t, conn, "DROP SCHEMA "+stem+"0 CASCADE")
	var left string
	if err := conn.QueryRow(deadline(t), "SELECT v FROM "+stem+"1.t").Scan(&left); err != nil || left != stem+"1" {
		t.Errorf("the other namespace holds %q (%v)", left, err)
	}
}

// TestBrokenCopy ends COPYs in the middle in every way there is.
func TestBrokenCopy(t *testing.T) {
	k := newKeeper(t)
	conn := k.server.Conn()
	for _, c := range []struct {
		name, sql, data, code string
	}{
		{"a bad number", "COPY items (id, name, price) FROM STDIN", "10\tx\t1\n11\ty\toops\n12\tz\t3\n", "22P02"},
		{"too few columns", "COPY items (id, name, price) FROM STDIN", "10\tx\t1\n11\ty\n", "22P04"},
		{"too many columns", "COPY items (id, name) FROM STDIN", "10\tx\n11\ty\t5\n", "22P04"},
		{"a duplicate", "COPY items (id, name) FROM STDIN", "10\tx\n1\ty\n", "23505"},
		{"a duplicate of itself", "COPY items (id, name) FROM STDIN", "10\tx\n10\ty\n", "23505"},
		{"a null", "COPY items (id, name) FROM STDIN", "10\tx\n11\t\\N\n", "23502"},
		{"a broken check", "COPY items (id, name, price) FROM STDIN", "10\tx\t-5\n", "23514"},
		{"wrong dimensions", "COPY items (id, name, e) FROM STDIN", "10\tx\t[1,2,3]\n11\ty\t[1,2]\n", "22000"},
		{"NaN", "COPY items (id, name, e) FROM STDIN", "10\tx\t[1,NaN,3]\n", "22000"},
		{"invalid UTF-8", "COPY items (id, name) FROM STDIN", "10\tx\n11\t\xff\xfe\n", "22021"},
		{"a zero byte", "COPY items (id, name) FROM STDIN", "10\tx\n11\ta\x00b\n", "22021"},
		{"an open quote", "COPY items (id, name) FROM STDIN CSV", "10,\"x\n11,y\n", "22P04"},
		{"no binary header", "COPY items (id, name) FROM STDIN BINARY", "10\tx\n", "22P04"},
		{"a cut binary tuple", "COPY items (id, name) FROM STDIN BINARY", "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x04\x00\x00", "22P04"},
		{"a binary field of another length", "COPY items (id, name) FROM STDIN BINARY", "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x02\x00\x01\x00\x00\x00\x01a\xff\xff", "22P03"},
		{"a huge binary field", "COPY items (id, name) FROM STDIN BINARY", "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x7f\xff\xff\xff", "22P04"},
	} {
		_, err := conn.PgConn().CopyFrom(deadline(t), strings.NewReader(c.data), c.sql)
		if e := pgError(err); e.Code != c.code {
			t.Errorf("%s: %v, want SQLSTATE %s", c.name, err, c.code)
		}
		if conn.IsClosed() {
			t.Fatalf("%s ended the connection", c.name)
		}
		k.check(t, conn, "a COPY with "+c.name)
	}
	// The client gives up: CopyFail.
	_, err := conn.PgConn().CopyFrom(deadline(t), io.MultiReader(strings.NewReader("10\tx\n"), failingReader{}), "COPY items (id, name) FROM STDIN")
	if err == nil {
		t.Error("a COPY that the client failed succeeds")
	}
	conn = k.server.Conn()
	k.check(t, conn, "CopyFail")
	// The connection breaks in the middle, after more than a buffer of good rows.
	broken := k.server.Conn()
	ctx, cancel := context.WithCancel(deadline(t))
	rows := &manyRows{stop: 50_000, then: cancel}
	if _, err := broken.PgConn().CopyFrom(ctx, rows, "COPY items (id, name) FROM STDIN"); err == nil {
		t.Error("a COPY whose connection broke succeeds")
	}
	k.check(t, conn, "a connection that broke in a COPY")
	// The server is killed in the middle.
	broken = k.server.Conn()
	rows = &manyRows{stop: 50_000, then: k.server.Kill}
	if _, err := broken.PgConn().CopyFrom(deadline(t), rows, "COPY items (id, name) FROM STDIN"); err == nil {
		t.Error("a COPY whose server was killed succeeds")
	}
	k.server.Restart()
	k.check(t, k.server.Conn(), "a kill in a COPY")
}

// failingReader is a client that cannot go on.
type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, fmt.Errorf("the client's disk is gone") }

// manyRows are rows without end; after so many of them something happens.
type manyRows struct {
	n, stop int
	then    func()
}

func (m *manyRows) Read(p []byte) (int, error) {
	n := 0
	for n+32 < len(p) {
		m.n++
		n += copy(p[n:], fmt.Sprintf("%d\trow %d\n", 1000+m.n, m.n))
		if m.n == m.stop {
			m.then()
		}
	}
	return n, nil
}
