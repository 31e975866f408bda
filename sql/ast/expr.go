package ast

// Pos is a byte offset into the statement's text from 0; -1 where the parser knows none.
type Pos int32

// NoPos is an unknown position.
const NoPos Pos = -1

// Expr is a scalar expression as written.
type Expr interface{ Position() Pos }

// Name is a possibly qualified name, outermost part first: database, schema, object.
type Name struct {
	Parts []string
	Pos   Pos
}

// Last is the unqualified name.
func (n Name) Last() string {
	if len(n.Parts) == 0 {
		return ""
	}
	return n.Parts[len(n.Parts)-1]
}

// Schema is the qualifier before the last part, "" when there is none.
func (n Name) Schema() string {
	if len(n.Parts) < 2 {
		return ""
	}
	return n.Parts[len(n.Parts)-2]
}

// TypeName is a type as written: array dimensions are counted, typmods are constant expressions.
type TypeName struct {
	Name  Name
	Mods  []Expr
	Array int // number of [] or ARRAY
	SetOf bool
	// IntervalFields is the grammar's mask for INTERVAL YEAR TO MONTH and the like, 0 when not given; a precision is in Mods.
	IntervalFields int32
	Pos            Pos
}

// ColumnRef is a.b.c; a trailing * is Star.
type ColumnRef struct {
	Name Name
	Star bool // a.* or *
	Pos  Pos
}

// ConstKind is the lexical kind of a constant.
type ConstKind uint8

// The kinds of constants.
const (
	ConstNull      ConstKind = iota
	ConstInt                 // fits int4
	ConstNumber              // any other number, in Text
	ConstString              // 'text', of type unknown
	ConstBitString           // B'101' or X'1F', Text starts with b or x
	ConstBool
)

// Const is a literal.
type Const struct {
	Kind ConstKind
	Int  int64
	Bool bool
	Text string
	Pos  Pos
}

// Param is $n, n from 1.
type Param struct {
	N   int
	Pos Pos
}

// OpExpr is an operator call; Left is nil for a prefix operator. LIKE, ILIKE and SIMILAR come as ~~, ~~*, ~ as the grammar makes them.
type OpExpr struct {
	Op          string
	Schema      string // OPERATOR(schema.op)
	Left, Right Expr
	Pos         Pos
}

// QuantifiedExpr is left op ANY/ALL (array). Subqueries are SubLink.
type QuantifiedExpr struct {
	Op    string
	All   bool
	Left  Expr
	Array Expr
	Pos   Pos
}

// InExpr is left [NOT] IN (list).
type InExpr struct {
	Left Expr
	List []Expr
	Not  bool
	Pos  Pos
}

// BetweenExpr is [NOT] BETWEEN [SYMMETRIC].
type BetweenExpr struct {
	X, Low, High   Expr
	Not, Symmetric bool
	Pos            Pos
}

// DistinctExpr is IS [NOT] DISTINCT FROM.
type DistinctExpr struct {
	Left, Right Expr
	Not         bool
	Pos         Pos
}

// NullIfExpr is NULLIF(a, b).
type NullIfExpr struct {
	Left, Right Expr
	Pos         Pos
}

// BoolOp is a logical connective.
type BoolOp uint8

// The connectives.
const (
	And BoolOp = iota
	Or
	Not
)

// BoolExpr is AND or OR over two or more, or NOT over one.
type BoolExpr struct {
	Op   BoolOp
	Args []Expr
	Pos  Pos
}

// NullTest is IS [NOT] NULL.
type NullTest struct {
	X   Expr
	Not bool
	Pos Pos
}

// BooleanTest is IS [NOT] TRUE/FALSE/UNKNOWN.
type BooleanTest struct {
	X     Expr
	Value string // "TRUE", "FALSE", "UNKNOWN"
	Not   bool
	Pos   Pos
}

// FuncCall is a call of a function, aggregate or window function.
type FuncCall struct {
	Name        Name
	Args        []Expr
	ArgNames    []string // parallel to Args where any argument is named, "" for positional; nil otherwise
	Star        bool     // f(*)
	Distinct    bool
	Variadic    bool
	OrderBy     []SortItem
	WithinGroup bool
	Filter      Expr
	Over        *WindowSpec
	// SQLSyntax marks calls the grammar made of EXTRACT, SUBSTRING … FROM, AT TIME ZONE and the like.
	SQLSyntax bool
	Pos       Pos
}

// WindowSpec is OVER (…) or OVER name.
type WindowSpec struct {
	Name                   string // the window itself, in a WINDOW clause
	RefName                string // OVER name, or the window it copies
	Copies                 bool   // OVER (name …) or WINDOW w AS (name …): RefName is copied and added to; false for OVER name
	PartitionBy            []Expr
	OrderBy                []SortItem
	FrameOptions           int32 // the grammar's bits, FrameXxx
	StartOffset, EndOffset Expr
	Pos                    Pos
}

// CaseExpr is CASE; Arg is nil for the searched form; Else may be nil.
type CaseExpr struct {
	Arg   Expr
	Whens []CaseWhen
	Else  Expr
	Pos   Pos
}

// CaseWhen is one WHEN … THEN ….
type CaseWhen struct{ When, Then Expr }

// CoalesceExpr is COALESCE(…).
type CoalesceExpr struct {
	Args []Expr
	Pos  Pos
}

// MinMaxExpr is GREATEST or LEAST.
type MinMaxExpr struct {
	Least bool
	Args  []Expr
	Pos   Pos
}

// CastExpr is CAST(x AS t) or x::t, and also a typed literal such as date '2026-01-01'.
type CastExpr struct {
	X    Expr
	Type TypeName
	Pos  Pos
}

// CollateExpr is x COLLATE name.
type CollateExpr struct {
	X    Expr
	Name Name
	Pos  Pos
}

// ArrayExpr is ARRAY[…].
type ArrayExpr struct {
	Elems []Expr
	Pos   Pos
}

// RowExpr is ROW(…) or (a, b).
type RowExpr struct {
	Fields []Expr
	Pos    Pos
}

// Subscript is one [i] or [lo:hi]; Lower and Upper may be nil in a slice.
type Subscript struct {
	Slice        bool
	Lower, Upper Expr // Upper is the index when not a slice
}

// IndirectionExpr is x[…], (x).field or (x).*.
type IndirectionExpr struct {
	X          Expr
	Subscripts []Subscript // in order; empty when Field is set
	Field      string
	Star       bool
	Pos        Pos
}

// SubLinkKind is the role of a subquery in an expression.
type SubLinkKind uint8

// The roles.
const (
	SubScalar SubLinkKind = iota // (SELECT …)
	SubExists                    // EXISTS (…)
	SubAny                       // x op ANY (…), x IN (…)
	SubAll                       // x op ALL (…)
	SubArray                     // ARRAY(SELECT …)
)

// SubLink is a subquery in an expression. NOT IN comes as a NOT around SubAny with "=".
type SubLink struct {
	Kind  SubLinkKind
	Test  Expr   // left side of ANY/ALL; may be a RowExpr
	Op    string // "=" for IN
	Query *Select
	Pos   Pos
}

// SQLValueFunction is CURRENT_DATE, CURRENT_TIMESTAMP(p), CURRENT_USER … by lower-case name with _ ("current_date").
type SQLValueFunction struct {
	Name string
	Mod  int32 // -1 for none
	Pos  Pos
}

// GroupingFunc is GROUPING(…).
type GroupingFunc struct {
	Args []Expr
	Pos  Pos
}

// SetToDefault is DEFAULT in VALUES or SET.
type SetToDefault struct{ Pos Pos }

// CurrentOf is WHERE CURRENT OF cursor.
type CurrentOf struct {
	Cursor string
	Pos    Pos
}

func (e *ColumnRef) Position() Pos        { return e.Pos }
func (e *Const) Position() Pos            { return e.Pos }
func (e *Param) Position() Pos            { return e.Pos }
func (e *OpExpr) Position() Pos           { return e.Pos }
func (e *QuantifiedExpr) Position() Pos   { return e.Pos }
func (e *InExpr) Position() Pos           { return e.Pos }
func (e *BetweenExpr) Position() Pos      { return e.Pos }
func (e *DistinctExpr) Position() Pos     { return e.Pos }
func (e *NullIfExpr) Position() Pos       { return e.Pos }
func (e *BoolExpr) Position() Pos         { return e.Pos }
func (e *NullTest) Position() Pos         { return e.Pos }
func (e *BooleanTest) Position() Pos      { return e.Pos }
func (e *FuncCall) Position() Pos         { return e.Pos }
func (e *CaseExpr) Position() Pos         { return e.Pos }
func (e *CoalesceExpr) Position() Pos     { return e.Pos }
func (e *MinMaxExpr) Position() Pos       { return e.Pos }
func (e *CastExpr) Position() Pos         { return e.Pos }
func (e *CollateExpr) Position() Pos      { return e.Pos }
func (e *ArrayExpr) Position() Pos        { return e.Pos }
func (e *RowExpr) Position() Pos          { return e.Pos }
func (e *IndirectionExpr) Position() Pos  { return e.Pos }
func (e *SubLink) Position() Pos          { return e.Pos }
func (e *SQLValueFunction) Position() Pos { return e.Pos }
func (e *GroupingFunc) Position() Pos     { return e.Pos }
func (e *SetToDefault) Position() Pos     { return e.Pos }
func (e *CurrentOf) Position() Pos        { return e.Pos }
