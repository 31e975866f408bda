package plan

import (
	"vecgres/catalog"
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// Attribute numbers of system columns.
const (
	AttTableOID int16 = -6
	AttXmin     int16 = -2
	AttCtid     int16 = -1
)

// Target is the table that a scan reads and the attributes that it gives.
type Target struct {
	Table *catalog.Table
	Alias string
	Attrs []int16 // parallel to the first columns of Columns
	// RowID, when not 0, is the column after those of Attrs: the row's location.
	RowID bound.ColumnID
	// All are the table's columns in the query, for the text of conditions on columns that are not given.
	All []bound.Column
}

// Op is the comparison of a Pred.
type Op uint8

// The comparisons that the engine evaluates.
const (
	OpEq Op = iota
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe
	OpIn // any of Args, or of Array's elements
	OpIsNull
	OpNotNull
)

// Pred is a condition on one column that the engine evaluates itself. Its arguments do not depend on the row.
type Pred struct {
	Attr  int16
	Type  types.Type // of the column and of the arguments
	Op    Op
	Args  []bound.Scalar
	Array bound.Scalar // OpIn: an array instead of Args
	Expr  bound.Scalar // the condition as SQL, for EXPLAIN and where the executor evaluates it itself
}

// Scan reads a table from front to back.
type Scan struct {
	Base
	Target
	Preds  []Pred
	Filter bound.Scalar // what the engine cannot evaluate; nil for none
	Note   string       // why a vector index was not used, "" when none could have been
}

// KeyCond fixes or bounds one key column of an index.
type KeyCond struct {
	// Equal: the column is any of Values, or of Array's elements; or IS NULL.
	Values []bound.Scalar
	Array  bound.Scalar
	IsNull bool
	Expr   bound.Scalar
}

// KeyBound is one end of a range on the key column after the equal ones.
type KeyBound struct {
	Value     bound.Scalar
	Inclusive bool
	Expr      bound.Scalar
}

// IndexScan reads rows through a key index, in its order.
type IndexScan struct {
	Base
	Target
	Index   *catalog.Index
	Equal   []KeyCond // of the leading key columns
	Lo, Hi  *KeyBound // of the next key column, in the index's own direction of values (Lo < Hi as SQL values)
	Prefix  string    // of the next key column, a string: LIKE 'prefix%'; "" for none
	PrefixX bound.Scalar
	NotNull bool // the next key column is not NULL
	Reverse bool
	Unique  bool // at most one row for each combination of Equal
	Preds   []Pred
	Filter  bound.Scalar
}

// Exact tells that every key column is fixed, so that rows are looked up by their whole key.
func (s *IndexScan) Exact() bool { return len(s.Equal) == len(s.Index.Keys) }

// VectorScan gives the rows nearest to a vector, nearest first.
type VectorScan struct {
	Base
	Target
	Attr   int16  // the vector column
	Dim    int    // its dimension
	Metric string // the operator: <->, <#>, <=> or <+>
	Query  bound.Scalar
	// Count and Offset are LIMIT's and OFFSET's expressions: Count+Offset rows are given. With Stream they are a guess, nil for none; rows
	// are given as long as somebody asks.
	Count, Offset bound.Scalar
	Stream        bool
	// Own says that Index has vectors of its own, of Type: Attr is 0, and a bound on the distance stays in Filter as well.
	Own  bool
	Type types.Type
	// MaxDistance leaves out rows that are not nearer; Inclusive: not farther.
	MaxDistance bound.Scalar
	Inclusive   bool
	MaxExpr     bound.Scalar // the condition as SQL
	// NullsFirst puts rows without a vector first (ORDER BY 1 - distance DESC), not last.
	NullsFirst bool
	Preds      []Pred
	// Filter is evaluated on candidates as the walk meets them, over FilterCols, the attributes FilterAttrs, which need not be given.
	Filter      bound.Scalar
	FilterCols  []bound.Column
	FilterAttrs []int16
	// AbsentPreds and Absent are what a partial Index's predicate stands for in the conditions, asked of rows that have no vector there.
	AbsentPreds []Pred
	Absent      bound.Scalar // nil: nothing
	AbsentCols  []bound.Column
	AbsentAttrs []int16
	// Distance, when its ID is not 0, is the column after RowID: the distance as the operator gives it.
	Distance bound.Column
	Order    bound.Scalar   // the distance expression, for EXPLAIN
	Key      bound.Scalar   // the same as the statement has it, with subqueries
	Desc     bool           // ordered by a falling function of the distance
	Index    *catalog.Index // nil: none serves the operator
	TieIndex *catalog.Index // breaks ties; nil: row ids do
	WhyNot   string         // why no index serves, "" when one does
	// Selectivity is the share of rows that the conditions are expected to keep.
	Selectivity float64
}

// CountScan gives one row of row counts of a table, from its statistics, which are exact.
type CountScan struct {
	Base
	Target
}

// Lookup is a set of equality conditions on one column of a virtual table.
type Lookup struct {
	Attr   int16
	Values []bound.Scalar
	Array  bound.Scalar
	Expr   bound.Scalar
}

// VirtualScan reads a relation whose rows are computed.
type VirtualScan struct {
	Base
	Target
	Lookup *Lookup // the conditions handed down; they are in Filter as well
	Filter bound.Scalar
}

// Values gives rows of expressions. One row of no columns is SELECT without FROM.
type Values struct {
	Base
	Rows [][]bound.Scalar
}

// FuncScan gives the rows of set-returning functions.
type FuncScan struct {
	Base
	Funcs      []bound.FuncCall
	Ordinality bool
}

// CTEScan reads the rows of a CTE that With computed, or with Working those of the last step of a RecursiveUnion.
type CTEScan struct {
	Base
	CTE     int
	Name    string
	Working bool
}

// Inputs implements Node.
func (*Scan) Inputs() []Node        { return nil }
func (*IndexScan) Inputs() []Node   { return nil }
func (*VectorScan) Inputs() []Node  { return nil }
func (*CountScan) Inputs() []Node   { return nil }
func (*VirtualScan) Inputs() []Node { return nil }
func (*Values) Inputs() []Node      { return nil }
func (*FuncScan) Inputs() []Node    { return nil }
func (*CTEScan) Inputs() []Node     { return nil }
