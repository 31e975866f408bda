package vecengine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
)

// idxC0 and the ids behind it are computed indexes of the model's table.
const idxC0 IndexID = 3000

// modelVectors is a computed index: over all rows that have a vector, or over those with an odd n only.
type modelVectors struct {
	id      IndexID
	element distance.Element
	metric  distance.Metric
	partial bool
}

// vectorsOf tells what index has an id.
func vectorsOf(id IndexID) *modelVectors {
	serial := int(id - idxC0)
	x := &modelVectors{id: id, element: distance.Element(serial % 4), partial: serial/4%2 == 1}
	metrics := []distance.Metric{distance.L2, distance.InnerProduct, distance.L1}
	if x.element == distance.Bit {
		metrics = []distance.Metric{distance.Hamming, distance.Jaccard}
	}
	x.metric = metrics[serial/8%len(metrics)]
	return x
}

func (x *modelVectors) dim() int {
	return map[distance.Element]int{distance.Float32: 3, distance.Half: 5, distance.Bit: 70, distance.Sparse: 100}[x.element]
}

func (x *modelVectors) def() IndexDef {
	return IndexDef{ID: x.id, Kind: VectorIndex, Element: x.element, Dim: x.dim(), Metric: x.metric, M: 4, EfConstruction: 16}
}

// matches tells whether a row satisfies the index's predicate.
func (x *modelVectors) matches(r testRow) bool { return !x.partial || r.n > 0 && r.n%2 == 1 }

// vector is a row's vector; ok is false when it has none.
func (x *modelVectors) vector(r testRow) (v distance.Vector, ok bool) {
	if r.f < 0 || !x.matches(r) {
		return v, false
	}
	return x.point(r.f, r.n), true
}

// point makes a vector of two numbers, different ones of different pairs but where f is a multiple of 7.
func (x *modelVectors) point(f float32, n int32) distance.Vector {
	n = max(n, 0)
	v := distance.Vector{Element: x.element, Dim: x.dim()}
	switch x.element {
	case distance.Float32:
		v.Floats = []float32{f, float32(n), 1}
	case distance.Half:
		v.Floats = []float32{f, float32(n), 0, 1, f}
	case distance.Bit:
		v.Bits = make([]byte, 16)
		for i := range int(f) + 1 {
			v.Bits[i/8] |= 0x80 >> (i % 8)
		}
		at := 60 + n%10
		v.Bits[at/8] |= 0x80 >> (at % 8)
	case distance.Sparse:
		if int(f)%7 != 0 {
			v.Indices, v.Floats = []int32{int32(f), 99}, []float32{1, float32(n)}
		}
	}
	return v
}

// keys are the vectors of some rows as an Insert has them.
func (x *modelVectors) keys(rows []testRow) Keys {
	b := column.NewBuilder(column.Bytes, 0, len(rows))
	for _, r := range rows {
		if v, ok := x.vector(r); ok {
			b.AppendBytes(v.AppendRow(nil))
		} else {
			b.AppendNull()
		}
	}
	return Keys{Bytes: b.Finish()}
}

// build is the callback of BuildKeyIndex for a batch of colID, colTag, colN, colV.
func (x *modelVectors) build(b *column.Batch) (Keys, error) {
	rows := make([]testRow, b.N)
	for i := range rows {
		rows[i] = rowAt(b, i)
	}
	return x.keys(rows), nil
}

// bruteVectors is the exact answer, ids in order of distance and then id, with the distances; rows without one last.
func (x *modelVectors) bruteVectors(rows []testRow, q distance.Vector, k int, nulls bool) (ids []int64, dists []float32) {
	type hit struct {
		id   int64
		dist float32
	}
	var hits []hit
	var rest []int64
	for _, r := range rows {
		v, ok := x.vector(r)
		if !ok {
			if nulls && x.matches(r) {
				rest = append(rest, r.id)
			}
			continue
		}
		b := distance.NewSlabBuilder(x.element, x.dim(), 1, 64)
		if err := b.Append(v.AppendRow(nil)); err != nil {
			panic(err)
		}
		s := distance.NewScorer(x.metric, q, b.Slab())
		hits = append(hits, hit{r.id, s.One(0)})
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.dist, b.dist), cmp.Compare(a.id, b.id)) })
	for _, h := range hits {
		ids, dists = append(ids, h.id), append(dists, h.dist)
	}
	slices.Sort(rest)
	ids = append(ids, rest...)
	n := min(k, len(ids))
	return ids[:n], dists[:min(n, len(dists))]
}

// checkVectors searches each computed index of a view in all the ways there are.
func (m *modelTest) checkVectors(what string, v *View, rows, tagged []testRow, p Predicate) {
	m.t.Helper()
	table, err := v.Table(testTable)
	m.must(err)
	for _, def := range table.Schema().computedIndexes() {
		if def.Building {
			continue
		}
		x := vectorsOf(def.ID)
		m.checkVectorSearch(fmt.Sprintf("%s, index %d (%v, %v, partial %v)", what, x.id, x.element, x.metric, x.partial), table, x, rows, tagged, p)
	}
}

func (m *modelTest) checkVectorSearch(what string, table *Table, x *modelVectors, rows, tagged []testRow, p Predicate) {
	m.t.Helper()
	byID := map[int64]testRow{}
	for _, r := range rows {
		byID[r.id] = r
	}
	q, k := x.point(float32(m.rng.IntN(60)), int32(m.rng.IntN(10))), 1+m.rng.IntN(20)
	req := SearchRequest{Index: x.id, Metric: x.metric, Query: q, K: k, TieKey: idxID, Exact: true, IncludeNull: m.rng.IntN(2) == 0}
	if x.partial {
		req.Absent = func(locs []Loc, keep []bool) error {
			b, err := table.Fetch(locs, []ColumnID{colID})
			if err != nil {
				return err
			}
			for i := range keep {
				keep[i] = x.matches(byID[intsOf(&b.Cols[0])[i]])
			}
			return nil
		}
	}
	if m.rng.IntN(2) == 0 {
		req.Filter, rows = []Predicate{p}, tagged
	}
	want, dists := x.bruteVectors(rows, q, k, req.IncludeNull)
	search := func() ([]int64, []Hit) {
		hits, err := table.Search(context.Background(), req, nil)
		if err != nil {
			m.fatalf("%s: %v", what, err)
		}
		return idsOf(m.t, table, hits), hits
	}
	if got, _ := search(); !slices.Equal(got, want) {
		m.fatalf("%s: search of %v for %v: %v, want %v", what, k, q, got, want)
	}
	req.Exact = false
	got, hits := search()
	if len(got) != len(want) {
		m.fatalf("%s: %d hits, want %d", what, len(got), len(want))
	}
	for i, h := range hits {
		if h.Null != (i >= len(dists)) || !h.Null && h.Distance < dists[i] {
			m.fatalf("%s: hit %d is %v, the nearest is at %v", what, i, h, dists[min(i, len(dists)-1)])
		}
		if v, ok := x.vector(byID[got[i]]); ok {
			if one, d := x.bruteVectors([]testRow{byID[got[i]]}, q, 1, false); len(one) != 1 || math.Abs(float64(d[0]-h.Distance)) > 1e-3 {
				m.fatalf("%s: hit %v of %v", what, h, v)
			}
		}
	}
}
