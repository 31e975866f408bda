package sql

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
)

var _ funcs.AdvisoryLocker = (*system)(nil)

// advisoryKey makes one of Postgres' three parts: the database, whether the key is a pair, and the key.
func (y *system) advisoryKey(k funcs.AdvisoryKey) [2]uint64 {
	space := uint64(y.s.db.OID) << 1
	if k.Pair {
		space |= 1
	}
	return [2]uint64{space, uint64(k.Key)}
}

// AdvisoryLock takes a lock of the transaction or of the session.
func (y *system) AdvisoryLock(key funcs.AdvisoryKey, shared, transaction, try bool) (bool, error) {
	if transaction {
		return y.s.txn.LockAdvisory(y.ctx, y.advisoryKey(key), shared, try)
	}
	return y.s.conn.LockAdvisory(y.ctx, y.advisoryKey(key), shared, try, y.s.effective().lockTimeout)
}

// AdvisoryUnlock gives back one of the session's locks; one that it does not have is a warning.
func (y *system) AdvisoryUnlock(key funcs.AdvisoryKey, shared bool) (bool, error) {
	if y.s.conn.UnlockAdvisory(y.advisoryKey(key), shared) {
		return true, nil
	}
	mode := "ExclusiveLock"
	if shared {
		mode = "ShareLock"
	}
	y.s.notice(pgerr.NewNotice(pgerr.SeverityWarning, pgerrcode.Warning, "you don't own a lock of type %s", mode))
	return false, nil
}

// AdvisoryUnlockAll gives all of the session's locks back.
func (y *system) AdvisoryUnlockAll() { y.s.conn.UnlockAll() }
