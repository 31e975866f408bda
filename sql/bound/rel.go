package bound

import (
	"vecgres/catalog"
	"vecgres/sql/funcs"
	"vecgres/sql/types"
)

// Rel is a relation-valued node. Columns are what it gives, in order.
type Rel interface {
	Columns() []Column
	rel()
}

// Get reads a table. Cols are the columns wanted (the binder lists all live ones; the planner prunes), by AttNum; system columns have
// AttNum -6 tableoid, -1 ctid (the row's id), -2 xmin (always 1), -3 cmin, -4 xmax, -5 cmax (always 0).
type Get struct {
	Table *catalog.Table
	Alias string
	Cols  []Column
	// RowID, when not 0, is an internal column that carries the engine's location of each row, for UPDATE, DELETE and row locks.
	RowID ColumnID
	// Only leaves out the rows of a template's children (FROM ONLY t).
	Only bool
	// Indexes are the keys and predicates, over the table's columns in this query, of those indexes that have an expression or a predicate;
	// the other indexes' keys are their columns.
	Indexes []IndexExprs
}

// Values is a list of rows; no rows is the empty relation. One row of no columns is SELECT without FROM.
type Values struct {
	Rows [][]Scalar
	Cols []Column
}

// Filter keeps rows whose Pred is true.
type Filter struct {
	Input Rel
	Pred  Scalar
}

// Item computes one column.
type Item struct {
	Col  Column
	Expr Scalar
}

// Project computes exactly its items.
type Project struct {
	Input Rel
	Items []Item
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The kinds of joins. Semi and anti joins come from the planner.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	SemiJoin
	AntiJoin
)

// Join joins two inputs; On nil is true. With Lateral, Right may refer to Left's columns.
type Join struct {
	Kind        JoinKind
	Left, Right Rel
	On          Scalar
	Lateral     bool
}

// SortKey is one key of an order.
type SortKey struct {
	Expr       Scalar
	Desc       bool
	NullsFirst bool
}

// Agg is one aggregate call.
type Agg struct {
	Col      Column
	Fn       *funcs.Aggregate
	Args     []Scalar
	Distinct bool
	Filter   Scalar
	OrderBy  []SortKey // for ordered aggregates, and WITHIN GROUP
	Text     string    // as EXPLAIN prints it
}

// GroupBy groups by Keys (each gives its Col) and computes Aggs. No keys and Scalar: one row always. Sets, when not nil, are grouping sets as indexes into Keys.
type GroupBy struct {
	Input  Rel
	Keys   []Item
	Aggs   []Agg
	Scalar bool
	Sets   [][]int
	SetCol ColumnID // with Sets: an int4 column, bit i set where Keys[i] is not grouped; 0 for none
}

// WindowFunc is one window function call over its spec.
type WindowFunc struct {
	Col                    Column
	Name                   string // row_number, rank, dense_rank, lag …, or an aggregate's
	Agg                    *funcs.Aggregate
	Args                   []Scalar
	Filter                 Scalar
	PartitionBy            []Scalar
	OrderBy                []SortKey
	FrameOptions           int32 // as the grammar's
	StartOffset, EndOffset Scalar
}

// Window adds window functions' columns to its input's.
type Window struct {
	Input Rel
	Funcs []WindowFunc
}

// Distinct removes duplicates by On (all columns when nil); with On the first row of the input's order stays.
type Distinct struct {
	Input Rel
	On    []Scalar
}

// Sort orders rows.
type Sort struct {
	Input Rel
	Keys  []SortKey
}

// Limit is LIMIT and OFFSET; nil means none. Both are int8.
type Limit struct {
	Input         Rel
	Count, Offset Scalar
	WithTies      bool
}

// SetOpKind is UNION, INTERSECT or EXCEPT.
type SetOpKind uint8

// The set operations.
const (
	Union SetOpKind = iota
	Intersect
	Except
)

// SetOp combines two inputs whose columns agree in number and type.
type SetOp struct {
	Kind        SetOpKind
	All         bool
	Left, Right Rel
	Cols        []Column
}

// With makes CTEs available to Input by CTERefs. A CTE with one reference and no side effects may be inlined by the planner.
type With struct {
	CTEs  []*CTE
	Input Rel
}

// CTE is one item of WITH. A recursive one has Rel = the non-recursive term and Step = the recursive term, which refers to it by CTERef with Working set.
// Stmt is set instead of Rel for a data-modifying one (RETURNING gives the columns).
type CTE struct {
	ID           int
	Name         string
	Rel          Rel
	Step         Rel
	UnionAll     bool
	Stmt         Statement
	Materialized *bool
	Cols         []Column
}

// CTERef reads a CTE; its columns are new IDs parallel to the CTE's.
type CTERef struct {
	CTE     *CTE
	Working bool
	Cols    []Column
}

// FuncScan is set-returning or scalar functions in FROM, zipped; Ordinality adds an int8 column at the end.
type FuncScan struct {
	Funcs      []FuncCall
	Ordinality bool
	Cols       []Column
}

// FuncCall is one function of FuncScan: exactly one of SRF and Scalar is set. NumCols is how many columns it gives. In a ProjectSet a function of
// several columns gives one record; Columns are its columns then, and those of a definition list or of OUT parameters in FROM.
type FuncCall struct {
	SRF      *funcs.SetReturning
	Args     []Scalar
	ArgTypes []types.Type
	Scalar   Scalar
	NumCols  int
	Columns  []funcs.ResultColumn
}

// ProjectSet is a select list with set-returning functions: items that are *SRFItem expand, the others repeat.
type ProjectSet struct {
	Input Rel
	Items []Item
	SRFs  map[ColumnID]FuncCall // items computed by a function; their Expr is nil
}

// LockRows locks the rows of the tables that it names (SELECT … FOR UPDATE) as they pass.
type LockRows struct {
	Input Rel
	Locks []RowLock
}

// RowLock is one FOR clause for one table of the query. Get.RowID carries the location.
type RowLock struct {
	Get      *Get
	Strength uint8 // as the engine's: 0 key share, 1 share, 2 no key update, 3 update
	Wait     uint8 // 0 block, 1 NOWAIT, 2 SKIP LOCKED
}

func (r *Get) Columns() []Column    { return r.Cols }
func (r *Values) Columns() []Column { return r.Cols }
func (r *Filter) Columns() []Column { return r.Input.Columns() }
func (r *Project) Columns() []Column {
	cols := make([]Column, len(r.Items))
	for i, it := range r.Items {
		cols[i] = it.Col
	}
	return cols
}
func (r *Join) Columns() []Column {
	left := r.Left.Columns()
	if r.Kind == SemiJoin || r.Kind == AntiJoin {
		return left
	}
	return append(left[:len(left):len(left)], r.Right.Columns()...)
}
func (r *GroupBy) Columns() []Column {
	var cols []Column
	for _, k := range r.Keys {
		cols = append(cols, k.Col)
	}
	for _, a := range r.Aggs {
		cols = append(cols, a.Col)
	}
	if r.SetCol != 0 {
		cols = append(cols, Column{ID: r.SetCol, Name: "grouping", Type: types.T(types.Int4OID)})
	}
	return cols
}
func (r *Window) Columns() []Column {
	cols := r.Input.Columns()
	cols = cols[:len(cols):len(cols)]
	for _, f := range r.Funcs {
		cols = append(cols, f.Col)
	}
	return cols
}
func (r *Distinct) Columns() []Column { return r.Input.Columns() }
func (r *Sort) Columns() []Column     { return r.Input.Columns() }
func (r *Limit) Columns() []Column    { return r.Input.Columns() }
func (r *SetOp) Columns() []Column    { return r.Cols }
func (r *With) Columns() []Column     { return r.Input.Columns() }
func (r *CTERef) Columns() []Column   { return r.Cols }
func (r *FuncScan) Columns() []Column { return r.Cols }
func (r *ProjectSet) Columns() []Column {
	cols := make([]Column, len(r.Items))
	for i, it := range r.Items {
		cols[i] = it.Col
	}
	return cols
}
func (r *LockRows) Columns() []Column { return r.Input.Columns() }

func (*Get) rel()        {}
func (*Values) rel()     {}
func (*Filter) rel()     {}
func (*Project) rel()    {}
func (*Join) rel()       {}
func (*GroupBy) rel()    {}
func (*Window) rel()     {}
func (*Distinct) rel()   {}
func (*Sort) rel()       {}
func (*Limit) rel()      {}
func (*SetOp) rel()      {}
func (*With) rel()       {}
func (*CTERef) rel()     {}
func (*FuncScan) rel()   {}
func (*ProjectSet) rel() {}
func (*LockRows) rel()   {}
