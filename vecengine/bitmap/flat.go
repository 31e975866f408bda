package bitmap

import (
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

// Flat is a set of ordinals in [0, Len) as one bit each, with its size known.
// It is made once and then only read; any number of goroutines may read it.
type Flat struct {
	words []uint64
	n     uint32
	count int
}

// NewFlat is an empty set over [0, n).
func NewFlat(n uint32) *Flat { return &Flat{words: make([]uint64, wordsFor(n)), n: n} }

// FullFlat is all of [0, n).
func FullFlat(n uint32) *Flat {
	f := NewFlat(n)
	for i := range f.words {
		f.words[i] = ^uint64(0)
	}
	f.trim()
	f.count = int(n)
	return f
}

// FromRoaring flattens the members of b below n.
func FromRoaring(b *roaring.Bitmap, n uint32) *Flat {
	f := NewFlat(n)
	if n == 0 || b.IsEmpty() {
		return f
	}
	if b.Maximum() < n {
		size := b.DenseSize()
		if size <= uint64(len(f.words)) {
			b.WriteDenseTo(f.words)
			f.recount()
			return f
		}
	}
	var buf [512]uint32
	it := b.ManyIterator()
	for {
		k := it.NextMany(buf[:])
		if k == 0 {
			break
		}
		for _, ord := range buf[:k] {
			if ord < n {
				f.words[ord>>6] |= 1 << (ord & 63)
			}
		}
	}
	f.recount()
	return f
}

// FromWords takes a bitset over [0, n) as words, lowest bit first; the Flat owns them from then on.
// Missing words read as zero; bits past n are cleared.
func FromWords(words []uint64, n uint32) *Flat {
	need := wordsFor(n)
	for len(words) < need {
		words = append(words, 0)
	}
	f := &Flat{words: words[:need], n: n}
	f.trim()
	f.recount()
	return f
}

func wordsFor(n uint32) int { return int((uint64(n) + 63) / 64) }

func (f *Flat) trim() {
	if r := f.n & 63; r != 0 {
		f.words[len(f.words)-1] &= 1<<r - 1
	}
}

func (f *Flat) recount() {
	f.count = 0
	for _, w := range f.words {
		f.count += bits.OnesCount64(w)
	}
}

// Len is the size of the universe: every member is below it.
func (f *Flat) Len() uint32 { return f.n }

// Count is the number of members.
func (f *Flat) Count() int { return f.count }

// Words is the bitset itself, lowest bit first, read only.
func (f *Flat) Words() []uint64 { return f.words }

// Contains tells whether an ordinal is a member; ordinals past Len are not.
func (f *Flat) Contains(ordinal uint32) bool {
	w := ordinal >> 6
	return uint64(w) < uint64(len(f.words)) && f.words[w]>>(ordinal&63)&1 != 0
}

// Add puts an ordinal below Len in; others are ignored. Only while the set is being made.
func (f *Flat) Add(ordinal uint32) {
	if ordinal >= f.n || f.Contains(ordinal) {
		return
	}
	f.words[ordinal>>6] |= 1 << (ordinal & 63)
	f.count++
}

// Remove takes an ordinal out. Only while the set is being made.
func (f *Flat) Remove(ordinal uint32) {
	if !f.Contains(ordinal) {
		return
	}
	f.words[ordinal>>6] &^= 1 << (ordinal & 63)
	f.count--
}

// Clone is an independent copy.
func (f *Flat) Clone() *Flat {
	return &Flat{words: append([]uint64(nil), f.words...), n: f.n, count: f.count}
}

// And keeps what is also in g. Only while the set is being made.
func (f *Flat) And(g *Flat) *Flat {
	for i := range f.words {
		if i < len(g.words) {
			f.words[i] &= g.words[i]
		} else {
			f.words[i] = 0
		}
	}
	f.recount()
	return f
}

// AndNot takes out what is in g. Only while the set is being made.
func (f *Flat) AndNot(g *Flat) *Flat {
	for i := range f.words {
		if i >= len(g.words) {
			break
		}
		f.words[i] &^= g.words[i]
	}
	f.recount()
	return f
}

// Or adds what is in g and below Len. Only while the set is being made.
func (f *Flat) Or(g *Flat) *Flat {
	for i := range f.words {
		if i >= len(g.words) {
			break
		}
		f.words[i] |= g.words[i]
	}
	if len(f.words) > 0 {
		f.trim()
	}
	f.recount()
	return f
}

// Next is the smallest member at or after from; ok is false when there is none.
func (f *Flat) Next(from uint32) (ordinal uint32, ok bool) {
	i := int(from >> 6)
	if i >= len(f.words) {
		return 0, false
	}
	w := f.words[i] >> (from & 63) << (from & 63)
	for w == 0 {
		i++
		if i >= len(f.words) {
			return 0, false
		}
		w = f.words[i]
	}
	return uint32(i)<<6 + uint32(bits.TrailingZeros64(w)), true
}

// Fill writes members at or after from, ascending, until dst is full. It returns how many it wrote
// and where to go on; next is Len when no member can remain.
func (f *Flat) Fill(dst []uint32, from uint32) (n int, next uint32) {
	if from >= f.n {
		return 0, f.n
	}
	i := int(from >> 6)
	w := f.words[i] >> (from & 63) << (from & 63)
	for {
		for w != 0 {
			if n == len(dst) {
				return n, uint32(i)<<6 + uint32(bits.TrailingZeros64(w))
			}
			dst[n] = uint32(i)<<6 + uint32(bits.TrailingZeros64(w))
			n++
			w &= w - 1
		}
		i++
		if i >= len(f.words) {
			return n, f.n
		}
		w = f.words[i]
	}
}

// Each calls fn with every member in ascending order until fn returns false.
func (f *Flat) Each(fn func(ordinal uint32) bool) {
	for i, w := range f.words {
		for w != 0 {
			if !fn(uint32(i)<<6 + uint32(bits.TrailingZeros64(w))) {
				return
			}
			w &= w - 1
		}
	}
}
