package copyfmt

import (
	"bytes"

	"vecgres/sql/pgerr"
)

func withHint(err error, hint string) error {
	e := pgerr.From(err)
	e.Hint = hint
	return e
}

// splitText splits the line at its delimiters. NULL and the default marker are compared before escapes are resolved.
func (r *Reader) splitText() error {
	r.fields, r.room = r.fields[:0], r.room[:0]
	if cap(r.room) < len(r.line) { // never grows below, so that fields may point into it
		r.room = make([]byte, 0, len(r.line))
	}
	rest := r.line
	for {
		raw, more := rest, false
		if n := r.delimiter(rest); n >= 0 {
			raw, rest, more = rest[:n], rest[n+1:], true
		}
		f, err := r.textField(raw)
		if err != nil {
			return err
		}
		r.fields = append(r.fields, f)
		if !more {
			return nil
		}
	}
}

// delimiter finds the next delimiter that no backslash escapes, -1 for none.
func (r *Reader) delimiter(text []byte) int {
	n := bytes.IndexByte(text, r.opts.Delimiter)
	end := n
	if n < 0 {
		end = len(text)
	}
	if bytes.IndexByte(text[:end], '\\') < 0 {
		return n
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case r.opts.Delimiter:
			return i
		}
	}
	return -1
}

// dropLoneBackslash drops a backslash that the end of the data left without a character to escape.
func dropLoneBackslash(raw []byte) []byte {
	n := 0
	for n < len(raw) && raw[len(raw)-1-n] == '\\' {
		n++
	}
	return raw[:len(raw)-n%2]
}

func (r *Reader) textField(raw []byte) (Field, error) {
	raw = dropLoneBackslash(raw)
	if string(raw) == r.opts.Null {
		return Field{Null: true}, nil
	}
	if r.opts.HasDefault && string(raw) == r.opts.Default {
		return Field{Default: true}, nil
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return Field{Data: raw}, nil
	}
	start := len(r.room)
	check := false
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			r.room = append(r.room, raw[i])
			i++
			continue
		}
		c, n := unescape(raw[i+1:])
		r.room = append(r.room, c)
		check = check || c == 0 || c >= 0x80
		i += 1 + n
	}
	data := r.room[start:len(r.room):len(r.room)]
	if check {
		if err := r.checkText(data); err != nil {
			return Field{}, err
		}
	}
	return Field{Data: data}, nil
}

// unescape resolves what follows a backslash: the byte, and how many bytes it took.
func unescape(text []byte) (c byte, n int) {
	switch c = text[0]; c {
	case 'b':
		return '\b', 1
	case 'f':
		return '\f', 1
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 't':
		return '\t', 1
	case 'v':
		return '\v', 1
	case '0', '1', '2', '3', '4', '5', '6', '7':
		v := 0
		for n < 3 && n < len(text) && text[n] >= '0' && text[n] <= '7' {
			v = v*8 + int(text[n]-'0')
			n++
		}
		return byte(v), n
	case 'x':
		v, digits := 0, 0
		for digits < 2 && 1+digits < len(text) && hexDigit(text[1+digits]) >= 0 {
			v = v*16 + hexDigit(text[1+digits])
			digits++
		}
		if digits > 0 {
			return byte(v), 1 + digits
		}
	}
	return c, 1
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
