package copyfmt

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"vecgres/sql/oracle"
)

// TestAgainstPostgres copies random data into a real server and compares rows and errors, their contexts included.
func TestAgainstPostgres(t *testing.T) {
	oracle.Postgres.Need(t)
	db := oracle.Postgres.Connect(t)
	if _, err := db.Exec(context.Background(), "SET client_min_messages = warning"); err != nil {
		t.Fatal(err)
	}
	r := oracle.Rand(t)
	for range 800 {
		opts, sql := randomReadOptions(r)
		data := randomData(r, opts)
		got := readAll(opts, []string{"a", "b"}, data, 1+r.IntN(20))
		got = withoutLines(got)
		want := copyInto(t, db, sql, data)
		if got != want {
			t.Fatalf("%s\ndata %q\ngot\n%swant\n%s", sql, data, got, want)
		}
	}
}

// withoutLines takes the line numbers away, which a server's rows do not tell, and the rows before an error, which it does not keep.
func withoutLines(out string) string {
	var rows strings.Builder
	for out != "" {
		line, rest, _ := strings.Cut(out, "\n")
		number, row, ok := strings.Cut(line, ": ")
		if _, err := strconv.Atoi(number); !ok || err != nil {
			return out
		}
		rows.WriteString(row + "\n")
		out = rest
	}
	return rows.String()
}

func copyInto(t *testing.T, db *pgx.Conn, sql, data string) string {
	ctx := context.Background()
	if _, err := db.Exec(ctx, "CREATE TEMP TABLE IF NOT EXISTS t (a text, b text); TRUNCATE t"); err != nil {
		t.Fatal(err)
	}
	_, err := db.PgConn().CopyFrom(ctx, strings.NewReader(data), sql)
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		out := pgErr.Code + " " + pgErr.Message
		if pgErr.Hint != "" {
			out += "\nHINT: " + pgErr.Hint
		}
		if pgErr.Where != "" {
			out += "\nCONTEXT: " + pgErr.Where
		}
		return strings.NewReplacer("\r", "<CR>", "\x00", "<NUL>").Replace(out) + "\n"
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(ctx, "SELECT a, b FROM t")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for rows.Next() {
		var a, b *string
		if err := rows.Scan(&a, &b); err != nil {
			t.Fatal(err)
		}
		fields := make([]Field, 2)
		for i, v := range []*string{a, b} {
			if fields[i].Null = v == nil; v != nil {
				fields[i].Data = []byte(*v)
			}
		}
		fmt.Fprintln(&out, showFields(fields))
	}
	return out.String()
}

func randomReadOptions(r *rand.Rand) (Options, string) {
	opts := DefaultOptions(Format(r.IntN(2)))
	list := []string{"format " + []string{"text", "csv"}[opts.Format]}
	if r.IntN(3) == 0 {
		opts.Delimiter = '|'
		list = append(list, "delimiter '|'")
	}
	if r.IntN(3) == 0 {
		opts.Null = "N"
		list = append(list, "null 'N'")
	}
	if opts.Format == CSV && r.IntN(2) == 0 {
		opts.Escape = '\\'
		list = append(list, `escape '\'`)
	}
	if opts.Format == CSV && r.IntN(3) == 0 {
		opts.ForceNull, opts.ForceNotNull = []string{"a"}, []string{"b"}
		list = append(list, "force_null (a), force_not_null (b)")
	}
	if r.IntN(4) == 0 {
		opts.Header = HeaderNames
		list = append(list, "header")
		if r.IntN(2) == 0 {
			opts.Header = HeaderMatch
			list[len(list)-1] = "header match"
		}
	}
	return opts, "COPY t FROM STDIN (" + strings.Join(list, ", ") + ")"
}

// randomData makes lines of two fields mostly, of bytes that mean something, with one kind of line end mostly.
func randomData(r *rand.Rand, opts Options) string {
	eol := []string{"\n", "\r\n", "\r"}[r.IntN(3)]
	var out strings.Builder
	if opts.Header == HeaderMatch && r.IntN(3) > 0 {
		out.WriteString("a" + string(opts.Delimiter) + "b" + eol)
	}
	word := func() {
		for range r.IntN(5) {
			out.WriteString([]string{"a", "N", "\\", "\\N", "\\x4", "\\12", "\"", "é", ".", "1", "t", "\\n", "\\."}[r.IntN(13)])
			if r.IntN(40) == 0 {
				out.WriteString([]string{"\r", "\n", "\r\n", "\x01"}[r.IntN(4)])
			}
		}
	}
	quoted := func() {
		if opts.Format == CSV && r.IntN(2) == 0 {
			out.WriteString(`"`)
			word()
			if r.IntN(4) == 0 {
				out.WriteString(eol)
			}
			out.WriteString(`"`)
			return
		}
		word()
	}
	for range r.IntN(4) {
		quoted()
		for range []int{1, 1, 1, 1, 1, 1, 0, 2}[r.IntN(8)] {
			out.WriteByte(opts.Delimiter)
			quoted()
		}
		if r.IntN(15) == 0 {
			out.WriteString(eol + `\.`)
		}
		out.WriteString(eol)
	}
	data := out.String()
	if r.IntN(5) == 0 {
		data = strings.TrimSuffix(data, eol)
	}
	return data
}
