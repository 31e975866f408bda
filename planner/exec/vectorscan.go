package exec

import (
	"math"
	"slices"

	"github.com/jackc/pgerrcode"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/engineerr"
	"vecgres/sql/indexdef"
	"vecgres/sql/pgerr"
	"vecgres/sql/physical"
	"vecgres/sql/types"
	"vecgres/vecengine"
	"vecgres/vecengine/distance"
)

// vectorScanOp asks the engine for the rows nearest to a vector. With a known limit that is one call; a stream asks for more rows, four
// times as many each time, as long as somebody wants them, and leaves out those that it has given.
type vectorScanOp struct {
	node     *plan.VectorScan
	target   *target
	rt       *runtime
	metric   distance.Metric
	effort   effort
	query    evaluator
	bounds   bounds
	maxDist  evaluator
	preds    []predicate
	residual *residual
	absent   *residual
	engine   []vecengine.Predicate
	above    []predicate // AbsentPreds
	stats    vecengine.SearchStats
	actual   *plan.SearchActual
	shown    *shownValue  // nil: the engine's distances are as shown
	check    *recallCheck // EXPLAIN (RECALL)

	tab     table
	guess   int // rows of a stream's first search
	request vecengine.SearchRequest
	k       int // rows asked for so far
	limit   int // rows that exist or are wanted
	nulls   []vecengine.Loc
	seen    map[vecengine.RowID]struct{}
	locs    []vecengine.Loc
	dists   []types.Datum
	ended   bool
}

// cosineSlack is by how much a cosine distance in float32 may differ from the one in float64: some units in the last place of 1.
const cosineSlack = 4e-6

// A stream's first search asks for half as many rows again as are likely to be wanted.
const (
	streamStart    = 64
	streamStartMax = 10_000
)

func (b *builder) vectorScan(n *plan.VectorScan) (Operator, error) {
	op := &vectorScanOp{node: n, target: newTarget(&n.Target, n.Cols), rt: b.rt, metric: indexdef.Metric(n.Metric), effort: effortOf(n.Index)}
	if op.metric == 0 {
		return nil, pgerr.Unimplemented("vector search by " + n.Metric)
	}
	var err error
	if op.query, err = b.compile(n.Query, scope{}); err != nil {
		return nil, err
	}
	if op.bounds.count, err = b.compileOptional(n.Count, scope{}); err != nil {
		return nil, err
	}
	if op.bounds.offset, err = b.compileOptional(n.Offset, scope{}); err != nil {
		return nil, err
	}
	if op.maxDist, err = b.compileOptional(n.MaxDistance, scope{}); err != nil {
		return nil, err
	}
	if op.preds, err = b.predicates(n.Preds); err != nil {
		return nil, err
	}
	if op.above, err = b.predicates(n.AbsentPreds); err != nil {
		return nil, err
	}
	if b.analysis != nil {
		op.actual = &b.analysis.Of(n).Search
		if b.analysis.Recall {
			op.check = b.recallCheck(n)
		}
	}
	if op.shown, err = b.shownValue(n); err != nil {
		return nil, err
	}
	if op.residual, err = b.residual(n.Filter, &n.Target, n.FilterCols, n.FilterAttrs); err != nil {
		return nil, err
	}
	op.absent, err = b.residual(n.Absent, &n.Target, n.AbsentCols, n.AbsentAttrs)
	return op, err
}

// residual evaluates a condition that the engine cannot on candidate rows, as the walk meets them.
type residual struct {
	target *target
	filter *selection
	tab    table
}

func (b *builder) residual(cond bound.Scalar, t *plan.Target, cols []bound.Column, attrs []int16) (*residual, error) {
	if cond == nil {
		return nil, nil
	}
	sel, err := b.selection(cond, scopeOf(cols))
	if err != nil {
		return nil, err
	}
	node := &plan.Target{Table: t.Table, Alias: t.Alias, Attrs: attrs}
	return &residual{target: newTarget(node, cols), filter: sel}, nil
}

// of gives the test for a table, nil when there is no condition.
func (r *residual) of(tab table) func([]vecengine.Loc, []bool) error {
	if r == nil {
		return nil
	}
	r.tab = tab
	return r.keep
}

func (r *residual) keep(locs []vecengine.Loc, keep []bool) error {
	b, err := r.target.fetch(r.tab, locs)
	if err != nil {
		return err
	}
	if err := r.filter.apply(b, nil); err != nil {
		return err
	}
	clear(keep)
	for k := range b.Rows() {
		keep[b.Row(k)] = true
	}
	return nil
}

func (s *vectorScanOp) Open(ctx *Context) error {
	if err := s.Close(); err != nil {
		return err
	}
	total, err := s.bounds.total()
	if err != nil {
		return err
	}
	if s.node.Stream {
		if s.guess = streamStart; total > 0 {
			s.guess = int(min(total+total/2, streamStartMax))
		}
		total = -1
	}
	if s.tab, err = ctx.table(s.node.Table.Storage); err != nil {
		return err
	}
	rows := s.tab.Stats().Rows
	if total < 0 || total > rows {
		total = rows
	}
	filter, none, err := engineFilter(s.preds, s.engine[:0])
	if err != nil {
		return err
	}
	s.engine, s.limit, s.ended = filter, int(total), none || total == 0
	if s.ended {
		return nil
	}
	return s.prepare(ctx)
}

// prepare makes the request.
func (s *vectorScanOp) prepare(ctx *Context) error {
	q, err := s.query(noRow)
	if err != nil {
		return err
	}
	ef, target, exact := s.effort.of(&ctx.Search)
	s.request = vecengine.SearchRequest{
		Column: vecengine.ColumnID(s.node.Attr), Metric: s.metric, EfSearch: ef, TargetRecall: target, CheckRate: ctx.Search.CheckRate,
		Exact: exact || ctx.Search.Exact || s.node.Index == nil, Filter: s.engine, IncludeNull: s.maxDist == nil,
	}
	if s.node.TieIndex != nil {
		s.request.TieKey = vecengine.IndexID(s.node.TieIndex.ID)
	}
	above, _, err := engineFilter(s.above, nil)
	if err != nil {
		return err
	}
	if q.IsNull() {
		return s.withoutQuery(ctx, above)
	}
	if err := s.setQuery(q); err != nil {
		return err
	}
	s.request.Residual, s.request.Absent = s.residual.of(s.tab), s.absent.of(s.tab)
	s.request.AbsentFilter = above
	if s.node.NullsFirst {
		if err := s.findNulls(ctx, []vecengine.Predicate{{Column: s.request.Column, Op: vecengine.IsNull}}); err != nil {
			return err
		}
		for _, l := range s.nulls { // the search gives them again, behind the rows whose distance is NaN
			s.alreadyGiven(l.Row)
		}
	}
	return s.setMaxDistance()
}

// setQuery gives the request its query vector, and the vectors to look among.
func (s *vectorScanOp) setQuery(q types.Datum) error {
	typ := types.T(types.VectorOID)
	if s.node.Own {
		typ = s.node.Type
		s.request.Index, s.request.Column = vecengine.IndexID(s.node.Index.ID), 0
	}
	s.request.Query = physical.VectorOf(typ.OID, q)
	want, got := s.node.Dim, s.request.Query.Dim
	switch {
	case want == got:
		return nil
	case typ.OID == types.BitOID:
		return pgerr.New(pgerrcode.DataException, "different bit lengths %d and %d", want, got)
	}
	return pgerr.New(pgerrcode.DataException, "different %s dimensions %d and %d", types.TypeName(typ.OID), want, got)
}

// withoutQuery is a search for NULL: every distance is NULL, and any rows will do that satisfy what a partial index stands for.
func (s *vectorScanOp) withoutQuery(ctx *Context, above []vecengine.Predicate) error {
	s.ended = true
	if s.maxDist != nil {
		return nil
	}
	return s.findNulls(ctx, above)
}

// findNulls collects up to limit rows that satisfy the filter and more.
func (s *vectorScanOp) findNulls(ctx *Context, more []vecengine.Predicate) error {
	scanner, err := s.tab.Scan(vecengine.ScanRequest{Filter: append(more, s.engine...), RowIDs: true})
	if err != nil {
		return engineerr.Map(err)
	}
	defer scanner.Close()
	for len(s.nulls) < s.limit {
		sb, err := scanner.Next(ctx)
		if err != nil {
			return engineerr.Map(err)
		}
		if sb == nil {
			return nil
		}
		locs := sb.Locs
		for _, r := range []*residual{s.residual, s.absent} {
			test := r.of(s.tab)
			if test == nil || len(locs) == 0 {
				continue
			}
			keep := make([]bool, len(locs))
			if err := test(locs, keep); err != nil {
				return err
			}
			locs = kept(locs, keep)
		}
		s.nulls = append(s.nulls, locs...)
	}
	s.nulls = s.nulls[:s.limit]
	return nil
}

func kept(locs []vecengine.Loc, keep []bool) []vecengine.Loc {
	var out []vecengine.Loc
	for i, l := range locs {
		if keep[i] {
			out = append(out, l)
		}
	}
	return out
}

// ownSlack is by what an index's own vectors may be farther than SQL finds them, in parts of the distance and of one.
const ownSlack = 1e-4

// setMaxDistance turns the operator's distance bound into the engine's.
func (s *vectorScanOp) setMaxDistance() error {
	if s.maxDist == nil {
		return nil
	}
	d, err := s.maxDist(noRow)
	if err != nil {
		return err
	}
	if d.IsNull() || d.Float() < 0 && s.metric != distance.InnerProduct {
		s.ended = true
		return nil
	}
	limit := d.Float()
	if limit != limit { // SQL's NaN lies above all numbers
		limit = math.Inf(1)
	}
	if s.metric == distance.L2 {
		limit *= limit
	}
	if s.node.Own { // such a bound only ends the search: the condition is in the filter too
		limit += ownSlack * (1 + math.Abs(limit))
	}
	// The engine compares in float32: take in what rounding could leave out, and let give decide by the operator's own value.
	widened := math.Nextafter32(float32(limit), float32(math.Inf(1)))
	if s.metric == distance.Cosine {
		widened += cosineSlack
	}
	s.request.MaxDistance, s.request.MaxInclusive = &widened, true
	return nil
}

// within tells whether a distance as the operator gives it is within the bound.
func (s *vectorScanOp) within(d float64) (bool, error) {
	if s.maxDist == nil || s.node.Own {
		return true, nil
	}
	limit, err := s.maxDist(noRow)
	if err != nil {
		return false, err
	}
	bound := limit.Float()
	return d < bound || s.node.Inclusive && d == bound || bound != bound, nil
}

func (s *vectorScanOp) Next() (*Batch, error) {
	for {
		if len(s.nulls) > 0 {
			return s.nextNulls()
		}
		if s.ended {
			return nil, nil
		}
		hits, err := s.search()
		if err != nil {
			return nil, err
		}
		if b, err := s.emit(hits); err != nil || b != nil {
			return b, err
		}
	}
}

func (s *vectorScanOp) nextNulls() (*Batch, error) {
	n := min(len(s.nulls), batchRows)
	s.locs, s.dists = s.nulls[:n], s.dists[:0]
	for range n {
		s.dists = append(s.dists, types.Null)
	}
	s.nulls, s.limit = s.nulls[n:], s.limit-n
	if s.limit <= 0 {
		s.ended = true
	}
	return s.fetch()
}

// search runs the engine's search for the next number of rows.
func (s *vectorScanOp) search() ([]vecengine.Hit, error) {
	switch {
	case !s.node.Stream:
		s.k, s.ended = s.limit, true
	case s.k == 0:
		s.k = min(s.guess, s.limit)
	default:
		s.k = min(4*s.k, s.limit)
	}
	s.request.K = s.k
	s.stats = vecengine.SearchStats{}
	hits, err := s.tab.Search(s.rt.ctx, s.request, &s.stats)
	if err != nil {
		return nil, engineerr.Map(err)
	}
	if s.actual != nil {
		s.actual.Add(searchActual(&s.stats))
	}
	if s.k >= s.limit || len(hits) < s.k {
		s.ended = true
	}
	return hits, nil
}

// searchActual is the engine's report in the plan's words.
func searchActual(st *vecengine.SearchStats) plan.SearchActual {
	return plan.SearchActual{
		Searches: 1, Parts: st.Parts, GraphParts: st.GraphParts, ExactParts: st.ExactParts, Distances: st.Distances, Visited: st.Visited,
		FilterRows: st.FilterRows, VisibleRows: st.VisibleRows, EfSearch: st.EfSearch, Approximate: st.Approximate, FellBack: st.FellBack,
		Strategy: st.Strategy, WhyNotGraph: st.WhyNotGraph, TargetRecall: st.TargetRecall,
	}
}

// emit makes a batch of the hits that were not given before; nil when there are none.
func (s *vectorScanOp) emit(hits []vecengine.Hit) (*Batch, error) {
	s.locs, s.dists = s.locs[:0], s.dists[:0]
	if s.node.Stream || s.node.NullsFirst {
		hits = slices.DeleteFunc(hits, func(h vecengine.Hit) bool { return s.alreadyGiven(h.Row) })
	}
	if s.shown != nil {
		ordered, err := s.shown.order(s.tab, hits)
		if err != nil {
			return nil, err
		}
		for i := range ordered {
			if err := s.give(&ordered[i].Hit, ordered[i].value); err != nil {
				return nil, err
			}
		}
	} else {
		for i := range hits {
			v := types.Null
			if !hits[i].Null {
				v = types.Float(s.sqlDistance(hits[i].Distance))
			}
			if err := s.give(&hits[i], v); err != nil {
				return nil, err
			}
		}
	}
	if len(s.locs) == 0 {
		return nil, nil
	}
	return s.fetch()
}

// give adds a hit to the batch unless its distance is out of the bound.
func (s *vectorScanOp) give(h *vecengine.Hit, value types.Datum) error {
	if !value.IsNull() {
		if ok, err := s.within(value.Float()); !ok || err != nil {
			return err
		}
	}
	if s.check != nil {
		s.check.given = append(s.check.given, *h)
	}
	s.locs, s.dists = append(s.locs, h.Loc), append(s.dists, value)
	return nil
}

func (s *vectorScanOp) alreadyGiven(row vecengine.RowID) bool {
	if s.seen == nil {
		s.seen = map[vecengine.RowID]struct{}{}
	}
	if _, ok := s.seen[row]; ok {
		return true
	}
	s.seen[row] = struct{}{}
	return false
}

// sqlDistance is the operator's value of the engine's distance.
func (s *vectorScanOp) sqlDistance(d float32) float64 {
	if s.metric == distance.L2 {
		return math.Sqrt(float64(d))
	}
	return float64(d)
}

func (s *vectorScanOp) fetch() (*Batch, error) {
	b, err := s.target.fetch(s.tab, s.locs)
	if err != nil {
		return nil, err
	}
	if s.node.Distance.ID != 0 {
		last := len(b.Cols) - 1
		b.Cols[last] = Vec{Typ: s.node.Distance.Type, Vals: s.dists}
	}
	return b, nil
}

func (s *vectorScanOp) Close() error {
	var err error
	if s.check != nil {
		err = s.check.finish(s)
	}
	s.tab, s.k, s.nulls, s.seen, s.ended = nil, 0, nil, nil, true
	s.request = vecengine.SearchRequest{}
	return err
}
