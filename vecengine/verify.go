package vecengine

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"

	"vecgres/vecengine/bitmap"
)

// Verify checks everything that can be checked of an open data directory: checksums of every block, key indexes against rows, graphs' links and
// reachability, row ids' uniqueness, ends. The log was checked when the directory was opened. It calls report for each fault and
// goes on; the error is ctx's, or that of listing the namespaces. Namespaces are opened as it comes to them.
func (e *Engine) Verify(ctx context.Context, report func(fault error)) error {
	spaces, err := e.allNamespaces(ctx)
	if err != nil {
		return err
	}
	for _, id := range spaces {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch err := e.OpenNamespace(ctx, id); {
		case errors.Is(err, ErrNoNamespace):
			continue
		case err != nil:
			report(err)
			continue
		}
		for _, t := range e.namespace(id).list() {
			if err := e.verifyTable(ctx, t, report); err != nil {
				return err
			}
		}
	}
	return nil
}

// allNamespaces lists what is open, what the log has, and what has a manifest.
func (e *Engine) allNamespaces(ctx context.Context) ([]NamespaceID, error) {
	var out []NamespaceID
	e.spaces.Range(func(k, _ any) bool {
		out = append(out, k.(NamespaceID))
		return true
	})
	_, logged := e.recovery.oldest()
	out = append(out, logged...)
	for info, err := range e.store.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		dir, file := path.Split(info.Key)
		if id, err := strconv.ParseUint(path.Base(dir), 10, 64); err == nil && file == "manifest" {
			out = append(out, NamespaceID(id))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (e *Engine) verifyTable(ctx context.Context, t *table, report func(error)) error {
	view := e.View()
	defer view.Close()
	v := t.at(view.snap.ts)
	if v == nil {
		return nil
	}
	if t.broken != nil {
		report(fmt.Errorf("namespace %d: %w", t.ns.id, t.broken))
		return nil
	}
	var rows []uint64
	for _, r := range v.parts {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		tell := func(fault error) {
			report(fmt.Errorf("namespace %d, table %d, part %d: %w", t.ns.id, t.id, r.id, fault))
		}
		err := guard(func() error {
			if r.seg != nil {
				r.seg.verify(tell)
			}
			for _, x := range v.schema.keyIndexes() {
				if !x.Building || r.keyIndex(x.ID) != nil {
					r.verifyKeys(x.ID, tell)
				}
			}
			for _, x := range v.schema.computedIndexes() {
				if !x.Building && !r.supplies(x) {
					tell(fmt.Errorf("vectors of index %d are missing", x.ID))
				}
			}
			var err error
			rows, err = r.verifyRows(v.ts, rows, tell)
			return err
		})
		if err != nil {
			tell(err)
		}
	}
	slices.Sort(rows)
	for i := 1; i < len(rows); i++ {
		if rows[i] == rows[i-1] {
			report(fmt.Errorf("namespace %d, table %d: row %d is visible twice", t.ns.id, t.id, rows[i]))
		}
	}
	if n := len(rows); n > 0 && rows[n-1] >= t.nextRow.Load() {
		report(fmt.Errorf("namespace %d, table %d: row %d is there, the next is %d", t.ns.id, t.id, rows[n-1], t.nextRow.Load()))
	}
	return nil
}

// verify checks the files of a segment.
func (s *segmentPart) verify(tell func(error)) {
	if err := s.reader.Verify(); err != nil {
		tell(err)
	}
	c := s.sidecars.Load()
	for id, x := range c.keys {
		if x.damage != nil {
			continue // verifyKeys tells
		}
		if err := x.index.Verify(); err != nil {
			tell(fmt.Errorf("key index %d: %w", id, err))
		}
	}
	for id, x := range c.vectors {
		if err := x.verify(); err != nil {
			tell(fmt.Errorf("vectors of index %d: %w", id, err))
		}
	}
	for id, x := range c.graphs {
		if err := x.verify(); err != nil {
			tell(fmt.Errorf("vector index %d: %w", id, err))
		}
	}
}

// verify checks a graph's file, its links, and that all nodes can be reached.
func (x *vectorIndex) verify() error {
	if x.damage != nil {
		return x.damage
	}
	if err := x.c.Verify(); err != nil {
		return err
	}
	return x.index.Graph.Check(x.index.Vectors.Len())
}

// verifyKeys checks that a key index names each row of the part at most once, and none that is not there.
func (r *partRef) verifyKeys(id IndexID, tell func(error)) {
	x := r.keyIndex(id)
	if x == nil {
		tell(fmt.Errorf("key index %d is missing", id))
		return
	}
	seen := bitmap.NewFlat(r.n)
	c := x.cursor(KeyRange{}, false)
	for c.next() {
		ord := c.ord()
		switch {
		case ord >= r.n:
			if r.seg != nil {
				tell(fmt.Errorf("key index %d names ordinal %d of %d", id, ord, r.n))
			}
		case seen.Contains(ord):
			tell(fmt.Errorf("key index %d names ordinal %d twice", id, ord))
		default:
			seen.Add(ord)
		}
	}
	if err := c.err(); err != nil {
		tell(fmt.Errorf("key index %d: %w", id, err))
	}
}

// verifyRows checks begins and ends and appends the ids of the visible rows.
func (r *partRef) verifyRows(now Timestamp, rows []uint64, tell func(error)) ([]uint64, error) {
	for lo := uint32(0); lo < r.n; {
		u, err := r.run(lo, r.n)
		if err != nil {
			return rows, err
		}
		for ord := u.lo; ord < u.hi; ord++ {
			if begin := u.begins[ord-u.lo]; begin == 0 || begin > uint64(now) {
				tell(fmt.Errorf("ordinal %d begins at %d, the table is at %d", ord, begin, now))
			}
			if r.live(ord) {
				rows = append(rows, u.rowIDs[ord-u.lo])
			}
		}
		lo = u.hi
	}
	if r.ended != nil && r.ended.Maximum() >= r.n {
		tell(fmt.Errorf("ordinal %d of %d is ended", r.ended.Maximum(), r.n))
	}
	return rows, nil
}
