package vecengine

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Txn is the one transaction. It is for one goroutine at a time, except for the cancellation of its contexts. Writes take row, key and
// table locks, held to the end. After an error from a write the caller must roll back, or roll back to a savepoint.
type Txn struct{ txnState }

type txnState struct {
	e           *Engine
	id          uint64
	iso         Isolation
	snap        snapshot
	owner       *lockOwner
	own         lockOwner // what owner points to
	lockTimeout time.Duration
	buildBytes  int64 // SetBuildMemory

	writes map[TableID]*tableWrites
	order  []*tableWrites // the same, in the order of first touch
	spaces []spaceChange
	undo   []func() // what a rollback to a savepoint runs, last first
	marks  []savepoint
	fixed  bool // a repeatable read transaction has its snapshot for good
	done   bool
	// beforeRelease runs before locks are given up, afterwards when the transaction has ended.
	beforeRelease, afterwards []func()
}

// spaceChange is a namespace made or dropped.
type spaceChange struct {
	ns      NamespaceID
	dropped bool
}

var errDone = errors.New("vecengine: transaction is over")

// Begin starts a transaction. It must end with Commit or Rollback.
func (e *Engine) Begin(iso Isolation) *Txn { return e.begin(iso, &lockGroup{}) }

func (e *Engine) begin(iso Isolation, g *lockGroup) *Txn {
	t := &Txn{txnState{e: e, id: e.txnIDs.Add(1), iso: iso, own: lockOwner{group: g}}}
	t.owner = &t.own
	e.registry.open(&t.snap)
	return t
}

// Refresh moves the snapshot to now: called at the start of each statement. It is false when there was nothing new, and after Fix.
func (t *Txn) Refresh() (moved bool) {
	if t.fixed || t.done || t.snap.ts == t.e.registry.now() {
		return false
	}
	t.e.registry.close(&t.snap)
	t.e.registry.open(&t.snap)
	return true
}

// Fix keeps a RepeatableRead transaction's snapshot from now on: called when the first statement has all its table locks.
func (t *Txn) Fix() { t.fixed = t.iso == RepeatableRead }

// ID is unique among transactions of this process's life, as txid_current.
func (t *Txn) ID() uint64 { return t.id }

// View is the transaction's snapshot with its own writes so far. Close it before the transaction ends; after RollbackTo a View that
// was taken after the mark must not be read.
func (t *Txn) View() *View {
	v := &View{viewState{e: t.e}}
	t.e.registry.share(&v.snap, &t.snap)
	t.overlay(v)
	return v
}

// TableVersion is Table.Version as a View taken now would have it, without the cost of one. ok is false when it takes a View to tell: the
// transaction has written something, or there is no such table in the open namespaces.
func (t *Txn) TableVersion(id TableID) (version uint64, ok bool) {
	if len(t.order) > 0 || len(t.spaces) > 0 || t.done {
		return 0, false
	}
	found := t.e.table(id)
	if found == nil || found.broken != nil || found.ns.state.Load() != spaceOpen {
		return 0, false
	}
	v := found.at(t.snap.ts)
	if v == nil {
		return 0, false
	}
	return v.content, true
}

// newestView is a View of the newest commit with the transaction's own writes.
func (t *Txn) newestView() *View {
	v := t.e.View()
	t.overlay(v)
	return v
}

// overlay lays the transaction's writes over a view.
func (t *Txn) overlay(v *View) {
	if len(t.order) == 0 && len(t.spaces) == 0 {
		return
	}
	v.own = make(map[TableID]ownTable, len(t.order))
	for _, w := range t.order {
		if w.dropped || t.spaceDropped(w.ns.id) {
			v.own[w.id] = ownTable{}
			continue
		}
		if !w.touched() {
			continue
		}
		version, err := w.version(w.table.at(v.snap.ts))
		v.own[w.id] = ownTable{version, err}
		for _, p := range w.parts {
			p.ref()
			v.pins = append(v.pins, p.part)
		}
	}
	for _, s := range t.spaces {
		if s.dropped {
			v.droppedSpaces = append(v.droppedSpaces, s.ns)
		}
	}
}

func (t *Txn) spaceDropped(ns NamespaceID) bool {
	for i := len(t.spaces) - 1; i >= 0; i-- {
		if t.spaces[i].ns == ns {
			return t.spaces[i].dropped
		}
	}
	return false
}

// savepoint is how much there was to undo, and how many locks were held, when it was made.
type savepoint struct{ undo, locks int }

// Savepoint marks the present state; marks nest.
func (t *Txn) Savepoint() int {
	t.marks = append(t.marks, savepoint{len(t.undo), len(t.owner.held)})
	return len(t.marks) - 1
}

// RollbackTo undoes all writes since the mark, which stays valid, and gives up the locks taken since. (Some are kept after a spill, which
// lets locks go from between.)
func (t *Txn) RollbackTo(mark int) {
	p := t.marks[mark]
	t.marks = t.marks[:mark+1]
	for i := len(t.undo) - 1; i >= p.undo; i-- {
		t.undo[i]()
	}
	clear(t.undo[p.undo:])
	t.undo = t.undo[:p.undo]
	for _, w := range t.order {
		w.locked = 0 // asked for again at the next write
	}
	t.e.locks.releaseSince(t.owner, p.locks)
}

func (t *Txn) onUndo(f func()) { t.undo = append(t.undo, f) }

// Rollback undoes everything. Does nothing after Commit.
func (t *Txn) Rollback() {
	if t.done {
		return
	}
	for _, w := range slices.Backward(t.order) {
		w.discard()
	}
	t.end()
}

// end gives up locks and the snapshot.
func (t *Txn) end() {
	t.done = true
	t.undo = nil
	for _, f := range t.beforeRelease {
		f()
	}
	t.e.locks.releaseAll(t.owner)
	t.e.registry.close(&t.snap)
	for _, f := range t.afterwards {
		f()
	}
	t.writes, t.order, t.afterwards = nil, nil, nil
}

// lockRow takes a row lock and tells whether this transaction had one of the same or a higher strength before.
func (t *Txn) lockRow(ctx context.Context, table TableID, row RowID, mode lockMode, p WaitPolicy) (had, ok bool, err error) {
	id := lockID{lockOnRow, uint64(table), uint64(row)}
	had = t.e.locks.holds(t.owner, id)
	ok, err = t.e.locks.acquire(ctx, t.owner, id, mode, p, t.lockTimeout)
	return had, ok, err
}
