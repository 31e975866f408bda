package vecengine

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"vecgres/vecengine/distance"
	"vecgres/vecengine/segment"
	"vecgres/vecengine/vfs"
)

// FuzzSegmentVectors opens containers of vectors whose checksums are right and whose content is not: opening, reading and verifying may fail, but
// must not panic, and what verifies must give every vector that is said to be there.
func FuzzSegmentVectors(f *testing.F) {
	for _, e := range []distance.Element{distance.Float32, distance.Half, distance.Bit, distance.Sparse} {
		x := vectorsOf(idxC0 + IndexID(e)).def()
		var b bytes.Buffer
		w, err := newVectorsWriter(&b, segment.Header{Kind: segment.KindVectors}, 64, &x)
		must(f, err)
		for i := range 5 {
			var row []byte
			if i != 2 {
				v := vectorsOf(x.ID).point(float32(i), int32(i))
				row = notNil(v.AppendRow(nil))
			}
			must(f, w.add(row))
		}
		must(f, w.finish())
		c, err := segment.OpenContainer("seed", vfs.BytesMapping(b.Bytes()), segment.KindVectors)
		must(f, err)
		var parts [4][]byte
		for i, name := range []string{sectionVectors, sectionOffsets, sectionOrdinals, sectionShape} {
			if parts[i], err = c.Section(name); err != nil && !errors.Is(err, segment.ErrNoSection) {
				f.Fatal(err)
			}
		}
		f.Add(parts[0], parts[1], parts[2], parts[3], uint8(5))
	}
	f.Fuzz(func(t *testing.T, vectors, offsets, ordinals, shape []byte, rows uint8) {
		var b bytes.Buffer
		w, err := segment.NewContainerWriter(&b, segment.Header{Kind: segment.KindVectors}, 64)
		must(t, err)
		v := vectorsWriter{w: w}
		must(t, v.section(sectionVectors, vectors))
		must(t, v.section(sectionOffsets, offsets))
		must(t, v.section(sectionOrdinals, ordinals))
		must(t, v.section(sectionShape, shape))
		must(t, w.Finish())
		x, err := openVectors("fuzz", vfs.BytesMapping(b.Bytes()), uint32(rows))
		if err != nil {
			return
		}
		defer x.close()
		if x.verify() != nil {
			return
		}
		def := &IndexDef{Kind: VectorIndex, Element: x.element, Dim: x.dim}
		u, err := x.all()
		must(t, err)
		k := vectorCursor{def: def, u: u}
		found := 0
		for ord := range uint32(rows) {
			row, err := k.at(ord)
			must(t, err)
			if row != nil {
				found++
				must(t, x.element.Check(row, x.dim))
			}
		}
		if found != x.has {
			t.Fatalf("%d vectors of %d", found, x.has)
		}
	})
}

// TestVectorsRoundTrip writes vectors of some rows and reads them in and out of order.
func TestVectorsRoundTrip(t *testing.T) {
	for serial := range 8 {
		x := vectorsOf(idxC0 + IndexID(serial))
		def := x.def()
		var b bytes.Buffer
		w, err := newVectorsWriter(&b, segment.Header{Kind: segment.KindVectors}, 0, &def)
		must(t, err)
		var want [][]byte
		for i := range 200 {
			var row []byte
			if v, ok := x.vector(testRow{f: float32(i%50) - 3, n: int32(i % 9)}); ok {
				row = notNil(v.AppendRow(nil))
			}
			want = append(want, row)
			must(t, w.add(row))
		}
		must(t, w.finish())
		got, err := openVectors("round trip", vfs.BytesMapping(b.Bytes()), 200)
		must(t, err)
		must(t, got.verify())
		u, err := got.all()
		must(t, err)
		for _, step := range []int{1, 7, 63} {
			k := vectorCursor{def: &def, u: u}
			for i := range 200 {
				ord := i * step % 200
				row, err := k.at(uint32(ord))
				must(t, err)
				if !slices.Equal(row, want[ord]) || (row == nil) != (want[ord] == nil) {
					t.Fatalf("%v: row %d is %x, want %x", x.element, ord, row, want[ord])
				}
			}
		}
	}
}
