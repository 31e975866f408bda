package plan

import (
	"vecgres/catalog"
	"vecgres/sql/bound"
)

// Insert adds Input's rows, one column for each of Targets.
type Insert struct {
	Base
	Input     Node
	Write     bound.TableWrite
	Targets   []int16
	Defaults  map[int16]bound.Scalar
	Conflict  *bound.OnConflict
	Returning []bound.Item
}

// Update changes the rows whose locations are in Input's column Target.RowID.
type Update struct {
	Base
	Input     Node
	Write     bound.TableWrite
	Target    *bound.Get
	Set       map[int16]bound.Scalar
	Returning []bound.Item
	// Recheck is the part of the conditions that a newer version of a row must still satisfy, over Target's columns and Input's others.
	Recheck bound.Scalar
	// Keys tells that a column of a unique index is set, which takes the stronger row lock.
	Keys bool
}

// Delete removes the rows whose locations are in Input's column Target.RowID.
type Delete struct {
	Base
	Input     Node
	Table     *catalog.Table
	Target    *bound.Get
	Returning []bound.Item
	Recheck   bound.Scalar
}

// LockRows locks the rows that pass, and gives their newest versions.
type LockRows struct {
	Base
	Input   Node
	Locks   []bound.RowLock
	Recheck bound.Scalar
}

// Inputs implements Node.
func (n *Insert) Inputs() []Node   { return []Node{n.Input} }
func (n *Update) Inputs() []Node   { return []Node{n.Input} }
func (n *Delete) Inputs() []Node   { return []Node{n.Input} }
func (n *LockRows) Inputs() []Node { return []Node{n.Input} }
