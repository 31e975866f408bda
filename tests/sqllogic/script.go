package sqllogic

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// kind is what a record wants.
type kind int

const (
	statementOK kind = iota
	statementCount
	statementError
	query
)

// A script is a file of records.
type script struct {
	path    string
	records []*record
	tail    []string // lines behind the last record
}

// A record is one command and what must come of it.
type record struct {
	line     int      // of its first directive, from 1
	lead     []string // comment and empty lines before it, kept for rewriting
	onlyif   []string // engines; none for all
	skipif   []string
	session  string // "" for the first session
	kind     kind
	count    int
	code     string // SQLSTATE
	message  string // "" when any will do
	types    string
	rowsort  bool
	names    bool
	label    string
	sql      string
	expected []string // rows
}

// runsOn tells whether an engine runs the record.
func (r *record) runsOn(engine string) bool {
	if slices.Contains(r.skipif, engine) {
		return false
	}
	return len(r.onlyif) == 0 || slices.Contains(r.onlyif, engine)
}

// loadScript reads a script file.
func loadScript(path string) (*script, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseScript(path, string(text))
}

// parser walks over a script's lines.
type parser struct {
	path  string
	lines []string
	next  int
}

// parseScript reads a script's text; path is for messages.
func parseScript(path, text string) (*script, error) {
	p := &parser{path: path}
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.lines = append(p.lines, lines.Text())
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := &script{path: path}
	for {
		lead := p.skipLead()
		if p.next == len(p.lines) {
			s.tail = lead
			return s, nil
		}
		if p.lines[p.next] == "halt" {
			s.tail = append(lead, p.lines[p.next:]...)
			return s, nil
		}
		r := &record{lead: lead, line: p.next + 1}
		if err := p.record(r); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, p.next, err)
		}
		s.records = append(s.records, r)
	}
}

// skipLead passes empty lines and comments.
func (p *parser) skipLead() []string {
	first := p.next
	for p.next < len(p.lines) && (p.lines[p.next] == "" || strings.HasPrefix(p.lines[p.next], "#")) {
		p.next++
	}
	return p.lines[first:p.next:p.next]
}

// record reads directives up to the one that says what is wanted, then its SQL and rows.
func (p *parser) record(r *record) error {
	for p.next < len(p.lines) {
		words := strings.Fields(p.lines[p.next])
		line := p.lines[p.next]
		p.next++
		if len(words) < 2 {
			return fmt.Errorf("%q is no directive", line)
		}
		switch words[0] {
		case "onlyif":
			r.onlyif = append(r.onlyif, words[1])
		case "skipif":
			r.skipif = append(r.skipif, words[1])
		case "connection":
			r.session = words[1]
		case "statement":
			return p.statement(r, words, line)
		case "query":
			return p.query(r, words)
		default:
			return fmt.Errorf("%q is no directive", line)
		}
	}
	return fmt.Errorf("a directive without a record")
}

func (p *parser) statement(r *record, words []string, line string) error {
	switch words[1] {
	case "ok":
		r.kind = statementOK
	case "count":
		r.kind = statementCount
		if len(words) == 3 {
			n, err := strconv.Atoi(words[2])
			if err != nil {
				return err
			}
			r.count = n
		}
	case "error":
		r.kind = statementError
		if len(words) > 2 {
			r.code = words[2]
			if len(r.code) != 5 {
				return fmt.Errorf("%q is no SQLSTATE", r.code)
			}
			_, after, _ := strings.Cut(line, r.code)
			r.message = strings.TrimSpace(after)
		}
	default:
		return fmt.Errorf("statement %q is none of ok, count, error", words[1])
	}
	r.sql = p.block("")
	if r.sql == "" {
		return fmt.Errorf("a statement without SQL")
	}
	return nil
}

func (p *parser) query(r *record, words []string) error {
	r.kind = query
	r.types = words[1]
	for _, w := range words[2:] {
		switch w {
		case "nosort":
		case "rowsort":
			r.rowsort = true
		case "names":
			r.names = true
		default:
			r.label = w
		}
	}
	r.sql = p.block("----")
	if r.sql == "" {
		return fmt.Errorf("a query without SQL")
	}
	if p.next > 0 && p.lines[p.next-1] == "----" {
		if rows := p.block(""); rows != "" {
			r.expected = strings.Split(rows, "\n")
		}
	}
	return nil
}

// block reads the lines up to an empty one, or to one that is the stop, which is passed.
func (p *parser) block(stop string) string {
	first := p.next
	for p.next < len(p.lines) && p.lines[p.next] != "" && (stop == "" || p.lines[p.next] != stop) {
		p.next++
	}
	text := strings.Join(p.lines[first:p.next], "\n")
	if stop != "" && p.next < len(p.lines) && p.lines[p.next] == stop {
		p.next++
	}
	return text
}

// format writes the script as text; parseScript reads it back.
func (s *script) format() string {
	var b strings.Builder
	for i, r := range s.records {
		if i > 0 && len(r.lead) == 0 {
			b.WriteByte('\n')
		}
		r.format(&b)
	}
	for _, line := range s.tail {
		b.WriteString(line + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func (r *record) format(b *strings.Builder) {
	for _, line := range r.lead {
		b.WriteString(line + "\n")
	}
	for _, e := range r.onlyif {
		b.WriteString("onlyif " + e + "\n")
	}
	for _, e := range r.skipif {
		b.WriteString("skipif " + e + "\n")
	}
	if r.session != "" {
		b.WriteString("connection " + r.session + "\n")
	}
	switch r.kind {
	case statementOK:
		b.WriteString("statement ok\n")
	case statementCount:
		fmt.Fprintf(b, "statement count %d\n", r.count)
	case statementError:
		b.WriteString(strings.TrimRight("statement error "+r.code+" "+r.message, " ") + "\n")
	case query:
		b.WriteString("query " + r.types)
		for _, option := range []struct {
			on   bool
			word string
		}{{r.rowsort, "rowsort"}, {r.names, "names"}, {r.label != "", r.label}} {
			if option.on {
				b.WriteString(" " + option.word)
			}
		}
		b.WriteByte('\n')
	}
	b.WriteString(r.sql + "\n")
	if r.kind == query {
		b.WriteString("----\n")
		for _, row := range r.expected {
			b.WriteString(row + "\n")
		}
	}
}
