package bound

import (
	"strconv"
	"strings"

	"vecgres/sql/types"
)

// ScalarText prints an expression in SQL's own notation, as EXPLAIN shows conditions and keys; name gives the text of a column.
func ScalarText(s Scalar, name func(ColumnID) string) string {
	p := &printer{name: name}
	p.scalar(s)
	return p.String()
}

type printer struct {
	strings.Builder
	name func(ColumnID) string
	rel  func(Rel) string // prints a subquery's relation; nil: SubPlan
}

func (p *printer) put(parts ...string) {
	for _, s := range parts {
		p.WriteString(s)
	}
}

func (p *printer) list(l []Scalar, between string) {
	for i, s := range l {
		if i > 0 {
			p.put(between)
		}
		p.scalar(s)
	}
}

func (p *printer) scalar(s Scalar) {
	switch e := s.(type) {
	case nil:
		p.put("nil")
	case *ColRef:
		p.put(p.name(e.ID))
	case *Const:
		p.constant(e)
	case *Param:
		p.put("$", strconv.Itoa(e.N))
	case *Call:
		p.call(e)
	case *And:
		p.put("(")
		p.list(e.Args, " AND ")
		p.put(")")
	case *Or:
		p.put("(")
		p.list(e.Args, " OR ")
		p.put(")")
	case *Not:
		p.put("(NOT ")
		p.scalar(e.X)
		p.put(")")
	case *Cast:
		p.operand(e.X)
		p.put("::", types.FormatType(e.Typ))
	case *Default:
		p.put("DEFAULT")
	default:
		p.construct(s)
	}
}

// operand puts parentheses around what would bind looser than a postfix notation.
func (p *printer) operand(s Scalar) {
	switch s.(type) {
	case *ColRef, *Param, *Subscript, *Cast:
		p.scalar(s)
	default:
		p.put("(")
		p.scalar(s)
		p.put(")")
	}
}

func (p *printer) call(e *Call) {
	switch {
	case e.Op != "" && len(e.Args) == 2:
		p.put("(")
		p.scalar(e.Args[0])
		p.put(" ", e.Op, " ")
		p.scalar(e.Args[1])
		p.put(")")
	case e.Op != "" && len(e.Args) == 1:
		p.put("(", e.Op, " ")
		p.scalar(e.Args[0])
		p.put(")")
	default:
		p.function(e.Fn.Name, e.Args)
	}
}

func (p *printer) function(name string, args []Scalar) {
	p.put(name, "(")
	p.list(args, ", ")
	p.put(")")
}

func (p *printer) construct(s Scalar) {
	switch e := s.(type) {
	case *Case:
		p.put("CASE")
		for _, w := range e.Whens {
			p.put(" WHEN ")
			p.scalar(w.Cond)
			p.put(" THEN ")
			p.scalar(w.Then)
		}
		if e.Else != nil {
			p.put(" ELSE ")
			p.scalar(e.Else)
		}
		p.put(" END")
	case *Coalesce:
		p.function("COALESCE", e.Args)
	case *MinMax:
		if e.Least {
			p.function("LEAST", e.Args)
		} else {
			p.function("GREATEST", e.Args)
		}
	case *NullIf:
		p.function("NULLIF", []Scalar{e.Left, e.Right})
	case *NullTest:
		p.test(e.X, "NULL", e.Not)
	case *BoolTest:
		p.test(e.X, map[byte]string{'t': "TRUE", 'f': "FALSE", 'u': "UNKNOWN"}[e.Value], e.Not)
	case *IsDistinct:
		p.put("(")
		p.scalar(e.Left)
		p.put(" IS ")
		if e.Not {
			p.put("NOT ")
		}
		p.put("DISTINCT FROM ")
		p.scalar(e.Right)
		p.put(")")
	default:
		p.collection(s)
	}
}

func (p *printer) test(x Scalar, what string, not bool) {
	p.put("(")
	p.scalar(x)
	if not {
		what = "NOT " + what
	}
	p.put(" IS ", what, ")")
}

func (p *printer) collection(s Scalar) {
	switch e := s.(type) {
	case *InList:
		p.put("(")
		p.scalar(e.X)
		p.put(" IN (")
		p.list(e.List, ", ")
		p.put("))")
	case *AnyAll:
		quantifier := " ANY ("
		if e.All {
			quantifier = " ALL ("
		}
		p.put("(")
		p.scalar(e.X)
		p.put(" ", e.Op, quantifier)
		p.scalar(e.Array)
		p.put("))")
	case *ArrayCtor:
		p.put("ARRAY[")
		p.list(e.Elems, ", ")
		p.put("]")
	case *RowCtor:
		p.function("ROW", e.Fields)
	case *Field:
		p.put("(")
		p.scalar(e.X)
		p.put(").f", strconv.Itoa(e.Index+1))
	case *Subscript:
		p.operand(e.X)
		p.subscripts(e.Subs)
	case *SubscriptAssign:
		p.put("(")
		p.scalar(e.X)
		p.subscripts(e.Subs)
		p.put(" := ")
		p.scalar(e.Value)
		p.put(")")
	case *Subquery:
		p.subquery(e)
	default:
		panic("bound: unknown scalar")
	}
}

func (p *printer) subscripts(subs []SubscriptItem) {
	for _, s := range subs {
		p.put("[")
		if s.Lower != nil {
			p.scalar(s.Lower)
		}
		if s.Slice {
			p.put(":")
		}
		if s.Upper != nil {
			p.scalar(s.Upper)
		}
		p.put("]")
	}
}

func (p *printer) subquery(e *Subquery) {
	switch e.Kind {
	case SubExists:
		p.put("EXISTS ")
	case SubAny, SubAll:
		p.put([]string{"ANY ", "ALL "}[e.Kind-SubAny])
	case SubArray:
		p.put("ARRAY ")
	}
	if p.rel == nil {
		p.put("(SubPlan)")
		return
	}
	p.put("{")
	for i, t := range e.Test {
		p.scalar(t)
		p.put(" as ", p.name(e.TestCols[i].ID), "; ")
	}
	if e.Compare != nil {
		p.scalar(e.Compare)
		p.put("; ")
	}
	p.put(p.rel(e.Rel), "}")
}

// constant prints a literal so that its type can be read back: numbers and booleans bare, others quoted with a cast.
func (p *printer) constant(e *Const) {
	if e.Value.IsNull() {
		p.put("NULL::", types.FormatType(e.Typ))
		return
	}
	if e.Typ.OID == types.RecordOID {
		p.put("ROW")
		return
	}
	text := types.FormatText(nil, e.Typ.OID, e.Value)
	switch e.Typ.OID {
	case types.BoolOID:
		p.put(map[string]string{"t": "true", "f": "false"}[text])
	case types.Int4OID:
		p.put(text)
	case types.NumericOID:
		if strings.ContainsAny(text, ".") {
			p.put(text)
			return
		}
		fallthrough
	default:
		p.put("'", strings.ReplaceAll(text, "'", "''"), "'::", types.FormatType(e.Typ))
	}
}
