package vecengine

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// RecallStat is what checks of an index's searches have found since the engine was opened: see SearchRequest.CheckRate.
type RecallStat struct {
	Namespace NamespaceID
	Table     TableID
	Index     IndexID
	Checked   int64 // searches compared with the exact answer
	Abandoned int64 // checks given up because they took too long or failed
	Wanted    int64 // rows of the exact answers
	Found     int64 // of those, how many the searches had found
	// Mean, Worst and Last are the recall of a search; Target is what the last one aimed for, 0 when its effort was given.
	Mean, Worst, Last, Target float64
	LastAt                    time.Time
	// Effort is what learnt efforts are multiplied by, because checks saw less recall than the segments had learnt; 1 at first.
	Effort float64
}

// RecallStats lists the checks of all indexes that there are, by table and index.
func (e *Engine) RecallStats() []RecallStat {
	var out []RecallStat
	e.recalls.Range(func(k, r any) bool {
		key := k.(recallKey)
		t := e.table(key.table)
		if t == nil || t.current() == nil || t.current().schema.index(key.index) == nil {
			e.recalls.Delete(k)
			return true
		}
		s := r.(*recallRecord).stat()
		s.Namespace, s.Table, s.Index = t.ns.id, key.table, key.index
		out = append(out, s)
		return true
	})
	slices.SortFunc(out, func(a, b RecallStat) int { return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Index, b.Index)) })
	return out
}

type recallKey struct {
	table TableID
	index IndexID
}

// recallRecord is the record of one index. Searches read effort without a lock.
type recallRecord struct {
	effort atomic.Uint64 // math.Float64bits; 0: 1

	mu  sync.Mutex
	s   RecallStat
	sum float64
	// window sums up what searches missed their target by, since effort was last looked at.
	window struct {
		n              int
		sum, sumSquare float64
	}
}

// A window is judged once it has as many searches: the segments' tables stand on 300.
const recallWindow = 60

// Effort changes by these factors: up at once by what doubles the beam in three steps, down slowly, and never below what was learnt.
const (
	effortUp   = 1.26
	effortDown = 0.97
	effortMax  = 8
)

// recallSlack is by how much recall may stay below its target before effort is raised.
const recallSlack = 0.005

// raised is an ef with the effort that checks have asked for.
func (r *recallRecord) raised(ef int) int {
	if r == nil {
		return ef
	}
	return int(math.Ceil(float64(ef) * r.factor()))
}

func (r *recallRecord) factor() float64 {
	if bits := r.effort.Load(); bits != 0 {
		return math.Float64frombits(bits)
	}
	return 1
}

func (r *recallRecord) stat() RecallStat {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.s
	s.Effort = r.factor()
	if s.Checked > 0 {
		s.Mean = r.sum / float64(s.Checked)
	}
	return s
}

func (r *recallRecord) abandon() {
	r.mu.Lock()
	r.s.Abandoned++
	r.mu.Unlock()
}

// add notes a check; target is 0 for a search whose effort was given, which says nothing about what was learnt.
func (r *recallRecord) add(c RecallCheck, target float64, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	recall := c.Recall()
	if r.s.Checked == 0 || recall < r.s.Worst {
		r.s.Worst = recall
	}
	r.s.Checked++
	r.s.Wanted += int64(c.Wanted)
	r.s.Found += int64(c.Found)
	r.s.Last, r.s.LastAt, r.s.Target = recall, at, target
	r.sum += recall
	if target > 0 && c.Wanted > 0 {
		r.judge(recall - target)
	}
}

// judge changes the effort when a window of searches leaves no doubt: their mean is more than two standard errors from the target.
func (r *recallRecord) judge(over float64) {
	w := &r.window
	w.n++
	w.sum += over
	w.sumSquare += over * over
	if w.n < recallWindow {
		return
	}
	mean := w.sum / float64(w.n)
	deviation := math.Sqrt(max(w.sumSquare/float64(w.n)-mean*mean, 0) / float64(w.n))
	factor := r.factor()
	switch {
	case mean+2*deviation < -recallSlack:
		factor = min(factor*effortUp, effortMax)
	case mean-2*deviation > 0:
		factor = max(factor*effortDown, 1)
	}
	r.effort.Store(math.Float64bits(factor))
	w.n, w.sum, w.sumSquare = 0, 0, 0
}

// recallOf finds the record of an index, nil when nothing was ever checked.
func (e *Engine) recallOf(key recallKey) *recallRecord {
	if r, ok := e.recalls.Load(key); ok {
		return r.(*recallRecord)
	}
	return nil
}

func (e *Engine) newRecallOf(key recallKey) *recallRecord {
	r, _ := e.recalls.LoadOrStore(key, &recallRecord{})
	return r.(*recallRecord)
}
