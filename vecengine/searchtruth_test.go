package vecengine

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/vfs"
)

// truthTest is a table of every kind of column and a vector, some of it in segments, some ended, some in a head, some not committed, beside
// the same rows in plain slices.
type truthTest struct {
	t      *testing.T
	seed   uint64
	rng    *rand.Rand
	e      *Engine
	tx     *Txn
	schema Schema
	metric distance.Metric
	dim    int
	centre [][]float32
	spread float64
	coarse bool
}

// truthRow is a row as Scan gave it: one Value a column, nil for NULL.
type truthRow struct {
	loc    Loc
	values []*Value
	vector []float32 // nil: NULL
}

var truthKinds = []column.Kind{column.Bool, column.Int16, column.Int32, column.Int64, column.Float32, column.Float64, column.Fixed16, column.Bytes}

const (
	truthInt    = 3 // of the Int32 column, which has a key index
	truthBytes  = 8 // of the Bytes column, which has one too
	truthVector = 9
	idxInt      = 301
	idxBytes    = 302
	idxVector   = 303
)

func newTruthTest(t *testing.T, seed uint64) *truthTest {
	x := &truthTest{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 0))}
	x.metric = []distance.Metric{distance.L2, distance.InnerProduct, distance.Cosine, distance.L1}[x.rng.IntN(4)]
	x.dim = 1 + x.rng.IntN(20)
	x.coarse = x.rng.IntN(4) == 0
	x.spread = []float64{1, 0.1, 1e-3, 1e-5}[x.rng.IntN(4)]
	x.centre = make([][]float32, 1+x.rng.IntN(5))
	for i := range x.centre {
		x.centre[i] = make([]float32, x.dim)
		for j := range x.centre[i] {
			x.centre[i][j] = float32(x.rng.NormFloat64())
		}
	}
	for i, k := range truthKinds {
		x.schema.Columns = append(x.schema.Columns, ColumnDef{ID: ColumnID(i + 1), Name: fmt.Sprint("c", i+1), Kind: k})
	}
	x.schema.Columns = append(x.schema.Columns, ColumnDef{ID: truthVector, Name: "v", Kind: column.Vector, Dim: x.dim})
	x.schema.Indexes = []IndexDef{{ID: idxInt, Kind: KeyIndex}, {ID: idxBytes, Kind: KeyIndex}}
	o := testOptions(vfs.NewMem())
	o.ExactBelow = 50
	x.e = openWith(t, o)
	x.e.lateNs = []float64{-1, lateNs}[x.rng.IntN(2)]
	x.fill()
	return x
}

// point is a vector near one of the centres; now and then one without a direction.
func (x *truthTest) point() []float32 {
	v := slices.Clone(x.centre[x.rng.IntN(len(x.centre))])
	zero := x.rng.IntN(60) == 0
	for j := range v {
		switch {
		case zero:
			v[j] = 0
		case x.coarse:
			v[j] = float32(x.rng.IntN(3))
		default:
			v[j] += float32(x.spread * x.rng.NormFloat64())
		}
	}
	return v
}

// value is one of few values of a kind, its limits included.
func (x *truthTest) value(k column.Kind) Value {
	n := int64(x.rng.IntN(9)) - 3
	extreme := x.rng.IntN(12)
	switch k {
	case column.Bool:
		return Value{Int: n & 1}
	case column.Int16, column.Int32, column.Int64:
		bits := map[column.Kind]int{column.Int16: 15, column.Int32: 31, column.Int64: 63}[k]
		switch extreme {
		case 0:
			n = -1 << bits
		case 1:
			n = 1<<bits - 1
		}
		return Value{Int: n}
	case column.Float32, column.Float64:
		f := float64(n) / 2
		if extreme < 5 {
			f = []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.MaxFloat32}[extreme]
		}
		return Value{Float: f}
	case column.Fixed16:
		b := make([]byte, 16)
		binary.BigEndian.PutUint64(b[8*(extreme&1):], uint64(n+3))
		return Value{Bytes: b}
	}
	return Value{Bytes: bytes.Repeat([]byte{'a' + byte(n+3)/3}, int(n+3)%4)}
}

// keyOfInt is an order-preserving key.
func keyOfInt(v int64) []byte { return binary.BigEndian.AppendUint32(nil, uint32(v)^1<<31) }

// rows makes n rows.
func (x *truthTest) rows(n int) Rows {
	var out Rows
	ints, texts := column.NewBuilder(column.Bytes, 0, n), column.NewBuilder(column.Bytes, 0, n)
	for _, c := range x.schema.Columns {
		b := column.NewBuilder(c.Kind, c.Dim, n)
		for range n {
			null := x.rng.IntN(8) == 0
			if c.Kind == column.Vector {
				if null && x.rng.IntN(4) == 0 {
					b.AppendNull()
				} else {
					b.AppendVector(x.point())
				}
				continue
			}
			v := x.value(c.Kind)
			if null {
				b.AppendNull()
			} else {
				appendValue(b, c.Kind, v)
			}
			switch {
			case c.ID == truthInt && null:
				ints.AppendNull()
			case c.ID == truthInt:
				ints.AppendBytes(keyOfInt(v.Int))
			case c.ID == truthBytes && null:
				texts.AppendNull()
			case c.ID == truthBytes:
				texts.AppendBytes(v.Bytes)
			}
		}
		out.Cols = append(out.Cols, b.Finish())
	}
	out.Keys = []Keys{{Bytes: ints.Finish()}, {Bytes: texts.Finish()}}
	return out
}

func appendValue(b *column.Builder, k column.Kind, v Value) {
	switch k {
	case column.Bool:
		b.AppendBool(v.Int != 0)
	case column.Float32, column.Float64:
		b.AppendFloat(v.Float)
	case column.Fixed16:
		b.AppendFixed16([16]byte(v.Bytes))
	case column.Bytes:
		b.AppendBytes(v.Bytes)
	default:
		b.AppendInt(v.Int)
	}
}

// fill makes segments with graphs, then ends some rows, and leaves some in a head and some in a transaction.
func (x *truthTest) fill() {
	t := x.t
	tx := x.e.Begin(ReadCommitted)
	must(t, tx.CreateTable(testSpace, testTable, x.schema))
	must(t, tx.Commit(t.Context()))
	x.insertRows(300 + x.rng.IntN(1500))
	x.schema.Indexes = append(slices.Clone(x.schema.Indexes),
		IndexDef{ID: idxVector, Kind: VectorIndex, Column: truthVector, Metric: x.metric, M: 4 + x.rng.IntN(12), EfConstruction: 40})
	tx = x.e.Begin(ReadCommitted)
	must(t, tx.AlterTable(t.Context(), testTable, x.schema))
	must(t, tx.Commit(t.Context()))
	if x.rng.IntN(2) == 0 {
		x.insertRows(60 + x.rng.IntN(200))
		must(t, x.e.Maintain(t.Context(), testTable))
	}
	x.tx = x.e.Begin(ReadCommitted)
	if x.rng.IntN(2) == 0 {
		x.deleteSome(x.tx)
		must(t, x.tx.Commit(t.Context()))
		x.tx = x.e.Begin(ReadCommitted)
	}
	if x.rng.IntN(2) == 0 {
		x.insertRows(x.rng.IntN(200))
		x.tx.Refresh()
	}
	if x.rng.IntN(2) == 0 {
		_, err := x.tx.Insert(t.Context(), testTable, x.rows(x.rng.IntN(100)), InsertOptions{})
		must(t, err)
		x.deleteSome(x.tx)
	}
}

func (x *truthTest) insertRows(n int) {
	tx := x.e.Begin(ReadCommitted)
	_, err := tx.Insert(x.t.Context(), testTable, x.rows(n), InsertOptions{})
	must(x.t, err)
	must(x.t, tx.Commit(x.t.Context()))
}

func (x *truthTest) deleteSome(tx *Txn) {
	v := tx.View()
	all := x.scan(v)
	v.Close()
	share := x.rng.Float64() * 0.3
	var dead []Loc
	for _, r := range all {
		if x.rng.Float64() < share {
			dead = append(dead, r.loc)
		}
	}
	if len(dead) > 0 {
		must(x.t, tx.Delete(x.t.Context(), testTable, dead))
	}
}

// scan reads all visible rows.
func (x *truthTest) scan(v *View) []truthRow {
	table, err := v.Table(testTable)
	must(x.t, err)
	var ids []ColumnID
	for _, c := range x.schema.Columns {
		ids = append(ids, c.ID)
	}
	s, err := table.Scan(ScanRequest{Columns: ids, RowIDs: true})
	must(x.t, err)
	defer s.Close()
	var out []truthRow
	for {
		b, err := s.Next(x.t.Context())
		must(x.t, err)
		if b == nil {
			return out
		}
		for i := range b.Rows() {
			at := pick(b.Sel, 0, i)
			r := truthRow{loc: b.Locs[i], values: make([]*Value, len(truthKinds))}
			for c := range truthKinds {
				if !b.Cols[c].IsNull(at) {
					r.values[c] = valueAt(&b.Cols[c], at)
				}
			}
			if c := &b.Cols[truthVector-1]; !c.IsNull(at) {
				r.vector = slices.Clone(c.VectorAt(at))
			}
			out = append(out, r)
		}
	}
}

func valueAt(c *column.Column, i int) *Value {
	switch c.Kind {
	case column.Bool:
		if c.BoolAt(i) {
			return &Value{Int: 1}
		}
		return &Value{}
	case column.Int16:
		return &Value{Int: int64(column.Values[int16](c)[i])}
	case column.Int32:
		return &Value{Int: int64(column.Values[int32](c)[i])}
	case column.Int64:
		return &Value{Int: column.Values[int64](c)[i]}
	case column.Float32:
		return &Value{Float: float64(column.Values[float32](c)[i])}
	case column.Float64:
		return &Value{Float: column.Values[float64](c)[i]}
	case column.Fixed16:
		b := c.Fixed16At(i)
		return &Value{Bytes: b[:]}
	}
	return &Value{Bytes: bytes.Clone(c.BytesAt(i))}
}

// compareValues is the order of a kind by definition.
func compareValues(k column.Kind, a, b Value) int {
	switch k {
	case column.Float32, column.Float64:
		switch {
		case a.Float != a.Float && b.Float != b.Float:
			return 0
		case a.Float != a.Float:
			return 1
		case b.Float != b.Float:
			return -1
		case a.Float < b.Float:
			return -1
		case a.Float > b.Float:
			return 1
		}
		return 0
	case column.Fixed16, column.Bytes:
		return bytes.Compare(a.Bytes, b.Bytes)
	}
	return cmp.Compare(a.Int, b.Int)
}

// passes is a predicate by definition.
func (p *Predicate) passes(r *truthRow) bool {
	v, k := r.values[p.Column-1], truthKinds[p.Column-1]
	if p.Op == IsNull || p.Op == NotNull {
		return (v == nil) == (p.Op == IsNull)
	}
	if v == nil {
		return false
	}
	at := func(i int) int { return compareValues(k, *v, p.Values[i]) }
	switch p.Op {
	case Eq:
		return at(0) == 0
	case Ne:
		return at(0) != 0
	case Lt:
		return at(0) < 0
	case Le:
		return at(0) <= 0
	case Gt:
		return at(0) > 0
	case Ge:
		return at(0) >= 0
	case Between:
		return at(0) >= 0 && at(1) <= 0
	}
	return slices.ContainsFunc(p.Values, func(w Value) bool { return compareValues(k, *v, w) == 0 })
}

func (x *truthTest) predicate() Predicate {
	p := Predicate{Column: ColumnID(1 + x.rng.IntN(len(truthKinds))), Op: Op(x.rng.IntN(int(NotNull) + 1))}
	n := map[Op]int{Between: 2, In: x.rng.IntN(6), IsNull: 0, NotNull: 0}
	count, special := n[p.Op]
	if !special {
		count = 1
	}
	kind := truthKinds[p.Column-1]
	for range count {
		p.Values = append(p.Values, x.value(kind))
	}
	key := map[ColumnID]func(Value) []byte{truthInt: func(v Value) []byte { return keyOfInt(v.Int) }, truthBytes: func(v Value) []byte { return v.Bytes }}[p.Column]
	if key == nil || x.rng.IntN(2) == 0 {
		return p
	}
	one := func(r KeyRange) {
		p.Index = map[ColumnID]IndexID{truthInt: idxInt, truthBytes: idxBytes}[p.Column]
		p.Ranges = append(p.Ranges, r)
	}
	point := func(v Value) {
		k := append([]byte{}, key(v)...)
		one(KeyRange{Lo: k, Hi: k, LoInc: true, HiInc: true})
	}
	switch p.Op {
	case Eq:
		point(p.Values[0])
	case In:
		for _, v := range p.Values {
			point(v)
		}
	case Between:
		if lo, hi := key(p.Values[0]), key(p.Values[1]); bytes.Compare(lo, hi) <= 0 {
			one(KeyRange{Lo: append([]byte{}, lo...), Hi: append([]byte{}, hi...), LoInc: true, HiInc: true})
		}
	case Lt, Le:
		one(KeyRange{Hi: append([]byte{}, key(p.Values[0])...), HiInc: p.Op == Le})
	case Gt, Ge:
		one(KeyRange{Lo: append([]byte{}, key(p.Values[0])...), LoInc: p.Op == Ge})
	}
	return p
}

// request makes a search, and the definition of what passes.
func (x *truthTest) request(byRow map[RowID]*truthRow) (r SearchRequest, pass func(*truthRow) bool) {
	r = SearchRequest{Column: truthVector, Metric: x.metric, Query: distance.Floats(x.point()), K: 1 + x.rng.IntN(20), IncludeNull: x.rng.IntN(3) == 0, Exact: x.rng.IntN(5) == 0}
	switch x.rng.IntN(8) {
	case 0:
		r.K = 1 + x.rng.IntN(400)
	case 1:
		r.Offset = x.rng.IntN(15)
	case 2: // another metric than the index's
		r.Metric = []distance.Metric{distance.L2, distance.InnerProduct, distance.Cosine, distance.L1}[x.rng.IntN(4)]
	}
	if x.rng.IntN(3) == 0 {
		r.EfSearch = 1 + x.rng.IntN(60)
	}
	if x.rng.IntN(6) == 0 {
		far := distance.Pair(r.Metric, r.Query.Floats, x.point())
		r.MaxDistance, r.MaxInclusive = &far, x.rng.IntN(2) == 0
	}
	for range x.rng.IntN(4) {
		r.Filter = append(r.Filter, x.predicate())
	}
	residual := func(*truthRow) bool { return true }
	if x.rng.IntN(3) == 0 { // IS DISTINCT FROM is such a condition
		p := x.predicate()
		residual = func(row *truthRow) bool { return !p.passes(row) }
		if x.rng.IntN(3) == 0 {
			residual = func(row *truthRow) bool { return row.loc.Row%97 == 0 }
		}
		r.Residual = func(locs []Loc, keep []bool) error {
			for i, l := range locs {
				row := byRow[l.Row]
				if row == nil || row.loc != l {
					return fmt.Errorf("a candidate %v that nobody sees", l)
				}
				keep[i] = residual(row)
			}
			return nil
		}
	}
	return r, func(row *truthRow) bool {
		for i := range r.Filter {
			if !r.Filter[i].passes(row) {
				return false
			}
		}
		return residual(row)
	}
}

// truth is the answer by definition: everything that passes, sorted.
func truth(r *SearchRequest, rows []truthRow, pass func(*truthRow) bool) []Hit {
	var hits []Hit
	for i := range rows {
		if !pass(&rows[i]) {
			continue
		}
		h := Hit{Loc: rows[i].loc, Null: rows[i].vector == nil}
		if !h.Null {
			h.Distance = distance.Pair(r.Metric, r.Query.Floats, rows[i].vector)
			h.Null = h.Distance != h.Distance
		}
		if m := r.MaxDistance; m != nil && !(!h.Null && (h.Distance < *m || r.MaxInclusive && h.Distance == *m)) {
			continue
		}
		if !h.Null || r.IncludeNull {
			hits = append(hits, h)
		}
	}
	class := func(h Hit) int { // NULLs behind NaNs behind all others
		switch {
		case h.Distance != h.Distance:
			return 1
		case h.Null:
			return 2
		}
		return 0
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		if c := cmp.Compare(class(a), class(b)); c != 0 {
			return c
		}
		if c := cmp.Compare(a.Distance, b.Distance); c != 0 && class(a) == 0 {
			return c
		}
		return cmp.Compare(a.Row, b.Row)
	})
	hits = hits[min(r.Offset, len(hits)):]
	return hits[:min(r.K, len(hits))]
}

// TestSearchAgainstDefinition asks random searches of random tables. Whatever way is taken, every hit passes, as many come as there are, and
// an answer that does not say it is approximate is the one by definition.
func TestSearchAgainstDefinition(t *testing.T) {
	seed := rand.Uint64()
	exact, approximate, fellBack := 0, 0, 0
	for round := range uint64(8) {
		x := newTruthTest(t, seed+round)
		v := x.tx.View()
		rows := x.scan(v)
		byRow := map[RowID]*truthRow{}
		for i := range rows {
			byRow[rows[i].loc.Row] = &rows[i]
		}
		table, err := v.Table(testTable)
		must(t, err)
		for i := range 150 {
			x.e.alwaysWalk = x.rng.IntN(2) == 0
			r, pass := x.request(byRow)
			var stats SearchStats
			got, err := table.Search(t.Context(), r, &stats)
			must(t, err)
			want := truth(&r, rows, pass)
			fault := compareHits(got, want, pass, byRow, stats.Approximate, r.MaxDistance != nil)
			if fault != "" {
				t.Fatalf("seed %d, search %d: %s\n%v dim %d k %d offset %d filter %v residual %v ef %d within %v\n%+v", seed+round, i, fault, r.Metric, x.dim, r.K, r.Offset, r.Filter, r.Residual != nil, r.EfSearch, r.MaxDistance != nil, stats)
			}
			switch {
			case stats.Approximate:
				approximate++
			case stats.FellBack:
				fellBack++
			default:
				exact++
			}
		}
		v.Close()
		x.tx.Rollback()
	}
	if t.Logf("%d approximate, %d exact, %d fell back", approximate, exact, fellBack); approximate == 0 || exact == 0 || fellBack == 0 {
		t.Errorf("seed %d: %d approximate, %d exact, %d fell back", seed, approximate, exact, fellBack)
	}
}

func compareHits(got, want []Hit, pass func(*truthRow) bool, byRow map[RowID]*truthRow, approximate, within bool) string {
	// A walk that is content with ef rows may have missed some that are within a distance, like any that are near.
	if len(got) != len(want) && !(approximate && within && len(got) < len(want)) {
		return fmt.Sprintf("%d hits, want %d", len(got), len(want))
	}
	seen := map[RowID]bool{}
	for i, h := range got {
		row := byRow[h.Row]
		if row == nil || row.loc != h.Loc || !pass(row) || seen[h.Row] {
			return fmt.Sprintf("hit %d, %+v, is not to be found, or twice", i, h)
		}
		seen[h.Row] = true
		if approximate {
			continue
		}
		w := want[i]
		same := h.Loc == w.Loc && h.Null == w.Null && (h.Distance == w.Distance || h.Distance != h.Distance && w.Distance != w.Distance)
		if !same {
			return fmt.Sprintf("hit %d is %+v, want %+v", i, h, w)
		}
	}
	return ""
}
