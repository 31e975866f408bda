package funcs

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// output is a value's text form; a bool is t or f.
func output(ctx *Context, t types.OID, d types.Datum) string { return types.FormatText(ctx.Env, t, d) }

// castText is a value cast to text, which differs from its text form for bool (true) and char(n) (without trailing blanks).
func castText(ctx *Context, t types.OID, d types.Datum) string {
	switch t {
	case types.BoolOID:
		return strconv.FormatBool(d.Bool())
	case types.BpcharOID:
		return strings.TrimRight(d.Text(), " ")
	}
	return output(ctx, t, d)
}

// concatAny is concat(…); NULLs are skipped.
func concatAny(args []types.Type) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		return types.Text(strings.Join(texts(ctx, args, a, 0), "")), nil
	}
}

// concatWS is concat_ws(separator, …).
func concatWS(args []types.Type) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		return types.Text(strings.Join(texts(ctx, args, a, 1), a[0].Text())), nil
	}
}

func texts(ctx *Context, args []types.Type, a row, from int) []string {
	var parts []string
	for i := from; i < len(a); i++ {
		if !a[i].IsNull() {
			parts = append(parts, output(ctx, args[i].OID, a[i]))
		}
	}
	return parts
}

// concatEither are text || anynonarray and its mirror image.
func concatEither(args []types.Type) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		return types.Text(castText(ctx, args[0].OID, a[0]) + castText(ctx, args[1].OID, a[1])), nil
	}
}

// reservedWords need quotes as identifiers: the keywords of SQL that Postgres does not leave unreserved.
var reservedWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both
		case cast char character check coalesce collate collation column concurrently constraint create cross current_catalog current_date
		current_role current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do else end except
		exists extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout int
		integer intersect interval into is isnull join json_array json_arrayagg json_object json_objectagg lateral leading least left like limit
		localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps
		overlay placing position precision primary real references returning right row select session_user setof similar smallint some substring
		symmetric system_user table tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic
		verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
		xmltable`) {
		m[w] = true
	}
	return m
}()

// QuoteIdent quotes an identifier where SQL needs it.
func QuoteIdent(s string) string {
	safe := s != "" && !isDigit(s[0]) && s[0] != '$' && !reservedWords[s]
	for i := range len(s) {
		c := s[i]
		safe = safe && (c >= 'a' && c <= 'z' || c == '_' || isDigit(c))
	}
	if safe {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// QuoteLiteral makes an SQL literal.
func QuoteLiteral(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

func quoteLiteralAny(args []types.Type) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		return types.Text(QuoteLiteral(castText(ctx, args[0].OID, a[0]))), nil
	}
}

func quoteNullable(args []types.Type) Func {
	literal := quoteLiteralAny(args)
	return func(ctx *Context, a row) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Text("NULL"), nil
		}
		return literal(ctx, a)
	}
}

// formatSpec is one %[position$][flags][width]type of format().
type formatSpec struct {
	position   int // of the argument, from 1; 0 for the next one
	left       bool
	width      int
	widthArg   int // position of the argument that holds the width, 0 for the next one, -1 for none
	conversion byte
}

func formatError(text string, args ...any) *pgerr.Error {
	return pgerr.New(pgerrcode.InvalidParameterValue, text, args...)
}

// formatText is format(): %s, %I and %L with positions, widths and the - flag.
func formatText(args []types.Type) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		f := formatter{ctx: ctx, args: args, values: a}
		return f.run(a[0].Text())
	}
}

type formatter struct {
	ctx    *Context
	args   []types.Type
	values row
	next   int // index of the last argument taken
	out    strings.Builder
}

func (f *formatter) run(format string) (types.Datum, error) {
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			f.out.WriteString(format)
			return types.Text(f.out.String()), nil
		}
		f.out.WriteString(format[:i])
		format = format[i+1:]
		if strings.HasPrefix(format, "%") {
			f.out.WriteByte('%')
			format = format[1:]
			continue
		}
		spec, rest, err := parseSpec(format)
		if err != nil {
			return types.Null, err
		}
		if err := f.write(spec); err != nil {
			return types.Null, err
		}
		format = rest
	}
}

func unterminated() error {
	return formatError("unterminated format() type specifier").WithHint(`For a single "%%" use "%%%%".`)
}

func leadingNumber(s string) (n int, rest string, err error) {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == 0 {
		return -1, s, nil
	}
	n, e := strconv.Atoi(s[:i])
	if e != nil || n > 1<<31-1 {
		err = pgerr.New(pgerrcode.NumericValueOutOfRange, "number is out of range")
	}
	return n, s[i:], err
}

func parseSpec(s string) (spec formatSpec, rest string, err error) {
	spec.widthArg = -1
	n, rest, err := leadingNumber(s)
	if err != nil {
		return spec, "", err
	}
	if strings.HasPrefix(rest, "$") && n >= 0 {
		if n == 0 {
			return spec, "", formatError("format specifies argument 0, but arguments are numbered from 1")
		}
		spec.position, rest = n, rest[1:]
	} else {
		rest = s
	}
	for strings.HasPrefix(rest, "-") {
		spec.left, rest = true, rest[1:]
	}
	if strings.HasPrefix(rest, "*") {
		n, after, err := leadingNumber(rest[1:])
		if err != nil {
			return spec, "", err
		}
		spec.widthArg, rest = 0, rest[1:]
		if n >= 0 {
			if !strings.HasPrefix(after, "$") {
				return spec, "", formatError("width argument position must be ended by \"$\"")
			}
			if n == 0 {
				return spec, "", formatError("format specifies argument 0, but arguments are numbered from 1")
			}
			spec.widthArg, rest = n, after[1:]
		}
	} else if n, after, err := leadingNumber(rest); err != nil {
		return spec, "", err
	} else if n >= 0 {
		spec.width, rest = n, after
	}
	if rest == "" {
		return spec, "", unterminated()
	}
	r, size := utf8.DecodeRuneInString(rest)
	if r != 's' && r != 'I' && r != 'L' {
		return spec, "", formatError("unrecognized format() type specifier \"%c\"", r).WithHint(`For a single "%%" use "%%%%".`)
	}
	spec.conversion = byte(r)
	return spec, rest[size:], nil
}

// take finds an argument by position, or the next one.
func (f *formatter) take(position int) (int, error) {
	if position == 0 {
		position = f.next + 1
	}
	if position >= len(f.values) {
		return 0, formatError("too few arguments for format()")
	}
	f.next = position
	return position, nil
}

func (f *formatter) write(spec formatSpec) error {
	if spec.widthArg >= 0 {
		i, err := f.take(spec.widthArg)
		if err != nil {
			return err
		}
		if !f.values[i].IsNull() {
			w, err := strconv.Atoi(output(f.ctx, f.args[i].OID, f.values[i]))
			if err != nil {
				return formatError("invalid width in format()")
			}
			spec.width = w
		}
		if spec.width < 0 {
			spec.left, spec.width = true, -spec.width
		}
	}
	i, err := f.take(spec.position)
	if err != nil {
		return err
	}
	s, err := f.convert(spec.conversion, i)
	if err != nil {
		return err
	}
	if spec.width > valueBytesMax {
		return requestedTooLarge()
	}
	padding := strings.Repeat(" ", max(0, spec.width-utf8.RuneCountInString(s)))
	if spec.left {
		f.out.WriteString(s + padding)
	} else {
		f.out.WriteString(padding + s)
	}
	return nil
}

func (f *formatter) convert(conversion byte, i int) (string, error) {
	if f.values[i].IsNull() {
		switch conversion {
		case 'L':
			return "NULL", nil
		case 'I':
			return "", pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null values cannot be formatted as an SQL identifier")
		}
		return "", nil
	}
	s := output(f.ctx, f.args[i].OID, f.values[i])
	switch conversion {
	case 'I':
		return QuoteIdent(s), nil
	case 'L':
		return QuoteLiteral(s), nil
	}
	return s, nil
}

// stringToArray is string_to_array(string, delimiter [, null string]): a NULL delimiter splits into characters.
func stringToArray(_ *Context, a row) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	return textArray(splitToTexts(a)), nil
}

func splitToTexts(a row) []types.Datum {
	s := a[0].Text()
	var parts []string
	switch {
	case s == "":
	case a[1].IsNull():
		parts = strings.Split(s, "")
	case a[1].Text() == "":
		parts = []string{s}
	default:
		parts = strings.Split(s, a[1].Text())
	}
	out := make([]types.Datum, len(parts))
	for i, p := range parts {
		if len(a) == 3 && !a[2].IsNull() && p == a[2].Text() {
			out[i] = types.Null
		} else {
			out[i] = types.Text(p)
		}
	}
	return out
}

func stringToTable(_ *Context, a row, emit func(row) error) error {
	if a[0].IsNull() {
		return nil
	}
	for _, d := range splitToTexts(a) {
		if err := emit(row{d}); err != nil {
			return err
		}
	}
	return nil
}

// arrayToString is array_to_string(array, delimiter [, null string]).
func arrayToString(ctx *Context, a row) (types.Datum, error) {
	if a[0].IsNull() || a[1].IsNull() {
		return types.Null, nil
	}
	arr := a[0].Array()
	var parts []string
	for _, e := range arr.Elems {
		switch {
		case !e.IsNull():
			parts = append(parts, output(ctx, arr.Elem, e))
		case len(a) == 3 && !a[2].IsNull():
			parts = append(parts, a[2].Text())
		}
	}
	return types.Text(strings.Join(parts, a[1].Text())), nil
}

// parseIdent is parse_ident(qualified name [, strict]).
func parseIdent(_ *Context, a row) (types.Datum, error) {
	whole := a[0].Text()
	invalid := func(detail string) error {
		e := pgerr.New(pgerrcode.InvalidParameterValue, "string is not a valid identifier: \"%s\"", whole)
		if detail != "" {
			e = e.WithDetail("%s", detail)
		}
		return e
	}
	s := strings.TrimLeft(whole, " \t\n\r\f")
	var parts []string
	for {
		part, rest, ok := cutIdent(s)
		if !ok {
			switch {
			case strings.HasPrefix(s, `"`) && part == "":
				return types.Null, invalid("String has unclosed double quotes.")
			case strings.HasPrefix(s, "."):
				return types.Null, invalid("No valid identifier before \".\".")
			case len(parts) > 0:
				return types.Null, invalid("No valid identifier after \".\".")
			}
			return types.Null, invalid("")
		}
		parts = append(parts, part)
		s = strings.TrimLeft(rest, " \t\n\r\f")
		if !strings.HasPrefix(s, ".") {
			break
		}
		s = strings.TrimLeft(s[1:], " \t\n\r\f")
	}
	if s != "" && a[1].Bool() {
		return types.Null, invalid("")
	}
	return textsArray(parts), nil
}

// cutIdent reads one identifier, folded to lower case unless quoted.
func cutIdent(s string) (part, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		var out strings.Builder
		for i := 1; i < len(s); i++ {
			if s[i] != '"' {
				out.WriteByte(s[i])
				continue
			}
			if strings.HasPrefix(s[i:], `""`) {
				out.WriteByte('"')
				i++
				continue
			}
			return out.String(), s[i+1:], out.Len() > 0
		}
		return "", "", false
	}
	i := 0
	for i < len(s) && (s[i] == '_' || s[i] >= utf8.RuneSelf || isASCIILetter(rune(s[i])) || i > 0 && (isDigit(s[i]) || s[i] == '$')) {
		i++
	}
	return asciiLower(s[:i]), s[i:], i > 0
}

var formatFuncs = map[string]Func{
	"quote_ident": text1(QuoteIdent), "quote_literal": text1(QuoteLiteral),
	"text_to_array": stringToArray, "text_to_array_null": stringToArray, "array_to_text": arrayToString, "array_to_text_null": arrayToString,
	"parse_ident": parseIdent,
}

var formatTyped = map[string]func([]types.Type) Func{
	"text_concat": concatAny, "text_concat_ws": concatWS, "text_format": formatText, "text_format_nv": formatText,
	"anytextcat(anynonarray, text)": concatEither, "textanycat(text, anynonarray)": concatEither,
	"quote_literal(anyelement)": quoteLiteralAny, "quote_nullable(anyelement)": quoteNullable, "quote_nullable": quoteNullable,
}
