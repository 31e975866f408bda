package distance

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// machineLevel is the best level whose instructions the processor has and the operating system saves.
func machineLevel() level {
	x := &cpu.X86
	avx2 := x.HasAVX && x.HasAVX2 && x.HasFMA && x.HasF16C && x.HasBMI1 && x.HasBMI2
	switch {
	case avx2 && x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512DQ:
		return levelAVX512
	case avx2:
		return levelAVX2
	}
	return levelPortable
}

// codeLevel is the level of the byte-code kernels: AVX-512 without VNNI gains nothing over AVX2 there.
func codeLevel(l level) level {
	if l == levelAVX512 && !cpu.X86.HasAVX512VNNI {
		return levelAVX2
	}
	return l
}

// bitLevel is the level of the bit kernels, whose AVX-512 form counts by an instruction of its own.
func bitLevel(l level) level {
	if l == levelAVX512 && !cpu.X86.HasAVX512VPOPCNTDQ {
		return levelAVX2
	}
	return l
}

// The switches below, rather than function variables, let the compiler see that no argument escapes.

func floatGather(op floatOp, q, base *float32, dim int, ids *uint32, n int, out *float32) {
	switch simd {
	case levelAVX512:
		switch op {
		case opL2:
			l2GatherAVX512(q, base, dim, ids, n, out)
		case opDot:
			dotGatherAVX512(q, base, dim, ids, n, out)
		case opL1:
			l1GatherAVX512(q, base, dim, ids, n, out)
		case opDotNorm:
			dotNormGatherAVX512(q, base, dim, ids, n, out)
		}
	case levelAVX2:
		switch op {
		case opL2:
			l2GatherAVX2(q, base, dim, ids, n, out)
		case opDot:
			dotGatherAVX2(q, base, dim, ids, n, out)
		case opL1:
			l1GatherAVX2(q, base, dim, ids, n, out)
		case opDotNorm:
			dotNormGatherAVX2(q, base, dim, ids, n, out)
		}
	default:
		portableFloat(op, q, base, dim, ids, n, out)
	}
}

func floatContiguous(op floatOp, q, base *float32, dim, n int, out *float32) {
	switch simd {
	case levelAVX512:
		switch op {
		case opL2:
			l2ContiguousAVX512(q, base, dim, n, out)
		case opDot:
			dotContiguousAVX512(q, base, dim, n, out)
		case opL1:
			l1ContiguousAVX512(q, base, dim, n, out)
		case opDotNorm:
			dotNormContiguousAVX512(q, base, dim, n, out)
		}
	case levelAVX2:
		switch op {
		case opL2:
			l2ContiguousAVX2(q, base, dim, n, out)
		case opDot:
			dotContiguousAVX2(q, base, dim, n, out)
		case opL1:
			l1ContiguousAVX2(q, base, dim, n, out)
		case opDotNorm:
			dotNormContiguousAVX2(q, base, dim, n, out)
		}
	default:
		portableFloat(op, q, base, dim, nil, n, out)
	}
}

func codeGather(q *int8, base *byte, stride int, ids *uint32, n int, out *int32) {
	switch codeSIMD {
	case levelAVX512:
		codeGatherVNNI(q, base, stride, ids, n, out)
	case levelAVX2:
		codeGatherAVX2(q, base, stride, ids, n, out)
	default:
		portableCode(q, base, stride, ids, n, out)
	}
}

func codeContiguous(q *int8, base *byte, stride, n int, out *int32) {
	switch codeSIMD {
	case levelAVX512:
		codeContiguousVNNI(q, base, stride, n, out)
	case levelAVX2:
		codeContiguousAVX2(q, base, stride, n, out)
	default:
		portableCode(q, base, stride, nil, n, out)
	}
}

func prefetchRows(base *byte, stride int, ids *uint32, n, lines int) {
	prefetchRowsSSE(base, stride, ids, n, lines)
}

func encode(v, offset *float32, inv float32, n int, codes *int8, low, high *float32) {
	if simd == levelAVX512 {
		encodeAVX512(v, offset, inv, n, codes, low, high)
		return
	}
	*low, *high = portableEncode(unsafe.Slice(v, n), unsafe.Slice(offset, n), inv, unsafe.Slice(codes, n))
}

func halfGather(op floatOp, q *float32, base *byte, dim int, ids *uint32, n int, out *float32) {
	switch simd {
	case levelAVX512:
		switch op {
		case opL2:
			halfL2GatherAVX512(q, base, dim, ids, n, out)
		case opDot:
			halfDotGatherAVX512(q, base, dim, ids, n, out)
		case opL1:
			halfL1GatherAVX512(q, base, dim, ids, n, out)
		case opDotNorm:
			halfDotNormGatherAVX512(q, base, dim, ids, n, out)
		}
	case levelAVX2:
		switch op {
		case opL2:
			halfL2GatherAVX2(q, base, dim, ids, n, out)
		case opDot:
			halfDotGatherAVX2(q, base, dim, ids, n, out)
		case opL1:
			halfL1GatherAVX2(q, base, dim, ids, n, out)
		case opDotNorm:
			halfDotNormGatherAVX2(q, base, dim, ids, n, out)
		}
	default:
		portableHalf(op, q, base, dim, ids, n, out)
	}
}

func halfContiguous(op floatOp, q *float32, base *byte, dim, n int, out *float32) {
	switch simd {
	case levelAVX512:
		switch op {
		case opL2:
			halfL2ContiguousAVX512(q, base, dim, n, out)
		case opDot:
			halfDotContiguousAVX512(q, base, dim, n, out)
		case opL1:
			halfL1ContiguousAVX512(q, base, dim, n, out)
		case opDotNorm:
			halfDotNormContiguousAVX512(q, base, dim, n, out)
		}
	case levelAVX2:
		switch op {
		case opL2:
			halfL2ContiguousAVX2(q, base, dim, n, out)
		case opDot:
			halfDotContiguousAVX2(q, base, dim, n, out)
		case opL1:
			halfL1ContiguousAVX2(q, base, dim, n, out)
		case opDotNorm:
			halfDotNormContiguousAVX2(q, base, dim, n, out)
		}
	default:
		portableHalf(op, q, base, dim, nil, n, out)
	}
}

func encodeHalves(out []byte, v []float32) {
	whole := len(v) &^ 7
	if simd == levelPortable {
		whole = 0
	}
	encodeHalvesF16C(unsafe.SliceData(v), whole, unsafe.SliceData(out))
	portableEncodeHalves(out[2*whole:], v[whole:])
}

func decodeHalves(out []float32, b []byte) {
	whole := len(out) &^ 7
	if simd == levelPortable {
		whole = 0
	}
	decodeHalvesF16C(unsafe.SliceData(b), whole, unsafe.SliceData(out))
	portableDecodeHalves(out[whole:], b[2*whole:])
}

func bitGather(op bitOp, q, base *byte, words int, ids *uint32, n int, out *uint32) {
	switch bitSIMD {
	case levelAVX512:
		switch op {
		case opHamming:
			hammingGatherAVX512(q, base, words, ids, n, out)
		case opSets:
			setsGatherAVX512(q, base, words, ids, n, out)
		}
	case levelAVX2:
		switch op {
		case opHamming:
			hammingGatherAVX2(q, base, words, ids, n, out)
		case opSets:
			setsGatherAVX2(q, base, words, ids, n, out)
		}
	default:
		portableBits(op, q, base, words, ids, n, out)
	}
}

func bitContiguous(op bitOp, q, base *byte, words, n int, out *uint32) {
	switch bitSIMD {
	case levelAVX512:
		switch op {
		case opHamming:
			hammingContiguousAVX512(q, base, words, n, out)
		case opSets:
			setsContiguousAVX512(q, base, words, n, out)
		}
	case levelAVX2:
		switch op {
		case opHamming:
			hammingContiguousAVX2(q, base, words, n, out)
		case opSets:
			setsContiguousAVX2(q, base, words, n, out)
		}
	default:
		portableBits(op, q, base, words, nil, n, out)
	}
}

func planeGather(planes, base *byte, blocks, stride int, ids *uint32, n int, out *uint32) {
	switch bitSIMD {
	case levelAVX512:
		planeGatherAVX512(planes, base, blocks, stride, ids, n, out)
	case levelAVX2:
		planeGatherAVX2(planes, base, blocks, stride, ids, n, out)
	default:
		portablePlanes(planes, base, blocks, stride, ids, n, out)
	}
}

func sparseGather(op floatOp, dense *float32, last int, rows *sparseRow, n int, out *float64) {
	at := (*byte)(unsafe.Pointer(rows))
	switch simd {
	case levelAVX512:
		switch op {
		case opL2:
			sparseL2AVX512(dense, last, at, n, out)
		case opDot:
			sparseDotAVX512(dense, last, at, n, out)
		case opL1:
			sparseL1AVX512(dense, last, at, n, out)
		case opDotNorm:
			sparseDotNormAVX512(dense, last, at, n, out)
		}
	case levelAVX2:
		switch op {
		case opL2:
			sparseL2AVX2(dense, last, at, n, out)
		case opDot:
			sparseDotAVX2(dense, last, at, n, out)
		case opL1:
			sparseL1AVX2(dense, last, at, n, out)
		case opDotNorm:
			sparseDotNormAVX2(dense, last, at, n, out)
		}
	default:
		portableSparse(op, dense, last, rows, n, out)
	}
}
