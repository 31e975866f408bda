package plan

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
)

func quoteName(name string) string { return ast.QuoteIdent(name) }

// printer turns a plan into entries.
type printer struct {
	names   *names
	verbose bool
	noCosts bool
	// structured: figures are of their own, not in texts.
	structured bool
	analysis   *Analysis
	printed    map[*SubPlan]bool // each is shown once
}

// entry describes an operator with all below it. Projections and With have no line of their own, as in Postgres: they belong to the
// operator below, the CTEs as its children.
func (p *printer) entry(n Node) *entry {
	switch x := n.(type) {
	case *Project:
		e := p.entry(x.Input)
		p.subPlans(e, n)
		p.output(e, n)
		return e
	case *Filter:
		e := p.entry(x.Input)
		p.cond(e, "Filter", x.Pred)
		p.subPlans(e, n)
		e.node = n // the rows that pass
		return e
	case *With:
		e := p.entry(x.Input)
		var ctes []*entry
		for _, c := range x.CTEs {
			ce := p.entry(c.Plan)
			ce.join = "CTE " + quoteName(c.Name)
			ctes = append(ctes, ce)
		}
		e.children = append(ctes, e.children...)
		return e
	}
	e := &entry{name: p.name(n), node: n}
	p.properties(e, n)
	p.output(e, n)
	for _, in := range n.Inputs() {
		e.children = append(e.children, p.entry(in))
	}
	p.subPlans(e, n)
	return e
}

func (p *printer) subPlans(e *entry, n Node) {
	var subs []*entry
	for _, s := range SubPlans(n) {
		if p.printed[s] {
			continue
		}
		p.printed[s] = true
		se := p.entry(s.Plan)
		se.join = s.label()
		subs = append(subs, se)
	}
	e.children = append(subs, e.children...)
}

// output is VERBOSE's list of columns, that of the topmost projection.
func (p *printer) output(e *entry, n Node) {
	if !p.verbose || len(n.Columns()) == 0 {
		return
	}
	var cols []string
	for _, c := range n.Columns() {
		cols = append(cols, p.names.of(c.ID))
	}
	for i := range e.props {
		if e.props[i].name == "Output" {
			e.props[i].value = cols
			return
		}
	}
	e.props = append([]property{{"Output", cols}}, e.props...)
}

func (p *printer) relation(t *Target) string {
	name := quoteName(t.Table.Name)
	if p.verbose && t.Table.Schema != "" {
		name = quoteName(t.Table.Schema) + "." + name
	}
	if t.Alias != "" && t.Alias != t.Table.Name {
		name += " " + quoteName(t.Alias)
	}
	return name
}

var joinNames = map[bound.JoinKind]string{
	bound.InnerJoin: "", bound.LeftJoin: " Left", bound.FullJoin: " Full", bound.SemiJoin: " Semi", bound.AntiJoin: " Anti",
}

var setOpNames = map[bound.SetOpKind]string{bound.Union: "Union", bound.Intersect: "Intersect", bound.Except: "Except"}

func (p *printer) name(n Node) string {
	switch n := n.(type) {
	case *Scan:
		return "Seq Scan on " + p.relation(&n.Target)
	case *IndexScan:
		direction := ""
		if n.Reverse {
			direction = " Backward"
		}
		return "Index Scan" + direction + " using " + quoteName(n.Index.Name) + " on " + p.relation(&n.Target)
	case *VectorScan:
		if n.Index != nil {
			return "Index Scan using " + quoteName(n.Index.Name) + " on " + p.relation(&n.Target)
		}
		return "Vector Scan on " + p.relation(&n.Target)
	case *CountScan:
		return "Row Count on " + p.relation(&n.Target)
	case *VirtualScan:
		return "Catalog Scan on " + p.relation(&n.Target)
	case *Values:
		if len(n.Rows) == 1 {
			return "Result"
		}
		return "Values Scan on \"*VALUES*\""
	case *FuncScan:
		return "Function Scan on " + functionName(n)
	case *CTEScan:
		if n.Working {
			return "WorkTable Scan on " + quoteName(n.Name)
		}
		return "CTE Scan on " + quoteName(n.Name)
	}
	return p.nameRest(n)
}

func functionName(n *FuncScan) string {
	if len(n.Funcs) > 0 && n.Funcs[0].SRF != nil {
		return n.Funcs[0].SRF.Name
	}
	return "function"
}

func (p *printer) nameRest(n Node) string {
	switch n := n.(type) {
	case *ProjectSet:
		return "ProjectSet"
	case *Limit:
		return "Limit"
	case *Sort:
		return "Sort"
	case *TopK:
		return "Sort"
	case *Distinct:
		if n.On != nil {
			return "Unique"
		}
		return "HashAggregate"
	case *Aggregate:
		switch {
		case n.Sets != nil:
			return "MixedAggregate"
		case len(n.Keys) > 0:
			return "HashAggregate"
		}
		return "Aggregate"
	case *Window:
		return "WindowAgg"
	case *HashJoin:
		return "Hash" + joinNames[n.Kind] + " Join"
	case *NestLoop:
		if n.Kind == bound.InnerJoin {
			return "Nested Loop"
		}
		return "Nested Loop" + joinNames[n.Kind] + " Join"
	case *Append:
		return "Append"
	case *SetOp:
		all := ""
		if n.All {
			all = " All"
		}
		return "HashSetOp " + setOpNames[n.Kind] + all
	case *RecursiveUnion:
		return "Recursive Union"
	case *Insert:
		return "Insert on " + p.relation(&Target{Table: n.Write.Table})
	case *Update:
		return "Update on " + p.relation(&Target{Table: n.Write.Table, Alias: n.Target.Alias})
	case *Delete:
		return "Delete on " + p.relation(&Target{Table: n.Table, Alias: n.Target.Alias})
	case *LockRows:
		return "LockRows"
	}
	return fmt.Sprintf("%T", n)
}

func (e *entry) add(name string, value any) { e.props = append(e.props, property{name, value}) }

// cond adds a condition, when there is one.
func (p *printer) cond(e *entry, name string, conds ...bound.Scalar) {
	var all []bound.Scalar
	for _, c := range conds {
		all = append(all, Conjuncts(c)...)
	}
	if whole := Conjunction(all); whole != nil {
		text := p.names.expr(whole)
		if !strings.HasPrefix(text, "(") {
			if _, plain := whole.(*bound.ColRef); !plain {
				text = "(" + text + ")"
			}
		}
		e.add(name, text)
	}
}

func predExprs(preds []Pred) []bound.Scalar {
	var out []bound.Scalar
	for _, p := range preds {
		out = append(out, p.Expr)
	}
	return out
}

func (p *printer) sortKeys(keys []bound.SortKey) []string {
	var out []string
	for _, k := range keys {
		text := p.names.expr(k.Expr)
		if k.Desc {
			text += " DESC"
		}
		switch {
		case k.NullsFirst && !k.Desc:
			text += " NULLS FIRST"
		case !k.NullsFirst && k.Desc:
			text += " NULLS LAST"
		}
		out = append(out, text)
	}
	return out
}

func (p *printer) list(es []bound.Scalar) []string {
	var out []string
	for _, e := range es {
		out = append(out, p.names.expr(e))
	}
	return out
}

func (p *printer) properties(e *entry, n Node) {
	switch n := n.(type) {
	case *Scan:
		p.cond(e, "Filter", append(predExprs(n.Preds), n.Filter)...)
		if n.Note != "" {
			e.add("Vector Index Not Used", n.Note)
		}
	case *IndexScan:
		p.indexScan(e, n)
	case *VectorScan:
		p.vectorScan(e, n)
	case *VirtualScan:
		if n.Lookup != nil {
			p.cond(e, "Lookup", n.Lookup.Expr)
		}
		p.cond(e, "Filter", n.Filter)
	case *Sort:
		e.add("Sort Key", p.sortKeys(n.Keys))
	case *TopK:
		e.add("Sort Key", p.sortKeys(n.Keys))
		e.add("Sort Method", "top-N heapsort")
	case *Distinct:
		keys := p.list(n.On)
		if n.On == nil {
			for _, c := range n.Cols {
				keys = append(keys, p.names.of(c.ID))
			}
		}
		e.add("Group Key", keys)
	case *Aggregate:
		if len(n.Keys) > 0 {
			var keys []string
			for _, k := range n.Keys {
				keys = append(keys, p.names.expr(k.Expr))
			}
			e.add("Group Key", keys)
		}
	case *HashJoin:
		p.hashCond(e, n)
		p.cond(e, "Join Filter", n.On)
	case *NestLoop:
		p.cond(e, "Join Filter", n.On)
	case *Insert:
		p.conflict(e, n)
	}
}

func (p *printer) indexScan(e *entry, n *IndexScan) {
	var conds []bound.Scalar
	for _, c := range n.Equal {
		conds = append(conds, c.Expr)
	}
	for _, b := range []*KeyBound{n.Lo, n.Hi} {
		if b != nil {
			conds = append(conds, b.Expr)
		}
	}
	if n.PrefixX != nil {
		conds = append(conds, n.PrefixX)
	}
	p.cond(e, "Index Cond", conds...)
	p.cond(e, "Filter", append(predExprs(n.Preds), n.Filter)...)
}

func (p *printer) vectorScan(e *entry, n *VectorScan) {
	order := p.names.expr(n.Order)
	if n.Desc {
		order += " (nearest first)"
	}
	e.add("Order By", order)
	p.cond(e, "Distance Bound", n.MaxExpr)
	p.cond(e, "Filter", append(predExprs(n.Preds), n.Filter)...)
	if !p.noCosts && n.Selectivity < 1 {
		e.add("Estimated Selectivity", fraction(n.Selectivity))
	}
	if n.WhyNot != "" {
		e.add("Search", "exact")
		e.add("Vector Index Not Used", n.WhyNot)
	}
	if p.analysis == nil || p.analysis.Of(n).Search.Searches == 0 {
		return
	}
	s := &p.analysis.Of(n).Search
	kind := "exact"
	if s.Approximate {
		kind = "approximate"
	}
	if n.WhyNot == "" {
		e.add("Search", kind)
	}
	e.add("Strategy", s.Strategy)
	if s.VisibleRows > 0 && s.FilterRows > 0 {
		e.add("Selectivity", fraction(float64(s.FilterRows)/float64(s.VisibleRows)))
	}
	e.add("Segments", fmt.Sprintf("%d (%d by graph, %d exactly)", s.Parts, s.GraphParts, s.ExactParts))
	e.add("Distances Computed", s.Distances)
	if s.Visited > 0 {
		e.add("Nodes Visited", s.Visited)
	}
	if s.EfSearch > 0 {
		e.add("Ef Search", s.EfSearch)
		if s.TargetRecall > 0 {
			e.add("Target Recall", s.TargetRecall)
		}
	}
	if s.FellBack {
		e.add("Fell Back", "to an exact scan")
	}
	if s.WhyNotGraph != "" {
		e.add("Graph Not Used", s.WhyNotGraph)
	}
	p.recall(e, s)
}

// fraction is a share of rows with four decimals: a number in the formats that have numbers.
func fraction(v float64) json.Number { return json.Number(strconv.FormatFloat(v, 'f', 4, 64)) }

// shareText has two to four decimals, rounded down: only what is whole is 1.00.
func shareText(v float64) string {
	text := strconv.FormatFloat(math.Floor(v*1e4)/1e4, 'f', 4, 64)
	for range 2 {
		text = strings.TrimSuffix(text, "0")
	}
	return text
}

// recall adds how much of the exact answer the searches found.
func (p *printer) recall(e *entry, s *SearchActual) {
	if s.Checked == 0 {
		return
	}
	share := 1.0
	if s.Wanted > 0 {
		share = float64(s.Found) / float64(s.Wanted)
	}
	if p.structured {
		e.add("Recall", json.Number(shareText(share)))
		e.add("Rows Found", s.Found)
		e.add("Rows Wanted", s.Wanted)
	} else {
		e.add("Recall", fmt.Sprintf("%s (%d of %d)", shareText(share), s.Found, s.Wanted))
	}
	if len(s.Missed) == 0 {
		return
	}
	missed := slices.Clone(s.Missed)
	if s.MissedMore > 0 {
		missed = append(missed, fmt.Sprintf("and %d more", s.MissedMore))
	}
	e.add("Missed", missed)
}

func (p *printer) hashCond(e *entry, n *HashJoin) {
	var conds []string
	for i := range n.LeftKeys {
		conds = append(conds, "("+p.names.expr(n.LeftKeys[i])+" = "+p.names.expr(n.RightKeys[i])+")")
	}
	text := strings.Join(conds, " AND ")
	if len(conds) > 1 {
		text = "(" + text + ")"
	}
	e.add("Hash Cond", text)
}

func (p *printer) conflict(e *entry, n *Insert) {
	c := n.Conflict
	if c == nil {
		return
	}
	kind := "NOTHING"
	if c.DoUpdate {
		kind = "UPDATE"
	}
	e.add("Conflict Resolution", kind)
	var names []string
	for _, ix := range c.Arbiters {
		names = append(names, quoteName(ix.Name))
	}
	if names != nil {
		e.add("Conflict Arbiter Indexes", names)
	}
	p.cond(e, "Conflict Filter", c.Where)
}
