package vecengine

import (
	"context"
	"errors"
	"slices"

	"vecgres/vecengine/blob"
	"vecgres/vecengine/segment"
	"vecgres/vecengine/vfs"
)

func newSegmentPart(id SegmentID, s *segmentPart) *part {
	return &part{partData: s, seg: s, id: id}
}

// mapFile gives the bytes of a stored file.
func (ns *namespace) mapFile(ctx context.Context, f storedFile) (vfs.Mapping, error) {
	if f.key == "" {
		return vfs.BytesMapping(f.inline), nil
	}
	o, err := ns.e.store.Open(ctx, f.key)
	if err != nil {
		return nil, missing(f.key, err)
	}
	defer o.Close()
	return o.Map()
}

// missing makes damage of the absence of a file that the manifest names.
func missing(key string, err error) error {
	if errors.Is(err, blob.ErrNotFound) {
		return vfs.Corruptf(key, 0, "the file is missing; the manifest names it")
	}
	return err
}

// nameOf is how errors call a file.
func (ns *namespace) nameOf(f storedFile) string {
	if f.key == "" {
		return ns.files.manifestKey() + " (inline)"
	}
	return f.key
}

// openSegment opens a data file. Row ids and begins are verified now, columns at first touch.
func (ns *namespace) openSegment(ctx context.Context, f storedFile, id SegmentID) (*segmentPart, error) {
	m, err := ns.mapFile(ctx, f)
	if err != nil {
		return nil, err
	}
	if f.bytes == 0 {
		f.bytes = int64(len(m.Bytes()))
	}
	r, err := segment.Open(ns.nameOf(f), m)
	if err != nil {
		return nil, err
	}
	s := &segmentPart{store: ns.files, reader: r, meta: r.Meta(), file: f, rows: uint32(r.N()), bytes: f.bytes}
	if s.meta.Segment != uint64(id) || s.meta.Namespace != uint64(ns.id) {
		r.Close()
		return nil, vfs.Corruptf(ns.nameOf(f), 0, "it is segment %d of namespace %d", s.meta.Segment, s.meta.Namespace)
	}
	if s.rowIDs, err = r.RowIDs(); err == nil {
		s.begins, err = r.Begins()
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	s.sidecars.Store(&sidecars{map[IndexID]*segmentKeys{}, map[IndexID]*segmentVectors{}, map[IndexID]*vectorIndex{}})
	return s, nil
}

// beginAt sets the begin of all rows of a spilled segment, which was written before its commit was known.
func (s *segmentPart) beginAt(ts Timestamp) {
	s.uniform = ts
	s.begins = slices.Repeat([]uint64{uint64(ts)}, int(s.rows))
}
