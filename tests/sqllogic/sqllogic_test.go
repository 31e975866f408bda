package sqllogic

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vecgres/tests/internal/harness"

	"github.com/jackc/pgx/v5/pgconn"
)

var (
	rewrite = flag.Bool("rewrite", false, "write the expected output anew: of testdata/sql from PostgreSQL, of testdata/vector from vecgres")
	addr    = flag.String("addr", "", "connection URL of a running server to use instead of starting one")
	engine  = flag.String("engine", harness.Vecgres, "what runs at -addr: vecgres or postgres")
)

// statementsMin is how many statements the scripts must have for the comparison to mean something.
const statementsMin = 700

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

func scripts(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.slt"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts in testdata/%s (%v)", folder, err)
	}
	return paths
}

// database makes a place of its own for a script and returns its URL.
type database func(t *testing.T, path string, p protocol) string

// oracle gives each script a database of one PostgreSQL.
func oracle(t *testing.T) database {
	pg := harness.StartPostgres(t)
	return func(t *testing.T, path string, p protocol) string {
		name := fmt.Sprintf("%s_%s", scriptName(path), p)
		if _, err := pg.ConnFor(t).Exec(context.Background(), "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
			t.Fatal(err)
		}
		return pg.URL(name, sessionSettings...)
	}
}

// product gives each script a vecgres server of its own, so that a crash is that script's alone.
func product(t *testing.T, _ string, _ protocol) string {
	return harness.StartVecgres(t).URL("postgres", sessionSettings...)
}

func given(*testing.T, string, protocol) string { return *addr }

func scriptName(path string) string {
	return strings.TrimSuffix(filepath.Base(path), ".slt")
}

func TestPostgres(t *testing.T) {
	if *addr != "" {
		t.Skip("-addr names the server")
	}
	place := oracle(t)
	for _, path := range scripts(t, "sql") {
		t.Run(scriptName(path), func(t *testing.T) { runScript(t, path, harness.Postgres, place, simple, *rewrite) })
	}
}

func TestVecgres(t *testing.T) {
	place, name := database(product), harness.Vecgres
	if *addr != "" {
		place, name = given, *engine
	}
	for _, folder := range []string{"sql", "vector"} {
		for _, path := range scripts(t, folder) {
			for _, p := range []protocol{simple, extended} {
				fresh := *rewrite && folder == "vector"
				if *rewrite && !(fresh && p == simple) {
					continue
				}
				t.Run(folder+"/"+scriptName(path)+"/"+p.String(), func(t *testing.T) { runScript(t, path, name, place, p, fresh) })
			}
		}
	}
}

// runScript gives a script to a server and reports each difference.
func runScript(t *testing.T, path, engine string, place database, p protocol, rewrite bool) {
	s, err := loadScript(path)
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{engine: engine, url: place(t, path, p), protocol: p}
	defer r.close()
	for _, rec := range s.records {
		if !rec.runsOn(engine) {
			continue
		}
		o, err := r.run(rec)
		if err != nil {
			t.Fatalf("%s:%d: %v\n%s", path, rec.line, err, rec.sql)
		}
		if rewrite {
			if err := rec.adopt(o); err != nil {
				t.Errorf("%s:%d: %v\n%s", path, rec.line, err, rec.sql)
			}
		} else if diff := rec.difference(o); diff != "" {
			t.Errorf("%s:%d: %s\n  %s", path, rec.line, diff, rec.sql)
		}
	}
	if rewrite {
		if err := os.WriteFile(path, []byte(s.format()), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// TestBinary compares the bytes of binary results: both engines run the scripts of testdata/sql, and what a query gives
// must be the same on the wire. Types whose values name objects of one server are left out.
func TestBinary(t *testing.T) {
	if *addr != "" || *rewrite {
		t.Skip("needs both engines")
	}
	place := oracle(t)
	compared := 0
	for _, path := range scripts(t, "sql") {
		t.Run(scriptName(path), func(t *testing.T) {
			s, err := loadScript(path)
			if err != nil {
				t.Fatal(err)
			}
			want := &runner{engine: harness.Postgres, url: place(t, path, binary), protocol: binary}
			defer want.close()
			got := &runner{engine: harness.Vecgres, url: product(t, path, binary), protocol: binary}
			defer got.close()
			for _, rec := range s.records {
				compared += compareBinary(t, path, rec, want, got)
			}
		})
	}
	t.Logf("%d queries compared", compared)
}

// compareBinary runs one record on both engines; it returns how many results it compared.
func compareBinary(t *testing.T, path string, rec *record, want, got *runner) int {
	var outcomes [2]*outcome
	for i, r := range []*runner{want, got} {
		if !rec.runsOn(r.engine) {
			continue
		}
		o, err := r.run(rec)
		if err != nil {
			t.Fatalf("%s:%d: %s: %v", path, rec.line, r.engine, err)
		}
		outcomes[i] = o
	}
	w, g := outcomes[0], outcomes[1]
	if w == nil || g == nil || rec.kind != query || w.err != nil || rec.rowsort || !portable(w.oids) {
		return 0
	}
	if g.err != nil {
		t.Errorf("%s:%d: binary results fail with %s %s\n  %s", path, rec.line, g.err.Code, g.err.Message, rec.sql)
		return 1
	}
	if len(w.raw) != len(g.raw) {
		t.Errorf("%s:%d: %d rows, want %d\n  %s", path, rec.line, len(g.raw), len(w.raw), rec.sql)
		return 1
	}
	for i := range w.raw {
		for c := range w.raw[i] {
			if c >= len(g.raw[i]) || !bytes.Equal(w.raw[i][c], g.raw[i][c]) || (w.raw[i][c] == nil) != (g.raw[i][c] == nil) {
				t.Errorf("%s:%d: row %d column %d is %x (type %v), want %x (type %v)\n  %s", path, rec.line, i+1, c+1, g.raw[i][c], g.oids, w.raw[i][c], w.oids, rec.sql)
				return 1
			}
		}
	}
	return 1
}

// portable tells whether values of these types mean the same on two servers: not OIDs and what refers to them.
func portable(oids []uint32) bool {
	for _, oid := range oids {
		switch {
		case oid == 26, oid == 24, oid >= 2202 && oid <= 2206, oid == 2210, oid == 2211, oid == 2249, oid == 2287, oid == 1028, oid >= 16384, oid == 4089, oid == 4096:
			return false
		}
	}
	return true
}

func TestEnoughStatements(t *testing.T) {
	total := map[string]int{}
	for _, folder := range []string{"sql", "vector"} {
		for _, path := range scripts(t, folder) {
			s, err := loadScript(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.records) > 150 {
				t.Errorf("%s has %d records; split it", path, len(s.records))
			}
			for _, r := range s.records {
				if folder == "vector" || r.runsOn(harness.Postgres) && r.runsOn(harness.Vecgres) {
					total[folder]++
				}
			}
		}
	}
	t.Logf("%d statements for both engines, %d for vecgres alone", total["sql"], total["vector"])
	if total["sql"] < statementsMin {
		t.Errorf("%d statements compared with PostgreSQL, want at least %d", total["sql"], statementsMin)
	}
}

func TestScriptFormat(t *testing.T) {
	const text = `# a comment

statement ok
CREATE TABLE t (a int)

onlyif vecgres
connection two
statement error 42P01 relation "x" does not exist
SELECT *
FROM x

statement count 3
DELETE FROM t

query IT rowsort names q1
SELECT a, b FROM t
----
a  b
1  two··words

halt
whatever
`
	s, err := parseScript("x.slt", text)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.format(); got != text {
		t.Errorf("format gives\n%s", got)
	}
	r := s.records[1]
	if r.code != "42P01" || r.message != `relation "x" does not exist` || r.session != "two" || r.runsOn("postgres") || r.sql != "SELECT *\nFROM x" {
		t.Errorf("record %+v", r)
	}
	if q := s.records[3]; q.types != "IT" || !q.rowsort || !q.names || q.label != "q1" || len(q.expected) != 2 {
		t.Errorf("record %+v", q)
	}
	for _, bad := range []string{"statement maybe\nx", "query", "statement error 42\nx", "onlyif vecgres\n", "frob x\ny", "statement ok\n"} {
		if _, err := parseScript("bad", bad); err == nil {
			t.Errorf("%q is taken for a script", bad)
		}
	}
}

func TestDifferencesAreSeen(t *testing.T) {
	ok := func(types string, rows ...string) *outcome {
		return &outcome{types: types, rows: rows, tag: "SELECT 1"}
	}
	q := &record{kind: query, types: "I", expected: []string{"1"}}
	for _, c := range []struct {
		rec  *record
		o    *outcome
		same bool
	}{
		{q, ok("I", "1"), true},
		{q, ok("I", "2"), false},
		{q, ok("T", "1"), false},
		{q, ok("I"), false},
		{q, &outcome{err: &pgconn.PgError{Code: "42601"}}, false},
		{&record{kind: statementError, code: "42601"}, &outcome{err: &pgconn.PgError{Code: "42601", Message: "x"}}, true},
		{&record{kind: statementError, code: "42601", message: "y"}, &outcome{err: &pgconn.PgError{Code: "42601", Message: "x"}}, false},
		{&record{kind: statementError, code: "42601"}, ok("I", "1"), false},
		{&record{kind: statementCount, count: 1}, &outcome{tag: "INSERT 0 1"}, true},
		{&record{kind: statementCount, count: 2}, &outcome{tag: "INSERT 0 1"}, false},
	} {
		if same := c.rec.difference(c.o) == ""; same != c.same {
			t.Errorf("%+v against %+v: same = %v", c.o, c.rec, same)
		}
	}
	for in, want := range map[string]string{"": "(empty)", "NULL": `\NULL`, " a  b c ": "·a··b c·", "x\ny\\": `x\ny\\`} {
		if got := formatValue([]byte(in)); got != want {
			t.Errorf("formatValue(%q) = %q, want %q", in, got, want)
		}
	}
	if formatValue(nil) != "NULL" {
		t.Error("a null is not NULL")
	}
}
