package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"vecgres/catalog"
	"vecgres/planner"
	"vecgres/planner/cost"
	"vecgres/planner/plan"
	"vecgres/planner/plantest"
	"vecgres/sql/binder"
	"vecgres/sql/parser"
)

// TestPlans plans the statements of testdata and prints EXPLAIN (COSTS OFF):
//
//	ddl
//	CREATE …
//	----
//
//	plan [rows=(table=n, …)] [expect=rule] [expect-not=rule]
//	SELECT …
//	----
//	lines
//
// A table has 10,000 rows unless rows says otherwise. expect and expect-not name rules that must or must not have fired.
func TestPlans(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		c := plantest.NewCatalog()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "ddl":
				if err := c.Exec(d.Input); err != nil {
					return err.Error() + "\n"
				}
				return ""
			case "plan":
				return planText(t, c, d)
			}
			t.Fatalf("unknown command %s", d.Cmd)
			return ""
		})
	})
}

func planText(t *testing.T, c *plantest.Catalog, d *datadriven.TestData) string {
	stmts, err := parser.Parse(d.Input)
	if err != nil {
		return err.Error() + "\n"
	}
	bound, err := binder.Bind(stmts[0].Stmt, c.Options())
	if err != nil {
		return err.Error() + "\n"
	}
	o := &planner.Options{Catalog: c, Stats: func(id catalog.StorageID) cost.TableStats {
		rows := 10000
		for _, a := range d.CmdArgs {
			if tab := c.Table(a.Key); tab != nil && tab.Storage == id {
				d.ScanArgs(t, a.Key, &rows)
			}
		}
		return cost.TableStats{Rows: float64(rows), Bytes: float64(rows) * 100}
	}}
	p, err := planner.Plan(bound, o)
	if err != nil {
		return err.Error() + "\n"
	}
	for _, a := range d.CmdArgs {
		for _, rule := range a.Vals {
			if fired := slices.Contains(p.Rules, rule); a.Key == "expect" && !fired || a.Key == "expect-not" && fired {
				d.Fatalf(t, "%s %s, but these fired: %v", a.Key, rule, p.Rules)
			}
		}
	}
	return strings.Join(plan.Format(p, plan.FormatOptions{NoCosts: true}), "\n") + "\n"
}
