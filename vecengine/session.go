package vecengine

import (
	"context"
	"sync"
	"time"
)

// Session holds advisory locks that outlive transactions, and makes the transactions begun in it its own: they do not conflict
// with its locks, and a deadlock through both is found. For one goroutine at a time. Close it.
type Session struct {
	e      *Engine
	group  lockGroup
	owner  *lockOwner
	mu     sync.Mutex
	counts map[lockID][2]int // by shared, exclusive
}

// NewSession makes a session. Engine.Locks tells its locks by number, which the engine does not look at.
func (e *Engine) NewSession(number uint64) *Session {
	s := &Session{e: e, group: lockGroup{session: number}, counts: map[lockID][2]int{}}
	s.owner = &lockOwner{group: &s.group}
	return s
}

// Begin starts a transaction of this session.
func (s *Session) Begin(iso Isolation) *Txn {
	return s.e.begin(iso, &s.group)
}

// LockAdvisory locks a number until UnlockAdvisory, which must be called as often. Without error, false means that WaitSkip found it taken.
// A wait longer than timeout is ErrLockTimeout; zero means no bound.
func (s *Session) LockAdvisory(ctx context.Context, key [2]uint64, shared bool, w WaitPolicy, timeout time.Duration) (bool, error) {
	id, mode := advisory(key, shared)
	ok, err := s.e.locks.acquire(ctx, s.owner, id, mode, w, timeout)
	if err != nil || !ok {
		return false, err
	}
	s.mu.Lock()
	n := s.counts[id]
	n[mode]++
	s.counts[id] = n
	s.mu.Unlock()
	return true, nil
}

// UnlockAdvisory undoes one LockAdvisory; false when there was none.
func (s *Session) UnlockAdvisory(key [2]uint64, shared bool) bool {
	id, mode := advisory(key, shared)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.counts[id]
	if n[mode] == 0 {
		return false
	}
	if n[mode]--; n[mode] == 0 {
		s.e.locks.release(s.owner, id, mode)
	}
	if s.counts[id] = n; n == [2]int{} {
		delete(s.counts, id)
	}
	return true
}

// UnlockAll gives all advisory locks of the session up.
func (s *Session) UnlockAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.counts)
	s.e.locks.releaseAll(s.owner)
}

// Close is UnlockAll.
func (s *Session) Close() { s.UnlockAll() }

func advisory(key [2]uint64, shared bool) (lockID, lockMode) {
	mode := lockAdvisoryExclusive
	if shared {
		mode = lockAdvisoryShared
	}
	return lockID{lockOnAdvisory, key[0], key[1]}, mode
}

// LockAdvisory locks a number until the end of the transaction. Without error, false means that WaitSkip found it taken.
func (t *Txn) LockAdvisory(ctx context.Context, key [2]uint64, shared bool, w WaitPolicy) (bool, error) {
	id, mode := advisory(key, shared)
	return t.e.locks.acquire(ctx, t.owner, id, mode, w, t.lockTimeout)
}

// LockTable locks a table until the end of the transaction. WaitSkip gives ErrLockNotAvailable, as WaitError does.
func (t *Txn) LockTable(ctx context.Context, id TableID, m TableLockMode, w WaitPolicy) error {
	if m < AccessShare || m > AccessExclusive {
		panic("vecengine: no such table lock mode")
	}
	ok, err := t.e.locks.acquire(ctx, t.owner, lockID{lockOnTable, uint64(id), 0}, lockMode(m), w, t.lockTimeout)
	if err == nil && !ok {
		err = ErrLockNotAvailable
	}
	return err
}

// SetLockTimeout bounds each later wait for a lock; ErrLockTimeout when it passes. Zero means no bound.
func (t *Txn) SetLockTimeout(d time.Duration) { t.lockTimeout = d }

// SetBuildMemory bounds the memory of each graph that the transaction builds for BuildKeyIndex, FillKeyIndex and RebuildIndex; *MemoryError for
// a segment that needs more. Zero means half of the engine's.
func (t *Txn) SetBuildMemory(bytes int64) { t.buildBytes = bytes }
