package sqllogic

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// An outcome is what a server made of one record.
type outcome struct {
	err   *pgconn.PgError // nil when it succeeded
	tag   string          // command tag
	types string          // a letter a column
	oids  []uint32        // type of each column
	rows  []string        // formatted; names first when wanted
	raw   [][][]byte      // rows as they came
}

// typeLetter classes a column by its type, as the scripts do.
func typeLetter(oid uint32) byte {
	switch oid {
	case 16:
		return 'B'
	case 20, 21, 23, 26:
		return 'I'
	case 700, 701, 1700:
		return 'R'
	}
	return 'T'
}

// record puts a result's description and rows into the outcome.
func (o *outcome) take(fields []pgconn.FieldDescription, rows [][][]byte, r *record) {
	letters := make([]byte, len(fields))
	names := make([]string, len(fields))
	o.oids = make([]uint32, len(fields))
	for i, f := range fields {
		letters[i], names[i], o.oids[i] = typeLetter(f.DataTypeOID), formatValue([]byte(f.Name)), f.DataTypeOID
	}
	o.types, o.raw = string(letters), rows
	for _, row := range rows {
		values := make([]string, len(row))
		for i, v := range row {
			values[i] = formatValue(v)
		}
		o.rows = append(o.rows, strings.Join(values, "  "))
	}
	if r.rowsort {
		slices.Sort(o.rows)
	}
	if r.names {
		o.rows = slices.Insert(o.rows, 0, strings.Join(names, "  "))
	}
}

// formatValue shows a value in a line; see the package comment.
func formatValue(v []byte) string {
	switch {
	case v == nil:
		return "NULL"
	case len(v) == 0:
		return "(empty)"
	}
	s := string(v)
	if s == "NULL" || s == "(empty)" {
		return `\` + s
	}
	s = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(s)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ' || s[i+1] == ' ') {
			b.WriteString("·")
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// tagCount is the number at the end of a command tag; -1 when it has none.
func tagCount(tag string) int {
	words := strings.Fields(tag)
	if len(words) == 0 {
		return -1
	}
	n, err := strconv.Atoi(words[len(words)-1])
	if err != nil {
		return -1
	}
	return n
}

// differences compares an outcome with what the record expects; "" when it is as expected.
func (r *record) difference(o *outcome) string {
	if r.kind == statementError {
		return r.errorDifference(o.err)
	}
	if o.err != nil {
		return fmt.Sprintf("fails with %s %s", o.err.Code, o.err.Message)
	}
	switch r.kind {
	case statementCount:
		if n := tagCount(o.tag); n != r.count {
			return fmt.Sprintf("command tag %q, want a count of %d", o.tag, r.count)
		}
	case query:
		if o.types != r.types {
			return fmt.Sprintf("column types %s (OIDs %v), want %s", o.types, o.oids, r.types)
		}
		if !slices.Equal(o.rows, r.expected) {
			return fmt.Sprintf("rows are\n%s\nwant\n%s", indent(o.rows), indent(r.expected))
		}
	}
	return ""
}

func (r *record) errorDifference(err *pgconn.PgError) string {
	switch {
	case err == nil:
		return fmt.Sprintf("succeeds, want error %s %s", r.code, r.message)
	case r.code != "" && err.Code != r.code:
		return fmt.Sprintf("fails with %s %s\n  want %s %s", err.Code, err.Message, r.code, r.message)
	case r.message != "" && formatMessage(err.Message) != r.message:
		return fmt.Sprintf("fails with %s %s\n  want message %s", err.Code, err.Message, r.message)
	}
	return ""
}

// formatMessage shows an error's text in a line.
func formatMessage(m string) string {
	return strings.TrimSpace(strings.ReplaceAll(m, "\n", `\n`))
}

// adopt makes the outcome what the record expects.
func (r *record) adopt(o *outcome) error {
	if (o.err != nil) != (r.kind == statementError) {
		if o.err != nil {
			return fmt.Errorf("fails with %s %s", o.err.Code, o.err.Message)
		}
		return fmt.Errorf("succeeds, but an error is expected")
	}
	switch r.kind {
	case statementError:
		if r.code != "" && r.code != o.err.Code {
			return fmt.Errorf("fails with %s %s, want %s", o.err.Code, o.err.Message, r.code)
		}
		if r.code == "" || r.message != "" { // a code alone was asked for on purpose
			r.message = formatMessage(o.err.Message)
		}
		r.code = o.err.Code
	case statementCount:
		r.count = tagCount(o.tag)
	case query:
		r.types, r.expected = o.types, o.rows
		if r.types == "" {
			return fmt.Errorf("gives no columns")
		}
	}
	return nil
}

func indent(lines []string) string {
	if len(lines) == 0 {
		return "    (none)"
	}
	return "    " + strings.Join(lines, "\n    ")
}
