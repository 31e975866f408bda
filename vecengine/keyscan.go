package vecengine

import (
	"bytes"
	"context"
	"fmt"
)

// KeyScan reads rows in the order of a key index; rows of equal keys come in a fixed but unspecified order.
func (t *Table) KeyScan(r KeyScanRequest) (Scanner, error) {
	if x := t.version.schema.index(r.Index); x == nil || x.Kind != KeyIndex {
		return nil, fmt.Errorf("vecengine: no key index %d", r.Index)
	}
	s := &keyScan{v: t.version, reverse: r.Reverse, locs: r.RowIDs, max: r.MaxRows}
	if s.max <= 0 {
		s.max = batchRows
	}
	var err error
	if s.cols, err = columnDefs(t.version.schema, r.Columns); err != nil {
		return nil, err
	}
	if s.conds, err = compileAll(t.version.schema, r.Filter); err != nil {
		return nil, err
	}
	err = guard(func() error {
		for _, p := range t.version.parts {
			x := p.keyIndex(r.Index)
			if x == nil {
				return errNoKeys(p, r.Index)
			}
			c := &partCursor{r: p, keyCursor: x.cursor(r.Range, r.Reverse)}
			if err := c.advance(); err != nil {
				return err
			}
			if !c.done {
				s.cursors = append(s.cursors, c)
			}
		}
		return nil
	})
	// Small batches first: a key scan usually stops early.
	s.size = min(s.max, 32)
	return s, err
}

// keyScan merges the key orders of all parts.
type keyScan struct {
	v       *tableVersion
	cursors []*partCursor
	reverse bool
	cols    []*ColumnDef
	conds   []condition
	locs    bool
	max     int
	size    int
}

// partCursor stands on a visible row of one part.
type partCursor struct {
	keyCursor
	r    *partRef
	done bool
}

func (c *partCursor) advance() error {
	for c.next() {
		if c.r.live(c.ord()) {
			return nil
		}
	}
	c.done = true
	return c.err()
}

// Next gives the next batch, nil at the end.
func (s *keyScan) Next(ctx context.Context) (batch *ScanBatch, err error) {
	err = guard(func() error {
		for batch == nil && len(s.cursors) > 0 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			locs, err := s.collect()
			if err != nil {
				return err
			}
			if batch, err = gatherRows(s.v, locs, s.cols, s.conds); err != nil {
				return err
			}
		}
		return nil
	})
	if batch != nil && !s.locs {
		batch.Locs = nil
	}
	return batch, err
}

// collect takes the next rows in key order.
func (s *keyScan) collect() ([]Loc, error) {
	locs := make([]Loc, 0, s.size)
	for len(locs) < s.size && len(s.cursors) > 0 {
		at := s.least()
		c := s.cursors[at]
		row, err := c.r.rowOf(c.ord())
		if err != nil {
			return nil, err
		}
		locs = append(locs, Loc{c.r.id, c.ord(), row})
		if err := c.advance(); err != nil {
			return nil, err
		}
		if c.done {
			s.cursors = append(s.cursors[:at], s.cursors[at+1:]...)
		}
	}
	s.size = min(s.max, s.size*4)
	return locs, nil
}

// least is the cursor that stands on the next key.
func (s *keyScan) least() int {
	best := 0
	for i := 1; i < len(s.cursors); i++ {
		c := bytes.Compare(s.cursors[i].key(), s.cursors[best].key())
		if c < 0 && !s.reverse || c > 0 && s.reverse {
			best = i
		}
	}
	return best
}

// Close ends the scan.
func (s *keyScan) Close() { s.cursors = nil }
