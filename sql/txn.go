package sql

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/engineerr"
	"vecgres/sql/pgerr"
)

// transaction is the one under way.
type transaction struct {
	Transaction
	snapshot   *catalog.Snapshot
	started    time.Time
	block      bool // BEGIN was said: ends with COMMIT or ROLLBACK
	failed     bool // 25P02 until ROLLBACK
	repeatable bool
	readOnly   bool
	used       bool // a statement has read: the isolation level is fixed
	savepoints []savepoint
}

type savepoint struct {
	name     string
	mark     int
	settings int // mark in the settings' undo list
	readOnly bool
}

// ensureTransaction begins an implicit transaction unless one is under way.
func (s *Session) ensureTransaction() error {
	if s.txn != nil {
		return nil
	}
	e := s.effective()
	return s.beginTransaction(e.isolation, e.readOnly)
}

func (s *Session) beginTransaction(isolation string, readOnly bool) error {
	repeatable, err := isRepeatable(isolation)
	if err != nil {
		return err
	}
	t := s.conn.Begin(repeatable)
	s.txn = &transaction{Transaction: t, snapshot: s.server.Catalog.Snapshot(t.Facts(), s.db), started: s.began, repeatable: repeatable, readOnly: readOnly}
	return nil
}

func isRepeatable(isolation string) (bool, error) {
	switch strings.ToLower(isolation) {
	case "", "read committed", "read uncommitted":
		return false, nil
	case "repeatable read":
		return true, nil
	}
	return false, pgerr.Unimplemented("isolation level " + strings.ToUpper(isolation))
}

// beginStatement gives the statement its snapshot, and its waits their bounds.
func (s *Session) beginStatement(ctx context.Context) error {
	if err := s.ensureTransaction(); err != nil {
		return err
	}
	s.txn.Refresh()
	s.txn.Within(ctx)
	s.txn.SetLockTimeout(s.effective().lockTimeout)
	s.txn.used = true
	return nil
}

// endTransaction commits or rolls back; on an error nothing is committed. Portals go with it.
func (s *Session) endTransaction(ctx context.Context, commit bool) error {
	t := s.txn
	s.closePortals(0)
	s.txn = nil
	defer t.Close()
	var err error
	if commit && !t.failed {
		if err = engineerr.Map(t.Commit(ctx)); err != nil {
			t.Rollback()
		}
	} else {
		t.Rollback()
		commit = false
	}
	if s.set.endTransaction(commit && err == nil) {
		s.settingsChanged()
	}
	return err
}

// fail is called when a statement has failed: an implicit transaction is rolled back, a block waits for ROLLBACK. What the block has written is
// undone at once, down to the last savepoint, so that nobody waits for its locks until then.
func (s *Session) fail(ctx context.Context) {
	t := s.txn
	if t == nil || t.failed {
		return
	}
	if t.block {
		t.failed = true
		n := len(t.savepoints)
		s.closePortals(n) // those of before the savepoint may go on after ROLLBACK TO
		if n == 0 {
			t.Rollback()
			return
		}
		t.RollbackTo(t.savepoints[n-1].mark)
		return
	}
	_ = s.endTransaction(ctx, false) // a rollback has no error to tell beside the statement's
}

var errInFailed = pgerr.New(pgerrcode.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")

func errNoBlock(what string) *pgerr.Error {
	return pgerr.New(pgerrcode.NoActiveSQLTransaction, "%s can only be used in transaction blocks", what)
}

// runTransaction runs BEGIN, COMMIT, SAVEPOINT and the rest, and gives the tag.
func (s *Session) runTransaction(ctx context.Context, st *ast.Transaction) (string, error) {
	switch st.Kind {
	case "BEGIN", "START":
		tag := "BEGIN"
		if st.Kind == "START" {
			tag = "START TRANSACTION"
		}
		return tag, s.runBegin(st)
	case "COMMIT", "ROLLBACK":
		return s.runEnd(ctx, st)
	case "SAVEPOINT":
		if s.txn == nil || !s.txn.block {
			return "", errNoBlock("SAVEPOINT")
		}
		s.txn.savepoints = append(s.txn.savepoints, savepoint{st.Savepoint, s.txn.Savepoint(), len(s.set.undo), s.txn.readOnly})
		return "SAVEPOINT", nil
	case "RELEASE":
		i, err := s.findSavepoint(st, "RELEASE SAVEPOINT")
		if err != nil {
			return "", err
		}
		s.txn.savepoints = s.txn.savepoints[:i]
		for _, p := range s.portals {
			p.level = min(p.level, i)
		}
		return "RELEASE", nil
	case "ROLLBACK TO":
		i, err := s.findSavepoint(st, "ROLLBACK TO SAVEPOINT")
		if err != nil {
			return "", err
		}
		s.closePortals(i + 1)
		p := s.txn.savepoints[i]
		s.txn.RollbackTo(p.mark)
		s.txn.readOnly = p.readOnly
		s.set.rollbackTo(p.settings, false)
		s.settingsChanged()
		s.txn.savepoints = s.txn.savepoints[:i+1]
		s.txn.failed = false
		return "ROLLBACK", nil
	}
	return "", pgerr.Unimplemented(st.Kind)
}

func (s *Session) findSavepoint(st *ast.Transaction, what string) (int, error) {
	if s.txn == nil || !s.txn.block {
		return 0, errNoBlock(what)
	}
	for i := len(s.txn.savepoints) - 1; i >= 0; i-- {
		if s.txn.savepoints[i].name == st.Savepoint {
			return i, nil
		}
	}
	return 0, pgerr.New(pgerrcode.InvalidSavepointSpecification, "savepoint %q does not exist", st.Savepoint)
}

func (s *Session) runBegin(st *ast.Transaction) error {
	if s.txn != nil && s.txn.block {
		s.notice(pgerr.NewNotice(pgerr.SeverityWarning, pgerrcode.ActiveSQLTransaction, "there is already a transaction in progress"))
		return nil
	}
	if s.txn != nil && !s.txn.used {
		_ = s.endTransaction(context.Background(), false) // nothing was read or written
	}
	if s.txn == nil {
		if err := s.ensureTransaction(); err != nil {
			return err
		}
	}
	s.txn.block = true
	return s.transactionModes(st.Isolation, st.ReadOnly)
}

// transactionModes applies BEGIN's and SET TRANSACTION's modes to the transaction under way.
func (s *Session) transactionModes(isolation string, readOnly *bool) error {
	if isolation != "" {
		repeatable, err := isRepeatable(isolation)
		if err != nil {
			return err
		}
		if repeatable != s.txn.repeatable {
			if s.txn.used {
				return pgerr.New(pgerrcode.ActiveSQLTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query")
			}
			if len(s.txn.savepoints) > 0 {
				return pgerr.New(pgerrcode.ActiveSQLTransaction, "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction")
			}
			block, ro := s.txn.block, s.txn.readOnly
			undo := s.set.undo
			s.txn.Rollback()
			s.txn.Close()
			if err := s.beginTransaction(isolation, ro); err != nil {
				return err
			}
			s.txn.block, s.set.undo = block, undo
		}
		s.set.change("transaction_isolation", &isolation, true)
	}
	if readOnly != nil {
		if !*readOnly && s.txn.readOnly && len(s.txn.savepoints) > 0 {
			return pgerr.New(pgerrcode.ActiveSQLTransaction, "cannot set transaction read-write mode inside a read-only transaction")
		}
		if !*readOnly && s.txn.readOnly && s.txn.used {
			return pgerr.New(pgerrcode.ActiveSQLTransaction, "transaction read-write mode must be set before any query")
		}
		s.txn.readOnly = *readOnly
		value := onOff(*readOnly)
		s.set.change("transaction_read_only", &value, true)
	}
	return nil
}

func (s *Session) runEnd(ctx context.Context, st *ast.Transaction) (string, error) {
	tag := st.Kind
	if s.txn == nil || !s.txn.block {
		if st.Chain {
			return "", errNoBlock(tag + " AND CHAIN")
		}
		s.notice(pgerr.NewNotice(pgerr.SeverityWarning, pgerrcode.NoActiveSQLTransaction, "there is no transaction in progress"))
		if s.txn == nil {
			return tag, nil
		}
	}
	isolation := "read committed"
	if s.txn.repeatable {
		isolation = "repeatable read"
	}
	readOnly := s.txn.readOnly
	commit := st.Kind == "COMMIT"
	if s.txn.failed {
		tag = "ROLLBACK"
	}
	if err := s.endTransaction(ctx, commit); err != nil {
		return "", err
	}
	if st.Chain {
		if err := s.beginTransaction(isolation, readOnly); err != nil {
			return "", err
		}
		s.txn.block = true
	}
	return tag, nil
}

// inBlock tells whether more statements may follow in the transaction.
func (s *Session) inBlock() bool { return s.several || s.txn != nil && s.txn.block }

// forbidInBlock is for statements that cannot be undone.
func (s *Session) forbidInBlock(what string) error {
	if s.inBlock() {
		return pgerr.New(pgerrcode.ActiveSQLTransaction, "%s cannot run inside a transaction block", what)
	}
	return nil
}

// forbidReadOnly is for statements that write.
func (s *Session) forbidReadOnly(what string) error {
	if s.txn != nil && s.txn.readOnly {
		return pgerr.New(pgerrcode.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", what)
	}
	return nil
}
