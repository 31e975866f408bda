package sql

import (
	"context"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/planner/plan"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/client"
	"vecgres/sql/parser"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// prepared is a statement, its parameters' types and, when it handles rows, its plan. The protocol's and SQL's PREPARE share them.
type prepared struct {
	name      string
	text      string         // the whole query text, which positions count in
	stmt      *ast.Statement // nil: an empty query
	params    []types.OID
	fields    []client.Field // nil: no rows
	shown     shownFields
	completed countedTag
	plan      *plan.Plan     // nil: not one that handles rows
	write     *catalog.Table // what the plan writes
	path      string         // search_path when it was planned
	role      catalog.OID
	stamp     catalog.Stamp // of the facts when the plan was last found to stand
	txn       uint64        // the transaction that planned it
	told      bool          // the client knows the fields
	simple    bool          // of the simple protocol: no parameters
	fromSQL   bool
	created   time.Time
}

func noStatement(name string) error {
	if name == "" {
		return pgerr.New(pgerrcode.InvalidSQLStatementName, "unnamed prepared statement does not exist")
	}
	return pgerr.New(pgerrcode.InvalidSQLStatementName, "prepared statement %q does not exist", name)
}

// statementText is the text that a prepared statement's error positions count in.
func (s *Session) statementText(name string) string {
	if p := s.statements[name]; p != nil {
		return p.text
	}
	return ""
}

// Parse prepares a statement.
func (s *Session) Parse(ctx context.Context, name, text string, paramTypes []types.OID) (err error) {
	s.begin(nil, text)
	ctx, cancel := s.statementContext(ctx)
	defer cancel()
	defer func() { err = s.statementFailed(ctx, text, err, recover()) }()
	if _, ok := s.statements[name]; ok && name != "" {
		return duplicateStatement(name)
	}
	delete(s.statements, "")
	list, err := parser.Parse(text)
	if err != nil {
		return err
	}
	if len(list) > 1 {
		return pgerr.New(pgerrcode.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	p := &prepared{name: name, text: text, params: paramTypes, created: time.Now()}
	if len(list) == 1 {
		p.stmt = &list[0]
	}
	if err := s.analyze(ctx, p); err != nil {
		return err
	}
	s.statements[name] = p
	return nil
}

func duplicateStatement(name string) error {
	return pgerr.New(pgerrcode.DuplicatePreparedStatement, "prepared statement %q already exists", name)
}

// inner is a statement that is part of p and shares its parameters.
func (p *prepared) inner(st ast.Stmt) *prepared {
	return &prepared{text: p.text, stmt: &ast.Statement{Stmt: st, Text: p.text}, params: p.params, simple: p.simple, created: p.created}
}

// DescribeStatement gives a prepared statement's parameter types and fields; nil fields mean no rows.
func (s *Session) DescribeStatement(ctx context.Context, name string) (_ []types.OID, _ []client.Field, err error) {
	p, ok := s.statements[name]
	if !ok {
		return nil, nil, noStatement(name)
	}
	s.begin(nil, "")
	defer func() { err = s.statementFailed(ctx, p.text, err, recover()) }()
	if p.fields != nil && s.txn != nil && s.txn.failed {
		return nil, nil, errInFailed
	}
	if p.plan != nil {
		if err := s.beginStatement(ctx); err != nil {
			return nil, nil, err
		}
		if err := s.readyPlan(ctx, p); err != nil {
			return nil, nil, err
		}
	}
	p.told = true
	return p.params, p.fields, nil
}

// CloseStatement drops a prepared statement; one that is not there is no error.
func (s *Session) CloseStatement(name string) error {
	delete(s.statements, name)
	return nil
}

// runPrepare is SQL's PREPARE.
func (s *Session) runPrepare(ctx context.Context, text string, st *ast.Prepare) error {
	if _, ok := s.statements[st.Name]; ok {
		return duplicateStatement(st.Name)
	}
	p := &prepared{name: st.Name, text: text, stmt: &ast.Statement{Stmt: st.Stmt, Text: text}, fromSQL: true, created: time.Now()}
	if err := s.beginStatement(ctx); err != nil {
		return err
	}
	for _, tn := range st.Types {
		t, err := binder.ResolveType(tn, s.binderOptions(nil))
		if err != nil {
			return err
		}
		p.params = append(p.params, t.OID)
	}
	if err := s.analyze(ctx, p); err != nil {
		return err
	}
	s.statements[st.Name] = p
	return nil
}

// executeValues evaluates EXECUTE's arguments for the statement.
func (s *Session) executeValues(ctx context.Context, p *prepared, args []ast.Expr) ([]types.Datum, error) {
	if len(args) != len(p.params) {
		return nil, pgerr.New(pgerrcode.SyntaxError, "wrong number of parameters for prepared statement %q", p.name).
			WithDetail("Expected %d parameters but got %d.", len(p.params), len(args))
	}
	values := make([]types.Datum, len(args))
	for i, a := range args {
		v, err := s.evalConstant(ctx, a, types.T(p.params[i]))
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return values, nil
}

// runDeallocate is DEALLOCATE; an empty name is ALL.
func (s *Session) runDeallocate(name string) error {
	if name == "" {
		clear(s.statements)
		return nil
	}
	if _, ok := s.statements[name]; !ok {
		return noStatement(name)
	}
	delete(s.statements, name)
	return nil
}
