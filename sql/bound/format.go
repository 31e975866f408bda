package bound

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"vecgres/sql/types"
)

// Format prints a bound statement as an indented tree, the same for the same tree: for tests and for looking at a plan's source. Columns are
// printed as name:id.
func Format(r *Result) string {
	f := newFormatter()
	for _, c := range r.With {
		f.cte(c, 0)
	}
	f.statement(r.Stmt, 0)
	if len(r.Params) > 0 {
		names := make([]string, len(r.Params))
		for i, t := range r.Params {
			names[i] = types.FormatType(t)
		}
		f.line(0, "params %s", strings.Join(names, ", "))
	}
	return f.out.String()
}

// FormatScalar prints a scalar as Format does; cols name the columns.
func FormatScalar(s Scalar, cols []Column) string {
	f := newFormatter()
	f.learn(cols)
	return f.scalar(s)
}

type formatter struct {
	out   strings.Builder
	names map[ColumnID]string
}

func newFormatter() *formatter { return &formatter{names: map[ColumnID]string{}} }

func (f *formatter) line(depth int, format string, args ...any) {
	f.out.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(&f.out, format, args...)
	f.out.WriteByte('\n')
}

func (f *formatter) learn(cols []Column) {
	for _, c := range cols {
		f.names[c.ID] = c.Name
	}
}

func (f *formatter) name(id ColumnID) string {
	if n, ok := f.names[id]; ok {
		return n + ":" + strconv.Itoa(int(id))
	}
	return "?:" + strconv.Itoa(int(id))
}

func (f *formatter) scalar(s Scalar) string {
	p := &printer{name: f.name, rel: func(r Rel) string {
		sub := &formatter{names: f.names}
		sub.rel(r, 0)
		lines := strings.Split(strings.TrimSuffix(sub.out.String(), "\n"), "\n")
		for i, l := range lines {
			lines[i] = strings.TrimLeft(l, " ")
		}
		return strings.Join(lines, " < ")
	}}
	p.learnTests(s, f)
	p.scalar(s)
	return p.String()
}

// learnTests names the columns that subqueries compare by, before they are printed.
func (p *printer) learnTests(s Scalar, f *formatter) {
	Walk(s, func(s Scalar) bool {
		if q, ok := s.(*Subquery); ok {
			f.learn(q.TestCols)
			f.learnAll(q.Rel)
		}
		return true
	})
}

func (f *formatter) learnAll(r Rel) {
	if r != nil {
		WalkRel(r, func(r Rel) { f.learn(produced(r)) }, nil)
	}
}

func (f *formatter) scalars(l []Scalar) string {
	texts := make([]string, len(l))
	for i, s := range l {
		texts[i] = f.scalar(s)
	}
	return strings.Join(texts, ", ")
}

// columns prints name:id type, the way a relation's own columns are listed.
func (f *formatter) columns(cols []Column) string {
	f.learn(cols)
	texts := make([]string, len(cols))
	for i, c := range cols {
		texts[i] = f.name(c.ID) + " " + types.FormatType(c.Type)
	}
	return strings.Join(texts, ", ")
}

func (f *formatter) items(items []Item) string {
	texts := make([]string, len(items))
	for i, it := range items {
		if c, ok := it.Expr.(*ColRef); ok && c.ID == it.Col.ID {
			texts[i] = f.name(c.ID)
			continue
		}
		text := "nothing"
		if it.Expr != nil {
			text = f.scalar(it.Expr)
		}
		texts[i] = f.columns([]Column{it.Col}) + " = " + text
	}
	return strings.Join(texts, "; ")
}

func (f *formatter) keys(keys []SortKey) string {
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = f.scalar(k.Expr)
		if k.Desc {
			texts[i] += " desc"
		}
		if k.NullsFirst != k.Desc {
			texts[i] += map[bool]string{true: " nulls first", false: " nulls last"}[k.NullsFirst]
		}
	}
	return strings.Join(texts, ", ")
}

func (f *formatter) statement(s Statement, depth int) {
	switch s := s.(type) {
	case *Query:
		f.learnAll(s.Rel)
		f.line(depth, "query %s", f.columns(s.Out))
		f.rel(s.Rel, depth+1)
	case *Insert:
		f.insert(s, depth)
	case *Update:
		f.learnAll(s.Source)
		f.line(depth, "update %s set %s", s.Write.Table.Name, f.assignments(s.Set))
		f.write(&s.Write, depth+1)
		f.returning(s.Returning, depth+1)
		f.rel(s.Source, depth+1)
	case *Delete:
		f.learnAll(s.Source)
		f.line(depth, "delete %s", s.Table.Name)
		f.returning(s.Returning, depth+1)
		f.rel(s.Source, depth+1)
	}
}

func (f *formatter) insert(s *Insert, depth int) {
	f.learnAll(s.Source)
	targets := make([]string, len(s.Targets))
	for i, t := range s.Targets {
		targets[i] = s.Write.Table.Columns[t-1].Name
	}
	f.line(depth, "insert %s (%s)", s.Write.Table.Name, strings.Join(targets, ", "))
	if len(s.Defaults) > 0 {
		f.line(depth+1, "defaults %s", f.assignments(s.Defaults))
	}
	f.write(&s.Write, depth+1)
	if c := s.Conflict; c != nil {
		f.conflict(c, depth+1)
	}
	f.returning(s.Returning, depth+1)
	if s.Source != nil {
		f.rel(s.Source, depth+1)
	}
}

func (f *formatter) conflict(c *OnConflict, depth int) {
	var names []string
	for _, ix := range c.Arbiters {
		names = append(names, ix.Name)
	}
	if !c.DoUpdate {
		f.line(depth, "on conflict (%s) do nothing", strings.Join(names, ", "))
		return
	}
	f.learn(c.Existing.Cols)
	for _, col := range c.Excluded {
		f.names[col.ID] = "excluded." + col.Name
	}
	f.line(depth, "on conflict (%s) do update set %s", strings.Join(names, ", "), f.assignments(c.Set))
	if c.Where != nil {
		f.line(depth+1, "where %s", f.scalar(c.Where))
	}
}

func (f *formatter) assignments(set map[int16]Scalar) string {
	nums := make([]int, 0, len(set))
	for n := range set {
		nums = append(nums, int(n))
	}
	sort.Ints(nums)
	texts := make([]string, len(nums))
	for i, n := range nums {
		texts[i] = fmt.Sprintf("%d = %s", n, f.scalar(set[int16(n)]))
	}
	return strings.Join(texts, "; ")
}

func (f *formatter) write(w *TableWrite, depth int) {
	for _, c := range w.New {
		f.names[c.ID] = "new." + c.Name
	}
	for _, c := range w.Checks {
		f.line(depth, "check %s %s", c.Name, f.scalar(c.Expr))
	}
	if len(w.Generated) > 0 {
		f.line(depth, "generated %s", f.assignments(w.Generated))
	}
	for _, ix := range w.Indexes {
		text := f.scalars(ix.Keys)
		if ix.Predicate != nil {
			text += " where " + f.scalar(ix.Predicate)
		}
		f.line(depth, "index %s %s", ix.Index.Name, text)
	}
}

func (f *formatter) returning(items []Item, depth int) {
	if items != nil {
		f.line(depth, "returning %s", f.items(items))
	}
}

func (f *formatter) cte(c *CTE, depth int) {
	form := ""
	if c.Materialized != nil {
		form = map[bool]string{true: " materialized", false: " not materialized"}[*c.Materialized]
	}
	f.line(depth, "cte %d %s%s: %s", c.ID, c.Name, form, f.columns(c.Cols))
	switch {
	case c.Stmt != nil:
		f.statement(c.Stmt, depth+1)
	case c.Rel != nil:
		f.learnAll(c.Rel)
		f.rel(c.Rel, depth+1)
	}
	if c.Step != nil {
		f.learnAll(c.Step)
		f.line(depth+1, "step all=%v", c.UnionAll)
		f.rel(c.Step, depth+2)
	}
}
