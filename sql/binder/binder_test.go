package binder_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"vecgres/planner/plantest"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/parser"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// TestBind binds statements of testdata over tables made by ddl and prints the tree, or the error with its code and position:
//
//	ddl
//	CREATE …
//	----
//
//	bind [params=(int4, unknown)]
//	SELECT …
//	----
//	tree or error
func TestBind(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if !strings.HasSuffix(path, ".ddt") {
			return
		}
		m := plantest.NewCatalog()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "ddl":
				if err := m.Exec(d.Input); err != nil {
					return err.Error() + "\n"
				}
				return ""
			case "bind", "columns":
				return runBind(t, m, d)
			}
			t.Fatalf("unknown command %s", d.Cmd)
			return ""
		})
	})
}

func runBind(t *testing.T, m *plantest.Catalog, d *datadriven.TestData) string {
	o := m.Options()
	var notices strings.Builder
	o.Notice = func(n *pgerr.Notice) { fmt.Fprintf(&notices, "%s: %s\n", n.Severity, n.Message) }
	for _, a := range d.CmdArgs {
		if a.Key == "params" {
			for _, v := range a.Vals {
				info, ok := types.ByName(v)
				if !ok {
					t.Fatalf("unknown type %s", v)
				}
				if info.OID == types.UnknownOID {
					o.ParamTypes = append(o.ParamTypes, 0)
				} else {
					o.ParamTypes = append(o.ParamTypes, info.OID)
				}
			}
		}
		if a.Key == "fixed" {
			o.FixedParams = true
		}
	}
	stmts, err := parser.Parse(d.Input)
	if err != nil {
		return formatError(err)
	}
	var out strings.Builder
	for _, s := range stmts {
		r, err := binder.Bind(s.Stmt, o)
		if err != nil {
			out.WriteString(notices.String() + formatError(err))
			continue
		}
		if d.Cmd == "columns" {
			out.WriteString(formatColumns(r))
			continue
		}
		out.WriteString(notices.String() + bound.Format(r))
	}
	return out.String()
}

func formatColumns(r *bound.Result) string {
	var texts []string
	for _, c := range bound.Output(r.Stmt) {
		texts = append(texts, c.Name+" "+types.FormatType(c.Type))
	}
	line := strings.Join(texts, ", ") + "\n"
	if len(r.Params) > 0 {
		var names []string
		for _, p := range r.Params {
			names = append(names, types.FormatType(p))
		}
		line += "params " + strings.Join(names, ", ") + "\n"
	}
	return line
}

func formatError(err error) string {
	e := pgerr.From(err)
	text := fmt.Sprintf("error %s at %d: %s\n", e.Code, e.Position, e.Message)
	if e.Cause != nil {
		text += "cause: " + e.Cause.Error() + "\n"
	}
	if e.Detail != "" {
		text += "detail: " + e.Detail + "\n"
	}
	if e.Hint != "" {
		text += "hint: " + e.Hint + "\n"
	}
	return text
}
