package vecengine

import (
	"context"

	"vecgres/vecengine/log"
)

// CreateNamespace makes a namespace. Its folder appears at the first checkpoint that has something to put there.
func (t *Txn) CreateNamespace(ns NamespaceID) error {
	if t.done {
		return errDone
	}
	if err := t.e.OpenNamespace(context.Background(), ns); err != nil {
		return err
	}
	t.addSpaceChange(spaceChange{ns: ns})
	return nil
}

// DropNamespace drops a namespace with all its tables; running readers finish on their snapshot; files go in the background.
func (t *Txn) DropNamespace(ns NamespaceID) error {
	if t.done {
		return errDone
	}
	if err := t.e.OpenNamespace(context.Background(), ns); err != nil {
		return err
	}
	t.addSpaceChange(spaceChange{ns, true})
	return nil
}

func (t *Txn) addSpaceChange(c spaceChange) {
	n := len(t.spaces)
	t.spaces = append(t.spaces, c)
	t.onUndo(func() { t.spaces = t.spaces[:n:n] })
}

// CreateTable makes an empty table.
func (t *Txn) CreateTable(ns NamespaceID, id TableID, s Schema) error {
	if t.done {
		return errDone
	}
	if err := s.check(); err != nil {
		return err
	}
	if t.spaceDropped(ns) {
		return ErrNoNamespace
	}
	if err := t.e.OpenNamespace(context.Background(), ns); err != nil {
		return err
	}
	space := t.e.namespace(ns)
	table := &table{id: id, ns: space}
	table.nextRow.Store(1)
	w := &tableWrites{txn: t, id: id, ns: space, table: table, created: true, schema: &s}
	t.addWrites(w)
	t.onUndo(func() { t.forget(w) })
	return nil
}

// forget takes a table out that was created after a savepoint.
func (t *Txn) forget(w *tableWrites) {
	w.discard()
	delete(t.writes, w.id)
	for i := range t.order {
		if t.order[i] == w {
			t.order = append(t.order[:i:i], t.order[i+1:]...)
			return
		}
	}
}

// DropTable drops a table. The caller holds AccessExclusive.
func (t *Txn) DropTable(id TableID) error {
	w, err := t.writesFor(context.Background(), id, AccessExclusive)
	if err != nil {
		return err
	}
	w.dropped = true
	t.onUndo(func() { w.dropped = false })
	return nil
}

// publishSpaceDrop installs the last version of all tables of a namespace.
func (e *Engine) publishSpaceDrop(id NamespaceID, ts Timestamp, lsn log.LSN) []*tableVersion {
	ns := e.namespace(id)
	if ns == nil {
		return nil
	}
	var replaced []*tableVersion
	for _, t := range ns.list() {
		t.mu.Lock()
		if cur := t.newest.Load(); cur != nil && !cur.dropped {
			v := cur.successor(ts)
			v.content = e.contents.Add(1)
			replaced = append(replaced, t.publishDrop(v))
		}
		t.mu.Unlock()
	}
	ns.drop(lsn)
	return replaced
}
