package copyfmt

import (
	"bytes"
	"encoding/binary"
)

// A Writer writes rows: Begin once, then for each row its fields in order and EndRow, and End. It is not safe for concurrent use.
type Writer struct {
	opts       Options
	columns    []string
	forceQuote []bool
	output     func([]byte) error
	buf        []byte
	field      int // fields of the row so far
}

// NewWriter makes a writer. output takes each row as a piece of its own, valid during the call. An error is 42P10 for a FORCE_QUOTE column
// that is not among the columns.
func NewWriter(opts Options, columns []string, output func([]byte) error) (*Writer, error) {
	w := &Writer{opts: opts, columns: columns, output: output}
	var err error
	w.forceQuote, err = flags(opts.ForceQuote, columns, "FORCE_QUOTE")
	if opts.ForceQuoteAll {
		w.forceQuote = make([]bool, len(columns))
		for i := range w.forceQuote {
			w.forceQuote[i] = true
		}
	}
	return w, err
}

// Begin writes the binary signature, or the line of column names.
func (w *Writer) Begin() error {
	switch {
	case w.opts.Format == Binary:
		w.buf = append(w.buf[:0], signature...)
		w.buf = binary.BigEndian.AppendUint32(w.buf, 0) // flags
		w.buf = binary.BigEndian.AppendUint32(w.buf, 0) // extension
		return w.send()
	case w.opts.Header != HeaderNone:
		for i, name := range w.columns {
			w.separate()
			if w.opts.Format == CSV {
				w.csv([]byte(name), false, len(w.columns) == 1)
			} else {
				w.text([]byte(name))
			}
			w.field = i + 1
		}
		return w.EndRow()
	}
	return nil
}

// Field adds a value in its column's text form, or its binary form in the binary format.
func (w *Writer) Field(value []byte) {
	w.separate()
	switch w.opts.Format {
	case Binary:
		w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(len(value)))
		w.buf = append(w.buf, value...)
	case CSV:
		w.csv(value, w.field < len(w.forceQuote) && w.forceQuote[w.field], len(w.columns) == 1)
	default:
		w.text(value)
	}
	w.field++
}

// Null adds a NULL.
func (w *Writer) Null() {
	w.separate()
	if w.opts.Format == Binary {
		w.buf = append(w.buf, 0xff, 0xff, 0xff, 0xff)
	} else {
		w.buf = append(w.buf, w.opts.Null...)
	}
	w.field++
}

// EndRow sends the row.
func (w *Writer) EndRow() error {
	if w.opts.Format == Binary {
		if w.field == 0 {
			w.separate()
		}
	} else {
		w.buf = append(w.buf, '\n')
	}
	return w.send()
}

// End writes the binary trailer.
func (w *Writer) End() error {
	if w.opts.Format != Binary {
		return nil
	}
	w.buf = append(w.buf[:0], 0xff, 0xff)
	return w.send()
}

func (w *Writer) send() error {
	err := w.output(w.buf)
	w.buf, w.field = w.buf[:0], 0
	if cap(w.buf) > keepBytes {
		w.buf = nil
	}
	return err
}

// separate writes what comes before a field: a tuple's field count, or a delimiter.
func (w *Writer) separate() {
	switch {
	case w.opts.Format == Binary && w.field == 0:
		w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(len(w.columns)))
	case w.opts.Format != Binary && w.field > 0:
		w.buf = append(w.buf, w.opts.Delimiter)
	}
}

// textEscapes are the letters for the control characters that text escapes.
var textEscapes = [32]byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v'}

func (w *Writer) text(value []byte) {
	from := 0
	for i, c := range value {
		escaped := c
		switch {
		case c < 32 && textEscapes[c] != 0:
			escaped = textEscapes[c]
		case c == '\\' || c == w.opts.Delimiter:
		default:
			continue
		}
		w.buf = append(w.buf, value[from:i]...)
		w.buf = append(w.buf, '\\', escaped)
		from = i + 1
	}
	w.buf = append(w.buf, value[from:]...)
}

// csv quotes what could be read as something else: NULL, the end marker alone on its line, and what holds special characters.
func (w *Writer) csv(value []byte, quote, single bool) {
	if !quote {
		quote = string(value) == w.opts.Null || single && string(value) == `\.` || w.special(value)
	}
	if !quote {
		w.buf = append(w.buf, value...)
		return
	}
	w.buf = append(w.buf, w.opts.Quote)
	for _, c := range value {
		if c == w.opts.Quote || c == w.opts.Escape {
			w.buf = append(w.buf, w.opts.Escape)
		}
		w.buf = append(w.buf, c)
	}
	w.buf = append(w.buf, w.opts.Quote)
}

func (w *Writer) special(value []byte) bool {
	return bytes.IndexByte(value, w.opts.Delimiter) >= 0 || bytes.IndexByte(value, w.opts.Quote) >= 0 ||
		bytes.ContainsAny(value, "\r\n")
}
