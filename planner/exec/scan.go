package exec

import (
	"math"

	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/engineerr"
	"vecgres/sql/physical"
	"vecgres/sql/types"
	"vecgres/vecengine"
	"vecgres/vecengine/column"
)

// target is what all scans of stored tables share: which engine columns to ask for, and how to make a batch of what comes.
type target struct {
	node    *plan.Target
	typs    []types.Type
	columns []vecengine.ColumnID // engine columns wanted
	source  []int                // by output column: index into columns, or -1 for a system column
	needLoc bool
	batch   Batch
	locs    []vecengine.Loc
}

// newTarget prepares a scan whose first columns are the attributes of t, and then RowID if it has one.
func newTarget(t *plan.Target, cols []bound.Column) *target {
	x := &target{node: t, typs: typesOf(cols), needLoc: t.RowID != 0}
	for _, att := range t.Attrs {
		if att > 0 {
			x.source = append(x.source, len(x.columns))
			x.columns = append(x.columns, vecengine.ColumnID(att))
			continue
		}
		x.source = append(x.source, -1)
		x.needLoc = x.needLoc || att == plan.AttCtid
	}
	return x
}

// wrap makes a batch of engine columns; locs are indexed by row.
func (t *target) wrap(cols []column.Column, n int, sel []uint32, locs []vecengine.Loc) *Batch {
	b := &t.batch
	b.resize(len(t.typs))
	b.N, b.Sel = n, sel
	for i, src := range t.source {
		if src >= 0 {
			b.Cols[i] = Vec{Typ: t.typs[i], Col: cols[src]}
		} else {
			b.Cols[i] = Vec{Typ: t.typs[i], Vals: t.system(t.node.Attrs[i], n, locs)}
		}
	}
	if t.node.RowID != 0 {
		if locs == nil {
			locs = []vecengine.Loc{}
		}
		b.Cols[len(t.source)] = Vec{Typ: plan.LocType(), Locs: locs}
	}
	return b
}

// system computes a system column: tableoid, ctid, which is the row's id, xmin, which is 1 as of a frozen row, or one of those that tell of
// deletions and commands, which a row that is seen has none of.
func (t *target) system(att int16, n int, locs []vecengine.Loc) []types.Datum {
	vals := make([]types.Datum, n)
	for i := range vals {
		switch att {
		case plan.AttTableOID:
			vals[i] = types.Int(int64(t.node.Table.OID))
		case plan.AttCtid:
			vals[i] = types.Int(int64(locs[i].Row))
		case plan.AttXmin:
			vals[i] = types.Int(1)
		default:
			vals[i] = types.Int(0)
		}
	}
	return vals
}

// wrapScan makes a batch of a scanner's.
func (t *target) wrapScan(sb *vecengine.ScanBatch) *Batch {
	locs := sb.Locs
	if t.needLoc && sb.Sel != nil {
		locs = spread(&t.locs, sb.Locs, sb.Sel, sb.N)
	}
	return t.wrap(sb.Cols, sb.N, sb.Sel, locs)
}

// spread turns locations parallel to the selected rows into ones indexed by row.
func spread(buf *[]vecengine.Loc, locs []vecengine.Loc, sel []uint32, n int) []vecengine.Loc {
	if cap(*buf) < n {
		*buf = make([]vecengine.Loc, n)
	}
	out := (*buf)[:n]
	for k, i := range sel {
		out[i] = locs[k]
	}
	return out
}

// fetch reads rows by their locations.
func (t *target) fetch(tab table, locs []vecengine.Loc) (*Batch, error) {
	if len(t.columns) == 0 {
		return t.wrap(nil, len(locs), nil, locs), nil
	}
	cb, err := tab.Fetch(locs, t.columns)
	if err != nil {
		return nil, engineerr.Map(err)
	}
	return t.wrap(cb.Cols, len(locs), nil, locs), nil
}

// predicate is a plan.Pred with its arguments compiled.
type predicate struct {
	plan.Pred
	args  []evaluator
	array evaluator
}

func (c *compiler) predicates(preds []plan.Pred) ([]predicate, error) {
	out := make([]predicate, len(preds))
	for i, p := range preds {
		args, err := c.compileAll(p.Args, scope{})
		if err != nil {
			return nil, err
		}
		array, err := c.compileOptional(p.Array, scope{})
		if err != nil {
			return nil, err
		}
		out[i] = predicate{p, args, array}
	}
	return out, nil
}

// engineFilter evaluates predicates' arguments. none tells that no row can satisfy them (a comparison with NULL).
func engineFilter(preds []predicate, dst []vecengine.Predicate) (filter []vecengine.Predicate, none bool, err error) {
	for i := range preds {
		p := &preds[i]
		values, err := p.values()
		if err != nil {
			return nil, false, err
		}
		ep, ok, always := p.engine(values)
		if always {
			continue
		}
		if !ok {
			return nil, true, nil
		}
		dst = append(dst, ep)
	}
	return dst, false, nil
}

// values evaluates the arguments, NULLs left out of an IN.
func (p *predicate) values() ([]types.Datum, error) {
	if p.array != nil {
		a, err := p.array(noRow)
		if err != nil || a.IsNull() {
			return nil, err
		}
		return notNull(a.Array().Elems), nil
	}
	values := make([]types.Datum, len(p.args))
	for i, ev := range p.args {
		var err error
		if values[i], err = ev(noRow); err != nil {
			return nil, err
		}
	}
	if p.Op == plan.OpIn {
		values = notNull(values)
	}
	return values, nil
}

func notNull(in []types.Datum) []types.Datum {
	var out []types.Datum
	for _, d := range in {
		if !d.IsNull() {
			out = append(out, d)
		}
	}
	return out
}

var engineOps = map[plan.Op]vecengine.Op{
	plan.OpEq: vecengine.Eq, plan.OpNe: vecengine.Ne, plan.OpLt: vecengine.Lt, plan.OpLe: vecengine.Le, plan.OpGt: vecengine.Gt,
	plan.OpGe: vecengine.Ge, plan.OpIn: vecengine.In, plan.OpIsNull: vecengine.IsNull, plan.OpNotNull: vecengine.NotNull,
}

// engine makes the engine's predicate; not ok when no row satisfies it, always when every row without NULL does and it is dropped.
func (p *predicate) engine(values []types.Datum) (ep vecengine.Predicate, ok, always bool) {
	ep = vecengine.Predicate{Column: vecengine.ColumnID(p.Attr), Op: engineOps[p.Op]}
	if p.Op == plan.OpIsNull || p.Op == plan.OpNotNull {
		return ep, true, false
	}
	if len(values) == 0 || p.Op != plan.OpIn && values[0].IsNull() {
		return ep, false, false
	}
	lo, hi := intRange(p.Type)
	for _, d := range values {
		if numberClass(p.Type.OID) == 'i' && (d.N < lo || d.N > hi) {
			if p.Op == plan.OpIn || p.Op == plan.OpEq {
				continue
			}
			if above := d.N > hi; p.Op == plan.OpNe || above == (p.Op == plan.OpLt || p.Op == plan.OpLe) {
				ep.Op = vecengine.NotNull // every value satisfies it
				return ep, true, false
			}
			return ep, false, false
		}
		ep.Values = append(ep.Values, engineValue(p.Type, d))
	}
	return ep, len(ep.Values) > 0, false
}

func engineValue(t types.Type, d types.Datum) vecengine.Value {
	i, f, b := physical.PredicateValue(t, d)
	return vecengine.Value{Int: i, Float: f, Bytes: b}
}

// intRange is what a type's column can hold.
func intRange(t types.Type) (lo, hi int64) {
	switch t.OID {
	case types.Int2OID:
		return math.MinInt16, math.MaxInt16
	case types.Int4OID, types.DateOID:
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

// scanOp is a sequential scan.
type scanOp struct {
	node    *plan.Scan
	target  *target
	preds   []predicate
	filter  *selection
	rt      *runtime
	engine  []vecengine.Predicate
	scanner vecengine.Scanner
}

func (b *builder) scan(n *plan.Scan) (Operator, error) {
	preds, err := b.predicates(n.Preds)
	if err != nil {
		return nil, err
	}
	filter, err := b.selection(n.Filter, scopeOf(n.Cols))
	if err != nil {
		return nil, err
	}
	return &scanOp{node: n, target: newTarget(&n.Target, n.Cols), preds: preds, filter: filter, rt: b.rt}, nil
}

func (s *scanOp) Open(ctx *Context) error {
	if err := s.Close(); err != nil {
		return err
	}
	filter, none, err := engineFilter(s.preds, s.engine[:0])
	if err != nil || none {
		return err
	}
	s.engine = filter
	tab, err := ctx.table(s.node.Table.Storage)
	if err != nil {
		return err
	}
	s.scanner, err = tab.Scan(vecengine.ScanRequest{Columns: s.target.columns, Filter: filter, RowIDs: s.target.needLoc})
	return engineerr.Map(err)
}

func (s *scanOp) Next() (*Batch, error) { return nextOf(s.scanner, s.rt, s.target, s.filter) }

func (s *scanOp) Close() error {
	if s.scanner != nil {
		s.scanner.Close()
		s.scanner = nil
	}
	return nil
}

// nextOf gives a scanner's next batch with rows left by a filter. A nil scanner has none.
func nextOf(scanner vecengine.Scanner, rt *runtime, t *target, filter *selection) (*Batch, error) {
	if scanner == nil {
		return nil, nil
	}
	for {
		sb, err := scanner.Next(rt.ctx)
		if err != nil {
			return nil, engineerr.Map(err)
		}
		if sb == nil {
			return nil, nil
		}
		b := t.wrapScan(sb)
		if err := filter.apply(b, nil); err != nil {
			return nil, err
		}
		if b.Rows() > 0 {
			return b, nil
		}
	}
}

// countScanOp gives a table's row count once.
type countScanOp struct {
	node *plan.CountScan
	out  rowsBatch
	typs []types.Type
	ctx  *Context
}

func (b *builder) countScan(n *plan.CountScan) (Operator, error) {
	return &countScanOp{node: n, typs: typesOf(n.Cols)}, nil
}

func (s *countScanOp) Open(ctx *Context) error { s.ctx = ctx; return nil }

func (s *countScanOp) Next() (*Batch, error) {
	if s.ctx == nil {
		return nil, nil
	}
	tab, err := s.ctx.table(s.node.Table.Storage)
	if err != nil {
		return nil, err
	}
	s.ctx = nil
	s.out.reset(s.typs)
	row := make([]types.Datum, len(s.typs))
	for i := range row {
		row[i] = types.Int(tab.Stats().Rows)
	}
	s.out.add(row...)
	return s.out.done(), nil
}

func (s *countScanOp) Close() error { s.ctx = nil; return nil }
