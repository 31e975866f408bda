package exec

import (
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
)

// Build makes a program of a plan. With an analysis its operators note what they do.
func Build(p *plan.Plan, analysis *plan.Analysis) (*Program, error) {
	rt := &runtime{}
	b := &builder{analysis: analysis, compiler: &compiler{rt: rt, slotOf: map[bound.ColumnID]int{}}}
	b.compiler.build = b
	root, err := b.operator(p.Root)
	if err != nil {
		return nil, err
	}
	return &Program{root: root, rt: rt, analyzed: analysis != nil}, nil
}

// builder turns plan nodes into operators.
type builder struct {
	*compiler
	analysis *plan.Analysis
}

// operator builds the operator of a node, which gives exactly the node's Columns.
func (b *builder) operator(n plan.Node) (Operator, error) {
	op, err := b.dispatch(n)
	if err != nil {
		return nil, err
	}
	if b.analysis != nil {
		return newMeasured(op, b.analysis.Of(n)), nil
	}
	return op, nil
}

func (b *builder) dispatch(n plan.Node) (Operator, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return b.scan(n)
	case *plan.IndexScan:
		return b.indexScan(n)
	case *plan.VectorScan:
		return b.vectorScan(n)
	case *plan.CountScan:
		return b.countScan(n)
	case *plan.VirtualScan:
		return b.virtualScan(n)
	case *plan.Values:
		return b.values(n)
	case *plan.FuncScan:
		return b.funcScan(n)
	case *plan.CTEScan:
		return b.cteScan(n)
	case *plan.Filter:
		return b.filter(n)
	case *plan.Project:
		return b.project(n)
	case *plan.ProjectSet:
		return b.projectSet(n)
	case *plan.Limit:
		return b.limit(n)
	case *plan.Sort:
		return b.sort(n)
	case *plan.TopK:
		return b.topK(n)
	case *plan.Distinct:
		return b.distinct(n)
	}
	return b.dispatchRest(n)
}

func (b *builder) dispatchRest(n plan.Node) (Operator, error) {
	switch n := n.(type) {
	case *plan.Aggregate:
		return b.aggregate(n)
	case *plan.Window:
		return b.window(n)
	case *plan.HashJoin:
		return b.hashJoin(n)
	case *plan.NestLoop:
		return b.nestLoop(n)
	case *plan.Append:
		return b.append(n)
	case *plan.SetOp:
		return b.setOp(n)
	case *plan.With:
		return b.withCTEs(n)
	case *plan.RecursiveUnion:
		return b.recursiveUnion(n)
	case *plan.Insert:
		return b.insert(n)
	case *plan.Update:
		return b.update(n)
	case *plan.Delete:
		return b.delete(n)
	case *plan.LockRows:
		return b.lockRows(n)
	}
	return nil, pgerr.Internal(nil, "plan node %T cannot be run", n)
}

// scopeOf is the scope of an operator that evaluates over batches with these columns.
func scopeOf(cols []bound.Column) scope { return scope{batch: layoutOf(cols)} }
