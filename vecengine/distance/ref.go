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

// ReferenceBetween is Reference for vectors of any element, of which both have one.
func ReferenceBetween(m Metric, a, b Vector) float64 {
	if m == Hamming || m == Jaccard {
		return referenceBits(m, a, b)
	}
	if a.Element != Sparse {
		return Reference(m, a.Floats, b.Floats)
	}
	// The positions at which either has a value are the dimensions that matter.
	var x, y []float32
	i, j := 0, 0
	for i < len(a.Indices) || j < len(b.Indices) {
		var p, q float32
		inA := j == len(b.Indices) || i < len(a.Indices) && a.Indices[i] <= b.Indices[j]
		inB := i == len(a.Indices) || j < len(b.Indices) && b.Indices[j] <= a.Indices[i]
		if inA {
			p = a.Floats[i]
			i++
		}
		if inB {
			q = b.Floats[j]
			j++
		}
		x, y = append(x, p), append(y, q)
	}
	return Reference(m, x, y)
}

func referenceBits(m Metric, a, b Vector) float64 {
	both, either := 0, 0
	for i := range a.Dim {
		p, q := a.Bits[i/8]>>(7-i%8)&1, b.Bits[i/8]>>(7-i%8)&1
		both += int(p & q)
		either += int(p | q)
	}
	switch {
	case m == Hamming:
		return float64(either - both)
	case both == 0:
		return 1
	}
	return 1 - float64(both)/float64(either)
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
