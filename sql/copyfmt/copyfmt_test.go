package copyfmt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// pieces gives data in pieces of at most n bytes.
func pieces(data string, n int) func() ([]byte, error) {
	return func() ([]byte, error) {
		if data == "" {
			return nil, io.EOF
		}
		k := min(n, len(data))
		piece := []byte(data[:k])
		data = data[k:]
		return piece, nil
	}
}

func showError(err error) string {
	e := pgerr.From(err)
	out := e.Code + " " + e.Message
	if e.Hint != "" {
		out += "\nHINT: " + e.Hint
	}
	if e.Where != "" {
		out += "\nCONTEXT: " + e.Where
	}
	return strings.NewReplacer("\r", "<CR>", "\x00", "<NUL>").Replace(out) + "\n"
}

func showFields(fields []Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		switch {
		case f.Null:
			parts[i] = "NULL"
		case f.Default:
			parts[i] = "DEFAULT"
		default:
			parts[i] = fmt.Sprintf("%q", f.Data)
		}
	}
	return strings.Join(parts, " ")
}

// readAll reads data in pieces of n bytes and prints the rows and what ended them.
func readAll(opts Options, columns []string, data string, n int) string {
	var out strings.Builder
	r, err := NewReader(opts, "t", columns, pieces(data, n))
	if err != nil {
		return showError(err)
	}
	for {
		fields, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil {
			return out.String() + showError(err)
		}
		fmt.Fprintf(&out, "%d: %s\n", r.Line(), showFields(fields))
	}
}

// optionsOf makes options of a golden command's arguments: name or name=value, with ~ for an empty value, and Go escapes in values.
func optionsOf(t *testing.T, d *datadriven.TestData, skip ...string) []Option {
	var list []Option
next:
	for _, arg := range d.CmdArgs {
		for _, s := range skip {
			if arg.Key == s {
				continue next
			}
		}
		o := Option{Name: arg.Key}
		switch {
		case strings.HasPrefix(arg.Key, "force_") && len(arg.Vals) > 0 && arg.Vals[0] == "*":
			o.All = true
		case strings.HasPrefix(arg.Key, "force_"):
			o.List = arg.Vals
		case len(arg.Vals) > 0:
			o.Given = true
			o.Value = unquote(t, arg.Vals[0])
		}
		list = append(list, o)
	}
	return list
}

// unquote resolves escapes that the golden files use for bytes that they cannot hold.
func unquote(t *testing.T, s string) string {
	return strings.NewReplacer("~", "", "<TAB>", "\t", "<CR>", "\r", "<LF>", "\n", "<BS>", "\\", "<NUL>", "\x00", "<FF>", "\xff", "<EOF>\n", "", "<Q>", `"`, "<COMMA>", ",", "<SEMI>", ";").Replace(s)
}

// TestGolden runs "read" (rows of the data in every size of pieces), "options" (what parsing the options says).
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			columns := []string{"a", "b"}
			if arg, ok := d.Arg("columns"); ok {
				columns = arg.Vals
			}
			opts, err := ParseOptions(optionsOf(t, d, "columns", "to"), !d.HasArg("to"))
			if err != nil {
				return showError(err)
			}
			if d.Cmd == "options" {
				return fmt.Sprintf("%+v\n", opts)
			}
			data := unquote(t, d.Input+"\n")
			want := readAll(opts, columns, data, len(data))
			for n := 1; n < min(len(data), 12); n++ {
				if got := readAll(opts, columns, data, n); got != want {
					t.Errorf("%s: in pieces of %d:\n%swhole:\n%s", d.Pos, n, got, want)
				}
			}
			return want
		})
	})
}

// randomValue makes a value out of bytes that mean something to one format or another.
func randomValue(r *rand.Rand) []byte {
	alphabet := []string{"a", "b", "0", "1", "\\", "\"", "'", ",", "\t", "\n", "\r", ".", "N", "n", "x", "é", "|", " ", "\x01", "\b"}
	var out []byte
	for range r.IntN(8) {
		out = append(out, alphabet[r.IntN(len(alphabet))]...)
	}
	return out
}

// TestRoundTrip writes random rows under random options and reads them back in random pieces.
func TestRoundTrip(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	columns := []string{"a", "b", "c"}
	for range 3000 {
		opts := DefaultOptions(Format(r.IntN(3)))
		if opts.Format != Binary {
			opts.Delimiter = ",|\t;"[r.IntN(4)]
			opts.Null = []string{`\N`, "", "NULL"}[r.IntN(3)]
			opts.Header = Header(r.IntN(2))
		}
		if opts.Format == CSV {
			opts.Escape = "\"\\"[r.IntN(2)]
			opts.ForceQuoteAll = r.IntN(2) == 0
		}
		if opts.Format == Text && opts.Null == "" {
			opts.Null = `\N` // an empty text would be read as NULL, as in Postgres
		}
		n := 1 + r.IntN(3)
		var data bytes.Buffer
		w, err := NewWriter(opts, columns[:n], func(b []byte) error { data.Write(b); return nil })
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		check(t, w.Begin())
		for range r.IntN(5) {
			row := make([]Field, n)
			for i := range row {
				row[i] = Field{Data: randomValue(r)}
				if opts.Format == Text && string(row[i].Data) == "NULL" {
					row[i].Data = nil
				}
				if r.IntN(4) == 0 {
					row[i] = Field{Null: true}
					w.Null()
				} else {
					w.Field(row[i].Data)
				}
			}
			check(t, w.EndRow())
			want = append(want, showFields(row))
		}
		check(t, w.End())
		rd, err := NewReader(opts, "t", columns[:n], pieces(data.String(), 1+r.IntN(40)))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; ; i++ {
			fields, err := rd.Next()
			if err == io.EOF && i == len(want) {
				break
			}
			if err != nil || i >= len(want) || showFields(fields) != want[i] {
				t.Fatalf("seed %d, options %+v\ndata %q\nrow %d: %v %v\nwant %v", seed, opts, data.String(), i, showFields(fields), err, want)
			}
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestBinaryErrors(t *testing.T) {
	head := signature + "\x00\x00\x00\x00\x00\x00\x00\x00"
	for data, want := range map[string]string{
		"":                             "22P04 COPY file signature not recognized",
		"PGCOPY\n\xff\r\n":             "22P04 COPY file signature not recognized",
		signature:                      "22P04 invalid COPY file header (missing flags)",
		signature + "\x00\x01\x00\x00": "22P04 invalid COPY file header (WITH OIDS)",
		signature + "\x80\x00\x00\x00": "22P04 unrecognized critical flags in COPY file header",
		signature + "\x00\x00\x00\x00": "22P04 invalid COPY file header (missing length)",
		signature + "\x00\x00\x00\x00\x00\x00\x00\x05":           "22P04 invalid COPY file header (wrong length)",
		signature + "\x00\x00\x00\x00\x00\x00\x00\x02xx\xff\xff": "",
		head:                                "",
		head + "\xff\xff":                   "",
		head + "\xff\xffx":                  "22P04 received copy data after EOF marker",
		head + "\x00":                       "22P04 unexpected EOF in COPY data",
		head + "\x00\x01":                   "22P04 row field count is 1, expected 2",
		head + "\x00\x02\xff\xff\xff\xfe":   "22P04 invalid field size",
		head + "\x00\x02\x7f\xff\xff\xffab": "22P04 unexpected EOF in COPY data",
		head + "\x00\x02\xff\xff\xff\xff\x00\x00\x00\x01z\xff\xff": "1: NULL \"z\"",
	} {
		got := readAll(Options{Format: Binary}, []string{"a", "b"}, data, 3)
		got, _, _ = strings.Cut(got, "\n")
		if got != want {
			t.Errorf("%q: got %q, want %q", data, got, want)
		}
	}
}

// TestWhere checks the context that a value's conversion error is given.
func TestWhere(t *testing.T) {
	r, err := NewReader(DefaultOptions(CSV), "items", []string{"id", "name"}, pieces("1,é\n2,\n"+strings.Repeat("x", 150)+",y\n", 100))
	check(t, err)
	for _, want := range []string{`COPY items, line 1, column name: "é"`, "COPY items, line 2, column name: null input", `COPY items, line 3, column name: "y"`} {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		if got := r.Where(1); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got, want := r.Where(0), `COPY items, line 3, column id: "`+strings.Repeat("x", 100)+`..."`; got != want {
		t.Errorf("got %s", got)
	}
}

func TestForcedColumns(t *testing.T) {
	opts := DefaultOptions(CSV)
	opts.ForceNull = []string{"z"}
	if _, err := NewReader(opts, "t", []string{"a"}, pieces("", 1)); pgerr.Code(err) != pgerrcode.InvalidColumnReference {
		t.Errorf("%v", err)
	}
	opts = DefaultOptions(CSV)
	opts.ForceQuote = []string{"b"}
	var out []byte
	w, err := NewWriter(opts, []string{"a", "b"}, func(b []byte) error { out = append(out, b...); return nil })
	check(t, err)
	w.Field([]byte("x"))
	w.Field([]byte("y"))
	check(t, w.EndRow())
	w.Null()
	w.Null()
	check(t, w.EndRow())
	if string(out) != "x,\"y\"\n,\n" {
		t.Errorf("%q", out)
	}
}

// fuzzRows reads data in two sizes of pieces, which must agree, and checks the shape of rows.
func fuzzRows(t *testing.T, opts Options, data []byte, n int) {
	columns := []string{"a", "b"}
	whole := readAll(opts, columns, string(data), len(data)+1)
	if got := readAll(opts, columns, string(data), n%7+1); got != whole {
		t.Fatalf("pieces of %d:\n%s\nwhole:\n%s", n%7+1, got, whole)
	}
	r, err := NewReader(opts, "t", columns, pieces(string(data), 1000))
	if err != nil {
		t.Fatal(err)
	}
	for {
		fields, err := r.Next()
		if err != nil {
			if err != io.EOF && pgerr.Code(err) == pgerrcode.InternalError {
				t.Fatal(err)
			}
			return
		}
		if len(fields) != 2 {
			t.Fatalf("%d fields", len(fields))
		}
	}
}

func FuzzCopyText(f *testing.F) {
	for _, seed := range []string{"a\tb\n\\N\t\\x41\\101\\t\n\\.\nrest", "a\tb\r\nc\td\r\n", "x\ty\rz\tw\r", "\"a\nb\",c\n", "\"a\"\"b\",\"\\\"\"\n\\.\n", "a\\\tb\tc\\\nd\n", "\\.x\n"} {
		f.Add([]byte(seed), uint8(0), 1)
		f.Add([]byte(seed), uint8(1), 2)
		f.Add([]byte(seed), uint8(2), 3)
		f.Add([]byte(seed), uint8(7), 3)
	}
	f.Fuzz(func(t *testing.T, data []byte, kind uint8, n int) {
		opts := DefaultOptions(Format(kind & 1))
		opts.HasDefault, opts.Default = kind&4 != 0, "D"
		opts.Header = Header(kind >> 3 & 3 % 3)
		if kind&2 != 0 && opts.Format == CSV {
			opts.Escape = '\\'
		}
		fuzzRows(t, opts, data, n&0xff)
	})
}

func FuzzCopyBinary(f *testing.F) {
	head := signature + "\x00\x00\x00\x00\x00\x00\x00\x00"
	f.Add([]byte(head+"\x00\x02\xff\xff\xff\xff\x00\x00\x00\x01z\xff\xff"), 1)
	f.Add([]byte(head+"\x00\x02\x7f\xff\xff\xff"), 1)
	f.Add([]byte(signature+"\x00\x00\x00\x00\x00\x00\x00\x03abc\xff\xff"), 1)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		fuzzRows(t, Options{Format: Binary}, data, n&0xff)
	})
}

func BenchmarkRead(b *testing.B) {
	vector := "[0.125" + strings.Repeat(",-0.0625", 127) + "]"
	row := "12345\tsome text\t" + vector + "\n"
	csvRow := "12345,some text,\"" + vector + "\"\n"
	tuple := binary.BigEndian.AppendUint16(nil, 3)
	for _, n := range []int{8, 9, 516} {
		tuple = binary.BigEndian.AppendUint32(tuple, uint32(n))
		tuple = append(tuple, make([]byte, n)...)
	}
	for name, c := range map[string]struct {
		opts      Options
		head, row string
	}{
		"text":   {DefaultOptions(Text), "", row},
		"csv":    {DefaultOptions(CSV), "", csvRow},
		"binary": {Options{Format: Binary}, signature + "\x00\x00\x00\x00\x00\x00\x00\x00", string(tuple)},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(c.row)))
			b.ReportAllocs()
			piece, first := []byte(c.row), true
			r, _ := NewReader(c.opts, "t", []string{"a", "b", "c"}, func() ([]byte, error) {
				if first {
					first = false
					return []byte(c.head), nil
				}
				return piece, nil
			})
			for b.Loop() {
				if _, err := r.Next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
