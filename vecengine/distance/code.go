package distance

import (
	"fmt"
	"math"
	"unsafe"
)

// CodeAlign is what the stride of a slab of byte codes must be a multiple of.
const CodeAlign = 64

// CodeSlab is rows of unsigned byte codes, Stride bytes each, one after another. Stride is a multiple of
// CodeAlign; where the query's bytes are zero a row may hold anything, such as a term of its own.
type CodeSlab struct {
	Data   []byte
	Stride int
}

// Len is the number of whole rows.
func (s CodeSlab) Len() int {
	if s.Stride <= 0 {
		return 0
	}
	return len(s.Data) / s.Stride
}

// Check panics unless the stride is usable and the query is one stride long; callers do it once a query.
func (s CodeSlab) Check(query []int8) {
	if s.Stride <= 0 || s.Stride%CodeAlign != 0 || len(query) != s.Stride {
		panic(fmt.Sprintf("distance: code query of %d bytes on a stride of %d", len(query), s.Stride))
	}
}

// CodeDots writes Σ query[j]·row[j] for each named row, exactly, to out[:len(ids)]. The caller has done
// Check, and ids are below Len. Sums stay within int32 up to 65,000 dimensions.
func (s CodeSlab) CodeDots(query []int8, ids []uint32, out []int32) {
	out = out[:len(ids)]
	if len(ids) > 0 {
		codeGather(unsafe.SliceData(query), unsafe.SliceData(s.Data), s.Stride, unsafe.SliceData(ids), len(ids), unsafe.SliceData(out))
	}
}

// CodeDotsContiguous writes the products of rows first to first+n-1 to out[:n]. It panics if the slab
// has fewer rows.
func (s CodeSlab) CodeDotsContiguous(query []int8, first, n int, out []int32) {
	out = out[:n]
	if n > 0 {
		data := s.Data[first*s.Stride : (first+n)*s.Stride]
		codeContiguous(unsafe.SliceData(query), unsafe.SliceData(data), s.Stride, n, unsafe.SliceData(out))
	}
}

// PrefetchWords asks for the first lines of rows of a uint32 slab, such as a graph's links.
func PrefetchWords(slab []uint32, rowWords int, ids []uint32) {
	if len(ids) > 0 && len(slab) > 0 {
		prefetchRows((*byte)(unsafe.Pointer(unsafe.SliceData(slab))), rowWords*4, unsafe.SliceData(ids), len(ids), prefetchLines(rowWords*4))
	}
}

// prefetchLines is how many lines of a row a prefetch asks for: all of a short row, the start of a long
// one, whose later lines the hardware's stream prefetcher and the kernel itself bring in.
func prefetchLines(rowBytes int) int { return min((rowBytes+63)/64, 4) }

// Encode rounds (v[j] - offset[j]) · inv to the nearest byte, ties to even, out of range to the nearest end, NaN
// to -128. It returns the least and the greatest value before rounding, and zero if all lie on one side of it;
// NaN counts as nothing. v, offset and codes have one length.
func Encode(v, offset []float32, inv float32, codes []int8) (low, high float32) {
	offset, codes = offset[:len(v)], codes[:len(v)]
	if len(v) > 0 {
		encode(unsafe.SliceData(v), unsafe.SliceData(offset), inv, len(v), unsafe.SliceData(codes), &low, &high)
	}
	return low, high
}

func portableEncode(v, offset []float32, inv float32, codes []int8) (low, high float32) {
	for j, x := range v {
		x = (x - offset[j]) * inv
		if x < low {
			low = x
		}
		if x > high {
			high = x
		}
		switch {
		case !(x > -128):
			codes[j] = -128
		case x > 127:
			codes[j] = 127
		default:
			codes[j] = int8(math.RoundToEven(float64(x)))
		}
	}
	return low, high
}
