package segment

import (
	"bytes"
	"encoding/binary"
	"sort"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/column"
	"vecgres/vecengine/varint"
	"vecgres/vecengine/vfs"
)

// KeyIndex maps key bytes to ordinals in one segment. Safe for concurrent use; Close must not race with readers.
//
//	top (a divider per block) ──► keys (4 KiB blocks) ──► rank of the key ──► postings[rank] ──► an ordinal, or a list
//
// A rank is a key's number in key order. Ranges of keys are ranges of ranks, so counting and bitmaps read two key blocks and
// then only postings.
type KeyIndex struct {
	c        *Container
	meta     KeyIndexMeta
	ordinals uint32 // one above the largest
	blocks   int
	keys     *section
	top      *section
	topText  *section
	postings *section
	lists    *section
	counts   *section
	bloom    *section // nil when built without
}

// OpenKeyIndex opens a key index's bytes, of which it becomes the owner (also when it fails).
func OpenKeyIndex(name string, m vfs.Mapping) (*KeyIndex, error) {
	c, err := OpenContainer(name, m, KindKeyIndex)
	if err != nil {
		return nil, err
	}
	k := &KeyIndex{c: c}
	if err := k.open(); err != nil {
		c.Close()
		return nil, err
	}
	return k, nil
}

func (k *KeyIndex) open() error {
	data, err := k.c.Section(sectionMeta)
	if err != nil {
		return err
	}
	r := varint.NewReader(data)
	k.meta = KeyIndexMeta{Distinct: r.UintMax(RowsMax), Entries: r.UintMax(RowsMax)}
	k.ordinals = uint32(r.UintMax(RowsMax + 1))
	k.meta.MinKey, k.meta.MaxKey = r.Bytes(), r.Bytes()
	if r.Err() != nil || r.Len() != 0 || k.meta.Distinct > k.meta.Entries || k.meta.Entries > uint64(k.ordinals) {
		return k.corrupt(k.c.sections[sectionMeta], int64(r.Pos()), "the description of the key index is malformed")
	}
	for name, dst := range map[string]**section{
		sectionKeys: &k.keys, sectionTop: &k.top, sectionTopText: &k.topText,
		sectionPostings: &k.postings, sectionLists: &k.lists, sectionCounts: &k.counts,
	} {
		if *dst = k.c.sections[name]; *dst == nil {
			return vfs.Corruptf(k.c.name, k.c.end, "no section %q", name)
		}
	}
	k.bloom = k.c.sections[sectionBloom]
	n := int64(k.meta.Distinct)
	k.blocks = int(k.top.len/topEntryBytes) - 1
	switch {
	case k.top.len%topEntryBytes != 0 || k.blocks < 0 || (k.blocks == 0) != (n == 0),
		k.postings.len != 4*n || k.postings.off%4 != 0,
		k.counts.len != 4*((n+postingsPerCount-1)/postingsPerCount+1) || k.counts.off%4 != 0,
		k.bloom != nil && (k.bloom.len == 0 || k.bloom.len%bloomBlockBytes != 0):
		return vfs.Corruptf(k.c.name, k.c.end, "the sections do not fit %d keys", n)
	}
	return nil
}

func (k *KeyIndex) corrupt(s *section, off int64, format string, args ...any) error {
	return vfs.Corruptf(k.c.name, s.off+off, format, args...)
}

// Meta describes the index. Its keys alias the file.
func (k *KeyIndex) Meta() KeyIndexMeta { return k.meta }

// Distinct is the number of keys.
func (k *KeyIndex) Distinct() uint64 { return k.meta.Distinct }

// Len is the number of ordinals.
func (k *KeyIndex) Len() uint64 { return k.meta.Entries }

// Container gives access to names and checks.
func (k *KeyIndex) Container() *Container { return k.c }

// Verify checks every block.
func (k *KeyIndex) Verify() error { return k.c.Verify() }

// Close gives the mapping back.
func (k *KeyIndex) Close() error { return k.c.Close() }

// MayContain asks the bloom filter alone: false means that the key is not here. Without a filter it is always true.
func (k *KeyIndex) MayContain(key []byte) (bool, error) {
	if k.bloom == nil || k.meta.Distinct == 0 {
		return k.meta.Distinct > 0, nil
	}
	h := xxh64(key)
	at := bloomBlock(h, int(k.bloom.len/bloomBlockBytes)) * bloomBlockBytes
	block, err := k.c.sectionRange(k.bloom, int64(at), bloomBlockBytes)
	return err == nil && bloomHas(block, h), err
}

// topEntry gives where block i begins: offset in "keys", rank of its first key, offset of its divider in "toptext".
func topEntry(top []byte, i int) (off int64, rank, text uint32) {
	e := top[topEntryBytes*i:]
	return int64(binary.LittleEndian.Uint64(e)), binary.LittleEndian.Uint32(e[8:]), binary.LittleEndian.Uint32(e[12:])
}

// block opens block i: its keys, the rank of the first, and their number.
func (k *KeyIndex) block(top []byte, i int) (b keyBlock, rank uint32, n int, err error) {
	off, rank, _ := topEntry(top, i)
	end, next, _ := topEntry(top, i+1)
	data, err := k.c.sectionRange(k.keys, off, end-off)
	if err != nil {
		return b, 0, 0, err
	}
	b, ok := openKeyBlock(data)
	if !ok || next <= rank || uint64(next) > k.meta.Distinct || next-rank > uint32(len(data)) {
		return b, 0, 0, k.corrupt(k.keys, off, "malformed block of keys %d to %d", rank, next)
	}
	return b, rank, int(next - rank), nil
}

// findBlock is the last block whose divider is at or before key, or the first one.
func (k *KeyIndex) findBlock(key []byte) (top []byte, i int, err error) {
	if top, err = k.c.Section(sectionTop); err != nil {
		return nil, 0, err
	}
	text, err := k.c.Section(sectionTopText)
	if err != nil {
		return nil, 0, err
	}
	bad := false
	i = sort.Search(k.blocks, func(i int) bool {
		_, _, from := topEntry(top, i)
		_, _, to := topEntry(top, i+1)
		if from > to || int64(to) > int64(len(text)) {
			bad = true
			return true
		}
		return bytes.Compare(text[from:to], key) > 0
	}) - 1
	if bad {
		return nil, 0, k.corrupt(k.top, 0, "dividers out of order")
	}
	return top, max(0, i), nil
}

// rank is the number of keys before key, and whether key itself is there.
func (k *KeyIndex) rank(key []byte) (rank uint32, found bool, err error) {
	if k.meta.Distinct == 0 {
		return 0, false, nil
	}
	top, i, err := k.findBlock(key)
	if err != nil {
		return 0, false, err
	}
	b, first, n, err := k.block(top, i)
	if err != nil {
		return 0, false, err
	}
	place, found, ok := b.seek(key, n)
	if !ok {
		off, _, _ := topEntry(top, i)
		return 0, false, k.corrupt(k.keys, off, "malformed key block")
	}
	return first + uint32(place), found, nil
}

// words are the postings of ranks [from, to).
func (k *KeyIndex) words(from, to uint32) ([]uint32, error) {
	data, err := k.c.sectionRange(k.postings, 4*int64(from), 4*int64(to-from))
	return column.Values[uint32](&column.Column{Data: data}), err
}

// Lookup finds one key. It asks the bloom filter first.
func (k *KeyIndex) Lookup(key []byte) (Posting, bool, error) {
	if may, err := k.MayContain(key); err != nil || !may {
		return Posting{}, false, err
	}
	rank, found, err := k.rank(key)
	if err != nil || !found {
		return Posting{}, false, err
	}
	p, err := k.postingAt(rank)
	return p, err == nil, err
}

func (k *KeyIndex) postingAt(rank uint32) (Posting, error) {
	words, err := k.words(rank, rank+1)
	if err != nil {
		return Posting{}, err
	}
	return k.posting(words[0])
}

// Range is an interval of keys; a nil bound is open.
type Range struct {
	Lo, Hi       []byte
	LoInc, HiInc bool
}

// ranks gives the ranks [from, to) of a range.
func (k *KeyIndex) ranks(r Range) (from, to uint32, err error) {
	to = uint32(k.meta.Distinct)
	if r.Lo != nil {
		var found bool
		if from, found, err = k.rank(r.Lo); err != nil {
			return 0, 0, err
		}
		if found && !r.LoInc {
			from++
		}
	}
	if r.Hi != nil {
		var found bool
		if to, found, err = k.rank(r.Hi); err != nil {
			return 0, 0, err
		}
		if found && r.HiInc {
			to++
		}
	}
	return from, max(from, to), nil
}

// Bitmap gives the ordinals of all keys in a range. The caller owns it.
func (k *KeyIndex) Bitmap(r Range) (*roaring.Bitmap, error) {
	from, to, err := k.ranks(r)
	if err != nil || from == to {
		return roaring.New(), err
	}
	words, err := k.words(from, to)
	if err != nil {
		return nil, err
	}
	if len(words) < 256 {
		return k.smallBitmap(words)
	}
	return k.denseBitmap(words)
}

func (k *KeyIndex) smallBitmap(words []uint32) (*roaring.Bitmap, error) {
	out := roaring.New()
	for _, w := range words {
		p, err := k.posting(w)
		if err != nil {
			return nil, err
		}
		p.AddTo(out)
	}
	return out, nil
}

// denseBitmap collects scattered ordinals in a flat bitset, which costs two nanoseconds each where roaring's Add costs fifty.
func (k *KeyIndex) denseBitmap(words []uint32) (*roaring.Bitmap, error) {
	dense := make([]uint64, (uint64(k.ordinals)+63)/64)
	var large []*roaring.Bitmap
	for _, w := range words {
		if w < postingList {
			if w >= k.ordinals {
				return nil, k.corrupt(k.postings, 0, "ordinal %d of %d", w, k.ordinals)
			}
			dense[w>>6] |= 1 << (w & 63)
			continue
		}
		p, err := k.posting(w)
		if err != nil {
			return nil, err
		}
		if p.bits != nil {
			large = append(large, p.bits)
			continue
		}
		for o := range p.All() {
			if o >= k.ordinals {
				return nil, k.corrupt(k.lists, 0, "ordinal %d of %d", o, k.ordinals)
			}
			dense[o>>6] |= 1 << (o & 63)
		}
	}
	out := roaring.FromDense(dense, true)
	if len(large) > 0 {
		out.Or(roaring.FastOr(large...))
		out.CloneCopyOnWriteContainers() // see Posting.AddTo
	}
	return out, nil
}

// CountRange counts the ordinals and the keys in a range, exactly: two searches, two sums of up to 63 postings.
func (k *KeyIndex) CountRange(r Range) (ordinals, keys uint64, err error) {
	from, to, err := k.ranks(r)
	if err != nil || from == to {
		return 0, 0, err
	}
	keys = uint64(to - from)
	if k.meta.Distinct == k.meta.Entries {
		return keys, keys, nil
	}
	a, err := k.countBefore(from)
	if err != nil {
		return 0, 0, err
	}
	b, err := k.countBefore(to)
	if err == nil && b < a {
		err = k.corrupt(k.counts, 0, "counts go down")
	}
	return b - a, keys, err
}

// countBefore is the number of ordinals of all ranks below rank.
func (k *KeyIndex) countBefore(rank uint32) (uint64, error) {
	i := rank / postingsPerCount
	if uint64(rank) == k.meta.Distinct {
		return k.meta.Entries, nil
	}
	data, err := k.c.sectionRange(k.counts, 4*int64(i), 4)
	if err != nil {
		return 0, err
	}
	n := uint64(binary.LittleEndian.Uint32(data))
	words, err := k.words(i*postingsPerCount, rank)
	if err != nil {
		return 0, err
	}
	for _, w := range words {
		c, err := k.postingLen(w)
		if err != nil {
			return 0, err
		}
		n += c
	}
	return n, nil
}
