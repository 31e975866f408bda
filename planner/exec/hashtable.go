package exec

import (
	"vecgres/sql/bound"
	"vecgres/sql/types"
)

// hashKeys makes the key bytes of some expressions: equal values have equal bytes, whatever the width of their integers.
type hashKeys struct {
	evs  []evaluator
	oids []types.OID
	buf  []byte
	f    frame
}

func (b *builder) hashKeys(es []bound.Scalar, sc scope) (*hashKeys, error) {
	evs, err := b.compileAll(es, sc)
	if err != nil {
		return nil, err
	}
	h := &hashKeys{evs: evs}
	for _, e := range es {
		h.oids = append(h.oids, e.Type().OID)
	}
	return h, nil
}

// columnKeys are the keys of whole rows.
func columnKeys(cols []bound.Column) *hashKeys {
	h := &hashKeys{}
	for i, c := range cols {
		h.oids = append(h.oids, c.Type.OID)
		h.evs = append(h.evs, func(f *frame) (types.Datum, error) { return f.b.Cols[i].At(f.i) })
	}
	return h
}

// of is the key of a row of a batch, valid until the next call, and whether a part of it is NULL.
func (h *hashKeys) of(b *Batch, row int) (key []byte, null bool, err error) {
	h.f.b, h.f.i = b, row
	h.buf = h.buf[:0]
	for i, ev := range h.evs {
		d, err := ev(&h.f)
		if err != nil {
			return nil, false, err
		}
		null = null || d.IsNull()
		if h.buf, err = types.AppendKey(h.buf, h.oids[i], d, false, false); err != nil {
			return nil, false, err
		}
	}
	return h.buf, null, nil
}

// keySet numbers distinct keys from 0 in the order of their first appearance.
type keySet struct {
	rt    *runtime
	ids   map[string]int32
	bytes int64
}

const keyEntryBytes = 48

func newKeySet(rt *runtime) *keySet { return &keySet{rt: rt, ids: map[string]int32{}} }

// add gives the key's number and whether it is new.
func (s *keySet) add(key []byte) (id int32, fresh bool, err error) {
	if id, ok := s.ids[string(key)]; ok {
		return id, false, nil
	}
	id = int32(len(s.ids))
	s.ids[string(key)] = id
	bytes := int64(len(key)) + keyEntryBytes
	s.bytes += bytes
	return id, true, s.rt.grow(bytes)
}

// find gives the key's number, -1 when it was never added.
func (s *keySet) find(key []byte) int32 {
	if id, ok := s.ids[string(key)]; ok {
		return id
	}
	return -1
}

func (s *keySet) reset() {
	s.rt.shrink(s.bytes)
	s.ids, s.bytes = map[string]int32{}, 0
}
