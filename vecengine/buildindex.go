package vecengine

import (
	"cmp"
	"context"
	"io"
	"slices"

	"vecgres/vecengine/distance"
	"vecgres/vecengine/hnsw"
	"vecgres/vecengine/quant"
	"vecgres/vecengine/segment"
)

// graphWorth tells whether a segment of so many rows, each of so many bytes (hnsw.RowBytes), gets a graph.
func (e *Engine) graphWorth(rows, rowBytes int) bool {
	if e.opts.ExactBelow > 0 {
		return rows >= e.opts.ExactBelow
	}
	if rows < crossoverMin {
		return false
	}
	return rows >= crossoverMax || !hnsw.ChooseExact(hnsw.Request{Rows: rows, Matching: rows, RowBytes: rowBytes, K: 10, Ef: 64, Degree: hnsw.DefaultM * 1.25})
}

// The measured crossover between a scan and a walk is believed within these bounds.
const (
	crossoverMin = 2 << 10
	crossoverMax = 64 << 10
)

// buildVectorIndex builds, writes and attaches the graph of one segment, if it is worth one and has none. The manifest does not name the
// sidecar yet.
func (t *table) buildVectorIndex(ctx context.Context, p *part, x *IndexDef) error {
	if p.seg.vectorIndex(x.ID) != nil {
		return nil
	}
	_, err := t.buildGraphOf(ctx, p, x)
	return err
}

// buildGraphOf is buildVectorIndex whether the segment has a graph or not; false when it is worth none.
func (t *table) buildGraphOf(ctx context.Context, p *part, x *IndexDef) (bool, error) {
	s := p.seg
	e := t.ns.e
	u, ok, err := s.vectorsFor(x)
	if err != nil || !ok || !e.graphWorth(u.slab.Len(), hnsw.RowBytes(u.slab.Element, u.slab.Dim)) {
		return false, err
	}
	need := buildBytes(x, u.slab.Dim, u.slab.Len(), e.opts.BuildWorkers)
	if most := t.buildBudget(); need > most {
		return false, &MemoryError{Limit: most, Wanted: need, Rows: u.slab.Len()}
	}
	if err := e.memory.Reserve(need); err != nil {
		return false, err
	}
	defer e.memory.Release(need)
	progress := e.newProgress(t, x.ID)
	defer e.endProgress(progress)
	var index *hnsw.Index
	err = guard(func() (err error) {
		index, err = e.buildGraph(ctx, x, u, progress)
		return err
	})
	if err != nil {
		return false, err
	}
	progress.phase("writing", 1)
	files := newFileSet(ctx, t.ns)
	defer files.abort()
	h := segment.Header{Kind: segment.KindVectorIndex, Namespace: uint64(t.ns.id), Table: uint64(t.id), Segment: uint64(p.id), Index: uint64(x.ID)}
	key := t.ns.files.sidecarKey(p.id, x.ID, graphSidecar)
	f, err := files.add(key, index.Graph.EncodedSize(), func(dst io.Writer, align int) error {
		return writeVectorIndex(dst, h, align, index)
	})
	if err != nil {
		return false, err
	}
	if err := files.commit(); err != nil {
		return false, e.storeError(err)
	}
	return true, s.openSidecar(ctx, x, graphSidecar, *f)
}

// buildBytes is about how much memory the build of a graph takes: links, and codes where there are some.
func buildBytes(x *IndexDef, dim, rows, workers int) int64 {
	element := distance.Float32
	if x.Computed() {
		element = x.Element
	}
	return hnsw.BuildBytes(rows, x.M, workers) + int64(rows)*int64(quant.IndexRowBytes(x.Quantization, x.Metric, element, dim))
}

// buildBudget is how much one build may take now. The caller holds the merge lock.
func (t *table) buildBudget() int64 {
	if limit := t.maint.buildBytes; limit > 0 {
		return min(limit, t.ns.e.memory.limit)
	}
	return t.ns.e.memory.limit / 2
}

// affordable leaves the largest out of the parts to be merged until the graphs of the result can be built: a table that is too large for one graph
// keeps several. Nil when there is nothing left to merge. The caller holds the merge lock.
func (t *table) affordable(s *Schema, parts []*partRef) []*partRef {
	left := slices.Clone(parts)
	slices.SortStableFunc(left, func(a, b *partRef) int { return cmp.Compare(a.visible(), b.visible()) })
	rows := 0
	for _, r := range left {
		rows += r.visible()
	}
	for _, x := range s.indexes(VectorIndex) {
		dim := x.Dim
		if !x.Computed() {
			dim = s.column(x.Column).Dim
		}
		for len(left) > 0 && buildBytes(x, dim, rows, t.ns.e.opts.BuildWorkers) > t.buildBudget() {
			rows -= left[len(left)-1].visible()
			left = left[:len(left)-1]
		}
	}
	if len(left) < min(2, len(parts)) {
		return nil
	}
	return left
}

// buildGraph makes the graph of a segment, the codes where the index wants some and the metric has them, and the table of recall.
func (e *Engine) buildGraph(ctx context.Context, x *IndexDef, u vectorRun, progress *buildProgress) (*hnsw.Index, error) {
	workers := e.opts.BuildWorkers
	v := hnsw.Vectors{Slab: u.slab, Skip: u.absent}
	progress.phase("coding", int64(u.slab.Len()))
	build, walk, err := quant.ForIndex(ctx, x.Quantization, x.Metric, u.slab, v.Skip, workers)
	if err != nil {
		return nil, err
	}
	v.Codes = build
	progress.phase("building graph", int64(u.slab.Len()))
	params := hnsw.Params{Metric: x.Metric, M: x.M, EfConstruction: x.EfConstruction, Seed: uint64(x.ID)}
	graph, err := hnsw.Build(ctx, v, params, workers, progress.set)
	if err != nil {
		return nil, err
	}
	index, err := hnsw.NewIndex(graph, u.slab, walk, nil)
	if err != nil {
		return nil, err
	}
	progress.phase("learning recall", 1)
	index.Table, err = hnsw.LearnRecall(ctx, index, hnsw.LearnOptions{Skip: v.Skip, Seed: uint64(x.ID), Asked: x.Quantization != quant.Auto})
	return index, err
}

// buildLacking builds the graphs that a table's segments lack, one manifest replacement each, for a schema that may not be committed yet; nil means
// the newest one. The caller holds the merge lock.
func (t *table) buildLacking(ctx context.Context, schema *Schema) error {
	for {
		p, x := t.lacking(schema)
		if p == nil {
			return nil
		}
		err := t.buildVectorIndex(ctx, p, x)
		if err == nil {
			err = t.ns.replaceManifest(ctx, manifestChange{t: t})
		}
		p.unref()
		if err != nil {
			return err
		}
	}
}

// lacking finds a stored segment without a graph that it is worth, and holds it.
func (t *table) lacking(schema *Schema) (*part, *IndexDef) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.newest.Load()
	if v == nil || v.dropped {
		return nil, nil
	}
	if schema == nil {
		schema = v.schema
	}
	for _, x := range schema.indexes(VectorIndex) {
		for _, r := range v.parts {
			if r.seg == nil || r.adopted || r.seg.vectorIndex(x.ID) != nil {
				continue
			}
			// Damaged vectors are no occasion to try again and again: whoever reads them says so.
			if u, ok, err := r.seg.vectorsFor(x); err != nil || !ok || !t.ns.e.graphWorth(u.slab.Len(), hnsw.RowBytes(u.slab.Element, u.slab.Dim)) {
				continue
			}
			r.ref()
			return r.part, x
		}
	}
	return nil, nil
}
