package copyfmt

import "bytes"

// eolKind is how lines end, which the first line decides for all.
type eolKind uint8

const (
	eolUnknown eolKind = iota
	eolLF
	eolCR
	eolCRLF
)

// readLine finds the next line and leaves it, without its end, in r.line. end tells that the data ended with it or before it, or with
// the marker \. on a line of its own, after which data is ignored.
func (r *Reader) readLine() (end bool, err error) {
	r.lineNo++
	r.line, r.whole = nil, false
	s := lineScan{r: r, in: &r.in, start: r.in.pos, csv: r.opts.Format == CSV}
	if s.csv && r.opts.Escape != r.opts.Quote {
		s.escape, s.escapes = r.opts.Escape, true
	}
	end, err = s.run()
	if err != nil {
		return false, err
	}
	r.whole = true
	if end && s.marker {
		line := append([]byte(nil), r.line...)
		err = r.in.drain()
		r.line = line
	}
	return end, err
}

// A lineScan is the search for one line's end.
type lineScan struct {
	r          *Reader
	in         *input
	start      int // where the line begins in the buffer
	csv        bool
	escapes    bool // csv's escape character is not its quote
	escape     byte
	inQuote    bool
	lastEscape bool
	marker     bool // \. ended the data
}

// peek gives the byte at distance n from the position, reading on when needed; ok is false at the end of the data.
func (s *lineScan) peek(n int) (c byte, ok bool, err error) {
	for s.in.pos+n >= len(s.in.buf) {
		var more bool
		s.start, more, err = s.in.more(s.start)
		if err != nil || !more {
			return 0, false, err
		}
	}
	return s.in.buf[s.in.pos+n], true, nil
}

// finish sets the line to what lies before the position, and skips n bytes of the line's end.
func (s *lineScan) finish(n int) {
	s.r.line = s.in.buf[s.start:s.in.pos]
	s.in.pos += n
}

func (s *lineScan) run() (end bool, err error) {
	for {
		s.skipPlain()
		c, ok, err := s.peek(0)
		if err != nil {
			return false, err
		}
		if !ok {
			s.finish(0)
			return true, nil
		}
		if s.csv {
			s.quotes(c)
		}
		switch {
		case c == '\r' && !s.inQuote:
			return false, s.carriageReturn()
		case c == '\n' && !s.inQuote:
			if s.r.eol == eolCR || s.r.eol == eolCRLF {
				return false, s.mixed("newline", `\n`)
			}
			s.r.eol = eolLF
			s.finish(1)
			return false, nil
		case c == '\\' && (!s.csv || s.in.pos == s.start):
			stop, err := s.backslash()
			if err != nil || stop {
				return stop, err
			}
			continue
		}
		s.in.pos++
	}
}

// skipPlain moves over bytes that cannot end a line or change how one ends.
func (s *lineScan) skipPlain() {
	buf := s.in.buf
	i := s.in.pos
	if s.csv {
		if s.escapes || i == s.start {
			return
		}
		if s.inQuote {
			s.skipQuoted()
			return
		}
		quote := s.r.opts.Quote
		for i < len(buf) && buf[i] != '\n' && buf[i] != '\r' && buf[i] != quote {
			i++
		}
		s.in.pos = i
		return
	}
	rest := buf[i:]
	if n := bytes.IndexByte(rest, '\n'); n >= 0 {
		rest = rest[:n]
	}
	if n := bytes.IndexByte(rest, '\\'); n >= 0 {
		rest = rest[:n]
	}
	if n := bytes.IndexByte(rest, '\r'); n >= 0 {
		rest = rest[:n]
	}
	s.in.pos += len(rest)
}

// skipQuoted moves to the next quote, counting the lines within.
func (s *lineScan) skipQuoted() {
	rest := s.in.buf[s.in.pos:]
	if n := bytes.IndexByte(rest, s.r.opts.Quote); n >= 0 {
		rest = rest[:n]
	}
	end := []byte{'\r'}
	if s.r.eol == eolLF {
		end[0] = '\n'
	}
	s.r.lineNo += int64(bytes.Count(rest, end))
	s.in.pos += len(rest)
}

// quotes follows csv's quoting. An escape counts only within quotes and before a quote or itself; where it is the quote itself,
// a doubled quote toggles twice.
func (s *lineScan) quotes(c byte) {
	if s.escapes && s.inQuote && c == s.escape {
		s.lastEscape = !s.lastEscape
	}
	if c == s.r.opts.Quote && !s.lastEscape {
		s.inQuote = !s.inQuote
	}
	if !s.escapes || c != s.escape {
		s.lastEscape = false
	}
	if s.inQuote && (c == '\n' && s.r.eol == eolLF || c == '\r' && s.r.eol != eolLF) {
		s.r.lineNo++
	}
}

// carriageReturn ends a line at \r or \r\n.
func (s *lineScan) carriageReturn() error {
	switch s.r.eol {
	case eolLF:
		return s.mixed("carriage return", `\r`)
	case eolCR:
		s.finish(1)
		return nil
	}
	next, ok, err := s.peek(1)
	if err != nil {
		return err
	}
	if ok && next == '\n' {
		s.r.eol = eolCRLF
		s.finish(2)
		return nil
	}
	if s.r.eol == eolCRLF {
		return s.mixed("carriage return", `\r`)
	}
	s.r.eol = eolCR
	s.finish(1)
	return nil
}

// mixed is the error of a line end of another kind than the first line's.
func (s *lineScan) mixed(what, escape string) error {
	s.finish(0)
	text, hint := "literal "+what+" found in data", `Use "`+escape+`" to represent `+what+"."
	if s.csv {
		text, hint = "unquoted "+what+" found in data", "Use quoted CSV field to represent "+what+"."
	}
	return withHint(s.r.bad("%s", text), hint)
}

// backslash handles \. and, in text, skips the character after any other backslash.
func (s *lineScan) backslash() (stop bool, err error) {
	c, ok, err := s.peek(1)
	if err != nil {
		return false, err
	}
	if !ok || c != '.' {
		s.in.pos++
		if ok && !s.csv {
			s.in.pos++
		}
		return false, nil
	}
	verdict, err := s.markerEnd()
	if err != nil {
		return false, err
	}
	switch {
	case verdict == markerGood:
		s.marker = true
		s.finish(0)
		return true, nil
	case verdict == markerMixed:
		return false, s.r.bad("end-of-copy marker does not match previous newline style")
	case s.csv: // data that begins like the marker
		s.in.pos++
		return false, nil
	case verdict == markerOther:
		return false, s.r.bad("end-of-copy marker does not match previous newline style")
	}
	return false, s.r.bad("end-of-copy marker corrupt")
}

// markerVerdict is what follows \. on its line.
type markerVerdict uint8

const (
	markerGood    markerVerdict = iota // the line's end
	markerMixed                        // a line end of another kind than before
	markerOther                        // \n after lines that ended with \r\n: data to csv
	markerCorrupt                      // anything else: data to csv
)

func (s *lineScan) markerEnd() (markerVerdict, error) {
	c, _, err := s.peek(2)
	if err != nil {
		return markerCorrupt, err
	}
	switch s.r.eol {
	case eolCRLF:
		if c == '\n' {
			return markerOther, nil
		}
		if c != '\r' {
			return markerCorrupt, nil
		}
		switch c, _, err = s.peek(3); {
		case err != nil:
			return markerCorrupt, err
		case c == '\r':
			return markerMixed, nil
		}
		return goodOrCorrupt(c == '\n'), nil
	case eolLF:
		if c == '\r' {
			return markerMixed, nil
		}
		return goodOrCorrupt(c == '\n'), nil
	case eolCR:
		if c == '\n' {
			return markerMixed, nil
		}
		return goodOrCorrupt(c == '\r'), nil
	}
	return goodOrCorrupt(c == '\r' || c == '\n'), nil
}

func goodOrCorrupt(good bool) markerVerdict {
	if good {
		return markerGood
	}
	return markerCorrupt
}
