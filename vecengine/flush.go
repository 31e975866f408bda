package vecengine

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/log"
	"vecgres/vecengine/segment"
)

// A flush writes a table's heads as one segment. Its steps, and what a crash after each leaves:
//
//	freeze    commits go on into a new head; nothing durable has changed
//	write     the segment's files are durable, but nothing names them: litter
//	manifest  it names the segment and the moment up to which the log is no longer needed: replay starts there
//	publish   readers find the segment in the heads' place; ends committed since the freeze are carried over by ordinal
//
// The heads stay in the versions of older readers.

// flushJob is a table between freeze and publish.
type flushJob struct {
	t     *table
	point flushPoint
	heads []*rowSource
	built *part
	was   log.LSN // the table's dirty place before
	gone  bool
	// adopted are spilled segments that only the log names.
	adopted []*part
}

// flush makes everything committed to a table so far independent of the log.
func (t *table) flush(ctx context.Context) error { return t.ns.flush(ctx, []*table{t}) }

// flush is table.flush for several tables, in order of id, with one replacement of the manifest.
func (ns *namespace) flush(ctx context.Context, tables []*table) (err error) {
	var jobs []*flushJob
	defer func() {
		for _, job := range jobs {
			job.finish(err)
		}
	}()
	var changes []manifestChange
	for _, t := range tables {
		t.maint.flushing.Lock()
		defer t.maint.flushing.Unlock()
		job, err := t.freeze()
		if err != nil {
			return err
		}
		if job == nil {
			continue
		}
		jobs = append(jobs, job)
		if err := job.write(ctx); err != nil {
			return err
		}
		changes = append(changes, job.change())
	}
	if len(changes) == 0 {
		return nil
	}
	return ns.replaceManifest(ctx, changes...)
}

// freeze takes what is to be flushed; nil when there is nothing.
func (t *table) freeze() (*flushJob, error) {
	oldest := t.ns.e.registry.oldestNeeded()
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.newest.Load()
	if v == nil || t.dirty == 0 || t.broken != nil && !v.dropped {
		return nil, nil
	}
	t.freezeHead()
	job := &flushJob{t: t, was: t.dirty, gone: v.dropped, point: flushPoint{v.ts, t.published, v.schema, t.nextRow.Load()}}
	for _, r := range v.parts {
		if r.head == nil {
			continue
		}
		drop, err := unneeded(r, v.ts, oldest)
		if err != nil {
			return nil, err
		}
		job.heads = append(job.heads, &rowSource{ref: r, drop: drop})
	}
	t.flushing, t.dirty = t.dirty, 0
	for _, r := range v.parts {
		switch {
		case r.head != nil:
			r.ref()
		case r.adopted:
			r.ref()
			job.adopted = append(job.adopted, r.part)
		}
	}
	return job, nil
}

// unneeded lists the rows of a part that no reader from oldest on sees, and that ended at or before flushed: a later end must be found
// again when the log is replayed. A version that ended in the commit that began it was never seen by anybody. The caller holds the
// table's lock.
func unneeded(r *partRef, flushed, oldest Timestamp) (*roaring.Bitmap, error) {
	b := roaring.New()
	for _, x := range r.part.ends {
		if x.ts > flushed {
			continue
		}
		if x.ts > oldest {
			begin, err := r.beginOf(x.ord)
			if err != nil {
				return nil, err
			}
			if begin != x.ts {
				continue
			}
		}
		b.Add(x.ord)
	}
	return b, nil
}

func (j *flushJob) write(ctx context.Context) error {
	if j.gone || len(j.heads) == 0 {
		return nil
	}
	build := segmentBuild{ns: j.t.ns, table: j.t, schema: j.point.schema, sources: j.heads}
	s, err := build.write(ctx)
	if err != nil {
		return err
	}
	if s == nil {
		// No row is left, but the remaps say so, and publish only needs them.
		return nil
	}
	j.built = newSegmentPart(build.id, s)
	j.built.ref()
	j.t.mu.Lock()
	j.built.ends = movedEnds(j.heads, 0, j.point.ts)
	j.t.mu.Unlock()
	return nil
}

// movedEnds are the ends of sources with timestamps in (after, upTo], as ordinals of the new segment. The caller holds the table's lock.
func movedEnds(sources []*rowSource, after, upTo Timestamp) []partEnd {
	var out []partEnd
	for _, s := range sources {
		for _, x := range s.ref.part.ends {
			if x.ts <= after || x.ts > upTo {
				continue
			}
			if to := s.remap[x.ord]; to != segment.Dropped {
				out = append(out, partEnd{to, x.ts})
			}
		}
	}
	return out
}

func (j *flushJob) change() manifestChange {
	c := manifestChange{t: j.t, flushed: &j.point, gone: j.gone, publish: j.publish}
	if j.built != nil {
		c.add = append(c.add, j.built)
	}
	c.add = append(c.add, j.adopted...)
	return c
}

// publish puts the segment in the place of the heads.
func (j *flushJob) publish() {
	t := j.t
	t.mu.Lock()
	t.flushed, t.flushing = j.point.ts, 0
	for _, p := range j.adopted {
		p.adopted = false
	}
	if j.gone {
		t.mu.Unlock()
		t.unnamed()
		return
	}
	if len(j.heads) == 0 {
		t.mu.Unlock()
		t.segmentsChanged()
		return
	}
	old := t.replaceParts(j.heads, j.built, j.point.ts)
	t.mu.Unlock()
	if old != nil {
		t.ns.e.registry.retire(old)
	}
	t.segmentsChanged()
}

// segmentsChanged lets the background look for merges.
func (t *table) segmentsChanged() {
	t.state.toMerge.Store(true)
	t.state.toBuild.Store(true)
	t.ns.e.background.signal()
}

// replaceParts installs a version in which a new segment, which has the ends up to a moment already, stands for its sources; nil for a
// segment says that no row was left. It gives the version that was replaced. The caller holds the table's lock.
func (t *table) replaceParts(sources []*rowSource, built *part, have Timestamp) *tableVersion {
	cur := t.newest.Load()
	if cur.dropped {
		return nil
	}
	v := cur.successor(cur.ts)
	v.content = cur.content
	v.parts = v.parts[:0]
	replaced := map[*part]bool{}
	for _, s := range sources {
		replaced[s.ref.part] = true
	}
	placed := built == nil
	for _, r := range cur.parts {
		if !replaced[r.part] {
			v.parts = append(v.parts, r)
			continue
		}
		if !placed {
			placed = true
			built.ends = append(built.ends, movedEnds(sources, have, cur.ts)...)
			v.parts = append(v.parts, newPartRef(built, built.seg.rows, endedOf(built.ends)))
		}
	}
	return t.install(v)
}

// finish gives up what the job held; after a failure the table is as dirty as before.
func (j *flushJob) finish(err error) {
	t := j.t
	if err != nil {
		t.mu.Lock()
		t.dirty, t.flushing = j.was, 0
		t.mu.Unlock()
		if j.built != nil && t.ns.e.Err() == nil {
			t.ns.files.deleteLater(j.built.seg.files()...)
		}
	}
	for _, s := range j.heads {
		s.ref.unref()
	}
	for _, p := range j.adopted {
		p.unref()
	}
	if j.built != nil {
		j.built.unref()
	}
}
