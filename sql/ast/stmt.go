package ast

// Stmt is a statement as written.
type Stmt interface{ stmt() }

// Statement is a parsed statement with its own text.
type Statement struct {
	Stmt   Stmt
	Text   string // the statement's own text, without the semicolon
	Offset int    // where Text begins in the whole query, in bytes: positions in Stmt count from the whole query's start
}

// SortItem is an item of ORDER BY. Using names an operator in USING form.
type SortItem struct {
	Expr       Expr
	Desc       bool
	NullsFirst *bool // nil: as the direction says (last when ascending)
	Using      string
}

// SelectItem is an item of a target list.
type SelectItem struct {
	Expr  Expr
	Alias string // "" when not given
	Pos   Pos
}

// CTE is an item of WITH.
type CTE struct {
	Name         string
	Columns      []string
	Query        Stmt // *Select, *Insert, *Update or *Delete
	Materialized *bool
	Pos          Pos
}

// With is a WITH clause.
type With struct {
	Recursive bool
	CTEs      []CTE
}

// SetOp combines two selects.
type SetOp uint8

// The set operations; SetNone is a plain select.
const (
	SetNone SetOp = iota
	SetUnion
	SetIntersect
	SetExcept
)

// Locking is FOR UPDATE and the like.
type Locking struct {
	Strength string // "UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"
	Of       []Name
	Wait     string // "", "NOWAIT", "SKIP LOCKED"
}

// Select is SELECT, VALUES, TABLE or a set operation over two of them.
type Select struct {
	With          *With
	Distinct      bool
	DistinctOn    []Expr // not nil for DISTINCT ON
	Items         []SelectItem
	From          []TableExpr
	Where         Expr
	GroupBy       []Expr // GroupingSet items say ROLLUP and the like
	GroupDistinct bool
	Having        Expr
	Windows       []WindowSpec
	Values        [][]Expr // VALUES lists; then Items and From are empty
	OrderBy       []SortItem
	Limit         Expr // nil for none or ALL
	WithTies      bool
	Offset        Expr
	Locking       []Locking
	Op            SetOp // with Left and Right set
	All           bool
	Left, Right   *Select
	Into          *RangeVar // SELECT INTO
	Pos           Pos
}

// GroupingSet is ROLLUP, CUBE, GROUPING SETS or () in GROUP BY.
type GroupingSet struct {
	Kind  string // "EMPTY", "ROLLUP", "CUBE", "SETS"
	Items []Expr
	Pos   Pos
}

// Position is where the grouping set begins.
func (g *GroupingSet) Position() Pos { return g.Pos }

// Assignment is one column = value of SET; several targets take the fields of one row source.
type Assignment struct {
	Column     string
	Subscripts []Subscript
	Value      Expr
	// For (a, b) = (SELECT …) or ROW(…): the source is shared, Field counts from 0 and Fields is the number of targets.
	MultiSource   Expr
	Field, Fields int
	Pos           Pos
}

// OnConflict is ON CONFLICT.
type OnConflict struct {
	Columns    []IndexElem // the arbiter, by its elements
	Where      Expr        // the arbiter's predicate
	Constraint string
	DoUpdate   bool
	Set        []Assignment
	SetWhere   Expr
	Pos        Pos
}

// Insert is INSERT. Source is nil for DEFAULT VALUES.
type Insert struct {
	With       *With
	Table      *RangeVar
	Columns    []InsertColumn
	Source     *Select
	Overriding string // "", "USER", "SYSTEM"
	Conflict   *OnConflict
	Returning  []SelectItem
}

// InsertColumn is a target column of INSERT.
type InsertColumn struct {
	Name       string
	Subscripts []Subscript
	Pos        Pos
}

// Update is UPDATE.
type Update struct {
	With      *With
	Table     *RangeVar
	Set       []Assignment
	From      []TableExpr
	Where     Expr
	Returning []SelectItem
}

// Delete is DELETE.
type Delete struct {
	With      *With
	Table     *RangeVar
	Using     []TableExpr
	Where     Expr
	Returning []SelectItem
}

// Explain is EXPLAIN; options by lower-case name ("analyze", "verbose", "format", "costs", "recall" …) with their values ("" for plain presence).
type Explain struct {
	Options []Option
	Stmt    Stmt
}

// Option is name [= value] in an option list; Value is the text of whatever was given, Number tells that it was written as one.
type Option struct {
	Name   string
	Value  string
	Given  bool // a value was given
	Number bool
	Pos    Pos
}

// Copy is COPY. Filename "" means STDIN or STDOUT.
type Copy struct {
	Table    *RangeVar
	Columns  []string
	Query    Stmt
	From     bool
	Filename string
	Program  bool
	Options  []CopyOption
	Where    Expr
}

// CopyOption is an option of COPY; List holds column lists (nil for *: All).
type CopyOption struct {
	Option
	List []string
	All  bool
}

// Transaction is BEGIN, COMMIT and the rest.
type Transaction struct {
	Kind       string // "BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "ROLLBACK TO", "PREPARE", "COMMIT PREPARED", "ROLLBACK PREPARED"
	Savepoint  string
	Isolation  string // "", "read committed" …
	ReadOnly   *bool
	Deferrable *bool
	Chain      bool
}

// Set is SET, RESET and SET TRANSACTION-like settings. Values are the arguments' texts.
type Set struct {
	Name    string
	Values  []string
	Local   bool
	Default bool     // SET … TO DEFAULT, or RESET name
	Reset   bool     // RESET name
	All     bool     // RESET ALL
	Multi   []Option // SET [SESSION CHARACTERISTICS AS] TRANSACTION …: modes; Name is "TRANSACTION" or "SESSION CHARACTERISTICS"
}

// Show is SHOW name; "all" for ALL.
type Show struct{ Name string }

// Prepare is PREPARE.
type Prepare struct {
	Name  string
	Types []TypeName
	Stmt  Stmt
}

// Execute is EXECUTE.
type Execute struct {
	Name string
	Args []Expr
}

// Deallocate is DEALLOCATE; Name "" is ALL.
type Deallocate struct{ Name string }

// DeclareCursor is DECLARE … CURSOR.
type DeclareCursor struct {
	Name                           string
	Query                          *Select
	Binary, Scroll, NoScroll, Hold bool
}

// Fetch is FETCH or MOVE.
type Fetch struct {
	Cursor    string
	Direction string // "FORWARD", "BACKWARD", "ABSOLUTE", "RELATIVE"
	Count     int64  // math.MaxInt64 for ALL
	Move      bool
}

// CloseCursor is CLOSE; Name "" is ALL.
type CloseCursor struct{ Name string }

// Discard is DISCARD ALL, PLANS, SEQUENCES or TEMP.
type Discard struct{ Target string }

// LockTable is LOCK TABLE; Mode is as pg_locks prints it ("AccessExclusiveLock").
type LockTable struct {
	Tables []*RangeVar
	Mode   string
	NoWait bool
}

// Vacuum is VACUUM or ANALYZE.
type Vacuum struct {
	Analyze bool // ANALYZE alone
	Options []Option
	Tables  []*RangeVar
	Columns [][]string // parallel to Tables: the columns to analyze, nil for all
}

// SetConstraints is SET CONSTRAINTS; Names is empty for ALL.
type SetConstraints struct {
	Names    []Name
	Deferred bool
}

// Checkpoint is CHECKPOINT.
type Checkpoint struct{}

// Do is DO; its code is never run (0A000).
type Do struct{}

// Notify is LISTEN, NOTIFY or UNLISTEN.
type Notify struct {
	Kind, Channel, Payload string
}

// Unsupported is a statement that the grammar accepts and vecgres does not do; Feature names it for 0A000.
type Unsupported struct {
	Feature string
	Pos     Pos
}

func (*Select) stmt()         {}
func (*Insert) stmt()         {}
func (*Update) stmt()         {}
func (*Delete) stmt()         {}
func (*Explain) stmt()        {}
func (*Copy) stmt()           {}
func (*Transaction) stmt()    {}
func (*Set) stmt()            {}
func (*Show) stmt()           {}
func (*Prepare) stmt()        {}
func (*Execute) stmt()        {}
func (*Deallocate) stmt()     {}
func (*DeclareCursor) stmt()  {}
func (*Fetch) stmt()          {}
func (*CloseCursor) stmt()    {}
func (*Discard) stmt()        {}
func (*LockTable) stmt()      {}
func (*Vacuum) stmt()         {}
func (*SetConstraints) stmt() {}
func (*Checkpoint) stmt()     {}
func (*Do) stmt()             {}
func (*Notify) stmt()         {}
func (*Unsupported) stmt()    {}
