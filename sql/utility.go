package sql

import (
	"context"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/planner/exec"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/client"
	"vecgres/sql/ddl"
	"vecgres/sql/engineerr"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// utilityFields are a statement's result fields when it gives rows without being planned itself.
func (s *Session) utilityFields(ctx context.Context, p *prepared) error {
	switch st := p.stmt.Stmt.(type) {
	case *ast.Show:
		p.fields = showFields(st.Name)
	case *ast.Explain:
		o, err := explainOptionsOf(st)
		if err != nil {
			return err
		}
		if err := s.beginStatement(ctx); err != nil {
			return err
		}
		target, err := s.explainTarget(ctx, p, st)
		if err != nil {
			return err
		}
		if _, ok := st.Stmt.(*ast.Execute); !ok {
			p.params = target.params
		}
		p.fields = explainFields(o)
	case *ast.Execute:
		target, ok := s.statements[st.Name]
		if !ok {
			return noStatement(st.Name)
		}
		p.fields = target.fields
	case *ast.Fetch:
		port, ok := s.portals[st.Cursor]
		if ok && !st.Move && port.plan != nil {
			p.fields = fieldsOf(port.plan.Out)
		}
	case *ast.DeclareCursor:
		return s.utilityParams(ctx, p, st.Query)
	case *ast.CreateTable:
		if st.Query != nil {
			return s.utilityParams(ctx, p, st.Query)
		}
	}
	return nil
}

// utilityParams finds the parameters of a utility statement that has a query in it.
func (s *Session) utilityParams(ctx context.Context, p *prepared, query ast.Stmt) error {
	if err := s.beginStatement(ctx); err != nil {
		return err
	}
	target := p.inner(query)
	if err := s.planRows(target); err != nil {
		return err
	}
	p.params = target.params
	return nil
}

// runUtility runs a statement that is not planned itself. One that gives rows leaves them in the portal.
func (s *Session) runUtility(ctx context.Context, p *portal, out client.Output) error {
	var err error
	switch st := p.stmt.Stmt.(type) {
	case *ast.Transaction:
		p.tag, err = s.runTransaction(ctx, st)
	case *ast.Set:
		p.tag, err = s.runSet(ctx, st)
	case *ast.Show:
		err = s.runShow(p, st)
	case *ast.Explain:
		err = s.runExplain(ctx, p, st)
	case *ast.Prepare:
		p.tag, err = "PREPARE", s.runPrepare(ctx, p.text, st)
	case *ast.Execute:
		err = s.runExecute(ctx, p, st, out)
	case *ast.Deallocate:
		p.tag, err = "DEALLOCATE", s.runDeallocate(st.Name)
		if st.Name == "" {
			p.tag = "DEALLOCATE ALL"
		}
	case *ast.DeclareCursor:
		p.tag, err = "DECLARE CURSOR", s.runDeclare(ctx, p, st)
	case *ast.Fetch:
		err = s.runFetch(ctx, p, st)
	case *ast.CloseCursor:
		p.tag, err = "CLOSE CURSOR", s.runCloseCursor(st.Name)
		if st.Name == "" {
			p.tag = "CLOSE CURSOR ALL"
		}
	case *ast.Discard:
		p.tag, err = "DISCARD "+st.Target, s.runDiscard(st.Target)
	case *ast.Copy:
		err = s.runCopy(ctx, p, st, out)
	case *ast.LockTable:
		p.tag, err = "LOCK TABLE", s.runLockTable(ctx, st)
	case *ast.Checkpoint:
		p.tag, err = "CHECKPOINT", s.server.Checkpoint(ctx)
	case *ast.Vacuum:
		p.tag, err = s.runVacuum(ctx, st)
	case *ast.Notify:
		err = pgerr.Unimplemented(st.Kind)
	case *ast.Unsupported:
		err = pgerr.Unimplemented(st.Feature).At(int(st.Pos))
	default:
		p.tag, err = s.runDDL(ctx, p, st)
	}
	return err
}

// runExecute is SQL's EXECUTE: the portal becomes one of the statement named.
func (s *Session) runExecute(ctx context.Context, p *portal, st *ast.Execute, out client.Output) error {
	target, ok := s.statements[st.Name]
	if !ok {
		return noStatement(st.Name)
	}
	if err := s.beginStatement(ctx); err != nil {
		return err
	}
	values, err := s.executeValues(ctx, target, st.Args)
	if err != nil {
		return err
	}
	p.prepared, p.values = target, values
	return s.start(ctx, p, out)
}

// evalConstant evaluates an expression without columns, cast to a type as an assignment.
func (s *Session) evalConstant(ctx context.Context, e ast.Expr, to types.Type) (types.Datum, error) {
	o := s.binderOptions(nil)
	o.Context = binder.ExecuteParamExpr
	scalar, err := binder.BindExpr(e, nil, nil, o)
	if err != nil {
		return types.Null, err
	}
	if scalar, err = binder.CoerceTo(scalar, to, types.CastAssignment, o); err != nil {
		return types.Null, err
	}
	return exec.Eval(s.funcsContext(ctx), scalar)
}

// runDDL runs a statement that changes the catalog.
func (s *Session) runDDL(ctx context.Context, outer *portal, st ast.Stmt) (string, error) {
	alone := !s.inBlock() && (s.txn == nil || !s.txn.used)
	if err := s.beginStatement(ctx); err != nil {
		return "", err
	}
	if err := s.forbidReadOnly(ddl.Tag(st)); err != nil {
		return "", err
	}
	if ddl.OutsideBlocks(st) {
		if err := s.forbidInBlock(ddl.Tag(st)); err != nil {
			return "", err
		}
	}
	s.txn.Fix()
	c := s.ddlContext(ctx)
	c.Query = func(ctx context.Context, st ast.Stmt) (int64, error) { return s.runInner(ctx, outer, st) }
	if !alone {
		c.Next = nil
	}
	return ddl.Run(c, st)
}

// ddlContext is what a statement that changes the catalog sees of the session.
func (s *Session) ddlContext(ctx context.Context) *ddl.Context {
	s.txn.SetBuildMemory(s.maintenanceMemory())
	c := &ddl.Context{
		Context:       ctx,
		Catalog:       s.txn.snapshot,
		Role:          s.role,
		User:          s.user,
		Binder:        s.binderOptions,
		CurrentSchema: s.currentSchema,
		Refresh:       s.txn.Refresh,
		Notice:        s.notice,
		Connected:     func(d uint32) int { return s.server.connectedTo(catalog.OID(d), s) },
		Maintain:      s.maintain,
		Rows: func(id catalog.StorageID) int64 {
			rows, _, _, _, _ := s.server.Engine.TableStats(id)
			return rows
		},
		TryLock: func(t *catalog.Table, mode int) (bool, error) {
			err := engineerr.Map(s.txn.snapshot.TryLockTable(ctx, t, mode))
			if pgerr.Code(err) == pgerrcode.LockNotAvailable {
				return false, nil
			}
			return err == nil, err
		},
	}
	c.Exec = func() *exec.Context { return s.execContext(c.Context, &execution{}, nil) }
	c.Next = func(ctx context.Context, commit bool) error {
		if err := s.nextTransaction(ctx, commit); err != nil {
			return err
		}
		s.txn.SetBuildMemory(s.maintenanceMemory())
		c.Catalog, c.Refresh = s.txn.snapshot, s.txn.Refresh
		return nil
	}
	return c
}

// maintain merges a table's storage within maintenance_work_mem.
func (s *Session) maintain(ctx context.Context, id catalog.StorageID) error {
	return s.server.Maintain(ctx, id, s.maintenanceMemory())
}

// maintenanceMemory is maintenance_work_mem in bytes.
func (s *Session) maintenanceMemory() int64 { return s.set.number("maintenance_work_mem") << 10 }

// nextTransaction ends the transaction that a statement is alone in and begins another for the rest of it, which sees what is committed.
func (s *Session) nextTransaction(ctx context.Context, commit bool) error {
	t := s.txn
	var err error
	if commit {
		err = engineerr.Map(t.Commit(ctx))
	}
	t.Rollback()
	t.Close()
	s.txn = nil
	if err != nil {
		return err
	}
	if err := s.beginTransaction("read committed", false); err != nil {
		return err
	}
	return s.beginStatement(ctx)
}

// runInner runs a statement that handles rows inside another statement, and gives the rows written.
func (s *Session) runInner(ctx context.Context, outer *portal, st ast.Stmt) (int64, error) {
	p := &portal{prepared: outer.inner(st), values: outer.values}
	defer s.release(p)
	if err := s.planRows(p.prepared); err != nil {
		return 0, err
	}
	if err := s.open(ctx, p, p.plan); err != nil {
		return 0, err
	}
	n := p.affected
	for {
		_, ok, err := p.rows.Next()
		if !ok || err != nil {
			return n, err
		}
		if p.tag == "SELECT" {
			n++
		}
	}
}

func (s *Session) runDiscard(target string) error {
	if target != "ALL" {
		if target == "SEQUENCES" {
			clear(s.seqValue)
			s.lastSeq = nil
		}
		return nil
	}
	if err := s.forbidInBlock("DISCARD ALL"); err != nil {
		return err
	}
	if err := s.ensureTransaction(); err != nil {
		return err
	}
	s.closePortals(0)
	s.set.resetAll()
	clear(s.statements)
	s.conn.UnlockAll()
	clear(s.seqValue)
	s.lastSeq = nil
	s.settingsChanged()
	return nil
}

// lockModes are LOCK TABLE's by their number.
var lockModes = map[string]int{"AccessShareLock": 1, "RowShareLock": 2, "RowExclusiveLock": 3, "ShareUpdateExclusiveLock": 4, "ShareLock": 5,
	"ShareRowExclusiveLock": 6, "ExclusiveLock": 7, "AccessExclusiveLock": 8}

func (s *Session) runLockTable(ctx context.Context, st *ast.LockTable) error {
	if s.txn == nil || !s.txn.block {
		return errNoBlock("LOCK TABLE")
	}
	if err := s.beginStatement(ctx); err != nil {
		return err
	}
	for _, rv := range st.Tables {
		t, err := s.tableNamed(rv.Name)
		if err != nil {
			return err
		}
		if t.Storage == 0 {
			continue
		}
		lock := s.txn.snapshot.LockTable
		if st.NoWait {
			lock = s.txn.snapshot.TryLockTable
		}
		if err := lock(ctx, t, lockModes[st.Mode]); err != nil {
			return err
		}
	}
	return nil
}

// runVacuum is VACUUM, which merges a table's segments now, and ANALYZE, which has nothing to do: statistics are kept as rows are written.
func (s *Session) runVacuum(ctx context.Context, st *ast.Vacuum) (string, error) {
	tag := "VACUUM"
	if st.Analyze {
		tag = "ANALYZE"
	} else if err := s.forbidInBlock("VACUUM"); err != nil {
		return "", err
	}
	if err := s.beginStatement(ctx); err != nil {
		return "", err
	}
	for _, rv := range st.Tables {
		t, err := s.tableNamed(rv.Name)
		if err != nil {
			return "", err
		}
		if t.Storage == 0 || st.Analyze {
			continue
		}
		if err := s.maintain(ctx, t.Storage); err != nil {
			return "", err
		}
	}
	return tag, nil
}
