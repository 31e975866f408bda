package funcs

import (
	"context"
	"time"

	"vecgres/sql/types"
)

// Context is what a running statement offers to its functions. One per statement; not for concurrent use.
type Context struct {
	context.Context
	Env           *types.Env
	StatementTime time.Time // clock_timestamp() aside, Postgres' statement_timestamp(); the transaction's start is Env.Now
	System        System    // session and catalog facts, sequences
}

// System is what functions may ask of the session and the catalog: current_user, nextval, pg_get_indexdef and the like.
// It is implemented by the session; a nil System makes such functions fail with 0A000.
type System interface {
	CurrentUser() string
	SessionUser() string
	CurrentDatabase() string
	CurrentSchema() string             // "" when there is none
	SearchPath(implicit bool) []string // current_schemas()
	BackendPID() int32
	Setting(name string, missingOK bool) (value string, ok bool, err error)
	SetSetting(name, value string, local bool) (string, error)

	NextVal(sequence uint32) (int64, error)
	CurrVal(sequence uint32) (int64, error)
	LastVal() (int64, error)
	SetVal(sequence uint32, value int64, called bool) (int64, error)

	// Catalog asks the catalog by a function's SQL name, for the pg_get_* family and other functions that read the catalog
	// (pg_get_indexdef, pg_get_constraintdef, pg_get_expr, pg_table_is_visible, obj_description, has_table_privilege,
	// pg_relation_size, to_regclass …). Args are the SQL arguments.
	Catalog(name string, args []types.Datum) (types.Datum, error)
	// Cancel ends another backend's statement (pg_cancel_backend) or, with terminate, its session.
	Cancel(pid int32, terminate bool) bool
}

// Volatility is provolatile.
type Volatility byte

// Volatilities.
const (
	Immutable Volatility = 'i'
	Stable    Volatility = 's'
	Volatile  Volatility = 'v'
)

// Func computes a scalar function. Args are as long as the call's arguments (a variadic call passes its variadic arguments spread, unless
// the overload says VariadicArray); a strict function never sees NULL.
type Func func(ctx *Context, args []types.Datum) (types.Datum, error)

// Overload is one pg_proc row with its implementation.
type Overload struct {
	OID        uint32 // pg_proc's where Postgres has the function
	Name       string
	Args       []types.OID
	Variadic   types.OID // element type of a trailing VARIADIC parameter (AnyOID for "any"), 0 for none; Args then leaves it out
	Defaults   int       // how many trailing Args may be left out (their values are appended by Fill)
	Fill       []types.Datum
	Ret        types.OID // a pseudo-type (anyelement, anyarray …) is resolved from the arguments
	Strict     bool
	Volatility Volatility
	Fn         Func // nil when Typed is set; call sites use Bind, which knows both

	// Typed, when not nil, makes the Func for one call site from its arguments' types (after casting, variadic ones spread): for functions
	// such as concat, to_jsonb or pg_typeof, whose work depends on types that a Datum does not carry.
	Typed func(args []types.Type) Func
	// ArgNames are the parameters' names for name => value notation, nil when Postgres gives none.
	ArgNames []string

	// RetType, when not nil, gives the result's typmod-carrying type from the arguments' (subvector, vector aggregates, coalesce-like functions).
	RetType func(args []types.Type) types.Type
}

// Bind is the function to run at a call site whose arguments, after casting, have these types. Call it once per call site, not per row.
func (o *Overload) Bind(args []types.Type) Func {
	if o.Typed != nil {
		return o.Typed(args)
	}
	return o.Fn
}

// SetReturning is a function in FROM (or, for one column, in a select list): generate_series, unnest, jsonb_array_elements, regexp_split_to_table …
type SetReturning struct {
	OID      uint32
	Name     string
	Args     []types.OID
	Variadic types.OID
	Columns  []ResultColumn // one column named like the function where Postgres has no OUT parameters
	Strict   bool           // a NULL argument gives no rows
	Fn       SetFunc        // nil when Typed is set; call sites use Bind, which knows both

	Volatility Volatility
	ArgNames   []string // as Overload.ArgNames
	Defaults   int      // as in Overload: Args that may be left out, with their values in Fill
	Fill       []types.Datum
	// Typed makes the SetFunc for one call site from its arguments' types and, when Record is set, the columns of its definition list.
	Typed func(args []types.Type, columns []ResultColumn) SetFunc
	// Record marks functions that return record and need AS t(name type, …): json_to_recordset and its kin. Columns is then nil.
	Record bool
}

// SetFunc computes a set: it calls emit once per row and stops at emit's error. The row slice may be reused after emit returns.
type SetFunc func(ctx *Context, args []types.Datum, emit func(row []types.Datum) error) error

// Bind is the function to run at a call site, as Overload.Bind. Columns are the resolved ones, or those of the definition list.
func (s *SetReturning) Bind(args []types.Type, columns []ResultColumn) SetFunc {
	if s.Typed != nil {
		return s.Typed(args, columns)
	}
	return s.Fn
}

// ResultColumn is an OUT parameter of a SetReturning.
type ResultColumn struct {
	Name string
	Type types.OID // pseudo-types are resolved from the arguments
}

// Aggregate is an aggregate function. A new state is made for each group.
type Aggregate struct {
	OID      uint32
	Name     string
	Args     []types.OID // empty for count(*)
	Variadic types.OID
	Ret      types.OID // a pseudo-type is resolved from the arguments
	Strict   bool      // rows with a NULL argument are left out before Add
	New      func(ctx *Context, args []types.Type) AggState
	// Ordered marks aggregates whose result depends on input order (array_agg, string_agg, json_agg).
	Ordered bool
	// OrderedSet marks WITHIN GROUP aggregates (percentile_cont, mode): direct arguments come before the sorted one.
	OrderedSet bool
	// Hypothetical marks those of them that place a row among the group's (rank, cume_dist): there is a direct argument for each sorted one, of
	// its type. Add then gets, in the order of the rows, how a row compares with that of the direct arguments (int4: -1, 0, 1) and whether it
	// differs from the row before (bool), in place of the arguments.
	Hypothetical bool
	// Window-only functions (row_number, rank, lag …) are not aggregates and are listed elsewhere once supported.
}

// AggState accumulates one group.
type AggState interface {
	Add(args []types.Datum) error
	// Result is the value so far. It leaves the state as it is: rows may be added after it, and it may be called again.
	Result() (types.Datum, error)
}

// Operator is a pg_operator row; its work is done by the overload named Fn.
type Operator struct {
	OID         uint32
	Name        string
	Left, Right types.OID // Left 0 for a prefix operator
	Ret         types.OID
	Fn          *Overload
	Commutator  string
	Negator     string
}

// Lookup functions. The registry is filled at init and read-only afterwards: safe for concurrent use.

// Functions are the scalar overloads of a name, in a fixed order.
func Functions(name string) []*Overload { return registry.funcs[name] }

// SetReturnings are the set-returning overloads of a name.
func SetReturnings(name string) []*SetReturning { return registry.srfs[name] }

// Aggregates are the aggregate overloads of a name.
func Aggregates(name string) []*Aggregate { return registry.aggs[name] }

// Operators are the operators of a name: binary ones, or prefix ones.
func Operators(name string, prefix bool) []*Operator {
	if prefix {
		return registry.prefix[name]
	}
	return registry.binary[name]
}

var registry = struct {
	funcs          map[string][]*Overload
	srfs           map[string][]*SetReturning
	aggs           map[string][]*Aggregate
	prefix, binary map[string][]*Operator
}{map[string][]*Overload{}, map[string][]*SetReturning{}, map[string][]*Aggregate{}, map[string][]*Operator{}, map[string][]*Operator{}}
