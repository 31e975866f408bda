package vecengine

import "slices"

// LockInfo is a table lock or an advisory lock that a session holds or waits for, or a row or key that it waits for.
type LockInfo struct {
	Session  uint64 // the number of Engine.NewSession; 0: of no session
	Kind     LockObject
	Table    TableID   // of LockedTable and LockedRowID
	Advisory [2]uint64 // of LockedNumber
	// TableMode is the mode of a table lock; Exclusive and Share also tell the modes of the others.
	TableMode TableLockMode
	Granted   bool
}

// LockObject is what a LockInfo is about.
type LockObject uint8

// What is locked.
const (
	LockedTable  LockObject = iota
	LockedRowID             // somebody waits for a row
	LockedKey               // somebody waits for who has announced a key
	LockedNumber            // an advisory lock
)

// Locks lists what is locked now, in no order. Rows and keys are listed only where somebody waits: a transaction may hold millions.
func (e *Engine) Locks() []LockInfo {
	m := e.locks
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []LockInfo
	for id, l := range m.locks {
		if id.kind == lockOnTable || id.kind == lockOnAdvisory || len(l.queue) > 0 {
			for _, h := range l.holders {
				for mode := range lockMode(16) {
					if h.modes&(1<<mode) != 0 {
						out = append(out, lockInfo(id, h.owner, mode, true))
					}
				}
			}
		}
		for _, w := range slices.Concat(l.queue, l.watchers) {
			out = append(out, lockInfo(id, w.owner, w.mode, false))
		}
	}
	return out
}

func lockInfo(id lockID, o *lockOwner, mode lockMode, granted bool) LockInfo {
	i := LockInfo{Session: o.group.session, TableMode: Exclusive, Granted: granted}
	switch id.kind {
	case lockOnTable:
		i.Kind, i.Table, i.TableMode = LockedTable, TableID(id.a), TableLockMode(mode)
	case lockOnRow:
		i.Kind, i.Table = LockedRowID, TableID(id.a)
		if mode <= lockMode(LockShare) {
			i.TableMode = Share
		}
	case lockOnKey:
		i.Kind = LockedKey
	case lockOnAdvisory:
		i.Kind, i.Advisory = LockedNumber, [2]uint64{id.a, id.b}
		if mode == lockAdvisoryShared {
			i.TableMode = Share
		}
	}
	return i
}
