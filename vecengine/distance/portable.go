package distance

import "unsafe"

// The portable kernels: plain Go with four partial sums, for machines without AVX2 and as the middle
// ground of the differential tests. ids nil means rows 0, 1, 2, … from base.

func portableL2(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		d0, d1, d2, d3 := a[i]-b[i], a[i+1]-b[i+1], a[i+2]-b[i+2], a[i+3]-b[i+3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	for ; i < len(a); i++ {
		d := a[i] - b[i]
		s0 += d * d
	}
	return (s0 + s1) + (s2 + s3)
}

func portableDot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func portableL1(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += abs32(a[i] - b[i])
		s1 += abs32(a[i+1] - b[i+1])
		s2 += abs32(a[i+2] - b[i+2])
		s3 += abs32(a[i+3] - b[i+3])
	}
	for ; i < len(a); i++ {
		s0 += abs32(a[i] - b[i])
	}
	return (s0 + s1) + (s2 + s3)
}

func abs32(x float32) float32 {
	if x < 0 {
		return -x
	}
	return x
}

// portableDotNorm is the inner product of a and b, and b's squared norm.
func portableDotNorm(a, b []float32) (dot, norm float32) {
	return portableDot(a, b), portableDot(b, b)
}

func portableCodeDot(q []int8, row []byte) int32 {
	row = row[:len(q)]
	var s0, s1 int32
	i := 0
	for ; i+2 <= len(q); i += 2 {
		s0 += int32(q[i]) * int32(row[i])
		s1 += int32(q[i+1]) * int32(row[i+1])
	}
	return s0 + s1
}

// portableFloat runs one float operation over n rows; ids nil means rows 0 to n-1 from base.
func portableFloat(op floatOp, q, base *float32, dim int, ids *uint32, n int, out *float32) {
	query := unsafe.Slice(q, dim)
	for i := range n {
		row := i
		if ids != nil {
			row = int(*(*uint32)(unsafe.Add(unsafe.Pointer(ids), i*4)))
		}
		v := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(base), row*dim*4)), dim)
		switch op {
		case opL2:
			*at(out, i) = portableL2(query, v)
		case opDot:
			*at(out, i) = portableDot(query, v)
		case opL1:
			*at(out, i) = portableL1(query, v)
		case opDotNorm:
			*at(out, 2*i), *at(out, 2*i+1) = portableDotNorm(query, v)
		}
	}
}

func portableCode(q *int8, base *byte, stride int, ids *uint32, n int, out *int32) {
	query := unsafe.Slice(q, stride)
	for i := range n {
		row := i
		if ids != nil {
			row = int(*(*uint32)(unsafe.Add(unsafe.Pointer(ids), i*4)))
		}
		v := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(base), row*stride)), stride)
		*(*int32)(unsafe.Add(unsafe.Pointer(out), i*4)) = portableCodeDot(query, v)
	}
}

func at(p *float32, i int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(p), i*4)) }
