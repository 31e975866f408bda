package plan

import "vecgres/sql/bound"

// Filter keeps rows whose Pred is true.
type Filter struct {
	Base
	Input Node
	Pred  bound.Scalar
}

// Project computes its items.
type Project struct {
	Base
	Input Node
	Items []bound.Item
}

// ProjectSet computes items of which some are set-returning functions.
type ProjectSet struct {
	Base
	Input Node
	Items []bound.Item
	SRFs  map[bound.ColumnID]bound.FuncCall
}

// Limit is LIMIT and OFFSET. With WithTies, Keys are the order in which equal rows count as one.
type Limit struct {
	Base
	Input         Node
	Count, Offset bound.Scalar
	WithTies      bool
	Keys          []bound.SortKey
}

// Sort orders all its input.
type Sort struct {
	Base
	Input Node
	Keys  []bound.SortKey
}

// TopK gives the first Count+Offset rows of the order.
type TopK struct {
	Base
	Input         Node
	Keys          []bound.SortKey
	Count, Offset bound.Scalar
}

// Distinct keeps the first row of each group of equal ones, in input order: equal in On, or in all columns when On is nil.
type Distinct struct {
	Base
	Input Node
	On    []bound.Scalar
}

// Aggregate groups by hashing. Groups come out in the order of their first row.
type Aggregate struct {
	Base
	Input  Node
	Keys   []bound.Item
	Aggs   []bound.Agg
	Scalar bool
	Sets   [][]int
	SetCol bound.ColumnID
}

// Window adds the columns of window functions.
type Window struct {
	Base
	Input Node
	Funcs []bound.WindowFunc
}

// Inputs implements Node.
func (n *Filter) Inputs() []Node     { return []Node{n.Input} }
func (n *Project) Inputs() []Node    { return []Node{n.Input} }
func (n *ProjectSet) Inputs() []Node { return []Node{n.Input} }
func (n *Limit) Inputs() []Node      { return []Node{n.Input} }
func (n *Sort) Inputs() []Node       { return []Node{n.Input} }
func (n *TopK) Inputs() []Node       { return []Node{n.Input} }
func (n *Distinct) Inputs() []Node   { return []Node{n.Input} }
func (n *Aggregate) Inputs() []Node  { return []Node{n.Input} }
func (n *Window) Inputs() []Node     { return []Node{n.Input} }
