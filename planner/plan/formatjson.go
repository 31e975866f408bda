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
		key, err := json.Marshal(p.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(p.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// formatJSON is EXPLAIN (FORMAT JSON): one value, in lines.
func formatJSON(root *entry, p *Plan, o FormatOptions) []string {
	top := object{{"Plan", jsonEntry(root, "", o)}}
	if a := o.Analysis; a != nil && !o.NoSummary {
		top = append(top, property{"Planning Time", millis(a.PlanningTime.Nanoseconds())}, property{"Execution Time", millis(a.ExecutionTime.Nanoseconds())})
	}
	out, err := json.MarshalIndent([]object{top}, "", "  ")
	if err != nil {
		return []string{err.Error()}
	}
	return strings.Split(string(out), "\n")
}

func millis(ns int64) json.Number { return json.Number(ms(time.Duration(ns))) }

func jsonEntry(e *entry, relation string, o FormatOptions) object {
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
		plans = append(plans, jsonEntry(c, rel, o))
	}
	if plans != nil {
		out = append(out, property{"Plans", plans})
	}
	return out
}

func round2(v float64) float64 { return float64(int64(v*100+0.5)) / 100 }
