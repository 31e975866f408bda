package distance

import "math"

// Reference is the definition of every float metric: a plain loop with float64 accumulation, in the
// engine's terms (squared L2, negated inner product, clamped cosine). Tests compare kernels with it;
// nothing on a hot path calls it. It panics on different lengths and on a metric of bit strings.
func Reference(m Metric, a, b []float32) float64 {
	if len(a) != len(b) {
		panic("distance: vectors of different dimensions")
	}
	var dot, aa, bb, l2, l1 float64
	for i, x := range a {
		p, q := float64(x), float64(b[i])
		dot += p * q
		aa += p * p
		bb += q * q
		l2 += (p - q) * (p - q)
		l1 += math.Abs(p - q)
	}
	switch m {
	case L2:
		return l2
	case InnerProduct:
		return -dot
	case Cosine:
		return clampCosine(dot / math.Sqrt(aa*bb))
	case L1:
		return l1
	}
	panic("distance: " + m.String() + " is not a metric of float vectors")
}

func clampCosine(similarity float64) float64 {
	if similarity > 1 {
		similarity = 1
	}
	if similarity < -1 {
		similarity = -1
	}
	return 1 - similarity
}
