package vecengine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"vecgres/vecengine/column"
)

// TestRowTest compares the test of single rows with that of whole columns, for every operator over integers, floats and bytes with NULLs.
func TestRowTest(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	const rows = 300
	ints, floats, texts := column.NewBuilder(column.Int64, 0, rows), column.NewBuilder(column.Float64, 0, rows), column.NewBuilder(column.Bytes, 0, rows)
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 0}
	some := func() Value {
		v := Value{Int: r.Int64N(40) - 20, Float: float64(r.IntN(40)-20) / 2, Bytes: fmt.Append(nil, r.IntN(40))}
		if r.IntN(8) == 0 {
			v.Int, v.Float, v.Bytes = []int64{math.MinInt64, math.MaxInt64}[r.IntN(2)], odd[r.IntN(len(odd))], []byte{}
		}
		return v
	}
	for range rows {
		if r.IntN(6) == 0 {
			ints.AppendNull()
			floats.AppendNull()
			texts.AppendNull()
			continue
		}
		v := some()
		ints.AppendInt(v.Int)
		floats.AppendFloat(v.Float)
		texts.AppendBytes(v.Bytes)
	}
	schema := &Schema{Columns: []ColumnDef{{ID: 1, Kind: column.Int64}, {ID: 2, Kind: column.Float64}, {ID: 3, Kind: column.Bytes}}}
	cols := []column.Column{ints.Finish(), floats.Finish(), texts.Finish()}
	for range 2000 {
		at := r.IntN(len(cols))
		p := Predicate{Column: ColumnID(at + 1), Op: Op(r.IntN(int(NotNull) + 1))}
		n := 1
		switch p.Op {
		case Between:
			n = 2
		case In:
			n = r.IntN(30)
		case IsNull, NotNull:
			n = 0
		}
		for range n {
			p.Values = append(p.Values, some())
		}
		c, err := compile(schema, &p)
		must(t, err)
		words := make([]uint64, (rows+63)/64)
		for i := range words {
			words[i] = math.MaxUint64
		}
		c.keep(&cols[at], words)
		test := c.rowTest(&cols[at])
		for ord := range uint32(rows) {
			if want := words[ord>>6]>>(ord&63)&1 == 1; test(ord) != want {
				t.Fatalf("seed %d: row %d by %+v: %v for the row, %v for the column", seed, ord, p, !want, want)
			}
		}
	}
}
