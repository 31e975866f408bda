package ast

import (
	"strconv"
	"strings"
)

// FormatExpr writes an expression as SQL in the style of pg_get_expr: operators fully parenthesised, names quoted where they must
// be, types by their SQL names. Parsing the text gives the same tree but for positions and comments, and formatting that tree
// gives the same text.
func FormatExpr(e Expr) string {
	var f formatter
	f.expr(e)
	return f.String()
}

// FormatStmt writes a SELECT, VALUES, INSERT, UPDATE or DELETE as SQL on one line, with the guarantees of FormatExpr; it is "" for
// every other statement.
func FormatStmt(s Stmt) string {
	var f formatter
	f.stmt(s)
	return f.String()
}

// FormatType writes a type as SQL.
func FormatType(t TypeName) string {
	var f formatter
	f.typeName(t)
	return f.String()
}

// A formatter collects the text.
type formatter struct{ strings.Builder }

// words writes each part as it is.
func (f *formatter) words(parts ...string) {
	for _, part := range parts {
		f.WriteString(part)
	}
}

// list writes n items with separators.
func (f *formatter) list(n int, item func(i int)) {
	for i := range n {
		if i > 0 {
			f.WriteString(", ")
		}
		item(i)
	}
}

func (f *formatter) exprs(list []Expr) { f.list(len(list), func(i int) { f.expr(list[i]) }) }

func (f *formatter) idents(list []string) {
	f.list(len(list), func(i int) { f.WriteString(QuoteIdent(list[i])) })
}

// columns writes " (a, b)", or nothing for an empty list.
func (f *formatter) columns(list []string) {
	if len(list) > 0 {
		f.WriteString("(")
		f.idents(list)
		f.WriteString(")")
	}
}

// clause writes a keyword and an expression, or nothing when there is none.
func (f *formatter) clause(keyword string, e Expr) {
	if e != nil {
		f.WriteString(keyword)
		f.expr(e)
	}
}

func (f *formatter) constant(c *Const) {
	switch c.Kind {
	case ConstNull:
		f.WriteString("NULL")
	case ConstInt:
		f.WriteString(strconv.FormatInt(c.Int, 10))
	case ConstNumber:
		f.WriteString(c.Text)
	case ConstString:
		f.WriteString(QuoteLiteral(c.Text))
	case ConstBitString:
		if c.Text != "" {
			f.words(strings.ToUpper(c.Text[:1]), QuoteLiteral(c.Text[1:]))
		}
	case ConstBool:
		f.WriteString(strconv.FormatBool(c.Bool))
	}
}

// negative tells whether e is a number with a sign, which binds less tightly than a cast or a subscript.
func negative(e Expr) bool {
	c, ok := e.(*Const)
	return ok && (c.Kind == ConstInt && c.Int < 0 || c.Kind == ConstNumber && strings.HasPrefix(c.Text, "-"))
}

// operand writes an operand of an infix operator.
func (f *formatter) operand(e Expr) {
	if negative(e) {
		f.paren(e)
		return
	}
	f.expr(e)
}

func (f *formatter) paren(e Expr) {
	f.WriteString("(")
	f.expr(e)
	f.WriteString(")")
}
