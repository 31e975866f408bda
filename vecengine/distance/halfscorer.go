package distance

import "unsafe"

func (s *Scorer) gatherHalves(ids []uint32, out []float32) {
	q, base := unsafe.SliceData(s.query), unsafe.SliceData(s.slab.Bytes)
	if s.op != opDotNorm {
		halfGather(s.op, q, base, s.slab.Dim, unsafe.SliceData(ids), len(ids), unsafe.SliceData(out))
		s.finish(out)
		return
	}
	var pairs [2 * BatchMax]float32
	halfGather(opDotNorm, q, base, s.slab.Dim, unsafe.SliceData(ids), len(ids), &pairs[0])
	s.finishCosine(pairs[:2*len(ids)], out)
}

func (s *Scorer) contiguousHalves(first int, out []float32) {
	q, base := unsafe.SliceData(s.query), &s.slab.Bytes[first*2*s.slab.Dim]
	if s.op != opDotNorm {
		halfContiguous(s.op, q, base, s.slab.Dim, len(out), unsafe.SliceData(out))
		s.finish(out)
		return
	}
	var pairs [2 * BatchMax]float32
	halfContiguous(opDotNorm, q, base, s.slab.Dim, len(out), &pairs[0])
	s.finishCosine(pairs[:2*len(out)], out)
}

// halfChunk is how many halves the portable kernel widens at a time.
const halfChunk = 64

// halfSquare is the squared norm of a query as the kernels for halves find it for an equal row, which is then at exactly 0.
func halfSquare(v []float32) float32 {
	if simd != levelPortable {
		return square(v) // they add in the same order as those for floats
	}
	var sum float32
	for ; len(v) > halfChunk; v = v[halfChunk:] {
		sum += portableDot(v[:halfChunk], v[:halfChunk])
	}
	return sum + portableDot(v, v)
}

// portableHalf runs one operation over n rows of halves; ids nil means rows 0 to n-1 from base.
func portableHalf(op floatOp, q *float32, base *byte, dim int, ids *uint32, n int, out *float32) {
	var wide [halfChunk]float32
	for i := range n {
		row := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(base), rowAt(ids, i)*2*dim)), 2*dim)
		var sum, norm float32
		for j := 0; j < dim; j += halfChunk {
			v := wide[:min(halfChunk, dim-j)]
			portableDecodeHalves(v, row[2*j:])
			query := unsafe.Slice(at(q, j), len(v))
			switch op {
			case opL2:
				sum += portableL2(query, v)
			case opL1:
				sum += portableL1(query, v)
			case opDotNorm:
				norm += portableDot(v, v)
				fallthrough
			default:
				sum += portableDot(query, v)
			}
		}
		if op == opDotNorm {
			*at(out, 2*i), *at(out, 2*i+1) = sum, norm
		} else {
			*at(out, i) = sum
		}
	}
}
