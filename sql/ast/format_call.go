package ast

import (
	"strconv"
	"strings"
)

// funcCall writes a call. Calls that the grammar made of a special syntax are written in that syntax, because some of the functions
// behind them cannot be found by an ordinary call of the same name.
func (f *formatter) funcCall(e *FuncCall) {
	if e.SQLSyntax && e.Over == nil && e.Filter == nil && f.sqlSyntax(e) {
		return
	}
	f.words(e.Name.String(), "(")
	f.arguments(e)
	f.WriteString(")")
	if e.WithinGroup {
		f.WriteString(" WITHIN GROUP (")
		f.orderBy("ORDER BY ", e.OrderBy)
		f.WriteString(")")
	}
	if e.Filter != nil {
		f.clause(" FILTER (WHERE ", e.Filter)
		f.WriteString(")")
	}
	if e.Over != nil {
		f.WriteString(" OVER ")
		if e.Over.RefName != "" && !e.Over.Copies {
			f.WriteString(QuoteIdent(e.Over.RefName))
		} else {
			f.window(e.Over)
		}
	}
}

func (f *formatter) arguments(e *FuncCall) {
	switch {
	case e.Star:
		f.WriteString("*")
	case e.Distinct:
		f.WriteString("DISTINCT ")
	}
	f.list(len(e.Args), func(i int) {
		if e.Variadic && i == len(e.Args)-1 {
			f.WriteString("VARIADIC ")
		}
		if i < len(e.ArgNames) && e.ArgNames[i] != "" {
			f.words(QuoteIdent(e.ArgNames[i]), " => ")
		}
		f.expr(e.Args[i])
	})
	if !e.WithinGroup {
		f.orderBy(" ORDER BY ", e.OrderBy)
	}
}

// sqlSyntax writes the special forms, and says false for a call that has none.
func (f *formatter) sqlSyntax(e *FuncCall) bool {
	args := e.Args
	is := func(n int) bool { return len(args) == n }
	switch name := e.Name.Last(); {
	case name == "timezone" && is(2):
		f.infix(args[1], "AT TIME ZONE", func() { f.operand(args[0]) })
	case name == "extract" && is(2):
		field, ok := args[0].(*Const)
		if !ok || field.Kind != ConstString {
			return false
		}
		f.words("EXTRACT(", QuoteIdent(field.Text), " FROM ")
		f.expr(args[1])
		f.WriteString(")")
	case name == "overlaps" && is(4):
		f.tuple(args[:2])
		f.WriteString(" OVERLAPS ")
		f.tuple(args[2:])
	case name == "overlay":
		f.spread("OVERLAY(", args, " PLACING ", " FROM ", " FOR ")
	case name == "position" && is(2):
		f.spread("POSITION(", []Expr{args[1], args[0]}, " IN ")
	case name == "substring" && len(args) > 1:
		f.spread("SUBSTRING(", args, " FROM ", " FOR ")
	case name == "btrim":
		f.trim("BOTH", args)
	case name == "ltrim":
		f.trim("LEADING", args)
	case name == "rtrim":
		f.trim("TRAILING", args)
	case name == "pg_collation_for" && is(1):
		f.spread("COLLATION FOR (", args)
	case name == "is_normalized" && (is(1) || is(2)):
		f.infix(args[0], "IS "+normalForm(args[1:])+"NORMALIZED", nil)
	case name == "normalize" && (is(1) || is(2)):
		f.WriteString("NORMALIZE(")
		f.expr(args[0])
		if form := normalForm(args[1:]); form != "" {
			f.words(", ", strings.TrimSpace(form))
		}
		f.WriteString(")")
	default:
		return false
	}
	return true
}

// normalForm is the word of a Unicode normal form with a space, which the grammar holds as a constant; "" when none was given.
func normalForm(args []Expr) string {
	if len(args) == 1 {
		if c, ok := args[0].(*Const); ok && c.Kind == ConstString {
			return c.Text + " "
		}
	}
	return ""
}

// spread writes the arguments with the words between them.
func (f *formatter) spread(open string, args []Expr, between ...string) {
	f.WriteString(open)
	for i, arg := range args {
		if i > 0 {
			if i-1 < len(between) {
				f.WriteString(between[i-1])
			} else {
				f.WriteString(", ")
			}
		}
		f.operand(arg)
	}
	f.WriteString(")")
}

func (f *formatter) trim(side string, args []Expr) {
	f.words("TRIM(", side, " ")
	if len(args) == 2 {
		f.expr(args[1])
		f.WriteString(" ")
		args = args[:1]
	}
	f.WriteString("FROM ")
	f.exprs(args)
	f.WriteString(")")
}

func (f *formatter) valueFunction(e *SQLValueFunction) {
	f.WriteString(strings.ToUpper(e.Name))
	if e.Mod >= 0 {
		f.words("(", strconv.Itoa(int(e.Mod)), ")")
	}
}

// window writes a window's definition in its parentheses.
func (f *formatter) window(w *WindowSpec) {
	sep := ""
	next := func(text string) string { defer func() { sep = " " }(); return sep + text }
	f.WriteString("(")
	if w.RefName != "" {
		f.WriteString(next(QuoteIdent(w.RefName)))
	}
	if len(w.PartitionBy) > 0 {
		f.WriteString(next("PARTITION BY "))
		f.exprs(w.PartitionBy)
	}
	if len(w.OrderBy) > 0 {
		f.orderBy(next("ORDER BY "), w.OrderBy)
	}
	if w.FrameOptions&FrameNonDefault != 0 {
		f.WriteString(next(""))
		f.frame(w)
	}
	f.WriteString(")")
}

func (f *formatter) frame(w *WindowSpec) {
	has := func(bit int32) bool { return w.FrameOptions&bit != 0 }
	switch {
	case has(FrameRows):
		f.WriteString("ROWS ")
	case has(FrameGroups):
		f.WriteString("GROUPS ")
	default:
		f.WriteString("RANGE ")
	}
	if has(FrameBetween) {
		f.WriteString("BETWEEN ")
	}
	f.frameStart(w, has)
	if has(FrameBetween) {
		f.WriteString(" AND ")
		f.frameEnd(w, has)
	}
	switch {
	case has(FrameExcludeCurrentRow):
		f.WriteString(" EXCLUDE CURRENT ROW")
	case has(FrameExcludeGroup):
		f.WriteString(" EXCLUDE GROUP")
	case has(FrameExcludeTies):
		f.WriteString(" EXCLUDE TIES")
	}
}

func (f *formatter) frameStart(w *WindowSpec, has func(int32) bool) {
	switch {
	case has(FrameStartUnboundedPreceding):
		f.WriteString("UNBOUNDED PRECEDING")
	case has(FrameStartUnboundedFollowing):
		f.WriteString("UNBOUNDED FOLLOWING")
	case has(FrameStartCurrentRow):
		f.WriteString("CURRENT ROW")
	case has(FrameStartOffsetPreceding):
		f.clause("", w.StartOffset)
		f.WriteString(" PRECEDING")
	case has(FrameStartOffsetFollowing):
		f.clause("", w.StartOffset)
		f.WriteString(" FOLLOWING")
	}
}

func (f *formatter) frameEnd(w *WindowSpec, has func(int32) bool) {
	switch {
	case has(FrameEndUnboundedPreceding):
		f.WriteString("UNBOUNDED PRECEDING")
	case has(FrameEndUnboundedFollowing):
		f.WriteString("UNBOUNDED FOLLOWING")
	case has(FrameEndCurrentRow):
		f.WriteString("CURRENT ROW")
	case has(FrameEndOffsetPreceding):
		f.clause("", w.EndOffset)
		f.WriteString(" PRECEDING")
	case has(FrameEndOffsetFollowing):
		f.clause("", w.EndOffset)
		f.WriteString(" FOLLOWING")
	}
}
