package catalog

import "sync"

// placesCache keeps what was read of the directory of namespaces, each entry with the version of the system namespace's facts at which it was read:
// at that version it holds. Statements look the same few paths up again and again.
type placesCache struct {
	mu     sync.Mutex
	byPath map[placePath]placed
	paths  map[placeID]placedPath
}

type placePath struct {
	root NamespaceID // the database's
	path string
}

type placed struct {
	version uint64
	n       *Namespace // never changed; nil: there is none
}

type placeID struct{ root, id NamespaceID }

type placedPath struct {
	version uint64
	path    string // "" for none
}

// placesMax is how many entries of each kind are kept.
const placesMax = 4096

// namespace gives a copy of what is known of a path, nil when there is no such namespace.
func (c *placesCache) namespace(version uint64, key placePath) (n *Namespace, known bool) {
	c.mu.Lock()
	kept, known := c.byPath[key]
	c.mu.Unlock()
	if !known || kept.version != version {
		return nil, false
	}
	return cloneNamespace(kept.n), true
}

func (c *placesCache) putNamespace(version uint64, key placePath, n *Namespace) {
	n = cloneNamespace(n)
	c.mu.Lock()
	defer c.mu.Unlock()
	evict(c.byPath, placesMax)
	c.byPath[key] = placed{version, n}
}

func cloneNamespace(n *Namespace) *Namespace {
	if n == nil {
		return nil
	}
	out := *n
	return &out
}

func (c *placesCache) path(version uint64, key placeID) (path string, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, known := c.paths[key]
	return kept.path, known && kept.version == version
}

func (c *placesCache) putPath(version uint64, key placeID, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	evict(c.paths, placesMax)
	c.paths[key] = placedPath{version, path}
}
