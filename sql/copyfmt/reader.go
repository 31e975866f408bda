package copyfmt

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// Field is a value as the data has it.
type Field struct {
	Data    []byte
	Null    bool
	Default bool // the default marker stood here
}

// A Reader reads rows. It is not safe for concurrent use.
type Reader struct {
	opts                    Options
	table                   string
	columns                 []string
	forceNotNull, forceNull []bool

	in      input
	fields  []Field
	room    []byte // de-escaped fields
	lengths []int  // of a tuple's fields, -1 for NULL
	line    []byte // the current line, for errors
	whole   bool   // line is whole: an error while it is read does not show it
	lineNo  int64
	done    bool

	eol     eolKind
	started bool // the header was read
}

// NewReader makes a reader of rows with those columns, of which table is the relation's name in errors. input gives the next piece of
// data, valid until its next call, and io.EOF at the end. An error is 42P10 for a FORCE_… column that is not among the columns.
func NewReader(opts Options, table string, columns []string, pull func() ([]byte, error)) (*Reader, error) {
	r := &Reader{opts: opts, table: table, columns: columns, in: input{pull: pull}}
	var err error
	if r.forceNotNull, err = flags(opts.ForceNotNull, columns, "FORCE_NOT_NULL"); err != nil {
		return nil, err
	}
	r.forceNull, err = flags(opts.ForceNull, columns, "FORCE_NULL")
	return r, err
}

// Next reads a row: a field for each column, valid until the next call. It is io.EOF after the last one. Errors of the format are 22P04
// with the place in the data; those of the input are returned as they are.
func (r *Reader) Next() ([]Field, error) {
	if r.done {
		return nil, io.EOF
	}
	if !r.started {
		r.started = true
		if err := r.start(); err != nil {
			return nil, err
		}
	}
	if r.opts.Format == Binary {
		return r.nextTuple()
	}
	return r.nextLine()
}

func (r *Reader) start() error {
	if r.opts.Format == Binary {
		return r.signature()
	}
	if r.opts.Header == HeaderNone {
		return nil
	}
	return r.header()
}

// header reads the first line, and compares it where it must match.
func (r *Reader) header() error {
	end, err := r.readLine()
	if err != nil {
		return err
	}
	r.done = end
	if r.opts.Header != HeaderMatch {
		return nil
	}
	if err := r.split(); err != nil {
		return err
	}
	if len(r.fields) != len(r.columns) {
		return r.bad("wrong number of fields in header line: got %d, expected %d", len(r.fields), len(r.columns))
	}
	for i, f := range r.fields {
		switch {
		case f.Null:
			return r.bad("column name mismatch in header line field %d: got null value (\"%s\"), expected \"%s\"", i+1, r.opts.Null, r.columns[i])
		case string(f.Data) != r.columns[i]:
			return r.bad("column name mismatch in header line field %d: got \"%s\", expected \"%s\"", i+1, f.Data, r.columns[i])
		}
	}
	return nil
}

// nextLine reads a row of text or csv.
func (r *Reader) nextLine() ([]Field, error) {
	if r.done {
		return nil, io.EOF
	}
	end, err := r.readLine()
	if err != nil {
		return nil, err
	}
	if end {
		r.done = true
		if len(r.line) == 0 {
			return nil, io.EOF
		}
	}
	if err := r.split(); err != nil {
		return nil, err
	}
	return r.fields, r.checkRow()
}

// split makes fields of the line, which must be UTF8.
func (r *Reader) split() error {
	r.whole = false // Postgres checks bytes before it knows lines
	if err := r.checkText(r.line); err != nil {
		return err
	}
	r.whole = true
	if r.opts.Format == CSV {
		return r.splitCSV()
	}
	return r.splitText()
}

// checkRow checks the number of fields and applies what is forced.
func (r *Reader) checkRow() error {
	if len(r.columns) == 0 && len(r.fields) == 1 && len(r.line) == 0 {
		r.fields = r.fields[:0]
	}
	if len(r.fields) > len(r.columns) {
		return r.bad("extra data after last expected column")
	}
	if len(r.fields) < len(r.columns) {
		return r.bad("missing data for column \"%s\"", r.columns[len(r.fields)])
	}
	for i := range r.forceNotNull {
		if r.forceNotNull[i] && r.fields[i].Null {
			r.fields[i] = Field{Data: []byte(r.opts.Null)}
		}
	}
	for i := range r.forceNull {
		if f := &r.fields[i]; r.forceNull[i] && !f.Null && !f.Default && string(f.Data) == r.opts.Null {
			*f = Field{Null: true}
		}
	}
	return nil
}

func (r *Reader) checkText(text []byte) error {
	if utf8.Valid(text) && bytes.IndexByte(text, 0) < 0 {
		return nil
	}
	for at := 0; at < len(text); {
		c, size := utf8.DecodeRune(text[at:])
		if c == 0 || c == utf8.RuneError && size == 1 {
			return r.fail(pgerrcode.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", badSequence(text[at:]))
		}
		at += size
	}
	return nil
}

// badSequence prints as many bytes as the first one announces.
func badSequence(text []byte) string {
	n := 1
	switch first := text[0]; {
	case first >= 0xf8:
	case first >= 0xf0:
		n = 4
	case first >= 0xe0:
		n = 3
	case first >= 0xc0:
		n = 2
	}
	out := ""
	for _, b := range text[:min(n, len(text))] {
		out += fmt.Sprintf(" 0x%02x", b)
	}
	return out[1:]
}

// bad is 22P04 with the place in the data.
func (r *Reader) bad(format string, args ...any) error {
	return r.fail(pgerrcode.BadCopyFileFormat, format, args...)
}

func (r *Reader) fail(code, format string, args ...any) error {
	e := pgerr.New(code, format, args...)
	e.Where = r.Where(-1)
	return e
}

// Line is the number of the current line or tuple, from 1; a header counts.
func (r *Reader) Line() int64 { return r.lineNo }

// Where is the context of an error in the current row, in the given column or -1 for the whole row:
// COPY t, line 3, column price: "x".
func (r *Reader) Where(column int) string {
	place := fmt.Sprintf("COPY %s, line %d", r.table, r.lineNo)
	switch {
	case column >= 0 && column < len(r.columns):
		place += ", column " + r.columns[column]
		if r.opts.Format == Binary || column >= len(r.fields) {
			return place
		}
		if r.fields[column].Null {
			return place + ": null input"
		}
		return place + `: "` + clip(r.fields[column].Data) + `"`
	case r.opts.Format == Binary, !r.whole:
		return place
	}
	return place + `: "` + clip(r.line) + `"`
}

// clipBytes is how much of a line or a value an error shows.
const clipBytes = 100

func clip(text []byte) string {
	if len(text) <= clipBytes {
		return string(bytes.ToValidUTF8(text, []byte("?")))
	}
	end := clipBytes
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return string(bytes.ToValidUTF8(text[:end], []byte("?"))) + "..."
}
