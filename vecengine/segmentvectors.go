package vecengine

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"unsafe"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/segment"
	"vecgres/vecengine/vfs"
)

// The vectors of a computed index in one segment are a container of their own, beside that of the graph: they are there before the graph is
// built, and stay when a graph is made anew. docs/format/vectors.md draws it.
const (
	sectionVectors  = "vectors"  // element bytes of the rows that have a vector, in order of ordinal
	sectionOffsets  = "offsets"  // where each row's begin, when their length varies
	sectionOrdinals = "ordinals" // of those rows; not there when all rows have a vector
	sectionShape    = "shape"
)

// vectorsMagic starts the shape: then element u8, zeros up to 12, dim u32, rows of the segment u64, rows with a vector u64.
const (
	vectorsMagic      = "VGVECTS\x01"
	vectorsShapeBytes = 32
)

// vectorsWriter writes the vectors of a segment in order of ordinal. Memory: four bytes a row, and 8 where their length varies.
type vectorsWriter struct {
	w        *segment.ContainerWriter
	def      *IndexDef
	rows     int
	ordinals []byte
	offsets  []byte
	end      uint64
}

func newVectorsWriter(dst io.Writer, h segment.Header, align int, def *IndexDef) (*vectorsWriter, error) {
	w, err := segment.NewContainerWriter(dst, h, align)
	if err != nil {
		return nil, err
	}
	return &vectorsWriter{w: w, def: def, offsets: make([]byte, 8)}, w.Begin(sectionVectors)
}

// add takes the vector of the next row, nil for none.
func (v *vectorsWriter) add(b []byte) error {
	v.rows++
	if b == nil {
		return nil
	}
	v.ordinals = binary.LittleEndian.AppendUint32(v.ordinals, uint32(v.rows-1))
	if v.def.Element == distance.Sparse {
		v.end += uint64(len(b))
		v.offsets = binary.LittleEndian.AppendUint64(v.offsets, v.end)
	}
	_, err := v.w.Write(b)
	return err
}

// skip passes over rows without a vector.
func (v *vectorsWriter) skip(rows int) { v.rows += rows }

func (v *vectorsWriter) section(name string, b []byte) error {
	if err := v.w.Begin(name); err != nil {
		return err
	}
	_, err := v.w.Write(b)
	return err
}

func (v *vectorsWriter) finish() error {
	if v.def.Element == distance.Sparse {
		if err := v.section(sectionOffsets, v.offsets); err != nil {
			return err
		}
	}
	has := len(v.ordinals) / 4
	if has < v.rows {
		if err := v.section(sectionOrdinals, v.ordinals); err != nil {
			return err
		}
	}
	shape := make([]byte, vectorsShapeBytes)
	copy(shape, vectorsMagic)
	shape[8] = byte(v.def.Element)
	le := binary.LittleEndian
	le.PutUint32(shape[12:], uint32(v.def.Dim))
	le.PutUint64(shape[16:], uint64(v.rows))
	le.PutUint64(shape[24:], uint64(has))
	if err := v.section(sectionShape, shape); err != nil {
		return err
	}
	return v.w.Finish()
}

// segmentVectors are the vectors of a computed index in one segment, opened. Checksums are verified at first use.
type segmentVectors struct {
	c       *segment.Container
	file    storedFile
	element distance.Element
	dim     int
	rows    int   // of the segment
	has     int   // of those with a vector
	damage  error // why there is nothing of the above

	once  sync.Once
	run   vectorRun
	fault error // of run
}

// openVectors opens a container's bytes, of which it becomes the owner.
func openVectors(name string, m vfs.Mapping, rows uint32) (*segmentVectors, error) {
	c, err := segment.OpenContainer(name, m, segment.KindVectors)
	if err != nil {
		return nil, err
	}
	v := &segmentVectors{c: c, rows: int(rows)}
	if err := v.readShape(); err != nil {
		c.Close()
		return nil, err
	}
	return v, nil
}

func (v *segmentVectors) close() {
	if v != nil && v.c != nil {
		v.c.Close()
	}
}

func (v *segmentVectors) corrupt(format string, args ...any) error {
	return vfs.Corruptf(v.c.Name(), 0, format, args...)
}

func (v *segmentVectors) readShape() error {
	b, err := v.c.Section(sectionShape)
	if err != nil {
		return err
	}
	if len(b) != vectorsShapeBytes || string(b[:8]) != vectorsMagic {
		return v.corrupt("no shape of vectors of version 1")
	}
	le := binary.LittleEndian
	v.element, v.dim = distance.Element(b[8]), int(le.Uint32(b[12:]))
	n, has := le.Uint64(b[16:]), le.Uint64(b[24:])
	if n != uint64(v.rows) || has > n {
		return v.corrupt("vectors of %d of %d rows in a segment of %d", has, n, v.rows)
	}
	v.has = int(has)
	size, _ := v.c.SectionLen(sectionVectors)
	offsets, _ := v.c.SectionLen(sectionOffsets)
	ordinals, _ := v.c.SectionLen(sectionOrdinals)
	switch {
	case !v.element.Valid() || v.dim < 1 || v.dim > distance.DimMax:
		return v.corrupt("vectors of %d elements of kind %d", v.dim, v.element)
	case v.element != distance.Sparse && size != int64(has)*int64(v.element.RowBytes(v.dim)):
		return v.corrupt("%d bytes do not hold %d vectors", size, has)
	case v.element == distance.Sparse && offsets != 8*int64(has+1):
		return v.corrupt("%d bytes of offsets do not fit %d vectors", offsets, has)
	case v.has < v.rows && ordinals != 4*int64(has):
		return v.corrupt("%d bytes of ordinals do not fit %d vectors", ordinals, has)
	}
	return nil
}

// all gives all vectors; their checksums are verified at first use.
func (v *segmentVectors) all() (vectorRun, error) {
	if v.damage != nil {
		return vectorRun{}, v.damage
	}
	v.once.Do(func() { v.run, v.fault = v.read() })
	return v.run, v.fault
}

func (v *segmentVectors) read() (u vectorRun, err error) {
	u.hi = uint32(v.rows)
	b, err := v.c.Section(sectionVectors)
	if err != nil {
		return u, err
	}
	var offsets []int64
	if v.element == distance.Sparse {
		raw, err := v.c.Section(sectionOffsets)
		if err != nil {
			return u, err
		}
		offsets = offsetsOf(raw)
		for i, end := range offsets[1:] {
			if end < offsets[i] {
				return u, v.corrupt("the offsets of row %d are out of order", i)
			}
		}
	}
	if u.slab, err = distance.View(v.element, v.dim, b, offsets); err != nil {
		return u, v.corrupt("%v", err)
	}
	if v.has < v.rows {
		u.space, err = v.readSpace()
	}
	return u, err
}

// readSpace reads the ordinals, which lie at a multiple of 64 and count up.
func (v *segmentVectors) readSpace() (*rowSpace, error) {
	b, err := v.c.Section(sectionOrdinals)
	if err != nil {
		return nil, err
	}
	s := &rowSpace{present: bitmap.NewFlat(uint32(v.rows))}
	if v.has > 0 {
		s.ords = unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(b))), v.has)
	}
	next := uint32(0)
	for _, ord := range s.ords {
		if ord < next || ord >= uint32(v.rows) {
			return nil, v.corrupt("ordinal %d of %d is out of order", ord, v.rows)
		}
		s.present.Add(ord)
		next = ord + 1
	}
	return s, nil
}

// verify checks every block, and that every vector is one.
func (v *segmentVectors) verify() error {
	if v.damage != nil {
		return v.damage
	}
	if err := v.c.Verify(); err != nil {
		return err
	}
	u, err := v.all()
	if err != nil {
		return err
	}
	if n := u.slab.Len(); n != v.has {
		return v.corrupt("%d vectors, the shape says %d", n, v.has)
	}
	if err := u.slab.Check(); err != nil {
		return v.corrupt("%v", err)
	}
	return nil
}

// vectorCursor reads a computed index's vectors of a part, best at rising ordinals.
type vectorCursor struct {
	r    *partRef
	def  *IndexDef
	u    vectorRun
	next int // a guess at the row of the next ordinal
}

// at is the vector of an ordinal, nil for none.
func (k *vectorCursor) at(ord uint32) ([]byte, error) {
	if ord < k.u.lo || ord >= k.u.hi {
		var err error
		if k.u, err = k.r.vectorsOf(k.def, ord); err != nil {
			return nil, err
		}
	}
	if k.u.space == nil {
		if k.u.absent != nil && k.u.absent.Contains(ord) {
			return nil, nil
		}
		return notNil(k.u.slab.RowBytes(ord - k.u.lo)), nil
	}
	ords := k.u.space.ords
	if k.next >= len(ords) || ords[k.next] != ord {
		at, ok := k.u.space.row(ord)
		if k.next = at; !ok {
			return nil, nil
		}
	}
	k.next++
	return notNil(k.u.slab.RowBytes(uint32(k.next - 1))), nil
}

// vectorsOf reads what the run that ord lies in has of a computed index.
func (r *partRef) vectorsOf(def *IndexDef, ord uint32) (vectorRun, error) {
	u, ok, err := r.vectors(def, ord, r.n)
	if err == nil && !ok {
		err = fmt.Errorf("vecengine: part %d lacks the vectors of index %d", r.id, def.ID)
	}
	return u, err
}

// writeVectors writes the vectors of a computed index of the new segment.
func (b *segmentBuild) writeVectors(ctx context.Context, x *IndexDef) func(io.Writer, int) error {
	return func(dst io.Writer, align int) error {
		w, err := newVectorsWriter(dst, b.ns.vectorsHeader(b.table.id, b.id, x), align, x)
		if err != nil {
			return err
		}
		cursors := make([]vectorCursor, len(b.sources))
		for i, s := range b.sources {
			cursors[i] = vectorCursor{r: s.ref, def: x}
		}
		for i, r := range b.rows {
			if i%batchRows == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			v, err := cursors[r.source].at(r.ord)
			if err == nil {
				err = w.add(v)
			}
			if err != nil {
				return err
			}
		}
		return w.finish()
	}
}

func (ns *namespace) vectorsHeader(t TableID, s SegmentID, x *IndexDef) segment.Header {
	return segment.Header{Kind: segment.KindVectors, Namespace: uint64(ns.id), Table: uint64(t), Segment: uint64(s), Index: uint64(x.ID)}
}
