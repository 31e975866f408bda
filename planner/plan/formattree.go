package plan

import (
	"encoding/json"
	"strings"
	"time"
)

// object is a JSON object that keeps the order of its members.
type object []property

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := plainJSON(p.name, "")
		if err != nil {
			return nil, err
		}
		value, err := plainJSON(p.value, "")
		if err != nil {
			return nil, err
		}
		b.WriteString(key + ":" + value)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// plainJSON is a value's JSON with < and > as they are.
func plainJSON(v any, indent string) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// treeOf is what every style but Text shows: the plan and the times.
func treeOf(root *entry, o FormatOptions) object {
	top := object{{"Plan", nodeOf(root, "", o)}}
	if a := o.Analysis; a != nil && !o.NoSummary {
		top = append(top, property{"Planning Time", millis(a.PlanningTime.Nanoseconds())}, property{"Execution Time", millis(a.ExecutionTime.Nanoseconds())})
	}
	return top
}

// formatTree writes a tree as Postgres does in a style.
func formatTree(top object, style Style) []string {
	var w treeWriter
	switch style {
	case YAML:
		w.yamlItem(top, 0)
	case XML:
		w.line(0, `<explain xmlns="http://www.postgresql.org/2009/explain">`)
		w.line(1, "<Query>")
		w.xmlMembers(top, 2)
		w.line(1, "</Query>")
		w.line(0, "</explain>")
	default:
		out, err := plainJSON([]object{top}, "  ")
		if err != nil {
			return []string{err.Error()}
		}
		return strings.Split(out, "\n")
	}
	return w.lines
}

func millis(ns int64) json.Number { return json.Number(ms(time.Duration(ns))) }

func nodeOf(e *entry, relation string, o FormatOptions) object {
	kind, rest, _ := strings.Cut(e.name, " on ")
	kind, index, byIndex := strings.Cut(kind, " using ")
	out := object{{"Node Type", kind}}
	if relation != "" {
		out = append(out, property{"Parent Relationship", relation})
	}
	if e.join != "" {
		out = append(out, property{"Subplan Name", e.join})
	}
	if byIndex {
		out = append(out, property{"Index Name", index})
	}
	if rest != "" {
		name, alias, aliased := strings.Cut(rest, " ")
		if !aliased {
			alias = name
		}
		out = append(out, property{"Relation Name", name}, property{"Alias", alias})
	}
	if !o.NoCosts {
		est := e.node.Estimate()
		out = append(out, property{"Startup Cost", round2(est.StartCost)}, property{"Total Cost", round2(est.Cost)},
			property{"Plan Rows", int64(est.Rows)}, property{"Plan Width", est.Width})
	}
	if o.Analysis != nil {
		act := o.Analysis.Of(e.node)
		start, total, rows := act.average()
		if o.Analysis.Timing {
			out = append(out, property{"Actual Startup Time", millis(start.Nanoseconds())}, property{"Actual Total Time", millis(total.Nanoseconds())})
		}
		out = append(out, property{"Actual Rows", rows}, property{"Actual Loops", act.Loops})
	}
	out = append(out, e.props...)
	var plans []object
	for i, c := range e.children {
		rel := "Outer"
		switch {
		case c.join != "" && strings.HasPrefix(c.join, "SubPlan"):
			rel = "SubPlan"
		case c.join != "":
			rel = "InitPlan"
		case i > 0 && len(e.node.Inputs()) == 2:
			rel = "Inner"
		case len(e.node.Inputs()) > 2:
			rel = "Member"
		}
		plans = append(plans, nodeOf(c, rel, o))
	}
	if plans != nil {
		out = append(out, property{"Plans", plans})
	}
	return out
}

func round2(v float64) float64 { return float64(int64(v*100+0.5)) / 100 }
