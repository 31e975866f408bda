package bound

import (
	"vecgres/sql/ast"
	"vecgres/sql/funcs"
	"vecgres/sql/types"
)

// ColumnID names a column within one statement. Every producing place (a table reference, a projection, an aggregate) makes new ones, so that two
// references to one table never share them and no name is ever compared after binding.
type ColumnID int32

// Column is a column of a relation in the tree.
type Column struct {
	ID   ColumnID
	Name string
	Type types.Type
	// Where it comes from, for RowDescription: 0 when computed.
	TableOID uint32
	AttNum   int16
}

// Scalar is a typed expression. Casts are explicit; types of operands fit.
type Scalar interface {
	Type() types.Type
	scalar()
}

// ColRef is a column of the input, or, when no input below has it, of an outer query (a correlated reference).
type ColRef struct {
	ID  ColumnID
	Typ types.Type
}

// Const is a value known when binding.
type Const struct {
	Value types.Datum
	Typ   types.Type
}

// Param is $n, from 1.
type Param struct {
	N   int
	Typ types.Type
}

// Call is a scalar function or operator call. Args have the overload's types; with ArrayVariadic the last argument is an array spread at run time.
type Call struct {
	Fn            *funcs.Overload
	Op            string // the operator's name when written as one, for rules and EXPLAIN
	Args          []Scalar
	Typ           types.Type
	ArrayVariadic bool
	Pos           ast.Pos
}

// And, Or: two or more boolean arguments, three-valued.
type (
	And struct{ Args []Scalar }
	Or  struct{ Args []Scalar }
	Not struct{ X Scalar }
)

// Case is CASE; the simple form is bound to comparisons with a shared Arg: Whens hold conditions. Else nil is NULL.
type Case struct {
	Whens []When
	Else  Scalar
	Typ   types.Type
}

// When is one arm of Case.
type When struct{ Cond, Then Scalar }

// Coalesce, and GREATEST/LEAST as MinMax. Arguments have Typ.
type Coalesce struct {
	Args []Scalar
	Typ  types.Type
}

// MinMax is GREATEST or LEAST.
type MinMax struct {
	Least bool
	Args  []Scalar
	Typ   types.Type
}

// NullIf is NULLIF: Eq compares Left with Right, both cast as Eq needs; the value is Left.
type NullIf struct {
	Left   Scalar
	Right  Scalar
	Eq     *funcs.Overload
	EqArgs []types.Type // what Left and Right are cast to for Eq
}

// NullTest is IS [NOT] NULL (for records: all fields).
type NullTest struct {
	X   Scalar
	Not bool
}

// BoolTest is IS [NOT] TRUE, FALSE, UNKNOWN.
type BoolTest struct {
	X     Scalar
	Value byte // 't', 'f', 'u'
	Not   bool
}

// IsDistinct is IS [NOT] DISTINCT FROM; Eq compares.
type IsDistinct struct {
	Left, Right Scalar
	Eq          *funcs.Overload
	Not         bool
}

// InList is x IN (list): x = any, by Eq. NOT IN is a Not around it. Items have the type that Eq takes on the right.
type InList struct {
	X    Scalar
	List []Scalar
	Eq   *funcs.Overload
}

// AnyAll is x op ANY/ALL (array).
type AnyAll struct {
	X     Scalar
	Op    string
	Fn    *funcs.Overload // (x, element) → bool
	Array Scalar
	All   bool
}

// Cast converts X to Typ. Explicit casts may truncate.
type Cast struct {
	X        Scalar
	Typ      types.Type
	Explicit bool
	Pos      ast.Pos
}

// ArrayCtor is ARRAY[…]: elements of one type; Nested tells that they are arrays themselves and make a higher dimension.
type ArrayCtor struct {
	Elems  []Scalar
	Typ    types.Type
	Nested bool
}

// RowCtor is ROW(…), or a whole row of a table: then Names are its columns' names (nil: f1, f2 …).
type RowCtor struct {
	Fields []Scalar
	Names  []string
}

// Field is (x).f of a record.
type Field struct {
	X     Scalar
	Index int
	Typ   types.Type
}

// Subscript is x[i] or x[lo:hi] of an array (or of jsonb, by text or integer).
type Subscript struct {
	X    Scalar
	Subs []SubscriptItem
	Typ  types.Type
}

// SubscriptItem is one index or slice; nil bounds are open.
type SubscriptItem struct {
	Slice        bool
	Lower, Upper Scalar
}

// SubscriptAssign is X with one element or slice replaced by Value: SET a[1] = v, SET j['k'] = v. X is an array (NULL counts as an empty one) or a
// jsonb; its value is the whole new container. Several assignments to one column nest.
type SubscriptAssign struct {
	X     Scalar
	Subs  []SubscriptItem
	Value Scalar // the element's type; for slices the array's
	Typ   types.Type
}

// SubqueryKind is the role of a subquery.
type SubqueryKind uint8

// The roles.
const (
	SubScalar SubqueryKind = iota // one column, at most one row (21000)
	SubExists
	SubAny // Test compared with each row
	SubAll
	SubArray // ARRAY(…)
)

// Subquery is a subquery in an expression. It is correlated when Rel refers to columns that it does not produce. For SubAny and SubAll, Test is the
// left side and Compare an expression over Test's values, as ColRefs TestCols, and Rel's columns.
type Subquery struct {
	Kind     SubqueryKind
	Rel      Rel
	Test     []Scalar
	TestCols []Column
	Compare  Scalar
	Typ      types.Type
}

// Default stands for a column's default in VALUES of INSERT and in SET; the binder replaces it, it never reaches the planner.
type Default struct{ Typ types.Type }

func (e *ColRef) Type() types.Type     { return e.Typ }
func (e *Const) Type() types.Type      { return e.Typ }
func (e *Param) Type() types.Type      { return e.Typ }
func (e *Call) Type() types.Type       { return e.Typ }
func (e *And) Type() types.Type        { return types.T(types.BoolOID) }
func (e *Or) Type() types.Type         { return types.T(types.BoolOID) }
func (e *Not) Type() types.Type        { return types.T(types.BoolOID) }
func (e *Case) Type() types.Type       { return e.Typ }
func (e *Coalesce) Type() types.Type   { return e.Typ }
func (e *MinMax) Type() types.Type     { return e.Typ }
func (e *NullIf) Type() types.Type     { return e.Left.Type() }
func (e *NullTest) Type() types.Type   { return types.T(types.BoolOID) }
func (e *BoolTest) Type() types.Type   { return types.T(types.BoolOID) }
func (e *IsDistinct) Type() types.Type { return types.T(types.BoolOID) }
func (e *InList) Type() types.Type     { return types.T(types.BoolOID) }
func (e *AnyAll) Type() types.Type     { return types.T(types.BoolOID) }
func (e *Cast) Type() types.Type       { return e.Typ }
func (e *ArrayCtor) Type() types.Type  { return e.Typ }
func (e *RowCtor) Type() types.Type    { return types.T(types.RecordOID) }
func (e *Field) Type() types.Type      { return e.Typ }
func (e *Subscript) Type() types.Type  { return e.Typ }
func (e *Subquery) Type() types.Type   { return e.Typ }

func (e *SubscriptAssign) Type() types.Type { return e.Typ }
func (e *Default) Type() types.Type         { return e.Typ }

func (*ColRef) scalar()     {}
func (*Const) scalar()      {}
func (*Param) scalar()      {}
func (*Call) scalar()       {}
func (*And) scalar()        {}
func (*Or) scalar()         {}
func (*Not) scalar()        {}
func (*Case) scalar()       {}
func (*Coalesce) scalar()   {}
func (*MinMax) scalar()     {}
func (*NullIf) scalar()     {}
func (*NullTest) scalar()   {}
func (*BoolTest) scalar()   {}
func (*IsDistinct) scalar() {}
func (*InList) scalar()     {}
func (*AnyAll) scalar()     {}
func (*Cast) scalar()       {}
func (*ArrayCtor) scalar()  {}
func (*RowCtor) scalar()    {}
func (*Field) scalar()      {}
func (*Subscript) scalar()  {}
func (*Subquery) scalar()   {}

func (*SubscriptAssign) scalar() {}
func (*Default) scalar()         {}
