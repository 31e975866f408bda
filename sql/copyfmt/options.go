package copyfmt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// Format is one of COPY's formats.
type Format uint8

// The formats.
const (
	Text Format = iota
	CSV
	Binary
)

// Header says what the first line is.
type Header uint8

// The kinds of headers.
const (
	HeaderNone  Header = iota
	HeaderNames        // names, skipped when read
	HeaderMatch        // names that must be the columns'
)

// Option is an option of COPY as written: name [value], name (list) or name *.
type Option struct {
	Name  string // lower case
	Value string
	Given bool // a value was given
	List  []string
	All   bool // *
}

// Options is what the options of a COPY mean. The zero value is not valid; DefaultOptions and ParseOptions make valid ones.
type Options struct {
	Format        Format
	Delimiter     byte
	Null          string
	Default       string // the default marker, where HasDefault
	HasDefault    bool
	Header        Header
	Quote, Escape byte // csv alone
	Freeze        bool
	// Columns by name; the session checks that they exist.
	ForceQuote    []string
	ForceQuoteAll bool
	ForceNotNull  []string
	ForceNull     []string
}

// DefaultOptions are those of a format.
func DefaultOptions(format Format) Options {
	if format == CSV {
		return Options{Format: CSV, Delimiter: ',', Quote: '"', Escape: '"'}
	}
	return Options{Format: format, Delimiter: '\t', Null: `\N`}
}

// given are the options' texts before the defaults of the format are known; nil means not given.
type given struct {
	Options
	delimiter, null, dflt, header, quote, escape *string
}

// ParseOptions reads and checks the options of COPY FROM (from) or COPY TO. Errors are 42601, 22023 and 0A000 as in Postgres.
func ParseOptions(list []Option, from bool) (Options, error) {
	var g given
	seen := map[string]bool{}
	for i := range list {
		o := &list[i]
		if seen[o.Name] {
			return Options{}, pgerr.New(pgerrcode.SyntaxError, "conflicting or redundant options")
		}
		seen[o.Name] = true
		if err := g.take(o, from); err != nil {
			return Options{}, err
		}
	}
	out := g.Options
	d := DefaultOptions(out.Format)
	out.Delimiter, out.Null, out.Quote, out.Escape = d.Delimiter, d.Null, d.Quote, d.Escape
	for _, check := range []func(*Options, bool) error{g.checkBinary, g.setDelimiter, g.setMarkers, g.setQuotes, g.checkForce, g.checkOverlap} {
		if err := check(&out, from); err != nil {
			return Options{}, err
		}
	}
	return out, nil
}

// take reads one option.
func (g *given) take(o *Option, from bool) error {
	switch o.Name {
	case "format":
		return g.takeFormat(o)
	case "delimiter":
		g.delimiter = &o.Value
	case "null":
		g.null = &o.Value
	case "default":
		g.dflt, g.HasDefault, g.Default = &o.Value, true, o.Value
	case "quote":
		g.quote = &o.Value
	case "escape":
		g.escape = &o.Value
	case "header":
		g.header = &o.Value
		return g.takeHeader(o, from)
	case "freeze":
		on, err := boolean(o)
		g.Freeze = on
		return err
	case "force_quote":
		g.ForceQuote, g.ForceQuoteAll = o.List, o.All
		return needList(o, true)
	case "force_not_null":
		g.ForceNotNull = o.List
		return needList(o, false)
	case "force_null":
		g.ForceNull = o.List
		return needList(o, false)
	case "encoding":
		return checkEncoding(o.Value)
	default:
		return pgerr.New(pgerrcode.SyntaxError, "option \"%s\" not recognized", o.Name)
	}
	if !o.Given {
		return pgerr.New(pgerrcode.SyntaxError, "%s requires a parameter", o.Name)
	}
	return nil
}

func (g *given) takeFormat(o *Option) error {
	switch o.Value {
	case "text":
		g.Format = Text
	case "csv":
		g.Format = CSV
	case "binary":
		g.Format = Binary
	default:
		return pgerr.New(pgerrcode.InvalidParameterValue, "COPY format \"%s\" not recognized", o.Value)
	}
	return nil
}

func (g *given) takeHeader(o *Option, from bool) error {
	if strings.EqualFold(o.Value, "match") {
		if !from {
			return pgerr.New(pgerrcode.FeatureNotSupported, "cannot use \"%s\" with HEADER in COPY TO", o.Value)
		}
		g.Header = HeaderMatch
		return nil
	}
	on, err := boolean(o)
	if err != nil {
		return pgerr.New(pgerrcode.SyntaxError, "header requires a Boolean value or \"match\"")
	}
	if on {
		g.Header = HeaderNames
	}
	return nil
}

// boolean is an option's truth; its mere presence is true.
func boolean(o *Option) (bool, error) {
	if !o.Given {
		return true, nil
	}
	switch strings.ToLower(o.Value) {
	case "true", "on", "1":
		return true, nil
	case "false", "off", "0":
		return false, nil
	}
	return false, pgerr.New(pgerrcode.SyntaxError, "%s requires a Boolean value", o.Name)
}

func needList(o *Option, orAll bool) error {
	if len(o.List) > 0 || orAll && o.All {
		return nil
	}
	return pgerr.New(pgerrcode.InvalidParameterValue, "argument to option \"%s\" must be a list of column names", o.Name)
}

func checkEncoding(name string) error {
	switch strings.ToUpper(strings.NewReplacer("-", "", "_", "").Replace(name)) {
	case "UTF8", "UNICODE", "SQLASCII":
		return nil
	case "":
		return pgerr.New(pgerrcode.InvalidParameterValue, "argument to option \"encoding\" must be a valid encoding name")
	}
	return pgerr.Unimplemented("COPY in encoding " + name)
}
