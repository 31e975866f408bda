package vecengine

import (
	"fmt"

	"vecgres/vecengine/column"
	"vecgres/vecengine/vfs"
)

// guard runs what reads mapped files: a fault there is an error, not a crash.
func guard(fn func() error) error { return vfs.GuardFault("a mapped segment", nil, fn) }

// Fetch reads columns of some rows, in their order. The batch's memory is its own.
func (t *Table) Fetch(locs []Loc, columns []ColumnID) (*column.Batch, error) {
	defs, err := columnDefs(t.version.schema, columns)
	if err != nil {
		return nil, err
	}
	out := &column.Batch{N: len(locs), Cols: make([]column.Column, len(defs))}
	err = guard(func() error {
		for i, def := range defs {
			if out.Cols[i], err = fetchColumn(t.version, locs, def); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// fetchColumn copies one column of some rows.
func fetchColumn(v *tableVersion, locs []Loc, def *ColumnDef) (column.Column, error) {
	b := column.NewBuilder(def.Kind, def.Dim, len(locs))
	var r *partRef
	var u run
	var c column.Column
	for _, loc := range locs {
		if r == nil || r.id != loc.Part {
			if r = v.find(loc.Part); r == nil {
				return column.Column{}, fmt.Errorf("vecengine: part %d is not in this view", loc.Part)
			}
			u = run{}
		}
		if loc.Ord >= r.n {
			return column.Column{}, fmt.Errorf("vecengine: row %d of part %d is not in this view", loc.Ord, loc.Part)
		}
		if loc.Ord < u.lo || loc.Ord >= u.hi {
			var err error
			if u, err = r.run(loc.Ord, r.n); err != nil {
				return column.Column{}, err
			}
			if c, err = r.columnAt(def, u, loc.Ord, len(locs)); err != nil {
				return column.Column{}, err
			}
			if c.Len == 1 {
				b.AppendFrom(&c, 0)
				u = run{}
				continue
			}
		}
		b.AppendFrom(&c, int(loc.Ord-u.lo))
	}
	return b.Finish(), nil
}

// columnAt gives a column of a whole run, or of one row when no more than one is wanted or the part lacks the column.
func (r *partRef) columnAt(def *ColumnDef, u run, ord uint32, wanted int) (column.Column, error) {
	if wanted > 1 {
		c, ok, err := r.column(def.ID, u.lo, u.hi)
		if err != nil || ok {
			return c, err
		}
	}
	return r.columnOf(def, ord, ord+1)
}

// Lookup finds the visible rows with exactly this key, appending to dst.
func (t *Table) Lookup(index IndexID, key []byte, dst []Loc) ([]Loc, error) {
	if x := t.version.schema.index(index); x == nil || x.Kind != KeyIndex {
		return dst, fmt.Errorf("vecengine: no key index %d", index)
	}
	err := guard(func() error {
		var buf [8]uint32
		for _, r := range t.version.parts {
			x := r.keyIndex(index)
			if x == nil {
				return errNoKeys(r, index)
			}
			ords, err := x.lookup(key, r.n, buf[:0])
			if err != nil {
				return err
			}
			for _, ord := range ords {
				if !r.live(ord) {
					continue
				}
				row, err := r.rowOf(ord)
				if err != nil {
					return err
				}
				dst = append(dst, Loc{r.id, ord, row})
			}
		}
		return nil
	})
	return dst, err
}

func errNoKeys(r *partRef, index IndexID) error {
	return fmt.Errorf("vecengine: part %d lacks key index %d", r.id, index)
}

// Estimate guesses how many visible rows satisfy the filter, cheaply (exact where an index tells).
func (t *Table) Estimate(filter []Predicate) (int64, error) {
	conds, err := compileAll(t.version.schema, filter)
	if err != nil {
		return 0, err
	}
	rows := t.version.rows()
	share := 1.0
	for i := range conds {
		s, err := t.version.share(&conds[i])
		if err != nil {
			return 0, err
		}
		share *= s
	}
	if rows == 0 || share == 0 {
		return 0, nil
	}
	return max(1, int64(float64(rows)*share+0.5)), nil
}

// share is the part of the rows that a condition lets through: counted in its index, else the customary guesses.
func (v *tableVersion) share(c *condition) (float64, error) {
	if c.index != 0 {
		hits, all := uint64(0), uint64(0)
		for _, r := range v.parts {
			x := r.keyIndex(c.index)
			if x == nil {
				continue
			}
			all += uint64(r.n)
			for _, k := range c.keys {
				n, err := x.count(k, r.n)
				if err != nil {
					return 0, err
				}
				hits += n
			}
		}
		if all > 0 {
			return min(1, float64(hits)/float64(all)), nil
		}
	}
	switch c.op {
	case Eq:
		return 0.005, nil
	case In:
		return min(1, 0.005*float64(max(len(c.ranges), len(c.points)))), nil
	case Between:
		return 0.1, nil
	case IsNull:
		return 0.01, nil
	case Ne, NotNull:
		return 0.99, nil
	}
	return 1.0 / 3, nil
}
