package catalog

import (
	"fmt"
	"sync"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// facts are all relations of one namespace at one version. Immutable.
type facts struct {
	version   uint64
	path      string // of the namespace when they were read
	tables    map[string]*Table
	tableOIDs map[OID]*Table
	indexes   map[string]indexOf
	indexOIDs map[OID]indexOf
	sequences map[string]*Sequence
	seqOIDs   map[OID]*Sequence
	order     []*Table // by name
	seqOrder  []*Sequence
}

type indexOf struct {
	index *Index
	table *Table
}

// missingFacts is the complaint about a schema of the directory that has no facts; nil when the directory does not have it either. Its manifest is
// lost: taken for an empty schema it would be written over.
func missingFacts(tx Tx, ns *Namespace) error {
	_, listed, err := tx.Get(SystemNamespace, idKey('I', uint64(ns.ID)))
	if err != nil || !listed {
		return err
	}
	return pgerr.New(pgerrcode.DataCorrupted, "the stored definitions of schema %q are missing", ns.Path)
}

// loadFacts reads a namespace's relations.
func loadFacts(tx Tx, ns *Namespace, version uint64) (*facts, error) {
	f := &facts{version: version, path: ns.Path, tables: map[string]*Table{}, tableOIDs: map[OID]*Table{}, indexes: map[string]indexOf{},
		indexOIDs: map[OID]indexOf{}, sequences: map[string]*Sequence{}, seqOIDs: map[OID]*Sequence{}}
	if version == 0 {
		return f, missingFacts(tx, ns)
	}
	var failed error
	err := tx.Scan(ns.ID, []byte{'t'}, nil, func(_, value []byte) bool {
		t := &Table{}
		if failed = decode(value, t); failed != nil {
			return false
		}
		t.Namespace, t.NamespaceOID, t.Schema = ns.ID, ns.OID, ns.Path
		f.addTable(t)
		return true
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, fmt.Errorf("namespace %s: %w", ns.Path, err)
	}
	err = tx.Scan(ns.ID, []byte{'q'}, nil, func(_, value []byte) bool {
		s := &Sequence{}
		if failed = decode(value, s); failed != nil {
			return false
		}
		s.Namespace, s.NamespaceOID, s.Schema = ns.ID, ns.OID, ns.Path
		f.sequences[s.Name], f.seqOIDs[s.OID] = s, s
		return true
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, fmt.Errorf("namespace %s: %w", ns.Path, err)
	}
	f.order = sortedByName(f.tables)
	f.seqOrder = sortedByName(f.sequences)
	return f, nil
}

func (f *facts) addTable(t *Table) {
	f.tables[t.Name], f.tableOIDs[t.OID] = t, t
	for _, ix := range t.Indexes {
		f.indexes[ix.Name], f.indexOIDs[ix.OID] = indexOf{ix, t}, indexOf{ix, t}
	}
}

// factsCache keeps the newest facts seen of each namespace, and where an OID was seen. Both forget at random past their bound:
// they are hints, and what is forgotten is read again.
type factsCache struct {
	mu     sync.Mutex
	facts  map[NamespaceID]*facts
	owners map[OID]NamespaceID
}

const (
	cachedNamespacesMax = 4096
	cachedOwnersMax     = 1 << 18
)

func (c *factsCache) get(ns *Namespace, version uint64) *facts {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.facts[ns.ID]; f != nil && f.version == version && f.path == ns.Path {
		return f
	}
	return nil
}

func (c *factsCache) put(ns NamespaceID, f *facts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	evict(c.facts, cachedNamespacesMax)
	c.facts[ns] = f
	evict(c.owners, cachedOwnersMax)
	for oid := range f.tableOIDs {
		c.owners[oid] = ns
	}
	for oid := range f.indexOIDs {
		c.owners[oid] = ns
	}
	for oid := range f.seqOIDs {
		c.owners[oid] = ns
	}
}

func (c *factsCache) owner(oid OID) (NamespaceID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ns, ok := c.owners[oid]
	return ns, ok
}

func evict[K comparable, V any](m map[K]V, most int) {
	for k := range m {
		if len(m) < most {
			return
		}
		delete(m, k)
	}
}
