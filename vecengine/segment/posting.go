package segment

import (
	"encoding/binary"
	"fmt"
	"iter"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// A posting word is one ordinal, or postingList and the place, in units of 4 bytes, of a list in the section "lists": u32 number of
// ordinals, then for up to shortListMax of them the ordinals (u32 each), for more u32 length and a roaring bitmap in
// the portable format, padded to 4.
const (
	postingList  = 1 << 31
	shortListMax = 32
)

// Posting is the ordinals of one key, ascending, at least one. It aliases the index.
type Posting struct {
	one  uint32
	list []byte          // u32 ordinals
	bits *roaring.Bitmap // read-only
}

// Len is the number of ordinals.
func (p Posting) Len() int {
	switch {
	case p.bits != nil:
		return int(p.bits.GetCardinality())
	case p.list != nil:
		return len(p.list) / 4
	}
	return 1
}

// First is the least ordinal.
func (p Posting) First() uint32 {
	switch {
	case p.bits != nil:
		return p.bits.Minimum()
	case p.list != nil:
		return binary.LittleEndian.Uint32(p.list)
	}
	return p.one
}

// All iterates over the ordinals.
func (p Posting) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		switch {
		case p.bits != nil:
			p.bits.Iterate(yield)
		case p.list != nil:
			for l := p.list; len(l) > 0; l = l[4:] {
				if !yield(binary.LittleEndian.Uint32(l)) {
					return
				}
			}
		default:
			yield(p.one)
		}
	}
}

// Contains tells whether an ordinal is in it.
func (p Posting) Contains(ord uint32) bool {
	if p.bits != nil {
		return p.bits.Contains(ord)
	}
	for o := range p.All() {
		if o >= ord {
			return o == ord
		}
	}
	return false
}

// AddTo adds the ordinals to a bitmap.
func (p Posting) AddTo(b *roaring.Bitmap) {
	if p.bits != nil {
		b.Or(p.bits)
		b.CloneCopyOnWriteContainers() // the union shares containers with the file, which may be unmapped before b is gone
		return
	}
	for o := range p.All() {
		b.Add(o)
	}
}

// Bitmap gives a bitmap of the caller's own.
func (p Posting) Bitmap() *roaring.Bitmap {
	b := roaring.New()
	p.AddTo(b)
	return b
}

// appendList encodes two or more ordinals, ascending.
func appendList(dst []byte, ords []uint32) ([]byte, error) {
	le := binary.LittleEndian
	dst = le.AppendUint32(dst, uint32(len(ords)))
	if len(ords) <= shortListMax {
		for _, o := range ords {
			dst = le.AppendUint32(dst, o)
		}
		return dst, nil
	}
	b := roaring.BitmapOf(ords...)
	b.RunOptimize()
	data, err := b.ToBytes()
	if err != nil {
		return nil, err
	}
	dst = le.AppendUint32(dst, uint32(len(data)))
	dst = append(dst, data...)
	return append(dst, zeroPage[:-len(data)&3]...), nil
}

// posting decodes a posting word.
func (k *KeyIndex) posting(word uint32) (Posting, error) {
	if word < postingList {
		return Posting{one: word}, nil
	}
	off := int64(word&^postingList) * 4
	head, err := k.c.sectionRange(k.lists, off, 4)
	if err != nil {
		return Posting{}, err
	}
	n := int64(binary.LittleEndian.Uint32(head))
	if n <= shortListMax {
		list, err := k.c.sectionRange(k.lists, off+4, 4*n)
		if err == nil && n < 2 {
			err = k.corrupt(k.lists, off, "a list of %d ordinals", n)
		}
		return Posting{list: list}, err
	}
	if head, err = k.c.sectionRange(k.lists, off+4, 4); err != nil {
		return Posting{}, err
	}
	data, err := k.c.sectionRange(k.lists, off+8, int64(binary.LittleEndian.Uint32(head)))
	if err != nil {
		return Posting{}, err
	}
	bits, err := aliasBitmap(data)
	if err != nil || bits.GetCardinality() != uint64(n) || bits.Maximum() >= k.ordinals {
		return Posting{}, k.corrupt(k.lists, off, "bitmap of %d ordinals: %v", n, err)
	}
	return Posting{bits: bits}, nil
}

// aliasBitmap reads a serialised bitmap in place; it must not be changed.
func aliasBitmap(data []byte) (b *roaring.Bitmap, err error) {
	defer func() { // the library has panicked on damaged bytes before
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	b = roaring.New()
	if _, err = b.FromBuffer(data); err == nil {
		err = b.Validate()
	}
	return b, err
}

// postingLen is the number of ordinals behind a word, without decoding a bitmap.
func (k *KeyIndex) postingLen(word uint32) (uint64, error) {
	if word < postingList {
		return 1, nil
	}
	head, err := k.c.sectionRange(k.lists, int64(word&^postingList)*4, 4)
	if err != nil {
		return 0, err
	}
	return uint64(binary.LittleEndian.Uint32(head)), nil
}

// sortedDistinct sorts ordinals and tells whether all are distinct.
func sortedDistinct(ords []uint32) bool {
	slices.Sort(ords)
	for i := 1; i < len(ords); i++ {
		if ords[i] == ords[i-1] {
			return false
		}
	}
	return true
}
