package vecengine

import (
	"context"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/column"
)

// RebuildIndex makes an index's files anew in every segment, with the parameters that it has now: after a change of them, or when some are
// damaged. keys is as for BuildKeyIndex, for a supplied index; it is asked also about rows that only older snapshots see. The caller holds
// Share or stronger. Searches go on; segments whose vectors are replaced are searched exactly until their graph is there. What is done stays
// done, whatever becomes of the transaction.
func (t *Txn) RebuildIndex(ctx context.Context, id TableID, index IndexID, columns []ColumnID, keys func(*column.Batch) (Keys, error)) error {
	w, err := t.writesFor(ctx, id, Share)
	if err != nil || w.created {
		return err
	}
	def := w.schema.index(index)
	if def == nil {
		return fmt.Errorf("vecengine: no index %d", index)
	}
	b := &keyBuild{w: w, def: def, keys: keys, exempt: map[SegmentID]*roaring.Bitmap{}}
	if b.cols, err = columnDefs(w.schema, columns); err != nil {
		return err
	}
	if err := w.prepareSegments(ctx, def); err != nil {
		return err
	}
	view := t.newestView()
	defer view.Close()
	table, err := view.Table(id)
	if err != nil {
		return err
	}
	for _, r := range table.version.parts {
		if r.seg == nil || w.own(r.id) != nil {
			continue
		}
		if err := b.rebuild(ctx, table.version, r); err != nil {
			return err
		}
	}
	return nil
}

// rebuild makes the files of one segment, and lets the manifest name them as they are ready.
func (b *keyBuild) rebuild(ctx context.Context, v *tableVersion, r *partRef) error {
	t := b.w.table
	if b.def.Supplied() {
		if err := guard(func() error { return b.part(ctx, v, t.needed(r)) }); err != nil {
			return err
		}
		if err := t.ns.replaceManifest(ctx, manifestChange{t: t}); err != nil {
			return err
		}
	}
	if b.def.Kind != VectorIndex || r.adopted {
		return nil
	}
	built, err := t.buildGraphOf(ctx, r.part, b.def)
	if err != nil || !built {
		return err
	}
	return t.ns.replaceManifest(ctx, manifestChange{t: t})
}

// needed is a segment with all rows that some snapshot may see.
func (t *table) needed(r *partRef) *partRef {
	oldest := t.ns.e.registry.oldestNeeded()
	gone := roaring.New()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, x := range r.part.ends {
		if x.ts <= oldest {
			gone.Add(x.ord)
		}
	}
	return newPartRef(r.part, r.n, gone)
}
