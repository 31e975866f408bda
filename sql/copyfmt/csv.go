package copyfmt

import "bytes"

// splitCSV splits the line at delimiters outside quotes. A field with a quote in it anywhere is neither NULL nor the default marker.
func (r *Reader) splitCSV() error {
	r.fields, r.room = r.fields[:0], r.room[:0]
	if cap(r.room) < len(r.line) { // never grows below, so that fields may point into it
		r.room = make([]byte, 0, len(r.line))
	}
	pos := 0
	for {
		next, more, err := r.csvField(pos)
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
		pos = next
	}
}

// csvField reads the field that begins at pos; more tells that a delimiter followed, behind which next lies.
func (r *Reader) csvField(pos int) (next int, more bool, err error) {
	start, quoted := len(r.room), false
	rest := r.line[pos:]
	for i := 0; ; {
		n := r.csvSpecial(rest[i:])
		r.room = append(r.room, rest[i:i+n]...)
		i += n
		if i == len(rest) {
			r.addCSV(start, quoted)
			return 0, false, nil
		}
		if rest[i] == r.opts.Delimiter {
			r.addCSV(start, quoted)
			return pos + i + 1, true, nil
		}
		quoted = true
		n, ok := r.csvQuoted(rest[i+1:])
		if !ok {
			return 0, false, r.bad("unterminated CSV quoted field")
		}
		i += 1 + n
	}
}

// csvSpecial is how many bytes come before a delimiter or a quote.
func (r *Reader) csvSpecial(text []byte) int {
	for i, c := range text {
		if c == r.opts.Delimiter || c == r.opts.Quote {
			return i
		}
	}
	return len(text)
}

// csvQuoted copies text up to the closing quote, and tells how many bytes it took with it.
func (r *Reader) csvQuoted(text []byte) (n int, ok bool) {
	quote, escape := r.opts.Quote, r.opts.Escape
	for i := 0; i < len(text); i++ {
		if escape == quote { // the common case copies in runs
			run := bytes.IndexByte(text[i:], quote)
			if run < 0 {
				return 0, false
			}
			r.room = append(r.room, text[i:i+run]...)
			i += run
		}
		c := text[i]
		if c == escape && i+1 < len(text) && (text[i+1] == escape || text[i+1] == quote) {
			r.room = append(r.room, text[i+1])
			i++
			continue
		}
		if c == quote {
			return i + 1, true
		}
		r.room = append(r.room, c)
	}
	return 0, false
}

func (r *Reader) addCSV(start int, quoted bool) {
	data := r.room[start:len(r.room):len(r.room)]
	f := Field{Data: data}
	if !quoted {
		switch {
		case string(data) == r.opts.Null:
			f = Field{Null: true}
		case r.opts.HasDefault && string(data) == r.opts.Default:
			f = Field{Default: true}
		}
	}
	r.fields = append(r.fields, f)
}
