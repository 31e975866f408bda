package funcs

import (
	"math"
	"math/bits"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// walkSparse calls visit for each index at which either vector has a value.
func walkSparse(a, b *types.SparseVec, visit func(x, y float32)) {
	i, j := 0, 0
	for i < len(a.Indices) || j < len(b.Indices) {
		switch {
		case j == len(b.Indices) || i < len(a.Indices) && a.Indices[i] < b.Indices[j]:
			visit(a.Values[i], 0)
			i++
		case i == len(a.Indices) || b.Indices[j] < a.Indices[i]:
			visit(0, b.Values[j])
			j++
		default:
			visit(a.Values[i], b.Values[j])
			i, j = i+1, j+1
		}
	}
}

func sparseMetric(fn func(a, b *types.SparseVec) float64) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		x, y := a[0].SparseVec(), a[1].SparseVec()
		if err := sameDims("sparsevec", int(x.Dim), int(y.Dim)); err != nil {
			return types.Null, err
		}
		return types.Float(fn(x, y)), nil
	}
}

// sparseSum adds term(x, y) over the indices in float32, as for dense vectors.
func sparseSum(term func(x, y float32) float32) func(a, b *types.SparseVec) float64 {
	return func(a, b *types.SparseVec) float64 {
		var sum float32
		walkSparse(a, b, func(x, y float32) { sum += term(x, y) })
		return float64(sum)
	}
}

var (
	sparseL2Squared = sparseSum(func(x, y float32) float32 { return (x - y) * (x - y) })
	sparseInner     = sparseSum(func(x, y float32) float32 { return x * y })
	sparseTaxicab   = sparseSum(func(x, y float32) float32 { return float32(math.Abs(float64(x - y))) })
)

func sparseCosine(a, b *types.SparseVec) float64 {
	similarity := sparseInner(a, b) / math.Sqrt(sparseInner(a, a)*sparseInner(b, b))
	return 1 - max(-1, min(1, similarity))
}

func sparseNormalize(_ *Context, a row) (types.Datum, error) {
	v := a[0].SparseVec()
	n := norm(v.Values)
	out := &types.SparseVec{Dim: v.Dim}
	for i, x := range v.Values {
		if y := float32(float64(x) / n); y != 0 {
			out.Indices, out.Values = append(out.Indices, v.Indices[i]), append(out.Values, y)
		}
	}
	return types.Datum{X: out}, nil
}

// bitDistance compares bit strings of one length; common are bits set in both, either in one at least, and differ in exactly one.
func bitDistance(fn func(common, either, differ int) float64) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		if a[0].N != a[1].N {
			return types.Null, pgerr.New(pgerrcode.DataException, "different bit lengths %d and %d", a[0].N, a[1].N)
		}
		x, y := a[0].Text(), a[1].Text()
		common, either, differ := 0, 0, 0
		for i := range len(x) {
			common += bits.OnesCount8(x[i] & y[i])
			either += bits.OnesCount8(x[i] | y[i])
			differ += bits.OnesCount8(x[i] ^ y[i])
		}
		return types.Float(fn(common, either, differ)), nil
	}
}

func jaccard(common, either, _ int) float64 {
	if common == 0 {
		return 1
	}
	return 1 - float64(common)/float64(either)
}

func bitCat(_ *Context, a row) (types.Datum, error) {
	n := a[0].N + a[1].N
	out := make([]byte, (n+7)/8)
	copy(out, a[0].Text())
	for i := range a[1].N {
		if a[1].Text()[i/8]&(0x80>>(i%8)) != 0 {
			at := a[0].N + i
			out[at/8] |= 0x80 >> (at % 8)
		}
	}
	return types.BitString(string(out), n), nil
}

// bitwise combines two bit strings of one length.
func bitwise(name string, op func(x, y byte) byte) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		if a[0].N != a[1].N {
			return types.Null, pgerr.New(pgerrcode.StringDataLengthMismatch, "cannot %s bit strings of different sizes", name)
		}
		out := []byte(a[0].Text())
		for i := range out {
			out[i] = op(out[i], a[1].Text()[i])
		}
		return types.BitString(string(out), a[0].N), nil
	}
}

func bitNot(_ *Context, a row) (types.Datum, error) {
	out := []byte(a[0].Text())
	for i := range out {
		out[i] = ^out[i]
	}
	if spare := a[0].N % 8; spare != 0 {
		out[len(out)-1] &= 0xff << (8 - spare)
	}
	return types.BitString(string(out), a[0].N), nil
}

var sparseFuncs = func() map[string]Func {
	t := map[string]Func{
		"sparsevec_l2_distance":         sparseMetric(func(a, b *types.SparseVec) float64 { return math.Sqrt(sparseL2Squared(a, b)) }),
		"sparsevec_l2_squared_distance": sparseMetric(sparseL2Squared), "sparsevec_inner_product": sparseMetric(sparseInner),
		"sparsevec_negative_inner_product": sparseMetric(func(a, b *types.SparseVec) float64 { return -sparseInner(a, b) }),
		"sparsevec_cosine_distance":        sparseMetric(sparseCosine), "sparsevec_l1_distance": sparseMetric(sparseTaxicab),
		"sparsevec_l2_norm":      func(_ *Context, a row) (types.Datum, error) { return types.Float(norm(a[0].SparseVec().Values)), nil },
		"sparsevec_l2_normalize": sparseNormalize,
		"hamming_distance":       bitDistance(func(_, _, differ int) float64 { return float64(differ) }), "jaccard_distance": bitDistance(jaccard),
		"bitcat": bitCat, "bit_and": bitwise("AND", func(x, y byte) byte { return x & y }), "bit_or": bitwise("OR", func(x, y byte) byte { return x | y }),
		"bitxor": bitwise("XOR", func(x, y byte) byte { return x ^ y }), "bitnot": bitNot,
		"bitlength":       func(_ *Context, a row) (types.Datum, error) { return types.Int(a[0].N), nil },
		"bitoctetlength":  func(_ *Context, a row) (types.Datum, error) { return types.Int(int64(len(a[0].Text()))), nil },
		"bit_bit_count":   intFuncs["bytea_bit_count"],
		"bit_length(bit)": func(_ *Context, a row) (types.Datum, error) { return types.Int(a[0].N), nil },
	}
	for prefix, oid := range map[string]types.OID{"bit": types.BitOID, "sparsevec_": types.SparsevecOID, "halfvec_": types.HalfvecOID, "timetz_": types.TimetzOID} {
		for name, test := range tests {
			t[prefix+name] = compareWith(compareAs(oid), test)
		}
		t[prefix+"cmp"] = compareCode(compareAs(oid))
	}
	return t
}()
