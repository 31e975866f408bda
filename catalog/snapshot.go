package catalog

import (
	"cmp"
	"encoding/binary"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Catalog is what all sessions share: the store, caches, and the relations that are computed rather than stored.
type Catalog struct {
	store    Store
	cache    factsCache
	places   placesCache
	builtin  map[string]*builtinSchema
	builtins []*builtinSchema
	byOID    map[OID]*Table
	counters counters
}

type builtinSchema struct {
	ns     Namespace
	tables map[string]*Table
	order  []*Table
}

// New makes a catalog over a store; its computed relations are added with AddBuiltin before the first session.
func New(store Store) *Catalog {
	return &Catalog{store: store, cache: factsCache{facts: map[NamespaceID]*facts{}, owners: map[OID]NamespaceID{}},
		places:  placesCache{byPath: map[placePath]placed{}, paths: map[placeID]placedPath{}},
		builtin: map[string]*builtinSchema{}, byOID: map[OID]*Table{}, counters: counters{open: map[counterKey]*counter{}}}
}

// AddBuiltin adds a schema that has no folder and its relations: virtual tables and views. Not safe once sessions run.
func (c *Catalog) AddBuiltin(name string, oid OID, relations []*Table) {
	b := &builtinSchema{ns: Namespace{OID: oid, Path: name, Owner: BootstrapRoleOID, Builtin: true}, tables: map[string]*Table{}}
	for _, t := range relations {
		t.NamespaceOID, t.Schema, t.Owner = oid, name, BootstrapRoleOID
		b.tables[t.Name] = t
		c.byOID[t.OID] = t
	}
	b.order = sortedByName(b.tables)
	c.builtin[name] = b
	c.builtins = append(c.builtins, b)
}

func sortedByName[T any](m map[string]T) []T {
	out := make([]T, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[name])
	}
	return out
}

// Snapshot is a Reader and Writer over one transaction. It is cheap to make and keeps nothing that a later statement could find stale:
// every answer is checked against the version of the facts as the transaction sees them now.
type Snapshot struct {
	cat   *Catalog
	tx    Tx
	db    *Database
	local map[NamespaceID]*facts // facts with this transaction's own changes
}

// Snapshot reads and writes in tx for sessions of database db, which may be nil before one is chosen.
func (c *Catalog) Snapshot(tx Tx, db *Database) *Snapshot {
	return &Snapshot{cat: c, tx: tx, db: db}
}

var _ Writer = (*Snapshot)(nil)

// Database is the session's.
func (s *Snapshot) Database() *Database { return s.db }

func (s *Snapshot) namedFact(nameKind, objectKind byte, name string, into any) (bool, error) {
	v, ok, err := s.tx.Get(SystemNamespace, nameKey(nameKind, name))
	if err != nil || !ok {
		return false, err
	}
	oid, err := decodeOID(v)
	if err != nil {
		return false, err
	}
	return s.fact(SystemNamespace, oidKey(objectKind, oid), into)
}

func (s *Snapshot) fact(ns NamespaceID, key []byte, into any) (bool, error) {
	v, ok, err := s.tx.Get(ns, key)
	if err != nil || !ok {
		return false, err
	}
	return true, decode(v, into)
}

func scanAll[T any](s *Snapshot, ns NamespaceID, prefix byte) ([]*T, error) {
	var out []*T
	var failed error
	err := s.tx.Scan(ns, []byte{prefix}, nil, func(_, value []byte) bool {
		v := new(T)
		if failed = decode(value, v); failed != nil {
			return false
		}
		out = append(out, v)
		return true
	})
	if err == nil {
		err = failed
	}
	return out, err
}

// DatabaseByName finds a database.
func (s *Snapshot) DatabaseByName(name string) (*Database, error) {
	d := &Database{}
	if ok, err := s.namedFact('d', 'D', name, d); err != nil || !ok {
		return nil, err
	}
	return d, nil
}

// Databases lists all databases by OID.
func (s *Snapshot) Databases() ([]*Database, error) {
	return scanAll[Database](s, SystemNamespace, 'D')
}

// RoleByName finds a role.
func (s *Snapshot) RoleByName(name string) (*Role, error) {
	r := &Role{}
	if ok, err := s.namedFact('r', 'R', name, r); err != nil || !ok {
		return nil, err
	}
	return r, nil
}

// RoleByOID finds a role.
func (s *Snapshot) RoleByOID(oid OID) (*Role, error) {
	r := &Role{}
	if ok, err := s.fact(SystemNamespace, oidKey('R', oid), r); err != nil || !ok {
		return nil, err
	}
	return r, nil
}

// Roles lists all roles by OID.
func (s *Snapshot) Roles() ([]*Role, error) { return scanAll[Role](s, SystemNamespace, 'R') }

// NamespaceByPath finds a schema by its whole path.
func (s *Snapshot) NamespaceByPath(path string) (*Namespace, error) {
	if b := s.cat.builtin[path]; b != nil {
		return &b.ns, nil
	}
	parts, err := SplitPath(path)
	if err != nil || s.db == nil {
		return nil, err
	}
	version, err := s.tx.Version(SystemNamespace)
	if err != nil {
		return nil, err
	}
	key := placePath{s.db.Root, path}
	if n, known := s.cat.places.namespace(version, key); known {
		return n, nil
	}
	n, err := s.descend(parts)
	if err != nil {
		return nil, err
	}
	if n != nil {
		s.place(n, path)
	}
	s.cat.places.putNamespace(version, key, n)
	return n, nil
}

// descend reads the facts of a path from its top; nil when a component is not there.
func (s *Snapshot) descend(parts []string) (*Namespace, error) {
	parent := s.db.Root
	var n *Namespace
	for _, part := range parts {
		n = &Namespace{}
		ok, err := s.fact(SystemNamespace, childKey(parent, part), n)
		if err != nil || !ok {
			return nil, err
		}
		parent = n.ID
	}
	return n, nil
}

// place fills in what a namespace's fact leaves to its place in the tree.
func (s *Snapshot) place(n *Namespace, path string) {
	n.Path, n.Database = path, s.db.OID
	if path == "public" {
		n.OID = PublicNamespaceOID
	}
}

// NamespaceByOID finds a schema of the current database.
func (s *Snapshot) NamespaceByOID(oid OID) (*Namespace, error) {
	for _, b := range s.cat.builtins {
		if b.ns.OID == oid {
			return &b.ns, nil
		}
	}
	if oid == PublicNamespaceOID {
		return s.NamespaceByPath("public")
	}
	return s.namespaceByID(NamespaceID(oid))
}

// namespaceByID climbs from a namespace to its database's root; nil when that is not the current one.
func (s *Snapshot) namespaceByID(id NamespaceID) (*Namespace, error) {
	if s.db == nil {
		return nil, nil
	}
	version, err := s.tx.Version(SystemNamespace)
	if err != nil {
		return nil, err
	}
	key := placeID{s.db.Root, id}
	path, known := s.cat.places.path(version, key)
	if !known {
		if path, err = s.climb(id); err != nil {
			return nil, err
		}
		s.cat.places.putPath(version, key, path)
	}
	if path == "" {
		return nil, nil
	}
	return s.NamespaceByPath(path)
}

// climb reads a namespace's path from its end; "" when it is not in the current database.
func (s *Snapshot) climb(id NamespaceID) (string, error) {
	var parts []string
	for at := id; at != s.db.Root; {
		v, ok, err := s.tx.Get(SystemNamespace, idKey('I', uint64(at)))
		if err != nil || !ok || len(v) < 8 {
			return "", err
		}
		parts = append(parts, string(v[8:]))
		at = NamespaceID(binary.BigEndian.Uint64(v))
	}
	slices.Reverse(parts)
	return strings.Join(parts, PathSeparator), nil
}

// Namespaces lists the current database's schemas: the builtin ones, then each tree from its top, children by component.
func (s *Snapshot) Namespaces() iter.Seq2[*Namespace, error] {
	return func(yield func(*Namespace, error) bool) {
		for _, b := range s.cat.builtins {
			if !yield(&b.ns, nil) {
				return
			}
		}
		if s.db != nil {
			s.walk(s.db.Root, "", yield)
		}
	}
}

// namespacePage is how many children are read at once, so that a list of a million streams.
const namespacePage = 1000

func (s *Snapshot) walk(parent NamespaceID, path string, yield func(*Namespace, error) bool) bool {
	after := ""
	for {
		page, err := s.children(parent, path, after, namespacePage)
		if err != nil {
			return yield(nil, err)
		}
		for _, n := range page {
			if !yield(n, nil) || !s.walk(n.ID, n.Path, yield) {
				return false
			}
			after = lastComponent(n.Path)
		}
		if len(page) < namespacePage {
			return true
		}
	}
}

func lastComponent(path string) string { return path[strings.LastIndex(path, PathSeparator)+1:] }

// Children lists a namespace's immediate children after a component, bytewise.
func (s *Snapshot) Children(parent NamespaceID, after string, limit int) ([]*Namespace, error) {
	path := ""
	if s.db != nil && parent != s.db.Root {
		n, err := s.namespaceByID(parent)
		if err != nil || n == nil {
			return nil, err
		}
		path = n.Path
	}
	return s.children(parent, path, after, limit)
}

func (s *Snapshot) children(parent NamespaceID, path, after string, limit int) ([]*Namespace, error) {
	var from []byte
	if after != "" {
		from = childKey(parent, after)
	}
	prefix := childKey(parent, "")
	var out []*Namespace
	var failed error
	err := s.tx.Scan(SystemNamespace, prefix, from, func(key, value []byte) bool {
		n := &Namespace{}
		if failed = decode(value, n); failed != nil {
			return false
		}
		component := string(key[len(prefix):])
		full := component
		if path != "" {
			full = path + PathSeparator + component
		}
		s.place(n, full)
		out = append(out, n)
		return len(out) < limit
	})
	if err == nil {
		err = failed
	}
	return out, err
}

// facts of a namespace as the transaction sees them now.
func (s *Snapshot) facts(ns *Namespace) (*facts, error) {
	version, err := s.tx.Version(ns.ID)
	if err != nil {
		return nil, err
	}
	if f := s.local[ns.ID]; f != nil && f.version == version && f.path == ns.Path {
		return f, nil
	}
	if f := s.cat.cache.get(ns, version); f != nil {
		return f, nil
	}
	f, err := loadFacts(s.tx, ns, version)
	if err != nil {
		return nil, err
	}
	if s.local == nil {
		s.local = map[NamespaceID]*facts{}
	}
	s.local[ns.ID] = f
	s.cat.cache.put(ns.ID, f)
	return f, nil
}

// TableByName finds a table or view, or a sequence as the relation of one row that selecting from it reads.
func (s *Snapshot) TableByName(ns *Namespace, name string) (*Table, error) {
	if ns.Builtin {
		return s.cat.builtin[ns.Path].tables[name], nil
	}
	f, err := s.facts(ns)
	if err != nil {
		return nil, err
	}
	if q := f.sequences[name]; q != nil {
		return s.sequenceTable(q), nil
	}
	return f.tables[name], nil
}

// Tables lists a schema's tables and views by name.
func (s *Snapshot) Tables(ns *Namespace) ([]*Table, error) {
	if ns.Builtin {
		return s.cat.builtin[ns.Path].order, nil
	}
	f, err := s.facts(ns)
	if err != nil {
		return nil, err
	}
	return f.order, nil
}

// Sequences lists a schema's sequences by name.
func (s *Snapshot) Sequences(ns *Namespace) ([]*Sequence, error) {
	if ns.Builtin {
		return nil, nil
	}
	f, err := s.facts(ns)
	if err != nil {
		return nil, err
	}
	return f.seqOrder, nil
}

// IndexByName finds an index and its table.
func (s *Snapshot) IndexByName(ns *Namespace, name string) (*Index, *Table, error) {
	if ns.Builtin {
		return nil, nil, nil
	}
	f, err := s.facts(ns)
	if err != nil {
		return nil, nil, err
	}
	found := f.indexes[name]
	return found.index, found.table, nil
}

// SequenceByName finds a sequence.
func (s *Snapshot) SequenceByName(ns *Namespace, name string) (*Sequence, error) {
	if ns.Builtin {
		return nil, nil
	}
	f, err := s.facts(ns)
	if err != nil {
		return nil, err
	}
	return f.sequences[name], nil
}

// findByOID asks the namespace where the OID was last seen, then all of them.
func findByOID[T comparable](s *Snapshot, oid OID, in func(*facts) T) (T, error) {
	var none T
	if id, ok := s.cat.cache.owner(oid); ok {
		n, err := s.namespaceByID(id)
		if err != nil {
			return none, err
		}
		if n != nil {
			f, err := s.facts(n)
			if err != nil {
				return none, err
			}
			if found := in(f); found != none {
				return found, nil
			}
		}
	}
	if oid < FirstNormalOID {
		return none, nil
	}
	for n, err := range s.Namespaces() {
		if err != nil {
			return none, err
		}
		if n.Builtin {
			continue
		}
		f, err := s.facts(n)
		if err != nil {
			return none, err
		}
		if found := in(f); found != none {
			return found, nil
		}
	}
	return none, nil
}

// TableByOID finds a table or view of the current database.
func (s *Snapshot) TableByOID(oid OID) (*Table, error) {
	if t := s.cat.byOID[oid]; t != nil {
		return t, nil
	}
	return findByOID(s, oid, func(f *facts) *Table { return f.tableOIDs[oid] })
}

// IndexByOID finds an index of the current database and its table.
func (s *Snapshot) IndexByOID(oid OID) (*Index, *Table, error) {
	found, err := findByOID(s, oid, func(f *facts) indexOf { return f.indexOIDs[oid] })
	return found.index, found.table, err
}

// SequenceByOID finds a sequence of the current database.
func (s *Snapshot) SequenceByOID(oid OID) (*Sequence, error) {
	return findByOID(s, oid, func(f *facts) *Sequence { return f.seqOIDs[oid] })
}

// Extensions lists the current database's extensions by name.
func (s *Snapshot) Extensions() ([]*Extension, error) {
	if s.db == nil {
		return nil, nil
	}
	list, err := scanAll[Extension](s, s.db.Root, 'x')
	slices.SortFunc(list, func(a, b *Extension) int { return cmp.Compare(a.Name, b.Name) })
	return list, err
}

// Stamp is the versions of some namespaces' facts at one moment.
type Stamp []struct {
	ns      NamespaceID
	version uint64
}

// Stamp notes the versions of namespaces' facts, so that Unchanged can tell cheaply that whatever was read of them still holds.
func (s *Snapshot) Stamp(namespaces []NamespaceID) (Stamp, error) {
	stamp := make(Stamp, len(namespaces))
	for i, ns := range namespaces {
		version, err := s.tx.Version(ns)
		if err != nil {
			return nil, err
		}
		stamp[i].ns, stamp[i].version = ns, version
	}
	return stamp, nil
}

// Unchanged tells whether all facts are as they were at the stamp.
func (s *Snapshot) Unchanged(stamp Stamp) (bool, error) {
	for _, at := range stamp {
		version, err := s.tx.Version(at.ns)
		if err != nil || version != at.version {
			return false, err
		}
	}
	return true, nil
}
