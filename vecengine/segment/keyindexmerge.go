package segment

import (
	"bytes"
	"errors"
	"io"
)

// Source is one input of MergeKeyIndexes: ordinal o of Index becomes Remap[o]; Dropped leaves it out.
type Source struct {
	Index *KeyIndex
	Remap []uint32
}

// Dropped in Source.Remap marks an ordinal that is not in the merged segment.
const Dropped = ^uint32(0)

// MergeKeyIndexes writes the union of key indexes. Keys whose ordinals are all dropped vanish; no two ordinals may become one. It
// neither syncs nor closes dst.
func MergeKeyIndexes(dst io.Writer, h Header, opts KeyIndexOptions, sources []Source) (KeyIndexMeta, error) {
	b, err := newKeyIndexBuilder(dst, h, opts)
	if err != nil {
		return KeyIndexMeta{}, err
	}
	cursors := make([]*Cursor, len(sources))
	for i, s := range sources {
		if uint64(len(s.Remap)) < uint64(s.Index.ordinals) {
			return KeyIndexMeta{}, errors.New("segment: a remap shorter than its key index")
		}
		cursors[i] = s.Index.Cursor()
		cursors[i].Next()
	}
	var key []byte
	var ords []uint32
	for {
		// Few sources meet here (a merge takes one tier), so looking at each beats keeping a heap.
		var least *Cursor
		for _, c := range cursors {
			if c.Valid() && (least == nil || bytes.Compare(c.Key(), least.Key()) < 0) {
				least = c
			}
		}
		if least == nil {
			break
		}
		key, ords = append(key[:0], least.Key()...), ords[:0]
		for i, c := range cursors {
			if !c.Valid() || !bytes.Equal(c.Key(), key) {
				continue
			}
			if ords, err = appendRemapped(ords, c, sources[i].Remap); err != nil {
				return KeyIndexMeta{}, err
			}
			c.Next()
		}
		if len(ords) == 0 {
			continue
		}
		if !sortedDistinct(ords) {
			return KeyIndexMeta{}, errors.New("segment: a remap makes two ordinals one")
		}
		if err := b.add(key, ords); err != nil {
			return KeyIndexMeta{}, err
		}
	}
	for _, c := range cursors {
		if c.Err() != nil {
			return KeyIndexMeta{}, c.Err()
		}
	}
	return b.finish()
}

func appendRemapped(ords []uint32, c *Cursor, remap []uint32) ([]uint32, error) {
	p, err := c.Posting()
	if err != nil {
		return ords, err
	}
	for o := range p.All() {
		if int(o) >= len(remap) {
			return ords, errors.New("segment: an ordinal outside its remap")
		}
		if n := remap[o]; n != Dropped {
			ords = append(ords, n)
		}
	}
	return ords, nil
}
