package hnsw

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"unsafe"

	"vecgres/vecengine/distance"
)

// The graph section, little endian; every part starts at a multiple of 64 and is padded with zeros:
//
//	header, 64 bytes
//	   0  8  magic "VGHNSW\0" and version 1
//	   8  1  metric
//	   9  1  number of upper layers
//	  10  2  m
//	  12  4  efConstruction
//	  16  8  seed
//	  24  8  rows
//	  32  8  nodes
//	  40  4  entry, a slot of the top layer; all ones if there are no nodes
//	  44  4  zero
//	  48  8  number of links on layer 0
//	  56  8  zero
//	layer sizes: the number of slots of layers 1, 2, …, 8 bytes each
//	layer 0: rows · 2m links, uint32; unused places are all ones
//	for each upper layer: ordinals, slots below, links (slots · m)
//
// Links are used where they lie. Open checks sizes and never looks at links, so that opening touches a page or
// two; a walk checks each link that it follows, and Check all of them.
const (
	graphMagic  = "VGHNSW\x00\x01"
	graphHeader = 64
	upperMax    = 64
)

func pad64(n int64) int64 { return (n + 63) &^ 63 }

// EncodedSize is how many bytes WriteTo writes.
func (g *Graph) EncodedSize() int64 {
	n := int64(graphHeader) + pad64(8*int64(len(g.upper))) + pad64(4*int64(len(g.links)))
	for _, u := range g.upper {
		n += 2*pad64(4*int64(len(u.nodes))) + pad64(4*int64(len(u.links)))
	}
	return n
}

// WriteTo writes the graph section, which should start on a cache line in its file.
func (g *Graph) WriteTo(w io.Writer) (int64, error) {
	head := make([]byte, graphHeader+pad64(8*int64(len(g.upper))))
	copy(head, graphMagic)
	le := binary.LittleEndian
	head[8], head[9] = byte(g.metric), byte(len(g.upper))
	le.PutUint16(head[10:], uint16(g.m))
	le.PutUint32(head[12:], uint32(g.efConstruction))
	le.PutUint64(head[16:], g.seed)
	le.PutUint64(head[24:], uint64(g.rows))
	le.PutUint64(head[32:], uint64(g.nodes))
	le.PutUint32(head[40:], g.entry)
	le.PutUint64(head[48:], uint64(g.linkCount))
	for i, u := range g.upper {
		le.PutUint64(head[graphHeader+8*i:], uint64(len(u.nodes)))
	}
	s := sectionWriter{w: w}
	s.write(head)
	s.words(g.links)
	for _, u := range g.upper {
		s.words(u.nodes)
		s.words(u.below)
		s.words(u.links)
	}
	return s.n, s.err
}

// sectionWriter writes padded parts and keeps the first error.
type sectionWriter struct {
	w   io.Writer
	n   int64
	err error
}

func (s *sectionWriter) write(b []byte) {
	if s.err != nil {
		return
	}
	n, err := s.w.Write(b)
	s.n, s.err = s.n+int64(n), err
}

func (s *sectionWriter) words(words []uint32) {
	if len(words) == 0 {
		return
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 4*len(words))
	if !littleEndian() {
		b = make([]byte, 0, 4*len(words))
		for _, x := range words {
			b = binary.LittleEndian.AppendUint32(b, x)
		}
	}
	s.write(b)
	var zeros [64]byte
	s.write(zeros[:pad64(int64(len(b)))-int64(len(b))])
}

func littleEndian() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}

// Open reads a graph section. The links stay in b, which must not change or go away while the graph is in use.
// Bad sizes give an error wrapping ErrCorrupt; bad links give one when a walk meets them, or from Check.
func Open(b []byte) (*Graph, error) {
	if !littleEndian() {
		return nil, fmt.Errorf("%w: this machine is big endian", errors.ErrUnsupported)
	}
	if len(b) < graphHeader || string(b[:8]) != graphMagic {
		return nil, fmt.Errorf("%w: no header of version 1", ErrCorrupt)
	}
	le := binary.LittleEndian
	g := &Graph{
		metric:         distance.Metric(b[8]),
		m:              int(le.Uint16(b[10:])),
		efConstruction: int(le.Uint32(b[12:])),
		seed:           le.Uint64(b[16:]),
		entry:          le.Uint32(b[40:]),
	}
	rows, nodes, layers := le.Uint64(b[24:]), le.Uint64(b[32:]), int(b[9])
	if !g.metric.Valid() || g.m < MinM || g.m > MaxM || g.efConstruction > math.MaxInt32 || layers > upperMax {
		return nil, fmt.Errorf("%w: metric %s, m %d, %d upper layers", ErrCorrupt, g.metric, g.m, layers)
	}
	if rows > MaxNodes || nodes > rows || nodes == 0 && layers > 0 {
		return nil, fmt.Errorf("%w: %d nodes of %d rows", ErrCorrupt, nodes, rows)
	}
	if count := le.Uint64(b[48:]); count <= rows*2*uint64(g.m) {
		g.linkCount = int(count)
	} else {
		return nil, fmt.Errorf("%w: %d links of %d rows", ErrCorrupt, count, rows)
	}
	g.rows, g.nodes = int(rows), int(nodes)
	r := sectionReader{rest: b[graphHeader:]}
	sizes := r.part(8 * uint64(layers))
	g.links = r.words(rows * 2 * uint64(g.m))
	for i := 0; i < layers && r.ok(); i++ {
		slots := le.Uint64(sizes[8*i:])
		if slots == 0 || slots > rows {
			return nil, fmt.Errorf("%w: layer %d has %d slots", ErrCorrupt, i+1, slots)
		}
		g.upper = append(g.upper, upperLayer{
			nodes: r.words(slots), below: r.words(slots), links: r.words(slots * uint64(g.m)),
		})
	}
	if !r.ok() || len(r.rest) != 0 {
		return nil, fmt.Errorf("%w: %d bytes do not hold %d rows and %d upper layers", ErrCorrupt, len(b), rows, layers)
	}
	return g, g.checkOpened()
}

// checkOpened looks at what a walk takes on trust: the entry point, and the ordinals of upper layers, which the
// kernels would read vectors by.
func (g *Graph) checkOpened() error {
	if g.nodes == 0 {
		return nil
	}
	if err := g.checkEntry(); err != nil {
		return err
	}
	for l, u := range g.upper {
		for slot, ord := range u.nodes {
			if ord >= uint32(g.rows) {
				return fmt.Errorf("%w: layer %d slot %d is row %d of %d", ErrCorrupt, l+1, slot, ord, g.rows)
			}
		}
	}
	return nil
}

// sectionReader cuts padded parts off a section; after one that does not fit it gives nil.
type sectionReader struct {
	rest []byte
	bad  bool
}

func (r *sectionReader) ok() bool { return !r.bad }

func (r *sectionReader) part(n uint64) []byte {
	padded := (n + 63) &^ 63
	if r.bad || padded > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	p := r.rest[:n:n]
	r.rest = r.rest[padded:]
	return p
}

// words is a part of n uint32; it is copied if it does not lie on a word boundary.
func (r *sectionReader) words(n uint64) []uint32 {
	p := r.part(4 * n)
	if len(p) == 0 {
		return nil
	}
	if uintptr(unsafe.Pointer(unsafe.SliceData(p)))%4 == 0 {
		return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(p))), n)
	}
	words := make([]uint32, n)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(p[4*i:])
	}
	return words
}
