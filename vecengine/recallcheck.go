package vecengine

import (
	"context"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"
)

// Now and then a search is repeated exactly in the background, in the snapshot that it read, and what it found is compared. One check runs at
// a time, and none waits: while it runs, or when there is no background, others are not begun. It works for a short while and rests
// for longer, so that it takes a tenth of a core, and it is given up after checkTime, because until then its snapshot keeps
// versions and files that are replaced meanwhile. It needs memory for the hits alone, and a bitmap for a filter.
const (
	checkTime  = 10 * time.Second
	checkWork  = 500 * time.Microsecond
	checkRest  = 9    // times as long as the work before
	checkRows  = 1024 // between looks at the clock
	checkWants = 1000 // searches for more rows are not checked
)

// recallJob is a check that was handed over. Its view is closed by who runs it.
type recallJob struct {
	table  *Table
	r      SearchRequest
	hits   []Hit
	key    recallKey
	target float64
}

// offerCheck hands a search that was approximate over to be checked, if chance picks it and the checker is idle. It never waits.
func (s *search) offerCheck(t *Table, hits []Hit) {
	r := s.r
	if r.CheckRate <= 0 || s.stats.GraphParts == 0 || r.CheckRate < 1 && rand.Float64() >= r.CheckRate {
		return
	}
	if _, own := t.view.own[t.version.table.id]; own || r.Residual != nil || s.want > checkWants || s.e.checks == nil {
		return // what the transaction alone sees, and what its statement alone can evaluate, ends with it
	}
	job := &recallJob{r: r.detached(), hits: slices.Clone(hits), key: s.recallKey(), target: s.stats.TargetRecall}
	view := &View{viewState{e: s.e}}
	s.e.registry.share(&view.snap, &t.view.snap)
	job.table = &Table{tableState{view, t.version}}
	select {
	case s.e.checks <- job:
	default:
		view.Close()
	}
}

func (s *search) recallKey() recallKey { return recallKey{s.v.table.id, s.index.ID} }

// detached is a request that stands by itself, asked exactly.
func (r *SearchRequest) detached() SearchRequest {
	c := *r
	c.Exact, c.EfSearch, c.CheckRate, c.IncludeNull, c.Absent, c.AbsentFilter = true, 0, 0, false, nil, nil
	c.Query.Floats, c.Query.Indices, c.Query.Bits = slices.Clone(r.Query.Floats), slices.Clone(r.Query.Indices), slices.Clone(r.Query.Bits)
	if r.MaxDistance != nil {
		m := *r.MaxDistance
		c.MaxDistance = &m
	}
	c.Filter = slices.Clone(r.Filter)
	for i := range c.Filter {
		p := &c.Filter[i]
		p.Values, p.Ranges = slices.Clone(p.Values), slices.Clone(p.Ranges)
		for j := range p.Values {
			p.Values[j].Bytes = slices.Clone(p.Values[j].Bytes)
		}
		for j := range p.Ranges {
			p.Ranges[j].Lo, p.Ranges[j].Hi = slices.Clone(p.Ranges[j].Lo), slices.Clone(p.Ranges[j].Hi)
		}
	}
	return c
}

// checker runs the checks, one after the other.
func (e *Engine) checker(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-e.checks:
			job.run(ctx, e)
		}
	}
}

// run checks one search and notes the result.
func (j *recallJob) run(ctx context.Context, e *Engine) {
	defer j.table.view.Close()
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	record := e.newRecallOf(j.key)
	defer func() {
		if p := recover(); p != nil { // the server has better things to do than to end with a check
			e.logger.Error("panic in the check of a search", "table", j.key.table, "panic", p, "stack", string(debug.Stack()))
			record.abandon()
		}
	}()
	exact, err := j.exact(ctx)
	if err != nil {
		if context.Cause(ctx) == nil {
			e.logger.Warn("a search could not be checked", "table", j.key.table, "error", err)
		}
		record.abandon()
		return
	}
	record.add(CompareHits(j.hits, exact), j.target, time.Now())
}

func (j *recallJob) exact(ctx context.Context) ([]Hit, error) {
	s, err := newSearch(j.table, &j.r)
	if err != nil {
		return nil, err
	}
	s.pace = &pacer{since: time.Now()}
	if err := guard(func() error { return s.run(ctx) }); err != nil {
		return nil, err
	}
	return s.result()
}

// pacer makes a search rest. A nil pacer does not.
type pacer struct{ since time.Time }

// piece is how far a scan of rows up to end may go from at before it rests.
func (p *pacer) piece(at, end int) int {
	if p == nil {
		return end
	}
	return min(at+checkRows, end)
}

// rest sleeps after enough work.
func (p *pacer) rest(ctx context.Context) error {
	if p == nil {
		return nil
	}
	worked := time.Since(p.since)
	if worked < checkWork {
		return nil
	}
	timer := time.NewTimer(min(worked*checkRest, 100*time.Millisecond))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
	}
	p.since = time.Now()
	return nil
}
