package ast

// TableExpr is an item of FROM.
type TableExpr interface{ Position() Pos }

// Alias is AS name (columns…).
type Alias struct {
	Name    string
	Columns []string
}

// RangeVar is a table by name.
type RangeVar struct {
	Name  Name
	Only  bool
	Alias *Alias
	Pos   Pos
}

// RangeSubselect is a subquery in FROM.
type RangeSubselect struct {
	Query   *Select
	Lateral bool
	Alias   *Alias
	Pos     Pos
}

// RangeFunction is a function in FROM; several with ROWS FROM.
type RangeFunction struct {
	Funcs      []*FuncCall // a SQLValueFunction is wrapped by the parser as a FuncCall of its name
	ColumnDefs []ColumnDef // AS t(a int, b text)
	Lateral    bool
	Ordinality bool
	Alias      *Alias
	Pos        Pos
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The kinds of joins.
const (
	JoinInner JoinKind = iota
	JoinLeft
	JoinRight
	JoinFull
	JoinCross
)

// JoinExpr is a join of two items.
type JoinExpr struct {
	Kind        JoinKind
	Natural     bool
	Left, Right TableExpr
	On          Expr
	Using       []string
	UsingAlias  string // JOIN … USING (…) AS name
	Alias       *Alias
	Pos         Pos
}

func (t *RangeVar) Position() Pos       { return t.Pos }
func (t *RangeSubselect) Position() Pos { return t.Pos }
func (t *RangeFunction) Position() Pos  { return t.Pos }
func (t *JoinExpr) Position() Pos       { return t.Pos }
