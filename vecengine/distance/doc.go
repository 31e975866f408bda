// Package distance computes distances between vectors of four elements (float32, half, bit, sparse), and dot
// products of byte codes.
//
// The primary call is one query against many rows of a slab:
//
//	Scorer.Gather      rows named by ids, any order   a graph walk, a filtered scan, rescoring
//	Scorer.Contiguous  rows [first, first+n)          an exact scan
//	Between, Pair      two vectors                    SQL functions, tests
//
// each ends in a kernel picked once at start (dispatch_*.go): AVX-512, AVX2 with FMA and F16C, or portable Go.
// The assembly is made by gen/ (avo) and committed; VECGRES_SIMD=avx512, avx2 or portable picks a
// level at most as high as the machine has.
//
//	element   a row                                    metrics         how a kernel goes about it
//	Float32   dim float32                              L2 IP Cos L1    fused multiply-add, 8 or 16 lanes
//	Half      dim binary16                             L2 IP Cos L1    the same on lanes widened as they are loaded; the query is float32
//	Bit       ⌈dim/64⌉ words                           Hamming Jaccard VPOPCNTQ (AVX-512), nibbles looked up (AVX2)
//	Sparse    nnz positions, then nnz values           L2 IP Cos L1    the query laid out densely, its values gathered at the row's positions
//
// A gathering kernel takes four rows at a time: one load of the query serves four, four streams of cache
// misses run at once, and while four rows are computed the lines of the next four are prefetched. Sparse rows differ in length and are
// taken one at a time, the next one's lines asked for meanwhile.
//
// Accuracy: kernels accumulate in float32 in 8 to 64 partial sums, those of sparse rows in float64, and so differ from each other in the
// last bits; within one level a row's distance does not depend on the call or the place in a batch, so equal
// rows tie exactly. ref.go accumulates in float64 and is what they are tested against. Equal vectors have an L2
// and L1 distance of exactly zero at every level, and a cosine distance of zero. NaN and infinities propagate as in plain loops. Counts of
// bits are exact.
//
// Everything here is safe for concurrent use, except that a Scorer belongs to one goroutine.
package distance

//go:generate go run ./gen -kind float -out float_amd64.s -stubs float_amd64.go -pkg distance
//go:generate go run ./gen -kind code -out code_amd64.s -stubs code_amd64.go -pkg distance
//go:generate go run ./gen -kind half -out half_amd64.s -stubs half_amd64.go -pkg distance
//go:generate go run ./gen -kind bit -out bit_amd64.s -stubs bit_amd64.go -pkg distance
//go:generate go run ./gen -kind sparse -out sparse_amd64.s -stubs sparse_amd64.go -pkg distance
