package exec

import (
	"bytes"
	"slices"

	"vecgres/catalog"
	"vecgres/planner/plan"
	"vecgres/sql/bound"
	"vecgres/sql/engineerr"
	"vecgres/sql/physical"
	"vecgres/sql/types"
	"vecgres/vecengine"
)

// keyParts are an index's key columns as its keys are made of.
func keyParts(ix *catalog.Index) []physical.KeyPart {
	parts := make([]physical.KeyPart, len(ix.Keys))
	for i, k := range ix.Keys {
		parts[i] = physical.KeyPart{Type: k.Type.OID, Desc: k.Desc, NullsFirst: k.NullsFirst}
	}
	return parts
}

// indexScanOp reads rows through a key index: by whole keys when every key column is fixed, else by ranges of keys, in key order.
type indexScanOp struct {
	node    *plan.IndexScan
	target  *target
	rt      *runtime
	parts   []physical.KeyPart
	equal   [][]evaluator // by key column, the values it may have
	arrays  []evaluator
	lo, hi  evaluator
	preds   []predicate
	checks  *selection // what lookups must check themselves: predicates and filter
	filter  *selection
	tab     table
	keys    [][]byte // whole keys, or prefixes, sorted in scan order
	at      int
	ranges  []vecengine.KeyRange
	engine  []vecengine.Predicate
	scanner vecengine.Scanner
	locs    []vecengine.Loc
}

func (b *builder) indexScan(n *plan.IndexScan) (Operator, error) {
	op := &indexScanOp{node: n, target: newTarget(&n.Target, n.Cols), rt: b.rt, parts: keyParts(n.Index)}
	var err error
	for _, c := range n.Equal {
		values, err := b.compileAll(c.Values, scope{})
		if err != nil {
			return nil, err
		}
		array, err := b.compileOptional(c.Array, scope{})
		if err != nil {
			return nil, err
		}
		op.equal, op.arrays = append(op.equal, values), append(op.arrays, array)
	}
	if n.Lo != nil {
		if op.lo, err = b.compile(n.Lo.Value, scope{}); err != nil {
			return nil, err
		}
	}
	if n.Hi != nil {
		if op.hi, err = b.compile(n.Hi.Value, scope{}); err != nil {
			return nil, err
		}
	}
	if op.preds, err = b.predicates(n.Preds); err != nil {
		return nil, err
	}
	sc := scopeOf(n.Cols)
	if op.filter, err = b.selection(n.Filter, sc); err != nil {
		return nil, err
	}
	if n.Exact() && (len(n.Preds) > 0 || n.Filter != nil) {
		op.checks, err = b.selection(conjoin(n.Preds, n.Filter), sc)
	}
	return op, err
}

// conjoin is the condition that predicates and a filter make together.
func conjoin(preds []plan.Pred, filter bound.Scalar) bound.Scalar {
	var all []bound.Scalar
	for _, p := range preds {
		all = append(all, p.Expr)
	}
	return plan.Conjunction(append(all, plan.Conjuncts(filter)...))
}

func (s *indexScanOp) Open(ctx *Context) error {
	if err := s.Close(); err != nil {
		return err
	}
	s.keys, s.ranges, s.at = s.keys[:0], s.ranges[:0], 0
	keys, err := s.prefixes()
	if err != nil || len(keys) == 0 {
		return err
	}
	if s.tab, err = ctx.table(s.node.Table.Storage); err != nil {
		return err
	}
	s.keys = s.inOrder(keys)
	if s.node.Exact() {
		return nil
	}
	var none bool
	if s.engine, none, err = engineFilter(s.preds, s.engine[:0]); err != nil || none {
		s.tab = nil
		return err
	}
	for _, k := range s.keys {
		r, ok, err := s.keyRange(k)
		if err != nil {
			return err
		}
		if ok {
			s.ranges = append(s.ranges, r)
		}
	}
	return nil
}

// prefixes are the keys of all combinations of the equal columns' values.
func (s *indexScanOp) prefixes() ([][]byte, error) {
	keys := [][]byte{nil}
	for i := range s.equal {
		values, err := s.equalValues(i)
		if err != nil {
			return nil, err
		}
		next := make([][]byte, 0, len(keys)*len(values))
		for _, k := range keys {
			for _, v := range values {
				p := s.parts[i]
				key, err := types.AppendKey(k[:len(k):len(k)], p.Type, v, p.Desc, p.NullsFirst)
				if err != nil {
					return nil, err
				}
				next = append(next, key)
			}
		}
		keys = next
	}
	return keys, nil
}

// equalValues are the values of the i-th equal column; none when all are NULL.
func (s *indexScanOp) equalValues(i int) ([]types.Datum, error) {
	if s.node.Equal[i].IsNull {
		return []types.Datum{types.Null}, nil
	}
	if s.arrays[i] != nil {
		a, err := s.arrays[i](noRow)
		if err != nil || a.IsNull() {
			return nil, err
		}
		return notNull(a.Array().Elems), nil
	}
	values := make([]types.Datum, 0, len(s.equal[i]))
	for _, ev := range s.equal[i] {
		d, err := ev(noRow)
		if err != nil {
			return nil, err
		}
		if !d.IsNull() {
			values = append(values, d)
		}
	}
	return values, nil
}

// inOrder sorts keys in the scan's direction and drops duplicates.
func (s *indexScanOp) inOrder(keys [][]byte) [][]byte {
	if len(keys) > 1 {
		slices.SortFunc(keys, bytes.Compare)
		keys = slices.CompactFunc(keys, bytes.Equal)
		if s.node.Reverse {
			slices.Reverse(keys)
		}
	}
	return keys
}

// Markers before a key column's payload, as types.AppendKey writes them.
const (
	keyValueMarker    = 0x01
	keyNullLastMarker = 0x02
)

// keyRange is the range of keys that start with prefix and whose next column is within the bounds; not ok when a bound is NULL.
func (s *indexScanOp) keyRange(prefix []byte) (vecengine.KeyRange, bool, error) {
	n := s.node
	r := vecengine.KeyRange{Lo: prefix, LoInc: true, Hi: physical.PrefixEnd(prefix)}
	if s.lo == nil && s.hi == nil && n.Prefix == "" && !n.NotNull {
		if len(prefix) == 0 {
			r.Lo = nil
		}
		return r, true, nil
	}
	part := s.parts[len(n.Equal)]
	start := append(prefix[:len(prefix):len(prefix)], keyValueMarker)
	r.Lo, r.Hi = start, append(prefix[:len(prefix):len(prefix)], keyNullLastMarker)
	if n.Prefix != "" {
		key, err := types.AppendKey(prefix[:len(prefix):len(prefix)], part.Type, types.Text(n.Prefix), part.Desc, false)
		if err != nil {
			return r, false, err
		}
		r.Lo = key[:len(key)-stringTerminatorLen]
		r.Hi = physical.PrefixEnd(r.Lo)
	}
	lo, hi, loInc, hiInc := s.lo, s.hi, n.Lo != nil && n.Lo.Inclusive, n.Hi != nil && n.Hi.Inclusive
	if part.Desc {
		lo, hi, loInc, hiInc = hi, lo, hiInc, loInc
	}
	bound := func(ev evaluator) ([]byte, bool, error) {
		d, err := ev(noRow)
		if err != nil || d.IsNull() {
			return nil, false, err
		}
		key, err := types.AppendKey(prefix[:len(prefix):len(prefix)], part.Type, d, part.Desc, part.NullsFirst)
		return key, true, err
	}
	if lo != nil {
		key, ok, err := bound(lo)
		if err != nil || !ok {
			return r, false, err
		}
		if !loInc {
			key = physical.PrefixEnd(key)
		}
		if bytes.Compare(key, r.Lo) > 0 {
			r.Lo = key
		}
	}
	if hi != nil {
		key, ok, err := bound(hi)
		if err != nil || !ok {
			return r, false, err
		}
		if hiInc {
			key = physical.PrefixEnd(key)
		}
		if bytes.Compare(key, r.Hi) < 0 {
			r.Hi = key
		}
	}
	return r, bytes.Compare(r.Lo, r.Hi) < 0, nil
}

// stringTerminatorLen is what follows a string's bytes in its key.
const stringTerminatorLen = 2

func (s *indexScanOp) Next() (*Batch, error) {
	if s.tab == nil {
		return nil, nil
	}
	if s.node.Exact() {
		return s.nextLookup()
	}
	for {
		b, err := nextOf(s.scanner, s.rt, s.target, s.filter)
		if err != nil || b != nil {
			return b, err
		}
		if s.scanner != nil {
			s.scanner.Close()
			s.scanner = nil
		}
		if s.at >= len(s.ranges) {
			return nil, nil
		}
		s.scanner, err = s.tab.KeyScan(vecengine.KeyScanRequest{
			Index: vecengine.IndexID(s.node.Index.ID), Range: s.ranges[s.at], Reverse: s.node.Reverse,
			Columns: s.target.columns, Filter: s.engine, RowIDs: s.target.needLoc,
		})
		if err != nil {
			return nil, engineerr.Map(err)
		}
		s.at++
	}
}

// nextLookup gives the rows of the next whole keys.
func (s *indexScanOp) nextLookup() (*Batch, error) {
	for s.at < len(s.keys) {
		s.locs = s.locs[:0]
		for s.at < len(s.keys) && len(s.locs) < batchRows {
			var err error
			if s.locs, err = s.tab.Lookup(vecengine.IndexID(s.node.Index.ID), s.keys[s.at], s.locs); err != nil {
				return nil, engineerr.Map(err)
			}
			s.at++
		}
		if len(s.locs) == 0 {
			continue
		}
		b, err := s.target.fetch(s.tab, s.locs)
		if err != nil {
			return nil, err
		}
		if err := s.checks.apply(b, nil); err != nil {
			return nil, err
		}
		if b.Rows() > 0 {
			return b, nil
		}
	}
	return nil, nil
}

func (s *indexScanOp) Close() error {
	if s.scanner != nil {
		s.scanner.Close()
		s.scanner = nil
	}
	s.tab = nil
	return nil
}
