package sql

import (
	"context"
	"errors"
	"runtime/debug"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/planner"
	"vecgres/planner/exec"
	"vecgres/planner/plan"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/client"
	"vecgres/sql/engineerr"
	"vecgres/sql/funcs"
	"vecgres/sql/parser"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// Query runs the statements of one simple-protocol message as one implicit transaction, unless they say otherwise.
func (s *Session) Query(ctx context.Context, text string, out client.Output) (err error) {
	s.begin(out, text)
	defer s.rest()
	defer s.reportSettings()
	defer func() { err = s.statementFailed(ctx, text, err, recover()) }()
	delete(s.statements, "")
	if p := s.portals[""]; p != nil {
		s.drop("", p)
	}
	statements, err := parser.Parse(text)
	if err != nil {
		return err
	}
	if len(statements) == 0 {
		return out.Empty()
	}
	s.several = len(statements) > 1
	defer func() { s.several = false }()
	for i := range statements {
		if err := s.runSimple(ctx, text, &statements[i], out); err != nil {
			return err
		}
	}
	return s.endImplicit(ctx)
}

// endImplicit commits what is not in a block.
func (s *Session) endImplicit(ctx context.Context) error {
	if s.txn == nil || s.txn.block {
		return nil
	}
	return s.endTransaction(ctx, true)
}

// statementFailed is the one place where a failure ends: a panic becomes XX000 with its stack in the log, the transaction fails or is rolled back,
// positions are counted in characters.
func (s *Session) statementFailed(ctx context.Context, text string, err error, panicked any) error {
	if panicked != nil {
		s.server.Logger.Error("panic in a statement", "panic", panicked, "stack", string(debug.Stack()), "statement", text)
		err = pgerr.New(pgerrcode.InternalError, "internal error")
	}
	if err == nil {
		return nil
	}
	err = s.interrupted(ctx, engineerr.Map(err))
	s.fail(ctx)
	e := *pgerr.From(err)
	if e.Code == pgerrcode.InternalError && e.Cause != nil {
		s.server.Logger.Error("internal error", "error", e.Cause, "message", e.Message, "statement", text)
	}
	if e.Position > 0 && e.Position-1 <= len(text) {
		e.Position = utf8.RuneCountInString(text[:e.Position-1]) + 1
	}
	var fatal *client.Fatal
	if errors.As(err, &fatal) {
		return &client.Fatal{Err: &e}
	}
	return &e
}

// interrupted gives a cancelled statement the reason that its context knows.
func (s *Session) interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil || pgerr.Code(err) != pgerrcode.QueryCanceled {
		return err
	}
	var cause *pgerr.Error
	if errors.As(context.Cause(ctx), &cause) {
		return cause
	}
	return err
}

func (s *Session) runSimple(ctx context.Context, text string, st *ast.Statement, out client.Output) error {
	ctx, cancel := s.statementContext(ctx)
	defer cancel()
	p := &prepared{text: text, stmt: st, simple: true, created: s.began}
	if err := s.analyze(ctx, p); err != nil {
		return err
	}
	port := &portal{prepared: p}
	defer s.release(port)
	if err := s.start(ctx, port, out); err != nil {
		return err
	}
	if port.fields != nil {
		if err := out.Fields(port.fields); err != nil {
			return err
		}
	}
	_, err := s.pump(ctx, port, 0, out)
	return err
}

// pump sends rows until the end, or until max of them when max is above 0; done tells which.
func (s *Session) pump(ctx context.Context, p *portal, max int, out client.Output) (done bool, err error) {
	p.runUnder(ctx)
	for n := 0; p.rows != nil; n++ {
		if max > 0 && n == max {
			return false, out.Suspended()
		}
		row, ok, err := p.next()
		if err == nil {
			err = ctx.Err() // rows that are there already, and a statement that cancelled itself
		}
		if err != nil {
			return false, err
		}
		if !ok {
			break
		}
		p.sent++
		if err := out.Row(row); err != nil {
			return false, err
		}
	}
	return true, out.Complete(p.completion())
}

// runUnder gives a plan that goes on the context of this message.
func (p *portal) runUnder(ctx context.Context) {
	if p.exec != nil {
		p.exec.Context, p.exec.Funcs.Context = ctx, ctx
		if y, ok := p.exec.Funcs.System.(*system); ok {
			y.ctx = ctx
		}
	}
}

// isRows tells the statements that are bound and planned.
func isRows(st ast.Stmt) bool {
	switch st := st.(type) {
	case *ast.Select:
		return st.Into == nil
	case *ast.Insert, *ast.Update, *ast.Delete:
		return true
	}
	return false
}

// endsFailedBlock tells the statements that a failed transaction accepts.
func endsFailedBlock(st ast.Stmt) bool {
	t, ok := st.(*ast.Transaction)
	return ok && (t.Kind == "COMMIT" || t.Kind == "ROLLBACK" || t.Kind == "ROLLBACK TO")
}

// analyze binds and plans a statement that handles rows, and locks what it writes; others are left for when they run, but for their
// result's fields.
func (s *Session) analyze(ctx context.Context, p *prepared) error {
	if p.stmt == nil {
		return nil
	}
	if s.txn != nil && s.txn.failed && !endsFailedBlock(p.stmt.Stmt) {
		return errInFailed
	}
	if !isRows(p.stmt.Stmt) {
		return s.utilityFields(ctx, p)
	}
	if err := s.beginStatement(ctx); err != nil {
		return err
	}
	return s.readyPlan(ctx, p)
}

// planRows binds and plans; the parameter types found are kept, so that a later plan has the same.
func (s *Session) planRows(p *prepared) error {
	o := s.binderOptions(p.params)
	o.FixedParams = p.simple
	res, err := binder.Bind(p.stmt.Stmt, o)
	if err != nil {
		return err
	}
	made, err := planner.Plan(res, s.plannerOptions())
	if err != nil {
		return err
	}
	p.params = make([]types.OID, len(res.Params))
	for i, t := range res.Params {
		p.params[i] = t.OID
	}
	fields := planFields(made)
	if p.plan != nil && !sameFields(p.fields, fields) && (p.told || p.txn != s.txn.ID()) {
		return pgerr.New(pgerrcode.FeatureNotSupported, "cached plan must not change result type")
	}
	p.plan, p.write, p.fields, p.stamp = made, writeTarget(res.Stmt), fields, nil
	p.shown = shownFields{}
	p.txn = s.txn.ID()
	p.path = s.effective().searchPath
	p.role = s.role.OID
	return nil
}

// planFields are a plan's fields; a SELECT has some even when it has no columns, for clients expect a description before rows.
func planFields(made *plan.Plan) []client.Field {
	if made.Out == nil && made.Tag == "SELECT" {
		return []client.Field{}
	}
	return fieldsOf(made.Out)
}

func fieldsOf(cols []bound.Column) []client.Field {
	if cols == nil {
		return nil
	}
	fields := make([]client.Field, len(cols))
	for i, c := range cols {
		fields[i] = client.Field{Name: c.Name, TableOID: c.TableOID, AttNum: c.AttNum, Type: c.Type}
	}
	return fields
}

func sameFields(a, b []client.Field) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Type != b[i].Type {
			return false
		}
	}
	return true
}

// writeTarget is the table that a statement writes, nil for a query.
func writeTarget(st bound.Statement) *catalog.Table {
	switch st := st.(type) {
	case *bound.Insert:
		return st.Write.Table
	case *bound.Update:
		return st.Write.Table
	case *bound.Delete:
		return st.Table
	}
	return nil
}

// current tells whether a plan still stands: its objects are as they were, and names would be resolved by the same path.
func (s *Session) current(p *prepared) (bool, error) {
	if p.plan == nil || p.role != s.role.OID {
		return false, nil
	}
	if p.plan.PathDepends && s.effective().searchPath != p.path {
		return false, nil
	}
	if p.stamp != nil {
		same, err := s.txn.snapshot.Unchanged(p.stamp)
		if same || err != nil {
			return same, err
		}
	}
	namespaces := []catalog.NamespaceID{catalog.SystemNamespace}
	for _, d := range p.plan.Depends {
		t, err := s.txn.snapshot.TableByOID(d.OID)
		if err != nil {
			return false, err
		}
		if t == nil || t.Version != d.Version {
			return false, nil
		}
		if t.Namespace != 0 {
			namespaces = append(namespaces, t.Namespace)
		}
	}
	stamp, err := s.txn.snapshot.Stamp(namespaces)
	p.stamp = stamp
	return true, err
}

// rowExclusive is the table lock of INSERT, UPDATE and DELETE.
const rowExclusive = 3

// readyPlan makes sure that the plan fits the catalog as it is now, and for writes that it stays so to the end of the transaction.
func (s *Session) readyPlan(ctx context.Context, p *prepared) error {
	for {
		ok, err := s.current(p)
		if err != nil {
			return err
		}
		if !ok {
			if err := s.planRows(p); err != nil {
				return err
			}
		}
		if p.write == nil || p.write.Storage == 0 {
			return nil
		}
		if err := s.txn.snapshot.LockTable(ctx, p.write, rowExclusive); err != nil {
			return err
		}
		s.txn.Refresh()
		if ok, err = s.current(p); err != nil {
			return err
		}
		if ok {
			return s.stillNewest(p.write)
		}
	}
}

// stillNewest refuses to write a table, now locked, by facts of a snapshot that a later ALTER TABLE has changed.
func (s *Session) stillNewest(t *catalog.Table) error {
	if !s.txn.repeatable {
		return nil
	}
	now := s.server.Begin(false)
	defer now.Close()
	defer now.Rollback()
	newest, err := s.server.Catalog.Snapshot(now.Facts(), s.db).TableByOID(t.OID)
	if err != nil {
		return err
	}
	if newest != nil && newest.Version > t.Version { // one that is gone, or not committed yet, is the engine's to judge
		return pgerr.New(pgerrcode.SerializationFailure, "could not serialize access due to concurrent update")
	}
	return nil
}

// start begins a portal's execution.
func (s *Session) start(ctx context.Context, p *portal, out client.Output) error {
	p.started = true
	if p.stmt == nil {
		return nil
	}
	if s.txn != nil && s.txn.failed && !endsFailedBlock(p.stmt.Stmt) {
		return errInFailed
	}
	if !isRows(p.stmt.Stmt) {
		return s.runUtility(ctx, p, out)
	}
	if err := s.beginStatement(ctx); err != nil {
		return err
	}
	if err := s.readyPlan(ctx, p.prepared); err != nil {
		return err
	}
	if p.plan.Writes {
		if err := s.forbidReadOnly(commandOf(p.plan, p.stmt.Stmt)); err != nil {
			return err
		}
	}
	return s.open(ctx, p, p.plan)
}

// open runs a plan for a portal. A statement that writes runs to its end before its first row goes out.
func (s *Session) open(ctx context.Context, p *portal, made *plan.Plan) error {
	if p.room == nil {
		p.room = &execution{}
	}
	p.exec = s.execContext(ctx, p.room, p.values)
	return p.run(made)
}

// openAnalyzed is open for EXPLAIN ANALYZE.
func (s *Session) openAnalyzed(ctx context.Context, p *portal, a *plan.Analysis) error {
	p.exec = s.execContext(ctx, &execution{}, p.values)
	p.exec.Analysis = a
	return p.run(p.plan)
}

func (p *portal) run(made *plan.Plan) error {
	p.fields = p.formatted(p.prepared.fields)
	rows, err := exec.Run(p.exec, made)
	if err != nil {
		return err
	}
	p.rows, p.tag = rows, made.Tag
	if made.Tag != "SELECT" {
		p.affected, p.rows, err = drain(rows)
	}
	return err
}

// drain runs a statement to its end and keeps the rows that it returned.
func drain(rows *exec.Rows) (affected int64, kept rowSource, err error) {
	defer rows.Close()
	list := &rowList{}
	for {
		row, ok, err := rows.Next()
		if err != nil {
			return 0, nil, err
		}
		if !ok {
			return rows.Affected(), list, nil
		}
		list.rows = append(list.rows, append([]types.Datum(nil), row...))
	}
}

// execContext fills x with what a running plan sees of the session.
func (s *Session) execContext(ctx context.Context, x *execution, params []types.Datum) *exec.Context {
	s.txn.Fix()
	rows := s.txn.Rows()
	e := s.effective()
	x.system = system{s, ctx}
	x.funcs = funcs.Context{Context: ctx, Env: s.Env(), StatementTime: s.began, System: &x.system}
	x.virtual = *s.virtualEnv()
	x.Context = exec.Context{Context: ctx, Txn: rows, View: rows.View(), Params: params, WorkMem: e.workMem, Memory: s.server.Memory, Search: e.search,
		Funcs: &x.funcs, VirtualEnv: &x.virtual, Notices: s.noticed}
	return &x.Context
}

// execution is the memory of an execContext.
type execution struct {
	exec.Context
	funcs   funcs.Context
	system  system
	virtual catalog.VirtualEnv
}

func (s *Session) funcsContext(ctx context.Context) *funcs.Context {
	return &funcs.Context{Context: ctx, Env: s.Env(), StatementTime: s.began, System: &system{s, ctx}}
}

func (s *Session) plannerOptions() *planner.Options {
	return &planner.Options{
		Catalog: s.txn.snapshot,
		Settings: planner.Settings{
			NoIndexScan: !s.set.flag("enable_indexscan"),
			NoSeqScan:   !s.set.flag("enable_seqscan"),
			NoHashJoin:  !s.set.flag("enable_hashjoin"),
			NoNestLoop:  !s.set.flag("enable_nestloop"),
		},
		Stats: s.server.tableStats,
	}
}

// commandOf names a statement that writes, as errors of read-only transactions do.
func commandOf(made *plan.Plan, st ast.Stmt) string {
	sel, ok := st.(*ast.Select)
	if !ok || len(sel.Locking) == 0 {
		return made.Tag
	}
	return "SELECT FOR " + sel.Locking[0].Strength
}
