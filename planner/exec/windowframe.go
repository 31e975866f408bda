package exec

import (
	"sort"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// The grammar's bits of frame options.
const (
	frameRange          = 0x00002
	frameRows           = 0x00004
	frameGroups         = 0x00008
	frameStartUnbounded = 0x00020
	frameEndUnbounded   = 0x00100
	frameStartCurrent   = 0x00200
	frameEndCurrent     = 0x00400
	frameStartPreceding = 0x00800
	frameEndPreceding   = 0x01000
	frameExcludeCurrent = 0x08000
	frameExcludeGroup   = 0x10000
	frameExcludeTies    = 0x20000
)

const frameDefault = frameRange | frameStartUnbounded | frameEndCurrent

// windowFrame is a compiled frame clause.
type windowFrame struct {
	options    int32
	start, end evaluator
	// RANGE with offsets: how to move the order column's value by an offset; nil otherwise.
	move  func(v, offset types.Datum, back bool) (types.Datum, error)
	order types.OID
	desc  bool
}

func (b *builder) windowFrame(f *bound.WindowFunc, sc scope) (windowFrame, error) {
	w := windowFrame{options: f.FrameOptions}
	if w.options&(frameRange|frameRows|frameGroups) == 0 {
		w.options = frameDefault
	}
	var err error
	if w.start, err = b.compileOptional(f.StartOffset, sc); err != nil {
		return w, err
	}
	if w.end, err = b.compileOptional(f.EndOffset, sc); err != nil {
		return w, err
	}
	if w.options&frameRange != 0 && (w.start != nil || w.end != nil) {
		if len(f.OrderBy) != 1 {
			return w, pgerr.New(pgerrcode.WindowingError, "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
		}
		w.order = f.OrderBy[0].Expr.Type().OID
		if w.move = rangeMove(b.rt, w.order); w.move == nil {
			return w, pgerr.Unimplemented("RANGE with offset over " + types.FormatType(f.OrderBy[0].Expr.Type()))
		}
		w.desc = f.OrderBy[0].Desc
	}
	return w, nil
}

// partitionFrame computes the frames of one partition's rows.
type partitionFrame struct {
	*windowFrame
	p          *partition
	startOff   types.Datum
	endOff     types.Datum
	evaluated  bool
	orderValue []types.Datum // RANGE with offsets
}

func (w *windowFrame) begin(p *partition) *partitionFrame {
	return &partitionFrame{windowFrame: w, p: p}
}

// at is the frame of row i: rows lo up to before hi.
func (f *partitionFrame) at(i int) (lo, hi int, err error) {
	if err := f.offsets(); err != nil {
		return 0, 0, err
	}
	n := f.p.len()
	switch {
	case f.options&frameStartUnbounded != 0:
	case f.options&frameStartCurrent != 0:
		if lo = i; f.options&frameRows == 0 {
			lo = f.p.start[f.p.group[i]]
		}
	default:
		if lo, err = f.edge(i, f.startOff, f.options&frameStartPreceding != 0, true); err != nil {
			return 0, 0, err
		}
	}
	switch {
	case f.options&frameEndUnbounded != 0:
		hi = n
	case f.options&frameEndCurrent != 0:
		if hi = i + 1; f.options&frameRows == 0 {
			hi = f.p.start[f.p.group[i]+1]
		}
	default:
		if hi, err = f.edge(i, f.endOff, f.options&frameEndPreceding != 0, false); err != nil {
			return 0, 0, err
		}
	}
	lo, hi = max(lo, 0), min(hi, n)
	return lo, max(lo, hi), nil
}

// offsets evaluates the frame's offsets, once for a partition.
func (f *partitionFrame) offsets() error {
	if f.evaluated {
		return nil
	}
	f.evaluated = true
	for _, o := range []struct {
		ev   evaluator
		dst  *types.Datum
		name string
	}{{f.start, &f.startOff, "starting"}, {f.end, &f.endOff, "ending"}} {
		if o.ev == nil {
			continue
		}
		d, err := o.ev(&frame{row: f.p.data(0)})
		if err != nil {
			return err
		}
		if d.IsNull() {
			return pgerr.New(pgerrcode.NullValueNotAllowedDataException, "frame %s offset must not be null", o.name)
		}
		if negative(f.order, d) {
			if f.move != nil {
				return pgerr.New(pgerrcode.InvalidPrecedingOrFollowingSize, "invalid preceding or following size in window function")
			}
			return pgerr.New(pgerrcode.InvalidPrecedingOrFollowingSize, "frame %s offset must not be negative", o.name)
		}
		*o.dst = d
	}
	if f.move == nil {
		return nil
	}
	ev := f.p.spec.order[0]
	for i := range f.p.len() {
		d, err := ev(&frame{row: f.p.data(i)})
		if err != nil {
			return err
		}
		f.orderValue = append(f.orderValue, d)
	}
	return nil
}

// edge is a frame's edge at an offset: the first row of the frame, or the one after its last.
func (f *partitionFrame) edge(i int, offset types.Datum, preceding, start bool) (int, error) {
	switch {
	case f.options&frameRows != 0:
		at := i + signed(offset.N, preceding)
		if !start {
			at++
		}
		return min(max(at, 0), f.p.len()), nil
	case f.options&frameGroups != 0:
		g := f.p.group[i] + signed(offset.N, preceding)
		if !start {
			g++
		}
		return f.p.start[min(max(g, 0), len(f.p.start)-1)], nil
	}
	return f.rangeEdge(i, offset, preceding, start)
}

func signed(n int64, negative bool) int {
	n = min(n, 1<<40)
	if negative {
		return -int(n)
	}
	return int(n)
}

// rangeEdge finds the edge by value among the rows that are not NULL; a NULL row's frame is its peers.
func (f *partitionFrame) rangeEdge(i int, offset types.Datum, preceding, start bool) (int, error) {
	if f.orderValue[i].IsNull() {
		if start {
			return f.p.start[f.p.group[i]], nil
		}
		return f.p.start[f.p.group[i]+1], nil
	}
	first, last := 0, f.p.len()
	for first < last && f.orderValue[first].IsNull() {
		first++
	}
	for last > first && f.orderValue[last-1].IsNull() {
		last--
	}
	limit, err := f.move(f.orderValue[i], offset, preceding != f.desc)
	if err != nil {
		return 0, err
	}
	return first + sort.Search(last-first, func(k int) bool {
		c := types.Compare(f.order, f.orderValue[first+k], limit)
		if f.desc {
			c = -c
		}
		return c > 0 || start && c == 0
	}), nil
}

func (f *partitionFrame) excludes() bool {
	return f.options&(frameExcludeCurrent|frameExcludeGroup|frameExcludeTies) != 0
}

// excluded tells whether EXCLUDE leaves row at out of row i's frame.
func (f *partitionFrame) excluded(i, at int) bool {
	switch {
	case f.options&frameExcludeCurrent != 0:
		return at == i
	case f.options&frameExcludeGroup != 0:
		return f.p.group[at] == f.p.group[i]
	case f.options&frameExcludeTies != 0:
		return at != i && f.p.group[at] == f.p.group[i]
	}
	return false
}
