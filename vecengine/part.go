package vecengine

import (
	"fmt"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/column"
)

// partData is a run of row versions with dense ordinals: a segment or a head. Readers pass the number of rows n that they know of.
// All methods but release are safe for concurrent use.
type partData interface {
	// run gives the piece of memory that ord < n lies in, cut at n.
	run(ord, n uint32) (run, error)
	// column gives rows [lo, hi), which lie in one run; false when the part has no such column. The result may alias the part.
	column(id ColumnID, lo, hi uint32) (column.Column, bool, error)
	// findRow appends the ordinals below n of a row's versions, newest first.
	findRow(row RowID, n uint32, dst []uint32) ([]uint32, error)
	// vectors gives what the run that ord < n lies in has of a computed index; false when the part has none of it.
	vectors(x *IndexDef, ord, n uint32) (vectorRun, bool, error)
	// keyIndex is nil when the part has no such index.
	keyIndex(id IndexID) keyIndex
	release()
}

// keyIndex is a key index of a part.
type keyIndex interface {
	lookup(key []byte, n uint32, dst []uint32) ([]uint32, error)
	bitmap(r KeyRange, n uint32) (*roaring.Bitmap, error)
	count(r KeyRange, n uint32) (uint64, error)
	cursor(r KeyRange, reverse bool) keyCursor
}

// keyCursor walks (key, ordinal) pairs of a range in order of key, then ordinal (both descending in reverse). It may yield ordinals
// at or above a reader's length. key is valid until next.
type keyCursor interface {
	next() bool
	key() []byte
	ord() uint32
	err() error
}

// part is a segment or a head of one table, shared by all tableVersions that list it.
type part struct {
	partData
	id   SegmentID
	refs atomic.Int64
	head *head        // exactly one of head
	seg  *segmentPart // and seg is set

	// ends are the committed ends of the part's rows, in commit order; guarded by the table's lock.
	ends []partEnd
	// adopted marks a write set that became a part as a whole, and that no manifest names yet.
	adopted bool
}

type partEnd struct {
	ord uint32
	ts  Timestamp
}

func (p *part) ref() { p.refs.Add(1) }

// unref gives a reference up; the last one frees memory and mappings, and deletes the files of a part that was replaced.
func (p *part) unref() {
	switch n := p.refs.Add(-1); {
	case n == 0:
		p.release()
	case n < 0:
		panic(fmt.Sprintf("vecengine: part %d released twice", p.id))
	}
}

// partRef is a part as one tableVersion sees it. Immutable, but for its cache.
type partRef struct {
	*part
	n     uint32          // rows published
	ended *roaring.Bitmap // rows ended; nil: none. Never changed once it is here.
	dead  uint32          // size of ended
	flat  atomic.Pointer[bitmap.Flat]
}

func newPartRef(p *part, n uint32, ended *roaring.Bitmap) *partRef {
	r := &partRef{part: p, n: n}
	if ended != nil {
		if dead := uint32(ended.GetCardinality()); dead > 0 {
			r.ended, r.dead = ended, dead
		}
	}
	return r
}

func (r *partRef) live(ord uint32) bool {
	return ord < r.n && (r.ended == nil || !r.ended.Contains(ord))
}

// visible is the number of rows that are not ended.
func (r *partRef) visible() int { return int(r.n - r.dead) }

// visibleFlat is the set of rows that are not ended, as a bitset; nil when that is all of them.
func (r *partRef) visibleFlat() *bitmap.Flat {
	if r.ended == nil {
		return nil
	}
	if f := r.flat.Load(); f != nil {
		return f
	}
	f := bitmap.FullFlat(r.n).AndNot(bitmap.FromRoaring(r.ended, r.n))
	r.flat.Store(f)
	return f
}

// supplies tells whether the part has what its rows brought for an index; damage counts as having it.
func (r *partRef) supplies(x *IndexDef) bool {
	if !x.Computed() {
		return r.keyIndex(x.ID) != nil
	}
	_, ok, err := r.vectors(x, 0, r.n)
	return ok || err != nil
}

// rowOf and beginOf read one row's id and begin.
func (r *partRef) rowOf(ord uint32) (RowID, error) {
	u, err := r.run(ord, r.n)
	if err != nil {
		return 0, err
	}
	return RowID(u.rowIDs[ord-u.lo]), nil
}

func (r *partRef) beginOf(ord uint32) (Timestamp, error) {
	u, err := r.run(ord, r.n)
	if err != nil {
		return 0, err
	}
	return Timestamp(u.begins[ord-u.lo]), nil
}

// findLive finds the version of a row that is not ended.
func (r *partRef) findLive(row RowID) (uint32, bool, error) {
	var buf [4]uint32
	ords, err := r.findRow(row, r.n, buf[:0])
	for _, ord := range ords {
		if r.live(ord) {
			return ord, true, err
		}
	}
	return 0, false, err
}

// columnOf reads rows [lo, hi) of one run, filled with the schema's value where the part is older than the column.
func (r *partRef) columnOf(def *ColumnDef, lo, hi uint32) (column.Column, error) {
	c, ok, err := r.column(def.ID, lo, hi)
	if err != nil || ok {
		return c, err
	}
	return missingColumn(def, int(hi-lo)), nil
}

// missingColumn is n copies of what rows hold that were stored before the column existed.
func missingColumn(def *ColumnDef, n int) column.Column {
	b := column.NewBuilder(def.Kind, def.Dim, n)
	for range n {
		if def.Missing == nil || def.Missing.Len == 0 {
			b.AppendNull()
		} else {
			b.AppendFrom(def.Missing, 0)
		}
	}
	return b.Finish()
}
