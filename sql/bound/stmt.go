package bound

import (
	"vecgres/catalog"
	"vecgres/sql/types"
)

// Statement is a bound statement that reads or writes rows. DDL is not bound: the session does it from the ast.
type Statement interface{ statement() }

// Query is a SELECT. Out lists the result's columns (junk columns for ORDER BY are projected away below).
type Query struct {
	Rel Rel
	Out []Column
}

// TableWrite is what INSERT, UPDATE and DELETE need to know of their table to keep its promises: expressions are bound over columns that stand for the new row.
type TableWrite struct {
	Table *catalog.Table
	// New are columns standing for the new row's attributes, by live attnum order of Table; Checks, Generated and Keys refer to them.
	New    []Column
	Checks []CheckExpr
	// Generated computes stored generated columns, by attnum.
	Generated map[int16]Scalar
	// Indexes are the key and vector indexes' key expressions, parallel to Table.Indexes: nil expression lists for plain columns are spelled out as ColRefs;
	// Predicate is nil for a full index.
	Indexes []IndexExprs
}

// CheckExpr is one CHECK constraint over New.
type CheckExpr struct {
	Name string
	Expr Scalar
}

// IndexExprs are an index's keys and predicate over columns that stand for a row.
type IndexExprs struct {
	Index     *catalog.Index
	Keys      []Scalar
	Predicate Scalar
}

// Insert adds rows. Source gives one column per Targets entry (attnum), already cast; Defaults fills the other columns (a missing one is NULL).
type Insert struct {
	Write    TableWrite
	Source   Rel
	Targets  []int16
	Defaults map[int16]Scalar // for the live columns that Targets leaves out
	Conflict *OnConflict
	// Returning is over New (the row as stored). Nil for none.
	Returning []Item
}

// OnConflict is ON CONFLICT. Arbiters nil (DO NOTHING only): every unique index.
type OnConflict struct {
	Arbiters []*catalog.Index
	DoUpdate bool
	Existing *Get             // the row in the way, read by its location
	Excluded []Column         // the proposed row, as columns parallel to New
	Set      map[int16]Scalar // over Existing's and Excluded's columns
	Where    Scalar           // over both
}

// Update changes rows. Source gives the target's columns with their location (Target.RowID) and what FROM adds.
type Update struct {
	Write     TableWrite
	Target    *Get
	Source    Rel
	Set       map[int16]Scalar // over Source's columns
	Returning []Item           // over New, and Source's columns for FROM's
}

// Delete removes rows.
type Delete struct {
	Table     *catalog.Table
	Target    *Get
	Source    Rel
	Returning []Item // over Source's columns
}

func (*Query) statement()  {}
func (*Insert) statement() {}
func (*Update) statement() {}
func (*Delete) statement() {}

// Result is a bound statement with what was learnt while binding.
type Result struct {
	Stmt        Statement
	Params      []types.Type // $1 …, resolved
	With        []*CTE       // WITH of INSERT, UPDATE and DELETE (a Query has its own With node)
	Depends     []Dependency
	PathDepends bool // names were resolved by search_path
	Volatile    bool // calls a volatile function or nextval
}

// Dependency is a catalog object that a plan stands on.
type Dependency struct {
	OID     catalog.OID
	Version uint64
}

// Output lists the columns that a statement gives to the client, nil for none.
func Output(s Statement) []Column {
	var items []Item
	switch s := s.(type) {
	case *Query:
		return s.Out
	case *Insert:
		items = s.Returning
	case *Update:
		items = s.Returning
	case *Delete:
		items = s.Returning
	}
	if items == nil {
		return nil
	}
	cols := make([]Column, len(items))
	for i, it := range items {
		cols[i] = it.Col
	}
	return cols
}
