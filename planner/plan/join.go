package plan

import "vecgres/sql/bound"

// HashJoin builds a hash table of Right by RightKeys and probes it with Left's rows, in their order. Kind is never RightJoin.
type HashJoin struct {
	Base
	Kind                bound.JoinKind
	Left, Right         Node
	LeftKeys, RightKeys []bound.Scalar // of equal types, pairwise
	On                  bound.Scalar   // what else must hold; nil for nothing
}

// NestLoop compares every row of Left, in order, with those of Right. Kind is never RightJoin.
type NestLoop struct {
	Base
	Kind        bound.JoinKind
	Left, Right Node
	On          bound.Scalar
	// Params are columns of Left that Right refers to: Right is run again for each row of Left. Without any, Right is run once and kept.
	Params []bound.ColumnID
}

// Append gives the rows of its inputs, one after the other.
type Append struct {
	Base
	Parts []Node
}

// SetOp is UNION, INTERSECT or EXCEPT by hashing; UNION ALL is Append.
type SetOp struct {
	Base
	Kind        bound.SetOpKind
	All         bool
	Left, Right Node
}

// With computes CTEs before its input asks for their rows.
type With struct {
	Base
	CTEs  []*CTE
	Input Node
}

// CTE is a computed common table expression. Rows are computed when first read and kept, except that a data-modifying one runs to its
// end before the input starts.
type CTE struct {
	ID     int
	Name   string
	Plan   Node // a RecursiveUnion for WITH RECURSIVE
	Writes bool
}

// RecursiveUnion gives the rows of First, then those of Step until there are none; Step reads the last rows by CTEScan with Working.
type RecursiveUnion struct {
	Base
	CTE         int
	All         bool
	First, Step Node
}

// Inputs implements Node.
func (n *HashJoin) Inputs() []Node       { return []Node{n.Left, n.Right} }
func (n *NestLoop) Inputs() []Node       { return []Node{n.Left, n.Right} }
func (n *Append) Inputs() []Node         { return n.Parts }
func (n *SetOp) Inputs() []Node          { return []Node{n.Left, n.Right} }
func (n *RecursiveUnion) Inputs() []Node { return []Node{n.First, n.Step} }
func (n *With) Inputs() []Node {
	var in []Node
	for _, c := range n.CTEs {
		in = append(in, c.Plan)
	}
	return append(in, n.Input)
}
