package vecengine

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// tableMaintenance keeps background work on one table apart: one flush and one merge or build at a time, a flush beside either.
type tableMaintenance struct {
	flushing sync.Mutex
	merging  waitMutex // taken before flushing where both are
	// buildBytes bounds the memory of each build; 0: half of the engine's. Guarded by merging.
	buildBytes int64
}

// waitMutex is a mutex whose waits end with a context, and which another goroutine may unlock: a transaction that builds an index holds it
// to its end.
type waitMutex struct {
	once sync.Once
	slot chan struct{}
}

func (m *waitMutex) init() { m.once.Do(func() { m.slot = make(chan struct{}, 1) }) }

func (m *waitMutex) tryLock() bool {
	m.init()
	select {
	case m.slot <- struct{}{}:
		return true
	default:
		return false
	}
}

func (m *waitMutex) lock(ctx context.Context) error {
	m.init()
	select {
	case m.slot <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (m *waitMutex) unlock() { <-m.slot }

// tierBase is the size of the smallest tier in rows.
const tierBase = 4096

// fanIn is how many segments of a tier are merged together, and by how much the next tier is larger. The small tiers grow slowly, because their
// segments are scanned or many; in the large ones each merge builds a graph anew, so rows should go through few of them.
func fanIn(tier int) int {
	if tier < 3 { // up to 64 Ki rows
		return 4
	}
	return 8
}

// tierOf sorts segments by size.
func tierOf(rows uint32) int {
	tier := 0
	for limit := uint64(tierBase); uint64(rows) > limit; limit *= uint64(fanIn(tier)) {
		tier++
	}
	return tier
}

// pickMerge chooses segments to merge, nil for none: all of the smallest tier that is full, with everything below it. Each row is so rewritten
// about once a tier. A segment that is mostly dead is rewritten alone.
func pickMerge(parts []*partRef) []*partRef {
	bySize := slices.Clone(parts)
	slices.SortFunc(bySize, func(a, b *partRef) int { return cmp.Compare(a.visible(), b.visible()) })
	counts := map[int]int{}
	for i, r := range bySize {
		tier := tierOf(uint32(r.visible()))
		if counts[tier]++; counts[tier] >= fanIn(tier) {
			end := i + 1
			for end < len(bySize) && tierOf(uint32(bySize[end].visible())) == tier {
				end++
			}
			return bySize[:end]
		}
	}
	for _, r := range parts {
		if r.dead > 1000 && r.dead > r.n/2 {
			return []*partRef{r}
		}
	}
	return nil
}

// pickAll chooses what makes the table one segment: nil when it is one already, without much that is dead.
func pickAll(parts []*partRef) []*partRef {
	if len(parts) > 1 || len(parts) == 1 && parts[0].dead > parts[0].n/8 {
		return parts
	}
	return nil
}

// merge replaces some segments of a table by one, with all its indexes. It gives false when there is nothing to merge. The steps and their
// crashes are those of a flush, but that the log stays as it is.
func (t *table) merge(ctx context.Context, pick func([]*partRef) []*partRef) (bool, error) {
	if err := t.lockMerging(ctx); err != nil {
		return false, err
	}
	defer t.unlockMerging()
	return t.mergeLocked(ctx, pick)
}

// mergeLocked is merge for who holds the table's merge lock.
func (t *table) mergeLocked(ctx context.Context, pick func([]*partRef) []*partRef) (bool, error) {
	job, err := t.planMerge(pick)
	if err != nil || job == nil {
		return false, err
	}
	err = job.run(ctx)
	job.finish(err)
	return err == nil, err
}

type mergeJob struct {
	t       *table
	sources []*rowSource
	schema  *Schema
	built   *part
}

// planMerge takes the segments that the manifest names and lets pick choose.
func (t *table) planMerge(pick func([]*partRef) []*partRef) (*mergeJob, error) {
	oldest := t.ns.e.registry.oldestNeeded()
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.newest.Load()
	if v == nil || v.dropped {
		return nil, nil
	}
	var segments []*partRef
	for _, r := range v.parts {
		if r.seg != nil && !r.adopted && r.seg.mergeable(v.schema) {
			segments = append(segments, r)
		}
	}
	chosen := t.affordable(v.schema, pick(segments))
	if len(chosen) == 0 {
		return nil, nil
	}
	job := &mergeJob{t: t, schema: v.schema}
	// In the order of the version, so that the merged segment stands where the first of them stood.
	for _, r := range segments {
		if !slices.Contains(chosen, r) {
			continue
		}
		drop, err := unneeded(r, t.flushed, oldest)
		if err != nil {
			return nil, err
		}
		if len(chosen) == 1 && drop.IsEmpty() {
			return nil, nil
		}
		job.sources = append(job.sources, &rowSource{ref: r, drop: drop})
	}
	for _, s := range job.sources {
		s.ref.ref()
	}
	return job, nil
}

func (j *mergeJob) run(ctx context.Context) error {
	t := j.t
	progress := t.ns.e.newProgress(t, 0)
	defer t.ns.e.endProgress(progress)
	progress.phase("merging", int64(len(j.sources)))
	build := segmentBuild{ns: t.ns, table: t, schema: j.schema, sources: j.sources}
	s, err := build.write(ctx)
	if err != nil {
		return err
	}
	change := manifestChange{t: t, publish: j.publish}
	for _, src := range j.sources {
		change.remove = append(change.remove, src.ref.id)
	}
	if s != nil {
		j.built = newSegmentPart(build.id, s)
		j.built.ref()
		for _, x := range j.schema.indexes(VectorIndex) {
			if err := t.buildVectorIndex(ctx, j.built, x); err != nil {
				return err
			}
		}
		change.add = []*part{j.built}
	}
	change.prepare = func() {
		// Under the manifest's lock: no flush can raise the table's flush point between this and publish.
		if j.built == nil {
			return
		}
		t.mu.Lock()
		j.built.ends = movedEnds(j.sources, 0, t.flushed)
		t.mu.Unlock()
	}
	return t.ns.replaceManifest(ctx, change)
}

func (j *mergeJob) publish() {
	t := j.t
	t.mu.Lock()
	old := t.replaceParts(j.sources, j.built, t.flushed)
	t.mu.Unlock()
	if old != nil {
		t.ns.e.registry.retire(old)
	}
}

func (j *mergeJob) finish(err error) {
	if err != nil && j.built != nil && j.t.ns.e.Err() == nil {
		j.t.ns.files.deleteLater(j.built.seg.files()...)
	}
	for _, s := range j.sources {
		s.ref.unref()
	}
	if j.built != nil {
		j.built.unref()
	}
}

// endedOf is the set of ended ordinals in a list.
func endedOf(ends []partEnd) *roaring.Bitmap {
	b := roaring.New()
	for _, x := range ends {
		b.Add(x.ord)
	}
	return b
}
