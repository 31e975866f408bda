// Package distance computes distances between float32 vectors, and dot products of byte codes.
//
// The primary call is one query against many rows of a slab:
//
//	Scorer.Gather      rows named by ids, any order   a graph walk, a filtered scan, rescoring
//	Scorer.Contiguous  rows [first, first+n)          an exact scan
//	Pair               two vectors                    SQL functions
//
// each ends in a kernel picked once at start (dispatch_*.go): AVX-512, AVX2 with FMA, or portable Go.
// The assembly is made by gen/ (avo) and committed; VECGRES_SIMD=avx512, avx2 or portable picks a
// level at most as high as the machine has.
//
// A gathering kernel takes four rows at a time: one load of the query serves four, four streams of cache
// misses run at once, and while four rows are computed the lines of the next four are prefetched.
//
// Accuracy: kernels accumulate in float32 in 8 to 64 partial sums and so differ from each other in the
// last bits; within one level a row's distance does not depend on the call or the place in a batch, so equal
// rows tie exactly. ref.go accumulates in float64 and is what they are tested against. Equal vectors have an L2
// and L1 distance of exactly zero at every level. NaN and infinities propagate as in plain loops.
//
// Everything here is safe for concurrent use, except that a Scorer belongs to one goroutine.
package distance

//go:generate go run ./gen -kind float -out float_amd64.s -stubs float_amd64.go -pkg distance
//go:generate go run ./gen -kind code -out code_amd64.s -stubs code_amd64.go -pkg distance
