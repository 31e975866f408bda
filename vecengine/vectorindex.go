package vecengine

import (
	"context"
	"errors"
	"io"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
	"vecgres/vecengine/hnsw"
	"vecgres/vecengine/quant"
	"vecgres/vecengine/segment"
	"vecgres/vecengine/vfs"
)

// A vector index sidecar is a container of these sections. The vectors themselves are the segment's.
const (
	sectionGraph = "graph"
	sectionCodes = "codes" // not there for metrics that have none
	sectionTable = "recall"
)

// vectorIndex is the graph of one segment, with what is searched along it.
type vectorIndex struct {
	index  *hnsw.Index
	run    vectorRun // what the graph is over
	file   storedFile
	c      *segment.Container
	damage error // why there is no graph
}

func (x *vectorIndex) close() {
	if x != nil && x.c != nil {
		x.c.Close()
	}
}

// openVectorIndex opens a sidecar's bytes, of which it becomes the owner.
func openVectorIndex(name string, m vfs.Mapping, s *segmentPart, def *IndexDef) (*vectorIndex, error) {
	c, err := segment.OpenContainer(name, m, segment.KindVectorIndex)
	if err != nil {
		return nil, err
	}
	x, run, err := readVectorIndex(c, s, def)
	if err != nil {
		c.Close()
		if errors.Is(err, hnsw.ErrCorrupt) || errors.Is(err, quant.ErrCorrupt) {
			err = vfs.Corruptf(name, 0, "%v", err)
		}
		return nil, err
	}
	return &vectorIndex{index: x, run: run, c: c}, nil
}

func readVectorIndex(c *segment.Container, s *segmentPart, def *IndexDef) (*hnsw.Index, vectorRun, error) {
	b, err := c.Section(sectionGraph)
	if err != nil {
		return nil, vectorRun{}, err
	}
	graph, err := hnsw.Open(b)
	if err != nil {
		return nil, vectorRun{}, err
	}
	var codes *quant.Codes
	if _, ok := c.SectionLen(sectionCodes); ok {
		if b, err = c.Section(sectionCodes); err != nil {
			return nil, vectorRun{}, err
		}
		if codes, err = quant.Open(b); err != nil {
			return nil, vectorRun{}, err
		}
	}
	var table *hnsw.Table
	if _, ok := c.SectionLen(sectionTable); ok {
		if b, err = c.Section(sectionTable); err != nil {
			return nil, vectorRun{}, err
		}
		if table, err = hnsw.DecodeTable(b); err != nil {
			return nil, vectorRun{}, err
		}
	}
	u, ok, err := s.vectorsFor(def)
	if err == nil && !ok {
		err = errors.New("vecengine: segment without the vectors of its index")
	}
	if err != nil {
		return nil, vectorRun{}, err
	}
	x, err := hnsw.NewIndex(graph, u.slab, codes, table)
	if err != nil {
		err = vfs.Corruptf(c.Name(), 0, "%v", err)
	}
	return x, u, err
}

// vectorsFor are the vectors that an index of the segment is over, all of them; false when the segment is older than the column or the index.
func (s *segmentPart) vectorsFor(x *IndexDef) (vectorRun, bool, error) {
	if x.Computed() {
		return s.vectors(x, 0, s.rows)
	}
	c, ok, err := s.reader.Column(uint32(x.Column))
	if err != nil || !ok || c.Kind != column.Vector {
		return vectorRun{}, false, err
	}
	u := vectorRun{hi: s.rows, absent: nullRows(c.Valid, 0, s.rows)}
	u.slab = distance.Slab{Data: floatsOf(&c), Dim: c.Dim}
	return u, true, nil
}

// writeVectorIndex writes a sidecar.
func writeVectorIndex(dst io.Writer, h segment.Header, align int, x *hnsw.Index) error {
	w, err := segment.NewContainerWriter(dst, h, align)
	if err != nil {
		return err
	}
	if err := w.Begin(sectionGraph); err != nil {
		return err
	}
	if _, err := x.Graph.WriteTo(w); err != nil {
		return err
	}
	if x.Codes != nil {
		if err := w.Begin(sectionCodes); err != nil {
			return err
		}
		if _, err := x.Codes.WriteTo(w); err != nil {
			return err
		}
	}
	if x.Table != nil {
		if err := w.Begin(sectionTable); err != nil {
			return err
		}
		if _, err := w.Write(x.Table.AppendEncoded(nil)); err != nil {
			return err
		}
	}
	return w.Finish()
}

// ef is the beam for k hits that the segment has learnt to reach a recall.
func (x *vectorIndex) ef(k int, target float64) int {
	if x.index.Table == nil {
		return max(hnsw.DefaultEfSearch, 2*k)
	}
	return max(k, x.index.Table.EfFor(k, target))
}

// deadShare is the share of ended rows up to which an unfiltered walk ignores them and drops them from its result: the walk without
// a filter is the faster one.
const deadShare = 0.1

// course is how a graph is walked.
type course struct {
	x            *vectorIndex
	ef           int
	budget, hops int     // see hnsw.Options
	share        float64 // of the graph's nodes that are expected to pass
	// trial: a scan is cheaper, unless the rows that pass lie around the query.
	trial bool
}

// options are those of a walk over the part.
func (c *course) options(t *target) hnsw.Options {
	return hnsw.Options{Ef: c.ef, Allowed: t.rows, Budget: c.budget, MaxHops: c.hops, Share: c.share, Accept: t.space.accept(t.accept())}
}

// walk searches a part by its graph, and exactly when that falls short.
func (s *search) walk(ctx context.Context, t target, c course) error {
	if s.r.Residual != nil {
		return s.walkResidual(ctx, t, c)
	}
	x, opt := c.x, c.options(&t)
	opt.K = s.want
	light := !t.filtered() && t.rows != nil && float64(t.dead) < deadShare*float64(t.n)
	if light {
		opt.Allowed = nil
		opt.K = s.want + s.want/4 + 8
	}
	hits, stats, err := x.index.Search(ctx, s.r.Query, opt, nil)
	if err != nil {
		return s.lost(ctx, t, x, err)
	}
	if c.trial && stats.Exhausted {
		s.spent(stats)
		s.whyNot(scanCheaper)
		return s.exact(ctx, t)
	}
	s.count(t, stats)
	if light {
		hits = livingHits(hits, t.rows)
		if len(hits) < s.want {
			opt.K, opt.Allowed = s.want, t.rows
			if hits, stats, err = x.index.Search(ctx, s.r.Query, opt, hits[:0]); err != nil {
				return s.lost(ctx, t, x, err)
			}
			s.count(t, stats)
		}
	}
	if stats.Exhausted || len(hits) < s.want && !stats.Complete {
		s.stats.FellBack = true
		return s.exact(ctx, t)
	}
	s.stats.GraphParts++
	s.add(s.within(t, t.space.ordinals(hits)))
	return nil
}

// lost ends a walk that failed. A graph that leads astray is given up: the part is scanned, and maintenance builds another graph.
func (s *search) lost(ctx context.Context, t target, x *vectorIndex, err error) error {
	if !errors.Is(err, hnsw.ErrCorrupt) {
		return err
	}
	if t.seg.vectorIndex(s.index.ID) == x {
		t.seg.damaged(s.index.ID, graphSidecar, x.file, vfs.Corruptf(x.c.Name(), 0, "%v", err))
		s.v.table.segmentsChanged()
	}
	s.stats.FellBack = true
	return s.exact(ctx, t)
}

func livingHits(hits []flat.Hit, allowed *bitmap.Flat) []flat.Hit {
	out := hits[:0]
	for _, h := range hits {
		if allowed.Contains(h.Ord) {
			out = append(out, h)
		}
	}
	return out
}

func (s *search) spent(stats hnsw.Stats) {
	s.stats.Distances += int64(stats.Distances + stats.Rescored)
	s.stats.Visited += int64(stats.Hops)
}

func (s *search) count(t target, stats hnsw.Stats) {
	s.spent(stats)
	switch {
	case len(t.late) > 0:
		s.way("graph with filter")
	case t.filter != nil:
		s.way("graph with bitmap")
	default:
		s.way("graph")
	}
}

// within drops hits that are farther than the caller wants.
func (s *search) within(t target, hits []flat.Hit) []found {
	out := make([]found, 0, len(hits))
	for _, h := range hits {
		if m := s.r.MaxDistance; m != nil && !(h.Dist < *m || s.r.MaxInclusive && h.Dist == *m) {
			continue
		}
		out = append(out, found{r: t.partRef, ord: h.Ord, dist: h.Dist})
	}
	return out
}

// walkResidual goes on walking until enough rows pass the residual, and ends in an exact scan when the walk gives up.
func (s *search) walkResidual(ctx context.Context, t target, c course) error {
	x := c.x
	w, err := x.index.NewSearcher(ctx, s.r.Query, c.options(&t))
	if err != nil {
		return s.lost(ctx, t, x, err)
	}
	defer w.Close()
	pass := passing{s: s, r: t.partRef}
	var batch []flat.Hit
	for len(pass.hits) < s.want {
		if batch, err = w.Next(batch[:0]); err != nil {
			return s.lost(ctx, t, x, err)
		}
		batch = t.space.ordinals(batch)
		stats := w.Stats()
		pass.tested = 0
		beyond, err := pass.testWithin(batch)
		if err != nil {
			return err
		}
		if stats.Complete || beyond {
			break
		}
		// Half the rows looked at one by one cost as much as all of them in order.
		if stats.Exhausted || len(batch) == 0 || stats.Distances > x.index.Graph.Len()/2 {
			s.count(t, stats)
			s.stats.FellBack = true
			return s.exact(ctx, t)
		}
	}
	s.count(t, w.Stats())
	s.stats.GraphParts++
	s.add(pass.hits)
	return nil
}

// testWithin tests those candidates of a walk that are near enough; beyond tells that there were candidates and none was.
func (p *passing) testWithin(hits []flat.Hit) (beyond bool, err error) {
	m := p.s.r.MaxDistance
	if m == nil {
		return false, p.test(hits)
	}
	near := hits[:0:0]
	for _, h := range hits {
		if h.Dist < *m || p.s.r.MaxInclusive && h.Dist == *m {
			near = append(near, h)
		}
	}
	return len(near) == 0 && len(hits) > 0, p.test(near)
}
