package segment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"vecgres/vecengine/column"
	"vecgres/vecengine/varint"
)

// KeyIndexMeta describes a key index.
type KeyIndexMeta struct {
	Distinct uint64 // keys
	Entries  uint64 // ordinals: rows whose key is not NULL
	MinKey   []byte
	MaxKey   []byte
}

// KeyIndexOptions tune the build of a key index.
type KeyIndexOptions struct {
	Align   int  // see NewContainerWriter
	NoBloom bool // for indexes that are never looked up by equality
}

// Names of the sections of a key index.
const (
	sectionKeys      = "keys"
	sectionTop       = "top"
	sectionTopText   = "toptext"
	sectionPostings  = "postings"
	sectionLists     = "lists"
	sectionCounts    = "counts"
	sectionBloom     = "bloom"
	topEntryBytes    = 16
	postingsPerCount = 64
	keyBytesMax      = 1 << 24
)

// keyIndexBuilder writes a key index from sorted keys. Key blocks stream to the file; what is kept in memory is 4 bytes a key
// for postings, 8 for the bloom filter, the lists of keys with several ordinals, and about 1 % of the keys.
type keyIndexBuilder struct {
	c        *ContainerWriter
	opts     KeyIndexOptions
	block    keyBlockBuilder
	keysLen  int64
	top      []byte
	topText  []byte
	postings []uint32
	lists    []byte
	counts   []uint32
	hashes   []uint64
	meta     KeyIndexMeta
	ordinals uint32 // one above the largest
	lastKey  []byte
}

func newKeyIndexBuilder(dst io.Writer, h Header, opts KeyIndexOptions) (*keyIndexBuilder, error) {
	h.Kind = KindKeyIndex
	c, err := NewContainerWriter(dst, h, opts.Align)
	if err != nil {
		return nil, err
	}
	return &keyIndexBuilder{c: c, opts: opts}, c.Begin(sectionKeys)
}

// add takes the next key with its ordinals, ascending.
func (b *keyIndexBuilder) add(key []byte, ords []uint32) error {
	n := len(b.postings)
	if n > 0 && bytes.Compare(key, b.lastKey) <= 0 {
		return fmt.Errorf("segment: key %x after %x", key, b.lastKey)
	}
	if len(key) > keyBytesMax {
		return fmt.Errorf("segment: a key of %d bytes", len(key))
	}
	last := ords[len(ords)-1]
	if last > RowsMax || b.meta.Entries+uint64(len(ords)) > RowsMax {
		return errors.New("segment: too many ordinals for a key index")
	}
	if b.block.n == 0 {
		b.startBlock(key)
	}
	b.block.add(key)
	if n%postingsPerCount == 0 {
		b.counts = append(b.counts, uint32(b.meta.Entries))
	}
	word := ords[0]
	if len(ords) > 1 {
		word = postingList | uint32(len(b.lists)/4)
		var err error
		if b.lists, err = appendList(b.lists, ords); err != nil {
			return err
		}
		if len(b.lists)/4 >= postingList {
			return errors.New("segment: lists of a key index exceed 8 GiB")
		}
	}
	b.postings = append(b.postings, word)
	b.meta.Entries += uint64(len(ords))
	b.ordinals = max(b.ordinals, last+1)
	if !b.opts.NoBloom {
		b.hashes = append(b.hashes, xxh64(key))
	}
	if n == 0 {
		b.meta.MinKey = bytes.Clone(key)
	}
	b.lastKey = append(b.lastKey[:0], key...)
	if len(b.block.buf) >= keyBlockBytes {
		return b.endBlock()
	}
	return nil
}

// startBlock notes in the top index where the block begins, and the shortest text that divides it from the one before.
func (b *keyIndexBuilder) startBlock(first []byte) {
	text := first
	if len(b.postings) > 0 {
		text = first[:commonPrefix(b.lastKey, first)+1]
	}
	b.appendTop()
	b.topText = append(b.topText, text...)
}

func (b *keyIndexBuilder) appendTop() {
	b.top = binary.LittleEndian.AppendUint64(b.top, uint64(b.keysLen))
	b.top = binary.LittleEndian.AppendUint32(b.top, uint32(len(b.postings)))
	b.top = binary.LittleEndian.AppendUint32(b.top, uint32(len(b.topText)))
}

func (b *keyIndexBuilder) endBlock() error {
	data := b.block.finish()
	b.keysLen += int64(len(data))
	_, err := b.c.Write(data)
	b.block.reset()
	return err
}

func (b *keyIndexBuilder) finish() (KeyIndexMeta, error) {
	if b.block.n > 0 {
		if err := b.endBlock(); err != nil {
			return KeyIndexMeta{}, err
		}
	}
	if int64(len(b.topText)) > 1<<32-1 {
		return KeyIndexMeta{}, errors.New("segment: the top of a key index exceeds 4 GiB")
	}
	b.appendTop() // the end of the last block
	b.meta.Distinct = uint64(len(b.postings))
	b.meta.MaxKey = bytes.Clone(b.lastKey)
	b.counts = append(b.counts, uint32(b.meta.Entries))
	sections := []struct {
		name string
		data []byte
	}{
		{sectionTop, b.top},
		{sectionTopText, b.topText},
		{sectionPostings, column.BytesOf(b.postings)},
		{sectionLists, b.lists},
		{sectionCounts, column.BytesOf(b.counts)},
		{sectionMeta, b.encodeMeta()},
	}
	for _, s := range sections {
		if err := b.c.section(s.name, s.data); err != nil {
			return KeyIndexMeta{}, err
		}
	}
	if !b.opts.NoBloom {
		if err := b.c.section(sectionBloom, buildBloom(b.hashes)); err != nil {
			return KeyIndexMeta{}, err
		}
	}
	return b.meta, b.c.Finish()
}

func (b *keyIndexBuilder) encodeMeta() []byte {
	out := binary.AppendUvarint(nil, b.meta.Distinct)
	out = binary.AppendUvarint(out, b.meta.Entries)
	out = binary.AppendUvarint(out, uint64(b.ordinals))
	out = varint.AppendBytes(out, b.meta.MinKey)
	return varint.AppendBytes(out, b.meta.MaxKey)
}

// BuildKeyIndex writes a key index from (key, ordinal) pairs sorted by key, then ordinal. The keys' bytes are copied. It
// neither syncs nor closes dst.
func BuildKeyIndex(dst io.Writer, h Header, opts KeyIndexOptions, entries iter.Seq2[[]byte, uint32]) (KeyIndexMeta, error) {
	b, err := newKeyIndexBuilder(dst, h, opts)
	if err != nil {
		return KeyIndexMeta{}, err
	}
	var key []byte
	var ords []uint32
	for k, ord := range entries {
		if len(ords) > 0 && bytes.Equal(k, key) {
			if ord <= ords[len(ords)-1] {
				return KeyIndexMeta{}, fmt.Errorf("segment: ordinal %d after %d at key %x", ord, ords[len(ords)-1], key)
			}
			ords = append(ords, ord)
			continue
		}
		if len(ords) > 0 {
			if err := b.add(key, ords); err != nil {
				return KeyIndexMeta{}, err
			}
		}
		key, ords = append(key[:0], k...), append(ords[:0], ord)
	}
	if len(ords) > 0 {
		if err := b.add(key, ords); err != nil {
			return KeyIndexMeta{}, err
		}
	}
	return b.finish()
}

// BuildKeyIndexFromColumn sorts a Bytes column of keys in ordinal order and writes the key index. NULLs are left out.
func BuildKeyIndexFromColumn(dst io.Writer, h Header, opts KeyIndexOptions, keys *column.Column) (KeyIndexMeta, error) {
	if keys.Kind != column.Bytes {
		return KeyIndexMeta{}, fmt.Errorf("segment: keys of kind %s", keys.Kind)
	}
	order := sortKeys(keys)
	return BuildKeyIndex(dst, h, opts, func(yield func([]byte, uint32) bool) {
		for _, e := range order {
			if !yield(keys.BytesAt(int(e.ord)), e.ord) {
				return
			}
		}
	})
}

// keyOrder is a key's first eight bytes, which decide most comparisons without touching the key, and its ordinal.
type keyOrder struct {
	prefix uint64
	ord    uint32
}

func sortKeys(keys *column.Column) []keyOrder {
	order := make([]keyOrder, 0, keys.Len)
	for i := range keys.Len {
		if keys.IsNull(i) {
			continue
		}
		var head [8]byte
		copy(head[:], keys.BytesAt(i))
		order = append(order, keyOrder{binary.BigEndian.Uint64(head[:]), uint32(i)})
	}
	slices.SortFunc(order, func(a, b keyOrder) int {
		if a.prefix != b.prefix {
			if a.prefix < b.prefix {
				return -1
			}
			return 1
		}
		if c := bytes.Compare(keys.BytesAt(int(a.ord)), keys.BytesAt(int(b.ord))); c != 0 {
			return c
		}
		return int(a.ord) - int(b.ord)
	})
	return order
}
