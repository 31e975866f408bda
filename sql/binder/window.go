package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// Frame options as the grammar gives them.
const (
	frameNonDefault     = 0x00001
	frameRange          = 0x00002
	frameRows           = 0x00004
	frameGroups         = 0x00008
	frameStartPreceding = 0x00800
	frameEndPreceding   = 0x01000
	frameStartFollowing = 0x02000
	frameEndFollowing   = 0x04000
	frameOffsets        = frameStartPreceding | frameEndPreceding | frameStartFollowing | frameEndFollowing
)

// windowDef is an item of the WINDOW clause; it is bound when first used.
type windowDef struct {
	spec  *ast.WindowSpec
	bound *windowBound
}

// windowBound is what a window means, once bound.
type windowBound struct {
	partition  []bound.Scalar
	order      []bound.SortKey
	frame      int32
	start, end bound.Scalar
}

// defineWindows notes the WINDOW clause.
func (q *query) defineWindows(specs []ast.WindowSpec) error {
	for i := range specs {
		w := &specs[i]
		if q.window(w.Name) != nil {
			return pgerr.New(pgerrcode.WindowingError, "window \"%s\" is already defined", w.Name).At(int(w.Pos))
		}
		q.windowDefs = append(q.windowDefs, &windowDef{spec: w})
	}
	return nil
}

func (q *query) window(name string) *windowDef {
	for _, d := range q.windowDefs {
		if d.spec.Name == name {
			return d
		}
	}
	return nil
}

// unusedWindows binds the windows that no function used, for their mistakes.
func (b *binder) unusedWindows(q *query) error {
	for i := range q.windowDefs {
		if _, err := b.definedWindow(q, i); err != nil {
			return err
		}
	}
	return nil
}

// definedWindow binds the i-th window of the WINDOW clause, which may copy an earlier one.
func (b *binder) definedWindow(q *query, i int) (*windowBound, error) {
	d := q.windowDefs[i]
	if d.bound == nil {
		w, err := b.windowSpec(q, d.spec, i)
		if err != nil {
			return nil, err
		}
		d.bound = w
	}
	return d.bound, nil
}

// window binds what stands after OVER.
func (b *binder) window(q *query, w *ast.WindowSpec) (*windowBound, error) {
	if w.RefName != "" && !w.Copies {
		for i, d := range q.windowDefs {
			if d.spec.Name == w.RefName {
				return b.definedWindow(q, i)
			}
		}
		return nil, undefinedWindow(w)
	}
	return b.windowSpec(q, w, len(q.windowDefs))
}

func undefinedWindow(w *ast.WindowSpec) error {
	return pgerr.New(pgerrcode.UndefinedObject, "window \"%s\" does not exist", w.RefName).At(int(w.Pos))
}

// windowSpec binds (name PARTITION BY … ORDER BY … frame), where name is one of the first before windows of the clause.
func (b *binder) windowSpec(q *query, w *ast.WindowSpec, before int) (*windowBound, error) {
	out := &windowBound{frame: w.FrameOptions}
	if err := b.windowKeys(q, w, out); err != nil {
		return nil, err
	}
	if w.RefName != "" {
		if err := b.copyWindow(q, w, before, out); err != nil {
			return nil, err
		}
	}
	return out, b.windowFrame(q, w, out)
}

func (b *binder) windowKeys(q *query, w *ast.WindowSpec, out *windowBound) error {
	err := q.within(windowOrderExpr, func() error {
		for _, it := range w.OrderBy {
			k, err := b.sortKey(q, it)
			if err != nil {
				return err
			}
			out.order = append(out.order, k)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.within(windowPartitionExpr, func() error {
		for _, e := range w.PartitionBy {
			s, err := b.expr(q, e)
			if err == nil {
				s, err = b.textIfUnknown(s)
			}
			if err == nil {
				err = b.checkEquality(s.Type(), leftmost(e))
			}
			if err != nil {
				return err
			}
			out.partition = append(out.partition, s)
		}
		return nil
	})
}

// sortKey binds a key of ORDER BY that knows no output names: in windows and aggregates.
func (b *binder) sortKey(q *query, it ast.SortItem) (bound.SortKey, error) {
	s, err := b.expr(q, it.Expr)
	if err != nil {
		return bound.SortKey{}, err
	}
	t := &target{expr: s}
	keys, err := b.addSortKey(nil, t, it)
	if err != nil {
		return bound.SortKey{}, err
	}
	return bound.SortKey{Expr: t.expr, Desc: keys[0].desc, NullsFirst: keys[0].nullsFirst}, nil
}

// copyWindow takes over partition and order of the window that w names.
func (b *binder) copyWindow(q *query, w *ast.WindowSpec, before int, out *windowBound) error {
	index := -1
	for i, d := range q.windowDefs[:before] {
		if d.spec.Name == w.RefName {
			index = i
		}
	}
	if index < 0 {
		return undefinedWindow(w)
	}
	from, err := b.definedWindow(q, index)
	if err != nil {
		return err
	}
	fault := func(format string) *pgerr.Error {
		return pgerr.New(pgerrcode.WindowingError, format, w.RefName).At(int(w.Pos))
	}
	if len(w.PartitionBy) > 0 {
		return fault("cannot override PARTITION BY clause of window \"%s\"")
	}
	if len(w.OrderBy) > 0 && len(from.order) > 0 {
		return fault("cannot override ORDER BY clause of window \"%s\"")
	}
	if from.frame&frameNonDefault != 0 {
		e := fault("cannot copy window \"%s\" because it has a frame clause")
		if w.Name == "" && len(w.OrderBy) == 0 && w.FrameOptions&frameNonDefault == 0 {
			e.WithHint("Omit the parentheses in this OVER clause.")
		}
		return e
	}
	out.partition = from.partition
	if len(w.OrderBy) == 0 {
		out.order = from.order
	}
	return nil
}

// windowFrame binds the frame's offsets and checks the frame against the order.
func (b *binder) windowFrame(q *query, w *ast.WindowSpec, out *windowBound) error {
	if out.frame&frameRange != 0 && out.frame&frameOffsets != 0 && len(out.order) != 1 {
		return pgerr.New(pgerrcode.WindowingError, "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column").At(int(w.Pos))
	}
	if out.frame&frameGroups != 0 && len(out.order) == 0 {
		return pgerr.New(pgerrcode.WindowingError, "GROUPS mode requires an ORDER BY clause").At(int(w.Pos))
	}
	var err error
	if out.start, err = b.frameOffset(q, w.StartOffset, out); err != nil {
		return err
	}
	out.end, err = b.frameOffset(q, w.EndOffset, out)
	return err
}

func (b *binder) frameOffset(q *query, e ast.Expr, w *windowBound) (s bound.Scalar, err error) {
	if e == nil {
		return nil, nil
	}
	context, construct, oid := windowFrameRowsExpr, "ROWS", types.Int8OID
	switch {
	case w.frame&frameRange != 0:
		context, construct = windowFrameRangeExpr, "RANGE"
		if oid, err = rangeOffsetType(w.order[0].Expr.Type(), leftmost(e)); err != nil {
			return nil, err
		}
	case w.frame&frameGroups != 0:
		context, construct = windowFrameGroupsExpr, "GROUPS"
	}
	err = q.within(context, func() error {
		if s, err = b.expr(q, e); err == nil {
			s, err = b.specific(s, oid, construct, leftmost(e))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, b.checkNoColumns(q, s, construct)
}

// rangeOffsetType is what is added to a key of type t to reach a frame's end (Postgres' in_range support functions).
func rangeOffsetType(t types.Type, pos ast.Pos) (types.OID, error) {
	switch t.OID {
	case types.Int2OID, types.Int4OID, types.Int8OID:
		return types.Int8OID, nil
	case types.Float4OID, types.Float8OID:
		return types.Float8OID, nil
	case types.NumericOID:
		return types.NumericOID, nil
	case types.DateOID, types.TimeOID, types.TimestampOID, types.TimestamptzOID, types.IntervalOID, types.TimetzOID:
		return types.IntervalOID, nil
	}
	return 0, pgerr.New(pgerrcode.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s", typeName(t)).At(int(pos))
}
