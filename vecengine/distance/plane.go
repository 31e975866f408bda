package distance

import (
	"fmt"
	"math/bits"
	"unsafe"
)

// Planes is the number of bits of each coordinate of a query that is compared with rows of single bits. The query lies in as many planes,
// one bit of every coordinate in each, interleaved: for each 64 bytes of a row 64 bytes of plane 0, the lowest bits, then of plane 1 and so on.
const Planes = 4

// planeBlock is the bytes of a row that a block of planes goes with.
const planeBlock = 64

// PlaneBytes is the size of a query's planes for rows with so many bytes of bits.
func PlaneBytes(rowBytes int) int {
	return (rowBytes + planeBlock - 1) / planeBlock * planeBlock * Planes
}

// PlaneAt is where the byte of a plane lies that goes with a byte of a row.
func PlaneAt(rowByte, plane int) int {
	return rowByte/planeBlock*planeBlock*Planes + plane*planeBlock + rowByte%planeBlock
}

// PlaneSums writes Σ u·bit for each named row, u being the query's coordinates, to out[:len(ids)]. Planes are PlaneBytes of a number not
// above the stride, zero where a row holds something else than bits. Ids are below Len; it panics if planes or out are of another size.
func (s CodeSlab) PlaneSums(planes []byte, ids []uint32, out []uint32) {
	out = out[:len(ids)]
	blocks := len(planes) / (planeBlock * Planes)
	if len(planes)%(planeBlock*Planes) != 0 || blocks*planeBlock > s.Stride {
		panic(fmt.Sprintf("distance: %d bytes of planes on a stride of %d", len(planes), s.Stride))
	}
	if len(ids) > 0 {
		planeGather(unsafe.SliceData(planes), unsafe.SliceData(s.Data), blocks, s.Stride, unsafe.SliceData(ids), len(ids), unsafe.SliceData(out))
	}
}

func portablePlanes(planes, base *byte, blocks, stride int, ids *uint32, n int, out *uint32) {
	const words = planeBlock / 8
	query := unsafe.Slice((*uint64)(unsafe.Pointer(planes)), blocks*words*Planes)
	for i := range n {
		row := unsafe.Slice((*uint64)(unsafe.Add(unsafe.Pointer(base), rowAt(ids, i)*stride)), blocks*words)
		sum := 0
		for j, w := range row {
			at := query[j/words*words*Planes+j%words:]
			for p := range Planes {
				sum += bits.OnesCount64(w&at[p*words]) << p
			}
		}
		*wordAt(out, i) = uint32(sum)
	}
}
