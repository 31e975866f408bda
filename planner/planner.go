package planner

import (
	"vecgres/catalog"
	"vecgres/planner/cost"
	"vecgres/planner/plan"
	"vecgres/planner/rules"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
)

// Options is what planning depends on beside the statement.
type Options struct {
	Catalog  catalog.Reader
	Settings Settings
	// Stats gives a table's size; nil: unknown.
	Stats func(catalog.StorageID) cost.TableStats
}

// Settings are the session's planner settings; the zero value is the default.
type Settings struct {
	NoIndexScan bool // enable_indexscan = off: key and vector indexes are not used; searches are exact
	NoSeqScan   bool
	NoHashJoin  bool
	NoNestLoop  bool
}

// planner plans one statement.
type planner struct {
	o        *Options
	trace    rules.Trace
	nextCol  bound.ColumnID
	subplans int
	shared   []*plan.SubPlan // those that depend on nothing outside
	ctes     map[int]float64 // estimated rows by CTE
	writes   bool
}

// firstOwnColumn is where the planner's own columns start, far above the binder's.
const firstOwnColumn bound.ColumnID = 1 << 30

// Plan plans a statement. Errors: 0A000 for what cannot be run yet.
func Plan(res *bound.Result, o *Options) (*plan.Plan, error) {
	if o == nil {
		o = &Options{}
	}
	p := &planner{o: o, nextCol: firstOwnColumn, ctes: map[int]float64{}}
	out := &plan.Plan{Params: res.Params, Depends: res.Depends, PathDepends: res.PathDepends, Out: bound.Output(res.Stmt)}
	root, err := p.statement(res.Stmt)
	if err != nil {
		return nil, err
	}
	if len(res.With) > 0 {
		if root, err = p.withAround(res.With, root); err != nil {
			return nil, err
		}
	}
	out.Root, out.Rules, out.Tag, out.Writes = root, p.trace.Names, tag(res.Stmt), p.writes
	return out, nil
}

func tag(s bound.Statement) string {
	switch s.(type) {
	case *bound.Insert:
		return "INSERT"
	case *bound.Update:
		return "UPDATE"
	case *bound.Delete:
		return "DELETE"
	}
	return "SELECT"
}

// newColumn makes a column of the planner's own.
func (p *planner) newColumn(name string, like bound.Column) bound.Column {
	p.nextCol++
	return bound.Column{ID: p.nextCol, Name: name, Type: like.Type}
}

func (p *planner) statement(s bound.Statement) (plan.Node, error) {
	switch s := s.(type) {
	case *bound.Query:
		return p.buildExactly(rules.InlineCTEs(s.Rel, &p.trace), s.Out)
	case *bound.Insert:
		return p.insert(s)
	case *bound.Update:
		return p.update(s)
	case *bound.Delete:
		return p.delete(s)
	}
	return nil, pgerr.Unimplemented("this kind of statement")
}

// stats is a table's size.
func (p *planner) stats(t *catalog.Table) cost.TableStats {
	if p.o.Stats == nil || t.Storage == 0 {
		return cost.TableStats{}
	}
	return p.o.Stats(t.Storage)
}

// buildExactly plans a relation that gives exactly cols, in order.
func (p *planner) buildExactly(r bound.Rel, cols []bound.Column) (plan.Node, error) {
	need := plan.ColsOf(cols)
	r = rules.Optimize(r, need, &p.trace)
	got, err := p.build(r, want{need: need})
	if err != nil {
		return nil, err
	}
	return inOrder(got.node, cols), nil
}

// inOrder puts a projection over a node unless it gives exactly cols already.
func inOrder(n plan.Node, cols []bound.Column) plan.Node {
	have := n.Columns()
	same := len(have) == len(cols)
	for i := 0; same && i < len(cols); i++ {
		same = have[i].ID == cols[i].ID
	}
	if same {
		return n
	}
	items := make([]bound.Item, len(cols))
	for i, c := range cols {
		items[i] = bound.Item{Col: c, Expr: plan.Ref(c)}
	}
	pr := &plan.Project{Input: n, Items: items}
	pr.Cols, pr.Est = cols, *n.Estimate()
	return pr
}
