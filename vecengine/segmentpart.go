package vecengine

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/column"
	"vecgres/vecengine/segment"
)

// segmentPart is an immutable segment with its sidecars. Index sidecars may be attached after the segment was published.
type segmentPart struct {
	store   *namespaceStore
	reader  *segment.Reader
	meta    *segment.Meta
	rowIDs  []uint64
	begins  []uint64
	file    storedFile
	rows    uint32
	bytes   int64
	uniform Timestamp // begin of all rows, of a spilled segment; 0: the file has them
	// storedEnds is how many of the part's ends the manifest has, in endsFile; guarded by the namespace's manifestMu.
	storedEnds int
	endsFile   storedFile
	mu         sync.Mutex // for attach; guards replaced
	sidecars   atomic.Pointer[sidecars]
	replaced   []interface{ close() }
	// obsolete: nothing durable ever named the files, so the last reader deletes them.
	obsolete atomic.Bool
}

// storedFile is where a file's bytes are: under a key in the store, or inline in the manifest.
type storedFile struct {
	key    string
	inline []byte
	bytes  int64
}

func (s *segmentPart) run(_, n uint32) (run, error) {
	return run{0, n, s.rowIDs[:n], s.begins[:n]}, nil
}

func (s *segmentPart) column(id ColumnID, lo, hi uint32) (column.Column, bool, error) {
	c, ok, err := s.reader.Column(uint32(id))
	if err != nil || !ok {
		return c, ok, err
	}
	return sliceColumn(&c, int(lo), int(hi)), true, nil
}

func (s *segmentPart) findRow(row RowID, n uint32, dst []uint32) ([]uint32, error) {
	if uint64(row) < s.meta.MinRow || uint64(row) > s.meta.MaxRow {
		return dst, nil
	}
	lo, hi, err := s.reader.FindRow(uint64(row))
	for ord := hi - 1; ord >= lo && err == nil; ord-- {
		if uint32(ord) < n {
			dst = append(dst, uint32(ord))
		}
	}
	return dst, err
}

func (s *segmentPart) keyIndex(id IndexID) keyIndex {
	switch x := s.sidecars.Load().keys[id]; {
	case x == nil:
		return nil
	case x.damage != nil:
		return damagedKeys{x.damage}
	default:
		return x
	}
}

func (s *segmentPart) vectors(def *IndexDef, _, _ uint32) (vectorRun, bool, error) {
	x := s.sidecars.Load().vectors[def.ID]
	if x == nil {
		return vectorRun{}, false, nil
	}
	u, err := x.all()
	return u, true, err
}

// vectorIndex is the graph of an index, nil when there is none, or none that can be used.
func (s *segmentPart) vectorIndex(id IndexID) *vectorIndex {
	if x := s.sidecars.Load().graphs[id]; x != nil && x.damage == nil {
		return x
	}
	return nil
}

func (s *segmentPart) release() {
	c := s.sidecars.Load()
	for _, x := range c.keys {
		x.close()
	}
	for _, x := range c.vectors {
		x.close()
	}
	for _, x := range c.graphs {
		x.close()
	}
	for _, x := range s.replaced {
		x.close()
	}
	s.reader.Close()
	if s.obsolete.Load() {
		s.store.deleteLater(s.files()...)
	}
}

// files are the store keys of the segment and its sidecars.
func (s *segmentPart) files() []string {
	var out []string
	add := func(f storedFile) {
		if f.key != "" {
			out = append(out, f.key)
		}
	}
	add(s.file)
	for x := range s.sidecars.Load().all() {
		add(x.file)
	}
	return out
}

// segmentKeys is a key index sidecar.
type segmentKeys struct {
	index  *segment.KeyIndex
	ranks  keyRanks
	bounds keyBounds
	file   storedFile
	damage error // why there is no index
}

func (k *segmentKeys) close() {
	if k != nil && k.index != nil {
		k.index.Close()
	}
}

// keyBounds are an index's first and last key, read at the first look-up. A new row's key is often above all that are stored: then a look-up
// touches none of the file.
type keyBounds struct {
	once        sync.Once
	known       bool
	first, last []byte
}

// outside tells whether a key is below the first or above the last of the index.
func (k *segmentKeys) outside(key []byte) bool {
	b := &k.bounds
	b.once.Do(func() {
		c := k.index.Cursor()
		if !c.First() {
			return // empty or damaged: the look-up finds out
		}
		b.first = bytes.Clone(c.Key())
		if b.known = c.Last(); b.known {
			b.last = bytes.Clone(c.Key())
		}
	})
	return b.known && (bytes.Compare(key, b.last) > 0 || bytes.Compare(key, b.first) < 0)
}

func (k *segmentKeys) lookup(key []byte, n uint32, dst []uint32) ([]uint32, error) {
	if k.outside(key) {
		return dst, nil
	}
	p, ok, err := k.index.Lookup(key)
	if err != nil || !ok {
		return dst, err
	}
	for ord := range p.All() {
		if ord < n {
			dst = append(dst, ord)
		}
	}
	return dst, nil
}

func (k *segmentKeys) bitmap(r KeyRange, n uint32) (*roaring.Bitmap, error) {
	b, err := k.index.Bitmap(segment.Range(r))
	if err == nil && !b.IsEmpty() && b.Maximum() >= n {
		b.RemoveRange(uint64(n), 1<<32)
	}
	return b, err
}

func (k *segmentKeys) count(r KeyRange, _ uint32) (uint64, error) {
	ordinals, _, err := k.index.CountRange(segment.Range(r))
	return ordinals, err
}

func (k *segmentKeys) cursor(r KeyRange, reverse bool) keyCursor {
	return &segmentCursor{c: k.index.Cursor(), r: r, reverse: reverse}
}

// segmentCursor flattens a sidecar's postings into pairs.
type segmentCursor struct {
	c       *segment.Cursor
	r       KeyRange
	reverse bool
	started bool
	ords    []uint32
	at      int
	failure error
}

func (c *segmentCursor) next() bool {
	c.at++
	if c.at < len(c.ords) {
		return true
	}
	c.at, c.ords = 0, c.ords[:0]
	if c.failure != nil || !c.move() {
		return false
	}
	p, err := c.c.Posting()
	if err != nil {
		c.failure = err
		return false
	}
	for ord := range p.All() {
		c.ords = append(c.ords, ord)
	}
	if c.reverse {
		slices.Reverse(c.ords)
	}
	return len(c.ords) > 0
}

// move stands the cursor on the next key of the range.
func (c *segmentCursor) move() bool {
	ok := c.step()
	for ok && (c.reverse && beyondHi(&c.r, c.c.Key()) || !c.reverse && belowLo(&c.r, c.c.Key())) {
		ok = c.step() // at most one key: an exclusive bound
	}
	if !ok {
		c.failure = c.c.Err()
		return false
	}
	if c.reverse {
		return !belowLo(&c.r, c.c.Key())
	}
	return !beyondHi(&c.r, c.c.Key())
}

func (c *segmentCursor) step() bool {
	if c.started {
		if c.reverse {
			return c.c.Prev()
		}
		return c.c.Next()
	}
	c.started = true
	switch {
	case c.reverse && c.r.Hi == nil:
		return c.c.Last()
	case c.reverse && c.c.SeekGE(c.r.Hi):
		if c.r.HiInc && string(c.c.Key()) == string(c.r.Hi) {
			return true
		}
		return c.c.SeekLT(c.r.Hi)
	case c.reverse:
		return c.c.Last()
	case c.r.Lo == nil:
		return c.c.First()
	}
	return c.c.SeekGE(c.r.Lo)
}

func (c *segmentCursor) key() []byte { return c.c.Key() }
func (c *segmentCursor) ord() uint32 { return c.ords[c.at] }
func (c *segmentCursor) err() error  { return c.failure }
