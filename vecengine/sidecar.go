package vecengine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/segment"
	"vecgres/vecengine/vfs"
)

// sidecarKind tells what an index file of a segment holds. Numbers are part of the manifest's format.
type sidecarKind uint32

const (
	keysSidecar    sidecarKind = 1
	graphSidecar   sidecarKind = 2
	vectorsSidecar sidecarKind = 3 // of a computed index, beside the graph
)

// fits tells whether an index of this kind has such sidecars.
func (k sidecarKind) fits(x *IndexDef) bool {
	switch k {
	case keysSidecar:
		return x.Kind == KeyIndex
	case graphSidecar:
		return x.Kind == VectorIndex
	case vectorsSidecar:
		return x.Computed()
	}
	return false
}

// sidecars are the index files of a segment. Immutable: attaching one makes a new set.
//
// A sidecar that is damaged is here with the damage in the place of its content. Keys and vectors come from the caller, so such an index
// answers with the error until it is made anew; the rest of the table goes on, but for merges of this segment. A graph is only built from
// what the segment has: without it the segment is searched exactly, and maintenance builds another.
type sidecars struct {
	keys    map[IndexID]*segmentKeys
	vectors map[IndexID]*segmentVectors
	graphs  map[IndexID]*vectorIndex
}

// sidecarFile is a sidecar as manifests and logs name it.
type sidecarFile struct {
	index  IndexID
	kind   sidecarKind
	file   storedFile
	damage error
}

func (c *sidecars) all() iter.Seq[sidecarFile] {
	return func(yield func(sidecarFile) bool) {
		for id, x := range c.keys {
			if !yield(sidecarFile{id, keysSidecar, x.file, x.damage}) {
				return
			}
		}
		for id, x := range c.vectors {
			if !yield(sidecarFile{id, vectorsSidecar, x.file, x.damage}) {
				return
			}
		}
		for id, x := range c.graphs {
			if !yield(sidecarFile{id, graphSidecar, x.file, x.damage}) {
				return
			}
		}
	}
}

// attach adds or replaces sidecars; readers see them from then on. What is replaced stays open until the segment is closed.
func (s *segmentPart) attach(change func(c *sidecars)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.sidecars.Load()
	next := &sidecars{maps.Clone(old.keys), maps.Clone(old.vectors), maps.Clone(old.graphs)}
	change(next)
	s.sidecars.Store(next)
}

func (s *segmentPart) attachKeys(id IndexID, x *segmentKeys) {
	s.attach(func(c *sidecars) {
		s.replace(c.keys[id])
		c.keys[id] = x
	})
}

// attachVectors takes the graph away that was over the vectors before.
func (s *segmentPart) attachVectors(id IndexID, x *segmentVectors) {
	s.attach(func(c *sidecars) {
		s.replace(c.vectors[id])
		s.replace(c.graphs[id])
		delete(c.graphs, id)
		c.vectors[id] = x
	})
}

func (s *segmentPart) attachGraph(id IndexID, x *vectorIndex) {
	s.attach(func(c *sidecars) {
		s.replace(c.graphs[id])
		c.graphs[id] = x
	})
}

// replace keeps what is replaced open for who reads it. x may be a nil pointer. The caller holds the lock.
func (s *segmentPart) replace(x interface{ close() }) {
	s.replaced = append(s.replaced, x)
}

// openSidecar opens an index file of a segment and attaches it. A vector index needs its definition, and a computed one its vectors attached.
func (s *segmentPart) openSidecar(ctx context.Context, def *IndexDef, kind sidecarKind, f storedFile) error {
	ns := s.store.e.namespace(s.store.id)
	m, err := ns.mapFile(ctx, f)
	if err != nil {
		return err
	}
	if f.bytes == 0 {
		f.bytes = int64(len(m.Bytes()))
	}
	name := ns.nameOf(f)
	switch kind {
	case keysSidecar:
		x, err := segment.OpenKeyIndex(name, m)
		if err != nil {
			return err
		}
		s.attachKeys(def.ID, &segmentKeys{index: x, file: f})
	case vectorsSidecar:
		x, err := openVectors(name, m, s.rows)
		if err != nil {
			return err
		}
		if x.element != def.Element || x.dim != def.Dim {
			x.c.Close()
			return vfs.Corruptf(name, 0, "vectors of %d %v, the index is on %d %v", x.dim, x.element, def.Dim, def.Element)
		}
		x.file = f
		s.attachVectors(def.ID, x)
	case graphSidecar:
		x, err := openVectorIndex(name, m, s, def)
		if err != nil {
			return err
		}
		x.file = f
		s.attachGraph(def.ID, x)
	default:
		m.Close()
		return fmt.Errorf("vecengine: %s is an index of unknown kind %d", name, kind)
	}
	return nil
}

// openStored is openSidecar for files that were written long ago: damage is attached in the place of the content, and logged.
func (s *segmentPart) openStored(ctx context.Context, def *IndexDef, kind sidecarKind, f storedFile) error {
	err := s.openSidecar(ctx, def, kind, f)
	if !errors.Is(err, vfs.ErrCorrupt) || ctx.Err() != nil {
		return err
	}
	s.damaged(def.ID, kind, f, err)
	return nil
}

// damaged puts damage in the place of a sidecar.
func (s *segmentPart) damaged(id IndexID, kind sidecarKind, f storedFile, cause error) {
	s.store.e.logger.Error("an index of a segment is damaged", "namespace", s.store.id, "table", s.meta.Table, "segment", s.meta.Segment,
		"index", id, "error", cause)
	switch kind {
	case keysSidecar:
		s.attachKeys(id, &segmentKeys{file: f, damage: cause})
	case vectorsSidecar:
		s.attachVectors(id, &segmentVectors{file: f, damage: cause})
	case graphSidecar:
		s.attachGraph(id, &vectorIndex{file: f, damage: cause})
	}
}

// mergeable tells whether all that a merge reads of the sidecars is there.
func (s *segmentPart) mergeable(schema *Schema) bool {
	for f := range s.sidecars.Load().all() {
		if f.damage != nil && f.kind != graphSidecar && schema.index(f.index) != nil {
			return false
		}
	}
	return true
}

// damagedKeys is a key index whose file cannot be read.
type damagedKeys struct{ cause error }

func (d damagedKeys) lookup(_ []byte, _ uint32, dst []uint32) ([]uint32, error) {
	return dst, d.cause
}
func (d damagedKeys) bitmap(KeyRange, uint32) (*roaring.Bitmap, error) { return nil, d.cause }
func (d damagedKeys) count(KeyRange, uint32) (uint64, error)           { return 0, d.cause }
func (d damagedKeys) cursor(KeyRange, bool) keyCursor                  { return damagedCursor(d) }

type damagedCursor struct{ cause error }

func (damagedCursor) next() bool   { return false }
func (damagedCursor) key() []byte  { return nil }
func (damagedCursor) ord() uint32  { return 0 }
func (c damagedCursor) err() error { return c.cause }
