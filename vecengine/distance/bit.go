package distance

import (
	"fmt"
	"math/bits"
	"unsafe"
)

// bitQuery is a bit string as a query.
type bitQuery struct {
	bytes []byte
	words int
}

func (q *bitQuery) set(b []byte, size int) {
	if len(b) != size {
		panic(fmt.Sprintf("distance: query of %d bytes on rows of %d", len(b), size))
	}
	q.bytes, q.words = b, size/8
}

// bitOp is what a bit kernel counts for each row.
type bitOp uint8

const (
	opHamming bitOp = iota // bits that differ
	opSets                 // bits that both have, then bits that either has: two results a row
)

func (s *Scorer) gatherBits(ids []uint32, out []float32) {
	q, base := unsafe.SliceData(s.bits.bytes), unsafe.SliceData(s.slab.Bytes)
	var counts [2 * BatchMax]uint32
	if s.metric == Hamming {
		bitGather(opHamming, q, base, s.bits.words, unsafe.SliceData(ids), len(ids), &counts[0])
	} else {
		bitGather(opSets, q, base, s.bits.words, unsafe.SliceData(ids), len(ids), &counts[0])
	}
	s.finishBits(&counts, out)
}

func (s *Scorer) contiguousBits(first int, out []float32) {
	q, base := unsafe.SliceData(s.bits.bytes), &s.slab.Bytes[first*8*s.bits.words]
	var counts [2 * BatchMax]uint32
	if s.metric == Hamming {
		bitContiguous(opHamming, q, base, s.bits.words, len(out), &counts[0])
	} else {
		bitContiguous(opSets, q, base, s.bits.words, len(out), &counts[0])
	}
	s.finishBits(&counts, out)
}

func (s *Scorer) finishBits(counts *[2 * BatchMax]uint32, out []float32) {
	if s.metric == Hamming {
		for i := range out {
			out[i] = float32(counts[i])
		}
		return
	}
	for i := range out {
		out[i] = float32(jaccard(counts[2*i], counts[2*i+1]))
	}
}

// jaccard is the distance of two sets with so many members in common and in all. As in pgvector, sets without a common member are at 1, two
// empty ones too.
func jaccard(both, either uint32) float64 {
	if both == 0 {
		return 1
	}
	return 1 - float64(both)/float64(either)
}

// portableBits runs one operation over n rows of so many words; ids nil means rows 0 to n-1 from base.
func portableBits(op bitOp, q, base *byte, words int, ids *uint32, n int, out *uint32) {
	query := unsafe.Slice((*uint64)(unsafe.Pointer(q)), words)
	for i := range n {
		row := unsafe.Slice((*uint64)(unsafe.Add(unsafe.Pointer(base), rowAt(ids, i)*8*words)), words)
		a, b := 0, 0
		if op == opHamming {
			for j, w := range query {
				a += bits.OnesCount64(w ^ row[j])
			}
			*wordAt(out, i) = uint32(a)
			continue
		}
		for j, w := range query {
			a += bits.OnesCount64(w & row[j])
			b += bits.OnesCount64(w | row[j])
		}
		*wordAt(out, 2*i), *wordAt(out, 2*i+1) = uint32(a), uint32(b)
	}
}

// rowAt is the i-th of the rows that a kernel is asked for.
func rowAt(ids *uint32, i int) int {
	if ids == nil {
		return i
	}
	return int(*wordAt(ids, i))
}

func wordAt(p *uint32, i int) *uint32 { return (*uint32)(unsafe.Add(unsafe.Pointer(p), i*4)) }
