package bitmap

import (
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
)

// ErrCorrupt is wrapped by every error about bytes that are no serialised bitmap.
var ErrCorrupt = errors.New("bitmap: corrupt bytes")

// Bitmap is a compressed set of uint32 ordinals. The zero value is not usable; see New.
// Concurrent readers are safe as long as nobody writes.
type Bitmap struct{ rb *roaring.Bitmap }

// New is an empty set.
func New() *Bitmap { return &Bitmap{roaring.New()} }

// Of is the set of the given ordinals.
func Of(ordinals ...uint32) *Bitmap { return &Bitmap{roaring.BitmapOf(ordinals...)} }

// FromRange is the set [from, to).
func FromRange(from, to uint32) *Bitmap {
	b := New()
	b.AddRange(from, to)
	return b
}

// Add puts one ordinal in.
func (b *Bitmap) Add(ordinal uint32) { b.rb.Add(ordinal) }

// AddMany puts ordinals in; sorted input is fastest.
func (b *Bitmap) AddMany(ordinals []uint32) { b.rb.AddMany(ordinals) }

// AddRange puts [from, to) in.
func (b *Bitmap) AddRange(from, to uint32) { b.rb.AddRange(uint64(from), uint64(to)) }

// Remove takes one ordinal out.
func (b *Bitmap) Remove(ordinal uint32) { b.rb.Remove(ordinal) }

// Contains tells whether an ordinal is in the set.
func (b *Bitmap) Contains(ordinal uint32) bool { return b.rb.Contains(ordinal) }

// Count is the number of ordinals in the set.
func (b *Bitmap) Count() int { return int(b.rb.GetCardinality()) }

// IsEmpty tells whether Count is zero, without counting.
func (b *Bitmap) IsEmpty() bool { return b.rb.IsEmpty() }

// CountRange is the number of members in [from, to).
func (b *Bitmap) CountRange(from, to uint32) int {
	if from >= to {
		return 0
	}
	return int(b.rb.CardinalityInRange(uint64(from), uint64(to)))
}

// Clone is an independent copy. It only reads b: roaring's own copy-on-write would mark b's containers, which
// readers of a published set must not see change.
func (b *Bitmap) Clone() *Bitmap { return &Bitmap{b.rb.Clone()} }

// And is the intersection, as a new set.
func And(a, b *Bitmap) *Bitmap { return &Bitmap{roaring.And(a.rb, b.rb)} }

// Or is the union of all, as a new set.
func Or(sets ...*Bitmap) *Bitmap {
	rbs := make([]*roaring.Bitmap, len(sets))
	for i, s := range sets {
		rbs[i] = s.rb
	}
	return &Bitmap{roaring.FastOr(rbs...)}
}

// AndNot is a without b, as a new set.
func AndNot(a, b *Bitmap) *Bitmap { return &Bitmap{roaring.AndNot(a.rb, b.rb)} }

// AndCount is the size of the intersection, without making it.
func AndCount(a, b *Bitmap) int { return int(a.rb.AndCardinality(b.rb)) }

// Not is [0, n) without b, as a new set.
func Not(b *Bitmap, n uint32) *Bitmap {
	all := roaring.New()
	all.AddRange(0, uint64(n))
	all.AndNot(b.rb)
	return &Bitmap{all}
}

// Equal tells whether two sets have the same members.
func Equal(a, b *Bitmap) bool { return a.rb.Equals(b.rb) }

// Each calls fn with every member in ascending order until fn returns false.
func (b *Bitmap) Each(fn func(ordinal uint32) bool) { b.rb.Iterate(fn) }

// AppendTo appends all members in ascending order.
func (b *Bitmap) AppendTo(dst []uint32) []uint32 {
	var buf [512]uint32
	it := b.rb.ManyIterator()
	for {
		n := it.NextMany(buf[:])
		if n == 0 {
			return dst
		}
		dst = append(dst, buf[:n]...)
	}
}

// Bytes is the estimated memory of the set.
func (b *Bitmap) Bytes() int { return int(b.rb.GetSizeInBytes()) }

// Optimize stores runs as runs; worth calling once before a set is encoded or kept.
func (b *Bitmap) Optimize() { b.rb.RunOptimize() }

// AppendEncoded appends the portable roaring serialisation (RoaringFormatSpec).
func (b *Bitmap) AppendEncoded(dst []byte) ([]byte, error) {
	enc, err := b.rb.ToBytes()
	if err != nil {
		return dst, fmt.Errorf("bitmap: encode: %w", err)
	}
	return append(dst, enc...), nil
}

// Decode reads a portable serialisation; it copies, so src may go away. Bytes after the bitmap are an
// error. Bad bytes give an error wrapping ErrCorrupt.
func Decode(src []byte) (b *Bitmap, err error) {
	defer func() {
		// The library checks sizes, but its promise is for valid input; a stray index must not end the process.
		if r := recover(); r != nil {
			b, err = nil, fmt.Errorf("%w: %v", ErrCorrupt, r)
		}
	}()
	rb := roaring.New()
	n, err := rb.FromBuffer(append([]byte(nil), src...))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrCorrupt, err)
	}
	if n != int64(len(src)) {
		return nil, fmt.Errorf("%w: %d bytes after the bitmap", ErrCorrupt, int64(len(src))-n)
	}
	if err := rb.Validate(); err != nil && !rb.IsEmpty() {
		return nil, fmt.Errorf("%w: %v", ErrCorrupt, err)
	}
	return &Bitmap{rb}, nil
}
