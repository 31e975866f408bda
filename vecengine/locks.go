package vecengine

import (
	"context"
	"slices"
	"sync"
	"time"
)

// lockKind tells what a lock is on.
type lockKind uint8

const (
	lockOnTable    lockKind = iota // a: table
	lockOnRow                      // a: table, b: row id
	lockOnKey                      // a: index, b: hash of the key bytes; two keys of one hash only wait needlessly
	lockOnAdvisory                 // a, b: the caller's numbers
	lockKinds
)

type lockID struct {
	kind lockKind
	a, b uint64
}

// lockMode is a TableLockMode, a LockStrength or one of the modes below, by kind.
type lockMode uint8

const (
	// lockEnding is taken by who deletes a row or changes a unique key of it; lockProbe, by who found the row's key in the way: it waits
	// for that alone, not for those who merely lock the row.
	lockEnding = lockMode(LockUpdate) + 1
	lockProbe  = lockMode(LockUpdate) + 2

	lockKeyExclusive = lockMode(0)

	lockAdvisoryShared    = lockMode(0)
	lockAdvisoryExclusive = lockMode(1)
)

func modes(m ...lockMode) (set uint16) {
	for _, x := range m {
		set |= 1 << x
	}
	return set
}

func tableModes(m ...TableLockMode) (set uint16) {
	for _, x := range m {
		set |= 1 << x
	}
	return set
}

// lockConflicts holds, by kind and mode, the set of modes that it cannot be held with: tables 13.2 and 13.3 of Postgres' manual, and ours.
var lockConflicts = [lockKinds][]uint16{
	lockOnTable: {
		AccessShare:          tableModes(AccessExclusive),
		RowShare:             tableModes(Exclusive, AccessExclusive),
		RowExclusive:         tableModes(Share, ShareRowExclusive, Exclusive, AccessExclusive),
		ShareUpdateExclusive: tableModes(ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive),
		Share:                tableModes(RowExclusive, ShareUpdateExclusive, ShareRowExclusive, Exclusive, AccessExclusive),
		ShareRowExclusive:    tableModes(RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive),
		Exclusive:            tableModes(RowShare, RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive),
		AccessExclusive: tableModes(AccessShare, RowShare, RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive,
			AccessExclusive),
	},
	lockOnRow: {
		LockKeyShare:    modes(lockMode(LockUpdate), lockEnding),
		LockShare:       modes(lockMode(LockNoKeyUpdate), lockMode(LockUpdate), lockEnding),
		LockNoKeyUpdate: modes(lockMode(LockShare), lockMode(LockNoKeyUpdate), lockMode(LockUpdate), lockEnding),
		LockUpdate:      modes(lockMode(LockKeyShare), lockMode(LockShare), lockMode(LockNoKeyUpdate), lockMode(LockUpdate), lockEnding),
		lockEnding: modes(lockMode(LockKeyShare), lockMode(LockShare), lockMode(LockNoKeyUpdate), lockMode(LockUpdate), lockEnding,
			lockProbe),
		lockProbe: modes(lockEnding),
	},
	lockOnKey:      {lockKeyExclusive: modes(lockKeyExclusive)},
	lockOnAdvisory: {lockAdvisoryShared: modes(lockAdvisoryExclusive), lockAdvisoryExclusive: modes(lockAdvisoryShared, lockAdvisoryExclusive)},
}

// lockGroup is who waits: the owners of one session never conflict with each other.
type lockGroup struct {
	waiting *lockWaiter
	session uint64 // the number that Engine.NewSession was given; 0: no session's
}

// lockOwner holds locks until they are released together: a transaction, or a session's advisory locks.
type lockOwner struct {
	group *lockGroup
	held  []heldLock // an entry for each mode of each lock, in the order in which they were granted
}

// heldLock is a lock in one mode.
type heldLock struct {
	kind lockKind
	mode lockMode
	a, b uint64
}

func (h heldLock) id() lockID { return lockID{h.kind, h.a, h.b} }

type lockHolder struct {
	owner *lockOwner
	modes uint16
}

type lockWaiter struct {
	owner   *lockOwner
	id      lockID
	lock    *lock
	mode    lockMode
	granted bool
	ready   chan struct{}
	// behind is for who waits for some holders to end without asking for the lock itself: those that are left.
	behind []*lockOwner
}

type lock struct {
	holders  []lockHolder
	queue    []*lockWaiter
	watchers []*lockWaiter
	one      [1]lockHolder // holders' first room
}

// lockManager is the table of all locks. One mutex guards it: an uncontended lock costs a map insertion under it, and the graph of
// waits is exact whenever it is looked at.
type lockManager struct {
	mu    sync.Mutex
	locks map[lockID]*lock
	spare []*lock
}

func newLockManager() *lockManager { return &lockManager{locks: map[lockID]*lock{}} }

// acquire takes a lock. It gives false, without error, when policy is WaitSkip and somebody is in the way.
// Errors: ErrLockNotAvailable, ErrDeadlock, ErrLockTimeout, the cause of ctx.
func (m *lockManager) acquire(ctx context.Context, o *lockOwner, id lockID, mode lockMode, p WaitPolicy, timeout time.Duration) (bool, error) {
	m.mu.Lock()
	l := m.locks[id]
	if l == nil {
		l = m.newLock()
		m.locks[id] = l
	}
	holding := l.holderOf(o)
	if holding >= 0 && l.holders[holding].modes&(1<<mode) != 0 {
		m.mu.Unlock()
		return true, nil
	}
	if !l.conflict(id.kind, o, mode, len(l.queue), holding >= 0) {
		l.grant(o, id, mode)
		m.mu.Unlock()
		return true, nil
	}
	if p != WaitBlock {
		m.mu.Unlock()
		if p == WaitSkip {
			return false, nil
		}
		return false, ErrLockNotAvailable
	}
	w := &lockWaiter{owner: o, id: id, lock: l, mode: mode, ready: make(chan struct{})}
	if holding >= 0 {
		l.queue = slices.Insert(l.queue, 0, w) // who strengthens a lock goes first, else it would wait for those who wait for it
	} else {
		l.queue = append(l.queue, w)
	}
	o.group.waiting = w
	if m.deadlocked(w) {
		m.leave(w)
		m.mu.Unlock()
		return false, ErrDeadlock
	}
	m.mu.Unlock()
	return true, m.wait(ctx, w, timeout)
}

func (m *lockManager) wait(ctx context.Context, w *lockWaiter, timeout time.Duration) error {
	var expired <-chan time.Time
	if timeout > 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		expired = timer.C
	}
	var err error
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-expired:
		err = ErrLockTimeout
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if w.granted {
		return nil // it came between; the caller sees its cancellation at the next occasion
	}
	m.leave(w)
	return err
}

// leave takes a waiter out of its queue and lets those behind it in.
func (m *lockManager) leave(w *lockWaiter) {
	w.owner.group.waiting = nil
	l := w.lock
	if i := slices.Index(l.queue, w); i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	}
	if i := slices.Index(l.watchers, w); i >= 0 {
		l.watchers = slices.Delete(l.watchers, i, i+1)
	}
	m.settle(w.id, l)
}

// settle grants what can be granted, in the order of the queue, and forgets an unused lock.
func (m *lockManager) settle(id lockID, l *lock) {
	for i := 0; i < len(l.queue); {
		w := l.queue[i]
		if l.conflict(id.kind, w.owner, w.mode, i, l.holderOf(w.owner) >= 0) {
			i++
			continue
		}
		l.queue = slices.Delete(l.queue, i, i+1)
		l.grant(w.owner, id, w.mode)
		w.granted = true
		w.owner.group.waiting = nil
		close(w.ready)
	}
	l.watchers = slices.DeleteFunc(l.watchers, func(w *lockWaiter) bool {
		if l.outlives(w) {
			return false
		}
		w.granted = true
		w.owner.group.waiting = nil
		close(w.ready)
		return true
	})
	if len(l.holders) == 0 && len(l.queue) == 0 && len(l.watchers) == 0 {
		delete(m.locks, id)
		if len(m.spare) < 1024 {
			m.spare = append(m.spare, l)
		}
	}
}

// outlives tells whether somebody that a watcher waits for holds the lock still, and forgets those who do not.
func (l *lock) outlives(w *lockWaiter) bool {
	against := lockConflicts[w.id.kind][w.mode]
	w.behind = slices.DeleteFunc(w.behind, func(o *lockOwner) bool {
		i := l.holderOf(o)
		return i < 0 || l.holders[i].modes&against == 0
	})
	return len(w.behind) > 0
}

// outlast waits until everybody who now holds a lock in a mode against the given one has given it up. It asks for nothing itself, so nobody
// queues behind it. Errors are those of acquire.
func (m *lockManager) outlast(ctx context.Context, o *lockOwner, id lockID, mode lockMode, timeout time.Duration) error {
	m.mu.Lock()
	l := m.locks[id]
	if l == nil {
		m.mu.Unlock()
		return nil
	}
	w := &lockWaiter{owner: o, id: id, lock: l, mode: mode, ready: make(chan struct{})}
	for i := range l.holders {
		if h := &l.holders[i]; h.owner.group != o.group {
			w.behind = append(w.behind, h.owner)
		}
	}
	if !l.outlives(w) {
		m.mu.Unlock()
		return nil
	}
	l.watchers = append(l.watchers, w)
	o.group.waiting = w
	if m.deadlocked(w) {
		m.leave(w)
		m.mu.Unlock()
		return ErrDeadlock
	}
	m.mu.Unlock()
	return m.wait(ctx, w, timeout)
}

func (m *lockManager) newLock() *lock {
	if n := len(m.spare); n > 0 {
		l := m.spare[n-1]
		m.spare = m.spare[:n-1]
		return l
	}
	return &lock{}
}

func (l *lock) holderOf(o *lockOwner) int {
	for i := range l.holders {
		if l.holders[i].owner == o {
			return i
		}
	}
	return -1
}

// conflict tells whether somebody is in the way: a holder, or one of the first `ahead` waiters when the asker does not hold the lock yet.
func (l *lock) conflict(kind lockKind, o *lockOwner, mode lockMode, ahead int, holding bool) bool {
	against := lockConflicts[kind][mode]
	for i := range l.holders {
		if h := &l.holders[i]; h.owner.group != o.group && h.modes&against != 0 {
			return true
		}
	}
	if holding {
		return false
	}
	for _, w := range l.queue[:ahead] {
		if w.owner.group != o.group && against&(1<<w.mode) != 0 {
			return true
		}
	}
	return false
}

func (l *lock) grant(o *lockOwner, id lockID, mode lockMode) {
	o.held = append(o.held, heldLock{id.kind, mode, id.a, id.b}) // each mode once: who has it asks no more
	if i := l.holderOf(o); i >= 0 {
		l.holders[i].modes |= 1 << mode
		return
	}
	if l.holders == nil {
		l.holders = l.one[:0]
	}
	l.holders = append(l.holders, lockHolder{o, 1 << mode})
}

// releaseAll gives up everything that an owner holds. It lets others run in between when that is much.
func (m *lockManager) releaseAll(o *lockOwner) {
	const some = 512
	for len(o.held) > 0 {
		n := min(len(o.held), some)
		m.mu.Lock()
		for _, h := range o.held[len(o.held)-n:] {
			m.drop(o, h.id())
		}
		m.mu.Unlock()
		o.held = o.held[:len(o.held)-n]
	}
	o.held = nil
}

func (m *lockManager) drop(o *lockOwner, id lockID) {
	l := m.locks[id]
	if l == nil {
		return
	}
	if i := l.holderOf(o); i >= 0 {
		l.holders = slices.Delete(l.holders, i, i+1)
		m.settle(id, l)
	}
}

// release gives one mode of one lock up; false when it was not held.
func (m *lockManager) release(o *lockOwner, id lockID, mode lockMode) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dropMode(o, id, mode) {
		return false
	}
	for j, h := range slices.Backward(o.held) { // it is most often the last
		if h.mode == mode && h.id() == id {
			o.held = slices.Delete(o.held, j, j+1)
			break
		}
	}
	return true
}

// releaseSince gives up what was granted after the first n of an owner's locks, but for the transaction's own name: others wait for that
// where they find a key that it has announced, and announcements stay to the end.
func (m *lockManager) releaseSince(o *lockOwner, n int) {
	n = min(n, len(o.held))
	kept := o.held[:n]
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range o.held[n:] {
		if h.kind == lockOnKey && h.a == 0 {
			kept = append(kept, h)
		} else {
			m.dropMode(o, h.id(), h.mode)
		}
	}
	o.held = kept
}

// dropMode takes one mode from a holder and lets others in; false when it was not held.
func (m *lockManager) dropMode(o *lockOwner, id lockID, mode lockMode) bool {
	l := m.locks[id]
	if l == nil {
		return false
	}
	i := l.holderOf(o)
	if i < 0 || l.holders[i].modes&(1<<mode) == 0 {
		return false
	}
	if l.holders[i].modes &^= 1 << mode; l.holders[i].modes == 0 {
		l.holders = slices.Delete(l.holders, i, i+1)
	}
	m.settle(id, l)
	return true
}

// deadlocked tells whether a waiter waits, through others, for its own group. The caller holds the mutex, so the graph is exact.
func (m *lockManager) deadlocked(start *lockWaiter) bool {
	seen := map[*lockGroup]bool{}
	var visit func(w *lockWaiter) bool
	visit = func(w *lockWaiter) bool {
		for _, g := range w.blockers() {
			if g == start.owner.group {
				return true
			}
			if seen[g] {
				continue
			}
			seen[g] = true
			if g.waiting != nil && visit(g.waiting) {
				return true
			}
		}
		return false
	}
	return visit(start)
}

// blockers are the groups that a waiter waits for.
func (w *lockWaiter) blockers() []*lockGroup {
	against := lockConflicts[w.id.kind][w.mode]
	var out []*lockGroup
	if w.behind != nil {
		for _, o := range w.behind {
			out = append(out, o.group)
		}
		return out
	}
	for i := range w.lock.holders {
		if h := &w.lock.holders[i]; h.owner.group != w.owner.group && h.modes&against != 0 {
			out = append(out, h.owner.group)
		}
	}
	if w.lock.holderOf(w.owner) >= 0 {
		return out
	}
	for _, q := range w.lock.queue {
		if q == w {
			break
		}
		if q.owner.group != w.owner.group && against&(1<<q.mode) != 0 {
			out = append(out, q.owner.group)
		}
	}
	return out
}

// holds tells whether an owner has a lock of any mode but a probe.
func (m *lockManager) holds(o *lockOwner, id lockID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.locks[id]
	if l == nil {
		return false
	}
	i := l.holderOf(o)
	return i >= 0 && l.holders[i].modes&^(1<<lockProbe) != 0
}

// releaseMany gives up the locks of an owner that which chooses.
func (m *lockManager) releaseMany(o *lockOwner, which func(lockID) bool) {
	kept, gone := o.held[:0], []lockID(nil)
	for _, h := range o.held {
		if id := h.id(); which(id) {
			gone = append(gone, id)
		} else {
			kept = append(kept, h)
		}
	}
	o.held = kept
	const some = 512
	for ids := range slices.Chunk(gone, some) {
		m.mu.Lock()
		for _, id := range ids {
			m.drop(o, id)
		}
		m.mu.Unlock()
	}
}
