package enginestore

import (
	"bytes"
	"context"
	"errors"

	"vecgres/catalog"
	"vecgres/vecengine"
	"vecgres/vecengine/column"
)

// The fact table's columns.
const (
	keyColumn   vecengine.ColumnID = 1
	valueColumn vecengine.ColumnID = 2
)

// Tx is a catalog.Tx over an engine transaction, whose other methods serve the executor. For one goroutine at a time.
type Tx struct {
	*vecengine.Txn
	engine *vecengine.Engine
	view   *vecengine.View // nil until something is read, and after every write
	ctx    context.Context // of the running statement: facts wait for other transactions, and for a namespace's replay, under it
}

var _ catalog.Tx = (*Tx)(nil)

// factTable is the id of a namespace's fact table: the namespace's own number, which no table is ever given.
func factTable(ns catalog.NamespaceID) vecengine.TableID { return vecengine.TableID(ns) }

func factSchema(ns catalog.NamespaceID) vecengine.Schema {
	return vecengine.Schema{
		Columns: []vecengine.ColumnDef{
			{ID: keyColumn, Name: "key", Kind: column.Bytes},
			{ID: valueColumn, Name: "value", Kind: column.Bytes},
		},
		Indexes: []vecengine.IndexDef{{ID: vecengine.IndexID(ns), Kind: vecengine.KeyIndex, Unique: true}},
	}
}

// Within gives the context under which facts are read and written from now on.
func (x *Tx) Within(ctx context.Context) { x.ctx = ctx }

// Refresh moves the transaction's snapshot to now, unless it is repeatable read and fixed.
func (x *Tx) Refresh() {
	if x.Txn.Refresh() {
		x.forget()
	}
}

// RollbackTo undoes all writes since the mark.
func (x *Tx) RollbackTo(mark int) {
	x.Txn.RollbackTo(mark)
	x.forget()
}

// Close gives up what the Tx holds beside the transaction.
func (x *Tx) Close() { x.forget() }

func (x *Tx) forget() {
	if x.view != nil {
		x.view.Close()
		x.view = nil
	}
}

// facts is a namespace's fact table as the transaction sees it, nil when there is no such namespace.
func (x *Tx) facts(ns catalog.NamespaceID) (*vecengine.Table, error) {
	if err := x.engine.OpenNamespace(x.ctx, vecengine.NamespaceID(ns)); err != nil && !errors.Is(err, vecengine.ErrNoNamespace) {
		return nil, err
	}
	if x.view == nil {
		x.view = x.Txn.View()
	}
	t, err := x.view.Table(factTable(ns))
	if errors.Is(err, vecengine.ErrNoTable) || errors.Is(err, vecengine.ErrNoNamespace) {
		return nil, nil
	}
	return t, err
}

// Version of a namespace's facts.
func (x *Tx) Version(ns catalog.NamespaceID) (uint64, error) {
	if version, ok := x.Txn.TableVersion(factTable(ns)); ok {
		return version, nil
	}
	t, err := x.facts(ns)
	if t == nil || err != nil {
		return 0, err
	}
	return t.Version(), nil
}

func (x *Tx) find(ns catalog.NamespaceID, key []byte) (*vecengine.Table, []vecengine.Loc, error) {
	t, err := x.facts(ns)
	if t == nil || err != nil {
		return nil, nil, err
	}
	locs, err := t.Lookup(vecengine.IndexID(ns), key, nil)
	return t, locs, err
}

// Get reads a fact.
func (x *Tx) Get(ns catalog.NamespaceID, key []byte) ([]byte, bool, error) {
	t, locs, err := x.find(ns, key)
	if err != nil || len(locs) == 0 {
		return nil, false, err
	}
	b, err := t.Fetch(locs[:1], []vecengine.ColumnID{valueColumn})
	if err != nil {
		return nil, false, err
	}
	return bytes.Clone(b.Cols[0].BytesAt(0)), true, nil
}

// Scan yields facts in key order.
func (x *Tx) Scan(ns catalog.NamespaceID, prefix, after []byte, yield func(key, value []byte) bool) error {
	t, err := x.facts(ns)
	if t == nil || err != nil {
		return err
	}
	r := vecengine.KeyRange{Lo: prefix, LoInc: true, Hi: prefixEnd(prefix)}
	if after != nil {
		r.Lo, r.LoInc = after, false
	}
	scan, err := t.KeyScan(vecengine.KeyScanRequest{Index: vecengine.IndexID(ns), Range: r, Columns: []vecengine.ColumnID{keyColumn, valueColumn}})
	if err != nil {
		return err
	}
	defer scan.Close()
	for {
		b, err := scan.Next(x.ctx)
		if b == nil || err != nil {
			return err
		}
		for i := range b.Rows() {
			at := i
			if b.Sel != nil {
				at = int(b.Sel[i])
			}
			if !yield(b.Cols[0].BytesAt(at), b.Cols[1].BytesAt(at)) {
				return nil
			}
		}
	}
}

// prefixEnd is the first key after all that begin with prefix, nil for none.
func prefixEnd(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

func factRows(key, value []byte) vecengine.Rows {
	k, v := column.NewBuilder(column.Bytes, 0, 1), column.NewBuilder(column.Bytes, 0, 1)
	k.AppendBytes(key)
	v.AppendBytes(value)
	keyCol := k.Finish()
	return vecengine.Rows{Cols: []column.Column{keyCol, v.Finish()}, Keys: []vecengine.Keys{{Bytes: keyCol}}}
}

// Insert adds a fact.
func (x *Tx) Insert(ns catalog.NamespaceID, key, value []byte) error {
	defer x.forget()
	_, err := x.Txn.Insert(x.ctx, factTable(ns), factRows(key, value), vecengine.InsertOptions{})
	var duplicate *vecengine.DuplicateKeyError
	if errors.As(err, &duplicate) {
		return catalog.ErrExists
	}
	return err
}

// lockFact finds a fact's row and locks it; no locs mean that it is not there.
func (x *Tx) lockFact(ns catalog.NamespaceID, key []byte) ([]vecengine.Loc, error) {
	_, locs, err := x.find(ns, key)
	if err != nil || len(locs) == 0 {
		return nil, err
	}
	locked, view, err := x.Txn.LockRows(x.ctx, factTable(ns), locs[:1], vecengine.LockUpdate, vecengine.WaitBlock)
	if err != nil {
		if errors.Is(err, vecengine.ErrSerialization) {
			err = catalog.ErrChanged
		}
		return nil, err
	}
	view.Close()
	if locked[0].Outcome != vecengine.LockedSame {
		return nil, catalog.ErrChanged
	}
	return []vecengine.Loc{locked[0].Loc}, nil
}

// Put changes or adds a fact.
func (x *Tx) Put(ns catalog.NamespaceID, key, value []byte) error {
	locs, err := x.lockFact(ns, key)
	if err != nil {
		return err
	}
	if locs == nil {
		if err := x.Insert(ns, key, value); !errors.Is(err, catalog.ErrExists) {
			return err
		}
		return catalog.ErrChanged
	}
	defer x.forget()
	return x.Txn.Update(x.ctx, factTable(ns), locs, factRows(key, value))
}

// Delete removes a fact.
func (x *Tx) Delete(ns catalog.NamespaceID, key []byte) error {
	locs, err := x.lockFact(ns, key)
	if err != nil || locs == nil {
		return err
	}
	defer x.forget()
	return x.Txn.Delete(x.ctx, factTable(ns), locs)
}

func (x *Tx) createFacts(ns catalog.NamespaceID) error {
	defer x.forget()
	return x.Txn.CreateTable(vecengine.NamespaceID(ns), factTable(ns), factSchema(ns))
}

// CreateNamespace makes a namespace's folder and its fact table.
func (x *Tx) CreateNamespace(ns catalog.NamespaceID) error {
	if err := x.Txn.CreateNamespace(vecengine.NamespaceID(ns)); err != nil {
		return err
	}
	return x.createFacts(ns)
}

// DropNamespace drops a namespace with its facts and data.
func (x *Tx) DropNamespace(ns catalog.NamespaceID) error {
	defer x.forget()
	return x.Txn.DropNamespace(vecengine.NamespaceID(ns))
}

// CreateStorage makes the storage of a table.
func (x *Tx) CreateStorage(t *catalog.Table) error {
	s, err := SchemaOf(t)
	if err != nil {
		return err
	}
	defer x.forget()
	return x.Txn.CreateTable(vecengine.NamespaceID(t.Namespace), vecengine.TableID(t.Storage), s)
}

// AlterStorage brings a table's storage to what its facts say.
func (x *Tx) AlterStorage(ctx context.Context, t *catalog.Table) error {
	s, err := SchemaOf(t)
	if err != nil {
		return err
	}
	defer x.forget()
	return x.Txn.AlterTable(ctx, vecengine.TableID(t.Storage), s)
}

// DropStorage drops a table's storage.
func (x *Tx) DropStorage(_ catalog.NamespaceID, id catalog.StorageID) error {
	defer x.forget()
	return x.Txn.DropTable(vecengine.TableID(id))
}

// LockTable waits for and takes a table lock; with nowait it gives catalog.ErrLocked instead of waiting.
func (x *Tx) LockTable(ctx context.Context, _ catalog.NamespaceID, id catalog.StorageID, mode int, nowait bool) error {
	policy := vecengine.WaitBlock
	if nowait {
		policy = vecengine.WaitError
	}
	err := x.Txn.LockTable(ctx, vecengine.TableID(id), vecengine.TableLockMode(mode), policy)
	if errors.Is(err, vecengine.ErrLockNotAvailable) {
		return catalog.ErrLocked
	}
	return err
}
