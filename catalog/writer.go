package catalog

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// NewID gives a number never given before.
func (s *Snapshot) NewID() uint64 { return s.cat.store.NewID() }

// NewOID gives an OID never given before.
func (s *Snapshot) NewOID() (OID, error) {
	id := s.NewID()
	if id >= 1<<32 {
		return 0, pgerr.New(pgerrcode.ProgramLimitExceeded, "the data directory has used up its object identifiers")
	}
	return OID(id), nil
}

// changed turns a lost race about a fact into what the client is told.
func changed(err error) error {
	if errors.Is(err, ErrChanged) {
		return pgerr.New(pgerrcode.SerializationFailure, "could not serialize access due to concurrent change of the catalog")
	}
	return err
}

func (s *Snapshot) put(ns NamespaceID, key []byte, v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	return changed(s.tx.Put(ns, key, b))
}

func (s *Snapshot) remove(ns NamespaceID, keys ...[]byte) error {
	for _, key := range keys {
		if err := s.tx.Delete(ns, key); err != nil {
			return changed(err)
		}
	}
	return nil
}

// insertName claims a name; taken says what to tell when somebody has it.
func (s *Snapshot) insertName(ns NamespaceID, key, value []byte, taken func() error) error {
	err := s.tx.Insert(ns, key, value)
	if errors.Is(err, ErrExists) {
		return taken()
	}
	return err
}

// CreateDatabase makes a database with its root and its schema public.
func (s *Snapshot) CreateDatabase(d *Database) error {
	oid, err := s.NewOID()
	if err != nil {
		return err
	}
	d.OID, d.Root = oid, NamespaceID(s.NewID())
	err = s.insertName(SystemNamespace, nameKey('d', d.Name), oidValue(oid), func() error {
		return pgerr.New(pgerrcode.DuplicateDatabase, "database %q already exists", d.Name)
	})
	if err != nil {
		return err
	}
	if err := s.put(SystemNamespace, oidKey('D', oid), d); err != nil {
		return err
	}
	if err := s.tx.CreateNamespace(d.Root); err != nil {
		return err
	}
	inside := &Snapshot{cat: s.cat, tx: s.tx, db: d}
	return inside.CreateNamespace(&Namespace{Path: "public", Owner: d.Owner, Comment: "standard public schema"})
}

func oidValue(oid OID) []byte { return binary.BigEndian.AppendUint32(nil, uint32(oid)) }

// PutDatabase stores new facts of a database, a new name too.
func (s *Snapshot) PutDatabase(d *Database) error {
	old := &Database{}
	ok, err := s.fact(SystemNamespace, oidKey('D', d.OID), old)
	if err != nil {
		return err
	}
	if ok && old.Name != d.Name {
		err := s.insertName(SystemNamespace, nameKey('d', d.Name), oidValue(d.OID), func() error {
			return pgerr.New(pgerrcode.DuplicateDatabase, "database %q already exists", d.Name)
		})
		if err != nil {
			return err
		}
		if err := s.remove(SystemNamespace, nameKey('d', old.Name)); err != nil {
			return err
		}
	}
	return s.put(SystemNamespace, oidKey('D', d.OID), d)
}

// DropDatabase drops a database with all its namespaces.
func (s *Snapshot) DropDatabase(d *Database) error {
	inside := &Snapshot{cat: s.cat, tx: s.tx, db: d}
	var all []*Namespace
	for n, err := range inside.Namespaces() {
		if err != nil {
			return err
		}
		if !n.Builtin {
			all = append(all, n)
		}
	}
	for i := len(all) - 1; i >= 0; i-- {
		if err := inside.DropNamespace(all[i]); err != nil {
			return err
		}
	}
	if err := s.tx.DropNamespace(d.Root); err != nil {
		return err
	}
	return s.remove(SystemNamespace, nameKey('d', d.Name), oidKey('D', d.OID))
}

// PutRole makes or changes a role; OID 0 gives it one.
func (s *Snapshot) PutRole(r *Role) error {
	taken := func() error {
		return pgerr.New(pgerrcode.DuplicateObject, "role %q already exists", r.Name)
	}
	if r.OID == 0 {
		oid, err := s.NewOID()
		if err != nil {
			return err
		}
		r.OID = oid
		if err := s.insertName(SystemNamespace, nameKey('r', r.Name), oidValue(oid), taken); err != nil {
			return err
		}
		return s.put(SystemNamespace, oidKey('R', oid), r)
	}
	old, err := s.RoleByOID(r.OID)
	if err != nil {
		return err
	}
	if old == nil || old.Name != r.Name {
		if err := s.insertName(SystemNamespace, nameKey('r', r.Name), oidValue(r.OID), taken); err != nil {
			return err
		}
	}
	if old != nil && old.Name != r.Name {
		if err := s.remove(SystemNamespace, nameKey('r', old.Name)); err != nil {
			return err
		}
	}
	return s.put(SystemNamespace, oidKey('R', r.OID), r)
}

// DropRole drops a role.
func (s *Snapshot) DropRole(oid OID) error {
	r, err := s.RoleByOID(oid)
	if err != nil || r == nil {
		return err
	}
	return s.remove(SystemNamespace, nameKey('r', r.Name), oidKey('R', oid))
}

// parentOf is the id of the namespace above a path in the current database: 3F000 when it does not exist.
func (s *Snapshot) parentOf(path string) (NamespaceID, error) {
	up := ParentPath(path)
	if up == "" {
		return s.db.Root, nil
	}
	parent, err := s.NamespaceByPath(up)
	if err != nil {
		return 0, err
	}
	if parent == nil {
		return 0, pgerr.New(pgerrcode.InvalidSchemaName, "schema %q does not exist", up).
			WithDetail("It is the parent of schema %q.", path)
	}
	return parent.ID, nil
}

// CreateNamespace makes a namespace under its parent. Errors: 3F000 for a missing parent, 42P06 when it exists.
func (s *Snapshot) CreateNamespace(n *Namespace) error {
	parts, err := SplitPath(n.Path)
	if err != nil {
		return err
	}
	if n.Parent, err = s.parentOf(n.Path); err != nil {
		return err
	}
	oid, err := s.NewOID()
	if err != nil {
		return err
	}
	n.ID, n.OID, n.Database = NamespaceID(oid), oid, s.db.OID
	fact, err := encode(n)
	if err != nil {
		return err
	}
	component := parts[len(parts)-1]
	err = s.insertName(SystemNamespace, childKey(n.Parent, component), fact, func() error {
		return pgerr.New(pgerrcode.DuplicateSchema, "schema %q already exists", n.Path)
	})
	if err != nil {
		return err
	}
	place := append(binary.BigEndian.AppendUint64(nil, uint64(n.Parent)), component...)
	if err := changed(s.tx.Put(SystemNamespace, idKey('I', uint64(n.ID)), place)); err != nil {
		return err
	}
	if n.Path == "public" {
		n.OID = PublicNamespaceOID
	}
	return s.tx.CreateNamespace(n.ID)
}

// PutNamespace stores new facts of a namespace. Another path moves it with all below it, in one edit; a component that the new parent
// has already is 42P06, a move below itself 42602.
func (s *Snapshot) PutNamespace(n *Namespace) error {
	v, ok, err := s.tx.Get(SystemNamespace, idKey('I', uint64(n.ID)))
	if err != nil {
		return err
	}
	if !ok || len(v) < 8 {
		return pgerr.New(pgerrcode.InvalidSchemaName, "schema %q does not exist", n.Path)
	}
	parts, err := SplitPath(n.Path)
	if err != nil {
		return err
	}
	parent, err := s.parentOf(n.Path)
	if err != nil {
		return err
	}
	oldParent, oldComponent := NamespaceID(binary.BigEndian.Uint64(v)), string(v[8:])
	component := parts[len(parts)-1]
	n.Parent = parent
	if parent == oldParent && component == oldComponent {
		return s.put(SystemNamespace, childKey(parent, component), n)
	}
	if below, err := s.isBelow(parent, n.ID); err != nil || below {
		if err == nil {
			err = pgerr.New(pgerrcode.InvalidName, "schema cannot be moved below itself")
		}
		return err
	}
	fact, err := encode(n)
	if err != nil {
		return err
	}
	err = s.insertName(SystemNamespace, childKey(parent, component), fact, func() error {
		return pgerr.New(pgerrcode.DuplicateSchema, "schema %q already exists", n.Path)
	})
	if err != nil {
		return err
	}
	if err := s.remove(SystemNamespace, childKey(oldParent, oldComponent)); err != nil {
		return err
	}
	place := append(binary.BigEndian.AppendUint64(nil, uint64(parent)), component...)
	return changed(s.tx.Put(SystemNamespace, idKey('I', uint64(n.ID)), place))
}

func (s *Snapshot) isBelow(id, top NamespaceID) (bool, error) {
	for id != s.db.Root {
		if id == top {
			return true, nil
		}
		v, ok, err := s.tx.Get(SystemNamespace, idKey('I', uint64(id)))
		if err != nil || !ok || len(v) < 8 {
			return false, err
		}
		id = NamespaceID(binary.BigEndian.Uint64(v))
	}
	return false, nil
}

// DropNamespace drops a namespace with its tables. Children must be gone: 2BP01.
func (s *Snapshot) DropNamespace(n *Namespace) error {
	children, err := s.Children(n.ID, "", 1)
	if err != nil {
		return err
	}
	if len(children) > 0 {
		return pgerr.New(pgerrcode.DependentObjectsStillExist, "cannot drop schema %s because other objects depend on it", n.Path).
			WithDetail("schema %s is below it", children[0].Path)
	}
	parent, err := s.parentOf(n.Path)
	if err != nil {
		return err
	}
	if err := s.remove(SystemNamespace, childKey(parent, lastComponent(n.Path)), idKey('I', uint64(n.ID))); err != nil {
		return err
	}
	return s.tx.DropNamespace(n.ID)
}

func (s *Snapshot) claimRelation(ns NamespaceID, kind byte, name string, oid OID) error {
	return s.insertName(ns, nameKey('n', name), nameValue(kind, oid), func() error {
		return pgerr.New(pgerrcode.DuplicateTable, "relation %q already exists", name)
	})
}

// CreateTable makes a table or view with its indexes and, for a table, its storage.
func (s *Snapshot) CreateTable(t *Table) error {
	if err := s.claimRelation(t.Namespace, byte(t.Kind), t.Name, t.OID); err != nil {
		return err
	}
	for _, ix := range t.Indexes {
		if err := s.claimRelation(t.Namespace, byte(KindIndex), ix.Name, ix.OID); err != nil {
			return err
		}
	}
	t.Version = s.NewID()
	if err := s.put(t.Namespace, oidKey('t', t.OID), t); err != nil {
		return err
	}
	if t.Storage == 0 {
		return s.linkView(nil, t)
	}
	return s.tx.CreateStorage(t)
}

func (s *Snapshot) storedTable(t *Table) (*Table, error) {
	old := &Table{}
	ok, err := s.fact(t.Namespace, oidKey('t', t.OID), old)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, pgerr.New(pgerrcode.UndefinedTable, "relation %q does not exist", t.Name)
	}
	return old, nil
}

// PutTable stores new facts of a table; names of indexes are claimed and given up as they come and go. A new Storage is made, unless it exists, and the old one dropped; the
// same Storage is altered to what the facts say.
func (s *Snapshot) PutTable(ctx context.Context, t *Table) error {
	old, err := s.storedTable(t)
	if err != nil {
		return err
	}
	if err := s.renameRelations(old, t); err != nil {
		return err
	}
	t.Version = s.NewID()
	if err := s.put(t.Namespace, oidKey('t', t.OID), t); err != nil {
		return err
	}
	if t.Storage == 0 {
		old.Namespace, old.NamespaceOID = t.Namespace, t.NamespaceOID
		return s.linkView(old, t)
	}
	if t.Storage != old.Storage {
		return s.tx.DropStorage(t.Namespace, old.Storage)
	}
	return s.tx.AlterStorage(ctx, t)
}

// renameRelations moves the names of a table and its indexes from the old facts to the new ones.
func (s *Snapshot) renameRelations(old, t *Table) error {
	was := map[string]OID{old.Name: old.OID}
	for _, ix := range old.Indexes {
		was[ix.Name] = ix.OID
	}
	is := map[string]OID{t.Name: t.OID}
	for _, ix := range t.Indexes {
		if _, taken := is[ix.Name]; taken {
			return pgerr.New(pgerrcode.DuplicateTable, "relation %q already exists", ix.Name)
		}
		is[ix.Name] = ix.OID
	}
	for name, oid := range was {
		if is[name] != oid {
			if err := s.remove(t.Namespace, nameKey('n', name)); err != nil {
				return err
			}
		}
	}
	for name, oid := range is {
		if was[name] == oid {
			continue
		}
		kind := byte(KindIndex)
		if oid == t.OID {
			kind = byte(t.Kind)
		}
		if err := s.claimRelation(t.Namespace, kind, name, oid); err != nil {
			return err
		}
	}
	return nil
}

// CreateStorage makes storage for new facts of a table that PutTable will store next, for a rewrite: the facts name a new Storage.
func (s *Snapshot) CreateStorage(t *Table) error { return s.tx.CreateStorage(t) }

// LockTable waits for and takes a table lock, 1 AccessShare … 8 AccessExclusive.
func (s *Snapshot) LockTable(ctx context.Context, t *Table, mode int) error {
	return s.tx.LockTable(ctx, t.Namespace, t.Storage, mode, false)
}

// TryLockTable is LockTable that does not wait: 55P03 when somebody is in the way.
func (s *Snapshot) TryLockTable(ctx context.Context, t *Table, mode int) error {
	err := s.tx.LockTable(ctx, t.Namespace, t.Storage, mode, true)
	if errors.Is(err, ErrLocked) {
		return pgerr.New(pgerrcode.LockNotAvailable, "could not obtain lock on relation %q", t.Name)
	}
	return err
}

// DropTable drops a table or view with its indexes.
func (s *Snapshot) DropTable(t *Table) error {
	keys := [][]byte{nameKey('n', t.Name), oidKey('t', t.OID)}
	for _, ix := range t.Indexes {
		keys = append(keys, nameKey('n', ix.Name))
	}
	if err := s.remove(t.Namespace, keys...); err != nil {
		return err
	}
	if t.Storage == 0 {
		return s.linkView(t, nil)
	}
	return s.tx.DropStorage(t.Namespace, t.Storage)
}

// PutSequence makes or changes a sequence.
func (s *Snapshot) PutSequence(q *Sequence) error {
	old := &Sequence{}
	ok, err := s.fact(q.Namespace, oidKey('q', q.OID), old)
	if err != nil {
		return err
	}
	if !ok || old.Name != q.Name {
		if err := s.claimRelation(q.Namespace, byte(KindSequence), q.Name, q.OID); err != nil {
			return err
		}
		if ok {
			if err := s.remove(q.Namespace, nameKey('n', old.Name)); err != nil {
				return err
			}
		}
	}
	return s.put(q.Namespace, oidKey('q', q.OID), q)
}

// DropSequence drops a sequence and its counter.
func (s *Snapshot) DropSequence(q *Sequence) error {
	return s.remove(q.Namespace, nameKey('n', q.Name), oidKey('q', q.OID), idKey('c', q.Counter))
}

// PutExtension makes or changes an extension of the current database.
func (s *Snapshot) PutExtension(e *Extension) error {
	if s.db == nil {
		return fmt.Errorf("catalog: no database for extension %s", e.Name)
	}
	if e.OID == 0 {
		oid, err := s.NewOID()
		if err != nil {
			return err
		}
		e.OID = oid
	}
	return s.put(s.db.Root, nameKey('x', e.Name), e)
}

// DropExtension drops an extension of the current database.
func (s *Snapshot) DropExtension(e *Extension) error {
	return s.remove(s.db.Root, nameKey('x', e.Name))
}
