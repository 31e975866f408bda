package types

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"vecgres/sql/oracle"
	"vecgres/sql/pgerr"
)

// The files testdata/*.tsv hold what a real Postgres answers; where package oracle has one, it is asked whether it still does. Lines that begin with #
// are comments, with @ settings, for both sides.

// goldenFile runs a test on every line of a file. inputs is the number of columns that are given; the rest is expected, of the server that conn, if not
// nil, leads to.
func goldenFile(t *testing.T, name string, inputs int, conn *pgx.Conn, ask func(c *pgx.Conn, in []string) []string, answer func(env *Env, in []string) []string) {
	path := "testdata/" + name
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	env := &Env{Now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	var out bytes.Buffer
	for number, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if line == "" || line[0] == '#' {
			fmt.Fprintln(&out, line)
			continue
		}
		if line[0] == '@' {
			fmt.Fprintln(&out, line)
			env = setEnv(t, env, conn, line[1:])
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) < inputs {
			t.Fatalf("%s:%d: too few columns", path, number+1)
		}
		in := make([]string, inputs)
		for i := range in {
			in[i] = unescapeField(fields[i])
		}
		want := fields[inputs:]
		if conn != nil {
			kept := want
			want = ask(conn, in)
			fmt.Fprintln(&out, strings.Join(append(fields[:inputs:inputs], want...), "\t"))
			if !oracle.Rewrite() && strings.Join(kept, "\t") != strings.Join(want, "\t") {
				t.Errorf("%s:%d: %q\n  file   %q\n  server %q", path, number+1, in, kept, want)
			}
		}
		got := answer(env, in)
		if strings.Join(got, "\t") != strings.Join(want, "\t") {
			t.Errorf("%s:%d: %q\n  got  %q\n  want %q", path, number+1, in, got, want)
		}
	}
	if conn != nil && oracle.Rewrite() {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// setEnv applies "name = value".
func setEnv(t *testing.T, env *Env, conn *pgx.Conn, setting string) *Env {
	name, value, _ := strings.Cut(setting, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	next := *env
	switch name {
	case "DateStyle":
		next.DateStyle = value
	case "IntervalStyle":
		next.IntervalStyle = value
	case "bytea_output":
		next.ByteaOutput = value
	case "extra_float_digits":
		next.ExtraFloatDigitsSet = true
		if _, err := fmt.Sscan(value, &next.ExtraFloatDigits); err != nil {
			t.Fatal(err)
		}
	case "TimeZone":
		loc, err := LoadZoneName(value)
		if err != nil {
			t.Fatal(err)
		}
		next.Location, next.LocationName = loc, value
	default:
		t.Fatalf("unknown setting %q", name)
	}
	if conn != nil {
		if _, err := conn.Exec(context.Background(), "SET "+name+" = '"+value+"'"); err != nil {
			t.Fatal(err)
		}
	}
	return &next
}

var fieldEscapes = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\e`, "")

func unescapeField(s string) string { return fieldEscapes.Replace(s) }

func escapeField(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`).Replace(s)
}

// errorColumns shows an error as code, message, detail, hint.
func errorColumns(err error) []string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return []string{"!" + pg.Code, escapeField(pg.Message), escapeField(pg.Detail)}
	}
	e := pgerr.From(err)
	return []string{"!" + e.Code, escapeField(e.Message), escapeField(e.Detail)}
}

// rawQuery runs a query without parameters, for its first column in text and binary form.
func rawQuery(conn *pgx.Conn, sql string, binary bool) ([]byte, error) {
	format := []int16{0}
	if binary {
		format[0] = 1
	}
	r := conn.PgConn().ExecParams(context.Background(), sql, nil, nil, nil, format).Read()
	if r.Err != nil {
		return nil, r.Err
	}
	return r.Rows[0][0], nil
}

func quoteLiteral(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// typeOf turns a column's type, such as varchar(10), numeric(5,2)[] or interval day to second(3), into ours.
func typeOf(t *testing.T, s string) Type {
	array := strings.HasSuffix(s, "[]")
	s = strings.TrimSuffix(s, "[]")
	name, rest, hasMods := strings.Cut(s, "(")
	var mods []int32
	if hasMods {
		inside, after, _ := strings.Cut(rest, ")")
		name += after
		for part := range strings.SplitSeq(inside, ",") {
			var v int32
			if _, err := fmt.Sscan(part, &v); err != nil {
				t.Fatalf("type %q: %v", s, err)
			}
			mods = append(mods, v)
		}
	}
	if fields, ok := strings.CutPrefix(name, "interval"); ok {
		name = "interval"
		for mask, text := range intervalFields {
			if text == fields && (fields != "" || hasMods) {
				mods = append([]int32{mask}, mods...)
			}
		}
	}
	if name == "char" {
		name = "character"
	}
	info, ok := ByName(strings.TrimSpace(name))
	if !ok {
		t.Fatalf("unknown type %q", name)
	}
	typ := T(info.OID)
	if len(mods) > 0 {
		mod, err := TypmodIn(info.OID, mods)
		if err != nil {
			t.Fatal(err)
		}
		typ.Mod = mod
	}
	if array {
		typ.OID = info.Array
	}
	return typ
}

// TestInput reads values as COPY does, and prints them as text and binary.
func TestInput(t *testing.T) {
	ctx := context.Background()
	byCopy := func(conn *pgx.Conn, v string) error {
		data := strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r").Replace(v) + "\n"
		_, err := conn.PgConn().CopyFrom(ctx, strings.NewReader(data), "COPY t FROM STDIN")
		return err
	}
	byInsert := func(conn *pgx.Conn, v string) error { // pglite has no COPY FROM STDIN
		_, err := conn.Exec(ctx, "INSERT INTO t VALUES ("+quoteLiteral(v)+")")
		return err
	}
	put := byCopy
	ask := func(conn *pgx.Conn, in []string) []string {
		for _, sql := range []string{"DROP TABLE IF EXISTS pg_temp.t", "CREATE TEMP TABLE t (v " + in[0] + ")"} {
			if _, err := conn.Exec(ctx, sql); err != nil {
				t.Fatal(in, err)
			}
		}
		if err := put(conn, in[1]); err != nil {
			return errorColumns(err)
		}
		text, err := rawQuery(conn, "SELECT v FROM t", false)
		if err != nil {
			t.Fatal(err)
		}
		binary, err := rawQuery(conn, "SELECT v FROM t", true)
		if err != nil {
			t.Fatal(err)
		}
		return []string{"=" + escapeField(string(text)), hex.EncodeToString(binary)}
	}
	answer := func(env *Env, in []string) []string {
		typ := typeOf(t, in[0])
		d, err := ParseText(env, typ, in[1])
		if err != nil {
			return errorColumns(err)
		}
		binary, err := AppendBinary(nil, typ.OID, d)
		if err != nil {
			return errorColumns(err)
		}
		checkRoundTrip(t, env, typ, d, binary)
		return []string{"=" + escapeField(FormatText(env, typ.OID, d)), hex.EncodeToString(binary)}
	}
	for _, name := range []string{"number.tsv", "string.tsv", "datetime.tsv", "interval.tsv", "json.tsv", "array.tsv"} {
		t.Run(name, func(t *testing.T) { goldenFile(t, name, 2, oracle.Postgres.Connect(t), ask, answer) })
	}
	// No server that tests can start has the right answers to these.
	t.Run("postgres16.tsv", func(t *testing.T) { goldenFile(t, "postgres16.tsv", 2, nil, ask, answer) })
	put = byInsert
	t.Run("vector.tsv", func(t *testing.T) { goldenFile(t, "vector.tsv", 2, oracle.Pgvector.Connect(t), ask, answer) })
}

// checkRoundTrip decodes the binary form and compares.
func checkRoundTrip(t *testing.T, env *Env, typ Type, d Datum, binary []byte) {
	t.Helper()
	back, err := DecodeBinary(env, typ, binary)
	if err != nil {
		t.Errorf("%s %q: decode: %v", FormatType(typ), FormatText(env, typ.OID, d), err)
		return
	}
	if a, b := FormatText(env, typ.OID, d), FormatText(env, typ.OID, back); a != b {
		t.Errorf("%s: %q came back as %q", FormatType(typ), a, b)
	}
}

// TestCasts converts text in one type to another, explicitly.
func TestCasts(t *testing.T) {
	ask := func(conn *pgx.Conn, in []string) []string {
		text, err := rawQuery(conn, fmt.Sprintf("SELECT %s::%s::%s", quoteLiteral(in[1]), in[0], in[2]), false)
		if err != nil {
			return errorColumns(err)
		}
		return []string{"=" + escapeField(string(text))}
	}
	goldenFile(t, "cast.tsv", 3, oracle.Postgres.Connect(t), ask, func(env *Env, in []string) []string {
		from, to := typeOf(t, in[0]), typeOf(t, in[2])
		d, err := ParseText(env, from, in[1])
		if err != nil {
			return errorColumns(err)
		}
		v, err := CastDatum(env, from, to, d, true)
		if err != nil {
			return errorColumns(err)
		}
		if v.IsNull() {
			return []string{"="}
		}
		return []string{"=" + escapeField(FormatText(env, to.OID, v))}
	})
}
