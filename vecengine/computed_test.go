package vecengine

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/quant"
	"vecgres/vecengine/vfs"
)

// randomVector makes a vector near one of a few centres.
func randomVector(rng *rand.Rand, e distance.Element, dim int) distance.Vector {
	v := distance.Vector{Element: e, Dim: dim}
	centre := rand.New(rand.NewPCG(rng.Uint64N(12), 5))
	for i := range dim {
		x := centre.NormFloat64() + 0.4*rng.NormFloat64()
		switch e {
		case distance.Bit:
			if i == 0 {
				v.Bits = make([]byte, e.RowBytes(dim))
			}
			if x > 0 {
				v.Bits[i/8] |= 0x80 >> (i % 8)
			}
		case distance.Sparse:
			if x > 0.8 {
				v.Indices, v.Floats = append(v.Indices, int32(i)), append(v.Floats, float32(x))
			}
		default:
			v.Floats = append(v.Floats, float32(x))
		}
	}
	return v
}

// TestComputedIndexRecall walks the graphs of computed indexes of each element, over all rows and over a tenth of them, with and without a
// filter, a residual and deleted rows, and compares with exact answers.
func TestComputedIndexRecall(t *testing.T) {
	metrics := map[distance.Element]distance.Metric{
		distance.Float32: distance.Cosine, distance.Half: distance.L2, distance.Bit: distance.Hamming, distance.Sparse: distance.InnerProduct,
	}
	for e, metric := range metrics {
		for _, every := range []int{1, 10} {
			t.Run(fmt.Sprintf("%v/%d", e, every), func(t *testing.T) { computedRecall(t, e, metric, every) })
		}
	}
}

func computedRecall(t *testing.T, e distance.Element, metric distance.Metric, every int) {
	const n, dim, k = 2500, 64, 10
	rng := rand.New(rand.NewPCG(uint64(e), uint64(every)))
	o := testOptions(vfs.NewMem())
	o.ExactBelow = 100
	engine := openWith(t, o)
	createTest(t, engine)
	def := IndexDef{ID: 900, Kind: VectorIndex, Element: e, Dim: dim, Metric: metric, M: 16, EfConstruction: 64}
	var rows []testRow
	for i := range int64(n) {
		rows = append(rows, testRow{i, fmt.Sprint("t", i%3), int32(i % 2), 0})
	}
	commitRows(t, engine, rows...)
	tx := engine.Begin(ReadCommitted)
	at := 0
	must(t, tx.BuildKeyIndex(t.Context(), testTable, def, []ColumnID{colID}, func(b *column.Batch) (Keys, error) {
		out := column.NewBuilder(column.Bytes, 0, b.N)
		for range b.N {
			if at++; at%every != 0 {
				out.AppendNull()
				continue
			}
			v := randomVector(rng, e, dim)
			out.AppendBytes(v.AppendRow(nil))
		}
		return Keys{Bytes: out.Finish()}, nil
	}))
	must(t, tx.Commit(t.Context()))
	if every > 1 {
		v := engine.View()
		table, err := v.Table(testTable)
		must(t, err)
		size := table.IndexBytes(def.ID)
		v.Close()
		if whole := int64(n / every * (256 + 8*32 + 300)); size == 0 || size > whole {
			t.Errorf("an index of %d rows of %d takes %d bytes", n/every, n, size)
		}
	}
	remove := engine.Begin(ReadCommitted)
	v := remove.View()
	var gone []Loc
	for id := int64(0); id < n; id += 17 {
		gone = append(gone, find(t, v, id)...)
	}
	must(t, remove.Delete(t.Context(), testTable, gone))
	v.Close()
	must(t, remove.Commit(t.Context()))
	engine.alwaysWalk = true
	v = engine.View()
	defer v.Close()
	table, err := v.Table(testTable)
	must(t, err)
	p := Predicate{Column: colTag, Op: Eq, Values: []Value{{Bytes: []byte("t1")}}}
	odd := func(locs []Loc, keep []bool) error {
		for i, l := range locs {
			keep[i] = l.Row%2 == 0
		}
		return nil
	}
	found, wanted := 0, 0
	for i := range 60 {
		req := SearchRequest{Index: def.ID, Metric: metric, Query: randomVector(rng, e, dim), K: k}
		switch i % 3 {
		case 1:
			req.Filter = []Predicate{p}
		case 2:
			req.Residual = odd
		}
		var stats SearchStats
		got, err := table.Search(t.Context(), req, &stats)
		must(t, err)
		if stats.GraphParts == 0 && !stats.FellBack {
			t.Fatalf("query %d went by %q because %q", i, stats.Strategy, stats.WhyNotGraph)
		}
		req.Exact = true
		want, err := table.Search(t.Context(), req, nil)
		must(t, err)
		if len(got) != len(want) || len(want) != k {
			t.Fatalf("query %d: %d hits, exactly %d", i, len(got), len(want))
		}
		for _, h := range got {
			if h.Distance <= want[k-1].Distance {
				found++
			}
		}
		wanted += k
	}
	t.Logf("recall %.3f", float64(found)/float64(wanted))
	if recall := float64(found) / float64(wanted); recall < 0.9 {
		t.Errorf("recall %.3f", recall)
	}
	must(t, engine.Verify(t.Context(), func(err error) { t.Error(err) }))
}

// TestRowSpace turns random sets of ordinals into rows, and rows into ordinals.
func TestRowSpace(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 1))
		n := 1 + rng.Uint32N(500)
		share := rng.Float64()
		s := &rowSpace{present: bitmap.NewFlat(n)}
		allowed := bitmap.NewFlat(n)
		var want []uint32
		for ord := range n {
			in := rng.IntN(2) == 0
			if in {
				allowed.Add(ord)
			}
			if rng.Float64() < share || ord/64%3 == 1 {
				if in {
					want = append(want, uint32(len(s.ords)))
				}
				s.present.Add(ord)
				s.ords = append(s.ords, ord)
			}
		}
		var got []uint32
		rows := s.rows(allowed)
		rows.Each(func(row uint32) bool {
			got = append(got, row)
			return true
		})
		if !slices.Equal(got, want) || rows.Len() != uint32(len(s.ords)) || rows.Count() != len(want) {
			t.Fatalf("seed %d: rows %v, want %v", seed, got, want)
		}
		for row, ord := range s.ords {
			if at, ok := s.row(ord); !ok || at != row {
				t.Fatalf("seed %d: ordinal %d is row %d (%v), not %d", seed, ord, at, ok, row)
			}
		}
	}
}

// TestRowsOfComputedIndexesAreChecked gives rows whose bytes are no vectors.
func TestRowsOfComputedIndexesAreChecked(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	shape := modelShape{computed: []IndexID{idxC0, idxC0 + 1, idxC0 + 2, idxC0 + 3}}
	tx := e.Begin(ReadCommitted)
	must(t, tx.CreateTable(testSpace, testTable, shape.schema()))
	must(t, tx.Commit(t.Context()))
	rows := shape.rows(testRow{1, "a", 1, 1})
	for i, bad := range [][]byte{make([]byte, 11), make([]byte, 12), bytes.Repeat([]byte{255}, 16), {100, 0, 0, 0, 0, 0, 0, 0}} {
		b := column.NewBuilder(column.Bytes, 0, 1)
		b.AppendBytes(bad)
		keys := slices.Clone(rows.Keys)
		keys[2+i].Bytes = b.Finish()
		tx := e.Begin(ReadCommitted)
		if _, err := tx.Insert(t.Context(), testTable, Rows{Cols: rows.Cols, Keys: keys}, InsertOptions{}); err == nil {
			t.Errorf("%x is a %v vector", bad, distance.Element(i))
		}
		tx.Rollback()
	}
}

// TestSchemaVersions reads a schema as the first version of the format had it, and one with all that there is now.
func TestSchemaVersions(t *testing.T) {
	first := []byte{1, 1, 4, 1, 'v', byte(column.Vector), 3, 0, 0, 0, 2, 101, byte(KeyIndex), 1, 0, 0, 0, 0,
		103, byte(VectorIndex), 0, 4, byte(distance.L2), 16, 64}
	d := decoder{b: first}
	s := d.schema()
	if d.err != nil || len(d.b) != 0 || len(s.Indexes) != 2 || !s.Indexes[0].Unique || s.Indexes[1].Column != 4 || s.Indexes[1].EfConstruction != 64 {
		t.Fatalf("version 1 reads %+v, %v", s, d.err)
	}
	s.Indexes[1].Quantization, s.Indexes[1].TargetRecall = quant.None, 0.99
	s.Indexes = append(s.Indexes, IndexDef{ID: 104, Kind: VectorIndex, Element: distance.Sparse, Dim: 30000, Metric: distance.Cosine, M: 8, EfConstruction: 32})
	d = decoder{b: appendSchema(nil, s)}
	if again := d.schema(); d.err != nil || !slices.Equal(again.Indexes, s.Indexes) {
		t.Fatalf("%+v, want %+v, %v", again, s, d.err)
	}
	d = decoder{b: binary.AppendUvarint(nil, schemaFormat+1)}
	if d.schema(); d.err == nil {
		t.Fatal("a newer version was read")
	}
}
