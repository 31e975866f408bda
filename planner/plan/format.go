package plan

import (
	"fmt"
	"strings"
	"time"
)

// FormatOptions are EXPLAIN's options.
type FormatOptions struct {
	Verbose   bool
	NoCosts   bool
	Style     Style
	Usage     bool
	NoSummary bool      // SUMMARY off: no planning and execution times
	Analysis  *Analysis // EXPLAIN ANALYZE
}

// Style is EXPLAIN's FORMAT.
type Style uint8

// The styles; all but Text show the same tree of named values.
const (
	Text Style = iota
	JSON
	YAML
	XML
)

// entry is one operator as EXPLAIN shows it: the same for both formats.
type entry struct {
	name     string // "Seq Scan on items t"
	join     string // how it stands to its parent in text: "InitPlan 1", "CTE x", "SubPlan 2"
	props    []property
	node     Node
	children []*entry
}

// property is a line under an operator.
type property struct {
	name  string
	value any // string, []string, int64, float64, bool
}

// Format prints a plan as EXPLAIN does: the lines of its output.
func Format(p *Plan, o FormatOptions) []string {
	pr := &printer{names: newNames(p.Root), verbose: o.Verbose, noCosts: o.NoCosts, analysis: o.Analysis, printed: map[*SubPlan]bool{}, structured: o.Style != Text}
	root := pr.entry(p.Root)
	if o.Style != Text {
		return formatTree(treeOf(root, o), o.Style)
	}
	var lines []string
	writeText(&lines, root, 0, o)
	if o.Verbose && len(p.Rules) > 0 {
		lines = append(lines, "Rules: "+strings.Join(p.Rules, ", "))
	}
	if a := o.Analysis; a != nil && !o.NoSummary {
		lines = append(lines, "Planning Time: "+ms(a.PlanningTime)+" ms", "Execution Time: "+ms(a.ExecutionTime)+" ms")
	}
	return lines
}

func ms(d time.Duration) string { return fmt.Sprintf("%.3f", float64(d.Nanoseconds())/1e6) }

// writeText prints an operator and those below it. Postgres indents children by six more characters than their parent, the first level by two.
func writeText(lines *[]string, e *entry, indent int, o FormatOptions) {
	prefix := strings.Repeat(" ", indent)
	if e.join != "" {
		*lines = append(*lines, prefix+e.join)
		indent += 2
		prefix = strings.Repeat(" ", indent)
	}
	if indent > 0 {
		prefix += "->  "
		indent += 6
	} else {
		indent = 2
	}
	*lines = append(*lines, prefix+e.name+figures(e.node, o))
	for _, p := range e.props {
		if text := p.text(); text != "" {
			*lines = append(*lines, strings.Repeat(" ", indent)+p.name+": "+text)
		}
	}
	for _, c := range e.children {
		writeText(lines, c, indent, o)
	}
}

func (p property) text() string {
	switch v := p.value.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, ", ")
	case float64:
		return fmt.Sprintf("%.4g", v)
	}
	return fmt.Sprint(p.value)
}

// figures are an operator's costs and what it did.
func figures(n Node, o FormatOptions) string {
	var out strings.Builder
	if !o.NoCosts {
		e := n.Estimate()
		fmt.Fprintf(&out, "  (cost=%.2f..%.2f rows=%.0f width=%d)", e.StartCost, e.Cost, e.Rows, e.Width)
	}
	a := o.Analysis
	if a == nil {
		return out.String()
	}
	act := a.Of(n)
	if act.Loops == 0 {
		return out.String() + " (never executed)"
	}
	start, total, rows := act.average()
	if a.Timing {
		fmt.Fprintf(&out, " (actual time=%s..%s rows=%d loops=%d)", ms(start), ms(total), rows, act.Loops)
	} else {
		fmt.Fprintf(&out, " (actual rows=%d loops=%d)", rows, act.Loops)
	}
	return out.String()
}

// average is what one loop took and gave.
func (a *Actual) average() (start, total time.Duration, rows int64) {
	n := max(a.Loops, 1)
	return a.Start / time.Duration(n), a.Total / time.Duration(n), (a.Rows + n/2) / n
}
