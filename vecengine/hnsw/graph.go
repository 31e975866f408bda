package hnsw

import (
	"fmt"
	"math"

	"vecgres/vecengine/distance"
	"vecgres/vecengine/quant"
)

// Hit is a found row; one type for scans and walks.
type Hit = distance.Hit

// none ends a row of links, and stands for "no slot".
const none = math.MaxUint32

// Graph is the links of all layers. Immutable; safe for concurrent use.
type Graph struct {
	metric         distance.Metric
	m              int
	efConstruction int
	seed           uint64
	rows           int      // ordinals of the segment
	nodes          int      // those of them that are in the graph
	linkCount      int      // links on layer 0
	entry          uint32   // slot in the top layer; none in an empty graph
	links          []uint32 // layer 0: rows · 2m, the row of an ordinal that is no node is all none
	upper          []upperLayer
}

// upperLayer is layer 1 and above. Its nodes have slots, in ascending order of ordinal; links name slots.
type upperLayer struct {
	nodes []uint32 // slot → ordinal
	below []uint32 // slot → slot in the layer below (layer 1: the ordinal)
	links []uint32 // slot · m
}

// layer is one layer as a walk sees it.
type layer struct {
	links []uint32
	width int
	nodes []uint32 // slot → ordinal; nil on layer 0, where slots are ordinals
	slots uint32
}

func (g *Graph) layer(l int) layer {
	if l == 0 {
		return layer{links: g.links, width: 2 * g.m, slots: uint32(g.rows)}
	}
	u := &g.upper[l-1]
	return layer{links: u.links, width: g.m, nodes: u.nodes, slots: uint32(len(u.nodes))}
}

// row is the links of a slot, with the nones behind them.
func (l *layer) row(slot uint32) []uint32 {
	at := int(slot) * l.width
	return l.links[at : at+l.width : at+l.width]
}

// ordinal is the node of a slot.
func (l *layer) ordinal(slot uint32) uint32 {
	if l.nodes == nil {
		return slot
	}
	return l.nodes[slot]
}

// Len is the number of rows (ordinals) of the segment that the graph was built over.
func (g *Graph) Len() int { return g.rows }

// Nodes is how many of them are in the graph.
func (g *Graph) Nodes() int { return g.nodes }

// Metric is the metric that links were chosen by.
func (g *Graph) Metric() distance.Metric { return g.metric }

// M is the number of links of a node on upper layers; layer 0 has room for twice as many.
func (g *Graph) M() int { return g.m }

// EfConstruction is the beam that the graph was built with.
func (g *Graph) EfConstruction() int { return g.efConstruction }

// Degree is the mean number of links of a node on layer 0, which a walk's cost goes by.
func (g *Graph) Degree() float64 { return float64(g.linkCount) / float64(max(g.nodes, 1)) }

// Layers is the number of layers, 0 for an empty graph.
func (g *Graph) Layers() int {
	if g.nodes == 0 {
		return 0
	}
	return 1 + len(g.upper)
}

// Bytes is the memory, or mapped file space, of the links.
func (g *Graph) Bytes() int {
	n := 4 * len(g.links)
	for _, u := range g.upper {
		n += 4 * (len(u.nodes) + len(u.below) + len(u.links))
	}
	return n
}

// entryOrdinal is the node that walks start from.
func (g *Graph) entryOrdinal() uint32 {
	if len(g.upper) == 0 {
		return g.entry
	}
	return g.upper[len(g.upper)-1].nodes[g.entry]
}

// Index is a graph with what it is searched by. Immutable once in use; safe for concurrent use.
type Index struct {
	Graph   *Graph
	Vectors distance.Slab
	Codes   *quant.Codes // nil: walks compare float32 vectors
	Table   *Table       // nil: nothing learnt
}

// NewIndex puts a graph, its vectors and optional codes together. It fails when they are not of the same rows.
func NewIndex(g *Graph, vectors distance.Slab, codes *quant.Codes, table *Table) (*Index, error) {
	if g.rows != vectors.Len() {
		return nil, fmt.Errorf("%w: graph of %d rows over %d vectors", ErrParams, g.rows, vectors.Len())
	}
	if !g.metric.On(vectors.Element) {
		return nil, fmt.Errorf("%w: graph for %s over %s vectors", ErrParams, g.metric, vectors.Element)
	}
	if codes != nil && (codes.Len() != g.rows || codes.Dim() != vectors.Dim || codes.Metric() != g.metric) {
		return nil, fmt.Errorf("%w: codes of %d rows, %d dimensions, %s", ErrParams, codes.Len(), codes.Dim(), codes.Metric())
	}
	return &Index{Graph: g, Vectors: vectors, Codes: codes, Table: table}, nil
}
