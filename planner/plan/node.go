package plan

import (
	"sync"

	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// Node is an operator of a plan.
type Node interface {
	// Columns are what the operator gives, in order.
	Columns() []bound.Column
	// Inputs are the operators below, in the order EXPLAIN prints them.
	Inputs() []Node
	// Estimates of size and cost, for EXPLAIN and for choosing joins.
	Estimate() *Estimate
}

// Estimate is what the planner expects of an operator. Costs are in Postgres' unit, about one sequential page read.
type Estimate struct {
	Rows      float64
	StartCost float64 // until the first row
	Cost      float64 // until the last row, with inputs
	Width     int     // bytes of a row
}

// Base is what every operator has.
type Base struct {
	Cols []bound.Column
	Est  Estimate
}

// Columns implements Node.
func (b *Base) Columns() []bound.Column { return b.Cols }

// Estimate implements Node.
func (b *Base) Estimate() *Estimate { return &b.Est }

// Plan is a planned statement.
type Plan struct {
	Root Node
	// Out are the columns for the client, nil for a statement without rows. The root gives exactly these.
	Out []bound.Column
	// Params are the types of $1 ….
	Params []types.Type
	// Tag is the command: SELECT, INSERT, UPDATE or DELETE.
	Tag string
	// Writes tells that the plan changes or locks rows.
	Writes      bool
	Depends     []bound.Dependency
	PathDepends bool
	Rules       []string // names of the rules that fired, in order, for tests and EXPLAIN (VERBOSE)

	// Idle holds programs built from the plan that nobody runs; it belongs to package exec.
	Idle sync.Pool
}

// locOID is the type under which row locations travel between operators: tid's.
const locOID types.OID = 27

// LocType is the type of the column that carries a row's location.
func LocType() types.Type { return types.T(locOID) }

// Walk calls fn for n and every operator below it, subplans included, parents first.
func Walk(n Node, fn func(Node)) {
	fn(n)
	for _, in := range n.Inputs() {
		Walk(in, fn)
	}
	for _, s := range SubPlans(n) {
		Walk(s.Plan, fn)
	}
}
