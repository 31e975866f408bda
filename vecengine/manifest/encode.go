package manifest

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	"vecgres/vecengine/varint"
	"vecgres/vecengine/vfs"
)

// A manifest is a fixed header, a body of varints and byte strings, and a checksum:
//
//	 0  8  magic "VGMANIF" and a zero byte
//	 8  4  format version
//	12  4  CRC-32C of bytes 0..11 and of the body
//	16  -  body
const (
	magic       = "VGMANIF\x00"
	version     = 1
	headerBytes = 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// alignInline is where inlined containers begin, so that their typed slices can be read in place.
const alignInline = 8

// Encode gives the manifest's bytes.
func (m *Manifest) Encode() []byte {
	b := make([]byte, headerBytes, headerBytes+m.sizeHint())
	copy(b, magic)
	binary.LittleEndian.PutUint32(b[8:], version)
	b = binary.AppendUvarint(b, m.Namespace)
	b = binary.AppendUvarint(b, m.Sequence)
	b = binary.AppendUvarint(b, uint64(len(m.Tables)))
	for i := range m.Tables {
		b = m.Tables[i].append(b)
	}
	b = binary.AppendUvarint(b, uint64(len(m.Extras)))
	for _, key := range slices.Sorted(maps.Keys(m.Extras)) {
		b = varint.AppendString(b, key)
		b = varint.AppendBytes(b, m.Extras[key])
	}
	binary.LittleEndian.PutUint32(b[12:], checksum(b))
	return b
}

func checksum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:12], castagnoli), castagnoli, b[headerBytes:])
}

func (m *Manifest) sizeHint() int {
	n := 64
	for _, t := range m.Tables {
		n += 64 + len(t.Schema)
		for _, s := range t.Segments {
			n += 128 + len(s.Inline) + len(s.EndsInline)
			for _, x := range s.Indexes {
				n += 96 + len(x.Inline)
			}
		}
	}
	for k, v := range m.Extras {
		n += 16 + len(k) + len(v)
	}
	return n
}

func (t *Table) append(b []byte) []byte {
	b = binary.AppendUvarint(b, t.ID)
	b = varint.AppendBytes(b, t.Schema)
	for _, v := range []uint64{t.NextRow, t.FlushedTS, t.FlushedLSN, uint64(len(t.Segments))} {
		b = binary.AppendUvarint(b, v)
	}
	for i := range t.Segments {
		b = t.Segments[i].append(b)
	}
	return b
}

func (s *Segment) append(b []byte) []byte {
	b = binary.AppendUvarint(b, s.ID)
	b = binary.AppendUvarint(b, s.Rows)
	b = varint.AppendString(b, s.File)
	b = binary.AppendUvarint(b, s.Bytes)
	b = appendInline(b, s.Inline)
	b = varint.AppendString(b, s.Ends)
	b = appendInline(b, s.EndsInline)
	b = binary.AppendUvarint(b, uint64(len(s.Indexes)))
	for _, x := range s.Indexes {
		b = binary.AppendUvarint(b, x.Index)
		b = binary.AppendUvarint(b, uint64(x.Kind))
		b = varint.AppendString(b, x.File)
		b = binary.AppendUvarint(b, x.Bytes)
		b = appendInline(b, x.Inline)
	}
	return b
}

// appendInline is a length, zeros up to a multiple of 8 if the length is not 0, and the bytes.
func appendInline(b, data []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(data)))
	if len(data) == 0 {
		return b
	}
	for len(b)%alignInline != 0 {
		b = append(b, 0)
	}
	return append(b, data...)
}

// Decode reads and checks a manifest; name is for errors. Byte slices in the result alias data; what is allocated is bounded by a
// small multiple of its length.
func Decode(name string, data []byte) (*Manifest, error) {
	if len(data) < headerBytes || string(data[:8]) != magic {
		return nil, vfs.Corruptf(name, 0, "no manifest's magic")
	}
	if checksum(data) != binary.LittleEndian.Uint32(data[12:]) {
		return nil, vfs.Corruptf(name, 12, "wrong checksum of the manifest")
	}
	switch v := binary.LittleEndian.Uint32(data[8:]); {
	case v > version:
		return nil, fmt.Errorf("%w: %s has version %d, this release reads up to %d", ErrNewerFormat, name, v, version)
	case v == 0:
		return nil, vfs.Corruptf(name, 8, "version 0")
	}
	d := &decoder{Reader: varint.NewReader(data), data: data}
	d.Skip(headerBytes)
	m := &Manifest{Namespace: d.Uint(), Sequence: d.Uint()}
	if n := d.Count(6); n > 0 {
		m.Tables = make([]Table, n)
	}
	for i := range m.Tables {
		d.table(&m.Tables[i])
	}
	if n := d.Count(2); n > 0 {
		m.Extras = make(map[string][]byte, n)
		last := ""
		for i := range n {
			key := d.String()
			if i > 0 && key <= last {
				d.Fail()
			}
			m.Extras[key], last = d.Bytes(), key
		}
	}
	if d.Err() != nil || d.Len() != 0 {
		return nil, vfs.Corruptf(name, int64(d.Pos()), "the manifest is malformed")
	}
	return m, nil
}

type decoder struct {
	*varint.Reader
	data []byte
}

func (d *decoder) table(t *Table) {
	t.ID, t.Schema = d.Uint(), d.Bytes()
	t.NextRow, t.FlushedTS, t.FlushedLSN = d.Uint(), d.Uint(), d.Uint()
	if n := d.Count(8); n > 0 {
		t.Segments = make([]Segment, n)
	}
	for i := range t.Segments {
		d.segment(&t.Segments[i])
	}
}

func (d *decoder) segment(s *Segment) {
	s.ID, s.Rows, s.File, s.Bytes = d.Uint(), d.Uint(), d.String(), d.Uint()
	s.Inline = d.inline()
	s.Ends = d.String()
	s.EndsInline = d.inline()
	if n := d.Count(5); n > 0 {
		s.Indexes = make([]IndexFile, n)
	}
	for i := range s.Indexes {
		x := &s.Indexes[i]
		x.Index, x.Kind = d.Uint(), uint32(d.UintMax(1<<32-1))
		x.File, x.Bytes = d.String(), d.Uint()
		x.Inline = d.inline()
	}
}

// inline reads what appendInline wrote. The padding must be zeros, so that a manifest has one encoding.
func (d *decoder) inline() []byte {
	n := d.Count(1)
	if n == 0 {
		return nil
	}
	for d.Pos()%alignInline != 0 && d.Err() == nil {
		if d.data[d.Pos()] != 0 {
			d.Fail()
		}
		d.Skip(1)
		if d.Pos() == len(d.data) {
			break
		}
	}
	return d.Take(n)
}
