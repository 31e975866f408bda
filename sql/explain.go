package sql

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/planner/plan"
	"vecgres/sql/ast"
	"vecgres/sql/client"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// explainOptions are what EXPLAIN's options mean.
type explainOptions struct {
	plan.FormatOptions
	analyze, timing, recall bool
}

func explainOptionsOf(st *ast.Explain) (explainOptions, error) {
	o := explainOptions{timing: true}
	for _, opt := range st.Options {
		if opt.Name == "format" {
			switch strings.ToLower(opt.Value) {
			case "text":
				o.Style = plan.Text
			case "json":
				o.Style = plan.JSON
			case "yaml":
				o.Style = plan.YAML
			case "xml":
				o.Style = plan.XML
			default:
				return o, pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized value for EXPLAIN option \"format\": %q", opt.Value).At(int(opt.Pos))
			}
			continue
		}
		on := true
		if opt.Given {
			v, ok := parseBool(opt.Value)
			if !ok {
				return o, pgerr.New(pgerrcode.SyntaxError, "%s requires a Boolean value", opt.Name)
			}
			on = v
		}
		switch opt.Name {
		case "analyze":
			o.analyze = on
		case "verbose":
			o.Verbose = on
		case "costs":
			o.NoCosts = !on
		case "timing":
			o.timing = on
		case "summary":
			o.NoSummary = !on
		case "buffers", "wal", "settings", "generic_plan": // nothing to show
		case "recall":
			o.recall = on
		case "usage":
			if on {
				return o, pgerr.Unimplemented("EXPLAIN (USAGE)").At(int(opt.Pos))
			}
		default:
			return o, pgerr.New(pgerrcode.SyntaxError, "unrecognized EXPLAIN option %q", opt.Name).At(int(opt.Pos))
		}
	}
	if o.recall && !o.analyze {
		return o, pgerr.New(pgerrcode.InvalidParameterValue, "EXPLAIN option RECALL requires ANALYZE")
	}
	return o, nil
}

func explainFields(o explainOptions) []client.Field {
	f := textField("QUERY PLAN")
	if o.Style == plan.JSON {
		f.Type = types.T(types.JSONOID)
	}
	return []client.Field{f}
}

// explainTarget plans the statement that is explained; its parameters are EXPLAIN's.
func (s *Session) explainTarget(ctx context.Context, p *prepared, st *ast.Explain) (*prepared, error) {
	inner := st.Stmt
	switch x := inner.(type) {
	case *ast.Execute:
		target, ok := s.statements[x.Name]
		if !ok {
			return nil, noStatement(x.Name)
		}
		return target, nil
	case *ast.CreateTable:
		inner = x.Query
	case *ast.DeclareCursor:
		inner = x.Query
	}
	if inner == nil || !isRows(inner) {
		return nil, pgerr.Unimplemented("EXPLAIN of this kind of statement")
	}
	target := p.inner(inner)
	return target, s.readyPlan(ctx, target)
}

func (s *Session) runExplain(ctx context.Context, p *portal, st *ast.Explain) error {
	o, err := explainOptionsOf(st)
	if err != nil {
		return err
	}
	if err := s.beginStatement(ctx); err != nil {
		return err
	}
	began := time.Now()
	target, err := s.explainTarget(ctx, p.prepared, st)
	if err != nil {
		return err
	}
	if target.plan == nil {
		return pgerr.Unimplemented("EXPLAIN of this kind of statement")
	}
	if o.analyze {
		values := p.values
		if x, ok := st.Stmt.(*ast.Execute); ok {
			if values, err = s.executeValues(ctx, target, x.Args); err != nil {
				return err
			}
		}
		if o.Analysis, err = s.analyzePlan(ctx, target, values, o, time.Since(began)); err != nil {
			return err
		}
	}
	list := &rowList{}
	lines := plan.Format(target.plan, o.FormatOptions)
	if o.Style != plan.Text {
		lines = []string{strings.Join(lines, "\n")}
	}
	for _, line := range lines {
		list.rows = append(list.rows, []types.Datum{types.Text(line)})
	}
	p.fields, p.rows, p.tag = p.formatted(explainFields(o)), list, "EXPLAIN"
	return nil
}

// analyzePlan runs a plan to its end and notes what each operator did.
func (s *Session) analyzePlan(ctx context.Context, p *prepared, values []types.Datum, o explainOptions, planning time.Duration) (*plan.Analysis, error) {
	if err := s.readyPlan(ctx, p); err != nil {
		return nil, err
	}
	if p.plan.Writes {
		if err := s.forbidReadOnly(p.plan.Tag); err != nil {
			return nil, err
		}
	}
	a := plan.NewAnalysis(o.timing)
	a.Recall = o.recall
	a.PlanningTime = planning
	port := &portal{prepared: p, values: values}
	defer s.release(port)
	began := time.Now()
	if err := s.openAnalyzed(ctx, port, a); err != nil {
		return nil, err
	}
	for {
		_, ok, err := port.rows.Next()
		if err != nil {
			return nil, err
		}
		if !ok {
			a.ExecutionTime = time.Since(began)
			return a, port.rows.Close() // where recall is checked
		}
	}
}
