package vecengine

import (
	"cmp"
	"context"
	"sync"
	"time"

	"vecgres/vecengine/lowprio"
)

// backgroundState runs what nobody waits for, on three goroutines, so that a long build holds up neither the flushes that give memory and log
// back nor the merges of other tables:
//
//	flusher  deletions of files, seals of heads, the length of the log
//	merger   merges and builds of up to smallMerge rows, in the time that statements leave (lowprio)
//	builder  the larger ones, one at a time, so too
//
// A fourth, the checker, compares searches with the exact answers (recallcheck.go). A fifth gives unused heap back.
type backgroundState struct {
	mu    sync.Mutex
	queue []func(ctx context.Context) error
	due   []*table // whose head has grown past its limit
	wakes []chan struct{}
	stop  context.CancelFunc
	ctx   context.Context
	done  sync.WaitGroup

	builds sync.Map // *buildProgress
}

// later queues a small job. Without a background goroutine it waits for the next Maintain or Checkpoint.
func (b *backgroundState) later(job func(ctx context.Context) error) {
	b.mu.Lock()
	b.queue = append(b.queue, job)
	b.mu.Unlock()
	b.signal()
}

// seal asks for a look at a table's head; once is enough until the look is taken.
func (b *backgroundState) seal(t *table) {
	if t.state.due.Swap(true) {
		return
	}
	b.mu.Lock()
	b.due = append(b.due, t)
	b.mu.Unlock()
	b.signal()
}

func (b *backgroundState) signal() {
	for _, wake := range b.wakes {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// tickEvery is how often all open tables are looked at.
const tickEvery = time.Second

func (e *Engine) startBackground() {
	b := &e.background
	b.ctx, b.stop = context.WithCancel(context.Background())
	e.checks = make(chan *recallJob)
	b.done.Go(func() { e.checker(b.ctx) })
	rounds := []func(context.Context, bool){e.flusher, e.merger, e.builder}
	for range rounds {
		b.wakes = append(b.wakes, make(chan struct{}, 1))
	}
	b.done.Add(1)
	go func() {
		defer b.done.Done()
		ticker := time.NewTicker(tickEvery / 2)
		defer ticker.Stop()
		for keeper := (heapKeeper{}); ; {
			select {
			case <-b.ctx.Done():
				return
			case now := <-ticker.C:
				keeper.look(now)
			}
		}
	}()
	for i, work := range rounds {
		wake := b.wakes[i]
		b.done.Add(1)
		go func() {
			defer b.done.Done()
			ctx := b.ctx
			if i > 0 { // the flusher gives back what writers wait for
				ctx = lowprio.With(ctx)
				lowprio.Enter(ctx)
			}
			ticker := time.NewTicker(tickEvery)
			defer ticker.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-wake:
					work(ctx, false)
				case <-ticker.C:
					work(ctx, true)
				}
			}
		}()
	}
}

func (e *Engine) stopBackground() {
	if e.background.stop != nil {
		e.background.stop()
		e.background.done.Wait()
	}
}

// runQueue does the small jobs. One that fails is tried again at the next round; it holds the others up for none.
func (e *Engine) runQueue(ctx context.Context) {
	b := &e.background
	b.mu.Lock()
	jobs := b.queue
	b.queue = nil
	b.mu.Unlock()
	var failed []func(context.Context) error
	var first error
	for _, job := range jobs {
		if err := job(ctx); err != nil {
			failed = append(failed, job)
			first = cmp.Or(first, err)
		}
	}
	if failed == nil {
		return
	}
	if ctx.Err() == nil {
		e.logger.Warn("background work failed", "jobs", len(failed), "error", first)
	}
	b.mu.Lock()
	b.queue = append(b.queue, failed...)
	b.mu.Unlock()
}

// Progress lists the builds under way.
func (e *Engine) Progress() []Progress {
	var out []Progress
	e.background.builds.Range(func(k, _ any) bool {
		out = append(out, k.(*buildProgress).snapshot())
		return true
	})
	return out
}

// buildProgress is a build under way.
type buildProgress struct {
	mu sync.Mutex
	p  Progress
}

func (e *Engine) newProgress(t *table, index IndexID) *buildProgress {
	b := &buildProgress{p: Progress{Namespace: t.ns.id, Table: t.id, Index: index}}
	e.background.builds.Store(b, nil)
	return b
}

func (b *buildProgress) phase(name string, total int64) {
	b.mu.Lock()
	b.p.Phase, b.p.Done, b.p.Total = name, 0, total
	b.mu.Unlock()
}

func (b *buildProgress) set(done, total int) {
	b.mu.Lock()
	b.p.Done, b.p.Total = int64(done), int64(total)
	b.mu.Unlock()
}

func (b *buildProgress) snapshot() Progress {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.p
}

func (e *Engine) endProgress(b *buildProgress) { e.background.builds.Delete(b) }
