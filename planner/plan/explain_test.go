package plan

import (
	"strings"
	"testing"

	"vecgres/catalog"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// TestRecallText shows a search that missed rows, in every style.
func TestRecallText(t *testing.T) {
	v := &VectorScan{Target: Target{Table: &catalog.Table{Name: "t"}}, Order: &bound.ColRef{ID: 1}, Index: &catalog.Index{Name: "t_e_idx"}}
	v.Cols = []bound.Column{{ID: 1, Name: "e", Type: types.T(types.Float8OID)}}
	a := NewAnalysis(false)
	act := a.Of(v)
	act.Loops, act.Rows = 1, 10
	act.Search = SearchActual{Searches: 1, Approximate: true, Strategy: "graph", Checked: 1, Wanted: 30, Found: 27, Missed: []string{"7", "<8>"}, MissedMore: 1, VisibleRows: 400, FilterRows: 100}
	for style, want := range map[Style][]string{
		Text: {"  Search: approximate", "  Selectivity: 0.2500", "  Recall: 0.90 (27 of 30)", "  Missed: 7, <8>, and 1 more"},
		JSON: {`"Selectivity": 0.2500,`, `"Recall": 0.90,`, `"Rows Found": 27,`, `"<8>",`},
		YAML: {"- Plan: ", "    Recall: 0.90", "    Missed: ", `      - "<8>"`},
		XML:  {"      <Recall>0.90</Recall>", "      <Missed>", "        <Item>&lt;8&gt;</Item>"},
	} {
		got := strings.Join(Format(&Plan{Root: v}, FormatOptions{Analysis: a, Style: style, NoCosts: true, NoSummary: true}), "\n")
		for _, line := range want {
			if !strings.Contains(got, line) {
				t.Errorf("%q is missing in\n%s", line, got)
			}
		}
	}
	for share, want := range map[float64]string{1: "1.00", 0.99999: "0.9999", 0.5: "0.50", 0.985: "0.985", 0: "0.00"} {
		if got := shareText(share); got != want {
			t.Errorf("%v is %s, want %s", share, got, want)
		}
	}
}
