package funcs

import (
	"math"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
	"vecgres/vecengine/distance"
)

// Every metric is the engine's (vecengine/distance), so that a sequential scan and an index agree to the last bit. The engine's L2 is squared; only
// here the root is taken.

// sameDims is pgvector's check of two operands.
func sameDims(typeName string, a, b int) error {
	if a != b {
		return pgerr.New(pgerrcode.DataException, "different %s dimensions %d and %d", typeName, a, b)
	}
	return nil
}

// vectorMetric is a function of two vectors that gives float8; vector and halfvec lie in a Datum alike.
func vectorMetric(typeName string, fn func(a, b []float32) float64) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		x, y := a[0].Vector(), a[1].Vector()
		if err := sameDims(typeName, len(x), len(y)); err != nil {
			return types.Null, err
		}
		return types.Float(fn(x, y)), nil
	}
}

func l2Distance(a, b []float32) float64   { return math.Sqrt(float64(distance.L2Squared(a, b))) }
func l2Squared(a, b []float32) float64    { return float64(distance.L2Squared(a, b)) }
func innerProduct(a, b []float32) float64 { return float64(distance.Dot(a, b)) }
func taxicab(a, b []float32) float64      { return float64(distance.Taxicab(a, b)) }

// negativeInner is <#>: Postgres scans indexes in ascending order alone.
func negativeInner(a, b []float32) float64 { return -innerProduct(a, b) }

// spherical is the angle between two unit vectors as a share of π.
func spherical(a, b []float32) float64 {
	return math.Acos(max(-1, min(1, innerProduct(a, b)))) / math.Pi
}

// elementwise is + - or *: overflow is an error, and for a product underflow too.
func elementwise(typeName string, half bool, op func(x, y float32) float32, underflow bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		x, y := a[0].Vector(), a[1].Vector()
		if err := sameDims(typeName, len(x), len(y)); err != nil {
			return types.Null, err
		}
		out := make([]float32, len(x))
		for i := range x {
			v := op(x[i], y[i])
			if half {
				v = types.RoundHalf(v)
			}
			if v-v != 0 {
				return types.Null, floatOverflow()
			}
			if underflow && v == 0 && x[i] != 0 && y[i] != 0 {
				return types.Null, floatUnderflow()
			}
			out[i] = v
		}
		return types.VectorOf(out), nil
	}
}

func concatVectors(typeName string) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		x, y := a[0].Vector(), a[1].Vector()
		if err := types.CheckVectorDims(typeName, len(x)+len(y)); err != nil {
			return types.Null, err
		}
		return types.VectorOf(append(append(make([]float32, 0, len(x)+len(y)), x...), y...)), nil
	}
}

func vectorDims(_ *Context, a row) (types.Datum, error) {
	return types.Int(int64(len(a[0].Vector()))), nil
}

func vectorNorm(_ *Context, a row) (types.Datum, error) { return types.Float(norm(a[0].Vector())), nil }

// norm adds in float64, as pgvector does for this function alone.
func norm(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

// normalize divides by the norm; a zero vector stays.
func normalize(half bool) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		v := a[0].Vector()
		n := norm(v)
		out := make([]float32, len(v))
		for i, x := range v {
			if n == 0 {
				break
			}
			if out[i] = float32(float64(x) / n); half {
				out[i] = types.RoundHalf(out[i])
			}
			if out[i]-out[i] != 0 {
				return types.Null, floatOverflow()
			}
		}
		return types.VectorOf(out), nil
	}
}

// subvector is subvector(v, start from 1, count), clipped to the vector.
func subvector(typeName string) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		v, start, count := a[0].Vector(), a[1].Int(), a[2].Int()
		if count < 1 {
			return types.Null, types.CheckVectorDims(typeName, 0)
		}
		from, to := max(start, 1)-1, min(start-1+count, int64(len(v)))
		if err := types.CheckVectorDims(typeName, int(max(to-from, 0))); err != nil {
			return types.Null, err
		}
		return types.VectorOf(v[from:to:to]), nil
	}
}

// binaryQuantize gives a bit per dimension: 1 where it is positive.
func binaryQuantize(_ *Context, a row) (types.Datum, error) {
	v := a[0].Vector()
	out := make([]byte, (len(v)+7)/8)
	for i, x := range v {
		if x > 0 {
			out[i/8] |= 0x80 >> (i % 8)
		}
	}
	return types.BitString(string(out), int64(len(v))), nil
}

var vectorFuncs = func() map[string]Func {
	t := map[string]Func{}
	add := func(x, y float32) float32 { return x + y }
	sub := func(x, y float32) float32 { return x - y }
	mul := func(x, y float32) float32 { return x * y }
	for _, name := range []string{"vector", "halfvec"} {
		half := name == "halfvec"
		t[name+"_l2_distance"] = vectorMetric(name, l2Distance)
		t[name+"_l2_squared_distance"] = vectorMetric(name, l2Squared)
		t[name+"_inner_product"] = vectorMetric(name, innerProduct)
		t[name+"_negative_inner_product"] = vectorMetric(name, negativeInner)
		t[name+"_cosine_distance"] = vectorMetric(name, distance.CosineDistance)
		t[name+"_l1_distance"] = vectorMetric(name, taxicab)
		t[name+"_spherical_distance"] = vectorMetric(name, spherical)
		t[name+"_add"] = elementwise(name, half, add, false)
		t[name+"_sub"] = elementwise(name, half, sub, false)
		t[name+"_mul"] = elementwise(name, half, mul, true)
		t[name+"_concat"] = concatVectors(name)
		t[name+"_dims"], t[name+"_norm"], t[name+"_l2_normalize"] = vectorDims, vectorNorm, normalize(half)
		t[name+"_subvector"], t[name+"_binary_quantize"] = subvector(name), binaryQuantize
	}
	return t
}()
