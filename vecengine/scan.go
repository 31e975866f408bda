package vecengine

import (
	"context"
	"fmt"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/column"
)

// batchRows is the size of a batch when the caller does not say.
const batchRows = 1024

// gatherShare is the share of a part below which the rows that an index found are copied together instead of being marked in
// batches that are mostly holes.
const gatherShare = 16

// Scan reads all visible rows that satisfy the filter, part by part: in row id order in a segment, in commit order in a head.
func (t *Table) Scan(r ScanRequest) (Scanner, error) {
	s := &tableScan{e: t.view.e, v: t.version, locs: r.RowIDs, max: r.MaxRows}
	if s.max <= 0 {
		s.max = batchRows
	}
	s.max = (s.max + 63) &^ 63
	var err error
	if s.cols, err = columnDefs(t.version.schema, r.Columns); err != nil {
		return nil, err
	}
	s.conds, err = compileAll(t.version.schema, r.Filter)
	return s, err
}

func columnDefs(s *Schema, ids []ColumnID) ([]*ColumnDef, error) {
	out := make([]*ColumnDef, len(ids))
	for i, id := range ids {
		if out[i] = s.column(id); out[i] == nil {
			return nil, fmt.Errorf("vecengine: no column %d", id)
		}
	}
	return out, nil
}

// tableScan is a Scanner over the parts of a version.
type tableScan struct {
	e     *Engine
	v     *tableVersion
	cols  []*ColumnDef
	conds []condition
	locs  bool
	max   int

	part int
	at   uint32
	// Of the present part, once begun: what indexes found, and the conditions that are left.
	begun bool
	found *bitmap.Flat
	rest  []condition
	words []uint64
}

// Next gives the next batch, nil at the end.
func (s *tableScan) Next(ctx context.Context) (batch *ScanBatch, err error) {
	err = guard(func() error {
		for batch == nil && s.part < len(s.v.parts) {
			if err := ctx.Err(); err != nil {
				return context.Cause(ctx)
			}
			if err := s.step(&batch); err != nil {
				return err
			}
		}
		return nil
	})
	return batch, err
}

// Close ends the scan.
func (s *tableScan) Close() { s.part = len(s.v.parts) }

// step reads the next stretch of the present part; batch stays nil when nothing there passes.
func (s *tableScan) step(batch **ScanBatch) error {
	r := s.v.parts[s.part]
	if !s.begun {
		if err := s.begin(r); err != nil {
			return err
		}
	}
	if s.at >= r.n {
		s.part++
		s.at, s.begun = 0, false
		return nil
	}
	if s.found != nil && s.found.Count() < int(r.n)/gatherShare {
		return s.gather(r, batch)
	}
	return s.mark(r, batch)
}

// begin asks the indexes of a part.
func (s *tableScan) begin(r *partRef) error {
	s.begun, s.at, s.found, s.rest = true, 0, nil, nil
	for i := range s.conds {
		f, ok, err := indexRows(r, &s.conds[i])
		switch {
		case err != nil:
			return err
		case !ok:
			s.rest = append(s.rest, s.conds[i])
		case s.found == nil:
			s.found = f
		default:
			s.found.And(f)
		}
	}
	if s.found != nil && s.found.Count() == 0 {
		s.at = r.n
	}
	return nil
}

// mark reads a stretch of columns in place and lists the rows that pass.
func (s *tableScan) mark(r *partRef, batch **ScanBatch) error {
	u, err := r.run(s.at, r.n)
	if err != nil {
		return err
	}
	lo, hi := s.at, min(u.hi, s.at+uint32(s.max))
	s.at = hi
	words := s.ones(int(hi - lo))
	r.clearEnded(words, lo, hi)
	if s.found != nil {
		for i, w := range cutWords(s.found.Words(), lo, hi) {
			words[i] &= w
		}
	}
	for i := range s.rest {
		c, err := r.columnOf(s.rest[i].def, lo, hi)
		if err != nil {
			return err
		}
		s.rest[i].keep(&c, words)
	}
	sel := selected(words, int(hi-lo))
	if sel != nil && len(sel) == 0 {
		return nil
	}
	out := &ScanBatch{Batch: column.Batch{N: int(hi - lo), Sel: sel, Cols: make([]column.Column, len(s.cols))}}
	for i, def := range s.cols {
		if out.Cols[i], err = r.columnOf(def, lo, hi); err != nil {
			return err
		}
	}
	if s.locs {
		out.Locs = make([]Loc, out.Rows())
		for i := range out.Locs {
			ord := lo + uint32(pick(sel, 0, i))
			out.Locs[i] = Loc{r.id, ord, RowID(u.rowIDs[ord-u.lo])}
		}
	}
	*batch = out
	return nil
}

// ones gives n set bits.
func (s *tableScan) ones(n int) []uint64 {
	if cap(s.words) < (n+63)/64 {
		s.words = make([]uint64, (n+63)/64)
	}
	words := s.words[:(n+63)/64]
	for i := range words {
		words[i] = ^uint64(0)
	}
	return words
}

// clearEnded clears the bits of rows [lo, hi) that are ended.
func (r *partRef) clearEnded(words []uint64, lo, hi uint32) {
	if r.ended == nil {
		return
	}
	it := r.ended.Iterator()
	it.AdvanceIfNeeded(lo)
	for it.HasNext() {
		ord := it.Next()
		if ord >= hi {
			return
		}
		words[(ord-lo)>>6] &^= 1 << ((ord - lo) & 63)
	}
}

// selected lists the set bits among the first n; nil when all are set.
func selected(words []uint64, n int) []uint32 {
	count := 0
	for i, w := range words {
		if rest := n - i*64; rest < 64 {
			w &= 1<<rest - 1
			words[i] = w
		}
		for ; w != 0; w &= w - 1 {
			count++
		}
	}
	if count == n {
		return nil
	}
	sel := make([]uint32, 0, count)
	for i, w := range words {
		eachBit(w, func(b int) { sel = append(sel, uint32(i*64+b)) })
	}
	return sel
}

// gather copies the next rows that the indexes found.
func (s *tableScan) gather(r *partRef, batch **ScanBatch) error {
	ords := make([]uint32, min(s.max, s.found.Count()))
	k, next := s.found.Fill(ords, s.at)
	s.at = next
	locs := make([]Loc, 0, k)
	for _, ord := range ords[:k] {
		if !r.live(ord) {
			continue
		}
		row, err := r.rowOf(ord)
		if err != nil {
			return err
		}
		locs = append(locs, Loc{r.id, ord, row})
	}
	out, err := gatherRows(s.v, locs, s.cols, s.rest)
	if err != nil || out == nil {
		return err
	}
	if !s.locs {
		out.Locs = nil
	}
	*batch = out
	return nil
}

// gatherRows copies columns of some rows and lists those that pass the conditions; nil when none does.
func gatherRows(v *tableVersion, locs []Loc, cols []*ColumnDef, conds []condition) (*ScanBatch, error) {
	if len(locs) == 0 {
		return nil, nil
	}
	out := &ScanBatch{Batch: column.Batch{N: len(locs), Cols: make([]column.Column, len(cols))}, Locs: locs}
	if len(conds) > 0 {
		words := make([]uint64, (len(locs)+63)/64)
		for i := range words {
			words[i] = ^uint64(0)
		}
		for i := range conds {
			c, err := fetchColumn(v, locs, conds[i].def)
			if err != nil {
				return nil, err
			}
			conds[i].keep(&c, words)
		}
		if sel := selected(words, len(locs)); sel != nil {
			// Copy only what passes: the columns are made here anyway.
			kept := make([]Loc, len(sel))
			for i, at := range sel {
				kept[i] = locs[at]
			}
			if len(kept) == 0 {
				return nil, nil
			}
			out.Locs, out.N = kept, len(kept)
		}
	}
	for i, def := range cols {
		c, err := fetchColumn(v, out.Locs, def)
		if err != nil {
			return nil, err
		}
		out.Cols[i] = c
	}
	return out, nil
}
