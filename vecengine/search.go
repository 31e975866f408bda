package vecengine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/flat"
	"vecgres/vecengine/hnsw"
	"vecgres/vecengine/quant"
)

// Search finds the nearest rows, nearest first: all K of them whenever K rows match. Each part is searched on its own, by its graph
// or exactly as its numbers of rows and of matches suggest, and the results are merged. stats may be nil.
// Errors: *DimError, the cause of ctx, *CorruptError, those of Residual.
func (t *Table) Search(ctx context.Context, r SearchRequest, stats *SearchStats) ([]Hit, error) {
	s, err := newSearch(t, &r)
	if err != nil {
		return nil, err
	}
	err = guard(func() error { return s.run(ctx) })
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	if stats != nil {
		*stats = s.finishStats()
	}
	hits, err := s.result()
	if err == nil {
		s.offerCheck(t, hits)
	}
	return hits, err
}

// search is one Search under way.
type search struct {
	e     *Engine
	v     *tableVersion
	r     *SearchRequest
	def   *ColumnDef // whose vectors are searched; nil: the index's own
	dim   int
	index *IndexDef // a vector index that serves the request; nil: none
	conds []condition
	above []condition // AbsentFilter's
	want  int         // K + Offset
	tie   tieOrder
	best  []found // the nearest so far, sorted, at most want
	stats SearchStats
	ways  []string
	pace  *pacer // of a search that nobody waits for
}

// found is a hit before it is merged.
type found struct {
	r    *partRef
	ord  uint32
	dist float32
	null bool
}

func newSearch(t *Table, r *SearchRequest) (*search, error) {
	s := &search{e: t.view.e, v: t.version, r: r, want: r.K + r.Offset}
	t.version.table.searched()
	if err := s.choose(t.version.schema); err != nil {
		return nil, err
	}
	element := distance.Float32
	if s.def == nil {
		element = s.index.Element
	}
	if r.Query.Dim != s.dim {
		return nil, &DimError{Want: s.dim, Got: r.Query.Dim}
	}
	if !r.Query.Fits(r.Metric, &distance.Slab{Element: element, Dim: s.dim}) {
		return nil, fmt.Errorf("vecengine: no search of %v for %v by %v", element, r.Query.Element, r.Metric)
	}
	if r.TieKey != 0 {
		if x := t.version.schema.index(r.TieKey); x != nil && x.Kind == KeyIndex {
			s.tie.index = r.TieKey
		}
	}
	var err error
	if s.conds, err = compileAll(t.version.schema, r.Filter); err != nil {
		return nil, err
	}
	s.above, err = compileAll(t.version.schema, r.AbsentFilter)
	return s, err
}

// choose finds the vectors to search and the index that serves them.
func (s *search) choose(schema *Schema) error {
	id := s.r.Column
	if s.r.Index != 0 {
		x := schema.index(s.r.Index)
		if x == nil || x.Kind != VectorIndex {
			return fmt.Errorf("vecengine: no vector index %d", s.r.Index)
		}
		s.index, s.dim, id = x, x.Dim, x.Column
		if x.Computed() {
			return nil
		}
	}
	s.def = schema.column(id)
	if s.def == nil || s.def.Dim == 0 {
		return fmt.Errorf("vecengine: no vector column %d", id)
	}
	s.dim = s.def.Dim
	if s.index != nil {
		return nil
	}
	for _, x := range schema.indexes(VectorIndex) {
		if x.Column == id && (x.Metric == s.r.Metric || s.index == nil) {
			s.index = x
		}
	}
	return nil
}

// vectors are those of the run of a part that ord lies in.
func (s *search) vectors(r *partRef, ord uint32) (vectorRun, error) {
	if s.def == nil {
		return r.vectorsOf(s.index, ord)
	}
	u, err := r.run(ord, r.n)
	if err != nil {
		return vectorRun{}, err
	}
	c, err := r.columnOf(s.def, u.lo, u.hi)
	if err != nil {
		return vectorRun{}, err
	}
	return vectorRun{lo: u.lo, hi: u.hi, slab: distance.Slab{Data: floatsOf(&c), Dim: s.dim}, absent: nullRows(c.Valid, u.lo, u.hi)}, nil
}

func (s *search) run(ctx context.Context) error {
	if s.want <= 0 {
		return nil
	}
	// Large parts first: their k-th distance bounds the exact scans of the others.
	parts := slices.Clone(s.v.parts)
	slices.SortStableFunc(parts, func(a, b *partRef) int { return cmp.Compare(b.n, a.n) })
	for _, r := range parts {
		if err := s.part(ctx, r); err != nil {
			return err
		}
	}
	if len(s.best) < s.want && s.r.IncludeNull && s.r.MaxDistance == nil {
		if err := s.appendNulls(ctx, s.v.parts); err != nil {
			return err
		}
	}
	return s.tie.err
}

// target is a part with what of it may be searched.
type target struct {
	*partRef
	allowed  *bitmap.Flat // rows that pass the filter and are visible; nil: all
	filter   *bitmap.Flat // rows that pass the filter; nil: all
	matching int
	// late are conditions that most rows pass: a walk tests them on the rows that it comes to. filter, allowed and matching leave them
	// out, but for the guess in share.
	late  []rowTest
	share float64
	// space and rows are those of the graph: where a segment has vectors of some of its ordinals only, its graph counts them by row. rows
	// is allowed in those terms.
	space *rowSpace
	rows  *bitmap.Flat
}

// enter goes over to the rows that a graph is over.
func (t *target) enter(u *vectorRun) {
	t.space, t.rows = u.space, u.space.rows(t.allowed)
	if u.space != nil {
		t.matching = len(u.space.ords)
		if t.rows != nil {
			t.matching = t.rows.Count()
		}
	}
}

// filtered tells whether rows are left out for other reasons than being ended.
func (t *target) filtered() bool { return t.filter != nil || len(t.late) > 0 }

// target finds what of a part may be searched; with a graph at hand, conditions may stay for the walk.
func (s *search) target(r *partRef, graph bool) (target, error) {
	t := target{partRef: r, matching: r.visible(), share: 1}
	now := s.conds
	if graph {
		var err error
		if now, err = s.split(&t); err != nil {
			return t, err
		}
	}
	if len(now) > 0 {
		f, err := s.e.filterPart(r, now)
		if err != nil {
			return t, err
		}
		t.filter = f
	}
	switch visible := r.visibleFlat(); {
	case t.filter == nil:
		t.allowed = visible
	case visible == nil:
		t.allowed, t.matching = t.filter, t.filter.Count()
	default:
		t.allowed = t.filter.Clone().And(visible)
		t.matching = t.allowed.Count()
	}
	if t.filter != nil {
		s.stats.FilterRows += int64(t.matching)
	}
	return t, nil
}

func (s *search) part(ctx context.Context, r *partRef) error {
	if r.visible() == 0 {
		return nil
	}
	s.stats.Parts++
	s.stats.VisibleRows += int64(r.visible())
	graph, why := s.graphOf(r)
	t, err := s.target(r, graph != nil)
	if err != nil || t.matching == 0 {
		return err
	}
	if graph == nil {
		s.whyNot(why)
		return s.exact(ctx, t)
	}
	if s.index.Computed() {
		if t.enter(&graph.run); t.matching == 0 {
			return nil
		}
	} else {
		t.rows = t.allowed
	}
	ef := s.ef(graph)
	matching := int(float64(t.matching) * t.share)
	choice := hnsw.Choose(graph.index.Request(matching, s.want, ef))
	c := course{x: graph, ef: ef, budget: choice.Budget, hops: choice.MaxHops, share: float64(matching) / float64(graph.index.Graph.Len()), trial: choice.Exact}
	if s.e.alwaysWalk {
		c.hops, c.trial = 0, false
	}
	if c.trial && (!choice.Try || s.r.Residual != nil) || s.want >= matching {
		s.whyNot(scanCheaper)
		return s.exact(ctx, t)
	}
	s.stats.EfSearch = max(s.stats.EfSearch, ef)
	return s.walk(ctx, t, c)
}

// ef is the beam: as the caller says, else what the segment has learnt to reach the target, and more where checks found that too little.
func (s *search) ef(graph *vectorIndex) int {
	if s.r.EfSearch > 0 {
		return s.r.EfSearch
	}
	s.stats.TargetRecall = cmp.Or(s.r.TargetRecall, s.index.TargetRecall, hnsw.DefaultTargetRecall)
	return s.e.recallOf(s.recallKey()).raised(graph.ef(s.want, s.stats.TargetRecall))
}

// scanCheaper is why a graph that could be used is not.
const scanCheaper = "an exact scan is cheaper"

// graphOf gives the part's graph for the request, or why there is none to use.
func (s *search) graphOf(r *partRef) (*vectorIndex, string) {
	switch {
	case s.index == nil:
		return nil, ""
	case s.r.Exact:
		return nil, "an exact search was asked for"
	case s.index.Metric != s.r.Metric:
		return nil, fmt.Sprintf("the index is for %v", s.index.Metric)
	case r.seg == nil:
		return nil, "rows are not in a segment yet"
	}
	if x := r.seg.vectorIndex(s.index.ID); x != nil {
		return x, ""
	}
	return nil, "a segment has no graph"
}

func (s *search) whyNot(why string) {
	if why != "" && s.stats.WhyNotGraph == "" {
		s.stats.WhyNotGraph = why
	}
}

func (s *search) way(name string) {
	if !slices.Contains(s.ways, name) {
		s.ways = append(s.ways, name)
	}
}

// limit bounds a collector: by the caller's distance, or by the k-th hit so far.
func (s *search) limit(top *flat.TopK) {
	worst := s.worst()
	switch m := s.r.MaxDistance; {
	case m != nil && (*m < worst || *m != *m):
		top.Within(*m, s.r.MaxInclusive)
	case m != nil && *m == worst:
		top.Within(worst, s.r.MaxInclusive)
	case worst < float32(math.Inf(1)):
		top.Within(worst, true)
	}
}

func (s *search) worst() float32 {
	if len(s.best) < s.want {
		return float32(math.Inf(1))
	}
	return s.best[s.want-1].dist
}

// add merges hits into the best so far.
func (s *search) add(hits []found) {
	s.best = append(s.best, hits...)
	slices.SortFunc(s.best, func(a, b found) int {
		if c := cmp.Compare(a.dist, b.dist); c != 0 {
			return c
		}
		return s.tie.compare(a.r, a.ord, b.r, b.ord)
	})
	if len(s.best) > s.want {
		s.best = s.best[:s.want]
	}
}

// topKs keeps collectors, whose buffers are worth keeping.
var topKs = sync.Pool{New: func() any { return new(flat.TopK) }}

// exact computes the distance of every allowed row of a part.
func (s *search) exact(ctx context.Context, t target) error {
	if len(t.late) > 0 {
		var err error
		if t, err = s.target(t.partRef, false); err != nil || t.matching == 0 {
			return err
		}
	}
	s.stats.ExactParts++
	if t.filter != nil {
		s.way("exact over bitmap")
	} else {
		s.way("exact")
	}
	top := topKs.Get().(*flat.TopK)
	defer topKs.Put(top)
	k := min(s.want, t.matching)
	if s.r.Residual != nil {
		k = min(t.matching, max(4*s.want, 256))
	}
	pass := passing{s: s, r: t.partRef}
	for {
		top.Reset(k)
		s.limit(top)
		hits, err := s.scan(ctx, t, top)
		if err != nil {
			return err
		}
		if err := pass.test(hits); err != nil {
			return err
		}
		if s.r.Residual == nil || len(pass.hits) >= s.want || len(hits) < k || k >= t.matching {
			s.add(pass.hits)
			return nil
		}
		k = min(t.matching, 8*k)
	}
}

// codeScorers keeps scorers, whose buffers are worth keeping.
var codeScorers = sync.Pool{New: func() any { return new(quant.Scorer) }}

// scan offers the allowed rows of a part, a run at a time, and gives the best; by their codes first where the part has some and the answer
// need not be the yardstick of others.
func (s *search) scan(ctx context.Context, t target, top *flat.TopK) ([]flat.Hit, error) {
	var codes *quant.Scorer
	x, _ := s.graphOf(t.partRef)
	if x != nil && x.index.Codes != nil && x.index.Codes.Tight() {
		codes = codeScorers.Get().(*quant.Scorer)
		defer func() {
			codes.Unbind()
			codeScorers.Put(codes)
		}()
		codes.Reset(x.index.Codes, s.r.Query)
	}
	var space *rowSpace // of a segment, which is one run
	for lo := uint32(0); lo < t.n; {
		u, err := s.vectors(t.partRef, lo)
		if err != nil {
			return nil, err
		}
		if codes != nil && s.def == nil {
			u = x.run // the vectors that the codes are of, should others take their place meanwhile
		}
		lo, space = u.hi, u.space
		if tie := s.tie.inPart(t.partRef); tie != nil {
			top.BreakTies(space.tie(tie))
		}
		scorer := distance.NewScorer(s.r.Metric, s.r.Query, u.slab)
		f := u.filter(t.allowed)
		for at, end := 0, u.slab.Len(); at < end; {
			to, n := s.pace.piece(at, end), 0
			if codes != nil {
				n, err = flat.ScanCodes(ctx, codes, &scorer, at, to-at, f, top)
			} else {
				n, err = flat.Scan(ctx, &scorer, at, to-at, f, top)
			}
			s.stats.Distances += int64(n)
			if err == nil {
				err = s.pace.rest(ctx)
			}
			if err != nil {
				return nil, err
			}
			at = to
		}
	}
	return space.ordinals(top.Hits(nil)), nil
}

// passing tests candidates in order against the residual; it has tested `tested` of them already.
type passing struct {
	s      *search
	r      *partRef
	tested int
	hits   []found
}

func (p *passing) test(hits []flat.Hit) error {
	fresh := hits[p.tested:]
	p.tested = len(hits)
	if p.s.r.Residual == nil {
		for _, h := range fresh {
			p.hits = append(p.hits, found{r: p.r, ord: h.Ord, dist: h.Dist})
		}
		return nil
	}
	const some = 256
	for len(fresh) > 0 && len(p.hits) < p.s.want {
		n := min(some, len(fresh))
		keep, err := p.s.residual(p.r, fresh[:n])
		if err != nil {
			return err
		}
		for i, h := range fresh[:n] {
			if keep[i] {
				p.hits = append(p.hits, found{r: p.r, ord: h.Ord, dist: h.Dist})
			}
		}
		fresh = fresh[n:]
	}
	return nil
}

func (s *search) residual(r *partRef, hits []flat.Hit) ([]bool, error) {
	locs := make([]Loc, len(hits))
	for i, h := range hits {
		row, err := r.rowOf(h.Ord)
		if err != nil {
			return nil, err
		}
		locs[i] = Loc{r.id, h.Ord, row}
	}
	keep := make([]bool, len(hits))
	return keep, s.r.Residual(locs, keep)
}

// result cuts the offset off and tells the locations.
func (s *search) result() ([]Hit, error) {
	if s.r.Offset >= len(s.best) {
		return nil, nil
	}
	out := make([]Hit, 0, len(s.best)-s.r.Offset)
	for _, f := range s.best[s.r.Offset:] {
		row, err := f.r.rowOf(f.ord)
		if err != nil {
			return nil, err
		}
		out = append(out, Hit{Loc: Loc{f.r.id, f.ord, row}, Distance: f.dist, Null: f.null})
	}
	return out, nil
}

func (s *search) finishStats() SearchStats {
	s.stats.Strategy = strings.Join(s.ways, ", ")
	s.stats.Approximate = s.stats.GraphParts > 0
	if s.stats.GraphParts > 0 {
		s.stats.WhyNotGraph = ""
	}
	return s.stats
}
