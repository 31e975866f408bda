package quant

import (
	"context"
	"math/rand/v2"
	"testing"

	"vecgres/vecengine/distance"
)

// TestOneFarRowMakesCodesUnfaithful: one vector a million times longer than the rest leaves the rest one code for all.
func TestOneFarRowMakesCodesUnfaithful(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const n, dim = 5000, 96
	data := make([]float32, n*dim)
	for i := range data {
		data[i] = float32(r.NormFloat64())
	}
	v := distance.Slab{Data: data, Dim: dim}
	for _, far := range []bool{false, true} {
		if far {
			for j := range v.Row(77) {
				v.Row(77)[j] *= 1e6
			}
		}
		for _, m := range []distance.Metric{distance.L2, distance.InnerProduct, distance.Cosine} {
			c, err := Build(context.Background(), Int8, m, v, nil, 2)
			if err != nil {
				t.Fatal(err)
			}
			want := !far || m == distance.Cosine // which looks at directions alone
			if got := c.Faithful(v, nil); got != want {
				t.Errorf("%s, a far row %v: faithful %v", m, far, got)
			}
		}
	}
}

// TestEqualRowsAreFaithful: ties must not count against codes.
func TestEqualRowsAreFaithful(t *testing.T) {
	data := make([]float32, 3000*8)
	for i := range data {
		data[i] = float32(i / 8 % 3)
	}
	v := distance.Slab{Data: data, Dim: 8}
	c, err := Build(context.Background(), Int8, distance.L2, v, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Faithful(v, nil) {
		t.Error("codes of three distinct rows are called unfaithful")
	}
}
