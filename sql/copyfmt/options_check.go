package copyfmt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

func refuse(code, text string, args ...any) error { return pgerr.New(code, text, args...) }

func (g *given) checkBinary(out *Options, _ bool) error {
	if out.Format != Binary {
		return nil
	}
	for _, o := range []struct {
		value *string
		name  string
	}{{g.delimiter, "DELIMITER"}, {g.null, "NULL"}, {g.dflt, "DEFAULT"}} {
		if o.value != nil {
			return refuse(pgerrcode.SyntaxError, "cannot specify %s in BINARY mode", o.name)
		}
	}
	if g.header != nil && out.Header != HeaderNone {
		return refuse(pgerrcode.FeatureNotSupported, "cannot specify HEADER in BINARY mode")
	}
	return nil
}

// textDelimitersRefused are the characters that mean something else after a backslash, or in numbers and words.
const textDelimitersRefused = "\\.abcdefghijklmnopqrstuvwxyz0123456789"

func (g *given) setDelimiter(out *Options, _ bool) error {
	if g.delimiter == nil {
		return nil
	}
	d := *g.delimiter
	if len(d) != 1 {
		return refuse(pgerrcode.FeatureNotSupported, "COPY delimiter must be a single one-byte character")
	}
	if d == "\n" || d == "\r" {
		return refuse(pgerrcode.InvalidParameterValue, "COPY delimiter cannot be newline or carriage return")
	}
	if out.Format == Text && strings.Contains(textDelimitersRefused, d) {
		return refuse(pgerrcode.InvalidParameterValue, "COPY delimiter cannot be \"%s\"", d)
	}
	out.Delimiter = d[0]
	return nil
}

// setMarkers takes what stands for NULL and for a default.
func (g *given) setMarkers(out *Options, from bool) error {
	if g.null != nil {
		out.Null = *g.null
	}
	if strings.ContainsAny(out.Null, "\r\n") {
		return refuse(pgerrcode.InvalidParameterValue, "COPY null representation cannot use newline or carriage return")
	}
	if strings.ContainsAny(out.Default, "\r\n") {
		return refuse(pgerrcode.InvalidParameterValue, "COPY default representation cannot use newline or carriage return")
	}
	if out.HasDefault && !from {
		return refuse(pgerrcode.FeatureNotSupported, "COPY DEFAULT only available using COPY FROM")
	}
	return nil
}

func (g *given) setQuotes(out *Options, _ bool) error {
	for _, o := range []struct {
		value *string
		name  string
		into  *byte
	}{{g.quote, "quote", &out.Quote}, {g.escape, "escape", &out.Escape}} {
		if o.value == nil {
			continue
		}
		if out.Format != CSV {
			return refuse(pgerrcode.FeatureNotSupported, "COPY %s available only in CSV mode", o.name)
		}
		if len(*o.value) != 1 {
			return refuse(pgerrcode.FeatureNotSupported, "COPY %s must be a single one-byte character", o.name)
		}
		*o.into = (*o.value)[0]
	}
	if g.quote != nil && g.escape == nil {
		out.Escape = out.Quote
	}
	if out.Format == CSV && out.Delimiter == out.Quote {
		return refuse(pgerrcode.InvalidParameterValue, "COPY delimiter and quote must be different")
	}
	return nil
}

func (g *given) checkForce(out *Options, from bool) error {
	for _, o := range []struct {
		given    bool
		name     string
		fromOnly bool
	}{
		{len(out.ForceQuote) > 0 || out.ForceQuoteAll, "force quote", false},
		{len(out.ForceNotNull) > 0, "force not null", true},
		{len(out.ForceNull) > 0, "force null", true},
	} {
		switch {
		case !o.given:
		case out.Format != CSV:
			return refuse(pgerrcode.FeatureNotSupported, "COPY %s available only in CSV mode", o.name)
		case o.fromOnly && !from:
			return refuse(pgerrcode.FeatureNotSupported, "COPY %s only available using COPY FROM", o.name)
		case !o.fromOnly && from:
			return refuse(pgerrcode.FeatureNotSupported, "COPY %s only available using COPY TO", o.name)
		}
	}
	return nil
}

// checkOverlap refuses markers that could not be told from what separates and quotes fields.
func (g *given) checkOverlap(out *Options, _ bool) error {
	if out.Format == Binary {
		return nil
	}
	if strings.IndexByte(out.Null, out.Delimiter) >= 0 {
		return refuse(pgerrcode.FeatureNotSupported, "COPY delimiter must not appear in the NULL specification")
	}
	if out.Format == CSV && strings.IndexByte(out.Null, out.Quote) >= 0 {
		return refuse(pgerrcode.FeatureNotSupported, "CSV quote character must not appear in the NULL specification")
	}
	if !out.HasDefault {
		return nil
	}
	if strings.IndexByte(out.Default, out.Delimiter) >= 0 {
		return refuse(pgerrcode.FeatureNotSupported, "COPY delimiter must not appear in the DEFAULT specification")
	}
	if out.Format == CSV && strings.IndexByte(out.Default, out.Quote) >= 0 {
		return refuse(pgerrcode.FeatureNotSupported, "CSV quote character must not appear in the DEFAULT specification")
	}
	if out.Default == out.Null {
		return refuse(pgerrcode.FeatureNotSupported, "NULL specification and DEFAULT specification cannot be the same")
	}
	return nil
}

// flags tells for each column whether list names it; a name that is no column is 42P10.
func flags(list, columns []string, option string) ([]bool, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out := make([]bool, len(columns))
next:
	for _, name := range list {
		for i, column := range columns {
			if column == name {
				out[i] = true
				continue next
			}
		}
		return nil, pgerr.New(pgerrcode.InvalidColumnReference, "%s column \"%s\" not referenced by COPY", option, name)
	}
	return out, nil
}
