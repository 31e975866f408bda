package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// Options is what binding depends on beside the statement.
type Options struct {
	Catalog    catalog.Reader
	SearchPath []string      // resolved schema names in order, "$user" already replaced; pg_catalog is searched first unless listed
	Role       *catalog.Role // the current role
	Env        *types.Env    // for parsing literals
	ParamTypes []types.OID   // given by the client ($n; 0 = unspecified)
	// FixedParams refuses parameters beyond ParamTypes (42P02), as the simple protocol and expressions outside of queries do.
	FixedParams bool
	// Context is what BindExpr binds, for its restrictions and their texts.
	Context ExprContext
	// ParseExpr and ParseSelect parse stored texts: defaults, checks, index keys, views.
	ParseExpr   func(string) (ast.Expr, error)
	ParseSelect func(string) (*ast.Select, error)
	Notice      func(*pgerr.Notice) // may be nil
}

// depthMax bounds the nesting of expressions and queries. Postgres has a bound too, in bytes of stack.
const depthMax = 2500

// columnsMax is Postgres' bound on a target list.
const columnsMax = 1664

// binder is the state of binding one statement.
type binder struct {
	o       *Options
	env     *types.Env
	params  []types.Type   // by n-1; OID 0 where not seen, unknown where not yet told
	untyped []*bound.Param // parameters whose type was not known where they stand
	nextCol bound.ColumnID // the next free one
	nextCTE int
	columns map[bound.ColumnID]*origin
	pos     map[bound.Scalar]ast.Pos // of untyped literals, parameters and column references
	shapes  map[bound.ColumnID][]bound.Column
	depends map[bound.Dependency]bool
	result  bound.Result
	depth   int
	views   []catalog.OID // being expanded, outermost first

	cutNames map[string]bool // identifiers that a notice has been given for
}

// origin tells where a column comes from.
type origin struct {
	query *query // the query whose FROM, aggregates … define it
	item  *item  // the FROM item; nil for what a query computes
	col   bound.Column
	role  columnRole
}

// columnRole is what kind of place defines a column.
type columnRole uint8

const (
	fromColumn columnRole = iota
	aggColumn
	windowColumn
	srfColumn
	groupingColumn
)

func newBinder(o *Options) *binder {
	b := &binder{
		o: o, env: o.Env, nextCol: 1, nextCTE: 1,
		columns: map[bound.ColumnID]*origin{}, pos: map[bound.Scalar]ast.Pos{}, shapes: map[bound.ColumnID][]bound.Column{},
		depends: map[bound.Dependency]bool{},
	}
	if b.env == nil {
		b.env = &types.Env{}
	}
	b.params = make([]types.Type, len(o.ParamTypes))
	for i, t := range o.ParamTypes {
		if t != types.Unspecified && t != types.UnknownOID {
			b.params[i] = types.T(t)
		}
	}
	return b
}

// Bind binds a SELECT, INSERT, UPDATE or DELETE. Errors are *pgerr.Error with a position where the fault has one.
func Bind(stmt ast.Stmt, o *Options) (*bound.Result, error) {
	b := newBinder(o)
	s, err := b.statement(stmt, nil)
	if err != nil {
		return nil, err
	}
	if err := b.checkParams(); err != nil {
		return nil, err
	}
	b.result.Stmt = s
	b.result.Params = b.params
	for d := range b.depends {
		b.result.Depends = append(b.result.Depends, d)
	}
	sortDependencies(b.result.Depends)
	return &b.result, nil
}

func (b *binder) statement(stmt ast.Stmt, parent *query) (bound.Statement, error) {
	switch s := stmt.(type) {
	case *ast.Select:
		return b.topSelect(s)
	case *ast.Insert:
		return b.insert(s, parent)
	case *ast.Update:
		return b.update(s, parent)
	case *ast.Delete:
		return b.delete(s, parent)
	case *ast.Unsupported:
		return nil, pgerr.Unimplemented(s.Feature).At(int(s.Pos))
	}
	return nil, pgerr.Internal(nil, "binder: %T is not a statement with rows", stmt)
}

// BindExpr binds an expression over a table's columns: defaults, checks, index keys, ALTER … USING. Cols stand for the table's live columns in
// order, with IDs of the caller's; both may be nil, then no columns can be named. o.Context says what the expression is for.
func BindExpr(e ast.Expr, table *catalog.Table, cols []bound.Column, o *Options) (bound.Scalar, error) {
	if o.Context != GeneralExpr {
		fixed := *o
		fixed.FixedParams = true
		o = &fixed
	}
	b := newBinder(o)
	s, err := b.tableExpr(e, table, cols, o.Context)
	if err != nil {
		return nil, err
	}
	return s, b.checkParams()
}

// CoerceTo converts a scalar to a type where the context allows it: 42846 when there is no such cast, 42804 when the context is too weak for it.
func CoerceTo(s bound.Scalar, t types.Type, ctx types.CastContext, o *Options) (bound.Scalar, error) {
	b := newBinder(o)
	c, err := b.coerce(s, t, ctx, ast.NoPos)
	if err != nil || c != nil {
		return c, err
	}
	if ctx == types.CastExplicit {
		return nil, cannotCast(s.Type(), t)
	}
	return nil, pgerr.New(pgerrcode.DatatypeMismatch, "expression is of type %s but should be of type %s", typeName(s.Type()), typeName(t)).
		WithHint("You will need to rewrite or cast the expression.")
}

// ResolveType finds a type by its name, with its modifier and array dimensions. serial and its kin are no types here.
func ResolveType(tn ast.TypeName, o *Options) (types.Type, error) {
	return newBinder(o).resolveType(tn)
}

// WriteInfo binds what keeps a table's promises when rows are written: checks, generated columns and index keys over columns for the new row,
// whose IDs begin at 1. INSERT and UPDATE have it in their trees; COPY and ALTER TABLE ask for it here.
func WriteInfo(t *catalog.Table, o *Options) (*bound.TableWrite, error) {
	b := newBinder(o)
	w, err := b.tableWrite(t)
	if err != nil {
		return nil, err
	}
	return &w, nil
}

// ColumnDefault is what a column gets when nothing is given for it: its DEFAULT, or the next number of its own sequence, converted to its type; nil
// for NULL and for generated columns.
func ColumnDefault(t *catalog.Table, c *catalog.Column, o *Options) (bound.Scalar, error) {
	return newBinder(o).columnDefault(t, c)
}

// LookupTable finds a relation by name through the search path: 42P01 when there is none, with the name's position.
func LookupTable(name ast.Name, o *Options) (*catalog.Table, error) {
	return newBinder(o).lookupTable(name)
}

// newColumn makes a column of a given place.
func (b *binder) newColumn(name string, t types.Type) bound.Column {
	c := bound.Column{ID: b.nextCol, Name: name, Type: t}
	b.nextCol++
	return c
}

// ref is a reference to a column.
func ref(c bound.Column) *bound.ColRef { return &bound.ColRef{ID: c.ID, Typ: c.Type} }

// enter counts the depth; leave must follow.
func (b *binder) enter() error {
	if b.depth++; b.depth > depthMax {
		return pgerr.New(pgerrcode.StatementTooComplex, "stack depth limit exceeded").
			WithHint("Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the platform's stack depth limit is adequate.")
	}
	return nil
}

func (b *binder) leave() { b.depth-- }

func (b *binder) notice(n *pgerr.Notice) {
	if b.o.Notice != nil {
		b.o.Notice(n)
	}
}
